"""The jobs that the daemon and the command line share: one crawl, and what comes before and after it. I/O edge."""

import asyncio
import logging
import os
import socket
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler import clock
from crawler.run.crashes import put_off_suspects
from crawler.run.opening import LEASE, POOL_CODE, begin_run
from crawler.tasks.outcomes import failed_search
from scheduler.daemon.child import CRAWL_S, ChildCrawl, ChildEnd, OnProgress
from scheduler.daemon.supervisor import Worker
from scheduler.pacing import Decided, decide_good_polls, decide_polls
from storage import db
from storage.errors import StorageError
from storage.records.polls import PollResult, SourceCounts
from storage.sources import polls, runs, site_searches, sources

logger = logging.getLogger(__name__)

_DECIDE_EACH_S, _DECIDE_MORE_S = 0.2, 0.05
_UNSAID = "the crawl ended without a word of it"


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """A crawl that has ended."""

    run_id: int
    state: str  # finished, failed or interrupted
    lines: tuple[SourceCounts, ...]
    error: str | None = None
    had_no_pool: bool = (
        False  # no process could be had to read pages: nothing is charged, and the same is due again
    )

    @property
    def has_failures(self) -> bool:
        """Whether a source could not be polled, or the crawl did not finish."""
        return self.state != "finished" or any(line.poll_failures for line in self.lines)

    @property
    def waiting(self) -> int:
        """How many pages of these sources wait for the next crawl."""
        return sum(line.waiting for line in self.lines)


class Crawl:
    """One crawl of what is due, or of the named sources, in another process."""

    def __init__(
        self,
        database: Path,
        *,
        trigger: str,
        names: Sequence[str] = (),
        only_due: bool = True,
        on_progress: OnProgress | None = None,
        most_s: float = CRAWL_S,
        worker: Worker | None = None,
        access: str = "",
    ) -> None:
        """Leases the feeds at once, so that no other crawl takes them; after *most_s* seconds it is stopped.

        It runs in *worker*; without one, in a child process of its own. *access*: as of `access_text`.
        """
        self.database, self.most_s = database, most_s
        self._reached: set[str] = set()  # hosts of polls that were decided while it went on
        connection = db.connect(database)
        try:
            self.token, self.run_id, self.feeds = begin_run(
                connection, trigger=trigger, names=names, only_due=only_due
            )
            sites = site_searches.due(connection, clock.now(), names, run_id=self.run_id)
            self._sites = [site.name for site in sites]
        finally:
            connection.close()
        arguments = ["feeds", "--database", str(database), "--run", self.token, "--sources", ",".join(names)]
        self._child = (
            worker.crawl(database, self.token, names, on_progress, most_s=most_s, access=access)
            if worker is not None
            else ChildCrawl(arguments, on_progress, most_s=most_s, access=access)
        )

    async def run(self) -> CrawlReport:
        """Crawl, decide on the next polls, close the run.

        Raises:
            StorageError: the database refused; the run stays open and is closed by the next job.
        """
        crawling = asyncio.ensure_future(self._child.run())
        pause_s = _DECIDE_EACH_S
        try:
            while not (await asyncio.wait([crawling], timeout=pause_s))[0]:
                pause_s = _DECIDE_MORE_S if await self._decide_good() else _DECIDE_EACH_S
        finally:
            if not crawling.done():  # who waits for us does not any more
                crawling.cancel()
        end = await crawling
        end.check_database()
        connection = db.connect(self.database)
        try:
            return self._close(connection, end)
        finally:
            db.finish(connection)

    async def stop(self) -> None:
        """Have the crawl finish the pages in hand, and end."""
        await self._child.stop()

    async def _decide_good(self) -> bool:
        """Decide on some of what the crawl has polled so far, so that little is left for its end; whether more is."""
        try:
            decided = await asyncio.to_thread(_decide_good, self.database)
        except StorageError as error:  # its end tries again, and says so
            logger.debug("no polls were decided: %s", error)
            return False
        self._reached |= decided.hosts
        return decided.is_full

    def _close(self, connection: sqlite3.Connection, end: ChildEnd) -> CrawlReport:
        state, error = _verdict(end, self.most_s)
        had_no_pool = end.code == POOL_CODE and not end.was_stopped
        if state in {"finished", "failed"} and not had_no_pool:
            self._note_unsaid(connection)
        decide_polls(connection, clock.now(), reached=self._reached)
        sources.release(connection, self.token)
        runs.end(connection, self.run_id, state=state, now=clock.now(), error=error)
        did_nothing = not end.was_stopped and runs.is_empty(connection, self.run_id)
        if (state == "failed" or did_nothing) and not had_no_pool:
            put_off_suspects(connection, self.run_id, end.in_hand, clock.now())
        return CrawlReport(
            self.run_id, state, tuple(runs.summary(connection, self.run_id)), error, had_no_pool
        )

    def _note_unsaid(self, connection: sqlite3.Connection) -> None:
        """Write down the polls and searches that did not come about, so that each is tried again after a pause."""
        now = clock.now()
        for feed_id in polls.unpolled(connection, self.run_id, self.token):
            poll = PollResult(feed_id, now, "crashed", detail=_UNSAID)
            polls.record_poll(connection, self.run_id, poll, None)
        for name in site_searches.unsearched(connection, self.run_id, self._sites):
            failures = site_searches.failures(connection, name)
            failed = failed_search(name, "crashed", _UNSAID, failures=failures, now=now)
            site_searches.record_failure(connection, failed, run_id=self.run_id)


def _decide_good(database: Path) -> Decided:
    connection = db.connect(database)
    try:
        return decide_good_polls(connection, clock.now())
    finally:
        connection.close()


def close_dead_runs(
    connection: sqlite3.Connection,
    now: datetime,
    *,
    is_own_dead: bool = False,
    is_cluster_gone: bool = False,
) -> int:
    """Close the runs whose process has died, and free their feeds; how many.

    Dead are the runs of this machine whose process is gone, and all that are older than a lease: the process number
    may be another's by now, and of another machine nothing else is known. *is_own_dead* is for who has no run open:
    those of its own process number are then of one before it. A cluster's runs are no process's, and go on however old
    they are, unless *is_cluster_gone*: there is none any more.
    """
    dead = [
        row
        for row in runs.running(connection)
        if (is_cluster_gone if row["pid"] is None else _is_dead(row, now, is_own_dead=is_own_dead))
    ]
    for row in dead:
        sources.release(connection, row["token"])
        runs.end(
            connection, row["id"], state="interrupted", now=now, error="its process ended without a word"
        )
    decide_polls(connection, now)
    return len(dead)


def _is_dead(row: sqlite3.Row, now: datetime, *, is_own_dead: bool) -> bool:
    if now - datetime.fromisoformat(row["started_at"]) > LEASE:
        return True
    if row["host"] != socket.gethostname():
        return False
    return is_own_dead if row["pid"] == os.getpid() else not _lives(row["pid"])


def _verdict(end: ChildEnd, most_s: float) -> tuple[str, str | None]:
    """State and error of a run whose child ended so."""
    if end.was_stopped:
        return "interrupted", None
    if end.was_late:
        return (
            "interrupted",
            f"its time of {most_s / 60:g} minutes was over; the next crawl goes on with the rest",
        )
    if end.code == 0:
        return "finished", None
    if end.code == POOL_CODE:
        return "failed", f"{end.said[-500:]}; what was to be read waits for the next crawl"
    return "failed", f"the crawl's process ended with code {end.code}: {end.said[-500:]}"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
