"""A child process: one crawl in a process of its own, and look-ups in one. I/O edge."""

import asyncio
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crawler
from crawler.downloader.access import ENVIRONMENT_NAME
from crawler.process import json_logs
from crawler.process.json_logs import is_json_asked
from crawler.run.messages import (
    CrawlOrder,
    CrawlProgress,
    LinkStored,
    LinkTaken,
    Message,
    line_of,
    message_of,
)
from crawler.run.opening import BUSY_CODE, LAST_WORDS, REFUSED_CODE
from storage.errors import LockedError, SeedwatchError, StorageError

if TYPE_CHECKING:  # it loads what reads pages
    from crawler.discovery.lookups import LookupTask

# One that is asked to stop finishes the pages in hand; after this it is asked again, then killed.
STOP_S = 7.0
KILL_S = 2.0
# A line without an end is cut here.
_LONGEST_LINE = 65_536
# No crawl takes longer; the lease of its feeds ends at the same time.
CRAWL_S = 1_800.0

OnProgress = Callable[[CrawlProgress], None]


class ChildProcess:
    """`python -m MODULE ...` in a session of its own, with a pipe on which it reports."""

    def __init__(self, process: asyncio.subprocess.Process, followed: asyncio.Task[None]) -> None:
        """Use `start`."""
        assert process.stderr is not None
        self._process, self._followed = process, followed
        self._said = asyncio.create_task(_tail(process.stderr, is_json_asked(os.environ)))

    @classmethod
    async def start(
        cls,
        module: str,
        arguments: Sequence[str],
        on_message: Callable[[Message], None],
        *,
        takes_orders: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> "ChildProcess":
        """Start it; *on_message* gets what it reports, and *more* is added to its environment."""
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # a scrapy.py in the user's folder is not ours to run
                "-m",
                module,
                *arguments,
                "--progress-fd",
                str(writing),
                stdin=asyncio.subprocess.PIPE if takes_orders else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=[writing],
                env={**_environment(), **(more or {})},
                # Ctrl-C reaches the parent alone, which then stops the child in order.
                start_new_session=True,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return cls(process, asyncio.create_task(_follow(reading, on_message)))

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it has not ended yet, as far as is known."""
        return self._process.returncode is None

    async def wait(self) -> tuple[int, str]:
        """Its exit code and last words, when it has ended and nothing that it started is left."""
        code = await self._process.wait()
        # A child that died left its pool behind, which holds our pipes open and may be busy for ever.
        self.kill()
        await asyncio.shield(self._followed)
        return code, await asyncio.shield(self._said)

    async def end(self) -> None:
        """Ask it to end, twice; then have the kernel end it with its pool's processes, which are in its session."""
        for patience_s in (STOP_S, KILL_S):
            with suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), patience_s)
            except TimeoutError:
                continue
            return
        self.kill()

    def kill(self) -> None:
        """Have the kernel end it, and what it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def send(self, order: CrawlOrder) -> None:
        """Write an order to its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.write(line_of(order))

    def finish(self) -> None:
        """Close its stdin: there are no more orders."""
        assert self._process.stdin is not None
        self._process.stdin.close()


def _environment() -> dict[str, str]:
    """The parent's, with the three packages on the path wherever the child starts."""
    root = str(Path(crawler.__file__).parent.parent)
    paths = [root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "SCRAPY_SETTINGS_MODULE": "crawler.settings",
    }


async def _follow(reading: int, on_message: Callable[[Message], None]) -> None:
    """Hand on what the child reports, until it closes the pipe."""
    loop = asyncio.get_running_loop()
    stream = asyncio.StreamReader()
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
        async for line in stream:
            if (message := message_of(line)) is not None:
                on_message(message)
        transport.close()


async def _tail(stream: asyncio.StreamReader, as_json: bool, characters: int = 4_000) -> str:
    said = rest = b""
    while chunk := await stream.read(4_096):
        said = (said + chunk)[-characters:]
        if as_json:
            *lines, rest = (rest + chunk)[-_LONGEST_LINE:].split(b"\n")
            _hand_on(lines)
    if as_json:
        _hand_on([rest])
    return said.decode(errors="replace").rpartition(LAST_WORDS)[2].strip()


def _hand_on(lines: Sequence[bytes]) -> None:
    """Write a child's lines to our stderr: one process writes, so they never mix."""
    for line in lines:
        text = line.decode(errors="replace").strip()
        if text and not text.startswith(LAST_WORDS):
            json_logs.write_line(json_logs.line_of(text, "crawler"))


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


class CrawlStatus:
    """What a crawl has reported so far."""

    def __init__(self, on_progress: OnProgress | None = None) -> None:
        """*on_progress* gets the counts whenever they come."""
        self._on_progress = on_progress
        self._in_hand: dict[int, None] = {}

    def take(self, message: Message) -> None:
        """Take in one message; those that say nothing of a crawl's state are passed over."""
        match message:
            case CrawlProgress():
                if self._on_progress is not None:
                    self._on_progress(message)
            case LinkTaken(link):
                self._in_hand[link] = None
            case LinkStored(link):
                self._in_hand.pop(link, None)

    @property
    def in_hand(self) -> tuple[int, ...]:
        """The links that were taken and are not stored, longest first."""
        return tuple(self._in_hand)


class ChildCrawl:
    """One crawl in a process of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        on_progress: OnProgress | None = None,
        *,
        most_s: float = CRAWL_S,
        access: str = "",
    ) -> None:
        """*most_s* is the time after which it is stopped, in seconds; *access*: the text of an `AccessPlan`."""
        self._more = {ENVIRONMENT_NAME: access} if access else None
        self.arguments, self.most_s = list(arguments), most_s
        self._status = CrawlStatus(on_progress)
        self._process: ChildProcess | None = None
        self._stopping = False

    async def run(self) -> ChildEnd:
        """Start it and wait for its end."""
        self._process = process = await ChildProcess.start(
            "crawler.process.child", self.arguments, self._status.take, more=self._more
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
            code, said, self._stopping, was_late and not self._stopping, in_hand=self._status.in_hand
        )

    async def stop(self) -> None:
        """Ask it to finish the pages in hand, then insist."""
        self._stopping = True
        if self._process is not None and self._process.lives:
            await self._process.end()


async def look_up(database: Path, task: "LookupTask", access: str = "") -> list[Any]:
    """The answers to *task*, fetched in a child process under the crawl's rules.

    Raises:
        StorageError: the database refused.
        SeedwatchError: the child ended without an answer.
    """
    with tempfile.TemporaryDirectory(prefix="seedwatch-") as folder:
        file = Path(folder) / "lookup.task"
        file.write_bytes(pickle.dumps(task))
        end = await ChildCrawl(
            ["lookup", "--database", str(database), "--task", str(file)], access=access
        ).run()
        answer = file.with_suffix(".answer")
        end.check_database()
        if not answer.exists():
            raise SeedwatchError(f"the look-up ended without an answer (code {end.code}): {end.said}")
        answers: list[Any] = pickle.loads(answer.read_bytes())  # written by our own child process
        return answers
