"""Polls of 2,000 due feeds of which 1,800 answer 304, beside plain Scrapy with feedparser in its loop.

`python -m benchmarks.due_feeds [--feeds 2000] [--rounds 3]` starts a server on 127.0.0.1 and lets both look at all of
its feeds, in turns, with the validators that each has kept. A tenth of the feeds answer with a document that is not the
one of the round before and has no new link, so that neither fetches pages. Both obey robots.txt, wait for nothing and
have as many requests under way; both commit what came of each feed to SQLite.

Ours is what the daemon does: the crawl of the warm worker, from the claim of the feeds to the decision when each is
polled next. Its time begins with the job and ends with the closed run; that of the peer begins with its first request,
in a process that has loaded everything, and ends with its last commit. Printed are both times, their ratio, and how
late both loops were at worst.
"""

import argparse
import asyncio
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks.contender import REQUESTS_PER_HOST
from crawler.run.opening import CrawlSettings, save_settings
from scheduler.daemon.crawl import Crawl
from scheduler.daemon.supervisor import Worker
from storage import db
from storage.records.sources import FeedKind, Source
from storage.sources import sources
from storage.sources.sources import DeclaredFeed

PROBE = Path(__file__).parent / "lag_probe"
CHANGED_SHARE = 0.1
ENTRIES = 20
BAR_LAG_S = 0.150
_ITEM = (
    "<item><title>Headline {number} of the feed {feed}</title><link>http://{place}/page/{feed}/{number}</link>"
    "<pubDate>Mon, 14 Sep 2026 12:{number:02d}:00 GMT</pubDate><description>What was said.</description></item>"
)


class Feeds(asyncio.Protocol):
    """Answers GET /feed/NUMBER, with 304 to who knows the version of the round; the first *changed* change."""

    round = 0
    changed = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's name for it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        """Asyncio's name for it."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1]
        if not path.startswith(b"/feed/"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        number = int(path[6:])
        is_changed = number < self.changed
        version = self.round if is_changed else 0
        tag = b'"%d-%d"' % (number, version)
        if b"if-none-match: " + tag in head.lower():
            return b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % tag
        place = self._transport.get_extra_info("sockname")
        body = document(place, number, version, ENTRIES if is_changed else 0)
        head = (
            b"HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n"
        )
        return head % (tag, len(body)) + body


def serve(feeds: int) -> None:
    """Answer feeds until killed; the first line of stdout is the port. Each number on stdin begins a round."""
    Feeds.changed = int(feeds * CHANGED_SHARE)

    def take_round() -> None:
        Feeds.round = int(sys.stdin.readline() or 0)
        print("ready", flush=True)

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Feeds, "127.0.0.1", 0)
        asyncio.get_running_loop().add_reader(sys.stdin, take_round)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


def document(place: tuple[str, int], feed: int, version: int, entries: int) -> bytes:
    """The feed of a round: another text, the same links."""
    items = "".join(
        _ITEM.format(number=one, feed=feed, place=f"{place[0]}:{place[1]}") for one in range(entries)
    )
    title = f"<title>Feed {feed}, issue {version}</title>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{title}{items}</channel></rss>'.encode()


def peer(addresses: Path, database: Path) -> None:
    """Plain Scrapy: one look at all feeds; prints the seconds from its first request to its last commit."""
    import feedparser
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE IF NOT EXISTS feeds (url TEXT PRIMARY KEY, etag TEXT, polled_at REAL, outcome TEXT);"
        "CREATE TABLE IF NOT EXISTS links (url TEXT PRIMARY KEY, title TEXT, published TEXT);"
    )
    known = dict(connection.execute("SELECT url, etag FROM feeds").fetchall())
    began: list[float] = []

    class Peer(scrapy.Spider):  # type: ignore[misc, unused-ignore]
        name = "peer"

        async def start(self):  # type: ignore[no-untyped-def]
            began.append(time.monotonic())
            for url in addresses.read_text().split():
                headers = {"If-None-Match": known[url]} if known.get(url) else {}
                yield scrapy.Request(url, headers=headers, dont_filter=True)

        def parse(self, response):  # type: ignore[no-untyped-def]
            url, now = response.url, time.time()
            if response.status == 304:
                connection.execute(
                    "UPDATE feeds SET polled_at = ?, outcome = '304' WHERE url = ?", (now, url)
                )
                return
            parsed = feedparser.parse(response.body)
            connection.execute("BEGIN")
            for entry in parsed.entries:
                connection.execute(
                    "INSERT OR IGNORE INTO links VALUES (?, ?, ?)",
                    (entry.get("link"), entry.get("title"), entry.get("published")),
                )
            tag = response.headers.get("ETag", b"").decode()
            connection.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?, 'ok')", (url, tag, now))
            connection.execute("COMMIT")

    process = AsyncCrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True, "HTTPERROR_ALLOW_ALL": True, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
            "DOWNLOAD_DELAY": 0.001, "RANDOMIZE_DOWNLOAD_DELAY": False, "CONCURRENT_REQUESTS": REQUESTS_PER_HOST,
            "CONCURRENT_REQUESTS_PER_DOMAIN": REQUESTS_PER_HOST, "USER_AGENT": "benchmark", "COOKIES_ENABLED": False,
        }
    )  # fmt: skip
    process.crawl(Peer)
    process.start()
    print(time.monotonic() - began[0])


