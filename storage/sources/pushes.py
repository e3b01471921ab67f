"""What hubs have sent and no crawl has read yet; a feed with such a push is due."""

import sqlite3
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.subscriptions import Push

# Of a feed so many wait at most; with one more, all are dropped and the feed itself is asked.
_WAITING = 8


@storage_errors
def add(
    connection: sqlite3.Connection, feed_id: int, *, body: bytes, content_type: str, now: datetime
) -> None:
    """Keep a push until it is read; an empty one says only that there is news."""
    with transaction(connection):
        waiting = connection.execute(
            "SELECT count(*) AS number, coalesce(max(body IS NULL), 0) AS has_ping FROM pushes WHERE feed_id = ?",
            [feed_id],
        ).fetchone()
        if waiting["has_ping"]:
            return  # the feed itself will be asked, and has what this push has
        if not body or waiting["number"] >= _WAITING:
            connection.execute("DELETE FROM pushes WHERE feed_id = ?", [feed_id])
        keeps = bool(body) and waiting["number"] < _WAITING
        connection.execute(
            "INSERT INTO pushes (feed_id, received_at, content_type, body) VALUES (?, ?, ?, ?)",
            [feed_id, to_iso(now), content_type, body if keeps else None],
        )


@storage_errors
def of_feed(connection: sqlite3.Connection, feed_id: int) -> list[Push]:
    """What waits to be read of a feed, in the order in which it came."""
    rows = connection.execute("SELECT * FROM pushes WHERE feed_id = ? ORDER BY id", [feed_id])
    return [
        Push(
            row["id"],
            row["feed_id"],
            datetime.fromisoformat(row["received_at"]),
            row["content_type"],
            row["body"],
        )
        for row in rows
    ]


@storage_errors
def feeds(connection: sqlite3.Connection) -> frozenset[int]:
    """The feeds of which something waits."""
    return frozenset(row["feed_id"] for row in connection.execute("SELECT DISTINCT feed_id FROM pushes"))


@storage_errors
def drop(connection: sqlite3.Connection, push: Push) -> None:
    """Forget a push that was read, or cannot be."""
    connection.execute("DELETE FROM pushes WHERE id = ?", [push.id])
