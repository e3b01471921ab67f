"""What each column means, from the comments in the statements of the schema. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CREATED = re.compile(r"\s*CREATE TABLE (\w+)")
_ADDED = re.compile(r"\s*ALTER TABLE (\w+) ADD COLUMN (.+)", re.DOTALL)
_RENAMED = re.compile(r"\s*ALTER TABLE (\w+) RENAME TO (\w+)")
_RENAMED_COLUMN = re.compile(r"\s*ALTER TABLE (\w+) RENAME COLUMN (\w+) TO (\w+)")
_COLUMN = re.compile(r"^\s*(\w+) (?:TEXT|INTEGER|REAL|BLOB)\b(.*?)(?:--\s*(.*))?$", re.MULTILINE)
_REFERENCE = re.compile(r"REFERENCES (\w+)")


@dataclass(frozen=True, slots=True)
class ColumnMeaning:
    """What the schema says of one column."""

    comment: str  # "" without one
    refers_to: str | None  # table whose id it holds; None: no table's


def column_meanings(statements: Iterable[str]) -> dict[str, dict[str, ColumnMeaning]]:
    """Each table with its columns as *statements* make and alter them; tables in order of making, columns as in it.

    The comment of a column stands behind it, in CREATE TABLE and in ALTER TABLE ... ADD COLUMN alike. Dropped ones
    stay, since nobody asks for them; virtual tables are left out.
    """
    tables: dict[str, dict[str, ColumnMeaning]] = {}
    for statement in statements:
        if created := _CREATED.match(statement):
            tables[created[1]] = _columns(statement)
        elif added := _ADDED.match(statement):
            tables[added[1]] |= _columns(added[2])
        elif renamed := _RENAMED.match(statement):
            tables[renamed[2]] = tables.pop(renamed[1])
        elif renamed := _RENAMED_COLUMN.match(statement):
            columns = tables[renamed[1]].items()
            tables[renamed[1]] = {
                renamed[3] if name == renamed[2] else name: meaning for name, meaning in columns
            }
    return tables


def _columns(definition: str) -> dict[str, ColumnMeaning]:
    columns: dict[str, ColumnMeaning] = {}
    for name, rest, comment in _COLUMN.findall(definition):
        reference = _REFERENCE.search(rest)
        columns[name] = ColumnMeaning(comment.strip(), reference[1] if reference else None)
    return columns
