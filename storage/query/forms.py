"""The case forms of nouns that no stemmer joins: Корея and Корею, Китай and Китая, Rosja and Rosji. Pure.

Snowball takes ending for ending off, so that Корею becomes another stem than Корея, and it has no stemmer for Ukrainian
and Polish. Forms are compared as words and not by their stems: that of Корею is that of кора (bark), too.
"""

from functools import lru_cache

# For an ending of the first case those of the others, longest first: the declensions of names of countries and people,
# and the adjectives of languages without a stemmer.
# What is no noun gets forms that no text has.
_ENDINGS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ru": (
        ("ией", ()),  # Россией is a form already
        ("ский", ()),  # adjectives, which the stemmer joins
        ("ия", ("ии", "ию", "ией", "иею")),
        ("ея", ("еи", "ее", "ею", "еей", "еею")),
        ("ай", ("ая", "аю", "аем", "ае")),
        ("ей", ("ея", "ею", "еем", "ее")),
        ("ий", ("ия", "ию", "ием", "ии")),
        ("я", ("и", "е", "ю", "ей", "ёй", "ею")),
        ("а", ("ы", "и", "е", "у", "ой", "ою", "ей")),
        ("ь", ("я", "ю", "ем", "ём", "е", "и", "ью")),
    ),
    "uk": (
        (
            "ський",
            (
                *("ська", "ське", "ські", "ського", "ської", "ських"),
                *("ському", "ським", "ськими", "ську", "ською"),
            ),
        ),
        ("ія", ("ії", "ію", "ією", "іє")),
        ("ея", ("еї", "ею", "еєю", "еє")),
        ("ай", ("аю", "аєм", "аї", "ая", "аєві")),
        ("я", ("і", "ю", "ею", "е")),
        ("а", ("и", "і", "у", "ою", "о")),
        ("ь", ("я", "ю", "ем", "еві", "і")),
        ("", ("а", "у", "ом", "ові", "і")),
    ),
    "pl": (
        ("ski", ("ska", "skie", "skiego", "skiej", "skich", "skim", "skimi", "ską", "skiemu")),
        ("ja", ("ji", "ję", "ją", "jo")),
        ("ea", ("ei", "eę", "eą", "eo")),
        ("ka", ("ki", "ce", "kę", "ką", "ko")),
        ("ga", ("gi", "dze", "gę", "gą", "go")),
        ("wa", ("wy", "wie", "wę", "wą", "wo")),
        ("na", ("ny", "nie", "nę", "ną", "no")),
        ("ia", ("ii", "ię", "ią", "io")),
        ("ny", ("n", "nom", "nami", "nach")),
        ("a", ("y", "ę", "ą", "o")),
        ("", ("a", "owi", "em", "iem", "u", "ie")),
    ),
}
FORMS_LANGUAGES = tuple(_ENDINGS)
_CYRILLIC = {"uk"}
# Shorter words are particles and abbreviations, and their forms other words.
_LEAST_LETTERS = 4


def forms_language(word: str, language: str | None) -> str | None:
    """The language by whose cases a folded *word* of an article in *language* is declined; None if by none."""
    if "\u0400" <= word[:1] <= "\u04ff":
        return language if language in _CYRILLIC else "ru"
    return "pl" if language == "pl" and word[:1].isalpha() and word[0] < "\u0250" else None


@lru_cache(maxsize=20_000)
def case_forms(word: str, language: str | None = None) -> tuple[str, ...]:
    """The other case forms of a folded *word* in an article in *language*; () if it has none that are known."""
    own = forms_language(word, language)
    if own is None or len(word) < _LEAST_LETTERS or not word.isalpha():
        return ()
    for ending, others in _ENDINGS[own]:
        if word.endswith(ending):
            base = word[: len(word) - len(ending)]
            return tuple(base + other for other in others)
    return ()
