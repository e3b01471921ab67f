"""What tells whether sources and topics fare as usual: counts of the last weeks, read at one moment."""

import json
import sqlite3
from datetime import date, datetime, timedelta

from storage.db import from_iso, storage_errors, to_iso
from storage.records.health import FeedSigns, PageSigns, Share, SourceSigns, TopicSigns, Turn
from storage.sources.coverage import FIRST_POLLED_AT

# A look takes a second at most, however large the tables are: only the newest rows are read.
_NEWEST_LINKS = 300_000
_NEWEST_ARTICLES = 100_000


@storage_errors
def source_signs(
    connection: sqlite3.Connection, now: datetime, within: timedelta, *, after: str = "", limit: int = 500
) -> list[SourceSigns]:
    """How the enabled sources behind *after* fare, by name, at most *limit*; for their pages see `page_signs`."""
    names = {
        row["id"]: row["name"]
        for row in connection.execute(
            "SELECT id, name FROM sources WHERE enabled = 1 AND name > ? ORDER BY name LIMIT ?",
            [after, limit],
        )
    }
    chosen = json.dumps(list(names))
    feeds, days = _feeds(connection, chosen), _days(connection, chosen, now - within, now)
    return [
        SourceSigns(name, tuple(feeds.get(source, ())), tuple(days.get(source, ())))
        for source, name in names.items()
    ]


@storage_errors
def page_signs(
    connection: sqlite3.Connection, now: datetime, *, recent: timedelta, usual: timedelta
) -> dict[str, PageSigns]:
    """What the newest pages of the sources show, by the source's name; those without any are left out.

    What is *recent* is held against the *usual* time before. Pages of a backfill say nothing of the present.
    """
    hours, turns = _hours(connection, now, usual), _turns(connection, now - recent, now - recent - usual)
    names = {row["id"]: row["name"] for row in connection.execute("SELECT id, name FROM sources")}
    return {
        names[source]: PageSigns(*hours.get(source, (0, 0)), tuple(turns.get(source, ())))
        for source in sorted({*hours, *turns})
    }


@storage_errors
def last_read_at(connection: sqlite3.Connection) -> datetime | None:
    """When any feed could be read last; None: never."""
    return from_iso(connection.execute("SELECT max(last_ok_at) FROM feeds WHERE enabled = 1").fetchone()[0])


