"""The warm worker, as its supervisor sees it."""

import asyncio
import os
import signal
import threading
from typing import Any

import pytest

from crawler.run.messages import CrawlProgress, LinkStored, LinkTaken, SignOfLife
from crawler.run.opening import begin_run
from scheduler.daemon.child import ChildEnd, CrawlStatus
from scheduler.daemon.crawl import Crawl
from scheduler.daemon.supervisor import Worker, WorkerLimits
from storage import db
from tests.support.faults import Outlet, outlet
from tests.support.servers import answer


@pytest.fixture
def herald(tmp_path):
    with outlet(tmp_path) as found:
        found.declare()
        yield found


async def crawl(herald: Outlet, worker: Worker, **more: Any) -> str:
    herald.let_time_pass()
    return (await Crawl(herald.database, trigger="schedule", worker=worker, **more).run()).state


def test_worker_crawls_in_one_process_until_it_is_used_up(herald):
    async def main() -> list[int | None]:
        worker = Worker(WorkerLimits(crawls=2))
        pids = []
        for round_ in range(3):
            herald.publish(f"round {round_}")
            assert await crawl(herald, worker) == "finished"
            pids.append(worker.pid)
        await worker.end()
        assert worker.pid is None
        return pids

    first, second, third = asyncio.run(main())

    assert first not in (
        second,
        third,
    )  # the second crawl used the first process up, and the next was on its way
    assert second == third
    herald.check_whole()


def test_worker_that_has_grown_or_was_killed_while_idle_is_replaced(herald):
    async def main() -> list[int | None]:
        worker = Worker(WorkerLimits(resident_mb=1))
        await worker.warm()
        pids = [worker.pid]
        os.kill(worker.pid, signal.SIGKILL)
        while worker.pid is not None:
            await asyncio.sleep(0.01)
        assert await crawl(herald, worker) == "finished"
        pids.append(worker.pid)
        await worker.end()
        return pids

    before, after = asyncio.run(main())

    assert before != after
    herald.check_whole()


def test_crawl_without_its_run_is_refused_and_the_worker_goes_on(herald):
    async def main() -> tuple[ChildEnd, str]:
        worker = Worker()
        refused = await worker.crawl(herald.database, "nosuch").run()
        pid, state = worker.pid, await crawl(herald, worker)
        assert worker.pid == pid
        await worker.end()
        return refused, state

    assert asyncio.run(main()) == (ChildEnd(2, "there is no run nosuch"), "finished")
    herald.check_whole()


def test_crawl_that_is_stopped_before_it_began_asks_for_nothing(herald):
    async def main() -> ChildEnd:
        job = Worker().crawl(herald.database, "token")
        await job.stop()
        return await job.run()

    assert asyncio.run(main()).was_stopped
    assert herald.hits == []


def test_crawl_whose_time_is_over_is_stopped_and_its_worker_replaced(herald):
    gate = threading.Event()
    herald.routes["/feed/0"] = lambda _: gate.wait(60) and b""

    async def main() -> tuple[str, str | None, int | None]:
        worker = Worker()
        herald.hits.arm(2, gate.set, 4)  # it is asked to stop before, and then has nothing to wait for
        job = Crawl(herald.database, trigger="schedule", worker=worker, most_s=3)
        report = await job.run()
        pid = worker.pid
        await worker.end()
        return report.state, report.error, pid

    state, error, pid = asyncio.run(main())
    gate.set()

    assert (state, error) == (
        "interrupted",
        "its time of 0.05 minutes was over; the next crawl goes on with the rest",
    )
    assert pid is not None


def test_page_that_was_in_hand_when_the_worker_died_is_known(herald):
    text = "".join(f"<p>Sentence {number} of a text that takes long to read.</p>" for number in range(30_000))
    herald.routes["/0/first-0-0"] = answer(f"<html><body><article>{text}</article></body></html>".encode())

    async def main() -> ChildEnd:
        worker = Worker()
        connection = db.connect(herald.database)
        token, *_ = begin_run(connection, trigger="manual")
        job = worker.crawl(herald.database, token)
        running = asyncio.ensure_future(job.run())
        heavy = None
        while heavy is None:
            await asyncio.sleep(0.005)
            row = connection.execute("SELECT id FROM links WHERE url LIKE '%first-0-0'").fetchone()
            heavy = row["id"] if row is not None and row["id"] in job.in_hand else None
        os.kill(worker.pid, signal.SIGKILL)
        end = await running
        await worker.end()
        connection.close()
        assert heavy in end.in_hand
        return end

    assert asyncio.run(main()).code == -signal.SIGKILL


def test_what_a_crawl_reports_is_taken_in():
    counts: list[CrawlProgress] = []
    status = CrawlStatus(counts.append)

    for message in (
        *(CrawlProgress(feeds=1), LinkTaken(7), LinkTaken(8), LinkTaken(7)),
        *(LinkStored(8), LinkStored(9), SignOfLife()),
    ):
        status.take(message)

    assert (counts, status.in_hand) == ([CrawlProgress(feeds=1)], (7,))
