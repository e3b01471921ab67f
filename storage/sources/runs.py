"""Runs, and crawls handed over to a daemon."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.polls import SourceCounts


def is_free(column: str) -> str:
    """The SQL condition that the run in *column* does not go on: it has ended, or began before :running_since."""
    return f"""
        ({column} IS NULL OR {column} NOT IN (
            SELECT id FROM runs WHERE state = 'running' AND started_at > :running_since))
    """


@dataclass(frozen=True, slots=True)
class Run:
    """A crawl."""

    id: int
    trigger: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    token: str


@dataclass(frozen=True, slots=True)
class CrawlRequest:
    """A crawl that was handed over to the daemon."""

    id: int
    sources: tuple[str, ...]
    only_due: bool
    run_id: int | None = None
    error: str | None = None


@storage_errors
def begin(
    connection: sqlite3.Connection, *, trigger: str, token: str, now: datetime, host: str, pid: int | None
) -> int:
    """A new run's row; *pid*: None if no one process does it, but a cluster: it goes on whichever of them ends."""
    row = connection.execute(
        """
        INSERT INTO runs (trigger, state, started_at, token, host, pid) VALUES (?, 'running', ?, ?, ?, ?)
        RETURNING id
        """,
        [trigger, to_iso(now), token, host, pid],
    ).fetchone()
    return int(row["id"])


@storage_errors
def end(
    connection: sqlite3.Connection, run_id: int, *, state: str, now: datetime, error: str | None = None
) -> None:
    """Close a run with its counts, which are taken from what it wrote; a closed run stays as it is."""
    with transaction(connection):
        connection.execute(
            """
            UPDATE runs
            SET state = ?, finished_at = ?, error = ?,
                feeds_polled = (SELECT count(*) FROM polls WHERE run_id = runs.id)
                             + (SELECT count(*) FROM sources WHERE search_run_id = runs.id
                                AND search_error IS NOT NULL),
                feeds_failed = (SELECT count(*) FROM polls WHERE run_id = runs.id
                                AND outcome NOT IN ('ok', 'not_modified', 'same_body'))
                             + (SELECT count(*) FROM sources WHERE search_run_id = runs.id
                                AND search_error IS NOT NULL),
                pages_fetched = (SELECT count(*) FROM links WHERE run_id = runs.id
                                 AND (state NOT IN ('queued', 'past') OR (state = 'past' AND attempts > 0))),
                articles_new = (SELECT count(*) FROM articles WHERE run_id = runs.id
                                AND id NOT IN (SELECT article_id FROM copies WHERE relation <> 'follow_up')),
                articles_copy = (SELECT count(*) FROM articles WHERE run_id = runs.id
                                 AND id IN (SELECT article_id FROM copies WHERE relation <> 'follow_up')),
                articles_revised = (SELECT count(DISTINCT article_id) FROM revisions WHERE run_id = runs.id),
                looks = (SELECT count(*) FROM looks WHERE run_id = runs.id AND outcome <> 'skipped'),
                articles_deleted = (SELECT count(*) FROM looks WHERE run_id = runs.id AND outcome = 'deleted'),
                off_topic = (SELECT count(*) FROM links WHERE run_id = runs.id AND state = 'off_topic'),
                links_failed = (SELECT count(*) FROM links WHERE run_id = runs.id AND state IN ('failed', 'gone')),
                links_waiting = (SELECT count(*) FROM links JOIN sources ON sources.id = links.source_id
                                 WHERE state IN ('queued', 'failed') AND state = 'queued' AND sources.enabled = 1)
            WHERE id = ? AND state = 'running'
            """,
            [state, to_iso(now), error, run_id],
        )


@storage_errors
def is_empty(connection: sqlite3.Connection, run_id: int) -> bool:
    """Whether a run that has ended did nothing at all, not even in vain."""
    row = connection.execute(
        "SELECT feeds_polled + pages_fetched AS number FROM runs WHERE id = ?", [run_id]
    ).fetchone()
    return row is not None and not row["number"]


@storage_errors
def get(connection: sqlite3.Connection, run_id: int) -> Run | None:
    """The run; None if there is none."""
    row = connection.execute("SELECT * FROM runs WHERE id = ?", [run_id]).fetchone()
    return _run(row) if row else None


