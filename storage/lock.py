"""One daemon for one database: a lock file beside it, which the kernel frees when the process ends."""

import fcntl
import functools
import json
import os
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from storage.errors import BusyError, StorageError

# `holder` takes the lock for some microseconds to see whether it is free; a daemon must not take that for another.
_PATIENCE_S = 0.2
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock."""

    pid: int  # 0 if the lock file does not tell
    host: str  # "an unknown machine" if the lock file does not tell
    note: str | None = None  # what it has to say, such as that it waits; None: nothing


def lock_path(database: Path) -> Path:
    """Where the lock of the daemon on *database* lies: beside the file itself, whatever link it was named by."""
    file = database.resolve()
    return file.with_name(f"{file.name}.lock")


@contextmanager
def hold(database: Path, *, patience_s: float = _PATIENCE_S) -> Generator[Callable[[str | None], None]]:
    """Hold the daemon's lock on *database*; what it yields takes a note for those who ask for the holder.

    A lock that is held is tried again for *patience_s* seconds.

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
        _take(handle, patience_s)
    except OSError as error:
        os.close(handle)
        other = _read(path)
        who = f"process {other.pid} on {other.host}" if other else "another process"
        raise BusyError(f"a seedwatch daemon runs on {database} already: {who}") from error
    try:
        _sign(handle, None)
        yield functools.partial(_sign, handle)
    finally:
        os.ftruncate(handle, 0)
        os.close(handle)


def holder(database: Path, *, patience_s: float = _PATIENCE_S) -> Holder | None:
    """Who holds the daemon's lock on *database*; None if nobody does.

    A holder without a name in the file is given *patience_s* seconds to write it.
    """
    path = lock_path(database)
    for _ in range(_attempts(patience_s)):
        if not _is_held(path):
            return None
        noted = _read(path)
        if noted is not None:
            return noted
        time.sleep(
            _PAUSE_S
        )  # it has the lock and not yet its name in the file, or its name is out and the lock not
    return Holder(0, "an unknown machine")


def _is_held(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _attempts(patience_s: float) -> int:
    return max(1, round(patience_s / _PAUSE_S))


def _take(handle: int, patience_s: float) -> None:
    for _ in range(_attempts(patience_s) - 1):
        with suppress(BlockingIOError):
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(_PAUSE_S)
    return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sign(handle: int, note: str | None) -> None:
    """Write who holds the lock, and what it has to say."""
    content = {"pid": os.getpid(), "host": socket.gethostname(), "note": note}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(content).encode(), 0)


def _read(path: Path) -> Holder | None:
    try:
        content = json.loads(path.read_text())
        return Holder(int(content["pid"]), str(content["host"]), content.get("note"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
