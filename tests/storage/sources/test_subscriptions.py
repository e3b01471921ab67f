"""Subscriptions to hubs in the database: asking, verification, leases, and the pushes that wait."""

from datetime import timedelta

import pytest

from crawler.cadence.due_rules import DUE_RULES
from crawler.cadence.next_hub_request import DENIED_PAUSE, RENEWAL_SHARE, VERIFIED_WITHIN
from crawler.tasks.subscriptions import begin_request
from storage.db import to_iso
from storage.health import workload
from storage.records.subscriptions import NamedHub
from storage.sources import sources, subscriptions
from tests.support.samples import DECLARED, NOW

URL = "https://watch.example.org/websub"
OFFER = NamedHub("https://hub.example/", "http://courier.example/rss")
DAY = timedelta(days=1)


@pytest.fixture
def offered(connection):
    """A database with one feed that names a hub."""
    sources.sync(connection, DECLARED)
    subscriptions.note_offer(connection, 1, OFFER)
    return connection


def ask(connection, *, at=NOW, url=URL):
    return begin_request(connection, 1, public_url=url, now=at)


def token(request):
    return request.callback.rpartition("/")[2]


def verify(connection, token, *, topic=OFFER.topic, lease=DAY, at=NOW):
    since = at - VERIFIED_WITHIN
    return subscriptions.verify(connection, token, topic=topic, lease=lease, asked_since=since, now=at)


def verified(connection, *, lease=10 * DAY, at=NOW):
    request = ask(connection, at=at)
    assert subscriptions.verify(
        connection, token(request), topic=OFFER.topic, lease=lease, asked_since=at - VERIFIED_WITHIN, now=at
    )
    return request


def test_each_subscription_has_an_address_and_a_secret_that_nobody_can_guess(offered):
    request = ask(offered)

    assert (request.hub, request.topic) == (OFFER.hub, OFFER.topic)
    assert request.callback.startswith(f"{URL}/")
    assert min(len(token(request)), len(request.secret)) >= 32
    assert token(request) != request.secret


def test_without_an_address_of_our_own_nothing_is_asked(offered):
    assert ask(offered, url="") is None


def test_a_hub_that_does_not_verify_is_asked_again_after_growing_pauses(offered):
    pauses = []
    at = NOW
    assert ask(offered, at=at)
    for _ in range(30):
        begun = at
        while ask(offered, at=at) is None:
            at += timedelta(minutes=30)
        pauses.append(at - begun)

    assert pauses[0] == timedelta(hours=1)
    assert pauses == sorted(pauses)
    assert pauses[-1] == DAY


def test_a_lease_is_renewed_at_its_half_under_the_same_address(offered):
    request = verified(offered)

    assert ask(offered, at=NOW + 4.9 * DAY) is None
    renewal = ask(offered, at=NOW + 5.1 * DAY)
    assert (renewal.callback, renewal.secret, renewal.holds) == (request.callback, request.secret, True)
    assert [one.state for one in subscriptions.states(offered)] == ["active"]


def test_a_new_address_of_ours_has_it_asked_for_anew(offered):
    request = verified(offered)

    other = ask(offered, url="https://other.example.org")

    assert other.callback.startswith("https://other.example.org/")
    assert subscriptions.by_token(offered, token(request)) is None


@pytest.mark.parametrize(
    ("change", "at"),
    [({"topic": "http://courier.example/other"}, NOW), ({"token": "nobody"}, NOW), ({}, NOW + 2 * DAY)],
    ids=["another feed", "unknown", "long after"],
)
def test_what_was_not_asked_for_is_not_verified(offered, change, at):
    request = ask(offered)
    values = {"token": token(request), "topic": OFFER.topic} | change

    assert not subscriptions.verify(
        offered, values["token"], topic=values["topic"], lease=DAY, asked_since=at - VERIFIED_WITHIN, now=at
    )
    assert [one.state for one in subscriptions.states(offered)] == ["asked"]


