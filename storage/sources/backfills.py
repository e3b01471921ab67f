"""Backfills: the lists of a source's older pages, and the pages that they name, read newest first."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.errors import StorageError
from storage.records.backfills import ArchivePage, ArchiveReading, DueBackfill, FurtherPage, PastLink
from storage.records.sources import QueuedLink
from storage.records.work import BackfillRules
from storage.sources import links, runs

_IS_DUE = f"(next_try_at IS NULL OR next_try_at <= :now) AND run_id IS NOT :run AND {runs.is_free('run_id')}"
_PAGE_COLUMNS = """
    archive_pages.*, sources.name AS source, sources.timezone, sources.link_pattern, sources.text,
    backfills.since
"""


@storage_errors
def begin(
    connection: sqlite3.Connection,
    source: str,
    since: date,
    first: Sequence[FurtherPage],
    now: datetime,
    rules: BackfillRules,
) -> None:
    """Have the past of a source read as far back as *since*, beginning with these lists.

    One that was broken off goes on; one that was finished, or is to reach farther back, reads its lists anew. What is
    older than *since* and was not read yet is let go.
    """
    with transaction(connection):
        row = connection.execute("SELECT id FROM sources WHERE name = ?", [source]).fetchone()
        if row is None:
            raise StorageError(f"there is no source {source!r} in the database")
        source_id = int(row["id"])
        known = connection.execute("SELECT * FROM backfills WHERE source_id = ?", [source_id]).fetchone()
        day = since.isoformat()
        if known is not None and (known["state"] == "finished" or day < known["since"]):
            connection.execute(
                """
                UPDATE archive_pages SET state = 'waiting', attempts = 0, next_try_at = NULL, run_id = NULL
                WHERE source_id = ?
                """,
                [source_id],
            )
        links.drop_past(connection, source_id, day)
        connection.execute(
            """
            INSERT INTO backfills (source_id, since, state, begun_at) VALUES (?, ?, 'running', ?)
            ON CONFLICT (source_id) DO UPDATE
            SET since = excluded.since, state = 'running', begun_at = excluded.begun_at, ended_at = NULL, next_at = NULL
            """,
            [source_id, day, to_iso(now)],
        )
        _add_pages(connection, source_id, None, first, rules.lists)


@storage_errors
def stop(connection: sqlite3.Connection, source: str, now: datetime) -> bool:
    """Have a backfill rest until it is asked for again; whether it was going on."""
    return (
        connection.execute(
            """
            UPDATE backfills SET state = 'stopped', ended_at = ?
            WHERE state = 'running' AND source_id = (SELECT id FROM sources WHERE name = ?)
            """,
            [to_iso(now), source],
        ).rowcount
        > 0
    )


@storage_errors
def due(connection: sqlite3.Connection, now: datetime) -> list[DueBackfill]:
    """The backfills that go on and may ask for more now, by the source's name."""
    rows = connection.execute(
        """
        SELECT source_id, sources.name, since,
            (SELECT url FROM archive_pages WHERE source_id = backfills.source_id ORDER BY id LIMIT 1) AS url
        FROM backfills JOIN sources ON sources.id = source_id
        WHERE state = 'running' AND sources.enabled = 1 AND (next_at IS NULL OR next_at <= ?)
        ORDER BY sources.name
        """,
        [to_iso(now)],
    )
    return [
        DueBackfill(row["source_id"], row["name"], date.fromisoformat(row["since"]), row["url"] or "")
        for row in rows
    ]


@storage_errors
def claim(
    connection: sqlite3.Connection,
    backfill: DueBackfill,
    rules: BackfillRules,
    *,
    run_id: int,
    now: datetime,
    running_since: datetime,
    each: int,
) -> tuple[list[ArchivePage], list[QueuedLink]]:
    """What this run asks for next: a list, or else the newest pages, at most *each*.

    A list comes before the pages that are older than what it may name. With nothing at hand the backfill waits, or is
    finished. A run that began before *running_since* and never ended counts as dead.
    """
    values = {
        "source": backfill.source_id, "run": run_id, "now": to_iso(now), "running_since": to_iso(running_since),
    }  # fmt: skip
    with transaction(connection):
        if _failures(connection, values) >= rules.failures:
            wait(connection, backfill.source_id, now + rules.pause)
            return [], []
        page = _next_page(connection, values, rules.tries)
        rows = connection.execute(
            f"""
            SELECT id, stated_at FROM links
            WHERE source_id = :source AND state = 'past' AND {_IS_DUE}
              AND (:newest IS NULL OR substr(stated_at, 1, 10) > :newest)
            ORDER BY stated_at DESC, id LIMIT :each
            """,
            {**values, "newest": page["newest"] if page else None, "each": each},
        ).fetchall()
        if page is not None and (page["newest"] is None or not rows):
            connection.execute(
                "UPDATE archive_pages SET run_id = ?, attempts = attempts + 1 WHERE id = ?",
                [run_id, page["id"]],
            )
            return [_page(page)], []
        ids = [row["id"] for row in rows]
        if not ids:
            _rest(connection, backfill.source_id, now, rules.in_hand)
        return [], links.take_past(connection, ids, run_id)


