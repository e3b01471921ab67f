"""Polls, second looks and runs of long ago: folded into days, a few in each transaction.

500 feeds make 13 million polls in three years. What a decision may still ask for is not folded.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date
from itertools import takewhile

from storage.articles import looks
from storage.db import storage_errors, transaction
from storage.sources import links, polls, runs
from storage.sources.coverage import READ

# Rows that are looked at in one transaction: 30 ms.
_TOGETHER = 500


@storage_errors
def first_day(connection: sqlite3.Connection) -> date | None:
    """The day (UTC) of the first poll that is not folded; None without any."""
    row = connection.execute(
        "SELECT substr(polled_at, 1, 10) AS day FROM polls ORDER BY id LIMIT 1"
    ).fetchone()
    return date.fromisoformat(row["day"]) if row else None


@storage_errors
def foldable(connection: sqlite3.Connection, before: date) -> tuple[tuple[str, int], ...]:
    """The tables whose rows of days before *before* (UTC) may be folded, each with about how many; reads them whole."""
    tables = (("polls", "polled_at"), ("looks", "looked_at"), ("runs", "started_at"))
    return tuple(
        (
            table,
            connection.execute(
                f"SELECT count(*) FROM {table} WHERE {column} < ?", [before.isoformat()]
            ).fetchone()[0],
        )
        for table, column in tables
    )


@storage_errors
def fold_polls(connection: sqlite3.Connection, before: date, after: int) -> Sequence[int]:
    """Fold the next polls behind row *after* of days before *before* (UTC); the rows that were looked at, in order.

    Of each feed stay the last poll, the last before that day that could be read, from which coverage goes on, and
    what waits for a decision.
    """
    with transaction(connection):
        rows = _next_rows(connection, "polls", "polled_at", before, after)
        ids = json.dumps(rows)
        chosen = connection.execute(
            f"""
            SELECT id FROM polls
            WHERE id IN (SELECT value FROM json_each(?)) AND next_due_at IS NOT NULL AND EXISTS (
                SELECT 1 FROM polls AS newer
                WHERE newer.feed_id = polls.feed_id AND newer.id > polls.id
                  AND (polls.outcome NOT IN {READ} OR (newer.outcome IN {READ} AND newer.polled_at < ?))
            )
            """,
            [ids, before.isoformat()],
        )
        folded = _listed(chosen)
        connection.execute(
            f"""
            INSERT INTO poll_days (feed_id, day, polls, failed, unmodified, new_links, bytes, first_at, last_at)
            SELECT feed_id, substr(polled_at, 1, 10), count(*), sum(outcome NOT IN {READ}),
                sum(outcome IN ('not_modified', 'same_body')), sum(coalesce(new_links, 0)),
                sum(coalesce(bytes, 0)), min(polled_at), max(polled_at)
            FROM polls WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2
            ON CONFLICT (feed_id, day) DO UPDATE
            SET polls = polls + excluded.polls, failed = failed + excluded.failed,
                unmodified = unmodified + excluded.unmodified, new_links = new_links + excluded.new_links,
                bytes = bytes + excluded.bytes, first_at = min(first_at, excluded.first_at),
                last_at = max(last_at, excluded.last_at)
            """,
            [folded],
        )
        polls.remove(connection, folded)
    return rows


@storage_errors
def fold_runs(connection: sqlite3.Connection, before: date, after: int) -> Sequence[int]:
    """As `fold_polls`, of runs; those stay to which an article, a text, a kept page or what goes on refers."""
    with transaction(connection):
        rows = _next_rows(connection, "runs", "started_at", before, after)
        referring = (
            *(f"{table}.run_id" for table in ("articles", "revisions", "pages", "looks", "polls", "watches")),
            "archive_pages.run_id",
            "sources.search_run_id",
        )
        stay = " ".join(
            f"AND NOT EXISTS (SELECT 1 FROM {column.partition('.')[0]} WHERE {column} = runs.id)"
            for column in referring
        )
        chosen = connection.execute(
            f"""
            SELECT id FROM runs
            WHERE id IN (SELECT value FROM json_each(?)) AND state <> 'running' AND id < (SELECT max(id) FROM runs)
                {stay}
            """,
            [json.dumps(rows)],
        )
        folded = _listed(chosen)
        connection.execute(
            """
            INSERT INTO run_days (day, runs, failed, seconds, feeds_polled, feeds_failed, pages_fetched, off_topic,
                links_failed)
            SELECT substr(started_at, 1, 10), count(*), sum(state <> 'finished'),
                coalesce(sum(max(0, strftime('%s', finished_at) - strftime('%s', started_at))), 0),
                sum(feeds_polled), sum(feeds_failed), sum(pages_fetched), sum(off_topic), sum(links_failed)
            FROM runs WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1
            ON CONFLICT (day) DO UPDATE
            SET runs = runs + excluded.runs, failed = failed + excluded.failed, seconds = seconds + excluded.seconds,
                feeds_polled = feeds_polled + excluded.feeds_polled,
                feeds_failed = feeds_failed + excluded.feeds_failed,
                pages_fetched = pages_fetched + excluded.pages_fetched, off_topic = off_topic + excluded.off_topic,
                links_failed = links_failed + excluded.links_failed
            """,
            [folded],
        )
        links.forget_runs(connection, folded)
        runs.remove(connection, folded)
    return rows


@storage_errors
def fold_looks(connection: sqlite3.Connection, before: date, after: int) -> Sequence[int]:
    """As `fold_polls`, of second looks; those stay that found something: edits, removals, walls, moves."""
    with transaction(connection):
        rows = _next_rows(connection, "looks", "looked_at", before, after)
        chosen = connection.execute(
            """
            SELECT id FROM looks
            WHERE id IN (SELECT value FROM json_each(?)) AND id < (SELECT max(id) FROM looks)
              AND outcome IN ('unchanged', 'not_modified', 'failed', 'unreadable', 'skipped')
            """,
            [json.dumps(rows)],
        )
        folded = _listed(chosen)
        connection.execute(
            """
            INSERT INTO look_days (source_id, day, unchanged, failed, skipped)
            SELECT source_id, substr(looked_at, 1, 10), sum(outcome IN ('unchanged', 'not_modified')),
                sum(outcome IN ('failed', 'unreadable')), sum(outcome = 'skipped')
            FROM looks WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2
            ON CONFLICT (source_id, day) DO UPDATE
            SET unchanged = unchanged + excluded.unchanged, failed = failed + excluded.failed,
                skipped = skipped + excluded.skipped
            """,
            [folded],
        )
        looks.remove(connection, folded)
    return rows


def _next_rows(
    connection: sqlite3.Connection, table: str, column: str, before: date, after: int
) -> Sequence[int]:
    """The next rows behind *after*, in order, up to the first of that day or later."""
    rows = connection.execute(
        f"SELECT id, {column} AS at FROM {table} WHERE id > ? ORDER BY id LIMIT ?", [after, _TOGETHER]
    )
    return [row["id"] for row in takewhile(lambda row: row["at"] < before.isoformat(), rows)]


def _listed(rows: sqlite3.Cursor) -> str:
    return json.dumps([row["id"] for row in rows])
