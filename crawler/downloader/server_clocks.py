"""Our clock beside those of the servers that a crawl asks, by the Date of their answers."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from crawler import clock

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

# Hosts of a crawl whose clocks are looked at; more would not change the median.
_HOSTS = 200


def seconds_ahead(stated: str, now: datetime) -> float | None:
    """How far *now* is ahead of a Date header (RFC 9110 section 6.6.1), in seconds; None if it is none."""
    try:
        at = parsedate_to_datetime(stated)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" gives a time without a zone, and means UTC.
    return (now - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds()


def usual_ahead(by_host: dict[str, float]) -> float | None:
    """The median over the hosts, seconds; None without any. Single servers with wrong clocks are common."""
    return median(by_host.values()) if by_host else None


class ServerClocks:
    """Notes for each host, once a crawl, how far our clock is ahead of its own, in the session's `server_clocks`.

    An answer out of a cache says when the cache got it, and does not count.
    """

    def __init__(self, noted: dict[str, float]) -> None:
        self._noted = noted

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """The extension of the crawl's own spider; NotConfigured for one that stores nothing."""
        spider: Any = crawler.spider
        if not hasattr(spider, "session"):
            raise NotConfigured
        extension = cls(spider.session.server_clocks)
        crawler.signals.connect(extension.look, signals.response_downloaded)
        return extension

    def look(self, response: "Response", request: "Request") -> None:
        """Note the clock of a host that has just answered for the first time."""
        host = request.meta.get("download_slot", "")
        if host in self._noted or len(self._noted) >= _HOSTS or "Age" in response.headers:
            return
        ahead_s = seconds_ahead((response.headers.get("Date") or b"").decode("latin-1"), clock.now())
        if ahead_s is not None:
            self._noted[host] = ahead_s
