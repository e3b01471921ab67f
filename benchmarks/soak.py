"""The long forms of tests/system/test_faults.py: kills at many moments, many crawls, an idle daemon. Prints a table.

`python -m benchmarks.soak [--crawls N] [--moments N] [--idle SECONDS] [--locked SECONDS] [--seed N]
[--only PART]`, with `make soak` for the full length. All traffic is to 127.0.0.1.
"""

import argparse
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import closing, contextmanager, suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random

from benchmarks.not_modified import memory_mb
from scheduler.daemon.supervisor import WorkerLimits
from storage import db
from tests.support.command_line import children_of, members_of, run_child, run_here, started, wait_until
from tests.support.faults import FEEDS, Outlet, outlet
from tests.support.outlets import story
from tests.support.servers import answer

TICK = "0.2"
TOPIC = '[[topic]]\nname = "harbour"\nany = "committee"'  # what matches it is looked at again
LONG_AGO = "'2020-01-01T00:00:00+00:00'"
GROWTH_BAR_MB, IDLE_BAR_PERCENT, ROW_BAR_S, STOP_BAR_S = 20, 1.0, 3.0, 10.0
LIFE = WorkerLimits().crawls  # of a worker, in crawls
REQUESTS = 1 + 2 * FEEDS  # of a crawl with one new page in each feed


@contextmanager
def watched(
    tick: str | None = TICK, more: str = ""
) -> Iterator[tuple[Outlet, Callable[[], "subprocess.Popen[str]"]]]:
    """An outlet, and what starts a daemon on it, with *more* in its settings; all daemons are ended with the block."""
    with tempfile.TemporaryDirectory() as folder, outlet(Path(folder)) as herald:
        herald.write_settings(more)
        run_here("check", folder=herald.folder)
        running = []

        def start() -> "subprocess.Popen[str]":
            context = started("run", *(("--tick", tick) if tick else ()), folder=herald.folder)
            process = context.__enter__()
            running.append(context)
            return process

        try:
            yield herald, start
        finally:
            for context in reversed(running):
                context.__exit__(None, None, None)


def finished_runs(herald: Outlet) -> int:
    """How many runs have ended."""
    (row,) = herald.rows("SELECT count(*) AS number FROM runs WHERE state <> 'running'")
    return int(row["number"])


def make_due(herald: Outlet) -> None:
    """As `Outlet.let_time_pass`, second looks and archives too, whatever the daemon does at the moment."""
    try:
        herald.let_time_pass()
        with closing(db.connect(herald.database)) as connection:
            connection.execute(f"UPDATE watches SET due_at = {LONG_AGO} WHERE ended IS NULL")
            connection.execute(f"UPDATE links SET next_try_at = {LONG_AGO} WHERE next_try_at IS NOT NULL")
            connection.execute("UPDATE archive_pages SET next_try_at = NULL")
            connection.execute("UPDATE backfills SET next_at = NULL")
    except sqlite3.OperationalError:
        make_due(herald)


def until_whole(herald: Outlet) -> None:
    """Wait until all that was published is stored, helping time along; then see that it is stored once."""
    began = time.monotonic()
    while set(herald.stored()) != herald.titles:
        assert time.monotonic() < began + 120, f"not whole within two minutes: {missing(herald)}"
        time.sleep(1)
        make_due(herald)
    busy = (
        "SELECT 1 FROM runs WHERE state = 'running' UNION ALL SELECT 1 FROM feeds WHERE next_due_at IS NULL"
    )
    wait_until(lambda: not herald.rows(busy), 60, "the end of the runs")
    herald.check_whole()


def missing(herald: Outlet) -> str:
    """What is not stored though it was published, or the other way round; how links stand; last words."""
    stored = set(herald.stored())
    links = herald.rows(
        "SELECT url, state, reason, detail, attempts, next_try_at FROM links WHERE state <> 'fetched' LIMIT 9"
    )
    said = herald.said()[-1500:]
    return f"{sorted(herald.titles - stored)} not stored, {sorted(stored - herald.titles)} too many; {links}; {said}"


