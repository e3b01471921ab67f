"""Queries written in full."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.query import format_query, parse_query


def without_columns(node: Any) -> Any:
    """The tree as nested tuples, columns left out."""
    if is_dataclass(node):
        kept = [getattr(node, field.name) for field in fields(node) if field.name != "column"]
        return type(node).__name__, *map(without_columns, kept)
    return tuple(map(without_columns, node)) if isinstance(node, tuple) else node


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a b", "a AND b"),
        ("a NOT b", "a AND NOT b"),
        ("a OR b c", "a OR b AND c"),
        ("(a OR b) c", "(a OR b) AND c"),
        ("((a))", "a"),
        ("NOT NOT a", "a"),
        ("a NEAR/2 (b NEAR/3 c)", "a NEAR/2 (b NEAR/3 c)"),
        ("a NEAR/2 b ONEAR/3 c", "a NEAR/2 b ONEAR/3 c"),
        ("title:(a OR b)", "title:a OR title:b"),
        ('"AND" "and so"', '"AND" AND "and so"'),
        ('Russ* "North Kor*"', 'Russ* AND "North Kor"*'),
        ("Ulan-Ude", '"Ulan-Ude"'),
        ('text:"a b"~3', 'text:"a b"~3'),
        ("lang:KO date:[2026 TO *]", "lang:ko AND date:[2026 TO *]"),
        ("domain:tass.ru", 'domain:"tass.ru"'),
    ],
)
def test_query_is_written_with_all_its_operators(query: str, expected: str) -> None:
    assert format_query(parse_query(query)) == expected


leaves = st.sampled_from(
    [
        "a",
        '"a b"',
        "Russ*",
        '"a Kor*"',
        "북한",
        "朝俄",
        "title:a",
        "section:(a OR b)",
        "lang:ko",
        "source:a-b*",
        "date:2026-09",
        "date:[2026 TO *]",
        '"a b"~3',
        'text:"a bb*"~2',
        "O’Neil",
        '"NOT"',
        "a.b",
    ]
)
near_operands = st.sampled_from(["a", '"a b"', "Russ*", "(a OR b)", '"a b"~3', "title:a"])
nears = st.recursive(
    near_operands,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["NEAR/3", "ONEAR/2"]), inner),
    max_leaves=4,
)
queries = st.recursive(
    st.one_of(leaves, nears),
    lambda inner: st.builds(
        "({} {} {})".format, inner, st.sampled_from(["AND", "OR", "", "NOT", "AND NOT NOT"]), inner
    ),
    max_leaves=8,
)


@given(queries)
def test_query_that_is_written_and_read_again_is_the_same(query: str) -> None:
    read = parse_query(query)
    written = format_query(read)
    again = parse_query(written)

    assert without_columns(again.root) == without_columns(read.root)
    assert format_query(again) == written
    assert [warning for warning in again.warnings if "operator" in warning] == []
