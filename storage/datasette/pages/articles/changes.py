"""What outlets edited and removed after it was out: one list, searchable, by outlet, silent edits marked."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response

from storage.articles.evidence_text import evidence_lines, happening_words
from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.rendering import Row, asked_number, page, rows
from storage.datasette.pages.wording import clean, cut, short_time
from storage.datasette.search_box import CHARACTERS
from storage.errors import QueryError, StorageError
from storage.query import parse_query
from storage.records.decisions import RE_EXTRACTED
from storage.search.changes import search_changes

PAGE = 50
KINDS = ("edited", "silent", "removed")
# Of what came or went in one edit; the page of the revision has all.
_SHOWN_CHARACTERS = 400
_FOUND = 100

_READS = ("articles", "sources", "revisions", "article_events")
_REMOVALS = ("deleted", "returned", "replaced")

# Rows in the order of arrival, which is that of time: revisions and events are written when they are noticed.
_EDITS = """
SELECT revisions.id, revisions.article_id, revisions.number, revisions.seen_at AS at, 'edited' AS event,
    revisions.kind, revisions.silent, revisions.added, revisions.removed, revisions.words_added,
    revisions.words_removed, NULL AS detail, articles.title, articles.language,
    sources.name AS source_name, coalesce(nullif(sources.title, ''), sources.name) AS source
FROM revisions
JOIN articles ON articles.id = revisions.article_id
JOIN sources ON sources.id = articles.source_id
WHERE revisions.number > 1
    AND revisions.kind IS NOT :re_extracted
    AND revisions.id < :before
    {conditions}
ORDER BY revisions.id DESC
LIMIT :limit
"""
_EVENTS = """
SELECT article_events.id, article_events.article_id, NULL AS number, article_events.happened_at AS at,
    article_events.event, NULL AS kind, NULL AS silent, '' AS added, '' AS removed, NULL AS words_added,
    NULL AS words_removed, article_events.detail, articles.title, articles.language,
    sources.name AS source_name, coalesce(nullif(sources.title, ''), sources.name) AS source
FROM article_events
JOIN articles ON articles.id = article_events.article_id
JOIN sources ON sources.id = articles.source_id
WHERE article_events.id < :before
    AND article_events.event IN (SELECT value FROM json_each(:removals))
    {conditions}
ORDER BY article_events.id DESC
LIMIT :limit
"""
_SOURCE = "AND articles.source_id = :source"
_SOURCES = """
SELECT id, coalesce(nullif(title, ''), name) AS title FROM sources
ORDER BY title
LIMIT 500
"""
_NEWEST = 2**61


@dataclass(frozen=True, slots=True)
class OutletChange:
    """An edit, a removal or a return."""

    row: int
    article_id: int
    number: int | None  # of the text that came with an edit; None: no edit
    at: str
    event: str  # edited, deleted, returned or replaced
    what: str  # the same, for people
    kind: str  # minor or major, of an edit
    is_silent: bool
    source_name: str
    source: str  # as people call it
    title: str
    language: str
    added: str
    removed: str
    words: str  # how many came and went
    evidence: tuple[str, ...]


async def changes(datasette: Any, request: Any) -> Response:
    """Edits and removals, newest first: of ?source=, ?what= (edited, silent, removed), with ?q= in what came or went.

    They go on behind ?edits= and ?events=, the last rows of an earlier page.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    typed = clean(request.args.get("q"))[:CHARACTERS].strip()
    what = request.args.get("what") if request.args.get("what") in KINDS else ""
    source = asked_number(request, "source")
    found, error = await _found(datasette, database, typed)
    before = [asked_number(request, name) or _NEWEST for name in ("edits", "events")]
    edits = [] if what == "removed" else await _edits(database, before[0], what, source, found, PAGE + 1)
    events = (
        [] if what in ("edited", "silent") or typed else await _events(database, before[1], source, PAGE + 1)
    )
    shown = sorted(edits + events, key=lambda change: change.at, reverse=True)[:PAGE]
    is_last = len(shown) == len(edits + events)
    asked = {name: value for name, value in (("q", typed), ("what", what), ("source", source)) if value}
    return await page(
        datasette,
        request,
        database,
        "seedwatch_changes.html",
        changes=shown,
        typed=typed,
        what=what,
        kinds=KINDS,
        source=source,
        sources=[(row["id"], clean(row["title"])) for row in await rows(database, _SOURCES)],
        error=error,
        asked=asked,
        older=None if is_last else asked | _places(request, shown),
    )


