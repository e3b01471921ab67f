"""The part of the spider that reads the past of sources, when nothing else is left to do: lists, and their pages.

The lowest class of work: a few requests at a time, and none once a feed is due.
"""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import clock, limits
from crawler.cadence.host_pauses import pace_s, wait_of
from crawler.discovery.archives import is_guessed, no_robots, read_archive
from crawler.downloader import fetching
from crawler.downloader.failures import is_permanent, reason_of, reason_of_status
from crawler.downloader.fetching import page_of
from crawler.downloader.stopping import STOPPED
from crawler.run.opening import LEASE
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import error_detail, next_try
from crawler.text.storable import storable_line
from crawler.urls import politeness_key
from storage.db import storage_errors, transaction
from storage.errors import ParseError, StorageError
from storage.health import workload
from storage.records.backfills import ArchivePage, ArchiveReading
from storage.records.decisions import LinkOutcome, QueuedLink
from storage.records.host_records import HostMemory
from storage.sources import backfill_states, backfills, links

logger = logging.getLogger(__name__)

# A scheduled crawl gives so much time to backfills; then the daemon looks whether there is better to do. One that a
# person asked for takes longer, within the lease of a crawl.
SCHEDULED_S = 60.0
ASKED_S = 900.0
# Pages of a source in hand at a time, and the seconds that they may take where the host is asked slowly.
_EACH = 5
_IN_HAND_S = 10.0
# Links that are stored together: more would hold the database up for others.
_STORED_TOGETHER = 1_000
_PRIORITY = -20
_BACKFILLS = frozenset({"schedule", "backfill"})


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a crawl asks for next."""

    pages: tuple[ArchivePage, ...] = ()
    links: tuple[QueuedLink, ...] = ()


@storage_errors
def claim_past(
    connection: sqlite3.Connection,
    *,
    run_id: int,
    now: datetime,
    names: Sequence[str],
    hosts: Mapping[str, HostMemory],
    yields_to_polls: bool,
) -> Claimed:
    """The next lists and pages of all backfills, those of *names* if there are any; nothing while a feed is due."""
    if yields_to_polls and workload.due_feeds(connection, now):
        return Claimed()
    pages: list[ArchivePage] = []
    found: list[QueuedLink] = []
    with transaction(connection):
        for backfill in backfills.due(connection, now):
            if names and backfill.source not in names:
                continue
            memory = hosts.get(politeness_key(backfill.url), HostMemory(""))
            paused_s = wait_of(memory, now)
            if paused_s is not None:
                backfills.wait(connection, backfill.source_id, now + timedelta(seconds=paused_s))
                continue
            lists, claimed = backfills.claim(
                connection,
                backfill,
                run_id=run_id,
                now=now,
                running_since=now - LEASE,
                each=_pages_at_once(memory, now),
            )
            pages += lists
            found += claimed
    return Claimed(tuple(pages), tuple(found))


def _pages_at_once(memory: HostMemory, now: datetime) -> int:
    apart_s = pace_s(memory, now)
    return max(1, min(_EACH, int(_IN_HAND_S / apart_s))) if apart_s else _EACH


class Backfilling:
    """Claims lists and pages of the past when the spider has nothing else to do, and asks for them."""

    def __init__(
        self,
        crawler: Crawler,
        session: CrawlSession,
        progress: Progress,
        names: Sequence[str],
        page_request: Callable[[QueuedLink], Request | LinkOutcome],
    ) -> None:
        """*names*: the sources; none: all. *page_request* gives the request for a page, as for a new one."""
        self._crawler, self._session, self._progress, self._names = crawler, session, progress, names
        self._page_request = page_request
        self._most_s = SCHEDULED_S if session.trigger == "schedule" else ASKED_S
        self._began_s: float | None = None

    def ask_next(self) -> bool:
        """Ask for what comes next, if nothing else is under way; whether there is something."""
        if self._session.trigger not in _BACKFILLS:
            return False
        if self._began_s is None:
            self._began_s = clock.monotonic_s()
        if clock.monotonic_s() - self._began_s > self._most_s:
            return False
        try:
            claimed = self._session.store_now(
                claim_past,
                run_id=self._session.run_id,
                now=clock.now(),
                names=self._names,
                hosts=self._session.hosts,
                yields_to_polls=self._session.trigger == "schedule",
            )
            if self._session.trigger == "backfill":  # somebody watches; the count takes long where much waits
                self._progress.past = self._session.store_now(backfill_states.waiting_pages)
            for page in claimed.pages:
                self._ask_for_list(page)
            for place, link in enumerate(claimed.links):
                self._ask_for_page(link, place)
        except StorageError:  # the session has ended the crawl
            return False
        return bool(claimed.pages or claimed.links)

    def _ask_for_page(self, link: QueuedLink, place: int) -> None:
        request = self._page_request(link)
        if isinstance(request, LinkOutcome):
            self._session.store_now(links.record, request, run_id=self._session.run_id)
            self._progress.settled(matched=False)
        else:
            self._send(request, place)

    def _ask_for_list(self, page: ArchivePage) -> None:
        try:
            request = Request(
                page.url, self.take, errback=self.fail, cb_kwargs={"page": page}, dont_filter=True
            )
        except ValueError as error:  # Scrapy cannot even split such an address
            self._session.store_now(backfills.record_failure, page, f"bad_address: {error}", now=clock.now())
        else:
            self._send(request)

    def _send(self, request: Request, place: int = 0) -> None:
        """*place*: in the order of those that are sent together; Scrapy sends the last of equals first."""
        engine = self._crawler.engine
        assert engine is not None  # it is what is idle
        engine.crawl(request.replace(priority=_PRIORITY - place))

    async def take(self, response: Response, page: ArchivePage) -> None:
        """Store what a list holds."""
        reason = reason_of_status(response.status)
        if reason is not None and page.kind == "robots":
            await self._store(page, no_robots(page.url))
        elif reason == "http_404" and not page.is_first and page.kind in ("feed", "section"):
            await self._store(page, ArchiveReading((), detail="the end of the archive: http_404"))
        elif reason == "http_404" and is_guessed(page):
            said = "http_404: no sitemap is named, and none lies here"
            await self._session.store(backfills.record_failure, page, said, now=clock.now(), was_guessed=True)
        elif reason is not None:
            wait_s = fetching.wait_s(response, clock.now())
            await self._record_failure(page, reason, "", is_permanent(reason), wait_s)
        else:
            await self._read(response, page)

    async def _read(self, response: Response, page: ArchivePage) -> None:
        try:
            reading = await self._session.pool.run(
                read_archive, page_of(response), page, timeout_s=limits.PARSE_TIMEOUT_S
            )
            await self._store(page, reading)
        except ParseError as error:
            await self._record_failure(page, error.reason, str(error), is_for_good=True)
        except StorageError:
            raise
        except Exception as error:  # one list that nobody expected must not be asked for by every run
            logger.exception("a list failed", extra={"source": page.source, "url": page.url})
            await self._record_failure(page, "error", error_detail(error), is_for_good=True)

    async def fail(self, failure: Failure) -> None:
        """Store that no answer came."""
        page = failure.request.cb_kwargs["page"]  # type: ignore[attr-defined]  # Scrapy puts it there
        reason, detail, is_for_good = reason_of(failure)
        if reason == STOPPED:
            return
        wait_s = getattr(failure.value, "retry_after_s", None)
        await self._record_failure(page, reason, detail, is_for_good, wait_s)

    async def _store(self, page: ArchivePage, reading: ArchiveReading) -> None:
        new_links = 0
        for start in range(0, len(reading.links), _STORED_TOGETHER):
            some = reading.links[start : start + _STORED_TOGETHER]
            new_links += await self._session.store(backfills.add_links, page, some, clock.now())
        await self._session.store(backfills.record_read, page, reading, new_links, clock.now())
        self._count("read")

    async def _record_failure(
        self, page: ArchivePage, reason: str, detail: str, is_for_good: bool, wait_s: int | None = None
    ) -> None:
        now = clock.now()
        again = None if is_for_good else next_try(page.attempts, reason, now=now, wait_s=wait_s)
        said = storable_line(f"{reason}: {detail}" if detail else reason)
        await self._session.store(backfills.record_failure, page, said, now=now, next_try_at=again)
        self._count(f"failed/{reason}")

    def _count(self, name: str) -> None:
        assert self._crawler.stats is not None  # Scrapy makes it before the spider
        self._crawler.stats.inc_value(f"lists/{name}")
