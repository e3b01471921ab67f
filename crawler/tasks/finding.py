"""Finding the feeds of a site: drives the pure search of discovery.py with real fetches. I/O edge."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from scrapy.crawler import Crawler

from crawler import clock, limits
from crawler.discovery.discovery import Discovery
from crawler.discovery.lookups import SiteSearch
from crawler.downloader.answers import Fetched
from crawler.downloader.fetching import fetch
from crawler.pages.challenges import challenge_on
from crawler.run.pool import TaskPool
from crawler.urls import url_key
from storage.errors import ParseError

Result = TypeVar("Result")


async def find_feeds(
    crawler: Crawler, pool: TaskPool, home: str, *, timezone: str | None, link_pattern: str | None = None
) -> SiteSearch:
    """The feeds, sitemaps and section pages of the site at *home*, one request after the other.

    The answers are read in the pool. A page that cannot be polled is let go as soon as it is read.
    """
    search = Discovery.begin(home, timezone=timezone, now=clock.now(), link_pattern=link_pattern)
    answers: dict[str, Fetched] = {}
    while (wanted := search.next_request()) is not None:
        fetched = await fetch(crawler, wanted)
        search, fetched = await _take(search, pool, fetched)
        if search.requests == 1:
            fetched = _checked(fetched)
        is_found = any(one.url == wanted for one in search.found)
        answers[url_key(wanted)] = fetched if is_found else replace(fetched, page=None)
    first = answers[url_key(home)]
    return SiteSearch(
        home, search.found, search.chosen, answers, first.reason, first.detail, first.retry_after_s
    )


def _checked(fetched: Fetched) -> Fetched:
    """The answer of the front page, with the reason ``challenge`` if it is a check of the browser."""
    service = challenge_on(fetched.page) if fetched.page is not None else None
    return replace(fetched, reason="challenge", detail=service) if service else fetched


async def in_parallel(jobs: Sequence[Coroutine[Any, Any, Result]], *, at_once: int) -> AsyncGenerator[Result]:
    """The results of *jobs* in the order in which they are done; at most *at_once* run at a time.

    Raises:
        Exception: what a job raised; the others are cancelled, as they are when nobody waits for more.
    """
    gate = asyncio.Semaphore(at_once)

    async def run(job: Coroutine[Any, Any, Result]) -> Result:
        async with gate:
            return await job

    tasks = [asyncio.ensure_future(run(job)) for job in jobs]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in jobs:
            job.close()  # one that never began would be warned of


async def _take(search: Discovery, pool: TaskPool, fetched: Fetched) -> tuple[Discovery, Fetched]:
    """The search after an answer, and the answer; one that cannot be read counts as an answer without a page."""
    if fetched.page is not None:
        try:
            after = await pool.run(
                Discovery.take,
                search,
                fetched.url,
                fetched.status,
                fetched.page,
                timeout_s=limits.PARSE_TIMEOUT_S,
            )
        except ParseError as error:
            fetched = replace(fetched, page=None, reason=error.reason, detail=str(error))
        else:
            return after, fetched
    return search.take(fetched.url, fetched.status, None), fetched
