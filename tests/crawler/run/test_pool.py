"""Tasks in other processes: their deadline, their crashes, their errors."""

import asyncio
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import pytest

from crawler.limits import READING_PROCESS_MB
from crawler.run.pool import TaskPool
from storage.errors import ParseError, PoolError

Result = TypeVar("Result")
_kept: list[str] = []


def double(number: int) -> int:
    return 2 * number


def keep(word: str) -> None:
    _kept.append(word)


def kept() -> list[str]:
    return _kept


def own_pid() -> int:
    return os.getpid()


def run_forever() -> None:
    while True:
        time.monotonic()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise ParseError("not_a_feed", "this is no feed")


def fill_memory() -> None:
    raise MemoryError


class Unreadable(Exception):
    """Comes through no pipe: what reads it there gives it one argument."""

    def __init__(self, _place: str, text: str) -> None:
        super().__init__(text)


def raise_unreadable() -> None:
    raise Unreadable("here", "said")


def kill_manager(pool: TaskPool) -> None:
    """End the thread that keeps the processes, as an error in it does."""

    def exit_thread() -> None:
        raise SystemExit

    assert pool._pool is not None
    pool._pool._pool_manager.update_status = exit_thread  # type: ignore[method-assign]
    pool._pool._pool_manager_loop.join()


async def kill_idle_process(pool: TaskPool) -> None:
    os.kill(await pool.run(own_pid, timeout_s=30), signal.SIGKILL)


def with_pool(use: Callable[[TaskPool], Awaitable[Result]], **options: object) -> Result:
    """What *use* returns for a pool of one process, which is closed after it."""

    async def main() -> Result:
        pool = TaskPool(processes=1, **options)  # type: ignore[arg-type]
        try:
            return await use(pool)
        finally:
            pool.close()

    return asyncio.run(main())


def test_pool_starts_with_its_first_task():
    async def use(pool: TaskPool) -> tuple[int, int, int]:
        before = len(multiprocessing.active_children())
        result = await pool.run(double, 21, timeout_s=30)
        return before, result, len(multiprocessing.active_children())

    assert with_pool(use) == (0, 42, 1)


def test_pool_that_was_never_used_can_be_closed():
    TaskPool().close()


def test_each_process_is_prepared_before_its_first_task():
    async def use(pool: TaskPool) -> list[str]:
        return await pool.run(kept, timeout_s=30)

    assert with_pool(use, initializer=keep, arguments=("word",)) == ["word"]


@pytest.mark.parametrize(
    ("task", "reason"),
    [(run_forever, "time_limit"), (die, "crashed"), (refuse, "not_a_feed"), (fill_memory, "memory")],
)
def test_task_that_fails_is_a_parse_error_and_others_go_on(task, reason):
    async def use(pool: TaskPool) -> tuple[str, int, int, int]:
        first = await pool.run(own_pid, timeout_s=30)
        with pytest.raises(ParseError) as raised:
            await pool.run(task, timeout_s=0.5 if task is run_forever else 30)
        return (
            raised.value.reason,
            first,
            await pool.run(own_pid, timeout_s=30),
            await pool.run(double, 4, timeout_s=30),
        )

    said, before, after, doubled = with_pool(use)

    assert (said, doubled) == (reason, 8)
    assert (before != after) == (reason in ("time_limit", "crashed"))


def test_other_errors_come_back_as_they_are():
    async def use(pool: TaskPool) -> None:
        await pool.run(int, "no number", timeout_s=30)

    with pytest.raises(ValueError, match="no number"):
        with_pool(use)


def test_tasks_wait_for_a_free_process_without_losing_time():
    async def use(pool: TaskPool) -> list[int]:
        return list(await asyncio.gather(*(pool.run(double, number, timeout_s=30) for number in range(20))))

    assert with_pool(use) == [2 * number for number in range(20)]


def test_close_ends_the_processes():
    async def use(pool: TaskPool) -> int:
        return await pool.run(own_pid, timeout_s=30)

    process = with_pool(use)

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_slow_tasks_of_one_source_let_those_of_others_by():
    over: list[str] = []

    async def use(pool: TaskPool) -> bool:
        async def one(source: str, task: Callable[..., object], *args: object) -> None:
            with suppress(ParseError):
                await pool.run(task, *args, timeout_s=0.5 if source == "slow" else 30, source=source)
            over.append(source)

        await asyncio.gather(
            *(one("slow", run_forever) for _ in range(4)), *(one("quick", double, 1) for _ in range(9))
        )
        return pool.is_spent("slow")

    assert with_pool(use)
    assert over == ["slow", *["quick"] * 9, *["slow"] * 3]


