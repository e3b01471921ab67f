"""The small facts in `meta`: one key each, with the type of what stands under it, and what it is for."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from storage.analyser import VERSION
from storage.db import storage_errors
from storage.records.cluster import ClusterFigures, ClusterState, WorkerState
from storage.records.health import ClockTrust, ServerClock
from storage.records.polls import DecidedPace

Value = TypeVar("Value")


def _as_it_is(stored: Any) -> Any:
    return stored


@dataclass(frozen=True, slots=True)
class StoredFact(Generic[Value]):
    """A key of `meta`; *read* makes the value of its JSON."""

    key: str
    default: Value  # while nothing was kept, or None was
    read: Callable[[Any], Value] = _as_it_is


@dataclass(frozen=True, slots=True)
class UnindexedRows:
    """What an index that is being made anew has not yet: articles, or revisions, by row, both ends among them."""

    first: int = 1
    last: int = 0
    analyser: int = VERSION  # version that it is made with


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


# What the settings say, for crawls that do not read them.
CRAWL_SETTINGS: StoredFact[Mapping[str, Any]] = StoredFact("crawl_settings", {})
POLLS_PER_FEED_PER_DAY = StoredFact("polls_per_feed_per_day", 24)
SECOND_LOOKS_PER_SOURCE_PER_DAY = StoredFact("second_looks_per_source_per_day", 100)
# By source, how its hosts are asked where that differs from the usual, in sentences without secrets.
SOURCE_ACCESS: StoredFact[Mapping[str, list[str]]] = StoredFact("source_access", {})
KEEP_HISTORY_DAYS = StoredFact("keep_history_days", 120)
# As it was when waiting feeds were hastened last.
DECLARED_PACE: StoredFact[Mapping[str, Any]] = StoredFact("declared_pace", {})
# What the daemon says of itself: why it keeps the settings of before; its last sign of life; its last check.
CONFIG_ERROR: StoredFact[str | None] = StoredFact("config_error", None)
HEARTBEAT: StoredFact[datetime | None] = StoredFact("heartbeat", None, _time)
HOURLY_CHECK: StoredFact[datetime | None] = StoredFact("vigil_at", None, _time)
PACE: StoredFact[DecidedPace | None] = StoredFact(
    "pace", None, lambda stored: DecidedPace(**stored | {"decided_at": _time(stored["decided_at"])})
)
# What coverage says of earlier days (UTC) stays as it is: their polls are folded, or about to be.
SETTLED_UNTIL: StoredFact[date | None] = StoredFact("settled_until", None, date.fromisoformat)
# All of earlier days is folded that may be.
FOLDED_UNTIL: StoredFact[date | None] = StoredFact("folded_until", None, date.fromisoformat)
# What a crawl, and a command that was broken off, leave behind.
SERVER_CLOCK: StoredFact[ServerClock | None] = StoredFact(
    "server_clock", None, lambda stored: ServerClock(**stored | {"at": _time(stored["at"])})
)
CLOCK_TRUST: StoredFact[ClockTrust] = StoredFact(
    "clock_trust",
    ClockTrust(),
    lambda stored: ClockTrust(
        seen_at=_time(stored["seen_at"]) if stored["seen_at"] else None,
        doubted_since=_time(stored["doubted_since"]) if stored["doubted_since"] else None,
        agreeing=stored["agreeing"],
    ),
)
REINDEX: StoredFact[UnindexedRows | None] = StoredFact(
    "reindex", None, lambda stored: UnindexedRows(**stored)
)
REINDEX_CHANGES: StoredFact[UnindexedRows | None] = StoredFact(
    "reindex_changes", None, lambda stored: UnindexedRows(**stored)
)


def _cluster_state(stored: Any) -> ClusterState:
    figures = stored["figures"]
    if figures is None:
        return ClusterState(_time(stored["at"]), stored["place"], None, stored["error"])
    workers = tuple(
        WorkerState(**worker | {"seen_at": _time(worker["seen_at"])}) for worker in figures["workers"]
    )
    seen = {name: figures[name] and _time(figures[name]) for name in ("writer_seen_at", "scheduler_seen_at")}
    by_kind = tuple((kind, number) for kind, number in figures["by_kind"])
    return ClusterState(
        _time(stored["at"]),
        stored["place"],
        ClusterFigures(**figures | seen | {"workers": workers, "by_kind": by_kind}),
        stored["error"],
    )


# How the cluster stood when its scheduler looked last; None: there is none, or it was told good-bye.
CLUSTER: StoredFact[ClusterState | None] = StoredFact("cluster", None, _cluster_state)
# By which the cluster's PostgreSQL knows this database; "": it was never asked for.
CLUSTER_NAME = StoredFact("cluster_name", "")


def seed_files(topic: str) -> StoredFact[list[list[str | int]]]:
    """What told the seed files of *topic* apart from others when they were read last; empty: they are to be read."""
    return StoredFact(f"seed_files:{topic}", [])


def seed_mistakes(topic: str) -> StoredFact[list[str]]:
    """What is wrong with seed files of *topic* that were refused when they were read last."""
    return StoredFact(f"seed_mistakes:{topic}", [])


def imported(archive: str) -> StoredFact[Mapping[str, Any]]:
    """How far an archive is imported, with the counts so far."""
    return StoredFact(f"import:{archive}", {})


@storage_errors
def get(connection: sqlite3.Connection, fact: StoredFact[Value]) -> Value:
    """What is kept under *fact*; its default if nothing is, or another version of seedwatch keeps it otherwise."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", [fact.key]).fetchone()
    stored = json.loads(row["value"]) if row else None
    try:
        return fact.default if stored is None else fact.read(stored)
    except (KeyError, TypeError, ValueError):
        return fact.default


@storage_errors
def put(connection: sqlite3.Connection, fact: StoredFact[Value], value: Value) -> None:
    """Keep *value* under *fact*, in place of what was there."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [fact.key, json.dumps(value, default=_as_json)],
    )


def _as_json(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    assert is_dataclass(value)
    assert not isinstance(value, type)
    return asdict(value)
