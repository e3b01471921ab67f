"""Security headers for what shows our databases: what the web wrote may never run.

Datasette's own pages carry inline scripts and styles and get a policy that allows them; our pages carry none, so that
injected markup is dead there twice over.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from datasette.utils import tilde_encode

from storage.allowed_hosts import REFUSAL, is_allowed
from storage.datasette.databases import is_alone, our_databases

_PAGES = (r"seedwatch(\.css|\.js)?", "schema", "search", "sign-in", "sources", "changes")
# Before the name or number of what they show.
_PAGES_OF = ("cite", "coverage", "kept", "read", "revisions", "saved", "source", "story", "tag", "topic")
OUR_PAGES = re.compile(
    rf"^/-/({'|'.join(_PAGES)}|({'|'.join(_PAGES_OF)})/.+?)(\.atom|(\.feed)?\.json|\.bib|\.ris)?$"
)

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, Callable[[], Awaitable[_Message]], _Send], Awaitable[None]]

_COMMON = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
_FRAMES = "frame-ancestors 'none'"
# The policy of Datasette's own pages.
_INLINE = f"{_COMMON}script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; {_FRAMES}"
# The policy of our pages: no inline script, no inline style.
STRICT = f"{_COMMON}script-src 'self'; style-src 'self'; {_FRAMES}"


def only_under(hosts: Sequence[str], app: _App) -> _App:
    """*app* for requests whose Host the first of *hosts*, the bound address, or the others allow; 403 for the rest."""
    bound, *named = hosts

    async def wrapped(scope: _Scope, receive: Callable[[], Awaitable[_Message]], send: _Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        header = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        if is_allowed(header, bound=bound, named=named):
            await app(scope, receive, send)
            return
        kind = (b"content-type", b"text/plain; charset=utf-8")
        await send({"type": "http.response.start", "status": 403, "headers": [kind]})
        await send({"type": "http.response.body", "body": REFUSAL.encode()})

    return wrapped


def with_headers(app: _App, datasette: Any) -> _App:
    """*app* with security headers on our pages and on Datasette's pages of our databases."""

    async def wrapped(scope: _Scope, receive: Callable[[], Awaitable[_Message]], send: _Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_with_headers(message: _Message) -> None:
            if message["type"] == "http.response.start":
                added = _security(datasette, scope["path"], message["status"])
                present = {name.lower() for name, _ in message.get("headers", [])}
                kept = [(name, value) for name, value in added if name not in present]
                message["headers"] = [*message.get("headers", []), *kept]
            await send(message)

        await app(scope, receive, send_with_headers)

    return wrapped


def _security(datasette: Any, path: str, status: int) -> list[tuple[bytes, bytes]]:
    path = "/" + path.removeprefix(datasette.setting("base_url")).lstrip("/")
    if not _is_covered(datasette, path):
        return []
    # Beside other databases an error on our pages is shown by Datasette's template, with its inline style.
    ours = OUR_PAGES.match(path) and (status == 200 or is_alone(datasette))
    policy = STRICT if ours else _INLINE
    return [
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", b"same-origin"),
        (b"x-content-type-options", b"nosniff"),
    ]


def _is_covered(datasette: Any, path: str) -> bool:
    if is_alone(datasette):
        return True
    names = {tilde_encode(database.route) for database in our_databases(datasette)}
    return bool(names) and (OUR_PAGES.match(path) is not None or path.split("/")[1].split(".")[0] in names)
