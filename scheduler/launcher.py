"""Starts the child process of a crawl, follows it, and ends it. I/O edge."""

import asyncio
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crawler
from crawler.opening import BUSY_CODE, LAST_WORDS, REFUSED_CODE
from storage.errors import LockedError, SeedwatchError, StorageError

if TYPE_CHECKING:  # it loads what reads pages
    from crawler.lookups import LookupTask

Counts = dict[str, int]

# A crawl that is asked to stop finishes the pages in hand; after this it is asked again, then killed.
STOP_S = 7.0
KILL_S = 2.0
# No crawl takes longer; the lease of its feeds ends at the same time.
CRAWL_S = 1_800.0


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a child process ended."""

    code: int  # of the process; negative: ended by that signal
    said: str  # its last words; without any, the end of what it wrote to stderr
    was_stopped: bool = False  # we asked it to
    was_late: bool = False  # its time was over, and it was ended

    def check_database(self) -> None:
        """Raises StorageError if the child ended because the database refused, LockedError if it was only busy."""
        if self.code == REFUSED_CODE:
            raise StorageError(self.said)
        if self.code == BUSY_CODE:
            raise LockedError(self.said)


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
        self.arguments, self.on_progress, self.most_s = list(arguments), on_progress, most_s
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def run(self) -> ChildEnd:
        """Start it and wait for its end."""
        reading, writing = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # a scrapy.py in the user's folder is not ours to run
                "-m",
                "crawler.child",
                *self.arguments,
                "--progress-fd",
                str(writing),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=[writing],
                env=_environment(),
                # Ctrl-C reaches the parent alone, which then stops the child in order.
                start_new_session=True,
            )
        finally:
            os.close(writing)
        if self._stopping:
            self._process.terminate()
        followed = asyncio.create_task(self._follow(reading))
        assert self._process.stderr is not None
        said = asyncio.create_task(_tail(self._process.stderr))
        was_late = False
        try:
            await asyncio.wait_for(self._process.wait(), self.most_s)
        except TimeoutError:
            was_late = True
            await self._end()
        code = await self._process.wait()
        # A child that died left its pool behind, which holds our pipes open and may be busy for ever.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await followed
        return ChildEnd(code, await said, self._stopping, was_late and not self._stopping)

    async def stop(self) -> None:
        """Ask it to finish the pages in hand, then insist."""
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            await self._end()

    async def _end(self) -> None:
        """Ask it to end, twice; then have the kernel end it with its pool's processes, which are in its session."""
        assert self._process is not None
        for patience_s in (STOP_S, KILL_S):
            with suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), patience_s)
            except TimeoutError:
                continue
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _follow(self, reading: int) -> None:
        """Hand on the counts that the child writes, until it closes the pipe."""
        loop = asyncio.get_running_loop()
        stream = asyncio.StreamReader()
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
            async for line in stream:
                if self.on_progress is not None:
                    self.on_progress(json.loads(line))
            transport.close()


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


def _environment() -> dict[str, str]:
    """The parent's, with the three packages on the path wherever the child starts."""
    root = str(Path(crawler.__file__).parent.parent)
    paths = [root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "SCRAPY_SETTINGS_MODULE": "crawler.settings",
    }


async def _tail(stream: asyncio.StreamReader, characters: int = 4_000) -> str:
    said = b""
    while chunk := await stream.read(4_096):
        said = (said + chunk)[-characters:]
    return said.decode(errors="replace").rpartition(LAST_WORDS)[2].strip()
