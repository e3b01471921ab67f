"""The records of second looks: what is looked at again, what was seen, and what became of it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from storage.records.sources import FeedEntry


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire, as far as evidence and the next request need it."""

    asked_url: str
    url: str  # where the answer came from, after redirects
    status: int
    fetched_at: datetime
    http_version: str = "HTTP/1.1"
    # As received, see storage/articles/kept_pages.py for what is not kept.
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None  # as received, before its Content-Encoding was undone; None: not kept
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None  # of the plain body


@dataclass(frozen=True, slots=True)
class Absence:
    """One look at which an article was not where it had been."""

    at: datetime
    reason: str  # http_404, http_410, front_page, not_found, list_page, no_text or other_story
    url: str  # that answered
    status: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another page of the same host that was read as an article."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A further address of an article."""

    url: str
    url_key: str


@dataclass(frozen=True, slots=True)
class Watch:
    """A kept article that is due for another look, with what the look needs to know."""

    article_id: int
    url: str
    url_key: str
    source: str  # the source's name
    source_id: int
    title: str
    words: int  # of the stored text
    state: str  # of the article
    first_seen_at: datetime
    published_at: datetime | None = None
    due_at: datetime | None = None
    looked_at: datetime | None = None  # None: never
    keep_watching_days: int | None = None  # of its source; None: the usual time
    looks: int = 0  # made so far
    failures: int = 0  # looks in a row that said nothing
    absences: tuple[Absence, ...] = ()  # since it was last seen, oldest first
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    entry: FeedEntry | None = None  # what the feed said of it
    language: str | None = None  # of its source
    timezone: str | None = None  # of its source
    country: str | None = None  # of its source
    tags: tuple[str, ...] = ()  # of its source
    has_match: bool = True  # whether it meets a topic, or met one until its outlet changed it
    others: tuple[Address, ...] = ()  # further addresses of the article that were not asked for yet


@dataclass(frozen=True, slots=True)
class Event:
    """A dated fact about an article."""

    name: str  # deleted, returned, moved, replaced or alternating
    detail: str  # the evidence as JSON


@dataclass(frozen=True, slots=True)
class Look:
    """What one second look gave, and what follows from it.

    Attributes:
        outcome: unchanged, not_modified, revised, alternating, replaced, absent, deleted, wall, unreadable, failed
            or skipped.
        next_due_at: when to look again; None: not again.
        ended: why not again; None where it goes on.
        absences: what stands against the article from now on.
        state: of the article from now on; None: as it was.
        answer: of an answer that says that the article is there, where nothing was read anew; its validators serve
            the next request.
    """

    watch: Watch
    looked_at: datetime
    outcome: str
    next_due_at: datetime | None
    ended: str | None = None
    status: int | None = None
    reason: str | None = None
    detail: str = ""
    failures: int = 0
    absences: tuple[Absence, ...] = ()
    state: str | None = None
    events: tuple[Event, ...] = ()
    answer: Answer | None = None
    moved_to: tuple[str, str] | None = None  # the address that the old one leads to, and its key