def growth(crawls: int) -> list[tuple[str, str, str]]:
    """Many crawls in one daemon: what its processes hold, each time in the middle of a worker's life."""
    own, all_of_it = [], []
    with watched() as (herald, start):
        daemon = start()
        wait_until(lambda: finished_runs(herald) >= 1, what="the first crawl")
        for number in range(1, crawls):
            if number % 10 == 0:
                herald.publish(f"crawl {number}", each=1)
            before = finished_runs(herald)
            make_due(herald)
            wait_until(lambda: finished_runs(herald) > before, 120, "a crawl")  # noqa: B023
            if number % LIFE == LIFE // 2:
                own.append(memory_mb(daemon.pid))
                all_of_it.append(sum(map(memory_mb, everyone(daemon.pid))))
    return [
        (f"supervisor, {crawls} crawls", f"grows < {GROWTH_BAR_MB} MB", _trend(own)),
        ("supervisor, worker and what it has started", f"grows < {GROWTH_BAR_MB} MB", _trend(all_of_it)),
    ]


def _trend(held: list[float]) -> str:
    return f"{held[-1] - held[0]:+.1f} MB from {held[0]:.0f}; most {max(held):.0f}"


def everyone(daemon: int) -> list[int]:
    """The daemon, its worker, and what that has started."""
    return [daemon, *(one for worker in children_of(daemon) for one in members_of(worker))]


def idle(seconds: float) -> list[tuple[str, str, str]]:
    """A daemon with its usual tick and nothing to do."""
    with watched(tick=None) as (herald, start):
        daemon = start()
        until_whole(herald)
        before = {pid: cpu_s(pid) for pid in everyone(daemon.pid)}
        time.sleep(seconds)
        used = sum(cpu_s(pid) - before.get(pid, 0.0) for pid in everyone(daemon.pid))
    percent = 100 * used / seconds
    return [
        (
            "idle daemon, all its processes",
            f"< {IDLE_BAR_PERCENT} % of a core",
            f"{percent:.2f} % in {seconds:.0f} s",
        )
    ]


def rows_after_change(rounds: int = 10) -> list[tuple[str, str, str]]:
    """From the publication to the stored article, where the feed comes due at that moment."""
    taken = []
    with watched(tick=None) as (herald, start):
        start()
        until_whole(herald)
        for number in range(rounds):
            before = finished_runs(herald)
            herald.publish(f"change {number}", each=1)
            make_due(herald)
            began = time.monotonic()
            wait_until(lambda: set(herald.stored()) == herald.titles, 60, "the article")
            taken.append(time.monotonic() - began)
            wait_until(lambda: finished_runs(herald) > before, 60, "the end of the run")  # noqa: B023
    return [
        (
            "change of a due feed to committed rows, with the usual tick",
            f"< {ROW_BAR_S:g} s",
            f"median {statistics.median(taken):.1f} s, worst {max(taken):.1f} s of {rounds}",
        )
    ]


def kills(moments: int, chance: Random) -> list[tuple[str, str, str]]:
    """Ends of the worker, then of the supervisor, by SIGKILL at random moments."""
    found = []
    for name in ("worker", "supervisor"):
        lost = 0
        with watched() as (herald, start):
            daemon = start()
            until_whole(herald)
            for number in range(moments):
                herald.publish(f"{name} {number}", each=1)
                stored, workers = set(herald.stored()), children_of(daemon.pid)
                at_random_moment(herald, chance, partial(kill, name, daemon.pid))
                if name == "supervisor":
                    daemon.wait()
                    wait_until(lambda: not any(map(members_of, workers)), 60, "the end of the worker")  # noqa: B023
                    daemon = start()
                lost += len(stored - set(herald.stored()))
            until_whole(herald)
            broken = herald.rows("SELECT * FROM runs WHERE state IN ('failed', 'interrupted')")
        found.append(
            (
                f"kill -9 of the {name}, {moments} moments",
                "0 rows lost, 0 twice, all polled again",
                f"{lost} lost, 0 twice, all polled; {len(broken)} kills were in the middle of a crawl",
            )
        )
    return found


