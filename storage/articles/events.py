"""Dated facts about articles: deleted, returned, moved, replaced, alternating; each with its evidence."""

import json
import sqlite3
from datetime import datetime

from storage.db import storage_errors, to_iso
from storage.records.looks import Event


def add(connection: sqlite3.Connection, article_id: int, at: datetime, event: Event) -> None:
    """Write down *event*, inside the caller's transaction."""
    connection.execute(
        "INSERT INTO article_events (article_id, happened_at, event, detail) VALUES (?, ?, ?, ?)",
        [article_id, to_iso(at), event.name, event.detail],
    )


def count_alternation(connection: sqlite3.Connection, article_id: int, at: datetime, text_hash: str) -> None:
    """Count a text that came and was not recorded, because the page alternates; one event a day holds the count."""
    day = at.date().isoformat()
    row = connection.execute(
        """
        SELECT id, detail FROM article_events
        WHERE article_id = ? AND event = 'alternating' AND happened_at >= ? AND happened_at < ? || 'U'
        ORDER BY id DESC LIMIT 1
        """,
        [article_id, day, day],
    ).fetchone()
    before = json.loads(row["detail"]) if row else {"times": 0}
    detail = json.dumps(
        {"times": before["times"] + 1, "last_at": to_iso(at), "last_text_hash": text_hash}, sort_keys=True
    )
    if row:
        connection.execute("UPDATE article_events SET detail = ? WHERE id = ?", [detail, row["id"]])
    else:
        add(connection, article_id, at, Event("alternating", detail))


@storage_errors
def events_of(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """What happened to an article, oldest first."""
    return connection.execute(
        "SELECT * FROM article_events WHERE article_id = ? ORDER BY id", [article_id]
    ).fetchall()
