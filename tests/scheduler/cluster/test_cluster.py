"""The whole way over processes and PostgreSQL, and what is killed on it: nothing is lost, nothing comes twice."""

import signal
from contextlib import closing

import pytest

from crawler import clock
from scheduler.demo.measure import measure
from scheduler.demo.press import Press
from storage import db
from tests.support.cluster import ROLES, fault_times, make_cluster
from tests.support.command_line import run_here

FEEDS = 10
SETTLED = "SELECT count(*) FROM links WHERE state NOT IN ('queued', 'failed')"


@pytest.fixture(scope="module")
def press():
    with Press(slow_s=0.1) as press:
        yield press


@pytest.fixture(scope="module")
def cluster(postgres_server, press, tmp_path_factory):
    """A cluster that has crawled the demo press once; it goes on running."""
    folder = tmp_path_factory.mktemp("cluster")
    cluster = make_cluster(folder, postgres_server.database("cluster"), press)
    try:
        cluster.start(*ROLES)
        cluster.wait_until(lambda: cluster.is_done(FEEDS), "the first crawl")
        yield cluster
        # One that was started a moment ago, in place of one that was killed, may not yet heed the signal.
        assert set(cluster.stop().values()) <= {0, -signal.SIGTERM}, cluster.said()
    finally:
        for role in list(cluster.processes):
            cluster.kill(role)


def test_a_cluster_stores_what_one_machine_does(cluster, press):
    with closing(db.connect(cluster.database)) as connection:
        found = measure(connection, press)

    assert found.is_good, found.mistakes
    assert found.kept_out_share == 1
    assert found.right_dates == found.dates
    assert cluster.count("SELECT count(DISTINCT feed_id) FROM polls") == FEEDS
    cluster.wait_until(lambda: cluster.is_done(FEEDS), "the end of a run that began meanwhile")
    # Whatever was killed meanwhile: the tests come in any order.
    assert {row[0] for row in cluster.rows("SELECT state FROM runs")} == {"finished"}


def test_second_looks_and_the_past_are_for_workers_too(cluster):
    looks, since = cluster.count("SELECT count(*) FROM looks"), "2026-01-01"
    handed = run_here("crawl", "courier", "--since", since, folder=cluster.folder, more=cluster.more)
    with closing(db.connect(cluster.database)) as connection:
        connection.execute("UPDATE watches SET due_at = ? WHERE ended IS NULL", [db.to_iso(clock.now())])
        (due,) = connection.execute("SELECT count(*) FROM watches WHERE ended IS NULL").fetchone()

    assert handed.code == 0, handed.err
    cluster.wait_until(lambda: cluster.count("SELECT count(*) FROM looks") >= looks + due, "the looks")
    cluster.wait_until(
        lambda: cluster.rows("SELECT state FROM backfills") == [("finished",)], "the end of the past"
    )
    assert cluster.count("SELECT count(*) FROM archive_pages WHERE read_at IS NOT NULL") > 0
    cluster.wait_until(lambda: cluster.is_done(FEEDS), "the end of the run")


# Two ways for PostgreSQL to end; benchmarks/cluster_kills.py tries many more seeds.
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_and_nothing_comes_twice_whatever_is_killed(cluster, postgres_server, seed):
    before = cluster.rows("SELECT url_key, text_hash FROM articles ORDER BY url_key")
    linked = cluster.count(SETTLED)
    polls = cluster.begin_again()

    for least, fault in fault_times(seed, ["worker", "scheduler", "writer", "postgres"], 0, linked // 2):
        cluster.wait_until(
            lambda least=least: cluster.count(SETTLED) >= least or cluster.is_done(polls + FEEDS),
            "so much work",
        )
        if fault == "postgres":
            postgres_server.stop("immediate" if seed % 2 else "fast")
            postgres_server.start()
        else:
            cluster.kill(fault)
            cluster.start(fault)
    cluster.wait_until(lambda: cluster.is_done(polls + FEEDS), "the end of the crawl")

    assert cluster.rows("SELECT url_key, text_hash FROM articles ORDER BY url_key") == before
    assert cluster.count(SETTLED) == linked
    polled = cluster.rows("SELECT feed_id, max(id) > ? FROM polls GROUP BY feed_id", polls)
    assert polled == [(row[0], 1) for row in polled]
    assert cluster.count("SELECT count(*) FROM polls") <= polls + 2 * FEEDS
