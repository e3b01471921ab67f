"""Files of the days before the release of 0.1.0, when `first` was still edited: completed, or refused by name."""

import re
import sqlite3
from collections.abc import Iterable

# What every article has a row in, from the moment it is stored: these cannot be added to a file that holds articles.
_FILLED_WITH_ARTICLES = {"anchors", "watches"}
# What a table may lose, since the next command writes it again from the settings.
_IN_SETTINGS = {("feeds", "every_s")}  # stands in sources


class IncompleteError(Exception):
    """A file cannot be completed; its text names the tables that stand against it."""


def complete(ours: sqlite3.Connection, statements: Iterable[str]) -> None:
    """Make the tables of *ours* those of *statements*, with all rows and ids; nothing is done if they are.

    A table that lacks nothing but columns with a default is copied into its full form, an empty one is made anew.
    References are not checked meanwhile: the connection has foreign keys switched off.

    Raises:
        IncompleteError: rows would be lost, or cannot be given what they lack.
    """
    wanted = sqlite3.connect(":memory:")
    try:
        for statement in statements:
            wanted.execute(statement)
        different = [table for table in _tables(wanted) if _shape(ours, table) != _shape(wanted, table)]
        if refused := [table for table in different if not _can_be_completed(ours, wanted, table)]:
            raise IncompleteError(", ".join(refused))
        for table in different:
            _rebuild(ours, wanted, table)
        _add_indexes(ours, wanted)
    finally:
        wanted.close()


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Ours, in the order of the schema, and the virtual ones; not those in which FTS5 keeps its index."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*_fts_*' ORDER BY rowid"
    )
    return [name for (name,) in map(tuple, rows)]


def _shape(connection: sqlite3.Connection, table: str) -> tuple[frozenset[object], ...]:
    """Columns (name, type, NOT NULL, default, place in the key) and references of *table*; none if it is missing."""
    columns = connection.execute(f"PRAGMA table_info({table})")
    references = connection.execute(f"PRAGMA foreign_key_list({table})")
    return (
        frozenset(tuple(column)[1:] for column in columns),
        frozenset((name, start, end) for _, _, name, start, end, *_ in map(tuple, references)),
    )


def _can_be_completed(ours: sqlite3.Connection, wanted: sqlite3.Connection, table: str) -> bool:
    if table not in _tables(ours):
        return table not in _FILLED_WITH_ARTICLES or _is_empty(ours, "articles")
    if _is_empty(ours, table):
        return True
    present = set(_columns(ours, table))
    lost = present - set(_columns(wanted, table))
    bare = {
        name
        for _, name, _, not_null, default, key in map(tuple, wanted.execute(f"PRAGMA table_info({table})"))
        if name not in present and not_null and default is None and not key
    }
    return not bare and all((table, column) in _IN_SETTINGS for column in lost)


def _is_empty(connection: sqlite3.Connection, table: str) -> bool:
    return not connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [tuple(column)[1] for column in connection.execute(f"PRAGMA table_info({table})")]


def _rebuild(ours: sqlite3.Connection, wanted: sqlite3.Connection, table: str) -> None:
    (definition,) = wanted.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    if table not in _tables(ours):
        ours.execute(definition)
        return
    kept = ", ".join(column for column in _columns(wanted, table) if column in _columns(ours, table))
    ours.execute(re.sub(rf"\b{table}\b", f"new_{table}", definition, count=1))
    ours.execute(f"INSERT INTO new_{table} ({kept}) SELECT {kept} FROM {table} ORDER BY 1")
    ours.execute(f"DROP TABLE {table}")
    ours.execute(f"ALTER TABLE new_{table} RENAME TO {table}")


def _add_indexes(ours: sqlite3.Connection, wanted: sqlite3.Connection) -> None:
    """Those that are missing, or are on something else; SQLite makes those of UNIQUE itself."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    present = dict(map(tuple, ours.execute(query)))
    for name, sql in map(tuple, wanted.execute(query)):
        if present.get(name) != sql:
            ours.execute(f"DROP INDEX IF EXISTS {name}")
            ours.execute(sql)
