"""What one crawl holds open: the run's row, the writer, the pool, the topics. I/O edge."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from scrapy.settings import BaseSettings

from crawler import clock
from crawler.cadence.clock_trust import after_crawl, at_sign_of_life, is_agreed
from crawler.downloader.server_clocks import usual_ahead
from crawler.limits import VECTOR_DAYS
from crawler.run.closing_table import closing_table
from crawler.run.opening import begin_run, load_settings
from crawler.run.pool import TaskPool
from crawler.run.pool_work import hold_matchers
from crawler.run.writer import Writer
from crawler.topics.prepare import prepare_matchers
from crawler.urls import politeness_key
from storage import meta
from storage.articles import held
from storage.errors import PoolError, StorageError
from storage.records.health import ServerClock
from storage.records.sources import Feed, HostMemory, RobotsFile
from storage.records.subscriptions import AskedHub
from storage.sources import hosts, robots_files, runs, sources
from storage.sources.runs import Run
from storage.topics import vectors

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class CrawlSession:
    """One crawl's resources, opened before the spider starts and closed after it."""

    closing = ""  # what a run of our own did, as text, once it is closed

    hub_requests: tuple[AskedHub, ...] = ()  # that somebody else has written down; on one machine nobody

    def __init__(self, database: Path, *, token: str = "", trigger: str = "scrapy") -> None:
        """*token* names a run that was begun, with its feeds leased; "" begins one with all feeds that are due."""
        self.writer = Writer(database)
        self.error: StorageError | PoolError | None = None  # what ended it before its time
        self.is_open = True
        self.on_error: Callable[[], None] = lambda: None
        self.server_clocks: dict[str, float] = {}  # how far ours is ahead of a host's, seconds
        self._writing: set[asyncio.Task[None]] = set()
        try:
            run, self.feeds = self.writer.call_now(_begin, token, trigger)
            self.token, self.run_id, self.trigger = run.token, run.id, run.trigger
            self._owns_run = not token
            self.settings = self.writer.call_now(load_settings)
            self.is_clock_doubted = self.writer.call_now(begin_by_clock, clock.now())
            matchers = self.writer.call_now(prepare_matchers, clock.now())
            self.hosts = {memory.host: memory for memory in self.writer.call_now(hosts.remembered)}
            # The seconds between two requests that sources ask for, by slot.
            self.delays: dict[str, float] = {}
            for url, delay_s in self.writer.call_now(sources.delays):
                slot = politeness_key(url)
                self.delays[slot] = max(delay_s, self.delays.get(slot, 0.0))
        except BaseException:
            self.writer.close()
            raise
        self.topics = tuple(matcher.topic.name for matcher in matchers)
        self.pool = TaskPool(initializer=hold_matchers, arguments=(matchers,), on_failure=self.end_early)

    async def store(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """What a storage function returns; if the database refuses, the crawl ends.

        Raises:
            StorageError: the database refused.
        """
        try:
            return await self.writer.call(function, *args, **kwargs)
        except StorageError as error:
            self.end_early(error)
            raise

    def store_now(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """As `store`, for when nothing else is under way: the event loop waits for the database.

        Raises:
            StorageError: the database refused.
        """
        try:
            return self.writer.call_now(function, *args, **kwargs)
        except StorageError as error:
            self.end_early(error)
            raise

    def end_early(self, error: StorageError | PoolError) -> None:
        """Have the crawl end because of *error*."""
        if self.error is None:
            self.error = error
            self.on_error()

    @property
    def clock_ahead_s(self) -> float:
        """How far our clock is ahead of those of the servers that were asked, seconds; 0 if it is not, or none said."""
        return max(0.0, usual_ahead(self.server_clocks) or 0.0)

    def doubts_date_at(self, url: str) -> bool:
        """Whether our clock is doubted, and the server of *url* has not said the same time in this crawl."""
        ahead_s = self.server_clocks.get(politeness_key(url))
        return self.is_clock_doubted and (ahead_s is None or not is_agreed(ahead_s))

    def remember_host(self, memory: HostMemory) -> None:
        """Keep what a host has asked for, in this crawl and for those to come; nothing is waited for."""
        if self.hosts.get(memory.host) == memory or not self.is_open:
            return
        self.hosts[memory.host] = memory
        self._write_soon(self.store(hosts.remember, memory))

    async def kept_robots(self, place: str) -> RobotsFile | None:
        """The robots.txt of *place* that an earlier crawl has fetched, if it may still be used.

        Raises:
            StorageError: the database refused.
        """
        return await self.store(robots_files.kept, place, clock.now())

    def keep_robots(self, file: RobotsFile) -> None:
        """Keep a robots.txt for the crawls to come; nothing is waited for."""
        if self.is_open:
            self._write_soon(self.store(robots_files.keep, file))

    def _write_soon(self, call: Coroutine[None, None, None]) -> None:
        writing = asyncio.ensure_future(call)
        self._writing.add(writing)
        writing.add_done_callback(self._written)

    def _written(self, writing: "asyncio.Task[None]") -> None:
        self._writing.discard(writing)
        if not writing.cancelled():
            writing.exception()  # `store` has kept it

    def close(self, *, finished: bool) -> None:
        """End the pool, the run's row (if the run is our own) and the connection."""
        self.is_open = False
        self.pool.close()
        try:
            if not isinstance(self.error, StorageError):
                self._note_clocks()
                if self._owns_run:
                    self._end_run(finished=finished)
        finally:
            self.writer.close()

    def _note_clocks(self) -> None:
        """Keep what the servers' clocks said of ours."""
        now = clock.now()
        trust = after_crawl(self.writer.call_now(meta.get, meta.CLOCK_TRUST), self.server_clocks, now)
        self.writer.call_now(meta.put, meta.CLOCK_TRUST, trust)
        ahead_s = usual_ahead(self.server_clocks)
        if ahead_s is not None:
            seen = ServerClock(now, len(self.server_clocks), round(ahead_s))
            self.writer.call_now(meta.put, meta.SERVER_CLOCK, seen)

    def _end_run(self, *, finished: bool) -> None:
        state = "failed" if self.error else "finished" if finished else "interrupted"
        error = str(self.error) if self.error else None
        self.writer.call_now(sources.release, self.token)
        self.writer.call_now(runs.end, self.run_id, state=state, now=clock.now(), error=error)
        self.closing = closing_table(self.run_id, state, self.writer.call_now(runs.summary, self.run_id))


def open_session(settings: BaseSettings) -> CrawlSession:
    """The session of the run that SEEDWATCH_RUN names, or of a new one with all that is due.

    Raises:
        StorageError: nobody has made the database: what is to be polled stands in a seedwatch.toml.
    """
    database, token = Path(settings["SEEDWATCH_DB"]), settings.get("SEEDWATCH_RUN", "")
    if not token and not database.exists():
        raise StorageError(
            f"{database}: there is no database; `seedwatch check` beside a seedwatch.toml makes it, and "
            "-s SEEDWATCH_DB=FILE names another"
        )
    return CrawlSession(database, token=token)


def begin_by_clock(connection: sqlite3.Connection, now: datetime) -> bool:
    """Drop what is held no longer, as each run begins with; whether the clock is doubted: then nothing is dropped.

    While it is, what is done by the clock must be possible to take back.
    """
    trust = at_sign_of_life(meta.get(connection, meta.CLOCK_TRUST), now)
    meta.put(connection, meta.CLOCK_TRUST, trust)
    if trust.doubted_since is not None:
        return True
    held.drop_expired_texts(connection, now)
    vectors.drop_older(connection, now - timedelta(days=VECTOR_DAYS))
    return False


def _begin(connection: sqlite3.Connection, token: str, trigger: str) -> tuple[Run, list[Feed]]:
    feeds = None
    if not token:
        token, _, feeds = begin_run(connection, trigger=trigger)
    run = runs.by_token(connection, token)
    if run is None:
        raise StorageError(f"there is no run {token}")
    return run, sources.leased(connection, token) if feeds is None else feeds
