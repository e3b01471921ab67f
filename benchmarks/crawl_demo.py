"""The whole walk beside plain Scrapy with trafilatura in the loop, over the demo press.

`python -m benchmarks.crawl_demo [--presses 8] [--rounds 3]` serves so many copies of the press on 127.0.0.1 and crawls
their feeds with both, in turns, each time into a new database. It prints for each crawl the seconds from start to exit,
CPU an article, the worst delay of the event loop and the peak of memory (PSS: shared pages are shared out), all over
the whole tree of processes; then our figures by plain's of the same round, medians.

The plain spider does what a tutorial does: feedparser, `trafilatura.bare_extraction`, one commit an article. Ours does
all that `benchmarks.contender` says. The press's pages are small and have no scripts, so that our start weighs more,
and reading less, than with real pages; its servers take a share of the same cores.
"""

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import scrapy
from scrapy.http import Response

from benchmarks import contender
from benchmarks.not_modified import family
from scheduler.demo.press import Press

SAMPLE_S = 0.1
MOST_S = 300
# What feedparser reads too.
KINDS = ("rss", "atom", "rdf")
PLAIN_QUERY = "SELECT count(*) FROM articles"
PROBE = Path(__file__).parent / "lag_probe"


@dataclass(frozen=True, slots=True)
class Measured:
    """One crawl."""

    articles: int
    wall_s: float
    cpu_s: float
    lag_s: float  # worst delay of an event loop
    memory_mb: float

    @property
    def per_s(self) -> float:
        """Articles a second, start and end included."""
        return self.articles / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """CPU an article."""
        return 1_000 * self.cpu_s / max(self.articles, 1)


class PlainSpider(scrapy.Spider):
    """Feeds to articles, extraction in the callback."""

    name = "plain"
    feeds: Sequence[str] = ()
    database = ""

    async def start(self) -> Any:
        """The feeds."""
        self.connection = sqlite3.connect(self.database)
        self.connection.execute(
            "CREATE TABLE articles (url TEXT PRIMARY KEY, title TEXT, date TEXT, authors TEXT, text TEXT)"
        )
        for url in self.feeds:
            yield scrapy.Request(url, self.parse_feed)

    def parse_feed(self, response: Response) -> Iterator[scrapy.Request]:
        """The pages of a feed."""
        import feedparser

        for entry in feedparser.parse(response.body).entries:
            if entry.link.startswith("http"):  # one feed of the press has other links too
                yield scrapy.Request(entry.link, self.parse_page)

    def parse_page(self, response: Response) -> None:
        """Store a page's article, if it has one."""
        import trafilatura

        found = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)  # type: ignore[attr-defined]
        if found is None or isinstance(found, dict) or response.status != 200:
            return
        row = [response.url, found.title, found.date, found.author, found.text]
        self.connection.execute("INSERT OR IGNORE INTO articles VALUES (?, ?, ?, ?, ?)", row)
        self.connection.commit()

    def closed(self, _reason: str) -> None:
        """Close the database."""
        self.connection.close()


def crawl_plainly(feeds: Path, database: Path) -> None:
    """Crawl with the plain spider, in this process."""
    from scrapy.crawler import AsyncCrawlerProcess

    settings = {
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(PlainSpider, feeds=feeds.read_text().split(), database=str(database))
    process.start()


def measure(command: Sequence[str], database: Path, query: str) -> Measured:
    """Run *command*, which fills *database*, and sum up what its tree of processes took.

    Raises:
        RuntimeError: it failed, or took longer than MOST_S.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(PROBE), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "BENCHMARK_LAG_FOLDER": folder,
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }
        cpu: dict[int, float] = {}
        began, peak = time.monotonic(), 0.0
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
            while process.poll() is None:
                tree = family(process.pid)
                cpu |= {pid: seconds for pid in tree if (seconds := _cpu_s(pid))}
                peak = max(peak, sum(map(_memory_mb, tree)))
                if time.monotonic() - began > MOST_S:
                    process.kill()
                time.sleep(SAMPLE_S)
        wall_s = time.monotonic() - began
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with code {process.returncode}")
        lag_s = max((float(file.read_text()) for file in Path(folder).iterdir()), default=0.0)
    with closing(sqlite3.connect(database)) as connection:
        articles = connection.execute(query).fetchone()[0]
    return Measured(articles, wall_s, sum(cpu.values()), lag_s, peak)


def _cpu_s(pid: int) -> float:
    """User and system time so far, with that of children that it has outlived; 0 if the process has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1_024 for line in lines if line.startswith("Pss:")), 0.0)


def compare(feeds: Path, folder: Path, rounds: int) -> list[tuple[Measured, Measured]]:
    """Plain and ours for each round, which of them begins in turns."""
    commands = {
        "plain": ("benchmarks.crawl_demo", "--plain", PLAIN_QUERY),
        "ours": ("benchmarks.contender", None, contender.QUERY),
    }
    found = []
    for number in range(rounds):
        got: dict[str, Measured] = {}
        for name in sorted(commands, reverse=number % 2 == 0):
            module, option, query = commands[name]
            database = folder / f"{name}-{number}.db"
            command = [sys.executable, "-m", module, *([option] if option else []), str(feeds), str(database)]
            got[name] = measure(command, database, query)
            click.echo(_line(name, got[name]))
        found.append((got["plain"], got["ours"]))
    return found


def _line(name: str, one: Measured) -> str:
    return (
        f"{name:6} {one.articles:5} articles {one.wall_s:7.2f} s {one.cpu_ms:7.2f} ms CPU an article"
        f" {one.lag_s:7.3f} s worst delay {one.memory_mb:5.0f} MB"
    )


@click.command()
@click.option("--presses", default=8, show_default=True, help="Copies of the press.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--plain", nargs=2, type=click.Path(path_type=Path), hidden=True, help="Feeds file, database.")
def main(presses: int, rounds: int, plain: tuple[Path, Path] | None) -> None:
    """Compare the whole walk with plain Scrapy over copies of the demo press."""
    if plain:
        crawl_plainly(*plain)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = [stack.enter_context(Press(slow_s=0.0)) for _ in range(presses)]
        outlets = [outlet for press in served for outlet in press.outlets if outlet.kind in KINDS]
        feeds = folder / "feeds.txt"
        feeds.write_text("\n".join(outlet.feed_url for outlet in outlets if outlet.feed_url))
        found = compare(feeds, folder, rounds)
    for what, ratios in {
        "articles a second": [ours.per_s / plain.per_s for plain, ours in found],
        "CPU an article": [ours.cpu_ms / plain.cpu_ms for plain, ours in found],
        "worst delay": [ours.lag_s / plain.lag_s for plain, ours in found],
    }.items():
        click.echo(f"ours by plain, {what}: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
