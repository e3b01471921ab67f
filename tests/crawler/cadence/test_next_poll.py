"""When a feed is polled again, and by which rule."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cadence.next_poll import (
    BACK_OFF_S,
    ERROR_RULE,
    LONGEST_S,
    SHORTEST_S,
    SILENT_S,
    is_own_outage,
    next_poll,
    pace_of_day,
    poll_after_error,
)
from crawler.cadence.rhythm import Rhythm, observe, rhythm_to_bytes
from storage.records.polls import Pace, PollFacts
from tests.support.samples import FEED, NOW

HOUR = timedelta(hours=1)
FACTS = PollFacts(
    feed=FEED, poll_id=9, polled_at=NOW, is_ok=True, outcome="ok", failures=0.0, every_s=None, rate_per_day=24.0,
    retry_after_s=None, ttl_s=None, new_links=1, previous_polled_at=NOW - HOUR, entries=50, last_new_at=NOW,
)  # fmt: skip


def rhythm(per_hour: int, hours: int = 24 * 28) -> bytes:
    """What is learned of a feed that brings as many entries an hour, all day long."""
    learned = Rhythm()
    for number in range(hours, 1, -1):
        learned = observe(learned, NOW - number * HOUR, NOW - (number - 1) * HOUR, per_hour)
    return rhythm_to_bytes(learned)


def decide(*, roots=1.0, **facts):
    return next_poll(replace(FACTS, **facts), roots=roots)


def pause_s(decision):
    return (decision.due_at - NOW).total_seconds()


def test_pauses_go_with_the_inverse_of_the_rates_root():
    one, four = (pause_s(decide(rhythm=rhythm(rate), new_links=rate)) for rate in (1, 4))

    assert one == pytest.approx(3_600, rel=0.15)
    assert four == pytest.approx(1_800, rel=0.15)


def test_cron_decides_by_the_clock_of_the_feeds_zone():
    feed = replace(FEED, timezone="Asia/Seoul")

    decision = decide(feed=feed, cron="0 6 * * *", polled_at=NOW.replace(hour=12, minute=5))

    assert decision.rule == "cron"
    assert decision.due_at == NOW.replace(hour=21, minute=0, second=0, microsecond=0)


@pytest.mark.parametrize(("wait_s", "hour", "rule"), [(3_000, 13, "cron"), (4_000, 14, "retry_after")])
def test_cron_time_in_a_pause_that_the_server_asked_for_is_left_out(wait_s, hour, rule):
    decision = decide(
        feed=replace(FEED, timezone=None), cron="0 * * * *", retry_after_s=wait_s,
        polled_at=NOW.replace(hour=12, minute=0, second=0, microsecond=0),
    )  # fmt: skip

    assert (decision.due_at.hour, decision.due_at.minute, decision.rule) == (hour, 0, rule)


def test_feed_with_cron_is_not_put_off_by_failures():
    polled_at = NOW.replace(hour=12, minute=5)

    decision = decide(
        feed=replace(FEED, timezone=None), cron="30 * * * *", is_ok=False, outcome="http_404", failures=9.0,
        polled_at=polled_at,
    )  # fmt: skip

    assert decision.due_at == NOW.replace(hour=12, minute=30, second=0, microsecond=0)


def test_a_feed_under_budget_gets_its_polls():
    pace = pace_of_day([next_poll(replace(FACTS, rhythm=rhythm(1)), roots=1).roots_per_day], polls_per_day=24,
                       spent=None, before=None)  # fmt: skip

    decision = decide(rhythm=rhythm(1), roots=pace.roots)

    assert decision.rule == "rate"
    assert pause_s(decision) == pytest.approx(3_600, rel=0.15)


def test_feeds_share_the_budget_by_the_roots_of_their_rates():
    pace = pace_of_day([24.0, 48.0], polls_per_day=24, spent=None, before=None)

    assert 24 / pace.roots + 48 / pace.roots == pytest.approx(48, rel=0.01)


def test_what_was_spent_too_much_is_saved_the_next_day():
    plain = pace_of_day([24.0], polls_per_day=24, spent=24, before=Pace(1, 1))
    over = pace_of_day([24.0], polls_per_day=24, spent=48, before=Pace(1, 1))
    wild = pace_of_day([24.0], polls_per_day=24, spent=10**9, before=Pace(1, 1))

    assert plain.correction == 1
    assert (over.correction, over.roots) == pytest.approx((2**0.5, plain.roots * 2**0.5))
    assert wild.correction == 2


def test_a_pace_is_found_before_anything_is_learned():
    pace = pace_of_day([], polls_per_day=24, spent=None, before=None)

    decision = decide(previous_polled_at=None, roots=pace.roots)

    assert decision.rule == "first"
    assert pause_s(decision) == pytest.approx(3_600, rel=0.15)


def test_a_window_that_would_run_over_breaks_the_budget():
    decision = decide(rhythm=rhythm(8), new_links=8, entries=10, roots=1_000)

    assert decision.rule == "window"
    assert pause_s(decision) < 3_600


def test_a_burst_hastens_the_next_poll():
    usual, burst = (pause_s(decide(rhythm=rhythm(2), new_links=new)) for new in (2, 30))

    assert burst < usual * 0.7


def test_a_poll_at_night_waits_for_the_morning():
    learned = Rhythm()
    for number in range(24 * 28, 1, -1):
        until = NOW - (number - 1) * HOUR
        learned = observe(learned, until - HOUR, until, 4 if 8 <= (until - HOUR).hour < 20 else 0)
    day, night = (NOW.replace(hour=hour, minute=0) for hour in (12, 22))

    def pause(at):
        facts = replace(FACTS, polled_at=at, previous_polled_at=None, rhythm=rhythm_to_bytes(learned))
        return (next_poll(facts, roots=1).due_at - at).total_seconds()

    assert pause(night) > 3 * pause(day)


def test_a_fixed_interval_is_kept_to_the_second():
    decision = decide(every_s=900)

    assert (decision.rule, pause_s(decision)) == ("fixed", 900)


def test_retry_after_is_honoured_above_all():
    decision = decide(every_s=900, retry_after_s=7_200)

    assert (decision.rule, pause_s(decision)) == ("retry_after", 7_200)


def test_a_short_retry_after_does_not_hasten():
    assert decide(retry_after_s=5).rule == "rate"


def test_failures_back_off_linearly_and_never_for_good():
    first = decide(is_ok=False, outcome="http_404")
    second = decide(is_ok=False, outcome="http_404", failures=first.failures)
    hundredth = decide(is_ok=False, outcome="http_404", failures=99)

    assert (first.rule, first.failures, second.failures) == ("failure", 1.0, 2.0)
    assert pause_s(second) - pause_s(first) == pytest.approx(BACK_OFF_S, rel=0.2)
    assert pause_s(hundredth) <= SILENT_S * 1.1


def test_trouble_with_names_counts_a_quarter():
    assert decide(is_ok=False, outcome="dns").failures == 0.25


def test_success_forgets_the_failures():
    assert decide(failures=5).failures == 0


def test_a_failed_poll_teaches_nothing():
    learned = rhythm(1)

    assert decide(is_ok=False, outcome="timeout", rhythm=learned, new_links=0).rhythm == learned


def test_the_first_poll_says_nothing_of_the_rate():
    first = decide(previous_polled_at=None, rate_per_day=None, new_links=500)

    assert (first.rule, first.rate_per_day) == ("first", None)
    assert first.rhythm == rhythm_to_bytes(Rhythm())


def test_a_publishers_hint_delays_up_to_its_cap():
    decision = decide(rhythm=rhythm(25), new_links=25, entries=1_000, ttl_s=7_200)
    capped = decide(rhythm=rhythm(25), new_links=25, entries=1_000, ttl_s=10**9)

    assert (decision.rule, capped.rule) == ("hint", "hint")
    assert 7_200 <= pause_s(decision) <= 7_200 * 1.1
    assert pause_s(capped) <= 6 * 3_600 * 1.1


def test_a_feed_that_has_fallen_silent_may_wait_a_day():
    silent = decide(
        rhythm=rhythm(0), new_links=0, last_new_at=NOW - timedelta(days=30), roots=100, entries=None
    )
    quiet = decide(
        rhythm=rhythm(0), new_links=0, last_new_at=NOW - timedelta(days=3), roots=100, entries=None
    )

    assert (silent.rule, quiet.rule) == ("quiet", "rate")
    assert SILENT_S <= pause_s(silent) <= SILENT_S * 1.1
    assert LONGEST_S <= pause_s(quiet) <= LONGEST_S * 1.1


def test_a_clock_that_was_set_back_teaches_nothing():
    assert decide(previous_polled_at=NOW + HOUR, rhythm=None).rhythm == rhythm_to_bytes(Rhythm())


@given(
    rate=st.integers(0, 50),
    new=st.integers(0, 2_000),
    entries=st.none() | st.integers(0, 50_000),
    failures=st.floats(0, 1e3),
    is_ok=st.booleans(),
    ttl=st.none() | st.integers(1, 10**9),
    roots=st.floats(1e-6, 1e3),
    hours=st.none() | st.floats(-10_000, 10_000),
)
def test_pauses_have_bounds_whatever_the_facts(rate, new, entries, failures, is_ok, ttl, roots, hours):
    previous = None if hours is None else NOW - timedelta(hours=hours)
    decision = decide(
        rhythm=rhythm(rate, 30), new_links=new, failures=failures, is_ok=is_ok, outcome="ok" if is_ok else "reset",
        ttl_s=ttl, previous_polled_at=previous, entries=entries, roots=roots,
    )  # fmt: skip

    assert SHORTEST_S <= pause_s(decision) <= SILENT_S * 1.1 + 1


def polls_of(outcomes):
    """A poll of each of as many hosts."""
    return [
        replace(FACTS, feed=replace(FEED, id=number, url=f"http://h{number}.example/feed"), outcome=outcome)
        for number, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("outcomes", "is_ours"),
    [
        (["dns"] * 4, True),
        (["timeout", "dns", "refused", "ok"], True),
        (["timeout", "timeout", "ok", "not_modified"], False),
        (["http_404"] * 8, False),
        (["dns"] * 3, False),
        ([], False),
    ],
    ids=["all", "most", "half", "answers", "too few to tell", "none"],
)
def test_an_outage_is_our_own_if_most_hosts_cannot_be_reached(outcomes, is_ours):
    assert is_own_outage(polls_of(outcomes)) is is_ours


def test_several_feeds_of_a_host_are_one_host():
    assert not is_own_outage([replace(FACTS, outcome="dns")] * 9)


def test_hosts_that_were_reached_before_count():
    failed = polls_of(["dns"] * 5)

    assert is_own_outage(failed, frozenset({"a.example", "b.example"}))
    assert not is_own_outage(failed, frozenset(f"r{number}.example" for number in range(5)))


def test_our_own_outage_charges_nobody():
    facts = replace(FACTS, is_ok=False, outcome="dns", failures=2.0)

    decision = next_poll(facts, roots=1, own_outage=True)

    assert (decision.rule, decision.failures) == ("outage", 2.0)
    assert 600 <= pause_s(decision) <= 660


def test_a_host_that_answers_during_an_outage_is_treated_as_ever():
    assert next_poll(replace(FACTS, is_ok=False, outcome="http_404"), roots=1, own_outage=True).failures == 1


@pytest.mark.parametrize(
    ("outcome", "before", "is_retired"),
    [
        ("http_410", "http_410", True),
        ("http_410", "ok", False),
        ("http_410", None, False),
        ("http_404", "http_410", False),
    ],
)
def test_a_feed_that_is_twice_gone_for_good_is_retired(outcome, before, is_retired):
    decision = next_poll(replace(FACTS, is_ok=False, outcome=outcome, previous_outcome=before), roots=1)

    assert (decision.retired_at is not None) == is_retired


def test_a_push_says_nothing_of_our_network():
    failed = [
        replace(FACTS, feed=replace(FEED, url=f"http://h{number}.example/"), outcome="dns")
        for number in range(9)
    ]

    assert is_own_outage(failed)
    assert not is_own_outage([replace(facts, is_push=True) for facts in failed])


def test_a_feed_whose_decision_failed_is_asked_later_and_forgets_nothing():
    facts = replace(FACTS, rhythm=rhythm(2), failures=1)

    decision = poll_after_error(facts)

    assert decision.rule == ERROR_RULE
    assert decision.due_at > facts.polled_at
    assert (decision.failures, decision.rate_per_day) == (1, facts.rate_per_day)
