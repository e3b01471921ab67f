"""The write-ahead log, and how long writes and pages take, while an archive is imported beside readers.

    python -m benchmarks.log_beside_readers FILE [--articles N] [--readers N] [--pause S] [--holding S]

FILE is one of `benchmarks.large_database`; it has N articles more afterwards. Readers open pages of `seedwatch serve`,
each the next one --pause seconds after the last; with --holding they are no pages but processes of their own, each of
which holds one reading transaction of up to so long after the other, stepping back as pages do.
Beside them a person marks an article each 0.2 s, as `serve --write` does. Prints the largest log, the slowest mark, and
the slowest and the median page; the import's own time beside, and who had the processors meanwhile: what others took
says whether the machine was quiet. Exits with 1 if a bar is missed: 64 MiB, 100 ms, 1 s.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import large_database
from scheduler.cli.serve import free_port
from scheduler.judging.marking import Asked, carry_out
from storage import db
from storage.datasette.launch import datasette_arguments, datasette_environment

LOG_MIB, WRITE_MS, PAGE_MS = 64, 100, 1_000
PAGES = (
    "/-/seedwatch",
    "/-/topic/topic{topic}",
    "/-/read/{article}",
    "/-/search?q=said",
    "/-/search?q=the+subject{topic}",
    "/-/sources",
    "/-/changes",
    "/-/story/{article}",
    "/{database}/articles",
    "/{database}/matches?topic_id={topic}",
)


@dataclass(slots=True)
class Seen:
    """What was measured, in milliseconds and bytes."""

    pages: list[tuple[float, str]] = field(default_factory=list)
    marks: list[float] = field(default_factory=list)
    log_bytes: int = 0
    began_s: float = field(default_factory=time.perf_counter)
    is_over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Processors:
    """Who has had the processors until now, in seconds."""

    ours: float  # this program
    children: float  # its children that have ended: the import, then the readers
    busy: float  # all programs of the machine
    idle: float

    @classmethod
    def now(cls) -> "Processors":
        """As the kernel counts them."""
        own, ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        user, nice, system, idle, waiting = map(int, Path("/proc/stat").read_text("ascii").split()[1:6])
        tick = os.sysconf("SC_CLK_TCK")
        return cls(
            own.ru_utime + own.ru_stime,
            ended.ru_utime + ended.ru_stime,
            (user + nice + system) / tick,
            (idle + waiting) / tick,
        )

    def told(self, before: "Processors", imported: "Processors") -> str:
        """The time between *before* and now by who had it; at *imported* only the import had ended."""
        importing, reading = imported.children - before.children, self.children - imported.children
        own, busy = self.ours - before.ours, self.busy - before.busy
        others = busy - importing - reading - own
        return (
            f"processors: import {importing:.1f} s, pages {reading:.1f} s, this program {own:.1f} s, "
            f"all others {others:.1f} s, idle {self.idle - before.idle:.1f} s"
        )


def main() -> int:
    """0 if the bars are kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--holding", type=float, default=0.0)
    parser.add_argument("--hold", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hold:
        return hold(given.file, float(given.hold[0]), int(given.hold[1]))
    file = given.file.absolute()
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), file, given.articles)
        seen = Seen()
        others = [
            threading.Thread(target=mark, args=(file, seen)),
            threading.Thread(target=watch, args=(file, seen)),
        ]
        readers = (
            holders(file, given) if given.holding else [server(file, port := free_port("127.0.0.1", 8_400))]
        )
        if not given.holding:
            wait_for(port)
            others += [
                threading.Thread(target=read, args=(file.stem, port, number, given.pause, seen))
                for number in range(given.readers)
            ]
        for other in others:
            other.start()
        began, before = time.monotonic(), Processors.now()
        importing = subprocess.run(
            [sys.executable, "-m", "scheduler.cli.main", "import", "archive.jsonl", "--again"],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.monotonic() - began
        imported = Processors.now()
        seen.is_over.set()
        for other in others:
            other.join()
        for reader in readers:
            reader.terminate()
            reader.wait()
        print(Processors.now().told(before, imported))
    if importing.returncode:
        print(importing.stderr, file=sys.stderr)
        return 2
    return tell(seen, given.articles, seconds)


def make_project(folder: Path, file: Path, articles: int) -> None:
    """Settings with the file's topics, and an archive of texts that it has not."""
    topics = "".join(
        f'[[topic]]\nname = "topic{number}"\ntitle = "The subject {number}"\nany = "subject{number}"\n'
        for number in range(1, large_database.TOPICS + 1)
    )
    feeds = {name: [] for name in range(1, large_database.SOURCES + 1)}
    for number in range(1, large_database.FEEDS + 1):
        source = 1 + number % large_database.SOURCES
        feeds[source].append(f"http://outlet{source}.example/feed/{number}")
    sources = "".join(
        f'[[source]]\nname = "outlet{number}"\nfeeds = {json.dumps(addresses)}\n'
        for number, addresses in feeds.items()
    )
    settings = f"database = {json.dumps(str(file))}\n{sources}{topics}"
    (folder / "seedwatch.toml").write_text(settings, encoding="utf-8")
    press, stamp = large_database.Press(seed=int(time.time())), time.time_ns()
    with (folder / "archive.jsonl").open("w", encoding="utf-8") as archive:
        for number in range(articles):
            (title, _), (text, _) = press.title(), press.text(270)
            line = {
                "url": f"http://outlet{1 + number % large_database.SOURCES}.example/new/{stamp}/{number}",
                "title": title,
                "text": text,
                "published": db.to_iso(large_database.NEWEST),
                "language": "en",
                "source": f"outlet{1 + number % large_database.SOURCES}",
            }
            archive.write(json.dumps(line) + "\n")


def server(file: Path, port: int) -> subprocess.Popen[bytes]:
    """`seedwatch serve`, as its command starts it."""
    return subprocess.Popen(
        datasette_arguments(file, port=port),
        env=datasette_environment(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def holders(file: Path, given: argparse.Namespace) -> list[subprocess.Popen[bytes]]:
    """A process for each reader that only holds transactions."""
    return [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.log_beside_readers",
                str(file),
                "--hold",
                str(given.holding),
                str(number),
            ]
        )
        for number in range(given.readers)
    ]


def hold(file: Path, longest_s: float, number: int) -> int:
    """Read in one transaction after the other, until ended."""
    chance = random.Random(number)
    step_back = db.StepBack(file)
    with closing(db.connect(file, readonly=True)) as connection:
        while True:
            step_back.before_reading()
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM topics").fetchone()
            time.sleep(chance.uniform(0, longest_s))
            connection.execute("COMMIT")


def wait_for(port: int) -> None:
    """Return when the server answers; 30 s at most."""
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/versions.json", timeout=5).read()
        except OSError:
            time.sleep(0.1)
        else:
            return


def read(database: str, port: int, number: int, pause: float, seen: Seen) -> None:
    """Open one page after the other."""
    chance = random.Random(number)
    while not seen.is_over.wait(pause):
        path = chance.choice(PAGES).format(
            topic=chance.randint(1, large_database.TOPICS),
            article=chance.randint(1, 50_000),
            database=database,
        )
        began = time.perf_counter()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60).read()
        except OSError as error:
            print(f"{path}: {error}", file=sys.stderr)
        seen.pages.append(
            (
                1_000 * (time.perf_counter() - began),
                f"{path}, {began - seen.began_s:.0f} s after the beginning",
            )
        )


