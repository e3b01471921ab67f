"""What is out of the ordinary: silence, bursts, layouts that drift, walls, feeds that fail. Pure.

Each rule answers with a condition that holds now, or None. A condition that lasts is given to the rule again, which
lets it go only at a lower mark than that at which it began, so that it does not come and go. Marks are set by how often
they may be met by chance, per source or topic and year;
tests/scheduler/health/test_anomalies.py counts that on simulated years.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from crawler.cadence.rhythm import HOURS, Rhythm, hourly_rates, rhythm_from_bytes
from scheduler.health.tail_probabilities import (
    chance_of_as_few,
    chance_of_as_many,
    excess_of,
    log_chance_of_none,
)
from scheduler.wording import counted
from storage.records.health import Condition, FeedSigns, SourceSigns, TopicSigns, Turn

FALSE_ALARMS_A_YEAR = 0.8
"""How often a rule may be met by chance, per source or topic and year."""

# From how far back habits are learned; the share of pages of now is held against that of the time before.
HABITS_OF = timedelta(days=56)
RECENT, USUAL = timedelta(days=2), timedelta(days=28)
# Before so much was seen, nothing is known of what is usual.
_LEAST_HOURS, _LEAST_ENTRIES, _LEAST_DAYS = 7 * 24, 20, 14
_BURST_HOURS = (3, 12, 24)
# Three windows are looked at every hour of a year.
_BURST_TESTS = 3 * 24 * 365
_BURST_LEAST, _BURST_FACTOR, _BURST_OVER = 6, 3.0, 1.5
# Clumps this much above chance are the grain of hourly polls.
_CLUMP_GRAIN = 0.85
# A share is judged by so many pages; a fall by less is no matter for an alarm.
_LEAST_NOW, _LEAST_BEFORE, _FALL, _RECOVERED = 10, 30, 0.3, 0.15
_SHARE_CHANCE = 1e-5
_FAILING = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual for a source or topic."""

    rates: tuple[float, ...]  # new ones an hour, by hour of the week from Monday 00:00 UTC
    entries: float  # that this was learned from
    excess: float = 0.0  # by how much days vary beyond chance, see scheduler/health/tail_probabilities.py
    clumps: float = 1.0  # new ones that come together, beyond what chance brings together; at least 1

    @property
    def a_year(self) -> float:
        """New ones a year."""
        return sum(self.rates) / 7 * 365


def judge_source(signs: SourceSigns, lasting: Sequence[Condition], now: datetime) -> list[Condition]:
    """The conditions of a source that hold now; *lasting* are those of it that held before."""
    before = {condition.kind: condition for condition in lasting}
    conditions = [
        _source_silence(signs, before.get("silent")),
        _turned(signs, "layout", ("date", "authors", "long text", "article"), before.get("layout"), now),
        _turned(signs, "walls", ("no wall",), before.get("walls"), now),
        _failing(signs, before.get("failing")),
    ]
    return [condition for condition in conditions if condition is not None]


def judge_topic(
    signs: TopicSigns,
    lasting: Sequence[Condition],
    now: datetime,
    watched_until: datetime | None,
    caught_up_at: datetime | None = None,
) -> list[Condition]:
    """The conditions of a topic that hold now.

    Args:
        signs: the topic's hours.
        lasting: its conditions that held before.
        now: the moment of the look.
        watched_until: when a source was read last; None: never.
        caught_up_at: from when on what is found is new again after a gap, and no burst; None: there was no gap.
    """
    before = {condition.kind: condition for condition in lasting}
    habits = topic_habits(signs, now)
    conditions: list[Condition | None] = []
    if watched_until is not None and signs.hours:
        last = min(signs.hours[-1][0] + timedelta(hours=1), now)  # it came within that hour
        conditions.append(
            silence(habits, last, min(watched_until, now), before.get("silent"), topic=signs.name)
        )
    elif "silent" in before:
        conditions.append(before["silent"])
    conditions.append(_burst(signs, habits, now, before.get("burst"), caught_up_at))
    return [condition for condition in conditions if condition is not None]


