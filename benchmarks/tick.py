"""How long a tick of the daemon looks for work among 100,000 feeds of which 100 are due, and what leasing them takes.

`python -m benchmarks.tick` fills a database with as many sources, each with a home page and one feed, and prints
medians of 20: of the look and the lease, beside the bar of 20 ms for both, and of the looks when nothing is due, of
which one a minute asks for sites to be searched, too.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from scheduler.daemon.crawl import close_dead_runs
from storage import db
from storage.health import workload
from storage.records.sources import FeedKind, Source
from storage.sources import runs, sources
from storage.sources.sources import DeclaredFeed

BAR_MS = 20
FEEDS, DUE = 100_000, 100
ROUNDS = 20


def fill(connection: Connection, feeds: int, due: int) -> None:
    """So many sources with a feed, *due* of them due now and the others within the day."""
    declared = [
        (
            Source(f"source-{number}", home=f"http://{number}.example/"),
            [DeclaredFeed(f"http://{number}.example/feed", FeedKind.FEED)],
        )
        for number in range(feeds)
    ]
    sources.sync(connection, declared)
    now = clock.now()
    with db.transaction(connection):
        connection.execute(
            "UPDATE feeds SET last_polled_at = ?, next_due_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', ?, "
            "CASE WHEN id <= ? THEN '-60 seconds' ELSE ((id * 7919) % 80000 + 3600) || ' seconds' END)",
            [db.to_iso(now - timedelta(hours=1)), db.to_iso(now), due],
        )


def look(database: Path, *, with_sites: bool = True) -> int:
    """What the daemon asks at each tick: dead runs, crawls handed over, whether something is due."""
    connection = db.connect(database)
    try:
        close_dead_runs(connection, clock.now(), is_own_dead=True)
        runs.open_requests(connection)
        return int(workload.has_work(connection, clock.now(), DUE_RULES, with_sites=with_sites))
    finally:
        connection.close()


def lease(database: Path) -> int:
    """What a crawl does before its first request, and undoes after its last."""
    connection = db.connect(database)
    try:
        now = clock.now()
        number = len(sources.claim(connection, "token", DUE_RULES, now=now, until=now + timedelta(hours=1)))
        sources.release(connection, "token")
        return number
    finally:
        connection.close()


def median_ms(function: Callable[..., int], database: Path, expected: int) -> float:
    """The median time of *function*, in milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = function(database)
        taken.append(1_000 * (time.perf_counter() - began))
        assert found == expected, (found, expected)
    return statistics.median(taken)


def main() -> int:
    """0 if the bar is kept."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "tick.db"
        connection = db.connect(database)
        fill(connection, FEEDS, DUE)
        tick = median_ms(look, database, 1) + median_ms(lease, database, DUE)
        connection.execute("UPDATE feeds SET next_due_at = ?", [db.to_iso(clock.now() + timedelta(hours=1))])
        idle = median_ms(partial(look, with_sites=False), database, 0)
        searching = median_ms(look, database, 0)
        connection.close()
    print(f"{FEEDS} feeds, {DUE} due: a tick looks and leases in {tick:.1f} ms (bar {BAR_MS})")
    print(f"nothing due: {idle:.1f} ms, once a minute {searching:.1f} ms")
    return 0 if tick <= BAR_MS else 1


if __name__ == "__main__":
    sys.exit(main())
