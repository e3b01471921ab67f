"""What was looked at and what was not, by source and day."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
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


@storage_errors
def looks(connection: sqlite3.Connection, since: datetime) -> dict[str, list[FeedLooks]]:
    """The looks from *since* on at the feeds of each enabled source, by its name, with the last one before.

    A feed without looks has an empty entry.
    """
    return _looks(
        connection,
        f"""
        SELECT polled_at, entries, new_links FROM polls
        WHERE feed_id = :feed AND outcome IN {READ}
          AND id >= coalesce((
            SELECT id FROM polls WHERE feed_id = :feed AND polled_at < :since AND outcome IN {READ}
            ORDER BY id DESC LIMIT 1
          ), 0)
        ORDER BY id
        """,
        {"since": to_iso(since)},
    )


@storage_errors
def looks_until(connection: sqlite3.Connection, until: datetime) -> dict[str, list[FeedLooks]]:
    """As `looks`, of all that are not folded up to *until*, with the first one after."""
    return _looks(
        connection,
        f"""
        SELECT polled_at, entries, new_links FROM polls
        WHERE feed_id = :feed AND outcome IN {READ}
          AND id <= coalesce((
            SELECT id FROM polls WHERE feed_id = :feed AND polled_at >= :until AND outcome IN {READ}
            ORDER BY id LIMIT 1
          ), (SELECT max(id) FROM polls))
        ORDER BY id
        """,
        {"until": to_iso(until)},
    )


def _looks(
    connection: sqlite3.Connection, statement: str, values: Mapping[str, str | None]
) -> dict[str, list[FeedLooks]]:
    feeds = connection.execute(
        f"""
        SELECT feeds.id, sources.name AS source, rhythm, rate_per_day, {FIRST_POLLED_AT} AS watched_since
        FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled AND sources.enabled AND retired_at IS NULL
        ORDER BY sources.name, feeds.id
        """
    ).fetchall()
    by_source: dict[str, list[FeedLooks]] = {}
    for feed in feeds:
        rows = connection.execute(statement, {"feed": feed["id"], **values})
        seen = tuple(
            FeedLook(datetime.fromisoformat(row["polled_at"]), row["entries"], row["new_links"])
            for row in rows
        )
        by_source.setdefault(feed["source"], []).append(
            FeedLooks(seen, feed["rhythm"], feed["rate_per_day"], from_iso(feed["watched_since"]))
        )
    return by_source


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
