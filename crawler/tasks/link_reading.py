"""The page behind a link, read and matched in the pool: an article, or what became of the link instead. I/O edge."""

from urllib.parse import urlsplit

from scrapy.http import Response

from crawler import clock, limits
from crawler.downloader import fetching
from crawler.downloader.failures import is_permanent, reason_of_status
from crawler.downloader.fetching import evidence_of, page_of
from crawler.run.pool_work import PageReading, read_page
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import link_failure, redirect_reason, refusal
from crawler.text.storable import storable_line
from crawler.topics.match import MatchContext
from crawler.urls import url_key
from storage.errors import ParseError
from storage.records.articles import Page, Rejection
from storage.records.decisions import LinkOutcome, QueuedLink, Reading
from storage.records.looks import Answer


async def read_link(session: CrawlSession, response: Response, link: QueuedLink) -> Reading | LinkOutcome:
    """The article of the answer to *link*'s address, with its matches; or why it is none."""
    failed = _failure(response, link)
    if failed is not None:
        return failed
    page = page_of(response)
    context = MatchContext(source=link.source, domain=urlsplit(page.url).hostname, country=link.country)
    try:
        read = await session.pool.run(
            read_page,
            page,
            link.entry,
            link.timezone,
            link.language,
            context,
            timeout_s=limits.EXTRACT_TIMEOUT_S,
        )
    except ParseError as error:
        return LinkOutcome(link.id, "not_article", error.reason, clock.now(), storable_line(str(error)))
    if isinstance(read, Rejection):
        return LinkOutcome(link.id, "not_article", read.reason, clock.now(), read.detail)
    keep_body = session.settings.keep_pages and bool(read.matches)
    answer = evidence_of(response, link.url, page.fetched_at, keep_body=keep_body)
    return _reading(read, link, page, session.run_id, answer)


def _failure(response: Response, link: QueuedLink) -> LinkOutcome | None:
    """What status and address say against the page; None if nothing does."""
    door = redirect_reason(link.url, response.url)
    if door == "login":
        return LinkOutcome(link.id, "not_article", door, clock.now(), f"redirected to {response.url}")
    reason = reason_of_status(response.status) or door
    if reason is None:
        return None
    wait_s, is_final = fetching.wait_s(response, clock.now()), is_permanent(reason)
    reason, detail = refusal(reason, page_of(response))
    return link_failure(link, reason, detail, permanent=is_final, now=clock.now(), wait_s=wait_s)


def _reading(read: PageReading, link: QueuedLink, page: Page, run_id: int, answer: Answer) -> Reading:
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
        anchors=read.anchors,
        link=link,
        run_id=run_id,
        answer=answer,
    )
