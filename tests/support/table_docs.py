"""The tables of docs/tables.md, from the comments of the schema; `python -m tests.support.table_docs` writes them anew.

What SQLite says of a fresh database decides which columns there are, the comments of all migrations what they mean.
"""

import re
import sqlite3
from dataclasses import dataclass

import sqlite_utils

from storage.schema import migrations
from storage.schema.columns import ColumnMeaning
from tests.support.folders import ROOT

PAGE = ROOT / "docs" / "tables.md"
_BLOCK = re.compile(r"(<!-- table: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
# What needs no comment beside the SQL, or can have none there.
_SELF_EVIDENT = {"id": "number of the row"}
_INDEXED = {
    "articles_fts": {
        "title": ColumnMeaning("the headline's words, folded and stemmed; they cannot be read back", None),
        "text": ColumnMeaning("the same of the body", None),
    },
    "revisions_fts": {
        "title": ColumnMeaning("the words that were put into or taken out of the headline, as above", None),
        "text": ColumnMeaning("the same of the body", None),
    },
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the documentation names it."""

    name: str
    type: str
    meaning: str  # "" if the schema has no comment on it
    refers_to: str | None  # table whose id it holds


def tables() -> dict[str, tuple[Column, ...]]:
    """Each table of a fresh database with its columns, in the order of the schema; FTS5's shadow tables left out."""
    database = sqlite_utils.Database(memory=True)
    try:
        migrations.migrations.apply(database)
        names = [
            row[0]
            for row in database.conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
                "AND name NOT LIKE '%_fts_%' AND name NOT LIKE '_sqlite%' ORDER BY rowid"
            )
        ]
        return {name: _columns(database.conn, name) for name in names}
    finally:
        database.conn.close()


def with_tables(page: str) -> str:
    """*page* with every block between the markers as the schema says it now."""
    known = tables()
    return _BLOCK.sub(lambda block: f"{block[1]}{_markdown(known[block['name']])}{block[3]}", page)


def documented(page: str) -> list[str]:
    """The tables that *page* has a block for, in its order."""
    return [block["name"] for block in _BLOCK.finditer(page)]


def _columns(connection: sqlite3.Connection, table: str) -> tuple[Column, ...]:
    meanings = migrations.columns_of_tables().get(table, _INDEXED.get(table, {}))
    return tuple(
        Column(
            name,
            kind or "TEXT",
            meanings[name].comment or _SELF_EVIDENT.get(name, ""),
            meanings[name].refers_to,
        )
        for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")
    )


def _markdown(columns: tuple[Column, ...]) -> str:
    lines = ["| column | type | meaning |", "|---|---|---|"]
    for column in columns:
        link = f" ([{column.refers_to}](#{column.refers_to}))" if column.refers_to else ""
        lines.append(
            f"| `{column.name}` | {column.type} | {column.meaning.replace('|', chr(92) + '|')}{link} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
