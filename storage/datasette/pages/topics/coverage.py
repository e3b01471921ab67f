"""A topic's coverage: who has how much of it, who leads and who follows, what is new in words, beside another topic."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from datasette.utils.asgi import Response

from storage.datasette.databases import demand_view
from storage.datasette.pages.charts import day_ticks
from storage.datasette.pages.entries import EntryLine, entry_lines
from storage.datasette.pages.rendering import Row, asked_number, cleaned, day_of, last_look, page, rows
from storage.datasette.pages.topics.curves import Curves, curves
from storage.datasette.pages.topics.leaders import Carried, followers, leaders, median_lag
from storage.datasette.pages.topics.period_words import period_words
from storage.datasette.pages.topics.shares import ShareLine, shares
from storage.datasette.pages.topics.topic import DAYS, asked_topic, bounds_of, by_day, telling_days
from storage.datasette.pages.wording import clean
from storage.topics.folding import FOLDED

# Of the outlets that lead and that follow.
LINES = 12
# Headlines of a period in which words are counted, the newest of it.
HEADLINES = 800
TOGETHER = 15
# More are not counted one by one.
COUNTED_TOGETHER = 2_000

_COUNTS = {
    by: f"""
SELECT {key} AS key, {name} AS name, count(*) AS found
FROM matches
JOIN {table} ON {table}.id = matches.{column}
WHERE topic_id = :topic
    AND band = 'match'
    AND matches.published_at >= :first
    AND matches.published_at < :behind
GROUP BY 1
"""
    for by, table, column, key, name in (
        ("outlet", "sources", "source_id", "sources.id", "coalesce(nullif(sources.title, ''), sources.name)"),
        ("language", "articles", "article_id", "articles.language", "articles.language"),
        ("country", "sources", "source_id", "sources.country", "sources.country"),
    )
}
# All that outlets brought, by the primary key (source_id, day); CROSS keeps the planner from reading all days.
_OUTPUT = """
SELECT sources.id, sum(coverage.seen) AS seen
FROM sources
CROSS JOIN coverage ON coverage.source_id = sources.id AND coverage.day >= :first AND coverage.day < :behind
GROUP BY sources.id
"""
# A seed came from a file: no outlet told it first.
_CARRIED = """
SELECT copies.original_id, copies.lag_s, head.published_precision AS head_precision, told.published_precision,
    first.name AS first, sources.name AS outlet
FROM matches
JOIN copies ON copies.article_id = matches.article_id AND copies.relation <> 'follow_up'
JOIN articles AS told ON told.id = matches.article_id
JOIN articles AS head ON head.id = copies.original_id
JOIN sources ON sources.id = told.source_id
JOIN sources AS first ON first.id = head.source_id
WHERE matches.topic_id = :topic
    AND matches.band = 'match'
    AND matches.published_at >= :first
    AND matches.published_at < :behind
    AND head.origin <> 'seed'
"""
_HEADLINES = f"""
SELECT articles.language, articles.title
FROM matches
JOIN articles ON articles.id = matches.article_id
WHERE topic_id = :topic
    AND band = 'match'
    AND matches.published_at >= :first
    AND matches.published_at < :behind
    AND {FOLDED}
ORDER BY matches.published_at DESC
LIMIT :limit
"""
# Of the smaller range by the index (topic_id, band, published_at), the other topic's by its key.
_TOGETHER = """
SELECT matches.article_id, coalesce(copies.original_id, matches.article_id) AS story
FROM matches
JOIN matches AS others ON others.topic_id = :other AND others.article_id = matches.article_id AND others.band = 'match'
LEFT JOIN copies ON copies.article_id = matches.article_id AND copies.relation <> 'follow_up'
WHERE matches.topic_id = :topic
    AND matches.band = 'match'
    AND matches.published_at >= :first
    AND matches.published_at < :behind
