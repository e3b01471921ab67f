"""Which articles a command is about: filters as SQL."""

import json
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from storage.db import storage_errors

_SHOWN_AT = "coalesce(articles.published_at, articles.first_seen_at)"


@dataclass(frozen=True, slots=True)
class Choice:
    """Articles that meet all that is asked; nothing asked means all.

    Days are UTC: of publication, of first sight where that is unknown.
    """

    topics: tuple[str, ...] = ()  # of any of them
    sources: tuple[str, ...] = ()  # of any of them
    since: date | None = None  # this day and later
    until: date | None = None  # this day and earlier
    language: str | None = None  # ISO 639-1
    band: str | None = None  # of a match (with `topics`, of that match): "match" or "review"
    without_match: bool = False
    ids: tuple[int, ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether nothing is asked."""
        return self == Choice()


@storage_errors
def count(connection: sqlite3.Connection, choice: Choice) -> int:
    """How many articles *choice* means."""
    where, values = condition(choice)
    row = connection.execute(f"SELECT count(*) AS number FROM articles WHERE {where}", values).fetchone()
    return int(row["number"])


@storage_errors
def chosen_ids(
    connection: sqlite3.Connection, choice: Choice, *, but: str = "", by_date: bool = False
) -> "array[int]":
    """The numbers of the articles that *choice* means, ascending, or *by_date* the newest first.

    They are eight bytes each, so that millions can be held. *but* is a further condition on `articles`, for storage/
    alone.
    """
    where, values = condition(choice)
    order = f"{_SHOWN_AT} DESC, articles.id DESC" if by_date else "articles.id"
    rows = connection.execute(
        f"SELECT articles.id FROM articles WHERE {where} {but and f'AND NOT ({but})'} ORDER BY {order}",
        values,
    )
    return array("q", (row["id"] for row in rows))


@storage_errors
def unknown_names(connection: sqlite3.Connection, choice: Choice) -> dict[str, list[str]]:
    """What *choice* names and the database has not: under "topic" and "source", in the order of the choice."""
    unknown = {}
    for kind, table, names in (("topic", "topics", choice.topics), ("source", "sources", choice.sources)):
        known = {row["name"] for row in connection.execute(f"SELECT name FROM {table}")}
        if missing := [name for name in names if name not in known]:
            unknown[kind] = missing
    return unknown


def condition(choice: Choice) -> tuple[str, dict[str, object]]:
    """A condition on `articles` and its values, for queries in storage/ alone."""
    parts: list[str] = []
    values: dict[str, object] = {}
    if choice.ids:
        parts.append("articles.id IN (SELECT value FROM json_each(:ids))")
        values["ids"] = json.dumps(choice.ids)
    if choice.sources:
        parts.append(
            "articles.source_id IN (SELECT id FROM sources WHERE name IN (SELECT value FROM json_each(:sources)))"
        )
        values["sources"] = json.dumps(choice.sources)
    if choice.language:
        parts.append("articles.language = :language")
        values["language"] = choice.language
    if choice.without_match:
        parts.append("articles.id NOT IN (SELECT article_id FROM matches)")
    return _and([*parts, *_days(choice, values), *_matches(choice, values)]), values


def _days(choice: Choice, values: dict[str, object]) -> Sequence[str]:
    parts = []
    if choice.since:
        parts.append(f"{_SHOWN_AT} >= :since")
        values["since"] = choice.since.isoformat()
    if choice.until:
        parts.append(f"{_SHOWN_AT} < :behind")
        values["behind"] = _next_day(choice.until)
    return parts


def _next_day(day: date) -> str:
    return "9999-12-31T24" if day == date.max else (day + timedelta(days=1)).isoformat()


def _matches(choice: Choice, values: dict[str, object]) -> Sequence[str]:
    asked = []
    if choice.topics:
        asked.append(
            "topic_id IN (SELECT id FROM topics WHERE name IN (SELECT value FROM json_each(:topics)))"
        )
        values["topics"] = json.dumps(choice.topics)
    if choice.band:
        asked.append("band = :band")
        values["band"] = choice.band
    return [f"articles.id IN (SELECT article_id FROM matches WHERE {_and(asked)})"] if asked else ()


def _and(parts: Sequence[str]) -> str:
    return " AND ".join(parts) or "TRUE"
