"""Polls: what a look at a feed leaves behind, and which looks wait for a decision."""

from datetime import timedelta

import pytest

from crawler.cadence.due_rules import DUE_RULES
from storage.errors import StorageError
from storage.records.polls import NextPoll, PollResult
from storage.records.sources import FeedKind
from storage.sources import polls, runs, sources, successors
from storage.sources.sources import DeclaredFeed
from tests.support.samples import NOW, SOURCE

FEEDS = [DeclaredFeed(f"http://courier.example/{name}", FeedKind.FEED) for name in ("rss", "atom")]
HOUR = timedelta(hours=1)


@pytest.fixture
def run_id(connection):
    """An open run that has leased two feeds (1 and 2) of one source."""
    sources.sync(connection, [(SOURCE, FEEDS)])
    run_id = runs.begin(connection, trigger="manual", token="run", now=NOW, host="here", pid=1)
    sources.claim(connection, "run", DUE_RULES, now=NOW, until=NOW + HOUR)
    return run_id


def record(connection, run_id, *, feed_id=1, at=NOW, outcome="ok", new_links=None, **more):
    polls.record_poll(connection, run_id, PollResult(feed_id, at, outcome, **more), new_links)


def feed_row(connection, id=1):
    return connection.execute("SELECT * FROM feeds WHERE id = ?", [id]).fetchone()


def validators(connection):
    row = feed_row(connection)
    return row["etag"], row["last_modified"], row["body_hash"]


def decide(connection, facts, *, due_at=NOW + HOUR, rule="rate", failures=0.0, rate=None):
    polls.decide_next(connection, [NextPoll(facts.feed.id, facts.poll_id, due_at, rule, failures, rate)])


FIRST = {"etag": '"1"', "last_modified": "Mon", "body_hash": "b1"}


def test_a_poll_is_written_down_whole(connection, run_id):
    record(
        connection, run_id, status=200, body_bytes=70, entries=9, skipped=1, detail="not well-formed",
        retry_after_s=60, ttl_s=900, new_links=4,
    )  # fmt: skip

    row = dict(connection.execute("SELECT * FROM polls").fetchone())
    assert row == {
        "id": 1, "feed_id": 1, "run_id": run_id, "polled_at": NOW.isoformat(), "outcome": "ok", "status": 200,
        "bytes": 70, "entries": 9, "new_links": 4, "skipped": 1, "detail": "not well-formed", "retry_after_s": 60,
        "ttl_s": 900, "next_due_at": None, "decided_by": None, "pushed": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("second", "kept"),
    [
        ({"outcome": "ok", "etag": '"2"', "last_modified": "Tue", "body_hash": "b2"}, ('"2"', "Tue", "b2")),
        ({"outcome": "ok", "body_hash": "b2"}, (None, None, "b2")),
        ({"outcome": "same_body", "etag": '"2"'}, ('"2"', None, "b1")),
        ({"outcome": "not_modified", "etag": '"2"', "last_modified": "Tue"}, ('"1"', "Mon", "b1")),
        ({"outcome": "not_modified"}, ('"1"', "Mon", "b1")),
        ({"outcome": "not_a_feed", "etag": '"2"', "body_hash": "b2"}, ('"1"', "Mon", "b1")),
        ({"outcome": "timeout"}, ('"1"', "Mon", "b1")),
    ],
    ids=[
        "new body",
        "no validators any more",
        "same body",
        "304",
        "304 bare",
        "unreadable body",
        "no answer",
    ],
)
def test_the_validators_are_those_of_the_last_body_that_was_read(connection, run_id, second, kept):
    record(connection, run_id, **FIRST)

    record(connection, run_id, at=NOW + HOUR, **second)

    assert validators(connection) == kept


def test_the_title_is_kept_while_no_other_is_stated(connection, run_id):
    record(connection, run_id, title="The Courier")
    record(connection, run_id, outcome="not_modified")

    assert feed_row(connection)["title"] == "The Courier"


@pytest.mark.parametrize(
    ("detail", "error"),
    [("no answer within 30 s", "timeout: no answer within 30 s"), (None, "timeout")],
    ids=["with detail", "without"],
)
def test_a_failure_says_why_and_leaves_the_last_success(connection, run_id, detail, error):
    record(connection, run_id)

    record(connection, run_id, at=NOW + HOUR, outcome="timeout", detail=detail)

    row = feed_row(connection)
    assert row["last_error"] == error
    assert (row["last_polled_at"], row["last_ok_at"]) == ((NOW + HOUR).isoformat(), NOW.isoformat())


