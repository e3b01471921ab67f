"""Watches: which kept articles are looked at again, when, and by which run."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from storage import meta
from storage.articles import addresses
from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.as_json import entry_from_json
from storage.records.looks import Absence, Answer, Look, Watch
from storage.records.sources import read_tags
from storage.sources import runs

# Due watches of a source that are weighed against each other at a time: one with many must not hide the others'.
_DUE_OF_SOURCE = 500
# Articles of a source among which one of the same host is sought.
_NEIGHBOURS = 100
_WATCH_COLUMNS = """
    watches.*, articles.url, coalesce(articles.url_key, '') AS url_key, articles.title, articles.words, articles.state,
    articles.first_seen_at, articles.published_at, sources.name AS source, sources.keep_watching_days,
    sources.language, sources.timezone, sources.country, sources.tags, links.entry,
    EXISTS (SELECT 1 FROM matches WHERE matches.article_id = articles.id AND matches.band = 'match')
    OR EXISTS (
        SELECT 1 FROM past_matches
        WHERE past_matches.article_id = articles.id AND past_matches.band = 'match'
          AND past_matches.why IN ('revised', 'edited')
    ) AS has_match
"""
_JOINED = """
    JOIN articles ON articles.id = watches.article_id
    JOIN sources ON sources.id = watches.source_id
    LEFT JOIN links ON links.url_key = articles.url_key
"""
_IS_FREE = runs.is_free("watches.run_id")
# Of a source that is enabled, or listed by a feed of another that is: a source may have been renamed, or taken out.
_IS_FOLLOWED = """
    (sources.enabled = 1 OR EXISTS (
        SELECT 1 FROM sightings
        JOIN feeds ON feeds.id = sightings.feed_id
        JOIN sources AS listing ON listing.id = feeds.source_id
        WHERE sightings.article_id = watches.article_id AND feeds.enabled = 1 AND listing.enabled = 1
    ))
"""


def watch(connection: sqlite3.Connection, article_id: int) -> None:
    """Have an article looked at again from now on, inside the caller's transaction; only one that a crawl found."""
    # Read first, row by row written: see `matches.keep`.
    if is_watched(connection, article_id):
        connection.execute(
            "UPDATE watches SET ended = NULL WHERE article_id = ? AND ended = 'no_match'", [article_id]
        )
        return
    found = connection.execute(
        """
        SELECT source_id FROM articles JOIN sources ON sources.id = articles.source_id
        WHERE articles.id = ? AND origin = 'crawl' AND url IS NOT NULL AND sources.text <> 'feed'
          -- A capture in an archive never changes, and its original cannot be had.
          AND NOT EXISTS (
              SELECT 1 FROM links
              WHERE links.url_key = articles.url_key AND json_extract(links.entry, '$.asks') IS NOT NULL
          )
        """,
        [article_id],
    ).fetchone()
    if found is not None:
        connection.execute(
            "INSERT INTO watches (article_id, source_id) VALUES (?, ?)", [article_id, found["source_id"]]
        )


def is_watched(connection: sqlite3.Connection, article_id: int) -> bool:
    """Whether an article is, or was, looked at again: one that a crawl found and that matches, or did."""
    return (
        connection.execute("SELECT 1 FROM watches WHERE article_id = ?", [article_id]).fetchone() is not None
    )


def is_held(connection: sqlite3.Connection, article_id: int, run_id: int) -> bool:
    """Whether this run still looks at an article: it may have been pruned meanwhile, and its row be another's."""
    row = connection.execute(
        "SELECT 1 FROM watches WHERE article_id = ? AND run_id = ?", [article_id, run_id]
    ).fetchone()
    return row is not None


@storage_errors
def due_count(connection: sqlite3.Connection, now: datetime, *, patience: timedelta = timedelta(0)) -> int:
    """How many articles are due for a look and nobody looks at, as far as the budget of their sources allows.

    Those of a source count only if one of them has waited for *patience*.
    """
    rows = connection.execute(
        f"""
        SELECT watches.source_id, count(*) AS due, min(watches.due_at) AS since
        FROM watches JOIN sources ON sources.id = watches.source_id
        WHERE watches.due_at <= :now AND {_IS_FOLLOWED} AND {_IS_FREE}
        GROUP BY watches.source_id
        """,
        {"now": to_iso(now), "running_since": ""},
    ).fetchall()
    waiting = to_iso(now - patience) or ""
    per_day = meta.get(connection, meta.SECOND_LOOKS_PER_SOURCE_PER_DAY)
    return sum(
        min(row["due"], max(0, per_day - _looked(connection, row["source_id"], now)))
        for row in rows
        if row["since"] <= waiting
    )


