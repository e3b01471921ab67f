"""How much more two workers do than one, where reading takes the time, and where politeness does.

    python -m benchmarks.cluster_workers [--hosts 96] [--pages 12] [--rounds 1] [--share 0.4]

Hosts are ports of 127.0.0.1, each with a feed and its pages, made beforehand and served by a process of its own.
`reading`: pages of 2,500 words of a language's vocabulary that come at once, no delay; each worker has a fixed part of
a core of its own (cgroups where they can be written, else it is stopped and let go on in turns), which leaves room
for server, PostgreSQL, scheduler and writer, as on machines of their own. `politeness`: short pages that come after
0.3 s, a second between two requests to a host, 8 hosts at once for each worker. Workers are there before the first
job; pages a second are all pages by the time from the first job to the last page that is stored, with one worker and
with two, in turns. `costs`: one worker reads all as in `reading`, and then polls all feeds again, which answer 304;
with `--folder`, pages are the files below it that end with .html or .html.gz, each once. What the parts take while
nothing is to be done (signs of life, ticks) is measured after that, for 20 s, told, and taken off.
CPU of each part is told beside it, of all its processes, those that have ended included: by it one
sees which part a pace is bound by. Exits with 1 if a bar is missed.
"""

import argparse
import gzip
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, LiteralString

import psycopg

from benchmarks.many_queries import words
from storage.cluster.postgres import make_tables
from tests.support.cluster import Cluster, session_cpu_s
from tests.support.postgres import Postgres, postgres

BARS = {"reading": 1.8, "politeness": 1.9}
WORDS = {"reading": 2_500, "politeness": 150, "costs": 500}
LATENCY_S = {"reading": 0.0, "politeness": 0.3, "costs": 0.0}
DELAY_S = {"reading": 0.0, "politeness": 1.0, "costs": 0.0}
AT_ONCE = {"reading": 16, "politeness": 8, "costs": 16}
POLLS = "SELECT count(*) FROM polls"
STORED = "SELECT count(*) FROM links WHERE state NOT IN ('queued', 'failed')"
_PERIOD_US = 50_000
_REST_S = 20.0


@dataclass(frozen=True)
class Pace:
    """What one run gave."""

    pages_a_second: float
    cpu_ms: dict[str, float]  # of each part, for a page
    poll_ms: dict[str, float] = field(
        default_factory=dict
    )  # for a poll in which nothing is new; empty: not measured
    rest_ms: dict[str, float] = field(
        default_factory=dict
    )  # a second, while nothing is to be done; empty: not measured

    @property
    def told(self) -> str:
        """What each part took, in words."""
        found = {"a page": self.cpu_ms, "a poll": self.poll_ms, "a second at rest": self.rest_ms}
        each = (
            f"{what}: " + ", ".join(f"{part} {cpu:.2f}" for part, cpu in parts.items())
            for what, parts in found.items()
            if parts
        )
        return f"ms of CPU {'; '.join(each)}"


class Page(BaseHTTPRequestHandler):
    """A feed, or an article of invented words."""

    protocol_version = "HTTP/1.1"
    bodies: Mapping[tuple[int, str], bytes] = {}
    latency_s = 0.0

    def do_GET(self) -> None:
        """Answer."""
        threading.Event().wait(self.latency_s)
        sent = self.bodies.get((self.server.server_address[1], self.path), b"")
        if self.headers.get("If-None-Match"):
            sent, status = b"", 304
        else:
            status = 200 if sent else 404
        self.send_response(status)
        self.send_header("ETag", '"as made"')
        self.send_header("Content-Type", "application/rss+xml" if self.path == "/rss" else "text/html")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _feed(port: int, pages: int) -> str:
    items = "".join(
        f"<item><title>Story {port} {number}</title><link>http://127.0.0.1:{port}/{number}</link></item>"
        for number in range(pages)
    )
    return f"<rss version='2.0'><channel><title>{port}</title>{items}</channel></rss>"


def _article(name: str, number: int, invented: Sequence[str]) -> str:
    """An article of so many words, as often as in a language: few of them often, most seldom."""
    chance = Random(name)
    weights = [1 / (rank + 2.7) for rank in range(len(invented))]
    found = chance.choices(invented, weights=weights, k=number)
    sentences = [" ".join(found[start : start + 14]).capitalize() + "." for start in range(0, number, 14)]
    paragraphs = "".join(
        f"<p>{' '.join(sentences[start : start + 4])}</p>" for start in range(0, len(sentences), 4)
    )
    links = "".join(f"<li><a href='/section/{number}'>Section {number}</a></li>" for number in range(60))
    title = " ".join(found[:6])
    return (
        f"<html lang='en'><head><title>{title}</title></head><body><nav><ul>{links}</ul></nav><article><h1>{title}"
        f"</h1>{paragraphs}</article><footer>All rights reserved</footer></body></html>"
    )


