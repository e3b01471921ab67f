"""Which requests of a page go out. Pure.

A page is given what its text is made of: scripts, styles that scripts wait for, and data. All else, and all that leads
where the gate does not, is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.downloader.gate import Gate
from crawler.urls import politeness_key
from storage.errors import BlockedError

# Of a page with more something is wrong; news sites made by scripts take 20 to 80.
MOST_REQUESTS = 150
# All that they may bring, over all connections of the page.
MOST_BYTES = 24 * 2**20
_PORTS = {"http": 80, "https": 443}
_LOADED = frozenset(("document", "script", "stylesheet", "xhr", "fetch"))
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST"))


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request that a page wants to make, as the browser tells it."""

    url: str
    kind: str  # as Playwright calls it: document, script, image, xhr ...
    method: str = "GET"
    is_of_frame: bool = False  # of a frame within the page


@dataclass(slots=True)
class PageRules:
    """The rules for the requests of one page, and what it has made so far."""

    page_url: str
    gate: Gate
    # Whether the robots.txt of the page's host allows an address there.
    is_allowed: Callable[[str], bool] = lambda _: True
    places: set[tuple[str, int]] = field(default_factory=set)  # host and port that connections may lead to
    requests: int = 0
    refused: int = 0

    def refusal(self, asked: PageRequest) -> str:
        """Why a request does not go out; "" if it does, and its place may be connected to."""
        reason = self._refusal(asked)
        if reason:
            self.refused += 1
            return reason
        self.requests += 1
        self.places.add(place_of(asked.url))
        return ""

    def redirected(self, url: str) -> str:
        """The same for the address that a request was sent on to."""
        return self.refusal(PageRequest(url, "fetch"))

    def _refusal(self, asked: PageRequest) -> str:
        if asked.kind not in _LOADED:
            return f"kind: {asked.kind}"
        if asked.method not in _METHODS:
            return f"method: {asked.method}"
        if self.requests >= MOST_REQUESTS:
            return "too many"
        try:
            self.gate.check_url(asked.url)
        except BlockedError as error:
            return error.reason
        if place_of(asked.url) == place_of(self.page_url) and not self.is_allowed(asked.url):
            return "robots"
        is_own = politeness_key(asked.url) == politeness_key(self.page_url)
        if not is_own and (asked.is_of_frame or asked.method == "POST"):
            return "elsewhere"
        return ""

    def is_own(self, url: str) -> bool:
        """Whether *url* is of the page's own domain."""
        return politeness_key(url) == politeness_key(self.page_url)


def place_of(url: str) -> tuple[str, int]:
    """Host and port of an address that the gate has let pass."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)
