"""`seedwatch search`: how a query was read, what was found, and mistakes."""

from pathlib import Path

import pytest

from tests.support.command_line import run_here
from tests.support.shared import crawled_press


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return crawled_press(tmp_path_factory, "query")


def test_warnings_and_the_reading_stand_beside_the_finds(folder):
    done = run_here("search", "--json", "ferry tunnel", folder=folder)

    assert done.code == 0
    assert len(done.json) > 0
    assert "note: column 7: tunnel stands beside what is before it without an operator" in done.err
    assert "note: read as: ferry AND tunnel" in done.err
    assert run_here("search", "ferry AND tunnel", folder=folder).err == ""


def test_limit_bounds_the_finds(folder):
    assert len(run_here("search", "--json", "--limit", "2", "tunnel", folder=folder).json) == 2


def test_date_is_as_precise_as_it_was_stated(folder):
    hits = run_here("search", "--json", "--limit", "1000", "date:[* TO *]", folder=folder).json
    shown = run_here("search", "--limit", "1000", "date:[* TO *]", folder=folder).out

    by_day = [hit for hit in hits if hit["published_precision"] == "day"]
    assert by_day
    for hit in by_day:
        lines = shown[shown.index(hit["title"]) :].splitlines()
        assert lines[1].strip().startswith(f"{hit['published_at'][:10]} · ")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "할마르 AND (터널",
            "column 9: this parenthesis is never closed\n  할마르 AND (터널\n  \u3000\u3000\u3000     ^\n",
        ),
        ("auteur:x", 'column 1: there is no field "auteur:"; fields are title:, text:'),
        ("tunnel NEAR/0 ferry", "column 8: NEAR needs a distance of 1 to 1000 words"),
        ("NOT tunnel", "column 1: this part can only say what is not there"),
        ("*", "column 1: * stands only at the end of a word"),
        ("", "column 1: the query is empty"),
        (" OR ".join(f"w{number}" for number in range(10_000)), "the query has more than 1000 terms\n  … "),
        ("(" * 200 + "a" + ")" * 200, "column 51: the query is nested deeper than 50"),
    ],
    ids=["caret", "field", "distance", "NOT", "star", "empty", "10,000 terms", "200 parentheses"],
)
def test_mistake_ends_with_its_place(folder, query, message):
    done = run_here("search", query, folder=folder)

    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert len(done.err) < 700
