"""The one thread that writes to the database, so that the event loop never waits for the disk."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from storage import db
from storage.errors import StorageError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Others wait for the write lock as long as calls that are committed together take.
_TOGETHER = 32


@dataclass(slots=True)
class _Call:
    """What a caller waits for."""

    function: Callable[[sqlite3.Connection], Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell the caller, unless nobody waits any more."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Calls storage functions, one after the other, on a connection of its own.

    Calls that came while others were carried out share one transaction: a commit and the way back to the event loop
    take longer than most of what is written. A caller hears of its call when that is committed.
    """

    def __init__(self, path: Path) -> None:
        """Opens the database at *path*; raises StorageError if that fails."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._connection = db.connect(path)
        self._waiting: deque[_Call] = deque()
        self._is_at_work = self._is_closing = False
        self._handing_over = threading.Lock()  # what waits is the loop's to hand over, and `close`'s

    async def call(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """What *function* returns when it is called with the connection and the arguments.

        If one of several calls that share a transaction fails, all of them are undone and carried out again, each by
        itself: *function* must do nothing that the database does not undo.

        Raises:
            RuntimeError: the writer was closed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._handing_over:
            if self._is_closing:
                raise RuntimeError("the writer is closed")
            self._waiting.append(
                _Call(lambda connection: function(connection, *args, **kwargs), future, loop)
            )
        if not self._is_at_work:
            self._begin()
        return await future

    def call_now(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """As `call`, for code outside the event loop: it waits."""
        return self._thread.submit(lambda: function(self._connection, *args, **kwargs)).result()

    def close(self) -> None:
        """Finish what is queued and close the connection."""
        with self._handing_over:
            self._is_closing = True
            finished = self._thread.submit(self._finish)
        finished.result()
        self._thread.shutdown()

    def _begin(self) -> None:
        """Hand what waits to the thread; only in the event loop's thread."""
        with self._handing_over:
            calls = [] if self._is_closing else self._take()
            self._is_at_work = bool(calls)
            if calls:
                self._thread.submit(self._work, calls)

    def _work(self, calls: Sequence[_Call]) -> None:
        _carry_out(self._connection, calls)
        loop = calls[0].loop
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._settle, calls)
        db.settle_log(self._connection)

    def _settle(self, calls: Sequence[_Call]) -> None:
        self._begin()
        for call in calls:
            call.settle()

    def _finish(self) -> None:
        while calls := self._take():
            self._work(calls)
        db.finish(self._connection)

    def _take(self) -> list[_Call]:
        """The next calls that are carried out together; empty if none wait."""
        return [self._waiting.popleft() for _ in range(min(_TOGETHER, len(self._waiting)))]


def _carry_out(connection: sqlite3.Connection, calls: Sequence[_Call]) -> None:
    """Fill in the results or errors of *calls*: in one transaction if all go well, else each by itself."""
    if len(calls) > 1:
        try:
            _together(connection, calls)
        except _Refused as refused:
            for call in calls:
                call.error = refused.error
            return
        except Exception:
            pass
        else:
            return
    for call in calls:
        try:
            call.result = call.function(connection)
        except BaseException as error:
            call.error = error


class _Refused(Exception):
    """The database did not let a transaction begin; trying so for each call would wait as long again each time."""

    def __init__(self, error: StorageError) -> None:
        super().__init__(str(error))
        self.error = error


def _together(connection: sqlite3.Connection, calls: Sequence[_Call]) -> None:
    has_begun = False

    @db.storage_errors
    def write() -> None:
        nonlocal has_begun
        with db.transaction(connection):
            has_begun = True
            for call in calls:
                call.result = call.function(connection)

    try:
        write()
    except StorageError as error:
        if not has_begun:
            raise _Refused(error) from error
        raise
