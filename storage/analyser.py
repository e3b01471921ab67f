"""The one analyser: texts into tokens, for search, queries and topics. Pure.

NFKC and case folding; runs of letters and digits are words, stemmed by Snowball after their script and language;
every Han, kana, Hangul, Thai, Lao, Khmer and Burmese character is a token by itself, so that names of two
characters (朝俄, 북러) are found in scripts that set no or unsteady spaces; traditional Chinese characters count as the
simplified ones, except in Japanese. Measured on 50,000 articles: trigram
indexes find none of those names, one-character tokens find all, for 21 % more index.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from storage.han import FIRST_HAN, simplified

# Raise when the tokens of any text change: the full-text index keeps the version that made it.
VERSION = 2

# Thai, Lao, Burmese, Hangul, Khmer, kana, Bopomofo and Han with extensions, without their punctuation (the middle dot
# of katakana names among it): the full-text index would not hold such a token. NFKC has widened half-width kana.
_SINGLES = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e80-\u0eff\u1000-\u1049\u1050-\u109d\u1100-\u11ff"
    "\u1780-\u17d3\u17d7\u17dc-\u17e9\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_FIRST_SINGLE = _SINGLES[0]
# The vowel signs of the Indian scripts stand inside words, yet are no letters to `re`.
_VOWEL_SIGNS = r"\u0900-\u0963\u0971-\u0dff"
_LETTERS = rf"[^\W_{_SINGLES}]++(?:[{_VOWEL_SIGNS}]++[^\W_{_SINGLES}]*+)*+"
_WORD = rf"{_LETTERS}(?:['’](?:[^\W_{_SINGLES}]|[{_VOWEL_SIGNS}])++)?"
_TOKEN = re.compile(rf"[{_SINGLES}]|{_WORD}")
_RUN = re.compile(rf"[{_SINGLES}]++|{_WORD}")
_ASCII_TOKEN = re.compile(r"[a-z0-9]++(?:'[a-z0-9]++)?")
_SINGLE = re.compile(rf"[{_SINGLES}]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff]")
_POSSESSIVE = re.compile(r"['’]s$")
# Soft hyphen, zero-width and direction marks; then what NFKC leaves uncomposed: stress marks (Росси́я), the dot of a
# lowered İ, Hebrew points, Arabic vowel marks and tatweel, all of which writers set or leave out at will.
_IGNORABLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f"
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]"
)
# Characters that NFKC and lower case make one character each, whatever stands before them: nearly all of most texts.
_STEADY = re.compile(
    "[\x00-\x7f\u00c0-\u012f\u0134-\u013e\u0141-\u0148\u014a-\u017e\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9\u0400-\u045f"
    "\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u060c\u061b\u061f\u2010\u2012-\u2016\u2018-\u2023\u2030\u20ac"
    "\u3001\u3002\u3008-\u3011\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]+"
)

# Compatibility letters of Hangul and their half-width forms: NFKC of a whole text would make syllables of them.
_LONE_JAMO = re.compile("[\u3131-\u318e\uffa0-\uffdc]")

_STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
    "yi": "yiddish",
}
# ISO 639-1; words of other languages are stemmed by their script.
STEMMED_LANGUAGES = tuple(_STEMMERS)
_CYRILLIC = frozenset({"ru", "sr"})
_OTHER_SCRIPTS = {"ar": "\u0600-\u06ff", "el": "\u0370-\u03ff", "hy": "\u0530-\u058f", "yi": "\u0590-\u05ff"}
_LATIN = frozenset(_STEMMERS) - _CYRILLIC - frozenset(_OTHER_SCRIPTS)
_SCRIPT_LANGUAGE = [(re.compile(f"[{span}]"), code) for code, span in _OTHER_SCRIPTS.items()]
_CYRILLIC_LETTER = re.compile("[\u0400-\u04ff]")


class Token(NamedTuple):
    """A token and where it stood.

    A page has thousands; a named tuple is made in a third of a frozen dataclass's time.
    """

    term: str  # what is indexed and compared
    word: str  # folded but not stemmed nor simplified, without possessive: what a prefix is compared with
    surface: str  # as the text writes it
    start: int  # character offset in the text that was given
    end: int  # offset behind its last character
    single: bool  # one character of a script without steady spaces
    joined: bool  # nothing stands between it and the token before it; zero-width characters do not count


class Outline(NamedTuple):
    """What the tokens of a text are, but not where they stand: made in a fifth of the time of `tokens`."""

    terms: list[str]  # as of `Token`, in order
    words: list[str]  # as of `Token`, in order
    runs: list[tuple[int, int]]  # neighbouring single characters, joined: the first, and behind the last


def tokens(text: str, language: str | None = None) -> list[Token]:
    """The tokens of *text* in order; *language* (ISO 639-1) picks the stemmer of Latin and Cyrillic words."""
    folded, places = _fold(text)
    read = []
    last = -1
    for piece in _pieces(folded):
        start, end = piece.span()
        begin, stop = (start, end) if places is None else (places[start][0], places[end - 1][1])
        word = piece[0]
        single = word >= _FIRST_SINGLE and _SINGLE.match(word) is not None
        if single:
            term = single_term(word, language)
        else:
            word = plain(word)
            term = stem(word, language)
        read.append(Token(term, word, text[begin:stop], begin, stop, single, start == last))
        last = end
    return read


def outline(text: str, language: str | None = None) -> Outline:
    """The terms and words of `tokens`."""
    folded = fold(text)
    if folded.isascii():
        pieces = _ASCII_TOKEN.findall(folded)
        words = [plain(piece) for piece in pieces] if "'" in folded else pieces
        # As `stem` takes it, so that a word is kept once for all languages of other scripts.
        latin = language if language in _LATIN else "en"
        return Outline([stem(piece, latin) for piece in pieces], words, [])
    read = Outline([], [], [])
    for piece in _RUN.findall(folded):
        if piece >= _FIRST_SINGLE and _SINGLE.match(piece):
            read.runs.append((len(read.terms), len(read.terms) + len(piece)))
            read.words.extend(piece)
            read.terms.extend(single_term(character, language) for character in piece)
        else:
            read.words.append(plain(piece))
            read.terms.append(stem(piece, language))
    return read


def terms(text: str, language: str | None = None, version: int = VERSION) -> list[str]:
    """Only the terms of `tokens`, for indexing; as *version* made them, where an index is of an earlier one."""
    folded = fold(text)
    matches = _ASCII_TOKEN.findall(folded) if folded.isascii() else _TOKEN.findall(folded)
    # The first version left Chinese characters as they are, as Japanese ones are still.
    script = "ja" if version == 1 else language
    return [
        single_term(piece, script)
        if piece >= _FIRST_SINGLE and _SINGLE.match(piece)
        else stem(piece, language)
        for piece in matches
    ]


def index_text(text: str, language: str | None = None, version: int = VERSION) -> str:
    """The terms of *text* joined by spaces: what goes into the full-text index; of *version* as for `terms`."""
    return " ".join(terms(text, language, version))


def fold(text: str) -> str:
    """*text* in NFKC, lower case, without soft hyphens, zero-width characters and marks that compose with nothing."""
    if text.isascii():
        return text.lower()
    if _LONE_JAMO.search(text):
        return _fold(text)[0]
    # A tenth of the time of folding with places, and the same for all that composes only with what stands before it.
    return _IGNORABLE.sub("", unicodedata.normalize("NFKC", text).lower().replace("ς", "σ"))


def single_term(character: str, language: str | None = None) -> str:
    """The term of a character that is a token by itself: a traditional Chinese one is the simplified one."""
    if character < FIRST_HAN or language == "ja":
        return character
    return simplified().get(character, character)


def plain(word: str) -> str:
    """A folded *word* without possessive 's and apostrophes, as stems are made of it."""
    if "'" not in word and "’" not in word:
        return word
    return _POSSESSIVE.sub("", word).replace("'", "").replace("’", "")


