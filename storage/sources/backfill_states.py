"""How far backfills are."""

import sqlite3
from datetime import date, datetime

from storage.db import from_iso, storage_errors
from storage.records.backfills import BackfillState


@storage_errors
def waiting_pages(connection: sqlite3.Connection) -> int:
    """How many pages wait for the backfills that go on."""
    row = connection.execute(
        """
        SELECT count(*) AS number FROM backfills
        JOIN links ON links.source_id = backfills.source_id AND links.state = 'past'
        WHERE backfills.state = 'running'
        """
    ).fetchone()
    return int(row["number"])


@storage_errors
def states(connection: sqlite3.Connection) -> list[BackfillState]:
    """How far each backfill is, by the source's name."""
    rows = connection.execute(
        """
        SELECT backfills.*, sources.name,
            (SELECT count(*) FROM archive_pages AS page
             WHERE page.source_id = backfills.source_id AND page.state = 'read') AS lists_read,
            (SELECT count(*) FROM archive_pages AS page
             WHERE page.source_id = backfills.source_id AND page.state = 'waiting') AS lists_waiting,
            (SELECT count(*) FROM archive_pages AS page
             WHERE page.source_id = backfills.source_id AND page.state = 'failed') AS lists_failed,
            (SELECT count(*) FROM links
             WHERE archive_page_id IN (SELECT id FROM archive_pages WHERE source_id = backfills.source_id)
               AND state <> 'past') AS pages_read,
            (SELECT count(*) FROM links
             WHERE archive_page_id IN (SELECT id FROM archive_pages WHERE source_id = backfills.source_id)
               AND article_id IS NOT NULL) AS articles,
            (SELECT count(*) FROM links
             WHERE source_id = backfills.source_id AND state = 'past') AS pages_waiting,
            (SELECT max(stated_at) FROM links
             WHERE source_id = backfills.source_id AND state = 'past') AS reached,
            (SELECT url FROM archive_pages WHERE source_id = backfills.source_id ORDER BY id LIMIT 1) AS url
        FROM backfills JOIN sources ON sources.id = source_id
        ORDER BY sources.name
        """
    )
    return [
        BackfillState(
            source=row["name"],
            since=date.fromisoformat(row["since"]),
            state=row["state"],
            begun_at=datetime.fromisoformat(row["begun_at"]),
            ended_at=from_iso(row["ended_at"]),
            next_at=from_iso(row["next_at"]),
            lists_read=row["lists_read"],
            lists_waiting=row["lists_waiting"],
            lists_failed=row["lists_failed"],
            pages_read=row["pages_read"],
            pages_waiting=row["pages_waiting"],
            articles=row["articles"],
            reached=row["reached"][:10] if row["reached"] else None,
            url=row["url"] or "",
        )
        for row in rows
    ]
