"""Shows the pages of sources that ask for it in a browser, between their fetch and their reading. I/O edge.

The page itself is fetched as all others are: by gate, robots.txt, delays and redirects, once. The browser is given that
answer, and asks only for what the page's scripts want.
"""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

from scrapy import signals
from scrapy.http import HtmlResponse

from crawler import clock, limits
from crawler.browser.keeper import BrowserKeeper
from crawler.browser.messages import PageOrder, ShownPage
from crawler.downloader.access import plan_from_text
from crawler.downloader.access_middleware import SENT, SHOWN
from crawler.downloader.failures import FetchError
from crawler.downloader.fetching import RECEIVED, fetch
from crawler.downloader.throttling import keep_apart

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

FLAG = "shown_in_browser"
"""The flag of an answer whose body is what its scripts have made of it."""


class BrowserMiddleware:
    """Gives the answers whose request is marked SHOWN to the browser."""

    def __init__(self, crawler: "Crawler", keeper: BrowserKeeper) -> None:
        self._crawler, self._keeper = crawler, keeper
        self._plan = plan_from_text(crawler.settings["SEEDWATCH_ACCESS"])
        self._turn = asyncio.Lock()
        self._hosts: set[str] = set()  # that have pages for the browser, by slot
        self._each_s = 0.0  # a page, on average

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """A middleware with a browser of its own, which ends with the crawl."""
        keeper = BrowserKeeper(crawler.settings.getlist("SEEDWATCH_ALLOW_PRIVATE"))
        crawler.signals.connect(keeper.close, signal=signals.spider_closed)
        return cls(crawler, keeper)

    def process_request(self, request: "Request") -> None:
        """Ask hosts with such pages no faster than the browser shows them: what waits for it would hold up others."""
        if request.meta.get(SHOWN):
            self._hosts.add(request.meta["download_slot"])
            self._pace(request)

    def _pace(self, request: "Request") -> None:
        keep_apart(self._crawler, request, min(self._each_s * len(self._hosts), limits.CRAWL_DELAY_S))

    async def process_response(self, request: "Request", response: "Response") -> "Response | Request":
        """What the browser shows of the page, or a request for where its scripts lead; other answers as they are.

        Raises:
            FetchError: ``browser``: there is none; ``time_limit``, ``memory``, ``crashed``, ``too_large``: the page;
                ``redirects``: its scripts lead on and on.
        """
        if not request.meta.get(SHOWN) or response.status != 200 or not isinstance(response, HtmlResponse):
            return response
        if self._plan.proxy_of(request.url):
            raise FetchError(
                request.url, "browser", "a page cannot be shown by a proxy, and is not asked without it"
            )
        # It is there already: the page was asked for by it.
        robots = await fetch(self._crawler, urljoin(response.url, "/robots.txt"))
        rules = robots.page.body if robots.page is not None else b""
        order = replace(self._order(request, response), robots=rules)
        shown, took_s = await self._shown(order)
        self._each_s = (2 * self._each_s + took_s) / 3 if self._each_s else took_s
        self._pace(request)
        assert self._crawler.stats is not None  # Scrapy makes it before the middlewares
        self._crawler.stats.inc_value(f"browser/{shown.reason or 'shown'}")
        if shown.reason:
            raise FetchError(request.url, shown.reason, shown.detail)
        if shown.leads_to:
            return self._sent_on(request, shown.leads_to)
        request.meta.pop(RECEIVED, None)  # what is kept is what was read
        # Validators are those of the empty page.
        return HtmlResponse(
            response.url,
            status=200,
            headers={"Content-Type": "text/html; charset=utf-8"},
            body=shown.html.encode("utf-8", "replace"),
            flags=[*response.flags, FLAG],
            protocol=response.protocol,
        )

    async def _shown(self, order: PageOrder) -> tuple[ShownPage, float]:
        """What became of a page, and the seconds that it took, without those in which it waited."""
        async with self._turn:
            began_s = clock.monotonic_s()
            return await self._keeper.show(order), clock.monotonic_s() - began_s

    def _order(self, request: "Request", response: "Response") -> PageOrder:
        access = self._plan.of(request.url)
        names = {name.lower() for name in request.meta.get(SENT, ()) if name.lower() != "user-agent"}
        own = tuple(
            (name.decode("latin-1"), b", ".join(values).decode("latin-1"))
            for name, values in request.headers.items()
            if name.decode("latin-1").lower() in names
        )
        said = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        )
        agent = request.headers.get("User-Agent") or b""
        return PageOrder(
            response.url,
            response.body,
            said,
            agent.decode("latin-1"),
            own,
            access is None or access.verify_tls,
        )

    def _sent_on(self, request: "Request", url: str) -> "Request":
        """A request for where scripts lead; it counts as a redirect."""
        times = int(request.meta.get("redirect_times", 0)) + 1
        if times > self._crawler.settings.getint("REDIRECT_MAX_TIMES"):
            raise FetchError(request.url, "redirects", "its scripts lead on and on")
        again = request.replace(url=url, dont_filter=True, priority=request.priority + 1)
        again.meta["redirect_times"] = times
        return again
