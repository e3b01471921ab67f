"""Connections to the PostgreSQL that machines share, its tables, and its errors as ours.

Only what is imported with the extra `cluster` imports it.
"""

import functools
import re
from collections.abc import Callable
from typing import ParamSpec, TypeAlias, TypeVar

import psycopg
from psycopg.rows import TupleRow

from storage.errors import ClusterError
from storage.records.cluster import WIRE_VERSION

Shared: TypeAlias = "psycopg.Connection[TupleRow]"
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Of the tables below; raised with each change that the version before cannot live with.
SCHEMA_VERSION = 1
# One that does not answer is tried again by who asked.
_CONNECT_S = 5
# A statement that takes longer waits for something that will not come; the longest of ours takes a second.
_STATEMENT_MS = 30_000

_TABLES = """
    CREATE TABLE IF NOT EXISTS seedwatch_cluster (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        schema_version integer NOT NULL,
        wire_version integer NOT NULL,  -- in which jobs are sent
        made_at timestamptz NOT NULL DEFAULT now()
    );
    -- The name of the database whose rows all the others name; NULL: nobody has said.
    ALTER TABLE seedwatch_cluster ADD COLUMN IF NOT EXISTS belongs_to text;
    CREATE TABLE IF NOT EXISTS seedwatch_jobs (
        key text PRIMARY KEY,
        host text NOT NULL UNIQUE,  -- the politeness key: no host has two jobs
        kind text NOT NULL,  -- polls, pages, looks or past
        priority integer NOT NULL,
        wire_version integer NOT NULL,
        run_id bigint NOT NULL,  -- of the scheduler's database
        payload bytea NOT NULL,
        state text NOT NULL DEFAULT 'waiting',  -- waiting, doing, done or dead
        attempt integer NOT NULL DEFAULT 0,
        worker text,  -- that has, or had, it in hand
        detail text NOT NULL DEFAULT '',
        sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        begun_at timestamptz,
        ended_at timestamptz
    );
    CREATE TABLE IF NOT EXISTS seedwatch_records (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        job text NOT NULL,
        host text NOT NULL,
        position integer NOT NULL,  -- in its job, from 1
        kind text NOT NULL,
        wire_version integer NOT NULL,
        payload bytea NOT NULL,
        sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        dead_at timestamptz,  -- when it could not be stored; NULL: it waits
        is_retried boolean NOT NULL DEFAULT false,
        error text NOT NULL DEFAULT ''
    );
    CREATE INDEX IF NOT EXISTS seedwatch_records_waiting ON seedwatch_records (id) WHERE dead_at IS NULL;
    CREATE INDEX IF NOT EXISTS seedwatch_records_job ON seedwatch_records (job);
    CREATE TABLE IF NOT EXISTS seedwatch_hosts (
        host text PRIMARY KEY,
        domain text NOT NULL,  -- the politeness key that it belongs to
        memory bytea NOT NULL,
        noted_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX IF NOT EXISTS seedwatch_hosts_domain ON seedwatch_hosts (domain);
    CREATE TABLE IF NOT EXISTS seedwatch_topics (
        revision text PRIMARY KEY,
        payload bytea NOT NULL,
        sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE IF NOT EXISTS seedwatch_processes (
        name text PRIMARY KEY,
        role text NOT NULL,  -- scheduler, worker or writer
        version text NOT NULL,
        wire_version integer NOT NULL,
        state text NOT NULL,
        jobs integer NOT NULL DEFAULT 0,
        clock_ahead_s double precision NOT NULL DEFAULT 0,
        seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
"""
# What the driver raises, for who calls it through another library.
DRIVER_ERROR = psycopg.Error
_PASSWORD = re.compile(r"(?<=password=)\S+|(?<=://)([^:@/]*):[^@/]*(?=@)")


def connect(dsn: str) -> Shared:
    """A connection to the PostgreSQL at *dsn*, each statement a transaction of its own.

    Raises:
        ClusterError: it cannot be had.
    """
    return _connect(dsn)


def check_answers(dsn: str) -> None:
    """Nothing if the PostgreSQL at *dsn* answers.

    Raises:
        ClusterError: it does not.
    """
    _connect(dsn).close()


def make_tables(shared: Shared) -> bool:
    """Make the tables that are missing; for the scheduler. Whether there were none: no job is in anybody's hands.

    Raises:
        ClusterError: it has those of another version of seedwatch, or the user may not make them.
    """
    is_new = _make_tables(shared)
    check_version(shared)
    return is_new


