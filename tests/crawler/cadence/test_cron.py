"""When a crontab expression comes next, in zones that set their clocks."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cadence.cron import next_time, parse_cron
from storage.errors import ConfigError

BERLIN = "Europe/Berlin"


def times(expression, timezone, after):
    """The times from *after* (UTC) on, without end, as a clock of the zone shows them."""
    at = datetime.fromisoformat(after).replace(tzinfo=UTC)
    while True:
        at = next_time(expression, timezone, at)
        yield at.astimezone(ZoneInfo(timezone or "UTC")).strftime("%a %d %H:%M %z")


@pytest.mark.parametrize(
    ("expression", "timezone", "after", "expected"),
    [
        ("*/20 6-22 * * mon-fri", "Asia/Pyongyang", "2026-11-20T13:30",
         ["Fri 20 22:40 +0900", "Mon 23 06:00 +0900", "Mon 23 06:20 +0900"]),
        ("0 9 * * 0", None, "2026-11-20T13:30", ["Sun 22 09:00 +0000", "Sun 29 09:00 +0000"]),
        ("0 9 * * 7", None, "2026-11-20T13:30", ["Sun 22 09:00 +0000", "Sun 29 09:00 +0000"]),
        ("0 9 * * fri-sun", None, "2026-11-20T13:30", ["Sat 21 09:00 +0000", "Sun 22 09:00 +0000"]),
        ("0 0 13 * fri", None, "2026-11-09T00:00", ["Fri 13 00:00 +0000", "Fri 20 00:00 +0000"]),
        ("0 0 1 * mon", None, "2026-11-24T00:00", ["Mon 30 00:00 +0000", "Tue 01 00:00 +0000", "Mon 07 00:00 +0000"]),
        ("0 0 29 2 *", None, "2026-11-24T00:00", ["Tue 29 00:00 +0000"]),
        ("30 12 31 * *", None, "2026-11-24T00:00", ["Thu 31 12:30 +0000", "Sun 31 12:30 +0000", "Wed 31 12:30 +0000"]),
        ("0 0 1 JAN,jul *", None, "2026-11-24T00:00", ["Fri 01 00:00 +0000", "Thu 01 00:00 +0000"]),
        ("5/25 8 * * *", None, "2026-11-24T00:00", ["Tue 24 08:05 +0000", "Tue 24 08:30 +0000", "Tue 24 08:55 +0000"]),
    ],
    ids=["weekdays", "sunday-0", "sunday-7", "weekend", "either-day", "two-either-days", "leap-day", "31st", "months",
         "step-from"],
)  # fmt: skip
def test_next_times(expression, timezone, after, expected):
    assert list(islice(times(expression, timezone, after), len(expected))) == expected


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("30 2 * * *", "2026-10-24T12:00", ["Sun 25 02:30 +0200", "Mon 26 02:30 +0100"]),
        ("*/30 1-3 * * *", "2026-10-24T23:10",
         ["Sun 25 01:30 +0200", "Sun 25 02:00 +0200", "Sun 25 02:30 +0200", "Sun 25 03:00 +0100"]),
        ("*/30 * * * *", "2026-10-25T00:10",
         ["Sun 25 02:30 +0200", "Sun 25 02:00 +0100", "Sun 25 02:30 +0100", "Sun 25 03:00 +0100"]),
        ("30 2 * * *", "2026-03-28T12:00", ["Sun 29 03:30 +0200", "Mon 30 02:30 +0200"]),
        ("*/30 * * * *", "2026-03-29T00:40", ["Sun 29 03:00 +0200", "Sun 29 03:30 +0200"]),
    ],
    ids=["autumn-once", "autumn-named-hours", "autumn-any-hour", "spring-skipped", "spring-any-hour"],
)  # fmt: skip
def test_hours_that_come_twice_or_not_at_all(expression, after, expected):
    assert list(islice(times(expression, BERLIN, after), len(expected))) == expected


ZONES = st.sampled_from([BERLIN, "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"])
# Around the days on which one of the zones sets its clock.
MOMENTS = st.builds(
    lambda day, minute: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minute),
    st.sampled_from(["2026-03-28", "2026-10-24", "2026-04-04", "2026-10-03", "2026-09-05"]),
    st.integers(0, 60 * 48),
)


@given(MOMENTS, ZONES, st.sets(st.integers(0, 59), min_size=1, max_size=4))
def test_any_hour_is_each_minute_that_the_clock_shows_so(after, timezone, minutes):
    zone = ZoneInfo(timezone)
    minute = after.replace(second=0) + timedelta(minutes=1)
    while minute.astimezone(zone).minute not in minutes:
        minute += timedelta(minutes=1)

    assert next_time(f"{','.join(map(str, sorted(minutes)))} * * * *", timezone, after) == minute


@given(MOMENTS, ZONES, st.integers(0, 59), st.integers(0, 23))
def test_named_hour_comes_once_on_each_day(after, timezone, minute, hour):
    zone = ZoneInfo(timezone)
    days = [after.astimezone(zone).date() + timedelta(days=number) for number in range(-1, 4)]
    wanted = [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC) for day in days
    ]

    at = next_time(f"{minute} {hour} * * *", timezone, after)

    assert at == min(one for one in wanted if one > after)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "0 fields, and not five: minute, hour, day of the month, month, day of the week"),
        ("@hourly", "1 field, and not five: minute, hour, day of the month, month, day of the week"),
        ("0 6 * * * *", "6 fields, and not five: minute, hour, day of the month, month, day of the week"),
        ("60 * * * *", "minute: '60': from 0 to 59"),
        ("* 24 * * *", "hour: '24': from 0 to 23"),
        ("* 22-6 * * *", "hour: '22-6': a range runs upwards; two may be joined by a comma"),
        ("*/0 * * * *", "minute: '*/0': a step is at least 1"),
        ("* * 0 * *", "day of the month: '0': from 1 to 31"),
        ("* * * 13 *", "month: '13': from 1 to 12, or jan to dec"),
        ("* * * * fry", "day of the week: 'fry': from 0 to 7, or sun to sat"),
        ("* * last * *", "day of the month: 'last' is no number, range or step"),
        ("* * * * fri#2", "day of the week: 'fri#2' is no number, range or step, or sun to sat"),
        ("1,,2 * * * *", "minute: '' is no number, range or step"),
        ("0 0 30 2 *", "no such day ever comes"),
        ("0 0 31 4,6,9,11 *", "no such day ever comes"),
        ("0 6 30 2 mon", "no such day ever comes"),
        ("0 6 31 2-3/2 */2", "no such day ever comes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(expression, message):
    with pytest.raises(ConfigError) as caught:
        parse_cron(expression)

    assert str(caught.value) == message


@given(st.text(alphabet="0123456789*/,- monfrijan@", max_size=30))
def test_any_text_is_read_or_refused(expression):
    try:
        cron = parse_cron(expression)
    except ConfigError:
        return

    assert cron.minutes
    assert next_time(expression, BERLIN, datetime(2026, 11, 24, tzinfo=UTC)).tzinfo is UTC


START = datetime(2020, 1, 1, tzinfo=UTC)
PART = {
    name: st.one_of(
        st.just("*"),
        st.integers(1, 9).map("*/{}".format),
        st.lists(st.integers(low, high), min_size=1, max_size=3).map(
            lambda values: ",".join(map(str, values))
        ),
    )
    for name, low, high in [
        ("minute", 0, 59),
        ("hour", 0, 23),
        ("day", 1, 31),
        ("month", 1, 12),
        ("weekday", 0, 7),
    ]
}


@settings(max_examples=300)
@given(
    st.tuples(*PART.values()).map(" ".join),
    st.sampled_from([None, BERLIN, "Asia/Pyongyang", "America/St_Johns", "Australia/Lord_Howe"]),
    st.integers(0, 20 * 365 * 86_400).map(lambda passed_s: START + timedelta(seconds=passed_s)),
)
def test_a_time_that_is_not_refused_comes(expression, timezone, after):
    try:
        parse_cron(expression)
    except ConfigError:
        return

    assert after < next_time(expression, timezone, after) < after + timedelta(days=9 * 366)
