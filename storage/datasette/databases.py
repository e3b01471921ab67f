"""Which databases are ours, and who may see them.

Someone may have this plugin beside other databases: nothing of it may show there.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Forbidden, NotFound

from storage.datasette.addresses import DatabasePages
from storage.datasette.tables.catalogue import TABLES
from storage.db import StepBack

Reading = Callable[[sqlite3.Connection], Any]

# Tables with more rows are not counted in the list of tables: from a cold disk that takes 100 ms for each million.
MANY = 600_000


def holds_our_tables(connection: sqlite3.Connection) -> bool:
    """Whether the database of *connection* was made by the migrations of storage/schema/migrations.py."""
    try:
        tables = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name IN ('_sqlite_migrations', 'articles_fts', 'matches')"
        ).fetchone()[0]
        if tables < 3:
            return False
        mine = connection.execute(
            "SELECT 1 FROM _sqlite_migrations WHERE migration_set = 'seedwatch' LIMIT 1"
        )
        return mine.fetchone() is not None
    except sqlite3.Error:  # no database, or one that cannot be read: then it is not for us to show
        return False


def is_ours(database: Any) -> bool:
    """Whether a Datasette *database* is a file of ours."""
    if not database.path or database.is_memory:
        return False
    try:
        stat = Path(database.path).stat()
    except OSError:
        return False
    return _file_is_ours(str(database.path), (stat.st_ino, stat.st_size, stat.st_mtime_ns))


def our_databases(datasette: Any) -> list[Any]:
    """The databases that are ours, in the order in which they were given to Datasette."""
    return [database for database in datasette.databases.values() if is_ours(database)]


def is_alone(datasette: Any) -> bool:
    """Whether all files that *datasette* serves are ours, so that its front page may speak of us."""
    files = [database for database in datasette.databases.values() if database.path]
    return bool(files) and all(is_ours(database) for database in files)


def place_of(datasette: Any, database: Any) -> DatabasePages:
    """The addresses for *database*."""
    first = our_databases(datasette)[:1]
    query = "" if first == [database] else f"?{urlencode({'db': database.name})}"
    return DatabasePages(datasette.urls, database.name, query)


def asked_database(datasette: Any, request: Any) -> Any:
    """The database of ours that *request* names by ?db=, or the first.

    Raises:
        NotFound: there is none, or none of that name.
    """
    name = request.args.get("db")
    for database in our_databases(datasette):
        if name in (None, database.name):
            return database
    raise NotFound("No such database of seedwatch is served here")


async def read_behind_log(
    execute: Callable[[Reading], Awaitable[Any]], step_back: StepBack, read: Reading
) -> Any:
    """What *execute* returns of *read*, in place of Datasette's own; where the log has grown, a moment later."""

    def read_later(connection: sqlite3.Connection) -> Any:
        step_back.before_reading()
        return read(connection)

    return await execute(read_later)


async def counts_of_tables(database: Any, limit: int = 10) -> dict[str, int | None]:
    """The rows of each table of *database*, in place of Datasette's own count; None: not counted, "many rows".

    SQLite does not look at the time limit, *limit* milliseconds, while it counts: 12 million anchors took a second,
    6 from a cold disk. What only the program needs is not counted, nor what has more rows than MANY.
    """
    counts: dict[str, int | None] = {}
    for table in await database.table_names():
        counts[table] = None
        if table in TABLES and not TABLES[table].hidden and await _last_row(database, table) <= MANY:
            with suppress(QueryInterrupted, sqlite3.Error):
                counted = await database.execute(f"SELECT count(*) FROM [{table}]", custom_time_limit=limit)
                counts[table] = counted.rows[0][0]
    return counts


async def _last_row(database: Any, table: str) -> int:
    """The highest row number of *table*; 0 if it has none."""
    try:
        highest = await database.execute(f"SELECT max(rowid) FROM [{table}]", log_sql_errors=False)
        return highest.rows[0][0] or 0
    except sqlite3.Error:  # a table without row numbers
        return 0


async def demand_view(datasette: Any, request: Any, database: Any, tables: Iterable[str]) -> None:
    """Nothing, if the reader may see *database* and each of *tables*.

    Raises:
        Forbidden: Datasette's permissions say no.
    """
    if not await may_view(datasette, request.actor, database, tables):
        raise Forbidden("You do not have permission to view this page")


async def may_view(datasette: Any, actor: Any, database: Any, tables: Iterable[str]) -> bool:
    """Whether *actor* may see *database* and each of *tables*, by the rules that Datasette's own table page asks."""
    above = [("view-database", database.name), "view-instance"]
    asked = [[("view-table", (database.name, table)), *above] for table in tables]
    for permissions in asked or [above]:
        visible, _ = await datasette.check_visibility(actor, permissions=permissions)
        if not visible:
            return False
    return True


@lru_cache(maxsize=64)
def _file_is_ours(path: str, _stamp: tuple[int, int, int]) -> bool:
    """The answer for the file as its stamp shows it: it is asked for each table and cell of a page."""
    try:
        connection = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return False
    try:
        return holds_our_tables(connection)
    finally:
        connection.close()
