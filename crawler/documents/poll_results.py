"""What a poll was, from its answer and its document. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from crawler.discovery.lookups import Fetched
from crawler.documents.validators import DISTRUSTED, was_wrong
from crawler.documents.websub import offer_of
from storage.records.articles import Feed, FeedDocument, FeedEntry
from storage.records.decisions import PollResult


def first_poll(feed_id: int, fetched: Fetched, now: datetime) -> PollResult:
    """The poll that a fetch made which was meant to find the feed; it had a page."""
    assert fetched.page is not None
    return PollResult(
        feed_id,
        now,
        outcome="ok",
        status=fetched.status,
        body_bytes=len(fetched.page.body),
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        body_hash=body_hash(fetched.page.body),
    )


def with_document(result: PollResult, document: FeedDocument, url: str) -> PollResult:
    """A poll with what its document, fetched from *url*, says."""
    result = replace(
        result,
        entries=len(document.entries),
        skipped=document.skipped,
        detail=document.warning,
        ttl_s=max(document.ttl_s or 0, result.ttl_s or 0) or None,
        title=document.title,
        offer=offer_of(result.links, document.links, url=url),
    )
    if result.pushed:  # often only what is new: it says nothing of what the feed can hold
        return replace(result, entries=None, offer=None)
    # An index seldom changes with the sitemaps that it names: it is always asked for in full.
    return replace(result, etag=None, last_modified=None) if document.sitemaps else result


def with_trust(result: PollResult, feed: Feed, new: Iterable[FeedEntry]) -> PollResult:
    """A poll with what *new*, the entries never seen before, say of the answers before it."""
    if not was_wrong(feed, new):
        return result
    wrong = f"the server said wrongly that nothing had changed; asked in full for {DISTRUSTED.days} days"
    detail = f"{result.detail}; {wrong}" if result.detail else wrong
    return replace(result, plain_until=result.polled_at + DISTRUSTED, detail=detail)


def body_hash(body: bytes) -> str:
    """What tells a body that was parsed from another, in hexadecimal digits."""
    return blake2b(body, digest_size=16).hexdigest()
