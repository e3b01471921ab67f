"""Searches that were given a name, and how far each reader has looked through what they find."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.db import from_iso, storage_errors, to_iso, transaction

# Who reads by the command line; readers of the pages have names, and none is empty.
COMMAND_LINE = ""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query under a name."""

    id: int
    name: str  # one line
    query: str  # as it was typed
    saved_by: str | None  # the account; None: by a command
    saved_at: datetime
    saved_behind: int  # the newest article when it was saved, by its row; what came later is new to all


@dataclass(frozen=True, slots=True)
class SearchLook:
    """How far a reader has looked through what a search finds."""

    seen_until: int  # the newest article that was there, by its row
    looked_at: datetime | None  # None: not yet


@storage_errors
def save(connection: sqlite3.Connection, name: str, query: str, now: datetime, *, by: str | None) -> bool:
    """Keep *query* under *name*, in place of the one before; whether there was none. What was seen stays seen."""
    with transaction(connection):
        is_new = named(connection, name) is None
        connection.execute(
            """
            INSERT INTO saved_searches (name, query, saved_by, saved_at, saved_behind)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE
            SET query = excluded.query, saved_by = excluded.saved_by, saved_at = excluded.saved_at
            """,
            [name, query, by, to_iso(now), newest_article(connection)],
        )
    return is_new


@storage_errors
def remove(connection: sqlite3.Connection, name: str) -> bool:
    """Forget the search of this name with all looks at it; whether there was one."""
    with transaction(connection):
        connection.execute(
            "DELETE FROM search_looks WHERE search_id IN (SELECT id FROM saved_searches WHERE name = ?)",
            [name],
        )
        return connection.execute("DELETE FROM saved_searches WHERE name = ?", [name]).rowcount > 0


@storage_errors
def all_saved(connection: sqlite3.Connection) -> tuple[SavedSearch, ...]:
    """The saved searches, by name."""
    rows = connection.execute("SELECT * FROM saved_searches ORDER BY name")
    return tuple(map(_search, rows))


@storage_errors
def named(connection: sqlite3.Connection, name: str) -> SavedSearch | None:
    """The search of this very name; None if there is none."""
    row = connection.execute("SELECT * FROM saved_searches WHERE name = ?", [name]).fetchone()
    return _search(row) if row else None


@storage_errors
def note_look(
    connection: sqlite3.Connection,
    search_id: int,
    reader: str,
    seen_until: int,
    at: datetime,
) -> None:
    """Write down that *reader* has looked, up to the article *seen_until*; nothing if the search is gone."""
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO search_looks (search_id, reader, seen_until, looked_at)
            SELECT id, ?, ?, ? FROM saved_searches WHERE id = ?
            ON CONFLICT (search_id, reader) DO UPDATE
            SET seen_until = max(seen_until, excluded.seen_until), looked_at = excluded.looked_at
            """,
            [reader, seen_until, to_iso(at), search_id],
        )


@storage_errors
def look_of(connection: sqlite3.Connection, search: SavedSearch, reader: str) -> SearchLook:
    """How far *reader* has looked; who has not yet begins where the search was saved."""
    row = connection.execute(
        "SELECT seen_until, looked_at FROM search_looks WHERE search_id = ? AND reader = ?",
        [search.id, reader],
    ).fetchone()
    if row is None:
        return SearchLook(search.saved_behind, None)
    return SearchLook(row["seen_until"], from_iso(row["looked_at"]))


@storage_errors
def newest_article(connection: sqlite3.Connection) -> int:
    """The article that came last, by its row; 0 if there is none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0])


def _search(row: sqlite3.Row) -> SavedSearch:
    return SavedSearch(
        id=row["id"],
        name=row["name"],
        query=row["query"],
        saved_by=row["saved_by"],
        saved_at=datetime.fromisoformat(row["saved_at"]),
        saved_behind=row["saved_behind"],
    )
