"""What waits to be done: feeds that are due, sites to search for feeds, pages left over."""

import sqlite3
from datetime import datetime

from storage.articles import watches
from storage.db import storage_errors, to_iso
from storage.records.work import DueRules
from storage.sources import backfills, site_searches, successors
from storage.sources.sources import DUE_FEEDS


@storage_errors
def has_work(
    connection: sqlite3.Connection, now: datetime, rules: DueRules, *, with_sites: bool = True
) -> bool:
    """Whether anything is due; what is quick to know is asked first, for this is asked every few seconds.

    Without *with_sites* the sites to be searched, for which each source is looked at, are left out.
    """
    return bool(
        due_feeds(connection, now, rules)
        or due_pages(connection, now)
        or watches.due_count(connection, now, patience=rules.look_patience)
        or backfills.due(connection, now)
        or (with_sites and (site_searches.due(connection, now) or successors.due(connection, now, rules)))
    )


@storage_errors
def due_feeds(connection: sqlite3.Connection, now: datetime, rules: DueRules) -> int:
    """How many feeds are due and free."""
    row = connection.execute(
        f"""
        SELECT count(*) AS number
        FROM ({DUE_FEEDS}) AS due
        CROSS JOIN feeds ON feeds.id = due.id
        JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled = 1 AND sources.enabled = 1 AND feeds.retired_at IS NULL
          AND (feeds.lease_until IS NULL OR feeds.lease_until <= :now)
        """,
        {"now": to_iso(now), "far": to_iso(now + rules.longest_pause)},
    ).fetchone()
    return int(row["number"])


@storage_errors
def due_pages(connection: sqlite3.Connection, now: datetime) -> int:
    """How many pages wait for the next crawl, and their time has come."""
    # The index links_waiting serves only a query that repeats its condition, and no part of an OR does.
    row = connection.execute(
        """
        SELECT count(*) AS number
        FROM (
            SELECT id FROM links
            WHERE state IN ('queued', 'failed') AND state = 'queued' AND next_try_at IS NULL
            UNION ALL
            SELECT id FROM links
            WHERE state IN ('queued', 'failed') AND state = 'queued' AND next_try_at <= :now
            UNION ALL
            SELECT id FROM links
            WHERE state IN ('queued', 'failed') AND state = 'failed' AND next_try_at <= :now
        ) AS due
        CROSS JOIN links ON links.id = due.id
        JOIN sources ON sources.id = links.source_id
        LEFT JOIN runs ON runs.id = links.run_id
        WHERE sources.enabled = 1 AND runs.state IS NOT 'running'
        """,
        {"now": to_iso(now)},
    ).fetchone()
    return int(row["number"])
