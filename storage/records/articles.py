"""The records that cross borders: frozen, made of plain values, knowing no I/O. Pure.

All datetimes are aware UTC. All texts are str without control characters. Ids are SQLite row ids.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedKind(StrEnum):
    """What an address that is polled gives."""

    FEED = "feed"  # RSS, RDF, Atom or JSON Feed
    SITEMAP = "sitemap"  # a (news) sitemap or an index of them
    SECTION = "section"  # an HTML page with links to articles


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
    rule: str  # where: "json-ld", "meta", "time", "url", "text", "feed", "sitemap", "listing", "seed" or "import"
    offset_minutes: int | None = (
        None  # of the local time, east positive; None where no time of day was stated
    )
    zone: str | None = None  # the zone that was assumed because the text gave none; None otherwise


@dataclass(frozen=True, slots=True)
class Source:
    """An outlet."""

    name: str
    title: str = ""
    home: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2, lower case
    language: str | None = None  # ISO 639-1
    timezone: str | None = None  # IANA name
    enabled: bool = True
    link_pattern: str | None = None  # regular expression that article addresses of section pages match
    keep_watching_days: int | None = None  # how long its articles are looked at again; None: the usual time
    cron: str | None = None  # when its feeds are polled, in its time zone; None: the cadence decides
    every_s: int | None = None  # fixed time between two polls of a feed; None as above


@dataclass(frozen=True, slots=True)
class Feed:
    """An address that is polled, with what the poll needs to know of its source."""

    id: int
    source: str  # the source's name
    url: str
    kind: FeedKind
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    language: str | None = None
    timezone: str | None = None
    link_pattern: str | None = None
    read_at: datetime | None = None  # when its body last came; None: never
    unmodified: int = 0  # answers in a row since then that nothing had changed
    unmodified_at: datetime | None = None  # the last of these; None: none
    plain_until: datetime | None = None  # it is asked without validators until then; None: with them


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed, sitemap or section page, before its page is fetched."""

    url: str
    title: str = ""
    published: StatedDate | None = None
    updated: StatedDate | None = None
    summary: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class NamedSitemap:
    """A sitemap that an index names."""

    url: str
    newest: str = ""  # its last change, or the day, month or year in its address, ISO; "" for neither


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed, sitemap or section page that was read."""

    entries: tuple[FeedEntry, ...]  # as the document has them; each address once
    title: str = ""
    skipped: int = 0  # entries without a usable link (none, javascript:, mailto:, file: ...)
    warning: str | None = None  # "not well-formed" and the like; None if all is well
    sitemaps: tuple[NamedSitemap, ...] = ()  # that an index names, newest first
    ttl_s: int | None = None  # how long the publisher says it stays fresh
    links: tuple[
        tuple[str, str], ...
    ] = ()  # relation and address of its links to itself ("self"), to a "hub" and to older entries


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
    language: str | None = None  # ISO 639-1
    authors: tuple[str, ...] = ()
    section: str | None = None
    image_url: str | None = None
    canonical_url: str | None = None  # what rel=canonical says; evidence, never a key
    outlet_host: str | None = None  # the host named in a seed's footer, or of the page
    words: int = 0  # tokens of the text; CJK: characters / 2, rounded up


@dataclass(frozen=True, slots=True)
class Rejection:
    """A page that is no article."""

    reason: str  # "wall", "login", "challenge", "no_text", "not_html", "list_page"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that is followed, as it is declared."""

    name: str
    title: str = ""
    seeds: tuple[str, ...] = ()  # files and folders, as written in the settings
    any: str = ""  # a query that matches by itself; "" if none
    require: str = ""  # a query that a seed match must also meet
    exclude: str = ""  # a query that rules an article out
    dial: str = "normal"  # "wide", "normal" or "strict"
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()  # an entity, and its names in any language


@dataclass(frozen=True, slots=True)
class TermShare:
    """A term that made a match, as the text writes it."""

    surface: str
    contribution: float  # part of the score, in the score's unit


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text that a rule found."""

    field: str  # "title" or "text"
    start: int  # character offset, first
    end: int  # character offset, behind the last


@dataclass(frozen=True, slots=True)
class Match:
    """An article is about a topic, and why."""

    topic: str
    score: float  # standard deviations above the background, or share of the seeds' score: see `rule`
    threshold: float  # the score that was needed
    reason: str  # "seed", "rule", "both", "alias", or "marked": a person said so
    band: str = "match"  # "match", or "review": near enough below the threshold that a person should look
    measure: str = ""  # how the score was made: "background", "frequencies" or "" for a rule's hit alone
    terms: tuple[TermShare, ...] = ()  # strongest first, at most 8
    sentences: tuple[str, ...] = ()  # the best first, at most 3
    paragraph: str = ""  # the one that says most of it
    place: str = ""  # where a rule's hit stands: "headline", "lead" or "body"; "" for a match by seeds alone
    density: float | None = None  # a rule's places for each 100 words of the text; None as above
    spans: tuple[Span, ...] = ()  # in order of the text, at most 50
    model_version: int | None = None  # row of topic_models; None for a rule alone


class Verdict(StrEnum):
    """What an article turned out to be."""

    NEW = "new"
    COPY = "copy"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    OFF_TOPIC = "off_topic"
