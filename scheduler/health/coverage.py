"""What of a source's day was looked at, and what may have been missed: from its looks and its rhythm. Pure.

A feed shows its last entries, so a look covers all the time since the look before, whatever the pause; unless every
entry is new, for then older ones may have fallen out unseen. What no look covers is blind time: "nothing was written"
is told from "nothing was looked at".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from crawler.cadence.next_poll import LONGEST_S
from crawler.cadence.rhythm import hourly_rates, rhythm_from_bytes
from storage.records.health import DayCoverage, FeedLook, FeedLooks

_DAY = timedelta(days=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
# The longest pause between two looks: only what waits longer is blind.
_PENDING = timedelta(seconds=LONGEST_S)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time."""

    begin: datetime
    end: datetime


def day_coverage(source: str, day: date, feeds: Sequence[FeedLooks], now: datetime) -> DayCoverage | None:
    """What is known of *day* (UTC) of a source with these *feeds*; of today, up to the last look or *now*.

    A feed counts from its first poll on; None if none was polled by then. The last look before the day and the first
    after it must be among the looks, if there were any: what was written in the evening is found the next morning.
    """
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    days = [(feed, _watched(feed, begin, now)) for feed in feeds]
    watched = [(feed, span) for feed, span in days if span is not None]
    if not watched:
        return None
    return DayCoverage(
        source,
        day,
        expected=sum(_expected(feed, span) for feed, span in watched),
        lost=sum(_lost(feed, span) for feed, span in watched),
        # Each feed may have news of its own.
        blind_s=max(round(_length_s(span) - _inside_s(_covered(feed), span)) for feed, span in watched),
    )


def _watched(feed: FeedLooks, begin: datetime, now: datetime) -> TimeSpan | None:
    """The part of the day from *begin* on of which something can be said; None if there is none.

    What was written since the last look is not missed yet.
    """
    last = feed.looks[-1].at if feed.looks else _NEVER
    known_until = last if now - last <= _PENDING else now
    end = min(begin + _DAY, known_until)
    if feed.watched_since is None or feed.watched_since >= begin + _DAY or begin > now:
        return None
    begin = max(begin, feed.watched_since)
    return TimeSpan(begin, max(begin, end))


def is_overrun(look: FeedLook, before: FeedLook | None) -> bool:
    """Whether every entry was new, so that older ones may have fallen out since the look before."""
    return before is not None and bool(look.entries) and (look.new or 0) >= (look.entries or 0)


def _expected(feed: FeedLooks, span: TimeSpan) -> float:
    """Entries by the rhythm that was learned; none of a feed of which nothing was."""
    if feed.rhythm is None:
        return 0.0
    rates = hourly_rates(rhythm_from_bytes(feed.rhythm))[24 * span.begin.weekday() :][:24]
    midnight = span.begin.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = (
        TimeSpan(midnight + timedelta(hours=hour), midnight + timedelta(hours=hour + 1)) for hour in range(24)
    )
    return sum(rate * _inside_s([span], hour) / 3_600 for rate, hour in zip(rates, hours, strict=True))


def _lost(feed: FeedLooks, day: TimeSpan) -> float:
    """Entries that may have fallen out before a look on the day: those that the rate led to expect beyond the new."""
    lost = 0.0
    for before, look in pairwise(feed.looks):
        if day.begin <= look.at < day.end and is_overrun(look, before):
            expected = (feed.rate_per_day or 0.0) * ((look.at - before.at) / _DAY)
            lost += max(expected - (look.new or 0), 0.0)
    return lost


def _covered(feed: FeedLooks) -> list[TimeSpan]:
    return [
        TimeSpan(before.at, look.at) for before, look in pairwise(feed.looks) if not is_overrun(look, before)
    ]


def _length_s(span: TimeSpan) -> float:
    return (span.end - span.begin).total_seconds()


def _inside_s(spans: Iterable[TimeSpan], day: TimeSpan) -> float:
    parts = (min(span.end, day.end) - max(span.begin, day.begin) for span in spans)
    return sum(max(part.total_seconds(), 0.0) for part in parts)
