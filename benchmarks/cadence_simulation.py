"""How late news would be seen, by the cadence and by other programs' rules: `python -m benchmarks.cadence_simulation`.

Each rule polls the same made-up outlets. Printed are polls a feed and day, the delay from publication to the poll that
finds it (mean, median, 90th percentile, minutes), and the share of entries that fell out of a feed's window unseen.
The seeds were fixed before anything was tuned; what was tuned was tuned on others.
"""

import argparse
import heapq
import random
import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import fmean, quantiles

from benchmarks.least_delay import least_delay
from benchmarks.peer_cadences import PEERS, Poll, Rule
from benchmarks.simulated_outlets import START, Outlet, outlets
from crawler.cadence.next_poll import next_poll, pace_of_day
from crawler.documents.poll_results import DISTRUSTED, is_asked_plainly, was_wrong
from storage.records.articles import Precision, StatedDate
from storage.records.polls import NextPoll, Pace, PollFacts
from storage.records.sources import Feed, FeedEntry, FeedKind

SEEDS = (2026, 2027)
WARM_DAYS, DAYS = 28, 42


class Ours:
    """The cadence under a budget of polls a feed and day."""

    believes_304 = 1.0  # until the answers tell otherwise: see `asks_plainly`

    def __init__(self, budget: float) -> None:
        """*budget*: polls of one feed a day, on average over all."""
        self.name = f"seedwatch at {budget:.1f} a day"
        self.budget = budget
        self.state: dict[int, NextPoll] = {}
        self.last_new: dict[int, datetime] = {}
        self.pace: Pace | None = None
        self.day = -1
        self.number = self.spent = self.forced = 0
        self.feeds: dict[int, Feed] = {}

    def pause(self, poll: Poll) -> float:
        """Minutes until the next poll."""
        self._steer((poll.at - START).days)
        assert self.pace is not None
        self.number += 1
        before = self.state.get(poll.feed)
        if poll.new or poll.since is None:
            self.last_new[poll.feed] = poll.at
        facts = PollFacts(
            feed=Feed(poll.feed, "", "", FeedKind.FEED), poll_id=self.number, polled_at=poll.at, is_ok=True,
            outcome="ok", failures=0.0, every_s=None, rate_per_day=None, retry_after_s=None, ttl_s=None,
            new_links=poll.new, previous_polled_at=poll.since, entries=poll.shown,
            last_new_at=self.last_new[poll.feed], rhythm=before.rhythm if before else None,
        )  # fmt: skip
        decided = self.state[poll.feed] = next_poll(facts, roots=self.pace.roots)
        self.forced += decided.rule == "window"
        self.spent += decided.rule != "window"
        return (decided.due_at - poll.at).total_seconds() / 60

    def asks_plainly(self, number: int, at: datetime) -> bool:
        """Whether the feed is asked for without validators."""
        return is_asked_plainly(self._feed(number), at)

    def learn(self, number: int, at: datetime, *, has_body: bool, new: Sequence[datetime]) -> None:
        """Take note of an answer, as a crawl does."""
        feed = self._feed(number)
        if not has_body:
            self.feeds[number] = replace(feed, unmodified=feed.unmodified + 1, unmodified_at=at)
            return
        entries = [FeedEntry("", published=StatedDate(one, Precision.SECOND, "", "feed")) for one in new]
        until = at + DISTRUSTED if was_wrong(feed, entries) else feed.plain_until
        self.feeds[number] = replace(feed, read_at=at, unmodified=0, unmodified_at=None, plain_until=until)

    def _feed(self, number: int) -> Feed:
        return self.feeds.setdefault(number, Feed(number, "", "", FeedKind.FEED))

    def _steer(self, day: int) -> None:
        if day == self.day:
            return
        roots = [decided.roots_per_day or 0.0 for decided in self.state.values()]
        self.pace = pace_of_day(
            roots, polls_per_day=self.budget, spent=self.spent if day > 0 else None, before=self.pace
        )
        self.day, self.spent = day, 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to."""

    rule: str
    polls_per_day: float
    delays: list[float]  # minutes
    lost: int
    items: int
    forced: float  # share of the polls that the window asked for

    def line(self) -> str:
        """The outcome as a row of the table."""
        cuts = quantiles(self.delays, n=10)
        median = quantiles(self.delays, n=2)[0]
        return (
            f"| {self.rule} | {self.polls_per_day:.1f} | {fmean(self.delays):.1f} | {median:.1f} | {cuts[8]:.1f} "
            f"| {100 * self.lost / self.items:.2f} |"
        )


def simulate(rule: Rule, watched: Sequence[Outlet], seed: int) -> Outcome:
    """What becomes of the outlets' entries under *rule*, counted after WARM_DAYS."""
    chance = random.Random(seed)
    counted_from, end = START + timedelta(days=WARM_DAYS), START + timedelta(days=DAYS)
    queue = [(START + timedelta(minutes=chance.uniform(0, 60)), outlet.number) for outlet in watched]
    heapq.heapify(queue)
    by_number = {outlet.number: outlet for outlet in watched}
    last: dict[int, tuple[datetime, int]] = {}
    delays: list[float] = []
    polls = lost = forced_before = 0
    started = False
    while queue:
        at, number = heapq.heappop(queue)
        if at >= end:
            continue
        if at >= counted_from and not started:
            started, forced_before = True, getattr(rule, "forced", 0)
        outlet = by_number[number]
        since, seen = last.get(number, (None, 0))
        until = bisect_right(outlet.published, at)
        is_plain = _asks_plainly(rule, number, at)
        if since is not None and _is_lied_to(outlet, chance, is_plain=is_plain):
            until = seen
        first = max(seen, until - outlet.window)
        new = outlet.published[first:until] if since is not None else ()
        if at >= counted_from:
            polls += 1
            lost += (
                sum(one >= counted_from for one in outlet.published[seen:first]) if since is not None else 0
            )
            delays += [(at - one).total_seconds() / 60 for one in new if one >= counted_from]
        if isinstance(rule, Ours):
            rule.learn(number, at, has_body=is_plain or since is None or until > seen, new=new)
        last[number] = (at, until)
        week = outlet.published[bisect_right(outlet.published, at - timedelta(days=7)) : until]
        poll = Poll(at, since, len(new), min(until, outlet.window), number, len(week))
        heapq.heappush(queue, (at + timedelta(minutes=rule.pause(poll)), number))
    items = sum(one >= counted_from for outlet in watched for one in outlet.published)
    forced = getattr(rule, "forced", 0) - forced_before
    return Outcome(
        rule.name, polls / len(watched) / (DAYS - WARM_DAYS), delays, lost, items, forced / max(polls, 1)
    )


