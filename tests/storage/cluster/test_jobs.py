"""Jobs and records in a real PostgreSQL: who may have what in hand, what is kept of it, and what goes."""

from contextlib import closing
from datetime import timedelta

import pytest

from crawler import clock
from storage import db
from storage.errors import ClusterError
from storage.records.cluster import WIRE_VERSION, SentJob, SentRecord

postgres = pytest.importorskip("storage.cluster.postgres", reason="needs seedwatch[cluster]")
from storage.cluster import jobs, records, shared  # noqa: E402 - not without the extra
from storage.cluster.identity import own_name  # noqa: E402
from tests.support.samples import NOW  # noqa: E402

RECORDS = [SentRecord("poll", b"\x00\xff"), SentRecord("article", b"two")]


def job(number=1, host=None, kind="polls", priority=3):
    return SentJob(f"job{number}", host or f"h{number}.example", kind, priority, 7, b"payload")


@pytest.fixture(scope="module")
def dsn(postgres_server):
    return postgres_server.database("jobs")


@pytest.fixture
def store(dsn):
    connection = postgres.connect(dsn)
    postgres.make_tables(connection)
    for table in ("jobs", "records", "hosts", "topics", "processes"):
        connection.execute(f"TRUNCATE seedwatch_{table}")
    yield connection
    connection.close()


def test_a_host_has_one_job_at_a_time(store):
    assert jobs.send(store, [job(1), job(2), job(3, host="h1.example")]) == ["job1", "job2"]
    assert jobs.send(store, [job(4, host="h2.example")]) == []
    assert jobs.busy_hosts(store) == {"h1.example": 7, "h2.example": 7}


def test_a_job_goes_its_way(store):
    jobs.send(store, [job()])
    taken = jobs.take(store, "job1", "worker")
    assert (taken.attempt, taken.payload) == (1, b"payload")
    assert jobs.ended(store) == []

    assert jobs.finish(store, taken, RECORDS)
    waiting = records.waiting(store, 9)
    assert [(one.job, one.position, one.kind, one.payload) for one in waiting] == [
        ("job1", 1, "poll", b"\x00\xff"),
        ("job1", 2, "article", b"two"),
    ]
    assert jobs.ended(store) == []
    assert jobs.busy_hosts(store)

    records.acknowledge(store, [one.id for one in waiting], {})
    (ended,) = jobs.ended(store)
    assert (ended.key, ended.host, ended.run_id, ended.is_dead) == ("job1", "h1.example", 7, False)
    jobs.remove(store, ["job1"])
    assert jobs.busy_hosts(store) == {}
    assert records.backlog(store) == (0, 0.0)


def test_a_job_without_anything_to_tell_ends(store):
    jobs.send(store, [job()])
    assert jobs.finish(store, jobs.take(store, "job1", "worker"), [])
    assert [ended.key for ended in jobs.ended(store)] == ["job1"]


def test_who_comes_late_keeps_nothing(store):
    """A worker that was silent, and whose job another one has done meanwhile."""
    jobs.send(store, [job()])
    late, other = jobs.take(store, "job1", "late"), jobs.take(store, "job1", "other")

    assert not jobs.finish(store, late, RECORDS)
    assert records.waiting(store, 9) == []
    assert jobs.finish(store, other, RECORDS[:1])
    assert not jobs.finish(store, other, RECORDS[:1])
    assert len(records.waiting(store, 9)) == 1
    assert jobs.take(store, "job1", "third") is None


def test_a_job_that_nobody_can_do_is_given_up_and_says_why(store):
    jobs.send(store, [job()])
    for attempt in range(1, jobs.MOST_ATTEMPTS + 1):
        taken = jobs.take(store, "job1", "worker")
        assert taken.attempt == attempt
        jobs.give_back(store, taken, "it broke")

    (ended,) = jobs.ended(store)
    assert ended.is_dead
    assert ended.detail == "it broke"
    assert jobs.take(store, "job1", "worker") is None


def test_jobs_of_the_silent_are_taken_from_them(store):
    jobs.send(store, [job(1), job(2), job(3)])
    for key in ("job1", "job2"):
        jobs.take(store, key, "gone" if key == "job1" else "there")
    shared.sign(store, "there", "worker", "1", "works", NOW)
    store.execute("UPDATE seedwatch_processes SET seen_at = seen_at + interval '1 hour'")

    assert jobs.take_from_silent(store, 0.0) == 1

    assert {one.key: one.is_doing for one in jobs.unended(store)} == {
        "job1": False,
        "job2": True,
        "job3": False,
    }
    assert jobs.waiting_count(store) == 2


def test_who_is_there_is_told_by_the_clock_of_who_looks(store):
    late = clock.system_now() + timedelta(hours=1)
    for name in ("there", "gone"):
        shared.sign(store, name, "worker", "1", "works", NOW)
    shared.sign(store, "writer", "writer", "1", "writes", NOW)
    store.execute(
        "UPDATE seedwatch_processes SET seen_at = seen_at - interval '5 minutes' WHERE name = 'gone'"
    )

    found = shared.figures(store, late)

    assert [(one.name, one.is_living) for one in found.workers] == [("gone", False), ("there", True)]
    assert [one.name for one in found.living] == ["there"]
    assert abs(found.writer_seen_at - late) < timedelta(seconds=30)
    assert abs(found.workers[0].seen_at - late) > timedelta(minutes=4)


def test_workers_that_are_long_gone_are_forgotten_before_others(store):
    shared.sign(store, "worker", "worker", "1", "works", NOW)
    shared.sign(store, "writer", "writer", "1", "writes", NOW)
    store.execute("UPDATE seedwatch_processes SET seen_at = seen_at - interval '2 hours'")

    shared.sign(store, "another", "worker", "1", "works", NOW)

    found = shared.figures(store, NOW)
    assert [one.name for one in found.workers] == ["another"]
    assert found.writer_seen_at is not None


