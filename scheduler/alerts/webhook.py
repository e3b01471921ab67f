"""One JSON document to one address, under the gate's rules at the connection; no redirect is followed. I/O edge."""

import http.client
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.downloader.gate import Gate
from scheduler.gated_connection import connect
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
        connection = connect(bare, Gate(allow_private), timeout_s=TIMEOUT_S)
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
