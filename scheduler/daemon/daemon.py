"""The daemon: one tick that takes changed settings, crawls handed over, and what is due. I/O edge.

The truth of what is due stands in the database, so a restart forgets nothing; APScheduler holds one job in memory.
"""

import asyncio
import logging
import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from scheduler import unexpected
from scheduler.alerts.delivery import AlertDelivery
from scheduler.config.access import access_text
from scheduler.config.load import Config, load_config, watched_files
from scheduler.config.sync import seed_mistakes, sync
from scheduler.daemon.crawl import Crawl, CrawlReport, close_dead_runs
from scheduler.daemon.heartbeat import Heartbeat, Moment
from scheduler.daemon.supervisor import Worker
from scheduler.daemon.systemd import notify, watchdog_s
from scheduler.daemon.websub import Callbacks
from scheduler.health.hourly_check import check_hourly
from scheduler.http_server import Listener, keep_listening
from scheduler.metrics.endpoint import MetricsPage
from scheduler.metrics.event_loop import EventLoopMonitor
from scheduler.wording import counted
from storage import db, lock, meta
from storage.errors import ConfigError, LockedError, StorageError
from storage.health import workload
from storage.health.cluster_signs import what_is_left
from storage.sources import runs

logger = logging.getLogger(__name__)

TICK_S = 2
# A part that raised is begun anew after this, and goes well again once it has run for so long.
RESTART_S, WELL_S = 60.0, 600.0
# What is due rests so long when no process could be had to read it, twice as long each time, up to the second.
NO_POOL_S, LONGEST_NO_POOL_S = 60.0, 1_800.0

Part = Callable[[], Awaitable[None]]
DAEMON: unexpected.Subject = (None, None)
Fingerprint = tuple[tuple[str, int, int], ...]

_TICK = "tick"
_SITES_S = 60
# Broken settings are read again after so many times what reading them took.
_RETRY_SHARE = 50.0


