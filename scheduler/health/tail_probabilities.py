"""How rare a count is, under what is usual. Pure.

Counts of news vary more than a Poisson process would: a day is busy or quiet as a whole. So they are taken as negative
binomial, the Poisson with a rate that itself is gamma distributed; *excess* is that gamma's variance for a mean of 1
(0: Poisson).
"""

import math
from collections.abc import Sequence


def log_chance_of_none(expected: float, excess: float) -> float:
    """The natural logarithm of the chance that nothing comes where *expected* was."""
    return -math.log1p(expected * excess) / excess if excess > 1e-9 else -expected


def chance_of_as_many(number: int, expected: float, excess: float) -> float:
    """The chance that *number* or more come where *expected* were."""
    if number <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    log_term = log_chance_of_none(expected, excess)
    below = math.exp(log_term)
    for count in range(1, number):
        log_term += math.log(expected * (1 + excess * (count - 1)) / (count * (1 + expected * excess)))
        below += math.exp(log_term)
    return max(1 - below, 0.0)


def chance_of_as_few(number: int, trials: int, share: float) -> float:
    """The chance that of *trials* at most *number* have what a *share* of 0 to 1 usually has (binomial)."""
    share = min(max(share, 1e-9), 1 - 1e-9)
    log_term = trials * math.log1p(-share)
    whole = math.exp(log_term)
    for count in range(1, number + 1):
        log_term += math.log((trials - count + 1) / count * share / (1 - share))
        whole += math.exp(log_term)
    return min(whole, 1.0)


def excess_of(counts: Sequence[float], expected: Sequence[float]) -> float:
    """By how much *counts* vary beyond a Poisson process with these expectations; 0 where chance explains it.

    The moment estimate sum((x - m)^2 - m) / sum(m^2), less twice its standard error under Poisson: a few dozen days
    otherwise show some excess even where there is none.
    """
    squares = sum(mean * mean for mean in expected)
    if squares <= 0:
        return 0.0
    surplus = sum((count - mean) ** 2 - mean for count, mean in zip(counts, expected, strict=True))
    # The variance of (x - m)^2 - m is 2 m^2 + m for a Poisson x.
    error = math.sqrt(sum(2 * mean * mean + mean for mean in expected))
    return max(surplus - 2 * error, 0.0) / squares
