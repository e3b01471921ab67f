"""Polls of feeds, sitemaps and section pages, and what hubs push in their place. I/O edge."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import clock, limits
from crawler.documents.entries import newest_entries
from crawler.documents.ingest import ingest
from crawler.documents.poll_results import is_asked_plainly, poll_of
from crawler.documents.wayback import asked_address
from crawler.downloader.access_middleware import PAGE
from crawler.downloader.fetching import fetch, head_of, page_of
from crawler.run.pool import TaskPool
from crawler.run.pool_work import read_document
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.sections.learnt import LEARNT_WITHIN
from crawler.tasks.outcomes import refusal
from crawler.tasks.pages import Pages
from crawler.tasks.subscriptions import Subscriptions
from crawler.tasks.task import Failed, FetchTask, Output, Task
from crawler.text.storable import storable_line
from storage.errors import ParseError
from storage.records.articles import Page
from storage.records.polls import PollResult
from storage.records.sources import Feed, FeedDocument, FeedKind, QueuedLink
from storage.records.subscriptions import Push
from storage.sources import polls, shapes, subscriptions


class Polls(FetchTask[Feed]):
    """Asks for what is polled, records each poll, and follows the links that were never seen."""

    name = "poll"

    def __init__(
        self,
        crawler: Crawler,
        session: CrawlSession,
        progress: Progress,
        pages: Pages,
        hubs: Subscriptions,
    ) -> None:
        super().__init__(crawler, session, progress)
        self._pages, self._hubs = pages, hubs
        # Pages of a feed that this run asks for, so far.
        self._asked: Counter[int | None] = Counter()

    def count_left_over(self, link: QueuedLink) -> None:
        """Count a page that an earlier run has left over among those of its feed."""
        self._asked[link.feed_id] += 1

    async def ask(self, feed: Feed) -> Sequence[Output]:
        """The request for a poll; none, and a recorded poll, if the address is none."""
        is_plain = is_asked_plainly(feed, clock.now())
        asked = self.request(
            asked_address(feed.url, now=clock.now()),
            feed,
            etag=None if is_plain else feed.etag,
            last_modified=None if is_plain else feed.last_modified,
            priority=10,
            meta={PAGE: feed.kind is FeedKind.SECTION},
        )
        if isinstance(asked, Failed):
            return await self.give_up(feed, replace(asked, reason="blocked", detail=asked.text))
        return (asked,)

    async def take(self, response: Response, feed: Feed) -> Sequence[Output]:
        """Record the poll and follow its unseen links."""
        result = poll_of(head_of(response), feed, clock.now())
        if result.outcome == "ok":
            outputs = await self._read(feed, result, page_of(response))
        elif result.is_ok:
            outputs = await self._record(result)
        else:
            reason, detail = refusal(result.outcome, page_of(response))
            outputs = await self._record(replace(result, outcome=reason, detail=detail or result.detail))
        asked = await self._hubs.ask(feed) if result.is_ok else None
        return (*outputs, asked) if asked is not None else outputs

    async def take_fetched(self, feed: Feed, result: PollResult, page: Page) -> Sequence[Output]:
        """The same for a page that was fetched to find the feed."""
        return await self.guard(feed, self._read(feed, result, page), url=page.url, status=result.status)

    async def give_up(self, feed: Feed, failed: Failed) -> Sequence[Output]:
        """Record a poll that gave nothing."""
        result = PollResult(
            feed.id,
            clock.now(),
            outcome=failed.reason,
            status=failed.status,
            detail=failed.detail,
            retry_after_s=failed.wait_s,
        )
        return await self._record(result)

    async def follow(
        self, feed: Feed, document: FeedDocument, result: PollResult, url: str
    ) -> Sequence[Output]:
        """Record a poll with its document, and ask for the pages of its unseen links."""
        queued = await self.session.store(ingest, feed, document, result, url=url, run_id=self.session.run_id)
        self._count(result)
        # The rest stays queued: one feed with a long history must not hold up the others' news.
        share = limits.PAGES_PER_FEED_PER_RUN - self._asked[feed.id]
        return [output for link in queued[:share] for output in await self._pages.follow(link)]

    async def _read(self, feed: Feed, result: PollResult, page: Page) -> Sequence[Output]:
        if feed.kind is FeedKind.SECTION and feed.link_pattern is None:
            learnt = await self.session.store(shapes.outcomes, feed.source, result.polled_at - LEARNT_WITHIN)
            feed = replace(feed, learnt=learnt)
        try:
            document = await read_whole(self.crawler, self.session.pool, page, feed)
        except ParseError as error:
            failed = replace(result, outcome=error.reason, detail=storable_line(str(error)))
            return await self._record(failed)
        return await self.follow(feed, document, result, page.url)

    async def _record(self, result: PollResult) -> Sequence[Output]:
        """Record a poll without a document that is new."""
        await self.session.store(polls.record_poll, self.session.run_id, result, None)
        self._count(result)
        return ()

    def _count(self, result: PollResult) -> None:
        self.count(f"feeds/{result.outcome}" if result.is_ok else f"feeds/failed/{result.outcome}")
        self.progress.polled(is_ok=result.is_ok)


class Pushes(Task[Push]):
    """Reads what hubs have sent in the place of polls."""

    name = "push"

    def __init__(self, crawler: Crawler, session: CrawlSession, progress: Progress, polls: Polls) -> None:
        super().__init__(crawler, session, progress)
        self._polls = polls
        self._untold: set[int] = set()  # feeds of which a push says too little

    async def take_all(self, feed: Feed) -> Sequence[Output]:
        """Read what waits of *feed*; what follows, with a poll of the feed itself if that says too little."""
        outputs: list[Output] = []
        for push in await self.session.store(subscriptions.pushes_of, feed.id):
            outputs += await self.guard(push, self._read(feed, push))
            await self.session.store(subscriptions.drop_push, push)
        if feed.id in self._untold:
            outputs += await self._polls.ask(feed)
        return outputs

    async def give_up(self, push: Push, failed: Failed) -> Sequence[Output]:
        """Note why a push could not be read."""
        self._untold.add(push.feed_id)
        said = "a push failed" if failed.reason == "error" else "a push is no feed"
        await self.session.store(subscriptions.note_error, push.feed_id, f"{said}: {failed.detail}")
        return ()

    async def _read(self, feed: Feed, push: Push) -> Sequence[Output]:
        if push.body is None:
            self._untold.add(feed.id)
            return ()
        page = Page(feed.url, push.body, push.content_type, push.received_at)
        try:
            document = await read_whole(self.crawler, self.session.pool, page, feed)
        except ParseError as error:
            return await self.give_up(push, Failed(error.reason, storable_line(str(error))))
        if not document.entries:
            self._untold.add(feed.id)
            return ()
        result = PollResult(feed.id, clock.now(), "ok", body_bytes=len(push.body), pushed=True)
        return await self._polls.follow(feed, document, result, feed.url)


async def read_whole(crawler: Crawler, pool: TaskPool, page: Page, feed: Feed) -> FeedDocument:
    """The document of *page*, with the entries of the sitemaps that an index names, or of the JSON that a page loads.

    Raises:
        ParseError: it is none, or cannot be read. A part of it that cannot is only its warning.
    """
    document = await pool.run(read_document, page, feed, timeout_s=limits.PARSE_TIMEOUT_S, source=feed.source)
    parts, waiting, seen = (
        [document.entries],
        [(sitemap.url, 1) for sitemap in document.sitemaps],
        {page.url},
    )
    while waiting and len(seen) <= limits.SITEMAPS_PER_INDEX:
        url, depth = waiting.pop(0)
        if url in seen:
            continue
        seen.add(url)
        part = await _part(crawler, pool, url, feed)
        if isinstance(part, str):
            document = replace(document, warning=f"{url}: {part}")
            continue
        parts.append(part.entries)
        if depth < limits.SITEMAP_DEPTH:
            waiting += [(inner.url, depth + 1) for inner in part.sitemaps]
    whole = replace(document, entries=newest_entries(parts, limits.ENTRIES_PER_FEED))
    return await _with_lists(crawler, pool, whole, page, feed) if whole.lists else whole


async def _with_lists(
    crawler: Crawler, pool: TaskPool, document: FeedDocument, page: Page, feed: Feed
) -> FeedDocument:
    """*document*, of a page that shows no articles, with those of the first of its JSON lists that has some."""
    for url in document.lists[: limits.LISTS_PER_PAGE]:
        part = await _part(crawler, pool, url, feed, base=page.url)
        if isinstance(part, FeedDocument) and part.entries:
            return replace(document, entries=part.entries, skipped=part.skipped, warning=part.warning)
    return document


async def _part(
    crawler: Crawler, pool: TaskPool, url: str, feed: Feed, *, base: str | None = None
) -> FeedDocument | str:
    """A document that another one names, its addresses resolved against *base* or its own; or why there is none."""
    fetched = await fetch(crawler, url)
    if fetched.page is None:
        return str(fetched.reason)
    page = fetched.page if base is None else replace(fetched.page, url=base)
    try:
        return await pool.run(read_document, page, feed, timeout_s=limits.PARSE_TIMEOUT_S, source=feed.source)
    except ParseError as error:
        return str(error)
