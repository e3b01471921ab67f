"""The scheduler's turns over a real PostgreSQL: what one began, the next that is started goes on with."""

from dataclasses import replace

import pytest

from crawler import clock
from crawler.run.opening import CrawlSettings
from crawler.tasks.subscriptions import begin_request
from storage import db
from storage.db import transaction
from storage.records.cluster import SentJob
from storage.records.polls import PollResult
from storage.records.sources import FeedKind, Source
from storage.records.subscriptions import AskedHub, NamedHub
from storage.sources import links, polls, runs, sources, subscriptions
from storage.sources.sources import DeclaredFeed
from tests.support.samples import FEED, NOW, entry

pytest.importorskip("storage.cluster.postgres", reason="needs seedwatch[cluster]")
from crawler.cluster.claiming import claim_jobs
from crawler.cluster.effects import record_of
from crawler.cluster.jobs import PAGES, HostJob
from crawler.cluster.wire import job_from_bytes, job_to_bytes
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


def work(connection, store, but=()):
    """Do all jobs, *but* these, as a worker does, and store what came of them; the hosts."""
    done = []
    for unended in store.call_now(jobs.unended):
        if unended.key in but:
            continue
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


@pytest.mark.parametrize(
    ("settings_change", "polled", "ends"),
    [
        (False, {1, 2}, ("finished", None)),
        (True, {1}, ("interrupted", "the settings changed before 1 feed could be asked: crawl again")),
    ],
    ids=["however long it takes", "unless the settings change"],
)
def test_what_a_person_asked_for_is_asked(
    connection, database, store, monkeypatch, settings_change, polled, ends
):
    """One of its two hosts is busy when it begins."""
    monkeypatch.setattr(dispatch, "_OPEN_S", 0.0)
    store.call_now(jobs.send, [SentJob("other", "herald.example", PAGES, 2, 99, b"")])
    request = runs.ask(connection, NAMES, only_due=False, now=clock.now())
    one = scheduler(database, store)
    one.turn()
    run_id = runs.request(connection, request).run_id
    if settings_change:
        one.close_runs()

    work(connection, store, but=["other"])
    one.turn()
    give_up(store, "other", "it broke")
    one.turn()
    work(connection, store)
    one.turn()

    run = runs.get(connection, run_id)
    assert (run.state, run.error) == ends
    assert polls.polled(connection, run_id) == polled


# Jobs that nobody could do


def give_up(store, key, why):
    for _ in range(jobs.MOST_ATTEMPTS):
        store.call_now(jobs.give_back, store.call_now(jobs.take, key, "worker"), why)


def test_what_a_job_was_about_that_nobody_could_do_is_tried_again_after_a_pause(connection, database, store):
    dispatcher = scheduler(database, store)
    dispatcher.turn()
    (run,) = runs.of_clusters(connection)
    courier = next(job for job in store.call_now(jobs.unended) if job.host == "courier.example")
    with transaction(connection):
        subscriptions.note_offer(connection, 2, NamedHub("http://more.example/", "http://herald.example/rss"))
    listed, _ = links.discover(
        connection, FEED, {"k": entry("http://more.example/1")}, run_id=run.id, now=NOW
    )
    request = begin_request(connection, 2, public_url="https://here.example", now=NOW)
    more = HostJob("more", "more.example", PAGES, run.id, run.token, "schedule", CrawlSettings())
    more = replace(more, links=tuple(listed), hubs=(AskedHub(2, request),))
    store.call_now(jobs.send, [SentJob(more.key, more.host, more.kind, 2, run.id, job_to_bytes(more))])

    give_up(store, courier.key, "it broke")
    give_up(store, "more", "it broke, too")
    dispatcher.turn()

    (poll,) = connection.execute("SELECT feed_id, outcome, detail, next_due_at FROM polls").fetchall()
    assert tuple(poll)[:3] == (1, "crashed", "it broke")
    assert poll["next_due_at"] is not None
    (page,) = connection.execute("SELECT state, reason, next_try_at FROM links").fetchall()
    assert (page["state"], page["reason"]) == ("failed", "crashed")
    assert page["next_try_at"] is not None
    (hub,) = connection.execute("SELECT state, error, next_ask_at FROM subscriptions").fetchall()
    assert (hub["state"], hub["error"]) == ("asked", "crashed: it broke, too")
    assert hub["next_ask_at"] is not None


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x80"])
def test_a_job_that_another_version_wrote_frees_its_host_when_it_ends(connection, database, store, payload):
    dispatcher = scheduler(database, store)
    dispatcher.turn()
    (run,) = runs.of_clusters(connection)
    store.call_now(jobs.send, [SentJob("old", "old.example", PAGES, 2, run.id, payload)])
    work(connection, store, but=["old"])
    give_up(store, "old", "it cannot be read")

    dispatcher.turn()

    assert store.call_now(jobs.busy_hosts) == {}
    assert {one["state"] for one in runs.latest(connection)} == {"finished"}
    assert leased(connection) == 0
