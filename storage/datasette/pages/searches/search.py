"""The search page."""

import shlex
from typing import Any

from datasette.utils.asgi import Response

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.rendering import page
from storage.datasette.pages.searches.finds import (
    FINDS,
    asked_search,
    folded_finds,
    notes_of,
    older_than_shown,
    read_place,
)
from storage.datasette.pages.searches.saved import SAVED_READS, saved_lines
from storage.query.tree import And, Node, Not, Or, Term


async def search(datasette: Any, request: Any) -> Response:
    """The newest finds of ?q=, by ?order=published (the default) or arrival, behind ?after= of an earlier page.

    A query that cannot be read is told with the place of the mistake, and with what to write instead.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, SAVED_READS)
    asked = await asked_search(datasette, request, database, FINDS + 1)
    finds, folded = await folded_finds(database, request, asked)
    return await page(
        datasette,
        request,
        database,
        "seedwatch_search.html",
        typed=asked.typed,
        finds=finds,
        folded=folded,
        copies="all" if request.args.get("copies") == "all" else "",
        notes=notes_of(asked),
        error=asked.error,
        order=str(asked.order),
        older=older_than_shown(asked),
        continued=read_place(request) is not None,
        plain=asked.query is not None and _is_plain(asked.query.root),
        saved=[] if asked.typed else await saved_lines(datasette, request, database),
        keep=f"seedwatch searches add NAME {shlex.quote(asked.typed)}",
    )


def _is_plain(root: Node) -> bool:
    """Whether Datasette's own search box would read it alike."""
    match root:
        case Term():
            return root.field is None
        case And() | Or():
            return all(map(_is_plain, root.operands))
        case Not():
            return _is_plain(root.operand)
        case _:
            return False
