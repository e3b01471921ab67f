"""How often a feed brings something new, by hour of the week, learned from its polls. Pure.

A poll says how many entries came since the one before, not when; they are spread over the hours between by what is
expected of these hours so far. What was learned fades, so that a feed may change its habits.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from operator import mul
from struct import pack, unpack

HOURS = 168
_FLAT = (0.0,) * HOURS
# A change of season shows within weeks, and a weekday needs several of its kind to be known.
_HALF_LIFE_S = 28 * 86_400
# News come in bursts of some hours; what goes beyond the rhythm is expected to go on so long.
_BURST_HALF_LIFE_S = 4 * 3_600
# Entries that the general expectation is worth beside the counted ones: of a feed, an hour of the day, a weekday, an
# hour of the week.
_FEED_WORTH, _HOUR_WORTH, _WEEKDAY_WORTH, _CELL_WORTH, _BURST_WORTH = 0.5, 2.0, 6.0, 4.0, 2.0
_MOST_BURST = 6.0
_LEAST_BURST = 0.4
# Entries an hour that a feed of which nothing is known is taken to have: twelve a day.
_UNKNOWN_RATE = 0.5
_STEP_S = 900
_FORMAT = f"<{2 * HOURS + 2}e"
_MOST = 60_000.0
_SHORTEST = timedelta(
    seconds=1
)  # under 0.2 ms half precision keeps nothing, and entries would have come in no time


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was learned of a feed; hours of the week are counted from Monday 00:00 UTC."""

    entries: tuple[float, ...] = _FLAT  # new ones by hour of the week, fading
    watched: tuple[float, ...] = _FLAT  # hours that were looked at, by hour of the week, fading
    late_entries: float = 0.0  # new ones of the last hours, fading soon
    late_expected: float = 0.0  # how many the rhythm led to expect then

    @property
    def burst(self) -> float:
        """By how much the last hours went beyond (over 1) or stayed below the rhythm."""
        factor = (self.late_entries + _BURST_WORTH) / (self.late_expected + _BURST_WORTH)
        return min(max(factor, _LEAST_BURST), _MOST_BURST)


def observe(rhythm: Rhythm, since: datetime, until: datetime, new: int) -> Rhythm:
    """*rhythm* after a poll at *until* that brought *new* entries since the poll at *since*.

    An interval that is empty, or runs backwards because a clock was set, changes nothing; one under a second counts as
    a second; of one over a week, the last week counts.
    """
    if until <= since:
        return rhythm
    since = min(since, until - _SHORTEST)
    passed_s = (until - since).total_seconds()
    rates = hourly_rates(rhythm)
    kept = 0.5 ** (passed_s / _HALF_LIFE_S)
    entries, watched = [value * kept for value in rhythm.entries], [value * kept for value in rhythm.watched]
    cells = list(_cells(max(since, until - timedelta(days=7)), until))
    expected = sum(rates[hour] * share for hour, share in cells)
    for hour, share in cells:
        watched[hour] += share
        entries[hour] += new * rates[hour] * share / expected
    late = 0.5 ** (passed_s / _BURST_HALF_LIFE_S)
    # Of a long interval only the end tells of the present.
    span = (1 - late) / math.log(2) * _BURST_HALF_LIFE_S / passed_s
    return Rhythm(
        tuple(entries),
        tuple(watched),
        rhythm.late_entries * late + new * span,
        rhythm.late_expected * late + expected * span,
    )


