"""What all our pages share: rows of a database, the page around a template, and the day that counts as today."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from datasette.utils.asgi import Response

from storage.datasette.databases import place_of
from storage.datasette.pages.documents import address_with_json, address_without_json, page_document
from storage.datasette.pages.wording import clean, read_time

Row = dict[str, Any]

_LAST_LOOK = """
SELECT polled_at AS at FROM polls WHERE id = (SELECT max(id) FROM polls)
UNION ALL SELECT first_seen_at FROM articles WHERE id = (SELECT max(id) FROM articles)
UNION ALL SELECT matched_at FROM matches WHERE id = (SELECT max(id) FROM matches)
"""


async def rows(
    database: Any, sql: str, values: Mapping[str, object] | None = None, **parameters: object
) -> list[Row]:
    """The rows of a query, in its order, under Datasette's time limit."""
    return [dict(row) for row in (await database.execute(sql, {**(values or {}), **parameters})).rows]


async def page(datasette: Any, request: Any, database: Any, template: str, **context: object) -> Response:
    """The page that *template* makes of *context* and the addresses of *database*; at .json what it shows as data."""
    if request.path.endswith(".json"):
        document = {"database": database.name, "page": address_without_json(request.full_path)}
        return Response.json(document | page_document(context))
    context |= {
        "place": place_of(datasette, database),
        "database": database.name,
        "as_json": address_with_json(request.full_path),
    }
    headers = {"link": f'<{context["as_json"]}>; rel="alternate"; type="application/json"'}
    return Response.html(await datasette.render_template(template, context, request=request), headers=headers)


def cleaned(row: Row) -> Row:
    """*row* with its texts fit for a page."""
    return {name: clean(value) if isinstance(value, str) else value for name, value in row.items()}


def asked_number(request: Any, name: str) -> int | None:
    """The number that the address gives as *name*; None if it gives none, or no number that SQLite knows."""
    text = request.args.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def last_look(database: Any) -> datetime | None:
    """When the program last looked at anything; None if it never has.

    Days are counted back from here: storage asks no clock, and a page read while the daemon stands still must not
    take old silence for new.
    """
    looks = [read_time(row["at"]) for row in await rows(database, _LAST_LOOK)]
    return max((at for at in looks if at is not None), default=None)


def day_of(at: datetime | None) -> date:
    """The UTC day of *at*; the epoch's for None."""
    return at.astimezone(UTC).date() if at else date(1970, 1, 1)


def is_own_link(request: Any) -> bool:
    """Whether a page of ours led here, as far as the browser says: no other site may clear what is new."""
    return request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
