"""All articles that are held: the stored ones, and the texts of off-topic ones."""

import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from storage.db import to_iso
from storage.json_records import article_from_json
from storage.records import Article, Precision, StatedDate


@dataclass(frozen=True, slots=True)
class HeldArticle:
    """An article with what rules ask of its source."""

    article: Article
    source: str
    domain: str | None
    country: str | None


def held_since(connection: sqlite3.Connection, since: datetime) -> Iterator[HeldArticle]:
    """What was first seen since then: stored articles without seeds, then off-topic texts; newest first in each."""
    stored = connection.execute(
        """
        SELECT articles.*, article_texts.text, sources.name AS source, sources.country
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id
        JOIN sources ON sources.id = articles.source_id
        WHERE articles.origin <> 'seed' AND articles.first_seen_at >= ?
        ORDER BY articles.id DESC
        """,
        [to_iso(since)],
    )
    for row in stored:
        yield HeldArticle(article_from_row(row), row["source"], row["outlet_host"], row["country"])
    off_topic = connection.execute(
        """
        SELECT off_topic_texts.article, sources.name AS source, sources.country
        FROM off_topic_texts JOIN links ON links.id = off_topic_texts.link_id
        JOIN sources ON sources.id = links.source_id
        WHERE links.first_seen_at >= ?
        ORDER BY links.id DESC
        """,
        [to_iso(since)],
    )
    for row in off_topic:
        held = article_from_json(zlib.decompress(row["article"]).decode())
        yield HeldArticle(held, row["source"], held.outlet_host, row["country"])


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
        language=row["language"],
        section=row["section"],
        outlet_host=row["outlet_host"],
        words=row["words"],
    )
