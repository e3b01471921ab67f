"""What is due, as jobs of one host each: claimed in the database, with all that the host's crawl would look up there.

A host that has a job anywhere gets no other: all are asked of by the one who holds *busy*. A job has one class of work,
the highest that its host has. I/O edge.
"""

import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from crawler import limits
from crawler.cadence.due_rules import DUE_RULES
from crawler.cadence.host_pauses import domain_of, pace_s
from crawler.cadence.next_hub_request import RENEWAL_SHARE
from crawler.cluster.jobs import LOOKS, PAGES, PAST, POLLS, HostJob, Site
from crawler.run.opening import LEASE, CrawlSettings
from crawler.sections.learnt import LEARNT_WITHIN
from crawler.tasks.backfills import claim_past
from crawler.tasks.pages import FIRST_DAY
from crawler.tasks.second_looks import claim_looks
from crawler.tasks.subscriptions import begin_request
from crawler.urls import host_and_port, politeness_key
from storage.articles import watches
from storage.db import storage_errors, transaction
from storage.records.site_memory import NOTHING_COMMON, CommonMarks
from storage.records.sources import Feed, FeedKind, HostMemory, QueuedLink, RobotsFile
from storage.records.subscriptions import AskedHub, Push
from storage.sources import (
    backfills,
    hosts,
    links,
    robots_files,
    shapes,
    site_memories,
    site_searches,
    sources,
    subscriptions,
    successors,
)

# A job ends within minutes: what its worker dies with is small, and feeds of its host that fall due wait no longer.
PAGES_PER_JOB = 50
_SECONDS_PER_JOB = 60.0
# Of what hubs sent; one push has up to 10 MB, and a field of PostgreSQL, in which a job stands, less than 1 GB.
PUSHED_BYTES = 16 * 2**20
# Pages that are claimed at a time, for all hosts.
_CLAIMED = 5_000
_BACKFILLS = frozenset({"schedule", "backfill"})

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ClusterRun:
    """A run whose work is done elsewhere."""

    id: int
    token: str
    trigger: str
    names: tuple[str, ...] = ()  # of the sources; none: all
    only_due: bool = True
    settings: CrawlSettings = field(default_factory=CrawlSettings)
    topics: str = ""  # their revision
    access: str = field(default="", repr=False)
    is_clock_doubted: bool = False


@dataclass(slots=True)
class _Claim:
    """The jobs of one round, by host, while they are put together."""

    connection: sqlite3.Connection
    run: ClusterRun
    now: datetime
    busy: Collection[str]
    memories: Mapping[str, HostMemory]
    jobs: dict[str, HostJob] = field(default_factory=dict)

    def is_free(self, url: str) -> bool:
        host = politeness_key(url)
        return host not in self.busy and host not in self.jobs

    def add(self, kind: str, host: str) -> HostJob:
        """The job of this class and host, new or there."""
        run = self.run
        found = self.jobs.get(host)
        return found or HostJob(
            secrets.token_hex(8),
            host,
            kind,
            run.id,
            run.token,
            run.trigger,
            run.settings,
            run.topics,
            run.access,
            run.is_clock_doubted,
        )


@storage_errors
def claim_jobs(
    connection: sqlite3.Connection,
    run: ClusterRun,
    *,
    now: datetime,
    busy: Collection[str],
    asked: Collection[str] = (),
    with_sites: bool = True,
) -> list[HostJob]:
    """The jobs of hosts that are not *busy*, claimed for *run*, the highest class of work first.

    *asked*: addresses of feeds that are left out; *with_sites*: sites that are to be searched, for which each source
    is looked at.
    """
    memories = {memory.host: memory for memory in hosts.remembered(connection)}
    claim = _Claim(connection, run, now, busy, memories)
    with transaction(connection):
        _claim_feeds(claim, asked)
        _claim_hubs(claim)
        if with_sites:
            _claim_sites(claim)
        _claim_pages(claim)
        _claim_looks(claim)
        _claim_past(claim)
        known = _Known(claim)
        jobs = [known.told(job) for job in claim.jobs.values()]
    return sorted(jobs, key=lambda job: -job.priority)


