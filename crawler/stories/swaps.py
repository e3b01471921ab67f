"""Words of one text that stand where another has others: the names and figures that a template is filled with. Pure.

A rewritten copy says the same with other words; a telegram of the same template names another country, and names it
again wherever the first did. So it is not how much was replaced that tells them, but whether the same words were
replaced by the same others in several places, the headline among them. That needs no capital letters, which Chinese and
Korean lack.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from crawler.stories.shingles import NAME, SINGLE, Hashes, Shingles

# Runs that are longer are other passages, not other names.
_NAME_WORDS, _NAME_CHARACTERS = 6, 12
# Holes that are looked at, and their length; a text with more is no report of a template, or its first show it.
_HOLES, _HOLE_WORDS = 60, 40

Swap = tuple[tuple[int, ...], tuple[int, ...]]


def count_swaps(
    here: Shingles, there: Shingles, covered: NDArray[np.bool_], title: Hashes, title_back: Hashes
) -> tuple[int, int]:
    """Names that are replaced by the same others in several places: how often, and how many of them in the headlines.

    A headline counts as a place. *covered* are the words of *here* that lie in shingles of *there*.
    """
    # Two names may share a character by chance: 古巴, 巴基斯坦.
    least = 2 if here.is_unspaced else 1
    found = Counter(swap for run in replaced_runs(here, there, covered) for swap in _swaps(*run, least))
    longest = _NAME_CHARACTERS if here.is_unspaced else _NAME_WORDS
    names, names_back = _names(here), _names(there)
    here_title, there_title = frozenset(title.tolist()), frozenset(title_back.tolist())
    repeated = titled = 0
    for swap, times in found.items():
        is_name = not names.isdisjoint(swap[0]) and not names_back.isdisjoint(swap[1])
        if not is_name or max(map(len, swap)) > longest:
            continue
        in_titles = _is_in_titles(swap, here_title, there_title)
        repeated += times if times > 1 else 0
        titled += in_titles
    return repeated, titled


def replaced_runs(
    here: Shingles, there: Shingles, covered: NDArray[np.bool_]
) -> Iterator[tuple[list[int], list[int]]]:
    """The runs of words that differ between the same words before and behind, in order: here and there."""
    if here.width != there.width or not len(there.runs):
        return
    edges = np.diff(covered.astype(np.int8))
    # A hole begins behind the last word of a shared shingle, and ends before the first of another.
    starts, ends = (edges == -1).nonzero()[0] + 1, (edges == 1).nonzero()[0] + 1
    ends = ends[ends > starts[0]] if len(starts) else ends
    places = defaultdict(list)
    for place, run in enumerate(there.runs.tolist()):
        places[run].append(place)
    at = 0
    for start, end in list(zip(starts.tolist(), ends.tolist(), strict=False))[:_HOLES]:
        left, right = here.runs[[start - here.width, end]].tolist()
        begin = _next(places[left], at) + here.width
        stop = _next(places[right], begin)
        if begin < stop and max(end - start, stop - begin) <= _HOLE_WORDS:
            yield here.words[start:end].tolist(), there.words[begin:stop].tolist()
            at = begin


def _next(places: list[int], at: int) -> int:
    """The first of *places* from *at* on; the first of all if there is none."""
    found = bisect_left(places, at)
    return places[found] if found < len(places) else places[0]


def _names(text: Shingles) -> frozenset[int]:
    """The words that may be names: with a capital letter, or of a script that has none."""
    return frozenset(text.words[(text.kinds == NAME) | (text.kinds == SINGLE)].tolist())


def _swaps(one: list[int], other: list[int], least: int) -> Iterator[Swap]:
    """What was replaced in a run; *least* words that both have together split it."""
    first = start = 0
    for block in SequenceMatcher(None, one, other, False).get_matching_blocks():
        if block.size >= least or not block.size:
            if first < block.a and start < block.b:
                yield tuple(one[first : block.a]), tuple(other[start : block.b])
            first, start = block.a + block.size, block.b + block.size


def _is_in_titles(swap: Swap, here: frozenset[int], there: frozenset[int]) -> bool:
    """Whether each headline has its side's words, and lacks some of the other's."""
    mine, theirs = frozenset(swap[0]), frozenset(swap[1])
    return mine <= here and theirs <= there and not mine <= there and not theirs <= here
