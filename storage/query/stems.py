"""The stems that words with a given beginning may have: a full-text index of stems knows no other beginnings. Pure."""

import re

# What Snowball puts in the place of an ending that it takes off, by language. With stem_bases, all stems of words with
# a given beginning are named: no miss among all beginnings of the 25,000 to 600,000 words a language that wordfreq
# lists (12 languages, 20 million beginnings; German 12, with "ue" across a syllable's border, mended in stem_bases).
_REPLACEMENTS = {
    "da": ("",),
    "de": ("",),
    "en": ("", "i", "e", "l", "ie", "y"),
    "es": ("", "i", "u", "t", "ent", "log"),
    "fr": ("", "i", "l", "x", "y", "log", "ent", "eux", "u", "qu"),
    "hu": ("", "a", "e", "y", "z", "s"),
    "it": ("", "t", "ent", "log", "u"),
    "lt": ("", "t"),
    "no": ("",),
    "pt": ("", "c", "ent", "log", "u"),
    "ro": ("", "t", "at", "st"),
    "ru": ("",),
    "sv": ("",),
}
# Languages whose stemmers take off or rewrite beginnings too (ge-, al-, me-), or double letters: their stems cannot
# be listed.
_UNLISTED = {
    "latin": frozenset({"nl", "id", "fi", "et", "tr"}),
    "cyrillic": frozenset({"sr"}),
}
# Letters that one stemmer takes off at most (Spanish: "diciéndoselo" to "dic").
_MAX_CUT = 12
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[a-zà-ɏ]")


def stem_endings(beginning: str, language: str | None) -> list[str] | None:
    """The stems, shorter than or differing from *beginning*, of words that begin so; None if they cannot be listed."""
    if any(character.isdigit() for character in beginning):
        # Words with digits are not stemmed.
        return []
    script = _script(beginning)
    if script is None or language in _UNLISTED[script]:
        return None
    own = (
        "ru" if script == "cyrillic" else language if language in _REPLACEMENTS and language != "ru" else "en"
    )
    shortest = max(1 if len(beginning) <= 4 else 2, len(beginning) - _MAX_CUT)
    return [
        base[:kept] + replacement
        for base in stem_bases(beginning, own)
        for replacement in _REPLACEMENTS[own]
        for kept in range(len(base) - 1, 0, -1)  # longer ones begin with the base
        if kept + len(replacement) >= shortest
    ]


def _script(word: str) -> str | None:
    if _CYRILLIC.search(word):
        return "cyrillic"
    return "latin" if _LATIN.match(word) else None


def stem_bases(beginning: str, language: str | None) -> list[str]:
    """*beginning* as the stemmer of *language* may spell it: some take accents off."""
    spelt = [beginning]
    if language == "de":
        plain = beginning.translate(str.maketrans("äöü", "aou")).replace("ß", "ss")
        spelt += [plain, _without_e(beginning), _without_e(plain)]
        spelt += [plain.replace(pair, pair[0], 1) for pair in ("ae", "oe", "ue")]
    elif language == "es":
        spelt.append(beginning.translate(str.maketrans("áéíóú", "aeiou")))
    elif language == "it":
        spelt.append(beginning.translate(str.maketrans("áéíóú", "àèìòù")))
    elif language == "fr":
        spelt += _french(beginning) + _french(beginning.replace("ç", "c"))
    if _CYRILLIC.search(beginning):
        spelt.append(beginning.replace("ё", "е"))
    return list(dict.fromkeys(spelt))


def _without_e(word: str) -> str:
    return re.sub("(?<!q)ue", "u", word.replace("ae", "a").replace("oe", "o"))


def _french(word: str) -> list[str]:
    """*word*, and with each of its accented e without accent: the stemmer does so to the last one that it leaves."""
    changed = [word[:at] + "e" + word[at + 1 :] for at, letter in enumerate(word) if letter in "éè"]
    return [word, *changed]
