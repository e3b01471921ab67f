"""The schema as a page: each table, what its columns mean, and to which table a column leads."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import Response

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.rendering import page
from storage.datasette.tables.catalogue import TABLES, column_descriptions
from storage.schema.migrations import columns_of_tables

# A search index of FTS5 keeps itself in tables of its own.
_SHADOW = re.compile(r"_fts_(data|idx|content|docsize|config)$")


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column."""

    name: str
    type: str
    is_key: bool
    meaning: str
    refers_to: str  # table whose row it names; "" for none


@dataclass(frozen=True, slots=True)
class TableLines:
    """A table."""

    name: str
    title: str
    description: str
    is_machine: bool  # only the program needs it
    columns: tuple[ColumnLine, ...]
    indexes: tuple[str, ...]  # the columns of each, as SQL has them


async def schema(datasette: Any, request: Any) -> Response:
    """All tables, those first that people read, with their columns."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, ())
    tables = await database.execute_fn(_tables)
    return await page(
        datasette,
        request,
        database,
        "seedwatch_schema.html",
        tables=[table for table in tables if not table.is_machine],
        machine=[table for table in tables if table.is_machine],
    )


def _tables(connection: sqlite3.Connection) -> list[TableLines]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    names = [row[0] for row in rows if not row[0].startswith("sqlite_") and not _SHADOW.search(row[0])]
    order = {name: place for place, name in enumerate(TABLES)}
    return [_table(connection, name) for name in sorted(names, key=lambda name: order.get(name, len(order)))]


def _table(connection: sqlite3.Connection, name: str) -> TableLines:
    known = TABLES.get(name)
    meanings = columns_of_tables().get(name, {})
    described = column_descriptions(meanings)
    return TableLines(
        name=name,
        title=known.title if known else name,
        description=known.description if known else "",
        is_machine=known is None or known.hidden,
        columns=tuple(
            ColumnLine(
                name=row[1],
                type=row[2],
                is_key=row[5] > 0,
                meaning=described.get(row[1], ""),
                refers_to=(meanings[row[1]].refers_to or "") if row[1] in meanings else "",
            )
            for row in connection.execute(f"PRAGMA table_info([{name}])")
        ),
        indexes=tuple(_indexes(connection, name)),
    )


def _indexes(connection: sqlite3.Connection, name: str) -> list[str]:
    """What is asked for by an index, as in `CREATE INDEX`; keys and UNIQUE, which SQLite names itself, by columns."""
    found = []
    for row in connection.execute(f"PRAGMA index_list([{name}])").fetchall():
        sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [row[1]]).fetchone()
        if sql is not None and sql[0]:
            found.append(sql[0].partition(f" ON {name}")[2].strip())
        else:
            columns = [str(part[2]) for part in connection.execute(f"PRAGMA index_info([{row[1]}])")]
            found.append(f"({', '.join(columns)}) UNIQUE")
    return found
