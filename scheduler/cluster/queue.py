"""The queue of jobs: procrastinate's, which says to workers who has what in hand. Nothing else imports it.

The jobs themselves, and whether they are over, stand in our own tables (storage/cluster/jobs.py): what the queue
forgets or repeats is put right from there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status

from storage.cluster.postgres import DRIVER_ERROR, check_answers, masked
from storage.errors import ClusterError
from storage.records.cluster import WIRE_VERSION, UnendedJob

logger = logging.getLogger(__name__)

# Workers of another version never see these jobs.
QUEUE = f"seedwatch-{WIRE_VERSION}"
_TASK = "crawl_host"
# As soon as a job is there workers hear of it; this is for the case that they did not.
_LOOK_S = 2.0
# The queue's own error, and the driver's, which comes through where connections are made.
_FAILED = (ConnectorException, DRIVER_ERROR)

Crawl = Callable[[str], Awaitable[None]]


class JobQueue:
    """The queue at one DSN."""

    def __init__(self, dsn: str, silent_s: float = 30.0) -> None:
        """A worker that is silent for *silent_s* seconds counts as dead."""
        connector = procrastinate.PsycopgConnector(
            conninfo=dsn, min_size=1, max_size=4, timeout=10.0, kwargs={"connect_timeout": 5}
        )
        self._app = procrastinate.App(connector=connector)
        self._dsn, self._silent_s = dsn, silent_s
        self._is_open = False
        self._crawl: Crawl | None = None
        self._app.task(name=_TASK, queue=QUEUE)(self._begin)

    async def open(self) -> None:
        """Connect, and make the queue's tables if there are none.

        Raises:
            ClusterError: PostgreSQL cannot be had.
        """
        if self._is_open:
            return
        await asyncio.to_thread(check_answers, self._dsn)  # the pool would wait half a minute to say so
        try:
            await self._app.open_async()
            if not await self._app.check_connection_async():
                with suppress(ConnectorException):  # another process has just made them
                    await self._app.schema_manager.apply_schema_async()
        except _FAILED as error:
            await self._close()  # a pool that was begun would go on trying
            raise self._ours(error) from error
        self._is_open = True

    async def close(self) -> None:
        """Disconnect."""
        if self._is_open:
            self._is_open = False
            await self._close()

    async def defer(self, jobs: Sequence[UnendedJob]) -> None:
        """Have workers hear of jobs; of two jobs of one host they get one at a time.

        Raises:
            ClusterError: PostgreSQL cannot be had.
        """
        await self.open()
        try:
            for job in jobs:
                task = self._app.configure_task(
                    _TASK, queue=QUEUE, lock=job.host, queueing_lock=job.host, priority=job.priority
                )
                with suppress(AlreadyEnqueued):
                    await task.defer_async(key=job.key)
        except _FAILED as error:
            raise self._ours(error) from error

    async def repair(self, unended: Sequence[UnendedJob]) -> int:
        """Have workers hear again of jobs that the queue has lost, and forget those that are over; how many.

        Raises:
            ClusterError: PostgreSQL cannot be had.
        """
        await self.open()
        wanted = {job.key: job for job in unended}
        manager = self._app.job_manager
        try:
            await manager.prune_stalled_workers(self._silent_s)
            queued = list(await manager.list_jobs_async(queue=QUEUE))
            stalled = {
                job.id
                for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self._silent_s)
            }
            known = set()
            for job in queued:
                key = str(job.task_kwargs.get("key"))
                is_over = key not in wanted or (job.id in stalled and not wanted[key].is_doing)
                if job.id in stalled and is_over:
                    assert job.id is not None
                    await manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
                else:
                    known.add(key)
        except _FAILED as error:
            raise self._ours(error) from error
        lost = [job for job in unended if job.key not in known and not job.is_doing]
        await self.defer(lost)
        return len(lost)

    async def work(self, crawl: Crawl, at_once: int) -> None:
        """Call *crawl* with the key of each job that comes, so many *at_once*, until cancelled.

        Raises:
            ClusterError: PostgreSQL cannot be had any more.
        """
        await self.open()
        self._crawl = crawl
        try:
            await self._app.run_worker_async(
                queues=[QUEUE],
                concurrency=at_once,
                install_signal_handlers=False,
                delete_jobs=DeleteJobCondition.ALWAYS,
                fetch_job_polling_interval=_LOOK_S,
                update_heartbeat_interval=self._silent_s / 3,
                stalled_worker_timeout=self._silent_s,
                shutdown_graceful_timeout=0.0,
            )
        except _FAILED as error:
            raise self._ours(error) from error
        finally:
            with suppress(*_FAILED, asyncio.CancelledError):
                await self.close()

    async def _begin(self, key: str) -> None:
        """The queue's task. What it begins goes on if the queue breaks off: our own tables say when it is over."""
        assert self._crawl is not None
        await asyncio.shield(asyncio.ensure_future(self._crawl(key)))

    async def _close(self) -> None:
        with suppress(*_FAILED):  # it is broken already
            await self._app.close_async()

    def _ours(self, error: Exception) -> ClusterError:
        cause = error.__cause__ or error
        return ClusterError(f"PostgreSQL cannot be had: {' '.join(masked(str(cause)).split())}")
