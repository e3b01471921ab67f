"""What becomes of the work of a job that no worker could do: each part as if it had failed by itself. I/O edge.

One part may be what its workers died of, and nobody knows which: all wait, longer each time, and pages come back one
by one. Nothing is sent again at once, so nothing kills workers for ever.
"""

import sqlite3
from dataclasses import replace
from datetime import datetime

from crawler.articles.look_verdicts import Sight
from crawler.cadence.next_search import next_successor_search
from crawler.cadence.next_try import SUSPECTS_APART, next_try
from crawler.cluster.jobs import HostJob
from crawler.tasks.outcomes import LOST, failed_search, link_failure
from crawler.tasks.second_looks import store_sight
from storage.db import storage_errors, transaction
from storage.records.polls import PollResult
from storage.sources import backfills, links, polls, site_searches, subscriptions, successors


@storage_errors
def give_up(connection: sqlite3.Connection, job: HostJob, why: str, now: datetime) -> None:
    """Write down of all that *job* asks for that nothing came of it, and when it is tried again."""
    with transaction(connection):
        _give_up_documents(connection, job, why, now)
        _give_up_pages(connection, job, why, now)


def _give_up_documents(connection: sqlite3.Connection, job: HostJob, why: str, now: datetime) -> None:
    said = f"{LOST}: {why}"
    for feed in job.feeds:
        polls.record_poll(connection, job.run_id, PollResult(feed.id, now, LOST, detail=why), None)
    for push in job.pushes:
        subscriptions.drop_push(connection, push)
        subscriptions.note_error(connection, push.feed_id, f"a push failed: {why}")
    for asked in job.hubs:
        subscriptions.note_error(connection, asked.feed_id, said)
    for site in job.sites:
        failed = failed_search(site.source.name, LOST, why, failures=site.failures, now=now)
        site_searches.record_failure(connection, failed, run_id=job.run_id)
    for dead_feed in (feed for dead in job.dead for feed in dead.feeds):
        successors.record(
            connection,
            dead_feed.id,
            None,
            error=said,
            searches=dead_feed.searches + 1,
            now=now,
            next_search_at=next_successor_search(dead_feed.searches, now, has_offer=False),
        )
    for page in job.lists:
        again = next_try(page.attempts, LOST, now=now)
        backfills.record_failure(connection, page, said, now=now, next_try_at=again)


def _give_up_pages(connection: sqlite3.Connection, job: HostJob, why: str, now: datetime) -> None:
    for turn, link in enumerate(job.links):
        outcome = link_failure(link, LOST, why, permanent=False, now=now)
        if outcome.next_try_at is not None:
            outcome = replace(outcome, next_try_at=outcome.next_try_at + turn * SUSPECTS_APART)
        links.record(connection, outcome, run_id=job.run_id)
    for watch in job.looks:
        sight = Sight("failed", now, watch.url, reason=LOST, detail=why)
        store_sight(connection, watch, sight, run_id=job.run_id)
