"""Backfills: the past of sources, by its lists and their pages, when nothing else is left to do. I/O edge.

The lowest class of work: a few requests at a time, and none once a feed is due.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import clock, limits
from crawler.cadence.due_rules import BACKFILL_RULES, DUE_RULES
from crawler.cadence.host_pauses import pace_s, wait_of
from crawler.cadence.next_try import next_try
from crawler.discovery.archives import is_guessed, no_robots, read_archive
from crawler.documents.wayback import asked_address
from crawler.downloader.failures import is_permanent, reason_of_status
from crawler.downloader.fetching import page_of, wait_s
from crawler.run.opening import LEASE
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import LOST
from crawler.tasks.pages import Pages
from crawler.tasks.task import Failed, FetchTask, Output
from crawler.text.storable import storable_line
from crawler.urls import politeness_key
from storage.db import storage_errors, transaction
from storage.errors import ParseError, StorageError
from storage.health import workload
from storage.records.backfills import ArchivePage, ArchiveReading
from storage.records.sources import HostMemory, LinkOutcome, QueuedLink
from storage.sources import backfill_states, backfills, links

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
    if yields_to_polls and workload.due_feeds(connection, now, DUE_RULES):
        return Claimed()
    pages: list[ArchivePage] = []
    queued: list[QueuedLink] = []
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
                BACKFILL_RULES,
                run_id=run_id,
                now=now,
                running_since=now - LEASE,
                each=_pages_at_once(memory, now),
            )
            pages += lists
            queued += claimed
    return Claimed(tuple(pages), tuple(queued))


def _pages_at_once(memory: HostMemory, now: datetime) -> int:
    apart_s = pace_s(memory, now)
    return max(1, min(_EACH, int(_IN_HAND_S / apart_s))) if apart_s else _EACH


class Backfills(FetchTask[ArchivePage]):
    """Claims lists and pages of the past when the spider has nothing else to do, and asks for them."""

    name = "list"

    def __init__(
        self,
        crawler: Crawler,
        session: CrawlSession,
        progress: Progress,
        names: Sequence[str],
        pages: Pages,
    ) -> None:
        """*names*: the sources; none: all. *pages* asks for the pages, as for new ones."""
        super().__init__(crawler, session, progress)
        self._names, self._pages = names, pages
        self._most_s = SCHEDULED_S if session.trigger == "schedule" else ASKED_S
        self._began_s: float | None = None

    def ask_next(self) -> bool:
        """Ask for what comes next, if nothing else is under way; whether there is something."""
        if self.session.trigger not in _BACKFILLS:
            return False
        if self._began_s is None:
            self._began_s = clock.monotonic_s()
        if clock.monotonic_s() - self._began_s > self._most_s:
            return False
        try:
            claimed = self._claim()
            for page in claimed.pages:
                self._ask_for_list(page)
            for place, link in enumerate(claimed.links):
                self._ask_for_page(link, place)
        except StorageError:  # the session has ended the crawl
            return False
        return bool(claimed.pages or claimed.links)

    def _claim(self) -> Claimed:
        claimed = self.session.store_now(
            claim_past,
            run_id=self.session.run_id,
            now=clock.now(),
            names=self._names,
            hosts=self.session.hosts,
            yields_to_polls=self.session.trigger == "schedule",
        )
        if self.session.trigger == "backfill":  # somebody watches; the count takes long where much waits
            self.progress.expect_past(self.session.store_now(backfill_states.waiting_pages))
        return claimed

    def _ask_for_page(self, link: QueuedLink, place: int) -> None:
        asked = self._pages.ask(link)
        if isinstance(asked, LinkOutcome):
            self.session.store_now(links.record, asked, run_id=self.session.run_id)
            self.progress.settled(matched=False)
        else:
            self._send(asked, place)

    def _ask_for_list(self, page: ArchivePage) -> None:
        asked = self.request(asked_address(page.url, now=clock.now(), since=page.since), page)
        if isinstance(asked, Failed):
            self.session.store_now(backfills.record_failure, page, asked.text, now=clock.now())
        else:
            self._send(asked)

    def _send(self, request: Request, place: int = 0) -> None:
        """*place*: in the order of those that are sent together; Scrapy sends the last of equals first."""
        assert self.crawler.engine is not None  # it is what is idle
        self.crawler.engine.crawl(request.replace(priority=_PRIORITY - place))

    async def take(self, response: Response, page: ArchivePage) -> Sequence[Output]:
        """Store what a list holds."""
        reason = reason_of_status(response.status)
        if reason is None:
            return await self._read(response, page)
        if page.kind == "robots":
            await self._store(page, no_robots(page.url))
        elif reason == "http_404" and not page.is_first and page.kind in ("feed", "section"):
            await self._store(page, ArchiveReading((), detail="the end of the archive: http_404"))
        elif reason == "http_404" and is_guessed(page):
            said = "http_404: no sitemap is named, and none lies here"
            await self.session.store(backfills.record_failure, page, said, now=clock.now(), was_guessed=True)
        else:
            wish_s = wait_s(response, clock.now())
            await self.give_up(page, Failed(reason, "", is_permanent(reason), wish_s))
        return ()

    async def give_up(self, page: ArchivePage, failed: Failed) -> Sequence[Output]:
        """Store that a list was not had, and when it is asked for again; what is broken is not."""
        now = clock.now()
        again = None
        if not failed.is_permanent and failed.reason != "error":
            again = next_try(page.attempts, failed.reason, now=now, wait_s=failed.wait_s)
        said = storable_line(failed.text)
        await self.session.store(backfills.record_failure, page, said, now=now, next_try_at=again)
        self.count(f"lists/failed/{failed.reason}")
        return ()

    async def _read(self, response: Response, page: ArchivePage) -> Sequence[Output]:
        """Store a list; its entries that are articles by themselves are read at once."""
        try:
            reading = await self.session.pool.run(
                read_archive, page_of(response), page, timeout_s=limits.PARSE_TIMEOUT_S
            )
        except ParseError as error:
            return await self.give_up(
                page, Failed(error.reason, str(error), is_permanent=error.reason != LOST)
            )
        await self._store(page, reading)
        whole = [link.url_key for link in reading.links if link.entry.text]
        if not whole:
            return ()
        run_id = self.session.run_id
        taken = await self.session.store(backfills.take_listed, page, whole, run_id=run_id)
        return [output for link in taken for output in await self._pages.follow(link)]

    async def _store(self, page: ArchivePage, reading: ArchiveReading) -> None:
        new_links = 0
        for start in range(0, len(reading.links), _STORED_TOGETHER):
            some = reading.links[start : start + _STORED_TOGETHER]
            new_links += await self.session.store(backfills.add_links, page, some, clock.now())
        await self.session.store(backfills.record_read, page, reading, new_links, clock.now(), BACKFILL_RULES)
        self.count("lists/read")
