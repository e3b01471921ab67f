"""When to poll a feed again. Pure.

Polls go with the square root of the rate at which something new is expected: under a budget that makes the mean delay
least (Cho and Garcia-Molina, "Effective page refresh policies for web crawlers", 2003). The budget is one for all
feeds, a busy feed takes more of it than a quiet one. Rules, of which each poll's row names the one that decided:
`fixed` and `cron` (the settings), `retry_after` (the server's wish), `failure` (back-off), `first` (nothing is known
yet), `rate` (what is expected, by hour of the week), `window` (else entries would be lost, whatever the budget),
`quiet` (nothing new for long), `push` (a hub brings what is new), `hint` (the publisher says how long it stays fresh),
`outage` (our own network was down), `shortest`, `error` (its facts could not be decided on).
"""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from crawler.cadence.cron import next_time
from crawler.cadence.push_trust import longest_pause_s, trust_after
from crawler.cadence.rhythm import (
    Rhythm,
    hourly_rates,
    observe,
    rhythm_from_bytes,
    rhythm_to_bytes,
    roots_per_day,
    roots_per_poll,
    time_until,
)
from storage.records.polls import NextPoll, Pace, PollFacts

SHORTEST_S = 300  # Miniflux and FreshRSS allow 5 minutes; news agencies refresh about as often
LONGEST_S = 12 * 3_600
SILENT_S = 86_400  # the longest pause of a feed without anything new for QUIET_DAYS
QUIET_DAYS = 14
BACK_OFF_S = 3_600  # added for each level of failure; linear, as in Media Cloud's rss-fetcher
BACK_OFF_MOST_S = 86_400  # never dead for good
HINT_CAP_S = 6 * 3_600  # a publisher's hint beyond this would cost news
JITTER = 0.1  # share of the pause by which feeds are spread, so that they don't all come due at once
LEAST_RATE = 0.5 / 24  # entries an hour: silence is no promise
# Of the entries that a document shows: so many new ones may be expected before the next poll.
WINDOW_SHARE = 0.5

# How much a failure counts, as in Media Cloud's rss-fetcher: DNS trouble is mostly ours, a page instead of a feed
# mostly theirs and passing.
_FAILURE_WEIGHTS = {
    "dns": 0.25,
    "timeout": 0.5,
    "http_429": 0.5,
    "http_5xx": 0.5,
    "host_paused": 0.25,
    "crashed": 0.25,  # the crawl's fault, mostly, and not the feed's
    "memory": 0.25,  # as above
    "reset": 0.5,
    "error": 0.5,
}
ERROR_RULE = "error"
# "Gone" (RFC 9110 section 15.5.11) is meant for good; said twice it is believed.
_GONE = "http_410"
# What a host cannot be told from our own network by. When most hosts fail so at once, it is ours.
_NO_NETWORK = frozenset({"dns", "timeout", "refused", "reset"})
_OUTAGE_HOSTS, _OUTAGE_SHARE = 4, 0.5
OUTAGE_S = 600  # the end of an outage of ours is found soon, and nobody is asked often meanwhile


@dataclass(frozen=True, slots=True)
class _Pause:
    seconds: float
    rule: str


def host_of(facts: PollFacts) -> str:
    """The host of a feed."""
    return urlsplit(facts.feed.url).hostname or ""


def is_own_outage(polled: Sequence[PollFacts], reached_before: AbstractSet[str] = frozenset()) -> bool:
    """Whether the polls of a crawl look as if our own network was down: most of several hosts could not be reached.

    *reached_before* are hosts that other polls of the crawl have reached.
    """
    reached = dict.fromkeys(reached_before, True)
    for facts in polled:
        if facts.is_push:
            continue
        host = host_of(facts)
        reached[host] = reached.get(host, False) or facts.outcome not in _NO_NETWORK
    unreached = sum(not is_reached for is_reached in reached.values())
    return len(reached) >= _OUTAGE_HOSTS and unreached > _OUTAGE_SHARE * len(reached)


def next_poll(facts: PollFacts, *, roots: float, own_outage: bool = False) -> NextPoll:
    """When a feed is polled next, and by which rule; never before the server's Retry-After.

    Args:
        facts: the last poll and the feed's state before it.
        roots: how much of the square roots of the hourly rates one poll takes; see `pace_of_day`.
        own_outage: see `is_own_outage`; who could not be reached is asked again soon, and not charged.
    """
    is_ours = own_outage and facts.outcome in _NO_NETWORK
    failures = _failures(facts, is_ours=is_ours)
    rhythm = _learned(facts)
    rates = [max(rate, LEAST_RATE) for rate in hourly_rates(rhythm)]
    trust = trust_after(facts)
    pause = _pause(facts, failures, rhythm, rates, roots, longest_pause_s(trust, facts))
    if is_ours and not _is_set(facts):
        pause = _Pause(OUTAGE_S * _spread(facts), "outage")
    if facts.retry_after_s and facts.retry_after_s > pause.seconds:
        wait_s = _until_cron_s(facts, facts.retry_after_s) if facts.cron else facts.retry_after_s
        pause = _Pause(wait_s, "retry_after")
    return NextPoll(
        feed_id=facts.feed.id,
        poll_id=facts.poll_id,
        due_at=_due_at(facts, pause.seconds),
        rule=pause.rule,
        failures=failures,
        rate_per_day=sum(rates) / 7 if facts.previous_polled_at else facts.rate_per_day,
        roots_per_day=roots_per_day(rates, LEAST_RATE),
        rhythm=rhythm_to_bytes(rhythm),
        retired_at=facts.polled_at if facts.outcome == facts.previous_outcome == _GONE else None,
        trust=trust,
    )


