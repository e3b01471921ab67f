"""A copy of the database while it is in use."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from storage.db import plain_message
from storage.errors import StorageError

# Copied in one go: 8 MiB, for which nobody waits, since who writes goes on in the log.
_PAGES = 2_000


def copy_database(
    connection: sqlite3.Connection,
    target: Path,
    on_progress: Callable[[int, float | None], None],
    checking: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> int:
    """Write what the database holds at this moment to *target*, in place of what is there; the copy's size in bytes.

    *on_progress* gets the pages copied and their share of all. The copy is made beside *target*, checked within
    *checking*, for seconds, and moved there when it is on the disk; one that fails leaves nothing behind.

    Raises:
        StorageError: the copy could not be written, or is not sound.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as copy:
            _copy(connection, copy, on_progress)
            with checking():
                said = copy.execute("PRAGMA quick_check").fetchone()[0]
            if said != "ok":
                raise StorageError(
                    f"{target}: the copy is not sound: {said}; `seedwatch doctor` looks at the database"
                )
        with part.open("rb") as file:
            os.fsync(file.fileno())
        size = part.stat().st_size
        part.replace(target)
    except sqlite3.Error as error:
        raise StorageError(f"{target}: {plain_message(error)}") from error
    except OSError as error:
        raise StorageError(f"{target}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return size


def _copy(
    connection: sqlite3.Connection, copy: sqlite3.Connection, on_progress: Callable[[int, float | None], None]
) -> None:
    """Copy in steps out of one reading transaction: without it SQLite begins anew after each write of another process.

    (https://www.sqlite.org/c3ref/backup_finish.html, on a source that is changed while it is copied)
    """

    def tell(_status: int, remaining: int, total: int) -> None:
        on_progress(total - remaining, (total - remaining) / total if total else 1.0)

    connection.execute("BEGIN")
    try:
        # The transaction begins with a look.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.backup(copy, pages=_PAGES, progress=tell)
    finally:
        connection.execute("ROLLBACK")
