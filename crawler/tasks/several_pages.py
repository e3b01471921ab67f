"""An article in several pages, read as one: its further pages are fetched one after another. I/O edge."""

from dataclasses import replace

from scrapy.crawler import Crawler

from crawler import limits
from crawler.downloader.fetching import fetch
from crawler.run.pool import TaskPool
from crawler.run.pool_work import PageReading, match_whole, read_further_page
from crawler.topics.match import MatchContext
from storage.errors import ParseError
from storage.records.site_memory import CommonMarks


async def read_whole_article(
    crawler: Crawler,
    pool: TaskPool,
    read: PageReading,
    context: MatchContext,
    *,
    source: str,
    timezone: str | None,
    language: str | None,
    common: CommonMarks,
) -> PageReading:
    """*read*, the first page of an article, with the text of its further pages; as it is if it has none.

    They are read in order, up to the first that cannot be had, or adds nothing.

    Raises:
        FetchError: the crawl is stopping.
    """
    known = {page.number: page.url for page in read.further}
    texts: list[str] = []
    for number in range(2, limits.ARTICLE_PAGES + 1):
        if number not in known:
            break
        fetched = await fetch(crawler, known[number], is_page=True)
        if fetched.page is None:
            break
        try:
            part = await pool.run(
                read_further_page,
                fetched.page,
                timezone,
                language,
                common,
                timeout_s=limits.EXTRACT_TIMEOUT_S,
                source=source,
            )
        except ParseError:
            break
        if not part.text or part.text in (read.article.text, *texts):
            break
        texts.append(part.text)
        known |= {page.number: page.url for page in part.further if page.number not in known}
    if not texts:
        return read
    whole = await pool.run(
        match_whole, read.article, texts, context, timeout_s=limits.EXTRACT_TIMEOUT_S, source=source
    )
    return replace(whole, marks=read.marks)
