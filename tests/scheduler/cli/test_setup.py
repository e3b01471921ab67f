"""The command line as a whole, and the commands for setting up and keeping house."""

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pytest

from scheduler.cli.main import _COMMANDS
from storage import db
from tests.support.command_line import environment, run_child, run_here
from tests.support.folders import ROOT
from tests.support.shared import crawled_press

# What takes long to load, and only some commands need.
SLOW = {
    "scrapy",
    "twisted",
    "lxml",
    "numpy",
    "datasette",
    "trafilatura",
    "apscheduler",
    "sqlite_utils",
    "feedparser",
}
SOURCE = '[[source]]\nname = "herald"\nfeeds = ["http://herald.example/feed"]\n'


def settings(folder: Path, text: str = "") -> Path:
    path = folder / "seedwatch.toml"
    path.write_text(f'database = "test.db"\n{text}')
    return path


def loaded_by(*arguments: str, folder: Path) -> set[str]:
    """The packages that a command loads in its own process."""
    code = (
        "import sys\n"
        "from scheduler.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stderr.splitlines()[-1].split())


# The command line as a whole


def test_version_is_printed():
    done = run_child("--version", folder=Path())

    assert (done.code, done.out) == (0, f"seedwatch, version {metadata.version('seedwatch')}\n")


def test_the_version_is_written_in_pyproject_alone():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    code = [
        path
        for floor in ("storage", "crawler", "scheduler", "seedwatch")
        for path in (ROOT / floor).rglob("*.py")
    ]

    assert [str(path) for path in code if f'"{version}"' in path.read_text()] == []


def test_help_names_every_command():
    done = run_here("--help", folder=Path())

    assert done.code == 0
    assert all(f"  {name} " in done.out for name, *_ in _COMMANDS)


@pytest.mark.parametrize("command", [name for name, *_ in _COMMANDS])
def test_each_command_has_help(command, tmp_path):
    done = run_here(command, "--help", folder=tmp_path)

    assert done.code == 0
    assert done.out.startswith("Usage: ")
    assert list(tmp_path.iterdir()) == []


def test_help_loads_nothing_that_is_slow(tmp_path):
    assert loaded_by("--help", folder=tmp_path) & SLOW == set()


def test_parent_of_a_crawl_loads_nothing_that_reads_pages(tmp_path):
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "one.txt").write_text("A storm\n\n" + "The storm has torn two cranes from their rails. " * 5)
    settings(tmp_path, '[[topic]]\nname = "storms"\nseeds = ["seeds"]\n')
    run_here("check", folder=tmp_path)

    loaded = loaded_by("crawl", folder=tmp_path)

    assert (
        loaded & {"scrapy", "twisted", "trafilatura", "lxml", "feedparser", "apscheduler", "datasette"}
        == set()
    )
    assert "sqlite_utils" in loaded


@pytest.mark.parametrize(
    "arguments", [["nosuch"], ["crawl", "--nosuch"], ["search"], ["topics", "nosuch"]], ids=" ".join
)
def test_wrong_usage_is_code_2_and_a_hint(arguments, tmp_path):
    done = run_here(*arguments, folder=tmp_path)

    assert done.code == 2
    assert "Usage: " in done.err or "No such command" in done.err


@pytest.mark.parametrize(
    "command",
    ["check", "crawl", "run", "status", "doctor", "serve", "reindex", "sources list", "topics list"],
)
def test_command_without_settings_says_how_to_get_some(command, tmp_path):
    done = run_here(*command.split(), folder=tmp_path)

    assert done.code == 2
    assert done.err.startswith("seedwatch: no such file: seedwatch.toml. `seedwatch init` writes one")
    assert list(tmp_path.iterdir()) == []


def test_settings_are_named_by_option_or_environment(tmp_path):
    file = settings(tmp_path, SOURCE)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    by_option = run_here("--config", file, "check", "--json", folder=elsewhere)
    by_environment = run_here("check", "--json", folder=elsewhere, more={"SEEDWATCH_CONFIG": str(file)})
    other = run_here(
        "--config",
        file,
        "check",
        "--json",
        folder=elsewhere,
        more={"SEEDWATCH_DB": str(elsewhere / "other.db")},
    )

    assert by_option.json == by_environment.json
    assert by_option.json["database"] == str(tmp_path / "test.db")
    assert other.json["database"] == str(elsewhere / "other.db")
    assert (elsewhere / "other.db").exists()


