"""Sources, the feeds that are polled, what these list, and what becomes of it. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records.articles import StatedDate


class FeedKind(StrEnum):
    """What an address that is polled gives."""

    FEED = "feed"  # RSS, RDF, Atom or JSON Feed; a channel, an index or a mailbox in the place of one
    SITEMAP = "sitemap"  # a (news) sitemap or an index of them
    SECTION = "section"  # an HTML page with links to articles


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
    delay: float | None = None  # seconds between two requests to its hosts; None: as for all
    first_crawl_pages: int | None = None  # most pages on its first day; None: no bound of its own
    text: str = "page"  # where the texts of its articles are from: "page", or "feed" where pages are walled
    tags: tuple[str, ...] = ()  # names of the groups that it belongs to, as they are written


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
    learnt: tuple["PageOutcome", ...] = ()  # what pages of its source turned out to be, for section pages
    read_at: datetime | None = None  # when its body last came; None: never
    unmodified: int = 0  # answers in a row since then that nothing had changed
    unmodified_at: datetime | None = None  # the last of these; None: none
    plain_until: datetime | None = None  # it is asked without validators until then; None: with them
    idle_updates: int = 0  # entries in a row that it called updated and that had not changed
    update_read_at: datetime | None = None  # when an entry was read again for that; None: never
    text: str = "page"  # where the articles of its source are from: "page" or "feed"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed, sitemap or section page, before its page is fetched."""

    url: str
    title: str = ""
    published: StatedDate | None = None
    updated: StatedDate | None = None
    summary: str = ""
    language: str | None = None
    unread_date: str | None = None  # that was stated and could not be read, where neither date could
    text: str = (
        ""  # of an entry that is an article by itself: it has no link, or no readable page; "" for others
    )
    authors: tuple[str, ...] = ()  # of such an entry
    asks: str = ""  # where its page is asked for, if not at its address: a capture in an archive
    outlet: str | None = None  # host of its outlet, where its address has none: of a mail


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
    lists: tuple[str, ...] = ()  # addresses of JSON that a page without articles loads, the likeliest first
    # Relation and address of its links to itself ("self"), to a "hub" and to older entries.
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class QueuedLink:
    """A discovered address that is to be fetched."""

    id: int
    url: str
    url_key: str
    source: str
    entry: FeedEntry
    attempts: int = 0
    feed_id: int | None = None
    language: str | None = None  # of its source
    timezone: str | None = None  # of its source
    country: str | None = None  # of its source
    tags: tuple[str, ...] = ()  # of its source
    was_fetched: bool = False  # some time before
    text: str = "page"  # where its article is from, as its source says: "page" or "feed"
    listed_tries: int = 0  # made since it was given up, while a feed listed it
    first_seen_at: datetime | None = None
    unlisted_at: datetime | None = (
        None  # the last poll of its feed that did not have it; None: there was none
    )


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What became of a link that is no article, or could not be fetched."""

    link_id: int
    state: str  # "not_article", "blocked", "failed" or "gone"
    reason: str
    at: datetime
    detail: str = ""
    next_try_at: datetime | None = None
    is_given_up: bool = False  # the next try is made only if a feed still lists it
    is_of_address: bool = False  # it says nothing against the page as others spell its address
    was_asked: bool = True  # False: we refrained from it, so that no try is used up


@dataclass(frozen=True, slots=True)
class FailedSearch:
    """A site that was searched for feeds in vain."""

    source: str  # the source's name
    at: datetime
    reason: str  # of the home page's failure, "no_feed", "error" or "crashed"
    detail: str
    next_search_at: datetime
    was_answered: bool  # whether the home page came


@dataclass(frozen=True, slots=True)
class HostMemory:
    """What a host has asked for."""

    # A registrable domain, or host:port (`politeness_key` of crawler/urls.py). With a dot at its end: one host name.
    host: str
    paused_until: datetime | None = None  # not asked before; None: it never asked for a pause
    reason: str | None = None  # of the last pause, such as http_429; None as above
    pauses: int = 0  # in a row, without an answer between that could be used
    paused_at: datetime | None = None  # when it last asked for a pause; None as above
    spacing_s: float | None = None  # time between two requests, learned at paused_at; None: the usual
    crawl_delay_s: float | None = None  # what its robots.txt asks for; None: nothing


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """What a server answered when it was asked for robots.txt."""

    place: str  # scheme, host and port, as an address begins: "https://herald.example"
    fetched_at: datetime
    keep_until: datetime  # not used at or after this
    status: int
    body: bytes  # as far as it is read


@dataclass(frozen=True, slots=True)
class WalledSource:
    """A source whose pages nobody can read, though its feeds answer."""

    source: str  # the source's name
    reason: str  # challenge, login, wall or needs_browser
    detail: str  # whose check it is, say
    pages: int  # that were looked at last, all of them walls


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What the page at an address turned out to be."""

    url: str
    is_article: bool
    reason: str = ""  # list_page, no_text, login, wall or challenge; "" for an article


def read_tags(column: str) -> tuple[str, ...]:
    """The tags of a source as its column holds them."""
    return tuple(json.loads(column))
