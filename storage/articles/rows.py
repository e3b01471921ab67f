"""The rows of `articles` and `article_texts`: each way in which they are written, inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.analyser import VERSION
from storage.db import to_iso
from storage.records.articles import Article
from storage.records.decisions import Reading
from storage.search import index
from storage.sources.sources import find_id


def insert(connection: sqlite3.Connection, reading: Reading) -> int:
    """A new article with its text, indexed; its row."""
    article, read_at = reading.article, to_iso(reading.read_at)
    # Not by RETURNING: such a statement has SQLite write out, for each article anew, what the index has collected.
    row_id = connection.execute(
        """
        INSERT INTO articles (
            title, source_id, published_at, published_precision, language, section, authors, words, url, origin,
            first_seen_at, fetched_at, modified_at, image_url, published_raw, published_rule, published_offset,
            published_zone, canonical_url, outlet_host, run_id, url_key, canonical_key, text_hash, text_from, extractor,
            unread_date
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            article.title, find_id(connection, reading.source), *_date_values(article)[:2], article.language,
            article.section, "; ".join(article.authors) or None, article.words, article.url, reading.origin,
            read_at, read_at, to_iso(article.modified.at) if article.modified else None, article.image_url,
            *_date_values(article)[2:], article.canonical_url, article.outlet_host, reading.run_id,
            reading.url_key, reading.canonical_key, reading.text_hash, article.text_from, article.extractor,
            article.unread_date,
        ],
    ).lastrowid  # fmt: skip
    assert row_id is not None
    connection.execute(
        "INSERT INTO article_texts (article_id, text, analyser) VALUES (?, ?, ?)",
        [row_id, article.text, VERSION],
    )
    index.index(connection, row_id, article.title, article.text, article.language)
    return row_id


def replace_text(
    connection: sqlite3.Connection, article_id: int, reading: Reading, *, is_edit: bool = True
) -> None:
    """Give an article the headline and text that were read; one that *is_edit* of the outlet counts.

    The publication date stays the first one stated: an edited page often shows the day of the edit.
    """
    article = reading.article
    index.unindex(connection, article_id)
    connection.execute(
        """
        UPDATE articles
        SET title = ?, language = ?, words = ?, fetched_at = ?, modified_at = ?, text_hash = ?,
            text_from = ?, extractor = ?, revisions = revisions + ?
        WHERE id = ?
        """,
        [
            article.title, article.language, article.words, to_iso(reading.read_at),
            to_iso(article.modified.at) if article.modified else None, reading.text_hash, article.text_from,
            article.extractor, is_edit, article_id,
        ],
    )  # fmt: skip
    connection.execute(
        "UPDATE article_texts SET text = ?, analyser = ? WHERE article_id = ?",
        [article.text, VERSION, article_id],
    )
    index.index(connection, article_id, article.title, article.text, article.language)


def correct(connection: sqlite3.Connection, article_id: int, article: Article) -> None:
    """Give an article the date, authors and maker of its text that a new reading of its page found."""
    connection.execute(
        """
        UPDATE articles
        SET published_at = ?, published_precision = ?, published_raw = ?, published_rule = ?, published_offset = ?,
            published_zone = ?, unread_date = ?, authors = ?, text_from = ?, extractor = ?
        WHERE id = ?
        """,
        [
            *_date_values(article), article.unread_date, "; ".join(article.authors) or None, article.text_from,
            article.extractor, article_id,
        ],
    )  # fmt: skip


def note_fetched(
    connection: sqlite3.Connection, article_id: int, at: datetime, modified_at: datetime | None = None
) -> None:
    """Note that an article was there, unchanged; and what its page states of a change, if it does."""
    connection.execute(
        "UPDATE articles SET fetched_at = ?, modified_at = coalesce(?, modified_at) WHERE id = ?",
        [to_iso(at), to_iso(modified_at), article_id],
    )


def set_state(connection: sqlite3.Connection, article_id: int, state: str) -> None:
    """Call an article live, deleted, replaced or unknown; who is replaced has no address to be known by any more."""
    connection.execute(
        "UPDATE articles SET state = :state, url_key = CASE WHEN :state = 'replaced' THEN NULL ELSE url_key END "
        "WHERE id = :id",
        {"state": state, "id": article_id},
    )


def bring_back(connection: sqlite3.Connection, article_id: int) -> bool:
    """Call an article live again; whether it counted as deleted."""
    changed = connection.execute(
        "UPDATE articles SET state = 'live' WHERE id = ? AND state = 'deleted'", [article_id]
    )
    return changed.rowcount > 0


def give_address(connection: sqlite3.Connection, article_id: int, url: str | None) -> None:
    """Give a seed without address one, to be opened by; it is not known again by it."""
    connection.execute("UPDATE articles SET url = ? WHERE id = ? AND url IS NULL", [url, article_id])


def move(connection: sqlite3.Connection, article_id: int, url: str, url_key: str) -> None:
    """Give an article another address; if it named that as the original, it names none any more."""
    connection.execute(
        "UPDATE articles SET url = ?, url_key = ?, canonical_key = nullif(canonical_key, ?) WHERE id = ?",
        [url, url_key, url_key, article_id],
    )


def name_original(connection: sqlite3.Connection, article_id: int, canonical_key: str | None) -> None:
    """Note what the page at an article's own address names as the original; None: none, or itself."""
    connection.execute("UPDATE articles SET canonical_key = ? WHERE id = ?", [canonical_key, article_id])


def remove(connection: sqlite3.Connection, article_ids: Sequence[int]) -> None:
    """Remove articles to which nothing refers any more."""
    connection.execute(
        "DELETE FROM articles WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(article_ids)]
    )


def _date_values(article: Article) -> tuple[object, ...]:
    """published_at, precision, raw, rule, offset and zone."""
    date = article.published
    if date is None:
        return (None,) * 6
    return (to_iso(date.at), date.precision, date.raw, date.rule, date.offset_minutes, date.zone)
