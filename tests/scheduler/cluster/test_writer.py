"""The writer beside a database that refuses: it waits, says so, and goes on; nothing is lost on the way."""

import sqlite3

import pytest

from storage.errors import ClusterError
from storage.records.cluster import SentJob
from storage.records.sources import HostMemory
from storage.sources import hosts

pytest.importorskip("storage.cluster.postgres", reason="needs seedwatch[cluster]")
from crawler.cluster.effects import record_of
from scheduler.cluster.writer import ClusterWriter
from storage import db
from storage.cluster import jobs, records, shared
from storage.cluster.postgres import check_database, connect, make_tables
from tests.support.samples import NOW


@pytest.fixture
def store(postgres_server):
    connection = connect(postgres_server.database("writer"))
    make_tables(connection)
    jobs.send(connection, [SentJob("job", "h.example", "pages", 2, 1, b"")])
    sent = [record_of(hosts.remember, HostMemory(f"h{number}.example")) for number in range(3)]
    jobs.finish(connection, jobs.take(connection, "job", "worker"), sent)
    yield connection
    connection.close()


@pytest.fixture
def said():
    return []


@pytest.fixture
def writer(store, database, said):
    writer = ClusterWriter(database, store.info.dsn, version="1", tell=said.append)
    yield writer
    writer._shared.close()
    if writer._connection is not None:
        writer._connection.close()


def stored(database):
    connection = sqlite3.connect(database)
    try:
        return connection.execute("SELECT count(*) FROM hosts").fetchone()[0]
    finally:
        connection.close()


def test_what_waits_is_stored_and_acknowledged(writer, store, database):
    assert writer._turn() == 0.0
    assert writer._turn() > 0

    assert stored(database) == 3
    assert records.backlog(store) == (0, 0.0)
    assert shared.figures(store, NOW).writer_state == "writes"


@pytest.mark.parametrize("refusal", ["the disk is full", "held the database"])
def test_while_the_database_refuses_all_of_it_waits(writer, said, store, database, refusal):
    writer._connection = db.connect(database)
    other = sqlite3.connect(database, isolation_level=None)
    if refusal == "held the database":
        writer._connection.execute("PRAGMA busy_timeout = 0")
        other.execute("BEGIN EXCLUSIVE")
    else:
        pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
        writer._connection.execute(f"PRAGMA max_page_count = {pages}")
        large = "x" * 3_000_000
        sent = [record_of(hosts.remember, HostMemory(large))]
        jobs.send(store, [SentJob("large", "l.example", "pages", 2, 1, b"")])
        jobs.finish(store, jobs.take(store, "large", "worker"), sent)

    assert writer._turn() > 0
    assert refusal in said[-1]
    assert refusal in shared.figures(store, NOW).writer_state
    assert stored(database) == 0
    assert records.backlog(store)[0] >= 3

    if refusal == "held the database":
        other.execute("ROLLBACK")
    else:
        writer._connection.execute("PRAGMA max_page_count = 1000000")
    assert writer._turn() == 0.0
    assert stored(database) >= 3
    assert said[-1] == "writes"
    other.close()


def test_another_writer_waits(writer, said, store, database):
    assert shared.hold_lock(store, "writer")

    assert writer._turn() > 0

    assert said == ["waits: another writer is at work"]
    assert stored(database) == 0


def test_what_is_another_databases_is_left_where_it_is(writer, store, database):
    check_database(store, "another")

    with pytest.raises(ClusterError, match="another seedwatch database"):
        writer._turn()

    assert stored(database) == 0
    assert records.backlog(store)[0] == 3
