"""A polled document into the database: the links that it lists, and its poll. I/O edge."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from crawler.cadence.next_try import updates_believed
from crawler.documents.entries import is_updated
from crawler.documents.poll_results import with_document, with_trust
from crawler.downloader.failures import is_of_address
from crawler.text.equality import title_overlap
from crawler.urls import (
    asked_address,
    doubtful_difference,
    doubtful_parameters,
    host_and_port,
    is_of_outlet,
    key_with,
)
from storage.db import storage_errors, transaction
from storage.records.polls import PollResult
from storage.records.sources import Feed, FeedDocument, FeedEntry, FeedKind, QueuedLink
from storage.sources import host_parameters, links, polls

# Two headlines with so many words in common may be one that was edited.
_SAME_HEADLINE = 0.5


@storage_errors
def ingest(
    connection: sqlite3.Connection,
    feed: Feed,
    document: FeedDocument,
    result: PollResult,
    *,
    url: str,
    run_id: int,
) -> list[QueuedLink]:
    """Remember the entries of *document*, fetched from *url*, and record its poll; the links to fetch, in its order."""
    with transaction(connection):
        keyed = _keyed(connection, feed, document.entries)
        queued, new = links.discover(
            connection,
            feed,
            keyed,
            run_id=run_id,
            now=result.polled_at,
            is_updated=is_updated,
            updates=updates_believed(feed.idle_updates, feed.update_read_at, result.polled_at),
            is_own=is_of_outlet,
            is_of_address=is_of_address,
        )
        result = with_document(result, document, url)
        if not result.pushed:
            result = with_trust(result, feed, (link.entry for link in queued if not link.was_fetched))
        polls.record_poll(connection, run_id, result, new)
    return queued


def _keyed(connection: sqlite3.Connection, feed: Feed, entries: Sequence[FeedEntry]) -> dict[str, FeedEntry]:
    """The *entries* by address key, each page once, in order."""
    by_key: dict[str, list[FeedEntry]] = {}
    for entry in entries:
        url, key = asked_address(entry.url)
        by_key.setdefault(key, []).append(entry if url == entry.url else replace(entry, url=url))
    keyed: dict[str, FeedEntry] = {}
    for key, group in by_key.items():
        # A front page names one article several times, with "More" and its picture.
        if feed.kind is FeedKind.SECTION or not any(doubtful_parameters(entry.url) for entry in group):
            keyed.setdefault(key, group[0])
        else:
            keyed |= _told_apart(connection, key, group)
    return keyed


def _told_apart(connection: sqlite3.Connection, key: str, group: Sequence[FeedEntry]) -> dict[str, FeedEntry]:
    """The entries of one key, by the keys that they have where a parameter may name the page.

    Who was met first has the key. Another one that differs from it in one doubtful parameter is another page if the
    host's pages have shown that it names them, or, as long as they have shown nothing, by its headline: then its page
    is read, and shows it.
    """
    told: dict[str, FeedEntry] = {}
    owner, headline = links.known_at(connection, key) or (group[0].url, group[0].title)
    for entry in group:
        name = doubtful_difference(owner, entry.url)
        is_named = name is not None and host_parameters.names_page(connection, host_and_port(owner), name)
        if name is not None and is_named is None:
            is_named = (
                bool(headline and entry.title) and title_overlap(headline, entry.title) < _SAME_HEADLINE
            )
        told.setdefault(key_with(entry.url, name) if name is not None and is_named else key, entry)
    return told