@pytest.mark.parametrize("outcome", ["ok", "not_modified", "same_body"])
def test_a_success_clears_the_error(connection, run_id, outcome):
    record(connection, run_id, outcome="timeout")

    record(connection, run_id, outcome=outcome)

    assert feed_row(connection)["last_error"] is None


def test_coverage_counts_looks_failures_and_links_by_source_and_day(connection, run_id):
    record(connection, run_id, new_links=3)
    record(connection, run_id, feed_id=2, new_links=4)
    record(connection, run_id, outcome="timeout")
    record(connection, run_id, outcome="not_modified", at=NOW + timedelta(days=1))

    rows = connection.execute("SELECT day, polls, failed_polls, seen FROM coverage ORDER BY day")
    assert [tuple(row) for row in rows] == [("2026-09-14", 2, 1, 7), ("2026-09-15", 1, 0, 0)]


def test_an_unknown_feed_leaves_no_poll(connection, run_id):
    with pytest.raises(StorageError):
        record(connection, run_id, feed_id=99)

    assert connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 0


@pytest.mark.usefixtures("run_id")
def test_nothing_waits_before_the_first_poll(connection):
    assert polls.undecided(connection) == []


def test_the_facts_for_a_decision_are_of_the_poll_and_its_feed(connection, run_id):
    connection.execute("UPDATE sources SET every_s = 600")
    record(connection, run_id, feed_id=2, at=NOW - HOUR)
    (before,) = polls.undecided(connection)
    decide(connection, before, failures=0.5, rate=12.0)
    record(connection, run_id, feed_id=2, outcome="http_429", retry_after_s=60, ttl_s=900)

    (facts,) = polls.undecided(connection)

    assert (facts.feed.id, facts.feed.source, facts.feed.language) == (2, "courier", "en")
    assert (facts.is_ok, facts.outcome, facts.retry_after_s, facts.ttl_s) == (False, "http_429", 60, 900)
    assert (facts.failures, facts.rate_per_day, facts.every_s, facts.new_links) == (0.5, 12.0, 600, 0)
    assert (facts.previous_polled_at, facts.polled_at) == (NOW - HOUR, NOW)


def test_a_first_poll_has_none_before_it(connection, run_id):
    record(connection, run_id, new_links=5)

    (facts,) = polls.undecided(connection)

    assert (facts.previous_polled_at, facts.rate_per_day, facts.new_links) == (None, None, 5)


def test_only_the_last_poll_of_each_feed_waits_for_a_decision(connection, run_id):
    for number in range(3):
        record(connection, run_id, at=NOW + number * HOUR)
    record(connection, run_id, feed_id=2)

    waiting = polls.undecided(connection)

    assert [(facts.feed.id, facts.poll_id) for facts in waiting] == [(1, 3), (2, 4)]
    assert waiting[0].previous_polled_at == NOW + HOUR


def test_a_poll_of_a_feed_that_was_switched_off_meanwhile_is_decided_too(connection, run_id):
    record(connection, run_id)
    sources.sync(connection, [])

    assert [facts.feed.id for facts in polls.undecided(connection)] == [1]


def test_a_decision_is_written_to_poll_and_feed_which_is_free_then(connection, run_id):
    record(connection, run_id)
    (facts,) = polls.undecided(connection)

    decide(connection, facts, rule="quiet", failures=1.5, rate=0.2)

    row = feed_row(connection)
    assert (row["next_due_at"], row["failures"], row["rate_per_day"]) == ((NOW + HOUR).isoformat(), 1.5, 0.2)
    assert (row["lease_token"], row["lease_until"]) == (None, None)
    assert feed_row(connection, 2)["lease_token"] == "run"
    assert polls.undecided(connection) == []


