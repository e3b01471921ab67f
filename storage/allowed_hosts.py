"""Under which names a local server may be asked, against DNS rebinding: a web page that is its own host by name. Pure.

A page that a browser has of `evil.example` may ask that name again after it was pointed at 127.0.0.1, and read the
answer, for it is of the same origin. The Host header then says `evil.example`; no page can make it say `127.0.0.1`.
"""

from collections.abc import Collection
from ipaddress import ip_address

REFUSAL = "this server does not answer under that host name; `allowed_hosts` under [service] can name it\n"

_ANY = frozenset({"0.0.0.0", "::", ""})


def is_allowed(header: str, *, bound: str, named: Collection[str]) -> bool:
    """Whether a request with this Host *header* is answered by a server that listens at *bound*.

    It is if it says the bound address, `localhost` where that is one of this machine, any address (no name) where the
    server listens at all of them, or one of the names that the settings have. The port does not matter: tunnels change
    it.
    """
    host = host_of(header)
    if host in {bound.lower(), *(name.lower() for name in named)}:
        return True
    if bound in _ANY:
        return host == "localhost" or _is_address(host)
    return _is_loopback(bound) and (host == "localhost" or _is_loopback(host))


def host_of(header: str) -> str:
    """The host of a Host header in small letters, without port, brackets and the dot at its end; "" if it is none."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)
