"""What is asked of SQLite: each statement of a stretch of a test, and how SQLite would answer it on a large file."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any, Self

from storage.schema.migrations import migrations
from storage.schema.tables_library import Database
from tests.support.folders import DATA

# sqlite_stat1 of a database of 500,000 articles by benchmarks/large_database.py: table, index and figures.
_STATISTICS = DATA / "large_statistics.txt"
_WORDS = {"AS", "BY", "FROM", "IN", "JOIN", "SELECT", "ON"}
_SCAN = re.compile(r"SCAN (\w+)")


@contextmanager
def recorded() -> Iterator[dict[str, Any]]:
    """The statements that are executed within the block, in any thread, each with the values of its first call."""
    statements: dict[str, Any] = {}

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> Self:
            statements.setdefault(sql, parameters)
            return super().execute(sql, parameters)

    @cache
    def recording(kind: Any) -> Any:
        class Connection(kind):
            def cursor(self, factory: Any = Cursor) -> Any:
                return super().cursor(factory)

            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                statements.setdefault(sql, parameters)
                return super().execute(sql, parameters)

        return Connection

    def connect(*given: Any, **named: Any) -> Any:
        return plain(*given, **named | {"factory": recording(named.get("factory", sqlite3.Connection))})

    plain = sqlite3.connect
    sqlite3.connect = connect  # type: ignore[assignment]
    try:
        yield statements
    finally:
        sqlite3.connect = plain


@contextmanager
def large_planner() -> Iterator[sqlite3.Connection]:
    """An empty database of which SQLite believes that it holds 500,000 articles and all that goes with them."""
    with closing(sqlite3.connect(":memory:")) as connection:
        migrations.apply(Database(connection))
        connection.execute("ANALYZE")
        lines = _STATISTICS.read_text(encoding="utf-8").splitlines()
        connection.executemany(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, nullif(?, ''), ?)",
            [line.split("|") for line in lines],
        )
        connection.execute("ANALYZE sqlite_schema")  # which reads them
        yield connection


def scanned(planner: sqlite3.Connection, sql: str, parameters: Any) -> set[str]:
    """The tables all of whose rows *sql* may read, by an index or without; not what the full-text index finds."""
    plan = [row[3] for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    names = {found[1] for line in plan if (found := _SCAN.match(line)) and "VIRTUAL TABLE" not in line}
    return {_table(name, sql) for name in names}


def _table(name: str, sql: str) -> str:
    """The table that *sql* calls *name*."""
    called = re.search(rf"\b(\w+) (?:AS )?{name}\b", sql)
    return called[1] if called and called[1].upper() not in _WORDS else name
