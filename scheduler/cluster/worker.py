"""The worker of a cluster: takes jobs, crawls them, many at once, and sends what came of them. I/O edge.

It has no database and no settings: jobs bring what they need. Killed at any moment, it takes nothing along but the
jobs that it had in hand, which another one gets.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from crawler import clock
from crawler.cadence.host_pauses import domain_of
from crawler.cluster.crawling import JobCrawl
from crawler.cluster.jobs import HostJob
from crawler.cluster.wire import job_from_bytes, memory_from_bytes, memory_to_bytes, topics_from_bytes
from crawler.process.worker import load
from crawler.run.lifetime import memory_mb
from crawler.run.pool import TaskPool, load_shared
from crawler.run.pool_work import hold_matchers
from crawler.tasks.outcomes import error_detail
from scheduler.cluster.connection import RETRY_S, SharedStore
from scheduler.cluster.naming import process_name
from scheduler.cluster.queue import JobQueue
from scheduler.wording import counted
from storage.cluster import jobs, records, shared
from storage.cluster.postgres import Shared, check_version
from storage.errors import ClusterError, PoolError, QueryError, RecordError
from storage.records.cluster import SentRecord, TakenJob
from storage.records.sources import HostMemory

logger = logging.getLogger(__name__)

# Jobs in hand at a time: most of them wait for their hosts.
JOBS_AT_ONCE = 16
# The writer lags: nothing new is begun until it has caught up to half of this.
_MOST_RECORDS, _MOST_LAG_S = 20_000, 60.0
SIGN_S = 5.0
# Clocks of machines differ by less where they are set by a server.
_CLOCK_S = 2.0
# When it is stopped, what is in hand has so long to be finished and sent.
_STOP_S = 25.0
# A fresh one holds 150 MB. One that has grown to this ends in order, for whoever started it to begin another one.
_MOST_MB = 1_000


@dataclass(slots=True)
class _Topics:
    """A revision of the topics, with the pool whose processes hold it, and the crawls that use it."""

    revision: str
    names: tuple[str, ...]
    pool: TaskPool
    users: int = 0


class ClusterWorker:
    """One worker, from its start to its end."""

    def __init__(
        self,
        dsn: str,
        *,
        version: str,
        contact: str = "",
        at_once: int = JOBS_AT_ONCE,
        sign_s: float = SIGN_S,
        tell: Callable[[str], None],
    ) -> None:
        """*contact*: where outlets can reach who runs it; "": as the scheduler's settings say."""
        self.name = process_name()
        self._dsn, self._version, self._contact, self._tell = dsn, version, contact, tell
        self._at_once, self._sign_s = at_once, sign_s
        self._room = asyncio.Semaphore(at_once)
        self._shared = SharedStore(dsn)
        self._stopped, self._may_begin = asyncio.Event(), asyncio.Event()
        self._may_begin.set()
        self._crawls: dict[asyncio.Task[None] | None, JobCrawl | None] = {}
        self._topics: _Topics | None = None
        self._choosing = asyncio.Lock()
        self._put_right_s = 0.0
        self._state = ""
        self._loop: asyncio.AbstractEventLoop

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; PostgreSQL that does not answer is waited for.

        Raises:
            ClusterError: waiting is of no use.
        """
        self._loop = loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopped.set)
        try:
            if await self._until_stopped(self._begin()):
                await self._until_stopped(self._work())
        finally:
            await self._end()

    async def _begin(self) -> None:
        """Wait until there is a scheduler of our version."""
        while True:
            try:
                await self._shared.call(check_version)
            except ClusterError as error:
                if not error.is_passing:
                    raise
                self._say(f"waiting: {error}")
                await asyncio.sleep(RETRY_S)
            else:
                break
        load_shared()
        await self._shared.call_until_had(self._sign)
        self._tell(f"this is {self.name}, {self._at_once} hosts at once")

    async def _work(self) -> None:
        """Take jobs; the queue is opened anew when it breaks."""
        signing = asyncio.create_task(self._sign_each())
        try:
            while True:
                queue = JobQueue(self._dsn, 6 * self._sign_s)
                try:
                    await queue.work(self._crawl, self._at_once)
                except ClusterError as error:
                    self._say(f"waiting: {error}")
                await asyncio.sleep(RETRY_S)
        finally:
            signing.cancel()

    async def _end(self) -> None:
        """Finish and send what is in hand, for a while."""
        crawling = [task for task in self._crawls if task is not None]
        for crawl in self._crawls.values():
            if crawl is not None:
                crawl.stop()
        if crawling:
            self._tell(f"stopping: {counted(len(crawling), 'job')} in hand")
            await asyncio.wait(crawling, timeout=_STOP_S)
        with suppress(ClusterError):
            await self._shared.call(shared.sign_off, self.name)
        if self._topics is not None:
            await asyncio.to_thread(self._topics.pool.close)
        await asyncio.to_thread(self._shared.close)

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether *work* came to its end before we were stopped."""
        working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopped.wait())
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if working.done():
            working.result()
            return True
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        return False

    async def _crawl(self, key: str) -> None:
        """Do one job, if it is still to be done; what goes wrong is its own affair."""
        task = asyncio.current_task()
        self._crawls[task] = None
        try:
            async with self._room:
                await self._may_begin.wait()
                if not self._stopped.is_set():
                    await self._take(key, task)
        except ClusterError as error:
            self._say(f"waiting: {error}")
        finally:
            del self._crawls[task]

    async def _take(self, key: str, task: "asyncio.Task[None] | None") -> None:
        taken = await self._shared.call(jobs.take, key, self.name)
        if taken is None:
            return
        try:
            found = await self._done(taken, task)
        except Exception as error:  # whatever it is: another worker may do better, or it is given up
            logger.exception("a job failed", extra={"job": key})
            why = (
                str(error) if isinstance(error, RecordError | QueryError | PoolError) else error_detail(error)
            )
            await self._shared.call_until_had(jobs.give_back, taken, why)
            return
        if not await self._shared.call_until_had(jobs.finish, taken, found):
            logger.warning("a job was taken by another worker meanwhile", extra={"job": key})

    async def _done(self, taken: TakenJob, task: "asyncio.Task[None] | None") -> list[SentRecord]:
        """What came of a job."""
        job = await self._with_memory(job_from_bytes(taken.payload))
        topics = await self._topics_of(job.topics)
        topics.users += 1
        try:
            crawl = JobCrawl(job, topics.pool, topics.names, keep_host=self._keep_host, contact=self._contact)
            self._crawls[task] = crawl
            if self._stopped.is_set():
                crawl.stop()
            return await crawl.run()
        finally:
            topics.users -= 1
            await self._close_unused(topics)

    async def _with_memory(self, job: HostJob) -> HostJob:
        """*job* with what its host has asked for since it was sent: whoever did it before may have died of it."""
        kept = map(memory_from_bytes, await self._shared.call(shared.host_memories, job.host))
        memories = {memory.host: memory for memory in job.memories}
        for memory in kept:
            if is_newer(memory, memories.get(memory.host)):
                memories[memory.host] = memory
        return replace(job, memories=tuple(memories.values()))

    def _keep_host(self, memory: HostMemory) -> None:
        """Tell the other machines at once what a host has asked for."""
        keeping = asyncio.ensure_future(
            self._shared.call(shared.keep_host, memory.host, domain_of(memory.host), memory_to_bytes(memory))
        )
        keeping.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _topics_of(self, revision: str) -> _Topics:
        """The topics of *revision*, with a pool that holds them.

        Raises:
            RecordError: they are not there any more.
        """
        async with self._choosing:
            before = self._topics
            if before is not None and before.revision == revision:
                return before
            payload = await self._shared.call(shared.topics, revision)
            if payload is None:
                raise RecordError(f"the topics of revision {revision} are not there any more")
            matchers = await asyncio.to_thread(topics_from_bytes, payload)
            pool = TaskPool(
                processes=_processes(),
                initializer=hold_matchers,
                arguments=(matchers,),
                on_failure=self._fail,
            )
            self._topics = _Topics(revision, tuple(matcher.topic.name for matcher in matchers), pool)
        if before is not None:
            await self._close_unused(before)
        return self._topics

    def _fail(self, error: PoolError) -> None:
        """Give back what is in hand, and begin the next job with another pool: this one cannot be kept."""
        self._topics = None
        for crawl in self._crawls.values():
            if crawl is not None:
                crawl.fail(error)

    async def _close_unused(self, topics: _Topics) -> None:
        if not topics.users and topics is not self._topics:
            await asyncio.to_thread(topics.pool.close)

    async def _sign_each(self) -> None:
        """Give signs of life, and look how far the writer is."""
        while True:
            try:
                await self._shared.call(self._sign)
            except ClusterError as error:
                self._say(f"waiting: {error}")
            await asyncio.sleep(self._sign_s if self._may_begin.is_set() else self._sign_s / 5)

    def _sign(self, connection: Shared) -> None:
        count, lag_s = records.backlog(connection)
        if count > _MOST_RECORDS or lag_s > _MOST_LAG_S:
            self._may_begin.clear()
        elif count <= _MOST_RECORDS / 2 and lag_s <= _MOST_LAG_S / 2:
            self._may_begin.set()
        state = "works" if self._may_begin.is_set() else "pauses: the writer lags"
        if self._shared.waits_for:
            state = f"waits: {self._shared.waits_for}"
        in_hand = sum(crawl is not None for crawl in self._crawls.values())
        ahead_s = shared.sign(
            connection, self.name, "worker", self._version, state, clock.system_now(), jobs=in_hand
        )
        self._put_right(ahead_s - shared.scheduler_ahead_s(connection))
        self._say(state)
        if memory_mb()[0] > _MOST_MB:
            self._say(f"ends, as it has grown beyond {_MOST_MB} MB")
            self._loop.call_soon_threadsafe(self._stopped.set)

    def _put_right(self, ahead_s: float) -> None:
        """Go by the scheduler's clock: what is noted here is compared with what is noted there."""
        if abs(ahead_s - self._put_right_s) > _CLOCK_S:
            clock.put_right(ahead_s - self._put_right_s)
            self._put_right_s = ahead_s
            self._tell(f"the clock is {ahead_s:+.0f} s from the scheduler's, whose is gone by")

    def _say(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._tell(state)


def is_newer(memory: HostMemory, known: HostMemory | None) -> bool:
    """Whether a host has asked for a pause since it was *known*."""
    if memory.paused_at is None:
        return False
    return known is None or known.paused_at is None or memory.paused_at > known.paused_at


def _processes() -> int:
    """As many as there are cores for this process, at most four."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 4)


def work(
    dsn: str,
    *,
    version: str,
    contact: str = "",
    at_once: int = JOBS_AT_ONCE,
    sign_s: float = SIGN_S,
    tell: Callable[[str], None],
) -> None:
    """Run a worker in this process until it is stopped.

    Raises:
        ClusterError: waiting is of no use.
    """
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "crawler.settings")
    load()
    from twisted.internet import reactor

    errors: list[BaseException] = []

    async def run() -> None:
        try:
            worker = ClusterWorker(
                dsn, version=version, contact=contact, at_once=at_once, sign_s=sign_s, tell=tell
            )
            await worker.run()
        except BaseException as error:
            errors.append(error)
        finally:
            reactor.stop()  # type: ignore[misc]

    reactor.callWhenRunning(lambda: asyncio.ensure_future(run()))
    reactor.run(installSignalHandlers=False)  # type: ignore[call-arg,misc]
    if errors:
        raise errors[0]
