"""What a crawl does when its polls and new pages are done: second looks, then what backfills leave to read."""

from collections.abc import Callable, Sequence

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider

from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.backfills import Backfilling
from crawler.tasks.second_looks import SecondLooks
from storage.records.decisions import LinkOutcome, QueuedLink


class SpareTime:
    """Gives the spider's spare time to the lower classes of work, the higher of them first."""

    def __init__(
        self,
        crawler: Crawler,
        session: CrawlSession,
        progress: Progress,
        names: Sequence[str],
        page_request: Callable[[QueuedLink], Request | LinkOutcome],
    ) -> None:
        """Hears of the idleness of *crawler*'s spider, which keeps it alive; *names*: the sources; none: all."""
        self._session = session
        self._classes = (
            SecondLooks(crawler, session, progress, names),
            Backfilling(crawler, session, progress, names, page_request),
        )
        crawler.signals.connect(self.idle, signals.spider_idle)

    def idle(self) -> None:
        """Ask for what comes next.

        Raises:
            DontCloseSpider: there is something.
        """
        if any(one.ask_next() for one in self._classes) and self._session.error is None:
            raise DontCloseSpider
