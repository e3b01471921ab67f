"""What a user has given for single sources: sent to their domains, and to no other. I/O edge.

It stands behind the gate and before robots.txt, so redirects pass through it again: what belongs to one domain is taken
off before a request for another goes out.
"""

import logging
from http.cookiejar import LoadError, MozillaCookieJar
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit
from urllib.request import Request as PlainRequest

from scrapy.exceptions import NotConfigured

from crawler.downloader.access import AccessPlan, HostAccess, plan_from_text
from crawler.urls import politeness_key
from storage.errors import BlockedError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

SENT = "access_headers"
"""Where the names of the headers stand that were put into a request."""
PAGE = "is_page"
"""Marks a request for a page that people read; feeds, sitemaps and robots.txt are none."""
SHOWN = "shown_in_browser"
"""Marks a request whose answer is shown in a browser before it is read: for a page of a source that asks for that."""
BROUGHT = "brought_cookies"
"""Where the domain stands that is asked again with the cookies that its page has just set, beside those of a file."""


def _place(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{f'[{host}]' if ':' in host else host}:{port}"


class AccessMiddleware:
    """Adds to requests what their domain is to get: headers, cookies, a proxy; leave to ask what robots.txt forbids."""

    def __init__(self, plan: AccessPlan) -> None:
        self._plan = plan
        self._jars: dict[str, MozillaCookieJar | None] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """A middleware with the plan of the settings, SEEDWATCH_ACCESS; none without one."""
        plan = plan_from_text(crawler.settings["SEEDWATCH_ACCESS"])
        if plan == AccessPlan():
            raise NotConfigured
        return cls(plan)

    def process_request(self, request: "Request") -> None:
        """Take off what belongs to the domain that sent here, and add what belongs to this one.

        Raises:
            BlockedError: the address is that of a proxy.
        """
        _take_off(request)
        if _place(request.url) in self._plan.proxy_places:
            raise BlockedError(request.url, "private_address", "the address is that of a proxy")
        if proxy := self._plan.proxy_of(request.url):
            request.meta["proxy"] = proxy
        if self._plan.is_open(request.url):
            request.meta["dont_obey_robotstxt"] = True
        host = self._plan.of(request.url)
        request.meta[SHOWN] = bool(host and host.browser and request.meta.get(PAGE))
        if host is not None:
            # What is still there was brought: it holds the file's, too.
            sent = {**self._headers(host, request.url), **_brought(request)}
            for name, value in sent.items():
                request.headers[name] = value
            request.meta[SENT] = tuple(sent)

    def _headers(self, host: HostAccess, url: str) -> dict[str, str]:
        sent = dict(host.headers)
        if host.user_agent:
            sent["User-Agent"] = host.user_agent
        if host.cookies_file and (cookies := self._cookies(host, url)):
            sent["Cookie"] = cookies
        return sent

    def _cookies(self, host: HostAccess, url: str) -> str:
        """The header with the cookies that a source's file has for *url*; those that have expired are left out."""
        if host.cookies_file not in self._jars:
            self._jars[host.cookies_file] = _jar(host)
        jar = self._jars[host.cookies_file]
        if jar is None:
            return ""
        asked = PlainRequest(url)
        jar.add_cookie_header(asked)
        return asked.get_header("Cookie") or ""


def _take_off(request: "Request") -> None:
    """Take off what was put in for the domain that sent here; cookies that this one has set stay."""
    kept = _brought(request)
    for name in request.meta.pop(SENT, ()):
        request.headers.pop(name, None)
    for name, value in kept.items():
        request.headers[name] = value
    request.meta.pop("proxy", None)


def _brought(request: "Request") -> dict[str, str]:
    """The header with the cookies that the page has just set; empty where none are brought back to its domain."""
    value = request.headers.get("Cookie")
    if value is None or request.meta.get(BROUGHT) != politeness_key(request.url):
        return {}
    return {"Cookie": value.decode("latin-1")}


def _jar(host: HostAccess) -> MozillaCookieJar | None:
    """The cookies of a source's file; None, and a line in the log, if it cannot be read."""
    jar = MozillaCookieJar(host.cookies_file)
    try:
        if host.cookies:
            _load_text(jar, host.cookies)
        else:
            jar.load(ignore_discard=True)
    except (OSError, LoadError, ValueError) as error:
        # The error names the file, and may quote a line of it.
        logger.warning("%s: its cookies_file cannot be read: %s", host.source, type(error).__name__)
        return None
    return jar


def _load_text(jar: MozillaCookieJar, text: str) -> None:
    """Load what stood in a file of another machine; the library wants a file, which only this user can read."""
    with NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        jar.load(file.name, ignore_discard=True)
