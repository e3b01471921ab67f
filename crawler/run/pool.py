"""The pool of processes that parse and extract, so that the event loop never waits for them.

A task that overruns its time is ended with its process, which is replaced; a process that dies takes one task along.
The pool starts with its first task: a crawl in which nothing has changed pays nothing for it.
"""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import TimeoutError as TaskTimeoutError
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler import clock
from crawler.run.lifetime import end_with_parent
from crawler.run.turns import Turns
from storage.errors import ParseError

Result = TypeVar("Result")

# Each process holds about 120 MB with trafilatura and a language model; more than four wait for one writer.
_MAX_PROCESSES = 4


def load_shared() -> None:
    """Have the fork server begin to load what all pools' processes share; for a caller who knows that tasks will come.

    Returns at once. Without it the first pool that starts waits for that, a second.
    """
    _context()
    forkserver.ensure_running()


def _context() -> ForkServerContext:
    # A fork of a process with threads may hang; the fork server has none, and loads what all need once for all.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawler.run.pool_preload"])
    return context


class TaskPool:
    """Runs functions in other processes, with a deadline each."""

    def __init__(
        self,
        *,
        processes: int | None = None,
        initializer: Callable[..., None] | None = None,
        arguments: tuple[Any, ...] = (),
    ) -> None:
        """*initializer* is called with *arguments* in each process before its first task."""
        self.processes = processes or min(os.cpu_count() or 1, _MAX_PROCESSES)
        self._initializer, self._arguments = initializer, arguments
        self._turns = Turns(self.processes)
        self._starting: asyncio.Task[ProcessPool] | None = None
        self._pool: ProcessPool | None = None

    async def run(
        self, function: Callable[..., Result], *args: Any, timeout_s: float, source: str = ""
    ) -> Result:
        """What *function* returns in one of the processes, which the tasks of all sources share fairly.

        *timeout_s* counts from when it has a process; *source* is the name of the one on whose behalf it works.

        Raises:
            ParseError: it took longer than *timeout_s* ("time_limit"), or its process died ("crashed").
            Exception: what the function raised.
        """
        pool = await self._started()
        await self._turn(source)
        began_s, overran = clock.monotonic_s(), False
        try:
            return await self._run_now(pool, function, args, timeout_s)
        except ParseError as error:
            overran = error.reason == "time_limit"
            raise
        finally:
            self._turns.leave(source, clock.monotonic_s() - began_s, overran=overran)
            self._admit()

    def is_spent(self, source: str) -> bool:
        """Whether the tasks of *source* ran out of time so often that no page of it is read any more."""
        return self._turns.is_spent(source)

    async def _turn(self, source: str) -> None:
        """Wait until a task of *source* may begin."""
        ticket = asyncio.get_running_loop().create_future()
        self._turns.enter(source, ticket)
        self._admit()
        try:
            await ticket
        except asyncio.CancelledError:
            if not self._turns.withdraw(source, ticket):
                self._turns.leave(source, 0.0)
            self._admit()
            raise

    def _admit(self) -> None:
        while (ticket := self._turns.admit()) is not None:
            assert isinstance(ticket, asyncio.Future)
            if not ticket.done():
                ticket.set_result(None)

    async def _run_now(
        self, pool: ProcessPool, function: Callable[..., Result], args: tuple[Any, ...], timeout_s: float
    ) -> Result:
        began_s = clock.monotonic_s()
        future = pool.schedule(function, args=args, timeout=timeout_s)
        try:
            result: Result = await asyncio.wrap_future(future)
        except TaskTimeoutError as error:
            # Pebble measures by the wall clock: one that is set forward ends tasks that have hardly begun.
            if clock.monotonic_s() - began_s < timeout_s:
                return await self._run_now(pool, function, args, timeout_s)
            raise ParseError("time_limit", f"not finished after {timeout_s} s") from error
        except ProcessExpired as error:
            raise ParseError("crashed", f"its process ended with code {error.exitcode}") from error
        except MemoryError as error:
            raise ParseError("memory", "it needed more memory than is allowed") from error
        return result

    def close(self) -> None:
        """End all processes; tasks not finished are dropped."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble annotates only in part
            self._pool.join()
            self._starting = self._pool = None

    async def _started(self) -> ProcessPool:
        if self._starting is None:
            # Processes take a second to come up, in which the event loop must not stand still.
            self._starting = asyncio.create_task(asyncio.to_thread(self._start))
        return await asyncio.shield(self._starting)

    def _start(self) -> ProcessPool:
        self._pool = ProcessPool(
            max_workers=self.processes,
            context=_context(),
            initializer=_begin,
            initargs=[self._initializer, self._arguments],
        )
        assert self._pool.active  # asking is what starts the processes
        return self._pool


def _let_fork_server_end() -> None:
    """Close what each child of the fork server is given: while one has it open, the server takes its owner to live.

    It is for children that start processes themselves, which ours do not. The names are multiprocessing's own, the same
    from Python 3.11 to 3.14.
    """
    server: Any = vars(forkserver)["_forkserver"]
    descriptor = getattr(server, "_forkserver_alive_fd", None)
    if descriptor is not None:
        server._forkserver_alive_fd = None
        os.close(descriptor)


def _begin(initializer: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    """What each process does before its first task.

    The fork server, whose child it is, ends with the process that has the pool: a task that never ends goes with it.
    """
    _let_fork_server_end()
    end_with_parent()
    if initializer is not None:
        initializer(*arguments)
