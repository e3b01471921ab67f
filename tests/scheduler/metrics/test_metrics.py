"""/metrics and /healthz, asked over HTTP as a monitor does."""

import asyncio
import http.client
import json
import socket
from contextlib import closing
from datetime import timedelta

import pytest

from scheduler.http_server import Listener, Reply, Request, keep_listening, serve
from scheduler.metrics.endpoint import CRAWL_S, TICK_S, MetricsPage
from scheduler.metrics.event_loop import EventLoopMonitor, resident_bytes
from scheduler.metrics.metrics import Totals, Vitals, families
from storage import db
from storage.errors import SeedwatchError
from storage.records.cluster import ClusterFigures
from storage.records.health import Done, Mark, ServiceFigures
from storage.sources import runs, sources
from tests.scheduler.metrics.test_exposition import read
from tests.support.samples import DECLARED, NOW


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


async def served(answer, *requests, body_bytes=0):
    """What a listener answers to these requests."""
    port = free_port()

    async def body_limit(_):
        return body_bytes

    serving = asyncio.create_task(serve(port, answer, body_limit=body_limit))
    await asyncio.sleep(0)
    try:
        return [await asyncio.to_thread(ask, port, *request) for request in requests]
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


class Hours:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def watched(connection, database):
    """A database with one source that is due."""
    sources.sync(connection, DECLARED)
    return database


def page(database, monitor: EventLoopMonitor | None = None) -> MetricsPage:
    return MetricsPage(database, monitor or EventLoopMonitor(), lambda: None)


def test_metrics_are_the_figures_of_the_database(watched, connection):
    shown = page(watched)
    run = runs.begin(connection, trigger="schedule", token="a", now=NOW, host="", pid=1)
    runs.end(connection, run, state="finished", now=NOW + timedelta(seconds=4))

    ((status, text),) = asyncio.run(served(shown.answer, ("/metrics",)))

    kinds, samples = read(text)
    assert status == 200
    assert samples["seedwatch_feeds_due", frozenset()] == 1
    assert samples["seedwatch_source_last_success_seconds", frozenset({("source", "courier")})] == float(
        "inf"
    )
    assert samples["seedwatch_run_seconds_bucket", frozenset({("state", "finished"), ("le", "5")})] == 1
    assert samples["seedwatch_database_bytes", frozenset()] > 100_000
    assert samples["seedwatch_log_bytes", frozenset()] >= 0
    assert samples["seedwatch_memory_bytes", frozenset({("process", "daemon")})] > 10_000_000
    assert {name: kinds[name] for name in ("seedwatch_run_seconds", "seedwatch_pages_total")} == {
        "seedwatch_run_seconds": "histogram",
        "seedwatch_pages_total": "counter",
    }


def test_healthy_daemon_says_what_waits(watched):
    ((status, text),) = asyncio.run(served(page(watched).answer, ("/healthz",)))

    facts = json.loads(text)
    assert (status, facts["healthy"], facts["feeds_waiting"], facts["database_writable"]) == (
        200,
        True,
        1,
        True,
    )


def test_database_in_other_hands_is_not_healthy(watched, monkeypatch):
    monkeypatch.setattr("scheduler.metrics.endpoint._WRITE_S", 0.05)
    with closing(db.connect(watched)) as other:
        other.execute("BEGIN IMMEDIATE")

        answers = asyncio.run(served(page(watched).answer, ("/healthz",), ("/metrics",)))

    facts = json.loads(answers[0][1])
    assert [status for status, _ in answers] == [503, 200]
    assert facts["database_writable"] is False
    assert "another process has held the database" in facts["problems"][0]


@pytest.mark.parametrize(
    ("crawls", "passed_s", "status"),
    [
        (False, TICK_S - 1, 200),
        (False, TICK_S + 1, 503),
        (True, TICK_S + 1, 200),
        (True, CRAWL_S + 1, 503),
    ],
    ids=["in-time", "no-tick", "a-long-crawl", "a-crawl-without-end"],
)
def test_loop_that_stands_still_is_not_healthy(watched, crawls, passed_s, status):
    hours = Hours()
    monitor = EventLoopMonitor(asked=hours)
    crawl = monitor.crawling()
    if crawls:
        crawl.__enter__()
    hours.s = passed_s

    reply = asyncio.run(page(watched, monitor).answer(Request("GET", "/healthz", "", {})))

    assert reply.status == status


def test_tick_after_a_crawl_is_counted_from_its_end():
    hours = Hours()
    monitor = EventLoopMonitor(asked=hours)
    with monitor.crawling():
        hours.s = 100
        assert (monitor.tick_age_s, monitor.crawl_s) == (0, 100)
    hours.s = 103

    assert (monitor.tick_age_s, monitor.crawl_s) == (3, None)


def test_loop_that_was_held_up_has_a_lag():
    async def main() -> float:
        hours = Hours()
        monitor = EventLoopMonitor(asked=hours)
        watching = asyncio.create_task(monitor.watch())
        await asyncio.sleep(0)
        hours.s = 4.5
        while not monitor.lag_s:
            await asyncio.sleep(0.05)
        watching.cancel()
        return monitor.lag_s

    assert asyncio.run(main()) == 4


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (("/",), 404),
        (("/metrics", "POST"), 405),
        (("/healthz", "HEAD"), 200),
        (("/metrics", "GET", b"x" * 10), 413),
    ],
    ids=["elsewhere", "post", "head", "body"],
)
def test_other_requests_are_answered_in_order(watched, request_, status):
    assert asyncio.run(served(page(watched).answer, request_))[0][0] == status


