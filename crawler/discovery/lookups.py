"""Looking at addresses that a person gave: the task and its answers. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime

from crawler.discovery.discovery import FoundFeed
from crawler.discovery.services import Service
from crawler.downloader.answers import Fetched
from storage.records.articles import Article, StatedDate
from storage.records.backfills import FurtherPage
from storage.records.site_memory import NOTHING_COMMON, CommonMarks
from storage.records.sources import FeedDocument, FeedKind


@dataclass(frozen=True, slots=True)
class SiteSearch:
    """What a site offers."""

    home: str
    found: tuple[FoundFeed, ...]  # most useful first
    chosen: tuple[FoundFeed, ...]  # those to poll
    # All that was fetched, by address key; only what can be polled has its page.
    answers: dict[str, Fetched] = field(default_factory=dict)
    error: str | None = None  # why the home page could not be read; None if it could
    detail: str = ""  # the error in words
    retry_after_s: int | None = None  # how long the site asks to be left alone
    service: Service | None = None  # what its address was recognised as; None: a site like any other

    def why_nothing(self, *, is_known: bool) -> tuple[str, str]:
        """Reason and detail of a search that gave nothing to poll; *is_known*: what it found is polled already."""
        if is_known:
            return "no_feed", "what the site offers is polled already"
        if self.error is not None:
            return self.error, self.detail
        return "no_feed", "no feed, sitemap or list of articles was found"


@dataclass(frozen=True, slots=True)
class SourceToCheck:
    """A source as it is declared."""

    name: str
    home: str | None
    feeds: tuple[tuple[str, FeedKind], ...] = ()  # address and kind
    timezone: str | None = None
    language: str | None = None
    link_pattern: str | None = None
    text: str = "page"


@dataclass(frozen=True, slots=True)
class SourceToList:
    """A source of which is asked what its own lists name."""

    name: str
    lists: tuple[FurtherPage, ...]  # to begin with
    since: date  # nothing older is asked for
    timezone: str | None = None
    link_pattern: str | None = None


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """How a source does: what its list says, and one page of it."""

    name: str
    answered: bool = False  # whether its server gave any answer
    list_url: str = ""
    found_by: str = ""  # kind of the list, and what led to it: "feed, declared", "section, link"
    entries: int = 0
    newest: datetime | None = None  # of the dates that the list states
    page_url: str = ""  # of the first entry
    words: int | None = None  # of its text; None: it gave no article
    title: str = ""
    published: StatedDate | None = None
    problem: str = ""  # reason and detail of what went wrong first; "" if nothing did
    text: str = "page"  # where its articles were read: "page" or "feed"


@dataclass(frozen=True, slots=True)
class LookupTask:
    """What to look at."""

    # "feeds": the feeds of the site at each address; "articles": the article at each; "sources": how each source does;
    # "listings": what the lists of each source name.
    kind: str
    urls: tuple[str, ...]
    timezone: str | None = None
    language: str | None = None
    link_pattern: str | None = None  # of the articles' addresses on section pages; None: found by shape
    explains: bool = False  # whether an article's answer says what was considered
    common: CommonMarks = NOTHING_COMMON  # of the pages of the address's host, where articles are read
    sources: tuple[SourceToCheck, ...] = ()  # of the kind "sources", which has no addresses
    listings: tuple[SourceToList, ...] = ()  # of the kind "listings", which has no addresses
    is_feed: bool = False  # whether nothing but the addresses themselves is asked; of the kind "feeds"
    bridge: str | None = None  # the operator's own program that makes feeds; of the kind "feeds"
    tries_pages: bool = False  # whether articles of what is found are read; of the kind "feeds"


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """The feeds of a site, with what the chosen ones hold."""

    search: SiteSearch
    documents: dict[str, FeedDocument]  # of the chosen feeds, by address key
    check: SourceCheck | None = None  # how its articles come out; None: not tried, or nothing was chosen


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """The article of a page, or why there is none."""

    url: str
    article: Article | None
    reason: str | None = None
    detail: str = ""
    explanation: object | None = (
        None  # a PageExplanation; None: not asked for, or the page could not be fetched
    )
