"""The commands `story`, `export` and `prune` as people use them, and the text of a word difference."""

import csv
import io
import json
import os
import pty
import select
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.articles.revisions import DifferencePart, word_difference
from crawler.articles.store import store_reading
from scheduler.cli.output import width
from scheduler.cli.story import difference_lines, wrapped
from storage import db
from storage.articles import revisions
from storage.records.looks import Event
from storage.sources import runs, sources
from storage.topics import topics
from tests.support.command_line import environment, run_here
from tests.support.samples import DECLARED, NOW, TEXT, TOPIC, reading, stated

SECOND = TEXT.replace("harbour", "harbor town", 1) + "A vote is to be taken. "
EVIDENCE = {
    "looks": [{"at": "2026-09-15T08:00:00+00:00", "reason": "http_404", "status": 404, "url": "http://courier.example/1"}],
    "neighbour": {"url": "http://courier.example/2", "at": "2026-09-15T08:00:00+00:00"},
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A story of three outlets, of which the first edited its article and took it away."""
    folder = tmp_path_factory.mktemp("story")
    (folder / "seedwatch.toml").write_text('database = "test.db"\n')
    connection = db.connect(folder / "test.db")
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    store_reading(connection, reading("http://courier.example/1"))
    for number in (2, 3):
        later = stated(NOW + timedelta(hours=number))
        told = reading(
            f"http://o{number}.example/1", source=f"o{number}", title=f"조약 {number}", published=later
        )
        store_reading(connection, told)
    store_reading(
        connection, reading("http://courier.example/1", text=SECOND, read_at=NOW + timedelta(days=1))
    )
    revisions.add_event(connection, 1, NOW + timedelta(days=2), Event("deleted", json.dumps(EVIDENCE)))
    connection.execute("UPDATE articles SET state = 'deleted' WHERE id = 1")
    db.finish(connection)
    return folder


@pytest.mark.parametrize("columns", ["50", "60", "80", "100"])
@pytest.mark.parametrize("article", ["1", "http://courier.example/1?utm_source=x"], ids=["number", "address"])
def test_story_shows_tellers_changes_and_end_in_the_given_width(folder, article, columns):
    done = run_here("story", article, folder=folder, more={"COLUMNS": columns})

    plain = " ".join(done.out.split())
    assert done.code == 0, done.err
    assert "told by 3 articles" in plain
    assert "▶ 2026-09-14 12:00" in plain
    assert "head of the story · edited once, removed" in plain
    assert "copy, 100%, 3 h later" in plain
    assert "[-harbour-] {+harbor town+}" in plain
    assert "removed, noticed 2026-09-16 12:00" in plain
    assert "HTTP 404, not found, http://courier.example/1" in plain
    assert max(map(width, done.out.splitlines())) <= int(columns)


def test_story_of_a_copy_is_that_of_its_head_without_the_heads_versions(folder):
    done = run_here("story", "3", folder=folder)

    assert "▶ 2026-09-14 15:00" in done.out
    assert "version" not in done.out
    assert "noticed" not in done.out


def test_story_as_json_has_it_all(folder):
    found = run_here("story", "1", "--json", folder=folder).json

    assert [one["source"] for one in found["told_by"]] == ["courier", "o2", "o3"]
    assert [one["relation"] for one in found["told_by"]] == [None, "copy", "copy"]
    assert [one["number"] for one in found["versions"]] == [1, 2]
    assert ["removed", "harbour "] in found["versions"][1]["difference"]
    assert found["events"][0]["detail"] == EVIDENCE
    assert found["head_id"] == 1


def test_story_on_a_terminal_is_coloured(folder):
    reader, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "scheduler.cli.main", "story", "1"],
        cwd=folder, env=environment({"TERM": "xterm"}), stdout=terminal, stderr=terminal, stdin=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(terminal)
        said = b""
        while select.select([reader], [], [], 60)[0]:
            try:
                part = os.read(reader, 65_536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            said += part
    os.close(reader)

    assert process.returncode == 0
    assert b"\x1b[32m" in said
    assert b"[-" not in said
    assert "harbor town" in click.unstyle(said.decode())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("77", "there is no article 77"),
        ("99999999999999999999", "is no article"),
        ("http://nowhere.example/", "there is no article http://nowhere.example/"),
        ("ferry", "give its number or its address"),
    ],
)
def test_story_of_nothing_says_what_is_allowed(folder, given, words):
    done = run_here("story", given, folder=folder)

    assert done.code == 2
    assert words in done.err


# Word differences


def lines(old, new, columns=80, *, full=False):
    return list(difference_lines(word_difference(old, new), columns, full=full))


def test_what_did_not_change_is_cut_with_a_sign():
    words = " ".join(f"word{number}" for number in range(60))

    (line,) = lines(f"{words} old {words}", f"{words} new {words}", 400)

    assert line.startswith("  … word")
    assert "[-old-] {+new+} word0 word1" in line.replace("{+new +}", "{+new+} ")
    assert line.endswith(" …")
    assert len(line) < 200


def test_full_difference_cuts_nothing():
    words = " ".join(f"word{number}" for number in range(60))

    shown = " ".join(" ".join(lines(f"{words} old", f"{words} new", full=True)).split())

    assert words in shown


def test_long_additions_say_how_much_is_hidden():
    (*_, last) = lines("a", "a " + "b c " * 500, 10_000)

    assert "characters more)" in last


def test_removed_paragraph_stands_in_lines_of_its_own():
    assert lines("one\ntwo\nthree", "one\nthree", full=True) == ["  one", "  [-two-]", "  three"]


@given(
    st.text(alphabet="ab 海峡터널\n\u0301é"), st.text(alphabet="ab 海峡터널\n\u0301é"), st.integers(20, 60)
)
def test_no_line_is_too_wide_and_no_word_is_lost(old, new, columns):
    shown = list(difference_lines(word_difference(old, new), columns, full=True))

    assert all(width(line) <= columns for line in shown if " " in line.strip())
    plain = "".join(shown)
    for sign in ("{+", "+}", "[-", "-]"):
        plain = plain.replace(sign, "")
    assert set("".join(new.split())) <= set(plain) | set("\u0301")


@pytest.mark.parametrize(
    "text", ["哈尔马与奥斯特比两国交通部长十五日在卡尔斯霍尔姆举行六小时会谈" * 3, "a word " * 40]
)
def test_any_script_is_wrapped(text):
    wrapped_lines = list(wrapped(text, 30))

    assert all(width(line) <= 30 for line in wrapped_lines)
    assert "".join("".join(wrapped_lines).split()) == "".join(text.split())


def test_steering_characters_are_no_text():
    pieces = (DifferencePart("same", "a\x1b[31m"), DifferencePart("added", "b\x07"))

    assert "\x1b" not in "".join(difference_lines(pieces, 80, full=True))


# Export


def test_export_to_stdout_is_lines_of_json(folder):
    done = run_here("export", "--source", "courier", folder=folder)

    (line,) = done.out.splitlines()
    article = json.loads(line)
    assert done.err == "1 articles\n" or done.err == "1 article\n"
    assert (article["id"], article["revisions"], article["state"]) == (1, 1, "deleted")


@pytest.mark.parametrize(
    "arguments", [["-o", "a.csv"], ["-o", "a.x", "--format", "csv"]], ids=["name", "format"]
)
def test_export_to_csv(folder, arguments):
    done = run_here("export", *arguments, folder=folder)

    written = (folder / arguments[1]).read_text("utf-8")
    table = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff"))))
    assert done.code == 0
    # Excel takes CSV without the mark for Latin-1.
    assert written.startswith("\ufeff") == (arguments == ["-o", "a.csv"])
    dates = [row["published"] for row in table]
    assert dates == sorted(dates, reverse=True)
    assert sorted(row["relation"] for row in table) == ["", "copy", "copy"]
    assert "text" not in table[0]


def test_export_goes_by_arrival_where_that_is_asked(folder):
    done = run_here("export", "--format", "csv", "--by", "arrival", folder=folder)

    table = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["id"] for row in table] == ["1", "2", "3"]
    assert {"reasons", "terms", "sentences"} <= set(table[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--topic", "none"], "there is no topic 'none'; `seedwatch topics list`"),
        (["--source", "none"], "there is no source 'none'; `seedwatch sources list`"),
        (["--since", "soon"], "'soon' is no day; write it as 2026-09-14"),
        (["--since", "2026-09-02", "--until", "2026-09-01"], "no day is meant"),
        (["-o", "none/a.csv"], "No such file or directory"),
        (
            ["-o", "a.xls"],
            "a.xls: .xls is not written; allowed are .jsonl, .csv and .ris",
        ),
        (["--format", "xlsx"], "name a file with -o FILE.xlsx"),
        (["--obsidian", "notes", "-o", "a.csv"], "--obsidian does not go with -o"),
        (["--obsidian", "test.db/notes"], "test.db/notes: "),
    ],
    ids=["topic", "source", "day", "order", "folder", "old workbook", "pipe", "two ways", "no folder"],
)
def test_export_of_what_is_not_there_is_refused(folder, arguments, words):
    done = run_here("export", *arguments, folder=folder)

    assert done.code == 2
    assert words in done.err
    assert not list(folder.glob(".*"))


def test_export_to_a_workbook(folder, tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="the extra xlsx is not installed")

    done = run_here("export", "-o", tmp_path / "a.xlsx", folder=folder)

    assert (done.code, done.out) == (0, "")
    (sheet,) = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [3, 2, 1]


@pytest.mark.parametrize(
    "arguments", [["--parquet", "-o", "a.p"], ["-o", "a.parquet"]], ids=["option", "name"]
)
def test_export_to_parquet(folder, tmp_path, arguments):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra notebooks is not installed")
    *before, name = arguments

    done = run_here("export", *before, tmp_path / name, "--no-text", folder=folder)
    run_here("export", *before, tmp_path / f"texts-{name}", folder=folder)

    assert (done.code, done.out) == (0, "")
    table = parquet.read_table(tmp_path / name)
    assert table.column("article").to_pylist() == [1, 2, 3]
    assert table.column("topics").to_pylist()[0] == ["strait"]
    assert "text" not in table.column_names
    assert len(parquet.read_table(tmp_path / f"texts-{name}").column("text").to_pylist()[2]) > 100


@pytest.mark.parametrize(
    ("form", "module", "extra"), [("xlsx", "workbook", "xlsx"), ("parquet", "arrow_tables", "notebooks")]
)
def test_export_without_its_extra_says_what_to_install(folder, monkeypatch, form, module, extra):
    for library in ("openpyxl", "pyarrow"):
        monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"scheduler.files.{module}", raising=False)

    done = run_here("export", "-o", f"a.{form}", folder=folder)

    assert (done.code, done.err.count(f"pip install 'seedwatch[{extra}]'")) == (2, 1)
    assert not (folder / f"a.{form}").exists()


@pytest.mark.parametrize(
    "arguments", [["--ris"], ["--format", "ris"], ["-o", "a.ris"]], ids=["ris", "format", "name"]
)
def test_export_as_references(folder, arguments):
    done = run_here("export", *arguments, folder=folder)

    text = done.out or (folder / "a.ris").read_bytes().decode()
    assert done.code == 0
    assert text.count("TY  - NEWS\r\n") == text.count("ER  - \r\n") == 3


def test_export_as_notes(folder, tmp_path):
    done = run_here("export", "--obsidian", tmp_path / "notes", folder=folder)
    again = run_here("export", "--obsidian", tmp_path / "notes", "--no-text", folder=folder)
    (note,) = (tmp_path / "notes").iterdir()
    note.write_text("mine")

    assert done.code == 0
    assert "1 note added, 0 changed, 0 as they were" in done.err
    assert "0 notes added, 1 changed" in again.err
    assert (
        f"left as it is, since the marks of seedwatch are gone: {note}"
        in run_here("export", "--obsidian", tmp_path / "notes", folder=folder).err
    )


# Prune: the last of this file changes the folder's database, so it works on a copy


def test_prune_shows_first_and_removes_only_when_told(folder, tmp_path):
    for name in ("seedwatch.toml", "test.db"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())

    shown = run_here("prune", "--source", "courier", folder=tmp_path)
    kept = run_here("export", folder=tmp_path).out
    done = run_here("prune", "--source", "courier", "--yes", "--json", folder=tmp_path)
    again = run_here("prune", "--source", "courier", folder=tmp_path)
    smaller = run_here("prune", "--vacuum", folder=tmp_path)

    assert (shown.code, done.code, again.code, smaller.code) == (0, 0, 0, 0)
    assert "articles" in shown.out
    assert "nothing was removed: --yes does it" in shown.err
    assert len(kept.splitlines()) == 3
    assert (done.json["removed"], done.json["tables"]["articles"], done.json["sources"]) == (
        True,
        1,
        {"courier": 1},
    )
    assert "nothing is to be removed" in again.out
    assert [json.loads(line)["id"] for line in run_here("export", folder=tmp_path).out.splitlines()] == [2, 3]
    assert run_here("story", "3", "--json", folder=tmp_path).json["head_id"] == 2


def test_prune_folds_old_polls_when_told(folder, tmp_path):
    for name in ("seedwatch.toml", "test.db"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with closing(db.connect(tmp_path / "test.db")) as connection:
        runs.begin(connection, trigger="manual", token="old", now=NOW, host="here", pid=1)
        connection.execute(
            """
            INSERT INTO polls (feed_id, run_id, polled_at, outcome, next_due_at)
            SELECT min(feeds.id), (SELECT max(id) FROM runs), days.column1, 'ok', days.column1
            FROM feeds, (VALUES ('2020-01-01T00:00:00+00:00'), ('2020-01-02T00:00:00+00:00')) AS days
            GROUP BY days.column1
            """
        )

    shown = run_here("prune", "--history", folder=tmp_path)
    mixed = run_here("prune", "--history", "--pages", folder=tmp_path)
    done = run_here("prune", "--history", "--yes", "--json", folder=tmp_path)

    assert "polls" in shown.out
    assert "nothing was folded: --yes does it" in shown.err
    assert mixed.code == 2
    assert (done.json["folded"], done.json["tables"]["polls"]) == (True, 2)
    with closing(db.connect(tmp_path / "test.db")) as connection:
        assert [tuple(row) for row in connection.execute("SELECT day, polls FROM poll_days")] == [
            ("2020-01-01", 1)
        ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say what to remove"),
        (["--pages", "--off-topic"], "two things"),
        (["--off-topic", "--topic", "strait"], "held texts are no articles"),
        (["--source", "none"], "there is no source 'none'"),
        (["77"], "there is no such article: 77"),
        (["0"], "0 is not in the range"),
        (["--before", "someday"], "'someday' is no day"),
    ],
    ids=["nothing", "both", "topic of texts", "source", "number", "zero", "day"],
)
def test_prune_of_nothing_is_refused(folder, arguments, words):
    done = run_here("prune", *arguments, folder=folder)

    assert done.code == 2
    assert words in done.err