def declare(database: Path, addresses: list[str], place: str) -> None:
    """Our database with a source for each feed."""
    with closing(db.connect(database)) as connection:
        sources.sync(
            connection,
            [
                (Source(f"source-{number}"), [DeclaredFeed(url, FeedKind.FEED)])
                for number, url in enumerate(addresses)
            ],
        )
        save_settings(
            connection, CrawlSettings(delay=0.0, allow_private=(place,), requests_per_host=REQUESTS_PER_HOST)
        )


async def compare(folder: Path, feeds: int, rounds: int) -> int:
    """0 if both bars are kept."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.due_feeds", "--serve", "--feeds", str(feeds)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    place = f"127.0.0.1:{server.stdout.readline().strip()}"
    addresses = [f"http://{place}/feed/{number}" for number in range(feeds)]
    listed, ours, theirs = folder / "feeds.txt", folder / "ours.db", folder / "peer.db"
    listed.write_text("\n".join(addresses))
    declare(ours, addresses, place)
    lags = {"ours": folder / "lag-ours", "peer": folder / "lag-peer"}
    for one in lags.values():
        one.mkdir()

    def begin(number: int) -> None:
        server.stdin.write(f"{number}\n")  # type: ignore[union-attr]
        server.stdin.flush()  # type: ignore[union-attr]
        server.stdout.readline()  # type: ignore[union-attr]

    took: dict[str, list[float]] = {"ours": [], "peer": []}
    worker = Worker()
    try:
        with environment(lags["ours"]):
            await worker.warm()
        for number in range(rounds + 1):  # the first fills both databases
            begin(number)
            seconds = await our_round(ours, worker, feeds, number, int(feeds * CHANGED_SHARE))
            peer_s = await asyncio.to_thread(peer_round, listed, theirs, lags["peer"])
            if number:
                took["ours"].append(seconds)
                took["peer"].append(peer_s)
                print(f"round {number}: ours {seconds:.2f} s, plain Scrapy {peer_s:.2f} s", flush=True)
    finally:
        await worker.end()
        server.kill()
        server.wait()
        server.stdin.close()
        server.stdout.close()
    return report(took, {name: worst(one) for name, one in lags.items()}, feeds)


async def our_round(database: Path, worker: Worker, feeds: int, number: int, changed: int) -> float:
    """The seconds of one crawl of all feeds, which must have gone as the comparison means it."""
    with closing(db.connect(database)) as connection:
        connection.execute("UPDATE feeds SET next_due_at = NULL")
        connection.commit()
    began = time.monotonic()
    done = await Crawl(database, trigger="benchmark", only_due=True, worker=worker).run()
    took = time.monotonic() - began
    with closing(db.connect(database, readonly=True)) as connection:
        outcomes = dict(
            connection.execute(
                "SELECT outcome, count(*) FROM polls WHERE run_id = ? GROUP BY outcome", [done.run_id]
            ).fetchall()
        )
        waiting = connection.execute("SELECT count(*) FROM links WHERE state = 'queued'").fetchone()[0]
    # The first round asks for the pages behind the links, too: there are none, and none may be left for the others.
    if waiting or (number and outcomes != {"not_modified": feeds - changed, "ok": changed}):
        raise SystemExit(f"the round went otherwise: {outcomes}, {waiting} pages wait; {done.error or ''}")
    return took


def peer_round(listed: Path, database: Path, lag: Path) -> float:
    """The seconds that the peer says."""
    with environment(lag):
        said = subprocess.run(
            [sys.executable, "-m", "benchmarks.due_feeds", "--peer", str(listed), str(database)],
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return float(said.stdout)


class environment:
    """Has processes that are started in the block write how late their loop was."""

    def __init__(self, folder: Path) -> None:
        self._values = {"BENCHMARK_LAG_FOLDER": str(folder), "PYTHONPATH": f"{PROBE}{os.pathsep}{Path.cwd()}"}
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        for name, value in self._values.items():
            self._before[name] = os.environ.get(name)
            os.environ[name] = value

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def worst(folder: Path) -> float:
    """The worst lateness that any process of a folder wrote, in seconds."""
    return max((float(file.read_text()) for file in folder.iterdir()), default=float("nan"))


def report(took: dict[str, list[float]], lags: dict[str, float], feeds: int) -> int:
    """Print the comparison."""
    middle: Callable[[str], float] = lambda name: statistics.median(took[name])  # noqa: E731
    ratio = middle("peer") / middle("ours")
    print(
        f"{feeds} feeds, {1 - CHANGED_SHARE:.0%} of them 304: {ratio:.2f} times the pace of plain Scrapy (bar 1); "
        f"loop late at worst {lags['ours'] * 1000:.0f} ms (bar {BAR_LAG_S * 1000:.0f}), "
        f"the peer's {lags['peer'] * 1000:.0f} ms"
    )
    return 0 if ratio > 1 and lags["ours"] < BAR_LAG_S else 1


def main() -> int:
    """0 if both bars are kept."""
    parser = argparse.ArgumentParser(prog="benchmarks.due_feeds")
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--peer", nargs=2, type=Path)
    options = parser.parse_args()
    if options.serve:
        serve(options.feeds)
    elif options.peer:
        peer(*options.peer)
    else:
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(compare(Path(folder), options.feeds, options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
