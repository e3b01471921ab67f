"""The language of a text: by its script and letters where they decide, else by py3langid among those that remain. Pure.

The model is loaded at the first text that needs it (0.5 s with numpy) and kept, unless the process was given it sooner:
crawler/text/language_model.py.
"""

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Longer beginnings change no answer on article texts, and cost in proportion.
_LOOK_CHARACTERS = 1_500
# Below this a guess between languages of one script is a toss; "Kim Jong Un" is found to be any of six languages.
_MODEL_LETTERS = 20
# Below this many letters a text is one of the languages of the world's press rather than one that looks like it.
_SHORT_LETTERS = 150
_SCRIPT_LETTERS = 4
# Share of the letters that a script needs to decide: names in Latin letters stand in any text.
_SCRIPT_SHARE = 0.2
# A Japanese text has a third kana; a Chinese one may quote a title.
_KANA_SHARE = 0.05
# py3langid's own confidence below which what the page says of itself is the better evidence.
_SURE = 0.9
_LEAST = 1e-12
# An Arabic text in a page that calls itself English gives English 0.0001.
_POSSIBLE = 0.005

_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_NOT_LATIN, _CYRILLIC = re.compile("[\u0370-\u1cff\u1f00-\u1fff\ufb50-\ufefc]"), re.compile("[\u0400-\u052f]")
_ALPHABETS = (
    ("cyrillic", _CYRILLIC),
    ("arabic", re.compile("[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufefc]")),
    ("devanagari", re.compile("[\u0900-\u097f]")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("te", re.compile("[\u0c00-\u0c7f]")),
    ("km", re.compile("[\u1780-\u17ff]")),
    ("my", re.compile("[\u1000-\u109f]")),
    ("lo", re.compile("[\u0e80-\u0eff]")),
    ("am", re.compile("[\u1200-\u137f]")),
)
# The languages of the press by alphabet; those of an alphabet's name above decide by themselves.
_PRESS = {
    "cyrillic": frozenset(("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt")),
    "arabic": frozenset(("ar", "fa", "ur", "ps", "ug", "ku")),
    "devanagari": frozenset(("hi", "mr", "ne")),
    "latin": frozenset((
        "af", "az", "bs", "ca", "cs", "cy", "da", "de", "en", "es", "et", "eu", "fi", "fr", "ga", "gl", "hr", "hu",
        "id", "is", "it", "lt", "lv", "ms", "mt", "nl", "no", "pl", "pt", "ro", "sk", "sl", "so", "sq", "sr", "sv",
        "sw", "tl", "tr", "uz", "vi",
    )),
}  # fmt: skip
# Cyrillic letters that one language, or a few, have alone: the first that stands in the text leaves these.
_CYRILLIC_LETTERS = tuple(
    (re.compile(f"[{letters}]"), frozenset(languages.split()))
    for letters, languages in (
        ("әғқңұһ", "kk"),
        ("өү", "mn ky kk tt"),
        ("ѓќѕ", "mk"),
        ("ћђ", "sr"),
        ("јљњџ", "sr mk"),
        ("ўЎ", "be"),
        ("їєґ", "uk"),
    )
)
_RUSSIAN, _UKRAINIAN_I = re.compile("[ыэё]"), re.compile("і")
# Serbian and Macedonian have none of the first; the second is rare in Bulgarian, the third in Russian.
_NOT_WESTERN, _SOFT_SIGN, _HARD_SIGN = re.compile("[йяющ]"), re.compile("ь(?!о)"), re.compile("ъ")
# Share of the letters that a language has and the other Cyrillic ones lack: how soon a text without them is none of it.
_OWN_LETTERS = {"ru": 0.023, "uk": 0.05, "bg": 0.018, "sr": 0.055, "mk": 0.03}
# How much likelier each of its small words makes a language. Measured on 1,004 sentences of news and encyclopedias.
_BY_SMALL_WORD = 8.0
_COUNTED_WORDS = 60
# A text that all this leaves open is more often Russian than anything else.
_RUSSIAN_PRIOR = 2.0
# The small words of languages whose letters do not tell them apart; what several share counts for all of them.
_SMALL_WORDS = {
    "ru": (
        "из это его он мы был если когда было еще бы их они будет чтобы есть очень были была также быть как"
        " по к для о об при этом этого более году лет которые которая который себя после над под без между"
        " сказал заявил может своей него ему или чем уже где что нет все тем том так кто себе стало ее до не"
        " на в с и а но со во же ли от за я ты никогда слово них других"
    ),
    "uk": (
        "з та це як від але він його під якщо або було вони щоб ж чи був буде її дуже після хто тільки вона"
        " ні року років цього бути яка який які має про що до у де вже також може ще для при між над без так"
        " не на в і а"
    ),
    "bg": (
        "че са това като най към съм няма след през аз които какво трябва който във още със когато този вече"
        " която преди повече защото тези тя бъде всичко защо също се ще бе е да ги му от за как при или без"
        " над той те ни по до не на в с и а но ли я"
    ),
    "mk": (
        "од ќе што дека како тоа кој многу сите ова еден биде уште тие оваа дел исто кај додека некој зошто"
        " овие беа во со се да е за ги му но при или без над тој таа до не на и а ли"
    ),
    "sr": (
        "је од са су који која које како што није за да се у због после али или до биће био била само више"
        " године ће би ово тај та то при без над он она не на и а но ли"
    ),
}
_LANGUAGES_OF_WORD: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in set(_words.split()):
        _LANGUAGES_OF_WORD.setdefault(_word, []).append(_language)
_WORDS = re.compile(r"[^\W\d_]+")
# Persian and Urdu have letters that Arabic lacks, and Urdu some that Persian lacks.
_ARABIC_LETTERS = (
    (re.compile("[ٹڈڑںےھ]"), frozenset(("ur",))),
    (re.compile("[ټډړږښڼۍې]"), frozenset(("ps",))),
    (re.compile("[پچژگ]"), frozenset(("fa", "ug", "ku"))),
    (re.compile("[ةىأإ]"), frozenset(("ar",))),
)
_CODE = re.compile(r"([A-Za-z]{2})(?:[-_.].*)?\s*")
# Withdrawn codes, and forms that are one written language for every tool we ask.
_SAME = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "nb": "no",
    "nn": "no",
    "kp": "ko",
    "cn": "zh",
    "jp": "ja",
    "ua": "uk",
}


