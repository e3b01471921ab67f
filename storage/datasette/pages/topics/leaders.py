"""Which outlets tell stories first, and which take them up, how much later. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from storage.articles.evidence_text import lag_words

_FINE = frozenset({"hour", "minute", "second"})


@dataclass(frozen=True, slots=True)
class Carried:
    """A copy of a story, by another outlet than the one that told it first."""

    story: int  # the article that was first
    first: str  # its outlet
    outlet: str  # that carried it
    lag_s: int | None  # None: a date is unknown
    precisions: tuple[str | None, str | None]  # of both dates


@dataclass(frozen=True, slots=True)
class LeaderLine:
    """An outlet, as the first to tell or as one that takes up."""

    outlet: str
    stories: int  # that it told first and others carried, or that it took up
    copies: int  # that others made, or that it has
    lag: str  # the median, in words; "" if no date is known
    others: tuple[tuple[str, int], ...]  # who takes it up most, or whom it takes up; at most 3


_Side = Callable[[Carried], str]


def leaders(carried: Iterable[Carried]) -> list[LeaderLine]:
    """The outlets that told first what others carried; those with most stories first."""
    return _lines(carried, lambda one: one.first, lambda one: one.outlet)


def followers(carried: Iterable[Carried]) -> list[LeaderLine]:
    """The outlets that carried what others told first; those with most stories first."""
    return _lines(carried, lambda one: one.outlet, lambda one: one.first)


def median_lag(carried: Sequence[Carried]) -> str:
    """The median of the lags in words; from those whose times are known to the hour, if there are any."""
    known = [one for one in carried if one.lag_s is not None]
    fine = [one.lag_s or 0 for one in known if _FINE.issuperset(one.precisions)]
    if fine:
        return lag_words(median(fine), ())
    return lag_words(median(one.lag_s or 0 for one in known), ("day",)) if known else ""


def _lines(carried: Iterable[Carried], whose: _Side, other: _Side) -> list[LeaderLine]:
    by_outlet: dict[str, list[Carried]] = defaultdict(list)
    for one in carried:
        if one.first != one.outlet:
            by_outlet[whose(one)].append(one)
    lines = [
        LeaderLine(
            outlet=outlet,
            stories=len({one.story for one in theirs}),
            copies=len(theirs),
            lag=median_lag(theirs),
            others=tuple(Counter(other(one) for one in theirs).most_common(3)),
        )
        for outlet, theirs in by_outlet.items()
    ]
    return sorted(lines, key=lambda line: (-line.stories, -line.copies, line.outlet))
