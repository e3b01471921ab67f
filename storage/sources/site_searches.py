"""Searches of sites for feeds: whose are due, and what came of them."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.sources import FailedSearch, Feed, Source
from storage.sources.sources import (
    IS_NAMED,
    DeclaredFeed,
    feeds_of,
    find_id,
    note_failed_search,
    note_search,
    source_from_row,
    upsert_feed,
)


@storage_errors
def due(
    connection: sqlite3.Connection,
    now: datetime,
    names: Sequence[str] = (),
    *,
    run_id: int | None = None,
) -> list[Source]:
    """Enabled sources with a home page but no feed whose site is to be searched, by name.

    A source of *names* is searched whenever it is asked for; without names those whose time has come, and for a run
    (*run_id*) that the daemon did not begin by itself also those whose last search ended with a crash.
    """
    rows = connection.execute(
        f"""
        SELECT sources.* FROM sources
        WHERE sources.enabled = 1 AND sources.home IS NOT NULL
          AND (:names <> '[]' OR sources.next_search_at IS NULL OR sources.next_search_at <= :now
               OR (sources.search_error GLOB 'crashed*'
                   AND EXISTS (SELECT 1 FROM runs WHERE runs.id = :run_id AND runs.trigger <> 'schedule')))
          AND NOT EXISTS (SELECT 1 FROM feeds WHERE feeds.source_id = sources.id AND feeds.enabled = 1)
          AND {IS_NAMED}
        ORDER BY sources.name
        """,
        {"now": to_iso(now), "names": json.dumps(list(names)), "run_id": run_id},
    )
    return [source_from_row(row) for row in rows]


@storage_errors
def add_found(
    connection: sqlite3.Connection,
    source: str,
    feeds: Sequence[DeclaredFeed],
    now: datetime,
    *,
    run_id: int | None = None,
) -> list[Feed]:
    """Remember the feeds that *source*'s site has; all of the source's enabled feeds come back, by id.

    An address that is polled already, for this source or another, stays as it is; so none may come back.
    """
    with transaction(connection):
        source_id = find_id(connection, source)
        note_search(connection, source_id, now, run_id)
        for feed in feeds:
            upsert_feed(connection, source_id, feed, origin="discovered")
    return feeds_of(connection, [source])


@storage_errors
def failures(connection: sqlite3.Connection, source: str) -> int:
    """How many searches of *source*'s site in a row found nothing to poll; 0 for a source that is not known."""
    row = connection.execute("SELECT search_failures FROM sources WHERE name = ?", [source]).fetchone()
    return int(row["search_failures"]) if row else 0


@storage_errors
def record_failure(connection: sqlite3.Connection, failed: FailedSearch, *, run_id: int) -> None:
    """Write down a search that found nothing to poll."""
    note_failed_search(connection, failed, run_id)


@storage_errors
def unsearched(connection: sqlite3.Connection, run_id: int, names: Sequence[str]) -> list[str]:
    """Those of the sources *names* that this run has not searched and that have no feed still, by name."""
    rows = connection.execute(
        """
        SELECT name FROM sources
        WHERE name IN (SELECT value FROM json_each(?)) AND search_run_id IS NOT ?
          AND NOT EXISTS (SELECT 1 FROM feeds WHERE feeds.source_id = sources.id AND feeds.enabled = 1)
        ORDER BY name
        """,
        [json.dumps(list(names)), run_id],
    )
    return [row["name"] for row in rows]
