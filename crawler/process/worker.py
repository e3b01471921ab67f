"""The warm worker: crawls that its supervisor hands over, one after the other. I/O edge.

`python -m crawler.process.worker`: it has loaded what a crawl needs when the crawl comes. Orders come on stdin; on the
pipe that it is given it says that its event loop runs, what crawler/extensions.py reports of a crawl, and how that
ended: all are messages of crawler/run/messages.py. It ends when stdin does, with the first SIGTERM (after the pages in
hand), and with its supervisor.

Scrapy is imported where it is used, as in crawler/process/child.py.
"""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

from crawler.process.child import keep_loop_free, load_for_unread, outcome, refusal_code, scrapy_settings
from crawler.process.json_logs import is_json_asked, log_as_json
from crawler.run.lifetime import end_with_parent, limit_memory, memory_mb
from crawler.run.messages import CrawlEnd, CrawlOrder, Message, SignOfLife, line_of, message_of
from crawler.run.opening import CrawlSettings, load_settings
from crawler.topics.prepare import is_current
from storage import db
from storage.errors import PoolError, StorageError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

FAILED_CODE = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Take jobs until there are no more; the process's exit code."""
    parser = argparse.ArgumentParser(prog="crawler.process.worker")
    parser.add_argument("--parent", type=int, required=True, help="process number of the supervisor")
    parser.add_argument("--progress-fd", type=int, required=True, help="pipe to write to")
    parser.add_argument("--memory-mb", type=int, default=0, help="address space; 0: any")
    parser.add_argument("--beat-s", type=float, default=5.0, help="seconds between two signs of life")
    options = parser.parse_args(arguments)
    end_with_parent(options.parent)
    limit_memory(options.memory_mb)
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "crawler.settings")
    jobs = _take_stdin()
    load()
    from twisted.internet import reactor

    worker = _Worker(options.progress_fd, options.beat_s)
    worker.end_on_signals()
    reactor.callWhenRunning(lambda: asyncio.ensure_future(worker.serve(jobs)))
    reactor.run(installSignalHandlers=False)  # type: ignore[call-arg,misc]
    return 0


class _Worker:
    """Runs the crawls of its jobs."""

    def __init__(self, saying: int, beat_s: float) -> None:
        """*saying* is the open file descriptor to write to."""
        self._saying, self._beat_s = saying, beat_s
        self._crawler: Crawler | None = None
        self._is_stopping = False

    async def serve(self, jobs: int) -> None:
        """Run the crawls that come in through the file descriptor *jobs*; then end the reactor."""
        from twisted.internet import reactor

        beating = asyncio.ensure_future(self._beat())
        try:
            stream = asyncio.StreamReader()
            with os.fdopen(jobs, "rb", buffering=0) as pipe:
                await asyncio.get_running_loop().connect_read_pipe(
                    lambda: asyncio.StreamReaderProtocol(stream), pipe
                )
                while not self._is_stopping and (line := await stream.readline()):
                    order = message_of(line)
                    assert isinstance(order, CrawlOrder), f"no order: {line!r}"
                    code, said = await self._run(order)
                    self._say(CrawlEnd(code, said[-4_000:], *memory_mb()))
                    gc.collect()  # crawls are rings of objects, which nothing else frees soon
        except OSError:
            logger.debug("the supervisor has gone")
        finally:
            beating.cancel()
            reactor.stop()  # type: ignore[misc]

    async def _run(self, order: CrawlOrder) -> tuple[int, str]:
        """Crawl; exit code and last words."""
        try:
            await self._crawl(order)
        except (StorageError, PoolError) as error:
            return refusal_code(error), str(error)
        except Exception as error:
            logger.exception("a crawl failed")
            return FAILED_CODE, f"{type(error).__name__}: {error}"
        finally:
            self._crawler = None
        return 0, ""

    async def _crawl(self, order: CrawlOrder) -> None:
        """One crawl in this reactor.

        Raises:
            StorageError: the database refused.
            PoolError: no process could be had to read pages.
        """
        from scrapy.crawler import AsyncCrawlerRunner

        from crawler.run.session import open_session

        crawl, has_profiles = await asyncio.to_thread(_look, order.database, order.run)
        if not has_profiles:
            await _prepare(order.database)
        settings = scrapy_settings(
            crawl,
            order.access,
            SEEDWATCH_DB=order.database,
            SEEDWATCH_RUN=order.run,
            SEEDWATCH_SOURCES=list(order.sources),
            SEEDWATCH_PROGRESS_FD=self._saying,
            SEEDWATCH_TAKES_DUE=True,
        )
        session = await asyncio.to_thread(open_session, settings)
        try:
            runner = AsyncCrawlerRunner(settings)
            self._crawler = runner.create_crawler("feeds")
            await runner.crawl(self._crawler, session=session)
            outcome(self._crawler)
        finally:
            if session.is_open:
                await asyncio.to_thread(session.close, finished=False)

    async def _beat(self) -> None:
        while True:
            self._say(SignOfLife())
            await asyncio.sleep(self._beat_s)

    def _say(self, message: Message) -> None:
        os.write(self._saying, line_of(message))

    def end_on_signals(self) -> None:
        """Have the first SIGTERM or SIGINT end the crawl in order, and then the process; a second one at once."""
        from twisted.internet import reactor

        from crawler.downloader.stopping import stop_crawl

        def stop(first: int, _frame: FrameType | None) -> None:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            crawler = self._crawler
            if crawler is None or crawler._engine is None or crawler.engine.spider is None:
                signal.raise_signal(first)  # nothing has begun that could be ended in order
                return
            self._is_stopping = True
            reactor.callFromThread(stop_crawl, crawler, "shutdown")

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)


def load() -> None:
    """Load what crawls need, and make the reactor as AsyncCrawlerProcess makes it."""
    from scrapy.core.downloader.handlers import http11  # noqa: F401 - else it is loaded by the first crawl: 0.2 s
    from scrapy.utils.log import configure_logging
    from scrapy.utils.reactor import install_reactor

    settings = scrapy_settings(CrawlSettings())
    install_reactor(settings["TWISTED_REACTOR"])
    configure_logging(settings)
    if is_json_asked(os.environ):
        log_as_json()
    logging.disable(logging.getLevelNamesMapping()[settings["LOG_LEVEL"]] - 1)
    from twisted.internet import reactor

    import crawler.run.session
    import crawler.spiders.feeds  # noqa: F401 - as above

    reactor.getThreadPool().adjustPoolsize(maxthreads=settings.getint("REACTOR_THREADPOOL_MAXSIZE"))
    keep_loop_free()


def _take_stdin() -> int:
    """The descriptor that jobs come from; what this process starts has nothing on stdin."""
    jobs = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return jobs


def _look(database: str, run: str) -> tuple[CrawlSettings, bool]:
    """The settings of a crawl, and whether its topics have their profiles."""
    connection = db.connect(database)
    try:
        load_for_unread(connection, run)
        return load_settings(connection), is_current(connection)
    finally:
        connection.close()


async def _prepare(database: str) -> None:
    """Build the topics' profiles in another process; if that fails, the session builds them, or says why it cannot."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "crawler.process.child", "prepare", "--database", database,
        stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await process.wait()


if __name__ == "__main__":
    sys.exit(main())