# init and check


def test_init_writes_settings_that_check_accepts(tmp_path):
    first = run_here("init", "watch", folder=tmp_path)
    checked = run_here("check", "--json", folder=tmp_path / "watch")
    again = run_here("init", "watch", folder=tmp_path)

    assert (first.code, checked.code, again.code) == (0, 0, 2)
    assert checked.json["sources"] > 20
    assert "is there already" in again.err


MISTAKES = {
    "no TOML": ("[crawl\n", "seedwatch.toml:2: "),
    "unknown key": ("[crawl]\ndely = 2\n", "seedwatch.toml:3: crawl.dely: "),
    "wrong type": ("[crawl]\ndelay = 'two'\n", "seedwatch.toml:3: crawl.delay: "),
    "source twice": (SOURCE + SOURCE.replace("/feed", "/rss"), "seedwatch.toml:6: source[2].name: "),
    "topic twice": ('[[topic]]\nname = "a"\nany = "b"\n' * 2, "seedwatch.toml:6: topic[2].name: "),
    "no seed": ('[[topic]]\nname = "a"\nseeds = ["nosuch"]\n', "seedwatch.toml:4: topic[1].seeds[1]: "),
    "query": ('[[topic]]\nname = "a"\nany = "b AND"\n', "seedwatch.toml:4: topic[1].any: "),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_in_the_settings_is_one_message_with_its_place(tmp_path, text, message):
    settings(tmp_path, text)

    for command in ("check", "crawl"):
        done = run_here(command, folder=tmp_path)

        assert (done.code, done.out) == (2, "")
        assert message in done.err
        assert "Traceback" not in done.err
        assert not (tmp_path / "test.db").exists()


def test_mistake_in_a_query_has_its_caret(tmp_path):
    settings(tmp_path, '[[topic]]\nname = "a"\nany = "b AND"\n')

    lines = run_here("check", folder=tmp_path).err.splitlines()

    assert lines[-2].strip() == "b AND"
    assert lines[-1].strip() == "^"


def test_seed_that_cannot_be_read_is_said_each_time_and_stops_nothing(tmp_path):
    (tmp_path / "seed.json").write_text("{")
    settings(tmp_path, '[[topic]]\nname = "a"\nseeds = ["seed.json"]\n')

    for _ in range(2):
        done = run_here("check", folder=tmp_path)

        assert done.code == 0
        assert "note: topic a: " in done.err
        assert "seed.json" in done.err


def test_crawl_of_an_unknown_source_names_those_there_are(tmp_path):
    settings(tmp_path, SOURCE)

    done = run_here("crawl", "heraldd", folder=tmp_path)

    assert (done.code, done.err) == (2, "seedwatch: there is no source 'heraldd'; known are: herald\n")


# The database


def test_locked_database_is_a_message(tmp_path):
    settings(tmp_path, SOURCE)
    run_here("check", folder=tmp_path)
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = run_here("check", folder=tmp_path)

    assert done.code == 2
    assert "another process has held the database for longer than 10 s" in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_database_that_may_not_be_written_is_a_message(tmp_path):
    settings(tmp_path, SOURCE)
    run_here("check", folder=tmp_path)
    (tmp_path / "test.db").chmod(0o400)

    done = run_here("crawl", folder=tmp_path)

    assert done.code == 2
    assert "cannot be written" in done.err


@pytest.mark.parametrize("command", ["check", "crawl", "status", "search x", "reindex", "doctor"])
def test_database_of_a_newer_version_is_refused(tmp_path, command):
    settings(tmp_path, SOURCE)
    run_here("check", folder=tmp_path)
    with closing(sqlite3.connect(tmp_path / "test.db")) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
            ["seedwatch", "later", "2030-01-01"],
        )
        connection.commit()

    done = run_here(*command.split(), folder=tmp_path)

    assert done.code == (1 if command == "doctor" else 2)
    assert "written by a newer seedwatch (it has later); upgrade this one first" in done.err + done.out


@pytest.mark.parametrize("command", ["check", "status", "doctor", "serve"])
def test_file_that_is_no_database_is_a_message(tmp_path, command):
    settings(tmp_path, SOURCE)
    (tmp_path / "test.db").write_text("this is no database, but a text of some length" * 50)

    done = run_here(command, folder=tmp_path)

    assert done.code == (1 if command == "doctor" else 2)
    assert "the file is no SQLite database" in done.err + done.out
    assert "Traceback" not in done.err


