"""The language of a text: by its script where that decides, else by py3langid. Pure.

The model is loaded at the first text that needs it (0.5 s with numpy) and kept.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Longer beginnings change no answer on article texts, and cost in proportion.
_LOOK_CHARACTERS = 1_500
# Below this a guess is a toss; "Kim Jong Un" is found to be any of six languages.
_MODEL_LETTERS = 40
_SCRIPT_LETTERS = 4
# Share of the letters that a script needs to decide: names in Latin letters stand in any text.
_SCRIPT_SHARE = 0.2
# A Japanese text has a third kana; a Chinese one may quote a title.
_KANA_SHARE = 0.05
# py3langid's own confidence below which what the page says of itself is the better evidence.
_SURE = 0.9
# An Arabic text in a page that calls itself English gives English 0.0001.
_POSSIBLE = 0.005

_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
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
    if letters < _MODEL_LETTERS:
        return said
    ranks = _model().rank(beginning)
    found, confidence = ranks[0]
    if said and confidence < _SURE and dict(ranks).get(said, 0.0) > _POSSIBLE:
        return said
    return language_code(found)


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


@lru_cache(maxsize=1)
def _model() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