def masked(dsn: str) -> str:
    """*dsn* without its password, to be shown."""
    return _PASSWORD.sub(lambda found: f"{found[1]}:***" if found[1] is not None else "***", dsn)


def postgres_errors(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """*function* with PostgreSQL's errors turned into ClusterError, the cause chained."""

    @functools.wraps(function)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except psycopg.Error as error:
            raise _ours(error) from error

    return guarded


@postgres_errors
def check_version(shared: Shared) -> None:
    """Nothing if this version of seedwatch can work with what the scheduler made.

    Raises:
        ClusterError: no scheduler has been there, or it is of another version.
    """
    exists = shared.execute("SELECT to_regclass('seedwatch_cluster') IS NOT NULL").fetchone()
    row = (
        shared.execute("SELECT schema_version, wire_version FROM seedwatch_cluster").fetchone()
        if exists and exists[0]
        else None
    )
    if row is None:
        raise ClusterError("the cluster has no tables yet: `seedwatch run --role scheduler` makes them")
    schema, wire = row
    if schema != SCHEMA_VERSION or wire != WIRE_VERSION:
        old = (schema, wire) > (SCHEMA_VERSION, WIRE_VERSION)
        advice = "upgrade seedwatch here" if old else "upgrade the scheduler first"
        raise ClusterError(
            f"the cluster's scheduler speaks version {schema}.{wire}, this seedwatch "
            f"{SCHEMA_VERSION}.{WIRE_VERSION}: {advice}",
            is_passing=False,
        )


@postgres_errors
def check_database(shared: Shared, name: str) -> None:
    """Nothing if what lies there belongs to the database of this *name*, or to none so far: from now on it does.

    Raises:
        ClusterError: it is another's, whose runs, feeds and pages its jobs and records name by number.
    """
    shared.execute("UPDATE seedwatch_cluster SET belongs_to = %s WHERE belongs_to IS NULL", [name])
    row = shared.execute("SELECT belongs_to, made_at FROM seedwatch_cluster").fetchone()
    if row is not None and row[0] != name:
        raise ClusterError(
            f"the PostgreSQL holds the jobs of another seedwatch database, since {row[1]:%Y-%m-%d}: give each its own "
            "there, or empty this one if the other is gone (DROP OWNED BY CURRENT_USER)",
            is_passing=False,
        )


@postgres_errors
def server_version(shared: Shared) -> int:
    """The version of PostgreSQL, such as 150004 for 15.4."""
    return shared.info.server_version


@postgres_errors
def can_make_tables(shared: Shared) -> bool:
    """Whether the user may make tables where ours are, or would be."""
    row = shared.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')").fetchone()
    return bool(row and row[0])


@postgres_errors
def _connect(dsn: str) -> Shared:
    return psycopg.connect(
        dsn,
        autocommit=True,
        connect_timeout=_CONNECT_S,
        application_name="seedwatch",
        options=f"-c statement_timeout={_STATEMENT_MS}",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )


@postgres_errors
def _make_tables(shared: Shared) -> bool:
    with shared.transaction():
        shared.execute("SELECT pg_advisory_xact_lock(hashtext('seedwatch tables'))")
        before = shared.execute("SELECT to_regclass('seedwatch_jobs') IS NULL").fetchone()
        shared.execute(_TABLES)
        shared.execute(
            """
            INSERT INTO seedwatch_cluster (schema_version, wire_version) VALUES (%s, %s)
            ON CONFLICT (only_row) DO UPDATE SET wire_version = excluded.wire_version
            WHERE seedwatch_cluster.schema_version = excluded.schema_version
                AND seedwatch_cluster.wire_version < excluded.wire_version
            """,
            [SCHEMA_VERSION, WIRE_VERSION],
        )
    return bool(before and before[0])


def _ours(error: psycopg.Error) -> ClusterError:
    said = " ".join(masked(str(error)).split()) or type(error).__name__
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return ClusterError(f"PostgreSQL refused: {said}; give the user rights on its database")
    if isinstance(error, psycopg.errors.UndefinedTable):
        return ClusterError(f"the cluster's tables are gone: {said}; the scheduler makes them anew")
    if isinstance(error, psycopg.errors.DiskFull):
        return ClusterError(f"PostgreSQL's disk is full: {said}")
    if isinstance(error, psycopg.ProgrammingError):
        return ClusterError(f"PostgreSQL refused: {said}", is_passing=False)
    return ClusterError(f"PostgreSQL cannot be had: {said}")
