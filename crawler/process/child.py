"""The child process of one crawl: `python -m crawler.process.child feeds ...`. I/O edge.

`seedwatch crawl` uses it; the daemon's crawls run in crawler/process/worker.py, which shares most of what stands
here. A process of its own for each crawl cannot leak into the next, and its end, however bad, is only an exit code to
who started it: 0 done, 2 the database refused, 3 the spider could not start, 4 another process held the database for
too long, 5 no process could be had to read pages, anything else a crash.

Scrapy is imported where it is used: the pool's processes import this file again, as their main module, and the process
that builds the topics' profiles needs none of it (0.7 s and 40 MB each).
"""

from crawler.process import loading

# isort: split
import argparse
import logging
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from crawler import clock
from crawler import settings as values
from crawler.downloader.access import ENVIRONMENT_NAME, plan_from_text
from crawler.process.json_logs import is_json_asked, log_as_json
from crawler.run.lifetime import limit_memory
from crawler.run.opening import (
    BUSY_CODE,
    LAST_WORDS,
    POOL_CODE,
    REFUSED_CODE,
    CrawlSettings,
    load_settings,
)
from crawler.run.pool import load_shared
from crawler.topics.prepare import is_current, prepare_matchers
from storage import db
from storage.errors import LockedError, PoolError, StorageError
from storage.sources import sources

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import Settings

# Without any delay Scrapy 2.19 sends all requests that wait for a host at once, whatever CONCURRENT_REQUESTS_PER_DOMAIN
# says: Downloader._process_queue counts a request as under way only when its task has begun.
_SHORTEST_DELAY_S = 0.001
_SWITCH_S = 0.0005


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one spider; the process's exit code."""
    parser = argparse.ArgumentParser(prog="crawler.process.child")
    parser.add_argument("spider", choices=["feeds", "lookup", "prepare"])
    parser.add_argument("--database", required=True)
    parser.add_argument("--run", default="", help="token of a run that was begun")
    parser.add_argument("--sources", default="", help="names, comma separated: whose waiting pages to fetch")
    parser.add_argument("--progress-fd", type=int, default=-1, help="pipe to write counts to")
    parser.add_argument("--task", default="", help="file that says what to look up")
    options = parser.parse_args(arguments)
    try:
        return _prepare(options) if options.spider == "prepare" else _crawl(options)
    except (StorageError, PoolError) as error:
        return _refused(error)


def _prepare(options: argparse.Namespace) -> int:
    """Build the topics' profiles: what that loads goes with this process and does not weigh on the crawl."""
    limit_memory(0)  # a worker's limit is not made for what learning loads
    connection = db.connect(options.database)
    prepare_matchers(connection, clock.now())
    connection.close()
    return 0


def scrapy_settings(crawl: CrawlSettings, access: str = "", **more: Any) -> "Settings":
    """Scrapy's settings for a crawl under the user's; *more* are set as given, by name.

    *access* is the text of an `crawler.downloader.access.AccessPlan`.
    """
    from scrapy.settings import Settings

    return filled(Settings(), crawl, access, **more)


def filled(settings: "Settings", crawl: CrawlSettings, access: str = "", **more: Any) -> "Settings":
    """*settings*, which are new, with what `scrapy_settings` says."""
    settings.setmodule(values, priority="project")
    chosen = {
        "USER_AGENT": values.user_agent(crawl.contact),
        "DOWNLOAD_DELAY": max(crawl.delay, _SHORTEST_DELAY_S),
        "AUTOTHROTTLE_START_DELAY": crawl.delay,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.requests_per_host,
        # AutoThrottle never goes below the delay; without a delay it has nothing to steer.
        "AUTOTHROTTLE_ENABLED": crawl.delay >= 0.5,
        # Scrapy would put its own handler beside ours at each crawl.
        "LOG_ENABLED": not is_json_asked(os.environ),
        "SEEDWATCH_ALLOW_PRIVATE": list(crawl.allow_private),
        "SEEDWATCH_ACCESS": access,
        **more,
    }
    plan = plan_from_text(access)
    if plan.changes_connections:
        handler = "crawler.downloader.connections.AccessHandler"
        chosen["DOWNLOAD_HANDLERS"] = {**values.DOWNLOAD_HANDLERS, "http": handler, "https": handler}
    if plan.shows_pages:
        # Reads answers unpacked, and before stubs are followed.
        shower = {"crawler.browser.middleware.BrowserMiddleware": 585}
        chosen["DOWNLOADER_MIDDLEWARES"] = {**values.DOWNLOADER_MIDDLEWARES, **shower}
    settings.setdict(chosen, priority="cmdline")
    return settings


