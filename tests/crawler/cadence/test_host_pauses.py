"""For how long a host is left alone, and what is learned of its patience."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cadence.host_pauses import domain_of, pause_key, paused, spacing, wait_of
from storage.records.sources import HostMemory
from tests.support.samples import NOW

HOST = HostMemory("courier.example")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("reason", "wait_s", "before", "pause"),
    [
        ("http_429", None, 0, 10 * MINUTE),
        ("http_503", None, 1, 20 * MINUTE),
        ("http_429", None, 9, 6 * HOUR),
        ("http_429", None, 10**9, 6 * HOUR),
        ("http_403", None, 0, HOUR),
        ("http_429", 7_200, 3, 2 * HOUR),
        ("http_404", 60, 0, MINUTE),
        ("refused", None, 0, 10 * MINUTE),
    ],
    ids=[
        "first",
        "second",
        "longest",
        "countless",
        "forbidden",
        "as-asked",
        "missing-with-a-wait",
        "refused",
    ],
)
def test_pause_is_as_long_as_asked_or_grows(reason, wait_s, before, pause):
    known = HostMemory("courier.example", pauses=before)

    now_known = paused(known, reason, wait_s, NOW, usual_s=1.0)

    assert now_known.paused_until == NOW + pause
    assert (now_known.reason, now_known.pauses, now_known.paused_at) == (reason, before + 1, NOW)
    assert wait_of(now_known, NOW) == pause.total_seconds()


def test_shorter_wait_does_not_end_a_longer_one():
    long = paused(HOST, "http_429", 7_200, NOW, usual_s=1.0)

    assert paused(long, "http_429", 60, NOW + MINUTE, usual_s=1.0).paused_until == NOW + 2 * HOUR


@pytest.mark.parametrize(
    "memory", [HOST, paused(HOST, "http_429", 60, NOW - MINUTE, usual_s=1.0)], ids=["never", "over"]
)
def test_host_may_be_asked(memory):
    assert wait_of(memory, NOW) is None


def test_host_is_asked_half_as_often_each_time_and_as_before_after_days():
    once = paused(HOST, "http_429", None, NOW, usual_s=1.5)
    twice = paused(once, "http_503", None, NOW, usual_s=1.5)

    assert [spacing(memory, NOW) for memory in (HOST, once, twice)] == [None, 3.0, 6.0]
    assert spacing(twice, NOW + 2 * DAY) == 1.5
    assert paused(HOST, "http_404", 60, NOW, usual_s=1.5).spacing_s is None


@pytest.mark.parametrize("reason", ["http_403", "http_429", "http_503", "refused", "reset", "timeout"])
def test_host_that_has_had_enough_is_asked_half_as_often_whatever_it_says(reason):
    assert paused(HOST, reason, None, NOW, usual_s=3.0).spacing_s == 6.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["http_403", "http_404", "http_429", "http_503", "refused"]),
            st.none() | st.integers(1, 86_400),
        ),
        max_size=40,
    )
)
def test_whatever_it_answers_it_is_asked_again_within_a_day(answers):
    memory = HOST
    for reason, wait_s in answers:
        memory = paused(memory, reason, wait_s, NOW, usual_s=1.0)

    assert (wait_of(memory, NOW) or 0) <= 86_400
    assert (spacing(memory, NOW) or 0) <= 60


def test_a_host_that_never_asked_for_more_room_has_no_spacing():
    assert spacing(HostMemory("a.example"), NOW) is None
    assert spacing(HostMemory("a.example", paused_at=NOW), NOW) is None


@pytest.mark.parametrize(
    ("url", "key", "domain"),
    [
        ("https://www.example.org/1", "www.example.org.", "example.org"),
        ("http://EXAMPLE.org:8080/", "example.org.", "example.org"),
        ("https://a.blogspot.com/", "a.blogspot.com.", "a.blogspot.com"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080/", "[::1]:8080", "[::1]:8080"),
    ],
)
def test_a_host_name_is_paused_apart_from_its_domain(url, key, domain):
    assert (pause_key(url), domain_of(key)) == (key, domain)
