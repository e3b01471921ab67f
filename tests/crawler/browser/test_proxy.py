"""The proxy of the browser by itself: whom it serves, and where it connects."""

import asyncio
import socket
from base64 import b64encode

import pytest

from crawler.browser import proxy as proxies
from crawler.browser.proxy import GateProxy
from crawler.browser.rules import PageRequest, PageRules
from crawler.downloader.gate import Gate
from tests.support.servers import PAGE, answer, serving


def said(proxy: GateProxy, line: str, *more: str) -> bytes:
    login = b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
    return "\r\n".join([line, f"Proxy-Authorization: Basic {login}", *more, "", ""]).encode()


async def asked(
    gate: Gate, url: str, request, *, names: dict[str, str] | None = None, is_allowed: bool = True
) -> bytes:
    """What comes back for the bytes that *request* makes for the proxy, while a page may ask for *url*."""
    resolve = None if names is None else lambda host, _: [names[host]] if host in names else []
    proxy = GateProxy(gate, resolve)
    await proxy.start()
    rules = PageRules("http://page.example/", gate)
    if is_allowed:
        rules.refusal(PageRequest(url, "script"))
    proxy.turn_to(rules)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        try:
            writer.write(request(proxy))
            await writer.drain()
            return await asyncio.wait_for(reader.read(100_000), 10)
        finally:
            writer.close()
    finally:
        await proxy.close()


def test_a_request_goes_out_as_if_it_had_been_asked_directly():
    with serving({"/a?b": answer(PAGE)}) as server:
        came = asyncio.run(
            asked(
                Gate((server.place,)),
                server.url("/a?b"),
                lambda proxy: said(
                    proxy, f"GET {server.url('/a?b')} HTTP/1.1", f"Host: {server.place}", "Upgrade: x"
                ),
            )
        )
        assert came.startswith(b"HTTP/1.1 200")
        (head,) = server.heads
    assert head.startswith("GET /a?b HTTP/1.1")
    assert "Proxy-Authorization" not in head
    assert "Upgrade" not in head


def test_who_does_not_know_the_password_gets_nowhere():
    with serving({}) as server:
        came = asyncio.run(
            asked(
                Gate((server.place,)),
                server.url("/"),
                lambda _: f"GET {server.url('/')} HTTP/1.1\r\n\r\n".encode(),
            )
        )
        assert came.startswith(b"HTTP/1.1 407")
        assert server.hits == []


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_name_that_resolves_inwards_and_a_place_that_no_page_has_named(is_allowed, monkeypatch):
    monkeypatch.setattr(proxies, "_UNKNOWN_S", 0.1)
    with serving({}) as server:
        url = f"http://inward.example:{server.port}/"
        came = asyncio.run(
            asked(
                Gate((server.place,) if not is_allowed else ()),
                url,
                lambda proxy: said(proxy, f"GET {url} HTTP/1.1"),
                names={"inward.example": "127.0.0.1"},
                is_allowed=is_allowed,
            )
        )
        assert came.startswith(b"HTTP/1.1 403")
        assert server.hits == []


def test_a_tunnel_is_for_tls_alone():
    for first, is_passed in (
        (b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", False),
        (b"\x16\x03\x01 hello", True),
    ):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            place = f"127.0.0.1:{listening.getsockname()[1]}"
            listening.settimeout(5)
            request = lambda proxy, first=first, place=place: said(proxy, f"CONNECT {place} HTTP/1.1") + first  # noqa: E731
            came = asyncio.run(ended(listening, asked(Gate((place,)), f"https://{place}/", request)))
        assert came[0] == (first if is_passed else b"")
        assert came[1].startswith(b"HTTP/1.1 200 Connected")


async def ended(listening: socket.socket, asking) -> tuple[bytes, bytes]:
    """What the server behind a tunnel is sent first, and what the browser is."""

    def take() -> bytes:
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(5)
            return connection.recv(1_000)

    taking = asyncio.to_thread(take)
    got, back = await asyncio.gather(taking, asking)
    return got, back


def test_a_page_has_its_bytes_and_no_more(monkeypatch):
    monkeypatch.setattr(proxies, "MOST_BYTES", 100_000)
    with serving({"/": answer(b"x" * 5_000_000)}) as server:
        came = asyncio.run(
            asked(
                Gate((server.place,)),
                server.url("/"),
                lambda proxy: said(proxy, f"GET {server.url('/')} HTTP/1.1"),
            )
        )
    assert len(came) <= 100_000


@pytest.mark.parametrize(
    "request_", [b"\r\n\r\n", b"GET\r\n\r\n", b"x" * 200_000, b"CONNECT [::1 HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_request_ends_the_connection(request_):
    came = asyncio.run(asked(Gate(), "http://a.example/", lambda _: request_))
    assert came == b"" or came.startswith(b"HTTP/1.1 407")
