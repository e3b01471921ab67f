"""The command `import`."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.archives import SETTINGS, entry, write_archive
from tests.support.command_line import environment, run_here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seedwatch.toml").write_text(SETTINGS)
    return tmp_path


def test_import_reports_what_became_of_the_lines_and_lists_bad_ones(folder):
    write_archive(folder / "a.jsonl", [entry(1), "{broken", *({"title": f"no text {n}"} for n in range(11))])

    done = run_here("import", "a.jsonl", "--errors", "bad.jsonl", folder=folder)

    assert done.code == 1
    assert "line 2: bad_json" in done.out
    assert "… and 2 more bad lines: --errors FILE writes all" in done.out
    bad = [json.loads(line) for line in (folder / "bad.jsonl").read_text().splitlines()]
    assert [one["line"] for one in bad] == list(range(2, 14))
    assert {one["reason"] for one in bad} == {"bad_json", "no_text"}


def test_the_same_file_is_imported_once(folder):
    write_archive(folder / "a.jsonl", [entry(1), entry(2)])
    first = run_here("import", "a.jsonl", "--json", folder=folder)

    again = run_here("import", "a.jsonl", "--json", folder=folder)
    anew = run_here("import", "a.jsonl", "--json", "--again", folder=folder)

    assert [done.code for done in (first, again, anew)] == [0, 0, 0]
    assert (first.json["new"], again.json["new"], anew.json["new"], anew.json["known"]) == (2, 2, 0, 2)
    assert "nothing is to be done" in again.err


def test_matches_are_counted_by_topic_for_programs(folder):
    settings = (folder / "seedwatch.toml").read_text()
    (folder / "seedwatch.toml").write_text(f"{settings}\n[[topic]]\nname = 'all'\nany = 'the OR a OR of'\n")
    write_archive(folder / "a.jsonl", [entry(1), entry(2)])

    done = run_here("import", "a.jsonl", "--json", folder=folder)

    assert (done.code, done.json["matches"], done.json["reviews"]) == (0, {"all": 2}, {})


@pytest.mark.parametrize("pack", [lambda body: body, gzip.compress], ids=["plain", "packed"])
def test_stdin_is_an_archive(folder, pack):
    done = subprocess.run(
        [sys.executable, "-m", "scheduler.cli.main", "import", "-", "--json", "--source", "old"],
        cwd=folder,
        env=environment(),
        input=pack(json.dumps(entry(1, url=None)).encode()),
        capture_output=True,
        timeout=90,
        check=False,
    )

    assert (done.returncode, json.loads(done.stdout)["new"]) == (0, 1), done.stderr


def test_file_that_is_cut_off_is_imported_as_far_as_it_goes(folder):
    packed = gzip.compress(b"".join(json.dumps(entry(number)).encode() + b"\n" for number in range(60)))
    (folder / "a.jsonl.gz").write_bytes(packed[: len(packed) * 2 // 3])

    done = run_here("import", "a.jsonl.gz", "--json", folder=folder)

    assert done.code == 1
    assert 0 < done.json["new"] < 60
    assert "cannot be read behind line" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.jsonl"], "none.jsonl: No such file"),
        (["."], "Is a directory"),
        (["a.jsonl", "--errors", "no/where.jsonl"], "No such file"),
        (["a.jsonl", "--keep", "some"], "'some' is not one of"),
    ],
    ids=["missing", "a folder", "errors", "keep"],
)
def test_bad_arguments_are_named_before_anything_is_stored(folder, arguments, words):
    write_archive(folder / "a.jsonl", [entry(1)])

    done = run_here("import", *arguments, folder=folder)

    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err
