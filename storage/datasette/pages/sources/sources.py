"""How the sources fare: last look, last success, failures, articles, and the days on which we were blind."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from datasette.utils.asgi import Response

from storage import meta
from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.rendering import Row, asked_number, day_of, last_look, page, rows
from storage.datasette.pages.sources.calendar import CoverageDay, coverage_day
from storage.datasette.pages.wording import clean, short_time
from storage.health.cluster_signs import cluster_line, cluster_problems
from storage.health.source_health import (
    SourceHealth,
    SourceState,
    own_outage_since,
    source_health,
)

COVERAGE_DAYS = 14
# A line weighs 2.5 kB; 300 outlets made a page of 770 kB.
LINES = 50

_READS = ("sources", "feeds", "articles", "coverage", "polls", "matches")

# max(id) comes from the index (source_id, id).
_NEWEST = """
SELECT articles.source_id, articles.id, articles.title
FROM sources
JOIN articles ON articles.id = (SELECT max(id) FROM articles WHERE source_id = sources.id)
"""
# By the primary key (source_id, day), a range of each source; CROSS keeps the planner from reading all days.
_COVERAGE = """
SELECT coverage.*
FROM sources
CROSS JOIN coverage ON coverage.source_id = sources.id AND coverage.day >= :first
"""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as the page of sources shows it."""

    id: int
    name: str
    title: str
    home: str | None
    state: SourceState
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
    """Sources, those with problems first: of ?state=, with ?q= in their name, LINES a page."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    looked_at = await last_look(database)
    lines = await source_lines(database, day_of(looked_at))
    counts = {state: sum(1 for line in lines if line.state == state) for state in SourceState}
    outage = await database.execute_fn(own_outage_since)
    cluster = await database.execute_fn(lambda connection: meta.get(connection, meta.CLUSTER))
    state, typed = (clean(request.args.get(name) or "") for name in ("state", "q"))
    chosen = [line for line in lines if _is_asked(line, state, typed)]
    number = max(asked_number(request, "page") or 1, 1)
    asked = {name: value for name, value in (("state", state), ("q", typed)) if value}
    return await page(
        datasette,
        request,
        database,
        "seedwatch_sources.html",
        lines=chosen[(number - 1) * LINES : number * LINES],
        chosen=len(chosen),
        known=len(lines),
        state=state,
        typed=typed,
        asked=asked,
        number=number,
        pages=max(1, -(-len(chosen) // LINES)),
        counts={state: count for state, count in counts.items() if count},
        looked_at=short_time(looked_at.isoformat()) if looked_at else "",
        coverage_days=COVERAGE_DAYS,
        outage=short_time(outage.isoformat()) if outage else "",
        cluster=clean(cluster_line(cluster)) if cluster else "",
        cluster_at=short_time(cluster.at.isoformat()) if cluster else "",
        # Storage asks no clock: that its scheduler fell silent shows in the time.
        cluster_problems=list(map(clean, cluster_problems(cluster, cluster.at))) if cluster else [],
    )


def _is_asked(line: SourceLine, state: str, typed: str) -> bool:
    return (not state or line.state == state) and typed.lower() in f"{line.name} {line.title}".lower()


async def source_lines(database: Any, last: date) -> list[SourceLine]:
    """A line for each source, in the order of `source_health`."""
    coverage: dict[int, dict[str, Row]] = defaultdict(dict)
    first = last - timedelta(days=COVERAGE_DAYS - 1)
    for row in await rows(database, _COVERAGE, first=first.isoformat()):
        coverage[row["source_id"]][row["day"]] = row
    newest = {row["source_id"]: row for row in await rows(database, _NEWEST)}
    days = [(first + timedelta(days=number)).isoformat() for number in range(COVERAGE_DAYS)]
    return [
        _line(health, newest.get(health.id), _strip(coverage[health.id], days))
        for health in await database.execute_fn(source_health)
    ]


def _line(health: SourceHealth, newest: Row | None, days: tuple[CoverageDay, ...]) -> SourceLine:
    return SourceLine(
        id=health.id,
        name=clean(health.source),
        title=clean(health.title) or clean(health.source),
        home=health.home,
        state=health.state,
        polled=shown_look(health.last_polled_at),
        succeeded=shown_look(health.last_ok_at),
        failures=health.failures,
        error=clean(health.last_error),
        feeds=health.feeds,
        articles=health.articles,
        newest_id=newest["id"] if newest else None,
        newest=(clean(newest["title"]) or "(no headline)") if newest else "",
        newest_at=shown_look(health.newest_at) if newest else "",
        days=days,
    )


def shown_look(at: datetime | None) -> str:
    """When a look was; "never" if there was none."""
    return short_time(at.isoformat()) if at else "never"


def _strip(coverage: dict[str, Row], days: Sequence[str]) -> tuple[CoverageDay, ...]:
    return tuple(coverage_day(day, coverage.get(day), place * 9) for place, day in enumerate(days))