def _claim_feeds(claim: _Claim, asked: Collection[str]) -> None:
    run = claim.run
    feeds = sources.claim(
        claim.connection,
        run.token,
        DUE_RULES,
        now=claim.now,
        until=claim.now + LEASE,
        names=run.names,
        only_due=run.only_due,
        is_free=lambda url: claim.is_free(url) and url not in asked,
    )
    pushed = subscriptions.pushed_feeds(claim.connection) if feeds else frozenset()
    for host, own in _by_host(feeds, lambda feed: feed.url):
        told = [_with_outcomes(claim, feed) for feed in own]
        pushes = _pushes(claim, [feed for feed in own if feed.id in pushed])
        claim.jobs[host] = replace(claim.add(POLLS, host), feeds=tuple(told), pushes=tuple(pushes))


def _pushes(claim: _Claim, feeds: Sequence[Feed]) -> list[Push]:
    """What waits of *feeds*, as much as a job may carry; the rest waits for the next, and is due with it."""
    pushes: list[Push] = []
    room = PUSHED_BYTES
    for feed in feeds:
        for push in subscriptions.pushes_of(claim.connection, feed.id):
            room -= len(push.body or b"")
            if pushes and room < 0:
                return pushes
            pushes.append(push)
    return pushes


def _with_outcomes(claim: _Claim, feed: Feed) -> Feed:
    if feed.kind is not FeedKind.SECTION or feed.link_pattern is not None:
        return feed
    learnt = shapes.outcomes(claim.connection, feed.source, claim.now - LEARNT_WITHIN)
    return replace(feed, learnt=learnt)


def _claim_hubs(claim: _Claim) -> None:
    """Hubs that are to be asked for subscriptions, at most so many of one as pages; written down as asked.

    They call back as soon as they are asked, so it must be known here before.
    """
    public_url = claim.run.settings.public_url
    if not public_url:
        return
    offers = subscriptions.due_offers(
        claim.connection, claim.now, public_url=public_url, renewal_share=RENEWAL_SHARE, names=claim.run.names
    )
    for host, own in _by_host(offers, lambda offer: offer.hub):
        if not claim.is_free(own[0].hub) and claim.jobs.get(host) is None:
            continue
        asked = []
        for offer in own[: _pages_at_once(claim, host)]:
            request = begin_request(claim.connection, offer.feed_id, public_url=public_url, now=claim.now)
            if request is not None:
                asked.append(AskedHub(offer.feed_id, request))
        if asked:
            claim.jobs[host] = replace(claim.add(POLLS, host), hubs=tuple(asked))


def _claim_sites(claim: _Claim) -> None:
    """Sites of sources without a feed, and of dead feeds: due until their search is stored."""
    connection, run = claim.connection, claim.run
    for source in site_searches.due(connection, claim.now, run.names, run_id=run.id):
        host = politeness_key(source.home or "")
        if not claim.is_free(source.home or "") and claim.jobs.get(host) is None:
            continue
        job = claim.add(POLLS, host)
        site = Site(source, site_searches.failures(connection, source.name))
        claim.jobs[host] = replace(job, sites=(*job.sites, site))
    for dead in successors.due(connection, claim.now, DUE_RULES, run.names):
        home = dead.source.home or dead.feeds[0].url
        host = politeness_key(home)
        if not claim.is_free(home) and claim.jobs.get(host) is None:
            continue
        job = claim.add(POLLS, host)
        polled = tuple(url for url in successors.polled(connection) if politeness_key(url) == host)
        claim.jobs[host] = replace(job, dead=(*job.dead, dead), polled=polled)


def _claim_pages(claim: _Claim) -> None:
    queued = links.claim_waiting(
        claim.connection,
        run_id=claim.run.id,
        now=claim.now,
        running_since=claim.now - LEASE,
        names=claim.run.names,
        limit=_CLAIMED,
        per_feed=limits.WAITING_PER_FEED_PER_RUN,
        is_free=claim.is_free,
    )
    room = links.first_day_room(claim.connection, claim.now - FIRST_DAY) if queued else {}
    for host, own in _by_host(queued, _asked):
        some = _within(own, room)[: _pages_at_once(claim, host)]
        if some:
            claim.jobs[host] = replace(claim.add(PAGES, host), links=tuple(some))


def _within(queued: Iterable[QueuedLink], room: dict[str, int]) -> list[QueuedLink]:
    """Those of *queued* that their sources have room for on their first day; what is taken is taken off *room*."""
    taken = []
    for link in queued:
        if room.get(link.source, 1) <= 0:
            continue
        if link.source in room:
            room[link.source] -= 1
        taken.append(link)
    return taken


