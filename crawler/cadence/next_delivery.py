"""When messages go out: the hour of a digest in its zone, and the pauses after a failure. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
"""The pauses after the first, second ... try in vain: a hiccup, a restart, an outage, half a day. Then it is over."""
# After a message the next one that is told at once waits so long, so that a busy hour is a few messages.
BATCH_PAUSE = timedelta(minutes=1)


def next_digest(after: datetime, hour: str, zone: str) -> datetime:
    """The first time, in UTC, later than *after* at which clocks in *zone* show *hour* ("HH:MM").

    Once a day: of an hour that a clock shows twice it is the first; for one that it leaves out, the moment that would
    have shown it had the clock not been put forward.
    """
    place = ZoneInfo(zone)
    first = after.astimezone(place).date() - timedelta(days=1)
    days = (first + timedelta(days=number) for number in range(4))
    return min(moment for day in days if (moment := _moment(day, hour, place)) > after)


def next_try(tries: int, now: datetime) -> datetime | None:
    """When a message that was now sent in vain for the *tries*-th time (from 1) is sent again; None: not any more."""
    return now + RETRIES[tries - 1] if tries <= len(RETRIES) else None


def _moment(day: date, hour: str, zone: ZoneInfo) -> datetime:
    # fold=0 is the first of two, and counts with the offset before a gap (PEP 495).
    return datetime.combine(day, time.fromisoformat(hour), zone).astimezone(UTC)