@storage_errors
def wait(connection: sqlite3.Connection, source_id: int, until: datetime) -> None:
    """Have a backfill ask for nothing before a time."""
    connection.execute("UPDATE backfills SET next_at = ? WHERE source_id = ?", [to_iso(until), source_id])


@storage_errors
def add_links(
    connection: sqlite3.Connection, page: ArchivePage, listed: Sequence[PastLink], now: datetime
) -> int:
    """Remember pages that a list names; how many of them were never seen before."""
    with transaction(connection):
        return links.add_past(connection, page, listed, now)


@storage_errors
def take_listed(
    connection: sqlite3.Connection, page: ArchivePage, url_keys: Sequence[str], *, run_id: int
) -> list[QueuedLink]:
    """Have a run read those pages that a list has just named and that wait, in the order of the list."""
    with transaction(connection):
        rows = connection.execute(
            """
            SELECT links.id FROM json_each(?) AS wanted JOIN links ON links.url_key = wanted.value
            WHERE links.archive_page_id = ? AND links.state = 'past' AND links.run_id IS NULL
            ORDER BY wanted.key
            """,
            [json.dumps(list(url_keys)), page.id],
        ).fetchall()
        return links.take_past(connection, [row["id"] for row in rows], run_id)


@storage_errors
def record_read(
    connection: sqlite3.Connection,
    page: ArchivePage,
    reading: ArchiveReading,
    new_links: int,
    now: datetime,
    rules: BackfillRules,
) -> None:
    """Write down that a list was read, and the lists that it names.

    One that has the same pages as another of the source before leads no further: it stands for the end of a paged list.
    """
    with transaction(connection):
        is_again = (
            reading.fingerprint is not None
            and connection.execute(
                "SELECT 1 FROM archive_pages WHERE source_id = ? AND fingerprint = ? AND id < ?",
                [page.source_id, reading.fingerprint, page.id],
            ).fetchone()
        )
        is_too_deep = not is_again and _sitemap_levels(connection, page, rules.levels) >= rules.levels
        further = [one for one in reading.further if not (is_too_deep and one.kind == "sitemap")]
        left_out = len(reading.further) - len(further)
        detail = "the same pages as a list before" if is_again else reading.detail
        if left_out:
            deep = f"{left_out} sitemaps below {rules.levels} levels left out"
            detail = f"{detail}; {deep}" if detail else deep
        connection.execute(
            """
            UPDATE archive_pages
            SET state = 'read', read_at = ?, detail = ?, entries = ?, new_links = ?, fingerprint = ?
            WHERE id = ?
            """,
            [to_iso(now), detail, reading.entries, new_links, reading.fingerprint, page.id],
        )
        if not is_again:
            _add_pages(connection, page.source_id, page.id, further, rules.lists)


@storage_errors
def record_failure(
    connection: sqlite3.Connection,
    page: ArchivePage,
    reason: str,
    *,
    now: datetime,
    next_try_at: datetime | None = None,
    was_guessed: bool = False,
) -> None:
    """Write down that a list could not be read; without a next try it is given up.

    That a list which nothing had named is not there, is no failure.
    """
    given_up = "skipped" if was_guessed else "failed"
    connection.execute(
        "UPDATE archive_pages SET state = ?, read_at = ?, detail = ?, next_try_at = ? WHERE id = ?",
        ["waiting" if next_try_at else given_up, to_iso(now), reason, to_iso(next_try_at), page.id],
    )


def _sitemap_levels(connection: sqlite3.Connection, page: ArchivePage, most: int) -> int:
    """How many sitemaps lead to *page*, one naming the next, itself included; no more than *most* are counted."""
    return int(
        connection.execute(
            """
            WITH RECURSIVE above(id, parent_id, level) AS (
                SELECT id, parent_id, 1 FROM archive_pages WHERE id = ? AND kind = 'sitemap'
                UNION ALL
                SELECT page.id, page.parent_id, level + 1
                FROM above JOIN archive_pages AS page ON page.id = above.parent_id
                WHERE page.kind = 'sitemap' AND level < ?
            )
            SELECT count(*) FROM above
            """,
            [page.id, most],
        ).fetchone()[0]
    )


