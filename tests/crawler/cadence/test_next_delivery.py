"""The hour of a digest through changes of the clock, and the pauses after failures."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cadence.next_delivery import RETRIES, next_digest, next_try

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "hour", "zone", "expected"),
    [
        ("2026-09-14 05:59", "08:00", BERLIN, "2026-09-14 06:00"),
        ("2026-09-14 06:00", "08:00", BERLIN, "2026-09-15 06:00"),
        ("2026-10-24 10:00", "08:00", BERLIN, "2026-10-25 07:00"),  # an hour later: the clock went back
        ("2026-03-28 12:00", "02:30", BERLIN, "2026-03-29 01:30"),  # 02:30 does not exist: 03:30 summer time
        ("2026-03-29 01:30", "02:30", BERLIN, "2026-03-30 00:30"),
        ("2026-10-24 12:00", "02:30", BERLIN, "2026-10-25 00:30"),  # the first of two
        ("2026-10-25 00:30", "02:30", BERLIN, "2026-10-26 01:30"),  # and not the second
        ("2011-12-30 09:00", "08:00", "Pacific/Apia", "2011-12-30 18:00"),  # 30 December was left out
        ("2011-12-30 18:00", "08:00", "Pacific/Apia", "2011-12-31 18:00"),
    ],
)
def test_digest_comes_at_its_local_hour(after, hour, zone, expected):
    assert next_digest(at(after), hour, zone) == at(expected)


@given(
    start=st.integers(0, 46 * 365 * 24).map(lambda hours: at("1990-01-01") + timedelta(hours=hours)),
    hour=st.times().map(lambda time: f"{time:%H:%M}"),
    zone=st.sampled_from(
        [BERLIN, "Asia/Pyongyang", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"]
    ),
)
def test_every_local_day_has_one_digest(start, hour, zone):
    found = [next_digest(start, hour, zone)]
    for _ in range(9):
        found.append(next_digest(found[-1], hour, zone))

    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in found]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))


def test_tries_are_further_and_further_apart_and_then_over():
    now = at("2026-09-14 12:00")

    pauses = [moment and moment - now for tries in range(1, 8) if (moment := next_try(tries, now)) or True]

    assert pauses == [*RETRIES, None, None]
    assert [pause.total_seconds() / 60 for pause in RETRIES] == [1, 5, 30, 120, 720]
