"""What the pages of a source turned out to be, lately, by the shape of their addresses."""

import sqlite3
from datetime import datetime

from storage.db import storage_errors, to_iso
from storage.records.sources import PageOutcome

# The latest so many pages of a source.
_PAGES = 400


@storage_errors
def outcomes(connection: sqlite3.Connection, source: str, since: datetime) -> tuple[PageOutcome, ...]:
    """The latest pages of *source* that were articles, lists or walls, newest first; at most 400 read after *since*."""
    rows = connection.execute(
        """
        SELECT url, state, reason FROM links
        WHERE source_id = (SELECT id FROM sources WHERE name = ?) AND fetched_at > ?
          AND (state IN ('fetched', 'off_topic') OR state = 'not_article'
               AND reason IN ('list_page', 'no_text', 'needs_browser', 'login', 'wall', 'challenge'))
        ORDER BY id DESC LIMIT ?
        """,
        [source, to_iso(since), _PAGES],
    )
    return tuple(PageOutcome(row["url"], row["state"] != "not_article", row["reason"] or "") for row in rows)
