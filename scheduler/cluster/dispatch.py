"""What the scheduler of a cluster does at each tick: ends jobs that are stored, and sends those that are due. I/O edge.

A run is here what it is on one machine: what is due is claimed for it, and what its polls find is read in it. It stays
open while there is work, for some minutes; a crawl that a person asked for is a run of its own. It is over when its
last job is, whichever scheduler sees that: one that is started goes on with the runs of the one before.
"""

import logging
import secrets
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from crawler.cluster.claiming import ClusterRun, claim_jobs
from crawler.cluster.given_up import give_up
from crawler.cluster.jobs import HostJob
from crawler.cluster.wire import job_from_bytes, job_to_bytes, topics_to_bytes
from crawler.run.opening import load_settings
from crawler.run.session import begin_by_clock
from crawler.topics.prepare import is_current, prepare_matchers
from crawler.urls import politeness_key
from scheduler.cluster.connection import SharedStore
from scheduler.daemon.crawl import CrawlReport
from scheduler.pacing import decide_polls
from scheduler.wording import counted
from storage import db
from storage.cluster import jobs, records, shared
from storage.errors import RecordError
from storage.health import workload
from storage.records.cluster import EndedJob, SentJob, UnendedJob
from storage.sources import polls, runs, sources
from storage.sources.runs import CrawlRequest

logger = logging.getLogger(__name__)

# Jobs that wait for a worker: more would only be older when they are begun.
_MOST_WAITING = 1_000
# Records that wait for the writer, from which on nothing more is claimed: what they bring is not known yet.
_MOST_RECORDS = 20_000
# A run that nobody asked for takes nothing more after this, and ends with its last job: its settings grow old.
_OPEN_S = 600.0
# Silence of a worker after which others get its jobs; it gives a sign every 5 s.
SILENT_S = 30.0
_FORGET_S, _SITES_S = 3_600.0, 60.0
# What is due is looked for again after so many times what that took: with 1,000,000 pages that wait it is seconds.
_LOOK_SHARE, _LONGEST_PAUSE_S = 3.0, 15.0


