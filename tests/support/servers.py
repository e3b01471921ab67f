"""Small servers with faults, on 127.0.0.1: each path answers with the bytes that a test gives it."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawler import clock

# What a path answers: bytes, or a function of the hits so far (1 at the first) that gives them; None says nothing
# and keeps the connection until the server ends.
Answer = bytes | Callable[[int], bytes] | None

PAGE = (
    b"<!doctype html><html><head><title>Delegations meet</title></head><body><p>They met.</p></body></html>"
)


def answer(body: bytes = PAGE, status: int = 200, **headers: Any) -> bytes:
    """A whole HTTP answer; header names are written with _ for -, and a length is added unless one is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": len(body),
        "Connection": "close",
    } | named
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {named[name]}" for name in named)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location: str, status: int = 302) -> bytes:
    """An answer that sends elsewhere."""
    return answer(b"", status, Location=location)


@dataclass
class FaultServer:
    """A running server.

    Attributes:
        hits: the paths that were asked for, in order.
        heads: the request heads, in the same order.
    """

    address: str
    port: int
    routes: Mapping[str, Answer]
    hits: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def place(self) -> str:
        """The host:port pair, as the gate's exceptions are written."""
        return f"{self.address}:{self.port}"

    def url(self, path: str = "/", host: str = "", scheme: str = "http") -> str:
        """An address on this server, under another name if one is given."""
        return f"{scheme}://{host or self.address}:{self.port}{path}"


def with_date(raw: bytes, days: Callable[[], float]) -> Answer:
    """The answer *raw* with the Date of a clock that is so many days ahead."""

    def made(number: int) -> bytes:  # noqa: ARG001 - which request it is
        head, body = raw.split(b"\r\n\r\n", 1)
        date = format_datetime(clock.system_now() + timedelta(days=days()), usegmt=True)
        return head + f"\r\nDate: {date}\r\n\r\n".encode() + body

    return made


@contextmanager
def serving(
    routes: Mapping[str, Answer],
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[FaultServer]:
    """A server that runs until the block ends; a path without a route answers 404."""
    state = FaultServer(address, port, routes)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # The client may leave at any moment, which is what some tests are about.
            with suppress(OSError):
                if tls is None:
                    _serve(state, self.request)
                    return
                with tls.wrap_socket(self.request, server_side=True) as connection:
                    _serve(state, connection)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server((address, port), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            state.ending.set()
            server.shutdown()
            thread.join()


@contextmanager
def unanswered_port() -> Iterator[str]:
    """A port that nobody listens at while the block runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def _serve(state: FaultServer, connection: socket.socket) -> None:
    connection.settimeout(20)
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv(65_536)
        if not received:
            return
        head += received
    path = head.split(b" ", 2)[1].decode("latin-1")
    state.hits.append(path)
    state.heads.append(head.decode("latin-1"))
    given = state.routes.get(path, answer(b"", 404))
    if given is None:
        state.ending.wait(20)
    else:
        connection.sendall(given(state.hits.count(path)) if callable(given) else given)
        _finish(connection)


def _finish(connection: socket.socket) -> None:
    """End the answer so that the client reads all of it: a close with unread input would reset the connection."""
    if isinstance(connection, ssl.SSLSocket):
        connection.unwrap()
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65_536):
        pass


@dataclass(frozen=True)
class Authority:
    """A certificate authority of one test run."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made_in(cls, folder: Path) -> "Authority":
        """A new authority, whose certificate is written to ca.pem."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(
            "seedwatch test authority", key, "seedwatch test authority", key, is_authority=True
        )
        (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(folder, key, certificate)

    def context(self, host: str, *, until_year: int = 2200, signed_by_itself: bool = False) -> ssl.SSLContext:
        """What a server needs to present a certificate for this host."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = (host, key) if signed_by_itself else ("seedwatch test authority", self.key)
        certificate = _certificate(host, key, *issuer, until_year=until_year)
        file = self.folder / f"{host}-{until_year}-{signed_by_itself}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _certificate(
    host: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    until_year: int = 2200,
    is_authority: bool = False,
) -> x509.Certificate:
    alternative: x509.GeneralName
    try:
        alternative = x509.IPAddress(ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host.replace(" ", "-"))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(until_year, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
