"""All articles that are held: the stored ones, and the texts of off-topic ones."""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.articles import Article, Precision, StatedDate
from storage.records.as_json import article_from_json, article_to_json
from storage.records.sources import read_tags
from storage.sources import links


@dataclass(frozen=True, slots=True)
class HeldArticle:
    """An article with what rules ask of its source."""

    article: Article
    source: str
    domain: str | None
    country: str | None
    article_id: int | None = None  # None for an off-topic text
    link_id: int | None = None  # of an off-topic text; None for a stored article
    feed_id: int | None = (
        None  # through which an off-topic text was found; None: unknown, or a stored article
    )
    url_key: str | None = None  # of an off-topic text
    read_at: datetime | None = None  # when it was first read
    tags: tuple[str, ...] = ()  # of its source


_STORED = """
    SELECT articles.*, article_texts.text, sources.name AS source, sources.country, sources.tags
    FROM articles
    JOIN article_texts ON article_texts.article_id = articles.id
    JOIN sources ON sources.id = articles.source_id
    WHERE articles.origin <> 'seed'
"""
_OFF_TOPIC = """
    SELECT off_topic_texts.link_id, off_topic_texts.article, links.url_key, links.fetched_at, links.first_seen_at,
        links.feed_id, sources.name AS source, sources.country, sources.tags
    FROM off_topic_texts
    JOIN links ON links.id = off_topic_texts.link_id
    JOIN sources ON sources.id = links.source_id
"""


def held_since(connection: sqlite3.Connection, since: datetime) -> Iterator[HeldArticle]:
    """What was first seen since then: stored articles without seeds, then off-topic texts; newest first in each."""
    stored = connection.execute(
        f"{_STORED} AND articles.first_seen_at >= ? ORDER BY articles.id DESC", [to_iso(since)]
    )
    for row in stored:
        yield _stored(row)
    off_topic = connection.execute(
        f"{_OFF_TOPIC} WHERE links.first_seen_at >= ? ORDER BY links.id DESC", [to_iso(since)]
    )
    for row in off_topic:
        yield _off_topic(row)


@storage_errors
def count_held(connection: sqlite3.Connection) -> int:
    """How many articles and off-topic texts are held, seeds left out."""
    row = connection.execute(
        """
        SELECT (SELECT count(*) FROM articles WHERE origin <> 'seed') + (SELECT count(*) FROM off_topic_texts) AS held
        """
    ).fetchone()
    return int(row["held"])


@storage_errors
def articles_after(connection: sqlite3.Connection, article_id: int, limit: int) -> list[HeldArticle]:
    """The next stored articles behind a row, without seeds, by row, at most *limit*."""
    rows = connection.execute(
        f"{_STORED} AND articles.id > ? ORDER BY articles.id LIMIT ?", [article_id, limit]
    )
    return [_stored(row) for row in rows]


@storage_errors
def article_held(connection: sqlite3.Connection, article_id: int) -> HeldArticle | None:
    """A stored article that is no seed; None if there is none."""
    row = connection.execute(f"{_STORED} AND articles.id = ?", [article_id]).fetchone()
    return _stored(row) if row else None


@storage_errors
def texts_after(connection: sqlite3.Connection, link_id: int, limit: int) -> list[HeldArticle]:
    """The next off-topic texts behind a link's row, by row, at most *limit*."""
    rows = connection.execute(
        f"{_OFF_TOPIC} WHERE off_topic_texts.link_id > ? ORDER BY off_topic_texts.link_id LIMIT ?",
        [link_id, limit],
    )
    return [_off_topic(row) for row in rows]


@storage_errors
def held_text(
    connection: sqlite3.Connection, *, link_id: int | None = None, url_key: str | None = None
) -> HeldArticle | None:
    """The off-topic text of a link, by its row or address key; None if none is held."""
    row = connection.execute(
        f"{_OFF_TOPIC} WHERE links.id IS ? OR links.url_key = ?", [link_id, url_key]
    ).fetchone()
    return _off_topic(row) if row else None


@storage_errors
def give_up_text(connection: sqlite3.Connection, held: HeldArticle, article_id: int) -> None:
    """Let the link of an off-topic text lead to the article that it became, inside the caller's transaction."""
    assert held.link_id is not None
    links.become_article(connection, held.link_id, article_id)
    connection.execute("DELETE FROM off_topic_texts WHERE link_id = ?", [held.link_id])
    if held.feed_id is not None and held.read_at is not None:
        links.sight(connection, article_id, held.feed_id, to_iso(held.read_at))


def article_from_row(row: sqlite3.Row) -> Article:
    """The article of a row of `articles` with its text."""
    published = None
    if row["published_at"]:
        at = datetime.fromisoformat(row["published_at"])
        published = StatedDate(
            at,
            Precision(row["published_precision"]),
            row["published_raw"],
            row["published_rule"],
            row["published_offset"],
            row["published_zone"],
        )
    return Article(
        url=row["url"],
        title=row["title"],
        text=row["text"],
        published=published,
        unread_date=row["unread_date"],
        language=row["language"],
        authors=tuple(row["authors"].split("; ")) if row["authors"] else (),
        section=row["section"],
        outlet_host=row["outlet_host"],
        words=row["words"],
    )


def _stored(row: sqlite3.Row) -> HeldArticle:
    return HeldArticle(
        article_from_row(row),
        row["source"],
        row["outlet_host"],
        row["country"],
        article_id=row["id"],
        read_at=datetime.fromisoformat(row["first_seen_at"]),
        tags=read_tags(row["tags"]),
    )


def _off_topic(row: sqlite3.Row) -> HeldArticle:
    article = article_from_json(zlib.decompress(row["article"]).decode())
    return HeldArticle(
        article,
        row["source"],
        article.outlet_host,
        row["country"],
        link_id=row["link_id"],
        feed_id=row["feed_id"],
        url_key=row["url_key"],
        read_at=datetime.fromisoformat(row["fetched_at"] or row["first_seen_at"]),
        tags=read_tags(row["tags"]),
    )


def hold_text(connection: sqlite3.Connection, link_id: int, article: Article, until: datetime) -> None:
    """Hold the text of an off-topic link, inside the caller's transaction."""
    connection.execute(
        """
        INSERT INTO off_topic_texts (link_id, held_until, article) VALUES (?, ?, ?)
        ON CONFLICT (link_id) DO UPDATE SET held_until = excluded.held_until, article = excluded.article
        """,
        [link_id, to_iso(until), zlib.compress(article_to_json(article).encode())],
    )


@storage_errors
def drop_expired_texts(connection: sqlite3.Connection, now: datetime) -> int:
    """Delete the held off-topic texts whose time is over; how many."""
    with transaction(connection):
        return connection.execute("DELETE FROM off_topic_texts WHERE held_until < ?", [to_iso(now)]).rowcount


def drop_texts(connection: sqlite3.Connection, link_ids: Sequence[int]) -> None:
    """Delete the held texts of these links, inside the caller's transaction."""
    connection.execute(
        "DELETE FROM off_topic_texts WHERE link_id IN (SELECT value FROM json_each(?))",
        [json.dumps(link_ids)],
    )
