"""One daemon for one database: a lock file beside it, which the kernel frees when the process ends."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from storage.errors import BusyError, StorageError

# `holder` takes the lock for some microseconds to see whether it is free; a daemon must not take that for another.
_ATTEMPTS = 10
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock."""

    pid: int
    host: str


def lock_path(database: Path) -> Path:
    """Where the lock of the daemon on *database* lies."""
    return database.with_name(f"{database.name}.lock")


@contextmanager
def hold(database: Path) -> Generator[None]:
    """Hold the daemon's lock on *database*.

    Raises:
        BusyError: another daemon holds it; the text names its pid and host.
        StorageError: the lock file cannot be written.
    """
    path = lock_path(database)
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}: the lock file cannot be written") from error
    try:
        _take(handle)
    except OSError as error:
        os.close(handle)
        other = _read(path)
        who = f"process {other.pid} on {other.host}" if other else "another process"
        raise BusyError(f"a seedwatch daemon runs on {database} already: {who}") from error
    try:
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
        yield
    finally:
        os.ftruncate(handle, 0)
        os.close(handle)


def holder(database: Path) -> Holder | None:
    """Who holds the daemon's lock on *database*; None if nobody does."""
    path = lock_path(database)
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _read(path)
    finally:
        os.close(handle)
    return None


def _take(handle: int) -> None:
    for _ in range(_ATTEMPTS - 1):
        with suppress(BlockingIOError):
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(_PAUSE_S)
    return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(path: Path) -> Holder | None:
    try:
        content = json.loads(path.read_text())
        return Holder(int(content["pid"]), str(content["host"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
