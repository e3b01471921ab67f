"""What texts mean, as vectors of an encoder: of seeds, of marked articles, and of what was read in other languages."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.topics import TextVector


@storage_errors
def keep(
    connection: sqlite3.Connection, text_hash: str, language: str, vector: TextVector, now: datetime
) -> None:
    """Keep a text's vector, in the place of one of another encoder."""
    connection.execute(
        """
        INSERT INTO text_vectors (text_hash, language, encoder, made_at, vector) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (text_hash) DO UPDATE
        SET language = excluded.language, encoder = excluded.encoder, made_at = excluded.made_at,
            vector = excluded.vector
        """,
        [text_hash, language, vector.encoder, to_iso(now), vector.values],
    )


@storage_errors
def load(connection: sqlite3.Connection, text_hashes: Iterable[str], encoder: str) -> dict[str, TextVector]:
    """The vectors of these texts, by hash; those without one of *encoder* are left out."""
    rows = connection.execute(
        """
        SELECT text_hash, vector FROM text_vectors
        WHERE text_hash IN (SELECT value FROM json_each(?)) AND encoder = ?
        """,
        [json.dumps(list(text_hashes)), encoder],
    )
    return {row["text_hash"]: TextVector(encoder, row["vector"]) for row in rows}


@storage_errors
def newest(connection: sqlite3.Connection, language: str, encoder: str, limit: int) -> list[TextVector]:
    """The vectors of a language's texts, the newest first, at most *limit*."""
    rows = connection.execute(
        "SELECT vector FROM text_vectors WHERE language = ? AND encoder = ? ORDER BY made_at DESC, text_hash LIMIT ?",
        [language, encoder, limit],
    )
    return [TextVector(encoder, row["vector"]) for row in rows]


@storage_errors
def sizes(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """How many vectors there are, by encoder and language."""
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(
        "SELECT encoder, language, count(*) AS size FROM text_vectors GROUP BY language, encoder"
    ):
        found.setdefault(row["encoder"], {})[row["language"]] = row["size"]
    return found


@storage_errors
def drop_older(connection: sqlite3.Connection, before: datetime) -> int:
    """Delete the vectors made before then of texts that no article has; how many."""
    with transaction(connection):
        return connection.execute(
            """
            DELETE FROM text_vectors
            WHERE made_at < ? AND NOT EXISTS (SELECT 1 FROM articles WHERE articles.text_hash = text_vectors.text_hash)
            """,
            [to_iso(before)],
        ).rowcount
