"""Connections to the database file: opening, migrating, transactions, and SQLite's errors as ours."""

import functools
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from storage.errors import LockedError, SchemaError, StorageError
from storage.schema.early_files import IncompleteError
from storage.schema.migrations import STATEMENTS, migrations
from storage.schema.tables_library import Database

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Readers and the writer of another process wait for each other this long (research: 5 to 10 s).
BUSY_TIMEOUT_S = 10
_SWITCH_PAUSE_S = 0.05
# Rows of each index that `analyse` looks at; SQLite's documentation advises 100 to 1,000.
_ANALYSED_ROWS = 1_000
# A reader that holds a transaction for 20 s let the log grow to 99 MB; it is cut back to this after a checkpoint.
LOG_BYTES = 64 * 2**20
# How long a restart of the log waits for readers; who wants to write waits as long.
_RESTART_MS = 80
# From here on a restart is tried, and again in each second megabyte: a reader that stays must not hold up every commit.
_RESTART_MB = LOG_BYTES // 2**21
_TRIED_EVERY_MB = 2

_PLAIN_WORDS = {
    "is locked": "another process has held the database for longer than {busy} s; try again when it has finished",
    "readonly": "the database cannot be written: check the permissions of the file and of its folder",
    "is full": "the disk is full: nothing of this transaction was stored; free some space and run again",
    "unable to open": "the database file cannot be opened: check that its folder exists and may be written",
    "disk I/O error": "the database cannot be read or written: check that it is a file, and the disk that it is on",
    "not a database": "the file is no SQLite database",
    "image is malformed": "the database is damaged: restore a backup, or save what `sqlite3 FILE .recover` reads",
}


