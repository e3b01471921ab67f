"""When an article is looked at again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cadence.next_look import LONGEST_PAUSE, WATCHED_FOR, choose_looks, look_after_failure, next_look
from storage.records.looks import Absence, Watch
from tests.support.samples import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def watch(**more):
    values: dict[str, Any] = {
        "article_id": 7, "url": "http://courier.example/1", "url_key": "courier.example/1", "source": "courier",
        "source_id": 1, "title": "Ministers meet", "words": 300, "state": "live", "first_seen_at": NOW,
    }  # fmt: skip
    return Watch(**values | more)


@pytest.mark.parametrize(
    ("age", "pause"),
    [(timedelta(0), HOUR), (2 * HOUR, HOUR), (8 * HOUR, 2 * HOUR), (4 * DAY, DAY), (40 * DAY, 10 * DAY)],
    ids=["fresh", "two hours", "eight hours", "four days", "forty days"],
)
def test_the_pause_is_a_quarter_of_the_age_and_at_least_an_hour(age, pause):
    assert next_look(watch(), NOW + age) == NOW + age + pause


def test_ninety_days_take_about_34_looks_and_the_last_is_at_the_end():
    one, now, looks = watch(), NOW, []
    while (due := next_look(one, now)) is not None:
        looks.append(due)
        now = due

    assert 30 <= len(looks) <= 38
    assert looks[-1] == NOW + WATCHED_FOR


def test_an_outlet_may_be_watched_for_longer_at_least_once_a_month():
    one = watch(keep_watching_days=400)

    assert next_look(one, NOW + 200 * DAY) == NOW + 200 * DAY + LONGEST_PAUSE
    assert next_look(one, NOW + 400 * DAY) is None


def test_an_article_that_was_published_long_before_it_was_seen_is_looked_at_as_an_old_one():
    assert next_look(watch(published_at=NOW - 8 * DAY), NOW) == NOW + 2 * DAY


@pytest.mark.parametrize("ahead", [3 * DAY, 100 * DAY, 4_000 * DAY])
def test_an_article_without_a_date_seen_by_a_clock_that_was_ahead_is_not_looked_at_each_hour(ahead):
    one, now, looks = watch(first_seen_at=NOW + ahead), NOW, 0
    while now < NOW + ahead:
        now, looks = next_look(replace(one, looks=looks), now), looks + 1

    assert looks <= 34 + ahead / LONGEST_PAUSE


days = st.integers(-20_000, 60_000).map(lambda number: NOW + number * DAY)


@given(days, days)
def test_whatever_the_dates_the_next_look_is_later_and_within_bounds(published, now):
    due = next_look(watch(published_at=published), now)

    if due is not None:
        assert now < due <= now + LONGEST_PAUSE


@pytest.mark.parametrize(
    ("failures", "pause"), [(0, 10 * DAY), (1, HOUR), (2, 6 * HOUR), (3, DAY), (4, 3 * DAY), (9, 3 * DAY)]
)
def test_a_look_without_an_answer_is_made_again_after_the_pauses_of_a_link_and_an_hour_at_least(
    failures, pause
):
    now = NOW + 40 * DAY

    assert look_after_failure(watch(), failures, now) == now + pause
    assert look_after_failure(watch(), failures, now, is_permanent=True) == now + 10 * DAY
    assert look_after_failure(watch(), failures, now, wait_s=11 * 86_400) == now + (
        11 * DAY if failures else pause
    )


def due(article_id, hours=0, **more):
    return watch(article_id=article_id, due_at=NOW - timedelta(hours=hours), **more)


def chosen(*watches, looked=None, per_day=100, each=20):
    choice = choose_looks(watches, looked or {}, per_day=per_day, each=each)
    return tuple(
        [watch.article_id for watch in part] for part in (choice.chosen, choice.skipped, choice.unmatched)
    )


def test_what_is_in_doubt_is_looked_at_first_and_what_was_old_last():
    gone = (Absence(NOW, "http_404", "http://a.example/3", 404),)
    old = due(1, 9, published_at=NOW - timedelta(days=31))

    assert chosen(old, due(2, 1), due(3, absences=gone), due(4, 2))[0] == [3, 4, 2, 1]


@pytest.mark.parametrize(
    ("more", "parts"),
    [
        ({}, ([1, 2, 3], [], [])),
        ({"each": 2}, ([1, 2], [], [])),
        ({"per_day": 2}, ([1, 2], [3], [])),
        ({"per_day": 4, "looked": {7: 3}}, ([1], [2, 3], [])),
        ({"per_day": 4, "looked": {7: 9}}, ([], [1, 2, 3], [])),
        ({"per_day": 0}, ([], [], [])),
    ],
    ids=["all", "each", "budget", "spent in part", "overspent", "no budget"],
)
def test_a_source_has_what_its_budget_leaves(more, parts):
    watches = [due(number, 9 - number, source_id=7) for number in (1, 2, 3)]

    assert chosen(*watches, **more) == parts


def test_what_is_in_doubt_is_never_skipped_and_each_source_has_its_own_budget():
    gone = (Absence(NOW, "http_404", "http://a.example/3", 404),)
    watches = [
        due(1, 2, source_id=7, absences=gone),
        due(2, 1, source_id=7, absences=gone),
        due(3, source_id=8),
    ]

    assert chosen(*watches, per_day=1) == ([1, 3], [], [])


def test_what_matches_no_topic_any_more_is_let_go():
    assert chosen(due(1), due(2, has_match=False)) == ([1], [], [2])