def test_a_hub_that_denies_is_left_alone_for_a_week(offered):
    request = verified(offered)

    assert subscriptions.deny(
        offered, token(request), topic=OFFER.topic, reason="too many", next_ask_at=NOW + DENIED_PAUSE
    )

    (state,) = subscriptions.states(offered)
    assert (state.state, state.error) == ("denied", "too many")
    assert ask(offered, at=NOW + 6 * DAY) is None
    assert ask(offered, at=NOW + 8 * DAY) is not None


def test_a_feed_that_names_no_hub_any_more_ends_it_and_another_hub_begins_anew(offered):
    request = verified(offered)

    subscriptions.note_offer(offered, 1, None)
    gone = subscriptions.by_token(offered, token(request))
    subscriptions.note_offer(offered, 1, NamedHub("https://second.example/", OFFER.topic))

    assert gone is not None
    assert not gone.is_wanted
    assert ask(offered).hub == "https://second.example/"


def test_a_feed_that_was_taken_out_of_the_settings_wants_no_pushes(offered):
    request = verified(offered)

    sources.sync(offered, [])

    assert not subscriptions.by_token(offered, token(request)).is_wanted
    assert subscriptions.states(offered) == []


def test_a_feed_with_a_push_is_due_whatever_its_time(offered):
    offered.execute("UPDATE feeds SET next_due_at = ?", [to_iso(NOW + DAY)])
    assert workload.due_feeds(offered, NOW, DUE_RULES) == 0

    subscriptions.add_push(offered, 1, body=b"<rss/>", content_type="", now=NOW)
    subscriptions.add_push(offered, 1, body=b"<rss/>", content_type="", now=NOW)

    assert workload.due_feeds(offered, NOW, DUE_RULES) == 1
    assert [feed.id for feed in sources.claim(offered, "one", DUE_RULES, now=NOW, until=NOW + DAY)] == [1]


def test_of_a_flood_one_row_is_left_that_has_the_feed_asked(offered):
    for number in range(20):
        subscriptions.add_push(offered, 1, body=b"<rss>%d</rss>" % number, content_type="", now=NOW)

    waiting = subscriptions.pushes_of(offered, 1)

    assert [push.body for push in waiting] == [None]


# What of all feeds is due


@pytest.mark.parametrize(
    ("done", "after", "url"),
    [
        (None, timedelta(0), URL),
        (ask, timedelta(minutes=59), URL),
        (ask, timedelta(minutes=61), URL),
        (ask, timedelta(0), f"{URL}/moved"),
        (verified, 4 * DAY, URL),
        (verified, 6 * DAY, URL),
        (verified, 4 * DAY, f"{URL}/moved"),
    ],
    ids=["new", "waits", "silent", "moved", "granted", "half over", "granted elsewhere"],
)
def test_due_are_those_that_would_be_asked_for(offered, done, after, url):
    """What is looked up for all feeds, and what is decided of each, are one rule."""
    offered.execute("UPDATE feeds SET last_ok_at = ?", [to_iso(NOW)])
    if done is not None:
        done(offered)

    due = due_offers(offered, at=NOW + after, url=url)

    assert [(offer.feed_id, offer.hub) for offer in due] == ([(1, OFFER.hub)] if due else [])
    assert bool(due) == (ask(offered, at=NOW + after, url=url) is not None)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE feeds SET enabled = 0",
        "UPDATE feeds SET failures = 1",
        "UPDATE feeds SET last_ok_at = NULL",
        "UPDATE feeds SET retired_at = '2026-09-01'",
        "UPDATE sources SET enabled = 0",
        "UPDATE subscriptions SET state = 'ended'",
    ],
)
def test_a_feed_that_is_not_polled_or_fails_is_not_due(offered, change):
    offered.execute("UPDATE feeds SET last_ok_at = ?", [to_iso(NOW)])
    assert len(due_offers(offered)) == 1

    offered.execute(change)

    assert due_offers(offered) == []


def due_offers(connection, *, at=NOW, url=URL):
    return subscriptions.due_offers(connection, at, public_url=url, renewal_share=RENEWAL_SHARE)
