"""Searches of sites for feeds: who is searched when, and what a search in vain leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.tasks.outcomes import failed_search
from storage.health.source_health import source_health
from storage.records.sources import FailedSearch, FeedKind, Source
from storage.sources import runs, site_searches, sources
from storage.sources.sources import DeclaredFeed
from tests.support.samples import NOW
from tests.support.work import count_due

HOUR = timedelta(hours=1)
COURIER = Source("courier", home="http://courier.example/")
GAZETTE = Source("gazette", home="http://gazette.example/")
RSS = DeclaredFeed("http://courier.example/rss", FeedKind.FEED)


@pytest.fixture
def run_id(connection) -> int:
    sources.sync(connection, [(COURIER, []), (GAZETTE, []), (Source("homeless"), [])])
    return runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)


def fail(connection, run_id: int, reason="refused", *, was_answered=False) -> None:
    failed = FailedSearch("courier", NOW, reason, "no luck", NOW + HOUR, was_answered)
    site_searches.record_failure(connection, failed, run_id=run_id)


def row(connection):
    return connection.execute("SELECT * FROM sources WHERE name = 'courier'").fetchone()


@pytest.mark.usefixtures("run_id")
def test_each_source_with_a_home_and_no_feed_is_due(connection):
    assert site_searches.due(connection, NOW) == [COURIER, GAZETTE]


def test_a_search_in_vain_is_repeated_when_its_time_has_come(connection, run_id):
    fail(connection, run_id)

    assert site_searches.due(connection, NOW + HOUR - timedelta(seconds=1)) == [GAZETTE]
    assert site_searches.due(connection, NOW + HOUR) == [COURIER, GAZETTE]


def test_a_search_by_name_waits_for_nothing(connection, run_id):
    fail(connection, run_id)

    assert site_searches.due(connection, NOW, ["courier"]) == [COURIER]


@pytest.mark.parametrize(("trigger", "is_due"), [("manual", True), ("scrapy", True), ("schedule", False)])
def test_a_search_that_crashed_is_repeated_at_once_when_a_person_crawls(connection, run_id, trigger, is_due):
    fail(connection, run_id, "crashed")

    again = runs.begin(connection, trigger=trigger, token="two", now=NOW, host="here", pid=2)

    assert (COURIER in site_searches.due(connection, NOW, run_id=again)) == is_due
    assert site_searches.due(connection, NOW) == [GAZETTE]


@pytest.mark.parametrize("was_answered", [True, False])
def test_a_site_counts_as_searched_only_after_an_answer(connection, run_id, was_answered):
    fail(connection, run_id, was_answered=was_answered)

    assert (row(connection)["searched_at"] is not None) == was_answered


def test_the_reason_is_kept_until_feeds_are_found(connection, run_id):
    fail(connection, run_id)
    fail(connection, run_id, "robots")

    assert (row(connection)["search_error"], row(connection)["search_failures"]) == ("robots: no luck", 2)
    assert site_searches.failures(connection, "courier") == 2

    site_searches.add_found(connection, "courier", [RSS], NOW, run_id=run_id)

    assert (row(connection)["search_error"], row(connection)["search_failures"]) == (None, 0)
    assert site_searches.due(connection, NOW + 99 * HOUR) == [GAZETTE]


@pytest.mark.parametrize(
    "changed",
    [(replace(COURIER, home="http://www.courier.example/"), []), (COURIER, [RSS])],
    ids=["another home", "a feed"],
)
def test_changed_settings_forget_what_stood_in_the_way(connection, run_id, changed):
    fail(connection, run_id)

    sources.sync(connection, [changed])

    assert (row(connection)["search_error"], row(connection)["search_failures"]) == (None, 0)
    assert row(connection)["next_search_at"] is None


def test_the_same_settings_forget_nothing(connection, run_id):
    fail(connection, run_id)

    sources.sync(connection, [(replace(COURIER, title="The Courier"), [])])

    assert row(connection)["search_error"] == "refused: no luck"


def test_a_failed_search_is_shown_and_counts_as_a_failure_of_its_run(connection, run_id):
    fail(connection, run_id)
    runs.end(connection, run_id, state="finished", now=NOW)

    (line,) = runs.summary(connection, run_id)
    (health, *_) = source_health(connection)
    (run,) = runs.latest(connection)

    assert (line.source, line.polled, line.poll_failures, line.why) == ("courier", 1, 1, ("refused 1",))
    assert (health.source, health.last_error) == ("courier", "refused: no luck")
    assert health.next_due_at == NOW + HOUR
    assert (run["feeds_polled"], run["feeds_failed"]) == (1, 1)


def test_what_a_run_did_not_search_is_known(connection, run_id):
    fail(connection, run_id)

    assert site_searches.unsearched(connection, run_id, ["gazette", "courier"]) == ["gazette"]
    assert site_searches.unsearched(connection, run_id, ["courier"]) == []


@pytest.mark.usefixtures("run_id")
def test_sites_to_search_are_work(connection):
    assert count_due(connection, NOW) == 2


@pytest.mark.parametrize(
    ("reason", "failures", "hours"),
    [
        ("refused", 0, 1),
        ("timeout", 1, 6),
        ("dns", 2, 24),
        ("dns", 99, 24),
        ("robots", 0, 24),
        ("no_feed", 0, 24),
    ],
)
def test_the_pause_grows_up_to_a_day(reason, failures, hours):
    failed = failed_search("courier", reason, "", failures=failures, now=NOW)

    assert failed.next_search_at == NOW + hours * HOUR


@given(st.integers(0, 50), st.integers(0, 86_400))
def test_the_servers_wish_is_kept(failures, wait_s):
    failed = failed_search("courier", "http_429", "", failures=failures, now=NOW, wait_s=wait_s)

    assert failed.next_search_at >= NOW + timedelta(seconds=max(wait_s, 3_600))
