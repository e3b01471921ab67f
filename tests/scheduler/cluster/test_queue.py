"""The queue over a PostgreSQL that is away: each of its calls says so at once, as what may be waited for."""

import asyncio

import pytest

from storage.errors import ClusterError
from storage.records.cluster import UnendedJob

pytest.importorskip("storage.cluster.postgres", reason="needs seedwatch[cluster]")
from scheduler.cluster.queue import JobQueue

AWAY = "postgresql://x:secret@127.0.0.1:1/x"
JOB = UnendedJob("job", "h.example", 2, False)


@pytest.mark.parametrize(
    "call",
    [
        lambda queue: queue.open(),
        lambda queue: queue.defer([JOB]),
        lambda queue: queue.repair([JOB]),
        lambda queue: queue.work(lambda _: None, 2),
    ],
    ids=["open", "defer", "repair", "work"],
)
def test_a_postgres_that_is_away_is_told_and_may_be_waited_for(call):
    with pytest.raises(ClusterError, match="cannot be had") as caught:
        asyncio.run(call(JobQueue(AWAY)))

    assert caught.value.is_passing
    assert "secret" not in str(caught.value)


def test_a_pool_that_cannot_be_opened_is_told_and_the_next_one_can(postgres_server, monkeypatch):
    dsn = postgres_server.database("queue")
    queue = JobQueue(dsn)

    async def open_twice():
        # It answers when it is looked at, and has no room for a pool of connections.
        with monkeypatch.context() as busy:
            busy.setattr("psycopg_pool.AsyncConnectionPool.wait", _late)
            with pytest.raises(ClusterError, match="not in time"):
                await queue.open()
        await queue.open()
        assert await queue.repair([]) == 0
        await queue.close()

    asyncio.run(open_twice())


async def _late(*_args, **_more):
    from psycopg_pool import PoolTimeout

    raise PoolTimeout("not in time")
