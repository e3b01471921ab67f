"""Chances of counts, held against scipy's distributions, which take a second to load: the tests load them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.health.tail_probabilities import (
    chance_of_as_few,
    chance_of_as_many,
    excess_of,
    log_chance_of_none,
)


@given(st.integers(0, 200), st.floats(0.01, 100), st.sampled_from([0.0, 0.05, 0.5, 2.0]))
def test_chance_of_as_many_is_that_of_the_negative_binomial(number, expected, excess):
    from scipy import stats

    if excess:
        wanted = stats.nbinom.sf(number - 1, 1 / excess, 1 / (1 + expected * excess))
    else:
        wanted = stats.poisson.sf(number - 1, expected)

    assert chance_of_as_many(number, expected, excess) == pytest.approx(wanted, abs=1e-9)


@given(st.integers(1, 200), st.floats(0, 1), st.data())
def test_chance_of_as_few_is_that_of_the_binomial(trials, share, data):
    from scipy import stats

    number = data.draw(st.integers(0, trials))

    assert chance_of_as_few(number, trials, share) == pytest.approx(
        stats.binom.cdf(number, trials, min(max(share, 1e-9), 1 - 1e-9)), abs=1e-9
    )


def test_nothing_is_less_of_a_surprise_where_days_vary():
    assert log_chance_of_none(5, 0) == -5
    assert log_chance_of_none(5, 1) > log_chance_of_none(5, 0.1) > -5
    assert (chance_of_as_many(0, 5, 0), chance_of_as_many(1, 0, 0)) == (1, 0)


def test_excess_is_none_for_chance_and_found_where_days_vary():
    chance = random.Random(7)
    even = [sum(chance.random() < 0.01 for _ in range(1_000)) for _ in range(56)]
    varied = [chance.choice([2, 18]) for _ in range(56)]

    assert excess_of(even, [10.0] * 56) == 0
    assert excess_of(varied, [10.0] * 56) > 0.3
    assert excess_of([], []) == 0
