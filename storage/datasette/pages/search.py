"""The search page: the query language of `seedwatch search`, with the words around each find."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response
from markupsafe import Markup, escape

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.entries import EntryLine, entry_lines
from storage.datasette.pages.marks import marked, merged
from storage.datasette.pages.rendering import page
from storage.datasette.pages.wording import clean
from storage.datasette.search_box import CHARACTERS
from storage.errors import QueryError, StorageError
from storage.query import Query, parse_query, reading_notes
from storage.query.tree import And, Node, Not, Or, Term
from storage.records.topics import Span
from storage.search.index import Findings, Found, ListPlace, Order, look_up
from storage.search.snippets import snippet

FINDS = 30

_READS = ("articles", "article_texts", "sources", "matches", "topics", "copies")


@dataclass(frozen=True, slots=True)
class AskedSearch:
    """What a reader searches for, and what was found."""

    typed: str
    query: Query | None  # None: nothing was typed, or it cannot be read
    order: Order
    is_continued: bool  # behind what an earlier page showed
    findings: Findings
    error: str  # why nothing was looked for, or found in time; "" if it was


async def search(datasette: Any, request: Any) -> Response:
    """The newest finds of ?q=, by ?order=published (the default) or arrival, behind ?after= of an earlier page.

    A query that cannot be read is told with the place of the mistake, and with what to write instead.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    asked = await asked_search(datasette, request, database, FINDS + 1)
    query, findings = asked.query, asked.findings
    shown = findings.found[:FINDS]
    return await page(
        datasette,
        request,
        database,
        "seedwatch_search.html",
        typed=asked.typed,
        finds=await _finds(database, shown),
        notes=[*reading_notes(query), *findings.warnings] if query else [],
        error=asked.error,
        order=str(asked.order),
        older=_written_place(shown[-1].place) if len(findings.found) > FINDS else None,
        continued=asked.is_continued,
        plain=query is not None and _is_plain(query.root),
    )


async def asked_search(datasette: Any, request: Any, database: Any, limit: int) -> AskedSearch:
    """What *request* searches for by ?q=, ?order= and ?after=, and the newest finds, at most *limit*."""
    typed = clean(request.args.get("q"))[:CHARACTERS].strip()
    order = Order.ARRIVAL if request.args.get("order") == Order.ARRIVAL else Order.PUBLISHED
    after = _read_place(request.args.get("after") or "")
    query, error = _parsed(typed)
    findings = Findings((), (), 0)
    if query is not None:
        limit_ms = datasette.setting("sql_time_limit_ms")
        findings, error = await database.execute_fn(
            lambda c: _look_up(c, query, order, after, limit, limit_ms)
        )
    return AskedSearch(typed, query, order, after is not None, findings, error)


def _parsed(typed: str) -> tuple[Query | None, str]:
    """The query, or what is wrong with it; neither for an empty box."""
    if not typed:
        return None, ""
    try:
        return parse_query(typed), ""
    except QueryError as error:
        return None, str(error)


def _look_up(
    connection: sqlite3.Connection,
    query: Query,
    order: Order,
    after: ListPlace | None,
    limit: int,
    limit_ms: int,
) -> tuple[Findings, str]:
    try:
        with sqlite_timelimit(connection, limit_ms):
            return look_up(connection, query, limit=limit, order=order, after=after), ""
    except StorageError as error:
        if "interrupted" not in str(error.__cause__):
            raise
        return Findings((), (), 0), "This search takes too long; a further word, lang: or date: narrows it."


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


async def _finds(database: Any, found: Sequence[Found]) -> list[EntryLine]:
    lines = {line.article_id: line for line in await entry_lines(database, [one.id for one in found])}
    return [_find(lines[one.id], one) for one in found if one.id in lines]


def _find(line: EntryLine, found: Found) -> EntryLine:
    """The line of an article with what the query found in it, in place of why it matched its topics."""
    return replace(
        line,
        # What no page may hold goes last: it would move the marks.
        title=Markup(clean(marked(found.title, _stretches(found.spans, "title"))) or "(no headline)"),
        sentence=Markup().join(
            Markup("<mark>{}</mark>").format(clean(piece.text)) if piece.is_hit else escape(clean(piece.text))
            for piece in snippet(found.text, found.spans, 240)
        ),
        terms="",
        threshold=0.0,
        reason="",
    )


def _stretches(spans: Sequence[Span], field: str) -> list[tuple[int, int]]:
    return merged((span.start, span.end) for span in spans if span.field == field)


def _written_place(place: ListPlace) -> str:
    return f"{place.at}~{place.id}"


def _read_place(text: str) -> ListPlace | None:
    """The place that an address gives; None if it gives none, or none that a list can go on behind."""
    at, _, number = text.rpartition("~")
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return ListPlace(at, int(number)) if at and is_number else None
