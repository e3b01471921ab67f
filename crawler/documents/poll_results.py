"""What a poll was, from its answer and its document, and how far its server is believed. Pure.

Some servers answer 304 to validators that they should not know any more (caches, clusters with clocks apart), and news
is late or lost. What comes later tells on them; after many such answers in a row a poll is made without validators.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.documents.websub import HUB_RELATIONS, header_links, offer_of
from crawler.downloader.answers import AnswerHead, Fetched, body_hash
from crawler.downloader.caching import fresh_s, retry_after_s
from crawler.downloader.failures import reason_of_status
from storage.records.articles import Precision
from storage.records.polls import PollResult
from storage.records.sources import Feed, FeedDocument, FeedEntry, FeedKind

# After so many answers in a row that nothing has changed, a poll is made without validators.
PROBE_AFTER = 19
# How long a server that was wrong is asked without; then it is tried again.
DISTRUSTED = timedelta(days=28)
# Entries appear in feeds some time after the date that they bear, honestly.
MARGIN = timedelta(minutes=30)


def poll_of(head: AnswerHead, feed: Feed, now: datetime) -> PollResult:
    """What status, headers and the body's hash say of a poll, before the body is read."""
    failed = reason_of_status(head.status)
    detail = None
    if failed is not None:
        outcome = failed
    elif head.status == 304 and not _has_validators(feed, now):
        # RFC 9110 section 15.4.5: it answers a conditional request alone. Nothing of the feed was ever seen so.
        outcome, failed, detail = "protocol", "protocol", "304 (not modified) to a request without validators"
    elif head.status == 304:
        outcome = "not_modified"
    else:
        is_known = head.body_hash == feed.body_hash and feed.kind is not FeedKind.SITEMAP
        outcome = "same_body" if is_known else "ok"
    ttl_s = fresh_s(cache_control=head.cache_control, expires=head.expires, age=head.age, now=now)
    links = (link for link in header_links(head.links) if link[0] in HUB_RELATIONS)
    return PollResult(
        feed_id=feed.id,
        polled_at=now,
        outcome=outcome,
        status=head.status,
        body_bytes=head.body_bytes,
        detail=detail,
        retry_after_s=retry_after_s(head.retry_after, now),
        ttl_s=None if failed else ttl_s,
        etag=None if failed else head.etag,
        last_modified=None if failed else head.last_modified,
        body_hash=head.body_hash if outcome == "ok" else None,
        links=tuple(links) if outcome == "ok" else (),
    )


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


def is_asked_plainly(feed: Feed, now: datetime) -> bool:
    """Whether *feed* is asked for without validators: its server was wrong lately, or this is a probe."""
    if feed.plain_until is not None and now < feed.plain_until <= now + DISTRUSTED:
        return True
    return feed.unmodified >= PROBE_AFTER


def _has_validators(feed: Feed, now: datetime) -> bool:
    return not is_asked_plainly(feed, now) and (feed.etag or feed.last_modified) is not None


def was_wrong(feed: Feed, new: Iterable[FeedEntry]) -> bool:
    """Whether one of *new*, the entries never seen before, was there when the server said that nothing had changed.

    It bears a time after the last document that came and well before the last such answer. Entries with a day alone,
    and older ones, which feeds show again now and then, say nothing.
    """
    said, came = feed.unmodified_at, feed.read_at
    if said is None or came is None:
        return False
    dates = (entry.published for entry in new)
    return any(
        date is not None and date.precision is not Precision.DAY and came < date.at < said - MARGIN
        for date in dates
    )
