"""The daemon as users run it: a process of its own, with a short tick."""

import asyncio
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler import clock
from scheduler.daemon.crawl import CrawlReport
from scheduler.daemon.daemon import SinceLast, describe
from storage import db
from storage.records.polls import SourceCounts
from storage.sources import runs
from tests.support.command_line import Done, children_of, run_child, run_here, started, wait_until
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, FaultServer, serving

TICK = ("--tick", "0.2")


@dataclass
class Outlet:
    """An outlet with one article, watched from `folder`; `gate` holds back the pages below /slow/."""

    folder: Path
    server: FaultServer
    routes: dict[str, Answer]
    gate: threading.Event

    @property
    def settings(self) -> Path:
        return self.folder / "seedwatch.toml"

    def titles(self) -> set[str]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return {row["title"] for row in connection.execute("SELECT title FROM articles").fetchall()}

    def run_states(self) -> list[str]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return [
                row["state"] for row in connection.execute("SELECT state FROM runs ORDER BY id").fetchall()
            ]

    def said(self) -> str:
        return (self.folder / "output.txt").read_text()

    def publish(self, path: str, title: str) -> None:
        self.routes[path] = self.slow(title) if path.startswith("/slow/") else story(title)
        self.routes["/feed"] = feed(
            {one: self.server.url(one) for one in self.routes if one not in ("/feed", "/rss")}
        )

    def slow(self, title: str) -> Answer:
        def wait(_: int) -> bytes:
            self.gate.wait(60)
            return story(title)

        return wait


@pytest.fixture
def outlet(tmp_path) -> Iterator[Outlet]:
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        outlet = Outlet(tmp_path, server, routes, threading.Event())
        outlet.publish("/one", "The first story")
        write_settings(tmp_path, [{"name": "herald", "feeds": [server.url("/feed")]}], [server.place])
        run_here("check", folder=tmp_path)
        yield outlet
        outlet.gate.set()


@contextmanager
def daemon(outlet: Outlet) -> Iterator["subprocess.Popen[str]"]:
    """A daemon that has done its first crawl."""
    with started("run", *TICK, folder=outlet.folder) as process:
        wait_until(lambda: outlet.run_states() == ["finished"], what="the first crawl")
        yield process


def test_daemon_crawls_at_its_start_and_ends_with_sigterm(outlet):
    with daemon(outlet) as process:
        process.terminate()
        code = process.wait(60)

    assert code == 0
    assert outlet.titles() == {"The first story"}
    assert "watching 1 source for 0 topics" in outlet.said()
    assert "run 1 finished: 1 polled, 1 new" in outlet.said()
    assert "Traceback" not in outlet.said()
    assert run_here("status", "--json", folder=outlet.folder).json["daemon"] is None


def test_daemon_is_named_refuses_a_second_one_and_takes_over_crawls(outlet):
    with daemon(outlet) as process:
        who = f"process {process.pid} on {socket.gethostname()}"
        second = run_here("run", folder=outlet.folder)
        status = run_here("status", folder=outlet.folder)
        facts = run_here("status", "--json", folder=outlet.folder).json
        outlet.publish("/two", "The second story")
        crawl = run_here("crawl", folder=outlet.folder)
        not_due = run_here("crawl", "--due", "--json", folder=outlet.folder)

    assert second.code == 2
    assert second.err.startswith("seedwatch: a seedwatch daemon runs on ")
    assert second.err.endswith(f" already: {who}\n")
    assert f"daemon: {who}" in status.out
    assert facts["daemon"] == {"pid": process.pid, "host": socket.gethostname(), "note": None}
    assert f"the daemon ({who}) is asked to crawl" in crawl.err
    assert crawl.code == 0
    assert crawl.out.splitlines()[0].split()[:4] == ["source", "polled", "new", "matched"]
    assert crawl.out.splitlines()[1].split()[:4] == ["herald", "1", "1", "0"]
    assert outlet.titles() == {"The first story", "The second story"}
    assert (not_due.code, not_due.json["lines"]) == (0, [])
    assert outlet.run_states() == ["finished"] * 3


