"""How far pushes take the place of polls."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.cadence.next_poll import JITTER, LONGEST_S, next_poll
from crawler.cadence.push_trust import FIRST_S, trust_after
from storage.records.subscriptions import PushTrust
from tests.crawler.cadence.test_next_poll import FACTS, rhythm
from tests.support.samples import NOW

LEASE = NOW + timedelta(days=10)
NEWS = PushTrust(proof=0, news=2, asked_at=NOW - timedelta(minutes=20), lease_until=LEASE)
# Two entries an hour, in a feed that holds very many.
LIVELY = replace(FACTS, rhythm=rhythm(2), entries=10_000)


def decide(trust, **more):
    return next_poll(replace(LIVELY, trust=trust, **more), roots=1.0)


def pause_s(decision, since=NOW):
    return (decision.due_at - since).total_seconds()


def test_the_first_push_with_news_has_the_feed_asked_an_hour_after_it_was_asked_last():
    decision = decide(NEWS, is_push=True)

    assert decision.rule == "push"
    assert decision.trust.proof == 1
    assert FIRST_S <= pause_s(decision, NEWS.asked_at) <= FIRST_S * (1 + JITTER)


def test_each_look_that_finds_nothing_unpushed_doubles_the_pause_up_to_half_a_day():
    trust, pauses = replace(NEWS, proof=1), []
    for _ in range(7):
        decision = decide(trust, new_links=0)
        pauses.append(pause_s(decision))
        trust = replace(decision.trust, news=2)

    assert pauses == sorted(pauses) or max(pauses) <= LONGEST_S * (1 + JITTER)
    assert [round(math.log2(pause / FIRST_S)) for pause in pauses[:3]] == [1, 2, 3]
    assert LONGEST_S <= max(pauses) <= LONGEST_S * (1 + JITTER)


def test_a_look_that_finds_what_was_not_pushed_ends_it():
    without = next_poll(replace(LIVELY, new_links=3), roots=1.0)

    decision = decide(replace(NEWS, proof=4), new_links=3)

    assert decision.trust == replace(NEWS, proof=0, news=0)
    assert (decision.rule, decision.due_at) == (without.rule, without.due_at)


@pytest.mark.parametrize(
    "trust",
    [
        replace(NEWS, proof=4, lease_until=None),
        replace(NEWS, proof=4, lease_until=NOW),
        replace(NEWS, news=0),
    ],
    ids=["no lease", "lease over", "nothing pushed"],
)
def test_without_a_promise_or_news_the_feed_is_polled_as_without_a_hub(trust):
    assert decide(trust, new_links=0).rule != "push"


def test_a_silent_hub_proves_nothing():
    assert decide(replace(NEWS, proof=2, news=0), new_links=0).trust.proof == 2


def test_no_more_is_waited_than_the_feed_can_hold():
    decision = next_poll(replace(LIVELY, trust=replace(NEWS, proof=5), new_links=0, entries=8), roots=1.0)

    assert decision.rule == "window"
    # Half of the eight, at some two an hour.
    assert pause_s(decision) <= 2.5 * 3_600 * (1 + JITTER)


def test_the_feed_is_asked_before_the_lease_ends():
    decision = decide(replace(NEWS, proof=5, lease_until=NOW + timedelta(hours=6)), new_links=0)

    assert pause_s(decision) <= 3 * 3_600 * (1 + JITTER)


def test_pushes_do_not_put_off_the_next_look_for_ever():
    decision = decide(replace(NEWS, proof=1, asked_at=NOW - timedelta(hours=3)), is_push=True)

    assert decision.due_at == NOW


def test_a_push_heals_no_failing_feed_and_a_fixed_pace_stays():
    failing = decide(NEWS, is_push=True, failures=3.0)
    fixed = decide(NEWS, is_push=True, every_s=900)

    assert (failing.failures, failing.rule) == (3.0, "failure")
    assert (fixed.rule, fixed.due_at) == ("fixed", NOW)


def test_without_a_subscription_there_is_no_trust():
    assert trust_after(FACTS) is None


def test_a_look_that_failed_leaves_trust_as_it_was():
    assert trust_after(replace(LIVELY, trust=NEWS, is_ok=False, outcome="timeout", new_links=0)) == NEWS
