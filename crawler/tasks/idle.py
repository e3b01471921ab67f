"""What a crawl does when its polls and new pages are done: second looks, then what backfills leave to read."""

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider

from crawler.run.session import CrawlSession
from crawler.tasks.backfills import Backfills
from crawler.tasks.second_looks import SecondLooks


class SpareTime:
    """Gives the spider's spare time to the lower classes of work, the higher of them first."""

    def __init__(
        self, crawler: Crawler, session: CrawlSession, looks: SecondLooks, backfills: Backfills
    ) -> None:
        """Hears of the idleness of *crawler*'s spider, which keeps it alive."""
        self._session, self._tasks = session, (looks, backfills)
        crawler.signals.connect(self.idle, signals.spider_idle)

    def idle(self) -> None:
        """Ask for what comes next.

        Raises:
            DontCloseSpider: there is something.
        """
        if any(task.ask_next() for task in self._tasks) and self._session.error is None:
            raise DontCloseSpider
