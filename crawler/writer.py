"""The one thread that writes to the database, so that the event loop never waits for the disk."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from storage import db

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Writer:
    """Calls storage functions, one after the other, on a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Opens the database at *path*; raises StorageError if that fails."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._connection = db.connect(path)

    async def call(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """What *function* returns when it is called with the connection and the arguments."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(self._connection, *args, **kwargs))

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
        self._thread.submit(db.finish, self._connection).result()
        self._thread.shutdown()
