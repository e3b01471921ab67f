"""Polls: each look at a feed, and the decision on the next one."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.polls import NextPoll, PaceFacts, PollFacts, PollResult
from storage.records.subscriptions import PushTrust
from storage.sources import coverage, sources, subscriptions
from storage.sources.sources import FEED_COLUMNS, feed_from_row

_READ = "('ok', 'not_modified', 'same_body')"
# What `_facts` reads, of polls joined with feeds and sources.
_FACTS = f"""
    {FEED_COLUMNS}, polls.id AS poll_id, polls.polled_at, polls.outcome, polls.retry_after_s, polls.ttl_s,
    coalesce(polls.new_links, 0) AS new_links, feeds.failures, sources.every_s, feeds.rate_per_day, feeds.entries,
    feeds.last_new_at, feeds.rhythm, sources.cron, polls.pushed, feeds.last_polled_at,
    subscriptions.proof, subscriptions.news, subscriptions.lease_until AS pushes_until,
    (SELECT older.outcome FROM polls AS older WHERE older.feed_id = feeds.id AND older.id < polls.id
     ORDER BY older.id DESC LIMIT 1) AS previous_outcome,
    (SELECT older.polled_at FROM polls AS older
     WHERE older.feed_id = feeds.id AND older.id < polls.id
       AND older.outcome IN {_READ}
     ORDER BY older.id DESC LIMIT 1) AS previous_polled_at
"""
# No feed is polled more often than every five minutes.
_POLLS_OF_A_DAY = 288


@storage_errors
def record_poll(connection: sqlite3.Connection, run_id: int, poll: PollResult, new_links: int | None) -> None:
    """Write down one look at a feed; the validators are those of the last answer with a body that could be read."""
    at = to_iso(poll.polled_at)
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO polls (
                feed_id, run_id, polled_at, outcome, status, bytes, entries, new_links, skipped, detail,
                retry_after_s, ttl_s, pushed
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                poll.feed_id, run_id, at, poll.outcome, poll.status, poll.body_bytes, poll.entries, new_links,
                poll.skipped, poll.detail, poll.retry_after_s, poll.ttl_s, int(poll.pushed),
            ],
        )  # fmt: skip
        sources.note_poll(connection, poll, new_links or 0)
        if poll.pushed:
            subscriptions.note_push(connection, poll.feed_id, poll.polled_at, new_links or 0)
        elif poll.is_ok and poll.entries is not None:
            subscriptions.note_offer(connection, poll.feed_id, poll.offer)
        coverage.count_poll(connection, poll, new_links or 0)


@storage_errors
def newest_at(connection: sqlite3.Connection) -> datetime | None:
    """When the last poll was; None without any."""
    return from_iso(connection.execute("SELECT max(polled_at) FROM polls").fetchone()[0])


@storage_errors
def undecided(
    connection: sqlite3.Connection, *, good: bool = False, limit: int | None = None
) -> list[PollFacts]:
    """The feeds whose last poll has no decision yet on the next, by id; older undecided polls of them are left.

    At most *limit*, of those alone that could be read if they are to be *good*.
    """
    read = f"AND polls.outcome IN {_READ}" if good else ""
    rows = connection.execute(
        f"""
        SELECT {_FACTS}
        FROM (SELECT max(id) AS id FROM polls WHERE next_due_at IS NULL GROUP BY feed_id) AS waiting
        CROSS JOIN polls ON polls.id = waiting.id
        JOIN feeds ON feeds.id = polls.feed_id
        JOIN sources ON sources.id = feeds.source_id
        LEFT JOIN subscriptions ON subscriptions.feed_id = feeds.id AND subscriptions.state = 'active'
        WHERE NOT EXISTS (SELECT 1 FROM polls AS newer WHERE newer.feed_id = feeds.id AND newer.id > polls.id) {read}
        ORDER BY feeds.id LIMIT ?
        """,
        [-1 if limit is None else limit],
    )
    return [_facts(row) for row in rows]


@storage_errors
def decided(connection: sqlite3.Connection) -> list[PollFacts]:
    """The enabled feeds whose last poll went well and has a decision on the next, by id."""
    rows = connection.execute(
        f"""
        SELECT {_FACTS}
        FROM feeds
        JOIN sources ON sources.id = feeds.source_id
        JOIN polls ON polls.id = (SELECT max(id) FROM polls WHERE polls.feed_id = feeds.id)
        LEFT JOIN subscriptions ON subscriptions.feed_id = feeds.id AND subscriptions.state = 'active'
        WHERE feeds.enabled = 1 AND sources.enabled = 1 AND feeds.failures = 0 AND polls.next_due_at IS NOT NULL
        ORDER BY feeds.id
        """
    )
    return [_facts(row) for row in rows]


@storage_errors
def hasten(connection: sqlite3.Connection, decisions: Iterable[NextPoll]) -> int:
    """Have feeds polled earlier than was decided, where these decisions say so; how many."""
    number = 0
    with transaction(connection):
        for decision in decisions:
            due_at = to_iso(decision.due_at)
            moved = sources.hasten(connection, decision.feed_id, decision.due_at)
            if moved:
                connection.execute(
                    "UPDATE polls SET next_due_at = ?, decided_by = ? WHERE id = ?",
                    [due_at, decision.rule, decision.poll_id],
                )
            number += moved
    return number


@storage_errors
def unpolled(connection: sqlite3.Connection, run_id: int, token: str) -> list[int]:
    """The feeds that *token* holds and its run has not polled, by id."""
    rows = connection.execute(
        """
        SELECT id FROM feeds
        WHERE lease_token = ? AND id NOT IN (SELECT feed_id FROM polls WHERE run_id = ?)
        ORDER BY id
        """,
        [token, run_id],
    )
    return [row["id"] for row in rows]


@storage_errors
def polled(connection: sqlite3.Connection, run_id: int) -> set[int]:
    """The feeds that a run has polled."""
    rows = connection.execute("SELECT DISTINCT feed_id FROM polls WHERE run_id = ?", [run_id])
    return {row["feed_id"] for row in rows}


@storage_errors
def decide_next(connection: sqlite3.Connection, decisions: Iterable[NextPoll]) -> None:
    """Write when feeds are polled next, with the rule; they are free then."""
    with transaction(connection):
        for decision in decisions:
            due_at = to_iso(decision.due_at)
            sources.set_next_poll(connection, decision)
            connection.execute(
                """
                UPDATE polls SET next_due_at = ?, decided_by = CASE id WHEN ? THEN ? ELSE 'overtaken' END
                WHERE feed_id = ? AND next_due_at IS NULL
                """,
                [due_at, decision.poll_id, decision.rule, decision.feed_id],
            )
            if decision.trust is not None:
                subscriptions.set_trust(connection, decision.feed_id, decision.trust)


def remove(connection: sqlite3.Connection, ids: str) -> None:
    """Take out the polls of *ids*, a JSON list, that are folded; inside the caller's transaction."""
    connection.execute("DELETE FROM polls WHERE id IN (SELECT value FROM json_each(?))", [ids])


