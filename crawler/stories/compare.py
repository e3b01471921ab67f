"""What two texts share, and what stands in its place where they differ. Pure.

Overlap alone cannot tell copies: two telegrams of one template share .75 to .93 of their words, a rewritten copy .80 to
.95. What tells them is *what* differs: figures and names replaced on both sides, the headline, the date.

A rewritten copy says the same with other words; a telegram of the same template names another country, and names it
again wherever the first did. So it is not how much was replaced that tells them, but whether the same words were
replaced by the same others in several places, the headline among them. That needs no capital letters, which Chinese and
Korean lack.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from crawler.stories.shingles import FIGURE, NAME, SINGLE, Hashes, Shingles, distinct, run_hashes, shingles

Mask = NDArray[np.bool_]
# Longer texts are not held together by a template, and the look at each replaced word costs more than all else.
_SWAP_WORDS = 300
# Below this no copy was ever found, whatever stands in the holes.
_SWAP_COVERAGE = 0.5
# Runs that are longer are other passages, not other names.
_NAME_WORDS, _NAME_CHARACTERS = 6, 12
# Holes that are looked at, and their length; a text with more is no report of a template, or its first show it.
_HOLES, _HOLE_WORDS = 60, 40
Swap = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ComparedText:
    """An article as it is compared."""

    title: str
    text: str
    host: str  # "" if unknown
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two articles have in common; "replaced" means that both sides have something else in its place."""

    coverage: float  # share (0 to 1) of the one's words that lie in shingles of the other
    coverage_back: float  # the same of the other's words
    shared_words: int  # of the side that has fewer
    figures_replaced: int  # figures that only the one has, or only the other: the smaller number
    figures_share: float  # of the figures of the side that has fewer
    names_replaced: int  # words with a capital letter likewise
    names_share: float
    swaps_repeated: int  # places where words are replaced by the same others as elsewhere; 0 for long texts
    swaps_titled: int  # replaced words that the headlines have too, each its own; 0 for long texts
    # Of the words between the first and last shared one: not shared, on the side with fewer.
    holes_share: float
    title_overlap: float  # share of the shorter headline's words that the other has
    title_replaced: float  # share of a headline's words that its text has and the other text lacks, likewise
    gap_h: float | None  # hours between the publications; None: a date is unknown
    same_host: bool
    is_unspaced: bool  # whether the one is written without spaces
    # The greater coverage of what third stories lack; of all where that is hardly anything.
    own_coverage: float
    template_share: float  # share of the covered words that third stories have too, on the side with less


def compare(one: ComparedText, other: ComparedText, third: Sequence[str] = ()) -> Likeness:
    """What *one* and *other* share; *third* are texts of other stories that share something with *one*."""
    here, there = shingles(one.text), shingles(other.text)
    covered, back = cover(here, there), cover(there, here)
    inside, inside_back = _inside(covered), _inside(back)
    figures = _replaced(_of_kind(here, FIGURE, inside), _of_kind(there, FIGURE, inside_back))
    names = _replaced(_of_kind(here, NAME, inside), _of_kind(there, NAME, inside_back))
    own, template = _without_template(here, covered, third)
    own_back, template_back = _without_template(there, back, third)
    title, title_back = shingles(one.title).words, shingles(other.title).words
    shared = int(min(np.count_nonzero(covered), np.count_nonzero(back)))
    coverage, coverage_back = _share(covered), _share(back)
    is_frame = shared < _SWAP_WORDS and max(coverage, coverage_back) >= _SWAP_COVERAGE
    swaps = count_swaps(here, there, covered, title, title_back) if is_frame else (0, 0)
    return Likeness(
        coverage=coverage,
        coverage_back=coverage_back,
        shared_words=shared,
        figures_replaced=figures[0],
        figures_share=figures[1],
        names_replaced=names[0],
        names_share=names[1],
        swaps_repeated=swaps[0],
        swaps_titled=swaps[1],
        holes_share=_holes_share(covered[inside], back[inside_back]),
        title_overlap=_overlap(distinct(title), distinct(title_back)),
        title_replaced=min(_title_own(title, here, there), _title_own(title_back, there, here)),
        gap_h=_gap_h(one.published_at, other.published_at),
        same_host=bool(one.host) and one.host == other.host,
        is_unspaced=here.is_unspaced,
        own_coverage=max(own, own_back),
        template_share=min(template, template_back),
    )


def coverages(one: str, other: str) -> tuple[float, float]:
    """Share (0 to 1) of *one*'s words that lie in shingles of *other*, and the reverse."""
    here, there = shingles(one), shingles(other)
    return _share(cover(here, there)), _share(cover(there, here))


