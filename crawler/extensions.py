"""The extension that tells a watching process how far the crawl is, and what it has in hand."""

import os
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from twisted.internet.task import LoopingCall

from crawler.downloader.stopping import stop_crawl
from crawler.run.messages import CrawlProgress, LinkStored, LinkTaken, Message, line_of
from storage.records.decisions import Reading
from storage.records.sources import LinkOutcome, QueuedLink

if TYPE_CHECKING:
    from scrapy import Request

# Often enough for a progress bar, seldom enough to cost nothing.
_INTERVAL_S = 0.2
# Even without news a line is written this often: a pipe that nobody reads any more tells that the parent has died.
_QUIET_INTERVALS = 10


class ProgressReport:
    """Writes to a pipe what who watches needs to know, as messages of crawler/run/messages.py.

    The counts whenever they have changed; which link's answer has come, before anything is made of it, and which link's
    outcome is stored: whatever crashes the process is between.

    When nobody reads the pipe any more the process that started the crawl has died, and the crawl ends.
    """

    def __init__(self, crawler: Crawler, descriptor: int) -> None:
        """*descriptor* is the open file descriptor to write to."""
        self.crawler, self.descriptor = crawler, descriptor
        self.last = CrawlProgress()
        self.quiet = 0
        self.loop = LoopingCall(self.report)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The extension, if SEEDWATCH_PROGRESS_FD is set and the spider counts; else NotConfigured."""
        descriptor = crawler.settings.getint("SEEDWATCH_PROGRESS_FD", -1)
        if descriptor < 0 or not hasattr(crawler.spider, "progress"):
            raise NotConfigured
        extension = cls(crawler, descriptor)
        crawler.signals.connect(extension.open, signals.spider_opened)
        crawler.signals.connect(extension.close, signals.spider_closed)
        crawler.signals.connect(extension.take, signals.response_downloaded)
        crawler.signals.connect(extension.leave, signals.item_scraped)
        return extension

    def open(self) -> None:
        """Begin to report."""
        self.loop.start(_INTERVAL_S, now=False)

    def close(self) -> None:
        """Report the last counts and stop."""
        if self.loop.running:
            self.loop.stop()
        self.report()

    def take(self, request: "Request") -> None:
        """Say that the answer for a link has come."""
        target = request.cb_kwargs.get("target")
        if isinstance(target, QueuedLink):
            self._say(LinkTaken(target.id))

    def leave(self, item: Reading | LinkOutcome) -> None:
        """Say that the outcome of a link is stored."""
        if isinstance(item, LinkOutcome):
            self._say(LinkStored(item.link_id))
        elif item.link is not None:
            self._say(LinkStored(item.link.id))

    def report(self) -> None:
        """Write the counts if they have changed, or to see whether anybody reads."""
        spider: Any = self.crawler.spider
        counts: CrawlProgress = spider.progress.counts
        self.quiet += 1
        if counts == self.last and self.quiet < _QUIET_INTERVALS:
            return
        self.last, self.quiet = counts, 0
        self._say(counts)

    def _say(self, message: Message) -> None:
        try:
            os.write(self.descriptor, line_of(message))
        except OSError:
            self._end()

    def _end(self) -> None:
        if self.loop.running:
            self.loop.stop()
        stop_crawl(self.crawler, "parent_gone")
