"""What a look at an article says of it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.articles.look_verdicts import (
    Sight,
    has_wall_signs,
    judge_absence,
    judge_nothing,
    judge_presence,
    judge_skip,
    living_neighbour,
    without_end,
    without_removal,
)
from crawler.cadence.next_look import CONFIRM_AFTER, CONFIRM_UNSAID_AFTER, WATCHED_FOR
from storage.records.looks import Absence, Answer, Neighbour, Watch
from tests.support.samples import NOW

URL = "http://courier.example/1"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BESIDE = Neighbour("http://courier.example/2", NOW)


def watch(**more):
    values: dict[str, Any] = {
        "article_id": 7, "url": URL, "url_key": "courier.example/1", "source": "courier", "source_id": 1,
        "title": "Ministers meet", "words": 300, "state": "live", "first_seen_at": NOW,
    }  # fmt: skip
    return Watch(**values | more)


def absence(at, reason="http_404", status=404):
    return Absence(at, reason, URL, status)


# Removals


def test_one_look_removes_nothing_and_the_next_one_comes_within_the_hour():
    look = judge_absence(watch(), absence(NOW), BESIDE)

    assert (look.outcome, look.state, look.events) == ("absent", None, ())
    assert look.next_due_at == NOW + HOUR


def test_two_looks_an_hour_apart_and_a_living_neighbour_make_a_deletion():
    look = judge_absence(watch(absences=(absence(NOW),)), absence(NOW + CONFIRM_AFTER), BESIDE)

    assert (look.outcome, look.state) == ("deleted", "deleted")
    (event,) = look.events
    evidence = json.loads(event.detail)
    assert [one["status"] for one in evidence["looks"]] == [404, 404]
    assert [one["at"] for one in evidence["looks"]] == [NOW.isoformat(), (NOW + HOUR).isoformat()]
    assert evidence["neighbour"]["url"] == BESIDE.url


@pytest.mark.parametrize(
    ("before", "now", "neighbour"),
    [
        (NOW - HOUR + timedelta(seconds=1), NOW, BESIDE),
        (NOW - DAY, NOW, None),
        (NOW + DAY, NOW, BESIDE),
    ],
    ids=["too soon", "the host may be down", "the clock stepped back"],
)
def test_less_than_that_makes_none(before, now, neighbour):
    look = judge_absence(watch(absences=(absence(before),)), absence(now), neighbour)

    assert (look.outcome, look.events) == ("absent", ())
    assert look.next_due_at is not None
    assert now + HOUR <= look.next_due_at <= now + DAY


@pytest.mark.parametrize("reason", ["no_text", "list_page", "other_story"])
def test_what_the_site_does_not_say_itself_takes_a_day(reason):
    old = watch(absences=(absence(NOW, reason, 200),), first_seen_at=NOW - 40 * DAY)

    early = judge_absence(old, absence(NOW + 2 * HOUR, reason, 200), BESIDE)
    late = judge_absence(old, absence(NOW + CONFIRM_UNSAID_AFTER, reason, 200), BESIDE)

    assert (early.outcome, late.outcome) == ("absent", "deleted")
    assert early.next_due_at == NOW + CONFIRM_UNSAID_AFTER


def test_an_article_is_deleted_once():
    gone = watch(state="deleted", absences=(absence(NOW - DAY),))

    look = judge_absence(gone, absence(NOW), BESIDE)

    assert (look.outcome, look.state, look.events) == ("absent", None, ())


def test_a_doubt_at_the_end_of_the_watch_is_followed_to_its_end_for_a_week():
    end = NOW + WATCHED_FOR

    first = judge_absence(watch(), absence(end), None)
    last = judge_absence(watch(absences=(absence(end),)), absence(end + 8 * DAY), None)

    assert first.next_due_at == end + HOUR
    assert (last.next_due_at, last.ended) == (None, "age")


def test_the_evidence_stays_small():
    one = watch()
    for number in range(50):
        one = replace(one, absences=judge_absence(one, absence(NOW + number * HOUR), None).absences)

    assert len(one.absences) == 10
    assert (one.absences[0].at, one.absences[-1].at) == (NOW, NOW + 49 * HOUR)


# Presence, silence


def test_an_article_that_counted_as_deleted_returns():
    gone = watch(state="deleted", absences=(absence(NOW - DAY),))

    look = judge_presence(gone, "unchanged", Sight("same_body", NOW, URL, 200))

    assert (look.state, look.absences, [event.name for event in look.events]) == ("live", (), ["returned"])


def test_an_address_that_leads_elsewhere_has_moved():
    there = ("http://courier.example/new/1", "courier.example/new/1")

    look = judge_presence(watch(), "unchanged", Sight("same_body", NOW, there[0], 200), there)

    assert [event.name for event in look.events] == ["moved"]
    assert json.loads(look.events[0].detail)["now"] == there[0]


@pytest.mark.parametrize("kind", ["wall", "unreadable", "failed"])
def test_what_says_nothing_of_the_article_neither_deletes_it_nor_ends_a_doubt(kind):
    doubtful = watch(absences=(absence(NOW - 9 * HOUR),))

    look = judge_nothing(doubtful, Sight(kind, NOW, URL, reason="http_403"))

    assert (look.outcome, look.state, look.events, look.absences) == (kind, None, (), doubtful.absences)


def test_a_look_that_failed_is_made_again_sooner_than_the_next_one_would_be():
    old = watch(first_seen_at=NOW - 40 * DAY)
    failed = Sight("failed", NOW, URL, reason="timeout")

    pauses = [
        (judge_nothing(replace(old, failures=number), failed).next_due_at - NOW) / HOUR for number in range(6)
    ]

    assert pauses == [1, 6, 24, 72, 72, 72]


def test_a_servers_wish_to_be_left_alone_is_kept():
    look = judge_nothing(watch(), Sight("failed", NOW, URL, 503, reason="http_5xx", wait_s=40_000))

    assert look.next_due_at == NOW + timedelta(seconds=40_000)


def test_a_refused_look_waits_for_the_usual_next_one():
    look = judge_nothing(watch(first_seen_at=NOW - 40 * DAY), Sight("failed", NOW, URL, reason="robots"))

    assert look.next_due_at == NOW + 10 * DAY


def test_a_skipped_look_is_decided_on_as_if_it_had_been_made():
    look = judge_skip(watch(failures=2), NOW + 8 * HOUR)

    assert (look.outcome, look.reason, look.failures) == ("skipped", "budget", 2)
    assert look.next_due_at == NOW + 10 * HOUR


def test_validators_are_those_of_an_answer_that_was_not_read_anew():
    answer = Answer(URL, URL, 304, NOW, etag='"a"')

    assert (
        judge_presence(watch(), "not_modified", Sight("not_modified", NOW, URL, 304, answer=answer)).answer
        is answer
    )


def test_a_neighbour_lives_on_the_same_host():
    elsewhere = Neighbour("http://mirror.example/2", NOW)

    assert living_neighbour(watch(), [elsewhere, BESIDE]) == BESIDE
    assert living_neighbour(watch(), [elsewhere]) is None


def test_a_pay_wall_is_known_by_what_the_page_says_of_itself():
    assert has_wall_signs('<script>{"isAccessibleForFree": "False"}</script>')
    assert has_wall_signs('<div class="c-paywall-box">')
    assert not has_wall_signs(
        '<script>{"isAccessibleForFree": true}</script><p>Subscribe to our newsletter!</p>'
    )


# Moments of which nobody knows when they were


def test_a_moment_that_is_doubted_neither_dates_a_removal_nor_confirms_one():
    first = without_removal(judge_absence(watch(), absence(NOW), BESIDE))
    confirming = judge_absence(watch(absences=(absence(NOW),)), absence(NOW + 100 * DAY), BESIDE)
    second = without_removal(confirming)

    assert (first.outcome, first.absences) == ("absent", ())
    assert (confirming.outcome, second.outcome) == ("deleted", "absent")
    assert (second.state, second.events, second.absences) == (None, (), (absence(NOW),))
    assert second.next_due_at == NOW + 101 * DAY
    assert without_removal(second) == second


def test_what_is_there_is_told_by_a_clock_that_is_doubted_too():
    back = judge_presence(
        watch(state="deleted", absences=(absence(NOW),)), "unchanged", Sight("same_body", NOW, URL)
    )

    assert without_removal(back) == back
    assert without_end(back) == back