def shares_enough(one: str, other: str, least: float) -> bool:
    """Whether the texts share at least *least* (0 to 1) of the shingles of the one that has fewer."""
    here, there = shingles(one).distinct, shingles(other).distinct
    smaller, larger = (here, there) if len(here) <= len(there) else (there, here)
    return len(smaller) > 0 and bool(np.count_nonzero(_among(smaller, larger)) >= least * len(smaller))


def cover(text: Shingles, other: Shingles) -> Mask:
    """Which words of *text* lie in a shingle that *other* has too."""
    known = other.distinct if other.width == text.width else distinct(run_hashes(other.words, text.width))
    shared = _among(text.runs, known)
    covered = np.zeros(len(text.words), np.bool_)
    for offset in range(len(text.words) - len(text.runs) + 1 if len(text.runs) else 0):
        covered[offset : offset + len(shared)] |= shared
    return covered


def _among(hashes: Hashes, ascending: Hashes) -> Mask:
    """Which of *hashes* occur in *ascending*."""
    if not len(ascending):
        return np.zeros(len(hashes), np.bool_)
    places = np.searchsorted(ascending, hashes)
    places[places == len(ascending)] = 0
    is_there: Mask = ascending[places] == hashes
    return is_there


def _share(mask: Mask) -> float:
    return float(np.count_nonzero(mask) / len(mask)) if len(mask) else 0.0


def _inside(covered: Mask) -> slice:
    """From the first covered word to the last: heads and tails of outlets lie outside."""
    places = covered.nonzero()[0]
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)


def _of_kind(text: Shingles, kind: int, inside: slice) -> Hashes:
    return distinct(text.words[inside][text.kinds[inside] == kind])


def _replaced(one: Hashes, other: Hashes) -> tuple[int, float]:
    """How many of both have no counterpart, on the side with fewer; and as a share of the smaller set."""
    if not len(one) or not len(other):
        return 0, 0.0
    common = int(np.count_nonzero(_among(one, other)))
    count = min(len(one), len(other)) - common
    return count, count / max(1, min(len(one), len(other)))


def _holes_share(covered: Mask, back: Mask) -> float:
    holes = min(len(covered) - np.count_nonzero(covered), len(back) - np.count_nonzero(back))
    return float(holes) / max(1, min(len(covered), len(back)))


def _overlap(one: Hashes, other: Hashes) -> float:
    smaller, larger = (one, other) if len(one) <= len(other) else (other, one)
    return float(np.count_nonzero(_among(smaller, larger))) / max(1, len(smaller))


def _title_own(title: Hashes, own: Shingles, other: Shingles) -> float:
    """Share of the headline's words that its own text has and the other text lacks."""
    if not len(title):
        return 0.0
    mine = _among(title, distinct(own.words)) & ~_among(title, distinct(other.words))
    return float(mine.mean())


def _without_template(here: Shingles, covered: Mask, third: Sequence[str]) -> tuple[float, float]:
    """Coverage of what third stories lack, and the share of the covered words that they have too."""
    if len(third) < 2:
        return _share(covered), 0.0
    masks = np.sum([cover(here, shingles(text)) for text in third], axis=0)
    common = masks >= (2 if len(third) > 2 else 1)
    own = ~common
    template = float((covered & common).sum()) / max(1, int(covered.sum()))
    return (_share(covered[own]) if own.sum() > 3 else _share(covered)), template


def _gap_h(one: datetime | None, other: datetime | None) -> float | None:
    return abs((one - other).total_seconds()) / 3_600 if one and other else None


def count_swaps(
    here: Shingles, there: Shingles, covered: NDArray[np.bool_], title: Hashes, title_back: Hashes
) -> tuple[int, int]:
    """Names that are replaced by the same others in several places: how often, and how many of them in the headlines.

    A headline counts as a place. *covered* are the words of *here* that lie in shingles of *there*.
    """
    # Two names may share a character by chance: 古巴, 巴基斯坦.
    least = 2 if here.is_unspaced else 1
    swaps = Counter(swap for run in replaced_runs(here, there, covered) for swap in _swaps(*run, least))
    longest = _NAME_CHARACTERS if here.is_unspaced else _NAME_WORDS
    names, names_back = _names(here), _names(there)
    here_title, there_title = frozenset(title.tolist()), frozenset(title_back.tolist())
    repeated = titled = 0
    for swap, times in swaps.items():
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
    index = bisect_left(places, at)
    return places[index] if index < len(places) else places[0]


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
