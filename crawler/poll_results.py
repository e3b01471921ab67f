"""What a poll was, from its answer and its document. Pure."""

from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from crawler.lookups import Fetched
from storage.intents import PollResult
from storage.records import FeedDocument


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


def with_document(result: PollResult, document: FeedDocument) -> PollResult:
    """A poll with what its document says."""
    result = replace(
        result,
        entries=len(document.entries),
        skipped=document.skipped,
        detail=document.warning,
        ttl_s=document.ttl_s,
        title=document.title,
    )
    # An index seldom changes with the sitemaps that it names: it is always asked for in full.
    return replace(result, etag=None, last_modified=None) if document.sitemaps else result


def body_hash(body: bytes) -> str:
    """What tells a body that was parsed from another, in hexadecimal digits."""
    return blake2b(body, digest_size=16).hexdigest()
