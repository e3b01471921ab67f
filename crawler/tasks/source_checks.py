"""Looking at sources as a first crawl would: the list of each, and one page of it. I/O edge."""

from dataclasses import replace

from scrapy.crawler import Crawler

from crawler import clock, limits
from crawler.discovery.lookups import SiteSearch, SourceCheck, SourceToCheck
from crawler.documents.wayback import asked_address, original_page
from crawler.downloader.access import plan_from_text
from crawler.downloader.answers import Fetched
from crawler.downloader.fetching import fetch
from crawler.mail.address import is_mailbox
from crawler.mail.imap import MailboxError
from crawler.mail.looks import FIRST_DAYS
from crawler.pages.extract import extract_article
from crawler.run.pool import TaskPool
from crawler.tasks.mailboxes import document_of, look_at
from crawler.tasks.outcomes import error_detail
from crawler.tasks.polls import read_whole
from crawler.tasks.site_searches import find_source
from crawler.text.storable import storable_line
from crawler.urls import url_key
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Article, Page, Rejection
from storage.records.sources import Feed, FeedDocument, FeedEntry, FeedKind

# Pages that are tried before a source is added: the newest may be a video, or a list.
_TRIED = 3
# What a page says that the next one will say, too; a server in trouble says nothing of its pages.
_LASTING = (
    "challenge",
    "login",
    "wall",
    "no_text",
    "needs_browser",
    "not_html",
    "list_page",
    "robots",
    "http_401",
    "http_402",
    "http_403",
)
# An entry of fewer words tells no more than its headline.
_ENTRY_WORDS = 10


async def check_source(crawler: Crawler, pool: TaskPool, source: SourceToCheck) -> SourceCheck:
    """What the list of *source* and the page of its first entry give; the first declared list that has entries."""
    try:
        return await _checked(crawler, pool, source)
    except Exception as error:  # one source must not cost the answers to the others
        return SourceCheck(source.name, problem=f"error: {error_detail(error)}")


async def _checked(crawler: Crawler, pool: TaskPool, source: SourceToCheck) -> SourceCheck:
    check = SourceCheck(source.name)
    for url, kind in source.feeds:
        if is_mailbox(url):
            return await _mailbox(crawler, pool, source, url)
        check, document = await _listed(
            crawler,
            pool,
            source,
            Feed(0, "", url, kind),
            await fetch(crawler, asked_address(url, now=clock.now()), is_page=kind is FeedKind.SECTION),
        )
        if document is not None and document.entries:
            return await _with_page(crawler, pool, source, check, document)
    if source.feeds or source.home is None:
        return check
    search = await find_source(
        crawler, pool, source.home, timezone=source.timezone, link_pattern=source.link_pattern
    )
    if not search.chosen:
        reason, detail = search.why_nothing(is_known=False)
        return replace(check, answered=search.error is None, problem=f"{reason}: {detail}")
    check, document = await _found(crawler, pool, source, search)
    return check if document is None else await _with_page(crawler, pool, source, check, document)


async def _mailbox(crawler: Crawler, pool: TaskPool, source: SourceToCheck, url: str) -> SourceCheck:
    """The check with what a mailbox's last mails say."""
    plan = plan_from_text(crawler.settings["SEEDWATCH_ACCESS"])
    feed = Feed(0, source.name, url, FeedKind.FEED, timezone=source.timezone)
    check = SourceCheck(source.name, list_url=url, found_by="mailbox, declared", text="feed")
    try:
        document = await document_of(pool, feed, await look_at(plan, feed))
    except MailboxError as error:
        answered = error.reason in ("login", "no_folder", "protocol", "too_large")
        return replace(check, answered=answered, problem=f"{error.reason}: {storable_line(str(error))}")
    entries = document.entries
    check = replace(check, answered=True, entries=len(entries))
    if not entries:
        return replace(check, problem=document.warning or f"no mail of the last {FIRST_DAYS} days")
    newest = max((entry.published.at for entry in entries if entry.published), default=None)
    first = entries[0]
    return replace(
        check,
        newest=newest,
        words=_words(first),
        title=first.title,
        published=first.published,
        page_url=first.url,
    )


