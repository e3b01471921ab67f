"""Seeds into the database, beside what is crawled. I/O edge."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from crawler.articles.store import store_reading
from crawler.text.equality import text_hash
from crawler.urls import url_key
from storage.articles import articles
from storage.records.articles import Article
from storage.records.decisions import Reading, Verdict
from storage.sources import sources

# The outlet of seeds whose own is not among the sources.
SEED_SOURCE = "seeds"


@dataclass(frozen=True, slots=True)
class StoredSeed:
    """A seed's row."""

    article_id: int
    title: str
    is_new: bool


def store_seed(connection: sqlite3.Connection, article: Article, now: datetime) -> StoredSeed:
    """Keep *article* as a seed; one with the same text as a seed, or the same address as any article, is that one."""
    key = url_key(article.url) if article.url else None
    crawled = articles.find(connection, key) if key else None
    if crawled is not None:
        return StoredSeed(crawled, article.title, is_new=False)
    reading = Reading(
        article=article,
        url_key=key,
        text_hash=text_hash(article.title, article.text),
        source=_source_of(connection, article),
        origin="seed",
        read_at=now,
    )
    verdict, article_id = store_reading(connection, reading)
    assert article_id is not None  # a seed is always kept
    return StoredSeed(article_id, article.title, is_new=verdict is not Verdict.UNCHANGED)


def _source_of(connection: sqlite3.Connection, article: Article) -> str:
    """The source with the host that the seed names, else the one for seeds."""
    host = _bare(article.outlet_host or (urlsplit(article.url).hostname if article.url else "") or "")
    for source in sources.all_sources(connection):
        if host and source.home and _bare(urlsplit(source.home).hostname or "") == host:
            return source.name
    return SEED_SOURCE


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
