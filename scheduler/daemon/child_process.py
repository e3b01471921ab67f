"""A child process of ours that says, a line of JSON each, what it does. I/O edge."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import crawler
from crawler.process.json_logs import is_json_asked, line_of, write_line
from crawler.run.opening import LAST_WORDS

# One that is asked to stop finishes the pages in hand; after this it is asked again, then killed.
STOP_S = 7.0
KILL_S = 2.0
# A line without an end is cut here.
_LONGEST_LINE = 65_536


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
        hear: Callable[[dict[str, Any]], None],
        *,
        takes_jobs: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> "ChildProcess":
        """Start it; *hear* gets what it reports, and *more* is added to its environment."""
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
                stdin=asyncio.subprocess.PIPE if takes_jobs else asyncio.subprocess.DEVNULL,
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
        return cls(process, asyncio.create_task(_follow(reading, hear)))

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

    def give(self, job: Mapping[str, Any]) -> None:
        """Write a job to its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.write((json.dumps(job) + "\n").encode())

    def finish(self) -> None:
        """Close its stdin: there are no more jobs."""
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


async def _follow(reading: int, hear: Callable[[dict[str, Any]], None]) -> None:
    """Hand on what the child reports, until it closes the pipe."""
    loop = asyncio.get_running_loop()
    stream = asyncio.StreamReader()
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
        async for line in stream:
            with suppress(ValueError):  # a process that was killed leaves half a line
                hear(json.loads(line))
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
            write_line(line_of(text, "crawler"))