def test_daemon_takes_changed_settings_and_keeps_the_old_ones_when_they_are_broken(outlet):
    before = outlet.settings.read_text()
    with daemon(outlet) as process:
        outlet.settings.write_text(before + "[[source]]\nname = 3\n")
        wait_until(lambda: "the old ones stay in force" in outlet.said(), what="the mistake")
        status = run_here("status", folder=outlet.folder)
        outlet.settings.write_text(before)
        wait_until(lambda: "took the changed settings" in outlet.said(), what="the old settings")
        outlet.routes["/rss"] = feed({"Another": outlet.server.url("/another")})
        outlet.routes["/another"] = story("Another story")
        outlet.settings.write_text(
            f'{before}[[source]]\nname = "gazette"\nfeeds = ["{outlet.server.url("/rss")}"]\n'
        )
        wait_until(lambda: "Another story" in outlet.titles(), what="the new source's article")
        process.terminate()
        code = process.wait(60)
    after = run_here("status", folder=outlet.folder)

    assert status.code == 1
    assert "changed settings were not taken:" in status.out
    assert "seedwatch.toml" in status.out
    assert "herald" in status.out
    assert (code, after.code) == (0, 0)
    assert "Traceback" not in outlet.said()


def test_settings_are_taken_once_what_broke_them_is_mended_elsewhere(outlet):
    before = outlet.settings.read_text()
    more = outlet.folder / "more.toml"
    seeds = outlet.folder / "seeds"
    with daemon(outlet):
        more.write_text("[[source]]\nname = 3\n")
        outlet.settings.write_text(
            f'include = ["more.toml"]\n{before}\n[[topic]]\nname = "t"\nseeds = ["seeds"]\n'
        )
        wait_until(lambda: "the old ones stay in force" in outlet.said(), what="the mistakes")
        more.write_text('[[source]]\nname = "gazette"\nhome = "http://gazette.invalid/"\nenabled = false\n')
        wait_until(lambda: outlet.said().count("the old ones stay in force") == 2, what="the other mistake")
        seeds.mkdir()
        wait_until(lambda: "took the changed settings" in outlet.said(), what="the mended settings")

    assert "Traceback" not in outlet.said()


def test_another_database_is_taken_with_the_next_start(outlet):
    other = outlet.folder / "other.db"
    with daemon(outlet) as process:
        outlet.settings.write_text(outlet.settings.read_text().replace("test.db", "other.db"))
        wait_until(lambda: f"{other} is taken with a restart" in outlet.said(), what="the changed settings")
        outlet.publish("/two", "The second story")
        with closing(db.connect(outlet.folder / "test.db")) as connection:
            connection.execute("UPDATE feeds SET next_due_at = NULL")
        wait_until(
            lambda: "The second story" in outlet.titles(), what="a crawl into the database of the start"
        )
        process.terminate()
        process.wait(60)

    assert not other.exists()


def test_sigterm_in_the_middle_of_a_page_does_not_wait_for_the_page(outlet):
    outlet.publish("/slow/page", "A slow story")
    with started("run", *TICK, folder=outlet.folder) as process:
        wait_until(lambda: "/slow/page" in outlet.server.hits, what="the slow page")
        process.terminate()
        code = process.wait(25)  # the page itself would be given up after 30 s

    assert code == 0
    assert outlet.run_states() == ["interrupted"]
    assert "stopping: the pages in hand are finished first" in outlet.said()

    outlet.gate.set()
    assert run_here("crawl", folder=outlet.folder).code == 0
    assert outlet.titles() == {"The first story", "A slow story"}


def test_daemon_goes_on_after_a_crawl_was_killed(outlet):
    outlet.publish("/slow/page", "A slow story")
    with started("run", *TICK, folder=outlet.folder) as process:
        wait_until(lambda: "/slow/page" in outlet.server.hits, what="the slow page")
        for child in children_of(process.pid):
            os.kill(child, signal.SIGKILL)
        outlet.gate.set()
        wait_until(lambda: outlet.run_states() == ["failed"], what="the end of the run")
        done = run_here("crawl", folder=outlet.folder)

    assert done.code == 0
    assert outlet.titles() == {"The first story", "A slow story"}
    assert "run 1 failed" in outlet.said()
    assert "code -9" in outlet.said()


