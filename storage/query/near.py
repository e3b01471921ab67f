"""Which of the places of two operands stand near each other, within bounds of work. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Bounds for texts of one repeated word; an article of 3,000 words that names each of two entities 50 times has 2,500
# pairs. What lies beyond is not looked at, so that a query in such a text may miss, and never hangs.
MAX_PLACES = 10_000  # of one operand
MAX_STARTS = 50_000  # where a phrase is tried in one field
MAX_PAIRS = 5_000  # that one NEAR finds in one field
MAX_WORK = 100_000  # pairs looked at in one query against one article; about 0.1 s


@dataclass(frozen=True, slots=True)
class NearPlace:
    """Where a term, or terms near each other, were found."""

    field: str
    first: int  # position of the first token
    last: int
    parts: tuple[tuple[int, int], ...]  # first and last position of each term


@dataclass(slots=True)
class Work:
    """What a query may still look at in one article."""

    left: int = MAX_WORK


def near_places(
    left: Iterable[NearPlace],
    right: Iterable[NearPlace],
    steps: Sequence[int],
    distance: int,
    *,
    ordered: bool,
    work: Work,
) -> list[NearPlace]:
    """The places of one field where one of *left* is at most *distance* words from one of *right*, joined.

    *ordered* wants *left* first. Two that share a word are no pair; of two that lie within each other's reach
    without sharing one, the distance is 0.
    """
    others = sorted(right, key=lambda place: place.first)
    if not others:
        return []
    keys = [steps[place.first] for place in others]
    width = max(steps[place.last] - steps[place.first] for place in others)
    pairs: list[NearPlace] = []
    for own in left:
        back = 0 if ordered else distance + width
        low = bisect_left(keys, steps[own.first] - back)
        high = bisect_right(keys, steps[own.last] + distance)
        for other in others[low : min(high, low + MAX_PAIRS)]:
            work.left -= len(own.parts) * len(other.parts)
            if _is_near(own, other, steps, distance, ordered=ordered):
                pairs.append(_joined(own, other))
        if len(pairs) > MAX_PAIRS or work.left < 0:
            break
    return pairs


def loose_places(
    operands: Sequence[Sequence[NearPlace]], steps: Sequence[int], gap: int, work: Work
) -> list[NearPlace]:
    """The places of one field where one of each of *operands* stand, in any order, with at most *gap* words between."""
    own = sum(
        max((steps[place.last] - steps[place.first] + 1 for place in operand), default=0)
        for operand in operands
    )
    met = list(operands[0])
    for others in operands[1:]:
        met = near_places(met, others, steps, gap + own, ordered=False, work=work)
    return [place for place in met if _others_between(place, steps) <= gap]


def _others_between(place: NearPlace, steps: Sequence[int]) -> int:
    words = {step for first, last in place.parts for step in range(steps[first], steps[last] + 1)}
    return steps[place.last] - steps[place.first] + 1 - len(words)


def _is_near(own: NearPlace, other: NearPlace, steps: Sequence[int], distance: int, *, ordered: bool) -> bool:
    if own.last < other.first:
        return steps[other.first] - steps[own.last] <= distance
    if ordered:
        return False
    if other.last < own.first:
        return steps[own.first] - steps[other.last] <= distance
    # One lies within the other's reach; they must not share a word.
    return not any(a <= d and c <= b for a, b in own.parts for c, d in other.parts)


def _joined(first_place: NearPlace, other: NearPlace) -> NearPlace:
    first, last = min(first_place.first, other.first), max(first_place.last, other.last)
    return NearPlace(first_place.field, first, last, first_place.parts + other.parts)
