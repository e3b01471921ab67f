"""What the pages of a source turned out to be, lately, by the shape of their addresses."""

import sqlite3
from datetime import datetime, timedelta

from storage.db import storage_errors, to_iso
from storage.records.sources import PageOutcome

# What is older may have changed with the site, and a shape that was no article's is tried again then.
_WITHIN = timedelta(days=30)
# The latest so many pages of a source.
_PAGES = 400


@storage_errors
def outcomes(connection: sqlite3.Connection, source: str, now: datetime) -> tuple[PageOutcome, ...]:
    """The latest pages of *source* that were articles, lists or walls, newest first; at most 400 of 30 days."""
    rows = connection.execute(
        """
        SELECT url, state, reason FROM links
        WHERE source_id = (SELECT id FROM sources WHERE name = ?) AND fetched_at > ?
          AND (state IN ('fetched', 'off_topic') OR state = 'not_article'
               AND reason IN ('list_page', 'no_text', 'login', 'wall', 'challenge'))
        ORDER BY id DESC LIMIT ?
        """,
        [source, to_iso(now - _WITHIN), _PAGES],
    )
    return tuple(PageOutcome(row["url"], row["state"] != "not_article", row["reason"] or "") for row in rows)
