"""A document that was polled, read in the pool, with the sitemaps that an index names. I/O edge."""

from dataclasses import replace

from scrapy.crawler import Crawler

from crawler import limits
from crawler.downloader.fetching import fetch
from crawler.run.pool import TaskPool
from crawler.run.pool_work import read_document
from storage.errors import ParseError
from storage.records.articles import Feed, FeedDocument, Page


async def read_whole(crawler: Crawler, pool: TaskPool, page: Page, feed: Feed) -> FeedDocument:
    """The document of *page*, with the entries of the sitemaps that an index names.

    Raises:
        ParseError: it is none, or cannot be read. A sitemap of the index that cannot is only its warning.
    """
    document = await pool.run(read_document, page, feed, timeout_s=limits.PARSE_TIMEOUT_S)
    entries, waiting, seen = list(document.entries), [(one.url, 1) for one in document.sitemaps], {page.url}
    while waiting and len(seen) <= limits.SITEMAPS_PER_INDEX:
        url, depth = waiting.pop(0)
        if url in seen:
            continue
        seen.add(url)
        part = await _part(crawler, pool, url, feed)
        if isinstance(part, str):
            document = replace(document, warning=f"{url}: {part}")
            continue
        entries += part.entries
        if depth < limits.SITEMAP_DEPTH:
            waiting += [(inner.url, depth + 1) for inner in part.sitemaps]
    return replace(document, entries=tuple(entries[: limits.ENTRIES_PER_FEED]))


async def _part(crawler: Crawler, pool: TaskPool, url: str, feed: Feed) -> FeedDocument | str:
    """One of the sitemaps, or why there is none."""
    fetched = await fetch(crawler, url)
    if fetched.page is None:
        return str(fetched.reason)
    try:
        return await pool.run(read_document, fetched.page, feed, timeout_s=limits.PARSE_TIMEOUT_S)
    except ParseError as error:
        return str(error)
