"""The spider that looks at what a person asks about: a site's feeds, the articles of pages, how sources do."""

import pickle
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Self

import scrapy
from scrapy.crawler import Crawler

from crawler import limits
from crawler.discovery.lookups import (
    LookupTask,
    PageAnswer,
    SiteAnswer,
    SiteSearch,
    SourceToCheck,
)
from crawler.downloader.fetching import fetch
from crawler.pages.explanation import PageExplanation
from crawler.pages.extract import explain_page
from crawler.run.pool import TaskPool
from crawler.run.pool_work import read_document
from crawler.tasks.listings import list_source
from crawler.tasks.outcomes import error_detail
from crawler.tasks.site_searches import find_feeds, find_source, in_parallel
from crawler.tasks.source_checks import check_source, try_found
from crawler.urls import url_key
from storage.errors import ParseError
from storage.records.articles import Page, Rejection
from storage.records.sources import Feed


class LookupSpider(scrapy.Spider):
    """Reads a LookupTask from a file and writes the answers beside it; stores nothing.

    The two files are pickles in a private folder of the process that asks.
    """

    name = "lookup"

    def __init__(self, task: Path, **kwargs: Any) -> None:
        super().__init__(self.name, **kwargs)
        self.task_file = task

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider for the task in the file SEEDWATCH_TASK."""
        return super().from_crawler(crawler, *args, task=Path(crawler.settings["SEEDWATCH_TASK"]), **kwargs)

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Looks everything up in line; yields nothing."""
        task: LookupTask = pickle.loads(self.task_file.read_bytes())  # written by our own parent process
        pool = TaskPool(processes=1)
        try:
            answers = await self._answers(task, pool)
        finally:
            pool.close()
        self.task_file.with_suffix(".answer").write_bytes(pickle.dumps(answers))
        return
        yield

    async def _answers(self, task: LookupTask, pool: TaskPool) -> list[Any]:
        if task.kind == "sources":
            checks = [check_source(self.crawler, pool, source) for source in task.sources]
            async with aclosing(in_parallel(checks, at_once=limits.SITE_SEARCHES)) as done:
                return [check async for check in done]
        if task.kind == "listings":
            listings = [list_source(self.crawler, pool, source) for source in task.listings]
            async with aclosing(in_parallel(listings, at_once=limits.SITE_SEARCHES)) as listed:
                return [listing async for listing in listed]
        look = self._site_or_why_not if task.kind == "feeds" else self._page_or_why_not
        return [await look(url, task, pool) for url in task.urls]

    async def _site_or_why_not(self, url: str, task: LookupTask, pool: TaskPool) -> SiteAnswer:
        try:
            return await self._site(url, task, pool)
        except Exception as error:  # one address must not cost the answers to the others
            self.logger.exception("%s", url)
            return SiteAnswer(SiteSearch(url, (), (), {}, "error", error_detail(error)), {})

    async def _page_or_why_not(self, url: str, task: LookupTask, pool: TaskPool) -> PageAnswer:
        try:
            return await self._page(url, task, pool)
        except Exception as error:  # as above
            self.logger.exception("%s", url)
            return PageAnswer(url, None, "error", error_detail(error))

    async def _site(self, url: str, task: LookupTask, pool: TaskPool) -> SiteAnswer:
        if task.is_feed:
            search = await find_feeds(self.crawler, pool, url, timezone=task.timezone, is_feed=True)
        else:
            search = await find_source(
                self.crawler,
                pool,
                url,
                timezone=task.timezone,
                link_pattern=task.link_pattern,
                bridge=task.bridge,
            )
        text, check = search.service.text if search.service else "page", None
        if task.tries_pages and search.chosen:
            source = SourceToCheck("", url, (), task.timezone, task.language, task.link_pattern, text)
            check = await try_found(self.crawler, pool, source, search)
            text = check.text
        documents = {}
        for offered in search.chosen:
            fetched = search.answers.get(url_key(offered.url))
            if fetched is None or fetched.page is None:
                continue
            feed = Feed(
                id=0,
                source="",
                url=offered.url,
                kind=offered.kind,
                timezone=task.timezone,
                link_pattern=task.link_pattern,
                text=text,
            )
            try:
                documents[url_key(offered.url)] = await pool.run(
                    read_document, fetched.page, feed, timeout_s=limits.PARSE_TIMEOUT_S
                )
            except ParseError as error:
                self.logger.info("%s: %s", offered.url, error)
        return SiteAnswer(search, documents, check)

    async def _page(self, url: str, task: LookupTask, pool: TaskPool) -> PageAnswer:
        fetched = await fetch(self.crawler, url, is_page=True)
        if fetched.page is None:
            return PageAnswer(url, None, fetched.reason, fetched.detail)
        try:
            explained = await pool.run(_explain, fetched.page, task, timeout_s=limits.EXTRACT_TIMEOUT_S)
        except ParseError as error:
            return PageAnswer(url, None, error.reason, str(error))
        explanation = explained if task.explains else None
        outcome = explained.outcome
        if isinstance(outcome, Rejection):
            return PageAnswer(url, None, outcome.reason, outcome.detail, explanation)
        return PageAnswer(url, outcome, explanation=explanation)


def _explain(page: Page, task: LookupTask) -> PageExplanation:
    return explain_page(
        page,
        None,
        timezone=task.timezone,
        language=task.language,
        common=task.common,
        everything=task.explains,
    )
