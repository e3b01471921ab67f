"""Two topics over each other."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from storage.datasette.pages.topics.curves import HEIGHT, WIDTH, curves

LAST = date(2026, 9, 14)


@pytest.mark.parametrize(("days", "unit", "number"), [(30, "day", 30), (90, "day", 90), (365, "week", 53)])
def test_points_tile_the_days_and_lose_no_count(days, unit, number):
    counts = {(LAST - timedelta(days=back)).isoformat(): back % 3 for back in range(days)}
    drawn = curves((counts, {}), last=LAST, days=days)

    assert (drawn.unit, len(drawn.points)) == (unit, number)
    assert drawn.totals == (sum(counts.values()), 0)
    ends = [(date.fromisoformat(point.first), date.fromisoformat(point.last)) for point in drawn.points]
    assert (ends[0][0], ends[-1][1]) == (LAST - timedelta(days=days - 1), LAST)
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(ends))
    assert (drawn.points[0].x, drawn.points[-1].x) == (0, WIDTH)


def test_both_are_on_one_scale():
    drawn = curves(({"2026-09-14": 4}, {"2026-09-13": 2}), last=LAST, days=2)

    assert [point.ys for point in drawn.points] == [(HEIGHT, HEIGHT / 2), (0, HEIGHT)]
    assert drawn.lines[0] == f"0.0,{HEIGHT}.0 {WIDTH}.0,0.0"
    assert drawn.most == 4


@pytest.mark.parametrize(
    ("one", "other", "correlation"),
    [
        ((1, 2, 3), (2, 4, 6), 1.0),
        ((1, 2, 3), (3, 2, 1), -1.0),
        ((1, 1, 1), (1, 2, 3), None),
        ((0, 0, 0), (0, 0, 0), None),
    ],
)
def test_correlation_is_told_where_there_is_one(one, other, correlation):
    days = [(LAST - timedelta(days=back)).isoformat() for back in (2, 1, 0)]
    counts = tuple(dict(zip(days, numbers, strict=True)) for numbers in (one, other))

    assert curves(counts, last=LAST, days=3).correlation == correlation


def test_a_single_day_is_drawn():
    assert curves(({}, {}), last=LAST, days=1).lines == (f"0.0,{HEIGHT}.0",) * 2
