"""When a kept article is looked at again. Pure.

About one more look for each 25 % of an article's age, as diffengine does it (`stale`, but over the whole age: its own
uses `timedelta.seconds`, which drops the days), so that edits of the first hours and removals of later weeks are both
seen at a cost that grows with the logarithm of the time: 34 looks in 90 days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log

from crawler.cadence.next_try import RETRY_PAUSES
from storage.records.looks import Watch

FIRST_LOOK = timedelta(hours=1)
AGE_SHARE = 0.25
# So long an article is watched from its first sight on, unless its source says otherwise.
WATCHED_FOR = timedelta(days=90)
# The pause of an article that is watched for years, and the measure of a next look that a wrong clock decided.
LONGEST_PAUSE = timedelta(days=30)
# After so many looks the pauses are at their longest.
_LOOKS_TO_LONGEST = ceil(log(LONGEST_PAUSE / FIRST_LOOK, 1 + AGE_SHARE))
# Two looks at which an article is gone must lie so far apart: shorter outages and half-done updates are common.
CONFIRM_AFTER = timedelta(hours=1)
# What the site does not say itself (an empty page, a list, another story) may be a redesign in progress.
CONFIRM_UNSAID_AFTER = timedelta(days=1)
# How long an unconfirmed removal is followed beyond the end of the watch.
DOUBT = timedelta(days=7)
# Another page of the host must have been read as an article within this time: else the host, not the article, is gone.
NEIGHBOUR_WITHIN = timedelta(days=1)

# What was so old when it was found, by a backfill or as a new source's past, leaves the budget to news.
OLD_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LookChoice:
    """What a run does with the articles that are due for a look."""

    chosen: tuple[Watch, ...]  # looked at now
    skipped: tuple[Watch, ...]  # for which the day's budget of their source does not suffice
    unmatched: tuple[Watch, ...]  # that match no topic any more


def choose_looks(due: Sequence[Watch], looked: Mapping[int, int], *, per_day: int, each: int) -> LookChoice:
    """The looks of a run, of each source at most *each* and what *per_day* leaves after those that it *looked* at.

    First comes what was gone at its last look, last what was old when it was found; then the time due. Without a budget
    at all nothing counts as skipped, and what is in doubt never does.
    """
    by_source: dict[int, list[Watch]] = {}
    for watch in sorted((watch for watch in due if watch.has_match), key=_turn):
        by_source.setdefault(watch.source_id, []).append(watch)
    chosen: list[Watch] = []
    skipped: list[Watch] = []
    for source_id, watches in by_source.items():
        budget = max(0, per_day - looked.get(source_id, 0))
        chosen += watches[: min(each, budget)]
        skipped += [watch for watch in watches[budget:] if not watch.absences] if per_day else []
    return LookChoice(tuple(chosen), tuple(skipped), tuple(watch for watch in due if not watch.has_match))


def _turn(watch: Watch) -> tuple[bool, bool, datetime, int]:
    was_old = watch.published_at is not None and watch.first_seen_at - watch.published_at > OLD_AFTER
    return not watch.absences, was_old, watch.due_at or watch.first_seen_at, watch.article_id


def next_look(watch: Watch, now: datetime) -> datetime | None:
    """When to look again; None: the time of watching is over.

    The age counts from publication, or from the first sight if that came before; the time of watching from the first
    sight, and its end is a look too. Of what was seen by a clock that was ahead the looks made so far tell the age.
    """
    seen = watch.first_seen_at
    born = min(seen, watch.published_at) if watch.published_at else seen
    end = seen + (timedelta(days=watch.keep_watching_days) if watch.keep_watching_days else WATCHED_FOR)
    if now >= end:
        return None
    pause = (now - born) * AGE_SHARE if born <= now else _pause_after(watch.looks)
    return min(now + min(max(pause, FIRST_LOOK), LONGEST_PAUSE), end)


def _pause_after(looks: int) -> timedelta:
    """The pause to which so many looks have led that each came after a share of the age."""
    return FIRST_LOOK * (1 + AGE_SHARE) ** min(looks, _LOOKS_TO_LONGEST)


def confirmed_after(first_absent_at: datetime, *, is_said: bool) -> datetime:
    """From when on an article that was gone at *first_absent_at* may count as deleted; *is_said*: by the site."""
    return first_absent_at + (CONFIRM_AFTER if is_said else CONFIRM_UNSAID_AFTER)


def look_to_confirm(
    watch: Watch, first_absent_at: datetime, now: datetime, *, is_said: bool
) -> datetime | None:
    """When to look again at an article whose removal is in doubt; None: the time of watching, and of doubt, is over."""
    due_at = next_look(watch, now)
    if now - first_absent_at >= DOUBT:
        return due_at
    again = max(confirmed_after(first_absent_at, is_said=is_said), now + FIRST_LOOK)
    return min(due_at, again) if due_at else again


def look_after_failure(
    watch: Watch, failures: int, now: datetime, *, is_permanent: bool = False, wait_s: int | None = None
) -> datetime | None:
    """When to look again after *failures* looks in a row (0: none) without an answer; None as for `next_look`.

    The pause is at least *wait_s*, the server's wish. *is_permanent*: asking sooner than usual is of no use.
    """
    due_at = next_look(watch, now)
    if due_at is None or not failures or is_permanent:
        return due_at
    pauses = RETRY_PAUSES[1:]  # the first look comes after an hour, a second try not earlier
    again = now + pauses[min(failures, len(pauses)) - 1]
    return max(min(due_at, again), now + timedelta(seconds=wait_s or 0))
