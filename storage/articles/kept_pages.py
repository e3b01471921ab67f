"""Kept pages: the bytes that articles were read from, as evidence; stored once for equal bytes.

A page is kept as it came over the wire but for what the HTTP library takes off: chunks are put together
(Transfer-Encoding), names of headers are written Like-This, headers of the connection itself (Connection,
Transfer-Encoding, Keep-Alive) and the reason phrase behind the status are gone, and of redirects only the last answer
is kept. The body stays in its Content-Encoding.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.articles.held import HeldArticle, article_held
from storage.db import storage_errors, to_iso
from storage.records.as_json import entry_from_json
from storage.records.looks import Answer
from storage.records.sources import FeedEntry

_PAGED = """
    FROM pages
    JOIN articles ON articles.id = pages.article_id
    JOIN sources ON sources.id = articles.source_id
    WHERE articles.origin <> 'seed' AND (:extractor IS NULL OR articles.extractor IS NOT :extractor)
"""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as it came, with what a WARC record needs."""

    id: int
    article_id: int
    fetched_at: datetime
    asked_url: str
    url: str  # that answered, after redirects
    http_version: str  # "HTTP/1.1"
    status: int
    headers: tuple[tuple[str, str], ...]  # in no promised order
    body: bytes  # as received, in its Content-Encoding
    sha256: str  # of these bytes, hex


@dataclass(frozen=True, slots=True)
class PagedArticle:
    """An article of which pages were kept."""

    article_id: int
    held: HeldArticle
    first_page_id: int
    last_page_id: int
    is_of_present_text: bool  # whether the last page is the one that its text was read from
    entry: FeedEntry | None  # what its feed said of it; None: no feed lists it
    timezone: str | None  # of its source, IANA
    language: str | None  # likewise, ISO 639-1


def keep(connection: sqlite3.Connection, article_id: int, answer: Answer, run_id: int | None) -> bool:
    """Keep the page that an article was read from, inside the caller's transaction; False if its bytes were not held.

    A page that is equal to the last one that was kept of the article is not kept again.
    """
    if answer.body is None:
        return False
    digest = hashlib.sha256(answer.body).hexdigest()
    last = connection.execute(
        "SELECT sha256 FROM pages WHERE article_id = ? ORDER BY id DESC LIMIT 1", [article_id]
    ).fetchone()
    if last is not None and last["sha256"] == digest:
        return True
    connection.execute(
        "INSERT INTO page_bodies (sha256, body) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
        [digest, zlib.compress(answer.body)],
    )
    connection.execute(
        """
        INSERT INTO pages (article_id, fetched_at, asked_url, url, http_version, status, headers, bytes, sha256, run_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            article_id, to_iso(answer.fetched_at), answer.asked_url, answer.url, answer.http_version, answer.status,
            json.dumps(answer.headers), len(answer.body), digest, run_id,
        ],
    )  # fmt: skip
    return True


@storage_errors
def pages_of(connection: sqlite3.Connection, article_ids: Sequence[int] | None = None) -> Iterator[KeptPage]:
    """The kept pages of these articles (None: of all), oldest first; read one at a time, since bodies are large."""
    chosen = "" if article_ids is None else "WHERE article_id IN (SELECT value FROM json_each(:articles))"
    ids = [
        row["id"]
        for row in connection.execute(
            f"SELECT id FROM pages {chosen} ORDER BY id",
            {"articles": json.dumps(list(article_ids or ()))},
        )
    ]
    return (page(connection, page_id) for page_id in ids)


@storage_errors
def paged_articles(
    connection: sqlite3.Connection, after: int, limit: int, *, unless_read_by: int | None
) -> list[PagedArticle]:
    """The next articles behind a row of which pages are kept, by row, at most *limit*; seeds are left out.

    *unless_read_by* leaves out those that this version of the extractor has read; None: none of them.
    """
    found = connection.execute(
        f"""
        SELECT articles.id, min(pages.id) AS first_page, max(pages.id) AS last_page,
            max(pages.fetched_at) AS fetched_at, sources.timezone, sources.language,
            (SELECT max(seen_at) FROM revisions
             WHERE article_id = articles.id AND kind IS NOT 're-extracted') AS changed_at,
            (SELECT entry FROM links WHERE article_id = articles.id AND entry IS NOT NULL ORDER BY id LIMIT 1) AS entry
        {_PAGED} AND articles.id > :after
        GROUP BY articles.id ORDER BY articles.id LIMIT :limit
        """,
        {"after": after, "limit": limit, "extractor": unless_read_by},
    ).fetchall()
    return [
        PagedArticle(
            row["id"],
            article,
            row["first_page"],
            row["last_page"],
            row["changed_at"] is None or row["changed_at"] <= row["fetched_at"],
            entry_from_json(row["entry"]) if row["entry"] else None,
            row["timezone"],
            row["language"],
        )
        for row in found
        if (article := article_held(connection, row["id"])) is not None
    ]


@storage_errors
def count_paged(connection: sqlite3.Connection, *, unless_read_by: int | None) -> int:
    """How many articles `paged_articles` would give in all."""
    row = connection.execute(
        f"SELECT count(DISTINCT articles.id) AS number {_PAGED}", {"extractor": unless_read_by}
    ).fetchone()
    return int(row["number"])


@storage_errors
def drop_pages(connection: sqlite3.Connection, article_id: int) -> int:
    """Delete the kept pages of an article, inside the caller's transaction; how many."""
    digests = [
        row["sha256"]
        for row in connection.execute("SELECT sha256 FROM pages WHERE article_id = ?", [article_id])
    ]
    connection.execute("DELETE FROM pages WHERE article_id = ?", [article_id])
    connection.executemany(
        "DELETE FROM page_bodies WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM pages WHERE sha256 = ?)",
        [(digest, digest) for digest in digests],
    )
    return len(digests)


@storage_errors
def page(connection: sqlite3.Connection, page_id: int) -> KeptPage:
    """A kept page by its row, which must exist."""
    row = connection.execute(
        "SELECT pages.*, page_bodies.body FROM pages JOIN page_bodies USING (sha256) WHERE pages.id = ?",
        [page_id],
    ).fetchone()
    return KeptPage(
        id=row["id"],
        article_id=row["article_id"],
        fetched_at=datetime.fromisoformat(row["fetched_at"]),
        asked_url=row["asked_url"],
        url=row["url"],
        http_version=row["http_version"],
        status=row["status"],
        headers=tuple((name, value) for name, value in json.loads(row["headers"])),
        body=zlib.decompress(row["body"]),
        sha256=row["sha256"],
    )