def at_random_moment(herald: Outlet, chance: Random, then: Callable[[], None]) -> None:
    """Have the outlet crawled, and call *then* soon after one of the requests; at the latest when all is done."""
    done, once = threading.Event(), threading.Lock()

    def fire() -> None:
        with once:
            if not done.is_set():
                then()
                done.set()

    herald.hits.arm(chance.randint(1, REQUESTS), fire, chance.random() * 0.3)
    make_due(herald)
    began = time.monotonic()
    while not done.wait(2) and not (whole(herald) and time.monotonic() > began + 10):
        assert time.monotonic() < began + 400, f"no end of such a moment: {missing(herald)}"
        make_due(herald)  # the run before may have put off what it had in hand
    fire()


def disturbances(moments: int, chance: Random) -> list[tuple[str, str, str]]:
    """What people do with the command line, and ends of reading processes, while the daemon is in a crawl."""
    with watched(more=TOPIC) as (herald, start):
        beside = Beside(herald, start(), chance)
        until_whole(herald)
        for number in range(moments):
            herald.publish(f"beside {number}", each=2)
            at_random_moment(herald, chance, beside.disturb)
            assert not beside.refused, beside.refused
        until_whole(herald)
        lives = beside.daemon.poll() is None
        leads: dict[int, set[int]] = {}
        for row in herald.rows("SELECT article_id, original_id FROM copies"):
            leads.setdefault(row["article_id"], set()).add(row["original_id"])
        back = beside.pruned & set(herald.stored())
        failed = herald.rows("SELECT * FROM runs WHERE state = 'failed'")
    done = ", ".join(f"{number} {name}" for name, number in beside.done.most_common())
    return [
        (
            f"beside a busy daemon, {moments} moments: {done}",
            "it goes on; 0 lost, 0 twice, 0 pruned are back, no run without an end, no relation goes round",
            f"{'goes on' if lives else 'ENDED'}; 0 lost, 0 twice, {len(back)} back, all ended "
            f"({len(failed)} failed), {len(going_round(leads))} of {len(leads)} go round",
        )
    ]


class Beside:
    """What happens beside the daemon, one thing at a time.

    Attributes:
        pruned: headlines that were removed for good.
        refused: what a command said that did not end well.
    """

    def __init__(self, herald: Outlet, daemon: "subprocess.Popen[str]", chance: Random) -> None:
        self.herald, self.daemon, self._chance = herald, daemon, chance
        self._name, self._past = "herald", 0
        self.pruned: set[str] = set()
        self.done: Counter[str] = Counter()
        self.refused: list[str] = []
        self._kinds: list[Callable[[], None]] = []

    def disturb(self) -> None:
        """The next disturbance; each kind comes before one comes again."""
        if not self._kinds:
            self._kinds = [self._kill, self._prune, self._rename, self._read_past, self._change_settings]
            self._chance.shuffle(self._kinds)
        try:
            self._kinds.pop()()
        except Exception as error:  # it happens in a thread: the round that waits for it says so
            self.refused.append(f"{type(error).__name__}: {error}")

    def _kill(self) -> None:
        """The kernel ends what the worker has started: a process that reads pages, or the server that forks it."""
        for worker in children_of(self.daemon.pid):
            started_by_it = [pid for pid in members_of(worker) if pid != worker]
            if started_by_it:
                with suppress(ProcessLookupError):
                    os.kill(self._chance.choice(started_by_it), signal.SIGKILL)
                self.done["kills of what the worker has started"] += 1

    def _prune(self) -> None:
        row = self._chance.choice(self.herald.rows("SELECT id, title FROM articles"))
        self._command("prune", row["id"], "--yes")
        self.pruned.add(row["title"])
        self.herald.titles.discard(row["title"])
        self.done["prune"] += 1

    def _rename(self) -> None:
        new = f"herald-{self.done['sources rename'] + 1}"
        self._command("sources", "rename", self._name, new)
        self._name = new
        self.done["sources rename"] += 1

    def _read_past(self) -> None:
        """Two more old pages, and the past read as far as they go."""
        self._past += 1
        server, day = self.herald.server, date(2020, 1, 1) - timedelta(days=30 * self._past)
        for number in range(2):
            title = f"past {self._past} {number}"
            self.herald.routes[f"/past/{day}/{number}"] = story(title)
            self.herald.titles.add(title)
        entries = "".join(
            f"<url><loc>{server.url(path)}</loc><lastmod>{path.split('/')[2]}</lastmod></url>"
            for path in self.herald.routes
            if path.startswith("/past/")
        )
        self.herald.routes["/sitemap.xml"] = answer(
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode(),
            Content_Type="application/xml",
        )
        self._command("crawl", self._name, "--since", day)
        self.done["crawl --since"] += 1

    def _change_settings(self) -> None:
        settings = self.herald.folder / "seedwatch.toml"
        text = settings.read_text()
        now, then = (
            ("delay = 0\n", "delay = 0.01\n") if "delay = 0\n" in text else ("delay = 0.01\n", "delay = 0\n")
        )
        settings.write_text(text.replace(now, then))
        self.done["changed settings"] += 1

    def _command(self, *arguments: object) -> None:
        done = run_child(*arguments, folder=self.herald.folder, timeout_s=300)
        if done.code != 0:
            self.refused.append(f"{arguments}: {done.code} {done.out[-500:]} {done.err[-500:]}")


