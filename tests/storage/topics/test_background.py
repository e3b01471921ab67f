"""The background: a sample that never outgrows its bound, forgets evenly, and can be repeated."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import db
from storage.topics import background
from tests.support.samples import NOW


def offer(connection, count, *, size, language="en", first=0, a_day=None):
    """Offer articles that know their number as their only term; all at once, or so many a day."""
    for number in range(first, first + count):
        now = NOW + timedelta(days=number / a_day) if a_day else NOW
        key = f"http://a.example/{language}/{number}"
        background.offer(connection, language, key, [str(number)], now, size=size)


def sample(connection, language="en"):
    return [int(terms[0]) for terms in background.load(connection, language)]


def test_the_first_articles_fill_the_sample_in_order(connection):
    offer(connection, 5, size=5)

    assert sample(connection) == [0, 1, 2, 3, 4]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 12), st.integers(0, 60))
def test_the_sample_never_outgrows_its_size(connection, size, count):
    connection.execute("BEGIN")
    offer(connection, count, size=size)
    found = sample(connection)
    connection.execute("ROLLBACK")

    assert len(found) == len(set(found)) == min(size, count)


@pytest.mark.parametrize("a_day", [4, 16])
def test_articles_stay_as_long_however_many_come(connection, a_day):
    days = 500
    with db.transaction(connection):
        offer(connection, a_day * days, size=200, a_day=a_day)

    ages = [days - number / a_day for number in sample(connection)]

    # By e ** (-30 / 120) 22 % are of the last month, 5 % older than a year; 200 draws deviate by 3 and 1.5 %.
    assert 0.13 <= sum(age <= 30 for age in ages) / 200 <= 0.32
    assert sum(age > 365 for age in ages) / 200 <= 0.11
    assert len(ages) == 200


def test_address_that_is_held_is_not_taken_again(connection):
    for _ in range(50):
        background.offer(connection, "en", "http://a.example/edited", ["edited"], NOW, size=5)
    offer(connection, 3, size=5)

    assert background.load(connection, "en") == [["edited"], ["0"], ["1"], ["2"]]
    assert background.counts(connection, "en") == (4, 4)


def test_clock_that_runs_back_forgets_nothing(connection):
    background.offer(connection, "en", "a", ["a"], NOW)
    background.offer(connection, "en", "b", ["b"], NOW - timedelta(days=400))

    assert connection.execute("SELECT recent FROM background_counts").fetchone()["recent"] == 2


def test_early_and_late_articles_of_one_day_have_the_same_chance(connection):
    with db.transaction(connection):
        offer(connection, 4_000, size=400)

    quarters = [0, 0, 0, 0]
    for number in sample(connection):
        quarters[number // 1_000] += 1

    # 100 each are expected; a deviation of 35 is four times the standard deviation.
    assert all(65 <= count <= 135 for count in quarters), quarters


def test_the_same_articles_give_the_same_sample(connection):
    found = []
    for _ in range(2):
        connection.execute("BEGIN")
        offer(connection, 300, size=20)
        found.append(sample(connection))
        connection.execute("ROLLBACK")

    assert found[0] == found[1]


def test_languages_are_sampled_apart(connection):
    offer(connection, 4, size=3, language="ko")
    offer(connection, 2, size=3, language="ru")

    assert background.sizes(connection) == {"ko": 3, "ru": 2}
    assert background.counts(connection, "ko") == (3, 4)
    assert background.counts(connection, "en") == (0, 0)
    assert background.load(connection, "en") == []


def test_the_count_goes_on_where_it_was(database, connection):
    offer(connection, 50, size=5)
    again = db.connect(database)

    offer(again, 50, size=5, first=50)

    row = connection.execute("SELECT seen, recent FROM background_counts").fetchone()
    assert (row["seen"], row["recent"]) == (100, 100)
    again.close()


@pytest.mark.parametrize(
    "terms",
    [["minist", "strait", "strait"], ["朝俄", "俄关"], ["росс", "북러", "naïv"]],
    ids=["twice", "Han", "mixed"],
)
def test_terms_come_back_as_they_were_offered(connection, terms):
    background.offer(connection, "en", "key", terms, NOW)

    assert background.load(connection, "en") == [terms]


def test_an_offer_is_undone_with_the_callers_transaction(connection):
    connection.execute("BEGIN")
    offer(connection, 3, size=5)
    connection.execute("ROLLBACK")

    assert (background.sizes(connection), background.load(connection, "en")) == ({}, [])
