"""Topics, their seeds and learned models, and the matches that came of them."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records import Topic


@dataclass(frozen=True, slots=True)
class SeedRow:
    """A seed of a topic, with what a profile is built from."""

    article_id: int
    title: str
    text: str
    language: str | None
    text_hash: str


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A learned model as it is stored."""

    id: int
    topic: str
    language: str
    measure: str
    threshold: float
    background: int
    seeds: int
    model: str  # JSON
    basis: str
    built_at: datetime


@storage_errors
def sync(connection: sqlite3.Connection, declared: Sequence[Topic]) -> None:
    """Make the table say what the settings say; a topic taken out is switched off, its matches stay."""
    with transaction(connection):
        connection.execute("UPDATE topics SET enabled = 0")
        for topic in declared:
            connection.execute(
                """
                INSERT INTO topics (name, title, any_query, require_query, exclude_query, dial)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE
                SET title = excluded.title, any_query = excluded.any_query,
                    require_query = excluded.require_query, exclude_query = excluded.exclude_query,
                    dial = excluded.dial, enabled = 1
                """,
                [topic.name, topic.title, topic.any, topic.require, topic.exclude, topic.dial],
            )


@storage_errors
def followed(connection: sqlite3.Connection) -> list[Topic]:
    """The topics of the settings, by id; their seeds are asked for with `seeds`."""
    rows = connection.execute("SELECT * FROM topics WHERE enabled = 1 ORDER BY id")
    return [
        Topic(
            name=row["name"],
            title=row["title"],
            any=row["any_query"],
            require=row["require_query"],
            exclude=row["exclude_query"],
            dial=row["dial"],
        )
        for row in rows
    ]


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
def seeds(connection: sqlite3.Connection, topic: str) -> list[SeedRow]:
    """The seeds of *topic*, by article."""
    rows = connection.execute(
        """
        SELECT articles.id, articles.title, articles.language, articles.text_hash, article_texts.text
        FROM topic_seeds
        JOIN topics ON topics.id = topic_seeds.topic_id
        JOIN articles ON articles.id = topic_seeds.article_id
        JOIN article_texts ON article_texts.article_id = articles.id
        WHERE topics.name = ?
        ORDER BY articles.id
        """,
        [topic],
    )
    return [SeedRow(row["id"], row["title"], row["text"], row["language"], row["text_hash"]) for row in rows]


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


@storage_errors
def latest_model(connection: sqlite3.Connection, topic: str, language: str) -> ModelRow | None:
    """The newest model of *topic* in *language*; None if there is none."""
    row = connection.execute(
        """
        SELECT topic_models.*, topics.name AS topic
        FROM topic_models JOIN topics ON topics.id = topic_models.topic_id
        WHERE topics.name = ? AND topic_models.language = ?
        ORDER BY topic_models.id DESC LIMIT 1
        """,
        [topic, language],
    ).fetchone()
    if row is None:
        return None
    return ModelRow(
        id=row["id"],
        topic=row["topic"],
        language=row["language"],
        measure=row["measure"],
        threshold=row["threshold"],
        background=row["background"],
        seeds=row["seeds"],
        model=row["model"],
        basis=row["basis"],
        built_at=datetime.fromisoformat(row["built_at"]),
    )


@storage_errors
def save_model(connection: sqlite3.Connection, model: ModelRow, terms: str) -> int:
    """Keep a new version of a model, with its *terms* (JSON) for people; its row. `model.id` is not read."""
    row = connection.execute(
        """
        INSERT INTO topic_models (
            topic_id, language, built_at, measure, threshold, background, seeds, terms, model, basis
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        RETURNING id
        """,
        [
            _id(connection, model.topic), model.language, to_iso(model.built_at), model.measure, model.threshold,
            model.background, model.seeds, terms, model.model, model.basis,
        ],
    ).fetchone()  # fmt: skip
    return int(row["id"])


@storage_errors
def matches_of(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """The matches of an article with their topics' names, strongest first."""
    return connection.execute(
        """
        SELECT matches.*, topics.name AS topic
        FROM matches JOIN topics ON topics.id = matches.topic_id
        WHERE matches.article_id = ?
        ORDER BY matches.score DESC
        """,
        [article_id],
    ).fetchall()


@storage_errors
def match_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many matches each topic has."""
    rows = connection.execute(
        """
        SELECT topics.name, count(matches.id) AS number
        FROM topics LEFT JOIN matches ON matches.topic_id = topics.id
        GROUP BY topics.id
        """
    )
    return {row["name"]: row["number"] for row in rows}


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
