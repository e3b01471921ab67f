"""The scheduler of a cluster: the daemon, which sends what is due to workers instead of crawling it. I/O edge."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing

from crawler import clock
from scheduler.cluster.connection import SharedStore
from scheduler.cluster.dispatch import SILENT_S, Dispatcher
from scheduler.cluster.naming import process_name
from scheduler.cluster.queue import JobQueue
from scheduler.config.access import access_text
from scheduler.config.load import Config
from scheduler.daemon.crawl import close_dead_runs
from scheduler.daemon.daemon import TICK_S, Daemon, describe
from storage import db, meta
from storage.cluster import shared
from storage.cluster.identity import own_name
from storage.cluster.postgres import check_database, make_tables, masked
from storage.errors import ClusterError
from storage.records.cluster import ClusterFigures, ClusterState

_SIGN_S = 5.0


class ClusterDaemon(Daemon):
    """Settings, alerts, checks and figures as on one machine; the crawls are others'."""

    def __init__(
        self,
        config: Config,
        environment: Mapping[str, str],
        *,
        dsn: str,
        version: str,
        tell: Callable[[str], None],
        tick_s: float = TICK_S,
        silent_s: float = SILENT_S,
    ) -> None:
        """*silent_s*: seconds after which a worker that is not heard of counts as dead."""
        super().__init__(config, environment, tell=tell, tick_s=tick_s)
        self.name = process_name()
        self._version = version
        self._place = masked(dsn)
        self._shared, self._queue = SharedStore(dsn), JobQueue(dsn, silent_s)
        self._dispatcher = Dispatcher(
            config.database,
            self._shared,
            lambda: access_text(self.config, os.environ, with_files=True),
            silent_s,
        )
        self._has_tables = False
        self._turn: asyncio.Future[None] | None = None
        self._signed_s = float("-inf")
        self._waits = ""
        self._refused_by: ClusterError | None = None  # waiting is of no use
        self._sent_config = config

    async def run(self) -> None:
        """As `Daemon.run`; PostgreSQL that does not answer is waited for.

        Raises:
            ClusterError: waiting is of no use.
        """
        try:
            await super().run()
        finally:
            await self._queue.close()
            await asyncio.to_thread(self._shared.close)
        if self._refused_by is not None:
            raise self._refused_by

    def _close_dead_runs(self, connection: sqlite3.Connection) -> None:
        """But for those of the cluster: they are gone on with."""
        close_dead_runs(connection, clock.now(), is_own_dead=True)

    def _leave_cluster(self, _connection: sqlite3.Connection) -> str | None:
        """Nothing: it is this cluster."""
        return None

    async def _warm(self) -> None:
        """Nothing: workers are elsewhere."""

    async def _end_work(self) -> None:
        """Let the turn at hand end."""
        if self._turn is not None:
            await asyncio.wait([self._turn])

    async def _do_work(self) -> None:
        if self.config is not self._sent_config:
            self._sent_config = self.config
            self._dispatcher.close_runs()
        try:
            self._turn = asyncio.ensure_future(self._dispatch())
            await asyncio.shield(self._turn)
        except ClusterError as error:
            await self._queue.close()
            self._has_tables = False  # what was away may come back empty
            if error.is_passing:
                self._note_waiting(error)
            else:
                self._keep(None, str(error))
                self._refused_by = error
                self._stopped.set()
        else:
            self._note_waiting(None)
        self._note_free()

    async def _dispatch(self) -> None:
        if not await self._shared.call(shared.hold_lock, "scheduler"):
            raise ClusterError("another scheduler is at work with this PostgreSQL")
        if not self._has_tables:
            if await self._shared.call(make_tables):
                self._dispatcher.begin_anew()
            await self._shared.call(check_database, self._own_name())
            await self._queue.open()
            self._has_tables = True
        if clock.monotonic_s() - self._signed_s >= _SIGN_S:
            await self._shared.call(
                shared.sign, self.name, "scheduler", self._version, "sends", clock.system_now()
            )
            self._keep(await self._shared.call(shared.figures, clock.system_now()))
            self._signed_s = clock.monotonic_s()
        done = await asyncio.to_thread(self._dispatcher.turn)
        await self._queue.defer(done.defer)
        if done.unended is not None:
            await self._queue.repair(done.unended)
        for report in done.reports:
            self.tell(describe(report))

    def _own_name(self) -> str:
        with closing(db.connect(self.config.database)) as connection:
            return own_name(connection)

    def _keep(self, figures: ClusterFigures | None, error: str = "") -> None:
        """Keep in the database how the cluster stands, for `status`, pages and metrics."""
        with closing(db.connect(self.config.database)) as connection:
            meta.put(connection, meta.CLUSTER, ClusterState(clock.now(), self._place, figures, error))

    def _note_waiting(self, error: ClusterError | None) -> None:
        said = str(error) if error else ""
        if said != self._waits:
            self._waits = said
            self.tell(f"waiting: {said}" if said else "PostgreSQL is there again")
        if said:
            self._keep(None, said)
