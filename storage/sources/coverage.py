"""What was looked at and what was not, by source and day."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.health import CoverageLine, DayCoverage, FeedLook, FeedLooks
from storage.records.polls import PollResult

# SQL of the first poll ever of a row of `feeds`, a failed one too.
FIRST_POLLED_AT = """(
    SELECT min(at) FROM (
        SELECT * FROM (SELECT first_at AS at FROM poll_days WHERE feed_id = feeds.id ORDER BY day LIMIT 1)
        UNION ALL SELECT * FROM (SELECT polled_at FROM polls WHERE feed_id = feeds.id ORDER BY id LIMIT 1)
    )
)"""
READ = "('ok', 'not_modified', 'same_body')"
# Of a feed: the last look before a time (or the first ever), each overrun with the look before it, and the last look.
_TELLING = f"""
WITH told (id) AS (
    SELECT coalesce(
        (SELECT id FROM polls WHERE feed_id = :feed AND id <= :behind AND polled_at < :since AND outcome IN {READ}
         ORDER BY id DESC LIMIT 1),
        (SELECT id FROM polls WHERE feed_id = :feed AND outcome IN {READ} ORDER BY id LIMIT 1)
    )
    UNION SELECT value FROM json_each(:overruns)
    UNION SELECT (
        SELECT id FROM polls WHERE feed_id = :feed AND id < overrun.value AND outcome IN {READ} ORDER BY id DESC LIMIT 1
    ) FROM json_each(:overruns) AS overrun
    UNION SELECT (SELECT id FROM polls WHERE feed_id = :feed AND outcome IN {READ} ORDER BY id DESC LIMIT 1)
)
SELECT polled_at, entries, new_links FROM told CROSS JOIN polls ON polls.id = told.id ORDER BY polls.id
"""


@storage_errors
def looks(connection: sqlite3.Connection, since: datetime) -> dict[str, list[FeedLooks]]:
    """The looks from *since* on at the feeds of each enabled source, by its name, with the last one before.

    Of looks that leave nothing open between them only the first and the last: those at which every entry was new, and
    the ones before them, stay. 500 feeds are looked at a million times in three months. A feed without looks has an
    empty entry.
    """
    behind = connection.execute(
        "SELECT id FROM polls WHERE polled_at < ? ORDER BY id DESC LIMIT 1", [to_iso(since)]
    ).fetchone()
    overruns: dict[int, list[int]] = {}
    for row in connection.execute(
        f"SELECT feed_id, id FROM polls WHERE id > ? AND outcome IN {READ} AND entries > 0 AND new_links >= entries",
        [behind["id"] if behind else 0],
    ):
        overruns.setdefault(row["feed_id"], []).append(row["id"])
    by_source: dict[str, list[FeedLooks]] = {}
    for feed in _feeds(connection):
        values = {
            "feed": feed["id"],
            "since": to_iso(since),
            "behind": behind["id"] if behind else 0,
            "overruns": json.dumps(overruns.get(feed["id"], [])),
        }
        rows = connection.execute(_TELLING, values)
        by_source.setdefault(feed["source"], []).append(_feed_looks(feed, rows))
    return by_source


@storage_errors
def looks_until(connection: sqlite3.Connection, until: datetime) -> dict[str, list[FeedLooks]]:
    """As `looks`, of all that are not folded up to *until*, with the first one after."""
    statement = f"""
        SELECT polled_at, entries, new_links FROM polls
        WHERE feed_id = :feed AND outcome IN {READ}
          AND id <= coalesce((
            SELECT id FROM polls WHERE feed_id = :feed AND polled_at >= :until AND outcome IN {READ}
            ORDER BY id LIMIT 1
          ), (SELECT max(id) FROM polls))
        ORDER BY id
        """
    by_source: dict[str, list[FeedLooks]] = {}
    for feed in _feeds(connection):
        rows = connection.execute(statement, {"feed": feed["id"], "until": to_iso(until)})
        by_source.setdefault(feed["source"], []).append(_feed_looks(feed, rows))
    return by_source


def _feeds(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    return connection.execute(
        f"""
        SELECT feeds.id, sources.name AS source, rhythm, rate_per_day, {FIRST_POLLED_AT} AS watched_since
        FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled AND sources.enabled AND retired_at IS NULL
        ORDER BY sources.name, feeds.id
        """
    ).fetchall()


def _feed_looks(feed: sqlite3.Row, rows: Iterable[sqlite3.Row]) -> FeedLooks:
    seen = tuple(
        FeedLook(datetime.fromisoformat(row["polled_at"]), row["entries"], row["new_links"]) for row in rows
    )
    return FeedLooks(seen, feed["rhythm"], feed["rate_per_day"], from_iso(feed["watched_since"]))


@storage_errors
def write(connection: sqlite3.Connection, days: Iterable[DayCoverage]) -> None:
    """Keep what is known of these days, in place of what was known before."""
    with transaction(connection):
        connection.executemany(
            """
            INSERT INTO coverage (source_id, day, expected, lost, blind_s)
            SELECT id, ?2, ?3, ?4, ?5 FROM sources WHERE name = ?1
            ON CONFLICT (source_id, day) DO UPDATE
            SET expected = excluded.expected, lost = excluded.lost, blind_s = excluded.blind_s
            """,
            [
                (day.source, day.day.isoformat(), round(day.expected, 2), round(day.lost, 2), day.blind_s)
                for day in days
            ],
        )


@storage_errors
def lines(connection: sqlite3.Connection, since: date, names: Sequence[str] = ()) -> list[CoverageLine]:
    """The coverage from *since* on, of enabled sources (of *names*, if there are any), newest day first, by source."""
    rows = connection.execute(
        f"""
        SELECT sources.name, coverage.* FROM coverage JOIN sources ON sources.id = coverage.source_id
        WHERE day >= ? AND sources.enabled {f"AND name IN ({', '.join('?' * len(names))})" if names else ""}
        ORDER BY day DESC, name
        """,
        [since.isoformat(), *names],
    )
    return [
        CoverageLine(
            row["name"], date.fromisoformat(row["day"]), row["polls"], row["failed_polls"], row["seen"],
            row["expected"], row["lost"], row["blind_s"],
        )
        for row in rows
    ]  # fmt: skip


def count_poll(connection: sqlite3.Connection, poll: PollResult, new_links: int) -> None:
    """Count a look at a feed, inside the caller's transaction."""
    connection.execute(
        """
        INSERT INTO coverage (source_id, day, polls, failed_polls, seen)
        SELECT source_id, ?, ?, ?, ? FROM feeds WHERE id = ?
        ON CONFLICT (source_id, day) DO UPDATE
        SET polls = polls + excluded.polls, failed_polls = failed_polls + excluded.failed_polls,
            seen = seen + excluded.seen
        """,
        [poll.polled_at.date().isoformat(), int(poll.is_ok), int(not poll.is_ok), new_links, poll.feed_id],
    )
