"""The caret below a query."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import ParseError, caret_lines


@pytest.mark.parametrize(
    ("query", "column", "expected"),
    [
        ("a AND (", 7, "  a AND (\n        ^"),
        ("", 1, "  \n  ^"),
        ("a OR", 5, "  a OR\n      ^"),
        ("북한 (x", 4, "  북한 (x\n  \u3000\u3000 ^"),
        ("a\nOR\t(", 6, "  a OR (\n       ^"),
        ("a\u202e (", 4, "  a\ufffd (\n     ^"),
        ("Росси\u0301я (", 9, "  Росси\u0301я (\n         ^"),
    ],
    ids=["plain", "empty", "behind the end", "wide", "line ends", "direction mark", "stress mark"],
)
def test_caret_stands_under_its_column(query: str, column: int, expected: str) -> None:
    assert caret_lines(query, column) == expected


def test_long_query_is_shown_around_the_place() -> None:
    shown, caret = caret_lines("a OR " * 200 + "(" + " OR b" * 200, 1_001).split("\n")

    assert shown.startswith("  … ")
    assert shown.endswith(" …")
    assert shown[caret.index("^")] == "("
    assert len(shown) < 140


@given(st.text(max_size=300), st.data())
def test_any_query_gives_two_lines(query: str, data: st.DataObject) -> None:
    column = data.draw(st.integers(1, len(query) + 1))

    shown, caret = caret_lines(query, column).split("\n")

    assert caret.endswith("^")
    assert len(shown) < 140


def test_a_parse_error_crosses_from_process_to_process_with_its_reason():
    error = pickle.loads(pickle.dumps(ParseError("html", "the address gives a page")))

    assert (type(error), error.reason, str(error)) == (ParseError, "html", "the address gives a page")