def silence(
    habits: Habits | None,
    last_new_at: datetime,
    watched_until: datetime,
    lasting: Condition | None,
    *,
    source: str | None = None,
    topic: str | None = None,
) -> Condition | None:
    """Silence, if nothing came for so long that chance would bring it less than FALSE_ALARMS_A_YEAR times a year.

    It ends with the first that comes. Only the time until *watched_until* counts: who was not looked at is not silent.
    """
    if lasting is not None and last_new_at <= lasting.since:
        return lasting
    if habits is None or lasting is not None:
        return None
    days = list(_by_day(habits.rates, last_new_at, watched_until))
    expected = sum(days)
    log_chance = sum(log_chance_of_none(day / habits.clumps, habits.excess) for day in days)
    # The rates are an estimate: a gamma posterior of so many entries.
    log_chance = -habits.entries * math.log1p(-log_chance / habits.entries)
    pauses_a_year = max(habits.a_year / habits.clumps, 1.0)
    if log_chance > math.log(FALSE_ALARMS_A_YEAR / pauses_a_year):
        return None
    what = "new article" if source else "match"
    usual = _rate_text(habits.a_year / 365)
    return Condition(
        "silent",
        last_new_at,
        f"no {what} since {last_new_at:%Y-%m-%d %H:%M} UTC; {usual} are usual, {expected:.0f} were expected by "
        f"{watched_until:%Y-%m-%d %H:%M}",
        source=source,
        topic=topic,
    )


def source_habits(signs: SourceSigns) -> Habits | None:
    """What is usual for a source, from the rhythms of its feeds and its days; None: too little is known."""
    rhythms = [rhythm_from_bytes(feed.rhythm) for feed in signs.feeds if feed.rhythm]
    entries = sum(sum(rhythm.entries) for rhythm in rhythms)
    watched = max((sum(rhythm.watched) for rhythm in rhythms), default=0.0)
    if watched < _LEAST_HOURS or entries < _LEAST_ENTRIES or len(signs.days) < _LEAST_DAYS:
        return None
    rates = [hourly_rates(rhythm) for rhythm in rhythms if sum(rhythm.entries) > 0]
    whole = tuple(sum(hour) for hour in zip(*rates, strict=True))
    lively = sum(1 - math.exp(-rate) for rate in whole) / HOURS * signs.pages.hours
    clumps = _clumps(lively, signs.pages.lively_hours) if signs.pages.hours >= _LEAST_HOURS else 1.0
    return Habits(whole, entries, day_excess(signs.days), clumps)