def test_an_answer_that_fails_is_an_error_and_the_next_one_comes(caplog):
    async def answer(request: Request) -> Reply:
        if request.path == "/bad":
            raise ValueError(request.path)
        return Reply(200, b"good")

    found = asyncio.run(served(answer, ("/bad",), ("/good",)))

    assert [status for status, _ in found] == [500, 200]
    assert "no answer to GET /bad" in caplog.text


def test_port_in_other_hands_is_said_once(watched):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        port = bound.getsockname()[1]
        with pytest.raises(SeedwatchError, match=f"port {port} of 127.0.0.1 cannot be had"):
            asyncio.run(serve(port, page(watched).answer))


def test_door_follows_the_settings():
    async def answer(_: Request) -> Reply:
        return Reply(200, b"open")

    async def main() -> list[str]:
        ports, said = [free_port(), free_port()], []
        wanted = [ports[0]]
        keeping = asyncio.create_task(
            keep_listening(Listener("metrics", lambda: wanted[0], answer), said.append, ask_s=0.02)
        )
        for port in ports:
            wanted[0] = port
            while not said or not said[-1].endswith(f":{port}"):
                await asyncio.sleep(0.01)
            assert (await asyncio.to_thread(ask, port, "/"))[1] == "open"
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        return [line.rpartition(":")[0] for line in said]

    assert asyncio.run(main()) == ["metrics at http://127.0.0.1"] * 2


def test_totals_grow_with_what_was_done():
    totals = Totals()
    done = Done(Mark(2, 1), {"ok": 2}, (("finished", 4.0),), {"articles_new": 3})
    for _ in range(2):
        totals.add(done)
    standing = ServiceFigures(0, 1, {"queued": 0, "failed": 0, "past": 0}, 0, 0, 0, {("strait", "match"): 4})
    vitals = Vitals("1", 0, None, 0, 1, 2, 3, 4, NOW)

    found = {family.name: family.samples for family in families(totals, standing, vitals, NOW)}

    assert found["seedwatch_polls_total"] == (("", {"outcome": "ok"}, 4),)
    assert found["seedwatch_pages_total"] == (("", {"outcome": "articles_new"}, 6),)
    assert found["seedwatch_matches"] == (("", {"topic": "strait", "verdict": "match"}, 4),)
    assert [labels for _, labels, _ in found["seedwatch_memory_bytes"]] == [
        {"process": "daemon"},
        {"process": "worker"},
    ]


def test_a_cluster_has_figures_of_its_own():
    standing = ServiceFigures(0, 1, {"queued": 0, "failed": 0, "past": 0}, 0, 0, 0, {})
    vitals = Vitals("1", 0, None, 0, 1, None, 3, 4, NOW)
    cluster = ClusterFigures(waiting=5, doing=3, records=7, newer=0, lag_s=1.5, dead=2)

    alone = {family.name for family in families(Totals(), standing, vitals, NOW)}
    found = {family.name: family.samples for family in families(Totals(), standing, vitals, NOW, cluster)}

    assert {name for name in found if name not in alone} == {
        "seedwatch_cluster_workers", "seedwatch_cluster_jobs", "seedwatch_cluster_records",
        "seedwatch_cluster_drain_lag_seconds", "seedwatch_cluster_dead_letters",
    }  # fmt: skip
    assert found["seedwatch_cluster_jobs"] == (("", {"state": "waiting"}, 5), ("", {"state": "doing"}, 3))
    assert found["seedwatch_cluster_drain_lag_seconds"] == (("", {}, 1.5),)


def test_memory_of_a_process_that_is_gone_is_unknown():
    assert resident_bytes(2**22 + 1) is None


def heads_sent_by_halves(port: int, number: int) -> list[socket.socket]:
    """Connections on which half of a request's head was sent."""
    sockets = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(number)]
    for opened in sockets:
        opened.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    return sockets


def test_half_sent_heads_are_cut_off_and_others_are_answered_again():
    async def answer(request: Request) -> Reply:
        return Reply(200, request.path.encode())

    async def main() -> tuple[int, list[bytes]]:
        port = free_port()
        serving = asyncio.create_task(serve(port, answer, head_s=0.2))
        await asyncio.sleep(0)
        sockets = await asyncio.to_thread(heads_sent_by_halves, port, 40)
        try:
            said = [await asyncio.to_thread(opened.recv, 9) for opened in sockets]
            return (await asyncio.to_thread(ask, port, "/metrics"))[0], said
        finally:
            for opened in sockets:
                opened.close()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    assert asyncio.run(main()) == (200, [b""] * 40)


@pytest.mark.parametrize(
    ("host", "status"), [(None, 200), ("localhost:1", 200), ("watch.example.org", 200), ("evil.example", 403)]
)
def test_other_names_than_its_own_are_refused(host, status):
    async def answer(_: Request) -> Reply:
        return Reply(200, b"secret")

    def ask_as(port: int) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", "/metrics", headers={"Host": host} if host else {})
            reply = connection.getresponse()
            return reply.status, reply.read()

    async def main() -> tuple[int, bytes]:
        port = free_port()
        serving = asyncio.create_task(serve(port, answer, hosts=lambda: ["watch.example.org"]))
        await asyncio.sleep(0)
        try:
            return await asyncio.to_thread(ask_as, port)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    got = asyncio.run(main())

    assert got[0] == status
    assert (got[1] == b"secret") is (status == 200)
