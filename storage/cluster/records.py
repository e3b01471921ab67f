"""Records in PostgreSQL that wait to be stored, and those that could not be: dead letters."""

from collections.abc import Collection, Mapping

from storage.cluster.postgres import Shared, postgres_errors
from storage.records.cluster import WIRE_VERSION, DeadLetter, WaitingRecord


@postgres_errors
def waiting(shared: Shared, limit: int) -> list[WaitingRecord]:
    """The records that wait, in the order in which they came; those of a version that this one cannot read wait on."""
    rows = shared.execute(
        """
        SELECT id, job, position, kind, payload, is_retried FROM seedwatch_records
        WHERE dead_at IS NULL AND wire_version <= %s ORDER BY id LIMIT %s
        """,
        [WIRE_VERSION, limit],
        binary=True,
    ).fetchall()
    return [WaitingRecord(*row) for row in rows]


@postgres_errors
def acknowledge(shared: Shared, ids: Collection[int], dead: Mapping[int, str]) -> None:
    """Remove the records that are stored; *dead*: why others could not be, which become dead letters."""
    with shared.transaction():
        for record_id, error in dead.items():
            shared.execute(
                """
                UPDATE seedwatch_records SET dead_at = clock_timestamp(), is_retried = false, error = %s
                WHERE id = %s
                """,
                [error, record_id],
            )
        shared.execute(
            "DELETE FROM seedwatch_records WHERE id = ANY(%s)",
            [[record_id for record_id in ids if record_id not in dead]],
        )


@postgres_errors
def backlog(shared: Shared) -> tuple[int, float]:
    """How many records wait, and since when the oldest does, in seconds; a count beyond 100,000 is that."""
    row = shared.execute(
        """
        SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(sent_at)), 0)::float8
        FROM (SELECT sent_at FROM seedwatch_records WHERE dead_at IS NULL ORDER BY id LIMIT 100000) AS waiting
        """
    ).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)


@postgres_errors
def dead_letters(shared: Shared, limit: int = 1_000) -> list[DeadLetter]:
    """Records that could not be stored, oldest first."""
    rows = shared.execute(
        """
        SELECT id, kind, host, dead_at, error FROM seedwatch_records
        WHERE dead_at IS NOT NULL ORDER BY dead_at, id LIMIT %s
        """,
        [limit],
    ).fetchall()
    return [DeadLetter(*row) for row in rows]


@postgres_errors
def retry(shared: Shared, ids: Collection[int] = ()) -> int:
    """Have dead letters tried again (all, if none are named); how many."""
    return shared.execute(
        """
        UPDATE seedwatch_records SET dead_at = NULL, is_retried = true, error = ''
        WHERE dead_at IS NOT NULL AND (%(all)s OR id = ANY(%(ids)s))
        """,
        {"all": not ids, "ids": list(ids)},
    ).rowcount


@postgres_errors
def drop(shared: Shared, ids: Collection[int] = ()) -> int:
    """Remove dead letters (all, if none are named) for good; how many."""
    return shared.execute(
        "DELETE FROM seedwatch_records WHERE dead_at IS NOT NULL AND (%(all)s OR id = ANY(%(ids)s))",
        {"all": not ids, "ids": list(ids)},
    ).rowcount
