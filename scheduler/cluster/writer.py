"""The writer of a cluster: takes what workers have sent, in order, into the one database. I/O edge."""

import logging
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from crawler import clock
from crawler.cluster.storing import store_records
from scheduler.cluster.connection import SharedStore
from scheduler.cluster.naming import process_name
from storage import db
from storage.cluster import records, shared
from storage.cluster.applied import forget_jobs
from storage.cluster.identity import own_name
from storage.cluster.postgres import check_database, check_version
from storage.errors import ClusterError, LockedError, StorageError

logger = logging.getLogger(__name__)

# Records that are fetched at a time, and those of them that share a transaction: others wait for the write lock as long
# as those take.
_FETCHED, _TOGETHER = 256, 32
# While nothing waits it is looked for again after this.
_LOOK_S = 0.25
_SIGN_S = 5.0
_RETRY_S = 2.0
# Records of a job that come twice come within hours; what is older is known by its address and text.
_REMEMBERED = timedelta(days=7)


def drain(connection: sqlite3.Connection, store: SharedStore, limit: int = _FETCHED) -> tuple[int, int]:
    """Store the next records that wait, and acknowledge them; how many are stored, and how many could not be.

    Raises:
        StorageError: the database refused; what was stored before is acknowledged.
        ClusterError: PostgreSQL cannot be had; what is stored and not acknowledged is known when it comes again.
    """
    waiting = store.call_now(records.waiting, limit)
    done = dead = 0
    for start in range(0, len(waiting), _TOGETHER):
        stored = store_records(connection, waiting[start : start + _TOGETHER], clock.now())
        store.call_now(records.acknowledge, stored.ids, stored.dead)
        done, dead = done + len(stored.ids), dead + len(stored.dead)
    return done, dead


class ClusterWriter:
    """One writer, from its start to its end; there is one at a time, over all machines."""

    def __init__(self, database: Path, dsn: str, *, version: str, tell: Callable[[str], None]) -> None:
        self.name = process_name()
        self._database, self._version, self._tell = database, version, tell
        self._shared = SharedStore(dsn)
        self._stopped = threading.Event()
        self._state = ""
        self._connection: sqlite3.Connection | None = None
        self._signed_s = self._forgot_s = float("-inf")

    def run(self) -> None:
        """Store what comes until SIGTERM or SIGINT; what is away, or refuses, is waited for.

        Raises:
            ClusterError: waiting is of no use.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopped.set())
        try:
            while not self._stopped.is_set():
                self._stopped.wait(self._turn())
        finally:
            with suppress(ClusterError):
                self._shared.call_now(shared.sign_off, self.name)
            self._shared.close()
            if self._connection is not None:
                db.finish(self._connection)

    def _turn(self) -> float:
        """Store some of what waits; seconds until the next turn."""
        try:
            if not self._shared.call_now(shared.hold_lock, "writer"):
                return self._wait("waits: another writer is at work")
            if self._connection is None:
                self._shared.call_now(check_version)
                self._connection = self._connected()
            self._look_after(self._connection)
            done, dead = drain(self._connection, self._shared)
        except LockedError as error:
            return self._wait(f"waits for the database: {error}")
        except StorageError as error:
            return self._wait(f"waits: the database refuses: {error}")
        except ClusterError as error:
            if not error.is_passing:
                raise
            return self._wait(f"waits: {error}")
        if dead:
            self._tell(f"{dead} dead letters: `seedwatch cluster` shows them")
        self._say("writes")
        return 0.0 if done or dead else _LOOK_S

    def _connected(self) -> sqlite3.Connection:
        """The database, if what waits is for it."""
        connection = db.connect(self._database)
        try:
            self._shared.call_now(check_database, own_name(connection))
        except Exception:
            connection.close()
            raise
        return connection

    def _look_after(self, connection: sqlite3.Connection) -> None:
        """Give a sign of life, and forget what is long over, when it is time for that."""
        now_s = clock.monotonic_s()
        if now_s - self._signed_s >= _SIGN_S:
            self._sign(self._state or "writes")
            self._signed_s = now_s
        if now_s - self._forgot_s >= timedelta(hours=1).total_seconds():
            forget_jobs(connection, clock.now() - _REMEMBERED)
            self._forgot_s = now_s

    def _sign(self, state: str) -> None:
        self._shared.call_now(shared.sign, self.name, "writer", self._version, state, clock.system_now())

    def _wait(self, state: str) -> float:
        self._say(state)
        with suppress(ClusterError):
            self._sign(state)
        return _RETRY_S

    def _say(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._tell(state)
