"""What becomes of a link whose fetch gave no article."""

from dataclasses import replace

import pytest

from crawler.cadence.next_try import RETRY_PAUSES
from crawler.tasks.outcomes import link_failure, redirect_reason
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

    assert (outcome.state, outcome.next_try_at is None) == (state, permanent)


def test_pauses_grow_and_then_the_link_is_given_up():
    tries = [
        link_failure(replace(link(), attempts=n), "timeout", "", permanent=False, now=NOW).next_try_at
        for n in range(len(RETRY_PAUSES) + 1)
    ]

    assert tries == [NOW + pause for pause in RETRY_PAUSES] + [None]


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