def connect(path: Path | str, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection to the database at *path*, created and migrated if need be; rows can be read by name.

    It is in autocommit mode: what stands together is written under `transaction`.

    Raises:
        SchemaError: the file was written by a newer seedwatch, a very early one, or another program.
        StorageError: the file cannot be opened or read. One that may be read but not written is refused by the first
            writing.
    """
    path = Path(path)
    try:
        connection = _open(path, readonly=readonly)
    except sqlite3.Error as error:
        raise _ours(error, f"{path}: ") from error
    try:
        _prepare(connection, path, readonly=readonly)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """All or nothing of what is written inside; the write lock is taken at once, so that it cannot fail half-way.

    Inside another, it is part of the outer one: an error must not be caught between them.
    """
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    _bound_log(connection)


def log_bytes(database: Path) -> int:
    """What the write-ahead log of *database* takes on the disk; 0 while nobody has it open."""
    try:
        return Path(f"{database}-wal").stat().st_size
    except OSError:
        return 0


def _bound_log(connection: sqlite3.Connection) -> None:
    """Begin the log anew once it has grown to half of LOG_BYTES, unless readers are in the way for a moment.

    SQLite moves the log into the file by itself, but begins it anew only when no reader uses it: where readers
    overlap, never. It was 1,017 MB after an import of 6,000 articles beside three readers.
    """
    megabytes = log_bytes(file_of(connection)) // 2**20
    if megabytes < _RESTART_MB or megabytes % _TRIED_EVERY_MB:
        return
    (patience_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {_RESTART_MS}")
    try:
        connection.execute("PRAGMA wal_checkpoint(RESTART)")
    except sqlite3.Error:
        pass  # what was to be written is; the next transaction tries again
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience_ms}")


def storage_errors(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """*function* with SQLite's errors turned into StorageError, the cause chained; LockedError while another writes."""

    @functools.wraps(function)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except sqlite3.Error as error:
            raise _ours(error) from error

    return guarded


def plain_message(error: sqlite3.Error) -> str:
    """What *error* means for the user and what to do, with SQLite's own words behind."""
    said = str(error)
    for sign, words in _PLAIN_WORDS.items():
        if sign in said:
            return f"{words.format(busy=BUSY_TIMEOUT_S)} ({said})"
    return said


@storage_errors
def analyse(connection: sqlite3.Connection) -> None:
    """Let the planner know how large tables are and how many rows share a value, by a sample of each index.

    Without it, it takes the index of a column with ten values for as good as one with a million: measured at 500,000
    articles, a tick read all 195,000 watches, 243 ms against .7 ms.
    """
    connection.execute(f"PRAGMA analysis_limit = {_ANALYSED_ROWS}")
    connection.execute("ANALYZE")


def file_of(connection: sqlite3.Connection) -> Path:
    """The file that *connection* reads."""
    return Path(connection.execute("PRAGMA database_list").fetchone()[2])


def finish(connection: sqlite3.Connection) -> None:
    """Close *connection* after analysing what needs it and moving the log into the file.

    It does not wait for a reader that is in the way.
    """
    try:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute(f"PRAGMA analysis_limit = {_ANALYSED_ROWS}")
        connection.execute("PRAGMA optimize")  # analyses what was asked for and is not analysed, or has grown
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        pass  # Another process reads or writes; the next one to finish moves the log.
    finally:
        connection.close()


def _ours(error: sqlite3.Error, place: str = "") -> StorageError:
    """SQLite's error as one of ours, for the user."""
    kind = LockedError if "is locked" in str(error) else StorageError
    return kind(f"{place}{plain_message(error)}")


def from_iso(text: str | None) -> datetime | None:
    """A stored time as an aware UTC datetime; None for NULL."""
    return datetime.fromisoformat(text) if text else None


def readable_time(stored: object) -> datetime | None:
    """As `from_iso`, but None for what is no time: what is only shown goes on over a row that something else wrote."""
    try:
        at = from_iso(str(stored)) if stored else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def to_iso(at: datetime | None) -> str | None:
    """*at* as it is stored: ISO 8601, UTC, whole seconds; None for None."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def _open(path: Path, *, readonly: bool) -> sqlite3.Connection:
    mode = "ro" if readonly else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, readonly: bool) -> None:
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        _refuse_unknown(connection, path)
        if not readonly:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES // 4}")
        _migrate(connection, path, readonly=readonly)
    except sqlite3.Error as error:
        raise _ours(error, f"{path}: ") from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL. SQLite does not wait for another connection that does the same, so this does."""
    tries = int(BUSY_TIMEOUT_S / _SWITCH_PAUSE_S)
    for number in range(1, tries + 1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if number == tries or "locked" not in str(error):
                raise
            time.sleep(_SWITCH_PAUSE_S)
        else:
            return


def _refuse_unknown(connection: sqlite3.Connection, path: Path) -> None:
    """Before anything is written, so that the file of another program stays as it was."""
    tables = _tables_of_others(connection)  # first: another process may commit all of ours at this moment
    applied = {migration.name for migration in migrations.applied(_migrated(connection))}
    if newer := applied - set(STATEMENTS):
        raise SchemaError(
            f"{path}: written by a newer seedwatch (it has {', '.join(sorted(newer))}); upgrade this one first"
        )
    if tables and not applied:
        raise SchemaError(
            f"{path}: the database of another program (it has {', '.join(tables)}); give seedwatch a file of its own"
        )


def _migrated(connection: sqlite3.Connection) -> Database:
    return Database(connection, execute_plugins=False, recursive_triggers=False)


def _migrate(connection: sqlite3.Connection, path: Path, *, readonly: bool) -> None:
    database = _migrated(connection)
    if not migrations.pending(database):
        return
    if readonly:
        raise SchemaError(
            f"{path}: made by an older seedwatch or none; `seedwatch check` brings it up to date"
        )
    # A table that is made anew is dropped for a moment, and SQLite forgets no reference to it if it does not look.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        # Of two processes that open a new file at once, the second waits here and finds nothing left to do.
        with transaction(connection):
            migrations.apply(database)
    except IncompleteError as error:
        raise SchemaError(
            f"{path}: made by an early state of seedwatch 0.1.0 (its {error} differ): export its articles with the "
            "seedwatch that made it (`seedwatch export`), and import them into a new file with this one "
            "(`seedwatch import`); sources and topics come from the settings"
        ) from error
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _tables_of_others(connection: sqlite3.Connection) -> list[str]:
    """The first five tables, as literals; those of SQLite and of copying tools (_litestream_seq) are left out."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_*' AND name NOT GLOB 'sqlite_*' "
        "ORDER BY name LIMIT 5"
    )
    return [repr(row["name"]) for row in rows]
