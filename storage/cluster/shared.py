"""What all machines share beside jobs: hosts' wishes, topics, and which processes are there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg.rows import TupleRow

from storage.cluster.postgres import Shared, postgres_errors
from storage.records.cluster import WIRE_VERSION, ClusterFigures, WorkerState

# A process that has not been heard of for so long is not shown any more: workers come and go.
_FORGOTTEN_H, _WORKER_FORGOTTEN_H = 24, 1
# One that has not been heard of for so long is counted no more; it gives a sign every 5 s.
_SILENT_S = 60.0
# What a host has asked for is kept so long here; the scheduler's database keeps it for good.
_HOST_DAYS = 7
# Revisions of topics that are kept: workers that are late may still ask for an older one.
_REVISIONS = 3


@postgres_errors
def keep_host(shared: Shared, host: str, domain: str, memory: bytes) -> None:
    """Keep what a host of a domain has asked for, at once: other machines must know even if this one dies."""
    shared.execute(
        """
        INSERT INTO seedwatch_hosts (host, domain, memory) VALUES (%s, %s, %s)
        ON CONFLICT (host) DO UPDATE SET memory = excluded.memory, noted_at = clock_timestamp()
        """,
        [host, domain, memory],
    )


@postgres_errors
def host_memories(shared: Shared, domain: str) -> list[bytes]:
    """What the hosts of a domain have asked for lately, by host."""
    rows = shared.execute("SELECT memory FROM seedwatch_hosts WHERE domain = %s ORDER BY host", [domain])
    return [row[0] for row in rows]


@postgres_errors
def forget_hosts(shared: Shared) -> None:
    """Forget what hosts asked for long ago, and topics that are out of date."""
    shared.execute(
        "DELETE FROM seedwatch_hosts WHERE noted_at < now() - make_interval(days => %s)", [_HOST_DAYS]
    )
    shared.execute(
        """
        DELETE FROM seedwatch_topics WHERE revision NOT IN (
            SELECT revision FROM seedwatch_topics ORDER BY sent_at DESC LIMIT %s
        )
        """,
        [_REVISIONS],
    )


@postgres_errors
def keep_topics(shared: Shared, revision: str, payload: bytes) -> None:
    """Have the topics of a revision ready for workers."""
    shared.execute(
        """
        INSERT INTO seedwatch_topics (revision, payload) VALUES (%s, %s)
        ON CONFLICT (revision) DO UPDATE SET sent_at = clock_timestamp()
        """,
        [revision, payload],
    )


@postgres_errors
def topics(shared: Shared, revision: str) -> bytes | None:
    """The topics of a revision; None: they are not there any more."""
    row = shared.execute("SELECT payload FROM seedwatch_topics WHERE revision = %s", [revision]).fetchone()
    return row[0] if row else None


@postgres_errors
def hold_lock(shared: Shared, role: str) -> bool:
    """Whether this connection has the lock of the one process of its *role*, or gets it now.

    It is lost with the connection, which holds no other.
    """
    row = shared.execute(
        """
        SELECT EXISTS (
            SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
        ) OR pg_try_advisory_lock(hashtext('seedwatch ' || %s))
        """,
        [role],
    ).fetchone()
    return bool(row and row[0])


@postgres_errors
def sign(
    shared: Shared, name: str, role: str, version: str, state: str, now: datetime, *, jobs: int = 0
) -> float:
    """Note that a process is there, and what it does; how far its clock is ahead of PostgreSQL's, in seconds."""
    ahead_s = clock_ahead_s(shared, now)
    shared.execute(
        """
        INSERT INTO seedwatch_processes (name, role, version, wire_version, state, jobs, clock_ahead_s)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (name) DO UPDATE SET role = excluded.role, version = excluded.version, state = excluded.state,
            wire_version = excluded.wire_version, jobs = excluded.jobs, clock_ahead_s = excluded.clock_ahead_s,
            seen_at = clock_timestamp()
        """,
        [name, role, version, WIRE_VERSION, state, jobs, ahead_s],
    )
    shared.execute(
        """
        DELETE FROM seedwatch_processes
        WHERE seen_at < now() - make_interval(hours => CASE role WHEN 'worker' THEN %s ELSE %s END)
        """,
        [_WORKER_FORGOTTEN_H, _FORGOTTEN_H],
    )
    return ahead_s


