"""Connections to the database file: opening, migrating, transactions, and SQLite's errors as ours."""

import functools
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
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
# Tables without an index that have more rows are not counted.
_FEW_ROWS = 10_000
# A reader that holds a transaction for 20 s let the log grow to 99 MB; it is cut back to this after a checkpoint.
LOG_BYTES = 64 * 2**20
# From here on each commit tries to begin the log anew.
_RESTART_BYTES = LOG_BYTES // 4
# From here on long work and pages wait for a moment without readers, which is what the log needs.
_WAIT_BYTES = LOG_BYTES * 3 // 8
_WAIT_PAUSE_S, _LONGEST_WAIT_S = 0.02, 0.5
# If that was in vain, somebody else reads, for minutes it may be: long work waits again behind so many bytes, ...
_WAIT_EVERY = LOG_BYTES // 8
# ... and pages after so long.
_READ_ON_S = 2.0
# Long work ends its transaction after so long, and lets others write for so long: they ask each 3 ms.
TURN_S, _GAP_S = 0.02, 0.02
# Who waits for the write lock asks for it again after so long. SQLite itself waits longer and longer, up to 100 ms, and
# so misses the moments in which long work lets others write.
_ASK_AGAIN_S = 0.003

_PLAIN_WORDS = {
    "is locked": "another process has held the database for longer than {busy} s; try again when it has finished",
    "readonly": "the database cannot be written: check the permissions of the file and of its folder",
    "is full": "the disk is full: nothing of this transaction was stored; free some space and run again",
    "unable to open": "the database file cannot be opened: check that its folder exists and may be written",
    "disk I/O error": "the database cannot be read or written: check that it is a file, and the disk that it is on",
    "not a database": "the file is no SQLite database",
    "image is malformed": "the database is damaged: restore a backup, or save what `sqlite3 FILE .recover` reads",
}


class _BriefConnection(sqlite3.Connection):
    """One that leaves the log to others."""


def connect(path: Path | str, *, readonly: bool = False, is_brief: bool = False) -> sqlite3.Connection:
    """A connection to the database at *path*, created and migrated if need be; rows can be read by name.

    It is in autocommit mode: what stands together is written under `transaction`. One that *is_brief* writes a few rows
    while somebody waits, and never moves the log, which takes a third of a second where it has grown: whoever opens it
    calls `tidy_log` when nobody waits any more.

    Raises:
        SchemaError: the file was written by a newer seedwatch, a very early one, or another program.
        StorageError: the file cannot be opened or read. One that may be read but not written is refused by the first
            writing.
    """
    path = Path(path)
    try:
        connection = _open(path, readonly=readonly, is_brief=is_brief)
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

    Raises:
        StorageError: it cannot be begun, or what is written cannot be kept: it is at its end that a full disk is met.
    """
    if connection.in_transaction:
        yield
        return
    try:
        _take_lock(connection)
    except sqlite3.Error as error:
        raise _ours(error) from error
    try:
        yield
        _carry_out(connection, "COMMIT")
    except BaseException:
        if connection.in_transaction:
            _carry_out(connection, "ROLLBACK")
        raise
    _bound_log(connection)


def _take_lock(connection: sqlite3.Connection) -> None:
    """Begin a transaction that may write, as soon as no other does: within what the connection waits at most."""
    (most_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    ends_s = time.monotonic() + most_ms / 1_000
    with waiting(connection, timedelta(0)):
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= ends_s:
                    raise
                time.sleep(_ASK_AGAIN_S)
            else:
                return


def log_bytes(database: Path) -> int:
    """What the write-ahead log of *database* takes on the disk; 0 while nobody has it open."""
    try:
        return Path(f"{database}-wal").stat().st_size
    except OSError:
        return 0


def file_bytes(database: Path) -> int:
    """What *database* and its log take on the disk; 0 if there is none."""
    try:
        return database.stat().st_size + log_bytes(database)
    except OSError:
        return 0


class StepBack:
    """Has the readers of one process wait a moment before they read, where the log could not be begun anew for them.

    SQLite begins the log anew only when no reader uses it, which is never where they overlap and the writing goes on:
    beside ten readers of up to .3 s it was 127 MB after an import of 2,000 articles.
    """

    def __init__(self, database: Path) -> None:
        """Nothing is looked at before the first reading."""
        self._database = database
        self._reads_on_until = 0.0

    def before_reading(self) -> None:
        """Return at once where the log is small; else when it has been begun anew, or some tenths of a second later."""
        if log_bytes(self._database) < _WAIT_BYTES or time.monotonic() < self._reads_on_until:
            return
        for _ in range(int(_LONGEST_WAIT_S / _WAIT_PAUSE_S)):
            time.sleep(_WAIT_PAUSE_S)
            if log_bytes(self._database) < _WAIT_BYTES:
                return
        self._reads_on_until = time.monotonic() + _READ_ON_S


def give_way(connection: sqlite3.Connection) -> None:
    """Between two transactions of long work: who waits for the write lock gets it, and the log is begun anew."""
    time.sleep(_GAP_S)
    settle_log(connection)


def settle_log(connection: sqlite3.Connection) -> None:
    """Wait for readers where the log has grown; one that stays is not waited for often."""
    size = log_bytes(file_of(connection))
    if size < _WAIT_BYTES or size % _WAIT_EVERY > _WAIT_EVERY // 2:
        return
    for _ in range(int(_LONGEST_WAIT_S / _WAIT_PAUSE_S)):
        if _restart_log(connection):
            return
        time.sleep(_WAIT_PAUSE_S)


def _bound_log(connection: sqlite3.Connection) -> None:
    """Begin a log that has grown anew, if no reader is in the way at this moment."""
    if not isinstance(connection, _BriefConnection) and log_bytes(file_of(connection)) >= _RESTART_BYTES:
        _restart_log(connection)


def _restart_log(connection: sqlite3.Connection) -> bool:
    """Move the log into the file and begin it anew; whether no reader was in the way.

    What is moved is moved without the write lock: 30 MB take a third of a second. The lock is taken for the rest,
    which is nothing, and nobody is waited for.
    """
    try:
        with waiting(connection, timedelta(0)):
            _, frames, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            return frames == moved and not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error:
        return False  # what was to be written is; the next transaction tries again


@contextmanager
def part(connection: sqlite3.Connection) -> Generator[None]:
    """All or nothing of what is written inside, within a transaction that may go on if this part fails."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk has ended the whole of it
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")