def poll_after_error(facts: PollFacts) -> NextPoll:
    """The next poll of a feed on whose facts `next_poll` raised: what is known of it stays as it is."""
    return NextPoll(
        feed_id=facts.feed.id,
        poll_id=facts.poll_id,
        due_at=facts.polled_at + timedelta(seconds=BACK_OFF_S),
        rule=ERROR_RULE,
        failures=facts.failures,
        rate_per_day=facts.rate_per_day,
    )


def _due_at(facts: PollFacts, pause_s: float) -> datetime:
    """A pause after the poll; pushes do not put off when the feed itself is asked again."""
    asked_at = facts.trust.asked_at if facts.is_push and facts.trust and not facts.cron else None
    return max((asked_at or facts.polled_at) + timedelta(seconds=round(pause_s)), facts.polled_at)


def pace_of_day(
    roots: Sequence[float], *, polls_per_day: float, spent: float | None, before: Pace | None
) -> Pace:
    """What one poll takes of the square roots of the hourly rates, so that all feeds together keep the budget.

    Args:
        roots: `NextPoll.roots_per_day` of each feed that is polled by its rate; () while nothing is learned.
        polls_per_day: the budget of one feed, on average over all.
        spent: polls of these feeds on the day before, without those that the window asked for; None: not known.
        before: the pace of the day before; None if there was none.
    """
    roots = roots or [roots_per_day(hourly_rates(Rhythm()), LEAST_RATE)]
    correction = before.correction if before else 1.0
    if spent is not None:
        # Half of the difference is taken back, so that one odd day does not swing the next.
        part = (max(spent, 1.0) / max(polls_per_day * len(roots), 1.0)) ** 0.5
        correction = min(max(correction * part, 0.5), 2.0)
    share = roots_per_poll(roots, polls_per_day, fewest=86_400 / LONGEST_S, most=86_400 / SHORTEST_S)
    return Pace(share * correction, correction)


def _failures(facts: PollFacts, *, is_ours: bool) -> float:
    if facts.is_push:
        return facts.failures  # it says nothing of the feed's own server
    if facts.is_ok:
        return 0.0
    return facts.failures + (0.0 if is_ours else _FAILURE_WEIGHTS.get(facts.outcome, 1.0))


def _learned(facts: PollFacts) -> Rhythm:
    """The rhythm with what this poll adds; the first poll shows a feed's past and says nothing of it."""
    rhythm = rhythm_from_bytes(facts.rhythm) if facts.rhythm else Rhythm()
    if facts.previous_polled_at is None or not facts.is_ok:
        return rhythm
    return observe(rhythm, facts.previous_polled_at, facts.polled_at, facts.new_links)


def _pause(
    facts: PollFacts, failures: float, rhythm: Rhythm, rates: list[float], roots: float, pushed_s: float
) -> _Pause:
    if facts.every_s:
        return _Pause(facts.every_s, "fixed")
    if facts.cron:
        return _Pause(_until_cron_s(facts), "cron")
    silent = _is_silent(facts, facts.polled_at)
    window = max(facts.entries * WINDOW_SHARE, 1) if facts.entries else math.inf
    longest_s = SILENT_S if silent else LONGEST_S
    seconds, by_window = time_until(
        rates, rhythm.burst, facts.polled_at, roots=roots, entries=window, longest_s=longest_s
    )
    if failures:
        return _Pause(min(seconds + failures * BACK_OFF_S, BACK_OFF_MOST_S) * _spread(facts), "failure")
    pause = _Pause(seconds, "window" if by_window else _usual_rule(facts, silent=silent))
    if pushed_s > seconds and not by_window:
        seconds, by_window = time_until(
            rates, rhythm.burst, facts.polled_at, roots=math.inf, entries=window, longest_s=pushed_s
        )
        pause = _Pause(seconds, "window" if by_window else "push")
    if facts.ttl_s and min(facts.ttl_s, HINT_CAP_S) > pause.seconds:
        pause = _Pause(min(facts.ttl_s, HINT_CAP_S), "hint")
    if pause.seconds < SHORTEST_S:
        pause = _Pause(SHORTEST_S, "shortest")
    return _Pause(pause.seconds * _spread(facts), pause.rule)


def _is_set(facts: PollFacts) -> bool:
    """Whether the settings say when the feed is polled."""
    return bool(facts.every_s or facts.cron)


def _until_cron_s(facts: PollFacts, wait_s: int = 0) -> float:
    """Seconds until the crontab expression's next time, of those that come after a wait."""
    assert facts.cron is not None
    after = facts.polled_at + timedelta(seconds=wait_s)
    return (next_time(facts.cron, facts.feed.timezone, after) - facts.polled_at).total_seconds()


def _usual_rule(facts: PollFacts, *, silent: bool) -> str:
    if facts.previous_polled_at is None:
        return "first"
    return "quiet" if silent else "rate"


def _is_silent(facts: PollFacts, now: datetime) -> bool:
    return facts.last_new_at is not None and now - facts.last_new_at > timedelta(days=QUIET_DAYS)


def _spread(facts: PollFacts) -> float:
    """A factor from 1 to 1 + JITTER that is the feed's own for this poll."""
    digest = blake2b(f"{facts.feed.id} {facts.poll_id}".encode(), digest_size=4).digest()
    return 1 + JITTER * int.from_bytes(digest) / 2**32
