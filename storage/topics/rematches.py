"""How far each topic has been applied to all that is held, so that a rematch that was broken off goes on."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.db import from_iso, storage_errors, to_iso, transaction


@dataclass(frozen=True, slots=True)
class Rematch:
    """A topic's latest rematch."""

    topic: str
    basis: str  # hash of what the topic was
    started_at: datetime
    finished_at: datetime | None  # None: under way, or broken off
    articles_until: int = 0  # articles up to this row are done
    links_until: int = 0  # held texts of links up to this row are done
    looked: int = 0
    added: int = 0
    changed: int = 0
    ended: int = 0


@storage_errors
def latest(connection: sqlite3.Connection, topic: str) -> Rematch | None:
    """The latest rematch of *topic*; None if there was none."""
    row = connection.execute(
        """
        SELECT rematches.*, topics.name AS topic
        FROM rematches JOIN topics ON topics.id = rematches.topic_id
        WHERE topics.name = ?
        """,
        [topic],
    ).fetchone()
    if row is None:
        return None
    return Rematch(
        topic=row["topic"],
        basis=row["basis"],
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=from_iso(row["finished_at"]),
        articles_until=row["articles_until"],
        links_until=row["links_until"],
        looked=row["looked"],
        added=row["added"],
        changed=row["changed"],
        ended=row["ended"],
    )


@storage_errors
def save(connection: sqlite3.Connection, rematch: Rematch) -> None:
    """Write down how far a rematch has come, in place of what was said of its topic before."""
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO rematches (
                topic_id, basis, started_at, finished_at, articles_until, links_until, looked, added, changed, ended
            ) VALUES ((SELECT id FROM topics WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (topic_id) DO UPDATE
            SET basis = excluded.basis, started_at = excluded.started_at, finished_at = excluded.finished_at,
                articles_until = excluded.articles_until, links_until = excluded.links_until,
                looked = excluded.looked, added = excluded.added, changed = excluded.changed, ended = excluded.ended
            """,
            [
                rematch.topic, rematch.basis, to_iso(rematch.started_at), to_iso(rematch.finished_at),
                rematch.articles_until, rematch.links_until, rematch.looked, rematch.added, rematch.changed,
                rematch.ended,
            ],
        )  # fmt: skip
