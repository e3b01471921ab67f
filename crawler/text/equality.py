"""Equality of texts, likeness of headlines, and the page that a page names as its original. Pure."""

import re
from hashlib import blake2b

from crawler.urls import url_key
from storage.analyser import fold

_NO_LETTER = re.compile(r"[\W_]+")


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
    """Share (0 to 1) of words that two headlines have in common, of the shorter one; 0 if one is empty."""
    first, second = set(fold(one).split()), set(fold(other).split())
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0


def canonical_key(canonical_url: str | None, own_key: str | None) -> str | None:
    """The key of the address in rel=canonical; None if there is none, or it is the page's own or a front page."""
    if not canonical_url:
        return None
    key = url_key(canonical_url)
    has_path = "/" in key.rstrip("/")
    return key if has_path and key != own_key else None
