"""A worker on a machine of its own: no settings, another clock, another version, no PostgreSQL."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from crawler import clock
from storage.errors import ClusterError
from storage.records.cluster import WIRE_VERSION, SentJob
from storage.records.sources import HostMemory
from tests.support.command_line import environment, run_here
from tests.support.samples import NOW

pytest.importorskip("storage.cluster.postgres", reason="needs seedwatch[cluster]")
from scheduler.cluster import connection
from scheduler.cluster.connection import SharedStore
from scheduler.cluster.worker import ClusterWorker, is_newer
from storage.cluster import jobs, shared
from storage.cluster.postgres import connect, make_tables


@pytest.fixture
def dsn(postgres_server):
    return postgres_server.database("worker")


def run_worker(folder, dsn, *, until=""):
    """What a worker says until it says *until*, or ends; and its exit code."""
    said = []
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "scheduler.cli.main", "run", "--role", "worker"],
        cwd=folder, env=environment({"SEEDWATCH_DSN": dsn}), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        for line in process.stdout:
            said.append(line)
            if until and until in line:
                process.send_signal(signal.SIGTERM)
                until = ""
    return "".join(said), process.returncode


def test_a_worker_of_another_version_ends_and_says_which_it_needs(dsn, tmp_path):
    store = connect(dsn)
    make_tables(store)
    store.execute("UPDATE seedwatch_cluster SET wire_version = %s", [WIRE_VERSION + 1])
    store.close()

    said, code = run_worker(tmp_path, dsn)

    assert code == 2
    assert f"speaks version 1.{WIRE_VERSION + 1}" in said
    assert "upgrade seedwatch here" in said


def test_without_postgres_a_worker_waits_and_says_so(tmp_path):
    said, code = run_worker(tmp_path, "postgresql://x:secret@127.0.0.1:1/x", until="cannot be had")

    assert code == 0, said
    assert "secret" not in said


def test_without_a_dsn_it_says_what_it_needs(tmp_path):
    done = run_here("run", "--role", "worker", folder=tmp_path)

    assert done.code == 2
    assert "SEEDWATCH_DSN" in done.err


def test_a_worker_goes_by_the_schedulers_clock(dsn, monkeypatch):
    monkeypatch.setenv(clock.AHEAD, "0")  # put back with the test
    store = connect(dsn)
    make_tables(store)
    hour = timedelta(hours=1)
    shared.sign(store, "s", "scheduler", "1", "sends", clock.system_now() - hour)
    told = []
    worker = ClusterWorker(dsn, version="1", tell=told.append)

    worker._sign(store)
    worker._sign(store)

    late = clock.system_now() - hour
    assert abs(clock.now() - late) < timedelta(seconds=30)
    assert [line for line in told if "clock" in line] == [
        "the clock is +3600 s from the scheduler's, whose is gone by"
    ]
    store.close()


def test_who_comes_in_a_dead_ones_place_has_not_its_jobs_in_hand(dsn):
    store = connect(dsn)
    make_tables(store)
    jobs.send(store, [SentJob("job", "h.example", "pages", 2, 1, b"")])
    # In a container that starts anew, host and process number are those of the one before.
    dead, fresh = (ClusterWorker(dsn, version="1", tell=lambda _: None) for _ in range(2))
    jobs.take(store, "job", dead.name)
    fresh._sign(store)

    assert jobs.take_from_silent(store, 0.0) == 1
    store.close()


def test_a_worker_pauses_while_the_writer_lags(dsn):
    store = connect(dsn)
    make_tables(store)
    worker = ClusterWorker(dsn, version="1", tell=lambda _: None)
    store.execute(
        "INSERT INTO seedwatch_records (job, host, position, kind, wire_version, payload, sent_at) "
        "VALUES ('j', 'h', 1, 'host', 1, '', now() - interval '2 minutes')"
    )

    worker._sign(store)
    assert not worker._may_begin.is_set()
    assert [one.state for one in shared.figures(store, NOW).workers] == ["pauses: the writer lags"]

    store.execute("DELETE FROM seedwatch_records")
    worker._sign(store)
    assert worker._may_begin.is_set()
    store.close()


@pytest.mark.parametrize(
    ("paused_at", "known", "is_so"),
    [
        (None, None, False),
        (NOW, None, True),
        (NOW, HostMemory("h"), True),
        (NOW, HostMemory("h", paused_at=NOW), False),
        (NOW, HostMemory("h", paused_at=NOW - timedelta(hours=1)), True),
    ],
)
def test_what_a_host_asked_for_last_counts(paused_at, known, is_so):
    assert is_newer(HostMemory("h", paused_at=paused_at), known) is is_so


def test_while_results_cannot_be_sent_a_worker_says_why(dsn, monkeypatch):
    monkeypatch.setattr(connection, "RETRY_S", 0.01)
    store, told = connect(dsn), []
    make_tables(store)
    worker = ClusterWorker(dsn, version="1", tell=lambda _: None)

    def send(_shared):
        worker._sign(store)
        told.append(shared.figures(store, NOW).workers[0].state)
        if len(told) < 3:
            raise ClusterError("PostgreSQL's disk is full")
        return "sent"

    assert asyncio.run(worker._shared.call_until_had(send)) == "sent"
    worker._sign(store)
    told.append(shared.figures(store, NOW).workers[0].state)
    assert told == ["works", *["waits: PostgreSQL's disk is full"] * 2, "works"]
    worker._shared.close()
    store.close()


def test_a_connection_that_broke_is_made_anew(dsn):
    store = SharedStore(dsn)
    pid = store.call_now(lambda connection: connection.info.backend_pid)
    with connect(dsn) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])

    answers: list[object] = []
    for _ in range(3):
        try:
            answers.append(store.call_now(shared.clock_ahead_s, clock.system_now()))
        except Exception as error:
            answers.append(type(error).__name__)
    store.close()

    assert answers[0] == "ClusterError"
    assert isinstance(answers[-1], float)
    assert os.getpid() != pid
