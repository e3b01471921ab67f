"""robots.txt, as RFC 9309 wants it obeyed.

Scrapy's own middleware fetches when robots.txt answers 500 or cannot be had, reads 50 MB of it, and leaves
Crawl-delay to others; so this one stands in its place.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import NotConfigured, StopDownload
from scrapy.http import TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawler import clock, limits
from crawler.downloader.caching import robots_kept_s
from crawler.downloader.failures import FetchError, reason_of, reason_of_status
from crawler.downloader.stopping import STOPPED
from crawler.downloader.throttling import apply_crawl_delay, forget_crawl_delay
from storage.errors import BlockedError
from storage.records.sources import RobotsFile

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

# Before the pages that wait for it.
_PRIORITY = 1_000
# No page of a host can be fetched when even the connection fails; these reasons say more than "robots_unreachable".
_CONNECTION = ("dns", "proxy", "refused", "tls", "host_paused", STOPPED)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one robots.txt says."""

    parser: RobotParser | None = None  # None: no rules, all is allowed
    refusal: str | None = None  # the reason why nothing may be fetched; None where the parser decides
    detail: str = ""
    retry_after_s: int | None = None
    answer: "Response | None" = None  # what was fetched, for who asks for robots.txt itself


class RobotsStore(Protocol):
    """Where what was answered is kept for later crawls: a crawl's session."""

    async def kept_robots(self, place: str) -> RobotsFile | None:
        """The robots.txt of *place* that may still be used."""

    def keep_robots(self, file: RobotsFile) -> None:
        """Keep one; nothing is waited for."""


class RobotsMiddleware:
    """Asks each host's robots.txt before its first page, once a day at most; refusals reach the errback as FetchError.

    By RFC 9309 section 2.3.1, no robots.txt (4xx) allows everything, and one that cannot be had (5xx, timeout, broken
    answer) nothing: ``robots_unreachable``. A redirect that is refused or does not end counts as no robots.txt.
    Section 2.5: the first `limits.ROBOTS_BYTES` are read. A page instead of rules is no rules. Section 2.4: what was
    answered is kept for later crawls, a day or as long as the server says; what could not be had is asked for by each.
    """

    def __init__(
        self, crawler: "Crawler", token: str, timeout_s: float, session: "RobotsStore | None" = None
    ) -> None:
        self._crawler, self._token, self._timeout_s, self._session = crawler, token, timeout_s, session
        self._rules: dict[str, asyncio.Task[_Rules]] = {}
        self._fetching = 0

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """A middleware for the agent ROBOTSTXT_USER_AGENT; none without ROBOTSTXT_OBEY."""
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        timeout_s = min(limits.ROBOTS_TIMEOUT_S, crawler.settings.getfloat("DOWNLOAD_TIMEOUT"))
        # What a person looks up has no session: it is as it is now.
        session = getattr(crawler.spider, "session", None)
        return cls(crawler, crawler.settings["ROBOTSTXT_USER_AGENT"], timeout_s, session)

    async def process_request(self, request: Request) -> "Response | None":
        """Let the request pass, at the pace that robots.txt asks for; one for robots.txt itself has its answer.

        Raises:
            FetchError: ``robots`` (not allowed), ``robots_unreachable``; or the reason why the host cannot be reached.
        """
        if request.meta.get("dont_obey_robotstxt"):
            return None
        rules = await self._rules_of(request)
        if rules.refusal is not None:
            self._count(f"robots/refused/{rules.refusal}")
            message = f"robots.txt: {rules.detail}"
            raise FetchError(request.url, rules.refusal, message, retry_after_s=rules.retry_after_s)
        if rules.answer is not None and _is_robots(request.url):
            answer = rules.answer.copy()
            answer.request = request  # Scrapy hands an answer to the callback of the request that it names
            return answer
        if rules.parser is None:
            return None
        if not rules.parser.allowed(request.url, self._token):
            self._count("robots/refused/robots")
            raise FetchError(request.url, "robots", "robots.txt does not allow it")
        delay_s = rules.parser.crawl_delay(self._token)
        if delay_s is None:
            forget_crawl_delay(self._crawler, request)
        else:
            apply_crawl_delay(self._crawler, request, delay_s)
        return None

    def bytes_received(self, data: bytes, request: Request) -> None:
        """Stop reading a robots.txt at the bound; what was read counts."""
        if "robots_bytes" not in request.meta:
            return
        request.meta["robots_bytes"] += len(data)
        if request.meta["robots_bytes"] > limits.ROBOTS_BYTES:
            raise StopDownload(fail=False)

    async def _rules_of(self, request: Request) -> _Rules:
        """The rules for a request; all that wait for one robots.txt share one fetch of it."""
        parts = urlsplit(request.url)
        place = f"{parts.scheme}://{parts.netloc}"
        if place not in self._rules:
            self._rules[place] = asyncio.ensure_future(self._find(place))
        # A request that is given up must not take the others' rules along.
        return await asyncio.shield(self._rules[place])

    async def _find(self, place: str) -> _Rules:
        """The rules of *place*: those that are kept, or else those that it answers now."""
        file = await self._session.kept_robots(place) if self._session is not None else None
        if file is None:
            return await self._fetch(place)
        self._count("robots/kept")
        return self._rules_of_response(TextResponse(_address(place), file.status, body=file.body))

    async def _fetch(self, place: str) -> _Rules:
        assert self._crawler.engine is not None  # requests are made by a running engine
        self._count("robots/fetched")
        asked = _robots_request(place, self._timeout_s)
        self._listen(+1)
        try:
            response = await self._crawler.engine.download_async(asked)
        except Exception as error:
            return _rules_of_failure(error)
        finally:
            self._listen(-1)
        rules = self._rules_of_response(response)
        if self._session is not None and rules.refusal is None:
            self._keep(self._session, place, response)
        return rules

    def _keep(self, session: "RobotsStore", place: str, response: "Response") -> None:
        headers = {name: response.headers.get(name) for name in ("Cache-Control", "Expires", "Age")}
        said = {name: value.decode("latin-1") if value else None for name, value in headers.items()}
        now = clock.now()
        kept_s = robots_kept_s(
            cache_control=said["Cache-Control"], expires=said["Expires"], age=said["Age"], now=now
        )
        # "Too many requests" is said of the moment.
        if kept_s and response.status != HTTPStatus.TOO_MANY_REQUESTS:
            # What comes with an error is no rules.
            body = (
                response.body[: limits.ROBOTS_BYTES + 1] if response.status < HTTPStatus.BAD_REQUEST else b""
            )
            keep_until = now + timedelta(seconds=kept_s)
            session.keep_robots(RobotsFile(place, now, keep_until, response.status, body))

    def _listen(self, more: int) -> None:
        """Hear of what arrives only while a robots.txt may: of pages it would be told each piece."""
        was_heard, self._fetching = self._fetching > 0, self._fetching + more
        if self._fetching > 0 and not was_heard:
            self._crawler.signals.connect(self.bytes_received, signal=signals.bytes_received)
        elif was_heard and self._fetching == 0:
            self._crawler.signals.disconnect(self.bytes_received, signal=signals.bytes_received)

    def _rules_of_response(self, response: "Response") -> _Rules:
        reason = reason_of_status(response.status)
        if reason in ("http_5xx", "protocol"):
            wait_s = response.meta.get("retry_after_s")
            return _Rules(None, "robots_unreachable", f"status {response.status}", wait_s)
        if reason is not None or _is_page(response.body):
            return _Rules(answer=response)
        parser = ProtegoRobotParser.from_crawler(self._crawler, _whole_lines(response.body))
        return _Rules(parser, answer=response)

    def _count(self, name: str) -> None:
        assert self._crawler.stats is not None  # Scrapy makes it before the middlewares
        self._crawler.stats.inc_value(name)