def test_dead_letters_are_told_tried_again_and_dropped(store):
    jobs.send(store, [job()])
    jobs.finish(store, jobs.take(store, "job1", "worker"), RECORDS)
    first, second = records.waiting(store, 9)

    records.acknowledge(store, [], {first.id: "it cannot be read"})
    (letter,) = records.dead_letters(store)
    assert (letter.id, letter.kind, letter.host, letter.error) == (
        first.id, "poll", "h1.example", "it cannot be read",
    )  # fmt: skip
    assert [one.id for one in records.waiting(store, 9)] == [second.id]

    assert records.retry(store, [first.id]) == 1
    again = records.waiting(store, 9)[0]
    assert (again.id, again.is_retried) == (first.id, True)

    records.acknowledge(store, [second.id], {first.id: "still not"})
    assert records.drop(store, [second.id]) == 0
    assert records.drop(store) == 1
    assert records.dead_letters(store) == []


def test_records_of_a_newer_version_wait_and_are_counted(store):
    jobs.send(store, [job()])
    jobs.finish(store, jobs.take(store, "job1", "worker"), RECORDS)
    store.execute("UPDATE seedwatch_records SET wire_version = %s WHERE position = 1", [WIRE_VERSION + 1])

    assert [one.position for one in records.waiting(store, 9)] == [2]
    assert shared.figures(store, NOW).newer == 1


def test_figures_tell_what_there_is(store):
    jobs.send(store, [job(1), job(2, kind="pages", priority=2), job(3)])
    jobs.finish(store, jobs.take(store, "job3", "w1"), RECORDS)
    jobs.take(store, "job2", "w1")
    for name, role in (("w1", "worker"), ("w2", "worker"), ("s", "scheduler"), ("d", "writer")):
        shared.sign(store, name, role, "0.2.0", "works", NOW, jobs=1)
    shared.sign_off(store, "w2")

    found = shared.figures(store, NOW)

    assert (found.waiting, found.doing, found.records, found.dead) == (1, 1, 2, 0)
    assert found.by_kind == (("polls", 1),)
    assert [worker.name for worker in found.workers] == ["w1"]
    assert found.writer_seen_at
    assert found.scheduler_seen_at
    assert found.lag_s >= 0


def test_what_a_host_asked_for_and_the_topics_are_shared(store):
    assert shared.host_memories(store, "h.example") == []
    for host, memory in (("h.example", b"one"), ("h.example", b"two"), ("www.h.example.", b"three")):
        shared.keep_host(store, host, "h.example", memory)
    shared.keep_topics(store, "r1", b"topics")
    shared.forget_hosts(store)

    assert shared.host_memories(store, "h.example") == [b"two", b"three"]
    assert shared.topics(store, "r1") == b"topics"
    assert shared.topics(store, "r2") is None


def test_one_connection_has_the_lock_of_its_role(store, dsn):
    other, third = postgres.connect(dsn), postgres.connect(dsn)

    assert [shared.hold_lock(store, "writer") for _ in range(2)] == [True, True]
    assert not shared.hold_lock(other, "writer")
    assert shared.hold_lock(third, "scheduler")
    for connection in (other, third):
        connection.close()


def test_what_lies_there_is_one_databases(store, tmp_path, connection):
    """Numbers of runs, feeds and pages are those of one file: a second one would store what is not its own."""
    with closing(db.connect(tmp_path / "other.db")) as other:
        names = own_name(connection), own_name(other)
    assert names[0] == own_name(connection) != names[1]
    store.execute("UPDATE seedwatch_cluster SET belongs_to = NULL")

    for _ in range(2):
        postgres.check_database(store, names[0])
    with pytest.raises(ClusterError, match="jobs of another seedwatch database, since 2") as caught:
        postgres.check_database(store, names[1])

    assert not caught.value.is_passing


def test_another_version_refuses_and_says_which(store):
    store.execute("UPDATE seedwatch_cluster SET wire_version = %s", [WIRE_VERSION + 1])
    try:
        with pytest.raises(
            ClusterError, match=rf"speaks version 1\.{WIRE_VERSION + 1}.*upgrade seedwatch here"
        ):
            postgres.check_version(store)
    finally:
        store.execute("UPDATE seedwatch_cluster SET wire_version = %s", [WIRE_VERSION])


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/x", "cannot be had.*refused"),
        ("host=127.0.0.1 port=1 password=secret", "cannot be had"),
        ("postgresql://[bad", "refused"),
    ],
)
def test_a_dsn_that_leads_nowhere_is_told_without_its_password(dsn, said):
    with pytest.raises(ClusterError, match=said) as caught:
        postgres.connect(dsn)

    assert "secret" not in str(caught.value)
    assert "secret" not in postgres.masked(dsn)


def test_a_user_without_rights_is_told_so(store, dsn):
    store.execute("DROP ROLE IF EXISTS stranger")
    store.execute("CREATE ROLE stranger LOGIN")
    stranger = postgres.connect(dsn.replace("seedwatch@", "stranger@"))

    with pytest.raises(ClusterError, match="give the user rights") as caught:
        postgres.make_tables(stranger)

    assert caught.value.is_passing  # rights are given while all wait
    stranger.close()


def test_tables_that_are_gone_are_made_anew_and_that_is_told(store):
    assert not postgres.make_tables(store)
    store.execute("DROP TABLE seedwatch_jobs, seedwatch_records, seedwatch_cluster")

    with pytest.raises(ClusterError, match="tables are gone") as caught:
        jobs.busy_hosts(store)

    assert caught.value.is_passing
    assert postgres.make_tables(store)
    assert jobs.busy_hosts(store) == {}
