"""A hub on 127.0.0.1: it takes subscriptions, verifies them as a hub does, and pushes what a test gives it."""

import hashlib
import hmac
import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass
class Hub:
    """A running hub.

    Attributes:
        status: what it answers to requests; 202 takes them.
        lease_s: what it grants.
        asked: the fields of each request, in order.
        verified: status and body of the callbacks' answers to its questions, in order.
    """

    status: int = 202
    lease_s: int = 864_000
    asked: list[dict[str, str]] = field(default_factory=list)
    verified: list[tuple[int, str]] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"

    @property
    def place(self) -> str:
        """The host:port pair."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where it is asked for subscriptions."""
        return f"{self.scheme}://{self.place}/hub"

    def question(self, fields: dict[str, str], **more: str) -> tuple[int, str]:
        """What the callback of a request answers to the question whether it was meant."""
        query = {
            "hub.mode": "subscribe",
            "hub.topic": fields["hub.topic"],
            "hub.challenge": "a challenge",
            "hub.lease_seconds": str(self.lease_s),
            **{f"hub.{name}": value for name, value in more.items()},
        }
        return call(fields["hub.callback"], "GET", query=urlencode(query))

    def push(self, body: bytes, *, secret: str | None = None, method: str = "sha256") -> int:
        """Push to the callback that was asked for last; the status of the answer."""
        fields = self.asked[-1]
        key = fields.get("hub.secret", "") if secret is None else secret
        signature = hmac.new(key.encode(), body, getattr(hashlib, method)).hexdigest()
        headers = {"X-Hub-Signature": f"{method}={signature}", "Content-Type": "application/rss+xml"}
        return call(fields["hub.callback"], "POST", body=body, headers=headers)[0]


def call(
    url: str, method: str, *, query: str = "", body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """Status and body of one request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{query}" if query else parts.path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@contextmanager
def hub_running(tls: ssl.SSLContext | None = None) -> Iterator[Hub]:
    """A hub until the block ends."""
    state = Hub(scheme="http" if tls is None else "https")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            state.asked.append(fields)
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.wfile.flush()
            if state.status == 202:
                state.verified.append(state.question(fields))

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
