"""A topic's page."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Response

from storage.datasette.databases import asked_database, demand_view, place_of
from storage.datasette.pages.charts import bar_chart, day_ticks
from storage.datasette.pages.rendering import Row, asked_number, cleaned, day_of, last_look, page, rows
from storage.datasette.pages.topics.hearing import heard_languages, next_step
from storage.datasette.pages.topics.timeline import GROUPINGS, Timeline, stacked, units_of
from storage.datasette.pages.topics.topic_list import choices, read_filter, topic_list
from storage.datasette.pages.wording import clean, cut
from storage.topics.folding import WAITING

DAYS = (30, 90, 365)
# What topics are read from.
READS = ("topics", "matches", "articles", "article_texts", "sources", "copies")

# Answered by the index matches_of_topic alone.
_BY_DAY = """
SELECT substr(published_at, 1, 10) AS day, count(*) AS found
FROM matches
WHERE topic_id = :topic
    AND band = 'match'
    AND published_at >= :first
    AND published_at < :behind
GROUP BY day
"""
_BY_SOURCE = """
SELECT coalesce(nullif(sources.title, ''), sources.name) AS source, sources.id, count(*) AS found
FROM matches
JOIN sources ON sources.id = matches.source_id
WHERE topic_id = :topic
    AND band = 'match'
    AND published_at >= :first
    AND published_at < :behind
GROUP BY sources.id
ORDER BY found DESC
LIMIT 12
"""
# Answered by the index matches_of_topic alone: outlets and countries get their names afterwards.
_BY_GROUP = """
SELECT substr(published_at, 1, 10) AS day, {column} AS name, count(*) AS found
FROM matches
WHERE topic_id = :topic
    AND band = 'match'
    AND published_at >= :first
    AND published_at < :behind
GROUP BY day, name
"""
_NAMES = "SELECT id, country, coalesce(nullif(title, ''), name) AS title FROM sources"
_TO_REVIEW = (
    f"SELECT count(*) AS waiting FROM matches WHERE topic_id = :topic AND band = 'review' AND {WAITING}"
)


async def topic_page(datasette: Any, request: Any) -> Response:
    """A topic: its matches by day, and the newest with what made them."""
    database, topic = await asked_topic(datasette, request)
    await demand_view(datasette, request, database, ("topic_seeds", "background_counts"))
    last = day_of(await last_look(database))
    asked = asked_number(request, "days")
    days = asked if asked in DAYS else await telling_days(database, topic["id"], last)
    bounds = bounds_of(last, days)
    heard = await heard_languages(database, topic["id"], bounds)
    asked_for = read_filter(request)
    listed = await topic_list(database, topic["id"], asked_for, clean(request.args.get("after")))
    timeline = await _timeline(database, request, topic["id"], last, days)
    outlets = await rows(database, _BY_SOURCE, topic=topic["id"], first=bounds[0], behind=bounds[1])
    return await page(
        datasette,
        request,
        database,
        "seedwatch_topic.html",
        topic=cleaned(topic),
        title=clean(topic["title"]) or topic["name"],
        queries=[(name, clean(topic[f"{name}_query"])) for name in ("any", "require", "exclude")],
        chart=bar_chart(await by_day(database, topic["id"], bounds), last=last, days=days, step=_step(days)),
        days=days,
        spans=DAYS,
        outlets=[cleaned(row) for row in outlets],
        entries=listed.entries,
        listed=listed,
        asked=asked_for,
        choices=await choices(database),
        timeline=timeline,
        ticks=day_ticks(last, days),
        units=units_of(days),
        groupings=GROUPINGS,
        atom=place_of(datasette, database).atom(topic["name"]),
        review=await to_review(database, topic["id"]),
        hears=heard,
        next_step=next_step(topic["name"], heard),
    )


async def _timeline(database: Any, request: Any, topic_id: int, last: date, days: int) -> Timeline:
    """The matches by ?unit= and ?by=; a bar is a day up to a quarter, a week beyond, if it is not asked for."""
    unit = request.args.get("unit")
    by = request.args.get("by")
    units = units_of(days)
    unit = unit if unit in units else units[0]
    by = by if by in GROUPINGS else "outlet"
    first, behind = bounds_of(last, days)
    statement = _BY_GROUP.format(column="language" if by == "language" else "source_id")
    counted = await rows(database, statement, topic=topic_id, first=first, behind=behind)
    names: dict[object, str] = {}
    if by != "language":
        known = await rows(database, _NAMES)
        names = {
            row["id"]: (row["country"] or "").upper() if by == "country" else row["title"] for row in known
        }
    counts = [
        (row["day"], clean(names.get(row["name"], row["name"])) or "unknown", row["found"]) for row in counted
    ]
    return stacked(counts, last=last, days=days, unit=unit, by=by)


async def asked_topic(datasette: Any, request: Any) -> tuple[Any, Row]:
    """The database and the topic that the address names.

    Raises:
        NotFound: there is no such topic.
        Forbidden: Datasette's permissions say no.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, READS)
    name = unquote(request.url_vars["name"])
    topics = await rows(database, "SELECT * FROM topics WHERE name = :name", name=name)
    if not topics:
        raise NotFound(f"No such topic: {cut(clean(name), 80)}")
    return database, topics[0]


async def to_review(database: Any, topic_id: int) -> int:
    """How many stories near the topic wait for a person's word: the lines of its queue."""
    return int((await rows(database, _TO_REVIEW, topic=topic_id))[0]["waiting"])


async def telling_days(database: Any, topic_id: int, last: date) -> int:
    """The shortest of DAYS with a match, so that the chart of a quiet topic says something too."""
    for days in DAYS:
        if await by_day(database, topic_id, bounds_of(last, days)):
            return days
    return DAYS[0]


async def by_day(database: Any, topic_id: int, bounds: tuple[str, str]) -> dict[str, int]:
    """The topic's matches on each day of *bounds*, as `bounds_of` gives them; days without one are left out."""
    counted = await rows(database, _BY_DAY, topic=topic_id, first=bounds[0], behind=bounds[1])
    return {row["day"]: row["found"] for row in counted}


def bounds_of(last: date, days: int) -> tuple[str, str]:
    """The first day, and the day behind the last."""
    return (last - timedelta(days=days - 1)).isoformat(), (last + timedelta(days=1)).isoformat()


def _step(days: int) -> int:
    """Wide bars for few days, so that every chart is about as wide as a screen."""
    return max(2, 840 // days)
