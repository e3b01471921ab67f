"""What came over the wire, as a record for evidence and for the next request. I/O edge."""

from datetime import datetime
from typing import NamedTuple

from scrapy.http import Headers, Response

from crawler.documents.poll_results import body_hash
from storage.records.looks import Answer

# Where the middleware that unpacks an answer leaves what had come.
RECEIVED = "received"


class Received(NamedTuple):
    """An answer before its Content-Encoding was undone."""

    headers: Headers
    body: bytes


def answer_of(response: Response, asked_url: str, fetched_at: datetime, *, keep_body: bool) -> Answer:
    """What came; headers and the body as they were received only if the page is to be kept."""
    received = response.meta.get(RECEIVED) or Received(response.headers, response.body)
    return Answer(
        asked_url=asked_url,
        url=response.url,
        status=response.status,
        fetched_at=fetched_at,
        http_version=response.protocol or "HTTP/1.1",
        headers=_pairs(received.headers) if keep_body else (),
        body=received.body if keep_body else None,
        etag=_validator(response, "ETag"),
        last_modified=_validator(response, "Last-Modified"),
        body_hash=body_hash(response.body),
    )


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )


def _validator(response: Response, name: str) -> str | None:
    """A header's text; None if there is none, or it is longer than any real one."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None and len(value) <= 1_000 else None
