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


WAITS = (
    ("feeds", "next_due_at", ""),
    ("feeds", "lease_until", ""),
    ("sources", "next_search_at", ""),
    ("successors", "next_search_at", ""),
    ("subscriptions", "next_ask_at", ""),
    ("subscriptions", "lease_until", ""),
    ("hosts", "paused_until", ""),
    ("alert_messages", "next_try_at", "AND state = 'waiting'"),
    ("links", "next_try_at", "AND state IN ('queued', 'failed')"),
    ("links", "next_try_at", "AND state = 'past'"),
    ("archive_pages", "next_try_at", "AND state = 'waiting'"),
    ("backfills", "next_at", "AND state = 'running'"),
)
"""Where times stand for which something waits: table, column, and the rows that are looked for by an index."""


@storage_errors
def shift_waits(connection: sqlite3.Connection, now: datetime, step: timedelta) -> None:
    """Have all that waits for a time after *now* wait less by *step*: the clock was set back by so much."""
    values = {"now": to_iso(now), "iso": _ISO, "step": f"-{round(step.total_seconds())} seconds"}
    with transaction(connection):
        for table, column, more in WAITS:
            connection.execute(
                f"""
                UPDATE {table} SET {column} = max(:now, strftime(:iso, {column}, :step))
                WHERE {column} > :now {more}
                """,
                values,
            )
