"""The demo press: ten invented outlets, each an HTTP server on its own port of 127.0.0.1.

``python -m scheduler.demo.press`` keeps them up from port 8100; ``with Press() as press:`` serves a test.
"""

import contextlib
import signal
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from socketserver import TCPServer
from types import FrameType, TracebackType
from typing import Any, Self

import click

from crawler import clock
from scheduler.demo.press_content import edited, load_content, load_edits, load_removals, newest_day, without
from scheduler.demo.press_dates import days_to_move
from scheduler.demo.press_feeds import http_date
from scheduler.demo.press_records import Edit, OutletContent
from scheduler.demo.press_site import PressReply, build_site, find_reply
from storage.errors import ConfigError

HOST = "127.0.0.1"
FIRST_PORT = 8100  # of the command; the library takes any free ports
SLOW_S = 1.5  # the slow page's delay
IDLE_S = 30.0  # an idle connection is dropped after this
STOP_POLL_S = 0.05  # how often a server looks whether it should end


@dataclass(frozen=True, slots=True)
class Outlet:
    """A running outlet."""

    name: str
    title: str
    home: str  # http://127.0.0.1:port/
    kind: str  # "rss", "atom", "json", "rdf", "sitemap" or "section"
    language: str  # ISO 639-1
    country: str  # a user-assigned code of ISO 3166-1, lower case: the countries are invented
    timezone: str  # IANA
    feed_url: str | None


class Press:
    """The outlets of the demo, up from ``__enter__`` to ``__exit__``.

    Args:
        first_port: the first of consecutive ports; 0 takes any that are free.
        slow_s: seconds that the slow page waits before it answers.
        today: the day before which its newest articles are, by at most a week; None: as they are written.
    """

    def __init__(self, first_port: int = 0, slow_s: float = SLOW_S, today: date | None = None) -> None:
        self.days = days_to_move(newest_day(load_content()), today) if today else 0
        self._first_port = first_port
        self._slow_s = slow_s
        self._servers: list[_OutletServer] = []
        self._contents: tuple[OutletContent, ...] = ()
        self._edits: dict[str, Edit] = {}
        self._removed: dict[str, int] = {}  # key -> status
        self._requests: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self.outlets: tuple[Outlet, ...] = ()

    def __enter__(self) -> Self:
        """Bind all ports, write all pages, start to serve.

        Raises:
            ConfigError: a port is taken; names it.
        """
        self._contents = load_content(self.days)
        self._edits, self._removed = {}, {}
        self._ending.clear()
        try:
            for number, content in enumerate(self._contents):
                self._servers.append(self._server(content, self._first_port and self._first_port + number))
        except ConfigError:
            self._close()
            raise
        self.outlets = tuple(_outlet(server) for server in self._servers)
        for server in self._servers:
            server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all servers and their open connections."""
        self._ending.set()
        for server in self._servers:
            server.stop()
        self._close()

    def outlet(self, name: str) -> Outlet:
        """The outlet of this name; KeyError if there is none."""
        return {outlet.name: outlet for outlet in self.outlets}[name]

    def url(self, key: str) -> str:
        """The address of a page of expected.json, such as ``courier/about.html``."""
        name, _, path = key.partition("/")
        return self.outlet(name).home + path

    def addresses(self) -> tuple[str, ...]:
        """The host:port of each outlet, as `allow_private` wants them."""
        return tuple(outlet.home.removeprefix("http://").rstrip("/") for outlet in self.outlets)

    def requests(self) -> Counter[str]:
        """How often each "host:port/path?query" was asked for, whatever the answer; a copy."""
        with self._lock:
            return Counter(self._requests)

    def edit(self) -> tuple[str, ...]:
        """Bring the second text of each article that page and feed call edited; their keys. Twice is once."""
        return self._bring(
            [edit for edit in load_edits(self._contents, self.days) if edit.modified is not None]
        )

    def edit_silently(self) -> tuple[str, ...]:
        """Bring the second text of each article whose page and feed say nothing of it; their keys. Twice is once."""
        return self._bring([edit for edit in load_edits(self._contents, self.days) if edit.modified is None])

    def remove(self) -> tuple[str, ...]:
        """Take away the articles that content/removals.toml names; their keys. Twice is once."""
        self._removed = {removal.of: removal.status for removal in load_removals(self.days)}
        self._rebuild()
        return tuple(self._removed)

    def restore(self) -> tuple[str, ...]:
        """Put back those removed articles that return; their keys."""
        returned = tuple(removal.of for removal in load_removals(self.days) if removal.returns)
        self._removed = {key: status for key, status in self._removed.items() if key not in returned}
        self._rebuild()
        return returned

    def count(self, target: str) -> None:
        """Note a request; the servers' threads call it."""
        with self._lock:
            self._requests[target] += 1

    def wait_slowly(self) -> None:
        """Wait as the slow page does; the end of the press ends it."""
        self._ending.wait(self._slow_s)

    def _bring(self, edits: list[Edit]) -> tuple[str, ...]:
        self._edits |= {edit.of: edit for edit in edits}
        self._rebuild()
        return tuple(edit.of for edit in edits)

    def _rebuild(self) -> None:
        """Let each server answer with the press as it stands now."""
        contents = without(edited(self._contents, tuple(self._edits.values())), self._removed)
        for server, content in zip(self._servers, contents, strict=True):
            gone = {key.removeprefix(content.name): status for key, status in self._removed.items()}
            own = {path: status for path, status in gone.items() if path.startswith("/")}
            server.site = build_site(content, server.home, own)

    def _server(self, content: OutletContent, port: int) -> "_OutletServer":
        try:
            return _OutletServer(self, content, port)
        except OSError as error:
            raise ConfigError(f"the demo press cannot use {HOST}:{port}: {error.strerror}") from error

    def _close(self) -> None:
        for server in self._servers:
            server.server_close()
        self._servers.clear()


