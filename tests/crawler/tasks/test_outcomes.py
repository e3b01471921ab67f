"""What becomes of a link whose fetch gave no article."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin

import pytest

from crawler.cadence.next_try import RETRY_PAUSES, UNREAD_PAUSES
from crawler.tasks.outcomes import link_failure, not_article, redirect_reason, refusal, unread
from storage.records.articles import Page
from tests.support.samples import NOW, link

ASKED = "http://courier.example/news/1"


@pytest.mark.parametrize(
    ("reason", "permanent", "state"),
    [
        ("timeout", False, "failed"),
        ("http_5xx", False, "failed"),
        ("http_404", True, "gone"),
        ("http_410", True, "gone"),
        ("too_large", True, "failed"),
        ("blocked", True, "blocked"),
        ("robots", True, "blocked"),
    ],
)
def test_each_reason_has_its_state_and_only_passing_ones_a_next_try(reason, permanent, state):
    outcome = link_failure(link(), reason, "", permanent=permanent, now=NOW)

    assert (outcome.state, outcome.is_given_up) == (state, permanent)


def test_pauses_grow_and_then_the_link_is_given_up():
    outcomes = [
        link_failure(replace(link(), attempts=n), "timeout", "", permanent=False, now=NOW)
        for n in range(len(RETRY_PAUSES) + 1)
    ]

    assert [one.next_try_at for one in outcomes[:-1]] == [NOW + pause for pause in RETRY_PAUSES]
    assert [one.is_given_up for one in outcomes] == [False] * len(RETRY_PAUSES) + [True]


REASONS = sorted(
    {"http_404", "http_410", "blocked", "robots", "too_large", "timeout", "dns", "front_page", "challenge"}
)
NO_ARTICLE = sorted({"no_text", "list_page", "wall", "login", "crashed", "time_limit", "memory", "not_html"})


@pytest.mark.parametrize("reason", [*REASONS, *NO_ARTICLE])
def test_whatever_the_reason_a_listed_address_is_tried_again_three_times_over_thirty_days(reason):
    given_up, now, tries = replace(link(), attempts=len(RETRY_PAUSES)), NOW, 0
    while True:
        if reason in NO_ARTICLE:
            outcome = not_article(given_up, reason, "", now)
        else:
            outcome = link_failure(given_up, reason, "", permanent=False, now=now)
        if outcome.next_try_at is None:
            break
        assert outcome.is_given_up
        now, tries = outcome.next_try_at, tries + 1
        given_up = replace(given_up, listed_tries=tries)

    assert tries >= 3
    assert now - NOW >= timedelta(days=30)


@pytest.mark.parametrize(
    ("reason", "attempts", "listed_tries", "feed_id", "state", "pause"),
    [
        ("crashed", 0, 0, 1, "failed", RETRY_PAUSES[0]),
        ("crashed", 1, 0, 1, "failed", RETRY_PAUSES[1]),
        ("crashed", 4, 0, 1, "failed", RETRY_PAUSES[4]),
        ("crashed", 5, 0, 1, "not_article", UNREAD_PAUSES[0]),
        ("crashed", 7, 2, 1, "not_article", UNREAD_PAUSES[2]),
        ("crashed", 9, 5, 1, "not_article", None),
        ("crashed", 0, 0, None, "failed", RETRY_PAUSES[0]),
        ("crashed", 5, 0, None, "not_article", None),
        ("time_limit", 0, 0, 1, "not_article", UNREAD_PAUSES[0]),
        ("memory", 0, 0, None, "not_article", None),
    ],
)
def test_a_page_is_lost_with_its_process_before_it_is_to_blame(
    reason, attempts, listed_tries, feed_id, state, pause
):
    page = replace(link(), attempts=attempts, listed_tries=listed_tries, feed_id=feed_id)

    outcome = unread(page, reason, "", NOW)

    assert (outcome.state, outcome.reason) == (state, reason)
    assert outcome.next_try_at == (None if pause is None else NOW + pause)


def test_a_page_that_ends_its_process_each_time_is_not_tried_for_ever():
    page, now, tries = link(), NOW, 0
    while True:
        outcome = unread(page, "crashed", "", now)
        if outcome.next_try_at is None:
            break
        assert outcome.next_try_at > now
        page = replace(page, attempts=page.attempts + 1, listed_tries=page.listed_tries + outcome.is_given_up)
        now, tries = outcome.next_try_at, tries + 1

    assert tries == len(RETRY_PAUSES) + len(UNREAD_PAUSES)
    assert now - NOW < timedelta(days=40)


def test_a_page_of_the_past_that_no_feed_lists_is_given_up_for_good():
    outcome = link_failure(replace(link(), feed_id=None), "http_404", "", permanent=True, now=NOW)

    assert (outcome.next_try_at, outcome.is_given_up) == (None, False)


@pytest.mark.parametrize(
    ("came", "reason"),
    [
        (ASKED, None),
        ("http://courier.example/news/1-new-slug", None),
        ("http://courier.example/", "front_page"),
        ("http://courier.example/?story=1", None),
        ("http://courier.example/login?back=/news/1", "login"),
        ("http://sso.example/auth/start", "login"),
        ("http://courier.example/news/1?login=1", "login"),
        ("http://courier.example/news/authors-strike", None),
    ],
)
def test_a_redirect_to_a_door_is_no_article(came, reason):
    assert redirect_reason(ASKED, came) == reason


@pytest.mark.parametrize("url", ["http://courier.example/", "http://courier.example/register/1"])
def test_a_door_that_was_asked_for_is_no_surprise(url):
    assert redirect_reason(url, url) is None


@pytest.mark.parametrize(
    ("asked", "came", "is_door"),
    [
        ("/redirect/login", "/login", True),
        ("/redirect/login?to=/news/1", "/users/sign-in", True),
        ("/redirect/login", "https://login.example.org/in", True),
        ("/redirect/login", "https://sso.example/redirect/login", True),
        ("/redirect/login", "/news/1", False),
        ("/redirect/login", "/redirect/login/", False),
        ("/register/1", "/register/1-the-headline", False),
        ("/register/1", "https://www.example.org/Register/1", False),
        ("/register/1", "/registration", True),
        ("/news/1?login=1", "/news/1?login=1&x=2", False),
        ("/news/1", "/news/1?login=1", True),
        ("https://auth.example.org/1", "https://auth.example.org/2", False),
        ("https://auth.example.org/1", "https://auth.example.org/login", True),
    ],
)
def test_an_address_that_looks_like_a_door_does_not_open_all_others(asked, came, is_door):
    base = "http://example.org/"

    reason = redirect_reason(urljoin(base, asked), urljoin(base, came))

    assert (reason == "login") == is_door


def test_a_check_of_the_browser_is_named_before_the_status_that_it_came_with():
    check = b"<html><head><script>window.gokuProps={}</script></head><body></body></html>"

    assert refusal("http_403", Page("http://a.example/", check, "text/html", NOW))[0] == "challenge"
    assert refusal("http_403", Page("http://a.example/", b"<p>Forbidden</p>", "text/html", NOW)) == (
        "http_403",
        "",
    )
    assert refusal("timeout", Page("http://a.example/", check, "text/html", NOW)) == ("timeout", "")