@contextmanager
def waiting(connection: sqlite3.Connection, most: timedelta) -> Generator[None]:
    """Within the block *connection* waits for so long, at most, for another process that writes."""
    (before_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {round(most.total_seconds() * 1_000)}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before_ms}")


def storage_errors(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """*function* with SQLite's errors turned into StorageError, the cause chained; LockedError while another writes."""

    @functools.wraps(function)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except sqlite3.Error as error:
            raise _ours(error) from error

    return guarded


def _carry_out(connection: sqlite3.Connection, statement: str) -> None:
    try:
        connection.execute(statement)
    except sqlite3.Error as error:
        raise _ours(error) from error


def plain_message(error: sqlite3.Error) -> str:
    """What *error* means for the user and what to do, with SQLite's own words behind."""
    said = str(error)
    for sign, words in _PLAIN_WORDS.items():
        if sign in said:
            return f"{words.format(busy=BUSY_TIMEOUT_S)} ({said})"
    return said


def tidy_log(database: Path) -> None:
    """Begin a log that has grown anew, as those who write much do after each transaction; else nothing."""
    if log_bytes(database) >= _RESTART_BYTES:
        with closing(connect(database)) as connection:
            _bound_log(connection)


@storage_errors
def analyse(connection: sqlite3.Connection) -> None:
    """Let the planner know how large tables are and how many rows share a value, by a sample of each index.

    Without it, it takes the index of a column with ten values for as good as one with a million: measured at 500,000
    articles, a tick read all 195,000 watches, 243 ms against .7 ms. A table at a time, for others wait to write
    meanwhile, and none that is large and has no index: there is nothing to choose from, and counting the rows of
    `article_texts` took a second.
    """
    connection.execute(f"PRAGMA analysis_limit = {_ANALYSED_ROWS}")
    ends_s = time.monotonic() + TURN_S
    for table in _analysed_tables(connection):
        connection.execute(f"ANALYZE [{table}]")
        if time.monotonic() > ends_s:
            give_way(connection)
            ends_s = time.monotonic() + TURN_S


def _analysed_tables(connection: sqlite3.Connection) -> list[str]:
    """Those with an index, or few rows."""
    rows = connection.execute(
        """
        SELECT name, EXISTS (SELECT 1 FROM pragma_index_list(tables.name)) AS has_index
        FROM sqlite_master AS tables
        WHERE type = 'table' AND rootpage > 0 AND name NOT GLOB 'sqlite_*' ORDER BY name
        """
    ).fetchall()
    return [
        row["name"]
        for row in rows
        if row["has_index"]
        or connection.execute(
            f"SELECT coalesce(max(rowid), 0) <= ? FROM [{row['name']}]", [_FEW_ROWS]
        ).fetchone()[0]
    ]


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


def _open(path: Path, *, readonly: bool, is_brief: bool) -> sqlite3.Connection:
    mode = "ro" if readonly else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        factory=_BriefConnection if is_brief else sqlite3.Connection,
    )
    connection.row_factory = sqlite3.Row
    if is_brief:
        connection.execute(
            "PRAGMA wal_autocheckpoint = 0"
        )  # else each commit behind 4 MB of log would move it
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, readonly: bool) -> None:
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        _refuse_unknown(connection, path)
        if not readonly:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES // 8}")
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