def detect_language(text: str, hint: str | None = None) -> str | None:
    """The language of *text* as ISO 639-1; None if the text is too short to tell and there is no usable *hint*.

    *hint* is what the page says of itself (``en-US``); it goes before a guess that is unsure, never before a script.
    Norwegian is always ``no``.
    """
    said = language_code(hint)
    beginning = text[:_LOOK_CHARACTERS]
    letters = sum(1 for character in beginning if character.isalpha())
    if letters >= _SCRIPT_LETTERS and (own := _by_script(beginning, letters)):
        return own
    possible = _possible(beginning, letters)
    if len(possible) == 1:
        return next(iter(possible))
    if letters < _MODEL_LETTERS:
        return said
    return _by_model(beginning, letters, possible, said)


def _by_model(text: str, letters: int, possible: frozenset[str], said: str | None) -> str | None:
    """The language that the model finds among the *possible* ones; *said*, what the page says, where it is unsure."""
    ranks = [(language_code(code), float(confidence)) for code, confidence in _model().rank(text)]
    if letters < _SHORT_LETTERS or possible is not _PRESS["latin"]:
        weights = _cyrillic_weights(text) if "ru" in possible else {}
        able = ((code, confidence) for code, confidence in ranks if code in possible)
        ranks = [
            (code, max(confidence, _LEAST) * weights.get(code or "", 1.0)) for code, confidence in able
        ] or ranks
        ranks.sort(key=lambda rank: rank[1], reverse=True)
    total = sum(confidence for _, confidence in ranks) or 1.0
    found, confidence = ranks[0]
    if said and confidence / total < _SURE and dict(ranks).get(said, 0.0) / total > _POSSIBLE:
        return said
    return found


def _possible(text: str, letters: int) -> frozenset[str]:
    """The languages of the press that a text of this alphabet, with these letters, may be in."""
    if len(_NOT_LATIN.findall(text)) <= _SCRIPT_SHARE * letters:
        return _PRESS["latin"]
    for name, alphabet in _ALPHABETS:
        if letters >= _SCRIPT_LETTERS and len(alphabet.findall(text)) > _SCRIPT_SHARE * letters:
            if name == "cyrillic":
                return _cyrillic(text.lower())
            if name == "arabic":
                return next((own for sign, own in _ARABIC_LETTERS if sign.search(text)), _PRESS[name])
            return _PRESS.get(name, frozenset((name,)))
    return _PRESS["latin"]


def _cyrillic(text: str) -> frozenset[str]:
    """The languages that have all Cyrillic letters of *text*, in lower case."""
    if own := next((languages for sign, languages in _CYRILLIC_LETTERS if sign.search(text)), None):
        return own
    if _UKRAINIAN_I.search(text):
        return frozenset(("be", "kk") if _RUSSIAN.search(text) else ("uk",))
    if _RUSSIAN.search(text):
        return frozenset(("ru",))
    left = {"ru", "uk", "bg", "mk", "sr"}
    for letter, lacking in ((_NOT_WESTERN, {"mk", "sr"}), (_SOFT_SIGN, {"bg"}), (_HARD_SIGN, {"uk"})):
        left -= lacking if letter.search(text) else set()
    return frozenset(left)


def _cyrillic_weights(text: str) -> dict[str, float]:
    """How much the small words of a Cyrillic text, and the letters that it lacks, speak for each language."""
    letters = len(_CYRILLIC.findall(text))
    weights = {language: math.exp(-share * letters) for language, share in _OWN_LETTERS.items()}
    weights["ru"] *= _RUSSIAN_PRIOR
    for word in _WORDS.findall(text.lower())[:_COUNTED_WORDS]:
        for language in _LANGUAGES_OF_WORD.get(word, ()):
            weights[language] *= _BY_SMALL_WORD
    return weights


def language_code(name: str | None) -> str | None:
    """The ISO 639-1 code in a language tag such as ``en-US`` or ``pt_BR``; None if there is none."""
    match = _CODE.fullmatch(name.strip()[:40]) if name else None
    return _SAME.get(match[1].lower(), match[1].lower()) if match else None


def _by_script(text: str, letters: int) -> str | None:
    """The language of a text in Hangul, kana or Han; None for any other."""
    hangul, kana, han = (len(script.findall(text)) for script in (_HANGUL, _KANA, _HAN))
    if hangul + kana + han < _SCRIPT_SHARE * letters:
        return None
    if hangul >= max(kana, han / 4):
        return "ko"
    return "ja" if kana > _KANA_SHARE * (kana + han) else "zh"


class _Model:
    held: "LanguageIdentifier | None" = None


def hold_model(model: "LanguageIdentifier") -> None:
    """Let this process tell languages by *model*, py3langid's own, which someone has loaded."""
    _Model.held = model


def _model() -> "LanguageIdentifier":
    if _Model.held is None:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        _Model.held = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return _Model.held
