"""The only way out of the browser: a proxy on 127.0.0.1 that connects where the present page's rules allow. I/O edge.

It is the check at the connection: a name is resolved here, the gate judges each numeric address, and exactly that is
connected to. What the browser does by itself (updates, accounts) leads to no place of the page, and gets nowhere; nor
does anything that talks otherwise than HTTP and TLS.
"""

import asyncio
import secrets
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from crawler import limits
from crawler.browser.rules import MOST_BYTES, PageRules, place_of
from crawler.downloader.gate import Gate
from storage.errors import BlockedError

_HEAD_BYTES = 65_536
_CHUNK_BYTES = 65_536
_CONNECT_S = 10.0
_IDLE_S = 20.0
# A redirect is heard of beside the request for its target; this long the request waits for the rules to know it.
_UNKNOWN_S = 1.0
_TLS_HANDSHAKE = 0x16
_HOP_BY_HOP = ("proxy-", "connection:", "keep-alive:", "upgrade:")

Resolve = Callable[[str, int], list[str]]


class GateProxy:
    """Serves one browser; `page` says for whom it connects at present."""

    def __init__(self, gate: Gate, resolve: Resolve | None = None) -> None:
        """*resolve* gives the numeric addresses of a name; without it the system does."""
        self._gate, self._resolve = gate, resolve
        self.user, self.password = "page", secrets.token_urlsafe(18)
        self._rules: PageRules | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.bytes = 0
        self.refused = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen, on this machine alone."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD_BYTES)

    async def close(self) -> None:
        """Listen no more, and cut what is open."""
        self.turn_to(None)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def turn_to(self, rules: PageRules | None) -> None:
        """Connect for another page from now on (None: for none); connections of the one before are cut."""
        for task in self._open:
            task.cancel()
        self._rules, self.bytes = rules, 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # a server's callback runs in one
        self._open.add(task)
        try:
            await self._pass(reader, writer)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:  # the page is over
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what the browser asks until it has a connection, or is refused."""
        while True:
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _IDLE_S)).decode("latin-1")
            if self._is_known(head):
                break
            writer.write(
                b'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="page"\r\nContent-Length: 0\r\n\r\n'
            )
            await writer.drain()
        method, target, _ = head.split("\r\n", 1)[0].split(" ", 2)
        is_tunnel = method == "CONNECT"
        place = _place(target) if is_tunnel else place_of(target)
        outward = await self._connected(place)
        if outward is None:
            self.refused += 1
            writer.write(b"HTTP/1.1 403 Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        away_reader, away_writer = outward
        try:
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await writer.drain()
                first = await asyncio.wait_for(reader.read(_CHUNK_BYTES), _IDLE_S)
                if not first or first[0] != _TLS_HANDSHAKE:  # a WebSocket, or what no page should speak
                    self.refused += 1
                    return
                away_writer.write(first)
            else:
                away_writer.write(_as_asked_directly(head))
            await self._bridge(reader, writer, away_reader, away_writer)
        finally:
            away_writer.close()

    def _is_known(self, head: str) -> bool:
        known = b64encode(f"{self.user}:{self.password}".encode()).decode()
        lines = head.lower().split("\r\n")
        said = next((line for line in lines if line.startswith("proxy-authorization:")), "")
        return secrets.compare_digest(said.partition("basic ")[2].strip(), known.lower())

    async def _connected(
        self, place: tuple[str, int]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to *place*; None if the page has not been allowed there, or the gate refuses it."""
        rules = self._rules
        waited_s = 0.0
        while rules is not None and place not in rules.places and waited_s < _UNKNOWN_S:
            await asyncio.sleep(0.05)
            waited_s += 0.05
        if rules is None or rules is not self._rules or place not in rules.places:
            return None
        host, port = place
        for address in await self._addresses(host, port):
            try:
                self._gate.check_address(host, port, address)
            except BlockedError:
                continue
            with suppress(OSError, TimeoutError):
                return await asyncio.wait_for(asyncio.open_connection(address, port), _CONNECT_S)
        return None

    async def _addresses(self, host: str, port: int) -> list[str]:
        if self._resolve is not None:
            return self._resolve(host, port)
        loop = asyncio.get_running_loop()
        try:
            found = await asyncio.wait_for(
                loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), limits.DNS_TIMEOUT_S
            )
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(address[4][0]) for address in found))

    async def _bridge(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        away_reader: asyncio.StreamReader,
        away_writer: asyncio.StreamWriter,
    ) -> None:
        """Hand on both ways until one end has enough, or the page has had its bytes."""
        ways = [
            asyncio.ensure_future(self._hand_on(reader, away_writer)),
            asyncio.ensure_future(self._hand_on(away_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if ways[1].done() is False:  # the browser has said all: what comes back may take a while
                await asyncio.wait([ways[1]], timeout=_IDLE_S)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _hand_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(_CHUNK_BYTES):
            self.bytes += len(chunk)
            if self.bytes > MOST_BYTES:
                return
            target.write(chunk)
            await target.drain()


def _place(target: str) -> tuple[str, int]:
    """Host and port that a CONNECT names."""
    parts = urlsplit(f"//{target}")
    return (parts.hostname or "").lower(), parts.port or 443


def _as_asked_directly(head: str) -> bytes:
    """The head of a request to a proxy as the server itself gets it; its connection ends with the answer."""
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, version = first.split(" ", 2)
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [line for line in lines if not line.lower().startswith(_HOP_BY_HOP)]
    return "\r\n".join([f"{method} {path} {version}", *kept, "Connection: close", "", ""]).encode("latin-1")
