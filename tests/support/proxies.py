"""A proxy that leads every name to one server of the test: HTTP (CONNECT) and SOCKS5, with or without a user."""

import socket
import socketserver
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class TestProxy:
    """A running proxy; `asked` has the places to which it was to connect, `heads` what HTTP clients said."""

    __test__ = False  # no test

    place: str = ""
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)


@contextmanager
def proxying(target: str, *, login: str = "", answer: str = "200 Connected") -> Iterator[TestProxy]:
    """A proxy to *target* (host:port); with a *login* (user:password) it serves no other. *answer*: to CONNECT."""
    state = TestProxy()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.settimeout(20)
                first = self.request.recv(1, socket.MSG_PEEK)
                opened = (
                    _socks(state, self.request, login)
                    if first == b"\x05"
                    else _http(state, self.request, login, answer)
                )
                if opened:
                    _bridge(self.request, target)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        state.place = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def _http(state: TestProxy, client: socket.socket, login: str, answer: str) -> bool:
    head = b""
    while b"\r\n\r\n" not in head:
        received = client.recv(4_096)
        if not received:
            return False
        head += received
    text = head.decode("latin-1")
    state.heads.append(text)
    state.asked.append(text.split(" ")[1])
    if login and b64encode(login.encode()).decode() not in text:
        client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        return False
    client.sendall(f"HTTP/1.1 {answer}\r\n\r\n".encode())
    return answer.startswith("2")


def _socks(state: TestProxy, client: socket.socket, login: str) -> bool:
    methods = client.recv(2)[1]
    offered = client.recv(methods)
    wanted = 2 if login else 0
    client.sendall(bytes([5, wanted if wanted in offered else 255]))
    if wanted not in offered:
        return False
    if login:
        size = client.recv(2)[1]
        user = client.recv(size)
        password = client.recv(client.recv(1)[0])
        is_known = f"{user.decode()}:{password.decode()}" == login
        client.sendall(bytes([1, 0 if is_known else 1]))
        if not is_known:
            return False
    kind = client.recv(4)[3]
    host = client.recv(client.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(client.recv(4))
    state.asked.append(f"{host}:{int.from_bytes(client.recv(2), 'big')}")
    if host.startswith("closed."):
        client.sendall(b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")
        return False
    client.sendall(b"\x05\x00\x00\x03\x04here\x00\x50")
    return True


def _bridge(client: socket.socket, target: str) -> None:
    host, _, port = target.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as server:
        back = threading.Thread(target=_pump, args=(server, client))
        back.start()
        _pump(client, server)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
