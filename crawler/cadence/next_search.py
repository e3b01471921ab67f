"""When a site is searched again for what can be polled. Pure.

A search may cost twelve requests.
"""

from datetime import datetime, timedelta

# Of a site that could not be searched, the last one for ever.
SEARCH_PAUSES = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
# Of a site whose feed has died, the last one for ever.
SUCCESSOR_PAUSES = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
# What was found in a dead feed's place is looked at again after so long, as long as nobody takes it.
FOUND_PAUSE = timedelta(days=7)


def next_search(
    failures: int, now: datetime, *, is_settled: bool = False, wait_s: int | None = None
) -> datetime:
    """When to search a site again that was searched in vain, later with each of the *failures* before.

    The pause is at least *wait_s*, the server's wish. One that has nothing to poll, or is of no use soon, *is_settled*
    and waits the last one at once.
    """
    number = len(SEARCH_PAUSES) - 1 if is_settled else min(failures, len(SEARCH_PAUSES) - 1)
    return now + max(SEARCH_PAUSES[number], timedelta(seconds=wait_s or 0))


def next_successor_search(searches: int, now: datetime, *, has_offer: bool) -> datetime:
    """When to search a dead feed's site again, after *searches* in vain before this one."""
    pause = FOUND_PAUSE if has_offer else SUCCESSOR_PAUSES[min(searches, len(SUCCESSOR_PAUSES) - 1)]
    return now + pause
