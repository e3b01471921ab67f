"""The tables of docs/tables.md, from the comments of the schema; `python -m tests.support.table_docs` writes them anew.

Every migration is read in its order, so a column that a later one adds stands in its table, and a renamed one under
its last name: what sqlite says of a fresh database decides which columns there are, the comments what they mean.
"""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlite_utils

from storage.schema import migrations
from tests.support.folders import ROOT

PAGE = ROOT / "docs" / "tables.md"
_BLOCK = re.compile(r"(<!-- table: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_CREATE = re.compile(r"CREATE (?:VIRTUAL )?TABLE (\w+)")
_COLUMN = re.compile(r"^\s*(\w+)\b(.*?),?\s+-- (.+)$")
_ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+)\b.*?-- (.+)$")
_REFERENCE = re.compile(r"REFERENCES (\w+)\(")
_KEY_WORDS = {"CREATE", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT"}
# What needs no comment beside the SQL, or can have none there.
_SELF_EVIDENT = {"id": "number of the row"}
_INDEXED = {
    ("articles_fts", "title"): ("the headline's words, folded and stemmed; they cannot be read back", None),
    ("articles_fts", "text"): ("the same of the body", None),
    ("revisions_fts", "title"): ("the words that were put into or taken out of the headline, as above", None),
    ("revisions_fts", "text"): ("the same of the body", None),
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
    meanings = _meanings()
    return tuple(
        Column(name, kind or "TEXT", *meanings.get((table, name), (_SELF_EVIDENT.get(name, ""), None)))
        for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")
    )


def _meanings() -> dict[tuple[str, str], tuple[str, str | None]]:
    """Comment and referenced table of each column, from the text of the schema's files: tables first, then changes."""
    found: dict[tuple[str, str], tuple[str, str | None]] = dict(_INDEXED)
    table = ""
    own = Path(migrations.__file__)
    texts = [path.read_text("utf-8") for path in (*sorted(set(own.parent.glob("*.py")) - {own}), own)]
    for line in "\n".join(texts).splitlines():
        if created := _CREATE.search(line):
            table = created[1]
        elif added := _ADDED.search(line):
            found[added[1], added[2]] = added[3], _reference(line)
        elif (column := _COLUMN.match(line)) and column[1] not in _KEY_WORDS:
            found[table, column[1]] = column[3], _reference(line)
    return found


def _reference(line: str) -> str | None:
    reference = _REFERENCE.search(line)
    return reference[1] if reference else None


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
