"""Sources and their feeds: what is polled, by whom and when."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records import Feed, FeedKind, Source

# What `feed_from_row` reads, of feeds joined with sources.
FEED_COLUMNS = """
    feeds.id, sources.name AS source, feeds.url, feeds.kind, feeds.etag, feeds.last_modified, feeds.body_hash,
    sources.language, sources.timezone, sources.link_pattern
"""
# `names` is a JSON list; the empty one means all sources.
_IS_NAMED = "(:names = '[]' OR sources.name IN (SELECT value FROM json_each(:names)))"


@dataclass(frozen=True, slots=True)
class DeclaredFeed:
    """An address to poll, as the settings declare it or the site shows it."""

    url: str
    kind: FeedKind
    every_s: int | None = None


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does, for `status`."""

    source: str
    title: str
    enabled: bool
    feeds: int
    last_polled_at: datetime | None
    next_due_at: datetime | None
    last_error: str | None
    failures: float  # the highest failure level of its feeds
    articles: int
    newest_at: datetime | None


@storage_errors
def sync(connection: sqlite3.Connection, declared: Sequence[tuple[Source, Sequence[DeclaredFeed]]]) -> None:
    """Make the tables say what the settings say; what was taken out of them is switched off, not deleted.

    Feeds that were discovered are polled as long as the settings give their source none.
    """
    with transaction(connection):
        connection.execute("UPDATE sources SET enabled = 0")
        connection.execute("UPDATE feeds SET enabled = 0")
        for source, feeds in declared:
            source_id = _upsert_source(connection, source)
            for feed in feeds:
                _upsert_feed(connection, source_id, feed, origin="declared")
            if not feeds:
                connection.execute(
                    "UPDATE feeds SET enabled = 1 WHERE source_id = ? AND origin = 'discovered'", [source_id]
                )


@storage_errors
def add_discovered(
    connection: sqlite3.Connection, source: str, feeds: Sequence[DeclaredFeed], now: datetime
) -> list[Feed]:
    """Remember the feeds that *source*'s site has; all of the source's enabled feeds come back, by id.

    An address that is polled already, for this source or another, stays as it is.
    """
    with transaction(connection):
        source_id = find_id(connection, source)
        connection.execute("UPDATE sources SET searched_at = ? WHERE id = ?", [to_iso(now), source_id])
        for feed in feeds:
            _upsert_feed(connection, source_id, feed, origin="discovered")
    return feeds_of(connection, [source])


@storage_errors
def find_id(connection: sqlite3.Connection, name: str) -> int:
    """The row of the source called *name*, made (switched off) if there is none."""
    connection.execute(
        "INSERT INTO sources (name, enabled) VALUES (?, 0) ON CONFLICT (name) DO NOTHING", [name]
    )
    row = connection.execute("SELECT id FROM sources WHERE name = ?", [name]).fetchone()
    return int(row["id"])


@storage_errors
def all_sources(connection: sqlite3.Connection) -> list[Source]:
    """The sources of the settings, by name."""
    rows = connection.execute("SELECT * FROM sources WHERE enabled = 1 ORDER BY name")
    return [_source(row) for row in rows]


@storage_errors
def feeds_of(connection: sqlite3.Connection, names: Sequence[str] = ()) -> list[Feed]:
    """The feeds that are polled, of the sources *names* (none: of all), by id."""
    rows = connection.execute(
        f"""
        SELECT {FEED_COLUMNS}
        FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled = 1 AND sources.enabled = 1 AND {_IS_NAMED}
        ORDER BY feeds.id
        """,
        {"names": json.dumps(list(names))},
    )
    return [feed_from_row(row) for row in rows]


