"""How the command line prints."""

import contextlib
import io
import json
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cli.output import cut_text, date_text, print_json, print_table, printable, time_text, width

AT = datetime(2026, 5, 4, 12, 34, 56, tzinfo=UTC)


def printed(function, *args, **options) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        function(*args, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("朝俄", 4), ("Корея", 5), ("e\u0301", 1), ("ｱ", 1), ("", 0)]
)
def test_width_counts_columns_of_the_terminal(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("朝俄关系", 8, "朝俄关系"),
        ("朝俄关系", 7, "朝俄关…"),
        ("朝俄", 3, "朝…"),
    ],
)
def test_text_is_cut_to_columns(text, columns, expected):
    assert cut_text(text, columns) == expected


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_cut_text_is_never_wider_than_asked_for(text, columns):
    assert width(cut_text(text, columns)) <= columns


@given(st.text())
def test_printable_text_cannot_steer_the_terminal(text):
    assert not set(printable(text)) & {"\x1b", "\r", "\x07", "\x9b", "\u202e"}


def test_table_lines_up_wide_characters_and_puts_numbers_to_the_right():
    lines = printed(print_table, ["name", "number"], [("朝俄", 5), ("Korea", 12)]).splitlines()

    assert lines == ["name   number", "朝俄        5", "Korea      12"]


def test_table_shows_what_comes_from_the_web_as_one_plain_line():
    out = printed(print_table, ["title"], [("a\x1b[31mb\nc",)])

    assert out == "title\na [31mb c\n"


def test_table_without_rows_is_its_heads():
    assert printed(print_table, ["a", "b"], []) == "a  b\n"


def test_cells_without_a_value_are_empty_and_shares_have_two_digits():
    assert (
        printed(print_table, ["a", "b", "c"], [(None, 0.5, AT)]).splitlines()[1]
        == "   0.50  2026-05-04 12:34"
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [(None, "never"), (AT, "2026-05-04 12:34"), ("2026-05-04T12:34:56+00:00", "2026-05-04 12:34")],
)
def test_time_is_shown_to_the_minute(at, expected):
    assert time_text(at) == expected


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        ("year", "2026"),
        ("month", "2026-05"),
        ("day", "2026-05-04"),
        ("minute", "2026-05-04 12:34"),
        (None, "2026-05-04 12:34"),
    ],
)
def test_date_is_shown_as_precisely_as_it_was_stated(precision, expected):
    assert date_text(AT, precision) == expected


def test_unknown_date_is_said_to_be_unknown():
    assert date_text(None, None) == "undated"


def test_json_keeps_other_scripts_and_writes_times_as_iso_8601():
    out = printed(print_json, {"title": "朝俄", "at": AT})

    assert "朝俄" in out
    assert json.loads(out) == {"title": "朝俄", "at": "2026-05-04T12:34:56+00:00"}


def test_json_refuses_what_has_no_form():
    with pytest.raises(TypeError, match="no JSON for object"):
        print_json(object())


def test_table_on_a_terminal_is_cut_to_its_columns(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "30")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)

    print_table(["id", "title"], [(1, "a headline that is much longer than the terminal")])

    line = terminal.getvalue().splitlines()[-1]
    assert line == " 1  a headline that is much l…"
    assert width(line) == 30
