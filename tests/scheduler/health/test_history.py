"""Folding: what is old becomes days, and coverage says of each day what it said before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from crawler.cadence.rhythm import HOURS, Rhythm, rhythm_to_bytes
from scheduler.health.history import fold_history, write_coverage
from storage import meta
from storage.articles import looks
from storage.records.looks import Look, Watch
from storage.records.polls import NextPoll, PollResult
from storage.sources import coverage, links, polls, runs, sources
from tests.storage.sources.test_polls import FEEDS
from tests.support.samples import DECLARED, FEED, SOURCE, entry, reading

DAYS, KEPT = 24, 6
FIRST = datetime(2026, 5, 4, tzinfo=UTC)
NOW = FIRST + timedelta(days=DAYS, hours=7)
TABLES = ("polls", "poll_days", "coverage", "run_days", "look_days")
OUTCOMES = ("ok", "ok", "not_modified", "same_body", "timeout")

looked = st.lists(
    st.tuples(
        st.sampled_from([1, 2]), st.integers(0, (DAYS * 24 + 6) * 60), st.sampled_from(OUTCOMES),
        st.integers(0, 20),
    ),
    max_size=90,
)  # fmt: skip


@pytest.fixture
def two_feeds(connection):
    """A source with two feeds of which the rhythm is known, and a run."""
    sources.sync(connection, [(SOURCE, FEEDS[:2])])
    rhythm = rhythm_to_bytes(Rhythm((2.0,) * HOURS, (4.0,) * HOURS))
    connection.execute("UPDATE feeds SET rhythm = ?, rate_per_day = 30", [rhythm])
    runs.begin(connection, trigger="schedule", token="one", now=FIRST, host="here", pid=1)
    return connection


def poll(connection, feed, at, outcome="ok", new=2, run_id=1):
    is_read = outcome == "ok"
    result = PollResult(feed, at, outcome, 200, 1_000 if is_read else 0, 20 if is_read else None)
    polls.record_poll(connection, run_id, result, new if is_read else None)
    last = connection.execute("SELECT max(id) FROM polls").fetchone()[0]
    polls.decide_next(connection, [NextPoll(feed, last, at, "rate", 0.0, 30.0)])


def lines(connection):
    return coverage.lines(connection, FIRST.date() - timedelta(days=1))


def rows(connection, sql):
    return [tuple(row) for row in connection.execute(sql)]


@example(
    looked=[(1, 0, "ok", 0), (1, 1, "timeout", 0), (1, 1, "timeout", 0)], ends=[]
)  # the first poll stays
@given(looked=looked, ends=st.lists(st.integers(0, 4), max_size=3))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_coverage_says_of_each_day_what_it_said_before(two_feeds, looked, ends):
    for table in TABLES:
        two_feeds.execute(f"DELETE FROM {table}")
    two_feeds.execute("DELETE FROM meta")
    for feed, minute, outcome, new in sorted(looked, key=lambda one: one[1]):
        poll(two_feeds, feed, FIRST + timedelta(minutes=minute), outcome, new)
    write_coverage(two_feeds, NOW, days=DAYS + 1)
    before = lines(two_feeds)
    first_polled = coverage.looks(two_feeds, NOW)
    totals = rows(two_feeds, "SELECT count(*), total(new_links), total(bytes) FROM polls")

    for steps in ends:  # broken off
        left = iter([True] * steps)
        fold_history(two_feeds, NOW, KEPT, goes_on=partial(next, left, False))
    is_done = fold_history(two_feeds, NOW, KEPT)
    folded = lines(two_feeds)
    write_coverage(two_feeds, NOW, days=DAYS + 1)

    assert is_done
    assert folded == before
    assert lines(two_feeds) == before
    again = coverage.looks(two_feeds, NOW)
    assert [feed.watched_since for feed in again["courier"]] == [
        feed.watched_since for feed in first_polled["courier"]
    ]
    assert totals == rows(
        two_feeds,
        """
        SELECT sum(polls), total(new), total(bytes) FROM (
            SELECT count(*) AS polls, total(new_links) AS new, total(bytes) AS bytes FROM polls
            UNION ALL SELECT total(polls), total(new_links), total(bytes) FROM poll_days
        )
        """,
    )


def test_of_old_polls_stay_those_that_are_still_asked_for(two_feeds):
    for day in range(10):
        for hour in (0, 6, 12):
            poll(two_feeds, 1, FIRST + timedelta(days=day, hours=hour), "timeout" if hour == 12 else "ok")
    poll(two_feeds, 2, FIRST, "timeout")  # never again
    newest = FIRST + timedelta(days=DAYS)
    poll(two_feeds, 1, newest)

    assert fold_history(two_feeds, NOW, KEPT)

    kept = rows(two_feeds, "SELECT feed_id, polled_at, outcome FROM polls ORDER BY feed_id, id")
    last_read = FIRST + timedelta(days=9, hours=6)
    assert kept == [
        (1, last_read.isoformat(), "ok"),
        (1, newest.isoformat(), "ok"),
        (2, FIRST.isoformat(), "timeout"),
    ]
    assert rows(two_feeds, "SELECT count(*), sum(polls), sum(failed), sum(new_links) FROM poll_days") == [
        (10, 29, 10, 38)
    ]
    assert rows(two_feeds, "SELECT first_at, last_at FROM poll_days WHERE day = '2026-05-05'") == [
        ("2026-05-05T00:00:00+00:00", "2026-05-05T12:00:00+00:00")
    ]


def test_of_old_runs_stay_those_that_something_refers_to(connection):
    sources.sync(connection, DECLARED)
    for number in range(1, 5):
        at = FIRST + timedelta(hours=number)
        runs.begin(connection, trigger="schedule", token=f"run {number}", now=at, host="here", pid=1)
        state = "failed" if number == 3 else "finished"
        runs.end(connection, number, state=state, now=at + timedelta(seconds=90))
    request = runs.ask(connection, ["courier"], only_due=True, now=FIRST)
    runs.answer(connection, request, run_id=1)
    store_reading(connection, replace(reading(matches=()), run_id=2), keep_all=True)
    poll(connection, 1, FIRST, run_id=1)
    poll(connection, 1, FIRST + timedelta(days=1), run_id=1)
    poll(connection, 1, NOW, run_id=4)
    links.discover(connection, FEED, {"a": entry("http://courier.example/a")}, run_id=3, now=FIRST)

    assert fold_history(connection, NOW, KEPT)
    assert fold_history(connection, NOW + timedelta(days=30), KEPT)

    assert rows(connection, "SELECT id FROM runs ORDER BY id") == [(2,), (4,)]
    assert rows(connection, "SELECT day, runs, failed, seconds FROM run_days") == [("2026-05-04", 2, 1, 180)]
    assert rows(connection, "SELECT count(*) FROM requests") == [(0,)]
    assert rows(connection, "SELECT count(*) FROM links WHERE run_id IS NOT NULL") == [(0,)]
    assert rows(connection, "PRAGMA foreign_key_check") == []


def test_second_looks_that_found_something_stay(connection):
    sources.sync(connection, DECLARED)
    runs.begin(connection, trigger="schedule", token="one", now=FIRST, host="here", pid=1)
    store_reading(connection, replace(reading(matches=()), run_id=1), keep_all=True)
    outcomes = ("unchanged", "revised", "not_modified", "failed", "skipped", "deleted", "unchanged")
    watch = Watch(1, "http://courier.example/w", "key", "courier", 1, "Ministers meet", 60, "live", FIRST)
    for hour, outcome in enumerate(outcomes):
        looks.record(connection, Look(watch, FIRST + timedelta(hours=hour), outcome, None), run_id=1)
    poll(connection, 1, FIRST)

    fold_history(connection, NOW, KEPT)

    assert [row[0] for row in rows(connection, "SELECT outcome FROM looks ORDER BY id")] == [
        "revised", "deleted", "unchanged",
    ]  # fmt: skip
    assert rows(connection, "SELECT * FROM look_days") == [(1, "2026-05-04", 2, 1, 1)]


def test_nothing_is_folded_where_nothing_is_old(two_feeds):
    assert fold_history(two_feeds, NOW, KEPT)
    poll(two_feeds, 1, NOW)
    poll(two_feeds, 1, NOW + timedelta(minutes=1))

    assert fold_history(two_feeds, NOW, KEPT)

    assert rows(two_feeds, "SELECT count(*) FROM polls") == [(2,)]
    assert meta.get(two_feeds, meta.FOLDED_UNTIL) == NOW.date()
