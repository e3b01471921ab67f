"""Two topics over each other, by day or week, as numbers for an inline SVG. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import StatisticsError, correlation

WIDTH, HEIGHT = 840, 160


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A day, or a week from its first day on."""

    first: str
    last: str
    counts: tuple[int, ...]  # of each topic
    x: float
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves on one scale."""

    unit: str  # day or week
    points: tuple[CurvePoint, ...]
    lines: tuple[str, ...]  # of each topic, for `polyline points`
    most: int
    totals: tuple[int, ...]
    correlation: float | None  # of the two, from -1 to 1; None: one of them never changes
    width: int
    height: int


def curves(counts: tuple[Mapping[str, int], ...], *, last: date, days: int) -> Curves:
    """The *counts* by day of each topic, of the *days* that end with *last*; by week where they are more than 100.

    Weeks are counted back from *last*; the first has the days that are left.
    """
    step = 1 if days < 100 else 7
    spans: list[tuple[date, date]] = []
    end = last
    first = last - timedelta(days=days - 1)
    while end >= first:
        spans.insert(0, (max(end - timedelta(days=step - 1), first), end))
        end -= timedelta(days=step)
    summed = [tuple(_between(one, span) for one in counts) for span in spans]
    most = max((number for point in summed for number in point), default=0)
    apart = WIDTH / max(len(spans) - 1, 1)
    points = tuple(
        CurvePoint(
            span[0].isoformat(),
            span[1].isoformat(),
            point,
            round(place * apart, 1),
            tuple(round(HEIGHT - HEIGHT * number / most, 1) if most else float(HEIGHT) for number in point),
        )
        for place, (span, point) in enumerate(zip(spans, summed, strict=True))
    )
    return Curves(
        unit="day" if step == 1 else "week",
        points=points,
        lines=tuple(
            " ".join(f"{point.x},{point.ys[place]}" for point in points) for place in range(len(counts))
        ),
        most=most,
        totals=tuple(sum(point[place] for point in summed) for place in range(len(counts))),
        correlation=_correlation(summed) if len(counts) == 2 else None,
        width=WIDTH,
        height=HEIGHT,
    )


def _between(counts: Mapping[str, int], span: tuple[date, date]) -> int:
    days = (span[1] - span[0]).days + 1
    return sum(counts.get((span[0] + timedelta(days=number)).isoformat(), 0) for number in range(days))


def _correlation(points: list[tuple[int, ...]]) -> float | None:
    """Pearson's."""
    one, other = ([point[place] for point in points] for place in (0, 1))
    try:
        return round(correlation(one, other), 2)
    except StatisticsError:  # one of them never changes, or there is a single point
        return None
