"""Who told a story and when, as lines of a table with a mark on a time axis.

Dates that cannot be read stand at the beginning of the axis: one odd date must not cost the reader the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.articles.evidence_text import lag_words
from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import clean, moment, read_time, short_time

# Of a story that more outlets told, the first; the page of the article shows fewer.
TELLERS = 300

_HEAD = """
SELECT coalesce(copies.original_id, articles.id) AS head
FROM articles
LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
WHERE articles.id = :id
"""
# Through the index on original_id.
_TELLERS = """
SELECT articles.id, articles.title, articles.language, articles.published_at, articles.published_precision,
    articles.first_seen_at, articles.state, articles.revisions, sources.country,
    sources.name AS source_name, coalesce(nullif(sources.title, ''), sources.name) AS source, told.relation,
    told.similarity, told.lag_s
FROM (
    SELECT :head AS article_id, NULL AS relation, NULL AS similarity, NULL AS lag_s
    UNION ALL
    SELECT article_id, relation, similarity, lag_s FROM copies WHERE original_id = :head
) AS told
JOIN articles ON articles.id = told.article_id
JOIN sources ON sources.id = articles.source_id
ORDER BY coalesce(articles.published_at, articles.first_seen_at), articles.id
"""


@dataclass(frozen=True, slots=True)
class TellingLine:
    """An article of a story."""

    article_id: int
    title: str
    language: str
    source_name: str
    source: str  # as people call it
    country: str
    published: str
    moment: str  # "" where the time is known no finer than a day
    what: str  # "copy, 100 % alike, 1 h 30 min later"; "first" for the head
    is_head: bool
    is_here: bool  # the article from which the story is seen
    state: str
    edits: int
    x: float  # place on the axis, 0 to 100


@dataclass(frozen=True, slots=True)
class ToldStory:
    """A story, the tellers in time order."""

    head_id: int
    tellings: tuple[TellingLine, ...]
    follow_ups: tuple[TellingLine, ...]
    outlets: int
    begins: str
    ends: str
    left_out: int  # tellings behind TELLERS


async def told_story(database: Any, article_id: int, most: int = TELLERS) -> ToldStory | None:
    """The story that an article tells, with at most *most* tellings and as many follow-ups; None if there is none."""
    found = await rows(database, _HEAD, id=article_id)
    if not found:
        return None
    head_id = found[0]["head"]
    everyone = await rows(database, _TELLERS, head=head_id)
    head = next((row for row in everyone if row["id"] == head_id), {})
    tellers = [row for row in everyone if row["relation"] != "follow_up"]
    places = _places([_time(row) for row in tellers[:most]])
    stated = sorted(short_time(_stated(row), _precision(row)) for row in tellers)

    def line(row: Row, x: float = 0.0) -> TellingLine:
        return _line(
            row,
            head.get("published_precision"),
            x,
            is_head=row["id"] == head_id,
            is_here=row["id"] == article_id,
        )

    return ToldStory(
        head_id=head_id,
        tellings=tuple(line(row, x) for row, x in zip(tellers, places, strict=False)),
        follow_ups=tuple(line(row) for row in everyone if row["relation"] == "follow_up")[:most],
        outlets=len({row["source"] for row in tellers}),
        begins=stated[0] if stated else "",
        ends=stated[-1] if stated else "",
        left_out=max(0, len(tellers) - most),
    )


def _line(row: Row, head_precision: str | None, x: float, *, is_head: bool, is_here: bool) -> TellingLine:
    return TellingLine(
        article_id=row["id"],
        title=clean(row["title"]) or "(no headline)",
        language=clean(row["language"]),
        source_name=row["source_name"],
        source=clean(row["source"]),
        country=clean(row["country"]),
        published=("" if row["published_at"] else "seen ") + short_time(_stated(row), _precision(row)),
        moment=moment(_stated(row), _precision(row)),
        what=_what(row, head_precision),
        is_head=is_head,
        is_here=is_here,
        state=clean(row["state"]),
        edits=row["revisions"],
        x=round(x, 2),
    )


def _what(row: Row, head_precision: str | None) -> str:
    if row["relation"] is None:
        return "first"
    said = [clean(row["relation"]).replace("_", "-")]
    if row["similarity"] is not None:
        said.append(f"{row['similarity']:.0%} alike")
    if row["lag_s"] is not None:
        said.append(lag_words(row["lag_s"], (row["published_precision"], head_precision)))
    return ", ".join(said)


def _stated(row: Row) -> object:
    return row["published_at"] or row["first_seen_at"]


def _precision(row: Row) -> str | None:
    return row["published_precision"] if row["published_at"] else "day"


def _time(row: Row) -> datetime | None:
    return read_time(_stated(row))


def _places(times: Sequence[datetime | None]) -> list[float]:
    """Where *times* stand between the first and the last; at the beginning what is no time, or if all are one."""
    known = [at for at in times if at]
    if not known:
        return [0.0] * len(times)
    first, span = min(known), (max(known) - min(known)).total_seconds()
    return [100 * (at - first).total_seconds() / span if at and span else 0.0 for at in times]
