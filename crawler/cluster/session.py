"""A crawl's session on a machine without the database: asked, it answers from the job; what is stored, it writes down.

It stands in the place of `CrawlSession`, so that all classes of work are the same code on one machine and on many. I/O
edge: none but the pool, and the call that keeps what a host asks for.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Concatenate

from crawler import clock
from crawler.articles.look_verdicts import Sight, judge_nothing
from crawler.articles.store import store_reading
from crawler.cluster.effects import is_effect, record_of
from crawler.cluster.jobs import PAST, HostJob
from crawler.documents.ingest import ingest
from crawler.run.pool import TaskPool
from crawler.run.session import CrawlSession, Parameters, Result
from crawler.tasks.backfills import Claimed, claim_past
from crawler.tasks.second_looks import claim_looks, store_sight
from crawler.tasks.subscriptions import begin_request
from storage.records.cluster import SentRecord
from storage.records.decisions import Verdict
from storage.records.looks import Look, Watch
from storage.records.polls import PollResult
from storage.records.site_memory import NOTHING_COMMON, CommonMarks
from storage.records.sources import Feed, HostMemory, QueuedLink, RobotsFile
from storage.sources import (
    backfill_states,
    backfills,
    hosts,
    links,
    polls,
    robots_files,
    shapes,
    site_memories,
    site_searches,
    subscriptions,
    successors,
)

_UNSAID = "the crawl ended without a word of it"
# What those who store something are told, in place of what the database would have said.
_TOLD: Mapping[Callable[..., Any], Any] = {
    ingest: [],  # the pages of what is new come back as a job, once the database has said what is
    store_reading: (Verdict.NEW, None),  # for counts alone
    site_searches.add_found: [],  # they come back as a job, too
    backfills.add_links: 0,  # for a count of the list, which the writer makes
}


class JobSession(CrawlSession):
    """The session of one job's crawl."""

    def __init__(
        self,
        job: HostJob,
        pool: TaskPool,
        topics: tuple[str, ...],
        keep_host: Callable[[HostMemory], None] = lambda _: None,
    ) -> None:
        """*pool* holds the matchers of *topics*; *keep_host* tells the other machines, at once."""
        self.job, self.pool, self.topics = job, pool, topics
        self.error = None
        self.is_open = True
        self.on_error = lambda: None
        self.server_clocks = {}
        self.run_id, self.token, self.trigger = job.run_id, job.token, job.trigger
        self.settings = replace(job.settings, public_url="")  # hubs call the scheduler, who asks them
        self.is_clock_doubted = job.is_clock_doubted
        self.feeds, self.hub_requests = list(job.feeds), job.hubs
        self.hosts = {memory.host: memory for memory in job.memories}
        self.delays = dict(job.delays)
        self.records: list[SentRecord] = []
        self._keep_host = keep_host
        self._looks, self._past = list(job.looks), _past(job)
        self._unpolled = {feed.id for feed in job.feeds}
        self._searched: set[str] = set()

    async def store(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """What *function* would return, as far as it is known here; what it would store is written down."""
        return self.store_now(function, *args, **kwargs)

    def store_now(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """As `store`."""
        found: Result
        if is_effect(function):
            found = self._write_down(function, *args, **kwargs)
        else:
            found = _ANSWERS[function](self, *args, **kwargs)
        return found

    def remember_host(self, memory: HostMemory) -> None:
        """Keep what a host has asked for, in this crawl and for those to come, on all machines."""
        if self.hosts.get(memory.host) == memory or not self.is_open:
            return
        self.hosts[memory.host] = memory
        self.records.append(record_of(hosts.remember, memory))
        self._keep_host(memory)

    def keep_robots(self, file: RobotsFile) -> None:
        """Keep a robots.txt for the crawls to come."""
        if self.is_open:
            self.records.append(record_of(robots_files.keep, file))

    def close(self, *, finished: bool) -> None:
        """Note what was asked for and came to nothing; *finished*: the crawl was not broken off."""
        if not self.is_open:
            return
        self.is_open = False
        if finished:
            for feed_id in sorted(self._unpolled):
                poll = PollResult(feed_id, clock.now(), "crashed", detail=_UNSAID)
                self.records.append(record_of(polls.record_poll, self.run_id, poll, None))

    def _write_down(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if function is site_searches.add_found:
            self._searched.add(args[0])
        elif function is site_searches.record_failure and args[0].source in self._searched:
            return None  # nothing to poll came back, for it comes as another job
        elif function is ingest:
            self._unpolled.discard(args[0].id)
            args = (_plain(args[0]), *args[1:])
        elif function is polls.record_poll:
            self._unpolled.discard(args[1].feed_id)
        self.records.append(record_of(function, *args, **kwargs))
        return _seen(*args) if function is store_sight else _TOLD.get(function)

    def _waiting_links(self, **_values: Any) -> list[QueuedLink]:
        return [] if self.job.kind == PAST else list(self.job.links)

    def _claim_looks(self, **_values: Any) -> list[Watch]:
        looks, self._looks = self._looks, []
        return looks

    def _claim_past(self, **_values: Any) -> Claimed:
        past, self._past = self._past, Claimed()
        return past

    def _common_marks(self, site: str) -> CommonMarks:
        return dict(self.job.common).get(site, NOTHING_COMMON)

    def _outcomes(self, source: str, _since: object) -> tuple[Any, ...]:
        return next((feed.learnt for feed in self.job.feeds if feed.source == source and feed.learnt), ())


def _past(job: HostJob) -> Claimed:
    return Claimed(job.lists, job.links) if job.kind == PAST else Claimed()


def _plain(feed: Feed) -> Feed:
    """*feed* without what only the reading of its document needs."""
    return replace(feed, learnt=())


def _seen(watch: Watch, sight: Sight) -> Look:
    """A look for the crawl's counts; the true one is judged beside what the database has."""
    return replace(judge_nothing(watch, sight), outcome=sight.kind)


_ANSWERS: Mapping[Callable[..., Any], Callable[..., Any]] = {
    links.claim_waiting: JobSession._waiting_links,
    links.first_day_room: lambda _session, _since: {},  # a job has no more pages than there is room for
    subscriptions.pushed_feeds: lambda session: frozenset(push.feed_id for push in session.job.pushes),
    subscriptions.pushes_of: lambda session, feed_id: [
        push for push in session.job.pushes if push.feed_id == feed_id
    ],
    begin_request: lambda _session, _feed_id, **_values: None,
    site_searches.due: lambda session, *_args, **_values: [site.source for site in session.job.sites],
    site_searches.failures: lambda session, name: next(
        (site.failures for site in session.job.sites if site.source.name == name), 0
    ),
    successors.due: lambda session, *_args: list(session.job.dead),
    successors.polled: lambda session: set(session.job.polled),
    shapes.outcomes: JobSession._outcomes,
    site_memories.common_marks: JobSession._common_marks,
    robots_files.kept: lambda session, place, now: next(
        (file for file in session.job.robots if file.place == place and file.keep_until > now), None
    ),
    claim_looks: JobSession._claim_looks,
    claim_past: JobSession._claim_past,
    backfill_states.waiting_pages: lambda _session: 0,  # for a count that nobody watches
    backfills.take_listed: lambda _session, *_args, **_values: [],  # it comes back as a job
}


def is_answered(function: Callable[..., Any]) -> bool:
    """Whether a worker can answer what *function* asks the database."""
    return function in _ANSWERS
