"""One connection to the cluster's PostgreSQL, in a thread of its own, made anew when it breaks. I/O edge."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Concatenate, ParamSpec, TypeVar

from storage.cluster.postgres import Shared, connect
from storage.errors import ClusterError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# PostgreSQL that does not answer is asked again after this.
RETRY_S = 2.0


class SharedStore:
    """Calls functions of storage/cluster, one after the other."""

    def __init__(self, dsn: str) -> None:
        """Nothing is connected before the first call."""
        self.waits_for = ""  # why calls are repeated that must not fail; "": none is
        self._dsn = dsn
        self._connection: Shared | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres")

    def call_now(
        self,
        function: Callable[Concatenate[Shared, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """What *function* returns; for who has no event loop, or is in a thread.

        Raises:
            ClusterError: PostgreSQL cannot be had.
        """
        return self._thread.submit(lambda: self._call(function, *args, **kwargs)).result()

    async def call(
        self,
        function: Callable[Concatenate[Shared, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """As `call_now`; the event loop goes on meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: self._call(function, *args, **kwargs)
        )

    async def call_until_had(
        self,
        function: Callable[Concatenate[Shared, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """As `call`, again and again while PostgreSQL cannot be had, for as long as that takes.

        Raises:
            ClusterError: waiting is of no use.
        """
        while True:
            try:
                found = await self.call(function, *args, **kwargs)
            except ClusterError as error:
                if not error.is_passing:
                    raise
                self.waits_for = str(error)
            else:
                self.waits_for = ""
                return found
            await asyncio.sleep(RETRY_S)

    def close(self) -> None:
        """Disconnect."""
        self._thread.submit(self._drop).result()
        self._thread.shutdown()

    def _call(
        self,
        function: Callable[Concatenate[Shared, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        if self._connection is None:
            self._connection = connect(self._dsn)
        try:
            return function(self._connection, *args, **kwargs)
        except ClusterError:
            if self._connection.closed or self._connection.broken:
                self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it is broken already
                connection.close()