def _asks_plainly(rule: Rule, number: int, at: datetime) -> bool:
    return rule.asks_plainly(number, at) if isinstance(rule, Ours) else not rule.believes_304


def _is_lied_to(outlet: Outlet, chance: random.Random, *, is_plain: bool) -> bool:
    """Whether the server says that nothing has changed, whatever it has."""
    return outlet.lies > 0 and chance.random() < outlet.lies and not is_plain


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcomes of several seeds as one."""
    return Outcome(
        outcomes[0].rule,
        fmean(one.polls_per_day for one in outcomes),
        [delay for one in outcomes for delay in one.delays],
        sum(one.lost for one in outcomes),
        sum(one.items for one in outcomes),
        fmean(one.forced for one in outcomes),
    )


def main() -> int:
    """Print the table; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    parser.add_argument("--harder", action="store_true")
    options = parser.parse_args()
    seeds = [int(one) for one in options.seeds.split(",")]
    worlds = [outlets(seed, days=DAYS, harder=options.harder) for seed in seeds]
    print("| rule | polls a feed and day | mean delay | median | 90 % | lost % |\n|---|---|---|---|---|---|")
    for peer in PEERS:
        theirs = together([simulate(peer(), world, seed) for seed, world in zip(seeds, worlds, strict=True)])
        print(theirs.line())
        budget = theirs.polls_per_day
        ours = together(
            [simulate(Ours(budget), world, seed) for seed, world in zip(seeds, worlds, strict=True)]
        )
        gain = _gain(fmean(ours.delays), theirs)
        print(ours.line(), f"{gain} less delay; window asked for {100 * ours.forced:.1f} % of the polls")
        if not options.harder:
            least = fmean(_least_delay(world, ours.polls_per_day) for world in worlds)
            print(
                f"| the least at {ours.polls_per_day:.1f} a day | | {least:.1f} | | | | {_gain(least, theirs)}"
            )
    return 0


def _gain(delay: float, theirs: Outcome) -> str:
    return f"{100 * (1 - delay / fmean(theirs.delays)):.0f} %"


def _least_delay(world: Sequence[Outlet], polls_per_day: float) -> float:
    return least_delay([outlet.rates[24 * WARM_DAYS : 24 * DAYS] for outlet in world], polls_per_day)


if __name__ == "__main__":
    sys.exit(main())
