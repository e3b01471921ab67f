"""The start page: what is new on each topic since the reader's last visit, and what ails the watch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from datasette.plugins import pm
from datasette.utils import await_me_maybe
from datasette.utils.asgi import Response

from storage.datasette.databases import asked_database, demand_view, place_of
from storage.datasette.pages.articles.changes import latest_changes
from storage.datasette.pages.charts import Chart, bar_chart
from storage.datasette.pages.entries import EntryLine, entry_lines
from storage.datasette.pages.rendering import Row, day_of, is_own_link, last_look, page, rows
from storage.datasette.pages.searches.saved import SAVED_READS, saved_lines
from storage.datasette.pages.start.trouble import trouble
from storage.datasette.pages.start.visits import kept_cookies, visit_of
from storage.datasette.pages.topics.topic import READS, bounds_of, by_day, telling_days, to_review
from storage.datasette.pages.wording import clean, short_time
from storage.records.health import Condition
from storage.records.visits import ReaderVisit, VisitMark
from storage.topics.folding import FOLDED

# Topics beyond this are reached through the table: each costs two small queries.
TOPICS = 40
LATEST = 25
# Of what is new; a topic's page has the rest.
NEW = 30
# More that is new is counted as "more than": its rows are read one by one.
COUNTED_NEW = 3_000
CHANGES = 6

_READS = (
    *READS,
    *SAVED_READS,
    "feeds",
    "polls",
    "coverage",
    "revisions",
    "article_events",
    "conditions",
    "gaps",
)
_TOPICS = """
SELECT * FROM topics
WHERE enabled = 1
ORDER BY name
LIMIT :limit
"""
# By the index matches_of_topic from its end.
_NEWEST = f"""
SELECT article_id, published_at
FROM matches
WHERE topic_id = :topic
    AND band = 'match'
    AND {FOLDED}
ORDER BY published_at DESC, id DESC
LIMIT :limit
"""
# By the row, the newest first, since rows come in the order of arrival; + keeps the planner from the index on band,
# of which it would read and sort all.
_SINCE = f"""
SELECT topic_id, article_id, published_at, {FOLDED} AS is_news
FROM matches
WHERE id > :since
    AND +band = 'match'
ORDER BY id DESC
LIMIT :limit
"""
_NEWEST_ROW = "SELECT coalesce(max(id), 0) AS id FROM matches"


@dataclass(frozen=True, slots=True)
class TopicCard:
    """A topic on the start page."""

    name: str
    title: str
    new: int | None  # since the last visit, a story once; None: there was none
    day: int  # matches dated on the last day
    week: int  # in the last 7 days
    month: int  # in the last 30 days
    shown: int  # in the days that the chart shows
    days: int  # that the chart shows, one of DAYS
    review: int  # articles near below the threshold, that a person should look at
    odd: tuple[tuple[str, str], ...]  # "burst" or "silent", and the figures in words
    chart: Chart


@dataclass(frozen=True, slots=True)
class NewMatches:
    """What came since the reader's last visit."""

    by_topic: Mapping[int, int]
    article_ids: tuple[int, ...]  # by date, the newest first
    is_more: bool  # than COUNTED_NEW