@storage_errors
def undecided(connection: sqlite3.Connection, limit: int = 5_000) -> list[Watch]:
    """Watched articles for which no next look is decided, by article."""
    rows = connection.execute(
        f"""
        SELECT {_WATCH_COLUMNS} FROM watches {_JOINED}
        WHERE watches.due_at IS NULL AND watches.ended IS NULL
        ORDER BY watches.article_id LIMIT ?
        """,
        [limit],
    )
    return [_watch(row) for row in rows]


@storage_errors
def schedule(connection: sqlite3.Connection, decisions: Iterable[tuple[int, datetime | None]]) -> None:
    """Write when articles (by row) are looked at next; None ends their watch, by age."""
    with transaction(connection):
        connection.executemany(
            "UPDATE watches SET due_at = ?, ended = CASE WHEN ? THEN NULL ELSE 'age' END WHERE article_id = ?",
            [(to_iso(due_at), due_at is not None, article_id) for article_id, due_at in decisions],
        )


@storage_errors
def due(
    connection: sqlite3.Connection,
    *,
    run_id: int,
    now: datetime,
    running_since: datetime,
    latest: datetime,
    names: Sequence[str] = (),
) -> list[Watch]:
    """The articles that are due for a look and nobody looks at, by the time they were due; of each source up to 500.

    What is due later than *latest* was decided under a clock that was wrong, and is due now. A run that began before
    *running_since* and never ended counts as dead.
    """
    with transaction(connection):
        connection.execute("UPDATE watches SET due_at = ? WHERE due_at > ?", [to_iso(now), to_iso(latest)])
        return [_watch(row) for row in _due(connection, run_id, now, running_since, names)]


