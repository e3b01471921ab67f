"""One crawl as a job: what it leaves behind when it crashes, is late, or its process has died."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import clock
from crawler.run.opening import LEASE, CrawlSettings, begin_run, save_settings
from scheduler.daemon.crawl import Crawl, CrawlReport, close_dead_runs
from scheduler.pacing import Decided, decide_good_polls, decide_polls
from storage import db
from storage.records.polls import PollResult
from storage.records.sources import FeedKind, Source
from storage.sources import polls, runs, site_searches, sources
from storage.sources.sources import DeclaredFeed
from tests.support.command_line import children_of, wait_until
from tests.support.outlets import feed, story
from tests.support.samples import NOW
from tests.support.servers import Answer, FaultServer, serving
from tests.support.work import count_due

FAR = timedelta(hours=1)


def declare(database: Path, server: FaultServer, *more: Source) -> None:
    """A source with the feed at /feed, and more that have none."""
    with closing(db.connect(database)) as connection:
        save_settings(connection, CrawlSettings(delay=0, keep_all=True, allow_private=(server.place,)))
        feeds = [DeclaredFeed(server.url("/feed"), FeedKind.FEED)]
        sources.sync(connection, [(Source("herald"), feeds), *((source, []) for source in more)])


def rows(database: Path, sql: str) -> list[dict[str, object]]:
    with closing(db.connect(database, readonly=True)) as connection:
        return [dict(row) for row in connection.execute(sql).fetchall()]


def crawl(database: Path, *, kill_when=None, trigger: str = "schedule", **more: Any) -> CrawlReport:
    """A crawl in its child process, which is killed as soon as *kill_when* holds."""

    def kill() -> None:
        wait_until(kill_when, what="the moment to kill")
        for child in children_of(os.getpid()):
            if Path(f"/proc/{child}/cmdline").read_bytes().find(str(database).encode()) >= 0:
                os.kill(child, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    job = Crawl(database, trigger=trigger, **more)
    if kill_when is not None:
        killer.start()
    report = asyncio.run(job.run())
    if kill_when is not None:
        killer.join()
    return report


def test_polls_that_went_well_are_decided_while_the_crawl_goes_on_and_failures_at_its_end(connection):
    addresses = [f"http://h{number}.example/feed" for number in range(9)]
    declared = [DeclaredFeed(url, FeedKind.FEED) for url in addresses]
    sources.sync(connection, [(Source("herald"), declared)])
    run_id = runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    for number in range(9):
        outcome = "timeout" if number < 4 else "ok"
        polls.record_poll(connection, run_id, PollResult(number + 1, NOW, outcome), 0)

    decided = decide_good_polls(connection, NOW)

    assert decided == Decided(frozenset(f"h{number}.example" for number in range(4, 9)), is_full=False)
    assert decide_good_polls(connection, NOW) == Decided()
    assert decide_polls(connection, NOW, reached=decided.hosts) == 4
    rules = connection.execute("SELECT decided_by FROM polls ORDER BY id").fetchall()
    assert [row["decided_by"] for row in rules] == ["failure"] * 4 + ["first"] * 5


def test_crash_is_recorded_and_nothing_is_tried_again_at_once(database):
    gate = threading.Event()

    def slow(_: int) -> bytes:
        gate.wait(60)
        return story("One story")

    routes: dict[str, Answer] = {"/page": slow, "/home": slow}
    with serving(routes) as server:
        routes["/feed"] = feed({"One story": server.url("/page")})
        declare(database, server, Source("gazette", home=server.url("/home")))
        report = crawl(database, kill_when=lambda: "/page" in server.hits or "/home" in server.hits)
        gate.set()

        assert report.state == "failed"
        with closing(db.connect(database)) as connection:
            assert count_due(connection, clock.now()) == 0
            assert count_due(connection, clock.now() + 13 * FAR) >= 2
            assert site_searches.due(connection, clock.now()) == []
        polls = rows(database, "SELECT outcome, decided_by, next_due_at FROM polls")
        (site,) = rows(database, "SELECT * FROM sources WHERE name = 'gazette'")
        assert [poll["outcome"] for poll in polls] in (["ok"], ["crashed"])
        assert all(poll["next_due_at"] for poll in polls)
        assert str(site["search_error"]).startswith("crashed: ")
        assert rows(database, "SELECT * FROM feeds WHERE lease_token IS NOT NULL") == []

        again = crawl(database, trigger="manual", only_due=False)

    assert again.state == "finished"
    assert [row["state"] for row in rows(database, "SELECT state FROM links")] == ["fetched"]


def test_feed_whose_poll_never_came_about_waits(database):
    gate = threading.Event()
    with serving(routes := {"/feed": lambda _: b"" if gate.wait(60) else None}) as server:
        routes["/robots.txt"] = routes["/feed"]
        declare(database, server)
        crawl(database, kill_when=lambda: bool(server.hits))
        gate.set()

    (poll,) = rows(database, "SELECT outcome, decided_by FROM polls")
    assert (poll["outcome"], poll["decided_by"]) == ("crashed", "failure")
    (found,) = rows(database, "SELECT last_error, failures, next_due_at FROM feeds")
    assert (found["last_error"], found["failures"]) == ("crashed: the crawl ended without a word of it", 0.25)


def test_crawl_whose_time_is_over_says_so_and_leaves_the_rest_waiting(database):
    gate = threading.Event()

    def slow(number: int) -> bytes:
        gate.wait(60)
        return story(f"Story {number}")

    routes: dict[str, Answer] = {f"/page/{number}": slow for number in range(4)}
    with serving(routes) as server:
        routes["/feed"] = feed({path: server.url(path) for path in routes})
        declare(database, server)
        report = crawl(database, most_s=6)
        gate.set()

    assert report.state == "interrupted"
    assert report.error == "its time of 0.1 minutes was over; the next crawl goes on with the rest"
    assert report.has_failures
    (run,) = rows(database, "SELECT state, error, links_waiting FROM runs")
    waiting = rows(database, "SELECT * FROM links WHERE state = 'queued'")
    assert (run["state"], run["links_waiting"]) == ("interrupted", len(waiting))
    assert report.waiting == len(waiting)


def reading_processes(database: Path) -> list[int]:
    """The processes that read pages for the crawl of *database*, which this process has started."""
    crawls = [pid for pid in children_of(os.getpid()) if str(database).encode() in command_line(pid)]
    servers = [
        pid for crawl_pid in crawls for pid in children_of(crawl_pid) if b"forkserver" in command_line(pid)
    ]
    return [pid for server in servers for pid in children_of(server)]


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_processes_that_are_killed_twice_while_they_wait_end_the_run_and_charge_nobody(database):
    asked: list[int] = []
    fetched = "SELECT id FROM links WHERE state = 'fetched'"

    def page(number: int) -> Callable[[int], bytes]:
        def answer(_: int) -> bytes:
            stored = len(asked)
            asked.append(number)
            if stored in (1, 2):
                wait_until(lambda: len(rows(database, fetched)) >= stored, what="the processes to be idle")
                for pid in reading_processes(database):
                    os.kill(pid, signal.SIGKILL)
            return story(f"Story {number} of the harbour")

        return answer

    routes: dict[str, Answer] = {f"/page/{number}": page(number) for number in range(4)}
    with serving(routes) as server:
        routes["/feed"] = feed({path: server.url(path) for path in routes})
        declare(database, server)
        report = crawl(database)
        states = rows(database, "SELECT state, attempts, next_try_at FROM links ORDER BY state")
        (found,) = rows(database, "SELECT failures, last_error, lease_token FROM feeds")
        again = crawl(database)

    assert (report.state, report.had_no_pool, report.has_failures) == ("failed", True, True)
    assert str(report.error).startswith("the processes that read pages cannot work: ")
    assert str(report.error).endswith("; what was to be read waits for the next crawl")
    assert [link["state"] for link in states][:3] == ["fetched", "fetched", "queued"]
    assert [link["next_try_at"] for link in states] == [None] * 4
    assert tuple(found.values()) == (0, None, None)
    assert (again.state, again.waiting) == ("finished", 0)
    assert {row["state"] for row in rows(database, "SELECT state FROM links")} == {"fetched"}


# Runs that nobody closed


@pytest.fixture
def run_id(connection) -> int:
    sources.sync(connection, [(Source("herald"), [DeclaredFeed("http://herald.example/rss", FeedKind.FEED)])])
    return begin_run(connection, trigger="manual")[1]


def test_a_clusters_run_goes_on_until_the_cluster_is_gone(connection, run_id):
    connection.execute("UPDATE runs SET pid = NULL WHERE id = ?", [run_id])
    late = clock.now() + 10 * LEASE

    assert close_dead_runs(connection, late, is_own_dead=True) == 0
    assert [run.id for run in runs.of_clusters(connection)] == [run_id]
    assert close_dead_runs(connection, late, is_own_dead=True, is_cluster_gone=True) == 1
    assert runs.get(connection, run_id).state == "interrupted"


@pytest.mark.parametrize(
    ("host", "pid", "age", "is_own_dead", "closed"),
    [
        (None, None, timedelta(0), False, 0),
        (None, None, timedelta(0), True, 1),
        (None, None, LEASE + FAR, False, 1),
        (None, 4_194_305, timedelta(0), False, 1),
        ("elsewhere", 7, timedelta(0), True, 0),
        ("elsewhere", 7, LEASE + FAR, False, 1),
        (None, 1, timedelta(0), True, 0),
        (None, 1, LEASE + FAR, False, 1),
    ],
    ids=[
        "own",
        "own-before",
        "own-old",
        "gone",
        "other-machine",
        "other-machine-old",
        "living",
        "reused-number",
    ],
)
def test_run_is_closed_when_its_process_cannot_be_at_it(
    connection, run_id, host, pid, age, is_own_dead, closed
):
    connection.execute(
        "UPDATE runs SET host = ?, pid = ? WHERE id = ?",
        [host or socket.gethostname(), pid or os.getpid(), run_id],
    )

    assert close_dead_runs(connection, clock.now() + age, is_own_dead=is_own_dead) == closed

    ended = runs.get(connection, run_id)
    assert (ended.state == "interrupted") == bool(closed)
    leases = connection.execute("SELECT count(*) FROM feeds WHERE lease_token IS NOT NULL").fetchone()[0]
    assert leases == 1 - closed
