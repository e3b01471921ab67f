"""Polls that fall due while a crawl reads pages: they are made beside these, whatever other hosts do. I/O edge.

Hosts that ask to be read slowly keep a crawl busy for half an hour, and no feed may wait for them. So the daemon's
crawls take what has fallen due every few seconds; and once they have gone on for long, or a person waits for a crawl,
they leave their pages to the next one, which takes changed settings, too.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from crawler.downloader.stopping import stop_crawl
from crawler.run.opening import LEASE
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.task import Output, is_closing, pass_on
from storage.errors import PoolError, StorageError
from storage.health import workload
from storage.records.sources import Feed
from storage.sources import runs, sources

# A feed may be asked this much later than its time.
EACH_S = 5.0
# A crawl that goes on for so long leaves its pages to the next one, if feeds have fallen due in it; one that a person
# asked for takes no other feeds, and gives way sooner.
HAND_OVER_S, HAND_OVER_ASKED_S = 600.0, 60.0

Begin = Callable[[Feed], Awaitable[Sequence[Output]]]


class DuePolls:
    """Looks for feeds that are due as long as the crawl goes on."""

    def __init__(
        self,
        crawler: Crawler,
        session: CrawlSession,
        progress: Progress,
        begin: Begin,
        *,
        each_s: float = EACH_S,
    ) -> None:
        """*begin* gives what is to be asked for a feed."""
        self._crawler, self._session, self._progress, self._begin = crawler, session, progress, begin
        self._each_s = each_s
        self._began_s = clock.monotonic_s()
        self._has_claimed = self._is_claiming = False
        self.may_hand_over = False  # all that only this crawl can do is done
        crawler.signals.connect(self.idle, signals.spider_idle)

    def idle(self) -> None:
        """Keep the crawl from ending between a claim and its polls.

        Raises:
            DontCloseSpider: feeds are being claimed.
        """
        if is_closing(self._crawler) or not self._is_claiming:
            return
        raise DontCloseSpider

    async def watch(self) -> None:
        """Ask for what falls due until the crawl ends, or leaves its pages to the next."""
        while True:
            await asyncio.sleep(self._each_s)
            try:
                if is_closing(self._crawler) or await self._hand_over():
                    return
                if self._session.trigger == "schedule":
                    await self._poll()
            except (StorageError, PoolError):  # the session has ended the crawl
                return

    async def _poll(self) -> None:
        session = self._session
        self._is_claiming = True
        try:
            if not await session.store(workload.due_feeds, clock.now(), DUE_RULES):
                return
            feeds = await session.store(_claim, session.token, clock.now())
            if is_closing(self._crawler):
                await session.store(sources.release, session.token)
                return
            self._has_claimed = self._has_claimed or bool(feeds)
            self._progress.expect_feeds(len(feeds))
            for feed in feeds:
                for output in await self._begin(feed):
                    await pass_on(self._crawler, output)
        finally:
            self._is_claiming = False

    async def _hand_over(self) -> bool:
        """End the crawl if others wait for it; whether it ends."""
        session, lasted_s = self._session, clock.monotonic_s() - self._began_s
        if not self.may_hand_over or not await self._is_waited_for(lasted_s):
            return False
        # What it has not polled is free for the next, and no failure.
        await session.store(sources.release, session.token)
        stop_crawl(self._crawler, "handed_over")
        return True

    async def _is_waited_for(self, lasted_s: float) -> bool:
        session = self._session
        if await session.store(runs.open_requests):
            return True
        if session.trigger == "schedule":
            return lasted_s >= HAND_OVER_S and self._has_claimed
        is_long = lasted_s >= HAND_OVER_ASKED_S
        return is_long and bool(await session.store(workload.due_feeds, clock.now(), DUE_RULES))


def _claim(connection: sqlite3.Connection, token: str, now: datetime) -> list[Feed]:
    return sources.claim(connection, token, DUE_RULES, now=now, until=now + LEASE)