async def latest_changes(database: Any, number: int) -> list[OutletChange]:
    """The newest edits and removals, at most *number*, the newest first."""
    both = [
        *await _edits(database, _NEWEST, "", None, None, number),
        *await _events(database, _NEWEST, None, number),
    ]
    return sorted(both, key=lambda change: change.at, reverse=True)[:number]


async def _found(datasette: Any, database: Any, typed: str) -> tuple[list[int] | None, str]:
    """The revisions in which what is typed came or went, None if nothing is typed; or what is wrong with it."""
    if not typed:
        return None, ""
    try:
        query = parse_query(typed)
    except QueryError as error:
        return [], str(error)
    limit_ms = datasette.setting("sql_time_limit_ms")

    def look_up(connection: sqlite3.Connection) -> list[int]:
        with sqlite_timelimit(connection, limit_ms):
            sides = [
                search_changes(connection, query, side=side, limit=_FOUND) for side in ("removed", "added")
            ]
            return sorted({change.revision_id for side in sides for change in side})

    try:
        return await database.execute_fn(look_up), ""
    except StorageError as error:
        if "interrupted" not in str(error.__cause__):
            raise
        return [], "This search takes too long; a further word narrows it."


async def _edits(
    database: Any, before: int, what: str, source: int | None, found: list[int] | None, limit: int
) -> list[OutletChange]:
    conditions = [_SOURCE] if source else []
    conditions += ["AND revisions.silent = 1"] if what == "silent" else []
    conditions += [] if found is None else ["AND revisions.id IN (SELECT value FROM json_each(:found))"]
    values = {"source": source, "before": before, "limit": limit, "re_extracted": RE_EXTRACTED}
    listed = await rows(
        database, _EDITS.format(conditions=" ".join(conditions)), values, found=json.dumps(found or [])
    )
    return [_change(row) for row in listed]


async def _events(database: Any, before: int, source: int | None, limit: int) -> list[OutletChange]:
    values = {"source": source, "before": before, "limit": limit, "removals": json.dumps(_REMOVALS)}
    return [
        _change(row)
        for row in await rows(database, _EVENTS.format(conditions=_SOURCE if source else ""), values)
    ]


def _places(request: Any, shown: list[OutletChange]) -> dict[str, int]:
    """Behind which rows the next page goes on: of a list that showed none, where it stood."""
    places = {}
    for name, is_edit in (("edits", True), ("events", False)):
        listed = [change.row for change in shown if (change.event == "edited") is is_edit]
        before = min(listed) if listed else asked_number(request, name)
        if before:
            places[name] = before
    return places


def _change(row: Row) -> OutletChange:
    is_edit = row["event"] == "edited"
    return OutletChange(
        row=row["id"],
        article_id=row["article_id"],
        number=row["number"],
        at=short_time(row["at"]),
        event=clean(row["event"]),
        what=happening_words(clean(row["event"])),
        kind=clean(row["kind"]),
        is_silent=row["silent"] == 1,
        source_name=row["source_name"],
        source=clean(row["source"]),
        title=clean(row["title"]) or "(no headline)",
        language=clean(row["language"]),
        added=cut(clean(row["added"]), _SHOWN_CHARACTERS),
        removed=cut(clean(row["removed"]), _SHOWN_CHARACTERS),
        words=f"words: +{row['words_added']} −{row['words_removed']}" if is_edit else "",
        evidence=tuple(clean(line) for line in evidence_lines(row["detail"])),
    )
