"""Removing articles, kept pages and held texts for good: what would go, and its going, a part at a time.

Nothing that refers to an article outlives it: rows of the tables below go with it, a link stays and forgets it, so that
its address is not fetched again. Who tells a story when its head goes is judged by crawler/holdings/remove.py.
"""

import json
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from storage.alerts import outbox
from storage.articles import choices, held, kept_pages
from storage.articles import rows as article_rows
from storage.articles.choices import Choice, condition
from storage.db import storage_errors, transaction
from storage.search import changes, index
from storage.sources import links

# Tables whose rows go with the article, and how they name it; tests/storage/articles/test_pruning.py holds it
# against the schema.
REFERRING = (
    ("alerts", "article_id"),
    ("article_addresses", "article_id"),
    ("article_events", "article_id"),
    ("article_tags", "article_id"),
    ("article_texts", "article_id"),
    ("copies", "article_id"),
    ("copies", "original_id"),
    ("feedback", "article_id"),
    ("looks", "article_id"),
    ("matches", "article_id"),
    ("past_matches", "article_id"),
    ("pages", "article_id"),
    ("reader_marks", "article_id"),
    ("revisions", "article_id"),
    ("sightings", "article_id"),
    ("topic_seeds", "article_id"),
    ("watches", "article_id"),
)
# Seeds, and what the analyst judged, teach the topics; what readers starred, noted or tagged is their work.
_IN_USE = """
    articles.origin = 'seed'
    OR articles.id IN (SELECT article_id FROM topic_seeds)
    OR articles.id IN (SELECT article_id FROM feedback)
    OR articles.id IN (SELECT article_id FROM reader_marks WHERE starred_at IS NOT NULL OR note IS NOT NULL)
    OR articles.id IN (SELECT article_id FROM article_tags)
"""


@dataclass(frozen=True, slots=True)
class Going:
    """What a pruning would remove."""

    tables: tuple[tuple[str, int], ...]  # rows by table, those with none left out
    sources: tuple[tuple[str, int], ...]  # articles, pages or texts by source, most first
    bytes: int  # of the texts and pages among them; the index and the rest come on top
    spared: int = (
        0  # articles that were meant but teach a topic or bear a reader's mark, and were not named by number
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing would go."""
        return not any(number for _, number in self.tables)


@storage_errors
def articles_going(connection: sqlite3.Connection, choice: Choice) -> Going:
    """What removing the articles of *choice* would take along."""
    where, values = _prunable(choice)
    ids = f"(SELECT articles.id FROM articles WHERE {where})"
    counted = {"articles": _number(connection, f"articles WHERE articles.id IN {ids}", values)}
    for table, column in REFERRING:
        if column == "article_id":  # what points to a head that goes gets another one
            counted[table] = _number(connection, f"{table} WHERE {column} IN {ids}", values)
    texts = connection.execute(
        f"""
        SELECT coalesce((
            SELECT sum(length(CAST(text AS BLOB))) FROM article_texts WHERE article_id IN {ids}
        ), 0) + coalesce((
            SELECT sum(length(CAST(text AS BLOB)) + length(CAST(added AS BLOB)) + length(CAST(removed AS BLOB)))
            FROM revisions WHERE article_id IN {ids}
        ), 0) AS size
        """,
        values,
    ).fetchone()
    spared = 0
    if not choice.ids:
        meant, all_values = condition(choice)
        spared = _number(connection, f"articles WHERE {meant}", all_values) - counted["articles"]
    return Going(
        _without_none(counted),
        _by_source(connection, f"articles AS things WHERE things.id IN {ids}", "things.source_id", values),
        int(texts["size"]) + _page_bytes(connection, ids, values),
        spared,
    )


@storage_errors
def pages_going(connection: sqlite3.Connection, choice: Choice) -> Going:
    """What removing the kept pages of the articles of *choice* would take along; the articles stay."""
    where, values = condition(choice)
    ids = f"(SELECT articles.id FROM articles WHERE {where})"
    source_id = "(SELECT source_id FROM articles WHERE articles.id = things.article_id)"
    return Going(
        _without_none({"pages": _number(connection, f"pages WHERE article_id IN {ids}", values)}),
        _by_source(connection, f"pages AS things WHERE things.article_id IN {ids}", source_id, values),
        _page_bytes(connection, ids, values),
    )


@storage_errors
def held_going(connection: sqlite3.Connection, sources: Sequence[str], until: date | None) -> Going:
    """What removing held off-topic texts (of *sources*; read until that day) would take along; the links stay."""
    where, values = _held(sources, until)
    size = connection.execute(
        f"SELECT coalesce(sum(length(article)), 0) AS size FROM off_topic_texts WHERE {where}", values
    ).fetchone()
    source_id = "(SELECT source_id FROM links WHERE links.id = off_topic_texts.link_id)"
    return Going(
        _without_none({"off_topic_texts": _number(connection, f"off_topic_texts WHERE {where}", values)}),
        _by_source(connection, f"off_topic_texts WHERE {where}", source_id, values),
        int(size["size"]),
    )


def prunable_ids(connection: sqlite3.Connection, choice: Choice) -> "array[int]":
    """The articles of *choice* that may go, by number.

    Raises:
        StorageError: the database refused.
    """
    return choices.chosen_ids(connection, choice, but="" if choice.ids else _IN_USE)


@storage_errors
def heads_among(connection: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """Those of these articles that others point to as the head of their story, by number."""
    rows = connection.execute(
        "SELECT DISTINCT original_id FROM copies WHERE original_id IN (SELECT value FROM json_each(?)) ORDER BY 1",
        [json.dumps(ids)],
    )
    return [row["original_id"] for row in rows]


@storage_errors
def remove_articles(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Remove these articles with all that refers to them but their anchors: `anchors.drop` takes those of many.

    Raises:
        StorageError: the index was made by another version of the analyser; nothing was removed.
    """
    with transaction(connection):
        for article_id in ids:
            _take_out_of_indexes(connection, article_id)
            kept_pages.drop_pages(connection, article_id)
        chosen = json.dumps(ids)
        links.leave_articles(connection, ids)
        for table, column in REFERRING:
            connection.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", [chosen]
            )
        article_rows.remove(connection, ids)
        outbox.forget_removed_rows(connection)


