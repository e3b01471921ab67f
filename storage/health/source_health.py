"""How sources do, in one judgement for the command `status`, its live page, the pages of Datasette and exit codes."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.db import readable_time, storage_errors

# A source fails when each of its feeds has reached this level: three hard failures, or six soft ones, in a row.
FAILING = 3.0


class SourceState(StrEnum):
    """How a source does, worst first."""

    UNREACHED = "unreached"  # no look at it has ever succeeded
    FAILING = "failing"  # each of its feeds has failed again and again
    SHAKY = "shaky"  # the last look at one of its feeds failed, or it has failed of late
    NO_FEED = "no feed"  # its site was searched, and nothing to poll was found
    WAITING = "waiting"  # not looked at yet
    OK = "ok"
    OFF = "off"  # switched off


PROBLEMS = (SourceState.UNREACHED, SourceState.FAILING, SourceState.SHAKY, SourceState.NO_FEED)


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does."""

    id: int
    source: str
    title: str
    home: str | None
    enabled: bool
    state: SourceState
    feeds: int
    last_polled_at: datetime | None
    last_ok_at: datetime | None
    next_due_at: datetime | None  # None: at once
    last_error: str | None  # of the feed that failed last, or of the search of its site for feeds
    failures: float  # the highest failure level of its feeds, and of the searches of its site
    articles: int
    newest_at: datetime | None  # when its newest article came

    @property
    def has_problem(self) -> bool:
        """Whether a person should look."""
        return self.state in PROBLEMS


@storage_errors
def source_health(connection: sqlite3.Connection, name: str | None = None) -> list[SourceHealth]:
    """How each source does, or that of *name*: those with problems first, worst state first, then by name."""
    rows = connection.execute(
        """
        SELECT sources.id, sources.name, sources.title, sources.home, sources.enabled, sources.search_error,
            count(feeds.id) AS feeds,
            count(feeds.last_polled_at) AS polled,
            count(feeds.last_ok_at) AS read,
            sum(feeds.last_polled_at IS NOT NULL AND feeds.failures >= :failing) AS failing,
            sum(feeds.last_error IS NOT NULL OR feeds.failures > 0) AS troubled,
            max(feeds.last_polled_at) AS last_polled_at,
            max(feeds.last_ok_at) AS last_ok_at,
            CASE WHEN count(feeds.id) = 0 THEN sources.next_search_at
                 WHEN count(feeds.id) = count(feeds.next_due_at) THEN min(feeds.next_due_at)
            END AS next_due_at,
            coalesce(
                (SELECT failed.last_error FROM feeds AS failed
                 WHERE failed.source_id = sources.id AND failed.enabled = 1 AND failed.last_error IS NOT NULL
                 ORDER BY failed.last_polled_at DESC, failed.id LIMIT 1),
                sources.search_error
            ) AS last_error,
            max(coalesce(max(feeds.failures), 0), sources.search_failures) AS failures,
            (SELECT count(*) FROM articles WHERE articles.source_id = sources.id) AS articles,
            (SELECT first_seen_at FROM articles WHERE articles.source_id = sources.id
             ORDER BY id DESC LIMIT 1) AS newest_at
        FROM sources LEFT JOIN feeds ON feeds.source_id = sources.id AND feeds.enabled = 1
        WHERE (sources.enabled = 1 OR feeds.id IS NOT NULL) AND (:name IS NULL OR sources.name = :name)
        GROUP BY sources.id
        """,
        {"failing": FAILING, "name": name},
    )
    order = list(SourceState)
    return sorted(map(_health, rows), key=lambda line: (order.index(line.state), line.source))


@storage_errors
def own_outage_since(connection: sqlite3.Connection) -> datetime | None:
    """Since when our own network seems to be down: the last polls reached nobody; None if they did.

    Such polls are charged to no source.
    """
    row = connection.execute(
        """
        SELECT min(polled_at) AS since FROM polls
        WHERE decided_by = 'outage' AND id > coalesce(
            (SELECT id FROM polls WHERE decided_by IS NOT NULL AND decided_by <> 'outage' ORDER BY id DESC LIMIT 1), 0
        )
        """
    ).fetchone()
    return readable_time(row["since"])


def _health(row: sqlite3.Row) -> SourceHealth:
    return SourceHealth(
        id=row["id"],
        source=row["name"],
        title=row["title"],
        home=row["home"],
        enabled=bool(row["enabled"]),
        state=_state(row),
        feeds=row["feeds"],
        last_polled_at=readable_time(row["last_polled_at"]),
        last_ok_at=readable_time(row["last_ok_at"]),
        next_due_at=readable_time(row["next_due_at"]),
        last_error=row["last_error"],
        failures=row["failures"],
        articles=row["articles"],
        newest_at=readable_time(row["newest_at"]),
    )


def _state(row: sqlite3.Row) -> SourceState:
    if not row["enabled"]:
        return SourceState.OFF
    if not row["polled"]:
        return SourceState.NO_FEED if row["search_error"] and not row["feeds"] else SourceState.WAITING
    if not row["read"]:
        return SourceState.UNREACHED
    if row["failing"] == row["polled"]:
        return SourceState.FAILING
    return SourceState.SHAKY if row["troubled"] else SourceState.OK