@lru_cache(maxsize=50_000)
def stem(word: str, language: str | None = None) -> str:
    """The Snowball stem of a folded *word*; of a character that is a token by itself the simplified one.

    A language whose script differs from the word's is not used: a Russian name in an English text is stemmed as
    Russian.
    Latin letters default to English, Cyrillic to Russian. A word with a digit is left as it is.
    """
    if len(word) == 1 and is_single(word):
        return single_term(word, language)
    word = plain(word)
    if not word.isalpha():
        return word
    stemmer = _stemmer(_stem_language(word, language))
    return str(stemmer.stemWord(word)) if stemmer else word


def stems(word: str, languages: Iterable[str] = ()) -> list[str]:
    """All stems of a folded *word* under *languages*, the script's own language first, each once."""
    return list(dict.fromkeys([stem(word), *(stem(word, language) for language in languages)]))


def is_single(term: str) -> bool:
    """Whether *term* is one character of a script without steady spaces."""
    return len(term) == 1 and _SINGLE.match(term) is not None


def is_hangul(term: str) -> bool:
    """Whether *term* begins with a Hangul character: Korean is written with spaces, and particles end its words."""
    return _HANGUL.match(term) is not None


def count_words(text: str) -> int:
    """The length of *text* in words; characters of scripts without spaces count a half, rounded up."""
    folded = fold(text)
    if folded.isascii():
        return len(_ASCII_TOKEN.findall(folded))
    pieces = _TOKEN.findall(folded)
    singles = sum(1 for piece in pieces if piece >= _FIRST_SINGLE and _SINGLE.match(piece))
    return len(pieces) - singles + (singles + 1) // 2


