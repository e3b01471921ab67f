"""The scheduler's turns over a real PostgreSQL: what one began, the next that is started goes on with."""

import pytest

from crawler import clock
from storage import db
from storage.records.polls import PollResult
from storage.records.sources import FeedKind, Source
from storage.sources import polls, runs, sources
from storage.sources.sources import DeclaredFeed

pytest.importorskip("storage.cluster.postgres", reason="needs seedwatch[cluster]")
from crawler.cluster.claiming import claim_jobs
from crawler.cluster.effects import record_of
from crawler.cluster.wire import job_from_bytes
from scheduler.cluster import dispatch
from scheduler.cluster.connection import SharedStore
from scheduler.cluster.writer import drain
from storage.cluster import jobs
from storage.cluster.postgres import make_tables

NAMES = ("courier", "herald")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """Each turn looks for what is due, however long the one before took."""
    monkeypatch.setattr(dispatch, "_LOOK_SHARE", 0.0)


@pytest.fixture
def store(postgres_server):
    store = SharedStore(postgres_server.database("dispatch"))
    store.call_now(make_tables)
    yield store
    store.close()


@pytest.fixture
def connection(database):
    connection = db.connect(database)
    sources.sync(
        connection,
        [(Source(name), [DeclaredFeed(f"http://{name}.example/rss", FeedKind.FEED)]) for name in NAMES],
    )
    yield connection
    connection.close()


def scheduler(database, store):
    """One that has just been started."""
    return dispatch.Dispatcher(database, store, str)


def work(connection, store):
    """Do all jobs as a worker does, and store what came of them; the hosts."""
    done = []
    for unended in store.call_now(jobs.unended):
        taken = store.call_now(jobs.take, unended.key, "worker")
        job = job_from_bytes(taken.payload)
        sent = [
            record_of(polls.record_poll, job.run_id, PollResult(feed.id, clock.now(), "not_modified"), None)
            for feed in job.feeds
        ]
        store.call_now(jobs.finish, taken, sent)
        done.append(job.host)
    drain(connection, store)
    return sorted(done)


def leased(connection):
    return connection.execute("SELECT count(*) FROM feeds WHERE lease_token IS NOT NULL").fetchone()[0]


def test_a_run_ends_with_its_last_job_whichever_scheduler_sees_it(connection, database, store):
    scheduler(database, store).turn()
    (first,) = runs.of_clusters(connection)

    after = scheduler(database, store)
    after.turn()
    assert [run.id for run in runs.of_clusters(connection)] == [first.id]
    assert leased(connection) == 2
    assert work(connection, store) == ["courier.example", "herald.example"]
    (report,) = after.turn().reports

    ended = runs.latest(connection)
    assert (report.run_id, report.state) == (first.id, "finished")
    assert [(run["id"], run["state"], run["feeds_polled"]) for run in ended] == [(first.id, "finished", 2)]
    assert leased(connection) == 0


def test_what_was_claimed_and_not_sent_is_sent_by_the_next_scheduler(
    connection, database, store, monkeypatch
):
    with monkeypatch.context() as killed:
        killed.setattr(jobs, "send", lambda *_: 1 / 0)  # the process ends here
        killed.setattr(sources, "release_feeds", lambda *_: None)
        with pytest.raises(ZeroDivisionError):
            scheduler(database, store).turn()
    assert leased(connection) == 2

    after = scheduler(database, store)
    after.turn()

    assert work(connection, store) == ["courier.example", "herald.example"]
    after.turn()
    assert {run["state"] for run in runs.latest(connection)} == {"finished"}


def test_what_a_person_asked_for_is_asked_by_the_next_scheduler_once(
    connection, database, store, monkeypatch
):
    """One of its two hosts was sent when the scheduler was killed; both are not due."""
    first = scheduler(database, store)
    first.turn()
    work(connection, store)
    first.turn()
    assert not store.call_now(jobs.unended)
    request = runs.ask(connection, NAMES, only_due=False, now=clock.now())

    killed = scheduler(database, store)
    with monkeypatch.context() as busy:
        busy.setattr(
            dispatch,
            "claim_jobs",
            lambda *args, **more: claim_jobs(*args, **{**more, "busy": ["herald.example"]}),
        )
        killed.turn()
    run_id = runs.request(connection, request).run_id
    assert [job.host for job in store.call_now(jobs.unended)] == ["courier.example"]

    after = scheduler(database, store)
    after.turn()
    assert sorted(job.host for job in store.call_now(jobs.unended)) == ["courier.example", "herald.example"]
    work(connection, store)
    after.turn()

    assert runs.get(connection, run_id).state == "finished"
    assert polls.polled(connection, run_id) == {1, 2}
    assert connection.execute("SELECT count(*) FROM polls WHERE run_id = ?", [run_id]).fetchone()[0] == 2


def test_when_postgres_comes_back_empty_all_that_was_sent_is_sent_again(connection, database, store):
    one = scheduler(database, store)
    one.turn()
    store.call_now(lambda shared: shared.execute("TRUNCATE seedwatch_jobs"))
    assert leased(connection) == 2

    one.begin_anew()
    one.turn()
    one.turn()

    assert work(connection, store) == ["courier.example", "herald.example"]
    one.turn()
    assert leased(connection) == 0
    assert {run["state"] for run in runs.latest(connection)} == {"finished"}