def _facts(row: sqlite3.Row) -> PollFacts:
    return PollFacts(
        feed=feed_from_row(row),
        poll_id=row["poll_id"],
        polled_at=datetime.fromisoformat(row["polled_at"]),
        is_ok=row["outcome"] in {"ok", "not_modified", "same_body"},
        outcome=row["outcome"],
        failures=row["failures"],
        every_s=row["every_s"],
        rate_per_day=row["rate_per_day"],
        retry_after_s=row["retry_after_s"],
        ttl_s=row["ttl_s"],
        new_links=row["new_links"],
        previous_polled_at=from_iso(row["previous_polled_at"]),
        entries=row["entries"],
        last_new_at=from_iso(row["last_new_at"]),
        rhythm=row["rhythm"],
        previous_outcome=row["previous_outcome"],
        cron=row["cron"],
        is_push=bool(row["pushed"]),
        trust=None
        if row["proof"] is None
        else PushTrust(
            row["proof"], row["news"], from_iso(row["last_polled_at"]), from_iso(row["pushes_until"])
        ),
    )


@storage_errors
def pace_facts(connection: sqlite3.Connection, now: datetime) -> PaceFacts:
    """What the pace of the day that begins now is made of: the feeds' needs, and the polls of the last 24 hours."""
    learned = connection.execute(
        """
        SELECT roots_per_day FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled AND sources.enabled AND sources.every_s IS NULL AND cron IS NULL
          AND roots_per_day IS NOT NULL
        """
    )
    roots = tuple(row["roots_per_day"] for row in learned)
    # Polls are numbered as they come: the last ones stand at the end, and no index on their time is needed.
    spent = connection.execute(
        """
        SELECT count(*) AS number FROM polls
        WHERE id > (SELECT max(id) - ? FROM polls) AND polled_at > ? AND decided_by IN ('rate', 'quiet', 'shortest')
          AND NOT pushed
        """,
        [_POLLS_OF_A_DAY * max(len(roots), 1), to_iso(now - timedelta(days=1))],
    ).fetchone()
    return PaceFacts(roots, spent["number"])