ORDER BY matches.published_at DESC, matches.id DESC
LIMIT :limit
"""
_TITLES = """
SELECT name, coalesce(nullif(title, ''), name) AS title FROM sources
WHERE name IN (SELECT value FROM json_each(:names))
"""
_TOPICS = """
SELECT name, coalesce(nullif(title, ''), name) AS title FROM topics
WHERE enabled = 1 AND id <> :topic
ORDER BY title
LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another topic beside this one."""

    name: str
    title: str
    curves: Curves
    articles: int  # about both, at most COUNTED_TOGETHER
    stories: int  # that these tell
    entries: tuple[EntryLine, ...]  # the newest of them, a line a story


async def coverage(datasette: Any, request: Any) -> Response:
    """The coverage of a topic in the last ?days=, against the same time before; ?with= another topic, by its name."""
    database, topic = await asked_topic(datasette, request)
    await demand_view(datasette, request, database, ("coverage",))
    last = day_of(await last_look(database))
    asked = asked_number(request, "days")
    days = asked if asked in DAYS else await telling_days(database, topic["id"], last)
    bounds, before = bounds_of(last, days), bounds_of(last - timedelta(days=days), days)
    carried = await _carried(database, topic["id"], bounds)
    words = period_words(
        await _headlines(database, topic["id"], bounds), await _headlines(database, topic["id"], before)
    )
    others = await rows(database, _TOPICS, topic=topic["id"])
    other = next((row for row in others if row["name"] == request.args.get("with")), None)
    return await page(
        datasette,
        request,
        database,
        "seedwatch_coverage.html",
        topic=cleaned(topic),
        title=clean(topic["title"]) or topic["name"],
        days=days,
        spans=DAYS,
        first=bounds[0],
        last=last.isoformat(),
        ticks=day_ticks(last, days),
        shares=await _shares(database, topic["id"], bounds, before),
        leaders=leaders(carried)[:LINES],
        followers=followers(carried)[:LINES],
        stories=len({one.story for one in carried}),
        outlets=await _titles(database, carried),
        median_lag=median_lag([one for one in carried if one.first != one.outlet]),
        words=words,
        others=[(clean(row["name"]), clean(row["title"])) for row in others],
        comparison=await _comparison(database, topic, other, last, days) if other else None,
    )


async def _shares(
    database: Any, topic_id: int, bounds: tuple[str, str], before: tuple[str, str]
) -> dict[str, list[ShareLine]]:
    """The shares by outlet, language and country; a grouping of which nothing is known is left out."""
    output = {
        str(row["id"]): row["seen"]
        for row in await rows(database, _OUTPUT, first=bounds[0], behind=bounds[1])
    }
    found = {}
    for by, sql in _COUNTS.items():
        now, then = [
            [
                (str(row["key"] or ""), clean(row["name"]) or "unknown", row["found"])
                for row in await rows(database, sql, topic=topic_id, first=first, behind=behind)
            ]
            for first, behind in (bounds, before)
        ]
        if any(key for key, _, _ in now):
            found[by] = shares(now, then, output if by == "outlet" else None)
    return found


async def _carried(database: Any, topic_id: int, bounds: tuple[str, str]) -> list[Carried]:
    found = await rows(database, _CARRIED, topic=topic_id, first=bounds[0], behind=bounds[1])
    return [
        Carried(
            story=row["original_id"],
            first=row["first"],
            outlet=row["outlet"],
            lag_s=row["lag_s"],
            precisions=(row["published_precision"], row["head_precision"]),
        )
        for row in found
    ]


async def _titles(database: Any, carried: list[Carried]) -> dict[str, str]:
    """How people call the outlets, by their names."""
    names = sorted({name for one in carried for name in (one.first, one.outlet)})
    found = await rows(database, _TITLES, names=json.dumps(names))
    return {row["name"]: clean(row["title"]) for row in found}


async def _headlines(database: Any, topic_id: int, bounds: tuple[str, str]) -> list[tuple[str, str]]:
    """Language and headline of the topic's articles in *bounds*; a story once."""
    found = await rows(
        database, _HEADLINES, topic=topic_id, first=bounds[0], behind=bounds[1], limit=HEADLINES
    )
    return [(clean(row["language"]), clean(row["title"])) for row in found]


async def _comparison(database: Any, topic: Row, other: Row, last: date, days: int) -> Comparison:
    bounds = bounds_of(last, days)
    other_id = (await rows(database, "SELECT id FROM topics WHERE name = :name", name=other["name"]))[0]["id"]
    together = await rows(
        database,
        _TOGETHER,
        topic=topic["id"],
        other=other_id,
        first=bounds[0],
        behind=bounds[1],
        limit=COUNTED_TOGETHER,
    )
    newest = {row["story"]: row["article_id"] for row in reversed(together)}
    shown = [row["article_id"] for row in together if newest[row["story"]] == row["article_id"]][:TOGETHER]
    counts = [await by_day(database, topic_id, bounds) for topic_id in (topic["id"], other_id)]
    return Comparison(
        name=other["name"],
        title=clean(other["title"]),
        curves=curves((counts[0], counts[1]), last=last, days=days),
        articles=len(together),
        stories=len(newest),
        entries=tuple(await entry_lines(database, shown, topic["id"])),
    )