def _pages_at_once(claim: _Claim, host: str) -> int:
    """How many pages of *host* make a job: those that can be had in a minute, at the pace that it asks for."""
    apart_s = max(pace_s(claim.memories.get(host, HostMemory(host)), claim.now), claim.run.settings.delay)
    return max(1, min(PAGES_PER_JOB, int(_SECONDS_PER_JOB / apart_s) if apart_s else PAGES_PER_JOB))


def _claim_looks(claim: _Claim) -> None:
    due = claim_looks(
        claim.connection,
        run_id=claim.run.id,
        now=claim.now,
        names=claim.run.names,
        is_clock_doubted=claim.run.is_clock_doubted,
    )
    for host, own in _by_host(due, lambda watch: watch.url):
        if claim.is_free(own[0].url):
            claim.jobs[host] = replace(claim.add(LOOKS, host), looks=tuple(own))
        else:
            watches.give_back(claim.connection, own, run_id=claim.run.id)


def _claim_past(claim: _Claim) -> None:
    connection, run = claim.connection, claim.run
    if run.trigger not in _BACKFILLS:
        return
    due = backfills.due(connection, claim.now)
    names = [backfill.source for backfill in due if claim.is_free(backfill.url)]
    names = [name for name in names if not run.names or name in run.names]
    if not names:
        return
    past = claim_past(
        connection,
        run_id=run.id,
        now=claim.now,
        names=names,
        hosts=claim.memories,
        yields_to_polls=False,  # those of other hosts are no reason to wait
    )
    for host, lists in _by_host(past.pages, lambda page: page.url):
        if claim.is_free(lists[0].url):
            claim.jobs[host] = replace(claim.add(PAST, host), lists=tuple(lists))
    for host, queued in _by_host(past.links, _asked):
        job = claim.jobs.get(host)
        if (job is None and claim.is_free(queued[0].url)) or (job is not None and job.kind == PAST):
            claim.jobs[host] = replace(claim.add(PAST, host), links=tuple(queued))


def _by_host(items: Sequence[Item], address: Callable[[Item], str]) -> Iterator[tuple[str, list[Item]]]:
    """*items* by the politeness key of their address, in order; those without a host stand under ""."""
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        found[politeness_key(address(item))].append(item)
    return iter(found.items())


def _addresses(job: HostJob) -> Iterator[str]:
    """What a job asks for, as far as it is known before."""
    yield from (feed.url for feed in job.feeds)
    yield from (asked.request.hub for asked in job.hubs)
    yield from (site.source.home or "" for site in job.sites)
    yield from (_asked(link) for link in job.links)
    yield from (watch.url for watch in job.looks)
    yield from (page.url for page in job.lists)


def _place(url: str) -> str:
    """Scheme, host and port of *url*, as robots.txt is kept by; "" of what is no address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _asked(link: QueuedLink) -> str:
    return link.entry.asks or link.url


class _Known:
    """What jobs are told of their hosts, looked up once for all."""

    def __init__(self, claim: _Claim) -> None:
        self._claim = claim
        self._memories: dict[str, list[HostMemory]] = defaultdict(list)
        for memory in claim.memories.values():
            self._memories[domain_of(memory.host)].append(memory)
        self._delays: dict[str, float] = {}
        for url, delay_s in sources.delays(claim.connection):
            host = politeness_key(url)
            self._delays[host] = max(delay_s, self._delays.get(host, 0.0))

    def told(self, job: HostJob) -> HostJob:
        """*job* with what is known of its host and its sites."""
        delay_s = self._delays.get(job.host)
        return replace(
            job,
            memories=tuple(self._memories.get(job.host, ())),
            delays=() if delay_s is None else ((job.host, delay_s),),
            robots=tuple(self._robots(job)),
            common=tuple(self._common(job)),
        )

    def _robots(self, job: HostJob) -> Iterator[RobotsFile]:
        for place in dict.fromkeys(map(_place, _addresses(job))):
            file = robots_files.kept(self._claim.connection, place, self._claim.now)
            if file is not None:
                yield file

    def _common(self, job: HostJob) -> Iterator[tuple[str, CommonMarks]]:
        asked = [*(link.url for link in job.links), *(watch.url for watch in job.looks)]
        for site in dict.fromkeys(host_and_port(url) for url in asked):
            common = site_memories.common_marks(self._claim.connection, site) if site else NOTHING_COMMON
            if common != NOTHING_COMMON:
                yield site, common