def test_daemon_waits_for_a_database_in_other_hands_and_says_so(outlet):
    with daemon(outlet) as process, closing(db.connect(outlet.folder / "test.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        outlet.settings.write_text(outlet.settings.read_text() + "# now it has something to write\n")
        wait_until(lambda: "waiting for the database: another process" in outlet.said(), what="the wait")
        status = run_here("status", folder=outlet.folder)
        other.execute("ROLLBACK")
        wait_until(lambda: "the database is free again" in outlet.said(), what="the end of the wait")
        outlet.publish("/two", "The second story")
        crawl = run_here("crawl", folder=outlet.folder)
        after = run_here("status", folder=outlet.folder)
        process.terminate()
        code = process.wait(30)

    assert (
        f"daemon: process {process.pid} on {socket.gethostname()}; waiting for the database since"
        in status.out
    )
    assert "waiting for the database" not in after.out
    assert (crawl.code, code) == (0, 0)
    assert outlet.titles() == {"The first story", "The second story"}
    assert "Traceback" not in outlet.said()


def test_request_to_a_daemon_that_is_gone_is_not_carried_out_by_the_next(outlet):
    with closing(db.connect(outlet.folder / "test.db")) as connection:
        old = runs.ask(connection, [], only_due=False, now=clock.now() - timedelta(minutes=1))
        with daemon(outlet):
            request = runs.request(connection, old)

    assert request.run_id is None
    assert request.error == "the daemon that was asked has ended; ask again"


def test_crawl_that_waits_for_a_daemon_is_told_when_that_dies(outlet):
    outlet.publish("/slow/page", "A slow story")
    with started("run", *TICK, folder=outlet.folder) as process:
        wait_until(lambda: "/slow/page" in outlet.server.hits, what="the slow page")
        followed: list[Done] = []
        follower = threading.Thread(target=lambda: followed.append(follow(outlet)))
        follower.start()
        wait_until(lambda: _requests(outlet) == 1, what="the request")
        os.kill(process.pid, signal.SIGKILL)
        follower.join(30)

    (done,) = followed
    assert done.code == 2
    assert "the daemon has ended before the crawl was done; run `seedwatch crawl` again" in done.err


def test_years_that_a_clock_leaps_are_one_tick():
    async def main() -> list[int]:
        ticks: list[int] = []
        ticked = asyncio.Event()

        async def tick() -> None:
            ticks.append(1)
            ticked.set()

        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(
            tick, SinceLast(0.001), misfire_grace_time=None, next_run_time=datetime(1970, 1, 1, tzinfo=UTC)
        )
        scheduler.start()
        await ticked.wait()  # an interval would list fifty thousand million of them first
        scheduler.shutdown(wait=False)
        return ticks

    assert asyncio.run(main()) == [1]


def follow(outlet: Outlet) -> Done:
    return run_child("crawl", folder=outlet.folder)


def _requests(outlet: Outlet) -> int:
    with closing(db.connect(outlet.folder / "test.db", readonly=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM requests").fetchone()[0])


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (
            CrawlReport(
                7, "finished", (SourceCounts("a", polled=2, new=3, matched=1), SourceCounts("b", polled=1))
            ),
            "run 7 finished: 3 polled, 3 new, 1 matched, 0 copies, 0 failed",
        ),
        (
            CrawlReport(8, "finished", (SourceCounts("a", polled=1, poll_failures=1),)),
            "run 8 finished: 1 polled, 0 new, 0 matched, 0 copies, 0 failed; 1 poll failed",
        ),
        (
            CrawlReport(9, "failed", (), "it crashed"),
            "run 9 failed: 0 polled, 0 new, 0 matched, 0 copies, 0 failed; it crashed",
        ),
    ],
    ids=["finished", "polls-failed", "failed"],
)
def test_crawl_is_described_in_one_line(report, line):
    assert describe(report) == line