async def start(datasette: Any, request: Any) -> Response:
    """What is new: topics, what came since the last visit, the latest before that; and what ails the watch.

    With ?seen=all what came so far is no longer new.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    looked_at = await last_look(database)
    newest = VisitMark(
        (await rows(database, _NEWEST_ROW))[0]["id"], looked_at.isoformat() if looked_at else ""
    )
    all_seen = request.args.get("seen") == "all" and is_own_link(request)
    visit = await _known_visit(datasette, request, database, newest, all_seen=all_seen)
    told = visit or visit_of(request.cookies, str(database.path), newest, all_seen=all_seen)
    if all_seen:
        answer = Response("", status=303, headers={"location": place_of(datasette, database).start()})
    else:
        answer = await _page(datasette, request, database, told)
    if visit is None and not request.path.endswith(".json"):
        _keep(datasette, database, answer, told, newest)
    return answer


async def _page(datasette: Any, request: Any, database: Any, visit: ReaderVisit) -> Response:
    looked_at = await last_look(database)
    topics = await rows(database, _TOPICS, limit=TOPICS)
    new = await _new(database, topics, visit)
    ailing, odd = await trouble(database, day_of(looked_at))
    cards = [
        await _card(database, topic, day_of(looked_at), new, odd.get(topic["name"], [])) for topic in topics
    ]
    latest = await _latest(database, topics, frozenset(new.article_ids) if new else frozenset())
    return await page(
        datasette,
        request,
        database,
        "seedwatch_start.html",
        looked_at=short_time(looked_at.isoformat()) if looked_at else "",
        since=short_time(visit.since.looked_at) if visit.since else "",
        is_first=visit.since is None,
        cards=cards,
        new=await entry_lines(database, new.article_ids[:NEW]) if new else [],
        new_total=len(new.article_ids) if new else 0,
        new_is_more=bool(new and new.is_more),
        entries=latest,
        trouble=ailing,
        changes=await latest_changes(database, CHANGES),
        saved=await saved_lines(datasette, request, database),
    )


async def _known_visit(
    datasette: Any, request: Any, database: Any, newest: VisitMark, *, all_seen: bool
) -> ReaderVisit | None:
    """What is new to a reader who signed in; None: nobody has."""
    answer = pm.hook.seedwatch_visit(
        datasette=datasette, request=request, database=database, newest=newest, all_seen=all_seen
    )
    visit: ReaderVisit | None = await await_me_maybe(answer)
    return visit


def _keep(datasette: Any, database: Any, answer: Response, visit: ReaderVisit, newest: VisitMark) -> None:
    for name, value, seconds in kept_cookies(str(database.path), visit, newest):
        answer.set_cookie(
            name, value, max_age=seconds, path=datasette.urls.path("/"), httponly=True, samesite="lax"
        )


async def _new(database: Any, topics: Sequence[Row], visit: ReaderVisit) -> NewMatches | None:
    """What came since the last visit on *topics*, copies left out; None if there was no visit."""
    if visit.since is None:
        return None
    followed = {topic["id"] for topic in topics}
    found = await rows(database, _SINCE, since=visit.since.match_id, limit=COUNTED_NEW)
    on_topics = [row for row in found if row["is_news"] and row["topic_id"] in followed]
    dates = {row["article_id"]: row["published_at"] for row in on_topics}
    by_topic = Counter(row["topic_id"] for row in on_topics)
    by_date = sorted(dates, key=lambda number: (dates[number], number), reverse=True)
    return NewMatches(by_topic, tuple(by_date), len(found) == COUNTED_NEW)


async def _latest(database: Any, topics: Sequence[Row], without: frozenset[int]) -> list[EntryLine]:
    """The newest of several topics, by date, each once with all its topics; copies and those *without* are left out."""
    newest = {
        row["article_id"]: row["published_at"]
        for topic in topics
        for row in await rows(database, _NEWEST, topic=topic["id"], limit=LATEST + min(len(without), NEW))
        if row["article_id"] not in without
    }
    by_date = sorted(newest, key=lambda article_id: newest[article_id], reverse=True)
    return await entry_lines(database, by_date[:LATEST])


async def _card(
    database: Any, topic: Row, last: date, new: NewMatches | None, odd: Sequence[Condition]
) -> TopicCard:
    days = await telling_days(database, topic["id"], last)
    chart = bar_chart(
        await by_day(database, topic["id"], bounds_of(last, days)), last=last, days=days, step=6, height=40
    )
    counts = [bar.count for bar in chart.bars]
    return TopicCard(
        name=topic["name"],
        title=clean(topic["title"]) or topic["name"],
        new=None if new is None else new.by_topic.get(topic["id"], 0),
        day=counts[-1],
        week=sum(counts[-7:]),
        month=sum(counts[-30:]),
        shown=sum(counts),
        days=days,
        review=await to_review(database, topic["id"]),
        odd=tuple((one.kind, clean(one.detail)) for one in odd),
        chart=chart,
    )