def _crawl(options: argparse.Namespace) -> int:
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "crawler.settings")
    connection = db.connect(options.database)
    crawl = load_settings(connection)
    preparing = _begin_work(options, connection)
    connection.close()
    from scrapy.core.downloader.handlers import http11  # noqa: F401 - else it is loaded on the event loop: 0.2 s
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.run.session import open_session

    settings = scrapy_settings(
        crawl,
        os.environ.pop(ENVIRONMENT_NAME, ""),
        SEEDWATCH_DB=options.database,
        SEEDWATCH_RUN=options.run,
        SEEDWATCH_SOURCES=[name for name in options.sources.split(",") if name],
        SEEDWATCH_PROGRESS_FD=options.progress_fd,
        SEEDWATCH_TASK=options.task,
    )
    process = AsyncCrawlerProcess(settings)
    if is_json_asked(os.environ):
        log_as_json()
    # Records that nobody will see are not made: Scrapy has two for each page, 0.5 ms.
    logging.disable(logging.getLevelNamesMapping()[settings["LOG_LEVEL"]] - 1)
    crawler = process.create_crawler(options.spider)
    if preparing is not None:
        # If it failed, the session builds the profiles, or says why it cannot.
        preparing.wait()
    # Opened before the event loop runs: topics may have to learn from their seeds, for seconds.
    process.crawl(crawler, **({"session": open_session(settings)} if options.spider == "feeds" else {}))
    keep_loop_free()
    _stop_on_signals(crawler)
    process.start(install_signal_handlers=False)
    logging.getLogger(__name__).debug("stats %s", crawler.stats.get_stats() if crawler.stats else {})
    if process.bootstrap_failed:
        return 3
    outcome(crawler)
    return 0


def _begin_work(
    options: argparse.Namespace, connection: sqlite3.Connection
) -> "subprocess.Popen[bytes] | None":
    """Have other processes begin with what takes long, while this one loads Scrapy; the one to wait for, if any."""
    if options.spider != "feeds":
        return None
    preparing = None
    if not is_current(connection):
        # Outside this process: what it loads (word frequencies) goes with it, and would weigh on the crawl.
        command = [
            sys.executable,
            "-P",
            "-m",
            "crawler.process.child",
            "prepare",
            "--database",
            options.database,
        ]
        preparing = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    load_for_unread(connection, options.run)
    return preparing


def load_for_unread(connection: sqlite3.Connection, run: str) -> None:
    """Have the pool's fork server begin to load if the run of this token has feeds that were never read."""
    if any(feed.body_hash is None for feed in sources.leased(connection, run)):
        load_shared()


def keep_loop_free() -> None:
    """Two settings of the interpreter that took the loop's worst standstill from 0.35 s to a third."""
    # Threads that compute hand over sooner (5 ms is usual), so that they do not hold up the loop at each of its reads.
    sys.setswitchinterval(_SWITCH_S)
    # A collection that visited what is loaded by now took 0.2 s, every other second.
    loading.end_loading()


def _stop_on_signals(crawler: "Crawler") -> None:
    """Have the first SIGTERM or SIGINT stop the crawl in order; a second one ends the process at once."""
    from twisted.internet import reactor  # once it is chosen

    from crawler.downloader.stopping import stop_crawl

    def stop(first: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        if crawler.engine is None or crawler.engine.spider is None:
            signal.raise_signal(first)  # nothing has begun that could be ended in order
        reactor.callFromThread(stop_crawl, crawler, "shutdown")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def outcome(crawler: Any) -> None:
    """Nothing, if the spider ended by itself or was asked to stop.

    Raises:
        StorageError: the database refused.
        PoolError: no process could be had to read pages.
    """
    session = getattr(crawler.spider, "session", None)
    if session is not None and session.error is not None:
        raise session.error


def refusal_code(error: StorageError | PoolError) -> int:
    """The exit code of a crawl that a refused database ended, or a pool that cannot work."""
    if isinstance(error, PoolError):
        return POOL_CODE
    return BUSY_CODE if isinstance(error, LockedError) else REFUSED_CODE


def _refused(error: StorageError | PoolError) -> int:
    """The exit code of what ended the crawl; its message goes to the parent, which shows it to the user."""
    print(f"{LAST_WORDS}{error}", file=sys.stderr)  # noqa: T201 - as said
    return refusal_code(error)


if __name__ == "__main__":
    sys.exit(main())
