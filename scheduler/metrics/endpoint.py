"""/metrics and /healthz of the daemon, each computed when it is asked for. I/O edge."""

import asyncio
import json
import logging
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from scheduler.http_server import Reply, Request
from scheduler.metrics.event_loop import EventLoopMonitor, resident_bytes
from scheduler.metrics.exposition import CONTENT_TYPE, exposition
from scheduler.metrics.metrics import Totals, Vitals, families
from storage import db, meta
from storage.errors import StorageError
from storage.health import figures, workload
from storage.records.health import Mark

logger = logging.getLogger(__name__)

# What was computed is given again for so long, so that a collector gone wild does not load the database.
_FRESH_S = 3.0
# A tick that is so late is none any more; a crawl is ended after 30 minutes.
TICK_S, CRAWL_S = 60.0, 2_000.0
_WRITE_S = 5.0
_LEAST_FREE_BYTES = 32 * 2**20


class MetricsPage:
    """What the daemon tells of itself."""

    def __init__(
        self, database: Path, monitor: EventLoopMonitor, worker_pid: Callable[[], int | None]
    ) -> None:
        """*worker_pid* gives the process number of the worker, None if there is none."""
        self._database, self._monitor, self._worker_pid = database, monitor, worker_pid
        self._begun_at = clock.now()
        self._totals, self._mark = Totals(), _newest(database)
        self._text, self._computed_s = b"", float("-inf")
        self._computing = asyncio.Lock()

    async def answer(self, request: Request) -> Reply:
        """The page that was asked for."""
        if request.path not in ("/metrics", "/healthz"):
            return Reply(404, b"there are /metrics and /healthz\n")
        if request.method not in ("GET", "HEAD"):
            return Reply(405, b"GET it\n", headers={"allow": "GET, HEAD"})
        return await (self._metrics() if request.path == "/metrics" else self._health())

    async def _metrics(self) -> Reply:
        async with self._computing:
            if clock.monotonic_s() - self._computed_s > _FRESH_S:
                vitals = self._vitals()
                try:
                    self._text = await asyncio.to_thread(self._compute, vitals)
                except StorageError as error:
                    return Reply(503, f"{error}\n".encode())
                self._computed_s = clock.monotonic_s()
        return Reply(200, self._text, CONTENT_TYPE)

    def _compute(self, vitals: Vitals) -> bytes:
        now = clock.now()
        with closing(db.connect(self._database, readonly=True)) as connection:
            done = figures.done_since(connection, self._mark)
            standing = figures.standing(connection, now, DUE_RULES)
            cluster = meta.get(connection, meta.CLUSTER)
        self._mark = done.until
        self._totals.add(done)
        return exposition(
            families(self._totals, standing, vitals, now, cluster.figures if cluster else None)
        ).encode()

    def _vitals(self) -> Vitals:
        pid = self._worker_pid()
        return Vitals(
            version=metadata.version("seedwatch"),
            tick_age_s=self._monitor.tick_age_s,
            crawl_s=self._monitor.crawl_s,
            lag_s=self._monitor.lag_s,
            memory_bytes=resident_bytes() or 0,
            worker_bytes=resident_bytes(pid) if pid is not None else None,
            database_bytes=db.file_bytes(self._database),
            log_bytes=db.log_bytes(self._database),
            started_at=self._begun_at,
        )

    async def _health(self) -> Reply:
        waiting, problem = await asyncio.to_thread(_look, self._database, clock.now())
        problems = [*_late(self._monitor), *([problem] if problem else [])]
        facts: dict[str, Any] = {
            "healthy": not problems,
            "problems": problems,
            "tick_age_s": round(self._monitor.tick_age_s, 1),
            "crawl_s": None if self._monitor.crawl_s is None else round(self._monitor.crawl_s, 1),
            "database_writable": problem is None,
            "feeds_waiting": waiting,
        }
        body = json.dumps(facts, indent=1) + "\n"
        return Reply(503 if problems else 200, body.encode(), "application/json")


def _newest(database: Path) -> Mark:
    with closing(db.connect(database, readonly=True)) as connection:
        return figures.newest(connection)


def _late(monitor: EventLoopMonitor) -> list[str]:
    """What stands still, in words."""
    if monitor.tick_age_s > TICK_S:
        return [f"no tick for {monitor.tick_age_s:.0f} s"]
    if monitor.crawl_s is not None and monitor.crawl_s > CRAWL_S:
        return [f"a crawl has been going on for {monitor.crawl_s:.0f} s"]
    return []


def _look(database: Path, now: datetime) -> tuple[int | None, str | None]:
    """How many feeds wait (None: not known), and why the database cannot be written (None: it can)."""
    waiting = None
    try:
        with closing(db.connect(database, readonly=True)) as connection:
            waiting = workload.due_feeds(connection, now, DUE_RULES)
        figures.begin_writing(database, patience_s=_WRITE_S)
        free = shutil.disk_usage(database.parent).free
    except (StorageError, OSError) as error:
        return waiting, str(error)
    return waiting, None if free > _LEAST_FREE_BYTES else f"only {free // 2**20} MiB are free on the disk"
