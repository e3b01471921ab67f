"""How the daemon's event loop fares: its last tick, the crawl in hand, and how late the loop is. I/O edge."""

import asyncio
import resource
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from crawler import clock

# The loop is asked so often; the longest of the last minute is told.
ASK_S = 0.5
_ASKED = round(60 / ASK_S)


class EventLoopMonitor:
    """Signs of life of one daemon."""

    def __init__(self, *, asked: Callable[[], float] = clock.monotonic_s) -> None:
        """*asked* gives the seconds of a clock that never steps."""
        self._seconds = asked
        self._ticked_s = asked()
        self._crawl_since_s: float | None = None
        self._lags: deque[float] = deque(maxlen=_ASKED)

    def tick(self) -> None:
        """Note that a tick has begun."""
        self._ticked_s = self._seconds()

    @contextmanager
    def crawling(self) -> Generator[None]:
        """Note that a crawl goes on while the block runs: there is no other tick meanwhile."""
        self._crawl_since_s = self._seconds()
        try:
            yield
        finally:
            self._crawl_since_s = None
            self.tick()

    @property
    def tick_age_s(self) -> float:
        """Seconds since the last tick began; 0 while a crawl goes on."""
        return 0.0 if self._crawl_since_s is not None else self._seconds() - self._ticked_s

    @property
    def crawl_s(self) -> float | None:
        """For how long a crawl has been going on, in seconds; None: there is none."""
        return None if self._crawl_since_s is None else self._seconds() - self._crawl_since_s

    @property
    def lag_s(self) -> float:
        """By how many seconds the loop was late, at worst, in the last minute in which it ran."""
        return max(self._lags, default=0.0)

    async def watch(self) -> None:
        """Ask the loop twice a second to wake us in time, until cancelled."""
        while True:
            asked_s = self._seconds()
            await asyncio.sleep(ASK_S)
            self._lags.append(max(self._seconds() - asked_s - ASK_S, 0.0))


def resident_bytes(pid: int | None = None) -> int | None:
    """The resident memory of a process, of this one without *pid*; None where the system does not tell (Linux does)."""
    try:
        pages = int(Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * resource.getpagesize()
