"""When an address that gave nothing is asked for again: a page, a list, what was in hand at a crash. Pure."""

from datetime import datetime, timedelta

# A hiccup, a restart, an outage of some hours, of a day, of some days; then it is given up.
RETRY_PAUSES = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
)
# Pages that were in hand when a crawl crashed are left to people for so long: one of them may be the cause.
AFTER_CRASH = timedelta(minutes=15)
# Then they come back one after the other, a few crawls apart.
SUSPECTS_APART = timedelta(minutes=2)
# We refrained for the host's sake, which says nothing of the page.
_NOT_ASKED = frozenset({"host_paused", "robots_unreachable"})


def next_try(attempts: int, reason: str, *, now: datetime, wait_s: int | None = None) -> datetime | None:
    """When to try again after *attempts* in vain before this one; None: it is given up.

    The pause is at least *wait_s*, the server's wish. What was not even asked for is never given up.
    """
    if attempts >= len(RETRY_PAUSES) and reason not in _NOT_ASKED:
        return None
    return now + max(RETRY_PAUSES[min(attempts, len(RETRY_PAUSES) - 1)], timedelta(seconds=wait_s or 0))
