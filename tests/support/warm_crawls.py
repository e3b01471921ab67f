"""Crawls in a row, as a daemon runs them: in one warm worker, which loads Scrapy once and not for each crawl.

For tests that ask what crawls leave in the database. What `seedwatch crawl` says, and that its process is one of its
own, tests/system/test_crawl.py asks of `run_here("crawl")`, which takes 2 s of processor time; this takes a fifth.
"""

import asyncio
import atexit
import io
import math
import os
import shutil
import tempfile
import threading
from contextlib import closing, redirect_stdout
from functools import cache
from pathlib import Path

from crawler import clock
from scheduler.cli.crawl import print_report
from scheduler.config.access import access_text
from scheduler.config.load import load_config
from scheduler.config.sync import sync
from scheduler.daemon.crawl import Crawl, CrawlReport, close_dead_runs
from scheduler.daemon.supervisor import Worker, WorkerLimits
from storage import db
from tests.support.command_line import Done, run_here
from tests.support.set_clock import SetClock


def crawl(*names: str, folder: Path, hours: float = 0, only_due: bool = False) -> Done:
    """A crawl of the settings in *folder*, by a clock that is so many *hours* ahead; its report as JSON.

    Where there is no C compiler to set the worker's clock with, it is a crawl by the command line.
    """
    if (crawls := _crawls()) is None:
        options = ["--due", "--json"] if only_due else ["--json"]
        return run_here("crawl", *names, *options, folder=folder, more={clock.AHEAD: str(hours / 24)})
    report = crawls.crawl(folder, names, hours, only_due=only_due)
    out = io.StringIO()
    with redirect_stdout(out):
        print_report(report, as_json=True)
    return Done(int(report.has_failures), out.getvalue(), "")


@cache
def _crawls() -> "_WarmCrawls | None":
    return _WarmCrawls() if shutil.which("cc") or shutil.which("gcc") else None


class _WarmCrawls:
    """A worker whose clock can be set, and the thread in which its supervisor lives."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="warm-crawls-"))
        self._clock = SetClock.made_in(self._folder)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        # One that is replaced would not have our clock.
        self._worker = Worker(WorkerLimits(crawls=10_000, resident_mb=10_000))
        before = dict(os.environ)
        os.environ.update(self._clock.environment)
        try:
            asyncio.run_coroutine_threadsafe(self._worker.warm(), self._loop).result()
        finally:
            os.environ.clear()
            os.environ.update(before)
        atexit.register(self._end)

    def crawl(self, folder: Path, names: tuple[str, ...], hours: float, *, only_due: bool) -> CrawlReport:
        self._clock.set(math.ceil(hours * 3600))
        os.environ[clock.AHEAD] = str(hours / 24)
        try:
            return asyncio.run_coroutine_threadsafe(
                self._crawl(folder, names, only_due=only_due), self._loop
            ).result()
        finally:
            del os.environ[clock.AHEAD]

    async def _crawl(self, folder: Path, names: tuple[str, ...], *, only_due: bool) -> CrawlReport:
        config = load_config(folder / "seedwatch.toml", {})
        with closing(db.connect(config.database)) as connection:
            sync(connection, config, clock.now())
            close_dead_runs(connection, clock.now(), is_own_dead=True)
        return await Crawl(
            config.database,
            trigger="manual",
            names=names,
            only_due=only_due,
            worker=self._worker,
            access=access_text(config, {}),
        ).run()

    def _end(self) -> None:
        asyncio.run_coroutine_threadsafe(self._worker.end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        shutil.rmtree(self._folder, ignore_errors=True)
