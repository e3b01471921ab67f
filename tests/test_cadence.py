"""When a feed is polled again, and by which rule."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cadence import BACK_OFF_S, LONGEST_S, SHORTEST_S, next_poll
from storage.intents import PollFacts
from tests.samples import FEED, NOW

FACTS = PollFacts(
    feed=FEED, poll_id=9, polled_at=NOW, is_ok=True, outcome="ok", failures=0.0, every_s=None, rate_per_day=24.0,
    retry_after_s=None, ttl_s=None, new_links=1, previous_polled_at=NOW - timedelta(hours=1),
)  # fmt: skip


def pause_s(decision):
    return (decision.due_at - NOW).total_seconds()


def test_a_feed_with_an_entry_an_hour_is_polled_about_hourly_under_a_budget_of_24():
    decision = next_poll(FACTS, polls_per_day=24)

    assert decision.rule == "rate"
    assert 3_600 <= pause_s(decision) <= 3_600 * 1.1


def test_a_fixed_interval_is_kept_to_the_second():
    decision = next_poll(replace(FACTS, every_s=900), polls_per_day=24)

    assert (decision.rule, pause_s(decision)) == ("fixed", 900)


def test_retry_after_is_honoured_above_all():
    decision = next_poll(replace(FACTS, every_s=900, retry_after_s=7_200), polls_per_day=24)

    assert (decision.rule, pause_s(decision)) == ("retry_after", 7_200)


def test_a_short_retry_after_does_not_hasten():
    assert next_poll(replace(FACTS, retry_after_s=5), polls_per_day=24).rule == "rate"


def test_failures_back_off_linearly_and_never_beyond_the_longest_pause():
    first = next_poll(replace(FACTS, is_ok=False, outcome="http_404"), polls_per_day=24)
    second = next_poll(
        replace(FACTS, is_ok=False, outcome="http_404", failures=first.failures), polls_per_day=24
    )
    hundredth = next_poll(replace(FACTS, is_ok=False, outcome="http_404", failures=99), polls_per_day=24)

    assert (first.rule, first.failures, second.failures) == ("failure", 1.0, 2.0)
    assert pause_s(second) - pause_s(first) == pytest.approx(BACK_OFF_S, rel=0.15)
    assert pause_s(hundredth) <= LONGEST_S * 1.1


def test_trouble_with_names_counts_a_quarter():
    assert next_poll(replace(FACTS, is_ok=False, outcome="dns"), polls_per_day=24).failures == 0.25


def test_success_forgets_the_failures():
    assert next_poll(replace(FACTS, failures=5), polls_per_day=24).failures == 0


def test_a_failed_poll_leaves_the_rate_alone():
    assert next_poll(replace(FACTS, is_ok=False, outcome="timeout"), polls_per_day=24).rate_per_day == 24.0


def test_the_first_poll_says_nothing_of_the_rate():
    first = replace(FACTS, previous_polled_at=None, rate_per_day=None, new_links=500)

    assert next_poll(first, polls_per_day=24).rate_per_day is None


def test_a_publishers_hint_delays():
    decision = next_poll(replace(FACTS, rate_per_day=600.0, new_links=25, ttl_s=7_200), polls_per_day=24)

    assert decision.rule == "ttl"
    assert pause_s(decision) >= 7_200


def test_a_silent_feed_is_polled_seldom():
    silent = replace(FACTS, rate_per_day=0.0, new_links=0)

    decision = next_poll(silent, polls_per_day=24)

    assert decision.rule == "quiet"
    assert 6 * 3_600 < pause_s(decision) <= LONGEST_S * 1.1


@given(
    rate=st.none() | st.floats(0, 1e6),
    new=st.integers(0, 2_000),
    failures=st.floats(0, 1e3),
    is_ok=st.booleans(),
    ttl=st.none() | st.integers(1, 10**9),
    budget=st.integers(1, 288),
    hours=st.none() | st.floats(0, 10_000),
)
def test_pauses_have_bounds_whatever_the_facts(rate, new, failures, is_ok, ttl, budget, hours):
    previous = None if hours is None else NOW - timedelta(hours=hours)
    facts = replace(
        FACTS, rate_per_day=rate, new_links=new, failures=failures, is_ok=is_ok, outcome="ok" if is_ok else "reset",
        ttl_s=ttl, previous_polled_at=previous,
    )  # fmt: skip

    assert SHORTEST_S <= pause_s(next_poll(facts, polls_per_day=budget)) <= LONGEST_S * 1.1 + 1
