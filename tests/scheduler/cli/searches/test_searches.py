"""`seedwatch searches`: saved, shown once, followed as a topic, removed."""

import shutil

import pytest

from scheduler.config.load import load_config
from tests.support.command_line import run_here
from tests.support.shared import crawled_press


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    return crawled_press(tmp_path_factory, "searches")


@pytest.fixture
def folder(press, tmp_path):
    return shutil.copytree(press, tmp_path / "press")


def test_a_search_lives_from_its_name_to_its_end(folder):
    added = run_here("searches", "add", " Ferries   and tunnels ", "ferry", "OR tunnel", folder=folder)
    assert (added.code, "`seedwatch searches show 'Ferries and tunnels'`" in added.out) == (0, True)
    assert run_here("searches", "show", "Ferries and tunnels", folder=folder).out == (
        "nothing new; --all shows what was seen before\n"
    )

    listed = run_here("searches", "list", "--json", folder=folder).json
    assert [(one["name"], one["query"], one["new"], one["is_more"]) for one in listed] == [
        ("Ferries and tunnels", "ferry OR tunnel", 0, False)
    ]
    assert listed[0]["looked_at"] is not None
    everything = run_here(
        "searches", "show", "--all", "--json", "-n", "100", "Ferries and tunnels", folder=folder
    )
    assert len(everything.json) > 5
    assert "Ferries and tunnels" in run_here("searches", "list", folder=folder).out

    removed = run_here("searches", "remove", "Ferries and tunnels", folder=folder)
    assert removed.out == "removed Ferries and tunnels, which was for: ferry OR tunnel\n"
    assert "no search is saved yet" in run_here("searches", "list", folder=folder).out


def test_what_came_since_is_shown_once_and_only_if_all_of_it_is_shown(folder):
    run_here("searches", "add", "Tunnels", "tunnel", folder=folder)
    lines = folder / "late.jsonl"
    lines.write_text(
        "".join(
            f'{{"url": "http://late.example/{number}", "title": "A tunnel {number}", "published": "2026-09-1{number}",'
            f' "text": "{f"The tunnel of day {number} was dug further by all. " * 20}"}}\n'
            for number in range(3)
        )
    )
    assert run_here("import", lines, "--source", "late", folder=folder).code == 0

    assert run_here("searches", "list", "--json", folder=folder).json[0]["new"] == 3
    few = run_here("searches", "show", "-n", "2", "--json", "Tunnels", folder=folder)
    assert len(few.json) == 2
    assert "there are more than 2" in few.err
    kept = run_here("searches", "show", "--keep", "--json", "Tunnels", folder=folder)
    assert len(kept.json) == 3
    assert run_here("searches", "show", "Tunnels", folder=folder).out.count("A tunnel") == 3
    assert "nothing new" in run_here("searches", "show", "Tunnels", folder=folder).out


def test_a_search_becomes_a_topic(folder):
    run_here("searches", "add", "Ferries", 'title:ferry OR "ferry crew"', folder=folder)

    done = run_here("searches", "follow", "Ferries", folder=folder)

    assert done.code == 0
    topic = next(topic for topic in load_config(folder / "seedwatch.toml").topics if topic.name == "ferries")
    assert (topic.title, topic.any, topic.asides) == ("Ferries", 'title:ferry OR "ferry crew"', "match")
    assert "seedwatch rematch ferries" in done.out
    run_here("searches", "add", "渡轮", "渡轮", folder=folder)
    assert "added the topic search-2" in run_here("searches", "follow", "渡轮", folder=folder).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "Ferries", "(tunnel"), "this parenthesis is never closed"),
        (("add", "  ", "tunnel"), "'  ' is no name for a search: give 1 to 80 characters"),
        (("add", "x" * 81, "tunnel"), "is no name for a search"),
        (("add", "Long", "tunnel " * 400), "at most 2,000 characters, this one 2,799"),
        (("add", "Ferries", "tunnel"), "'Ferries' is saved already, for: ferry; --replace"),
        (("show", "Feries"), "there is no saved search 'Feries'; did you mean 'Ferries'?"),
        (("remove", "Other"), "there is no saved search 'Other'"),
    ],
    ids=["query", "empty name", "long name", "long query", "taken", "mistyped", "unknown"],
)
def test_mistake_is_told_and_nothing_is_written(folder, arguments, message):
    run_here("searches", "add", "Ferries", "ferry", folder=folder)

    done = run_here("searches", *arguments, folder=folder)

    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert [one["query"] for one in run_here("searches", "list", "--json", folder=folder).json] == ["ferry"]


def test_replace_takes_the_place_of_a_search(folder):
    run_here("searches", "add", "Ferries", "ferry", folder=folder)

    assert run_here("searches", "add", "--replace", "Ferries", "ferry OR boat", folder=folder).code == 0

    assert run_here("searches", "list", "--json", folder=folder).json[0]["query"] == "ferry OR boat"
