"""How often a feed brings something new, learned from its polls."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.cadence.rhythm import (
    HOURS,
    Rhythm,
    hourly_rates,
    observe,
    rhythm_from_bytes,
    rhythm_to_bytes,
    roots_per_day,
    roots_per_poll,
    time_until,
)

MONDAY = datetime(2026, 9, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def learn(weeks: int, of_hour) -> Rhythm:
    """What is learned by hourly polls, each of which brings *of_hour*(its hour) entries."""
    learned = Rhythm()
    for number in range(weeks * HOURS):
        at = MONDAY + number * HOUR
        learned = observe(learned, at, at + HOUR, of_hour(at))
    return learned


def test_nothing_is_known_at_first():
    assert set(hourly_rates(Rhythm())) == {0.5}


def test_a_steady_rate_is_found():
    assert hourly_rates(learn(2, lambda _: 3)) == pytest.approx((3,) * HOURS, rel=0.02)


def test_day_and_night_and_weekend_are_told_apart():
    rates = hourly_rates(learn(4, lambda at: 6 if 8 <= at.hour < 20 and at.weekday() < 5 else 0))

    assert min(rates[24 * day + 12] for day in range(5)) > 5
    assert max(rates[24 * day + 2] for day in range(7)) < 0.5
    assert rates[24 * 6 + 12] < 2


def test_seldom_polls_share_their_entries_out_by_what_was_learned():
    learned = learn(4, lambda at: 6 if 8 <= at.hour < 20 else 0)
    for day in range(7):
        at = MONDAY + timedelta(days=28 + day)
        learned = observe(learned, at, at + timedelta(days=1), 72)

    rates = hourly_rates(learned)
    assert rates[12] > 5
    assert rates[2] < 0.6


def test_old_habits_are_forgotten():
    learned = learn(2, lambda _: 10)
    for number in range(12 * HOURS):
        at = MONDAY + (2 * HOURS + number) * HOUR
        learned = observe(learned, at, at + HOUR, 0)

    assert max(hourly_rates(learned)) < 1


def test_a_burst_is_seen_and_fades():
    learned = learn(2, lambda _: 2)
    at = MONDAY + 2 * HOURS * HOUR
    burst = observe(learned, at, at + HOUR, 40)
    for _ in range(24):
        at += HOUR
        later = observe(burst, at, at + HOUR, 2)
        assert later.burst < burst.burst
        burst = later

    assert burst.burst == pytest.approx(1, abs=0.2)


def test_a_stretch_over_a_week_counts_its_last_week():
    assert sum(observe(Rhythm(), MONDAY - timedelta(days=400), MONDAY, 9).watched) == pytest.approx(HOURS)


def test_time_is_the_shorter_of_share_and_window():
    rates = (4.0,) * HOURS

    assert time_until(rates, 1.0, MONDAY, roots=2.0, entries=100, longest_s=86_400) == (3_600, False)
    assert time_until(rates, 1.0, MONDAY, roots=20.0, entries=2, longest_s=86_400) == (1_800, True)
    assert time_until(rates, 1.0, MONDAY, roots=2_000.0, entries=math.inf, longest_s=86_400) == (
        86_400,
        False,
    )


def test_bounds_on_a_feeds_polls_are_allowed_for():
    share = roots_per_poll([1.0, 1_000.0], 24, fewest=2, most=288)

    assert 2 + min(1_000 / share, 288) == pytest.approx(48, rel=0.01)


def test_roots_of_a_day_take_no_rate_below_the_least():
    assert roots_per_day((0.0,) * HOURS, 0.25) == pytest.approx(12)


@settings(max_examples=30)
@example([(6.6e-9, 1)])
@given(st.lists(st.tuples(st.floats(-100, 400), st.integers(0, 5_000)), max_size=20))
def test_any_history_gives_sound_rates_that_outlive_the_database(polls):
    learned, at = Rhythm(), MONDAY
    for hours, new in polls:
        learned = observe(learned, at, at + hours * HOUR, new)
        at += max(hours, 0) * HOUR

    kept = rhythm_from_bytes(rhythm_to_bytes(learned))

    assert all(0 < rate < math.inf for rate in hourly_rates(kept))
    assert hourly_rates(kept) == pytest.approx(hourly_rates(learned), rel=0.02, abs=0.01)


def test_more_than_half_precision_can_hold_is_kept_as_the_most_it_can():
    flooded = replace(Rhythm(), late_entries=1e9)

    assert rhythm_from_bytes(rhythm_to_bytes(flooded)).late_entries == 60_000
