"""Statements of SQL stand in storage/ alone."""

import ast
import re

import pytest

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
        if "datasette" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("timedelta"):
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                said = ast.unparse(node)
                if any(isinstance(value, ast.Constant) for value in values) and said not in UNITS:
                    measured.append(f"{path.relative_to(ROOT)}:{node.lineno}: {said}")

    assert measured == []
