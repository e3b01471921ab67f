"""The records of a backfill: what is read of a source's past, and how far that is. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from storage.records.sources import FeedEntry


@dataclass(frozen=True, slots=True)
class DueBackfill:
    """A source whose past is read, and may be asked for more now."""

    source_id: int
    source: str  # the source's name
    since: date
    url: str  # one of its addresses, for the pace of its host


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """A list of older pages that is to be read."""

    id: int
    source_id: int
    source: str  # the source's name
    url: str
    kind: str  # "robots", "sitemap", "feed" or "section"
    since: date  # nothing older is asked for
    is_first: bool  # the search began with it
    attempts: int = 0
    timezone: str | None = None  # of its source
    link_pattern: str | None = None  # of its source
    text: str = "page"  # where the articles of its source are from: "page" or "feed"


@dataclass(frozen=True, slots=True)
class FurtherPage:
    """A list that another one names."""

    url: str
    url_key: str
    kind: str  # as of an ArchivePage
    newest: str | None = None  # no page that it lists is younger than this ISO day; None: unknown
    waits: bool = False  # asked for only once the dates of what its parent lists are known, and not too old


@dataclass(frozen=True, slots=True)
class PastLink:
    """A page of the past."""

    url_key: str
    entry: FeedEntry
    day: str | None  # ISO day that list or address state; None: neither does


@dataclass(frozen=True, slots=True)
class ArchiveReading:
    """What a list holds."""

    links: tuple[PastLink, ...] = ()  # young enough, and perhaps articles
    further: tuple[FurtherPage, ...] = ()
    entries: int = 0  # all that it lists, further lists included
    fingerprint: str | None = None  # equal for lists of the same pages; None: it lists none
    detail: str | None = None  # what was left out, or is odd; None: nothing


@dataclass(frozen=True, slots=True)
class BackfillState:
    """How far a backfill is."""

    source: str
    since: date
    state: str  # running, finished or stopped
    begun_at: datetime
    ended_at: datetime | None
    next_at: datetime | None  # not asked for more before; None: at once
    lists_read: int
    lists_waiting: int
    lists_failed: int
    pages_read: int
    pages_waiting: int
    articles: int  # kept
    reached: str | None  # ISO day of the newest page that waits; None: none has a date
    url: str  # one of the source's addresses
