"""Which addresses may be fetched at all: the guard against reaching into private networks. Pure.

It judges twice, because neither look alone is enough. `check_url` reads the address as text, before anything is
asked: it stops what no news site is called. `check_address` judges the numeric address that a connection is about to
use, after DNS: a harmless name may point at the machine next door, and may point elsewhere at the next lookup. What
is refused follows the IANA registries of special-purpose addresses (RFC 6890 and its successors).
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from crawler import limits
from storage.errors import BlockedError

_SCHEMES = {"http": 80, "https": 443}

# The lists are our own, and not `ipaddress.is_global`, because that differs between releases of Python 3.11 to 3.13.
_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own; clouds keep services there
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # link-local; the clouds' metadata service
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # withdrawn relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# The only IPv6 block from which public unicast addresses are given out.
_UNICAST_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo hides an IPv4 address
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")

_LOCAL_SUFFIXES = (".localhost", ".localdomain", ".local", ".internal", ".intranet", ".home.arpa", ".lan")

# What an outlet inside one's own network needs; for what the web links to, the gate is right.
_ALLOWED_BY = "if it is yours to watch, allow_private under [crawl] names it, with its port"

# Tabs and line ends vanish in some parsers and split the address in others.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# In the authority, these are read differently by browsers, urllib and the system's resolver.
_AMBIGUOUS = re.compile(r"[\s\\%^|<>\"`{}]")
_HOST_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


@dataclass(frozen=True, slots=True)
class Gate:
    """The rules, with the user's exceptions.

    Attributes:
        allow_private: ``host:port`` pairs that may be fetched although they are private. A pair means exactly this
            port of this host, whether the host is written as a name or as its numeric address.
        proxies: ``host:port`` pairs, as the settings write them, that connections may be opened to on the way
            elsewhere; as addresses of pages they are judged like all others.
    """

    allow_private: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()

    def check_url(self, url: str) -> None:
        """Nothing, if the address may be asked for.

        Names are not looked up here; `check_address` does the rest at the connection.

        Raises:
            BlockedError: with the reason ``scheme`` (neither http nor https), ``credentials`` (a user or password
                stands in it), ``bad_address`` (it cannot be read in one way only), ``private_address`` or
                ``local_name``.
        """
        parts = _parts(url)
        host, port = _host(url, parts), _port(url, parts)
        address = _literal(url, host)
        if address is None:
            self._check_name(url, host, port)
        elif not self._is_allowed(port, host, str(address)):
            _check_literal(url, host, address)

    def check_address(self, host: str, port: int, address: str) -> None:
        """Nothing, if a connection to this numeric address may be opened for this host and port.

        Raises:
            BlockedError: ``private_address``; its url is ``host:port``.
        """
        if is_public(address) or self._is_allowed(port, ascii_host(host), address):
            return
        if _normal_pair(_endpoint(host, port)) in _normal_pairs(self.proxies):
            return
        place = _endpoint(host, port)
        raise BlockedError(
            place, "private_address", f"{place} leads to the private address {address}; {_ALLOWED_BY}"
        )

    def _check_name(self, url: str, host: str, port: int) -> None:
        local = "." not in host or host.endswith(_LOCAL_SUFFIXES)
        if local and not self._is_allowed(port, host):
            raise BlockedError(url, "local_name", f"{host} is a name of the local network; {_ALLOWED_BY}")

    def _is_allowed(self, port: int, *hosts: str) -> bool:
        allowed = _normal_pairs(self.allow_private)
        return any(_normal_pair(_endpoint(host, port)) in allowed for host in hosts)


def is_public(address: str) -> bool:
    """Whether a numeric address is a globally routable unicast address.

    An IPv4 address inside an IPv6 address (mapped, NAT64, 6to4) is judged by itself. What cannot be read, and an
    address with a zone, is not public.
    """
    try:
        read = ip_address(address)
    except ValueError:
        return False
    if isinstance(read, IPv4Address):
        return _is_public_v4(read)
    return read.scope_id is None and _is_public_v6(read)


@lru_cache(maxsize=4_096)
def ascii_host(host: str) -> str:
    """A host name as DNS writes it: lower case, ASCII (IDNA), without the final dot; unreadable ones as they are."""
    plain = unicodedata.normalize("NFKC", host).lower().removesuffix(".")
    try:
        return plain.encode("idna").decode("ascii")
    except UnicodeError:
        return plain


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in _REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    embedded = address.ipv4_mapped or address.sixtofour
    if embedded is None and address in _NAT64:
        embedded = IPv4Address(int(address) & 0xFFFFFFFF)
    if embedded is not None:
        return _is_public_v4(embedded)
    return address in _UNICAST_V6 and not any(address in network for network in _REFUSED_V6)


def _parts(url: str) -> SplitResult:
    """The address, split; only if every parser would split it in the same way."""
    if len(url) > limits.URL_CHARACTERS:
        raise BlockedError(url, "bad_address", f"an address of {len(url)} characters")
    if _CONTROL.search(url) or url != url.strip():
        raise BlockedError(url, "bad_address", "white space or control characters in the address")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BlockedError(url, "bad_address", str(error)) from error
    if parts.scheme not in _SCHEMES:
        raise BlockedError(url, "scheme", f"not a web address: {parts.scheme or 'no scheme'}")
    if "@" in parts.netloc:
        raise BlockedError(url, "credentials", "a user name or password in the address")
    if _AMBIGUOUS.search(parts.netloc):
        raise BlockedError(url, "bad_address", f"an ambiguous host: {parts.netloc!r}")
    return parts


def _host(url: str, parts: SplitResult) -> str:
    """The host as DNS writes it; an IPv6 address without its brackets."""
    host = parts.hostname or ""
    if ":" in host:
        return host
    host = ascii_host(host)
    if len(host) > 253 or not _HOST_NAME.fullmatch(host):
        raise BlockedError(url, "bad_address", f"no usable host: {parts.netloc!r}")
    return host


def _port(url: str, parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise BlockedError(url, "bad_address", str(error)) from error
    if port is None:
        return _SCHEMES[parts.scheme]
    if port == 0:
        raise BlockedError(url, "bad_address", "port 0")
    return port


def _literal(url: str, host: str) -> IPv4Address | IPv6Address | None:
    """The numeric address that a host is; None for a name."""
    if ":" in host:
        try:
            return IPv6Address(host)
        except ValueError as error:
            raise BlockedError(url, "bad_address", str(error)) from error
    if not _ends_in_number(host):
        return None
    try:
        return _loose_v4(host)
    except ValueError as error:
        raise BlockedError(url, "bad_address", f"no usable host: {host!r}") from error


def _check_literal(url: str, host: str, address: IPv4Address | IPv6Address) -> None:
    if not is_public(str(address)):
        raise BlockedError(url, "private_address", f"{host} is the private address {address}; {_ALLOWED_BY}")
    # 010.0.0.1 is 8.0.0.1 to the C library and 10.0.0.1 to others.
    if isinstance(address, IPv4Address) and str(address) != host:
        raise BlockedError(url, "bad_address", f"an unusual spelling of {address}: {host}")


def _ends_in_number(host: str) -> bool:
    """As the WHATWG URL standard decides between an IPv4 address and a name."""
    last = host.rsplit(".", 1)[-1]
    return last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) is not None


def _loose_v4(host: str) -> IPv4Address:
    """An IPv4 address in any notation that inet_aton takes: decimal, octal, hexadecimal, with 1 to 4 parts."""
    *front, last = (_loose_number(part) for part in host.split("."))
    if len(front) > 3 or any(number > 255 for number in front) or last >= 256 ** (4 - len(front)):
        raise ValueError(host)
    return IPv4Address(last + sum(number << 8 * (3 - place) for place, number in enumerate(front)))


def _loose_number(part: str) -> int:
    if len(part) > 20:
        raise ValueError(part)
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)


def _endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@lru_cache(maxsize=64)
def _normal_pairs(pairs: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_normal_pair, pairs))


@lru_cache(maxsize=4_096)
def _normal_pair(pair: str) -> str:
    """A host:port pair in the one spelling in which pairs are compared."""
    host, _, port = pair.strip().rpartition(":")
    host = ascii_host(host.strip("[]"))
    with suppress(ValueError):
        host = str(ip_address(host))
    return f"{host} {port}"
