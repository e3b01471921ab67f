"""Jobs in PostgreSQL: sent by the scheduler, taken by workers, ended with their records, and removed."""

from collections.abc import Collection, Sequence

from storage.cluster.postgres import Shared, postgres_errors
from storage.records.cluster import WIRE_VERSION, EndedJob, SentJob, SentRecord, TakenJob, UnendedJob

# A job that so many workers could not end is given up: it may be what they die of.
MOST_ATTEMPTS = 3


@postgres_errors
def send(shared: Shared, jobs: Sequence[SentJob]) -> list[str]:
    """Put jobs there; the keys of those whose host had none."""
    with shared.transaction():
        return [
            job.key
            for job in jobs
            if shared.execute(
                """
                INSERT INTO seedwatch_jobs (key, host, kind, priority, wire_version, run_id, payload)
                VALUES (%s, %s, %s, %s, %s, %s, %s)
                ON CONFLICT (host) DO NOTHING
                """,
                [job.key, job.host, job.kind, job.priority, WIRE_VERSION, job.run_id, job.payload],
            ).rowcount
        ]


@postgres_errors
def busy_hosts(shared: Shared) -> dict[str, int]:
    """The hosts that have a job, in whatever state, with its run: nothing else may be asked of them."""
    return dict(shared.execute("SELECT host, run_id FROM seedwatch_jobs").fetchall())


@postgres_errors
def take(shared: Shared, key: str, worker: str) -> TakenJob | None:
    """Take a job in hand; None if it is over. One that another worker had is taken from it."""
    row = shared.execute(
        """
        UPDATE seedwatch_jobs
        SET state = 'doing', attempt = attempt + 1, worker = %s, begun_at = clock_timestamp()
        WHERE key = %s AND state IN ('waiting', 'doing') AND wire_version <= %s
        RETURNING key, attempt, payload
        """,
        [worker, key, WIRE_VERSION],
    ).fetchone()
    return TakenJob(*row) if row else None


@postgres_errors
def finish(shared: Shared, job: TakenJob, records: Sequence[SentRecord]) -> bool:
    """End a job with its records, all or nothing; False, and nothing is kept, if it has been taken away meanwhile."""
    with shared.transaction():
        row = shared.execute(
            """
            UPDATE seedwatch_jobs SET state = 'done', ended_at = clock_timestamp()
            WHERE key = %s AND attempt = %s AND state = 'doing'
            RETURNING host
            """,
            [job.key, job.attempt],
        ).fetchone()
        if row is None:
            return False
        with shared.cursor() as cursor:
            columns = "job, host, position, kind, wire_version, payload"
            with cursor.copy(f"COPY seedwatch_records ({columns}) FROM STDIN") as rows:
                for position, record in enumerate(records, 1):
                    rows.write_row((job.key, row[0], position, record.kind, WIRE_VERSION, record.payload))
    return True


@postgres_errors
def give_back(shared: Shared, job: TakenJob, why: str) -> None:
    """Let another worker have a job that this one could not end; given up if it was one of too many."""
    shared.execute(
        """
        UPDATE seedwatch_jobs
        SET state = CASE WHEN attempt >= %s THEN 'dead' ELSE 'waiting' END, detail = %s, ended_at = clock_timestamp()
        WHERE key = %s AND attempt = %s AND state = 'doing'
        """,
        [MOST_ATTEMPTS, why, job.key, job.attempt],
    )


@postgres_errors
def put_back(shared: Shared, job: TakenJob) -> None:
    """Let another worker have a job that was hardly begun, as this one ends: it does not count as an attempt."""
    shared.execute(
        """
        UPDATE seedwatch_jobs SET state = 'waiting', attempt = attempt - 1
        WHERE key = %s AND attempt = %s AND state = 'doing'
        """,
        [job.key, job.attempt],
    )


@postgres_errors
def take_from_silent(shared: Shared, silent_s: float) -> int:
    """Let others have the jobs of workers that were not heard of for so long; how many.

    Those that so many workers died of are given up. While PostgreSQL itself was away nobody could be heard.
    """
    return shared.execute(
        """
        UPDATE seedwatch_jobs
        SET state = CASE WHEN attempt >= %(most)s THEN 'dead' ELSE 'waiting' END,
            detail = CASE WHEN attempt >= %(most)s THEN 'its worker died ' || attempt || ' times' ELSE '' END,
            ended_at = clock_timestamp()
        WHERE state = 'doing' AND begun_at < clock_timestamp() - make_interval(secs => %(silent)s)
            AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => %(silent)s)
            AND NOT EXISTS (
                SELECT 1 FROM seedwatch_processes
                WHERE name = worker AND seen_at >= clock_timestamp() - make_interval(secs => %(silent)s)
            )
        """,
        {"most": MOST_ATTEMPTS, "silent": silent_s},
    ).rowcount


@postgres_errors
def unended(shared: Shared) -> list[UnendedJob]:
    """The jobs that are still to be done, or being done."""
    rows = shared.execute(
        "SELECT key, host, priority, state = 'doing' FROM seedwatch_jobs WHERE state IN ('waiting', 'doing')"
    ).fetchall()
    return [UnendedJob(*row) for row in rows]


@postgres_errors
def waiting_count(shared: Shared) -> int:
    """How many jobs no worker has begun."""
    row = shared.execute("SELECT count(*) FROM seedwatch_jobs WHERE state = 'waiting'").fetchone()
    return int(row[0]) if row else 0


@postgres_errors
def ended(shared: Shared, limit: int = 500) -> list[EndedJob]:
    """Jobs all of whose records are stored, or could not be, and those that were given up; longest over first."""
    rows = shared.execute(
        """
        SELECT key, host, run_id, payload, state = 'dead', detail FROM seedwatch_jobs
        WHERE state IN ('done', 'dead') AND NOT EXISTS (
            SELECT 1 FROM seedwatch_records WHERE job = key AND dead_at IS NULL
        )
        ORDER BY ended_at LIMIT %s
        """,
        [limit],
    ).fetchall()
    return [EndedJob(*row) for row in rows]


@postgres_errors
def remove(shared: Shared, keys: Collection[str]) -> None:
    """Remove jobs that are over: their hosts are free."""
    shared.execute(
        "DELETE FROM seedwatch_jobs WHERE key = ANY(%s) AND state IN ('done', 'dead')", [list(keys)]
    )
