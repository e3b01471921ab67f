"""What hubs are answered."""

import asyncio
import hashlib
import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import clock
from crawler.tasks.subscriptions import begin_request
from scheduler.daemon.websub import BODY_BYTES, Callbacks, is_signed, lease_of
from scheduler.http_server import Request
from storage.records.subscriptions import NamedHub
from storage.sources import sources, subscriptions
from tests.support.samples import DECLARED

TOPIC = "http://courier.example/rss"
URL = "https://watch.example.org"
MOST = timedelta(days=366)


@pytest.fixture
def asked(connection):
    """A database with a subscription that was asked for now; its request."""
    sources.sync(connection, DECLARED)
    subscriptions.note_offer(connection, 1, NamedHub("https://hub.example/", TOPIC))
    return begin_request(connection, 1, public_url=URL, now=clock.now())


def answered(database, asked, method="GET", query="", body=b"", *, is_on=True, woken=None, **headers):
    path = asked.callback.removeprefix(URL)
    called = Callbacks(database, lambda: is_on, lambda: woken.append(1) if woken is not None else None)
    request = Request(
        method, path, query, {name.replace("_", "-"): value for name, value in headers.items()}, body
    )
    return asyncio.run(called.answer(request))


def signed(secret, body, method="sha256"):
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge=abc", 200),
        (f"hub.mode=subscribe&hub.topic={TOPIC}", 404),
        ("hub.mode=subscribe&hub.topic=http://other.example/&hub.challenge=abc", 404),
        (f"hub.mode=unsubscribe&hub.topic={TOPIC}&hub.challenge=abc", 404),
        (f"hub.mode=denied&hub.topic={TOPIC}&hub.reason=full", 200),
        (f"hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge={'x' * 9_000}", 404),
        (f"hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge=abc{'&a=b' * 20}", 404),
        ("", 404),
    ],
    ids=[
        "asked for",
        "no challenge",
        "another feed",
        "not asked for",
        "denied",
        "long",
        "many fields",
        "nothing",
    ],
)
def test_only_what_was_asked_for_is_confirmed(database, asked, query, status):
    reply = answered(database, asked, query=query)

    assert reply.status == status
    assert reply.body == (b"abc" if "challenge=abc" in query and status == 200 else reply.body)
    assert reply.content_type.startswith("text/plain")


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_push_is_kept_before_it_is_acknowledged_and_wakes_the_daemon(
    connection, database, asked, method
):
    body, woken = b"<rss/>", []
    reply = answered(
        database, asked, "POST", body=body, woken=woken, x_hub_signature=signed(asked.secret, body, method)
    )

    assert reply.status == 202
    assert [push.body for push in subscriptions.pushes_of(connection, 1)] == [body]
    assert woken


@pytest.mark.parametrize(
    "signature",
    [
        "", "sha256=", "sha256=00", "md5=" + hashlib.md5(b"<rss/>").hexdigest(), "sha256", "=", "sha256=кот",
        "constructor=1",
    ],
)  # fmt: skip
def test_a_signature_that_is_none_is_acknowledged_and_ignored(connection, database, asked, signature):
    reply = answered(database, asked, "POST", body=b"<rss/>", x_hub_signature=signature)

    assert reply.status == 202
    assert subscriptions.pushes_of(connection, 1) == []
    assert [one.refused for one in subscriptions.states(connection)] == [1]


def test_who_is_not_subscribed_any_more_says_so(connection, database, asked):
    sources.sync(connection, [])

    reply = answered(database, asked, "POST", body=b"", x_hub_signature=signed(asked.secret, b""))

    assert reply.status == 410


def test_with_the_setting_taken_out_pushes_are_not_taken(database, asked):
    reply = answered(
        database, asked, "POST", body=b"", is_on=False, x_hub_signature=signed(asked.secret, b"")
    )

    assert reply.status == 410


def test_other_methods_and_addresses_are_refused(database, asked):
    called = Callbacks(database, lambda: True, lambda: None)
    rooms = [
        asyncio.run(called.body_limit(Request("POST", path, "", {})))
        for path in ("/", "/nobody", "/%00", asked.callback.removeprefix(URL))
    ]

    assert answered(database, asked, "DELETE").status == 405
    assert rooms == [0, 0, 0, BODY_BYTES]


@given(st.text(max_size=40))
def test_every_lease_is_bounded(text):
    assert timedelta(minutes=10) <= lease_of(text) <= MOST


def test_leases_are_read_in_seconds():
    assert lease_of("864000") == timedelta(days=10)
    assert lease_of("0") == timedelta(minutes=10)
    assert lease_of("9" * 12) == MOST
    assert lease_of("") == lease_of("-1") == lease_of("9" * 5_000) == timedelta(days=10)


@given(st.binary(max_size=200), st.text(max_size=60))
def test_only_the_key_signs(body, guess):
    assert is_signed(body, signed("secret", body), "secret")
    assert not is_signed(body, guess, "secret")


@pytest.mark.parametrize(
    ("hub", "has_secret"),
    [("https://hub.example/", True), ("HTTPS://hub.example/", True), ("http://hub.example/", False)],
)
def test_only_what_a_hub_with_a_secret_sends_is_read(database, connection, hub, has_secret):
    sources.sync(connection, DECLARED)
    subscriptions.note_offer(connection, 1, NamedHub(hub, TOPIC))
    asked = begin_request(connection, 1, public_url=URL, now=clock.now())

    reply = answered(database, asked, "POST", body=b"<rss/>", x_hub_signature=signed(asked.secret, b"<rss/>"))

    assert bool(asked.secret) == has_secret
    assert reply.status == 202
    (push,) = subscriptions.pushes_of(connection, 1)
    assert push.body == (b"<rss/>" if has_secret else None)


def test_a_secret_that_a_hub_without_https_was_given_before_is_not_used_again(connection):
    sources.sync(connection, DECLARED)
    subscriptions.note_offer(connection, 1, NamedHub("http://hub.example/", TOPIC))
    before = begin_request(connection, 1, public_url=URL, now=clock.now())
    connection.execute("UPDATE subscriptions SET secret = 'known'")

    again = begin_request(connection, 1, public_url=URL, now=clock.now() + timedelta(days=9))

    assert (again.secret, again.callback) == ("", before.callback)