def _files(folder: str) -> list[bytes]:
    """The pages below *folder*, in order of their paths."""
    found = sorted(Path(folder).rglob("*.html*"))
    return [
        gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in found
    ]


def serve(kind: str, hosts: int, pages: int, folder: str) -> None:
    """Serve *hosts* ports for ever; they are printed when all is made."""
    files = _files(folder) if folder else []
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Page) for _ in range(hosts)]
    invented, bodies = words(Random(1), 20_000), {}
    for server in servers:
        port = server.server_address[1]
        bodies[port, "/rss"] = _feed(port, pages).encode()
        bodies[port, "/robots.txt"] = b"User-agent: *\nAllow: /\n"
        for number in range(pages):
            made = files.pop() if files else _article(f"{port}/{number}", WORDS[kind], invented).encode()
            bodies[port, f"/{number}"] = made
    Page.bodies, Page.latency_s = bodies, LATENCY_S[kind]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(*(server.server_address[1] for server in servers), flush=True)
    sys.stdin.read()


def measure(
    server: Postgres, kind: str, workers: int, hosts: int, pages: int, share: float, files: str = ""
) -> Pace:
    """All pages once, by so many workers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        serving = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.cluster_workers", "serve", kind, str(hosts), str(pages), files],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        stack.callback(serving.wait)
        stack.callback(serving.kill)
        assert serving.stdout is not None
        cluster = Cluster(folder, server.database("workers"))
        _write_settings(cluster, kind, serving.stdout.readline().split())
        try:
            return _timed(cluster, server, kind, ["worker", "second worker"][:workers], hosts * pages, share)
        finally:
            for role in list(cluster.processes):
                cluster.kill(role)


def _write_settings(cluster: Cluster, kind: str, ports: list[str]) -> None:
    outlets = "".join(
        f'\n[[source]]\nname = "h{port}"\nfeeds = ["http://127.0.0.1:{port}/rss"]\n' for port in ports
    )
    allowed = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
    (cluster.folder / "seedwatch.toml").write_text(
        f'database = "demo.db"\n[cluster]\ndsn_env = "SEEDWATCH_DSN"\n[crawl]\ndelay = {DELAY_S[kind]}\nkeep = "all"\n'
        f'allow_private = [{allowed}]\n[[topic]]\nname = "t"\nany = "ferry AND tunnel"\n{outlets}'
    )


def _timed(cluster: Cluster, server: Postgres, kind: str, names: list[str], pages: int, share: float) -> Pace:
    with ExitStack() as stack:
        dsn = cluster.dsn
        with psycopg.connect(dsn, autocommit=True) as shared:
            make_tables(shared)
            for core, name in enumerate(names):
                cluster.start(
                    name, options=["--jobs", str(AT_ONCE[kind])], core=core if kind == "reading" else None
                )
                if kind == "reading":
                    stack.enter_context(part_of_core(cluster.processes[name].pid, share))
            cluster.start("writer")
            cluster.wait_until(lambda: _there(shared) == len(names), "the workers")
            cluster.start("scheduler")
            cluster.wait_until(
                lambda: _one(shared, "SELECT count(*) FROM seedwatch_jobs") > 0, "the first job"
            )
            began_s, began = time.perf_counter(), _cpu_s(cluster, server)
            cluster.wait_until(lambda: cluster.count(STORED) >= pages, "the last page", patience_s=900)
            took_s, ended = time.perf_counter() - began_s, _cpu_s(cluster, server)
            pages_ms = _each(began, ended, pages)
            if kind != "costs":
                return Pace(pages / took_s, pages_ms)
            polls_ms, polls_s = _polls_again(cluster, server)
            rest_ms = _at_rest(cluster, server)
    feeds = cluster.count("SELECT count(*) FROM feeds")
    return Pace(
        pages / took_s,
        {part: cpu - rest_ms[part] * took_s / pages for part, cpu in pages_ms.items()},
        {part: cpu - rest_ms[part] * polls_s / feeds for part, cpu in polls_ms.items()},
        rest_ms,
    )


def _each(began: Mapping[str, float], ended: Mapping[str, float], number: float) -> dict[str, float]:
    """CPU of each part between two moments, by *number*, in milliseconds."""
    return {part: (ended[part] - began[part]) / number * 1_000 for part in began}


def _polls_again(cluster: Cluster, server: Postgres) -> tuple[dict[str, float], float]:
    """CPU of each part for a poll of a feed that answers 304, in milliseconds; and how long all took, in seconds."""
    cluster.wait_until(lambda: cluster.is_done(0), "the end of the run")
    before, began, began_s = cluster.count(POLLS), _cpu_s(cluster, server), time.perf_counter()
    with closing(sqlite3.connect(cluster.database, timeout=30)) as connection, connection:
        connection.execute("UPDATE feeds SET next_due_at = NULL")
    feeds = cluster.count("SELECT count(*) FROM feeds")
    cluster.wait_until(lambda: cluster.count(POLLS) >= before + feeds, "the polls", patience_s=600)
    cluster.wait_until(lambda: cluster.is_done(0), "the end of the polls")
    return _each(began, _cpu_s(cluster, server), feeds), time.perf_counter() - began_s


def _at_rest(cluster: Cluster, server: Postgres) -> dict[str, float]:
    """CPU of each part a second while nothing is to be done, in milliseconds."""
    began, began_s = _cpu_s(cluster, server), time.perf_counter()
    threading.Event().wait(_REST_S)
    return _each(began, _cpu_s(cluster, server), time.perf_counter() - began_s)


def _one(shared: "psycopg.Connection[Any]", query: LiteralString) -> int:
    row = shared.execute(query).fetchone()
    return int(row[0]) if row else 0


def _there(shared: "psycopg.Connection[Any]") -> int:
    return _one(shared, "SELECT count(*) FROM seedwatch_processes WHERE role = 'worker'")


@contextmanager
def part_of_core(pid: int, share: float) -> Iterator[None]:
    """Let a process, and what it will start, have *share* of a core and no more."""
    name = f"seedwatch-{pid}"
    quota = round(share * _PERIOD_US)
    first, second = Path("/sys/fs/cgroup/cpu") / name, Path("/sys/fs/cgroup") / name
    for group, limits in (
        (first, {"cpu.cfs_period_us": str(_PERIOD_US), "cpu.cfs_quota_us": str(quota)}),
        (second, {"cpu.max": f"{quota} {_PERIOD_US}"}),
    ):
        try:
            group.mkdir()
            for limit, value in limits.items():
                (group / limit).write_text(value)
            (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            with suppress(OSError):
                group.rmdir()
            continue
        try:
            yield
        finally:
            _leave(group)
        return
    with _stopped_in_turns(pid, share):
        yield


def _leave(group: Path) -> None:
    """Move the processes of *group* out of it, and remove it."""
    for pid in (group / "cgroup.procs").read_text().split():
        with suppress(OSError):
            (group.parent / "cgroup.procs").write_text(pid)
    with suppress(OSError):
        group.rmdir()


@contextmanager
def _stopped_in_turns(pid: int, share: float) -> Iterator[None]:
    """Where there are no control groups that we may write: a process group that stands still for part of each 50 ms."""
    print("  (no control group can be written: workers are stopped and let go on in turns)", flush=True)
    ended = threading.Event()

    def take_turns() -> None:
        with suppress(ProcessLookupError):
            while not ended.wait(share * _PERIOD_US / 1e6):
                os.killpg(pid, signal.SIGSTOP)
                ended.wait((1 - share) * _PERIOD_US / 1e6)
                os.killpg(pid, signal.SIGCONT)

    turns = threading.Thread(target=take_turns)
    turns.start()
    try:
        yield
    finally:
        ended.set()
        turns.join()


def _cpu_s(cluster: Cluster, server: Postgres) -> dict[str, float]:
    """CPU that each part took so far, with all that it has started, those that have ended included."""
    total = {"PostgreSQL": server.cpu_s(), "worker": 0.0, "writer": 0.0, "scheduler": 0.0}
    for role, process in cluster.processes.items():
        total[role.split()[-1]] += session_cpu_s([process.pid])
    return total


def main() -> int:
    """1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=96)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.4, help="of a core, for each worker that reads")
    parser.add_argument("--folder", default="", help="of pages, for costs")
    parser.add_argument("--kinds", nargs="*", default=list(BARS))
    given = parser.parse_args()
    with postgres() as server:
        missed = [_compare(server, given, kind) for kind in given.kinds if kind in BARS]
        if "costs" in given.kinds:
            found = measure(server, "costs", 1, given.hosts, given.pages, 1.0, given.folder)
            what = f"from {given.folder}" if given.folder else f"of {WORDS['costs']} words"
            print(f"costs, of {given.hosts * given.pages} pages {what}: {found.told}")
    return int(any(missed))


def _compare(server: Postgres, given: argparse.Namespace, kind: str) -> bool:
    """Whether two workers miss the bar beside one."""
    paces: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(given.rounds):
        for workers, found in paces.items():
            pace = measure(server, kind, workers, given.hosts, given.pages, given.share)
            found.append(pace.pages_a_second)
            print(f"  {workers}: {pace.pages_a_second:.1f} a second; {pace.told}", flush=True)
    one, two = (statistics.median(paces[workers]) for workers in paces)
    print(
        f"{kind}: one worker {one:.1f} pages a second, two {two:.1f}: {two / one:.2f} times, bar {BARS[kind]}",
        flush=True,
    )
    return two / one < BARS[kind]


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        sys.exit(main())
