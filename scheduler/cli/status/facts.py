"""All that `status` tells, read at one moment."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection, Row
from typing import Any

from crawler.cadence.due_rules import DUE_RULES
from crawler.run.opening import load_settings
from scheduler import unexpected
from scheduler.cli.backfill import backfills_as_json
from storage import db, lock, meta
from storage.alerts import outbox
from storage.articles import matches
from storage.health import conditions, gaps, workload
from storage.health.cluster_signs import cluster_problems
from storage.health.gaps import Gap
from storage.health.source_health import SourceHealth, own_outage_since, source_health
from storage.records.alerts import RuleState
from storage.records.backfills import BackfillState
from storage.records.cluster import ClusterState
from storage.records.health import ClockTrust, Condition, ServerClock
from storage.records.polls import SourceCounts
from storage.records.sources import HostMemory, WalledSource
from storage.records.subscriptions import SubscriptionState
from storage.sources import backfill_states, hosts, links, runs, subscriptions, successors
from storage.sources.successors import DeadFeed
from storage.topics import background

# Older gaps are in the table of that name.
_GAPS_SHOWN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """How things stand."""

    now: datetime
    daemon: lock.Holder | None
    config_error: str | None  # why changed settings were not taken; None: they were
    server_clock: ServerClock | None
    clock_trust: ClockTrust
    topics: Mapping[str, int]  # matches, by topic
    background: Mapping[str, int]  # sampled texts, by language
    gaps: list[Gap]
    conditions: list[Condition]
    alerts: list[RuleState]
    hosts: Mapping[str, HostMemory]
    dead_feeds: list[DeadFeed]
    walled: list[WalledSource]
    out_of_time: Mapping[str, int]  # of the last pages, by source
    subscriptions: list[SubscriptionState]
    backfills: list[BackfillState]
    delay_s: float  # between two requests to one host
    sources: list[SourceHealth]
    own_outage_since: datetime | None  # our own network seems to be down; None: it is not
    runs: list[Row]  # the latest, newest first
    feeds_due: int  # and free
    log_bytes: int  # of the database's write-ahead log
    cluster: ClusterState | None  # None: the work is not shared
    running: list[SourceCounts] | None  # what the run that goes on has done so far; None: none does
    # How hosts are asked otherwise than usual: the source's name ("": all), and a sentence.
    access: tuple[tuple[str, str], ...] = ()
    # Names of the sources of which the settings do not say whether their pages are shown in a browser.
    undecided: frozenset[str] = frozenset()

    @property
    def is_well(self) -> bool:
        """Whether no source has a problem, the latest crawl did not fail, alerts could be sent, and nothing raised."""
        failing = (
            any(source.has_problem for source in self.sources)
            or any(rule.failed for rule in self.alerts)
            or any(condition.kind in unexpected.KINDS for condition in self.conditions)
        )
        return not (self.config_error or self.failed_run is not None or failing or self.cluster_problems)

    @property
    def cluster_problems(self) -> list[str]:
        """What is wrong with the cluster; empty where there is none."""
        return cluster_problems(self.cluster, self.now) if self.cluster is not None else []

    @property
    def failed_run(self) -> Row | None:
        """The latest run that has ended, if it failed."""
        ended = next((run for run in self.runs if run["state"] != "running"), None)
        return ended if ended is not None and ended["state"] == "failed" else None


def gather(connection: Connection, daemon: lock.Holder | None, now: datetime) -> StatusFacts:
    """The facts of this moment; raises StorageError if the database refuses."""
    latest = runs.latest(connection)
    going_on = next((run["id"] for run in latest if run["state"] == "running"), None)
    return StatusFacts(
        now=now,
        daemon=daemon,
        config_error=meta.get(connection, meta.CONFIG_ERROR) if daemon else None,
        clock_trust=meta.get(connection, meta.CLOCK_TRUST),
        server_clock=meta.get(connection, meta.SERVER_CLOCK),
        topics={name: counts.match for name, counts in matches.match_counts(connection).items()},
        background=background.sizes(connection),
        gaps=gaps.gaps_since(connection, now - _GAPS_SHOWN),
        conditions=conditions.lasting(connection),
        alerts=outbox.rule_states(connection),
        hosts={host.host: host for host in hosts.remembered(connection)},
        dead_feeds=successors.dead(connection, now, DUE_RULES),
        walled=links.walled(connection),
        out_of_time=links.out_of_time(connection),
        subscriptions=subscriptions.states(connection),
        backfills=backfill_states.states(connection),
        delay_s=load_settings(connection).delay,
        sources=source_health(connection),
        own_outage_since=own_outage_since(connection),
        runs=latest,
        feeds_due=workload.due_feeds(connection, now, DUE_RULES),
        log_bytes=db.log_bytes(db.file_of(connection)),
        cluster=meta.get(connection, meta.CLUSTER),
        running=None if going_on is None else runs.summary(connection, going_on),
    )


def as_json(facts: StatusFacts) -> dict[str, Any]:
    """The facts as one JSON object."""
    return {
        "daemon": asdict(facts.daemon) if facts.daemon else None,
        "config_error": facts.config_error,
        "server_clock": asdict(facts.server_clock) if facts.server_clock else None,
        "clock_trust": asdict(facts.clock_trust),
        "topics": dict(facts.topics),
        "background": dict(facts.background),
        "gaps": [asdict(gap) for gap in facts.gaps],
        "conditions": [asdict(condition) for condition in facts.conditions],
        "alerts": [asdict(rule) for rule in facts.alerts],
        "hosts": [asdict(host) for host in facts.hosts.values()],
        "dead_feeds": [asdict(feed) for feed in facts.dead_feeds],
        "headlines_only": [asdict(source) for source in facts.walled],
        "out_of_time": dict(facts.out_of_time),
        "subscriptions": [asdict(subscription) for subscription in facts.subscriptions],
        "backfills": backfills_as_json(facts.backfills, facts.hosts, facts.delay_s, facts.now),
        "access": [{"source": source or None, "note": note} for source, note in facts.access],
        "cluster": (
            {**asdict(facts.cluster), "problems": facts.cluster_problems}
            if facts.cluster is not None
            else None
        ),
        "feeds_due": facts.feeds_due,
        "log_bytes": facts.log_bytes,
        "own_outage_since": facts.own_outage_since,
        "sources": [asdict(source) for source in facts.sources],
        "runs": [dict(line) for line in facts.runs],
    }
