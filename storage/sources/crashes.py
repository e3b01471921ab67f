"""Pages that may have crashed the process that crawled them."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.db import storage_errors, to_iso, transaction
from storage.records.sources import LinkOutcome
from storage.sources import links

_REASON = "crashed"


@storage_errors
def put_off_suspects(
    connection: sqlite3.Connection,
    run_id: int,
    in_hand: Sequence[int],
    *,
    now: datetime,
    pause: timedelta,
    apart: timedelta,
) -> int:
    """Put off the links of a run that crashed; how many of those *in_hand* at that moment are given up.

    All that are queued wait for *pause*, those in hand come back one by one after it. A link that was
    in hand at the crash before, too, counts as no article.
    """
    with transaction(connection):
        known = connection.execute(
            """
            SELECT id, state IN ('queued', 'past') AND reason IS ? AND attempts > 0 AS is_second FROM links
            WHERE id IN (SELECT value FROM json_each(?)) AND state IN ('queued', 'failed', 'past') ORDER BY id
            """,
            [_REASON, json.dumps(list(in_hand))],
        ).fetchall()
        given_up = [row["id"] for row in known if row["is_second"]]
        for link_id in given_up:
            detail = "its crawl crashed twice while this page was in hand"
            outcome = LinkOutcome(link_id, "not_article", _REASON, now, detail)
            links.record(connection, outcome, run_id=run_id)
        links.put_off(connection, run_id, reason=_REASON, until=now + pause)
        suspects = [row["id"] for row in known if not row["is_second"]]
        connection.executemany(
            """
            UPDATE links
            SET state = CASE state WHEN 'past' THEN 'past' ELSE 'queued' END,
                reason = ?, attempts = attempts + 1, next_try_at = ?, run_id = ?
            WHERE id = ?
            """,
            [
                (_REASON, to_iso(now + pause + turn * apart), run_id, link_id)
                for turn, link_id in enumerate(suspects)
            ],
        )
    return len(given_up)
