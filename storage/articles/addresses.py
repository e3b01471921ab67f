"""Further addresses of articles: one article of one outlet may stand at several, which its feeds and sections name."""

import sqlite3

from storage.articles import relations, rows
from storage.db import storage_errors, to_iso
from storage.records.decisions import Reading
from storage.records.looks import Address
from storage.records.stories import Member

# Rows of one text, or of one original address, that are held against a reading.
_ROWS = 20
# Feeds that are polled by one run answer in any order, within this time of each other.
_AT_ONE_TIME_S = 3_600


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
def former_stories(connection: sqlite3.Connection, url: str | None) -> tuple[Member, ...]:
    """The stories that stood at an address and gave it up to others, latest first, with their texts; at most 20."""
    rows = connection.execute(
        f"""
        {relations.WITH_TEXTS}
        WHERE articles.url = ? AND articles.state = 'replaced' ORDER BY articles.id DESC LIMIT ?
        """,
        [url, _ROWS],
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
    """Remember the address at which an article was read, inside the caller's transaction; its own is none of these.

    Its own is the one that was found first, in whatever order the pages were read. Of what several feeds brought at
    one time it is the one of the feed that was declared first, in whatever order they answered.
    """
    link = reading.link
    connection.execute(
        """
        INSERT INTO article_addresses (article_id, url, first_seen_at, feed_id, url_key)
        SELECT id, ?, ?, ?, ? FROM articles WHERE id = ? AND url_key IS NOT ?
        ON CONFLICT (url_key) DO NOTHING
        """,
        [
            reading.article.url, to_iso(reading.read_at), link.feed_id if link else None, reading.url_key, article_id,
            reading.url_key,
        ],
    )  # fmt: skip
    if link is not None and _was_found_before(connection, article_id, link.id):
        url, key = reading.article.url or link.url, reading.url_key or link.url_key
        if move(connection, article_id, url, key):
            rows.name_original(connection, article_id, reading.canonical_key)


def _was_found_before(connection: sqlite3.Connection, article_id: int, link_id: int) -> bool:
    """Whether a link was found before that of the article's own address."""
    row = connection.execute(
        """
        SELECT
            CASE WHEN abs(unixepoch(other.first_seen_at) - unixepoch(own.first_seen_at)) <= ?
                THEN (coalesce(other.feed_id, 0), other.id) < (coalesce(own.feed_id, 0), own.id)
                ELSE other.id < own.id
            END AS is_before
        FROM articles JOIN links AS own ON own.url_key = articles.url_key JOIN links AS other ON other.id = ?
        WHERE articles.id = ?
        """,
        [_AT_ONE_TIME_S, link_id, article_id],
    ).fetchone()
    return row is not None and bool(row["is_before"])


def give_up(connection: sqlite3.Connection, article_id: int, url_key: str | None) -> bool:
    """Take a further address from an article, as another story stands there; whether it was one."""
    return (
        connection.execute(
            "DELETE FROM article_addresses WHERE article_id = ? AND url_key = ?", [article_id, url_key]
        ).rowcount
        > 0
    )


def move(connection: sqlite3.Connection, article_id: int, url: str, url_key: str) -> bool:
    """Give an article another address for its own, and keep the old one as a further one; False: it is another's."""
    taken = connection.execute("SELECT 1 FROM articles WHERE url_key = ? AND id <> ?", [url_key, article_id])
    if taken.fetchone() is not None:
        return False
    connection.execute("DELETE FROM article_addresses WHERE url_key = ?", [url_key])
    connection.execute(
        """
        INSERT INTO article_addresses (article_id, url, first_seen_at, feed_id, url_key)
        SELECT id, url, first_seen_at, (SELECT feed_id FROM links WHERE links.url_key = articles.url_key), url_key
        FROM articles
        WHERE id = ? AND url IS NOT NULL AND url_key IS NOT NULL
        ON CONFLICT (url_key) DO NOTHING
        """,
        [article_id],
    )
    rows.move(connection, article_id, url, url_key)
    return True