def test_older_polls_are_marked_as_overtaken(connection, run_id):
    record(connection, run_id)
    record(connection, run_id)
    record(connection, run_id, feed_id=2)
    facts, _ = polls.undecided(connection)

    decide(connection, facts, rule="fixed")

    rows = connection.execute("SELECT feed_id, decided_by FROM polls ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, "overtaken"), (1, "fixed"), (2, None)]


def test_earlier_decisions_stay(connection, run_id):
    record(connection, run_id)
    decide(connection, polls.undecided(connection)[0], rule="rate")
    record(connection, run_id, at=NOW + HOUR)

    decide(connection, polls.undecided(connection)[0], rule="quiet", due_at=NOW + 3 * HOUR)

    rows = connection.execute("SELECT decided_by, next_due_at FROM polls ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("rate", (NOW + HOUR).isoformat()),
        ("quiet", (NOW + 3 * HOUR).isoformat()),
    ]


def test_the_work_list_is_found_by_its_index(connection):
    """A year of hourly polls of 2,000 feeds is 17 million rows."""
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    polls.undecided(connection)
    connection.set_trace_callback(None)

    plan = [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]

    assert [line for line in plan if line.startswith("SCAN")] == [
        "SCAN polls USING INDEX polls_undecided",
        "SCAN waiting",
    ]


def test_what_was_learned_is_kept_and_found_again(connection, run_id):
    record(connection, run_id, entries=20, new_links=3)
    (facts,) = polls.undecided(connection)
    decided = NextPoll(1, facts.poll_id, NOW + HOUR, "rate", 0.0, 4.0, roots_per_day=9.0, rhythm=b"learned")

    polls.decide_next(connection, [decided])
    record(connection, run_id, at=NOW + HOUR, outcome="not_modified")

    (later,) = polls.undecided(connection)
    assert (facts.entries, facts.last_new_at, facts.rhythm) == (20, NOW, None)
    assert (later.entries, later.last_new_at, later.rhythm) == (20, NOW, b"learned")


def test_a_failed_poll_is_no_previous_look(connection, run_id):
    record(connection, run_id, at=NOW - HOUR)
    record(connection, run_id, outcome="timeout", at=NOW)
    record(connection, run_id, at=NOW + HOUR)

    (facts,) = polls.undecided(connection)

    assert facts.previous_polled_at == NOW - HOUR


def test_the_pace_counts_polls_of_the_last_day_that_the_budget_pays(connection, run_id):
    for hours, rule in ((30, "rate"), (20, "rate"), (10, "window"), (5, "quiet"), (1, "failure")):
        record(connection, run_id, at=NOW - hours * HOUR)
        (facts,) = polls.undecided(connection)
        decided = NextPoll(1, facts.poll_id, NOW, rule, 0.0, 4.0, roots_per_day=9.0)
        polls.decide_next(connection, [decided])

    pace = polls.pace_facts(connection, NOW)

    assert (pace.roots, pace.spent) == ((9.0,), 2)


def test_answers_that_nothing_changed_are_counted_until_a_body_comes(connection, run_id):
    record(connection, run_id, outcome="ok", at=NOW)
    for hours in (1, 2):
        record(connection, run_id, outcome="not_modified", at=NOW + hours * HOUR)
    record(connection, run_id, outcome="timeout", at=NOW + 3 * HOUR)
    (feed, _) = sources.feeds_of(connection)

    assert (feed.read_at, feed.unmodified, feed.unmodified_at) == (NOW, 2, NOW + 2 * HOUR)

    record(connection, run_id, outcome="same_body", at=NOW + 4 * HOUR)
    (feed, _) = sources.feeds_of(connection)
    assert (feed.read_at, feed.unmodified, feed.unmodified_at) == (NOW + 4 * HOUR, 0, None)


def test_a_server_that_was_wrong_stays_so_until_its_time_is_over(connection, run_id):
    record(connection, run_id, plain_until=NOW + 9 * HOUR)
    record(connection, run_id, at=NOW + HOUR)
    (feed, _) = sources.feeds_of(connection)

    assert feed.plain_until == NOW + 9 * HOUR


def test_a_retired_feed_is_polled_only_where_all_are_asked_for(connection, run_id):
    record(connection, run_id, outcome="http_410")
    (facts,) = polls.undecided(connection)
    polls.decide_next(
        connection,
        [NextPoll(1, facts.poll_id, NOW + HOUR, "failure", 2.0, None, retired_at=NOW)],
    )
    sources.release(connection, "run")
    later = NOW + 9 * HOUR

    assert [
        feed.id for feed in sources.claim(connection, "due", DUE_RULES, now=later, until=later + HOUR)
    ] == [2]
    sources.release(connection, "due")
    everything = sources.claim(connection, "all", DUE_RULES, now=later, until=later + HOUR, only_due=False)
    assert [feed.id for feed in everything] == [1, 2]
    assert [(one.url, one.retired_at) for one in successors.dead(connection, NOW, DUE_RULES)] == [
        (everything[0].url, NOW)
    ]


def test_a_retired_feed_that_answers_again_is_no_longer_retired(connection, run_id):
    record(connection, run_id, outcome="http_410")
    (facts,) = polls.undecided(connection)
    polls.decide_next(connection, [NextPoll(1, facts.poll_id, NOW, "failure", 2.0, None, retired_at=NOW)])
    record(connection, run_id, at=NOW + HOUR)
    (facts,) = polls.undecided(connection)

    assert (facts.previous_outcome, facts.outcome) == ("http_410", "ok")
    decide(connection, facts)
    assert feed_row(connection)["retired_at"] is None
    assert successors.dead(connection, NOW, DUE_RULES) == []
