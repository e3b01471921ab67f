"""When feeds are polled next: facts out of the database, the cadence's decision, and its way back. I/O edge."""

import sqlite3
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.cadence.next_poll import host_of, is_own_outage, next_poll, pace_of_day
from storage.records.polls import Pace
from storage.sources import polls, runs

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
        decisions = [next_poll(facts, roots=pace.roots, own_outage=outage) for facts in waiting]
        polls.decide_next(connection, decisions)
    return len(waiting)


def decide_good_polls(connection: sqlite3.Connection, now: datetime) -> Decided:
    """Decide about some of the polls that went well, while their crawl goes on.

    Those that failed have to wait for its end: how many there are says whether our own network is down.
    """
    waiting = polls.undecided(connection, good=True, limit=_TOGETHER)
    if not waiting:
        return Decided()
    pace = _pace(connection, now)
    polls.decide_next(connection, [next_poll(facts, roots=pace.roots) for facts in waiting])
    hosts = frozenset(host_of(facts) for facts in waiting if not facts.is_push)
    return Decided(hosts, is_full=len(waiting) == _TOGETHER)


def hasten_polls(connection: sqlite3.Connection, now: datetime) -> int:
    """Have feeds polled earlier where the settings, newly changed, ask for it; how many.

    A poll that was decided is never put off: that would cost news to save one request.
    """
    roots = _pace(connection, now).roots
    # The rate that is kept has the last poll in it: without the poll before, it is taken as it is.
    facts = (replace(decided, previous_polled_at=None) for decided in polls.decided(connection))
    return polls.hasten(connection, [next_poll(decided, roots=roots) for decided in facts])


def _pace(connection: sqlite3.Connection, now: datetime) -> Pace:
    """The pace of the day, decided with its first poll; anew too when the budget was changed."""
    per_day = int(runs.fact(connection, "polls_per_feed_per_day", 24))
    before = runs.fact(connection, "pace", None)
    decided_at = datetime.fromisoformat(before["decided_at"]) if before else None
    known = Pace(before["roots"], before["correction"]) if before else None
    is_of_today = decided_at is not None and abs(now - decided_at) < timedelta(days=1)
    if known is not None and is_of_today and before["polls_per_day"] == per_day and before["feeds"]:
        return known
    facts = polls.pace_facts(connection, now)
    # A day with a change of the budget, or without a daemon, tells nothing of the plan.
    lasted = decided_at is not None and timedelta(days=1) <= now - decided_at < timedelta(days=1, hours=2)
    spent = facts.spent if lasted and before["polls_per_day"] == per_day else None
    pace = pace_of_day(list(facts.roots), polls_per_day=per_day, spent=spent, before=known)
    runs.set_fact(
        connection,
        "pace",
        {
            "roots": pace.roots,
            "correction": pace.correction,
            "decided_at": now.isoformat(),
            "polls_per_day": per_day,
            "feeds": len(facts.roots),
        },
    )
    return pace
