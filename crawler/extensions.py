"""The extension that tells a watching process how far the crawl is."""

import json
import os
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from twisted.internet.task import LoopingCall

from crawler.stopping import stop_crawl

# Often enough for a progress bar, seldom enough to cost nothing.
_INTERVAL_S = 0.2
# Even without news a line is written this often: a pipe that nobody reads any more tells that the parent has died.
_QUIET_INTERVALS = 10


class ProgressReport:
    """Writes the crawl's counts as JSON lines to a pipe, whenever they have changed.

    When nobody reads the pipe any more the process that started the crawl has died, and the crawl ends.
    """

    def __init__(self, crawler: Crawler, descriptor: int) -> None:
        """*descriptor* is the open file descriptor to write to."""
        self.crawler, self.descriptor = crawler, descriptor
        self.last: dict[str, int] = {}
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
        return extension

    def open(self) -> None:
        """Begin to report."""
        self.loop.start(_INTERVAL_S, now=False)

    def close(self) -> None:
        """Report the last counts and stop."""
        if self.loop.running:
            self.loop.stop()
        self.report()

    def report(self) -> None:
        """Write the counts if they have changed, or to see whether anybody reads."""
        spider: Any = self.crawler.spider
        counts = spider.progress.counts()
        self.quiet += 1
        if counts == self.last and self.quiet < _QUIET_INTERVALS:
            return
        self.last, self.quiet = counts, 0
        try:
            os.write(self.descriptor, (json.dumps(counts) + "\n").encode())
        except OSError:
            self._end()

    def _end(self) -> None:
        if self.loop.running:
            self.loop.stop()
        stop_crawl(self.crawler, "parent_gone")
