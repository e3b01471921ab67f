"""The articles of a topic as its page lists them: filtered, a page at a time, one line a story."""

from dataclasses import asdict, dataclass
from typing import Any

from storage.datasette.pages.entries import EntryLine, entry_lines
from storage.datasette.pages.rendering import Row, asked_number, rows
from storage.datasette.pages.wording import clean, is_day
from storage.search import index
from storage.topics.folding import FOLDED, WAITING

PAGE = 50
# Counting more costs as much as reading them all; a reader needs no exact figure there.
COUNTED = 10_000
BANDS = ("match", "review")
# What an article is to the story that it tells, as ?relation= asks; "carried" is what others repeated.
RELATIONS = ("original", "carried", "copy", "excerpt", "extended", "follow_up")
# What a reader who signed in has marked, as ?marked= asks.
MARKS = ("unread", "read", "starred")
_CHOICES = 300

# A condition for each filter that is asked for, so that the plan of a plain list stays that of the index
# matches_of_topic.
_CONDITIONS = {
    "source": "matches.source_id = :source",
    "language": "matches.language = :language",
    "country": "sources.country = :country",
    "tag": "EXISTS (SELECT 1 FROM json_each(sources.tags) WHERE value = :tag)",
    "since": "matches.published_at >= :since",
    "until": "matches.published_at < date(:until, '+1 day')",
}
_IS_COPY = """EXISTS (
        SELECT 1 FROM copies WHERE copies.article_id = matches.article_id AND copies.relation <> 'follow_up'
    )"""
_BY_RELATION = {
    "original": f"NOT {_IS_COPY}",
    "carried": """EXISTS (
        SELECT 1 FROM copies WHERE copies.original_id = matches.article_id AND copies.relation <> 'follow_up'
    )""",
}
_OF_RELATION = """EXISTS (
        SELECT 1 FROM copies WHERE copies.article_id = matches.article_id AND copies.relation = :relation
    )"""
_HAS_MARK = """EXISTS (
        SELECT 1 FROM reader_marks
        WHERE reader = :reader AND reader_marks.article_id = matches.article_id AND {column} IS NOT NULL
    )"""
_BY_MARK = {
    "unread": f"NOT {_HAS_MARK.format(column='read_at')}",
    "read": _HAS_MARK.format(column="read_at"),
    "starred": _HAS_MARK.format(column="starred_at"),
}
# What a filter reads beside the matches; without one, nothing: all of them are counted.
_JOINS = {
    "country": "JOIN sources ON sources.id = matches.source_id\n",
    "tag": "JOIN sources ON sources.id = matches.source_id\n",
}
_LIST = """
SELECT matches.article_id, matches.published_at, matches.id
FROM matches
{joins}WHERE matches.topic_id = :topic
    AND matches.band = :band
    {conditions}
ORDER BY matches.published_at DESC, matches.id DESC
LIMIT :limit
"""
_SOURCES = """
SELECT DISTINCT sources.id, coalesce(nullif(sources.title, ''), sources.name) AS title
FROM sources
WHERE EXISTS (SELECT 1 FROM articles WHERE articles.source_id = sources.id)
ORDER BY title
LIMIT :limit
"""
_COUNTRIES = (
    "SELECT DISTINCT country FROM sources WHERE country IS NOT NULL AND country <> '' ORDER BY country"
)
_TAGS = "SELECT DISTINCT value AS tag FROM sources, json_each(sources.tags) ORDER BY tag"


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """Which matches of a topic are asked for; "" and None: all."""

    band: str = "match"
    source: int | None = None
    language: str = ""
    country: str = ""
    tag: str = ""
    since: str = ""  # a day
    until: str = ""  # a day, itself included
    copies: str = ""  # "all" shows copies too
    relation: str = ""  # one of RELATIONS
    marked: str = ""  # one of MARKS, of the reader
    reader: str = ""  # who signed in; "": nobody

    def parameters(self) -> dict[str, object]:
        """What an address says of it: what is not as it is without being asked."""
        said = {name: value for name, value in asdict(self).items() if value not in ("", None, "match")}
        return {name: value for name, value in said.items() if name != "reader"}


