"""How late feeds are polled while other hosts are slow: 20 of them with Crawl-delay 10 and 80 pages each.

`python -m benchmarks.slow_hosts [--minutes 12] [--feeds 200] [--slow 20]` starts a press on 127.0.0.1, each outlet a
host of its own by its port, and the daemon over it as users run it. The quick outlets have `every = "5m"`. Printed is
how much later than decided they were polled: half of them, 95 of 100, and the worst; and that the slow hosts were asked
no faster than they wished. The bar is a minute for 95 of 100.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

from storage import db
from tests.support.command_line import run_here, started
from tests.support.outlets import rss, story, write_settings

BAR_S = 60.0
DELAY_S, PAGES = 10, 80


class Press(asyncio.Protocol):
    """Answers for all outlets; which one is asked is known by its port."""

    slow: frozenset[int] = frozenset()  # ports
    asked: ClassVar[dict[int, list[float]]] = defaultdict(
        list
    )  # when pages of slow outlets were asked for, by port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's name for it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""
        self._port = transport.get_extra_info("sockname")[1]

    def data_received(self, data: bytes) -> None:
        """Asyncio's name for it."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head.split(b" ", 2)[1].decode()))

    def _answer(self, path: str) -> bytes:
        is_slow = self._port in self.slow
        if path == "/robots.txt":
            body = f"User-agent: *\nCrawl-delay: {DELAY_S}\n".encode() if is_slow else b"User-agent: *\n"
            return _head(body, "text/plain") + body
        if path == "/feed":
            number = PAGES if is_slow else 1
            base = f"http://127.0.0.1:{self._port}"
            body = rss({f"Story {one} of {self._port}": f"{base}/page/{one}" for one in range(number)})
            return _head(body, "application/rss+xml") + body
        if is_slow:
            self.asked[self._port].append(time.monotonic())
        return story(f"Story {path.rpartition('/')[2]} of {self._port}")


def _head(body: bytes, kind: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()


def serve(number: int) -> list[int]:
    """The ports of *number* outlets, served by a thread."""
    ports: list[int] = []
    ready = threading.Event()

    async def run() -> None:
        for _ in range(number):
            server = await asyncio.get_running_loop().create_server(Press, "127.0.0.1", 0)
            ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(run()), daemon=True).start()
    ready.wait()
    return ports


def lateness(database: Path, names: str) -> list[float]:
    """By how many seconds each poll of the sources like *names* came later than the one before had decided."""
    with closing(db.connect(database, readonly=True)) as connection:
        rows = connection.execute(
            """
            SELECT lag(polls.next_due_at) OVER (PARTITION BY feed_id ORDER BY polls.id) AS due, polled_at, feed_id
            FROM polls JOIN feeds ON feeds.id = feed_id JOIN sources ON sources.id = feeds.source_id
            WHERE sources.name LIKE ? AND feeds.next_due_at IS NOT NULL ORDER BY polls.id
            """,
            [names],
        ).fetchall()
        waiting = connection.execute(
            """
            SELECT feeds.next_due_at AS due FROM feeds JOIN sources ON sources.id = feeds.source_id
            WHERE sources.name LIKE ? AND feeds.next_due_at IS NOT NULL
            """,
            [names],
        ).fetchall()
    late = [_seconds(row["due"], row["polled_at"]) for row in rows if row["due"] is not None]
    # What was due and has not been polled at the end counts, too.
    now = datetime.now().astimezone().isoformat()
    return late + [over for row in waiting if (over := _seconds(row["due"], now)) > 0]


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def main() -> int:
    """Measure; 1 if the bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--slow", type=int, default=20)
    options = parser.parse_args()
    ports = serve(options.feeds + options.slow)
    Press.slow = frozenset(ports[: options.slow])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = [
            {
                "name": f"{'slow' if port in Press.slow else 'quick'}-{port}",
                "feeds": [f"http://127.0.0.1:{port}/feed"],
                "every": "5m",
            }
            for port in ports
        ]
        write_settings(folder, sources, [f"127.0.0.1:{port}" for port in ports], delay=1)
        run_here("check", folder=folder)
        with started("run", folder=folder):
            time.sleep(options.minutes * 60)
        late = sorted(lateness(folder / "test.db", "quick-%"))
    apart = [after - before for times in Press.asked.values() for before, after in pairwise(times)]
    p95 = statistics.quantiles(late, n=20)[-1]
    print(
        f"{len(late)} polls of {options.feeds} quick feeds beside {options.slow} slow hosts: half within "
        f"{statistics.median(late):.0f} s of their time, 95 of 100 within {p95:.0f} s, the worst {late[-1]:.0f} s; "
        f"{sum(map(len, Press.asked.values()))} pages of slow hosts, at least {min(apart, default=0):.1f} s apart"
    )
    return 0 if p95 < BAR_S else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
