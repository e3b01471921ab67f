"""The spider of feeds: polls what is due, follows what is new."""

import asyncio
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Self

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler

from crawler import clock, limits
from crawler.cadence.due_rules import DUE_RULES
from crawler.downloader.stopping import stop_crawl
from crawler.mail.address import is_mailbox
from crawler.run.opening import LEASE
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession, open_session
from crawler.tasks.backfills import Backfills
from crawler.tasks.due_polls import DuePolls
from crawler.tasks.idle import SpareTime
from crawler.tasks.mailboxes import Mailboxes
from crawler.tasks.pages import Pages
from crawler.tasks.polls import Polls, Pushes
from crawler.tasks.second_looks import SecondLooks
from crawler.tasks.site_searches import SiteSearches, SuccessorSearches, in_parallel
from crawler.tasks.subscriptions import Subscriptions
from crawler.tasks.task import Output
from storage.records.sources import Feed
from storage.sources import links, site_searches, subscriptions, successors

# Polls that are handed over before the loop may do something else.
_AT_ONCE = 50


class FeedsSpider(scrapy.Spider):
    """Begins the work of a run, class after class; what each does stands in crawler/tasks/."""

    name = "feeds"

    def __init__(
        self, crawler: Crawler, session: CrawlSession, names: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        """*names*: the sources whose waiting pages are fetched too; none: all."""
        super().__init__(self.name, **kwargs)
        self.session, self.names = session, names
        self.progress = progress = Progress()
        self.pages = Pages(crawler, session, progress)
        self.hubs = Subscriptions(crawler, session, progress)
        self.polls = Polls(crawler, session, progress, self.pages, self.hubs)
        self.mailboxes = Mailboxes(crawler, session, progress, self.polls)
        self.pushes = Pushes(crawler, session, progress, self.polls)
        self.searches = SiteSearches(crawler, session, progress, self.polls)
        self.successors = SuccessorSearches(crawler, session, progress)
        self.looks = SecondLooks(crawler, session, progress, names)
        self.backfills = Backfills(crawler, session, progress, names, self.pages)
        # Scrapy's signals would not keep them alive.
        self.spare_time: SpareTime | None = None
        self.due_polls: DuePolls | None = None
        self._beside: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider of *session*; without one, of the run that the settings name or of a new one."""
        session = kwargs.pop("session", None) or open_session(crawler.settings)
        names = tuple(crawler.settings.getlist("SEEDWATCH_SOURCES"))
        spider = super().from_crawler(crawler, crawler, session, names, *args, **kwargs)
        session.on_error = spider._end_early
        spider.spare_time = SpareTime(crawler, session, spider.looks, spider.backfills)
        if crawler.settings.getbool("SEEDWATCH_TAKES_DUE"):
            spider.due_polls = DuePolls(crawler, session, spider.progress, spider._begun)
        crawler.signals.connect(spider.mailboxes.idle, signals.spider_idle)
        crawler.signals.connect(spider._finish, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Output]:
        """Pages left over first, then the polls, then the sites of sources without a feed and of dead feeds."""
        now = clock.now()
        await self.pages.begin()
        async for output in self._left_over(now):
            yield output
        self.progress.expect_feeds(len(self.session.feeds))
        if self.due_polls is not None:
            self._beside = asyncio.create_task(self.due_polls.watch())
        async for output in self._ask_feeds():
            yield output
        async for output in self._search_sites(now):
            yield output
        if self.due_polls is not None:
            self.due_polls.may_hand_over = True

    async def _ask_feeds(self) -> AsyncIterator[Output]:
        """The polls of the run's feeds, and the requests to hubs that are written down."""
        pushed = await self.session.store(subscriptions.pushed_feeds)
        for number, feed in enumerate(self.session.feeds):
            if number % _AT_ONCE == 0:
                # Scrapy takes all that comes without it in one go, for 0.2 s where it is thousands.
                await asyncio.sleep(0)
            for output in await self._ask(feed, pushed):
                yield output
        for asked in self.session.hub_requests:
            if (request := await self.hubs.send(asked)) is not None:
                yield request

    async def _left_over(self, now: datetime) -> AsyncIterator[Output]:
        waiting = await self.session.store(
            links.claim_waiting,
            run_id=self.session.run_id,
            now=now,
            running_since=now - LEASE,
            names=self.names,
            per_feed=limits.WAITING_PER_FEED_PER_RUN,
        )
        for link in waiting:
            self.polls.count_left_over(link)
            for output in await self.pages.follow(link):
                yield output

    async def _search_sites(self, now: datetime) -> AsyncIterator[Output]:
        sites = await self.session.store(site_searches.due, now, self.names, run_id=self.session.run_id)
        self.progress.expect_feeds(len(sites))
        dead = await self.session.store(successors.due, now, DUE_RULES, self.names)
        searches = [
            *(self.searches.search(source) for source in sites),
            *(self.successors.search(feeds) for feeds in dead),
        ]
        async with aclosing(in_parallel(searches, at_once=limits.SITE_SEARCHES)) as done:
            async for outputs in done:
                for output in outputs:
                    yield output

    async def _begun(self, feed: Feed) -> Sequence[Output]:
        """What is to be asked for a feed that has fallen due."""
        return await self._ask(feed, await self.session.store(subscriptions.pushed_feeds))

    async def _ask(self, feed: Feed, pushed: Collection[int]) -> Sequence[Output]:
        """What is to be asked for a feed; what hubs have *pushed* of it is read first."""
        if is_mailbox(feed.url):
            self.mailboxes.begin(feed)
            return ()
        return await (self.pushes.take_all(feed) if feed.id in pushed else self.polls.ask(feed))

    def _end_early(self) -> None:
        stop_crawl(self.crawler, "cannot_go_on")

    async def _finish(self, reason: str) -> None:
        if self._beside is not None:
            self._beside.cancel()
        self.mailboxes.stop()
        # The pool's processes end, and the log moves into the file: nothing to hold up the last progress report for.
        await asyncio.to_thread(self.session.close, finished=reason == "finished")
        if self.session.closing:  # nobody else reports it
            sys.stdout.write(f"{self.session.closing}\n")
