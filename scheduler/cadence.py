"""When to poll a feed again. Pure.

A later version learns the rate by hour of the week; this one steers by the smoothed rate of new entries. Its rules, of
which each poll's row names the one that decided: `fixed` (the settings), `retry_after` (the server's wish),
`failure` (back-off), `rate` (what is new, how often), `quiet` (nothing new for long), `ttl` (the publisher's hint).
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from storage.intents import NextPoll, PollFacts

SHORTEST_S = 300  # Miniflux and FreshRSS allow 5 minutes; news agencies refresh about as often
LONGEST_S = 12 * 3_600
BACK_OFF_S = 3_600  # added for each level of failure; linear, as in Media Cloud's rss-fetcher
TTL_CAP_S = 6 * 3_600  # a publisher's hint beyond this would cost news
QUIET_PER_DAY = 0.5  # a feed with less is polled as if it had so much: silence is no promise
JITTER = 0.1  # share of the pause by which feeds are spread, so that they don't all come due at once
SMOOTHING = 0.3  # weight of the last poll in the rate
_TELLING_S = 3_600  # a shorter pause between two polls says less of the rate, in proportion

# How much a failure counts, as in Media Cloud's rss-fetcher: DNS trouble is mostly ours, a page instead of a feed
# mostly theirs and passing.
_FAILURE_WEIGHTS = {
    "dns": 0.25,
    "timeout": 0.5,
    "http_429": 0.5,
    "http_5xx": 0.5,
    "host_paused": 0.25,
    "crashed": 0.25,  # the crawl's fault, mostly, and not the feed's
    "reset": 0.5,
}


@dataclass(frozen=True, slots=True)
class _Pause:
    seconds: float
    rule: str


def next_poll(facts: PollFacts, *, polls_per_day: int) -> NextPoll:
    """When a feed is polled next, and by which rule; never before the server's Retry-After.

    Args:
        facts: the last poll and the feed's state before it.
        polls_per_day: the budget of one feed on the average.
    """
    failures = 0.0 if facts.is_ok else facts.failures + _FAILURE_WEIGHTS.get(facts.outcome, 1.0)
    rate = _rate_per_day(facts)
    pause = _pause(facts, failures, rate, polls_per_day)
    if facts.retry_after_s and facts.retry_after_s > pause.seconds:
        pause = _Pause(facts.retry_after_s, "retry_after")
    return NextPoll(
        feed_id=facts.feed.id,
        poll_id=facts.poll_id,
        due_at=facts.polled_at + timedelta(seconds=round(pause.seconds)),
        rule=pause.rule,
        failures=failures,
        rate_per_day=rate,
    )


def _pause(facts: PollFacts, failures: float, rate: float | None, polls_per_day: int) -> _Pause:
    if facts.every_s:
        return _Pause(facts.every_s, "fixed")
    usual_s = 86_400 / polls_per_day
    if failures:
        return _Pause(min(usual_s + failures * BACK_OFF_S, LONGEST_S) * _spread(facts), "failure")
    if rate is None:
        pause = _Pause(usual_s, "rate")
    else:
        # The mean wait for a Poisson stream under a budget is least where polls go with the square root of the rate
        # (Cho and Garcia-Molina, 2003); a feed with as many entries as polls gets its share.
        rule = "rate" if rate >= QUIET_PER_DAY else "quiet"
        pause = _Pause(usual_s / (max(rate, QUIET_PER_DAY) / polls_per_day) ** 0.5, rule)
    if facts.ttl_s and min(facts.ttl_s, TTL_CAP_S) > pause.seconds:
        pause = _Pause(min(facts.ttl_s, TTL_CAP_S), "ttl")
    return _Pause(min(max(pause.seconds, SHORTEST_S), LONGEST_S) * _spread(facts), pause.rule)


def _rate_per_day(facts: PollFacts) -> float | None:
    """New entries a day, smoothed; the first poll shows a feed's past and says nothing of its rate."""
    if facts.previous_polled_at is None or not facts.is_ok:
        return facts.rate_per_day
    interval_s = (facts.polled_at - facts.previous_polled_at).total_seconds()
    if interval_s < SHORTEST_S:
        return facts.rate_per_day  # two crawls by hand in a row: no time for news
    seen = facts.new_links / interval_s * 86_400
    if facts.rate_per_day is None:
        return seen if interval_s >= _TELLING_S else None
    weight = SMOOTHING * min(1.0, interval_s / _TELLING_S)
    return weight * seen + (1 - weight) * facts.rate_per_day


def _spread(facts: PollFacts) -> float:
    """A factor from 1 to 1 + JITTER that is the feed's own for this poll."""
    digest = blake2b(f"{facts.feed.id} {facts.poll_id}".encode(), digest_size=4).digest()
    return 1 + JITTER * int.from_bytes(digest) / 2**32
