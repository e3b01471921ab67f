"""Searches that have a name: their list with what is new in each, and the page of one."""

import re
import shlex
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from datasette.plugins import pm
from datasette.utils import await_me_maybe, sqlite_timelimit
from datasette.utils.asgi import NotFound, Response

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.rendering import is_own_link, page, rows
from storage.datasette.pages.searches.finds import (
    READS,
    find,
    folded_finds,
    notes_of,
    older_than_shown,
    read_order,
    read_place,
)
from storage.datasette.pages.wording import clean, cut, short_time
from storage.errors import StorageError
from storage.search import saved_searches
from storage.search.index import Order
from storage.search.new_finds import SearchState, remembered, search_states
from storage.search.saved_searches import SavedSearch

# Beyond so many the list is no list of what is followed any more; each costs a query.
SHOWN = 40
SAVED_READS = (*READS, "saved_searches", "search_looks", "topics")
_TOPIC_OF = "SELECT name FROM topics WHERE enabled = 1 AND any_query = :query ORDER BY id LIMIT 1"
_COOKIE = "seedwatch_searches"
_YEAR_S = 365 * 86_400
_SEEN = re.compile(r"(\d{1,18})-(\d{1,18})")


@dataclass(frozen=True, slots=True)
class SavedLine:
    """A saved search in a list."""

    name: str
    query: str
    saved_by: str  # the account; "" by a command
    new: int | None  # what came since the reader last looked; None: it was not counted
    is_more: bool  # it is that many or more


async def saved_lines(datasette: Any, request: Any, database: Any) -> list[SavedLine]:
    """The saved searches by name, at most SHOWN, each with what is new to the reader of *request*.

    Who signed in has looked where the database says so, others where their browser does.
    """
    limit_ms = datasette.setting("sql_time_limit_ms")
    reader = _reader(datasette, request)
    seen = None if reader else _seen(request, database)
    lines: list[SavedLine] = await database.execute_fn(lambda c: _lines(c, reader, seen, limit_ms))
    return lines


async def saved(datasette: Any, request: Any) -> Response:
    """What a saved search finds, as it came or by ?order=published; what is new since the reader last looked first.

    To open its page is to look, unless another site led there; to ask for its data is not.

    Raises:
        NotFound: there is no such search.
    """
    database, search = await asked_saved(datasette, request)
    order, after = read_order(request, Order.ARRIVAL), read_place(request)
    newest = await database.execute_fn(saved_searches.newest_article)
    found = await find(datasette, database, search.query, order, after)
    finds, folded = await folded_finds(database, request, found)
    seen_until = await _seen_until(datasette, request, database, search, newest)
    is_split = order is Order.ARRIVAL and after is None
    new = [line for line in finds if is_split and line.article_id > seen_until]
    answer = await page(
        datasette,
        request,
        database,
        "seedwatch_saved.html",
        typed=found.typed,
        notes=notes_of(found),
        error=found.error,
        order=str(order),
        older=older_than_shown(found),
        continued=after is not None,
        name=clean(search.name),
        saved_by=clean(search.saved_by),
        saved_at=short_time(search.saved_at.isoformat()),
        new=new,
        folded=folded,
        copies="all" if request.args.get("copies") == "all" else "",
        finds=[line for line in finds if line not in new],
        topic=await _topic_of(database, search),
        follow=f"seedwatch searches follow {shlex.quote(clean(search.name))}",
    )
    if not request.path.endswith(".json") and is_own_link(request):
        await _note(datasette, request, database, search, newest, answer)
    return answer


async def _topic_of(database: Any, search: SavedSearch) -> str:
    """The topic that matches what *search* finds; "" if none is followed."""
    followed = await rows(database, _TOPIC_OF, query=search.query)
    return clean(followed[0]["name"]) if followed else ""


async def asked_saved(datasette: Any, request: Any) -> tuple[Any, SavedSearch]:
    """The database and the saved search that the address names.

    Raises:
        NotFound: there is no such search.
        Forbidden: Datasette's permissions say no.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, SAVED_READS)
    name = unquote(request.url_vars["name"])
    search = await database.execute_fn(lambda connection: saved_searches.named(connection, name))
    if search is None:
        raise NotFound(f"No such saved search: {cut(clean(name), 80)}")
    return database, search


def _lines(
    connection: sqlite3.Connection, reader: str, seen: Mapping[int, int] | None, limit_ms: int
) -> list[SavedLine]:
    searches = saved_searches.all_saved(connection)[:SHOWN]
    try:
        with sqlite_timelimit(connection, limit_ms):
            return [_line(state) for state in search_states(connection, searches, reader, seen=seen)]
    except StorageError as error:
        if "interrupted" not in str(error.__cause__):
            raise
        return [
            SavedLine(clean(search.name), clean(search.query), clean(search.saved_by), None, False)
            for search in searches
        ]


def _line(state: SearchState) -> SavedLine:
    search, new = state.search, state.new
    return SavedLine(
        clean(search.name),
        clean(search.query),
        clean(search.saved_by),
        new.number if new else None,
        bool(new and new.is_more),
    )


async def _seen_until(datasette: Any, request: Any, database: Any, search: SavedSearch, newest: int) -> int:
    """The last article, by its row, that the reader of *request* has seen of *search*."""
    if reader := _reader(datasette, request):
        look = await database.execute_fn(lambda c: saved_searches.look_of(c, search, reader))
        return int(look.seen_until)
    return remembered(search, _seen(request, database), newest).seen_until


async def _note(
    datasette: Any, request: Any, database: Any, search: SavedSearch, newest: int, answer: Response
) -> None:
    """Write down that the reader has looked: with who knows readers, else in a cookie of *answer*."""
    if reader := _reader(datasette, request):
        written = pm.hook.seedwatch_search_look(
            datasette=datasette, database=database, reader=reader, search_id=search.id, seen_until=newest
        )
        await await_me_maybe(written)
        return
    # The latest looks stand last; those of searches that are gone fall off in time.
    seen = {id: until for id, until in _seen(request, database).items() if id != search.id} | {
        search.id: newest
    }
    answer.set_cookie(
        _cookie_of(database),
        ".".join(f"{id}-{until}" for id, until in list(seen.items())[-2 * SHOWN :]),
        max_age=_YEAR_S,
        path=datasette.urls.path("/"),
        httponly=True,
        samesite="lax",
    )


def _reader(datasette: Any, request: Any) -> str:
    """Who signed in, where what they look at can be written down; "" otherwise."""
    return pm.hook.seedwatch_reader(datasette=datasette, request=request) or ""


def _seen(request: Any, database: Any) -> dict[int, int]:
    """What the reader's browser remembers: the last article seen, by the search."""
    pairs = (_SEEN.fullmatch(pair) for pair in request.cookies.get(_cookie_of(database), "").split("."))
    return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


def _cookie_of(database: Any) -> str:
    """The cookie for *database*: browsers do not tell the ports of a host apart, and several files may be served."""
    return f"{_COOKIE}_{sha256(str(database.path).encode()).hexdigest()[:8]}"
