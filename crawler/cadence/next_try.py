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
# What was given up is tried again after these pauses, as long as its feed lists it: a passing fault (a page that was
# published late, a robots.txt closed for a day) must not lose an article for ever. Four tries in 32 days.
LISTED_PAUSES = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=21))
# A page without a text yet, as of a flash of one sentence, and one that we ourselves could not read, sooner at first.
UNREAD_PAUSES = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=23),
)
# A feed whose statements that entries were updated have proved idle is believed for one entry in so long.
UPDATE_PROBE = timedelta(days=1)
# So many idle ones in a row, and it is believed no more; honest feeds state an update that changes no word at times.
IDLE_UPDATES = 5
_UNREAD = frozenset({"no_text", "needs_browser", "browser", "crashed", "time_limit", "memory", "error"})
# We refrained for the host's sake, which says nothing of the page.
NOT_ASKED = frozenset({"host_paused", "robots_unreachable"})


def next_try(attempts: int, reason: str, *, now: datetime, wait_s: int | None = None) -> datetime | None:
    """When to try again after *attempts* in vain before this one; None: it is given up.

    The pause is at least *wait_s*, the server's wish. What was not even asked for is never given up.
    """
    if attempts >= len(RETRY_PAUSES) and reason not in NOT_ASKED:
        return None
    return now + max(RETRY_PAUSES[min(attempts, len(RETRY_PAUSES) - 1)], timedelta(seconds=wait_s or 0))


def next_listed_try(tries: int, reason: str, *, now: datetime, wait_s: int | None = None) -> datetime | None:
    """When what was given up for *reason* is tried again if its feed still lists it; None: not any more.

    *tries* were made so since it was given up. The pause is at least *wait_s*, the server's wish.
    """
    pauses = UNREAD_PAUSES if reason in _UNREAD else LISTED_PAUSES
    if tries >= len(pauses):
        return None
    return now + max(pauses[tries], timedelta(seconds=wait_s or 0))


def updates_believed(idle: int, probed_at: datetime | None, now: datetime) -> int | None:
    """How many entries that a feed calls updated are read again at a poll; None: all of them.

    *idle*: such readings in a row that showed the same text; *probed_at*: when the last one was made.
    """
    if idle < IDLE_UPDATES:
        return None
    return 1 if probed_at is None or not probed_at <= now < probed_at + UPDATE_PROBE else 0
