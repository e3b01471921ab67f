"""Texts as runs of neighbouring words (shingles): what copies are found by and compared with. Pure.

Shingles after Broder, "On the resemblance and containment of documents" (1997); the smallest hashes of all as a
sketch after Cohen and Kaplan, "Summarizing data using bottom-k sketches" (2007): a text that is a share c of another
has about c of its anchors in common with it, so that an excerpt of a third is found by eight anchors of 24. Bands of
MinHash values need several in a row and lose just those.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from storage.han import simplify

Hashes = NDArray[np.uint64]

# Anchors of an article. Measured recall on 19,043 wire stories: 12 .967, 16 .973, 24 .988, 32 .988.
ANCHORS = 24
# What is compared of a text: its beginning. The longest of 11,458 evaluation texts has 9,000 words.
COMPARED_CHARACTERS = 120_000
COMPARED_WORDS = 20_000

WORD, NAME, FIGURE, SINGLE = range(4)

# Thai to Burmese, Khmer, kana, Han; Hangul too, since North and South set their spaces differently.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[^\W\d_{_UNSPACED}]+|\d+(?:[.,:/]\d+)*|[{_UNSPACED}]")
_SINGLE = re.compile(rf"[{_UNSPACED}]")
# Soft hyphen, zero-width and direction marks, and accents that compose with nothing (the stress of Росси́я).
_INVISIBLE = re.compile("[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
# A text with these is Japanese, where both forms of a Chinese character have meanings of their own.
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
# A text is held to be unspaced by what stands in its beginning.
_SCRIPT_WORDS = 400
_UNSPACED_SHARE = 0.4

_COMPARED_WIDTH, _COMPARED_WIDTH_UNSPACED = 3, 5
_ANCHOR_WIDTH, _ANCHOR_WIDTH_UNSPACED = 4, 7

# Odd multipliers without pattern: the golden ratio, then two of SplitMix64's (Steele, Lea, Flood 2014).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True, eq=False)
class Shingles:
    """A text for comparison."""

    words: Hashes  # a hash of each word without case, in order; unspaced scripts have one a character
    kinds: NDArray[np.uint8]  # of each word: WORD, NAME (a capital letter), FIGURE or SINGLE
    is_unspaced: bool
    width: int  # words in a shingle
    runs: Hashes  # a hash of each shingle, in order
    distinct: Hashes  # the same, each once, ascending


@lru_cache(maxsize=128)
def shingles(text: str) -> Shingles:
    """*text* for comparison: its first `COMPARED_WORDS` words."""
    codes = _codes(text)
    words, kinds = codes >> np.uint64(2), (codes & np.uint64(3)).astype(np.uint8)
    first = kinds[:_SCRIPT_WORDS]
    is_unspaced = bool(np.count_nonzero(first == SINGLE) > _UNSPACED_SHARE * len(first))
    width = _COMPARED_WIDTH_UNSPACED if is_unspaced else _COMPARED_WIDTH
    runs = run_hashes(words, width)
    return Shingles(words, kinds, is_unspaced, width, runs, distinct(runs))


def anchors(text: str) -> tuple[int, ...]:
    """The `ANCHORS` smallest hashes (63 bits, ascending) of its runs of four words, or seven unspaced characters.

    Fewer if the text has fewer different runs; () for a text without words.
    """
    whole = shingles(text)
    width = _ANCHOR_WIDTH_UNSPACED if whole.is_unspaced else _ANCHOR_WIDTH
    hashes = distinct(_mixed(run_hashes(whole.words, width)) >> np.uint64(1))
    return tuple(hashes[:ANCHORS].tolist())


def run_hashes(words: Hashes, width: int) -> Hashes:
    """A hash of each run of *width* words, in order; of all words together if they are fewer; empty if none."""
    if not len(words):
        return words
    width = min(width, len(words))
    last = len(words) - width + 1
    runs = words[:last].copy()
    for offset in range(1, width):
        runs *= _STEP
        runs += words[offset : offset + last]
    return runs


def distinct(hashes: Hashes) -> Hashes:
    """*hashes*, each once, ascending; a seventh of the time of `numpy.unique` on short arrays."""
    hashes = np.sort(hashes)
    return hashes[np.concatenate(([True], hashes[1:] != hashes[:-1]))] if len(hashes) else hashes


def _mixed(hashes: Hashes) -> Hashes:
    """*hashes* with their bits spread, so that the smallest are a random choice (the finaliser of SplitMix64)."""
    hashes = hashes ^ (hashes >> np.uint64(30))
    hashes *= _MIX[0]
    hashes ^= hashes >> np.uint64(27)
    hashes *= _MIX[1]
    hashes ^= hashes >> np.uint64(31)
    return hashes


def _codes(text: str) -> Hashes:
    text = text[:COMPARED_CHARACTERS]
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        if not _KANA.search(text):
            text = simplify(text)
    tokens = _TOKEN.findall(text)[:COMPARED_WORDS]
    return np.fromiter(map(_code, tokens), np.uint64, len(tokens))


@lru_cache(maxsize=200_000)
def _code(token: str) -> int:
    """A hash of 62 bits that stays the same between processes and machines, and two bits for the kind."""
    digest = blake2b(token.lower().encode("utf-8", "ignore"), digest_size=8).digest()
    return int.from_bytes(digest, "little") & ~3 | _kind(token)


def _kind(token: str) -> int:
    if len(token) > 1:
        return NAME if token[0].isupper() else FIGURE if token[0].isdigit() else WORD
    return FIGURE if token.isdigit() else SINGLE if _SINGLE.match(token) else WORD
