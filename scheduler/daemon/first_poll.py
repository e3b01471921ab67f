"""A site that was searched for feeds, into the database: what was fetched on the way is its first poll. I/O edge."""

from datetime import datetime
from sqlite3 import Connection

from crawler.discovery.lookups import SiteAnswer
from crawler.documents.poll_results import first_poll, with_document
from crawler.run.opening import begin_run
from crawler.urls import url_key
from scheduler.pacing import decide_polls
from storage.records.articles import FeedEntry
from storage.sources import links, polls, runs, sources


def take_first_poll(connection: Connection, source: str, answer: SiteAnswer, now: datetime) -> int:
    """Record the polls that the search made and queue their entries; how many articles wait for the next crawl."""
    token, run_id, feeds = begin_run(connection, trigger="manual", names=[source], only_due=False)
    waiting = 0
    for feed in feeds:
        key = url_key(feed.url)
        fetched, document = answer.search.answers.get(key), answer.documents.get(key)
        if fetched is None or fetched.page is None or document is None:
            continue
        keyed: dict[str, FeedEntry] = {}
        for entry in document.entries:
            keyed.setdefault(url_key(entry.url), entry)
        queued, new = links.discover(connection, feed, keyed, run_id=run_id, now=now)
        waiting += len(queued)
        # A sitemap index is polled anew, for the sitemaps that it names were not all fetched.
        if document.sitemaps:
            continue
        result = with_document(first_poll(feed.id, fetched, now), document, fetched.page.url)
        polls.record_poll(connection, run_id, result, new)
    decide_polls(connection, now)
    sources.release(connection, token)
    runs.end(connection, run_id, state="finished", now=now)
    return waiting
