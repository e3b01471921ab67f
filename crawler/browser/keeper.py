"""Keeps the process of the browser: started with the first page, ended with all it has started, replaced if need be.

I/O edge. One page is shown at a time: a browser takes 300 MB, and as much again for a page.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import crawler
from crawler.browser.family import adopt_orphans, exists, family, kill, memory_mb, reap
from crawler.browser.installed import missing
from crawler.browser.messages import PageOrder, ShownPage, order_line, shown_of
from crawler.browser.process import LINE_BYTES

# A page, with the start of its browser; what the browser may take with it; how often that is looked at.
PAGE_S, START_S = 30.0, 20.0
MEMORY_MB = 1_000
_LOOK_S = 0.3
# A browser is replaced after so many pages, and ended when no page has come for so long.
_PAGES = 100
_IDLE_S = 30.0
_END_S = 5.0
_TRIES = 10
_FOLDER = "seedwatch-browser-"


class BrowserKeeper:
    """Shows pages one after the other, whatever they do to the browser."""

    def __init__(
        self, allow_private: Sequence[str] = (), *, page_s: float = PAGE_S, most_mb: int = MEMORY_MB
    ) -> None:
        """*allow_private*: the gate's exceptions; *page_s*: after which a page's browser is ended."""
        self._allow_private, self._most_mb = list(allow_private), most_mb
        self.page_s = page_s
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._seen: dict[int, str] = {}  # all processes that the present browser has had
        self._pages = 0
        self._idle: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self.arguments: Sequence[str] = ()  # of the process; none: what it needs
        self.peak_mb = 0  # of the present browser and of those before
        self.replaced = 0  # that were ended because of a page

    async def show(self, order: PageOrder) -> ShownPage:
        """What becomes of a page; ``browser`` as reason says that there is none that could show it."""
        async with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            if self._process is None and (lacking := missing()):
                return ShownPage("browser", lacking)
            try:
                shown = await self._shown(order)
            except asyncio.CancelledError:
                await self._end(kill_now=True)
                raise
            self._pages += 1
            if shown.is_spent:
                self.replaced += 1
            if shown.is_spent or self._pages >= _PAGES:
                await self._end(kill_now=shown.is_spent)
            self._idle = asyncio.get_running_loop().call_later(_IDLE_S, self._rest)
            return shown

    async def close(self) -> None:
        """End the browser, with all that it has started."""
        if self._idle is not None:
            self._idle.cancel()
        async with self._lock:
            await self._end()

    @property
    def seen(self) -> dict[int, str]:
        """The processes that the present browser has had, as `family` gives them."""
        return dict(self._seen)

    def _rest(self) -> None:
        ending = asyncio.ensure_future(self.close())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _shown(self, order: PageOrder) -> ShownPage:
        most_s = self.page_s
        if self._process is None:
            await self._start()
            most_s += START_S
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        answer = asyncio.ensure_future(process.stdout.readline())
        try:
            process.stdin.write(order_line(order))
            with suppress(ConnectionError):  # it has ended; its answer says so
                await asyncio.wait_for(process.stdin.drain(), most_s)
            return await self._awaited(answer, most_s)
        except TimeoutError:
            return ShownPage("time_limit", "the browser did not take the page", is_spent=True)
        finally:
            answer.cancel()

    async def _awaited(self, answer: "asyncio.Future[bytes]", most_s: float) -> ShownPage:
        """The answer of the process, unless time or memory are over before."""
        clock = asyncio.get_running_loop().time
        until = clock() + most_s
        while not answer.done():
            if clock() > until:
                return ShownPage("time_limit", f"the page was not ready after {most_s:.0f} s", is_spent=True)
            await asyncio.wait([answer], timeout=_LOOK_S)
            taken = await asyncio.to_thread(self._look)
            if taken > self._most_mb:
                return ShownPage("memory", f"the browser took {taken} MB for the page", is_spent=True)
        line = answer.result()
        if line:
            return shown_of(line)
        return ShownPage("browser", f"the browser ended: {self._last_words()}", is_spent=True)

    def _look(self) -> int:
        """Learn of the processes that there are now; what they take, in MB."""
        assert self._process is not None
        now = family(self._process.pid)
        self._seen |= now
        taken = memory_mb(now)
        self.peak_mb = max(self.peak_mb, taken)
        return taken

    async def _start(self) -> None:
        adopt_orphans()
        _sweep()
        self._folder = tempfile.TemporaryDirectory(
            prefix=f"{_FOLDER}{os.getpid()}-", ignore_cleanup_errors=True
        )
        folder = Path(self._folder.name)
        root = str(Path(crawler.__file__).parent.parent)
        paths = [root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        with (folder / "stderr").open("wb") as said:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "crawler.browser.process",
                *(self.arguments or (json.dumps(self._allow_private),)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
                limit=LINE_BYTES,
                # The profile goes with the folder, however the browser ends.
                env={
                    **os.environ,
                    "TMPDIR": str(folder),
                    "PYTHONPATH": os.pathsep.join(path for path in paths if path),
                },
            )
        self._seen, self._pages = {}, 0

    def _last_words(self) -> str:
        assert self._folder is not None
        try:
            lines = (Path(self._folder.name) / "stderr").read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1][:200] if lines else "without a word"

    async def _end(self, *, kill_now: bool = False) -> None:
        """End the present browser: in order, or at once; nothing that it has started is left."""
        process, self._process = self._process, None
        if process is None:
            return
        self._seen |= family(process.pid)
        assert process.stdin is not None
        if not kill_now:
            process.stdin.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _END_S)
        if process.returncode is None:
            self._seen |= family(process.pid)
        kill(self._seen)
        await process.wait()
        self._seen.pop(process.pid, None)
        for _ in range(_TRIES):
            reap(self._seen)
            if not any(map(exists, self._seen)):
                break
            await asyncio.sleep(_LOOK_S / 3)
        if self._folder is not None:
            await asyncio.to_thread(self._folder.cleanup)
            self._folder = None


def _sweep() -> None:
    """Take away what browsers have left whose keeper was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        number = folder.name.removeprefix(_FOLDER).partition("-")[0]
        if number.isdigit() and not exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)