@dataclass(frozen=True, slots=True)
class TopicList:
    """A page of the list."""

    entries: tuple[EntryLine, ...]
    older: str | None  # ?after= of the next page; None: this is the last
    total: int  # at most COUNTED
    is_more: bool  # than COUNTED


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader may filter by."""

    sources: tuple[tuple[int, str], ...]
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    tags: tuple[str, ...]


def read_filter(request: Any) -> TopicFilter:
    """The filter that an address asks for; what cannot be is left out."""

    def text(name: str) -> str:
        return clean(request.args.get(name))[:100].strip()

    reader = str((request.actor or {}).get("id") or "")
    return TopicFilter(
        band=text("band") if text("band") in BANDS else "match",
        source=asked_number(request, "source"),
        language=text("language"),
        country=text("country"),
        tag=text("tag"),
        since=text("since") if is_day(text("since")) else "",
        until=text("until") if is_day(text("until")) else "",
        copies="all" if text("copies") == "all" else "",
        relation=text("relation") if text("relation") in RELATIONS else "",
        marked=text("marked") if reader and text("marked") in MARKS else "",
        reader=reader,
    )


async def topic_list(database: Any, topic_id: int, asked: TopicFilter, after: str) -> TopicList:
    """The matches of a topic that *asked* lets through, newest first, PAGE of them behind the place *after*."""
    found = await rows(database, *_query(topic_id, asked, after, PAGE + 1))
    shown = found[:PAGE]
    counting, values = _query(topic_id, asked, "", COUNTED + 1)
    counted = await rows(database, f"SELECT count(*) AS found FROM ({counting})", values)
    total = counted[0]["found"]
    return TopicList(
        entries=tuple(await entry_lines(database, [row["article_id"] for row in shown], topic_id)),
        older=f"{shown[-1]['published_at']}~{shown[-1]['id']}" if len(found) > PAGE else None,
        total=min(total, COUNTED),
        is_more=total > COUNTED,
    )


async def choices(database: Any) -> Choices:
    """What there is to filter by."""
    sources = await rows(database, _SOURCES, {"limit": _CHOICES})
    return Choices(
        sources=tuple((row["id"], clean(row["title"])) for row in sources),
        languages=tuple(sorted(map(clean, await database.execute_fn(index.languages)))),
        countries=_column(await rows(database, _COUNTRIES), "country"),
        tags=_column(await rows(database, _TAGS), "tag"),
    )


def _query(topic_id: int, asked: TopicFilter, after: str, limit: int) -> tuple[str, dict[str, object]]:
    values = asdict(asked)
    filters = [name for name in _CONDITIONS if values[name] not in ("", None)]
    conditions = [_CONDITIONS[name] for name in filters]
    joins = dict.fromkeys(_JOINS[name] for name in filters if name in _JOINS)
    conditions += _further(asked)
    at, _, number = after.rpartition("~")
    if at and number.isascii() and number.isdigit() and len(number) < 19:
        conditions.append("(matches.published_at, matches.id) < (:at, :number)")
        values |= {"at": at, "number": int(number)}
    values |= {"topic": topic_id, "limit": limit}
    joined = "".join(f"AND {condition}\n    " for condition in conditions)
    return _LIST.format(joins="".join(joins), conditions=joined), values


def _further(asked: TopicFilter) -> list[str]:
    """The conditions that are no column's: what repeats another is folded, unless it is asked for."""
    folding = WAITING if asked.band == "review" else FOLDED
    conditions = (
        [] if asked.copies == "all" or asked.relation in ("copy", "excerpt", "extended") else [folding]
    )
    if asked.relation:
        conditions.append(_BY_RELATION.get(asked.relation, _OF_RELATION))
    if asked.marked:
        conditions.append(_BY_MARK[asked.marked])
    return conditions


def _column(found: list[Row], name: str) -> tuple[str, ...]:
    return tuple(clean(row[name]) for row in found)
