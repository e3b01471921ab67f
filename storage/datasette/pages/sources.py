"""How the sources fare: last look, last success, failures, articles, and the days on which we were blind."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from datasette.utils.asgi import Response

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.rendering import Row, day_of, last_look, page, rows
from storage.datasette.pages.wording import clean, short_time

# A source fails when each of its feeds has reached this level: three hard failures, or six soft ones, in a row.
FAILING = 3.0
COVERAGE_DAYS = 14

_READS = ("sources", "feeds", "articles", "coverage", "polls", "matches")
_STATES = ("failing", "shaky", "no feed", "waiting", "ok", "off")  # in the order of the page

_FEEDS = """
SELECT source_id, last_polled_at, last_ok_at, last_error, failures, next_due_at
FROM feeds
WHERE enabled = 1
"""
# count and max(id) come from the index (source_id, id).
_ARTICLES = """
SELECT counted.source_id, counted.found, articles.id, articles.title, articles.first_seen_at
FROM (SELECT source_id, count(*) AS found, max(id) AS newest FROM articles GROUP BY source_id) AS counted
JOIN articles ON articles.id = counted.newest
"""
# By the primary key (source_id, day), a range of each source; CROSS keeps the planner from reading all days.
_COVERAGE = """
SELECT coverage.*
FROM sources
CROSS JOIN coverage ON coverage.source_id = sources.id AND coverage.day >= :first
"""


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """A day of a source."""

    day: str
    kind: str  # "seen", "quiet" (looked, nothing new), "blind" (no look succeeded) or "none" (no look)
    text: str
    x: int


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as the page of sources shows it."""

    id: int
    name: str
    title: str
    home: str | None
    state: str
    polled: str  # last look; "never" if there was none
    succeeded: str
    failures: float  # of its worst feed
    error: str
    feeds: int
    articles: int
    newest_id: int | None
    newest: str  # its headline
    newest_at: str
    days: tuple[CoverageDay, ...]


async def sources(datasette: Any, request: Any) -> Response:
    """All sources, those with problems first."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    looked_at = await last_look(database)
    lines = await source_lines(database, day_of(looked_at))
    counts = {state: sum(1 for line in lines if line.state == state) for state in _STATES}
    return await page(
        datasette,
        request,
        database,
        "seedwatch_sources.html",
        lines=lines,
        counts={state: count for state, count in counts.items() if count},
        looked_at=short_time(looked_at.isoformat()) if looked_at else "",
        coverage_days=COVERAGE_DAYS,
    )


async def problem_sources(database: Any, last: date) -> list[SourceLine]:
    """The sources that fail or have begun to, worst first."""
    return [
        line for line in await source_lines(database, last) if line.state in ("failing", "shaky", "no feed")
    ]


async def source_lines(database: Any, last: date) -> list[SourceLine]:
    """A line for each source, worst state first, then by name."""
    feeds: dict[int, list[Row]] = defaultdict(list)
    coverage: dict[int, dict[str, Row]] = defaultdict(dict)
    for row in await rows(database, _FEEDS):
        feeds[row["source_id"]].append(row)
    first = last - timedelta(days=COVERAGE_DAYS - 1)
    for row in await rows(database, _COVERAGE, first=first.isoformat()):
        coverage[row["source_id"]][row["day"]] = row
    articles = {row["source_id"]: row for row in await rows(database, _ARTICLES)}
    days = [(first + timedelta(days=number)).isoformat() for number in range(COVERAGE_DAYS)]
    lines = [
        _line(row, feeds[row["id"]], articles.get(row["id"]), _strip(coverage[row["id"]], days))
        for row in await rows(database, "SELECT * FROM sources")
    ]
    return sorted(lines, key=lambda line: (_STATES.index(line.state), line.title))


def source_state(enabled: bool, feeds: Sequence[Row]) -> str:
    """One word for how a source fares, from its enabled *feeds*."""
    if not enabled:
        return "off"
    if not feeds:
        return "no feed"
    polled = [feed for feed in feeds if feed["last_polled_at"]]
    if not polled:
        return "waiting"
    if all(feed["failures"] >= FAILING for feed in polled):
        return "failing"
    return "shaky" if any(feed["failures"] > 0 for feed in polled) else "ok"


def _line(source: Row, feeds: Sequence[Row], newest: Row | None, days: tuple[CoverageDay, ...]) -> SourceLine:
    worst = max(feeds, key=lambda feed: feed["failures"], default=None)
    return SourceLine(
        id=source["id"],
        name=clean(source["name"]),
        title=clean(source["title"]) or clean(source["name"]),
        home=source["home"],
        state=source_state(bool(source["enabled"]), feeds),
        polled=_latest(feeds, "last_polled_at"),
        succeeded=_latest(feeds, "last_ok_at"),
        failures=worst["failures"] if worst else 0.0,
        error=clean(worst["last_error"]) if worst else "",
        feeds=len(feeds),
        articles=newest["found"] if newest else 0,
        newest_id=newest["id"] if newest else None,
        newest=(clean(newest["title"]) or "(no headline)") if newest else "",
        newest_at=short_time(newest["first_seen_at"]) if newest else "",
        days=days,
    )


def _latest(feeds: Sequence[Row], column: str) -> str:
    times = [feed[column] for feed in feeds if feed[column]]
    return short_time(max(times)) if times else "never"


def _strip(coverage: dict[str, Row], days: Sequence[str]) -> tuple[CoverageDay, ...]:
    return tuple(_coverage_day(day, coverage.get(day), place) for place, day in enumerate(days))


def _coverage_day(day: str, row: Row | None, place: int) -> CoverageDay:
    x = place * 9
    if row is None or row["polls"] + row["failed_polls"] == 0:
        return CoverageDay(day, "none", f"{day}: no look", x)
    if row["polls"] == 0:
        return CoverageDay(day, "blind", f"{day}: blind, {row['failed_polls']} looks failed", x)
    text = f"{day}: {row['polls']} looks, {row['failed_polls']} failed, {row['seen']} new links"
    return CoverageDay(day, "seen" if row["seen"] else "quiet", text, x)
