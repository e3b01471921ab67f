"""What the sitemaps and archives of a source list from a day on, read to be compared; nothing is stored. I/O edge."""

from collections import deque
from dataclasses import dataclass, field

from scrapy.crawler import Crawler

from crawler import clock, limits
from crawler.discovery.archives import is_guessed, no_robots, publication_day, read_archive
from crawler.discovery.lookups import SourceToList
from crawler.documents.wayback import asked_address
from crawler.downloader.fetching import fetch
from crawler.run.pool import TaskPool
from crawler.tasks.outcomes import error_detail
from crawler.text.storable import storable_line
from storage.errors import ParseError
from storage.records.backfills import ArchivePage, ArchiveReading, FurtherPage
from storage.records.comparisons import ListedPage, SourceListing

# Lists of one source that are read: a month of a large outlet stands in a few, and each costs its host a request.
MOST_LISTS = 100


@dataclass(slots=True)
class _ListWalk:
    """How far the lists of a source have been read."""

    waiting: deque[FurtherPage]
    asked: set[str] = field(default_factory=set)
    pages: dict[str, ListedPage] = field(default_factory=dict)
    lists: int = 0
    failed: list[str] = field(default_factory=list)


async def list_source(crawler: Crawler, pool: TaskPool, source: SourceToList) -> SourceListing:
    """What the lists of *source* name, beginning with those that it is given; at most MOST_LISTS are asked for."""
    walk = _ListWalk(deque(source.lists))
    try:
        while walk.waiting and len(walk.asked) < MOST_LISTS:
            named = walk.waiting.popleft()
            if named.url_key not in walk.asked:
                walk.asked.add(named.url_key)
                await _read(crawler, pool, source, named, walk)
    except Exception as error:  # one source must not cost the answers to the others
        walk.failed.append(f"error: {error_detail(error)}")
    left = {page.url_key for page in walk.waiting} - walk.asked
    return SourceListing(source.name, tuple(walk.pages.values()), walk.lists, tuple(walk.failed), len(left))


async def _read(
    crawler: Crawler, pool: TaskPool, source: SourceToList, named: FurtherPage, walk: _ListWalk
) -> None:
    asked = ArchivePage(
        id=0,
        source_id=0,
        source=source.name,
        url=named.url,
        kind=named.kind,
        since=source.since,
        is_first=named in source.lists,
        timezone=source.timezone,
        link_pattern=source.link_pattern,
    )
    reading = await _reading(crawler, pool, asked, walk)
    if reading is None:
        return
    walk.lists += named.kind != "robots"
    walk.waiting.extend(reading.further)
    for link in reading.links:
        day = publication_day(link.entry)
        walk.pages.setdefault(link.url_key, ListedPage(link.entry.url, link.url_key, day))


async def _reading(
    crawler: Crawler, pool: TaskPool, asked: ArchivePage, walk: _ListWalk
) -> ArchiveReading | None:
    """What a list holds; None if there is none, which is noted where something promised one."""
    fetched = await fetch(crawler, asked_address(asked.url, now=clock.now(), since=asked.since))
    if fetched.page is None:
        if asked.kind == "robots":
            return no_robots(asked.url)
        if not (fetched.reason == "http_404" and is_guessed(asked)):
            walk.failed.append(_failure(asked.url, fetched.reason or "", fetched.detail))
        return None
    try:
        return await pool.run(read_archive, fetched.page, asked, timeout_s=limits.PARSE_TIMEOUT_S)
    except ParseError as error:
        walk.failed.append(_failure(asked.url, error.reason, str(error)))
        return None


def _failure(url: str, reason: str, detail: str) -> str:
    return storable_line(f"{url}: {reason}" + (f" ({detail})" if detail else ""))
