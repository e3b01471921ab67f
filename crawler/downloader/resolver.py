"""The resolver through which every connection goes: only addresses that the gate lets pass come out of it.

Twisted asks it at the moment of connecting, with host and port, for names and for numeric addresses alike, and then
connects to the very addresses that it was given (HostnameEndpoint in twisted.internet.endpoints). So an answer cannot
change between the check and its use, and redirects and robots.txt are covered without being known here. Kept
connections were checked when they were opened.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import attr
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler import limits
from crawler.downloader.access import plan_from_text
from crawler.downloader.gate import Gate, ascii_host
from storage.errors import BlockedError

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings
    from twisted.internet.base import ReactorBase

# What implements one of Twisted's zope interfaces, which mypy cannot read: a resolver, a receiver, an address.
Provider = Any

# Refusals that are kept until the errback asks for them; the oldest go first.
_REFUSALS = 1_000


@implementer(IHostnameResolver)
class GateResolver:
    """Addresses of a name, IPv4 and IPv6, without those that the gate refuses.

    What a name resolves to is remembered for `limits.DNS_CACHE_S` seconds, without port and without verdict: the gate
    is asked each time.

    Attributes:
        gate: the rules.
        backend: what looks names up; it is never asked without the gate.
    """

    def __init__(
        self, reactor: "ReactorBase", backend: Provider, gate: Gate, timeout_s: float, names: int
    ) -> None:
        self.gate, self.backend = gate, backend
        self._reactor, self._timeout_s, self._names = reactor, timeout_s, names
        self._cache: dict[object, tuple[float, tuple[Provider, ...]]] = {}
        self._refusals: dict[tuple[str, int], BlockedError] = {}

    @classmethod
    def from_settings(cls, settings: "BaseSettings", reactor: "ReactorBase") -> Self:
        """A resolver over the one that the reactor has; over the same backend, where that is one of ours."""
        present = reactor.nameResolver
        return cls(
            reactor,
            present.backend if isinstance(present, GateResolver) else present,
            gate_of(settings),
            settings.getfloat("DNS_TIMEOUT"),
            settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0,
        )

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: "ReactorBase") -> Self:
        """As `from_settings`; Scrapy's name for it, called with a crawler or a crawler process."""
        return cls.from_settings(crawler.settings, reactor)

    def install_on_reactor(self) -> None:
        """Make it the resolver of its reactor; Scrapy calls this."""
        self._reactor.installNameResolver(self)  # type: ignore[arg-type]

    def refusal(self, host: str, port: int) -> BlockedError | None:
        """The refusal that left the last lookup for this host and port without any address; None if there was none."""
        return self._refusals.get((ascii_host(host), port))

    def resolveHostName(
        self,
        resolutionReceiver: Provider,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[Provider]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Provider:
        """Tell the receiver the addresses that may be connected to; none of them after the timeout."""
        key = (hostName, None if addressTypes is None else tuple(addressTypes))
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def pass_on(addresses: tuple[Provider, ...]) -> None:
            for address in self._let_pass(hostName, portNumber, addresses):
                resolutionReceiver.addressResolved(address)
            resolutionReceiver.resolutionComplete()

        def keep_and_pass_on(addresses: tuple[Provider, ...]) -> None:
            self._keep(key, addresses)
            pass_on(addresses)

        known = self._known(key)
        if known:
            pass_on(known)
            return resolution
        receiver = _Collector(self._reactor, self._timeout_s, keep_and_pass_on)
        self.backend.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)
        return resolution

    def _let_pass(self, host: str, port: int, addresses: tuple[Provider, ...]) -> list[Provider]:
        passed, refused = [], None
        for address in addresses:
            try:
                self.gate.check_address(host, port, _numeric(address))
            except BlockedError as error:
                refused = error
            else:
                passed.append(_with_port(address, port))
        key = (ascii_host(host), port)
        self._refusals.pop(key, None)
        if refused is not None and not passed:
            _trim(self._refusals, _REFUSALS)
            self._refusals[key] = refused
        return passed

    def _known(self, key: object) -> tuple[Provider, ...]:
        until, addresses = self._cache.get(key, (0.0, ()))
        return addresses if self._reactor.seconds() < until else ()

    def _keep(self, key: object, addresses: tuple[Provider, ...]) -> None:
        if not addresses or not self._names:
            return
        self._cache.pop(key, None)
        _trim(self._cache, self._names)
        self._cache[key] = (self._reactor.seconds() + limits.DNS_CACHE_S, addresses)


def gate_of(settings: "BaseSettings") -> Gate:
    """The gate that the settings describe."""
    plan = plan_from_text(settings["SEEDWATCH_ACCESS"])
    return Gate(tuple(settings.getlist("SEEDWATCH_ALLOW_PRIVATE")), plan.proxy_places)


def ensure_gate(settings: "BaseSettings", reactor: "ReactorBase") -> GateResolver:
    """The reactor's resolver, which has the gate of these settings; installed now where it was missing.

    Scrapy installs it for `scrapy crawl` and AsyncCrawlerProcess, but not for AsyncCrawlerRunner.
    """
    present = reactor.nameResolver
    if isinstance(present, GateResolver) and present.gate == gate_of(settings):
        return present
    resolver = GateResolver.from_settings(settings, reactor)
    resolver.install_on_reactor()
    return resolver


@implementer(IHostResolution)
class _Resolution:
    """A lookup under way, as Twisted wants to have it named."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing can be taken back: the system's resolver runs in a thread to its end."""
        raise NotImplementedError


@implementer(IResolutionReceiver)
class _Collector:
    """Collects the addresses of one lookup and hands them over once: at its end, or none at the timeout."""

    def __init__(
        self, reactor: "ReactorBase", timeout_s: float, done: Callable[[tuple[Provider, ...]], None]
    ) -> None:
        self._done = done
        self._addresses: list[Provider] = []
        self._timer = reactor.callLater(timeout_s, self._give_up)

    def resolutionBegan(self, resolutionInProgress: Provider) -> None:
        """Nothing to do yet."""

    def addressResolved(self, address: Provider) -> None:
        """Keep one address."""
        self._addresses.append(address)

    def resolutionComplete(self) -> None:
        """Hand over, unless the timeout came first."""
        if self._timer.active():
            self._timer.cancel()
            self._done(tuple(self._addresses))

    def _give_up(self) -> None:
        self._done(())


def _numeric(address: Provider) -> str:
    """The numeric address that would be connected to; with its zone, which the gate refuses."""
    host, scope = getattr(address, "host", ""), getattr(address, "scopeID", 0)
    return f"{host}%{scope}" if scope and "%" not in host else host


def _with_port(address: Provider, port: int) -> Provider:
    return address if getattr(address, "port", port) == port else attr.evolve(address, port=port)


def _trim(entries: dict[Any, Any], size: int) -> None:
    """Drop the oldest entries until one more fits."""
    while len(entries) >= size:
        del entries[next(iter(entries))]
