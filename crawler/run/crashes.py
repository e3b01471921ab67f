"""Pages that may have crashed the process that crawled them: put off, or given up. I/O edge."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from crawler.cadence.next_try import AFTER_CRASH, SUSPECTS_APART, next_listed_try
from storage.db import storage_errors, transaction
from storage.records.sources import LinkOutcome, QueuedLink
from storage.sources import links

_REASON = "crashed"
_DETAIL = "its crawl crashed twice while this page was in hand"


@storage_errors
def put_off_suspects(
    connection: sqlite3.Connection, run_id: int, in_hand: Sequence[int], now: datetime
) -> int:
    """Put off the links of a run that crashed; how many of those *in_hand* at that moment are given up.

    All that are queued wait for AFTER_CRASH, those in hand come back one by one after it. A link that was in hand at
    the crash before, too, counts as no article, and is tried again later and later while its feed lists it: both crawls
    may have been killed from outside.
    """
    with transaction(connection):
        suspects = links.suspected(connection, in_hand, _REASON)
        given_up = [link_id for link_id, is_second in suspects.items() if is_second]
        for link in links.by_ids(connection, given_up):
            links.record(connection, _given_up(link, now), run_id=run_id)
        links.put_off(connection, run_id, reason=_REASON, until=now + AFTER_CRASH)
        rest = [link_id for link_id, is_second in suspects.items() if not is_second]
        turns = {link_id: now + AFTER_CRASH + turn * SUSPECTS_APART for turn, link_id in enumerate(rest)}
        links.put_off_each(connection, run_id, turns, reason=_REASON)
    return len(given_up)


def _given_up(link: QueuedLink, now: datetime) -> LinkOutcome:
    # What a backfill found is listed by no feed.
    again = None if link.feed_id is None else next_listed_try(link.listed_tries, _REASON, now=now)
    return LinkOutcome(
        link.id, "not_article", _REASON, now, _DETAIL, next_try_at=again, is_given_up=again is not None
    )
