"""Which records of which jobs are stored, in the database that they are stored in: so that none is stored twice."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction


@dataclass(frozen=True, slots=True)
class AppliedRecords:
    """How far the records of one job are stored."""

    applied: int = 0  # up to this number
    left_out: tuple[int, ...] = ()  # but for these

    def has(self, position: int, *, is_retried: bool = False) -> bool:
        """Whether a record is stored, or was left out and is not *is_retried*."""
        return position <= self.applied and not (is_retried and position in self.left_out)


@storage_errors
def applied(connection: sqlite3.Connection, job: str) -> AppliedRecords:
    """How far the records of *job* are stored; nothing of a job that is not known."""
    row = connection.execute("SELECT applied, left_out FROM cluster_jobs WHERE key = ?", [job]).fetchone()
    return AppliedRecords(row["applied"], tuple(json.loads(row["left_out"]))) if row else AppliedRecords()


@storage_errors
def note_applied(connection: sqlite3.Connection, job: str, position: int, now: datetime) -> None:
    """Note that a record is stored, in the transaction that stores it."""
    known = applied(connection, job)
    left_out = tuple(number for number in known.left_out if number != position)
    _keep(connection, job, AppliedRecords(max(known.applied, position), left_out), now)


@storage_errors
def note_left_out(connection: sqlite3.Connection, job: str, position: int, now: datetime) -> None:
    """Note that a record could not be read or stored, and that those behind it go on."""
    known = applied(connection, job)
    left_out = tuple(sorted({*known.left_out, position}))
    _keep(connection, job, AppliedRecords(max(known.applied, position), left_out), now)


@storage_errors
def forget_jobs(connection: sqlite3.Connection, before: datetime) -> int:
    """Forget jobs whose last record was stored before a time, but for those with something left out; how many."""
    with transaction(connection):
        return connection.execute(
            "DELETE FROM cluster_jobs WHERE at < ? AND left_out = '[]'", [to_iso(before)]
        ).rowcount


def _keep(connection: sqlite3.Connection, job: str, known: AppliedRecords, now: datetime) -> None:
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO cluster_jobs (key, applied, left_out, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE
            SET applied = excluded.applied, left_out = excluded.left_out, at = excluded.at
            """,
            [job, known.applied, json.dumps(known.left_out), to_iso(now)],
        )
