"""A kept page as the outlet sent it, for the reader's eyes alone: no script runs and nothing is loaded.

The bytes go out as they came, with their Content-Type and Content-Encoding; a policy puts them into a sandbox without
an origin, so that neither scripts nor forms nor anything from elsewhere lives there.
"""

import re
import sqlite3
from typing import Any

from datasette.utils.asgi import NotFound, Response

from storage.articles.kept_pages import KeptPage, page
from storage.datasette.databases import asked_database, demand_view

_READS = ("articles", "pages", "page_bodies")
_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)


async def kept(datasette: Any, request: Any) -> Response:
    """The kept page that the address names by its row.

    Raises:
        NotFound: no such page is kept.
        Forbidden: Datasette's permissions say no.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    number = int(request.url_vars["id"])
    found = await database.execute_fn(lambda connection: _page(connection, number))
    if found is None:
        raise NotFound(f"No such kept page: {number}")
    return Response(found.body, headers=_headers(found), content_type=_content_type(found))


def _page(connection: sqlite3.Connection, number: int) -> KeptPage | None:
    known = connection.execute("SELECT 1 FROM pages WHERE id = ?", [number]).fetchone()
    return page(connection, number) if known else None


def _headers(found: KeptPage) -> dict[str, str]:
    coding = _header(found, "content-encoding").strip().lower()
    encoded = {"content-encoding": coding} if coding in _CODINGS else {}
    return {"content-security-policy": _POLICY, "referrer-policy": "no-referrer", **encoded}


def _content_type(found: KeptPage) -> str:
    """HTML as HTML, whatever else as text, in the charset that the outlet stated."""
    stated = _header(found, "content-type")
    kind = "text/html" if "html" in stated.lower() else "text/plain"
    charset = _CHARSET.search(stated)
    return f"{kind}; charset={charset[1]}" if charset else kind


def _header(found: KeptPage, wanted: str) -> str:
    return next((value for name, value in found.headers if name.lower() == wanted), "")
