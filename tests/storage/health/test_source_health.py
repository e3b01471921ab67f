"""How sources do: one judgement for status, its live page, and Datasette's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from storage.health.source_health import SourceState, own_outage_since, source_health
from storage.records.polls import NextPoll, PollResult
from storage.records.sources import FeedKind, Source
from storage.sources import polls, runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import NOW, TOPIC, reading

COURIER = Source("courier", title="The Courier", home="http://courier.example/", country="xa", language="en")
GAZETTE = Source("gazette", home="http://gazette.example/", timezone="Asia/Seoul")
RSS = DeclaredFeed("http://courier.example/rss", FeedKind.FEED)
MAP = DeclaredFeed("http://courier.example/news.xml", FeedKind.SITEMAP)
WIRE = DeclaredFeed("http://wire.example/rss", FeedKind.FEED)


def poll(connection, url: str, *, outcome="ok", failures=0.0, at=NOW, rule="rate") -> None:
    """One poll of the feed, decided."""
    run_id = runs.begin(
        connection, trigger="manual", token=f"{url} {outcome} {at}", now=at, host="here", pid=1
    )
    feed_id = connection.execute("SELECT id FROM feeds WHERE url = ?", [url]).fetchone()[0]
    polls.record_poll(connection, run_id, PollResult(feed_id, at, outcome), 0)
    (facts,) = polls.undecided(connection)
    polls.decide_next(
        connection, [NextPoll(feed_id, facts.poll_id, at + timedelta(hours=1), rule, failures, 5.0)]
    )


HOURS = [NOW + timedelta(hours=number) for number in range(4)]


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ([], SourceState.WAITING),
        ([(RSS, "ok", 0.0)], SourceState.OK),
        ([(RSS, "ok", 0.0), (MAP, "ok", 0.0)], SourceState.OK),
        ([(RSS, "dns", 1.0)], SourceState.UNREACHED),
        ([(RSS, "dns", 0.0)], SourceState.UNREACHED),  # our own network: not charged, and yet never read
        ([(RSS, "dns", 5.0), (MAP, "timeout", 5.0)], SourceState.UNREACHED),
        ([(RSS, "ok", 0.0), (RSS, "http_500", 1.0)], SourceState.SHAKY),
        ([(RSS, "ok", 0.0), (RSS, "dns", 0.0)], SourceState.SHAKY),
        ([(RSS, "ok", 0.0), (MAP, "http_404", 4.0)], SourceState.SHAKY),
        ([(RSS, "ok", 0.0), (RSS, "http_404", 3.0)], SourceState.FAILING),
        ([(RSS, "http_404", 3.0), (RSS, "ok", 0.0)], SourceState.OK),
    ],
)
def test_state_of_a_source(connection, looks, state):
    sources.sync(connection, [(COURIER, [RSS, MAP])])
    for at, (feed, outcome, failures) in zip(HOURS, looks, strict=False):
        poll(connection, feed.url, outcome=outcome, failures=failures, at=at)

    (line,) = source_health(connection)

    assert line.state is state
    assert line.has_problem == (state not in (SourceState.OK, SourceState.WAITING))


def test_source_without_a_feed_has_a_problem_once_its_site_was_searched(connection):
    sources.sync(connection, [(GAZETTE, [])])
    before = source_health(connection)[0].state
    connection.execute("UPDATE sources SET search_error = 'no_feed: nothing was found'")

    (line,) = source_health(connection)

    assert (before, line.state) == (SourceState.WAITING, SourceState.NO_FEED)
    assert line.last_error == "no_feed: nothing was found"


def test_own_outage_lasts_until_somebody_is_reached(connection):
    sources.sync(connection, [(COURIER, [RSS, MAP])])
    poll(connection, RSS.url, at=HOURS[0])
    poll(connection, RSS.url, outcome="dns", rule="outage", at=HOURS[1])
    poll(connection, MAP.url, outcome="dns", rule="outage", at=HOURS[2])
    during = own_outage_since(connection)
    poll(connection, MAP.url, at=HOURS[3])

    assert (during, own_outage_since(connection)) == (HOURS[1], None)


def test_a_new_database_has_no_outage(connection):
    assert own_outage_since(connection) is None
    assert source_health(connection) == []


def test_health_names_the_failing_first_and_then_goes_by_name(connection):
    wire = Source("wire")
    sources.sync(connection, [(wire, [WIRE]), (GAZETTE, []), (COURIER, [RSS, MAP])])
    poll(connection, RSS.url, outcome="http_404", failures=2.0)
    poll(connection, MAP.url, at=NOW + timedelta(minutes=5))

    courier, gazette, last = source_health(connection)

    assert (courier.source, gazette.source, last.source) == ("courier", "gazette", "wire")
    assert (courier.feeds, courier.failures, courier.last_error) == (2, 2.0, "http_404")
    assert courier.last_polled_at == NOW + timedelta(minutes=5)
    assert courier.next_due_at == NOW + timedelta(hours=1)
    assert (gazette.feeds, gazette.failures, gazette.last_error, gazette.last_polled_at) == (0, 0, None, None)


def test_health_shows_the_newest_error(connection):
    sources.sync(connection, [(COURIER, [RSS, MAP])])
    poll(connection, RSS.url, outcome="timeout", failures=0.5, at=NOW)
    poll(connection, MAP.url, outcome="dns", failures=0.25, at=NOW + timedelta(hours=1))

    (line,) = source_health(connection)

    assert line.last_error == "dns"


def test_health_counts_articles_and_knows_the_newest(connection):
    sources.sync(connection, [(COURIER, [RSS])])
    topics.sync(connection, [TOPIC])
    for number in range(3):
        store_reading(
            connection,
            reading(
                f"http://courier.example/{number}",
                text=f"{number} " * 50,
                read_at=NOW + timedelta(days=number),
            ),
        )

    (line,) = source_health(connection)

    assert (line.articles, line.newest_at) == (3, NOW + timedelta(days=2))


def test_health_shows_a_source_that_is_switched_off(connection):
    sources.sync(connection, [(replace(COURIER, enabled=False), [RSS])])

    (line,) = source_health(connection)

    assert (line.source, line.enabled, line.feeds) == ("courier", False, 1)