# Keeping house


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return crawled_press(tmp_path_factory, "setup")


@pytest.mark.parametrize("name", ["demo.db", "link.db", "hard.db", "demo.db-wal", "demo.db.lock"])
def test_backup_onto_the_database_in_use_is_refused(folder, name):
    live = folder / "demo.db"
    target = folder / name
    if name == "link.db":
        target.symlink_to(live)
    if name == "hard.db":
        target.hardlink_to(live)

    done = run_here("backup", target, "--force", folder=folder)
    rows = run_here("status", "--json", folder=folder)

    assert (done.code, rows.code) == (2, 0)
    assert "is the database in use" in done.err


def test_backup_onto_what_is_no_ordinary_file_is_refused(folder, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    done = run_here("backup", pipe, "--force", folder=folder)

    assert (done.code, pipe.is_fifo()) == (2, True)
    assert "is no ordinary file" in done.err


def test_backup_is_a_database_with_all_rows(folder, tmp_path):
    target = tmp_path / "copy.db"

    done = run_here("backup", target, folder=folder)
    again = run_here("backup", target, folder=folder)
    deeper = run_here("backup", tmp_path / "copies" / "weekly" / "copy.db", folder=folder)
    nowhere = run_here("backup", target / "copy.db", folder=folder)

    assert (done.code, again.code, deeper.code, nowhere.code) == (0, 2, 0, 2)
    assert (tmp_path / "copies" / "weekly" / "copy.db").stat().st_size == target.stat().st_size
    counts = []
    for path in (target, folder / "demo.db"):
        with closing(db.connect(path)) as connection:
            counts.append(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    assert counts[0] == counts[1] > 50
    assert "exists; name another file" in again.err
    assert "copy.db: the folder cannot be made" in nowhere.err


def test_reindex_finds_the_same_as_before(folder):
    before = run_here("search", "--json", "海峡", folder=folder).json

    done = run_here("reindex", folder=folder)

    assert done.code == 0
    assert done.out.startswith("indexed ")
    assert run_here("search", "--json", "海峡", folder=folder).json == before


def test_doctor_finds_a_crawled_database_sound(folder):
    done = run_here("doctor", "--json", folder=folder)

    assert done.code == 0
    states = {finding["subject"]: finding["state"] for finding in done.json}
    assert states["database"] == "good"
    assert "bad" not in states.values()
    assert "sound" in run_here("doctor", folder=folder).out


def test_check_tells_what_is_hardly_meant(tmp_path):
    settings(tmp_path)

    done = run_here("check", folder=tmp_path)
    facts = run_here("check", "--json", folder=tmp_path).json

    assert done.code == 0
    assert "note: " in done.err
    assert len(facts["warnings"]) == len(done.err.splitlines()) == 3
    assert json.dumps(facts)


def test_the_only_topic_need_not_be_named(tmp_path):
    settings = tmp_path / "seedwatch.toml"
    settings.write_text('database = "one.db"\n[[topic]]\nname = "ferry"\nany = "ferry"\n')
    shown = run_here("topics", "show", folder=tmp_path)
    reviewed = run_here("topics", "review", folder=tmp_path)
    settings.write_text(settings.read_text() + '[[topic]]\nname = "harbour"\nany = "harbour"\n')
    unclear = run_here("topics", "show", folder=tmp_path)

    assert (shown.code, shown.out.splitlines()[0]) == (0, "ferry")
    assert (reviewed.code, "threshold of ferry" in reviewed.out) == (0, True)
    assert (unclear.code, "name the topic as NAME; topics are: ferry, harbour" in unclear.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stauts",), "Error: No such command 'stauts'. Did you mean status?\n"),
        (("topics", "shwo"), "Error: No such command 'shwo'. Did you mean show?\n"),
        (("zzzz",), "Error: No such command 'zzzz'.\n"),
        (("",), "Error: No such command ''.\n"),
    ],
)
def test_a_mistyped_command_is_told_what_is_near(tmp_path, words, said):
    done = run_here(*words, folder=tmp_path)

    assert (done.code, done.err[-len(said) :]) == (2, said)
