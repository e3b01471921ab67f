"""A polled document into the database: the links that it lists, and its poll. I/O edge."""

import sqlite3
from dataclasses import replace

from crawler.cadence.next_try import updates_believed
from crawler.documents.entries import is_updated
from crawler.documents.poll_results import with_document, with_trust
from crawler.downloader.failures import is_of_address
from crawler.urls import asked_address, is_of_outlet
from storage.db import storage_errors, transaction
from storage.records.polls import PollResult
from storage.records.sources import Feed, FeedDocument, FeedEntry, QueuedLink
from storage.sources import links, polls


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
    keyed: dict[str, FeedEntry] = {}
    for entry in document.entries:
        url, key = asked_address(entry.url)
        keyed.setdefault(key, entry if url == entry.url else replace(entry, url=url))
    with transaction(connection):
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
