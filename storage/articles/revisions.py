"""What became of articles: the texts that they have had, and dated facts (deleted, moved ...) with their evidence."""

import json
import sqlite3
from datetime import datetime, timedelta

from storage.articles import addresses, rows, watches
from storage.db import from_iso, to_iso
from storage.records.decisions import RE_EXTRACTED, Intent, Reading, Revision, Standing
from storage.records.looks import Event
from storage.search import changes


def standing(connection: sqlite3.Connection, article_id: int, reading: Reading) -> Standing:
    """How an article has fared, as far as the decision on *reading* needs it."""
    row = connection.execute("SELECT modified_at FROM articles WHERE id = ?", [article_id]).fetchone()
    counts = connection.execute(
        """
        SELECT count(*) AS revised, coalesce(sum(EXISTS (
                SELECT 1 FROM revisions AS older
                WHERE older.article_id = revisions.article_id AND older.number < revisions.number
                  AND older.text_hash = revisions.text_hash
            )), 0) AS returned
        FROM revisions
        WHERE article_id = ? AND number > 1 AND kind IS NOT 're-extracted' AND seen_at > ?
        """,
        [article_id, to_iso(reading.read_at - timedelta(days=1))],
    ).fetchone()
    had = connection.execute(
        "SELECT 1 FROM revisions WHERE article_id = ? AND text_hash = ? LIMIT 1",
        [article_id, reading.text_hash],
    ).fetchone()
    return Standing(
        modified_at=from_iso(row["modified_at"]),
        revisions_in_day=counts["revised"],
        returns_in_day=counts["returned"],
        had_this_text=had is not None,
    )


def revise(connection: sqlite3.Connection, article_id: int, reading: Reading, revision: Revision) -> None:
    """Replace an article's text by the one that was read and keep both, inside the caller's transaction.

    The first text becomes revision 1 with the first change. One that was re-extracted is no edit: it is not counted.
    """
    article, read_at = reading.article, to_iso(reading.read_at)
    modified_at = to_iso(article.modified.at) if article.modified else None
    connection.execute(
        """
        INSERT INTO revisions (article_id, number, seen_at, title, text, modified_at, language, text_hash)
        SELECT articles.id, 1, articles.first_seen_at, articles.title, article_texts.text, articles.modified_at,
            articles.language, articles.text_hash
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id
        WHERE articles.id = :id AND NOT EXISTS (SELECT 1 FROM revisions WHERE article_id = :id)
        """,
        {"id": article_id},
    )
    row = connection.execute(
        """
        INSERT INTO revisions (
            article_id, number, seen_at, title, kind, silent, text, added, removed, words_added, words_removed,
            modified_at, language, run_id, text_hash
        )
        SELECT article_id, max(number) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM revisions WHERE article_id = ?
        RETURNING id
        """,
        [
            read_at, article.title, revision.kind,
            None if revision.is_silent is None else int(revision.is_silent), article.text, revision.added,
            revision.removed, revision.words_added, revision.words_removed, modified_at, article.language,
            reading.run_id, reading.text_hash, article_id,
        ],
    ).fetchone()  # fmt: skip
    changes.index(connection, row["id"])
    rows.replace_text(connection, article_id, reading, is_edit=revision.kind != RE_EXTRACTED)


def confirm(connection: sqlite3.Connection, article_id: int, intent: Intent) -> None:
    """Note that an article was read again and nothing is to be recorded, inside the caller's transaction."""
    reading = intent.reading
    if intent.alternates:
        _count_alternation(connection, article_id, reading.read_at, reading.text_hash)
        return
    modified = reading.article.modified
    rows.note_fetched(connection, article_id, reading.read_at, modified.at if modified else None)


def give_up_address(connection: sqlite3.Connection, intent: Intent) -> None:
    """Take its address from the article whose place another story took, inside the caller's transaction."""
    article_id, reading = intent.replaces, intent.reading
    if article_id is None or addresses.give_up(connection, article_id, reading.url_key):
        return
    rows.set_state(connection, article_id, "replaced")
    watches.end(connection, article_id, "replaced")
    detail = {"url": reading.article.url, "headline": reading.article.title}
    add_event(
        connection, article_id, reading.read_at, Event("replaced", json.dumps(detail, ensure_ascii=False))
    )


def bring_back(connection: sqlite3.Connection, article_id: int, at: datetime, event: Event) -> None:
    """Write down *event* and call an article live, if it counted as deleted; inside the caller's transaction."""
    if rows.bring_back(connection, article_id):
        add_event(connection, article_id, at, event)


def give_address(connection: sqlite3.Connection, intent: Intent, article_id: int) -> None:
    """Give the address of a crawled copy to the seeds that have none, with the evidence as an event."""
    reading = intent.reading
    detail = f"the same text is article {article_id}: {reading.article.url}"
    for seed_id in intent.gives_address_to:
        rows.give_address(connection, seed_id, reading.article.url)
        add_event(connection, seed_id, reading.read_at, Event("address_found", detail))


def add_event(connection: sqlite3.Connection, article_id: int, at: datetime, event: Event) -> None:
    """Write down *event*, inside the caller's transaction."""
    connection.execute(
        "INSERT INTO article_events (article_id, happened_at, event, detail) VALUES (?, ?, ?, ?)",
        [article_id, to_iso(at), event.name, event.detail],
    )


def _count_alternation(connection: sqlite3.Connection, article_id: int, at: datetime, text_hash: str) -> None:
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
        add_event(connection, article_id, at, Event("alternating", detail))
