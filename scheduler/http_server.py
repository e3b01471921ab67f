"""A small HTTP server on 127.0.0.1 in the daemon's event loop. I/O edge.

uvicorn, which Datasette brings along: it reads HTTP as hubs and proxies speak it, and costs the daemon 2 MB when it is
used at all.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from storage.allowed_hosts import REFUSAL, is_allowed
from storage.errors import SeedwatchError

if TYPE_CHECKING:
    import uvicorn

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_AT_ONCE = 32
_BODY_S = 10.0
HEAD_S = 10.0
_END_S = 1
# The settings are asked so often, and a port that another process has is tried again after so many of these.
ASK_S = 2.0
_PATIENCE = 15


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]  # by name in small letters; the last of equal ones
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Request], Awaitable[Reply]]
BodyLimit = Callable[[Request], Awaitable[int]]
Hosts = Callable[[], Collection[str]]


def no_hosts() -> Collection[str]:
    """No name beside the address."""
    return ()


async def no_body(_: Request) -> int:
    """Nothing may be sent here."""
    return 0


async def serve(
    port: int,
    answer: Answer,
    *,
    body_limit: BodyLimit = no_body,
    hosts: Hosts = no_hosts,
    head_s: float = HEAD_S,
) -> None:
    """Answer requests at *port* until cancelled.

    *body_limit* is asked before a body is read how many bytes it may have; larger ones are refused. *hosts* gives the
    names under which it may be asked beside its address. A connection has *head_s* seconds for the head of a request.

    Raises:
        SeedwatchError: the port cannot be had.
    """
    import uvicorn  # only where something is served

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Generator[None]:
            yield  # they are the daemon's

    opened = _listen(port)
    server = Server(
        uvicorn.Config(
            _application(answer, body_limit, hosts),
            http=_protocol(head_s),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_AT_ONCE,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=_END_S,
            proxy_headers=False,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[opened]))
    try:
        await asyncio.shield(running)
    finally:
        await _end(server, running, opened)


async def _end(server: "uvicorn.Server", running: "asyncio.Task[None]", opened: socket.socket) -> None:
    server.should_exit = True
    try:
        await asyncio.wait([running], timeout=_END_S + 2)
    finally:
        running.cancel()
        opened.close()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port), backlog=_AT_ONCE)
    except OSError as error:
        raise SeedwatchError(f"port {port} of {LOOPBACK} cannot be had: {error.strerror}") from error


class _HeadLimit:
    """Closes a connection on which the head of a request is awaited for too long."""

    def __init__(self, close: Callable[[], None], head_s: float) -> None:
        self._close, self._head_s = close, head_s
        self._closing: asyncio.TimerHandle | None = None

    def note(self, *, is_awaited: bool) -> None:
        """Begin to count the seconds, go on counting them, or stop."""
        if is_awaited and self._closing is None:
            self._closing = asyncio.get_running_loop().call_later(self._head_s, self._close)
        elif not is_awaited and self._closing is not None:
            self._closing.cancel()
            self._closing = None


def _protocol(head_s: float) -> "type[asyncio.Protocol]":
    """uvicorn's protocol, with an end to its wait for the head of a request."""  # noqa: D403 - its name
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._head = _HeadLimit(transport.close, head_s)
            self._head.note(is_awaited=True)

        def handle_events(self) -> None:
            super().handle_events()
            self._head.note(is_awaited=self.conn.their_state is h11.IDLE)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._head.note(is_awaited=self.conn.their_state is h11.IDLE)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._head.note(is_awaited=False)

    return Protocol


def _application(answer: Answer, body_limit: BodyLimit, hosts: Hosts) -> Any:
    """The ASGI application."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers)
        if is_allowed(headers.get("host", ""), bound=LOOPBACK, named=hosts()):
            reply = await _reply(answer, request, receive, body_limit)
        else:
            reply = Reply(403, REFUSAL.encode(), headers={"connection": "close"})
        more = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in more.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    return application


async def _reply(answer: Answer, request: Request, receive: Any, body_limit: BodyLimit) -> Reply:
    try:
        body = await asyncio.wait_for(_body(receive, await body_limit(request)), _BODY_S)
    except TimeoutError:
        return Reply(408, b"the body did not come in time\n", headers={"connection": "close"})
    if body is None:
        return Reply(413, b"the body is too large\n", headers={"connection": "close"})
    try:
        return await answer(Request(request.method, request.path, request.query, request.headers, body))
    except Exception:
        logger.exception("no answer to %s %s", request.method, request.path)
        return Reply(500, b"an error of seedwatch; its log says more\n")


async def _body(receive: Callable[[], Awaitable[dict[str, Any]]], most: int) -> bytes | None:
    """The whole body; None if it is larger than allowed, or will not come."""
    body = b""
    with suppress(ConnectionError):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += bytes(message.get("body", b""))
            if len(body) > most:
                return None
            if not message.get("more_body"):
                return body
    return None


@dataclass(frozen=True, slots=True)
class Listener:
    """What is served.

    Attributes:
        name: as the log calls it.
        port: gives the port that the settings ask for; 0: shut.
        body_limit: how large a body may be that is sent to it.
        hosts: gives the names under which it may be asked beside its address.
    """

    name: str
    port: Callable[[], int]
    answer: Answer
    body_limit: BodyLimit = no_body
    hosts: Hosts = no_hosts


async def keep_listening(listener: Listener, tell: Callable[[str], None], *, ask_s: float = ASK_S) -> None:
    """Serve *listener* at its port, until cancelled; *tell* gets a line for people when it begins, ends or fails."""
    said = ""
    while True:
        port = listener.port()
        if not port:
            await asyncio.sleep(ask_s)
            continue
        serving = asyncio.create_task(
            serve(port, listener.answer, body_limit=listener.body_limit, hosts=listener.hosts)
        )
        await asyncio.sleep(0)  # the port is taken, or is not to be had, in the first step
        line = f"{listener.name} at http://{LOOPBACK}:{port}"
        try:
            while listener.port() == port and not serving.done():
                if said != line:
                    said = line
                    tell(line)
                await asyncio.wait([serving], timeout=ask_s)
            problem = await _shut(serving)
        finally:
            serving.cancel()
        if problem is not None:
            if problem != said:
                said = problem
                tell(f"{listener.name}: {problem}")
            await asyncio.sleep(ask_s * _PATIENCE)
        else:
            said = ""


async def _shut(serving: "asyncio.Task[None]") -> str | None:
    """End a server; why it had ended by itself, None if it had not."""
    if not serving.done():
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        return None
    error = serving.exception()
    if error is None or isinstance(error, SeedwatchError):
        return str(error) if error else "it has ended"
    raise error
