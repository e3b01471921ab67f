"""One fetch in Scrapy's engine, awaited in line, and what came over the wire as records. I/O edge."""

from datetime import datetime
from typing import NamedTuple

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from crawler import clock
from crawler.downloader.access_middleware import PAGE
from crawler.downloader.answers import AnswerHead, Fetched, body_hash
from crawler.downloader.caching import retry_after_s
from crawler.downloader.failures import reason_of, reason_of_status
from crawler.downloader.stopping import STOPPED
from storage.records.articles import Page
from storage.records.looks import Answer

# Where the middleware that unpacks an answer leaves what had come.
RECEIVED = "received"
_HEADER_CHARACTERS = 1_000  # longer than any real one


class Received(NamedTuple):
    """An answer before its Content-Encoding was undone."""

    headers: Headers
    body: bytes


async def fetch(crawler: Crawler, url: str, *, is_page: bool = False) -> Fetched:
    """The answer to a GET of *url*, after redirects; it passes gate, robots.txt and politeness like any other.

    *is_page*: people read it, so that it is shown in a browser where its source asks for that.

    Raises:
        FetchError: ``stopped``: the crawl is stopping, which says nothing of the address.
    """
    assert crawler.engine is not None
    try:
        response = await crawler.engine.download_async(Request(url, dont_filter=True, meta={PAGE: is_page}))
    except Exception as error:  # whatever the network does becomes a recorded reason
        reason, detail, _ = reason_of(error)
        if reason == STOPPED:
            raise
        return Fetched(url, None, None, reason, detail, retry_after_s=getattr(error, "retry_after_s", None))
    failed = reason_of_status(response.status)
    return Fetched(
        url=url,
        status=response.status,
        page=None if failed else page_of(response),
        reason=failed,
        etag=header(response, "ETag"),
        last_modified=header(response, "Last-Modified"),
        retry_after_s=wait_s(response, clock.now()),
    )


def head_of(response: Response) -> AnswerHead:
    """What an answer says before its body is read."""
    return AnswerHead(
        status=response.status,
        body_bytes=len(response.body),
        body_hash=body_hash(response.body),
        etag=header(response, "ETag"),
        last_modified=header(response, "Last-Modified"),
        retry_after=header(response, "Retry-After"),
        cache_control=header(response, "Cache-Control"),
        expires=header(response, "Expires"),
        age=header(response, "Age"),
        links=tuple(value.decode("latin-1") for value in response.headers.getlist("Link")),
    )


def page_of(response: Response) -> Page:
    """The answer as a record; it is dated now."""
    return Page(
        url=response.url,
        body=response.body,
        content_type=header(response, "Content-Type") or "",
        fetched_at=clock.now(),
    )


def evidence_of(response: Response, asked_url: str, fetched_at: datetime, *, keep_body: bool) -> Answer:
    """What came, for evidence and the next request; headers and body as received only if the page is to be kept."""
    received = response.meta.get(RECEIVED) or Received(response.headers, response.body)
    return Answer(
        asked_url=asked_url,
        url=response.url,
        status=response.status,
        fetched_at=fetched_at,
        http_version=response.protocol or "HTTP/1.1",
        headers=_pairs(received.headers) if keep_body else (),
        body=received.body if keep_body else None,
        etag=header(response, "ETag"),
        last_modified=header(response, "Last-Modified"),
        body_hash=body_hash(response.body),
    )


def wait_s(response: Response, now: datetime) -> int | None:
    """Whole seconds for which the server asks to be left alone; None: it does not say."""
    return retry_after_s(header(response, "Retry-After"), now)


def header(response: Response, name: str) -> str | None:
    """A header's text; None if there is none or it is longer than any real one."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None and len(value) <= _HEADER_CHARACTERS else None


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )
