"""The style sheet and the script of our pages."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from datasette.utils.asgi import Response

_FOLDER = Path(__file__).parent / "static"
_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


async def asset(request: Any) -> Response:
    """The file that the address names, one of those that the route lets through."""
    name = request.url_vars["name"]
    headers = {"cache-control": "public, max-age=86400"}
    return Response(_read(name)[0], headers=headers, content_type=_KINDS[name.rpartition(".")[2]])


def address(datasette: Any, name: str) -> str:
    """The address of the file *name*, new whenever the file changes."""
    return f"{datasette.urls.path(f'/-/{name}')}?{_read(name)[1]}"


@lru_cache(maxsize=8)
def _read(name: str) -> tuple[str, str]:
    """A file, and a short hash of it."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return text, sha256(text.encode()).hexdigest()[:8]
