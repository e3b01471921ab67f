"""The spider of feeds: polls what is due, follows what is new."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Self
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import clock, limits
from crawler.caching import retry_after_s
from crawler.failures import is_permanent, reason_of, reason_of_status
from crawler.fetching import fetch, header, page_of
from crawler.finding import find_feeds
from crawler.opening import LEASE
from crawler.outcomes import link_failure, redirect_reason
from crawler.progress import Progress
from crawler.reading import PageReading, read_document, read_page
from crawler.session import CrawlSession, open_session
from crawler.stopping import STOPPED, stop_crawl
from crawler.topics.match import MatchContext
from crawler.urls import url_key
from storage import links, polls, sources
from storage.errors import ParseError
from storage.intents import LinkOutcome, PollResult, QueuedLink, Reading
from storage.records import Feed, FeedDocument, FeedEntry, FeedKind, Page, Rejection, Source


class FeedsSpider(scrapy.Spider):
    """Polls the feeds of a run and yields a Reading or a LinkOutcome for each page behind an unseen entry."""

    name = "feeds"

    def __init__(self, session: CrawlSession, names: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(self.name, **kwargs)
        self.session, self.names = session, names
        self.progress = Progress()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider of *session*; without one, of the run that the settings name or of a new one."""
        settings = crawler.settings
        session = kwargs.pop("session", None) or open_session(settings)
        names = tuple(settings.getlist("SEEDWATCH_SOURCES"))
        spider = super().from_crawler(crawler, *args, session=session, names=names, **kwargs)
        session.on_error = spider._end_on_storage_error
        crawler.signals.connect(spider._finish, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[scrapy.Request | LinkOutcome]:
        """Pages left over first, then the polls, then the sites of sources without a feed."""
        session = self.session
        now = clock.now()
        waiting = await session.store(
            links.claim_waiting, run_id=session.run_id, now=now, running_since=now - LEASE, names=self.names
        )
        for link in waiting:
            yield self._page_request(link)
        self.progress.expect_feeds(len(session.feeds))
        for feed in session.feeds:
            yield self._poll_request(feed)
        for source in await session.store(sources.without_feeds, now, self.names):
            self.progress.expect_feeds(1)
            async for request in self._search_site(source):
                yield request

    # Polls

    def _poll_request(self, feed: Feed) -> scrapy.Request:
        validators = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
        return scrapy.Request(
            feed.url,
            self.parse_poll,
            errback=self.fail_poll,
            headers={name: value for name, value in validators.items() if value},
            cb_kwargs={"feed": feed},
            dont_filter=True,
            priority=10,
        )

    async def parse_poll(self, response: Response, feed: Feed) -> AsyncIterator[scrapy.Request | LinkOutcome]:
        """Record the poll and follow its unseen links."""
        now = clock.now()
        result = _poll_result(response, feed, now)
        if result.outcome != "ok":
            await self._record_poll(result, None)
            return
        page = page_of(response)
        try:
            document = await self._read_document(page, feed)
        except ParseError as error:
            await self._record_poll(replace(result, outcome=error.reason, detail=str(error)), None)
            return
        async for request in self._take_document(feed, document, result):
            yield request

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

    async def _read_document(self, page: Page, feed: Feed) -> FeedDocument:
        """The document, with the entries of the sitemaps that an index names."""
        document = await self.session.pool.run(read_document, page, feed, timeout_s=limits.PARSE_TIMEOUT_S)
        entries, waiting, seen = list(document.entries), [(url, 1) for url in document.sitemaps], {page.url}
        while waiting and len(seen) <= limits.SITEMAPS_PER_INDEX:
            url, depth = waiting.pop(0)
            if url in seen:
                continue
            seen.add(url)
            fetched = await fetch(self.crawler, url)
            if fetched.page is None:
                document = replace(document, warning=f"{url}: {fetched.reason}")
                continue
            try:
                part = await self.session.pool.run(
                    read_document, fetched.page, feed, timeout_s=limits.PARSE_TIMEOUT_S
                )
            except ParseError as error:
                document = replace(document, warning=f"{url}: {error}")
                continue
            entries += part.entries
            if depth < limits.SITEMAP_DEPTH:
                waiting += [(inner, depth + 1) for inner in part.sitemaps]
        return replace(document, entries=tuple(entries[: limits.ENTRIES_PER_FEED]))

    async def _take_document(
        self, feed: Feed, document: FeedDocument, result: PollResult
    ) -> AsyncIterator[scrapy.Request | LinkOutcome]:
        keyed: dict[str, FeedEntry] = {}
        for entry in document.entries:
            keyed.setdefault(url_key(entry.url), entry)
        found, new = await self.session.store(
            links.discover, feed, keyed, run_id=self.session.run_id, now=result.polled_at
        )
        result = replace(
            result,
            entries=len(document.entries),
            skipped=document.skipped,
            detail=document.warning,
            ttl_s=document.ttl_s,
            title=document.title,
        )
        if document.sitemaps:
            # An index seldom changes with the sitemaps that it names: it is always asked for in full.
            result = replace(result, etag=None, last_modified=None)
        await self._record_poll(result, new)
        # The rest stays queued: one feed with a long history must not hold up the others' news.
        for link in found[: limits.PAGES_PER_FEED_PER_RUN]:
            yield self._page_request(link)

    async def _record_poll(self, result: PollResult, new_links: int | None) -> None:
        self.crawler.stats.inc_value(
            f"feeds/{result.outcome}" if result.is_ok else f"feeds/failed/{result.outcome}"
        )
        await self.session.store(polls.record_poll, self.session.run_id, result, new_links)
        self.progress.polled(is_ok=result.is_ok)

    # Sites of sources without a feed

    async def _search_site(self, source: Source) -> AsyncIterator[scrapy.Request | LinkOutcome]:
        assert source.home is not None
        found = await find_feeds(self.crawler, source.home, timezone=source.timezone)
        if any(answer.reason == STOPPED for answer in found.answers.values()):
            return
        declared = [sources.DeclaredFeed(one.url, one.kind) for one in found.chosen]
        feeds = await self.session.store(sources.add_discovered, source.name, declared, clock.now())
        self.progress.expect_feeds(len(feeds) - 1)
        for feed in feeds:
            fetched = found.answers.get(url_key(feed.url))
            if fetched is None or fetched.page is None:
                yield self._poll_request(feed)
                continue
            # What was fetched to find the feed is its first poll.
            result = PollResult(
                feed.id,
                clock.now(),
                outcome="ok",
                status=fetched.status,
                body_bytes=len(fetched.page.body),
                etag=fetched.etag,
                last_modified=fetched.last_modified,
                body_hash=_hash(fetched.page.body),
            )
            try:
                document = await self._read_document(fetched.page, feed)
            except ParseError as error:
                await self._record_poll(replace(result, outcome=error.reason, detail=str(error)), None)
                continue
            async for request in self._take_document(feed, document, result):
                yield request

    # Pages

    def _page_request(self, link: QueuedLink) -> scrapy.Request | LinkOutcome:
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
        door = redirect_reason(link.url, response.url)
        if door == "login":
            yield LinkOutcome(link.id, "not_article", door, clock.now(), f"redirected to {response.url}")
            return
        reason = reason_of_status(response.status) or door
        if reason is not None:
            wait_s = retry_after_s(header(response, "Retry-After"), clock.now())
            yield link_failure(
                link, reason, "", permanent=is_permanent(reason), now=clock.now(), wait_s=wait_s
            )
            return
        page = page_of(response)
        context = MatchContext(source=link.source, domain=urlsplit(page.url).hostname, country=link.country)
        try:
            read = await self.session.pool.run(
                read_page,
                page,
                link.entry,
                link.timezone,
                link.language,
                context,
                timeout_s=limits.EXTRACT_TIMEOUT_S,
            )
        except ParseError as error:
            yield LinkOutcome(link.id, "not_article", error.reason, clock.now(), str(error))
            return
        if isinstance(read, Rejection):
            yield LinkOutcome(link.id, "not_article", read.reason, clock.now(), read.detail)
            return
        yield self._reading(read, link, page)

    async def fail_page(self, failure: Failure) -> AsyncIterator[LinkOutcome]:
        """Why a page could not be fetched."""
        link = failure.request.cb_kwargs["link"]  # type: ignore[attr-defined]  # Scrapy puts it there
        reason, detail, permanent = reason_of(failure)
        if reason == STOPPED:
            return
        wait_s = getattr(failure.value, "retry_after_s", None)
        yield link_failure(link, reason, detail, permanent=permanent, now=clock.now(), wait_s=wait_s)

    def _reading(self, read: PageReading, link: QueuedLink, page: Page) -> Reading:
        return Reading(
            article=read.article,
            url_key=url_key(page.url),
            text_hash=read.text_hash,
            source=link.source,
            origin="crawl",
            read_at=page.fetched_at,
            matches=read.matches,
            score=read.score,
            background=read.background,
            link=link,
            run_id=self.session.run_id,
        )

    # The end

    def _end_on_storage_error(self) -> None:
        stop_crawl(self.crawler, "storage_error")

    async def _finish(self, reason: str) -> None:
        # The pool's processes end, and the log moves into the file: nothing to hold up the last progress report for.
        await asyncio.to_thread(self.session.close, finished=reason == "finished")


def _poll_result(response: Response, feed: Feed, now: datetime) -> PollResult:
    """What status, headers and the body's hash say of a poll, before the body is read."""
    failed = reason_of_status(response.status)
    body_hash = _hash(response.body)
    if failed is not None:
        outcome = failed
    elif response.status == 304:
        outcome = "not_modified"
    else:
        outcome = "same_body" if body_hash == feed.body_hash and feed.kind is not FeedKind.SITEMAP else "ok"
    return PollResult(
        feed_id=feed.id,
        polled_at=now,
        outcome=outcome,
        status=response.status,
        body_bytes=len(response.body),
        retry_after_s=retry_after_s(header(response, "Retry-After"), now),
        etag=None if failed else header(response, "ETag"),
        last_modified=None if failed else header(response, "Last-Modified"),
        body_hash=body_hash if outcome == "ok" else None,
    )


def _hash(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
