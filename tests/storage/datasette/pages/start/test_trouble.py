"""When the watch was blind, in words."""

from datetime import timedelta

import pytest

from storage.datasette.pages.start.trouble import WORST, blind_time
from storage.health.gaps import Gap
from tests.support.datasette_data import LAST_LOOK

SINCE = LAST_LOOK.replace(hour=0) - timedelta(days=6)


def gap(began_h: float, ended_h: float) -> Gap:
    """A gap, by hours before the last look."""
    return Gap(LAST_LOOK - timedelta(hours=began_h), LAST_LOOK - timedelta(hours=ended_h), "off", 3)


def source(name: str, *, days: int = 0, seconds: int = 0, lost: float = 0.0) -> dict[str, object]:
    return {"name": name, "title": name.upper(), "blind_s": seconds, "lost": lost, "blind_days": days}


def test_nothing_wrong_is_said_as_nothing():
    told = blind_time([], [], SINCE)

    assert (told.nothing_ran, told.last_gap, told.sources, told.worst, told.lost) == ("", "", 0, (), 0)


@pytest.mark.parametrize(
    ("gaps", "nothing_ran", "last_gap"),
    [
        ([gap(6, 5), gap(30, 28)], "3 h", "2026-09-14 03:00 to 04:00"),
        ([gap(12, 5)], "7 h", "2026-09-13 21:00 to 2026-09-14 04:00"),
        # Of a gap that began before, only what lies in these days counts.
        ([gap(24 * 30, 24 * 6)], "9 h", "2026-08-15 09:00 to 2026-09-08 09:00"),
    ],
)
def test_gaps_are_added_up(gaps, nothing_ran, last_gap):
    told = blind_time(gaps, [], SINCE)

    assert (told.nothing_ran, told.last_gap) == (nothing_ran, last_gap)


def test_sources_say_how_long_and_what_may_be_lost():
    told = blind_time(
        [], [source("a", days=2, seconds=9), source("b", days=1), source("c", seconds=5_400, lost=2.6)], SINCE
    )

    assert told.worst == (("a", "A", "2 days"), ("b", "B", "1 day"), ("c", "C", "1 h 30 min"))
    assert told.lost == 3


def test_all_sources_are_counted_and_the_worst_named():
    told = blind_time([], [source(str(number), days=1) for number in range(40)], SINCE)

    assert (told.sources, len(told.worst)) == (40, WORST)
