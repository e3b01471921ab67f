"""Equality of texts, likeness of headlines, and the page that a page names as its original. Pure."""

import re
from hashlib import blake2b

from crawler.urls import url_key
from storage.analyser import fold

_NO_LETTER = re.compile(r"[\W_]+")
# The sign before a figure says something, other punctuation nothing.
_WORD = re.compile(r"(?:(?<![^\s(])[-+\u2212](?=\d))?[^\W_]+")
# Thai to Khmer, kana and Han set no spaces: a run of them has its pairs of characters in place of words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+"
)


def text_hash(title: str, text: str) -> str:
    """A hash (hex) that equal texts share, whatever their case, spacing, punctuation and repeated headline.

    The headline is left out because extraction often repeats it as the first line of the text; not where it is all the
    text, as of short posts, which would all be equal.
    """
    body = text.strip()
    if title and body.startswith(title):
        body = body[len(title) :]
    letters = _NO_LETTER.sub("", fold(body)) or _NO_LETTER.sub("", fold(text))
    return blake2b(letters.encode(), digest_size=16).hexdigest()


def title_overlap(one: str, other: str) -> float:
    """Share (0 to 1) of words that two headlines have in common, of the shorter one; 0 if one is empty.

    Punctuation is no part of a word. Where a script sets no spaces, pairs of characters are the words.
    """
    first, second = _title_words(one), _title_words(other)
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0


def _title_words(title: str) -> set[str]:
    words: set[str] = set()
    for word in _WORD.findall(fold(title)):
        run = _UNSPACED.search(word)
        words |= {word[at : at + 2] for at in range(max(len(word) - 1, 1))} if run else {word}
    return words


def canonical_key(canonical_url: str | None, own_key: str | None) -> str | None:
    """The key of the address in rel=canonical; None if there is none, or it is the page's own or a front page."""
    if not canonical_url:
        return None
    key = url_key(canonical_url)
    has_path = "/" in key.rstrip("/")
    # A key may have more of its address than another one would: what a page names then is still the page itself.
    is_own = own_key is not None and key in (own_key, url_key(f"http://{own_key}"))
    return key if has_path and not is_own else None