@storage_errors
def addresses(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The addresses that are polled, by source; both in the order of the feeds."""
    found: dict[str, list[str]] = {}
    for feed in feeds_of(connection):
        found.setdefault(feed.source, []).append(feed.url)
    return found


@storage_errors
def count_due(connection: sqlite3.Connection, now: datetime) -> int:
    """How many feeds are due and free, and sources whose site is to be searched for feeds."""
    at = to_iso(now)
    due = connection.execute(
        """
        SELECT count(*) AS number
        FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled = 1 AND sources.enabled = 1
          AND (feeds.next_due_at IS NULL OR feeds.next_due_at <= ?)
          AND (feeds.lease_until IS NULL OR feeds.lease_until <= ?)
        """,
        [at, at],
    ).fetchone()
    return int(due["number"]) + len(without_feeds(connection, now))


@storage_errors
def claim(
    connection: sqlite3.Connection,
    token: str,
    *,
    now: datetime,
    until: datetime,
    names: Sequence[str] = (),
    only_due: bool = True,
) -> list[Feed]:
    """Lease the free feeds (of *names*; due ones if *only_due*) to *token* and give them back, by id.

    One UPDATE claims them, so two callers never get the same feed.
    """
    with transaction(connection):
        connection.execute(
            f"""
            UPDATE feeds SET lease_token = :token, lease_until = :until
            WHERE id IN (
                SELECT feeds.id FROM feeds JOIN sources ON sources.id = feeds.source_id
                WHERE feeds.enabled = 1 AND sources.enabled = 1
                  AND (feeds.lease_until IS NULL OR feeds.lease_until <= :now)
                  AND (NOT :only_due OR feeds.next_due_at IS NULL OR feeds.next_due_at <= :now)
                  AND {_IS_NAMED}
            )
            """,
            {
                "token": token,
                "until": to_iso(until),
                "now": to_iso(now),
                "only_due": only_due,
                "names": json.dumps(list(names)),
            },
        )
        return leased(connection, token)


@storage_errors
def leased(connection: sqlite3.Connection, token: str) -> list[Feed]:
    """The feeds that *token* holds, by id."""
    rows = connection.execute(
        f"""
        SELECT {FEED_COLUMNS}
        FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.lease_token = ?
        ORDER BY feeds.id
        """,
        [token],
    )
    return [feed_from_row(row) for row in rows]


@storage_errors
def release(connection: sqlite3.Connection, token: str) -> None:
    """Free all feeds that *token* holds."""
    with transaction(connection):
        connection.execute(
            "UPDATE feeds SET lease_token = NULL, lease_until = NULL WHERE lease_token = ?", [token]
        )


@storage_errors
def without_feeds(
    connection: sqlite3.Connection, now: datetime, names: Sequence[str] = (), pause_s: int = 86_400
) -> list[Source]:
    """Enabled sources with a home page but no feed, not searched for *pause_s* seconds, by name."""
    rows = connection.execute(
        f"""
        SELECT sources.* FROM sources
        WHERE sources.enabled = 1 AND sources.home IS NOT NULL
          AND (sources.searched_at IS NULL OR unixepoch(:now) - unixepoch(sources.searched_at) >= :pause_s)
          AND NOT EXISTS (SELECT 1 FROM feeds WHERE feeds.source_id = sources.id AND feeds.enabled = 1)
          AND {_IS_NAMED}
        ORDER BY sources.name
        """,
        {"now": to_iso(now), "pause_s": pause_s, "names": json.dumps(list(names))},
    )
    return [_source(row) for row in rows]


@storage_errors
def health(connection: sqlite3.Connection) -> list[SourceHealth]:
    """How each source does: failing ones first, then by name."""
    rows = connection.execute(
        """
        SELECT sources.name, sources.title, sources.enabled, count(feeds.id) AS feeds,
            max(feeds.last_polled_at) AS last_polled_at, min(feeds.next_due_at) AS next_due_at,
            max(feeds.last_error) AS last_error, coalesce(max(feeds.failures), 0) AS failures,
            (SELECT count(*) FROM articles WHERE articles.source_id = sources.id) AS articles,
            (SELECT first_seen_at FROM articles WHERE articles.source_id = sources.id
             ORDER BY id DESC LIMIT 1) AS newest_at
        FROM sources LEFT JOIN feeds ON feeds.source_id = sources.id AND feeds.enabled = 1
        WHERE sources.enabled = 1 OR feeds.id IS NOT NULL
        GROUP BY sources.id
        ORDER BY failures DESC, sources.name
        """
    )
    return [
        SourceHealth(
            source=row["name"],
            title=row["title"],
            enabled=bool(row["enabled"]),
            feeds=row["feeds"],
            last_polled_at=from_iso(row["last_polled_at"]),
            next_due_at=from_iso(row["next_due_at"]),
            last_error=row["last_error"],
            failures=row["failures"],
            articles=row["articles"],
            newest_at=from_iso(row["newest_at"]),
        )
        for row in rows
    ]


def _upsert_source(connection: sqlite3.Connection, source: Source) -> int:
    row = connection.execute(
        """
        INSERT INTO sources (name, title, home, country, language, timezone, enabled, link_pattern)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE
        SET title = excluded.title, home = excluded.home, country = excluded.country,
            language = excluded.language, timezone = excluded.timezone, enabled = excluded.enabled,
            link_pattern = excluded.link_pattern
        RETURNING id
        """,
        [
            source.name, source.title, source.home, source.country, source.language, source.timezone,
            int(source.enabled), source.link_pattern,
        ],
    ).fetchone()  # fmt: skip
    return int(row["id"])


def _upsert_feed(connection: sqlite3.Connection, source_id: int, feed: DeclaredFeed, *, origin: str) -> None:
    connection.execute(
        """
        INSERT INTO feeds (source_id, url, kind, origin, every_s) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (url) DO UPDATE
        SET source_id = excluded.source_id, kind = excluded.kind, enabled = 1, every_s = excluded.every_s,
            origin = excluded.origin
        WHERE excluded.origin = 'declared' OR NOT feeds.enabled
        """,
        [source_id, feed.url, feed.kind, origin, feed.every_s],
    )


def _source(row: sqlite3.Row) -> Source:
    return Source(
        name=row["name"],
        title=row["title"],
        home=row["home"],
        country=row["country"],
        language=row["language"],
        timezone=row["timezone"],
        enabled=bool(row["enabled"]),
        link_pattern=row["link_pattern"],
    )


def feed_from_row(row: sqlite3.Row) -> Feed:
    """The feed of a row with FEED_COLUMNS."""
    return Feed(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        kind=FeedKind(row["kind"]),
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        language=row["language"],
        timezone=row["timezone"],
        link_pattern=row["link_pattern"],
    )
