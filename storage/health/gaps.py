"""When nothing was watched, and how feeds find back into step after it, or after the clock was set."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.db import storage_errors, to_iso, transaction

_ISO = "%Y-%m-%dT%H:%M:%S+00:00"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nothing was watched."""

    began_at: datetime
    ended_at: datetime
    reason: str  # off: the daemon did not run; asleep: it did, and the machine or the daemon stood still
    feeds: int  # that came due meanwhile


@storage_errors
def record_gap(connection: sqlite3.Connection, gap: Gap) -> None:
    """Write down a gap."""
    connection.execute(
        "INSERT INTO gaps (began_at, ended_at, reason, feeds) VALUES (?, ?, ?, ?)",
        [to_iso(gap.began_at), to_iso(gap.ended_at), gap.reason, gap.feeds],
    )


@storage_errors
def gaps_since(connection: sqlite3.Connection, since: datetime) -> list[Gap]:
    """The gaps that ended at *since* or later, newest first."""
    rows = connection.execute(
        "SELECT * FROM gaps WHERE ended_at >= ? ORDER BY ended_at DESC, id DESC", [to_iso(since)]
    )
    return [
        Gap(
            datetime.fromisoformat(row["began_at"]),
            datetime.fromisoformat(row["ended_at"]),
            row["reason"],
            row["feeds"],
        )
        for row in rows
    ]


@storage_errors
def spread_overdue(
    connection: sqlite3.Connection, now: datetime, *, apart: timedelta, within: timedelta
) -> int:
    """Have the feeds that are due come due one after the other, *apart* or closer, all *within* the time; how many.

    First come those of which most is expected: entries a day times the time for which they are overdue. Feeds that were
    never polled are left as they are.
    """
    with transaction(connection):
        return connection.execute(
            """
            UPDATE feeds
            SET next_due_at = strftime(:iso, :now, '+' || (turn * min(:apart, :within / number)) || ' seconds')
            FROM (
                SELECT feeds.id, row_number() OVER (
                    ORDER BY coalesce(rate_per_day, 1) * (julianday(:now) - julianday(next_due_at)) DESC, feeds.id
                ) - 1 AS turn, count(*) OVER () AS number
                FROM feeds JOIN sources ON sources.id = feeds.source_id
                WHERE next_due_at <= :now AND feeds.enabled = 1 AND sources.enabled = 1
            ) AS overdue
            WHERE overdue.id = feeds.id
            """,
            {
                "now": to_iso(now),
                "iso": _ISO,
                "apart": apart.total_seconds(),
                "within": within.total_seconds(),
            },
        ).rowcount


@storage_errors
def shift_waits(connection: sqlite3.Connection, now: datetime, step: timedelta) -> None:
    """Have all that waits for a time after *now* wait less by *step*: the clock was set back by so much."""
    values = {"now": to_iso(now), "iso": _ISO, "step": f"-{round(step.total_seconds())} seconds"}
    with transaction(connection):
        for table, column, more in (
            ("feeds", "next_due_at", ""),
            ("feeds", "lease_until", ""),
            ("sources", "next_search_at", ""),
            ("hosts", "paused_until", ""),
            ("alert_messages", "next_try_at", "AND state = 'waiting'"),
            ("links", "next_try_at", "AND state IN ('queued', 'failed')"),
            ("links", "next_try_at", "AND state = 'past'"),
            ("archive_pages", "next_try_at", "AND state = 'waiting'"),
            ("backfills", "next_at", "AND state = 'running'"),
        ):
            connection.execute(
                f"""
                UPDATE {table} SET {column} = max(:now, strftime(:iso, {column}, :step))
                WHERE {column} > :now {more}
                """,
                values,
            )
