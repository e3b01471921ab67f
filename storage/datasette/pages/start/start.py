"""The start page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from datasette.utils.asgi import Response

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.charts import Chart, bar_chart
from storage.datasette.pages.entries import EntryLine, entry_lines
from storage.datasette.pages.rendering import Row, day_of, last_look, page, rows
from storage.datasette.pages.sources.sources import problem_sources
from storage.datasette.pages.topics.topic import READS, bounds_of, by_day, telling_days, to_review
from storage.datasette.pages.wording import clean, short_time

# Topics beyond this are reached through the table: each costs two small queries.
TOPICS = 40
LATEST = 25

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
    await demand_view(datasette, request, database, (*READS, "feeds", "polls", "coverage"))
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


async def _latest(database: Any, topics: Sequence[Row]) -> list[EntryLine]:
    """The newest of several topics, by date, each article once with all its topics; copies are left out."""
    newest = {
        row["article_id"]: row["published_at"]
        for topic in topics
        for row in await rows(database, _NEWEST, topic=topic["id"], limit=LATEST)
    }
    by_date = sorted(newest, key=lambda article_id: newest[article_id], reverse=True)
    return await entry_lines(database, by_date[:LATEST])


async def _card(database: Any, topic: Row, last: date) -> TopicCard:
    days = await telling_days(database, topic["id"], last)
    chart = bar_chart(
        await by_day(database, topic["id"], bounds_of(last, days)), last=last, days=days, step=6, height=40
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
        await to_review(database, topic["id"]),
        chart,
    )
