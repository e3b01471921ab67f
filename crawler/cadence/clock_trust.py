"""Whether our clock may be believed, for what deletes or ends something for good by it. Pure.

A clock that was set by more than a day, or that a machine woke with after years in a drawer, would end every watch and
delete every text that is held for some days. Such work waits until servers have said what time it is; until then
nothing is lost but disk space.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from storage.records.health import ClockTrust, ServerClock

# More than a day between two signs of life: the clock was set, or nothing ran; which of them only servers can tell.
LARGEST_STEP = timedelta(days=1)
# What answers take on their way, and clocks that nobody steers, stay below.
AGREE_WITHIN_S = 120
AGREEING_HOSTS = 3


def is_wrong(compared: ServerClock) -> bool:
    """Whether several servers agree that our clock is wrong."""
    return compared.hosts >= AGREEING_HOSTS and not is_agreed(compared.ahead_s)


def is_agreed(ahead_s: float) -> bool:
    """Whether a server of whose clock ours is *ahead_s* seconds ahead says the same time as ours."""
    return abs(ahead_s) <= AGREE_WITHIN_S


def at_sign_of_life(known: ClockTrust, now: datetime, *, is_continuous: bool = False) -> ClockTrust:
    """The trust at a moment in which something of ours runs.

    *is_continuous*: a clock that never steps says that the time since the last sign of life has truly passed.
    """
    jumped = known.seen_at is not None and abs(now - known.seen_at) > LARGEST_STEP
    seen = replace(known, seen_at=now)
    return doubted(seen, now) if jumped and not is_continuous else seen


def doubted(known: ClockTrust, now: datetime) -> ClockTrust:
    """The trust after the clock was seen to be set: there is none, whoever agreed before."""
    return replace(known, seen_at=now, doubted_since=known.doubted_since or now, agreeing=0)


def after_crawl(known: ClockTrust, ahead_s: Mapping[str, float], now: datetime) -> ClockTrust:
    """The trust after a crawl in which our clock was *ahead_s* seconds ahead of those of these hosts.

    Hosts of several crawls count together, for who watches one outlet asks one host; a crawl in which most hosts
    disagree begins anew.
    """
    seen = at_sign_of_life(known, now)
    if seen.doubted_since is None or not ahead_s:
        return seen
    agreeing = sum(map(is_agreed, ahead_s.values()))
    if 2 * agreeing <= len(ahead_s):
        return replace(seen, agreeing=0)
    if seen.agreeing + agreeing >= AGREEING_HOSTS:
        return ClockTrust(seen_at=now)
    return replace(seen, agreeing=seen.agreeing + agreeing)
