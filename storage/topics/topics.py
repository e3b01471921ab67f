"""Topics as the settings declare them, and their seeds."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.topics import Topic


@dataclass(frozen=True, slots=True)
class SeedRow:
    """A seed of a topic, with what a profile is built from."""

    article_id: int
    title: str
    text: str
    language: str | None
    text_hash: str
    declared: bool = True  # False: a command made it a seed


@storage_errors
def sync(connection: sqlite3.Connection, declared: Sequence[Topic]) -> None:
    """Make the table say what the settings say; a topic taken out is switched off, its matches stay."""
    with transaction(connection):
        connection.execute("UPDATE topics SET enabled = 0")
        for topic in declared:
            connection.execute(
                """
                INSERT INTO topics (
                    name, title, any_query, require_query, exclude_query, dial, aliases, asides, entities
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE
                SET title = excluded.title, any_query = excluded.any_query,
                    require_query = excluded.require_query, exclude_query = excluded.exclude_query,
                    dial = excluded.dial, aliases = excluded.aliases, asides = excluded.asides,
                    entities = excluded.entities, enabled = 1
                """,
                [
                    topic.name, topic.title, topic.any, topic.require, topic.exclude, topic.dial,
                    json.dumps(dict(topic.aliases), ensure_ascii=False), topic.asides, topic.entities,
                ],
            )  # fmt: skip


@storage_errors
def followed(connection: sqlite3.Connection) -> list[Topic]:
    """The topics of the settings, by id; their seeds are asked for with `seeds`."""
    return [_topic(row) for row in connection.execute("SELECT * FROM topics WHERE enabled = 1 ORDER BY id")]


@storage_errors
def former(connection: sqlite3.Connection) -> list[Topic]:
    """The topics that were taken out of the settings, by id; their matches are there."""
    return [_topic(row) for row in connection.execute("SELECT * FROM topics WHERE enabled = 0 ORDER BY id")]


@storage_errors
def set_declared_seeds(
    connection: sqlite3.Connection, topic: str, article_ids: Sequence[int], now: datetime
) -> None:
    """Make *article_ids* the seeds that the settings name for *topic*; seeds added by command stay."""
    with transaction(connection):
        topic_id = _id(connection, topic)
        connection.execute(
            """
            DELETE FROM topic_seeds
            WHERE topic_id = ? AND declared = 1 AND article_id NOT IN (SELECT value FROM json_each(?))
            """,
            [topic_id, json.dumps(list(article_ids))],
        )
        for article_id in article_ids:
            _add_seed(connection, topic_id, article_id, now, declared=True)


@storage_errors
def add_seed(connection: sqlite3.Connection, topic: str, article_id: int, now: datetime) -> None:
    """Make an article a seed of *topic* by command; it stays one whatever the settings name."""
    with transaction(connection):
        _add_seed(connection, _id(connection, topic), article_id, now, declared=False)


@storage_errors
def remove_seed(connection: sqlite3.Connection, topic: str, article_id: int) -> bool:
    """Let an article be no seed of *topic* any more; whether it was one. The article stays."""
    with transaction(connection):
        return (
            connection.execute(
                "DELETE FROM topic_seeds WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND article_id = ?",
                [topic, article_id],
            ).rowcount
            > 0
        )


@storage_errors
def served_by(connection: sqlite3.Connection, article_id: int) -> dict[str, bool]:
    """The topics that an article is a seed of, and for each whether only files that the settings name make it one."""
    rows = connection.execute(
        """
        SELECT topics.name, topic_seeds.declared
        FROM topic_seeds JOIN topics ON topics.id = topic_seeds.topic_id
        WHERE topic_seeds.article_id = ?
        ORDER BY topics.id
        """,
        [article_id],
    )
    return {row["name"]: bool(row["declared"]) for row in rows}


@storage_errors
def seeds(connection: sqlite3.Connection, topic: str) -> list[SeedRow]:
    """The seeds of *topic*, by article."""
    rows = connection.execute(
        """
        SELECT articles.id, articles.title, articles.language, articles.text_hash, article_texts.text,
            topic_seeds.declared
        FROM topic_seeds
        JOIN topics ON topics.id = topic_seeds.topic_id
        JOIN articles ON articles.id = topic_seeds.article_id
        JOIN article_texts ON article_texts.article_id = articles.id
        WHERE topics.name = ?
        ORDER BY articles.id
        """,
        [topic],
    )
    return [
        SeedRow(
            row["id"], row["title"], row["text"], row["language"], row["text_hash"], bool(row["declared"])
        )
        for row in rows
    ]


@storage_errors
def all_seeds(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every seed article with the topics it serves ('' if none), by id."""
    return connection.execute(
        """
        SELECT articles.id, articles.title, articles.published_at, articles.published_precision,
            articles.language, articles.words, articles.url, articles.outlet_host, articles.origin,
            coalesce((
                SELECT group_concat(topics.name, ', ') FROM topic_seeds
                JOIN topics ON topics.id = topic_seeds.topic_id
                WHERE topic_seeds.article_id = articles.id
            ), '') AS topics
        FROM articles
        WHERE articles.origin = 'seed' OR articles.id IN (SELECT article_id FROM topic_seeds)
        ORDER BY articles.id
        """
    ).fetchall()


def _topic(row: sqlite3.Row) -> Topic:
    return Topic(
        name=row["name"],
        title=row["title"],
        any=row["any_query"],
        require=row["require_query"],
        exclude=row["exclude_query"],
        dial=row["dial"],
        aliases=tuple((entity, tuple(names)) for entity, names in json.loads(row["aliases"]).items()),
        asides=row["asides"],
        entities=row["entities"],
    )


def _id(connection: sqlite3.Connection, topic: str) -> int:
    row = connection.execute("SELECT id FROM topics WHERE name = ?", [topic]).fetchone()
    return int(row["id"])


def _add_seed(
    connection: sqlite3.Connection, topic_id: int, article_id: int, now: datetime, *, declared: bool
) -> None:
    connection.execute(
        """
        INSERT INTO topic_seeds (topic_id, article_id, added_at, declared) VALUES (?, ?, ?, ?)
        ON CONFLICT (topic_id, article_id) DO UPDATE SET declared = min(declared, excluded.declared)
        """,
        [topic_id, article_id, to_iso(now), int(declared)],
    )
