"""Ending a crawl early: nothing more is asked for, and what is in hand is finished.

Scrapy's own stop first sends every request that waits for its host, which takes minutes where hosts are asked slowly.
"""

from typing import TYPE_CHECKING, Self

from twisted.python.failure import Failure

from crawler.downloader.failures import FetchError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

# The reason of a request that was not sent any more; it is recorded nowhere, for it says nothing of the page.
STOPPED = "stopped"
_STOPPING = object()  # Scrapy's signals are plain objects


def stop_crawl(crawler: "Crawler", reason: str) -> None:
    """Send nothing more; the spider is closed for *reason* when the answers in hand are stored. Twice is once."""
    engine = crawler.engine
    if engine is None or engine.spider is None:
        return
    crawler.signals.send_catch_log(_STOPPING)
    engine.close_spider(engine.spider, reason=reason)


class StopMiddleware:
    """Once the crawl is stopping, requests that wait, or come later, reach their errback as FetchError ``stopped``."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._is_stopping = False

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """A middleware that hears of `stop_crawl`."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.stop, signal=_STOPPING)
        return middleware

    def process_request(self, request: "Request") -> None:
        """Let the request pass.

        Raises:
            FetchError: ``stopped``.
        """
        if self._is_stopping:
            raise _refusal(request)

    def stop(self) -> None:
        """Refuse what waits in the downloader, and all that comes."""
        self._is_stopping = True
        assert self._crawler.engine is not None  # it is what stops
        for slot in self._crawler.engine.downloader.slots.values():
            while slot.queue:
                request, answer = slot.queue.popleft()
                answer.errback(Failure(_refusal(request)))  # type: ignore[no-untyped-call]


def _refusal(request: "Request") -> FetchError:
    return FetchError(request.url, STOPPED, "the crawl is stopping")
