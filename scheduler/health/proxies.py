"""Whether a proxy opens the way to a host: tried as a crawl would. I/O edge."""

import socket
import ssl

from crawler.downloader.access import shown_proxy
from storage.errors import SeedwatchError

_PATIENCE_S = 10.0
_ANSWER_BYTES = 16_384


def try_proxy(address: str, host: str, port: int) -> None:
    """Nothing, if the proxy at *address* opens a way to *host*, which is closed again.

    Raises:
        SeedwatchError: it does not, and why; without its user and password.
    """
    from crawler.downloader.connections import Proxy, ProxyError, talk_with  # slow to load

    proxy = Proxy.of(address)
    try:
        with socket.create_connection((proxy.host, proxy.port), _PATIENCE_S) as plain:
            if proxy.scheme != "https":
                _talk(plain, talk_with(proxy, host, port))
                return
            with ssl.create_default_context().wrap_socket(plain, server_hostname=proxy.host) as encrypted:
                _talk(encrypted, talk_with(proxy, host, port))
    except (OSError, ProxyError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SeedwatchError(f"{shown_proxy(address)} opens no way to {host}:{port}: {said}") from error


def _talk(connection: socket.socket, talk: object) -> None:
    """Say what *talk* says until the way is open."""
    answer: bytes | None = None
    came = b""
    while True:
        try:
            data, size_of = talk.send(answer)  # type: ignore[attr-defined]
        except StopIteration:
            return
        connection.sendall(data)
        while (size := size_of(came)) is None:
            received = connection.recv(4_096)
            if not received or len(came) > _ANSWER_BYTES:
                raise OSError("it closed the connection" if not received else "its answer has no end")
            came += received
        answer, came = came[:size], came[size:]
