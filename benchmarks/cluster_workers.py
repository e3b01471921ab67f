"""How much more two workers do than one, where reading takes the time, and where politeness does.

    python -m benchmarks.cluster_workers [--hosts 40] [--pages 12] [--rounds 1]

Hosts are ports of 127.0.0.1, each with a feed and its pages, served by a process of its own. `reading`: pages of 2,500
words that come at once, no delay; each worker is kept to one core. `politeness`: short pages that come after 0.3 s, a
second between two requests to a host, 8 hosts at once for each worker. Pages a second, from the first that is stored
to the last, with one worker and with two, in turns; and pages by CPU second of the workers, which tells what workers
with cores of their own would do where these are shared with others. Exits with 1 if a bar is missed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from tests.support.cluster import Cluster
from tests.support.postgres import Postgres, postgres

BARS = {"reading": 1.8, "politeness": 1.9}
WORDS = {"reading": 2_500, "politeness": 150}
LATENCY_S = {"reading": 0.0, "politeness": 0.3}
DELAY_S = {"reading": 0.0, "politeness": 1.0}
AT_ONCE = {"reading": 16, "politeness": 8}
STORED = "SELECT count(*) FROM links WHERE state NOT IN ('queued', 'failed')"


class Page(BaseHTTPRequestHandler):
    """A feed, or an article of invented sentences."""

    protocol_version = "HTTP/1.1"
    pages, words, latency_s = 0, 0, 0.0

    def do_GET(self) -> None:
        """Answer."""
        threading.Event().wait(self.latency_s)
        port = self.server.server_address[1]
        if self.path == "/rss":
            items = "".join(
                f"<item><title>Story {port} {number}</title><link>http://127.0.0.1:{port}/{number}</link></item>"
                for number in range(self.pages)
            )
            body = f"<rss version='2.0'><channel><title>{port}</title>{items}</channel></rss>"
        elif self.path == "/robots.txt":
            body = "User-agent: *\nAllow: /\n"
        else:
            body = _article(f"{port}{self.path}", self.words)
        sent = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml" if self.path == "/rss" else "text/html")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _article(name: str, words: int) -> str:
    chance = Random(name)
    stems = [
        "ferry",
        "harbour",
        "minister",
        "tunnel",
        "island",
        "market",
        "strike",
        "winter",
        "bridge",
        "council",
    ]
    sentences = [
        " ".join(
            chance.choice(stems) + chance.choice(["", "s", "ed", " of the", " and", " in"]) for _ in range(12)
        )
        for _ in range(words // 16)
    ]
    paragraphs = "".join(
        f"<p>{'. '.join(one.capitalize() for one in sentences[start : start + 4])}.</p>"
        for start in range(0, len(sentences), 4)
    )
    links = "".join(f"<li><a href='/section/{number}'>Section {number}</a></li>" for number in range(60))
    return (
        f"<html lang='en'><head><title>Story {name}</title></head><body><nav><ul>{links}</ul></nav><article><h1>Story "
        f"{name}</h1>{paragraphs}</article><footer>All rights reserved</footer></body></html>"
    )


def serve(kind: str, hosts: int, pages: int) -> None:
    """Serve *hosts* ports for ever; they are printed first."""
    Page.pages, Page.words, Page.latency_s = pages, WORDS[kind], LATENCY_S[kind]
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Page) for _ in range(hosts)]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(*(server.server_address[1] for server in servers), flush=True)
    sys.stdin.read()


def measure(server: Postgres, kind: str, workers: int, hosts: int, pages: int) -> tuple[float, float]:
    """Pages a second, and pages by CPU second of the workers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        serving = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.cluster_workers", "serve", kind, str(hosts), str(pages)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        stack.callback(serving.wait)
        stack.callback(serving.kill)
        assert serving.stdout is not None
        cluster = Cluster(folder, server.database("workers"))
        _write_settings(cluster, kind, serving.stdout.readline().split())
        try:
            cluster.start("scheduler", "writer")
            cluster.wait_until(lambda: cluster.count("SELECT count(*) FROM feeds") >= hosts, "the database")
            return _timed(cluster, kind, workers, hosts * pages)
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


def _timed(cluster: Cluster, kind: str, workers: int, pages: int) -> tuple[float, float]:
    names = ["worker", "second worker"][:workers]
    for core, name in enumerate(names):
        cluster.start(name, options=["--jobs", str(AT_ONCE[kind])], core=core if kind == "reading" else None)
    cluster.wait_until(lambda: cluster.count(STORED) > pages // 10, "the first pages")
    first, began_s, began_cpu_s = cluster.count(STORED), time.perf_counter(), _cpu_s(cluster, names)
    cluster.wait_until(lambda: cluster.count(STORED) >= pages - pages // 10, "the last pages")
    done, took_s = cluster.count(STORED) - first, time.perf_counter() - began_s
    return done / took_s, done / max(_cpu_s(cluster, names) - began_cpu_s, 0.01)


def _cpu_s(cluster: Cluster, names: list[str]) -> float:
    """CPU that workers and all that they have started took so far."""
    sessions = {cluster.processes[name].pid for name in names}
    total = 0.0
    for process in Path("/proc").iterdir():
        try:
            fields = (process / "stat").read_text().rpartition(") ")[2].split()
        except (OSError, ValueError):
            continue
        if process.name.isdigit() and int(fields[3]) in sessions:
            total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def main() -> int:
    """1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", default=list(BARS))
    given = parser.parse_args()
    missed = 0
    with postgres() as server:
        for kind in given.kinds:
            paces: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
            for _ in range(given.rounds):
                for workers in paces:
                    paces[workers].append(measure(server, kind, workers, given.hosts, given.pages))
            one, two = (statistics.median(pace for pace, _ in paces[workers]) for workers in paces)
            cpu_one, cpu_two = (statistics.median(cpu for _, cpu in paces[workers]) for workers in paces)
            print(
                f"{kind}: one worker {one:.1f} pages a second, two {two:.1f}: {two / one:.2f} times, bar {BARS[kind]}; "
                f"by CPU second of workers {cpu_one:.1f} and {cpu_two:.1f}: {2 * cpu_two / cpu_one:.2f} times",
                flush=True,
            )
            missed += two / one < BARS[kind]
    return int(missed > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.exit(main())
