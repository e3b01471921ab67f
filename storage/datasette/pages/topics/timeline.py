"""Counts by day, week or month, stacked by outlet, language or country, as numbers for an inline SVG. Pure.

The same figures stand in a table behind the drawing, for readers who do not see it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

UNITS = ("day", "week", "month")
GROUPINGS = ("outlet", "language", "country")
# More hues are not told apart; the rest is one.
GROUPS = 6
REST = "others"
WIDTH, HEIGHT = 840, 120
MOST_BARS = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of one group in a bar."""

    group: str
    hue: int  # 1 to GROUPS + 1
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class TimeBar:
    """A day, a week or a month."""

    first: str  # its first day
    last: str  # its last
    label: str  # 2026-09-14, "week of 2026-09-14", 2026-09
    count: int
    x: float
    width: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars in order of time, with what their hues stand for."""

    unit: str
    by: str
    bars: tuple[TimeBar, ...]
    groups: tuple[tuple[str, int, int], ...]  # name, hue, count; the largest first, REST last
    most: int  # in a bar
    total: int
    width: int
    height: int


def units_of(days: int) -> tuple[str, ...]:
    """The units in which so many *days* are shown: 365 stacked bars are too narrow to be told apart, and 280 kB."""
    return UNITS if days <= MOST_BARS else UNITS[1:]


def stacked(counts: Iterable[tuple[str, str, int]], *, last: date, days: int, unit: str, by: str) -> Timeline:
    """The *counts* (day, group, how many) of the *days* that end with *last*, a bar for each *unit*.

    A week begins on Monday; the first and the last bar hold the days of theirs that are shown.
    """
    span = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    by_day: Mapping[str, Counter[str]] = defaultdict(Counter)
    totals: Counter[str] = Counter()
    for day, group, count in counts:
        by_day[day][group] += count
        totals[group] += count
    hues = {group: place + 1 for place, (group, _) in enumerate(_largest(totals))}
    bars: dict[str, list[date]] = {}
    for shown in span:
        bars.setdefault(_label(shown, unit), []).append(shown)
    filled = {label: _sum(by_day, held, hues) for label, held in bars.items()}
    most = max((sum(counter.values()) for counter in filled.values()), default=0)
    step = WIDTH / max(len(bars), 1)
    return Timeline(
        unit=unit,
        by=by,
        bars=tuple(
            _bar(label, held, filled[label], hues, place * step, step, most)
            for place, (label, held) in enumerate(bars.items())
        ),
        groups=_legend(totals, hues),
        most=most,
        total=sum(sum(counter.values()) for counter in filled.values()),
        width=WIDTH,
        height=HEIGHT,
    )


def _largest(totals: Counter[str]) -> list[tuple[str, int]]:
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:GROUPS]


def _label(day: date, unit: str) -> str:
    if unit == "month":
        return f"{day:%Y-%m}"
    if unit == "week":
        return f"week of {day - timedelta(days=day.weekday())}"
    return day.isoformat()


def _sum(by_day: Mapping[str, Counter[str]], held: Iterable[date], hues: Mapping[str, int]) -> Counter[str]:
    summed: Counter[str] = Counter()
    for day in held:
        for group, count in by_day.get(day.isoformat(), Counter[str]()).items():
            summed[group if group in hues else REST] += count
    return summed


def _bar(
    label: str,
    held: list[date],
    counter: Counter[str],
    hues: Mapping[str, int],
    x: float,
    step: float,
    most: int,
) -> TimeBar:
    pieces = []
    top = float(HEIGHT)
    for group in (*hues, REST):
        if counter[group]:
            height = HEIGHT * counter[group] / most
            top -= height
            pieces.append(
                Piece(group, hues.get(group, GROUPS + 1), counter[group], round(top, 2), round(height, 2))
            )
    return TimeBar(
        first=held[0].isoformat(),
        last=held[-1].isoformat(),
        label=label,
        count=sum(counter.values()),
        x=round(x, 2),
        width=round(step, 2),
        pieces=tuple(pieces),
    )


def _legend(totals: Counter[str], hues: Mapping[str, int]) -> tuple[tuple[str, int, int], ...]:
    rest = sum(count for group, count in totals.items() if group not in hues)
    named = tuple((group, hue, totals[group]) for group, hue in hues.items())
    return (*named, (REST, GROUPS + 1, rest)) if rest else named
