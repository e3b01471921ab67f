"""When feeds are polled next: facts out of the database, the cadence's decision, and its way back. I/O edge."""

import sqlite3
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.cadence.next_poll import (
    ERROR_RULE,
    host_of,
    is_own_outage,
    next_poll,
    pace_of_day,
    poll_after_error,
)
from scheduler import unexpected
from storage import meta
from storage.records.polls import DecidedPace, NextPoll, Pace, PollFacts
from storage.sources import polls

_DAY = timedelta(days=1)

# Polls that are decided together while a crawl goes on: 30 ms, for which the crawl cannot write.
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Decided:
    """Polls that were decided while their crawl goes on."""

    hosts: frozenset[str] = frozenset()  # that were reached by them
    is_full: bool = False  # there may be more


def decide_polls(
    connection: sqlite3.Connection, now: datetime, *, reached: AbstractSet[str] = frozenset()
) -> int:
    """Decide when the feeds that were polled are polled next; how many.

    *reached* are hosts that those polls of the crawl have reached that were decided before.
    """
    waiting = polls.undecided(connection)
    if waiting:
        pace = _pace(connection, now)
        outage = is_own_outage(waiting, reached)
        decisions = _decided(connection, waiting, now, roots=pace.roots, own_outage=outage)
        polls.decide_next(connection, decisions)
    return len(waiting)


def _decided(
    connection: sqlite3.Connection,
    waiting: Sequence[PollFacts],
    now: datetime,
    *,
    roots: float,
    own_outage: bool = False,
) -> list[NextPoll]:
    """The decisions; of a feed whose facts cannot be decided on, that it waits, and its source is shown."""
    decisions: list[NextPoll] = []
    errors: dict[unexpected.Subject, Exception] = {}
    for facts in waiting:
        try:
            decisions.append(next_poll(facts, roots=roots, own_outage=own_outage))
        except Exception as error:  # whatever it is, the other feeds must not wait for it
            error.add_note(facts.feed.url)
            errors[facts.feed.source, None] = error
            decisions.append(poll_after_error(facts))
    worked_on = {(facts.feed.source, None) for facts in waiting}
    unexpected.note(connection, unexpected.SCHEDULE, errors, worked_on, now)
    return decisions


def decide_good_polls(connection: sqlite3.Connection, now: datetime) -> Decided:
    """Decide about some of the polls that went well, while their crawl goes on.

    Those that failed have to wait for its end: how many there are says whether our own network is down.
    """
    waiting = polls.undecided(connection, good=True, limit=_TOGETHER)
    if not waiting:
        return Decided()
    pace = _pace(connection, now)
    polls.decide_next(connection, _decided(connection, waiting, now, roots=pace.roots))
    hosts = frozenset(host_of(facts) for facts in waiting if not facts.is_push)
    return Decided(hosts, is_full=len(waiting) == _TOGETHER)


def hasten_polls(connection: sqlite3.Connection, now: datetime) -> int:
    """Have feeds polled earlier where the settings, newly changed, ask for it; how many.

    A poll that was decided is never put off: that would cost news to save one request.
    """
    roots = _pace(connection, now).roots
    # The rate that is kept has the last poll in it: without the poll before, it is taken as it is.
    facts = (replace(decided, previous_polled_at=None) for decided in polls.decided(connection))
    decisions = _decided(connection, list(facts), now, roots=roots)
    return polls.hasten(connection, [decision for decision in decisions if decision.rule != ERROR_RULE])


def _pace(connection: sqlite3.Connection, now: datetime) -> Pace:
    """The pace of the day, decided with its first poll; anew too when the budget was changed."""
    per_day = meta.get(connection, meta.POLLS_PER_FEED_PER_DAY)
    before = meta.get(connection, meta.PACE)
    known = Pace(before.roots, before.correction) if before else None
    is_same = before is not None and before.polls_per_day == per_day
    age = now - before.decided_at if before else timedelta.max
    if known is not None and before is not None and is_same and before.feeds and -_DAY < age < _DAY:
        return known
    facts = polls.pace_facts(connection, now)
    # A day with a change of the budget, or without a daemon, tells nothing of the plan.
    spent = facts.spent if is_same and _DAY <= age < _DAY + timedelta(hours=2) else None
    pace = pace_of_day(list(facts.roots), polls_per_day=per_day, spent=spent, before=known)
    decided = DecidedPace(pace.roots, pace.correction, now, per_day, len(facts.roots))
    meta.put(connection, meta.PACE, decided)
    return pace
