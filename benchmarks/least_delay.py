"""How late news is seen at best, by a rule that knows the true rates. Pure.

An entry waits half the time between two polls, so polls at a density p find entries that come at a rate r 1/(2p) late
on average. For a given number of polls the mean over all entries is least where p is proportional to the square root of
r (Cauchy-Schwarz): (sum of the roots)^2 / (2 * polls * sum of the rates). No rule can do better where entries come by
chance (a Poisson process), as those of the simulation's plain outlets do: what it does not know yet, it cannot use.
"""

import math
from collections.abc import Sequence


def least_delay(rates: Sequence[Sequence[float]], polls_per_day: float) -> float:
    """Minutes of delay on average, at *polls_per_day* of each feed; *rates*: entries an hour, hour by hour, by feed."""
    hours = sum(map(len, rates))
    roots = sum(math.sqrt(rate) for feed in rates for rate in feed)
    entries = sum(rate for feed in rates for rate in feed)
    return 60 * roots**2 / (2 * polls_per_day / 24 * hours * entries)
