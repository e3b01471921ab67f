"""A connection to an address that the gate lets pass, for what is not fetched by a crawl. I/O edge."""

import http.client
import socket
import ssl
from urllib.parse import urlsplit

from crawler.downloader.gate import Gate
from storage.errors import BlockedError


def connect(url: str, gate: Gate, *, timeout_s: float) -> http.client.HTTPConnection:
    """A connection to the host of *url*; the name is looked up once, and what was checked is used.

    Raises:
        BlockedError: the gate refuses the address, as text or as a number.
        OSError: there is no connection within *timeout_s*.
    """
    gate.check_url(url)
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    refusal: BaseException | None = None
    for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = str(answer[4][0])
        try:
            gate.check_address(host, port, address)
            plain = socket.create_connection((address, port), timeout_s)
        except (BlockedError, OSError) as error:
            refusal = error
            continue
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        connection.sock = _secured(plain, host) if secure else plain
        return connection
    raise refusal or OSError(f"{host} has no address")


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
