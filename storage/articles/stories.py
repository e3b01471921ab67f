"""The life of a story as a person reads it: who told it, what was changed, how it ended."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.articles.relations import Telling, story_of
from storage.db import from_iso, storage_errors


@dataclass(frozen=True, slots=True)
class Teller:
    """An article of a story, with what is known of its outlet and of itself."""

    telling: Telling
    outlet: str  # the outlet's title, or its name
    country: str | None
    language: str | None
    published_precision: str | None
    state: str  # live, deleted, replaced or unknown
    revisions: int  # how often its text has changed


@dataclass(frozen=True, slots=True)
class Version:
    """A text that the article had."""

    number: int  # 1 is the first
    seen_at: datetime
    title: str
    text: str
    kind: str | None  # "minor" or "major"; None: the first text
    # Whether the page stated no new date of change; None: the first text, or not known.
    is_silent: bool | None


@dataclass(frozen=True, slots=True)
class Happening:
    """A dated fact about the article."""

    event: str  # deleted, returned, moved, replaced, alternating or address_found
    happened_at: datetime
    detail: str | None  # the evidence: JSON or words; None: none


@dataclass(frozen=True, slots=True)
class Story:
    """A story, seen from one of its articles."""

    article_id: int
    head_id: int
    tellers: tuple[Teller, ...]  # in time order, the head among them
    follow_ups: tuple[Teller, ...]  # in time order; of a story that follows up its first telling alone
    versions: tuple[Version, ...]  # of the article, oldest first; none if it never changed
    events: tuple[Happening, ...]  # of the article, oldest first


@storage_errors
def story(connection: sqlite3.Connection, article_id: int) -> Story | None:
    """The story that the article tells; None if there is no such article."""
    facts = story_of(connection, article_id)
    if facts is None:
        return None
    return Story(
        article_id,
        facts.head_id,
        _tellers(connection, facts.tellings),
        _tellers(connection, facts.follow_ups),
        _versions(connection, article_id),
        _events(connection, article_id),
    )


@storage_errors
def newest_versions(connection: sqlite3.Connection, article_ids: Sequence[int]) -> dict[int, int]:
    """The number of the text that each of these articles has now: 1 if it never changed."""
    rows = connection.execute(
        """
        SELECT articles.id, coalesce(max(revisions.number), 1) AS number
        FROM articles LEFT JOIN revisions ON revisions.article_id = articles.id
        WHERE articles.id IN (SELECT value FROM json_each(?))
        GROUP BY articles.id
        """,
        [json.dumps(article_ids)],
    )
    return {row["id"]: row["number"] for row in rows}


@storage_errors
def version(connection: sqlite3.Connection, article_id: int, number: int) -> Version | None:
    """The text that the article had as its version *number*, counted from 1; None if there is none."""
    row = connection.execute(
        """
        SELECT number, seen_at, title, text, kind, silent FROM revisions WHERE article_id = :id AND number = :number
        UNION ALL
        SELECT 1, first_seen_at, title, text, NULL, NULL
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id
        WHERE id = :id AND :number = 1 AND NOT EXISTS (SELECT 1 FROM revisions WHERE article_id = :id)
        """,
        {"id": article_id, "number": number},
    ).fetchone()
    return _version(row) if row else None


@storage_errors
def largest(connection: sqlite3.Connection) -> int | None:
    """The head of the story that most outlets told, the newest of several; None if none was told twice."""
    row = connection.execute(
        """
        SELECT original_id FROM copies WHERE relation <> 'follow_up'
        GROUP BY original_id ORDER BY count(*) DESC, original_id DESC LIMIT 1
        """
    ).fetchone()
    return int(row["original_id"]) if row else None


def _tellers(connection: sqlite3.Connection, tellings: Sequence[Telling]) -> tuple[Teller, ...]:
    rows = connection.execute(
        """
        SELECT articles.id, coalesce(nullif(sources.title, ''), sources.name) AS outlet, sources.country,
            articles.language, articles.published_precision, articles.state, articles.revisions
        FROM articles JOIN sources ON sources.id = articles.source_id
        WHERE articles.id IN (SELECT value FROM json_each(?))
        """,
        [json.dumps([telling.article_id for telling in tellings])],
    )
    known = {row["id"]: row for row in rows}
    return tuple(_teller(telling, known[telling.article_id]) for telling in tellings)


def _teller(telling: Telling, row: sqlite3.Row) -> Teller:
    return Teller(
        telling,
        row["outlet"],
        row["country"],
        row["language"],
        row["published_precision"],
        row["state"],
        row["revisions"],
    )


def _versions(connection: sqlite3.Connection, article_id: int) -> tuple[Version, ...]:
    rows = connection.execute("SELECT * FROM revisions WHERE article_id = ? ORDER BY number", [article_id])
    return tuple(map(_version, rows))


def _version(row: sqlite3.Row) -> Version:
    return Version(
        row["number"],
        datetime.fromisoformat(row["seen_at"]),
        row["title"],
        row["text"],
        row["kind"],
        None if row["silent"] is None else bool(row["silent"]),
    )


def _events(connection: sqlite3.Connection, article_id: int) -> tuple[Happening, ...]:
    rows = connection.execute(
        "SELECT * FROM article_events WHERE article_id = ? ORDER BY happened_at, id", [article_id]
    )
    return tuple(
        Happening(row["event"], at, row["detail"]) for row in rows if (at := from_iso(row["happened_at"]))
    )
