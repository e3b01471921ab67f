"""What an import of an archive asks of the database beside the judgement itself: sources, versions."""

import sqlite3

from storage.db import storage_errors
from storage.records.sources import Source


@storage_errors
def sources(connection: sqlite3.Connection) -> tuple[Source, ...]:
    """All sources, those of the settings first, then by name."""
    rows = connection.execute("SELECT * FROM sources ORDER BY enabled DESC, name")
    return tuple(
        Source(
            name=row["name"],
            title=row["title"],
            home=row["home"],
            country=row["country"],
            language=row["language"],
            timezone=row["timezone"],
            enabled=bool(row["enabled"]),
        )
        for row in rows
    )


@storage_errors
def add_source(connection: sqlite3.Connection, source: Source) -> bool:
    """Make the row of a source that no settings name, switched off; whether there was none of that name."""
    return bool(
        connection.execute(
            "INSERT INTO sources (name, title, enabled) VALUES (?, ?, 0) ON CONFLICT (name) DO NOTHING",
            [source.name, source.title],
        ).rowcount
    )


@storage_errors
def text_hash(connection: sqlite3.Connection, article_id: int) -> str | None:
    """The hash of an article's present text; None if there is no such article."""
    row = connection.execute("SELECT text_hash FROM articles WHERE id = ?", [article_id]).fetchone()
    return row["text_hash"] if row else None
