"""Figures of a running service: what waits, what was done since a moment, who was not read for long. Indexed reads."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from storage import db
from storage.articles.matches import match_counts
from storage.db import storage_errors
from storage.health import workload
from storage.records.health import Done, Mark, ServiceFigures
from storage.records.work import DueRules

# So many sources have a figure of their own, the longest unread first: each is a series for whoever collects them.
SOURCES_SHOWN = 100
# What a look at new rows reads at most, so that a first look at a long list cannot take long.
_RUNS_AT_ONCE = 10_000
# The columns of `runs` that count pages and what they became.
PAGE_COUNTS = (
    "articles_new", "articles_copy", "articles_revised", "articles_deleted", "off_topic", "links_failed",
)  # fmt: skip


@storage_errors
def newest(connection: sqlite3.Connection) -> Mark:
    """The newest poll and the newest run that has ended with all before it."""
    row = connection.execute(
        """
        SELECT (SELECT coalesce(max(id), 0) FROM polls) AS poll_id,
            coalesce((SELECT min(id) - 1 FROM runs WHERE state = 'running'), (SELECT max(id) FROM runs), 0) AS run_id
        """
    ).fetchone()
    return Mark(row["poll_id"], row["run_id"])


@storage_errors
def done_since(connection: sqlite3.Connection, mark: Mark) -> Done:
    """What was done after *mark*; runs are counted in order, up to the first that still goes on."""
    polls = connection.execute(
        "SELECT outcome, count(*) AS number, max(id) AS last FROM polls WHERE id > ? GROUP BY outcome",
        [mark.poll_id],
    ).fetchall()
    ended = []
    rows = connection.execute(
        f"""
        SELECT id, state, {", ".join(PAGE_COUNTS)},
            (julianday(finished_at) - julianday(started_at)) * 86400 AS seconds
        FROM runs WHERE id > ? ORDER BY id LIMIT ?
        """,
        [mark.run_id, _RUNS_AT_ONCE],
    )
    for row in rows:
        if row["state"] == "running":
            break
        ended.append(row)
    return Done(
        until=Mark(
            max((row["last"] for row in polls), default=mark.poll_id),
            ended[-1]["id"] if ended else mark.run_id,
        ),
        polls={row["outcome"]: row["number"] for row in polls},
        runs=tuple((row["state"], round(max(row["seconds"] or 0.0, 0.0), 3)) for row in ended),
        pages={name: sum(row[name] for row in ended) for name in PAGE_COUNTS},
    )


@storage_errors
def standing(connection: sqlite3.Connection, now: datetime, rules: DueRules) -> ServiceFigures:
    """How things stand at *now*."""
    row = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM feeds JOIN sources ON sources.id = feeds.source_id
             WHERE feeds.enabled = 1 AND sources.enabled = 1) AS feeds,
            (SELECT count(*) FROM links WHERE state IN ('queued', 'failed') AND state = 'queued') AS queued,
            (SELECT count(*) FROM links
             WHERE state IN ('queued', 'failed') AND state = 'failed' AND next_try_at IS NOT NULL) AS failed,
            (SELECT count(*) FROM links WHERE state = 'past') AS past,
            (SELECT count(*) FROM requests WHERE run_id IS NULL AND error IS NULL) AS requests,
            (SELECT count(*) FROM alert_messages WHERE state = 'waiting') AS messages,
            (SELECT count(*) FROM articles) AS articles
        """
    ).fetchone()
    return ServiceFigures(
        feeds_due=workload.due_feeds(connection, now, rules),
        feeds=row["feeds"],
        links_waiting={"queued": row["queued"], "failed": row["failed"], "past": row["past"]},
        requests_waiting=row["requests"],
        messages_waiting=row["messages"],
        articles=row["articles"],
        matches={
            (topic, band): number
            for topic, counts in sorted(match_counts(connection).items())
            for band, number in (("match", counts.match), ("review", counts.review))
        },
        last_ok_at=_last_ok_at(connection),
    )


def _last_ok_at(connection: sqlite3.Connection) -> dict[str, datetime | None]:
    rows = connection.execute(
        """
        SELECT sources.name, max(feeds.last_ok_at) AS at
        FROM sources JOIN feeds ON feeds.source_id = sources.id
        WHERE sources.enabled = 1 AND feeds.enabled = 1
        GROUP BY sources.id ORDER BY at, sources.name LIMIT ?
        """,
        [SOURCES_SHOWN],
    )
    return {row["name"]: db.from_iso(row["at"]) for row in rows}


@storage_errors
def begin_writing(database: Path, *, patience_s: float) -> None:
    """Nothing, if a writing transaction can begin within *patience_s* seconds; nothing is written.

    Raises:
        StorageError: it cannot; LockedError if another process holds the database.
    """
    with closing(db.connect(database)) as connection, db.waiting(connection, timedelta(seconds=patience_s)):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
