"""The item pipeline: what the spider yields, into the database. I/O edge."""

import logging
from dataclasses import replace
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler import clock
from crawler.articles.store import store_reading
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import error_detail, link_failure
from crawler.text.storable import storable_line
from storage.errors import StorageError
from storage.records.decisions import Reading
from storage.records.sources import LinkOutcome
from storage.sources import links

logger = logging.getLogger(__name__)


class StorePipeline:
    """Decides on each reading and has storage carry it out; writes down the links that gave no article."""

    def __init__(self, crawler: Crawler, session: CrawlSession, progress: Progress) -> None:
        self.stats, self.session, self.progress = crawler.stats, session, progress

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The pipeline of the crawl's own spider; NotConfigured for one that stores nothing."""
        spider: Any = crawler.spider
        if not hasattr(spider, "session"):
            raise NotConfigured
        return cls(crawler, spider.session, spider.progress)

    async def process_item(self, item: Reading | LinkOutcome) -> Reading | LinkOutcome:
        """Store *item*; a refused database ends the crawl."""
        if isinstance(item, LinkOutcome):
            await self._settle(item)
            return item
        settings = self.session.settings
        try:
            verdict, _ = await self.session.store(
                store_reading, item, keep_all=settings.keep_all, hold_days=settings.keep_off_topic_days
            )
        except StorageError:
            raise
        except Exception as error:  # a link that stays queued would be read by every run to come
            if item.link is None:
                raise
            logger.exception("a reading was not stored", extra={"source": item.source, "url": item.link.url})
            await self._settle(
                link_failure(item.link, "error", error_detail(error), permanent=False, now=clock.now())
            )
            return item
        self.stats.inc_value(f"articles/{verdict}")
        self.progress.settled(matched=bool(item.matches))
        return item

    async def _settle(self, outcome: LinkOutcome) -> None:
        outcome = replace(outcome, detail=storable_line(outcome.detail))
        await self.session.store(links.record, outcome, run_id=self.session.run_id)
        self.stats.inc_value(f"links/{outcome.state}/{outcome.reason}")
        self.progress.settled(matched=False)
