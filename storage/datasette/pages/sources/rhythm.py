"""When an outlet publishes, by hour of day and weekday, as numbers for an inline SVG. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHADES = 5
CELL = 18


@dataclass(frozen=True, slots=True)
class HourCell:
    """An hour of the week."""

    weekday: str
    hour: int
    count: int
    shade: int  # 0 for none, 1 to SHADES
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class WeekRhythm:
    """The hours of a week, from Monday 00:00."""

    cells: tuple[HourCell, ...]
    hours: tuple[int, ...]  # articles by hour of day, 24 of them
    weekdays: tuple[int, ...]  # articles by weekday, 7 of them
    total: int
    busiest: str  # "Tue 10:00, 12 of 300"; "" where no hour has more than one
    width: int
    height: int


def week_rhythm(published: Iterable[datetime]) -> WeekRhythm:
    """The articles *published* at these times, in the zone that they are in."""
    counts = Counter((at.weekday(), at.hour) for at in published)
    most, total = max(counts.values(), default=0), sum(counts.values())
    cells = tuple(
        HourCell(
            WEEKDAYS[day], hour, counts[day, hour], _shade(counts[day, hour], most), hour * CELL, day * CELL
        )
        for day in range(7)
        for hour in range(24)
    )
    busiest = max(cells, key=lambda cell: cell.count)
    return WeekRhythm(
        cells=cells,
        hours=tuple(sum(counts[day, hour] for day in range(7)) for hour in range(24)),
        weekdays=tuple(sum(counts[day, hour] for hour in range(24)) for day in range(7)),
        total=total,
        busiest=f"{busiest.weekday} {busiest.hour:02d}:00, {busiest.count} of {total}" if most > 1 else "",
        width=24 * CELL,
        height=7 * CELL,
    )


def _shade(count: int, most: int) -> int:
    """One article of hundreds must still be seen."""
    return -(-count * SHADES // most) if count else 0