@dataclass(slots=True)
class _OpenRun:
    """A run that goes on."""

    run: ClusterRun
    began_s: float
    request_id: int | None = None  # of who asked for it
    wanted: frozenset[str] = frozenset()  # addresses that are to be polled though they are not due
    asked: set[str] = field(default_factory=set)  # those that were: a person's crawl polls each once
    is_closing: bool = False

    @property
    def is_scheduled(self) -> bool:
        """Whether nobody asked for it."""
        return self.request_id is None

    @property
    def end(self) -> tuple[str, str | None]:
        """State and error of it, if it ends now."""
        left = len(self.wanted - self.asked)
        if not left:
            return "finished", None
        return (
            "interrupted",
            f"the settings changed before {counted(left, 'feed')} could be asked: crawl again",
        )


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one turn gave."""

    defer: tuple[UnendedJob, ...] = ()  # of which workers are to hear
    unended: tuple[UnendedJob, ...] | None = None  # all that is to be done, when the queue is to be put right
    reports: tuple[CrawlReport, ...] = ()  # runs that have ended


@dataclass(slots=True)
class Dispatcher:
    """The open runs of one scheduler, those of the one before it included."""

    database: Path
    store: SharedStore
    access: Callable[[], str]  # the text of the present AccessPlan
    silent_s: float = SILENT_S
    open_runs: list[_OpenRun] = field(default_factory=list)
    _has_taken_over: bool = False
    _repaired_s: float = float("-inf")
    _forgot_s: float = float("-inf")
    _sites_s: float = float("-inf")
    _look_s: float = float("-inf")

    def turn(self) -> Dispatched:
        """End what is stored, and send what is due.

        Raises:
            StorageError: the database refused.
            ClusterError: PostgreSQL cannot be had.
        """
        connection = db.connect(self.database)
        try:
            self._take_over(connection)
            self._settle(connection)
            sent, reports = self._look(connection)
        finally:
            connection.close()
        return Dispatched(tuple(sent), self._unended(), tuple(reports))

    def _take_over(self, connection: sqlite3.Connection) -> None:
        """Go on, once, with the runs of the scheduler before; feeds that it claimed and did not send are free again."""
        if self._has_taken_over:
            return
        busy = self.store.call_now(jobs.busy_hosts)
        for run in runs.of_clusters(connection):
            held = sources.leased(connection, run.token)
            unsent = [feed.id for feed in held if politeness_key(feed.url) not in busy]
            sources.release_feeds(connection, unsent, run.token)
            self.open_runs.append(self._resumed(connection, run))
        self._has_taken_over = True

    def _resumed(self, connection: sqlite3.Connection, run: runs.Run) -> _OpenRun:
        """A run of the scheduler before: what was sent of it is waited for, and what a person wanted goes on."""
        request = runs.request_of(connection, run.id)
        if request is None:
            return _OpenRun(ClusterRun(run.id, run.token, run.trigger), clock.monotonic_s(), is_closing=True)
        ready = replace(self._ready(connection, request), id=run.id, token=run.token)
        feeds = sources.feeds_of(connection, request.sources)
        asked = polls.polled(connection, run.id)
        asked |= {feed.id for feed in sources.leased(connection, run.token)}
        return replace(
            _open_run(connection, ready, request), asked={feed.url for feed in feeds if feed.id in asked}
        )

    def _look(self, connection: sqlite3.Connection) -> tuple[list[UnendedJob], list[CrawlReport]]:
        """Send what is due, and end runs; where looking takes long, as much waits, it is done seldom."""
        if clock.monotonic_s() < self._look_s:
            return [], []
        is_full = self._is_full()
        if not is_full:
            self._open_runs(connection)  # what topics learn from new seeds then is no looking
        began_s = clock.monotonic_s()
        sent = [] if is_full else self._send(connection)
        reports = self._end_runs(connection)
        took_s = clock.monotonic_s() - began_s
        self._look_s = clock.monotonic_s() + min(_LOOK_SHARE * took_s, _LONGEST_PAUSE_S)
        return sent, reports

    def begin_anew(self) -> None:
        """Go on as a scheduler does that is started: PostgreSQL is empty, and what was sent is lost."""
        self.open_runs.clear()
        self._has_taken_over = False

    def close_runs(self) -> None:
        """Let all open runs end with their last job, as the settings have changed."""
        for open_run in self.open_runs:
            open_run.is_closing = True

    def _settle(self, connection: sqlite3.Connection) -> None:
        """Free the hosts and feeds of jobs that are over, once the next polls are decided."""
        ended = self.store.call_now(jobs.ended)
        if not ended:
            return
        for job in ended:
            if job.is_dead and (found := _readable(job)) is not None:
                give_up(connection, found, job.detail, clock.now())
        decide_polls(connection, clock.now())
        for job in ended:
            found = _readable(job)
            if found is not None:
                sources.release_feeds(connection, [feed.id for feed in found.feeds], found.token)
        self.store.call_now(jobs.remove, [job.key for job in ended])

    def _send(self, connection: sqlite3.Connection) -> list[UnendedJob]:
        sent: list[UnendedJob] = []
        for open_run in self.open_runs:
            if not open_run.is_closing:
                sent += self._send_of(connection, open_run)
        return sent

    def _send_of(self, connection: sqlite3.Connection, open_run: _OpenRun) -> list[UnendedJob]:
        found = claim_jobs(
            connection,
            open_run.run,
            now=clock.now(),
            busy=self.store.call_now(jobs.busy_hosts),
            asked=() if open_run.is_scheduled else open_run.asked,
            with_sites=self._may_search() if open_run.is_scheduled else not open_run.asked,
        )
        taken: set[str] = set()
        try:
            taken = set(self.store.call_now(jobs.send, [_sent(job) for job in found]))
        finally:  # what was not sent is free again; the links of a run are, for this run
            for job in found:
                if job.key in taken:
                    open_run.asked |= {feed.url for feed in job.feeds}
                else:
                    sources.release_feeds(connection, [feed.id for feed in job.feeds], job.token)
        return [UnendedJob(job.key, job.host, job.priority, False) for job in found if job.key in taken]

    def _may_search(self) -> bool:
        """Whether sites to be searched are looked for: once a minute, for with 100,000 sources it takes 60 ms."""
        if clock.monotonic_s() - self._sites_s < _SITES_S:
            return False
        self._sites_s = clock.monotonic_s()
        return True

    def _is_full(self) -> bool:
        waiting = self.store.call_now(jobs.waiting_count)
        backlog, _ = self.store.call_now(records.backlog)
        return waiting >= _MOST_WAITING or backlog >= _MOST_RECORDS

    def _open_runs(self, connection: sqlite3.Connection) -> None:
        for request in runs.open_requests(connection):
            self.open_runs.append(self._opened(connection, request))
        for open_run in self.open_runs:
            if open_run.is_scheduled and clock.monotonic_s() - open_run.began_s >= _OPEN_S:
                open_run.is_closing = True
        if any(one.is_scheduled and not one.is_closing for one in self.open_runs):
            return
        if workload.has_work(connection, clock.now(), DUE_RULES):
            self.open_runs.append(self._opened(connection))

    def _opened(self, connection: sqlite3.Connection, request: CrawlRequest | None = None) -> _OpenRun:
        """A new run: of what is due, or of what a person asked for."""
        ready = self._ready(connection, request)
        token = secrets.token_hex(8)
        run_id = runs.begin(
            connection,
            trigger=ready.trigger,
            token=token,
            now=clock.now(),
            host=socket.gethostname(),
            pid=None,
        )
        if request is not None:
            runs.answer(connection, request.id, run_id=run_id)
        return _open_run(connection, replace(ready, id=run_id, token=token), request)

    def _ready(self, connection: sqlite3.Connection, request: CrawlRequest | None) -> ClusterRun:
        """What a run is told, which has no row yet; its topics are ready for the workers."""
        now = clock.now()
        is_clock_doubted = begin_by_clock(connection, now)
        if not is_current(connection):
            _prepare(self.database)
        matchers = prepare_matchers(connection, now)
        revision, payload = topics_to_bytes(matchers)
        self.store.call_now(shared.keep_topics, revision, payload)
        return ClusterRun(
            0,
            "",
            "schedule" if request is None else "manual",
            () if request is None else request.sources,
            request is None or request.only_due,
            load_settings(connection),
            revision,
            self.access(),
            is_clock_doubted,
        )

    def _end_runs(self, connection: sqlite3.Connection) -> list[CrawlReport]:
        """End the runs that have no job left and nothing more to send."""
        if not self.open_runs:
            return []
        going_on = set(self.store.call_now(jobs.busy_hosts).values())
        reports = []
        for open_run in list(self.open_runs):
            run = open_run.run
            if run.id in going_on or (not open_run.is_closing and _has_more(connection, open_run)):
                continue
            self.open_runs.remove(open_run)
            sources.release(connection, run.token)
            state, error = open_run.end
            runs.end(connection, run.id, state=state, now=clock.now(), error=error)
            reports.append(CrawlReport(run.id, state, tuple(runs.summary(connection, run.id)), error))
        return reports

    def _unended(self) -> tuple[UnendedJob, ...] | None:
        """What is to be done, when it is time to look whether the queue still knows it; and to forget what is old."""
        now_s = clock.monotonic_s()
        if now_s - self._forgot_s >= _FORGET_S:
            self.store.call_now(shared.forget_hosts)
            self._forgot_s = now_s
        if now_s - self._repaired_s < self.silent_s / 3:
            return None
        self._repaired_s = now_s
        self.store.call_now(jobs.take_from_silent, self.silent_s)
        return tuple(self.store.call_now(jobs.unended))


def _open_run(connection: sqlite3.Connection, run: ClusterRun, request: CrawlRequest | None) -> _OpenRun:
    wanted = [] if run.only_due else sources.feeds_of(connection, run.names)
    return _OpenRun(
        run, clock.monotonic_s(), request.id if request else None, frozenset(feed.url for feed in wanted)
    )


def _has_more(connection: sqlite3.Connection, open_run: _OpenRun) -> bool:
    """Whether there is something for a run that no job of it is about: its host is busy for another run, say."""
    if open_run.is_scheduled:
        return workload.has_work(connection, clock.now(), DUE_RULES, with_sites=False)
    return bool(open_run.wanted - open_run.asked)


def _sent(job: HostJob) -> SentJob:
    return SentJob(job.key, job.host, job.kind, job.priority, job.run_id, job_to_bytes(job))


def _readable(job: EndedJob) -> HostJob | None:
    """The job as it was sent; None if it was by a version that wrote it otherwise: its leases end by themselves."""
    try:
        return job_from_bytes(job.payload)
    except RecordError:
        logger.warning("a job of another version has ended", extra={"job": job.key})
        return None


def _prepare(database: Path) -> None:
    """Build the topics' profiles in another process: what that loads goes with it; if it fails, they are built here."""
    command: Sequence[str] = [
        sys.executable, "-P", "-m", "crawler.process.child", "prepare", "--database", str(database),
    ]  # fmt: skip
    subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=600)