@storage_errors
def by_token(connection: sqlite3.Connection, token: str) -> Run | None:
    """The run with this token; None if there is none."""
    row = connection.execute("SELECT * FROM runs WHERE token = ?", [token]).fetchone()
    return _run(row) if row else None


@storage_errors
def running(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Runs that have not ended: id, token, host and pid of each; some may have died."""
    return connection.execute(
        "SELECT id, token, host, pid, started_at FROM runs WHERE state = 'running' ORDER BY id"
    ).fetchall()


@storage_errors
def of_clusters(connection: sqlite3.Connection) -> list[Run]:
    """Runs of a cluster that have not ended, oldest first."""
    rows = connection.execute("SELECT * FROM runs WHERE state = 'running' AND pid IS NULL ORDER BY id")
    return [_run(row) for row in rows]


@storage_errors
def latest(connection: sqlite3.Connection, limit: int = 5) -> list[sqlite3.Row]:
    """The last runs, newest first."""
    return connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", [limit]).fetchall()


@storage_errors
def summary(connection: sqlite3.Connection, run_id: int) -> list[SourceCounts]:
    """What a run did, a line for each source that it touched, by name; waiting pages are those of this moment."""
    lines = connection.execute(
        """
        WITH polled AS (
            SELECT feeds.source_id, count(*) AS polled, sum(outcome NOT IN ('ok', 'not_modified', 'same_body')) AS bad,
                sum(coalesce(new_links, 0)) AS new
            FROM polls JOIN feeds ON feeds.id = polls.feed_id WHERE polls.run_id = :run GROUP BY feeds.source_id
        ), searched AS (
            SELECT id AS source_id, 1 AS bad FROM sources WHERE search_run_id = :run AND search_error IS NOT NULL
        ), linked AS (
            SELECT source_id, sum(state = 'off_topic') AS off_topic, sum(state = 'not_article') AS not_articles,
                sum(state IN ('failed', 'gone', 'blocked')) AS failed
            FROM links WHERE run_id = :run GROUP BY source_id
        ), queued AS (
            SELECT source_id, count(*) AS waiting FROM links
            WHERE state IN ('queued', 'failed') AND state = 'queued' GROUP BY source_id
        ), stored AS (
            SELECT source_id, sum(id IN (SELECT article_id FROM matches WHERE band = 'match')) AS matched,
                sum(id IN (SELECT article_id FROM copies WHERE relation <> 'follow_up')) AS copies
            FROM articles WHERE run_id = :run GROUP BY source_id
        ), changed AS (
            SELECT articles.source_id, count(DISTINCT articles.id) AS revised
            FROM revisions JOIN articles ON articles.id = revisions.article_id
            WHERE revisions.run_id = :run
            GROUP BY articles.source_id
        ), looked AS (
            SELECT source_id, sum(outcome <> 'skipped') AS looks, sum(outcome = 'deleted') AS deleted,
                sum(outcome = 'skipped') AS skipped
            FROM looks WHERE run_id = :run GROUP BY source_id
        )
        SELECT sources.id, sources.name, polled.polled, polled.bad, searched.bad AS searches, polled.new,
            linked.off_topic, linked.not_articles, linked.failed, queued.waiting, stored.matched,
            stored.copies, changed.revised, looked.looks, looked.deleted, looked.skipped
        FROM sources
        LEFT JOIN polled ON polled.source_id = sources.id
        LEFT JOIN searched ON searched.source_id = sources.id
        LEFT JOIN linked ON linked.source_id = sources.id
        LEFT JOIN queued ON queued.source_id = sources.id
        LEFT JOIN stored ON stored.source_id = sources.id
        LEFT JOIN changed ON changed.source_id = sources.id
        LEFT JOIN looked ON looked.source_id = sources.id
        WHERE polled.polled OR searched.bad OR linked.source_id IS NOT NULL OR stored.source_id IS NOT NULL
            OR looked.source_id IS NOT NULL
        ORDER BY sources.name
        """,
        {"run": run_id},
    ).fetchall()
    reasons = _reasons(connection, run_id)
    return [
        SourceCounts(
            source=line["name"],
            polled=(line["polled"] or 0) + (line["searches"] or 0),
            poll_failures=(line["bad"] or 0) + (line["searches"] or 0),
            new=line["new"] or 0,
            matched=line["matched"] or 0,
            copies=line["copies"] or 0,
            revised=line["revised"] or 0,
            looked=line["looks"] or 0,
            deleted=line["deleted"] or 0,
            skipped=line["skipped"] or 0,
            off_topic=line["off_topic"] or 0,
            not_articles=line["not_articles"] or 0,
            failed=line["failed"] or 0,
            waiting=line["waiting"] or 0,
            why=tuple(reasons.get(line["id"], ())),
        )
        for line in lines
    ]


@storage_errors
def ask(connection: sqlite3.Connection, sources: Sequence[str], *, only_due: bool, now: datetime) -> int:
    """Hand a crawl over to the daemon; the request's row."""
    row = connection.execute(
        "INSERT INTO requests (asked_at, sources, only_due) VALUES (?, ?, ?) RETURNING id",
        [to_iso(now), json.dumps(list(sources)), int(only_due)],
    ).fetchone()
    return int(row["id"])


@storage_errors
def request(connection: sqlite3.Connection, request_id: int) -> CrawlRequest | None:
    """A crawl that was handed over, as it stands; None if there is none."""
    row = connection.execute("SELECT * FROM requests WHERE id = ?", [request_id]).fetchone()
    return _request(row) if row else None


@storage_errors
def request_of(connection: sqlite3.Connection, run_id: int) -> CrawlRequest | None:
    """The request that a run answers; None if nobody asked for it."""
    row = connection.execute("SELECT * FROM requests WHERE run_id = ?", [run_id]).fetchone()
    return _request(row) if row else None


@storage_errors
def open_requests(connection: sqlite3.Connection) -> list[CrawlRequest]:
    """Requests that nobody has started, oldest first."""
    rows = connection.execute("SELECT * FROM requests WHERE run_id IS NULL AND error IS NULL ORDER BY id")
    return [_request(row) for row in rows]


@storage_errors
def answer(
    connection: sqlite3.Connection, request_id: int, *, run_id: int | None, error: str | None = None
) -> None:
    """Say which run answers a request, or why none does."""
    connection.execute("UPDATE requests SET run_id = ?, error = ? WHERE id = ?", [run_id, error, request_id])


@storage_errors
def cancel_requests(connection: sqlite3.Connection, asked_before: datetime, error: str) -> int:
    """Refuse the requests that nobody has started and that were made before *asked_before*; how many."""
    return connection.execute(
        "UPDATE requests SET error = ? WHERE run_id IS NULL AND error IS NULL AND asked_at < ?",
        [error, to_iso(asked_before)],
    ).rowcount


def remove(connection: sqlite3.Connection, ids: str) -> None:
    """Take out the runs of *ids*, a JSON list, that are folded, with their requests; in the caller's transaction."""
    for table, column in (("requests", "run_id"), ("runs", "id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", [ids])


def _reasons(connection: sqlite3.Connection, run_id: int) -> dict[int, list[str]]:
    """Why polls and links of a run failed, with counts, commonest first; by source."""
    rows = connection.execute(
        """
        SELECT source_id, reason, count(*) AS number FROM (
            SELECT feeds.source_id, polls.outcome AS reason FROM polls JOIN feeds ON feeds.id = polls.feed_id
            WHERE polls.run_id = :run AND outcome NOT IN ('ok', 'not_modified', 'same_body')
            UNION ALL
            SELECT id, substr(search_error, 1, instr(search_error || ':', ':') - 1) FROM sources
            WHERE search_run_id = :run AND search_error IS NOT NULL
            UNION ALL
            SELECT source_id, reason FROM links
            WHERE run_id = :run AND state IN ('not_article', 'failed', 'gone', 'blocked')
        )
        GROUP BY source_id, reason ORDER BY source_id, number DESC, reason
        """,
        {"run": run_id},
    )
    by_source: dict[int, list[str]] = {}
    for row in rows:
        by_source.setdefault(row["source_id"], []).append(f"{row['reason']} {row['number']}")
    return by_source


def _run(row: sqlite3.Row) -> Run:
    return Run(
        id=row["id"],
        trigger=row["trigger"],
        state=row["state"],
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=from_iso(row["finished_at"]),
        error=row["error"],
        token=row["token"],
    )


def _request(row: sqlite3.Row) -> CrawlRequest:
    return CrawlRequest(
        id=row["id"],
        sources=tuple(json.loads(row["sources"])),
        only_due=bool(row["only_due"]),
        run_id=row["run_id"],
        error=row["error"],
    )
