"""What readers note of articles: read, starred, a note, tags; each says who and when."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader wrote about an article."""

    reader: str
    text: str
    at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class TagMark:
    """A tag that an article was given."""

    tag: str
    reader: str  # who gave it
    at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class ReaderMarks:
    """What one reader sees of the marks of an article."""

    read_at: str | None = None  # when this reader read it; None: not yet
    starred_at: str | None = None  # when this reader starred it; None: not
    notes: tuple[Note, ...] = ()  # of all readers, the oldest first
    tags: tuple[TagMark, ...] = ()  # of all readers, by name


@storage_errors
def set_read(connection: sqlite3.Connection, reader: str, article_id: int, at: datetime | None) -> None:
    """Write down that *reader* has read an article; None: has not."""
    _set(connection, "read_at", reader, article_id, to_iso(at))


@storage_errors
def set_star(connection: sqlite3.Connection, reader: str, article_id: int, at: datetime | None) -> None:
    """Let an article have the star of *reader*; None: no more."""
    _set(connection, "starred_at", reader, article_id, to_iso(at))


@storage_errors
def write_note(connection: sqlite3.Connection, reader: str, article_id: int, text: str, at: datetime) -> None:
    """Keep what *reader* says of an article in place of what was said before; "" takes it away."""
    with transaction(connection):
        _set(connection, "note", reader, article_id, text or None)
        _set(connection, "noted_at", reader, article_id, to_iso(at) if text else None)


@storage_errors
def add_tag(connection: sqlite3.Connection, reader: str, article_id: int, tag: str, at: datetime) -> None:
    """Give an article a tag, which all readers see; who gave it first stays."""
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO article_tags (article_id, tag, given_by, given_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (article_id, tag) DO NOTHING
            """,
            [article_id, tag, reader, to_iso(at)],
        )


@storage_errors
def remove_tag(connection: sqlite3.Connection, article_id: int, tag: str) -> bool:
    """Take a tag from an article; whether it had it."""
    with transaction(connection):
        return (
            connection.execute(
                "DELETE FROM article_tags WHERE article_id = ? AND tag = ?", [article_id, tag]
            ).rowcount
            > 0
        )


@storage_errors
def marks_of(connection: sqlite3.Connection, reader: str, article_id: int) -> ReaderMarks:
    """The marks of an article as *reader* sees them."""
    rows = connection.execute(
        """
        SELECT reader, read_at, starred_at, note, noted_at FROM reader_marks
        WHERE article_id = ? ORDER BY noted_at, reader
        """,
        [article_id],
    ).fetchall()
    own = next((row for row in rows if row["reader"] == reader), None)
    tags = connection.execute(
        "SELECT tag, given_by, given_at FROM article_tags WHERE article_id = ? ORDER BY tag", [article_id]
    )
    return ReaderMarks(
        read_at=own["read_at"] if own else None,
        starred_at=own["starred_at"] if own else None,
        notes=tuple(Note(row["reader"], row["note"], row["noted_at"]) for row in rows if row["note"]),
        tags=tuple(TagMark(row["tag"], row["given_by"], row["given_at"]) for row in tags),
    )


def _set(
    connection: sqlite3.Connection, column: str, reader: str, article_id: int, value: str | None
) -> None:
    with transaction(connection):
        connection.execute(
            f"""
            INSERT INTO reader_marks (reader, article_id, {column}) VALUES (?, ?, ?)
            ON CONFLICT (reader, article_id) DO UPDATE SET {column} = excluded.{column}
            """,
            [reader, article_id, value],
        )
