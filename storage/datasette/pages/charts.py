"""Bars by day as plain numbers for an inline SVG: no script, and the figures stand in the titles. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Bar:
    """One day."""

    day: str  # YYYY-MM-DD
    next_day: str
    count: int
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of equal width, in order of days; lengths in the SVG's units."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    step: int
    most: int  # the largest count
    total: int


def bar_chart(
    counts: Mapping[str, int], *, last: date, days: int, step: int = 14, height: int = 120
) -> Chart:
    """The counts of the *days* that end with *last*; a day that *counts* lacks has none."""
    span = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    numbers = [counts.get(day.isoformat(), 0) for day in span]
    most = max(numbers, default=0)
    bars = tuple(
        Bar(
            day.isoformat(),
            (day + timedelta(days=1)).isoformat(),
            count,
            place * step,
            round(height - _length(count, most, height), 1),
            round(_length(count, most, height), 1),
        )
        for place, (day, count) in enumerate(zip(span, numbers, strict=True))
    )
    return Chart(bars, days * step, height, step, most, sum(numbers))


@dataclass(frozen=True, slots=True)
class Tick:
    """A day that is named below a chart."""

    label: str
    x: float  # 0 to 100, of the width


def day_ticks(last: date, days: int) -> tuple[Tick, ...]:
    """What stands below a chart of the *days* that end with *last*, at most 13: Mondays, half months or months."""
    first = last - timedelta(days=days - 1)
    span = [first + timedelta(days=number) for number in range(days)]
    return tuple(
        Tick(_tick_label(day, days), round(100 * place / days, 2))
        for place, day in enumerate(span)
        if _is_named(day, days)
    )


def _is_named(day: date, days: int) -> bool:
    if days > 200:
        return day.day == 1
    return day.day in (1, 15) if days > 45 else day.weekday() == 0


def _tick_label(day: date, days: int) -> str:
    if days > 200:
        return f"{day:%Y}" if day.month == 1 else f"{day:%b}"
    return f"{day.day} {day:%b}"


def _length(count: int, most: int, height: int) -> float:
    """A day with one match of thousands must still be seen."""
    return max(2.0, count * height / most) if count else 0.0