def _add_pages(
    connection: sqlite3.Connection,
    source_id: int,
    parent_id: int | None,
    lists: Sequence[FurtherPage],
    most: int,
) -> None:
    row = connection.execute(
        "SELECT count(*) AS number FROM archive_pages WHERE source_id = ?", [source_id]
    ).fetchone()
    connection.executemany(
        """
        INSERT INTO archive_pages (source_id, url, kind, state, newest, waits, parent_id, url_key)
        VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?)
        ON CONFLICT (source_id, url_key) DO NOTHING
        """,
        [
            (
                source_id,
                further.url,
                further.kind,
                further.newest,
                int(further.waits),
                parent_id,
                further.url_key,
            )
            for further in lists[: max(0, most - row["number"])]
        ],
    )


def _next_page(
    connection: sqlite3.Connection, values: Mapping[str, object], tries: int
) -> sqlite3.Row | None:
    """The list that may name the newest pages; those found to be too old, or of no use, by now are passed over."""
    while True:
        row: sqlite3.Row | None = connection.execute(
            f"""
            SELECT {_PAGE_COLUMNS}
            FROM (
                SELECT id FROM archive_pages AS page
                WHERE source_id = :source AND state = 'waiting' AND {_IS_DUE}
                  AND (waits = 0 OR NOT EXISTS (
                      SELECT 1 FROM links WHERE archive_page_id = page.parent_id AND state = 'past'
                  ))
                ORDER BY newest IS NOT NULL, newest DESC, id LIMIT 1
            ) AS next
            JOIN archive_pages ON archive_pages.id = next.id
            JOIN backfills ON backfills.source_id = archive_pages.source_id
            JOIN sources ON sources.id = archive_pages.source_id
            """,
            values,
        ).fetchone()
        if row is None:
            return None
        if row["attempts"] >= tries:
            state, detail = "failed", f"asked for {tries} times in vain"
        elif row["waits"] and _is_too_old(connection, row):
            state, detail = "skipped", "what it lists is too old"
        else:
            return row
        connection.execute(
            "UPDATE archive_pages SET state = ?, detail = ? WHERE id = ?", [state, detail, row["id"]]
        )


def _is_too_old(connection: sqlite3.Connection, row: sqlite3.Row) -> bool:
    newest = connection.execute(
        "SELECT max(stated_at) AS day FROM links WHERE archive_page_id = ?", [row["parent_id"]]
    ).fetchone()["day"]
    return newest is not None and newest < row["since"]


def _failures(connection: sqlite3.Connection, values: Mapping[str, object]) -> int:
    """Pages and lists of the source that this run asked for and that are to be tried again."""
    row = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM links
             WHERE run_id = :run AND +source_id = :source AND +state = 'past' AND next_try_at > :now)
            + (SELECT count(*) FROM archive_pages
               WHERE run_id = :run AND source_id = :source AND state = 'waiting' AND next_try_at > :now) AS number
        """,
        values,
    ).fetchone()
    return int(row["number"])


def _rest(connection: sqlite3.Connection, source_id: int, now: datetime, in_hand: timedelta) -> None:
    """Nothing is at hand: wait for what is tried again later or is in other hands; without such, all is done."""
    row = connection.execute(
        """
        SELECT count(*) AS number, min(next_try_at) AS next_at FROM (
            SELECT next_try_at FROM links WHERE source_id = :source AND state = 'past'
            UNION ALL SELECT next_try_at FROM archive_pages WHERE source_id = :source AND state = 'waiting'
        )
        """,
        {"source": source_id},
    ).fetchone()
    if row["number"]:
        wait(connection, source_id, max(from_iso(row["next_at"]) or now, now + in_hand))
        return
    connection.execute(
        "UPDATE backfills SET state = 'finished', ended_at = ?, next_at = NULL WHERE source_id = ?",
        [to_iso(now), source_id],
    )


def _page(row: sqlite3.Row) -> ArchivePage:
    return ArchivePage(
        id=row["id"],
        source_id=row["source_id"],
        source=row["source"],
        url=row["url"],
        kind=row["kind"],
        since=date.fromisoformat(row["since"]),
        is_first=row["parent_id"] is None,
        attempts=row["attempts"],
        timezone=row["timezone"],
        link_pattern=row["link_pattern"],
        text=row["text"],
    )
