"""One figure, one word: pages, their data, commands, metrics and agents say the same of the same database."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from storage import db
from storage.articles.evidence_text import happening_words
from storage.health import figures
from storage.health.source_health import source_health
from storage.records.health import ServiceFigures
from tests.support.command_line import run_here
from tests.support.datasette_data import fill
from tests.support.datasette_serving import opened, rows, tree, words
from tests.support.shared import crawled_press

TOPIC = "strait-link"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return crawled_press(tmp_path_factory, "surfaces")


@pytest.fixture(scope="module")
def press(folder) -> Iterator[Any]:
    with opened(folder / "demo.db") as datasette:
        yield datasette


@pytest.fixture(scope="module")
def ailing(tmp_path_factory) -> Iterator[Any]:
    """A database of which some sources fail, and some articles were edited, removed and put back."""
    with opened(fill(tmp_path_factory.mktemp("ailing") / "watch.db")) as datasette:
        yield datasette


def asked(folder: Path, *command: str) -> Any:
    return run_here(*command, "--json", folder=folder).json


def standing(folder: Path) -> ServiceFigures:
    """What the metrics say."""
    with closing(db.connect(folder / "demo.db", readonly=True)) as connection:
        return figures.standing(connection, clock.now(), DUE_RULES)


def test_matches_and_what_waits_are_counted_alike(folder, press):
    start = rows(press, "/-/seedwatch.json")["cards"][0]
    page = rows(press, f"/-/topic/{TOPIC}.json?days=365")
    queue = rows(press, f"/-/topic/{TOPIC}.json?band=review")
    (listed,) = asked(folder, "topics", "list")
    shown, status = asked(folder, "topics", "show"), asked(folder, "status")
    metrics = standing(folder).matches

    waiting = {
        start["review"], page["review"], queue["listed"]["total"], len(queue["entries"]), listed["review"],
        shown["review"], metrics[TOPIC, "review"], len(asked(folder, "topics", "review")),
        sum(one["review"] for one in page["hears"]),
    }  # fmt: skip
    matching = {
        listed["matches"], shown["matches"], status["topics"][TOPIC], metrics[TOPIC, "match"],
        page["chart"]["total"], sum(one["found"] for one in page["outlets"]),
        rows(press, f"/-/topic/{TOPIC}.json?copies=all")["listed"]["total"],
    }  # fmt: skip
    assert waiting == {listed["review"]} != {0}
    assert matching == {listed["matches"]}
    assert listed["matches"] > page["listed"]["total"] > 0, "copies are folded"


@pytest.mark.parametrize("days", [30, 90])
def test_matches_of_some_days_are_counted_alike(press, days):
    page = rows(press, f"/-/topic/{TOPIC}.json?days={days}")
    coverage = rows(press, f"/-/coverage/{TOPIC}.json?days={days}")
    start = rows(press, "/-/seedwatch.json")["cards"][0]

    counted = {
        page["chart"]["total"],
        sum(count for _, _, count in page["timeline"]["groups"]),
        *(sum(line["count"] for line in lines) for lines in coverage["shares"].values()),
        sum(one["matches"] for one in page["hears"]),
    }
    assert counted == {start["month"] if days == 30 else page["chart"]["total"]}


def test_articles_are_counted_alike(folder, press):
    held = rows(press, "/demo.json?sql=select+count(*)+as+n+from+articles&_shape=array")[0]["n"]
    by_source = {one["name"]: one["articles"] for one in rows(press, "/-/sources.json")["lines"]}
    by_command = {one["source"]: one["articles"] for one in asked(folder, "status")["sources"]}

    assert standing(folder).articles == held
    assert by_source == by_command
    for name, number in by_source.items():
        shown = words(tree(press, f"/-/source/{name}"))
        assert re.search(r"articles (\d+)", shown)[1] == str(number), name


def test_a_story_is_told_alike(folder, press):
    first = next(
        line["article_id"] for line in rows(press, "/-/search.json?q=title:coin")["finds"] if line["carried"]
    )
    line = next(
        one for one in rows(press, "/-/search.json?q=title:coin")["finds"] if one["article_id"] == first
    )
    page = rows(press, f"/-/story/{first}.json")["story"]
    command = asked(folder, "story", str(first))["told_by"]
    printed = " ".join(run_here("story", str(first), folder=folder).out.split())
    table = rows(press, f"/demo/who_carried.json?article={first}&_shape=array")

    told = [teller["article_id"] for teller in command]
    assert [one["article_id"] for one in page["tellings"]] == told
    assert len(told) == line["carried"] + 1 == len(table)
    assert f"told {len(told)} times" in words(tree(press, f"/-/read/{first}"))
    assert f"told by {len(told)} articles" in printed
    lags = [one["what"].rpartition(", ")[2] for one in page["tellings"] if not one["is_head"]]
    assert lags
    assert all(lag in printed for lag in lags), (lags, printed)


def test_health_of_sources_is_one_judgement(folder, press, ailing):
    for datasette in (press, ailing):
        database = next(iter(datasette.databases.values()))
        if database.is_memory:
            database = list(datasette.databases.values())[1]
        with closing(db.connect(Path(database.path), readonly=True)) as connection:
            judged = {line.source: str(line.state) for line in source_health(connection)}
            troubled = {line.source for line in source_health(connection) if line.has_problem}
        page = rows(datasette, "/-/sources.json")
        start = rows(datasette, "/-/seedwatch.json")["trouble"]

        assert {one["name"]: one["state"] for one in page["lines"]} == judged
        assert page["counts"] == Counter(judged.values())
        assert start["sources"] == len(troubled)
        assert {one["name"] for one in start["worst"]} <= troubled
        for name, state in judged.items():
            assert f" {state} " in words(tree(datasette, f"/-/source/{name}")), name
    assert {one["source"]: one["state"] for one in asked(folder, "status")["sources"]} == {
        one["name"]: one["state"] for one in rows(press, "/-/sources.json")["lines"]
    }


def test_what_became_of_an_article_is_called_alike(ailing):
    changes = rows(ailing, "/-/changes.json")["changes"]
    events = [one for one in changes if one["event"] != "edited"]

    assert {one["event"] for one in events} >= {"deleted"}
    for one in events:
        said = happening_words(one["event"])
        for path in ("/-/changes", f"/-/read/{one['article_id']}", f"/-/story/{one['article_id']}"):
            assert said in words(tree(ailing, path)), (path, said)


def test_a_saved_search_has_one_number_of_new(folder, press):
    run_here("searches", "add", "Ferry crews", "ferry", folder=folder)
    with closing(db.connect(folder / "demo.db")) as connection:
        connection.execute("UPDATE saved_searches SET saved_behind = 0")
        connection.commit()

    (by_command,) = asked(folder, "searches", "list")
    on_start = rows(press, "/-/seedwatch.json")["saved"][0]
    on_search = rows(press, "/-/search.json")["saved"][0]
    shown = asked(folder, "searches", "show", "Ferry crews", "--keep", "-n", "100")

    assert by_command["new"] == on_start["new"] == on_search["new"] == len(shown) > 0