@storage_errors
def looked(connection: sqlite3.Connection, source_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """How many looks each of these sources had in the 24 hours before *now*, by row; skipped ones do not count."""
    return {source_id: _looked(connection, source_id, now) for source_id in source_ids}


@storage_errors
def hold(connection: sqlite3.Connection, chosen: Iterable[Watch], *, run_id: int) -> list[Watch]:
    """Have this run look at articles, due or not; each with its other addresses, in the same order."""
    held = [replace(watch, others=addresses.others(connection, watch.article_id)) for watch in chosen]
    connection.executemany(
        "UPDATE watches SET run_id = ? WHERE article_id = ?", [(run_id, watch.article_id) for watch in held]
    )
    return held


@storage_errors
def give_back(connection: sqlite3.Connection, held: Iterable[Watch], *, run_id: int) -> None:
    """Let any run look at articles again that this one holds."""
    with transaction(connection):
        connection.executemany(
            "UPDATE watches SET run_id = NULL WHERE article_id = ? AND run_id = ?",
            [(watch.article_id, run_id) for watch in held],
        )


@storage_errors
def let_go(connection: sqlite3.Connection, unmatched: Iterable[Watch]) -> None:
    """End the watches of articles that match no topic any more."""
    connection.executemany(
        "UPDATE watches SET ended = 'no_match', due_at = NULL WHERE article_id = ?",
        [(watch.article_id,) for watch in unmatched],
    )


@storage_errors
def possible_neighbours(
    connection: sqlite3.Connection, watch: Watch, *, run_id: int, running_since: datetime
) -> list[Watch]:
    """Other articles of the source that were there when last seen, that nobody looks at, the latest first."""
    rows = connection.execute(
        f"""
        SELECT {_WATCH_COLUMNS} FROM watches {_JOINED}
        WHERE watches.source_id = :source AND watches.article_id <> :article AND watches.ended IS NULL
          AND articles.state = 'live' AND watches.absences = '[]'
          AND watches.run_id IS NOT :run AND {_IS_FREE}
        ORDER BY watches.article_id DESC LIMIT :limit
        """,
        {
            "source": watch.source_id,
            "article": watch.article_id,
            "run": run_id,
            "running_since": to_iso(running_since),
            "limit": _NEIGHBOURS,
        },
    )
    return [_watch(row) for row in rows]


def _due(
    connection: sqlite3.Connection, run_id: int, now: datetime, running_since: datetime, names: Sequence[str]
) -> list[sqlite3.Row]:
    return connection.execute(
        f"""
        SELECT {_WATCH_COLUMNS}
        FROM (
            SELECT watches.article_id, row_number() OVER (
                PARTITION BY watches.source_id ORDER BY watches.absences = '[]', watches.due_at, watches.article_id
            ) AS turn
            FROM watches JOIN sources ON sources.id = watches.source_id
            WHERE watches.due_at <= :now AND {_IS_FOLLOWED} AND watches.run_id IS NOT :run AND {_IS_FREE}
              AND (:names = '[]' OR sources.name IN (SELECT value FROM json_each(:names)))
        ) AS due
        CROSS JOIN watches ON watches.article_id = due.article_id
        {_JOINED}
        WHERE due.turn <= :limit
        ORDER BY watches.due_at, watches.article_id
        """,
        {
            "now": to_iso(now),
            "limit": _DUE_OF_SOURCE,
            "run": run_id,
            "running_since": to_iso(running_since),
            "names": json.dumps(list(names)),
        },
    ).fetchall()


def _looked(connection: sqlite3.Connection, source_id: int, now: datetime) -> int:
    row = connection.execute(
        """
        SELECT count(*) AS looked FROM looks
        WHERE source_id = ? AND looked_at > ? AND looked_at <= ? AND outcome <> 'skipped'
        """,
        [source_id, to_iso(now - timedelta(days=1)), to_iso(now)],
    ).fetchone()
    return int(row["looked"])


def _watch(row: sqlite3.Row) -> Watch:
    return Watch(
        article_id=row["article_id"],
        url=row["url"],
        url_key=row["url_key"],
        source=row["source"],
        source_id=row["source_id"],
        title=row["title"],
        words=row["words"],
        state=row["state"],
        first_seen_at=datetime.fromisoformat(row["first_seen_at"]),
        published_at=from_iso(row["published_at"]),
        due_at=from_iso(row["due_at"]),
        looked_at=from_iso(row["looked_at"]),
        keep_watching_days=row["keep_watching_days"],
        looks=row["looks"],
        failures=row["failures"],
        absences=_absences_from_json(row["absences"]),
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        entry=entry_from_json(row["entry"]) if row["entry"] else None,
        language=row["language"],
        timezone=row["timezone"],
        country=row["country"],
        tags=read_tags(row["tags"]),
        has_match=bool(row["has_match"]),
    )


def _absences_from_json(text: str) -> tuple[Absence, ...]:
    return tuple(
        Absence(
            datetime.fromisoformat(absence["at"]),
            absence["reason"],
            absence["url"],
            absence["status"],
            absence["detail"],
        )
        for absence in json.loads(text)
    )


def note_reading(connection: sqlite3.Connection, article_id: int, answer: Answer) -> None:
    """Keep what an article was last read from, for the next look; inside the caller's transaction."""
    connection.execute(
        """
        UPDATE watches
        SET etag = ?, last_modified = ?, body_hash = ?, absences = '[]', failures = 0
        WHERE article_id = ?
        """,
        [answer.etag, answer.last_modified, answer.body_hash, article_id],
    )


def forget_validators(connection: sqlite3.Connection, article_id: int) -> None:
    """Ask for an article in full at the next look: what is kept is of the page at its old address."""
    connection.execute(
        "UPDATE watches SET etag = NULL, last_modified = NULL, body_hash = NULL WHERE article_id = ?",
        [article_id],
    )


def note_look(connection: sqlite3.Connection, look: Look) -> None:
    """Keep what follows from a look for the next one, inside the caller's transaction."""
    connection.execute(
        """
        UPDATE watches
        SET due_at = :due_at, ended = coalesce(ended, :ended), run_id = NULL, failures = :failures,
            absences = :absences, looks = looks + :is_look,
            looked_at = CASE WHEN :is_look THEN :at ELSE looked_at END
        WHERE article_id = :article
        """,
        {
            "due_at": to_iso(look.next_due_at),
            "ended": look.ended,
            "failures": look.failures,
            "absences": _absences_to_json(look.absences),
            "is_look": look.outcome != "skipped",
            "at": to_iso(look.looked_at),
            "article": look.watch.article_id,
        },
    )


def end(connection: sqlite3.Connection, article_id: int, why: str) -> None:
    """Look at an article no more, inside the caller's transaction."""
    connection.execute("UPDATE watches SET ended = ?, due_at = NULL WHERE article_id = ?", [why, article_id])


def _absences_to_json(absences: Sequence[Absence]) -> str:
    return json.dumps(
        [
            {
                "at": to_iso(absence.at),
                "reason": absence.reason,
                "url": absence.url,
                "status": absence.status,
                "detail": absence.detail,
            }
            for absence in absences
        ]
    )
