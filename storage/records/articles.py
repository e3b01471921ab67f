"""The records that cross borders: frozen, made of plain values, knowing no I/O. Pure.

All datetimes are aware UTC. All texts are str without control characters. Ids are SQLite row ids.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Precision(StrEnum):
    """The smallest unit that a date states."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as a page, feed or seed states it.

    A date without a time of day is midnight UTC of that calendar day, whatever the zone: the day is what was
    stated.
    """

    at: datetime
    precision: Precision
    raw: str  # the text that was read, at most 200 characters
    rule: str  # where: "json-ld", "meta", "time", "url", "text", "dateline", "script", "feed", "sitemap" ...
    # Of the local time, east positive; None where no time of day was stated.
    offset_minutes: int | None = None
    zone: str | None = None  # the zone that was assumed because the text gave none; None otherwise


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a fetch."""

    url: str  # where the answer came from, after redirects
    body: bytes
    content_type: str  # the Content-Type header; "" if none
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Article:
    """An article as one page, seed file or import states it."""

    url: str | None  # None for a seed without an address
    title: str
    text: str  # paragraphs, one a line, without the headline
    published: StatedDate | None = None
    modified: StatedDate | None = None
    unread_date: str | None = None  # that was stated and could not be read, where no publication is known
    language: str | None = None  # ISO 639-1
    authors: tuple[str, ...] = ()
    section: str | None = None
    image_url: str | None = None
    canonical_url: str | None = None  # what rel=canonical says; evidence, never a key
    outlet_host: str | None = None  # the host named in a seed's footer, or of the page
    words: int = 0  # tokens of the text; CJK: characters / 2, rounded up
    text_from: str | None = (
        None  # blocks, blocks+trafilatura, trafilatura, json-ld, state, feed; None: no page
    )
    extractor: int | None = None  # version of the extraction that read it; None: no page


@dataclass(frozen=True, slots=True)
class Rejection:
    """A page that is no article."""

    reason: str  # "wall", "login", "challenge", "no_text", "not_html", "list_page", "not_found"
    detail: str = ""
