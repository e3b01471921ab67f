"""The pool of processes that parse and extract, so that the event loop never waits for them.

A task that overruns its time is ended with its process, which is replaced; a process that dies takes one task along.
The pool starts with its first task: a crawl in which nothing has changed pays nothing for it.

What keeps the processes can fail itself: one of its threads, the fork server, the memory to start anything. That says
nothing of the tasks: all that were in hand are done again by new processes, once; a second failure is the pool's end.
"""

import asyncio
import logging
import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as TaskTimeoutError
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler import clock
from crawler.limits import READING_PROCESS_MB
from crawler.run.lifetime import bound_memory, end_with_parent
from crawler.run.turns import Turns
from storage.errors import ParseError, PoolError

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

# Each process holds about 120 MB with trafilatura and a language model; more than four wait for one writer.
_MAX_PROCESSES = 4
# A pool whose threads have died tells nobody who waits: it is looked at so often.
_LOOK_S = 1.0
# Processes that are ended in vain for so long are left to the end of this process.
_END_S = 5.0


class _BrokenPoolError(Exception):
    """The processes as a whole do not work any more; the text says why."""


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
        on_failure: Callable[[PoolError], None] = lambda _: None,
    ) -> None:
        """*initializer* is called with *arguments* in each process before its first task.

        *on_failure* hears, once, that the pool cannot work any more.
        """
        self.processes = processes or min(os.cpu_count() or 1, _MAX_PROCESSES)
        self._initializer, self._arguments, self._on_failure = initializer, arguments, on_failure
        self._turns = Turns(self.processes)
        self._starting: asyncio.Task[ProcessPool] | None = None
        self._pool: ProcessPool | None = None
        self._was_replaced = False
        self._failure: PoolError | None = None
        self._ending: list[threading.Thread] = []

    async def run(
        self, function: Callable[..., Result], *args: Any, timeout_s: float, source: str = ""
    ) -> Result:
        """What *function* returns in one of the processes, which the tasks of all sources share fairly.

        *timeout_s* counts from when it has a process; *source* is the name of the one on whose behalf it works.

        Raises:
            ParseError: it took longer than *timeout_s* ("time_limit"), or its process died ("crashed").
            PoolError: no process can be had, which says nothing of the task.
            Exception: what the function raised.
        """
        await self._start_once()
        await self._turn(source)
        began_s, overran = clock.monotonic_s(), False
        try:
            return await self._run_now(function, args, timeout_s)
        except ParseError as error:
            overran = error.reason == "time_limit"
            raise
        finally:
            self._turns.leave(source, clock.monotonic_s() - began_s, overran=overran)
            self._admit()

    def is_spent(self, source: str) -> bool:
        """Whether the tasks of *source* ran out of time so often that no page of it is read any more."""
        return self._turns.is_spent(source)

    def forgive(self, source: str) -> None:
        """Read pages of *source* again, for another crawl that shares this pool."""
        self._turns.forgive(source)

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
        self, function: Callable[..., Result], args: tuple[Any, ...], timeout_s: float
    ) -> Result:
        """What *function* returns, done again where the processes, not the task, were to blame."""
        while True:
            pool = await self._start_once()
            began_s = clock.monotonic_s()
            try:
                return await _run_in(pool, function, args, timeout_s)
            except TaskTimeoutError as error:
                # Pebble measures by the wall clock: one that is set forward ends tasks that have hardly begun.
                if clock.monotonic_s() - began_s >= timeout_s:
                    raise ParseError("time_limit", f"not finished after {timeout_s} s") from error
            except _BrokenPoolError as error:
                self._give_up(pool, error)

    def close(self) -> None:
        """End all processes; tasks not finished are dropped."""
        self._failure = self._failure or PoolError("the processes that read pages were ended")
        if self._pool is not None:
            _end(self._pool)
            self._starting = self._pool = None
        for thread in self._ending:
            thread.join(_END_S)

    async def _start_once(self) -> ProcessPool:
        """The pool that works, started if none does.

        Raises:
            PoolError: none will any more.
        """
        while self._failure is None:
            if self._starting is None:
                # Processes take a second to come up, in which the event loop must not stand still.
                self._starting = asyncio.create_task(asyncio.to_thread(self._start))
            starting = self._starting
            try:
                return await asyncio.shield(starting)
            except _BrokenPoolError as error:
                if self._starting is starting:
                    self._replace(error)
        raise self._failure

    def _give_up(self, pool: ProcessPool, error: _BrokenPoolError) -> None:
        """Have no task go to *pool* any more, unless another task has seen to it."""
        if self._pool is pool:
            self._pool = None
            # It may wait for what has died; nobody has to wait for it.
            thread = threading.Thread(target=_end, args=[pool], daemon=True)
            self._ending.append(thread)
            thread.start()
            self._replace(error)

    def _replace(self, error: _BrokenPoolError) -> None:
        """Let the next task start another pool, or say that the pool has failed for good."""
        self._starting = None
        if not self._was_replaced:
            self._was_replaced = True
            logger.warning("the processes that read pages are replaced: %s", error)
        elif self._failure is None:
            self._failure = PoolError(f"the processes that read pages cannot work: {error}")
            self._on_failure(self._failure)

    def _start(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self.processes,
            context=_context(),
            initializer=_begin,
            initargs=[self._initializer, self._arguments],
        )
        try:
            is_active = pool.active  # asking is what starts the processes
        except Exception as error:  # whatever keeps processes from being started
            _end(pool)
            raise _BrokenPoolError(_said(error)) from error
        if not is_active:
            _end(pool)
            raise _BrokenPoolError("they ended as they began")
        self._pool = pool
        return pool


async def _run_in(
    pool: ProcessPool, function: Callable[..., Result], args: tuple[Any, ...], timeout_s: float
) -> Result:
    """What *function* returns in a process of *pool*.

    Raises:
        _BrokenPoolError: the pool broke.
        TimeoutError: it took longer than *timeout_s*, by the wall clock.
        ParseError: its process died, or had too little memory.
    """
    try:
        future = asyncio.wrap_future(pool.schedule(_carried, args=(function, args), timeout=timeout_s))
    except RuntimeError as error:
        raise _BrokenPoolError(_said(error)) from error
    try:
        while not (await asyncio.wait([future], timeout=_LOOK_S))[0]:
            if not pool.active:
                raise _BrokenPoolError("what keeps them has died")
        result: Result = future.result()
    except BrokenExecutor as error:
        raise _BrokenPoolError(_said(error.__cause__ or error)) from error
    except ProcessExpired as error:
        raise ParseError("crashed", f"its process ended with code {error.exitcode}") from error
    except MemoryError as error:
        raise ParseError("memory", "it needed more memory than is allowed") from error
    finally:
        future.cancel()
    return result


def _carried(function: Callable[..., Result], args: tuple[Any, ...]) -> Result:
    """What *function* returns; what it raises comes as another error if it would not come through a pipe.

    One that cannot be read at the other end breaks the pool, with all that is in hand.
    """
    try:
        return function(*args)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))  # our own
        except Exception:
            raise RuntimeError(_said(error)) from None
        raise


def _end(pool: ProcessPool) -> None:
    try:
        pool.stop()  # type: ignore[no-untyped-call]  # Pebble annotates only in part
        pool.join()
    except Exception as error:  # of a pool that is broken anything may be missing
        logger.debug("a pool was not ended in order: %s", error)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


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
    bound_memory(READING_PROCESS_MB)
    if initializer is not None:
        initializer(*arguments)
