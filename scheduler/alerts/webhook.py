"""One JSON document to one address, under the gate's rules at the connection; no redirect is followed. I/O edge."""

import http.client
import json
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.downloader.gate import Gate
from storage.errors import BlockedError

TIMEOUT_S = 20.0
# Of an answer that refuses, so much is read to say why.
_SAID_BYTES = 2_000


class WebhookError(Exception):
    """The document was not taken; the text says why, and may quote the address."""


def post(url: str, document: Mapping[str, Any], key: str, allow_private: tuple[str, ...]) -> str:
    """The answer's status line, of an http(s) address that took *document*. A user in the address logs in (RFC 7617).

    Raises:
        WebhookError: it was not taken.
    """
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "seedwatch",
        "Idempotency-Key": key,
        "Connection": "close",
    }
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    try:
        connection = _connect(bare, Gate(allow_private))
        try:
            target = urlsplit(bare)._replace(scheme="", netloc="").geturl() or "/"
            body = json.dumps(document, ensure_ascii=False).encode()
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            said = answer.read(_SAID_BYTES)
        finally:
            connection.close()
    except BlockedError as error:
        raise WebhookError(f"{error}; private addresses need crawl.allow_private") from error
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        raise WebhookError(str(error) or type(error).__name__) from error
    line = f"HTTP {answer.status} {answer.reason}".strip()
    if 300 <= answer.status < 400:
        raise WebhookError(f"{line}: redirects are not followed")
    if not 200 <= answer.status < 300:
        raise WebhookError(f"{line}: {said.decode(errors='replace')}")
    return line


def _connect(url: str, gate: Gate) -> http.client.HTTPConnection:
    """A connection to an address that the gate lets pass; the name is looked up once, and what was checked is used."""
    gate.check_url(url)
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    refusal: BaseException | None = None
    for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = str(answer[4][0])
        try:
            gate.check_address(host, port, address)
            plain = socket.create_connection((address, port), TIMEOUT_S)
        except (BlockedError, OSError) as error:
            refusal = error
            continue
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        connection.sock = _secured(plain, host) if secure else plain
        return connection
    raise refusal or OSError(f"{host} has no address")


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
