"""The names of countries in other languages, as CLDR has them, with adjectives where they are certain. I/O edge.

Cities, people and organisations are not in CLDR: their names stay the user's to add.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from storage.analyser import fold
from storage.errors import ConfigError

# Languages whose names CLDR keeps by script: both are written in the press.
_SCRIPTS = {"zh": ("zh_Hans", "zh_Hant")}
# Adjectives and people, which stemmers do not join to the country. By hand: rules make 'кореййский' of Корея.
_ADJECTIVES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "CN": ("Chinese",),
        "JP": ("Japanese",),
        "KP": ("North Korean", "DPRK"),
        "KR": ("South Korean",),
        "RU": ("Russian",),
        "UA": ("Ukrainian",),
        "US": ("American",),
    },
    "ru": {
        "BY": ("белорусский",),
        "CN": ("китайский",),
        "JP": ("японский",),
        "KP": ("Северная Корея", "северокорейский"),
        "KR": ("Южная Корея", "южнокорейский"),
        "RU": ("российский", "россиянин"),
        "UA": ("украинский",),
        "US": ("США", "американский"),
    },
    "uk": {
        "CN": ("китайський",),
        "KP": ("КНДР", "північнокорейський"),
        "KR": ("південнокорейський",),
        "RU": ("російський",),
        "UA": ("український",),
        "US": ("США", "американський"),
    },
    "pl": {
        "CN": ("chiński",),
        "KP": ("KRLD", "północnokoreański"),
        "KR": ("południowokoreański",),
        "RU": ("rosyjski",),
        "UA": ("ukraiński",),
        "US": ("USA", "amerykański"),
    },
    "ko": {"KP": ("북조선", "조선민주주의인민공화국"), "KR": ("한국", "남조선"), "RU": ("로씨야",)},
    "zh": {"KP": ("北韩",)},
}


@dataclass(frozen=True, slots=True)
class EntityNames:
    """The names of a country in one language."""

    language: str
    names: tuple[str, ...]  # CLDR's first, each once


def entity_names(entity: str, languages: Sequence[str]) -> list[EntityNames]:
    """The names of a country in each of *languages* (ISO 639-1), in their order; () where CLDR has none.

    *entity* is its name in English or in one of the languages, or its two letters of ISO 3166-1.

    Raises:
        ConfigError: no country is called so; the text says which is nearest.
    """
    code = _territory(entity, languages)
    return [EntityNames(language, _names(code, language, entity)) for language in languages]


def _names(code: str, language: str, entity: str) -> tuple[str, ...]:
    own = [_territories(locale).get(code, "") for locale in _SCRIPTS.get(language, (language,))]
    own += _ADJECTIVES.get(language, {}).get(code, ())
    return tuple(name for name in dict.fromkeys(own) if name and fold(name) != fold(entity))


def _territory(entity: str, languages: Sequence[str]) -> str:
    """The code of the country that is called *entity*."""
    known: dict[str, str] = {}
    for language in dict.fromkeys(("en", *languages)):
        for locale in _SCRIPTS.get(language, (language,)):
            # Regions such as 001 (the world) have numbers.
            names = {code: name for code, name in _territories(locale).items() if len(code) == 2}
            known |= {fold(name): code for code, name in names.items()}
            known |= {fold(code): code for code in names}
        for code, more in _ADJECTIVES.get(language, {}).items():
            known |= {fold(name): code for name in more}
    if fold(entity) in known:
        return known[fold(entity)]
    near = get_close_matches(fold(entity), known, n=1)
    nearest = f"; the nearest is {_territories('en')[known[near[0]]]!r}" if near else ""
    raise ConfigError(
        f"no country is called {entity!r}{nearest}; names of cities, people and organisations are yours to add"
    )


def _territories(locale: str) -> dict[str, str]:
    """The names of countries by code in a language; {} if CLDR, or this installation, has none."""
    from babel import Locale, UnknownLocaleError  # a second to load, for one command

    try:
        return dict(Locale.parse(locale).territories)
    except (UnknownLocaleError, ValueError):
        return {}