def _address(place: str) -> str:
    return f"{place}/robots.txt"


def _robots_request(place: str, timeout_s: float) -> Request:
    return Request(
        _address(place),
        callback=NO_CALLBACK,
        priority=_PRIORITY,
        # Plain, so that the bound on what is read is also one on what is parsed.
        headers={"Accept": "text/plain,*/*;q=0.5", "Accept-Encoding": "identity"},
        meta={
            "dont_obey_robotstxt": True,
            "download_timeout": timeout_s,
            # A long one is not an error: reading stops at the bound.
            "download_maxsize": 0,
            "redirect_ttl": limits.ROBOTS_REDIRECTS,
            "robots_bytes": 0,
        },
        dont_filter=True,
    )


def _rules_of_failure(error: Exception) -> _Rules:
    reason, detail, _ = reason_of(error)
    if isinstance(error, BlockedError) or reason == "redirects":
        return _Rules()
    if reason in _CONNECTION:
        return _Rules(None, reason, detail, getattr(error, "retry_after_s", None))
    return _Rules(None, "robots_unreachable", f"{reason}: {detail}")


def _is_robots(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path == "/robots.txt" and not parts.query


def _is_page(body: bytes) -> bool:
    """Whether HTML or XML came instead of rules; the Content-Type is not asked, many send rules as text/html."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def _whole_lines(body: bytes) -> bytes:
    """The body up to the bound; a rule that the bound cuts is left out, because half a path forbids too much."""
    if len(body) <= limits.ROBOTS_BYTES:
        return body
    head = body[: limits.ROBOTS_BYTES]
    return head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
