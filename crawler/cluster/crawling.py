"""A job's crawl, in the reactor of a process that has many of them at once: what came of it, as records. I/O edge."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler
from scrapy.settings import Settings

from crawler.cluster.jobs import HostJob
from crawler.cluster.session import JobSession
from crawler.downloader.stopping import stop_crawl
from crawler.process.child import filled
from crawler.run.pool import TaskPool
from crawler.spiders.feeds import FeedsSpider
from storage.errors import PoolError
from storage.records.cluster import SentRecord
from storage.records.sources import HostMemory

# A job is made to last a minute or two; one that takes so long is broken off, and what is not done comes again.
JOB_S = 1_200.0
# After that, what is in hand.
_END_S = 60.0


class _OneCrawls(Settings):
    """Settings that are made for one crawl, which needs no copy of them: two of those were a quarter of a job's CPU."""

    def copy(self) -> Self:
        """Themselves."""
        return self


class JobCrawl:
    """The crawl of one job."""

    def __init__(
        self,
        job: HostJob,
        pool: TaskPool,
        topics: tuple[str, ...],
        *,
        keep_host: Callable[[HostMemory], None] = lambda _: None,
        contact: str = "",
    ) -> None:
        """*pool* holds the matchers of *topics*; *contact* goes before the one of the job, "": it has none."""
        if contact:
            job = replace(job, settings=replace(job.settings, contact=contact))
        self._session = JobSession(job, pool, topics, keep_host)
        self._crawler: Crawler | None = None
        self._is_stopping = False
        for source in {feed.source for feed in job.feeds} | {link.source for link in job.links}:
            pool.forgive(source)

    async def run(self, most_s: float = JOB_S) -> list[SentRecord]:
        """Crawl; what came of it, in order. One that lasts longer is broken off.

        Raises:
            PoolError: no process could be had to read pages.
        """
        job = self._session.job
        self._crawler = Crawler(FeedsSpider, filled(_OneCrawls(), job.settings, job.access))
        try:
            crawling = asyncio.ensure_future(self._crawler.crawl_async(session=self._session))
            if self._is_stopping:
                self.stop()
            if not (await asyncio.wait([crawling], timeout=most_s))[0]:
                self.stop()
                await asyncio.wait_for(crawling, _END_S)
            await crawling
        finally:
            self._session.close(finished=False)
        if self._session.error is not None:
            raise self._session.error
        return self._session.records

    def fail(self, error: PoolError) -> None:
        """End it: what reads its pages cannot be had any more."""
        self._session.end_early(error)

    def stop(self) -> None:
        """Ask for nothing more: what is in hand is finished, and sent."""
        self._is_stopping = True
        if self._crawler is not None and self._crawler._engine is not None:
            stop_crawl(self._crawler, "shutdown")
