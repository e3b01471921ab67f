"""Spellings of a link: each has its turn in a round, the outlet's own first, and only then the link has failed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from crawler.documents.entries import is_updated
from crawler.downloader.failures import is_of_address
from crawler.tasks.outcomes import link_failure
from crawler.urls import is_of_outlet, url_key
from storage.db import transaction
from storage.records.sources import Feed, FeedKind
from storage.sources import links, runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, SOURCE, TOPIC, entry, reading

PLAIN = "http://courier.example/news/1"
WIRES = [
    Feed(id=number + 2, source=f"wire{number}", url=f"http://wire{number}.example/rss", kind=FeedKind.FEED)
    for number in range(6)
]


@pytest.fixture
def run_id(connection):
    wires = [
        (replace(SOURCE, name=wire.source, home=None), [DeclaredFeed(wire.url, wire.kind)]) for wire in WIRES
    ]
    sources.sync(connection, [*DECLARED, *wires])
    topics.sync(connection, [TOPIC])
    return runs.begin(connection, trigger="manual", token="run", now=NOW, host="here", pid=1)


def listed(connection, run_id, feed, url, now=NOW):
    found, _ = links.discover(
        connection, feed, {url_key(url): entry(url)}, run_id=run_id, now=now, is_updated=is_updated,
        is_own=is_of_outlet, is_of_address=is_of_address,
    )  # fmt: skip
    return found


def row(connection):
    return connection.execute(
        "SELECT links.*, sources.name AS source FROM links JOIN sources ON sources.id = source_id"
    ).fetchone()


def fail(connection, run_id, reason="http_404", now=NOW):
    """The link is asked for in vain; the address that was asked for."""
    (link,) = links.by_ids(connection, [row(connection)["id"]])
    links.record(
        connection, link_failure(link, reason, "", permanent=reason == "http_404", now=now), run_id=run_id
    )
    return link.url


def test_a_spelling_that_waits_gives_way_to_the_next_when_it_fails(connection, run_id):
    listed(connection, run_id, WIRES[0], f"{PLAIN}/amp")
    assert listed(connection, run_id, FEED, PLAIN) == []

    fail(connection, run_id)

    link = row(connection)
    assert (link["url"], link["source"], link["feed_id"], link["state"]) == (
        PLAIN,
        "courier",
        FEED.id,
        "queued",
    )


def test_the_outlets_own_goes_before_those_that_were_found_earlier(connection, run_id):
    listed(connection, run_id, WIRES[0], f"{PLAIN}/amp")
    listed(connection, run_id, WIRES[1], f"{PLAIN}?print=1")
    listed(connection, run_id, FEED, PLAIN)

    asked = [fail(connection, run_id) for _ in range(3)]

    assert asked == [f"{PLAIN}/amp", PLAIN, f"{PLAIN}?print=1"]
    assert row(connection)["url"] == PLAIN, "the next round begins with the outlet's own"


def test_a_link_that_was_given_up_is_read_at_once_when_it_is_spelt_anew(connection, run_id):
    listed(connection, run_id, WIRES[0], f"{PLAIN}/amp")
    fail(connection, run_id)

    assert [link.url for link in listed(connection, run_id, FEED, PLAIN)] == [PLAIN]
    fail(connection, run_id)
    assert listed(connection, run_id, FEED, PLAIN) == []
    assert listed(connection, run_id, WIRES[0], f"{PLAIN}/amp") == []
    assert row(connection)["listed_tries"] == 2


def test_a_fault_of_the_host_is_waited_for_at_the_same_spelling(connection, run_id):
    listed(connection, run_id, WIRES[0], f"{PLAIN}/amp")
    listed(connection, run_id, FEED, PLAIN)

    fail(connection, run_id, "timeout")

    assert (row(connection)["url"], row(connection)["state"]) == (f"{PLAIN}/amp", "failed")
    assert listed(connection, run_id, FEED, PLAIN) == []


def test_what_gave_an_article_needs_no_spellings(connection, run_id):
    (link,) = listed(connection, run_id, WIRES[0], f"{PLAIN}/amp")
    listed(connection, run_id, FEED, PLAIN)

    store_reading(connection, reading(PLAIN, link=link))

    assert connection.execute("SELECT count(*) FROM link_spellings").fetchone()[0] == 0
    assert listed(connection, run_id, FEED, PLAIN) == []


def test_a_page_that_was_kept_goes_on_at_its_address(connection, run_id):
    (link,) = listed(connection, run_id, FEED, PLAIN)
    store_reading(connection, reading(PLAIN, link=link))

    listed(connection, run_id, WIRES[0], f"{PLAIN}/amp")
    fail(connection, run_id)

    assert (row(connection)["url"], row(connection)["state"]) == (PLAIN, "fetched")


TAILS = ["", "/amp", "?print=1", "?utm_source=a", "?utm_source=b"]
STEPS = st.lists(
    st.tuples(st.integers(0, len(WIRES)), st.sampled_from(TAILS)) | st.just("fail"), min_size=1, max_size=20
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_spelling_is_asked_again_before_each_other_had_its_turn(connection, run_id, steps):
    connection.execute("SAVEPOINT before")
    asked, known, now = [], set(), NOW
    for step in steps:
        now += timedelta(minutes=1)
        if step == "fail":
            if row(connection) is not None and row(connection)["state"] == "queued":
                asked.append(fail(connection, run_id, now=now))
                if row(connection)["state"] != "queued":
                    assert known <= set(asked), "the link has failed when all were in vain"
            continue
        number, tail = step
        listed(connection, run_id, [FEED, *WIRES][number], PLAIN + tail, now)
        known.add(PLAIN + tail)
    assert len(asked) == len(set(asked)), "without its pause nothing is asked twice"
    connection.execute("ROLLBACK TO before")
    connection.execute("RELEASE before")


def test_a_feed_that_makes_up_spellings_is_not_followed_without_end(connection, run_id):
    for number in range(50):
        listed(connection, run_id, WIRES[0], f"{PLAIN}?utm_source=n{number}")
        with transaction(connection):
            if row(connection)["state"] == "queued":
                fail(connection, run_id)

    assert connection.execute("SELECT count(*) FROM link_spellings").fetchone()[0] <= 4
    assert [link.url for link in listed(connection, run_id, FEED, PLAIN)] == [PLAIN]
