"""By what storage tells which work is due: decided by crawler/cadence/due_rules.py. Pure."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class DueRules:
    """When feeds and second looks count as due, and feeds as dead."""

    longest_pause: (
        timedelta  # a feed that waits longer, and was polled after now, was so before the clock was set back
    )
    dead_after: timedelta  # a feed that could not be read for so long counts as dead,
    dead_failures: int  # at so many polls
    look_patience: timedelta  # only a second look that has waited for so long is a reason to begin a crawl


@dataclass(frozen=True, slots=True)
class BackfillRules:
    """How much is asked of a source whose past is read."""

    lists: int  # of older pages, at most
    levels: int  # of sitemaps that name sitemaps, at most
    failures: int  # of one run, after which the source is left alone
    pause: timedelta  # for so long
    tries: int  # after which a list is given up
    in_hand: timedelta  # what another run has in hand is done by then
