"""The start page, and a topic's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Response

from storage.datasette.databases import asked_database, demand_view, place_of
from storage.datasette.pages.charts import Chart, bar_chart
from storage.datasette.pages.entries import EntryLine, entry_lines
from storage.datasette.pages.hearing import heard_languages, next_step
from storage.datasette.pages.rendering import Row, asked_number, cleaned, day_of, last_look, page, rows
from storage.datasette.pages.sources import problem_sources
from storage.datasette.pages.timeline import GROUPINGS, UNITS, Timeline, stacked
from storage.datasette.pages.topic_list import choices, read_filter, topic_list
from storage.datasette.pages.wording import clean, cut, short_time

# Topics beyond this are reached through the table: each costs two small queries.
TOPICS = 40
LATEST = 25
DAYS = (30, 90, 365)

_READS = ("topics", "matches", "articles", "article_texts", "sources", "copies")

_TOPICS = """
SELECT * FROM topics
WHERE enabled = 1
ORDER BY name
LIMIT :limit
"""
# By the index (topic_id, band, published_at) from its end.
_NEWEST = """
SELECT article_id, published_at
FROM matches
WHERE topic_id = :topic
    AND band = 'match'
    AND NOT EXISTS (SELECT 1 FROM copies WHERE copies.article_id = matches.article_id AND relation <> 'follow_up')
ORDER BY published_at DESC, id DESC
LIMIT :limit
"""
# Answered by the index (topic_id, band, published_at) alone.
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
_BY_GROUP = {
    by: f"""
SELECT substr(matches.published_at, 1, 10) AS day, {column} AS name, count(*) AS found
FROM matches
JOIN {table} ON {table}.id = matches.{key}
WHERE topic_id = :topic
    AND band = 'match'
    AND matches.published_at >= :first
    AND matches.published_at < :behind
GROUP BY day, name
"""
    for by, table, key, column in (
        ("outlet", "sources", "source_id", "coalesce(nullif(sources.title, ''), sources.name)"),
        ("language", "articles", "article_id", "articles.language"),
        ("country", "sources", "source_id", "sources.country"),
    )
}
_TO_REVIEW = "SELECT count(*) AS waiting FROM matches WHERE topic_id = :topic AND band = 'review'"


@dataclass(frozen=True, slots=True)
class TopicCard:
    """A topic on the start page."""

    name: str
    title: str
    day: int  # matches dated on the last day
    week: int  # in the last 7 days
    month: int  # in the last 30 days
    shown: int  # in the days that the chart shows
    days: int  # that the chart shows, one of DAYS
    review: int  # articles near below the threshold, that a person should look at
    chart: Chart


async def start(datasette: Any, request: Any) -> Response:
    """What is new: topics with the counts of the last days, the latest matches, sources with problems."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, (*_READS, "feeds", "polls", "coverage"))
    looked_at = await last_look(database)
    topics = await rows(database, _TOPICS, limit=TOPICS)
    cards = [await _card(database, topic, day_of(looked_at)) for topic in topics]
    return await page(
        datasette,
        request,
        database,
        "seedwatch_start.html",
        looked_at=short_time(looked_at.isoformat()) if looked_at else "",
        cards=cards,
        entries=await _latest(database, topics),
        problems=await problem_sources(database, day_of(looked_at)),
    )


async def topic_page(datasette: Any, request: Any) -> Response:
    """A topic: its matches by day, and the newest with what made them."""
    database, topic = await asked_topic(datasette, request)
    await demand_view(datasette, request, database, ("topic_seeds", "background_counts"))
    last = day_of(await last_look(database))
    asked = asked_number(request, "days")
    days = asked if asked in DAYS else await _telling_days(database, topic["id"], last)
    bounds = _bounds(last, days)
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
        chart=bar_chart(await _by_day(database, topic["id"], bounds), last=last, days=days, step=_step(days)),
        days=days,
        spans=DAYS,
        outlets=[cleaned(row) for row in outlets],
        entries=listed.entries,
        listed=listed,
        asked=asked_for,
        choices=await choices(database),
        timeline=timeline,
        units=UNITS,
        groupings=GROUPINGS,
        atom=place_of(datasette, database).atom(topic["name"]),
        review=await _to_review(database, topic["id"]),
        hears=heard,
        next_step=next_step(topic["name"], heard),
    )


async def _timeline(database: Any, request: Any, topic_id: int, last: date, days: int) -> Timeline:
    """The matches by ?unit= and ?by=; a day is a bar up to a quarter, a week beyond."""
    unit = request.args.get("unit")
    by = request.args.get("by")
    unit = unit if unit in UNITS else ("day" if days < 100 else "week")
    by = by if by in GROUPINGS else "outlet"
    first, behind = _bounds(last, days)
    counted = await rows(database, _BY_GROUP[by], topic=topic_id, first=first, behind=behind)
    counts = [(row["day"], clean(row["name"]) or "unknown", row["found"]) for row in counted]
    return stacked(counts, last=last, days=days, unit=unit, by=by)


async def _latest(database: Any, topics: Sequence[Row]) -> list[EntryLine]:
    """The newest of several topics, by date, each article once with all its topics; copies are left out."""
    newest = {
        row["article_id"]: row["published_at"]
        for topic in topics
        for row in await rows(database, _NEWEST, topic=topic["id"], limit=LATEST)
    }
    by_date = sorted(newest, key=lambda article_id: newest[article_id], reverse=True)
    return await entry_lines(database, by_date[:LATEST])


async def asked_topic(datasette: Any, request: Any) -> tuple[Any, Row]:
    """The database and the topic that the address names.

    Raises:
        NotFound: there is no such topic.
        Forbidden: Datasette's permissions say no.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    name = unquote(request.url_vars["name"])
    topics = await rows(database, "SELECT * FROM topics WHERE name = :name", name=name)
    if not topics:
        raise NotFound(f"No such topic: {cut(clean(name), 80)}")
    return database, topics[0]


async def _card(database: Any, topic: Row, last: date) -> TopicCard:
    days = await _telling_days(database, topic["id"], last)
    chart = bar_chart(
        await _by_day(database, topic["id"], _bounds(last, days)), last=last, days=days, step=6, height=40
    )
    counts = [bar.count for bar in chart.bars]
    title = clean(topic["title"]) or topic["name"]
    return TopicCard(
        topic["name"],
        title,
        counts[-1],
        sum(counts[-7:]),
        sum(counts[-30:]),
        sum(counts),
        days,
        await _to_review(database, topic["id"]),
        chart,
    )


async def _to_review(database: Any, topic_id: int) -> int:
    return int((await rows(database, _TO_REVIEW, topic=topic_id))[0]["waiting"])


async def _telling_days(database: Any, topic_id: int, last: date) -> int:
    """The shortest of DAYS with a match, so that the chart of a quiet topic says something too."""
    for days in DAYS:
        if await _by_day(database, topic_id, _bounds(last, days)):
            return days
    return DAYS[0]


async def _by_day(database: Any, topic_id: int, bounds: tuple[str, str]) -> dict[str, int]:
    counted = await rows(database, _BY_DAY, topic=topic_id, first=bounds[0], behind=bounds[1])
    return {row["day"]: row["found"] for row in counted}


def _bounds(last: date, days: int) -> tuple[str, str]:
    """The first day, and the day behind the last."""
    return (last - timedelta(days=days - 1)).isoformat(), (last + timedelta(days=1)).isoformat()


def _step(days: int) -> int:
    """Wide bars for few days, so that every chart is about as wide as a screen."""
    return max(2, 840 // days)
