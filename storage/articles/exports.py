"""Articles as they are given away: with their matches, relations and events, a few at a time."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from storage.articles import choices
from storage.articles.choices import Choice
from storage.db import from_iso, storage_errors

# Rows that are held at once. Reading begins anew with each slice, so that no long reader keeps the log from being
# moved into the file.
_SLICE = 200
_ISO_OF = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class ExportedMatch:
    """A topic that an article meets."""

    topic: str
    score: float
    threshold: float
    reason: str  # seed, rule or both
    band: str  # match or review
    terms: str  # the strongest terms
    sentence: str  # the best; "" if none is known


@dataclass(frozen=True, slots=True)
class ExportedRelation:
    """What an article repeats or follows."""

    relation: str  # copy, excerpt, extended or follow_up
    original_id: int  # the head of the story
    original_url: str | None
    similarity: float  # 0 to 1
    first_by: str
    lag_s: int | None


@dataclass(frozen=True, slots=True)
class ExportedEvent:
    """A dated fact about an article."""

    event: str
    happened_at: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article with what is known of it; its first fields are those that an import reads."""

    id: int
    url: str | None
    title: str
    text: str
    published: str | None  # ISO 8601, as finely as it was stated, in the zone of the outlet
    published_precision: str | None
    modified: str | None
    language: str | None
    source: str
    source_title: str
    country: str | None
    section: str | None
    authors: tuple[str, ...]
    words: int
    origin: str
    state: str
    first_seen: str
    fetched: str
    canonical_url: str | None
    revisions: int
    matches: tuple[ExportedMatch, ...]  # by topic
    relations: tuple[ExportedRelation, ...]  # the story that it tells, then what it follows up
    events: tuple[ExportedEvent, ...]  # oldest first


@storage_errors
def export_slice(
    connection: sqlite3.Connection, ids: Sequence[int], *, with_text: bool = True
) -> list[ExportedArticle]:
    """These articles in the order of *ids*; those that are gone are left out."""
    text = "article_texts.text" if with_text else "'' AS text"
    rows = connection.execute(
        f"""
        SELECT articles.*, {text}, sources.name AS source, sources.title AS source_title, sources.country
        FROM articles
        JOIN sources ON sources.id = articles.source_id
        JOIN article_texts ON article_texts.article_id = articles.id
        WHERE articles.id IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(ids)],
    ).fetchall()
    place = {article_id: number for number, article_id in enumerate(ids)}
    matches, relations, events = (
        _matches(connection, ids),
        _relations(connection, ids),
        _events(connection, ids),
    )
    return [
        _article(row, matches.get(row["id"], ()), relations.get(row["id"], ()), events.get(row["id"], ()))
        for row in sorted(rows, key=lambda row: place[row["id"]])
    ]


def export_articles(
    connection: sqlite3.Connection, choice: Choice, *, with_text: bool = True, by_date: bool = False
) -> Iterator[ExportedArticle]:
    """The articles of *choice*, as many as there are now, in the order in which they came, or *by_date* newest first.

    Raises:
        StorageError: the database refused.
    """
    chosen = choices.chosen_ids(connection, choice, by_date=by_date)
    for start in range(0, len(chosen), _SLICE):
        yield from export_slice(connection, chosen[start : start + _SLICE].tolist(), with_text=with_text)


def stated_date(at: datetime, precision: str, offset_minutes: int | None) -> str:
    """ISO 8601 as finely as the date was stated, so that reading it again gives the same precision."""
    local = at.astimezone(timezone(timedelta(minutes=offset_minutes or 0)))
    if form := _ISO_OF.get(precision):
        return at.strftime(form)
    return local.isoformat(timespec={"hour": "hours", "minute": "minutes"}.get(precision, "seconds"))


def _article(
    row: sqlite3.Row,
    matches: Sequence[ExportedMatch],
    relations: Sequence[ExportedRelation],
    events: Sequence[ExportedEvent],
) -> ExportedArticle:
    return ExportedArticle(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        text=row["text"],
        published=_stated(row),
        published_precision=row["published_precision"],
        modified=row["modified_at"],
        language=row["language"],
        source=row["source"],
        source_title=row["source_title"],
        country=row["country"],
        section=row["section"],
        authors=tuple(row["authors"].split("; ")) if row["authors"] else (),
        words=row["words"],
        origin=row["origin"],
        state=row["state"],
        first_seen=row["first_seen_at"],
        fetched=row["fetched_at"],
        canonical_url=row["canonical_url"],
        revisions=row["revisions"],
        matches=tuple(matches),
        relations=tuple(relations),
        events=tuple(events),
    )


def _stated(row: sqlite3.Row) -> str | None:
    at = from_iso(row["published_at"])
    return stated_date(at, row["published_precision"], row["published_offset"]) if at else None


def _matches(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[ExportedMatch]]:
    rows = connection.execute(
        """
        SELECT matches.*, topics.name AS topic FROM matches JOIN topics ON topics.id = matches.topic_id
        WHERE matches.article_id IN (SELECT value FROM json_each(?))
        ORDER BY topics.name
        """,
        [json.dumps(ids)],
    )
    by_article = defaultdict(list)
    for row in rows:
        by_article[row["article_id"]].append(
            ExportedMatch(
                row["topic"],
                row["score"],
                row["threshold"],
                row["reason"],
                row["band"],
                row["terms"],
                next(iter(json.loads(row["explanation"]).get("sentences", ())), ""),
            )
        )
    return by_article


def _relations(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[ExportedRelation]]:
    rows = connection.execute(
        """
        SELECT copies.*, articles.url AS original_url
        FROM copies JOIN articles ON articles.id = copies.original_id
        WHERE copies.article_id IN (SELECT value FROM json_each(?))
        ORDER BY copies.relation = 'follow_up'
        """,
        [json.dumps(ids)],
    )
    by_article = defaultdict(list)
    for row in rows:
        by_article[row["article_id"]].append(
            ExportedRelation(
                row["relation"], row["original_id"], row["original_url"], row["similarity"], row["first_by"],
                row["lag_s"],
            )
        )  # fmt: skip
    return by_article


def _events(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[ExportedEvent]]:
    rows = connection.execute(
        """
        SELECT * FROM article_events WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY happened_at, id
        """,
        [json.dumps(ids)],
    )
    by_article = defaultdict(list)
    for row in rows:
        by_article[row["article_id"]].append(ExportedEvent(row["event"], row["happened_at"], row["detail"]))
    return by_article
