"""What topics have learned: each version of each model, by topic and language."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction


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
    """Keep a new version of a model, with its *terms* (JSON) for people; its row. `model.id` is not read.

    Versions that it replaces keep all but what scoring needs, which is two thousand weights.
    """
    with transaction(connection):
        row = connection.execute(
            """
            INSERT INTO topic_models (
                topic_id, language, built_at, measure, threshold, background, seeds, terms, model, basis
            )
            SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM topics WHERE name = ?
            RETURNING id, topic_id
            """,
            [
                model.language, to_iso(model.built_at), model.measure, model.threshold, model.background,
                model.seeds, terms, model.model, model.basis, model.topic,
            ],
        ).fetchone()  # fmt: skip
        connection.execute(
            "UPDATE topic_models SET model = '{}' WHERE topic_id = ? AND language = ? AND id < ? AND model <> '{}'",
            [row["topic_id"], model.language, row["id"]],
        )
    return int(row["id"])