def hourly_rates(rhythm: Rhythm) -> tuple[float, ...]:
    """New entries an hour that are expected in each hour of the week; all above 0.

    Counts are drawn towards the next more general expectation (the posterior mean of a gamma prior): an hour of the
    week towards its hour of the day times its weekday, an hour of the day towards the whole.
    """
    hours = sum(rhythm.watched)
    if not hours:
        return (_UNKNOWN_RATE,) * HOURS
    whole = (sum(rhythm.entries) + _FEED_WORTH) / (hours + _FEED_WORTH / _UNKNOWN_RATE)
    by_hour = [
        _drawn(sum(rhythm.entries[hour::24]), sum(rhythm.watched[hour::24]), whole, _HOUR_WORTH)
        for hour in range(24)
    ]
    smooth = [(by_hour[hour - 1] + 2 * by_hour[hour] + by_hour[(hour + 1) % 24]) / 4 for hour in range(24)]
    rates: list[float] = []
    for day in range(7):
        entries, watched = (values[24 * day : 24 * day + 24] for values in (rhythm.entries, rhythm.watched))
        expected = sum(map(mul, smooth, watched))
        weekday = (sum(entries) + _WEEKDAY_WORTH) / (expected + _WEEKDAY_WORTH)
        rates += [  # as `_drawn`, without a call for each of 168 hours
            (count + _CELL_WORTH) / (share + _CELL_WORTH / (rate * weekday))
            for count, share, rate in zip(entries, watched, smooth, strict=True)
        ]
    return tuple(rates)


def time_until(
    rates: Sequence[float], burst: float, since: datetime, *, roots: float, entries: float, longest_s: float
) -> tuple[float, bool]:
    """Seconds from *since* until the square roots of the rates add up to *roots*, or *entries* are expected.

    At most *longest_s*. The second value says whether *entries* came first.
    """
    hours = _STEP_S / 3_600
    passed_s = 0.0
    for rate in _steps(rates, burst, since, since + timedelta(seconds=longest_s)):
        root_share = roots / (math.sqrt(rate) * hours)
        entry_share = entries / (rate * hours)
        if min(root_share, entry_share) <= 1:
            return passed_s + min(root_share, entry_share) * _STEP_S, entry_share < root_share
        roots -= math.sqrt(rate) * hours
        entries -= rate * hours
        passed_s += _STEP_S
    return longest_s, False


def roots_per_day(rates: Sequence[float], least: float) -> float:
    """The square roots of the rates, none taken below *least* entries an hour, added up over a day on average."""
    return sum([math.sqrt(rate if rate > least else least) for rate in rates]) / 7


def roots_per_poll(roots: Sequence[float], polls_per_day: float, *, fewest: float, most: float) -> float:
    """How much of `roots_per_day` each poll takes, so that feeds together keep to *polls_per_day* on average.

    Bounds on the polls of one feed (*fewest* to *most* a day) are allowed for. Found by halving: the planned number
    of polls falls as the share rises.
    """
    low, high = 1e-6, 1e3
    for _ in repeat(None, 60):
        middle = math.sqrt(low * high)
        planned = sum(min(max(root / middle, fewest), most) for root in roots)
        low, high = (middle, high) if planned > polls_per_day * len(roots) else (low, middle)
    return high


def rhythm_to_bytes(rhythm: Rhythm) -> bytes:
    """*rhythm* in 676 bytes: half-precision numbers, good to a thousandth."""
    values = (*rhythm.entries, *rhythm.watched, rhythm.late_entries, rhythm.late_expected)
    try:
        return pack(_FORMAT, *values)
    except OverflowError:  # of the largest half-precision number, 65,504
        return pack(_FORMAT, *(min(value, _MOST) for value in values))


def rhythm_from_bytes(data: bytes) -> Rhythm:
    """The rhythm that `rhythm_to_bytes` wrote."""
    values = unpack(_FORMAT, data)
    return Rhythm(values[:HOURS], values[HOURS : 2 * HOURS], *values[2 * HOURS :])


def _drawn(count: float, hours: float, expected: float, worth: float) -> float:
    return (count + worth) / (hours + worth / expected)


def _cells(since: datetime, until: datetime) -> Iterator[tuple[int, float]]:
    """The hours of the week between, each with the share of it that lies between."""
    at = since
    while at < until:
        end = min(at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1), until)
        yield at.weekday() * 24 + at.hour, (end - at).total_seconds() / 3_600
        at = end


def _steps(rates: Sequence[float], burst: float, since: datetime, until: datetime) -> Iterator[float]:
    """The rate in each quarter of an hour between; a burst fades into the rhythm."""
    at = since
    over = burst - 1
    fade = 0.5 ** (_STEP_S / _BURST_HALF_LIFE_S)
    while at < until:
        yield rates[at.weekday() * 24 + at.hour] * (1 + over)
        over *= fade
        at += timedelta(seconds=_STEP_S)