class Daemon:
    """Runs crawls one after the other until it is told to stop."""

    def __init__(
        self,
        config: Config,
        environment: Mapping[str, str],
        *,
        tell: Callable[[str], None],
        tick_s: float = TICK_S,
    ) -> None:
        """*tell* gets a line for people at each event."""
        self.config, self.environment, self.tell, self.tick_s = config, environment, tell, tick_s
        self.error: StorageError | None = None
        self._busy_since: datetime | None = None  # the database is in other hands; None: it is not
        self._crawl: Crawl | None = None
        self._worker = Worker()
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._heartbeat = Heartbeat(tell, self._tick_soon)
        self._monitor = EventLoopMonitor()
        self._sites_again_s = 0.0
        # Crawls in a row that found no process to read pages, and until when what is due rests for it.
        self._without_pool, self._rests_until_s = 0, 0.0
        self._refused, self._retry_s = (
            "",
            0.0,
        )  # why changed settings were not taken; when they are tried again
        self._failing: dict[str, Exception] = {}  # parts that raised and have not gone well since
        self._stopped = asyncio.Event()
        self._sign: Callable[[str | None], None] = lambda _: None
        as_read = tuple((str(file), *stamp) for file, stamp in zip(config.files, config.stamps, strict=True))
        self._seen = as_seen_first(as_read, _fingerprint(config))

    async def run(self) -> None:
        """Tick until SIGTERM or SIGINT; then finish the pages in hand and return. A busy database is waited for.

        Raises:
            BusyError: another daemon runs on the database.
            StorageError: the database refused.
        """
        begun_at = clock.now()
        with lock.hold(self.config.database) as self._sign:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._stopped.set)
            await self._begin_when_free(begun_at)
            beside = [
                asyncio.create_task(keep_running(part, partial(self._note, name)))
                for name, part in self._beside().items()
            ]
            try:
                await self._tick_until_stopped()
            finally:
                await self._worker.end()
                for task in beside:
                    task.cancel()
        if self.error is not None:
            raise self.error

    async def _tick_until_stopped(self) -> None:
        if not self._stopped.is_set():
            await self._warm()
        scheduler = self._scheduler
        scheduler.add_job(
            self.tick,
            SinceLast(self.tick_s),
            id=_TICK,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=clock.system_now(),
        )
        # A crawl longer than the tick is no news; APScheduler would warn at each skipped tick.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler.start()
        notify("READY=1", self.environment)
        await self._stopped.wait()
        notify("STOPPING=1", self.environment)
        scheduler.pause()
        await self._end_work()
        scheduler.shutdown(wait=False)

    async def _end_work(self) -> None:
        """Let the work at hand end in order."""
        if self._crawl is not None:
            self.tell("stopping: the pages in hand are finished first")
            await self._crawl.stop()
            while self._crawl is not None:
                await asyncio.sleep(0.05)

    def _beside(self) -> dict[str, Part]:
        """What runs beside the tick, by name: each begins anew when its function is called."""
        database = self.config.database
        delivery = AlertDelivery(lambda: self.config, self.environment, self.tell)
        metrics = MetricsPage(database, self._monitor, lambda: self._worker.pid)
        port = Listener("metrics", lambda: self.config.service.metrics_port, metrics.answer)
        called = Callbacks(database, lambda: bool(self.config.websub.public_url), self._tick_soon)
        pushes = Listener(
            "pushes of hubs",
            lambda: self.config.websub.open_port,
            called.answer,
            called.body_limit,
            self._allowed_hosts,
        )
        return {
            "heartbeat": lambda: self._heartbeat.beat(database),
            "watchdog": self._feed_watchdog,
            "hourly check": lambda: check_hourly(database, self.tell),
            "alerts": lambda: delivery.deliver(database, self.tick_s),
            "event loop's delay": self._monitor.watch,
            "metrics": lambda: keep_listening(port, self.tell),
            "pushes": lambda: keep_listening(pushes, self.tell),
        }

    def _allowed_hosts(self) -> tuple[str, ...]:
        """The names under which the daemon may be asked: those of the settings, and what hubs know it by."""
        public = urlsplit(self.config.websub.public_url).hostname
        return (*self.config.service.allowed_hosts, *([public] if public else []))

    def _note(self, part: str, error: Exception | None) -> None:
        """Keep in the database, for `status`, that a part of the daemon raised, or goes well again."""
        if error is not None:
            error.add_note(part)
            self._failing[part] = error
        elif self._failing.pop(part, None) is None:
            return
        errors = {DAEMON: ExceptionGroup("daemon", list(self._failing.values()))} if self._failing else {}
        with (
            suppress(StorageError),  # the next tick finds it, too, and says so
            closing(db.connect(self.config.database)) as connection,
        ):
            unexpected.note(connection, unexpected.DAEMON, errors, [DAEMON], clock.now())

    async def _feed_watchdog(self) -> None:
        """Tell systemd, where it asks for that, that the loop runs."""
        every_s = watchdog_s(self.environment, os.getpid())
        while every_s is not None:
            notify("WATCHDOG=1", self.environment)
            await asyncio.sleep(every_s)

    def _tick_soon(self) -> None:
        """Tick now: a push has come, or the clock was set back and the scheduler would wait until it has caught up."""
        if self._scheduler.get_job(_TICK) is not None:
            self._scheduler.modify_job(_TICK, next_run_time=clock.system_now())

    async def tick(self) -> None:
        """Take changed settings, then crawl what was asked for or is due."""
        self._monitor.tick()
        try:
            self._take_changes()
            await self._do_work()
        except LockedError as error:
            self._note_busy(error)
        except StorageError as error:
            self.error = error
            self._stopped.set()
        except Exception as error:  # whatever it is: the next tick tries again, and `status` shows it
            self._note(_TICK, error)
        else:
            self._note(_TICK, None)

    async def _warm(self) -> None:
        """Have ready what the first crawl needs."""
        await self._worker.warm()

    async def _do_work(self) -> None:
        """Crawl what was asked for or is due, if anything is."""
        work = self._next_work()
        self._note_free()
        if work is not None and not self._stopped.is_set():
            await self._run_crawl(*work)

    async def _begin_when_free(self, begun_at: datetime) -> None:
        """Begin as soon as no other process holds the database."""
        while not self._stopped.is_set():
            try:
                self._begin(begun_at)
            except LockedError as error:
                self._note_busy(error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), self.tick_s)
            else:
                return self._note_free()
        return None

    def _note_busy(self, error: LockedError) -> None:
        """Another process holds the database: the next tick tries again, as long as it takes."""
        logger.warning("the database is busy: %s", error)
        if self._busy_since is None:
            self._busy_since = clock.now()
            self.tell(f"waiting for the database: {error}")
            self._sign(f"waiting for the database since {db.to_iso(self._busy_since)}")

    def _note_free(self) -> None:
        if self._busy_since is not None:
            waited_s = round((clock.now() - self._busy_since).total_seconds())
            self._busy_since = None
            self.tell(f"the database is free again after {waited_s} s")
            self._sign(None)

    def _begin(self, begun_at: datetime) -> None:
        connection = db.connect(self.config.database)
        try:
            sync(connection, self.config, clock.now())
            mistakes = seed_mistakes(connection, self.config)
            self._close_dead_runs(connection)
            self._heartbeat.begin(connection, Moment.now())
            runs.cancel_requests(connection, begun_at, "the daemon that was asked has ended; ask again")
            meta.put(connection, meta.CONFIG_ERROR, None)
            unexpected.note(connection, unexpected.DAEMON, {}, [DAEMON], clock.now())  # of one before
            left = self._leave_cluster(connection)
        finally:
            connection.close()
        self.tell(
            f"watching {counted(len(self.config.sources), 'source')} "
            f"for {counted(len(self.config.topics), 'topic')}"
        )
        for mistake in mistakes:
            self.tell(f"a seed is left out: {mistake}")
        if left:
            self.tell(left)

    def _close_dead_runs(self, connection: sqlite3.Connection) -> None:
        """One crawl at a time: what is open, a process before this one has left open, or a refused database."""
        close_dead_runs(connection, clock.now(), is_own_dead=True, is_cluster_gone=True)

    def _leave_cluster(self, connection: sqlite3.Connection) -> str | None:
        """What a cluster that is switched off has left undone, once; None: nothing, or there was none."""
        state = meta.get(connection, meta.CLUSTER)
        if state is None:
            return None
        meta.put(connection, meta.CLUSTER, None)
        return what_is_left(state)

    def _take_changes(self) -> None:
        """Load the settings anew if a file or seed has changed; broken ones leave the old in force, and are shown.

        Broken ones are tried again without a change, too: what mends them may lie in a file that they only name.
        """
        seen = _fingerprint(self.config)
        if seen == self._seen and not (self._refused and clock.monotonic_s() >= self._retry_s):
            return
        begun_s = clock.monotonic_s()
        connection = db.connect(self.config.database)
        try:
            config = load_config(self.config.path, self.environment)
            sync(connection, config, clock.now())
            mistakes = seed_mistakes(connection, config)
        except ConfigError as error:
            self._seen = seen
            self._refuse(connection, str(error))
            self._retry_s = clock.monotonic_s() + _RETRY_SHARE * (clock.monotonic_s() - begun_s)
            return
        finally:
            connection.close()
        moved = config.database != self.config.database
        # Another database has neither our lock nor what is under way: it is taken by the next start.
        self.config = replace(config, database=self.config.database)
        self._seen = as_seen_first(seen, _fingerprint(config))
        self._refused = ""
        self._forget_error()
        self._sites_again_s = 0.0
        stays = f"; {config.database} is taken with a restart, until then it stays {self.config.database}"
        self.tell("took the changed settings" + (stays if moved else ""))
        for mistake in mistakes:
            self.tell(f"a seed is left out: {mistake}")

    def _refuse(self, connection: sqlite3.Connection, problem: str) -> None:
        """Keep, and say once, why changed settings are not taken."""
        if problem != self._refused:
            self._refused = problem
            meta.put(connection, meta.CONFIG_ERROR, problem)
            self.tell(f"the changed settings are not taken, the old ones stay in force:\n{problem}")

    def _forget_error(self) -> None:
        connection = db.connect(self.config.database)
        try:
            meta.put(connection, meta.CONFIG_ERROR, None)
        finally:
            connection.close()

    def _next_work(self) -> tuple[str, tuple[str, ...], bool, int | None] | None:
        """Trigger, sources, whether only what is due, and the request; None if there is nothing to do."""
        connection = db.connect(self.config.database)
        try:
            self._close_dead_runs(connection)
            asked = runs.open_requests(connection)
            if asked:
                return "manual", asked[0].sources, asked[0].only_due, asked[0].id
            if clock.monotonic_s() < self._rests_until_s:
                return None
            if workload.has_work(connection, clock.now(), DUE_RULES, with_sites=self._asks_for_sites()):
                return "schedule", (), True, None
        finally:
            connection.close()
        return None

    def _asks_for_sites(self) -> bool:
        """Whether the sites to be searched are looked for: once a minute, for with 100,000 sources it takes 60 ms."""
        if clock.monotonic_s() < self._sites_again_s:
            return False
        self._sites_again_s = clock.monotonic_s() + _SITES_S
        return True

    async def _run_crawl(
        self, trigger: str, names: tuple[str, ...], only_due: bool, request_id: int | None
    ) -> None:
        self._crawl = Crawl(
            self.config.database,
            trigger=trigger,
            names=names,
            only_due=only_due,
            worker=self._worker,
            access=access_text(self.config, os.environ),
        )
        try:
            if request_id is not None:
                self._answer(request_id, self._crawl.run_id)
            with self._monitor.crawling():
                report = await self._crawl.run()
            self.tell(describe(report))
            self._rest_without_pool(report)
        finally:
            self._crawl = None

    def _rest_without_pool(self, report: CrawlReport) -> None:
        """Let feeds whose answers nobody could read rest: they are still due, and would be asked at each tick."""
        self._without_pool = self._without_pool + 1 if report.had_no_pool else 0
        if report.had_no_pool:
            pause_s = min(NO_POOL_S * 2 ** (self._without_pool - 1), LONGEST_NO_POOL_S)
            self._rests_until_s = clock.monotonic_s() + pause_s

    def _answer(self, request_id: int, run_id: int) -> None:
        connection = db.connect(self.config.database)
        try:
            runs.answer(connection, request_id, run_id=run_id)
        finally:
            connection.close()


