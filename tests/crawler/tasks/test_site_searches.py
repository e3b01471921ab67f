"""Work in parallel within bounds: what searches of sites stand on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from crawler.tasks.site_searches import in_parallel


class Jobs:
    """Jobs that wait for one another: how many run at a time, and which were cancelled."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.cancelled: list[int] = []

    async def job(self, number: int, pauses: int = 3) -> int:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for _ in range(pauses):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        finally:
            self.running -= 1
        return number

    async def fail(self) -> int:
        raise ZeroDivisionError


async def gathered(results: AsyncIterator[int]) -> list[int]:
    return [result async for result in results]


@pytest.mark.parametrize("at_once", [1, 3, 99])
def test_every_result_comes_and_no_more_run_at_once(at_once):
    jobs = Jobs()

    found = asyncio.run(gathered(in_parallel([jobs.job(number) for number in range(10)], at_once=at_once)))

    assert sorted(found) == list(range(10))
    assert jobs.most == min(at_once, 10)


def test_a_slow_job_holds_up_no_other():
    jobs = Jobs()

    found = asyncio.run(gathered(in_parallel([jobs.job(0, pauses=500), jobs.job(1), jobs.job(2)], at_once=2)))

    assert found[-1] == 0


def test_a_failure_is_raised_and_ends_the_rest():
    jobs = Jobs()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(gathered(in_parallel([jobs.job(0, pauses=10**6), jobs.fail(), jobs.job(2)], at_once=2)))

    assert 0 in jobs.cancelled
    assert jobs.running == 0


def test_who_stops_listening_ends_the_rest():
    jobs = Jobs()

    async def first() -> int:
        async with aclosing(in_parallel([jobs.job(0), jobs.job(1, pauses=10**6)], at_once=2)) as results:
            async for result in results:
                return result
        raise AssertionError

    assert asyncio.run(first()) == 0
    assert (jobs.cancelled, jobs.running) == ([1], 0)


def test_no_jobs_give_nothing():
    assert asyncio.run(gathered(in_parallel([], at_once=3))) == []
