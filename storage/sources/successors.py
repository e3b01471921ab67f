"""Feeds that have died, and what their sites offer in their place."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.sources import FeedKind, Source
from storage.records.work import DueRules
from storage.sources.coverage import FIRST_POLLED_AT
from storage.sources.sources import IS_NAMED, DeclaredFeed, replace_feed, source_from_row, upsert_feed

_IS_DEAD = f"""
    feeds.enabled = 1 AND sources.enabled = 1 AND (
        feeds.retired_at IS NOT NULL
        OR (feeds.failures >= :failures AND feeds.last_error IS NOT NULL AND coalesce(
            feeds.last_ok_at, {FIRST_POLLED_AT}
        ) <= :dead_since)
    )
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a site offers in place of a dead feed."""

    url: str
    kind: FeedKind
    title: str = ""
    entries: int = 0
    newest_at: datetime | None = None  # of the dates that it states; None: it states none


@dataclass(frozen=True, slots=True)
class DeadFeed:
    """A feed that has died."""

    id: int
    source: str  # the source's name
    url: str
    kind: FeedKind
    last_ok_at: datetime | None  # when it could be read last; None: never
    retired_at: datetime | None  # since when it is not asked any more, as its server said that it is gone
    home: str | None = None  # of its source
    last_error: str | None = None
    searched_at: datetime | None = None  # when its site was searched last; None: not yet
    search_error: str | None = None  # why that found nothing; None: it did
    searches: int = 0  # in vain, in a row
    offer: Offer | None = None  # None: nothing was found


@dataclass(frozen=True, slots=True)
class DeadFeeds:
    """The dead feeds of a source whose site is to be searched."""

    source: Source
    feeds: tuple[DeadFeed, ...]


@storage_errors
def dead(
    connection: sqlite3.Connection, now: datetime, rules: DueRules, names: Sequence[str] = ()
) -> list[DeadFeed]:
    """The dead feeds (of the sources *names*, if there are any), by source, with what is known of successors."""
    rows = _dead(connection, now, rules, names)
    return [_feed(row) for row in rows]


@storage_errors
def due(
    connection: sqlite3.Connection, now: datetime, rules: DueRules, names: Sequence[str] = ()
) -> list[DeadFeeds]:
    """The sources with dead feeds whose sites are to be searched now, by name; those of *names* at any time."""
    at = to_iso(now) or ""
    by_source: dict[str, list[DeadFeed]] = {}
    for row in _dead(connection, now, rules, names):
        if names or row["next_search_at"] is None or row["next_search_at"] <= at:
            by_source.setdefault(row["source"], []).append(_feed(row))
    if not by_source:
        return []
    rows = connection.execute(
        "SELECT * FROM sources WHERE name IN (SELECT value FROM json_each(?)) ORDER BY name",
        [json.dumps(list(by_source))],
    )
    return [DeadFeeds(source_from_row(row), tuple(by_source[row["name"]])) for row in rows]


@storage_errors
def polled(connection: sqlite3.Connection) -> set[str]:
    """The addresses that are polled, for whatever source."""
    return {row["url"] for row in connection.execute("SELECT url FROM feeds WHERE enabled = 1")}


@storage_errors
def record(
    connection: sqlite3.Connection,
    feed_id: int,
    offer: Offer | None,
    *,
    error: str | None,
    searches: int,
    now: datetime,
    next_search_at: datetime,
) -> None:
    """Write down what a search found for a dead feed, the last of so many *searches* in vain.

    One in vain leaves what an earlier one found.
    """
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO successors (feed_id, searched_at, next_search_at, error, searches) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (feed_id) DO UPDATE
            SET searched_at = excluded.searched_at, next_search_at = excluded.next_search_at, error = excluded.error,
                searches = excluded.searches
            """,
            [feed_id, to_iso(now), to_iso(next_search_at), error, searches],
        )
        if offer is not None:
            connection.execute(
                """
                UPDATE successors SET url = ?, kind = ?, title = ?, entries = ?, newest_at = ? WHERE feed_id = ?
                """,
                [offer.url, offer.kind, offer.title, offer.entries, to_iso(offer.newest_at), feed_id],
            )


@storage_errors
def take_place(connection: sqlite3.Connection, feed: DeadFeed, offer: Offer) -> None:
    """Poll what was offered in place of a feed that was found on its site; of one in the settings these decide."""
    with transaction(connection):
        source_id = replace_feed(connection, feed.id)
        upsert_feed(connection, source_id, DeclaredFeed(offer.url, offer.kind), origin="discovered")


def _dead(
    connection: sqlite3.Connection, now: datetime, rules: DueRules, names: Sequence[str]
) -> list[sqlite3.Row]:
    return connection.execute(
        f"""
        SELECT feeds.*, sources.name AS source, sources.home, successors.searched_at, successors.next_search_at,
            successors.error AS search_error, searches, successors.url AS offer_url, successors.kind AS offer_kind,
            successors.title AS offer_title, successors.entries AS offer_entries, newest_at
        FROM feeds
        JOIN sources ON sources.id = feeds.source_id
        LEFT JOIN successors ON successors.feed_id = feeds.id
        WHERE {_IS_DEAD} AND {IS_NAMED}
        ORDER BY sources.name, feeds.id
        """,
        {
            "dead_since": to_iso(now - rules.dead_after),
            "failures": rules.dead_failures,
            "names": json.dumps(list(names)),
        },
    ).fetchall()


def _feed(row: sqlite3.Row) -> DeadFeed:
    offer = None
    if row["offer_url"]:
        offer = Offer(
            row["offer_url"],
            FeedKind(row["offer_kind"]),
            row["offer_title"],
            row["offer_entries"],
            from_iso(row["newest_at"]),
        )
    return DeadFeed(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        kind=FeedKind(row["kind"]),
        last_ok_at=from_iso(row["last_ok_at"]),
        retired_at=from_iso(row["retired_at"]),
        home=row["home"],
        last_error=row["last_error"],
        searched_at=from_iso(row["searched_at"]),
        search_error=row["search_error"],
        searches=row["searches"] or 0,
        offer=offer,
    )
