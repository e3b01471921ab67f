"""The days of a source as a calendar."""

from datetime import date, timedelta

import pytest

from storage.datasette.pages.sources.calendar import CELL, WEEKS, coverage_calendar, coverage_day


def row(polls=8, failed_polls=0, seen=2, expected=None, lost=None, blind_s=None):
    return {
        "polls": polls, "failed_polls": failed_polls, "seen": seen, "expected": expected, "lost": lost,
        "blind_s": blind_s,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("known", "kind", "text", "is_gap"),
    [
        (None, "none", "2026-09-14: no look", False),
        (row(polls=0), "none", "2026-09-14: no look", False),
        (row(polls=0, failed_polls=3), "blind", "2026-09-14: blind, 3 looks failed", True),
        (row(), "seen", "2026-09-14: 8 looks, 0 failed, 2 new links", False),
        (row(seen=0, failed_polls=1), "quiet", "2026-09-14: 8 looks, 1 failed, 0 new links", False),
        (
            row(expected=4.2, lost=1.6, blind_s=5_400), "seen",
            "2026-09-14: 8 looks, 0 failed, 2 new links, 4 expected, blind for 1 h 30 min, about 2 may be lost", True,
        ),
        (row(lost=0.3), "seen", "2026-09-14: 8 looks, 0 failed, 2 new links", False),
    ],
)  # fmt: skip
def test_day_says_what_is_known_of_it(known, kind, text, is_gap):
    day = coverage_day("2026-09-14", known, 7)

    assert (day.kind, day.text, day.is_gap, day.x) == (kind, text, is_gap, 7)


@pytest.mark.parametrize("last", [date(2026, 9, 14) + timedelta(days=number) for number in range(7)])
def test_weeks_are_columns_from_monday_and_end_with_the_last_day(last):
    calendar = coverage_calendar({}, last)

    places = {date.fromisoformat(day.day): (day.x, day.y) for day in calendar.days}
    assert max(places) == last
    assert (last - min(places)).days // 7 == WEEKS - 1
    assert all(y == day.weekday() * CELL for day, (_, y) in places.items())
    assert all(0 <= x < calendar.width and y < calendar.height for x, y in places.values())
    assert len(set(places.values())) == len(places)


def test_figures_count_the_days_that_are_shown():
    last = date(2027, 1, 20)
    days = {
        "2027-01-20": row(lost=2.4),
        "2027-01-19": row(seen=0),
        "2027-01-18": row(polls=0, failed_polls=1),
        "2020-01-01": row(lost=99),
    }
    calendar = coverage_calendar(days, last)

    assert (calendar.counts["seen"], calendar.counts["quiet"], calendar.counts["blind"]) == (1, 1, 1)
    assert sum(calendar.counts.values()) == len(calendar.days)
    assert [day.day for day in calendar.gaps] == ["2027-01-20", "2027-01-18"]
    assert calendar.lost == 2
    assert [name for name, _ in calendar.months] == ["Aug", "Sep", "Oct", "Nov", "Dec", "Jan 2027"]
