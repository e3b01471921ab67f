"""Connections as single sources need them: by a proxy, or with encryption that was given up elsewhere. I/O edge.

Used only where the settings ask for it; all others go through Scrapy's own handler, which this one extends.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from OpenSSL import SSL
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import AcceptableCiphers, TLSVersion, optionsForClientTLS
from twisted.web.client import URI, Agent
from twisted.web.iweb import IAgentEndpointFactory, IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.downloader.access import PROXY_PORTS, plan_from_text

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.base import ReactorBase

# Keys of 1024 bits, SHA-1 and what else OpenSSL 3 refuses by itself.
_LEGACY_CIPHERS = AcceptableCiphers.fromOpenSSLCipherString("ALL:@SECLEVEL=0")  # type: ignore[no-untyped-call]
_ANSWER_BYTES = 16_384
# What a SOCKS5 proxy answers where it does not connect (RFC 1928, section 6).
_SOCKS_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "expired",
    7: "command not supported",
    8: "address type not supported",
}


class ProxyError(Exception):
    """A proxy that cannot be reached, or does not connect."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's address, in parts."""

    scheme: str  # http, https or socks5h
    host: str
    port: int
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, url: str) -> "Proxy":
        """The parts of an address that the settings have checked."""
        parts = urlsplit(url)
        return cls(
            parts.scheme,
            parts.hostname or "",
            parts.port or PROXY_PORTS[parts.scheme],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    def __str__(self) -> str:
        """Without user and password."""
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class AccessHandler(HTTP11DownloadHandler):
    """Scrapy's handler, with the proxies and the encryption of the plan SEEDWATCH_ACCESS."""

    def __init__(self, crawler: "Crawler") -> None:
        super().__init__(crawler)
        self._plan = plan_from_text(crawler.settings["SEEDWATCH_ACCESS"])
        self._contextFactory: Any = _Policy(self._contextFactory, self._plan.of_host)

    async def download_request(self, request: "Request") -> "Response":
        """The answer; by the proxy that stands in the request's meta."""
        if not request.meta.get("proxy"):
            return await super().download_request(request)
        agent = _ProxyAgent(
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


class _ProxyAgent(_ScrapyAgent):
    """Asks by a proxy: every connection is a tunnel through it, so that it need not read what passes."""

    def _get_agent(self, request: "Request", timeout: float) -> Agent:
        from twisted.internet import reactor

        proxy = Proxy.of(request.meta["proxy"])
        factory = _Tunnels(reactor, proxy, self._contextFactory, timeout)
        pool = _PoolOf(self._pool, proxy)
        return Agent.usingEndpointFactory(reactor, factory, pool=pool)  # type: ignore[no-any-return, no-untyped-call]


class _PoolOf:
    """A connection pool in which connections of one proxy are never taken for those of another, or of none."""

    def __init__(self, pool: Any, proxy: Proxy) -> None:
        self._pool, self._proxy = pool, proxy
        self.persistent = pool.persistent

    def getConnection(self, key: Any, endpoint: Any) -> Any:
        return self._pool.getConnection((self._proxy, key), endpoint)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


@implementer(IAgentEndpointFactory)
class _Tunnels:
    """Endpoints through a proxy."""

    def __init__(self, reactor: "ReactorBase", proxy: Proxy, policy: Any, timeout_s: float) -> None:
        self._reactor, self._proxy, self._policy, self._timeout_s = reactor, proxy, policy, timeout_s

    def endpointForURI(self, uri: URI) -> Any:
        """The way to a host: to the proxy, through it, and then encrypted if the address asks for it."""
        outer: Any = HostnameEndpoint(
            self._reactor, self._proxy.host, self._proxy.port, timeout=self._timeout_s
        )
        if self._proxy.scheme == "https":
            outer = wrapClientTLS(optionsForClientTLS(self._proxy.host), outer)
        tunnel: Any = _Tunnel(outer, self._proxy, uri.host.decode("ascii"), uri.port)
        if uri.scheme == b"https":
            return wrapClientTLS(self._policy.creatorForNetloc(uri.host, uri.port), tunnel)
        return tunnel


@implementer(IStreamClientEndpoint)
class _Tunnel:
    """A connection to a host behind a proxy, which resolves its name."""

    def __init__(self, outer: Any, proxy: Proxy, host: str, port: int) -> None:
        self._outer, self._proxy, self._host, self._port = outer, proxy, host, port

    def connect(self, protocolFactory: Any) -> "Deferred[Any]":
        """The protocol of *protocolFactory*, once the proxy has connected."""
        talk = talk_with(self._proxy, self._host, self._port)
        done: Deferred[Any] = Deferred(lambda _: handshake.abort())
        handshake = _Handshake(talk, self._proxy, protocolFactory, done)
        connecting = self._outer.connect(Factory.forProtocol(lambda: handshake))
        connecting.addErrback(handshake.fail)
        return done


class _Handshake(Protocol):
    """Talks to the proxy until it has connected, and hands the connection over then."""

    def __init__(self, talk: Any, proxy: Proxy, factory: Any, done: "Deferred[Any]") -> None:
        self._talk, self._proxy, self._factory, self._done = talk, proxy, factory, done
        self._buffer, self._wanted = b"", None
        self._inner: Any = None
        self._is_over = False

    def connectionMade(self) -> None:
        """Begin to talk."""
        self._advance(None)

    def dataReceived(self, data: bytes) -> None:
        """Take an answer of the proxy, or what comes through it."""
        if self._inner is not None:
            self._inner.dataReceived(data)
            return
        self._buffer += data
        while not self._is_over and self._wanted is not None:
            size = self._wanted(self._buffer)
            if size is None:
                if len(self._buffer) > _ANSWER_BYTES:
                    self.fail(ProxyError("its answer has no end"))
                return
            answer, self._buffer = self._buffer[:size], self._buffer[size:]
            self._advance(answer)

    def connectionLost(self, reason: Any = None) -> None:
        """Tell whoever uses the connection."""
        if self._inner is not None:
            self._inner.connectionLost(reason)
        else:
            self.fail(ProxyError("it closed the connection"))

    def abort(self) -> None:
        """Nobody waits any more."""
        self._is_over = True
        if self.transport is not None:
            self.transport.abortConnection()

    def fail(self, reason: Any) -> None:
        """Tell that the proxy does not connect."""
        if self._is_over:
            return
        self._is_over = True
        said = getattr(reason, "getErrorMessage", lambda: str(reason))()
        if self.transport is not None:
            self.transport.abortConnection()
        self._done.errback(ProxyError(f"proxy {self._proxy}: {said}"))

    def _advance(self, answer: bytes | None) -> None:
        """The next step of the talk; at its end the connection is the inner protocol's."""
        try:
            data, self._wanted = self._talk.send(answer)
        except StopIteration:
            self._hand_over()
        except ProxyError as error:
            self.fail(error)
        else:
            transport: Any = self.transport
            transport.write(data)

    def _hand_over(self) -> None:
        self._is_over = True
        self._wanted = None
        self._inner = self._factory.buildProtocol(None)
        self._inner.makeConnection(self.transport)
        self._done.callback(self._inner)
        if self._buffer:
            self._inner.dataReceived(self._buffer)


Sized = Callable[[bytes], int | None]
"""The size of an answer at the beginning of what has come; None while it is not whole."""


def talk_with(proxy: Proxy, host: str, port: int) -> Any:
    """A generator that says what to send to *proxy* for a way to *host*, and how long each answer is.

    It is sent the answers; at its end the way is open.

    Raises:
        ProxyError: from the generator: the proxy does not connect.
    """
    return (_socks if proxy.scheme == "socks5h" else _connect)(proxy, host, port)


def _connect(proxy: Proxy, host: str, port: int) -> Any:
    """The talk with an HTTP proxy (RFC 9110, section 9.3.6): what is sent, and how an answer ends."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.user:
        said = b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {said}")
    answer = yield ("\r\n".join([*lines, "", ""])).encode("latin-1"), _until_blank_line
    status = answer.split(b"\r\n", 1)[0].decode("latin-1")
    parts = status.split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].startswith("2"):
        raise ProxyError(f"it answers {status[:100]!r}")


def _socks(proxy: Proxy, host: str, port: int) -> Any:
    """The talk with a SOCKS5 proxy (RFC 1928 and 1929), which is given the name of the host."""
    methods = b"\x00\x02" if proxy.user else b"\x00"
    chosen = yield bytes([5, len(methods)]) + methods, _of_size(2)
    if chosen[:1] != b"\x05" or chosen[1:] not in (b"\x00", b"\x02") or (chosen[1] == 2 and not proxy.user):
        raise ProxyError("it is no SOCKS5 proxy, or wants another user")
    if chosen[1] == 2:
        user, password = proxy.user.encode()[:255], proxy.password.encode()[:255]
        answer = yield bytes([1, len(user)]) + user + bytes([len(password)]) + password, _of_size(2)
        if answer[1] != 0:
            raise ProxyError("it refuses user or password")
    answer = yield b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big"), _socks_answer
    if answer[1] != 0:
        raise ProxyError(f"it does not connect: {_SOCKS_REPLIES.get(answer[1], 'unknown reason')}")


def _socks_address(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        name = host.encode("ascii")[:255]
        return bytes([3, len(name)]) + name
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def _socks_answer(data: bytes) -> int | None:
    """The size of an answer to a request, which ends with an address; None while it is not whole."""
    if len(data) < 5:
        return None
    size = {1: 10, 3: 7 + data[4], 4: 22}.get(data[3], len(data))
    return size if len(data) >= size else None


def _of_size(size: int) -> Sized:
    return lambda data: size if len(data) >= size else None


def _until_blank_line(data: bytes) -> int | None:
    end = data.find(b"\r\n\r\n")
    return end + 4 if end >= 0 else None


@implementer(IPolicyForHTTPS)
class _Policy:
    """Encryption by host: that of all, or what a source has chosen for its own."""

    def __init__(self, usual: Any, access_of: Any) -> None:
        self._usual, self._access_of = usual, access_of

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        """How a connection to this host is encrypted."""
        access = self._access_of(hostname.decode("ascii"), port)
        if access is None or (access.verify_tls and not access.legacy_tls):
            return self._usual.creatorForNetloc(hostname, port)
        chosen = _ScrapyClientContextFactory(
            method=None if access.legacy_tls else SSL.SSLv23_METHOD,
            tls_min_version=TLSVersion.TLSv1_0 if access.legacy_tls else None,
            verify_certificates=access.verify_tls,
        )
        if access.legacy_tls:
            chosen.tls_ciphers = _LEGACY_CIPHERS
        return chosen.creatorForNetloc(hostname, port)
