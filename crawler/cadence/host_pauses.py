"""How long a host is left alone, and how slowly it is asked then. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from crawler.limits import CRAWL_DELAY_S
from crawler.urls import host_and_port, politeness_key
from storage.records.sources import HostMemory

# The host itself asks for less; other failures pause it only if they say for how long.
TOO_MANY = frozenset({429, 503})
FORBIDDEN = 403
# One page may be forbidden; so many answers in a row mean us.
FORBIDDEN_IN_A_ROW = 3
# A host that answered and then refuses so many connections in a row has had enough of us.
REFUSED_IN_A_ROW = 3
REFUSALS = frozenset({"refused", "reset", "timeout"})
# Where no time is given: for so long, twice as long each time, at most so long.
PAUSE, FORBIDDEN_PAUSE, LONGEST_PAUSE = timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6)
# A host that wanted less is asked half as often, at least once in so long.
SLOWER, LONGEST_SPACING = 2.0, timedelta(minutes=1)
# What was learned of its spacing fades by half in this time.
SPACING_FADES = timedelta(days=1)

# So many host names of a domain that forbid us mean the domain.
FORBIDDING_HOSTS = 2

_SLOWING = frozenset({f"http_{status}" for status in (*TOO_MANY, FORBIDDEN)}) | REFUSALS


def paused(
    memory: HostMemory, reason: str, wait_s: int | None, now: datetime, *, usual_s: float
) -> HostMemory:
    """*memory* after an answer, or refused connections, for which the host is left alone, and asked slowly after it.

    Args:
        memory: what was known of the host.
        reason: ``http_429`` and its like, or one of `REFUSALS`.
        wait_s: the server's Retry-After; None: it did not say.
        now: when the answer came.
        usual_s: the time between two requests that the settings ask for.
    """
    pauses = memory.pauses + 1
    first = FORBIDDEN_PAUSE if reason == f"http_{FORBIDDEN}" else PAUSE
    own = min(first * 2 ** min(pauses - 1, 10), LONGEST_PAUSE)
    until = now + (timedelta(seconds=wait_s) if wait_s is not None else own)
    spacing_s = memory.spacing_s
    if reason in _SLOWING:
        spacing_s = min(
            max(spacing(memory, now) or 0.0, usual_s, 1.0) * SLOWER, LONGEST_SPACING.total_seconds()
        )
    elif spacing_s is not None:
        spacing_s = spacing(memory, now)
    return replace(
        memory,
        paused_until=max(until, memory.paused_until or until),
        reason=reason,
        pauses=pauses,
        paused_at=now,
        spacing_s=spacing_s,
    )


def pause_key(url: str) -> str:
    """The key, as of `HostMemory`, under which the host name of *url* is paused alone: the name, with a dot at its end.

    Of an address or a local name it is the politeness key: there are no other host names.
    """
    domain = politeness_key(url)
    return domain if ":" in domain else f"{host_and_port(url).partition(':')[0]}."


def domain_of(key: str) -> str:
    """The politeness key of the domain that a host name with this `pause_key` belongs to; a domain's own is itself."""
    return politeness_key(f"https://{key[:-1]}/") if key.endswith(".") else key


def wait_of(memory: HostMemory, now: datetime) -> int | None:
    """Whole seconds for which the host is left alone from now on, at least 1; None: it may be asked."""
    if memory.paused_until is None or memory.paused_until <= now:
        return None
    return max(round((memory.paused_until - now).total_seconds()), 1)


def spacing(memory: HostMemory, now: datetime) -> float | None:
    """Seconds between two requests that were learned, as far as that still counts; None: nothing was."""
    if memory.spacing_s is None or memory.paused_at is None:
        return None
    fading = max(now - memory.paused_at, timedelta(0)) / SPACING_FADES
    return float(memory.spacing_s * 0.5**fading)


def pace_s(memory: HostMemory, now: datetime) -> float:
    """Seconds between two requests, by robots.txt as far as it is kept, or as they were learned; 0: by neither."""
    return max(min(memory.crawl_delay_s or 0.0, CRAWL_DELAY_S), spacing(memory, now) or 0.0)
