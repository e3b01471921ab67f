"""The steps between Scrapy's engine and its downloader that keep a fetch safe and its answer whole.

`GateMiddleware` (outermost) asks the gate, `CheckedRedirectMiddleware` follows redirects to their end or to an error,
`CompressionMiddleware` unpacks answers and refuses those that were cut off. Waiting and robots.txt have files of
their own: crawler/downloader/throttling.py and crawler/downloader/robots.py.
"""

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from scrapy import signals
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from crawler import limits
from crawler.downloader.access_middleware import BROUGHT
from crawler.downloader.bodies_in_hand import BodiesInHand
from crawler.downloader.codings import content_codings, decode
from crawler.downloader.failures import FetchError
from crawler.downloader.fetching import RECEIVED, Received
from crawler.downloader.gate import Gate
from crawler.downloader.inline_data import without_inline_data
from crawler.downloader.resolver import GateResolver, ensure_gate, gate_of
from crawler.urls import politeness_key, url_key
from storage.errors import BlockedError, ConfigError, ParseError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

_CHECKED = "checked_url"  # the address that the gate has let pass
_REDIRECTS = (301, 302, 303, 307, 308)
# What we ask for. Brotli and zstd save another sixth of the bytes, and would need two more decoders with bounds.
ACCEPT_ENCODING = "gzip, deflate"


