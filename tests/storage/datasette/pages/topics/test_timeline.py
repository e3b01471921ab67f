"""Counts as stacked bars."""

from datetime import date

import pytest

from storage.datasette.pages.topics.timeline import (
    GROUPS,
    HEIGHT,
    MOST_BARS,
    REST,
    UNITS,
    WIDTH,
    stacked,
    units_of,
)

LAST = date(2026, 9, 14)  # a Monday
COUNTS = [("2026-09-13", "a", 2), ("2026-09-13", "b", 1), ("2026-09-14", "a", 1), ("2026-08-31", "b", 3)]


@pytest.mark.parametrize(
    ("unit", "labels"),
    [
        ("day", [f"2026-09-{day:02}" for day in range(10, 15)]),
        ("week", ["week of 2026-09-07", "week of 2026-09-14"]),
        ("month", ["2026-09"]),
    ],
)
def test_bars_fill_the_days_by_unit(unit, labels):
    drawn = stacked(COUNTS[:3], last=LAST, days=5, unit=unit, by="outlet")

    assert [bar.label for bar in drawn.bars] == labels
    assert (drawn.bars[0].first, drawn.bars[-1].last) == ("2026-09-10", "2026-09-14")
    assert drawn.total == 4
    assert sum(bar.width for bar in drawn.bars) == pytest.approx(WIDTH)


def test_pieces_of_a_bar_stand_on_each_other_in_the_order_of_size():
    drawn = stacked(COUNTS, last=LAST, days=20, unit="day", by="outlet")
    bar = next(bar for bar in drawn.bars if bar.label == "2026-09-13")

    assert drawn.groups == (("b", 1, 4), ("a", 2, 3))
    assert drawn.most == 3
    assert [(piece.group, piece.count) for piece in bar.pieces] == [("b", 1), ("a", 2)]
    assert [piece.y + piece.height for piece in bar.pieces] == [HEIGHT, bar.pieces[0].y]
    assert bar.pieces[-1].y == 0


def test_smaller_groups_are_one():
    counts = [("2026-09-14", f"outlet {number}", 20 - number) for number in range(10)]
    drawn = stacked(counts, last=LAST, days=1, unit="day", by="outlet")

    assert len(drawn.groups) == GROUPS + 1
    assert drawn.groups[-1] == (REST, GROUPS + 1, sum(20 - number for number in range(6, 10)))
    assert sum(piece.count for piece in drawn.bars[0].pieces) == drawn.total == sum(n for *_, n in counts)


def test_nothing_is_drawn_of_nothing():
    drawn = stacked([], last=LAST, days=3, unit="day", by="country")

    assert (drawn.most, drawn.total, drawn.groups) == (0, 0, ())
    assert all(bar.pieces == () for bar in drawn.bars)


@pytest.mark.parametrize(("days", "units"), [(30, UNITS), (90, UNITS), (365, ("week", "month"))])
def test_bars_are_never_narrower_than_can_be_seen(days, units):
    assert units_of(days) == units
    assert all(
        len(stacked([], last=LAST, days=days, unit=unit, by="outlet").bars) <= MOST_BARS for unit in units
    )
