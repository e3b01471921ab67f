"""The robots.txt of hosts, kept from run to run for as long as they may be."""

import sqlite3
from datetime import datetime

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.sources import RobotsFile


@storage_errors
def keep(connection: sqlite3.Connection, file: RobotsFile) -> None:
    """Keep *file* in place of what was kept of its server before; what may be kept no longer goes."""
    with transaction(connection):
        connection.execute("DELETE FROM robots_files WHERE keep_until < ?", [to_iso(file.fetched_at)])
        connection.execute(
            """
            INSERT INTO robots_files (place, fetched_at, keep_until, status, body) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (place) DO UPDATE
            SET fetched_at = excluded.fetched_at, keep_until = excluded.keep_until, status = excluded.status,
                body = excluded.body
            """,
            [file.place, to_iso(file.fetched_at), to_iso(file.keep_until), file.status, file.body],
        )


@storage_errors
def kept(connection: sqlite3.Connection, place: str, now: datetime) -> RobotsFile | None:
    """The robots.txt of *place* that may still be used; None if none may.

    One of the future is none: the clock was set back.
    """
    row = connection.execute(
        "SELECT * FROM robots_files WHERE place = :place AND fetched_at <= :now AND keep_until > :now",
        {"place": place, "now": to_iso(now)},
    ).fetchone()
    if row is None:
        return None
    fetched_at, keep_until = from_iso(row["fetched_at"]), from_iso(row["keep_until"])
    assert fetched_at is not None  # the columns say so
    assert keep_until is not None
    return RobotsFile(row["place"], fetched_at, keep_until, row["status"], row["body"])
