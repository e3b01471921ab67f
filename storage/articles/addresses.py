"""Further addresses of articles: one article of one outlet may stand at several, which its feeds and sections name."""

import sqlite3

from storage.articles import relations
from storage.db import storage_errors, to_iso
from storage.records.decisions import Reading
from storage.records.looks import Address
from storage.records.stories import Member

# Rows of one text, or of one original address, that are held against a reading.
_ROWS = 20


@storage_errors
def candidates(
    connection: sqlite3.Connection, reading: Reading, canonical_key: str | None
) -> tuple[Member, ...]:
    """Articles of the reading's source that may be the one that it read, by row, with their texts; at most 20.

    They have its text, or one names the other, or both the same page, as the original: *canonical_key* is what the
    reading's page names.
    """
    named = [key for key in (canonical_key, reading.url_key) if key]
    marks = ", ".join("?" * len(named))
    rows = connection.execute(
        f"""
        {relations.WITH_TEXTS}
        WHERE sources.name = ? AND articles.state <> 'replaced' AND articles.url IS NOT NULL
          AND articles.origin <> 'seed' AND articles.id IN (
            SELECT id FROM articles WHERE text_hash = ?
            UNION SELECT id FROM articles WHERE canonical_key IN ({marks})
            UNION SELECT id FROM articles WHERE url_key = ?
        )
        ORDER BY articles.id LIMIT ?
        """,
        [reading.source, reading.text_hash, *named, canonical_key, _ROWS],
    )
    return tuple(map(relations.member, rows))


@storage_errors
def others(connection: sqlite3.Connection, article_id: int) -> tuple[Address, ...]:
    """The further addresses of an article, in the order in which they were found."""
    rows = connection.execute(
        "SELECT url, url_key FROM article_addresses WHERE article_id = ? ORDER BY id", [article_id]
    )
    return tuple(Address(row["url"], row["url_key"]) for row in rows)


def note(connection: sqlite3.Connection, article_id: int, reading: Reading) -> None:
    """Remember the address at which an article was read, inside the caller's transaction; its own is none of these."""
    link = reading.link
    connection.execute(
        """
        INSERT INTO article_addresses (article_id, url, first_seen_at, feed_id, url_key)
        SELECT id, ?, ?, ?, ? FROM articles WHERE id = ? AND url_key IS NOT ?
        ON CONFLICT (url_key) DO NOTHING
        """,
        [
            link.url if link else reading.article.url, to_iso(reading.read_at), link.feed_id if link else None,
            reading.url_key, article_id, reading.url_key,
        ],
    )  # fmt: skip


def give_up(connection: sqlite3.Connection, article_id: int, url_key: str | None) -> bool:
    """Take a further address from an article, as another story stands there; whether it was one."""
    return (
        connection.execute(
            "DELETE FROM article_addresses WHERE article_id = ? AND url_key = ?", [article_id, url_key]
        ).rowcount
        > 0
    )


def swap(connection: sqlite3.Connection, article_id: int, url_key: str) -> None:
    """Let the article's own address be a further one, before it gets that with *url_key*."""
    connection.execute("DELETE FROM article_addresses WHERE url_key = ?", [url_key])
    connection.execute(
        """
        INSERT INTO article_addresses (article_id, url, first_seen_at, url_key)
        SELECT id, url, first_seen_at, url_key FROM articles
        WHERE id = ? AND url IS NOT NULL AND url_key IS NOT NULL
        ON CONFLICT (url_key) DO NOTHING
        """,
        [article_id],
    )