async def try_found(
    crawler: Crawler, pool: TaskPool, source: SourceToCheck, search: SiteSearch
) -> SourceCheck:
    """How the articles come out of what *search* has chosen for a *source* that is to be added.

    Up to three pages are read. Where none can be, for a reason that lasts, and the feed says more than headlines, the
    answer is that of the feed, and its problem that of the pages.
    """
    check, document = await _found(crawler, pool, source, search)
    if document is None or not document.entries:
        return check
    tried = check
    for entry in document.entries[:_TRIED]:
        tried = await _with_page(crawler, pool, source, check, replace(document, entries=(entry,)))
        if tried.words is not None:
            return tried
    if search.chosen[0].kind is not FeedKind.FEED or tried.problem.partition(":")[0] not in _LASTING:
        return tried
    of_feed = replace(source, text="feed")
    check, document = await _found(crawler, pool, of_feed, search)
    if document is None or not any(_words(entry) >= _ENTRY_WORDS for entry in document.entries):
        return tried
    check = await _with_page(crawler, pool, of_feed, check, document)
    return replace(check, page_url=tried.page_url, problem=tried.problem)


async def _found(
    crawler: Crawler, pool: TaskPool, source: SourceToCheck, search: SiteSearch
) -> tuple[SourceCheck, FeedDocument | None]:
    """The check with what the best list that *search* has chosen says, and the list; None if it gives none."""
    best = search.chosen[0]
    fetched = search.answers.get(url_key(best.url)) or await fetch(crawler, best.url)
    check, document = await _listed(crawler, pool, source, Feed(0, "", best.url, best.kind), fetched)
    return replace(check, found_by=f"{best.kind}, {best.how}"), document


async def _listed(
    crawler: Crawler, pool: TaskPool, source: SourceToCheck, feed: Feed, fetched: Fetched
) -> tuple[SourceCheck, FeedDocument | None]:
    """The check with what the list *fetched* says, and the list; None if it gives none."""
    feed = replace(
        feed,
        timezone=source.timezone,
        language=source.language,
        link_pattern=source.link_pattern,
        text=source.text,
    )
    check = SourceCheck(source.name, list_url=feed.url, found_by=f"{feed.kind}, declared", text=source.text)
    if fetched.page is None:
        detail = f": {fetched.detail}" if fetched.detail else ""
        return replace(check, answered=fetched.status is not None, problem=f"{fetched.reason}{detail}"), None
    try:
        document = await read_whole(crawler, pool, fetched.page, feed)
    except ParseError as error:
        return replace(check, answered=True, problem=f"{error.reason}: {storable_line(str(error))}"), None
    dates = [date.at for entry in document.entries for date in (entry.published, entry.updated) if date]
    problem = "" if document.entries else document.warning or "no entries"
    newest = max(dates, default=None)
    return replace(
        check, answered=True, entries=len(document.entries), newest=newest, problem=problem
    ), document


async def _with_page(
    crawler: Crawler, pool: TaskPool, source: SourceToCheck, check: SourceCheck, document: FeedDocument
) -> SourceCheck:
    entry = document.entries[0]
    if source.text == "feed" or entry.text:
        words = _words(entry)
        says_little = words < _ENTRY_WORDS and source.text == "feed"
        problem = "headlines only, as it is declared" if says_little else ""
        return replace(check, words=words, title=entry.title, published=entry.published, problem=problem)
    fetched = await fetch(crawler, entry.asks or entry.url, is_page=True)
    check = replace(check, page_url=entry.url)
    if fetched.page is None:
        detail = f": {fetched.detail}" if fetched.detail else ""
        return replace(check, problem=f"{fetched.reason}{detail}")
    try:
        read = await pool.run(
            _extract,
            original_page(fetched.page, entry),
            entry,
            source.timezone,
            source.language,
            timeout_s=limits.EXTRACT_TIMEOUT_S,
        )
    except ParseError as error:
        return replace(check, problem=f"{error.reason}: {storable_line(str(error))}")
    if isinstance(read, Rejection):
        return replace(check, problem=f"{read.reason}: {read.detail}" if read.detail else read.reason)
    return replace(check, words=read.words, title=read.title, published=read.published)


def _words(entry: FeedEntry) -> int:
    return count_words(entry.text or entry.summary)


def _extract(page: Page, entry: FeedEntry, timezone: str | None, language: str | None) -> Article | Rejection:
    return extract_article(page, entry, timezone=timezone, language=language)
