"""What a search finds, for pages and feeds: in the language of `seedwatch search`, with the words around each find."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from datasette.utils import sqlite_timelimit
from markupsafe import Markup, escape

from storage.datasette.pages.entries import EntryLine, entry_lines, fold
from storage.datasette.pages.marks import marked, merged
from storage.datasette.pages.wording import clean
from storage.datasette.search_box import CHARACTERS
from storage.errors import QueryError, StorageError
from storage.query import Query, parse_query, reading_notes
from storage.records.topics import Span
from storage.search.index import Findings, Found, ListPlace, Order, look_up
from storage.search.snippets import snippet

FINDS = 30

READS = ("articles", "article_texts", "sources", "matches", "topics", "copies")


@dataclass(frozen=True, slots=True)
class AskedSearch:
    """What a reader searches for, and what was found."""

    typed: str
    query: Query | None  # None: nothing was typed, or it cannot be read
    order: Order
    findings: Findings
    error: str  # why nothing was looked for, or found in time; "" if it was


async def asked_search(datasette: Any, request: Any, database: Any, limit: int) -> AskedSearch:
    """What *request* searches for by ?q=, ?order= and ?after=, and the newest finds, at most *limit*."""
    typed = clean(request.args.get("q"))[:CHARACTERS].strip()
    order = read_order(request, Order.PUBLISHED)
    return await find(datasette, database, typed, order, read_place(request), limit)


async def find(
    datasette: Any, database: Any, typed: str, order: Order, after: ListPlace | None, limit: int = FINDS + 1
) -> AskedSearch:
    """The newest finds of *typed*, at most *limit*, within Datasette's time limit."""
    query, error = _parsed(typed)
    findings = Findings((), (), 0)
    if query is not None:
        limit_ms = datasette.setting("sql_time_limit_ms")
        findings, error = await database.execute_fn(
            lambda c: _look_up(c, query, order, after, limit, limit_ms)
        )
    return AskedSearch(typed, query, order, findings, error)


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


def notes_of(asked: AskedSearch) -> list[str]:
    """What of the query was read otherwise than some would expect, and what was not looked at."""
    return [*reading_notes(asked.query), *asked.findings.warnings] if asked.query else []


def older_than_shown(asked: AskedSearch) -> str | None:
    """Where the page behind the first FINDS goes on, as ?after= takes it; None: there is none."""
    found = asked.findings.found
    return _written_place(found[FINDS - 1].place) if len(found) > FINDS else None


async def shown_finds(database: Any, asked: AskedSearch) -> list[EntryLine]:
    """The first FINDS of what was found as lines, with the words around each find."""
    found = asked.findings.found[:FINDS]
    lines = {line.article_id: line for line in await entry_lines(database, [one.id for one in found])}
    return [_find(lines[one.id], one) for one in found if one.id in lines]


async def folded_finds(database: Any, request: Any, asked: AskedSearch) -> tuple[list[EntryLine], int]:
    """The same without copies of what is among them, and how many those are; with ?copies=all all of them."""
    lines = await shown_finds(database, asked)
    return (lines, 0) if request.args.get("copies") == "all" else fold(lines)


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


def read_order(request: Any, default: Order) -> Order:
    """The order that the address asks for by ?order=, or *default*."""
    asked = request.args.get("order")
    return Order(asked) if asked in set(Order) else default


def read_place(request: Any) -> ListPlace | None:
    """The place that the address gives by ?after=; None if it gives none, or none that a list can go on behind."""
    text = request.args.get("after") or ""
    at, _, number = text.rpartition("~")
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return ListPlace(at, int(number)) if at and is_number else None
