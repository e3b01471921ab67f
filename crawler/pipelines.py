"""The item pipeline: what the spider yields, into the database. I/O edge."""

from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.progress import Progress
from crawler.session import CrawlSession
from crawler.storing import store_reading
from storage import links
from storage.intents import LinkOutcome, Reading


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
            await self.session.store(links.record, item, run_id=self.session.run_id)
            self.stats.inc_value(f"links/{item.state}/{item.reason}")
            self.progress.settled(matched=False)
            return item
        settings = self.session.settings
        verdict, _ = await self.session.store(
            store_reading, item, keep_all=settings.keep_all, hold_days=settings.keep_off_topic_days
        )
        self.stats.inc_value(f"articles/{verdict}")
        self.progress.settled(matched=bool(item.matches))
        return item