def topic_habits(signs: TopicSigns, now: datetime) -> Habits | None:
    """What is usual for a topic, from its hours up to a day ago, so that a burst does not count as usual."""
    since, until = signs.since, now - timedelta(days=1)
    if since is None or until - since < timedelta(days=_LEAST_DAYS):
        return None
    usual = [(hour, number) for hour, number in signs.hours if hour < until]
    entries = [0.0] * HOURS
    for hour, number in usual:
        entries[_cell(hour)] += number
    hours = int((until - since).total_seconds() // 3_600)
    weeks, rest = divmod(hours, HOURS)
    watched = [weeks + float((cell - _cell(since)) % HOURS < rest) for cell in range(HOURS)]
    if sum(entries) < _LEAST_ENTRIES:
        return None
    rates = hourly_rates(Rhythm(tuple(entries), tuple(watched)))
    lively = sum(1 - math.exp(-rate) for rate in rates) / HOURS * hours
    days: dict[date, int] = {(since + timedelta(days=n)).date(): 0 for n in range(1, (until - since).days)}
    for hour, number in usual:
        if hour.date() in days:
            days[hour.date()] += number
    return Habits(rates, sum(entries), day_excess(tuple(days.items())), _clumps(lively, len(usual)))


def day_excess(days: Sequence[tuple[date, int]]) -> float:
    """By how much days vary beyond chance and beyond their weekday."""
    if len(days) < _LEAST_DAYS:
        return 0.0
    mean = sum(number for _, number in days) / len(days)
    expected = {}
    for weekday in range(7):
        same = [number for day, number in days if day.weekday() == weekday]
        # Drawn towards the mean by two days of it: a weekday is seen eight times at most.
        expected[weekday] = (sum(same) + 2 * mean) / (len(same) + 2)
    return excess_of([number for _, number in days], [expected[day.weekday()] for day, _ in days])


def _clumps(expected_hours: float, lively_hours: int) -> float:
    """How many come together beyond chance, which would spread them over *expected_hours*."""
    return max(_CLUMP_GRAIN * expected_hours / max(lively_hours, 1), 1.0)


def _source_silence(signs: SourceSigns, lasting: Condition | None) -> Condition | None:
    new = [feed.last_new_at for feed in signs.feeds if feed.last_new_at]
    # A feed that fails could hide what is new: what the others show until it failed is all that is known.
    read = [feed.last_ok_at for feed in signs.feeds if feed.last_ok_at and feed.last_new_at]
    if not new or not read:
        return lasting
    return silence(source_habits(signs), max(new), min(read), lasting, source=signs.name)


def _burst(
    signs: TopicSigns,
    habits: Habits | None,
    now: datetime,
    lasting: Condition | None,
    caught_up_at: datetime | None,
) -> Condition | None:
    if habits is None:
        return None
    for hours in _BURST_HOURS:
        began = now - timedelta(hours=hours)
        number = sum(count for hour, count in signs.hours if hour >= began)
        expected = sum(_by_day(habits.rates, began, now))
        if lasting is not None:
            if hours == _BURST_HOURS[-1] and number > _BURST_OVER * expected + 1:
                return lasting
            continue
        if caught_up_at is not None and began < caught_up_at:
            break
        is_many = number >= max(_BURST_LEAST, _BURST_FACTOR * expected)
        # What comes in clumps is judged by its clumps.
        chance = chance_of_as_many(round(number / habits.clumps), expected / habits.clumps, habits.excess)
        if is_many and chance < FALSE_ALARMS_A_YEAR / _BURST_TESTS:
            detail = f"{counted(number, 'story', 'stories')} in {hours} hours, {expected:.1f} were expected"
            return Condition("burst", began, detail, topic=signs.name)
    return None


def _turned(
    signs: SourceSigns, kind: str, names: Sequence[str], lasting: Condition | None, now: datetime
) -> Condition | None:
    fallen = [
        turn
        for turn in signs.pages.turns
        if turn.name in names and _has_fallen(turn, lasts=lasting is not None)
    ]
    if not fallen:
        # Without new pages nothing says that it is over.
        is_seen = any(turn.name in names and turn.now.pages >= _LEAST_NOW for turn in signs.pages.turns)
        return None if is_seen else lasting
    detail = "; ".join(
        f"{turn.name}: {turn.now.with_it} of the last {turn.now.pages} pages, before {_percent(turn)}"
        for turn in fallen
    )
    if lasting is not None:
        return replace(lasting, detail=detail)
    return Condition(kind, now, detail, source=signs.name)


def _has_fallen(turn: Turn, *, lasts: bool) -> bool:
    if turn.now.pages < _LEAST_NOW or turn.before.pages < _LEAST_BEFORE:
        return False
    usual = (turn.before.with_it + 1) / (turn.before.pages + 2)
    fall = usual - turn.now.with_it / turn.now.pages
    if lasts:
        return fall >= _RECOVERED
    return fall >= _FALL and chance_of_as_few(turn.now.with_it, turn.now.pages, usual) < _SHARE_CHANCE


def _failing(signs: SourceSigns, lasting: Condition | None) -> Condition | None:
    failing = [(since, feed) for feed in signs.feeds if (since := _fails_since(feed)) is not None]
    if not failing:
        return None
    since, feed = min(failing, key=lambda pair: (pair[0], pair[1].url))
    detail = f"{len(failing)} of {counted(len(signs.feeds), 'feed')}: {feed.last_error} ({feed.url})"
    return (
        replace(lasting, detail=detail) if lasting else Condition("failing", since, detail, source=signs.name)
    )


def _fails_since(feed: FeedSigns) -> datetime | None:
    """Since when a feed cannot be read, if polls have shown that for a day."""
    since = feed.last_ok_at or feed.first_polled_at
    if feed.last_error is None or since is None or feed.last_polled_at is None:
        return None
    return since if feed.last_polled_at - since >= _FAILING else None


def _by_day(rates: Sequence[float], since: datetime, until: datetime) -> list[float]:
    """What is expected between two times, in parts of a day each; of more than a year, the last year's."""
    parts: list[float] = []
    at = max(since, until - timedelta(days=366))
    while at < until:
        part, end = 0.0, min(at + timedelta(days=1), until)
        while at < end:
            hour_end = min(at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1), end)
            part += rates[_cell(at)] * (hour_end - at).total_seconds() / 3_600
            at = hour_end
        parts.append(part)
    return parts


def _cell(at: datetime) -> int:
    return at.weekday() * 24 + at.hour


def _percent(turn: Turn) -> str:
    return f"{100 * turn.before.with_it / turn.before.pages:.0f} % of {turn.before.pages}"


def _rate_text(a_day: float) -> str:
    return f"{a_day:.1f} a day" if a_day >= 1 else f"{a_day * 7:.1f} a week"