class _OutletServer(ThreadingHTTPServer):
    """One outlet; `site` may be replaced as a whole while it serves."""

    daemon_threads = True
    request_queue_size = 64  # a crawler knocks with many connections at once
    block_on_close = False  # a client that keeps its connection open must not hold the end up

    def __init__(self, press: Press, content: OutletContent, port: int) -> None:
        self._open: set[socket] = set()
        super().__init__((HOST, port), _PressHandler)
        self.press = press
        self.content = content
        self.address = f"{HOST}:{self.server_port}"
        self.home = f"http://{self.address}"
        self.site: Mapping[str, PressReply] = build_site(content, self.home)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(STOP_POLL_S,), name=f"press-{content.name}", daemon=True
        )

    def server_bind(self) -> None:
        """Bind without the base class's look-up of the host's name, which may ask a name server."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):  # it closed by itself meanwhile
                connection.shutdown(SHUT_RDWR)

    def get_request(self) -> tuple[socket, Any]:
        connection, client = super().get_request()
        self._open.add(connection)
        return connection, client

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that goes away in the middle is no event here."""


class _PressHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from the site of its server."""

    protocol_version = "HTTP/1.1"
    server_version = "press"
    sys_version = ""
    timeout = IDLE_S
    wbufsize = -1  # head and body leave together,
    disable_nagle_algorithm = True  # else a small body waits 40 ms for the client's delayed acknowledgement
    server: _OutletServer

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the press is quiet."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of an answer: months that are let pass here have passed for the press, too."""
        return http_date(clock.now()) if timestamp is None else super().date_time_string(timestamp)

    def _answer(self, *, with_body: bool) -> None:
        self.server.press.count(self.server.address + self.path)
        answer = find_reply(self.server.site, self.path)
        if answer.is_slow:
            self.server.press.wait_slowly()
        unchanged = answer.status == 200 and self._has_current(answer)
        body = b"" if unchanged else answer.body
        self.send_response(304 if unchanged else answer.status)
        for name, value in _headers(answer).items():
            self.send_header(name, value)
        if not unchanged:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _has_current(self, answer: PressReply) -> bool:
        """Whether the client's validators match; If-None-Match goes before the date (RFC 9110, 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return answer.etag is not None and answer.etag in (
                tag.strip().removeprefix("W/") for tag in tags.split(",")
            )
        since = _http_moment(self.headers.get("If-Modified-Since"))
        return since is not None and answer.last_modified is not None and answer.last_modified <= since


def _headers(answer: PressReply) -> dict[str, str]:
    headers = {"Content-Type": answer.content_type}
    if answer.etag is not None:
        headers["ETag"] = answer.etag
    if answer.last_modified is not None:
        headers["Last-Modified"] = http_date(answer.last_modified)
    if answer.location is not None:
        headers["Location"] = answer.location
    return headers


def _http_moment(text: str | None) -> datetime | None:
    try:
        moment = None if text is None else parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _outlet(server: _OutletServer) -> Outlet:
    content = server.content
    return Outlet(
        name=content.name,
        title=content.title,
        home=f"{server.home}/",
        kind=content.kind,
        language=content.language,
        country=content.country,
        timezone=content.timezone,
        feed_url=None if content.feed is None else server.home + content.feed,
    )


@click.command()
@click.option("--first-port", default=FIRST_PORT, show_default=True, help="First of ten ports; 0: any free.")
@click.option("--slow", "slow_s", default=SLOW_S, show_default=True, help="Seconds the slow page waits.")
def main(first_port: int, slow_s: float) -> None:
    """Keep the demo press up until Ctrl-C or SIGTERM."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        with Press(first_port, slow_s) as press:
            for outlet in press.outlets:
                click.echo(f"{outlet.home:<24} {outlet.kind:<8} {outlet.language}  {outlet.title}")
            ending.wait()
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
