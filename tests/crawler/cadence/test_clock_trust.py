"""When our clock is believed."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.cadence.clock_trust import after_crawl, at_sign_of_life, doubted
from storage.records.health import ClockTrust
from tests.support.samples import NOW

DAY = timedelta(days=1)
KNOWN = ClockTrust(NOW)


@given(st.integers(-400 * 86_400, 400 * 86_400))
def test_only_a_jump_of_more_than_a_day_is_doubted(seconds):
    step = timedelta(seconds=seconds)
    trust = at_sign_of_life(KNOWN, NOW + step)

    assert trust.seen_at == NOW + step
    assert (trust.doubted_since is not None) is (abs(step) > DAY)
    assert at_sign_of_life(KNOWN, NOW + step, is_continuous=True).doubted_since is None


def test_the_first_sign_of_life_is_believed():
    assert at_sign_of_life(ClockTrust(), NOW) == KNOWN


def test_doubt_stays_until_three_hosts_agree():
    doubt = at_sign_of_life(KNOWN, NOW + 100 * DAY)
    later = NOW + 100 * DAY + timedelta(hours=1)

    assert at_sign_of_life(doubt, later).doubted_since == NOW + 100 * DAY
    assert after_crawl(doubt, {}, later).doubted_since is not None
    assert after_crawl(doubt, {"a": 1.0, "b": -30.0}, later).doubted_since is not None
    assert after_crawl(doubt, {"a": 1.0, "b": -30.0, "c": 119.0}, later) == ClockTrust(later)
    assert after_crawl(doubt, dict.fromkeys("abc", 8_640_000.0), later).doubted_since is not None


def test_hosts_of_several_crawls_count_together_unless_most_disagree():
    trust = doubted(KNOWN, NOW)
    for _ in range(2):
        trust = after_crawl(trust, {"a": 0.0}, NOW)
    wrong = after_crawl(trust, {"a": 0.0, "b": 9_000.0}, NOW)

    assert (trust.agreeing, wrong.agreeing) == (2, 0)
    assert after_crawl(trust, {"a": 0.0}, NOW).doubted_since is None
    assert after_crawl(trust, {"a": 0.0, "b": 1.0, "c": 9_000.0}, NOW).doubted_since is None


def test_a_clock_that_is_set_again_begins_anew():
    trust = after_crawl(doubted(KNOWN, NOW), {"a": 0.0}, NOW)

    assert doubted(trust, NOW + DAY) == ClockTrust(NOW + DAY, NOW, 0)
