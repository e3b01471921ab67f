"""The next time of a crontab expression in a time zone. Pure.

Five fields as crontab(5) has them: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). Where
both days are restricted, either will do. APScheduler finds the times; its own reading of crontab lines is not used, for
it counts weekdays from Monday and joins the two days by *and*.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from storage.errors import ConfigError

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_HOURS = frozenset(range(24))
_PART = re.compile(
    r"(?:(?P<all>\*)|(?P<first>[0-9]{1,2}|[a-z]{3})(?:-(?P<last>[0-9]{1,2}|[a-z]{3}))?)(?:/(?P<step>[0-9]{1,2}))?"
)
# No zone has set its clocks by more in this century, but for Samoa's lost day of 2011.
_LARGEST_SHIFT = timedelta(hours=3)
# One for each minute of the largest shift, twice.
_MOST_STEPS = 500


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: Mapping[str, int]


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 7, {name: number for number, name in enumerate(WEEKDAYS)}),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A crontab expression that was read."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None  # of the month; None: any
    months: frozenset[int]
    weekdays: frozenset[int] | None  # 0 is Sunday; None: any


@lru_cache(maxsize=1_024)
def parse_cron(expression: str) -> Cron:
    """The expression's times.

    Raises:
        ConfigError: it is none, or such a time never comes; the text names the field.
    """
    texts = expression.lower().split()
    if len(texts) != len(_FIELDS):
        given = f"{len(texts)} field{'' if len(texts) == 1 else 's'}"
        raise ConfigError(f"{given}, and not five: minute, hour, day of the month, month, day of the week")
    minutes, hours, days, months, weekdays = (
        _values(field, text) for field, text in zip(_FIELDS, texts, strict=True)
    )
    # Beside a weekday, too: who writes 30 February and Mondays has not meant Mondays alone.
    if min(days) > max(_MONTH_DAYS[month - 1] for month in months):
        raise ConfigError("no such day ever comes")
    return Cron(
        minutes,
        hours,
        None if texts[2].startswith("*") and len(days) == 31 else days,
        months,
        None if texts[4] == "*" else frozenset(number % 7 for number in weekdays),
    )


def next_time(expression: str, timezone: str | None, after: datetime) -> datetime:
    """The first time of *expression* later than *after*, which must be aware; in UTC.

    Times are those of *timezone* (an IANA name; None: UTC). Hours that are named come once a day: one that the clock
    skips in spring comes later by as much as the clock was set, one that it shows twice in autumn counts the first
    time. Where each hour will do, time runs on as if no clock had been set.

    Raises:
        ConfigError: as `parse_cron`.
    """
    cron, zone = parse_cron(expression), ZoneInfo(timezone or "UTC")
    if cron.hours == _HOURS:
        return min(_fire(trigger, after.astimezone(zone)) for trigger in _triggers(cron, zone)).astimezone(
            UTC
        )
    wall = after.astimezone(zone).replace(tzinfo=UTC) - _LARGEST_SHIFT
    return min(_first_after(trigger, wall, zone, after) for trigger in _triggers(cron, UTC))


def _first_after(trigger: "CronTrigger", wall: datetime, zone: ZoneInfo, after: datetime) -> datetime:
    """The first time on the clock on the wall that is later than *after*; *wall* (as if in UTC) is before it."""
    for _ in repeat(None, _MOST_STEPS):
        wall = _fire(trigger, wall)
        at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if at > after:
            return at
    raise AssertionError("times of a clock that stands still")


def _fire(trigger: "CronTrigger", after: datetime) -> datetime:
    # Added in UTC: a sum forgets which of two equal hours it is in.
    later = (after.astimezone(UTC) + timedelta(microseconds=1)).astimezone(after.tzinfo)
    at: datetime = trigger.get_next_fire_time(None, later)
    return at


@lru_cache(maxsize=1_024)
def _triggers(cron: Cron, zone: tzinfo) -> "tuple[CronTrigger, ...]":
    """A trigger for each of the restricted days, or one."""
    from apscheduler.triggers.cron import CronTrigger  # 0.1 s, for those who use it

    days = {"day": _list(cron.days)} if cron.days else {}
    # A weekday by its name: APScheduler counts from Monday.
    weekdays = (
        {"day_of_week": ",".join(WEEKDAYS[number] for number in sorted(cron.weekdays))}
        if cron.weekdays
        else {}
    )
    either = [days, weekdays] if days and weekdays else [days or weekdays]
    return tuple(
        CronTrigger(
            minute=_list(cron.minutes),
            hour=_list(cron.hours),
            month=_list(cron.months),
            timezone=zone,
            **restricted,
        )
        for restricted in either
    )


def _list(values: frozenset[int]) -> str:
    return ",".join(map(str, sorted(values)))


def _values(field: _Field, text: str) -> frozenset[int]:
    numbers: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ConfigError(f"{field.name}: '{part[:20]}' is no number, range or step{_names(field)}")
        numbers |= _range(field, part, match)
    return frozenset(numbers)


def _range(field: _Field, part: str, match: re.Match[str]) -> set[int]:
    step = int(match["step"] or 1)
    low = field.low if match["all"] else _number(field, part, match["first"])
    # As in crontab(5): "5/15" runs on to the end, and so does "*".
    runs_on = match["all"] or (match["step"] and not match["last"])
    high = (
        (6 if field.high == 7 else field.high)
        if runs_on
        else _number(field, part, match["last"] or match["first"])
    )
    if field.high == 7 and high == 0 and low > 0:
        high = 7  # fri-sun
    if low > high or step == 0:
        why = "a step is at least 1" if step == 0 else "a range runs upwards; two may be joined by a comma"
        raise ConfigError(f"{field.name}: '{part}': {why}")
    return set(range(low, high + 1, step))


def _number(field: _Field, part: str, text: str) -> int:
    number = field.names.get(text) if text.isalpha() else int(text)
    if number is None or not field.low <= number <= field.high:
        raise ConfigError(f"{field.name}: '{part}': from {field.low} to {field.high}{_names(field)}")
    return number


def _names(field: _Field) -> str:
    names = list(field.names)
    return f", or {names[0]} to {names[-1]}" if names else ""
