"""How many bytes of answers are in hand: packed ones wait, packed, until there is room to unpack them."""

import asyncio
import weakref
from collections import deque
from contextlib import suppress

from scrapy.http import Response


class BodiesInHand:
    """Counts the bodies of the answers that somebody still reads, and lets others wait."""

    def __init__(self, most_bytes: int, patience_s: float) -> None:
        """Nobody waits longer than *patience_s*: who has the room may itself be waiting for a further answer."""
        self._most_bytes, self._patience_s = most_bytes, patience_s
        self._bytes = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def total_bytes(self) -> int:
        """Of the bodies that are in hand now."""
        return self._bytes

    async def room(self) -> None:
        """Wait until bodies of fewer than the most bytes are in hand, in the order of coming."""
        if self._bytes < self._most_bytes and not self._waiting:
            return
        ticket = asyncio.get_running_loop().create_future()
        self._waiting.append(ticket)
        try:
            async with asyncio.timeout(self._patience_s):
                await ticket
        except TimeoutError:
            pass
        finally:
            with suppress(ValueError):  # it was called
                self._waiting.remove(ticket)

    def hold(self, response: Response) -> None:
        """Count the body of *response* for as long as it lives."""
        size = len(response.body)
        self._bytes += size
        # The last to let it go may be another thread, or the collector.
        loop = asyncio.get_running_loop()
        weakref.finalize(response, self._let_go, loop, size).atexit = False
        self._call_next()

    def _let_go(self, loop: asyncio.AbstractEventLoop, size: int) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(self._take_off, size)

    def _take_off(self, size: int) -> None:
        self._bytes -= size
        self._call_next()

    def _call_next(self) -> None:
        while self._waiting and self._bytes < self._most_bytes:
            ticket = self._waiting.popleft()
            if not ticket.done():
                ticket.set_result(None)
                return  # its body, once unpacked, calls the next
