"""The search page: the query language of `seedwatch search`, with the words around each find."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response
from markupsafe import Markup, escape

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.marks import marked, merged
from storage.datasette.pages.rendering import page, rows
from storage.datasette.pages.wording import clean, short_time
from storage.datasette.search_box import CHARACTERS
from storage.errors import QueryError, StorageError
from storage.query import Query, parse_query, reading_notes
from storage.query.tree import And, Node, Not, Or, Term
from storage.records.topics import Span
from storage.search.index import Findings, Found, ListPlace, Order, look_up
from storage.search.snippets import snippet

FINDS = 30

_READS = ("articles", "article_texts", "sources", "matches", "topics")

_TOPICS = """
SELECT matches.article_id, group_concat(coalesce(nullif(topics.title, ''), topics.name), ' · ') AS topics
FROM matches
JOIN topics ON topics.id = matches.topic_id
WHERE matches.article_id IN (SELECT value FROM json_each(:articles))
    AND matches.band = 'match'
GROUP BY matches.article_id
"""


@dataclass(frozen=True, slots=True)
class Find:
    """An article that was found."""

    id: int
    title: Markup
    source: str
    language: str
    published: str
    is_dated: bool  # else *published* is when it was first seen
    topics: str  # titles; "" if it matched none
    snippet: Markup


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


async def _finds(database: Any, hits: Sequence[Found]) -> list[Find]:
    ids = json.dumps([hit.id for hit in hits])
    topics = {row["article_id"]: row["topics"] for row in await rows(database, _TOPICS, articles=ids)}
    return [_find(hit, clean(topics.get(hit.id))) for hit in hits]


def _find(hit: Found, topics: str) -> Find:
    date = hit.published_at.isoformat() if hit.published_at else hit.place.at
    return Find(
        id=hit.id,
        # What no page may hold goes last: it would move the marks.
        title=Markup(clean(marked(hit.title, _stretches(hit.spans, "title"))) or "(no headline)"),
        source=clean(hit.source_title or hit.source),
        language=clean(hit.language),
        published=short_time(date, hit.published_precision if hit.published_at else "day"),
        is_dated=hit.published_at is not None,
        topics=topics,
        snippet=Markup().join(
            Markup("<mark>{}</mark>").format(clean(piece.text)) if piece.is_hit else escape(clean(piece.text))
            for piece in snippet(hit.text, hit.spans, 240)
        ),
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
