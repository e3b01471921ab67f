"""How the cluster stands at a moment, and what `doctor` finds of it. I/O edge."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from crawler import clock
from scheduler.cluster.connection import SharedStore
from scheduler.cluster.dsn import dsn_of
from scheduler.config.settings import ClusterConfig
from scheduler.health.doctor import Finding
from storage.cluster import shared
from storage.cluster.postgres import can_make_tables, check_version, masked, server_version
from storage.errors import ClusterError, ConfigError
from storage.health.cluster_signs import cluster_problems
from storage.records.cluster import ClusterState

# The oldest that has what our statements and procrastinate's ask for.
_OLDEST_SERVER = 130_000
_CLOCK_S = 5.0
_SUBJECT = "cluster"


def look(
    store: SharedStore, cluster: ClusterConfig, environment: Mapping[str, str], now: datetime
) -> ClusterState:
    """How the cluster stands; if PostgreSQL cannot be had, that is how."""
    place = masked(dsn_of(cluster, environment))
    try:
        return ClusterState(now, place, store.call_now(shared.figures, clock.system_now()))
    except ClusterError as error:
        return ClusterState(now, place, None, str(error))


def examine_cluster(
    cluster: ClusterConfig, environment: Mapping[str, str], now: datetime
) -> Iterator[Finding]:
    """What could stop a cluster from working: DSN, rights, versions, clocks, and who is there."""
    try:
        store = SharedStore(dsn_of(cluster, environment))
    except ConfigError as error:
        yield Finding(_SUBJECT, "bad", str(error))
        return
    try:
        yield from _examine(store, cluster, environment, now)
    except ClusterError as error:
        yield Finding(_SUBJECT, "bad", str(error))
    finally:
        store.close()


def _examine(
    store: SharedStore, cluster: ClusterConfig, environment: Mapping[str, str], now: datetime
) -> Iterator[Finding]:
    number = store.call_now(server_version)
    text = f"PostgreSQL {number // 10_000}.{number % 10_000} answers"
    if number < _OLDEST_SERVER:
        yield Finding(_SUBJECT, "bad", f"{text}, which is too old: 13 is the least")
    else:
        yield Finding(_SUBJECT, "good", text)
    ahead_s = store.call_now(shared.clock_ahead_s, clock.system_now())
    state = "bad" if abs(ahead_s) > _CLOCK_S else "good"
    yield Finding(_SUBJECT, state, f"the clock here is {ahead_s:+.1f} s from PostgreSQL's")
    if not store.call_now(can_make_tables):
        yield Finding(_SUBJECT, "bad", "the user may not make tables: GRANT CREATE ON SCHEMA public to it")
    try:
        store.call_now(check_version)
    except ClusterError as error:
        yield Finding(_SUBJECT, "note" if error.is_passing else "bad", str(error))
        return
    problems = cluster_problems(look(store, cluster, environment, now), now)
    yield from (Finding(_SUBJECT, "bad", problem) for problem in problems)