def mark(file: Path, seen: Seen) -> None:
    """Mark an article each 0.2 s, as `serve --write` does for a request."""
    number = 0
    while not seen.is_over.wait(0.2):
        number += 1
        began = time.perf_counter()
        carry_out(file, Asked("read", number, "benchmark"), large_database.NEWEST)
        seen.marks.append(1_000 * (time.perf_counter() - began))
        db.tidy_log(file)


def watch(file: Path, seen: Seen) -> None:
    """Look at the log's size."""
    while not seen.is_over.wait(0.02):
        seen.log_bytes = max(seen.log_bytes, db.log_bytes(file))


def tell(seen: Seen, articles: int, seconds: float) -> int:
    """Print the figures; 1 if a bar is missed."""
    log_mib, slowest = seen.log_bytes / 2**20, max(seen.marks)
    print(f"{articles} articles imported in {seconds:.1f} s")
    print(f"largest log {log_mib:.0f} MiB (bar {LOG_MIB})")
    median = statistics.median(seen.marks)
    print(f"slowest of {len(seen.marks)} marks {slowest:.0f} ms, median {median:.1f} (bar {WRITE_MS})")
    is_well = log_mib <= LOG_MIB and slowest <= WRITE_MS
    if seen.pages:
        seen.pages.sort(reverse=True)
        median = statistics.median(took for took, _ in seen.pages)
        print(
            f"slowest of {len(seen.pages)} pages {seen.pages[0][0]:.0f} ms, median {median:.0f} (bar {PAGE_MS})"
        )
        for took, path in seen.pages[:5]:
            print(f"  {took:.0f} ms {path}")
        is_well = is_well and seen.pages[0][0] <= PAGE_MS
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