@storage_errors
def topic_signs(connection: sqlite3.Connection, since: datetime) -> list[TopicSigns]:
    """How the topics of the settings fare, by name: stories that matched when they came, without copies.

    What a rematch, an import or a crawl of older pages found is no sign of the hour in which it was found.
    """
    by_topic: dict[str, list[tuple[datetime, int]]] = {
        row["name"]: []
        for row in connection.execute("SELECT name FROM topics WHERE enabled = 1 ORDER BY name")
    }
    rows = connection.execute(
        """
        SELECT topics.name, substr(matched_at, 1, 13) || ':00:00+00:00' AS hour, count(*) AS number
        FROM matches
        JOIN topics ON topics.id = matches.topic_id
        JOIN articles ON articles.id = matches.article_id
        WHERE matched_at >= ? AND band = 'match' AND origin = 'crawl' AND matched_at = first_seen_at
            AND julianday(matched_at) - julianday(matches.published_at) < 2
            AND NOT EXISTS (SELECT 1 FROM copies WHERE article_id = articles.id AND relation <> 'follow_up')
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        [to_iso(since)],
    )
    for row in rows:
        if row["name"] in by_topic:
            by_topic[row["name"]].append((datetime.fromisoformat(row["hour"]), row["number"]))
    return [
        TopicSigns(name, tuple(hours), hours[0][0] if hours else None) for name, hours in by_topic.items()
    ]


def _feeds(connection: sqlite3.Connection, chosen: str) -> dict[int, list[FeedSigns]]:
    by_source: dict[int, list[FeedSigns]] = {}
    rows = connection.execute(
        f"""
        SELECT *, CASE WHEN last_error IS NOT NULL AND last_ok_at IS NULL THEN {FIRST_POLLED_AT} END
            AS first_polled_at
        FROM feeds WHERE enabled = 1 AND source_id IN (SELECT value FROM json_each(?)) ORDER BY id
        """,
        [chosen],
    )
    for row in rows:
        by_source.setdefault(row["source_id"], []).append(
            FeedSigns(
                url=row["url"],
                rhythm=row["rhythm"],
                last_new_at=from_iso(row["last_new_at"]),
                last_ok_at=from_iso(row["last_ok_at"]),
                first_polled_at=from_iso(row["first_polled_at"]),
                last_polled_at=from_iso(row["last_polled_at"]),
                last_error=row["last_error"],
            )
        )
    return by_source


def _days(
    connection: sqlite3.Connection, chosen: str, since: datetime, now: datetime
) -> dict[int, list[tuple[date, int]]]:
    """Links first seen on each day that a source was looked at; today, which is not over, is left out."""
    by_source: dict[int, list[tuple[date, int]]] = {}
    rows = connection.execute(
        """
        SELECT source_id, day, seen FROM coverage
        WHERE source_id IN (SELECT value FROM json_each(?)) AND day >= ? AND day < ? AND polls > 0
        ORDER BY day
        """,
        [chosen, since.date().isoformat(), now.date().isoformat()],
    )
    for row in rows:
        by_source.setdefault(row["source_id"], []).append((date.fromisoformat(row["day"]), row["seen"]))
    return by_source


def _hours(connection: sqlite3.Connection, now: datetime, usual: timedelta) -> dict[int, tuple[int, int]]:
    """By source: the hours of the last weeks with something new, and over how many hours they were counted."""
    rows = connection.execute(
        """
        SELECT source_id, count(DISTINCT substr(first_seen_at, 1, 13)) AS lively, min(first_seen_at) AS since
        FROM links
        WHERE id > (SELECT max(id) FROM links) - ? AND first_seen_at >= ? AND archive_page_id IS NULL
        GROUP BY source_id
        """,
        [_NEWEST_LINKS, to_iso(now - usual)],
    )
    return {
        row["source_id"]: (
            row["lively"],
            max(round((now - datetime.fromisoformat(row["since"])).total_seconds() / 3_600), 1),
        )
        for row in rows
    }


def _turns(connection: sqlite3.Connection, recent: datetime, usual: datetime) -> dict[int, list[Turn]]:
    values = {
        "recent": to_iso(recent),
        "usual": to_iso(usual),
        "links": _NEWEST_LINKS,
        "articles": _NEWEST_ARTICLES,
    }
    by_source: dict[int, list[Turn]] = {}
    for query, names in (
        (_ARTICLES, ("date", "authors", "long text")),
        (_PAGES, ("article", "no wall")),
    ):
        counts: dict[int, dict[int, sqlite3.Row]] = {}
        for row in connection.execute(query, values):
            counts.setdefault(row["source_id"], {})[row["is_recent"]] = row
        for source, rows in counts.items():
            by_source.setdefault(source, []).extend(
                Turn(name, _share(rows.get(1), number), _share(rows.get(0), number))
                for number, name in enumerate(names, 3)
            )
    return by_source


def _share(row: sqlite3.Row | None, column: int) -> Share:
    return Share(row[column], row["pages"]) if row is not None else Share()


_ARTICLES = """
SELECT source_id, first_seen_at >= :recent AS is_recent, count(*) AS pages,
    sum(published_at IS NOT NULL) AS dated, sum(authors IS NOT NULL) AS authored, sum(words >= 100) AS long
FROM articles
WHERE id > (SELECT max(id) FROM articles) - :articles AND first_seen_at >= :usual AND origin = 'crawl'
    AND NOT EXISTS (SELECT 1 FROM links WHERE article_id = articles.id AND archive_page_id IS NOT NULL)
GROUP BY 1, 2
"""
# A page that could not be read for another reason says nothing of its layout.
_PAGES = """
SELECT source_id, fetched_at >= :recent AS is_recent, count(*) AS pages,
    sum(state <> 'not_article' OR reason IN ('wall', 'login', 'challenge')) AS articles,
    sum(reason IS NULL OR reason NOT IN ('wall', 'login', 'challenge', 'http_401', 'http_403')) AS open
FROM links
WHERE id > (SELECT max(id) FROM links) - :links AND fetched_at >= :usual AND archive_page_id IS NULL
    AND (state IN ('fetched', 'off_topic', 'not_article') OR reason IN ('http_401', 'http_403'))
GROUP BY 1, 2
"""
