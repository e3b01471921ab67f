"""The warm worker as its supervisor sees it: started, given crawls, watched, replaced. I/O edge."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crawler.limits import READING_PROCESS_MB
from crawler.run.messages import CrawlEnd, CrawlOrder, Message
from crawler.run.opening import POOL_CODE
from scheduler.daemon.child import CRAWL_S, ChildEnd, ChildProcess, CrawlStatus, OnProgress

# Between two signs of life, of which the worker gives one every 5 s; only an event loop that stands still is silent.
SILENCE_S = 30.0
# Until the first sign of life: loading Scrapy takes 1 s, and many times that on a machine that is busy.
BOOT_S = 120.0
# An idle worker ends when its stdin does; after this it is asked by a signal, which then ends it at once.
_IDLE_END_S = 0.5
# A worker that is so near to its limit would meet it in the next crawl.
_FULL = 0.75


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """When a worker is replaced."""

    crawls: int = 50  # after so many: what leaks goes with them
    resident_mb: int = 400  # as soon as it holds so much after a crawl; a fresh one holds 90
    # Address space, where a MemoryError comes; a fresh worker and pool take 340 each.
    reserved_mb: int = READING_PROCESS_MB
    silence_s: float = SILENCE_S
    boot_s: float = BOOT_S


class Worker:
    """A process that is ready to crawl; one that has ended, hangs or has grown is replaced by the next call."""

    def __init__(self, limits: WorkerLimits | None = None) -> None:
        self._limits = limits or WorkerLimits()
        self._present: _Process | None = None

    @property
    def pid(self) -> int | None:
        """The process number of the present process; None if there is none."""
        return self._present.pid if self._present is not None and self._present.is_fit else None

    async def warm(self) -> None:
        """Have a process ready, or on its way."""
        await self._fit()

    def crawl(
        self,
        database: Path,
        token: str,
        names: Sequence[str] = (),
        on_progress: OnProgress | None = None,
        *,
        most_s: float = CRAWL_S,
        access: str = "",
    ) -> "WorkerCrawl":
        """The crawl of the run with this token, ready to be run; stopped after *most_s* seconds."""
        order = CrawlOrder(str(database), token, tuple(names), access)
        return WorkerCrawl(self, order, CrawlStatus(on_progress), most_s)

    async def end(self) -> None:
        """End the process, if there is one; a crawl in it finishes the pages in hand."""
        if self._present is not None:
            await self._present.end()
            self._present = None

    async def _fit(self) -> "_Process":
        if self._present is not None and not self._present.is_fit:
            await self._present.end()
            self._present = None
        if self._present is None:
            self._present = await _Process.start(self._limits)
        return self._present


class WorkerCrawl:
    """One crawl in a warm worker: `Crawl` in scheduler/daemon/crawl.py runs it as it runs a `ChildCrawl`."""

    def __init__(self, worker: Worker, order: CrawlOrder, status: CrawlStatus, most_s: float) -> None:
        """Use `Worker.crawl`."""
        self._worker, self._order, self._status, self.most_s = worker, order, status, most_s
        self._process: _Process | None = None
        self._stopping = False

    @property
    def in_hand(self) -> tuple[int, ...]:
        """The links whose answers have come and whose outcomes are not stored."""
        return self._status.in_hand

    async def run(self) -> ChildEnd:
        """Hand the crawl over and wait for its end; the next worker is on its way when this one is used up."""
        process = await self._worker._fit()
        if self._stopping:
            return ChildEnd(0, "", was_stopped=True)
        self._process = process
        running = asyncio.ensure_future(process.crawl(self._order, self._status))
        done, _ = await asyncio.wait([running], timeout=self.most_s)
        was_late = not done
        if was_late:
            await process.end()
        code, said = await running
        if not self._stopping:
            await self._worker.warm()
        return ChildEnd(
            code, said, self._stopping, was_late and not self._stopping, in_hand=self._status.in_hand
        )

    async def stop(self) -> None:
        """Ask it to finish the pages in hand, then insist; the worker's process ends with it."""
        self._stopping = True
        if self._process is not None:
            await self._process.end()


class _Process:
    """One worker process from its start to its end."""

    def __init__(self, limits: WorkerLimits) -> None:
        self._limits = limits
        self._crawls = self._resident_mb = self._reserved_mb = 0
        self._status = CrawlStatus()
        self._answer: asyncio.Future[tuple[int, str]] | None = None
        self._quiet_s, self._is_ready, self._is_stuck = 0.0, False, False
        self._has_pools = True  # it could start processes that read pages
        self._child: ChildProcess
        self._ended: asyncio.Task[tuple[int, str]]

    @classmethod
    async def start(cls, limits: WorkerLimits) -> "_Process":
        """Start one."""
        process = cls(limits)
        beat_s = limits.silence_s / 6
        process._child = await ChildProcess.start(
            "crawler.process.worker",
            ["--parent", str(os.getpid()), "--memory-mb", str(limits.reserved_mb), "--beat-s", str(beat_s)],
            process._take,
            takes_orders=True,
            # Each thread would reserve 64 MB of its own, which is not used and would count against the limit.
            more={"MALLOC_ARENA_MAX": "2"},
        )
        process._ended = asyncio.create_task(process._follow(beat_s))
        return process

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._child.pid

    @property
    def is_fit(self) -> bool:
        """Whether it can take another crawl."""
        return (
            self._child.lives
            and not self._ended.done()
            and not self._is_stuck
            and self._has_pools
            and self._crawls < self._limits.crawls
            and self._resident_mb <= self._limits.resident_mb
            and self._reserved_mb <= _FULL * self._limits.reserved_mb
        )

    async def crawl(self, order: CrawlOrder, status: CrawlStatus) -> tuple[int, str]:
        """Exit code and last words of the crawl, or of the process if that ends before."""
        self._crawls += 1
        self._status = status
        self._answer = asyncio.get_running_loop().create_future()
        self._child.send(order)
        await asyncio.wait([self._answer, self._ended], return_when=asyncio.FIRST_COMPLETED)
        if self._answer.done():
            return self._answer.result()
        code, said = self._ended.result()
        return code or 1, said  # without an answer even an orderly end is a failure

    async def end(self) -> None:
        """End it in order, then insist; nothing is left of it."""
        if not self._ended.done():
            self._child.finish()
            is_crawling = self._answer is not None and not self._answer.done()
            patience_s = 0.0 if is_crawling else _IDLE_END_S
            if not (await asyncio.wait([self._ended], timeout=patience_s))[0]:
                await self._child.end()
        await self._ended

    async def _follow(self, step_s: float) -> tuple[int, str]:
        """Wait for its end; one that gives no sign of life any more is killed."""
        waiting = asyncio.ensure_future(self._child.wait())
        while not (await asyncio.wait([waiting], timeout=step_s))[0]:
            # Counted in turns of this loop, so that a supervisor that stood still blames nobody.
            self._quiet_s += step_s
            if self._quiet_s > (self._limits.silence_s if self._is_ready else self._limits.boot_s):
                self._is_stuck = True
                self._child.kill()
        code, said = waiting.result()
        if self._is_stuck:
            return code, f"it gave no sign of life for {self._quiet_s:g} s and was ended"
        return code, said

    def _take(self, message: Message) -> None:
        self._quiet_s, self._is_ready = 0.0, True
        self._status.take(message)
        if isinstance(message, CrawlEnd):
            self._resident_mb, self._reserved_mb = message.resident_mb, message.reserved_mb
            self._has_pools = message.code != POOL_CODE
            if self._answer is not None:
                with suppress(asyncio.InvalidStateError):
                    self._answer.set_result((message.code, message.said))
