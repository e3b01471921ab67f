"""Statements of SQL stand in storage/ alone."""

import ast
import re

import pytest

from storage.schema.migrations import columns_of_tables
from tests.support.folders import ROOT

# As they are written here: in capitals, and with what follows the verb.
STATEMENT = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT (OR \w+ )?INTO|UPDATE \w+\s+SET|DELETE FROM|CREATE (TABLE|INDEX)|PRAGMA|VACUUM)\b",
    re.DOTALL,
)


# A calendar day, and no time.
UNITS = {"timedelta(days=1)", "timedelta(0)"}


def statements(path):
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value)
    ]


def executions(path):
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"execute", "executemany", "executescript"}
    ]


@pytest.mark.parametrize("floor", ["crawler", "scheduler"])
def test_sql_stands_in_storage_alone(floor):
    files = list((ROOT / floor).rglob("*.py"))

    assert [place for path in files for place in statements(path)] == []
    assert [place for path in files for place in executions(path)] == []


def test_a_statement_is_recognised():
    assert statements(ROOT / "storage" / "sources" / "sources.py") != []
    assert executions(ROOT / "storage" / "sources" / "sources.py") != []


def test_storage_measures_no_time_by_itself():
    """How long is long is decided in the rooms that know why, and reaches storage as an argument."""
    measured = []
    for path in (ROOT / "storage").rglob("*.py"):
        if {"datasette", "schema"} & set(path.parts):  # pages for people; what happened once
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("timedelta"):
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                said = ast.unparse(node)
                if any(isinstance(value, ast.Constant) for value in values) and said not in UNITS:
                    measured.append(f"{path.relative_to(ROOT)}:{node.lineno}: {said}")

    assert measured == []


WRITING = re.compile(r"\b(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|DELETE FROM|UPDATE(?: OR \w+)?)\s+(\w+)")
# The version of the analyser that an index entry was made with, a column of the index in the table that it is about.
OF_THE_INDEX = {
    ("article_texts", "storage/search/reindex.py"),
    ("revisions", "storage/search/changes.py"),
}


def written(path):
    """The tables that a file names in statements that write; not those whose names are put in (pruning, clock)."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {table for text in texts for table in WRITING.findall(text)} - {"SET", "temp", "new_"}


def test_one_file_writes_one_table():
    """Who looks for what may stand in a column finds it in one place."""
    tables = set(columns_of_tables()) | {"articles_fts", "revisions_fts"}
    writers: dict[str, list[str]] = {}
    for path in sorted((ROOT / "storage").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.startswith("storage/schema/"):
            continue
        for table in (written(path) & tables) - {table for table, file in OF_THE_INDEX if file == name}:
            writers.setdefault(table, []).append(name)

    assert {table: files for table, files in writers.items() if len(files) > 1} == {}
    assert sorted(tables - set(writers)) == []