@storage_errors
def remove_pages(connection: sqlite3.Connection, choice: Choice, limit: int) -> int:
    """Remove the kept pages of up to *limit* articles of *choice*; of how many, 0 when all are gone."""
    where, values = condition(choice)
    with transaction(connection):
        rows = connection.execute(
            f"""
            SELECT DISTINCT article_id FROM pages
            WHERE article_id IN (SELECT articles.id FROM articles WHERE {where}) ORDER BY article_id LIMIT :limit
            """,
            {**values, "limit": limit},
        ).fetchall()
        for row in rows:
            kept_pages.drop_pages(connection, row["article_id"])
    return len(rows)


@storage_errors
def remove_held(connection: sqlite3.Connection, sources: Sequence[str], until: date | None) -> int:
    """Remove held off-topic texts; how many. Their links stay, so that they are not fetched again."""
    where, values = _held(sources, until)
    with transaction(connection):
        rows = connection.execute(f"SELECT link_id FROM off_topic_texts WHERE {where}", values).fetchall()
        held.drop_texts(connection, [row["link_id"] for row in rows])
    return len(rows)


def free_bytes(connection: sqlite3.Connection) -> int:
    """Room inside the file that nothing uses; no table is read for it."""
    pages, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("freelist_count", "page_size")
    )
    return pages * size


@storage_errors
def vacuum(connection: sqlite3.Connection) -> None:
    """Write the file anew without free room; needs as much disk again while it works, and the file for itself."""
    index.compact(connection)
    connection.execute("VACUUM")


def _prunable(choice: Choice) -> tuple[str, dict[str, object]]:
    """A condition on `articles`: what is in use is spared unless it is named by its number."""
    where, values = condition(choice)
    return (where if choice.ids else f"({where}) AND NOT ({_IN_USE})"), values


def _held(sources: Sequence[str], until: date | None) -> tuple[str, dict[str, object]]:
    """A condition on `off_topic_texts`."""
    parts = ["TRUE"]
    if sources:
        parts.append("sources.name IN (SELECT value FROM json_each(:sources))")
    if until is not None:
        parts.append("substr(coalesce(links.fetched_at, links.first_seen_at), 1, 10) <= :day")
    chosen = f"""
        off_topic_texts.link_id IN (
            SELECT links.id FROM links JOIN sources ON sources.id = links.source_id WHERE {" AND ".join(parts)}
        )
    """
    return chosen, {"sources": json.dumps(sources), "day": until and until.isoformat()}


def _take_out_of_indexes(connection: sqlite3.Connection, article_id: int) -> None:
    index.unindex(connection, article_id)
    rows = connection.execute("SELECT id FROM revisions WHERE article_id = ?", [article_id]).fetchall()
    for row in rows:
        changes.unindex(connection, row["id"])


def _page_bytes(connection: sqlite3.Connection, ids: str, values: dict[str, object]) -> int:
    """What the bodies take that no other article's pages need."""
    row = connection.execute(
        f"""
        SELECT coalesce(sum(length(body)), 0) AS size FROM page_bodies
        WHERE sha256 IN (SELECT sha256 FROM pages WHERE article_id IN {ids})
          AND NOT EXISTS (
            SELECT 1 FROM pages WHERE pages.sha256 = page_bodies.sha256 AND article_id NOT IN {ids}
          )
        """,
        values,
    ).fetchone()
    return int(row["size"])


def _number(connection: sqlite3.Connection, rest: str, values: dict[str, object]) -> int:
    return int(connection.execute(f"SELECT count(*) AS number FROM {rest}", values).fetchone()["number"])


def _by_source(
    connection: sqlite3.Connection, rest: str, source_id: str, values: dict[str, object]
) -> tuple[tuple[str, int], ...]:
    table, _, where = rest.partition(" WHERE ")
    rows = connection.execute(
        f"""
        SELECT sources.name, count(*) AS number FROM {table} JOIN sources ON sources.id = {source_id}
        WHERE {where} GROUP BY sources.id ORDER BY number DESC, sources.name
        """,
        values,
    )
    return tuple((row["name"], row["number"]) for row in rows)


def _without_none(counted: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((table, number) for table, number in counted.items() if number)
