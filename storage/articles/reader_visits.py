"""When readers who sign in visited the start page, so that it tells what is new to them."""

import sqlite3
from datetime import datetime, timedelta

from storage.db import storage_errors, to_iso, transaction
from storage.records.visits import ReaderVisit, VisitMark


@storage_errors
def last_visit(connection: sqlite3.Connection, reader: str) -> ReaderVisit:
    """What is new to *reader* by the row as it stands."""
    row = _row(connection, reader)
    return ReaderVisit(_mark(row, "since") if row is not None else None)


@storage_errors
def visit(
    connection: sqlite3.Connection,
    reader: str,
    newest: VisitMark,
    now: datetime,
    *,
    pause: timedelta,
    all_seen: bool = False,
) -> ReaderVisit:
    """What is new to *reader*, who looks *now*; after a *pause* without a look it is counted from the last one.

    With *all_seen* nothing is new any more.
    """
    with transaction(connection):
        row = _row(connection, reader)
        since = newest if all_seen else _since(row, now - pause)
        connection.execute(
            """
            INSERT INTO reader_visits (reader, since_match, since_look, seen_match, seen_look, visited_at)
            VALUES (:reader, :since_match, :since_look, :seen_match, :seen_look, :now)
            ON CONFLICT (reader) DO UPDATE
            SET since_match = excluded.since_match, since_look = excluded.since_look,
                seen_match = excluded.seen_match, seen_look = excluded.seen_look, visited_at = excluded.visited_at
            """,
            {
                "reader": reader,
                "since_match": since.match_id if since else None,
                "since_look": since.looked_at if since else None,
                "seen_match": newest.match_id,
                "seen_look": newest.looked_at,
                "now": to_iso(now),
            },
        )
    return ReaderVisit(since)


def _since(row: sqlite3.Row | None, before: datetime) -> VisitMark | None:
    if row is None:
        return None
    is_new_visit = datetime.fromisoformat(row["visited_at"]) < before
    return _mark(row, "seen" if is_new_visit else "since")


def _mark(row: sqlite3.Row, name: str) -> VisitMark | None:
    match_id = row[f"{name}_match"]
    return None if match_id is None else VisitMark(match_id, row[f"{name}_look"])


def _row(connection: sqlite3.Connection, reader: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM reader_visits WHERE reader = ?", [reader]
    ).fetchone()
    return row
