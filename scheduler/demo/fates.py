"""What a crawl noticed of the edits and removals of the demo press, against the truth in expected.json."""

import sqlite3
from dataclasses import dataclass

from crawler.urls import url_key
from scheduler.demo.press import Press
from scheduler.demo.press_truth import load_expected

# What must be written down of an article of each fate, in the order in which the demo lets it happen.
_SIGNS = {
    "edited": "SELECT 1 FROM revisions WHERE article_id = :id AND number = 2 AND silent = 0",
    "edited_silently": "SELECT 1 FROM revisions WHERE article_id = :id AND number = 2 AND silent = 1",
    "deleted": "SELECT 1 FROM articles WHERE id = :id AND state = 'deleted'",
    "returned": """
        SELECT 1 FROM articles WHERE id = :id AND state = 'live'
        AND 2 = (SELECT count(DISTINCT event) FROM article_events
                 WHERE article_id = :id AND event IN ('deleted', 'returned'))
    """,
}


@dataclass(frozen=True, slots=True)
class Fate:
    """One article that did not stay as it was printed."""

    key: str  # of the page
    fate: str  # edited, edited_silently, deleted or returned
    article_id: int | None  # None: it is not stored
    is_known: bool  # whether the database says so


def measure_fates(connection: sqlite3.Connection, press: Press) -> tuple[Fate, ...]:
    """What is stored of each article that was edited or removed, in the order in which it happened."""
    found = [
        _fate(connection, page.key, page.fate, url_key(press.url(page.key)))
        for page in load_expected().values()
        if page.fate is not None
    ]
    return tuple(sorted(found, key=lambda one: list(_SIGNS).index(one.fate)))


def _fate(connection: sqlite3.Connection, key: str, fate: str, address: str) -> Fate:
    row = connection.execute("SELECT id FROM articles WHERE url_key = ?", [address]).fetchone()
    if row is None:
        return Fate(key, fate, None, is_known=False)
    sign = connection.execute(_SIGNS[fate], {"id": row["id"]}).fetchone()
    return Fate(key, fate, row["id"], is_known=sign is not None)
