"""The spider of feeds: polls what is due, follows what is new."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Self

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import clock, limits
from crawler.discovery.lookups import SiteSearch
from crawler.documents.poll_results import first_poll, is_asked_plainly, poll_of, with_document, with_trust
from crawler.downloader.failures import reason_of
from crawler.downloader.fetching import head_of, page_of
from crawler.downloader.stopping import STOPPED, stop_crawl
from crawler.run.opening import LEASE
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession, open_session
from crawler.tasks.documents import read_whole
from crawler.tasks.finding import find_feeds, in_parallel
from crawler.tasks.idle import SpareTime
from crawler.tasks.link_reading import read_link
from crawler.tasks.outcomes import error_detail, failed_search, link_failure, refusal
from crawler.tasks.subscriptions import Hubs
from crawler.tasks.successions import seek_successors
from crawler.text.storable import storable_line
from crawler.urls import url_key
from storage.errors import ParseError, StorageError
from storage.records.articles import Feed, FeedDocument, FeedEntry, Page, Source
from storage.records.decisions import LinkOutcome, PollResult, QueuedLink, Reading
from storage.records.subscriptions import Push
from storage.sources import links, polls, pushes, site_searches, subscriptions, successors
from storage.sources.sources import DeclaredFeed
from storage.sources.successors import DeadFeeds

# Polls that are handed over before the loop may do something else.
_AT_ONCE = 50


class FeedsSpider(scrapy.Spider):
    """Polls the feeds of a run and yields a Reading or a LinkOutcome for each page behind an unseen entry."""

    name = "feeds"

    def __init__(self, session: CrawlSession, names: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(self.name, **kwargs)
        self.session, self.names = session, names
        self.progress = Progress()
        self.hubs = Hubs(session)
        self.spare_time: SpareTime | None = None
        # Pages left over by earlier runs that this one asks for, by feed.
        self._pages: Counter[int | None] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider of *session*; without one, of the run that the settings name or of a new one."""
        settings = crawler.settings
        session = kwargs.pop("session", None) or open_session(settings)
        names = tuple(settings.getlist("SEEDWATCH_SOURCES"))
        spider = super().from_crawler(crawler, *args, session=session, names=names, **kwargs)
        session.on_error = spider._end_on_storage_error
        spider.spare_time = SpareTime(spider.crawler, session, spider.progress, names, spider.page_request)
        crawler.signals.connect(spider._finish, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[scrapy.Request | LinkOutcome]:
        """Pages left over first, then the polls, then the sites of sources without a feed."""
        session = self.session
        now = clock.now()
        waiting = await session.store(
            links.claim_waiting,
            run_id=session.run_id,
            now=now,
            running_since=now - LEASE,
            names=self.names,
            per_feed=limits.WAITING_PER_FEED_PER_RUN,
        )
        for link in waiting:
            self._pages[link.feed_id] += 1
            yield self.page_request(link)
        self.progress.expect_feeds(len(session.feeds))
        pushed = await session.store(pushes.feeds)
        for number, feed in enumerate(session.feeds):
            if number % _AT_ONCE == 0:
                # Scrapy takes all that comes without it in one go, for 0.2 s where it is thousands.
                await asyncio.sleep(0)
            begun = self._read_pushes(feed) if feed.id in pushed else self._poll_requests(feed)
            for request in await begun:
                yield request
        sites = await session.store(site_searches.due, now, self.names, run_id=session.run_id)
        self.progress.expect_feeds(len(sites))
        dead = await session.store(successors.due, now, self.names)
        searches = [
            *(self._search_site(source) for source in sites),
            *(self._seek_successors(one) for one in dead),
        ]
        async with aclosing(in_parallel(searches, at_once=limits.SITE_SEARCHES)) as done:
            async for found in done:
                for request in found:
                    yield request

    # Polls

    async def _poll_requests(self, feed: Feed) -> list[scrapy.Request]:
        """The request for a poll; none, and a recorded poll, if the address is none."""
        validators = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
        if is_asked_plainly(feed, clock.now()):
            validators = {}
        try:
            request = scrapy.Request(
                feed.url,
                self.parse_poll,
                errback=self.fail_poll,
                headers={name: value for name, value in validators.items() if value},
                cb_kwargs={"feed": feed},
                dont_filter=True,
                priority=10,
            )
        except ValueError as error:  # Scrapy cannot even split such an address
            await self._record_poll(
                PollResult(feed.id, clock.now(), outcome="blocked", detail=f"bad_address: {error}"), None
            )
            return []
        return [request]

    async def parse_poll(self, response: Response, feed: Feed) -> AsyncIterator[scrapy.Request | LinkOutcome]:
        """Record the poll and follow its unseen links."""
        result = poll_of(head_of(response), feed, clock.now())
        if not result.is_ok:
            reason, detail = refusal(result.outcome, page_of(response))
            result = replace(result, outcome=reason, detail=detail or None)
        page = page_of(response) if result.outcome == "ok" else None
        for request in await self._take_poll(feed, result, page):
            yield request
        if result.is_ok and (asked := await self.hubs.request(feed)) is not None:
            yield asked

    async def _take_poll(
        self, feed: Feed, result: PollResult, page: Page | None
    ) -> list[scrapy.Request | LinkOutcome]:
        """Record a poll whose answer came, *page* if it is to be read; the requests that follow from it."""
        try:
            if page is not None:
                document = await read_whole(self.crawler, self.session.pool, page, feed)
                return await self._take_document(feed, document, result, page.url)
            failed = result
        except ParseError as error:
            failed = replace(result, outcome=error.reason, detail=storable_line(str(error)))
        except StorageError:
            raise
        except (
            Exception
        ) as error:  # one document that nobody expected must not be polled without a pause for ever
            self.logger.exception("a poll failed", extra={"source": feed.source, "url": feed.url})
            failed = PollResult(
                feed.id, result.polled_at, outcome="error", status=result.status, detail=error_detail(error)
            )
        await self._record_poll(failed, None)
        return []

    # Hubs

    async def _read_pushes(self, feed: Feed) -> list[scrapy.Request | LinkOutcome]:
        """Read what a hub has sent; the requests that follow, a poll of the feed itself if that says too little."""
        requests: list[scrapy.Request | LinkOutcome] = []
        is_told = True
        for push in await self.session.store(pushes.of_feed, feed.id):
            found = await self._read_push(feed, push)
            is_told = is_told and found is not None
            requests += found or ()
            await self.session.store(pushes.drop, push)
        return requests if is_told else [*requests, *await self._poll_requests(feed)]

    async def _read_push(self, feed: Feed, push: Push) -> list[scrapy.Request | LinkOutcome] | None:
        """What follows from a push; None: it is no feed."""
        if push.body is None:
            return None
        page = Page(feed.url, push.body, push.content_type, push.received_at)
        try:
            document = await read_whole(self.crawler, self.session.pool, page, feed)
            if not document.entries:
                return None
            result = PollResult(feed.id, clock.now(), "ok", body_bytes=len(push.body), pushed=True)
            return await self._take_document(feed, document, result, feed.url)
        except ParseError as error:
            reason = f"a push is no feed: {storable_line(str(error))}"
        except StorageError:
            raise
        except Exception as error:  # as at a poll
            self.logger.exception("a push failed", extra={"source": feed.source, "url": feed.url})
            reason = f"a push failed: {error_detail(error)}"
        await self.session.store(subscriptions.note_error, feed.id, reason)
        return None

    async def fail_poll(self, failure: Failure) -> None:
        """Record a poll without an answer."""
        feed = failure.request.cb_kwargs["feed"]  # type: ignore[attr-defined]  # Scrapy puts it there
        reason, detail, _ = reason_of(failure)
        if reason == STOPPED:
            return
        wait_s = getattr(failure.value, "retry_after_s", None)
        await self._record_poll(
            PollResult(feed.id, clock.now(), outcome=reason, detail=detail, retry_after_s=wait_s), None
        )

    async def _take_document(
        self, feed: Feed, document: FeedDocument, result: PollResult, url: str
    ) -> list[scrapy.Request | LinkOutcome]:
        keyed: dict[str, FeedEntry] = {}
        for entry in document.entries:
            keyed.setdefault(url_key(entry.url), entry)
        found, new = await self.session.store(
            links.discover, feed, keyed, run_id=self.session.run_id, now=result.polled_at
        )
        unseen = [link.entry for link in found if not link.was_fetched]
        result = with_document(result, document, url)
        await self._record_poll(result if result.pushed else with_trust(result, feed, unseen), new)
        # The rest stays queued: one feed with a long history must not hold up the others' news.
        share = limits.PAGES_PER_FEED_PER_RUN - self._pages[feed.id]
        return [self.page_request(link) for link in found[:share]]

    async def _record_poll(self, result: PollResult, new_links: int | None) -> None:
        self.crawler.stats.inc_value(
            f"feeds/{result.outcome}" if result.is_ok else f"feeds/failed/{result.outcome}"
        )
        await self.session.store(polls.record_poll, self.session.run_id, result, new_links)
        self.progress.polled(is_ok=result.is_ok)

    # Sites of sources without a feed

    async def _search_site(self, source: Source) -> list[scrapy.Request | LinkOutcome]:
        """Find what can be polled and take what was fetched on the way; the requests that follow from it."""
        assert source.home is not None
        try:
            found = await find_feeds(
                self.crawler,
                self.session.pool,
                source.home,
                timezone=source.timezone,
                link_pattern=source.link_pattern,
            )
            if any(answer.reason == STOPPED for answer in found.answers.values()):
                return []
            return await self._take_search(source, found)
        except StorageError:
            raise
        except Exception as error:  # as at a poll
            self.logger.exception("a search failed", extra={"source": source.name, "url": source.home})
            await self._record_failed_search(source, "error", error_detail(error))
        return []

    async def _seek_successors(self, dead: DeadFeeds) -> list[scrapy.Request | LinkOutcome]:
        await seek_successors(self.crawler, self.session, dead)
        return []

    async def _take_search(self, source: Source, found: SiteSearch) -> list[scrapy.Request | LinkOutcome]:
        declared = [DeclaredFeed(one.url, one.kind) for one in found.chosen]
        feeds = await self._add_found(source, declared) if declared else []
        if not feeds:
            reason, detail = found.why_nothing(is_known=bool(declared))
            await self._record_failed_search(source, reason, detail, found)
            return []
        self.progress.expect_feeds(len(feeds) - 1)
        requests: list[scrapy.Request | LinkOutcome] = []
        for feed in feeds:
            fetched = found.answers.get(url_key(feed.url))
            if fetched is None or fetched.page is None:
                requests += await self._poll_requests(feed)
            else:  # what was fetched to find the feed is its first poll
                requests += await self._take_poll(
                    feed, first_poll(feed.id, fetched, clock.now()), fetched.page
                )
        return requests

    async def _add_found(self, source: Source, declared: list[DeclaredFeed]) -> list[Feed]:
        return await self.session.store(
            site_searches.add_found, source.name, declared, clock.now(), run_id=self.session.run_id
        )

    async def _record_failed_search(
        self, source: Source, reason: str, detail: str, found: SiteSearch | None = None
    ) -> None:
        self.crawler.stats.inc_value(f"searches/failed/{reason}")
        failed = failed_search(
            source.name,
            reason,
            detail,
            failures=await self.session.store(site_searches.failures, source.name),
            now=clock.now(),
            was_answered=found is not None and found.error is None,
            wait_s=found.retry_after_s if found else None,
        )
        await self.session.store(site_searches.record_failure, failed, run_id=self.session.run_id)
        self.progress.polled(is_ok=False)

    # Pages

    def page_request(self, link: QueuedLink) -> scrapy.Request | LinkOutcome:
        """The request for a link's page; what becomes of a link that is no address."""
        self.progress.expect_page()
        try:
            return scrapy.Request(
                link.url,
                self.parse_page,
                errback=self.fail_page,
                cb_kwargs={"link": link},
                dont_filter=True,
            )
        except ValueError as error:  # Scrapy cannot even split such an address
            return LinkOutcome(link.id, "blocked", "bad_address", clock.now(), str(error))

    async def parse_page(self, response: Response, link: QueuedLink) -> AsyncIterator[Reading | LinkOutcome]:
        """The page as an article with its matches, or why it is none."""
        try:
            read = await read_link(self.session, response, link)
        except (
            Exception
        ) as error:  # one page that nobody expected must neither be lost nor asked for by every run
            self.logger.exception("a page failed", extra={"source": link.source, "url": link.url})
            read = link_failure(link, "error", error_detail(error), permanent=False, now=clock.now())
        yield read

    async def fail_page(self, failure: Failure) -> AsyncIterator[LinkOutcome]:
        """Why a page could not be fetched."""
        link = failure.request.cb_kwargs["link"]  # type: ignore[attr-defined]  # Scrapy puts it there
        reason, detail, permanent = reason_of(failure)
        if reason == STOPPED:
            return
        wait_s = getattr(failure.value, "retry_after_s", None)
        yield link_failure(link, reason, detail, permanent=permanent, now=clock.now(), wait_s=wait_s)

    # The end

    def _end_on_storage_error(self) -> None:
        stop_crawl(self.crawler, "storage_error")

    async def _finish(self, reason: str) -> None:
        # The pool's processes end, and the log moves into the file: nothing to hold up the last progress report for.
        await asyncio.to_thread(self.session.close, finished=reason == "finished")
