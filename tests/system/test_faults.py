"""Faults with real processes: what is committed stays, nothing is stored twice, and the work goes on."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from select import select
from threading import Timer

import pytest

from crawler import clock
from scheduler.daemon.crawl import Crawl, CrawlReport
from scheduler.daemon.supervisor import Worker, WorkerLimits
from storage import db, meta
from tests.support.command_line import children_of, members_of, run_here, started, wait_until
from tests.support.faults import FEEDS, Outlet, outlet, small_disk
from tests.support.folders import ROOT
from tests.support.outlets import write_settings
from tests.support.servers import answer, unanswered_port
from tests.support.set_clock import SetClock

TICK = ("--tick", "0.2")
# A crawl of the outlet asks for robots.txt, the feeds and two pages of each.
REQUESTS = 1 + FEEDS + 2 * FEEDS


@pytest.fixture
def herald(tmp_path):
    with outlet(tmp_path) as found:
        yield found


def moment(seed: int) -> tuple[int, float]:
    """A request of a crawl, and the seconds after it."""
    chance = Random(seed)
    return chance.randint(1, REQUESTS), chance.random() * 0.2


async def crawl(herald: Outlet, worker: Worker) -> CrawlReport:
    return await Crawl(herald.database, trigger="schedule", worker=worker).run()


def test_worker_that_is_killed_is_replaced_and_nothing_is_lost(herald):
    herald.declare()

    async def main() -> list[CrawlReport]:
        worker, reports = Worker(), []
        for seed in (1, 2, 3):
            herald.publish(f"round {seed}")
            await worker.warm()
            number, after_s = moment(seed)
            herald.hits.arm(number, partial(os.kill, worker.pid, signal.SIGKILL), after_s)
            before, killed = set(herald.stored()), worker.pid
            reports.append(await crawl(herald, worker))
            assert before <= set(herald.stored())
            wait_until(lambda: not members_of(killed), what="the end of what it had started")  # noqa: B023
            herald.let_time_pass()
        reports.append(await crawl(herald, worker))
        await worker.end()
        return reports

    *killed, last = asyncio.run(main())
    assert killed[0].state == "failed"  # the others may have been done a moment before
    assert "ended with code -9" in killed[0].error
    assert last.state == "finished"
    herald.check_whole()


def test_page_in_whose_hands_the_worker_dies_twice_is_given_up_and_the_others_are_stored(herald):
    herald.declare()
    paragraphs = "".join(
        f"<p>The council of the harbour town has met for the {n}th time.</p>" for n in range(29_000)
    )
    bad = "/0/first-0-0"
    slow = answer(
        f"<!doctype html><html><body><article><h1>Bad</h1>{paragraphs}</article></body></html>".encode()
    )

    async def main() -> list[CrawlReport]:
        worker, reports = Worker(), []
        for _ in range(2):
            await worker.warm()
            # Reading it takes a second or more: the worker dies meanwhile.
            killing = Timer(0.4, partial(os.kill, worker.pid, signal.SIGKILL))
            herald.routes[bad] = lambda _, timer=killing: timer.start() or slow
            reports.append(await crawl(herald, worker))
            herald.let_time_pass(forgiving=False)
        herald.routes[bad] = slow
        reports.append(await crawl(herald, worker))
        await worker.end()
        return reports

    reports = asyncio.run(main())

    assert [report.state for report in reports] == ["failed", "failed", "finished"]
    (link,) = herald.rows("SELECT * FROM links WHERE state <> 'fetched'")
    assert link["url"].endswith(bad)
    assert (link["state"], link["reason"]) == ("not_article", "crashed")
    assert herald.hits.count(bad) == 2
    assert set(herald.stored()) == herald.titles - {"first 0 0"}


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_worker_that_gives_no_sign_of_life_is_ended_and_replaced(herald, seed):
    herald.declare()
    number, _ = moment(seed)

    async def main() -> CrawlReport:
        worker = Worker(WorkerLimits(silence_s=1.5))
        await worker.warm()
        stopped = worker.pid
        herald.hits.arm(min(number, REQUESTS - 1), lambda: os.kill(stopped, signal.SIGSTOP))
        report = await crawl(herald, worker)
        await worker.end()
        assert members_of(stopped) == ()
        return report

    report = asyncio.run(main())

    assert report.state == "failed"
    assert "it gave no sign of life for" in report.error
    assert herald.rows("SELECT * FROM feeds WHERE lease_token IS NOT NULL OR next_due_at IS NULL") == []
    assert all(row["failures"] <= 0.25 for row in herald.rows("SELECT failures FROM feeds"))


def test_worker_at_its_memory_limit_does_no_harm(herald):
    herald.declare()
    heavy = answer(b"<!doctype html><html><body>" + b"<p>Too much. </p>" * 900_000)
    herald.routes["/feed/0"] = heavy
    herald.routes["/feed/1"] = heavy

    async def main() -> CrawlReport:
        worker = Worker(WorkerLimits(resident_mb=1_000))
        await worker.warm()
        herald.hits.arm(1, lambda: squeeze(worker.pid))
        report = await crawl(herald, worker)
        await worker.end()
        return report

    report = asyncio.run(main())

    assert report.state in {"finished", "failed"}
    # Without a process that could read anything nothing is said of a feed: it is asked again.
    assert report.had_no_pool or len(herald.rows("SELECT * FROM polls")) == FEEDS
    unasked = "SELECT failures FROM feeds WHERE id NOT IN (SELECT feed_id FROM polls)"
    assert all(feed["failures"] == 0 for feed in herald.rows(unasked))
    assert herald.rows("SELECT * FROM polls WHERE outcome = 'ok' AND feed_id < 3") == []
    assert herald.rows("SELECT * FROM feeds WHERE lease_token IS NOT NULL") == []
    assert herald.rows("SELECT * FROM runs WHERE state = 'running'") == []


def squeeze(pid: int) -> None:
    """Let the process reserve next to nothing more."""
    size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(pid, resource.RLIMIT_AS, (size + 2**20, size + 2**20))


def test_killed_daemon_takes_its_worker_along_and_the_next_one_goes_on(herald):
    herald.write_settings()
    run_here("check", folder=herald.folder)
    seen: set[str] = set()
    for seed in (4, 5, 6):
        number, after_s = moment(seed)
        herald.publish(f"round {seed}")
        herald.let_time_pass()
        with started("run", *TICK, folder=herald.folder) as process:
            workers = wait_until(lambda: children_of(process.pid), what="the worker")
            herald.hits.arm(number, process.kill, after_s)
            wait_until(lambda: process.poll() is not None, what="the kill")
        wait_until(lambda: not any(map(members_of, workers)), what="the end of the worker")  # noqa: B023
        assert seen <= set(herald.stored())
        seen = set(herald.stored())

    herald.publish("last")  # the last kill may have come after the last page
    herald.let_time_pass()
    with started("run", *TICK, folder=herald.folder) as process:
        wait_until(lambda: set(herald.stored()) == herald.titles, what="the rest")
        wait_until(lambda: herald.rows("SELECT state FROM runs ORDER BY id DESC")[0]["state"] == "finished")
        process.terminate()
        assert process.wait(30) == 0
    herald.check_whole()
    assert "Traceback" not in herald.said()


@pytest.mark.parametrize("stored", [1, 9, 30])
def test_sigterm_under_load_ends_everything_in_order_and_systemd_is_told(herald, stored):
    herald.write_settings()
    herald.publish("many", each=20)
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(herald.folder / "notify"))
    told.settimeout(0)
    systemd = {"NOTIFY_SOCKET": str(herald.folder / "notify"), "WATCHDOG_USEC": "20000000"}
    with started("run", *TICK, folder=herald.folder, more=systemd) as process:
        (worker,) = wait_until(lambda: children_of(process.pid), what="the worker")
        wait_until(lambda: len(herald.stored()) >= stored, what="the first pages")
        process.terminate()
        code = process.wait(30)
    with told:
        states = [told.recv(100) for _ in iter(lambda: bool(select([told], [], [], 0)[0]), False)]

    assert code == 0
    assert (states.count(b"READY=1"), states.count(b"STOPPING=1")) == (1, 1)
    assert states.index(b"READY=1") < states.index(b"STOPPING=1")
    assert b"WATCHDOG=1" in states
    assert members_of(worker) == ()
    assert herald.rows("SELECT * FROM feeds WHERE lease_token IS NOT NULL") == []
    assert [row["state"] for row in herald.rows("SELECT state FROM runs")] == ["interrupted"]
    fetched = herald.rows("SELECT title FROM links WHERE state = 'fetched'")
    assert len(fetched) == len(herald.stored()) == len(set(herald.stored()))


def test_daemon_finds_back_into_step_after_a_clock_that_was_wrong_or_a_long_time_off(herald):
    herald.write_settings()
    run_here("check", folder=herald.folder)
    with closing(db.connect(herald.database)) as connection:
        ahead = clock.now() + timedelta(days=3)
        meta.put(connection, meta.HEARTBEAT, ahead.replace(microsecond=0))
        connection.execute("UPDATE feeds SET last_polled_at = ?, next_due_at = ?",
                           [db.to_iso(ahead), db.to_iso(ahead + timedelta(hours=2))])  # fmt: skip

    with started("run", *TICK, folder=herald.folder) as process:
        wait_until(lambda: "watching 1 source" in herald.said(), what="the beginning")
        process.terminate()
        assert process.wait(30) == 0
    late = herald.rows("SELECT * FROM feeds WHERE julianday(next_due_at) > julianday('now', '+3 hours')")
    with started("run", *TICK, folder=herald.folder, more={"SEEDWATCH_DAYS_AHEAD": "2"}) as process:
        wait_until(lambda: set(herald.stored()) == herald.titles, what="the polls")
        process.terminate()
        assert process.wait(30) == 0
    status = run_here("status", "--json", folder=herald.folder, more={"SEEDWATCH_DAYS_AHEAD": "2"})

    assert "the clock was set back: what waits was moved with it" in herald.said()
    assert late == []
    assert "nothing was watched for 2 d 0 h; 3 feeds came due meanwhile" in herald.said()
    (gap,) = status.json["gaps"]
    assert (gap["reason"], gap["feeds"]) == ("off", FEEDS)


def test_own_network_down_charges_nobody(tmp_path):
    names = [f"127.0.0.{number}" for number in range(2, 7)]
    with ExitStack() as running:
        ports = {name: running.enter_context(unanswered_port()).rpartition(":")[2] for name in names}
        places = [f"{name}:{ports[name]}" for name in names]
        listed = [{"name": f"n{name[-1]}", "feeds": [f"http://{place}/feed"]}
                  for name, place in zip(names, places, strict=True)]  # fmt: skip
        write_settings(tmp_path, listed, places)
        run_here("crawl", folder=tmp_path)
    herald = Outlet(tmp_path, None, {}, None)
    down = herald.rows("SELECT outcome, decided_by, failures FROM polls JOIN feeds ON feeds.id = feed_id")

    assert down == [{"outcome": "refused", "decided_by": "outage", "failures": 0.0}] * 5


def test_clock_that_is_set_while_the_daemon_runs_makes_nobody_wait(herald, tmp_path):
    set_clock = SetClock.made_in(tmp_path)
    herald.write_settings()

    with started("run", *TICK, folder=herald.folder, more=set_clock.environment) as process:
        wait_until(lambda: set(herald.stored()) == herald.titles, what="the first pages")
        for ahead, said in ((40 * 3_600, "forward by 1 d 16 h"), (-40 * 3_600, "back by 3 d 8 h")):
            herald.publish(f"after {ahead}")
            set_clock.set(ahead)
            wait_until(lambda: f"the clock was set {said}" in herald.said(), what=said)  # noqa: B023
            if ahead < 0:  # forward all is due; back the pauses are what they were
                due = herald.rows("SELECT julianday(min(next_due_at)) - julianday('now') AS days FROM feeds")
                assert due[0]["days"] * 24 + 40 < 13
                # A run that is being closed would set the next poll after us.
                wait_until(lambda: not herald.rows("SELECT 1 FROM runs WHERE state = 'running'"))
                with closing(db.connect(herald.database)) as connection:
                    connection.execute("UPDATE feeds SET next_due_at = NULL")
            wait_until(lambda: set(herald.stored()) == herald.titles, what=f"the pages after {ahead}")
        process.terminate()
        assert process.wait(30) == 0
    herald.check_whole()
    assert "Traceback" not in herald.said()


def test_locks_wait_no_shorter_where_a_test_sets_the_clock_behind(tmp_path):
    """Locks between processes wait until a time of day: a worker gave up at once where it should have waited."""
    set_clock = SetClock.made_in(tmp_path)
    set_clock.set(-40 * 3_600)
    waiting = (
        "import multiprocessing, time\n"
        "lock = multiprocessing.Lock()\nlock.acquire()\nbegan = time.monotonic()\n"
        "lock.acquire(timeout=0.1)\nprint(time.monotonic() - began)"
    )

    waited = subprocess.run(
        [sys.executable, "-c", waiting],
        env={**os.environ, **set_clock.environment},
        capture_output=True,
        check=True,
    )

    assert float(waited.stdout) >= 0.1


def test_full_disk_ends_the_daemon_and_the_next_one_goes_on_where_there_is_room(herald, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, mb=6):
        herald.database.symlink_to(disk / "test.db")
        herald.write_settings()
        with started("run", *TICK, folder=tmp_path) as process:
            wait_until(lambda: set(herald.stored()) == herald.titles, what="the first pages")
            wait_until(lambda: not herald.rows("SELECT * FROM runs WHERE state = 'running'"), what="its end")
            before = set(herald.stored())
            herald.publish("too much", each=20)
            herald.hits.arm(3, partial(fill, disk / "filler"))
            herald.let_time_pass()
            assert process.wait(60) == 2
        assert "disk is full" in herald.said()
        (disk / "filler").unlink()
        assert before <= set(herald.stored())
        with started("run", *TICK, folder=tmp_path) as process:
            herald.let_time_pass()
            wait_until(lambda: set(herald.stored()) == herald.titles, what="the rest")
            wait_until(
                lambda: not herald.rows("SELECT * FROM runs WHERE state = 'running'"), what="the run's end"
            )
            process.terminate()
            assert process.wait(30) == 0
        herald.check_whole()


def test_the_small_disk_of_a_killed_test_is_taken_away(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, mb=1):
        pass
    mounting = (
        "import sys, time; from pathlib import Path; from tests.support.faults import small_disk\n"
        "with small_disk(Path(sys.argv[1]), mb=1): print(flush=True); sys.stdin.read()"
    )

    with subprocess.Popen(
        [sys.executable, "-c", mounting, disk], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as killed:
        killed.stdout.readline()
        assert disk.is_mount()
        killed.kill()

    wait_until(lambda: not disk.is_mount(), what="the end of the mount")


def fill(file: Path) -> None:
    """Leave no room for more than a page."""
    with file.open("wb", buffering=0) as filler:
        for size in (2**16, 2**12):
            with suppress(OSError):
                while filler.write(bytes(size)) == size:
                    pass
