"""One crawl in a child process of its own, and look-ups in one. I/O edge."""

import asyncio
import pickle
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.run.opening import BUSY_CODE, REFUSED_CODE
from scheduler.daemon.child_process import ChildProcess
from storage.errors import LockedError, SeedwatchError, StorageError

if TYPE_CHECKING:  # it loads what reads pages
    from crawler.discovery.lookups import LookupTask

Counts = dict[str, int]

# No crawl takes longer; the lease of its feeds ends at the same time.
CRAWL_S = 1_800.0


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a crawl in another process ended."""

    code: int  # of the process; negative: ended by that signal
    said: str  # its last words; without any, the end of what it wrote to stderr
    was_stopped: bool = False  # we asked it to
    was_late: bool = False  # its time was over, and it was ended
    in_hand: tuple[int, ...] = ()  # links whose answers had come and whose outcomes were not stored

    def check_database(self) -> None:
        """Raises StorageError if the child ended because the database refused, LockedError if it was only busy."""
        if self.code == REFUSED_CODE:
            raise StorageError(self.said)
        if self.code == BUSY_CODE:
            raise LockedError(self.said)


class Heard:
    """What a crawl has reported so far."""

    def __init__(self, on_progress: Callable[[Counts], None] | None = None) -> None:
        """*on_progress* gets the counts whenever they come."""
        self._on_progress = on_progress
        self._in_hand: dict[int, None] = {}

    def hear(self, message: dict[str, Any]) -> None:
        """Take in one line of crawler/extensions.py; others are passed over."""
        match message:
            case {"counts": counts}:
                if self._on_progress is not None:
                    self._on_progress(counts)
            case {"took": int(link)}:
                self._in_hand[link] = None
            case {"left": int(link)}:
                self._in_hand.pop(link, None)

    @property
    def in_hand(self) -> tuple[int, ...]:
        """The links that were taken and not left, longest first."""
        return tuple(self._in_hand)


class Child:
    """One crawl in a process of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        on_progress: Callable[[Counts], None] | None = None,
        *,
        most_s: float = CRAWL_S,
    ) -> None:
        """*most_s* is the time after which it is stopped, in seconds."""
        self.arguments, self.most_s = list(arguments), most_s
        self._heard = Heard(on_progress)
        self._process: ChildProcess | None = None
        self._stopping = False

    async def run(self) -> ChildEnd:
        """Start it and wait for its end."""
        self._process = process = await ChildProcess.start(
            "crawler.process.child", self.arguments, self._heard.hear
        )
        if self._stopping:
            await process.end()
        waiting = asyncio.ensure_future(process.wait())
        done, _ = await asyncio.wait([waiting], timeout=self.most_s)
        was_late = not done
        if was_late:
            await process.end()
        code, said = await waiting
        return ChildEnd(
            code, said, self._stopping, was_late and not self._stopping, in_hand=self._heard.in_hand
        )

    async def stop(self) -> None:
        """Ask it to finish the pages in hand, then insist."""
        self._stopping = True
        if self._process is not None and self._process.lives:
            await self._process.end()


async def look_up(database: Path, task: "LookupTask") -> list[Any]:
    """The answers to *task*, fetched in a child process under the crawl's rules.

    Raises:
        StorageError: the database refused.
        SeedwatchError: the child ended without an answer.
    """
    with tempfile.TemporaryDirectory(prefix="seedwatch-") as folder:
        file = Path(folder) / "lookup.task"
        file.write_bytes(pickle.dumps(task))
        end = await Child(["lookup", "--database", str(database), "--task", str(file)]).run()
        answer = file.with_suffix(".answer")
        end.check_database()
        if not answer.exists():
            raise SeedwatchError(f"the look-up ended without an answer (code {end.code}): {end.said}")
        found: list[Any] = pickle.loads(answer.read_bytes())  # written by our own child process
        return found