def runs(read: Iterable[Token]) -> Iterator[list[Token]]:
    """The tokens in groups: a word alone, neighbouring single characters together."""
    group: list[Token] = []
    for token in read:
        if group and token.single and group[-1].single and token.joined:
            group.append(token)
            continue
        if group:
            yield group
        group = [token]
    if group:
        yield group


def _pieces(folded: str) -> Iterator[re.Match[str]]:
    return _ASCII_TOKEN.finditer(folded) if folded.isascii() else _TOKEN.finditer(folded)


def _stem_language(word: str, language: str | None) -> str | None:
    if _CYRILLIC_LETTER.search(word):
        return language if language in _CYRILLIC else "ru"
    if word.isascii() or word[0] < "\u0250":
        return language if language in _LATIN else "en"
    for script, code in _SCRIPT_LANGUAGE:
        if script.search(word):
            return code
    return None


@lru_cache(maxsize=32)
def _stemmer(language: str | None) -> Stemmer.Stemmer | None:
    return Stemmer.Stemmer(_STEMMERS[language]) if language else None


def _fold(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """The folded text, and for each of its characters the stretch of *text* that made it (None: the same)."""
    if text.isascii():
        return text.lower(), None
    simple = unicodedata.normalize("NFKC", text).lower().replace("ς", "σ")
    if len(simple) == len(text) and not _IGNORABLE.search(simple) and unicodedata.is_normalized("NFKC", text):
        return simple, None
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        run = _STEADY.match(text, start)
        end = run.end() if run else start + 1
        if run and end < len(text) and _continues(text[end]):
            end -= 1
        if run and end > start:
            pieces.append(text[start:end].lower().replace("ς", "σ"))
            places.extend(zip(range(start, end), range(start + 1, end + 1), strict=True))
        else:
            # A character is folded together with the marks on it, so that NFC and NFD give the same.
            end = start + 1
            while end < len(text) and _continues(text[end]):
                end += 1
            folded = _fold_cluster(text[start:end])
            pieces.append(folded)
            places.extend([(start, end)] * len(folded))
        start = end
    return "".join(pieces), places


@lru_cache(maxsize=20_000)
def _fold_cluster(cluster: str) -> str:
    return _IGNORABLE.sub("", unicodedata.normalize("NFKC", cluster).lower().replace("ς", "σ"))


def _continues(character: str) -> bool:
    """Whether *character* may compose with the one before it: a mark, a Hangul vowel or final, a half-width mark."""
    if character.isascii():
        return False
    return (
        "\u1160" <= character <= "\u11ff"
        or character in "\uff9e\uff9f"
        or unicodedata.category(character).startswith("M")
    )