class GateMiddleware:
    """Refuses addresses that the gate refuses, and names the download slot of the others.

    It sees redirects and robots.txt too: both pass through all middlewares again. The slot is the politeness key, so
    that all hosts of an outlet are asked one after the other. Refusals reach the errback as BlockedError.
    """

    def __init__(self, crawler: "Crawler", gate: Gate) -> None:
        self._crawler, self._gate = crawler, gate
        self._resolver: GateResolver | None = None

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """A middleware with the gate of the settings.

        Raises:
            ConfigError: without the Twisted reactor; the check at the connection works only there.
        """
        if not crawler.settings.getbool("TWISTED_REACTOR_ENABLED"):
            raise ConfigError("the gate needs the Twisted reactor", key="TWISTED_REACTOR_ENABLED")
        middleware = cls(crawler, gate_of(crawler.settings))
        crawler.signals.connect(middleware.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(middleware.request_scheduled, signal=signals.request_scheduled)
        return middleware

    def spider_opened(self) -> None:
        """See to it that connections of this crawl go through the gate."""
        from twisted.internet import reactor

        self._resolver = ensure_gate(self._crawler.settings, reactor)

    def request_scheduled(self, request: "Request") -> None:
        """Name the slot before the request waits, because Scrapy serves the waiting slots in turn."""
        try:
            self._name_slot(request)
        except BlockedError:
            request.meta.pop("download_slot", None)

    def process_request(self, request: "Request") -> None:
        """Let the request pass.

        Raises:
            BlockedError: the gate refuses the address.
        """
        if request.meta.get(_CHECKED) != request.url:  # a redirect brings the meta of the request before
            try:
                self._name_slot(request)
            except BlockedError as error:
                self._count(error)
                raise
        # A proxy would open connections that the gate never sees.
        request.meta.pop("proxy", None)

    def process_exception(self, request: "Request", exception: Exception) -> None:
        """Tell a name whose addresses were all refused from a name without addresses.

        Raises:
            BlockedError: the former.
        """
        if not isinstance(exception, CannotResolveHostError) or self._resolver is None:
            return
        parts = urlsplit(request.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        refusal = self._resolver.refusal(parts.hostname or "", port)
        if refusal is not None:
            error = BlockedError(request.url, refusal.reason, str(refusal))
            self._count(error)
            raise error from exception

    def _name_slot(self, request: "Request") -> None:
        self._gate.check_url(request.url)
        request.meta["download_slot"] = politeness_key(request.url)
        request.meta[_CHECKED] = request.url

    def _count(self, error: BlockedError) -> None:
        _stats(self._crawler).inc_value(f"gate/blocked/{error.reason}")


class CheckedRedirectMiddleware(RedirectMiddleware):
    """Follows redirects; each that cannot be followed is an error.

    Scrapy hands a redirect to another scheme, or without a Location, to the callback like a page.
    """

    def process_response(self, request: "Request", response: Response) -> "Request | Response":  # type: ignore[override]
        """The next request of a redirect; every other response as it is.

        Raises:
            BlockedError: the redirect leads out of http and https, or nowhere that can be read.
            FetchError: ``redirects``: too many, or one without a target.
        """
        if response.status not in _REDIRECTS:
            return response
        if (again := _with_its_cookies(request, response)) is not None:
            return again
        location = (response.headers.get("Location") or b"").decode("latin-1")
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:
            raise FetchError(request.url, "redirects", str(error)) from error
        except ValueError as error:
            raise BlockedError(location, "bad_address", f"redirected to {location!r}: {error}") from error
        if followed is not response:
            return followed
        if "Location" not in response.headers:
            raise FetchError(request.url, "redirects", f"status {response.status} without a Location")
        raise BlockedError(location, "scheme", f"redirected to {location[:200]!r}")


def _with_its_cookies(request: "Request", response: Response) -> "Request | None":
    """The request once more, with the cookies that its answer sets; None unless that only sends it to itself again.

    Some sites answer a page only to who brings back what they have just set. The cookies are kept for this page alone.
    """
    own = (response.headers.get("Location") or b"").decode("latin-1")
    cookies = [value.split(b";", 1)[0].strip() for value in response.headers.getlist("Set-Cookie")]
    if not cookies or request.method != "GET" or request.meta.get(BROUGHT):
        return None
    try:
        if url_key(urljoin(request.url, own)) != url_key(request.url):
            return None
    except ValueError:
        return None
    again = request.replace(dont_filter=True, priority=request.priority + 1)
    again.headers["Cookie"] = b"; ".join(filter(None, [request.headers.get("Cookie"), *cookies]))
    again.meta[BROUGHT] = politeness_key(request.url)
    return again


class CompressionMiddleware:
    """Unpacks answers; one that was cut off, or grows too large, reaches the errback as FetchError.

    Pictures that a page carries in itself are cut out on the way, and do not count for its size when unpacked.
    """

    def __init__(self, crawler: "Crawler", max_bytes: int) -> None:
        self._crawler, self._max_bytes = crawler, max_bytes
        self._in_hand = BodiesInHand(limits.BODIES_BYTES, limits.BODIES_PATIENCE_S)

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """A middleware with the bound of the settings, DOWNLOAD_MAXSIZE."""
        return cls(crawler, crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: "Request") -> None:
        """Ask for the codings that are understood here, unless the request asks for others."""
        request.headers.setdefault("Accept-Encoding", ACCEPT_ENCODING)

    async def process_response(self, request: "Request", response: Response) -> Response:
        """The answer with its plain body, once there is room for it.

        A body that is plain although a coding was declared is taken as it is, with the flag ``coding_lie``.

        Raises:
            FetchError: ``truncated``, ``too_large`` or ``protocol``.
        """
        if "Content-Encoding" in response.headers and request.method != "HEAD":
            await self._in_hand.room()
        plain = self._plain(request, response)
        self._in_hand.hold(plain)
        return plain

    def _plain(self, request: "Request", response: Response) -> Response:
        """The answer with its plain body.

        Raises:
            FetchError: ``truncated``, ``too_large`` or ``protocol``.
        """
        request.meta.pop(RECEIVED, None)  # of the answer that sent here
        declared = [value.decode("latin-1") for value in response.headers.getlist("Content-Encoding")]
        codings = content_codings(declared)
        if request.method == "HEAD":
            return response
        if not codings:
            return self._without_pictures(request, response)
        # As evidence it counts as it came.
        request.meta[RECEIVED] = Received(response.headers.copy(), response.body)
        try:
            body, lied = decode(response.body, codings, self._max_bytes)
        except ParseError as error:
            raise FetchError(request.url, error.reason, str(error)) from error
        if lied:
            _stats(self._crawler).inc_value("fetch/coding_lies")
            response.flags.append("coding_lie")
        return _with_body(response, body)

    def _without_pictures(self, request: "Request", response: Response) -> Response:
        """A plain answer without the pictures that it carries in itself."""
        body = without_inline_data(response.body)
        if body is response.body:
            return response
        request.meta[RECEIVED] = Received(response.headers.copy(), response.body)
        return _with_body(response, body)


def _with_body(response: Response, body: bytes) -> Response:
    """The response as if it had travelled plain; its class and encoding follow from the plain body."""
    response.headers.pop("Content-Encoding", None)
    cls = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
    # Not by `replace`, which guesses the packed bytes' encoding first, to forget it: 6 ms on the event loop for a page
    # of the usual size, and up to 0.3 s.
    kept: dict[str, Any] = {name: getattr(response, name) for name in Response.attributes}
    return cls(**{**kept, "body": body})


def _stats(crawler: "Crawler") -> "StatsCollector":
    assert crawler.stats is not None  # Scrapy makes it before the middlewares
    return crawler.stats
