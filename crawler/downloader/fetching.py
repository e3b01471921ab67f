"""One fetch in Scrapy's engine, awaited in line: for what needs an answer before it can go on."""

from datetime import datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import clock
from crawler.discovery.lookups import Fetched
from crawler.documents.poll_results import body_hash
from crawler.documents.websub import HUB_RELATIONS, header_links
from crawler.downloader.caching import fresh_s, retry_after_s
from crawler.downloader.failures import reason_of, reason_of_status
from storage.records.articles import Feed, FeedKind, Page
from storage.records.decisions import PollResult


async def fetch(crawler: Crawler, url: str) -> Fetched:
    """The answer to a GET of *url*, after redirects; it passes gate, robots.txt and politeness like any other."""
    assert crawler.engine is not None
    try:
        response = await crawler.engine.download_async(Request(url, dont_filter=True))
    except Exception as error:  # whatever the network does becomes a recorded reason
        reason, detail, _ = reason_of(error)
        return Fetched(url, None, None, reason, detail, retry_after_s=getattr(error, "retry_after_s", None))
    failed = reason_of_status(response.status)
    return Fetched(
        url=url,
        status=response.status,
        page=None if failed else page_of(response),
        reason=failed,
        etag=header(response, "ETag"),
        last_modified=header(response, "Last-Modified"),
        retry_after_s=retry_after_s(header(response, "Retry-After"), clock.now()),
    )


def poll_of(response: Response, feed: Feed, now: datetime) -> PollResult:
    """What status, headers and the body's hash say of a poll, before the body is read."""
    failed = reason_of_status(response.status)
    hashed = body_hash(response.body)
    if failed is not None:
        outcome = failed
    elif response.status == 304:
        outcome = "not_modified"
    else:
        outcome = "same_body" if hashed == feed.body_hash and feed.kind is not FeedKind.SITEMAP else "ok"
    return PollResult(
        feed_id=feed.id,
        polled_at=now,
        outcome=outcome,
        status=response.status,
        body_bytes=len(response.body),
        retry_after_s=retry_after_s(header(response, "Retry-After"), now),
        ttl_s=None
        if failed
        else fresh_s(
            cache_control=header(response, "Cache-Control"),
            expires=header(response, "Expires"),
            age=header(response, "Age"),
            now=now,
        ),
        etag=None if failed else header(response, "ETag"),
        last_modified=None if failed else header(response, "Last-Modified"),
        body_hash=hashed if outcome == "ok" else None,
        links=_links(response) if outcome == "ok" else (),
    )


def _links(response: Response) -> tuple[tuple[str, str], ...]:
    """What the Link headers say of a hub and of the feed's own address."""
    values = [value.decode("latin-1") for value in response.headers.getlist("Link")]
    return tuple(link for link in header_links(values) if link[0] in HUB_RELATIONS)


def page_of(response: Response) -> Page:
    """The answer as a record; it is dated now."""
    return Page(
        url=response.url,
        body=response.body,
        content_type=header(response, "Content-Type") or "",
        fetched_at=clock.now(),
    )


def header(response: Response, name: str) -> str | None:
    """A header's text; None if there is none or it is longer than any real one."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None and len(value) <= 1_000 else None
