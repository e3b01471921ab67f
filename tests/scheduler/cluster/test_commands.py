"""`seedwatch cluster`, `doctor` and `status` of a cluster whose processes are not running."""

import asyncio
from contextlib import closing

import pytest

from crawler import clock
from scheduler.config.load import load_config
from storage import db, meta
from storage.errors import ClusterError
from storage.records.cluster import WIRE_VERSION, SentJob, SentRecord
from storage.records.sources import HostMemory
from storage.sources import hosts
from tests.support.command_line import run_child, run_here

pytest.importorskip("storage.cluster.postgres", reason="needs seedwatch[cluster]")
from crawler.cluster.effects import record_of
from scheduler.cluster.connection import SharedStore
from scheduler.cluster.daemon import ClusterDaemon
from storage.cluster import jobs, records
from storage.cluster.postgres import check_database, make_tables
from storage.cluster.shared import hold_lock

GOOD = record_of(hosts.remember, HostMemory("a.example", crawl_delay_s=2.0))
BROKEN = SentRecord("host", b"\xc1")


@pytest.fixture
def desk(postgres_server, tmp_path):
    """A folder with settings that name a cluster of its own, and what calls commands there."""
    dsn = postgres_server.database("commands")
    (tmp_path / "seedwatch.toml").write_text('[cluster]\ndsn_env = "SEEDWATCH_DSN"\n')
    store = SharedStore(dsn)
    store.call_now(make_tables)

    def call(*arguments, dsn=dsn):
        return run_here(*arguments, folder=tmp_path, more={"SEEDWATCH_DSN": dsn})

    yield tmp_path, store, call
    store.close()


def send(store, *sent):
    store.call_now(jobs.send, [SentJob("job", "a.example", "pages", 2, 1, b"")])
    store.call_now(jobs.finish, store.call_now(jobs.take, "job", "worker"), sent)


def test_what_lies_there_is_drained_and_dead_letters_go_their_ways(desk):
    folder, store, call = desk
    send(store, GOOD, BROKEN, GOOD)

    drained = call("cluster", "drain", "--json")
    assert (drained.code, drained.json["stored"], drained.json["dead_letters"]) == (1, 2, 1)
    with closing(db.connect(folder / "seedwatch.db")) as connection:
        assert [memory.host for memory in hosts.remembered(connection)] == ["a.example"]

    shown = call("cluster")
    assert shown.code == 1
    assert "1 dead letter" in shown.out
    assert "malformed" in shown.out or "MessagePack" in shown.out

    assert "1 dead letter to be tried again" in call("cluster", "retry").out
    assert call("cluster", "drain").code == 1
    (letter,) = call("cluster", "--json").json["dead_letters"]
    assert "say --all" in call("cluster", "drop").err
    assert "dropped 1 dead letter" in call("cluster", "drop", letter["id"]).out
    assert call("cluster", "drain").out == "stored 0 records\n"


def test_a_record_of_a_newer_version_waits_and_is_told(desk):
    _, store, call = desk
    send(store, GOOD)
    store.call_now(
        lambda shared: shared.execute("UPDATE seedwatch_records SET wire_version = %s", [WIRE_VERSION + 1])
    )

    drained = call("cluster", "drain")

    assert (drained.code, drained.out.splitlines()[0]) == (0, "stored 0 records")
    assert "1 record of a newer version" in drained.out
    assert "upgrade the writer" in call("cluster").out
    assert store.call_now(records.backlog)[0] == 1


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("postgresql://x:secret@127.0.0.1:1/y", "cannot be had"),
        ("", "SEEDWATCH_DSN, which should hold the cluster's DSN, is not set"),
    ],
)
def test_a_dsn_that_leads_nowhere_is_told_by_all_commands(desk, dsn, said):
    _, _, call = desk

    for command in (["cluster"], ["cluster", "drain"], ["doctor"]):
        done = call(*command, dsn=dsn)
        assert done.code in (1, 2)
        assert said in " ".join((done.out + done.err).split())
        assert "secret" not in done.out + done.err


def test_doctor_looks_at_the_cluster(desk):
    _, _, call = desk

    findings = [one for one in call("doctor", "--json").json if one["subject"] == "cluster"]

    assert [one["state"] for one in findings[:2]] == ["good", "good"]
    assert "PostgreSQL" in findings[0]["detail"]
    assert {one["detail"].split(":")[0] for one in findings[2:]} == {
        "there is no writer",
        "there is no worker",
    }


def test_run_without_a_role_says_which_there_are(desk):
    _, _, call = desk

    assert "--role scheduler, worker, writer or all" in call("run").err


def test_what_another_databases_workers_sent_is_not_drained(desk):
    _, store, call = desk
    store.call_now(check_database, "another")
    send(store, GOOD)

    drained = call("cluster", "drain")

    assert drained.code == 2
    assert "the jobs of another seedwatch database" in drained.err
    assert store.call_now(records.backlog)[0] == 1


def test_another_scheduler_sends_nothing(desk):
    folder, store, _ = desk
    assert store.call_now(hold_lock, "scheduler")
    environment = {"SEEDWATCH_DSN": store._dsn}
    config = load_config(folder / "seedwatch.toml", environment)
    daemon = ClusterDaemon(config, environment, dsn=store._dsn, version="1", tell=lambda _: None)

    async def turn():
        try:
            await daemon._dispatch()
        finally:
            await daemon._queue.close()
            daemon._shared.close()

    with pytest.raises(ClusterError, match="another scheduler is at work") as caught:
        asyncio.run(turn())

    assert caught.value.is_passing


def test_the_scheduler_of_another_database_ends_and_says_so(desk):
    """Waiting, it would hold the lock of the one whose PostgreSQL it is."""
    folder, store, call = desk
    store.call_now(check_database, "another")

    done = run_child("run", "--role", "scheduler", folder=folder, more={"SEEDWATCH_DSN": store._dsn})

    assert done.code == 2
    assert "the jobs of another seedwatch database" in done.err
    assert "the jobs of another seedwatch database" in call("status").out
    assert store.call_now(hold_lock, "scheduler")


def test_without_its_scheduler_nothing_is_crawled(desk):
    """A worker may have any host in hand."""
    crawled = desk[2]("crawl")

    assert crawled.code == 2
    assert "start it by `seedwatch run --role scheduler`" in crawled.err


def test_status_tells_how_the_cluster_stands(desk):
    folder, store, call = desk
    from scheduler.cluster.standing import look
    from scheduler.config.settings import ClusterConfig

    state = look(store, ClusterConfig(dsn="postgresql://x:secret@h/y"), {}, clock.now())
    with closing(db.connect(folder / "seedwatch.db")) as connection:
        meta.put(connection, meta.CLUSTER, state)

    shown = call("status")
    assert "cluster at postgresql://x:***@h/y: 0 workers" in shown.out
    assert "cluster: there is no writer" in shown.out
    assert call("status", "--json").json["cluster"]["problems"]
