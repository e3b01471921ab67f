"""Hosts that asked to be left alone, or to be asked slowly: remembered from run to run."""

import sqlite3

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.sources import HostMemory


@storage_errors
def remember(connection: sqlite3.Connection, memory: HostMemory) -> None:
    """Keep what a host has asked for, in place of what was kept before."""
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO hosts (host, paused_until, reason, pauses, paused_at, spacing_s, crawl_delay_s)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (host) DO UPDATE
            SET paused_until = excluded.paused_until, reason = excluded.reason, pauses = excluded.pauses,
                paused_at = excluded.paused_at, spacing_s = excluded.spacing_s, crawl_delay_s = excluded.crawl_delay_s
            """,
            [
                memory.host, to_iso(memory.paused_until), memory.reason, memory.pauses, to_iso(memory.paused_at),
                memory.spacing_s, memory.crawl_delay_s,
            ],
        )  # fmt: skip


@storage_errors
def remembered(connection: sqlite3.Connection) -> list[HostMemory]:
    """What is remembered of hosts, by name."""
    return [
        HostMemory(
            host=row["host"],
            paused_until=from_iso(row["paused_until"]),
            reason=row["reason"],
            pauses=row["pauses"],
            paused_at=from_iso(row["paused_at"]),
            spacing_s=row["spacing_s"],
            crawl_delay_s=row["crawl_delay_s"],
        )
        for row in connection.execute("SELECT * FROM hosts ORDER BY host")
    ]
