"""Outlets made up from random numbers: when each publishes, and how many entries its feed shows. Pure.

As in the study that the cadence follows: 60 outlets with log-normal rates around 8 articles a day, quieter at night and
at the weekend, feeds of 10 to 100 entries. The harder kind adds what the study left out: bursts, seasons, feeds that
die, and servers that say "not modified" when there is something new.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
KINDS = ("steady", "steady", "bursty", "seasonal", "dying", "lying")


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet with its feed."""

    number: int
    kind: str
    published: tuple[datetime, ...]  # in order
    window: int  # entries that its feed shows
    lies: float  # share of the answers "not modified" that are given though something is new
    rates: tuple[float, ...]  # entries that are expected in each hour from START on, bursts left out


def outlets(seed: int, *, number: int = 60, days: int = 42, harder: bool = False) -> list[Outlet]:
    """*number* outlets over *days* from START; the same for the same seed."""
    return [_outlet(random.Random(f"{seed} {one}"), one, days, harder) for one in range(number)]


def _outlet(chance: random.Random, number: int, days: int, harder: bool) -> Outlet:
    kind = chance.choice(KINDS) if harder else "steady"
    per_hour = min(chance.lognormvariate(math.log(8), 1.2), 400) / 24
    peak, depth, weekend = chance.uniform(0, 24), chance.uniform(0.3, 0.95), chance.uniform(0.25, 1.0)
    dies_on = chance.uniform(0.4, 0.8) * days if kind == "dying" else math.inf
    season = chance.uniform(0, 2 * math.pi)
    published: list[datetime] = []
    rates: list[float] = []
    for hour in range(24 * days):
        if hour / 24 > dies_on:
            break
        at = START + timedelta(hours=hour)
        rate = per_hour * (1 + depth * math.cos((at.hour + 0.5 - peak) / 24 * 2 * math.pi))
        rate *= weekend if at.weekday() >= 5 else 1.0
        if kind == "seasonal":
            rate *= 1 + 0.8 * math.sin(season + hour / 24 / 21 * 2 * math.pi)
        if kind == "bursty":
            rate /= 2
        rates.append(rate)
        for _ in range(_poisson(chance, rate)):
            first = at + timedelta(hours=chance.random())
            published.append(first)
            if kind == "bursty":
                published += _burst(chance, first)
    end = START + timedelta(days=days)
    lies = chance.uniform(0.2, 0.9) if kind == "lying" else 0.0
    in_order = tuple(sorted(one for one in published if one < end))
    return Outlet(number, kind, in_order, chance.randint(10, 100), lies, tuple(rates))


def _burst(chance: random.Random, first: datetime) -> Iterator[datetime]:
    """What follows an event within hours: now and then many articles, one on average."""
    if chance.random() < 0.1:
        for _ in range(_poisson(chance, 10)):
            yield first + timedelta(hours=chance.expovariate(1 / 2))


def _poisson(chance: random.Random, mean: float) -> int:
    """A Poisson number (Knuth's method; *mean* is at most some dozens)."""
    limit, number, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        number += 1
        product *= chance.random()
    return number
