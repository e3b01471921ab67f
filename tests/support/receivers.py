"""A server on 127.0.0.1 that takes what alerts send: each path answers as a test says, and bodies are kept."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """A running server.

    Attributes:
        answers: status by path, 200 for others; a status of 0 never answers, until the server ends.
        posts: path, headers and JSON body of each request, in order.
    """

    answers: dict[str, int] = field(default_factory=dict)
    posts: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)
    port: int = 0
    location: str = ""
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def place(self) -> str:
        """The host:port pair."""
        return f"127.0.0.1:{self.port}"

    def bodies(self, path: str) -> list[Any]:
        """What was posted to *path*, in order."""
        return [body for one, _, body in list(self.posts) if one == path]


@contextmanager
def receiving(**answers: int) -> Iterator[Receiver]:
    """A server until the block ends; *answers* gives the status of paths without their slash."""
    state = Receiver({f"/{name}": status for name, status in answers.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.posts.append((self.path, dict(self.headers), json.loads(body)))
            status = state.answers.get(self.path, 200)
            if not status:
                state.ending.wait(60)
                return
            self.send_response(status)
            if state.location:
                self.send_header("Location", state.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            state.ending.set()
            server.shutdown()
            thread.join()
