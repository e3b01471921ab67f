"""What is measured of a daemon, under its names for Prometheus. Pure.

Counters begin with the daemon, as Prometheus expects it of a process that was started anew.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scheduler.metrics.exposition import HistogramCounts, MetricFamily, gauge, histogram, labelled
from storage.records.cluster import ClusterFigures
from storage.records.health import Done, ServiceFigures

RUN_BOUNDS_S = (1, 2, 5, 10, 30, 60, 300, 900, 1_800)


@dataclass(frozen=True, slots=True)
class Vitals:
    """The state of the daemon's process."""

    version: str
    tick_age_s: float
    crawl_s: float | None  # None: no crawl goes on
    lag_s: float
    memory_bytes: int
    worker_bytes: int | None  # None: there is none
    database_bytes: int
    log_bytes: int
    started_at: datetime


class Totals:
    """What was done since the daemon began."""

    def __init__(self) -> None:
        self.polls: Counter[str] = Counter()
        self.pages: Counter[str] = Counter()
        self.runs: dict[str, HistogramCounts] = {}

    def add(self, done: Done) -> None:
        """Take in what was done since the last time."""
        self.polls.update(done.polls)
        self.pages.update(done.pages)
        for state, seconds in done.runs:
            self.runs.setdefault(state, HistogramCounts(RUN_BOUNDS_S)).add(seconds)


def families(
    totals: Totals,
    standing: ServiceFigures,
    vitals: Vitals,
    now: datetime,
    cluster: ClusterFigures | None = None,
) -> list[MetricFamily]:
    """Everything that is measured, in the order in which it is told; *cluster*: where the work is shared."""
    shared = () if cluster is None else _cluster(cluster)
    return [*_work(totals, standing, now), *shared, *_process(vitals)]


def _work(totals: Totals, standing: ServiceFigures, now: datetime) -> Iterator[MetricFamily]:
    yield gauge("seedwatch_feeds", "Addresses that are polled.", standing.feeds)
    yield gauge("seedwatch_feeds_due", "Feeds that are due and that nobody polls yet.", standing.feeds_due)
    yield labelled(
        "counter",
        "seedwatch_polls_total",
        "Polls since the daemon began, by what came of them.",
        [({"outcome": outcome}, number) for outcome, number in sorted(totals.polls.items())],
    )
    yield labelled(
        "counter",
        "seedwatch_pages_total",
        "Pages of runs that have ended since the daemon began, by what became of them.",
        [({"outcome": name}, number) for name, number in sorted(totals.pages.items())],
    )
    yield histogram(
        "seedwatch_run_seconds",
        "How long runs took that have ended since the daemon began.",
        RUN_BOUNDS_S,
        [({"state": state}, tally) for state, tally in sorted(totals.runs.items())],
    )
    yield labelled(
        "gauge",
        "seedwatch_queue",
        "What waits: pages that were never tried, pages to be tried again, crawls handed over, alerts to be sent.",
        [
            ({"queue": "pages"}, standing.links_waiting["queued"]),
            ({"queue": "retries"}, standing.links_waiting["failed"]),
            ({"queue": "past"}, standing.links_waiting["past"]),
            ({"queue": "requests"}, standing.requests_waiting),
            ({"queue": "alerts"}, standing.messages_waiting),
        ],
    )
    yield gauge("seedwatch_articles", "Articles that are stored.", standing.articles)
    yield labelled(
        "gauge",
        "seedwatch_matches",
        "Articles by topic and verdict.",
        [
            ({"topic": topic, "verdict": verdict}, number)
            for (topic, verdict), number in standing.matches.items()
        ],
    )
    yield labelled(
        "gauge",
        "seedwatch_source_last_success_seconds",
        "Seconds since a feed of the source could be read last; +Inf: never. The hundred longest unread.",
        [
            ({"source": source}, math.inf if at is None else max((now - at).total_seconds(), 0.0))
            for source, at in standing.last_ok_at.items()
        ],
    )


def _cluster(cluster: ClusterFigures) -> Iterator[MetricFamily]:
    yield gauge(
        "seedwatch_cluster_workers",
        "Workers of the cluster that live.",
        len(cluster.living),
    )
    yield labelled(
        "gauge",
        "seedwatch_cluster_jobs",
        "Jobs of the cluster: those that no worker has begun, and those in hand.",
        [({"state": "waiting"}, cluster.waiting), ({"state": "doing"}, cluster.doing)],
    )
    yield gauge("seedwatch_cluster_records", "Records that wait for the writer.", cluster.records)
    yield gauge(
        "seedwatch_cluster_drain_lag_seconds",
        "Since the oldest record that waits was sent; 0: none.",
        cluster.lag_s,
    )
    yield gauge("seedwatch_cluster_dead_letters", "Records that could not be stored.", cluster.dead)


def _process(vitals: Vitals) -> Iterator[MetricFamily]:
    yield labelled("gauge", "seedwatch_info", "The version that runs.", [({"version": vitals.version}, 1)])
    yield gauge(
        "seedwatch_tick_age_seconds", "Since the last tick; 0 while a crawl goes on.", vitals.tick_age_s
    )
    yield gauge(
        "seedwatch_crawl_seconds", "For how long a crawl goes on; 0: none does.", vitals.crawl_s or 0.0
    )
    yield gauge(
        "seedwatch_loop_lag_seconds", "How late the loop was at worst in the last minute.", vitals.lag_s
    )
    yield gauge("seedwatch_database_bytes", "The database and its log on the disk.", vitals.database_bytes)
    yield gauge("seedwatch_log_bytes", "The database's write-ahead log on the disk.", vitals.log_bytes)
    resident = [({"process": "daemon"}, float(vitals.memory_bytes))]
    if vitals.worker_bytes is not None:
        resident.append(({"process": "worker"}, float(vitals.worker_bytes)))
    yield labelled("gauge", "seedwatch_memory_bytes", "Resident memory of the processes.", resident)
    yield gauge(
        "seedwatch_start_time_seconds", "When the daemon began, in Unix time.", vitals.started_at.timestamp()
    )