@postgres_errors
def scheduler_ahead_s(shared: Shared) -> float:
    """How far the scheduler's clock is ahead of PostgreSQL's, in seconds; 0 where there is none."""
    row = shared.execute(
        "SELECT clock_ahead_s FROM seedwatch_processes WHERE role = 'scheduler' ORDER BY seen_at DESC LIMIT 1"
    ).fetchone()
    return float(row[0]) if row else 0.0


@postgres_errors
def sign_off(shared: Shared, name: str) -> None:
    """Note that a process has ended."""
    shared.execute("DELETE FROM seedwatch_processes WHERE name = %s", [name])


@postgres_errors
def clock_ahead_s(shared: Shared, now: datetime) -> float:
    """How far this machine's clock, by which it is *now*, is ahead of PostgreSQL's, in seconds."""
    row = shared.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    at: datetime = row[0]
    return (now - at).total_seconds()


@postgres_errors
def figures(shared: Shared, now: datetime) -> ClusterFigures:
    """How the cluster stands; *now* is by this machine's clock, by which all times are told."""
    (waiting, doing) = _row(
        shared,
        """
        SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'doing')
        FROM seedwatch_jobs
        """,
    )
    (records, newer, lag_s, dead) = _row(
        shared,
        """
        SELECT count(*) FILTER (WHERE dead_at IS NULL),
            count(*) FILTER (WHERE dead_at IS NULL AND wire_version > %s),
            coalesce(extract(epoch FROM clock_timestamp() - min(sent_at) FILTER (WHERE dead_at IS NULL)), 0)::float8,
            count(*) FILTER (WHERE dead_at IS NOT NULL)
        FROM seedwatch_records
        """,
        [WIRE_VERSION],
    )
    kinds = shared.execute(
        "SELECT kind, count(*) FROM seedwatch_jobs WHERE state = 'waiting' GROUP BY kind ORDER BY max(priority) DESC"
    ).fetchall()
    silences: dict[str, timedelta] = dict(
        shared.execute(
            "SELECT role, clock_timestamp() - max(seen_at) FROM seedwatch_processes GROUP BY role"
        ).fetchall()
    )
    seen = {role: now - silence for role, silence in silences.items()}
    writer = shared.execute(
        "SELECT state FROM seedwatch_processes WHERE role = 'writer' ORDER BY seen_at DESC LIMIT 1"
    ).fetchone()
    workers = shared.execute(
        """
        SELECT name, version, wire_version, clock_timestamp() - seen_at, clock_ahead_s, jobs, state
        FROM seedwatch_processes WHERE role = 'worker' ORDER BY name
        """
    ).fetchall()
    return ClusterFigures(
        waiting=waiting,
        doing=doing,
        records=records,
        newer=newer,
        lag_s=round(lag_s, 1),
        dead=dead,
        by_kind=tuple((row[0], row[1]) for row in kinds),
        workers=tuple(_worker(row, now) for row in workers),
        writer_seen_at=seen.get("writer"),
        writer_state=writer[0] if writer else "",
        scheduler_seen_at=seen.get("scheduler"),
        clock_ahead_s=clock_ahead_s(shared, now),
    )


def _worker(row: TupleRow, now: datetime) -> WorkerState:
    name, version, wire_version, silence, ahead_s, jobs, state = row
    is_living = silence.total_seconds() <= _SILENT_S
    return WorkerState(name, version, wire_version, now - silence, ahead_s, jobs, state, is_living)


def _row(shared: Shared, query: LiteralString, values: Sequence[object] = ()) -> TupleRow:
    row = shared.execute(query, values).fetchone()
    assert row is not None
    return row