async def keep_running(
    part: Part,
    note: Callable[[Exception | None], None],
    *,
    pause_s: float = RESTART_S,
    well_s: float = WELL_S,
) -> None:
    """Run a part of the daemon until it ends by itself or is cancelled; one that raises is begun anew after a pause.

    *note* gets what it raised, and None once it has run for *well_s* seconds.
    """
    while True:
        running = asyncio.ensure_future(part())
        try:
            if not (await asyncio.wait([running], timeout=well_s))[0]:
                note(None)
            return await running
        except Exception as error:  # whatever it is: the crawls and the other parts go on
            note(error)
        finally:
            running.cancel()
        await asyncio.sleep(pause_s)


class SinceLast(BaseTrigger):  # type: ignore[misc]  # APScheduler has no annotations
    """So long after the last tick. An interval would list all ticks since 1970 once a machine learns the time."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        """APScheduler's name for it."""
        return now + self._pause


def describe(report: CrawlReport) -> str:
    """A crawl in one line."""
    totals = {
        name: sum(getattr(line, name) for line in report.lines)
        for name in ("polled", "poll_failures", "new", "matched", "copies", "failed")
    }
    line = (
        f"run {report.run_id} {report.state}: {totals['polled']} polled, {totals['new']} new, "
        f"{totals['matched']} matched, {totals['copies']} copies, {totals['failed']} failed"
    )
    if totals["poll_failures"]:
        line += f"; {counted(totals['poll_failures'], 'poll')} failed"
    if report.waiting:
        line += (
            f"; {counted(report.waiting, 'page')} {'waits' if report.waiting == 1 else 'wait'} for the next"
        )
    return f"{line}; {report.error}" if report.error else line


def as_seen_first(before: Fingerprint, after: Fingerprint) -> Fingerprint:
    """The files of *after*, each as it was seen before it was read: what is changed while it is read is a change."""
    first = {one[0]: one for one in before}
    return tuple(first.get(one[0], one) for one in after)


def _fingerprint(config: Config) -> Fingerprint:
    """Name, size and time of every file that the settings are made of."""
    files = list(watched_files(config))
    for topic in config.topics:
        for seed in map(Path, topic.seeds):
            files += [seed, *sorted(seed.rglob("*"))] if seed.is_dir() else [seed]
    prints = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            prints.append((str(file), -1, -1))
        else:
            prints.append((str(file), status.st_size, status.st_mtime_ns))
    return tuple(prints)
