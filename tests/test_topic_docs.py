"""The page of topics: it names each command and word, and its examples look as the program prints them."""

import re

import pytest

from scheduler.cli.topics.group import topics
from scheduler.files.feedback_files import COLUMNS
from tests.scheduler.cli.topics.test_topics import SETTINGS, folder, number_of, pristine
from tests.support.command_line import run_here
from tests.support.folders import ROOT

__all__ = ["folder", "pristine"]  # fixtures

PAGE = (ROOT / "docs" / "topics.md").read_text("utf-8")
CONSOLE = "".join(re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def printed(command: str) -> str:
    """What the page shows under a command, up to the next."""
    return CONSOLE.split(f"$ seedwatch {command}\n")[1].split("$ seedwatch")[0]


def shape(line: str) -> str:
    """A line without what differs from database to database: numbers and names."""
    return re.sub(r"\s+", " ", re.sub(r"[\d.]+", "0", line)).strip()


@pytest.mark.parametrize("command", [name for name in topics.list_commands(None) if name != "add"])  # type: ignore[arg-type]
def test_each_command_of_topics_is_in_the_page(command):
    assert f"seedwatch topics {command}" in PAGE


@pytest.mark.parametrize("column", COLUMNS)
def test_each_column_of_the_verdicts_is_in_the_page(column):
    assert f"`{column}`" in PAGE


def test_tables_in_the_page_have_the_heads_that_are_printed(folder):
    (folder / "seedwatch.toml").write_text(SETTINGS.replace('["seeds"]', '["seeds"]\ndial = "strict"'))
    done = run_here("rematch", "strait", folder=folder).out
    listed = run_here("topics", "list", folder=folder).out
    reviewed = run_here("topics", "review", "strait", folder=folder).out

    for shown, really in (
        (printed("rematch strait-link"), done),
        (printed("topics list"), listed),
        (printed("topics review strait-link"), reviewed),
    ):
        assert shape(shown.splitlines()[0]) == shape(really.splitlines()[0])


def test_lines_of_the_example_are_those_that_are_printed(folder):
    one, two = number_of(folder, 5), number_of(folder, 50)
    marked = run_here("topics", "mark", two, "no", folder=folder)
    promoted = run_here("topics", "promote", one, folder=folder)
    explained = run_here("topics", "explain", two, folder=folder)
    tried = run_here("topics", "test", folder=folder)

    assert "learns from all that was marked; `seedwatch rematch" in printed("topics mark 8 14 no")
    assert "learns from all that was marked; `seedwatch rematch" in marked.err
    assert "judges what is held by the seeds as they are" in printed("topics promote 9 10")
    assert "judges what is held by the seeds as they are" in promoted.err
    for line in ("marked no on", "  it lacks: "):
        assert line in printed("topics explain 8")
        assert line in explained.out
    for line in ("just above the threshold:", "just below:", "more would be left to review", "by source: "):
        assert line in printed("topics test strait-link")
        assert line in tried.out
