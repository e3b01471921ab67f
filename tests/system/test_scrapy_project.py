"""The project as Scrapy's own command line sees it."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage import db
from tests.support.command_line import environment, run_here
from tests.support.folders import ROOT
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, answer, serving


def scrapy(*arguments: str, folder: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=folder, env=environment(more), capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


def query(database: Path, sql: str) -> list[sqlite3.Row]:
    with closing(db.connect(database, readonly=True)) as connection:
        return connection.execute(sql).fetchall()


def test_spiders_are_found_from_the_checkout():
    assert scrapy("list", folder=ROOT).stdout.split() == ["feeds", "lookup"]


@pytest.mark.parametrize("place", ["checkout", "elsewhere"])
def test_crawl_by_scrapys_command_fills_the_database_and_times_out_slow_answers(tmp_path, place):
    routes: dict[str, Answer] = {"/one": story("One story"), "/slow": None}
    with serving(routes) as server, serving({"/feed": None, "/robots.txt": answer(b"", 404)}) as silent:
        routes["/feed"] = feed({"One story": server.url("/one"), "Slow": server.url("/slow")})
        servers = {"herald": server, "silent": silent}
        write_settings(
            tmp_path,
            [{"name": name, "feeds": [one.url("/feed")]} for name, one in servers.items()],
            [one.place for one in servers.values()],
        )
        run_here("check", folder=tmp_path)
        empty = tmp_path / "empty"
        empty.mkdir()
        options = {
            "SEEDWATCH_DB": tmp_path / "test.db",
            "SEEDWATCH_ALLOW_PRIVATE": ",".join(one.place for one in servers.values()),
            "DOWNLOAD_TIMEOUT": 1,
            "DOWNLOAD_DELAY": 0.01,
            "AUTOTHROTTLE_ENABLED": 0,
        }

        done = scrapy(
            "crawl", "feeds", *(part for name in options for part in ("-s", f"{name}={options[name]}")),
            folder=ROOT if place == "checkout" else empty, SCRAPY_SETTINGS_MODULE="crawler.settings",
        )  # fmt: skip
        again = run_here("crawl", "herald", "--json", folder=tmp_path)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert done.stdout.splitlines() == [
        "run 1 finished",
        "source  polled  new  failed  poll failures",
        "herald       1    2       1              0",
        "silent       1    0       0              1",
    ]
    database = tmp_path / "test.db"
    assert [row["title"] for row in query(database, "SELECT title FROM articles")] == ["One story"]
    assert [
        tuple(row) for row in query(database, "SELECT outcome FROM polls WHERE run_id = 1 ORDER BY outcome")
    ] == [
        ("ok",),
        ("timeout",),
    ]
    (slow,) = query(database, "SELECT state, reason, attempts FROM links WHERE url LIKE '%/slow'")
    assert tuple(slow) == ("failed", "timeout", 1)
    (run,) = query(database, "SELECT * FROM runs WHERE id = 1")
    assert (run["trigger"], run["state"], run["articles_new"]) == ("scrapy", "finished", 1)
    # The feed is free again at once.
    assert [(line["source"], line["polled"]) for line in again.json["lines"]] == [("herald", 1)]
    assert list(empty.iterdir()) == []


def test_crawl_without_a_database_says_what_makes_one_and_makes_none(tmp_path):
    done = scrapy("crawl", "feeds", folder=tmp_path, SCRAPY_SETTINGS_MODULE="crawler.settings")

    assert done.returncode == 1
    assert "there is no database; `seedwatch check` beside a seedwatch.toml makes it" in done.stderr
    assert list(tmp_path.iterdir()) == []