def test_a_task_whose_caller_gives_up_waiting_leaves_its_turn_to_others():
    async def use(pool: TaskPool) -> int:
        first = asyncio.create_task(pool.run(run_forever, timeout_s=0.5, source="slow"))
        await asyncio.sleep(0)
        second = asyncio.create_task(pool.run(run_forever, timeout_s=30, source="slow"))
        await asyncio.wait([first, second], timeout=0, return_when=asyncio.FIRST_COMPLETED)
        second.cancel()
        await asyncio.wait([first, second])
        assert second.cancelled()
        return await pool.run(double, 4, timeout_s=30, source="slow")

    assert with_pool(use) == 8


_THREAD_DIES = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@_THREAD_DIES
@pytest.mark.parametrize("is_in_hand", [False, True], ids=["before-the-task", "with-tasks-in-hand"])
def test_a_pool_whose_manager_died_is_replaced_and_no_task_hears_of_it(is_in_hand, caplog):
    async def use(pool: TaskPool) -> tuple[int, int, list[int]]:
        first = await pool.run(own_pid, timeout_s=30)
        tasks = [pool.run(double, number, timeout_s=30) for number in range(6)]
        if is_in_hand:
            # Its process is ended, too: nobody is left who could answer.
            held = asyncio.create_task(pool.run(time.sleep, 600, timeout_s=0.01, source="held"))
            while not pool._turns._in_hand:
                await asyncio.sleep(0)
            kill_manager(pool)
            os.kill(first, signal.SIGKILL)
            with pytest.raises(ParseError, match="not finished"):
                await held
        else:
            kill_manager(pool)
        done = list(await asyncio.gather(*tasks))
        return first, await pool.run(own_pid, timeout_s=30), done

    first, last, done = with_pool(use)

    assert first != last
    assert done == [0, 2, 4, 6, 8, 10]
    assert [record.getMessage() for record in caplog.records if "replaced" in record.getMessage()] != []


def test_a_process_that_dies_while_it_has_no_task_costs_none():
    async def use(pool: TaskPool) -> list[int]:
        await kill_idle_process(pool)
        return list(await asyncio.gather(*(pool.run(double, number, timeout_s=30) for number in range(3))))

    assert with_pool(use) == [0, 2, 4]


@_THREAD_DIES
def test_a_second_failure_is_the_end_and_said_once_whatever_is_in_hand():
    said: list[PoolError] = []

    async def use(pool: TaskPool) -> list[object]:
        await pool.run(own_pid, timeout_s=30)
        kill_manager(pool)
        assert await pool.run(double, 1, timeout_s=30) == 2
        kill_manager(pool)
        tasks = [pool.run(double, number, timeout_s=30, source=str(number)) for number in range(5)]
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    raised = with_pool(use, on_failure=said.append)

    assert [type(error) for error in raised] == [PoolError] * 5
    assert set(map(id, raised)) == set(map(id, said))
    assert str(said[0]).startswith("the processes that read pages cannot work: ")


def test_processes_that_cannot_be_prepared_are_no_fault_of_a_task():
    async def use(pool: TaskPool) -> None:
        await pool.run(double, 1, timeout_s=30)

    with pytest.raises(PoolError):
        with_pool(use, initializer=refuse)


def test_an_error_that_comes_through_no_pipe_is_told_and_costs_no_other_task():
    async def use(pool: TaskPool) -> tuple[int, int]:
        before = await pool.run(own_pid, timeout_s=30)
        with pytest.raises(RuntimeError, match="Unreadable: said"):
            await pool.run(raise_unreadable, timeout_s=30)
        return before, await pool.run(own_pid, timeout_s=30)

    before, after = with_pool(use)

    assert before == after


def test_a_pool_that_was_closed_starts_no_other():
    async def use() -> None:
        pool = TaskPool(processes=1)
        pool.close()
        await pool.run(double, 1, timeout_s=30)

    with pytest.raises(PoolError, match="were ended"):
        asyncio.run(use())


def test_each_process_is_bound_in_memory_whoever_started_it():
    async def use(pool: TaskPool) -> tuple[int, int]:
        return await pool.run(resource.getrlimit, resource.RLIMIT_AS, timeout_s=30)

    assert with_pool(use)[0] == READING_PROCESS_MB * 2**20
