"""The jobs that the daemon and the command line share: one crawl, and what comes before and after it. I/O edge."""

import os
import socket
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler import clock
from crawler.opening import begin_run
from crawler.topics.prepare import is_current
from scheduler.cadence import next_poll
from scheduler.launcher import Child, ChildEnd, Counts
from storage import db, polls, runs, sources
from storage.errors import StorageError
from storage.intents import SourceCounts


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """A crawl that has ended."""

    run_id: int
    state: str  # finished, failed or interrupted
    lines: tuple[SourceCounts, ...]
    error: str | None = None

    @property
    def has_failures(self) -> bool:
        """Whether a source could not be polled, or the crawl did not finish."""
        return self.state != "finished" or any(line.poll_failures for line in self.lines)


class Crawl:
    """One crawl of what is due, or of the named sources, in a child process."""

    def __init__(
        self,
        database: Path,
        *,
        trigger: str,
        names: Sequence[str] = (),
        only_due: bool = True,
        on_progress: Callable[[Counts], None] | None = None,
    ) -> None:
        """Leases the feeds at once, so that no other crawl takes them."""
        self.database = database
        connection = db.connect(database)
        try:
            self.token, self.run_id, self.feeds = begin_run(
                connection, trigger=trigger, names=names, only_due=only_due
            )
        finally:
            connection.close()
        arguments = ["feeds", "--database", str(database), "--run", self.token, "--sources", ",".join(names)]
        self._child = Child(arguments, on_progress)

    async def run(self) -> CrawlReport:
        """Crawl, decide on the next polls, close the run.

        Raises:
            StorageError: the database refused; the run stays open and is closed by the next job.
        """
        end = await self._prepare() or await self._child.run()
        if end.code == 2:
            raise StorageError(end.said)
        connection = db.connect(self.database)
        try:
            state, error = _verdict(end)
            decide_polls(connection)
            sources.release(connection, self.token)
            runs.end(connection, self.run_id, state=state, now=clock.now(), error=error)
            lines = tuple(runs.summary(connection, self.run_id))
        finally:
            db.finish(connection)
        return CrawlReport(self.run_id, state, lines, error)

    async def _prepare(self) -> ChildEnd | None:
        """Build the topics' profiles anew if need be, in a process of their own; its end if that failed."""
        connection = db.connect(self.database)
        try:
            if is_current(connection):
                return None
        finally:
            connection.close()
        end = await Child(["prepare", "--database", str(self.database)]).run()
        return end if end.code else None

    async def stop(self) -> None:
        """Have the crawl finish the pages in hand, and end."""
        await self._child.stop()


def decide_polls(connection: sqlite3.Connection) -> int:
    """Decide when the feeds that were polled are polled next; how many."""
    per_day = int(runs.fact(connection, "polls_per_feed_per_day", 24))
    decisions = [next_poll(facts, polls_per_day=per_day) for facts in polls.undecided(connection)]
    polls.decide_next(connection, decisions)
    return len(decisions)


def close_dead_runs(connection: sqlite3.Connection, now: datetime) -> int:
    """Close the runs of this machine whose process has died, and free their feeds; how many."""
    dead = [
        row
        for row in runs.running(connection)
        if row["host"] == socket.gethostname() and not _lives(row["pid"])
    ]
    for row in dead:
        sources.release(connection, row["token"])
        runs.end(
            connection, row["id"], state="interrupted", now=now, error="its process ended without a word"
        )
    decide_polls(connection)
    return len(dead)


def _verdict(end: ChildEnd) -> tuple[str, str | None]:
    """State and error of a run whose child ended so."""
    if end.was_stopped:
        return "interrupted", None
    if end.code == 0:
        return "finished", None
    return "failed", f"the crawl's process ended with code {end.code}: {end.said[-500:]}"


def _lives(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
