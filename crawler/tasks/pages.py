"""Pages behind links, read and matched in the pool: an article, or what became of the link instead. I/O edge."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import clock, limits
from crawler.articles.look_verdicts import has_wall_signs
from crawler.documents.wayback import original_page
from crawler.downloader.access_middleware import PAGE
from crawler.downloader.failures import is_permanent, reason_of_status
from crawler.downloader.fetching import evidence_of, page_of, wait_s
from crawler.pages.date_choice import PollBracket
from crawler.run.pool_work import PageReading, read_entry, read_page
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import link_failure, not_article, redirect_reason, refusal, unread
from crawler.tasks.several_pages import read_whole_article
from crawler.tasks.task import Failed, FetchTask, Output
from crawler.text.storable import storable_line
from crawler.topics.match import MatchContext
from crawler.urls import host_and_port, key_of_answer
from storage.errors import ParseError
from storage.records.articles import Page, Rejection
from storage.records.decisions import Reading
from storage.records.looks import Answer, Watch
from storage.records.site_memory import NOTHING_COMMON
from storage.records.sources import LinkOutcome, QueuedLink
from storage.sources import links, site_memories

FIRST_DAY = timedelta(seconds=limits.FIRST_DAY_S)


class Pages(FetchTask[QueuedLink]):
    """Asks for the pages of links; what it gives is stored by the pipeline."""

    name = "page"

    def __init__(self, crawler: Crawler, session: CrawlSession, progress: Progress) -> None:
        super().__init__(crawler, session, progress)
        self._room: dict[str, int] = {}  # pages that sources on their first day may still be asked for

    async def begin(self) -> None:
        """Learn which sources begin slowly."""
        self._room = await self.session.store(links.first_day_room, clock.now() - FIRST_DAY)

    async def follow(self, link: QueuedLink) -> Sequence[Output]:
        """Ask for a link's page, or read its entry where the source is known by its feed alone; later, if need be."""
        room = self._room.get(link.source)
        if room == 0 or self.session.pool.is_spent(link.source):
            return ()  # it stays queued
        if room is not None:
            self._room[link.source] = room - 1
        if link.text == "feed" or link.entry.text:
            return await self.guard(link, self._read_entry(link))
        return (self.ask(link),)

    async def _read_entry(self, link: QueuedLink) -> Sequence[Output]:
        self.progress.expect_page()
        now = clock.now()
        domain = link.entry.outlet or urlsplit(link.url).hostname
        context = MatchContext(source=link.source, domain=domain, country=link.country, tags=link.tags)
        read = await self.session.pool.run(
            read_entry, link, context, timeout_s=limits.EXTRACT_TIMEOUT_S, source=link.source
        )
        page = Page(link.url, b"", "", now)
        return (reading_of(self.session, read, link, page, None, link.url_key),)

    def ask(self, link: QueuedLink) -> Request | LinkOutcome:
        """The request for a link's page; what becomes of a link that is no address."""
        self.progress.expect_page()
        asked = self.request(link.entry.asks or link.url, link, meta={PAGE: True})
        return _outcome(link, asked) if isinstance(asked, Failed) else asked

    async def take(self, response: Response, link: QueuedLink) -> Sequence[Output]:
        """The article of the answer to *link*'s address, with its matches; or why it is none."""
        failed = _failure(response, link)
        if failed is not None:
            return (failed,)
        if self.session.pool.is_spent(link.source):
            return ()  # it stays queued
        page = page_of(response)
        shown = original_page(page, link.entry)
        page = replace(page, url=shown.url)
        try:
            read = await read_in_pool(self.crawler, self.session, shown, link)
        except ParseError as error:
            return (unread(link, error.reason, storable_line(str(error)), clock.now()),)
        if isinstance(read, Rejection):
            return (not_article(link, read.reason, read.detail, clock.now()),)
        keep_body = self.session.settings.keep_pages and bool(read.matches)
        answer = evidence_of(response, link.url, page.fetched_at, keep_body=keep_body)
        reading = reading_of(
            self.session, read, link, page, answer, key_of_answer(link.url, link.url_key, page.url)
        )
        # Only what was read before can be cut down to a teaser.
        has_signs = link.was_fetched and has_wall_signs(page.body.decode("utf-8", "replace"))
        return (replace(reading, has_wall_signs=has_signs),)

    async def give_up(self, link: QueuedLink, failed: Failed) -> Sequence[Output]:
        """What becomes of a link whose page was not had."""
        return (_outcome(link, failed),)


async def read_in_pool(
    crawler: Crawler, session: CrawlSession, page: Page, target: QueuedLink | Watch
) -> PageReading | Rejection:
    """The article of a page of *target*'s source, its further pages joined, with its matches; or why it is none.

    Raises:
        ParseError: the page cannot be read, or not in time.
    """
    domain, site = urlsplit(page.url).hostname, host_and_port(page.url)
    context = MatchContext(source=target.source, domain=domain, country=target.country, tags=target.tags)
    common = await session.store(site_memories.common_marks, site) if site else NOTHING_COMMON
    read = await session.pool.run(
        read_page,
        page,
        target.entry,
        target.timezone,
        target.language,
        context,
        _bracket(target),
        common,
        timeout_s=limits.EXTRACT_TIMEOUT_S,
        source=target.source,
    )
    if isinstance(read, Rejection) or not read.further:
        return read
    return await read_whole_article(
        crawler,
        session.pool,
        read,
        context,
        source=target.source,
        timezone=target.timezone,
        language=target.language,
        common=common,
    )


def _bracket(target: QueuedLink | Watch) -> PollBracket | None:
    """The polls between which the page of a link appeared in its feed; None: not known."""
    if isinstance(target, Watch) or target.first_seen_at is None or target.unlisted_at is None:
        return None
    return PollBracket(target.unlisted_at, target.first_seen_at)


def reading_of(
    session: CrawlSession,
    read: PageReading,
    target: QueuedLink | Watch,
    page: Page,
    answer: Answer | None,
    key: str,
) -> Reading:
    """What was read of *target*'s page, on its way to a decision, under the address key *key*."""
    return Reading(
        article=read.article,
        url_key=key,
        text_hash=read.text_hash,
        source=target.source,
        origin="crawl",
        read_at=page.fetched_at,
        matches=read.matches,
        score=read.score,
        background=read.background,
        anchors=read.anchors,
        vector=read.vector,
        link=target if isinstance(target, QueuedLink) else None,
        topics=session.topics,
        run_id=session.run_id,
        answer=answer,
        marks=read.marks,
        clock_ahead_s=session.clock_ahead_s,
    )


def _failure(response: Response, link: QueuedLink) -> LinkOutcome | None:
    """What status and address say against the page; None if nothing does."""
    door = redirect_reason(link.url, response.url)
    if door == "login":
        return not_article(link, door, f"redirected to {response.url}", clock.now())
    reason = reason_of_status(response.status) or door
    if reason is None:
        return None
    is_final, wish_s = is_permanent(reason), wait_s(response, clock.now())
    reason, detail = refusal(reason, page_of(response))
    return _outcome(link, Failed(reason, detail, is_final, wish_s))


def _outcome(link: QueuedLink, failed: Failed) -> LinkOutcome:
    return link_failure(
        link,
        failed.reason,
        failed.detail,
        permanent=failed.is_permanent,
        now=clock.now(),
        wait_s=failed.wait_s,
    )
