"""What of a source's day was looked at, and what may have been missed: from its looks and its rhythm. Pure.

A feed shows its last entries, so a look covers all the time since the look before, whatever the pause; unless every
entry is new, for then older ones may have fallen out unseen. What no look covers is blind time: "nothing was written"
is told from "nothing was looked at".
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from crawler.cadence.next_poll import LONGEST_S
from crawler.cadence.rhythm import hourly_rates, rhythm_from_bytes
from storage.records.health import CoverageLine, DayCoverage, FeedLook, FeedLooks

_DAY = timedelta(days=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
# The longest pause between two looks: only what waits longer is blind.
_PENDING = timedelta(seconds=LONGEST_S)
# A look each half day is the least that the cadence makes; less than a quarter of an hour is a pause between looks.
_SOME_BLIND_S = 900
_ALL_BLIND_S = 86_400 - _SOME_BLIND_S


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time."""

    begin: datetime
    end: datetime


def day_coverage(source: str, day: date, feeds: Sequence[FeedLooks], now: datetime) -> DayCoverage | None:
    """As `days_coverage`, of one day; None if no feed was polled by then."""
    return next(iter(days_coverage(source, [day], feeds, now)), None)


def days_coverage(
    source: str, days: Iterable[date], feeds: Sequence[FeedLooks], now: datetime
) -> list[DayCoverage]:
    """What is known of these *days* (UTC) of a source with these *feeds*; of today, up to the last look or *now*.

    A feed counts from its first poll on; days by which none was polled are left out. The last look before a day and the
    first after it must be among the looks, if there were any: what was written in the evening is found next morning.
    """
    timelines = [_Timeline(feed) for feed in feeds]
    known = (_day_coverage(source, day, timelines, now) for day in days)
    return [coverage for coverage in known if coverage is not None]


def verdict(line: CoverageLine) -> str:
    """What can be said of the day."""
    if not line.polls:
        return "not looked at" if not line.failed_polls else "could not look"
    if line.lost:
        return "some may be lost"
    if line.blind_s is not None and line.blind_s >= _ALL_BLIND_S:
        return "not covered"
    if line.blind_s is not None and line.blind_s > _SOME_BLIND_S:
        return "covered in part"
    return "covered" if line.seen else "covered, nothing new"


class _Timeline:
    """The looks at a feed, of which a day's are found without going through those of months, and its rhythm."""

    def __init__(self, feed: FeedLooks) -> None:
        self.feed = feed
        # Worked out once: it takes longer than all else of a day.
        self.rates = hourly_rates(rhythm_from_bytes(feed.rhythm)) if feed.rhythm is not None else ()
        self._times = [look.at for look in feed.looks]
        # After a clock was set back they are not in order.
        self._is_ordered = all(before <= at for before, at in pairwise(self._times))

    def around(self, span: TimeSpan) -> FeedLooks:
        """The feed with the looks in *span*, and those next to it on both sides."""
        if not self._is_ordered:
            return self.feed
        first = max(bisect_left(self._times, span.begin) - 1, 0)
        behind = bisect_right(self._times, span.end) + 1
        return replace(self.feed, looks=self.feed.looks[first:behind])


def _day_coverage(
    source: str, day: date, timelines: Sequence[_Timeline], now: datetime
) -> DayCoverage | None:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    known = [(timeline, _watched(timeline.feed, begin, now)) for timeline in timelines]
    watched = [(timeline.around(span), span) for timeline, span in known if span is not None]
    if not watched:
        return None
    return DayCoverage(
        source,
        day,
        expected=sum(_expected(timeline.rates, span) for timeline, span in known if span is not None),
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


def _expected(rates: Sequence[float], span: TimeSpan) -> float:
    """Entries by the rhythm that was learned, of each hour of the week; none of a feed of which nothing was."""
    of_day = rates[24 * span.begin.weekday() :][:24]
    if _length_s(span) == _DAY.total_seconds():
        return sum(of_day)
    midnight = span.begin.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = (
        TimeSpan(midnight + timedelta(hours=hour), midnight + timedelta(hours=hour + 1)) for hour in range(24)
    )
    return sum(rate * _inside_s([span], hour) / 3_600 for rate, hour in zip(of_day, hours, strict=False))


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
