"""The unit of work that goes to another machine: what is due of one host, with all that must be known for it."""

from dataclasses import dataclass, field

from crawler.run.opening import CrawlSettings
from storage.records.backfills import ArchivePage
from storage.records.looks import Watch
from storage.records.site_memory import CommonMarks
from storage.records.sources import Feed, HostMemory, QueuedLink, RobotsFile, Source
from storage.records.subscriptions import AskedHub, Push
from storage.sources.successors import DeadFeeds

POLLS, PAGES, LOOKS, PAST = "polls", "pages", "looks", "past"
# The classes of work in their order, over all machines.
PRIORITIES = {POLLS: 3, PAGES: 2, LOOKS: 1, PAST: 0}


@dataclass(frozen=True, slots=True)
class Site:
    """A source without a feed whose site is to be searched."""

    source: Source
    failures: int  # searches in a row that found nothing


@dataclass(frozen=True, slots=True)
class HostJob:
    """What is to be asked of one host, and what its crawl would look up in the database.

    Row ids are those of the scheduler's database: what comes back is stored under them.
    """

    key: str
    host: str  # the politeness key of crawler/urls.py
    kind: str  # the class of work: one of PRIORITIES
    run_id: int
    token: str
    trigger: str
    settings: CrawlSettings
    topics: str = ""  # the revision of the topics that pages are held against
    access: str = field(default="", repr=False)  # the text of a crawler.downloader.access.AccessPlan
    is_clock_doubted: bool = False
    feeds: tuple[Feed, ...] = ()
    pushes: tuple[Push, ...] = ()  # what hubs sent of these feeds
    hubs: tuple[AskedHub, ...] = ()  # requests for subscriptions of feeds of any host
    sites: tuple[Site, ...] = ()
    dead: tuple[DeadFeeds, ...] = ()  # whose successors are searched
    polled: tuple[str, ...] = ()  # addresses of the host that are polled, where there are dead feeds
    links: tuple[QueuedLink, ...] = ()  # of the past, too, in a job of that class
    looks: tuple[Watch, ...] = ()
    lists: tuple[ArchivePage, ...] = ()  # of the past
    memories: tuple[HostMemory, ...] = ()
    robots: tuple[RobotsFile, ...] = ()  # that may still be used
    delays: tuple[tuple[str, float], ...] = ()  # seconds between two requests that sources ask for, by host
    common: tuple[tuple[str, CommonMarks], ...] = ()  # what the pages of a site have in common, by site

    @property
    def priority(self) -> int:
        """The higher the sooner."""
        return PRIORITIES[self.kind]