def going_round(leads: Mapping[int, Set[int]]) -> set[int]:
    """Of what leads to others, what is left when that which leads to nothing left is taken away again and again."""
    left = dict(leads)
    while True:
        ends = {one for one, to in left.items() if not to & left.keys()}
        if not ends:
            return set(left)
        left = {one: to for one, to in left.items() if one not in ends}


def hangs(moments: int, chance: Random) -> list[tuple[str, str, str]]:
    """SIGTERM under load: how long the daemon takes to end."""
    taken = []
    with watched() as (herald, start):
        for number in range(moments):
            herald.publish(f"load {number}", each=10)
            make_due(herald)
            daemon = start()
            before = len(herald.hits)
            some = chance.randint(2, 12)
            wait_until(lambda: len(herald.hits) >= before + some, 60, "the load")  # noqa: B023
            began = time.monotonic()
            daemon.terminate()
            assert daemon.wait(60) == 0
            taken.append(time.monotonic() - began)
    return [
        (
            f"SIGTERM under load, {moments} moments",
            f"ends within {STOP_BAR_S:g} s",
            f"median {statistics.median(taken):.1f} s, worst {max(taken):.1f} s",
        )
    ]


def locked(seconds: float) -> list[tuple[str, str, str]]:
    """Another process holds the database, in the middle of a crawl."""
    with watched() as (herald, start):
        daemon = start()
        until_whole(herald)
        herald.publish("locked", each=5)
        before = len(herald.hits)
        make_due(herald)
        wait_until(lambda: len(herald.hits) >= before + FEEDS + 1, 60, "the crawl")
        with closing(db.connect(herald.database)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("ROLLBACK")
        until_whole(herald)
        lives = daemon.poll() is None
    return [
        (
            f"database locked for {seconds:g} s by another process",
            "goes on, all stored once",
            f"{'goes on' if lives else 'ENDED'}, all stored once",
        )
    ]


def whole(herald: Outlet) -> bool:
    """Whether all that was published is stored."""
    return set(herald.stored()) == herald.titles


def kill(name: str, daemon: int) -> None:
    """Have the kernel end the daemon, or its worker."""
    for pid in (daemon,) if name == "supervisor" else children_of(daemon):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def cpu_s(pid: int) -> float:
    """The CPU time of a process; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Run all parts and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak")
    parser.add_argument("--crawls", type=int, default=1_000)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--idle", type=float, default=120)
    parser.add_argument("--locked", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("rows", "idle", "hangs", "locked", "beside", "kills", "growth"))
    options = parser.parse_args()
    chance = Random(options.seed)
    print("| what | bar | seen |\n|---|---|---|", flush=True)
    parts: dict[str, Callable[[], list[tuple[str, str, str]]]] = {
        "rows": rows_after_change,
        "idle": lambda: idle(options.idle),
        "hangs": lambda: hangs(options.moments, chance),
        "locked": lambda: locked(options.locked),
        "beside": lambda: disturbances(options.moments, chance),
        "kills": lambda: kills(options.moments, chance),
        "growth": lambda: growth(options.crawls),
    }
    for name, part in parts.items():
        if options.only in (None, name):
            for line in part():
                print(f"| {' | '.join(line)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
