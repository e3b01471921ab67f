"""Sources and their feeds: what is polled, by whom and when."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.polls import NextPoll, PollResult
from storage.records.sources import FailedSearch, Feed, FeedKind, Source, read_tags
from storage.records.work import DueRules

# What `feed_from_row` reads, of feeds joined with sources.
FEED_COLUMNS = """
    feeds.id, sources.name AS source, feeds.url, feeds.kind, feeds.etag, feeds.last_modified, feeds.body_hash,
    sources.language, sources.timezone, sources.link_pattern, feeds.read_at, feeds.unmodified,
    feeds.unmodified_at, feeds.plain_until,
    feeds.idle_updates, feeds.update_read_at, sources.text
"""
# `names` is a JSON list; the empty one means all sources.
IS_NAMED = "(:names = '[]' OR sources.name IN (SELECT value FROM json_each(:names)))"

# The feeds that are due at :now, free or not. Each part is a range of the index on next_due_at, which an OR would not
# be. One that waits beyond :far (now and the longest pause) and was polled after :now was so before the clock was set
# back. What a hub has sent is read at once.
DUE_FEEDS = """
    SELECT id FROM feeds WHERE next_due_at IS NULL
    UNION ALL SELECT id FROM feeds WHERE next_due_at <= :now
    UNION ALL SELECT id FROM feeds WHERE next_due_at > :far AND last_polled_at > :now
    UNION SELECT feed_id FROM pushes
"""


@dataclass(frozen=True, slots=True)
class DeclaredFeed:
    """An address to poll, as the settings declare it or the site shows it."""

    url: str
    kind: FeedKind


@storage_errors
def sync(connection: sqlite3.Connection, declared: Sequence[tuple[Source, Sequence[DeclaredFeed]]]) -> None:
    """Make the tables say what the settings say; what was taken out of them is switched off, not deleted.

    Feeds that were discovered are polled as long as the settings give their source none. A name that is new takes over
    the one that went with the same feeds, or the same home page, with its history: it was renamed by hand.
    """
    with transaction(connection):
        _rename_by_hand(connection, declared)
        connection.execute("UPDATE sources SET enabled = 0")
        connection.execute("UPDATE feeds SET enabled = 0")
        for source, feeds in declared:
            _forget_pages_read_otherwise(connection, source)
            source_id = _upsert_source(connection, source)
            for feed in feeds:
                upsert_feed(connection, source_id, feed, origin="declared")
            if feeds:
                connection.execute(
                    """
                    UPDATE sources SET search_error = NULL, search_failures = 0, next_search_at = NULL
                    WHERE id = ? AND search_error IS NOT NULL
                    """,
                    [source_id],
                )
            if not feeds:
                connection.execute(
                    "UPDATE feeds SET enabled = 1 WHERE source_id = ? AND origin = 'discovered'", [source_id]
                )


def _rename_by_hand(
    connection: sqlite3.Connection, declared: Sequence[tuple[Source, Sequence[DeclaredFeed]]]
) -> None:
    """Rename the sources that the settings name otherwise now; one that several may have become stays."""
    names = {source.name for source, _ in declared}
    known = {row["name"] for row in connection.execute("SELECT name FROM sources")}
    fresh = [(source, feeds) for source, feeds in declared if source.name not in known]
    if not fresh or known <= names:
        return
    before = {source.name: _former_names(connection, source, feeds) - names for source, feeds in fresh}
    claims = Counter(old for olds in before.values() for old in olds)
    for new, olds in before.items():
        if len(olds) == 1 and claims[old := next(iter(olds))] == 1:
            rename(connection, old, new)


def _former_names(connection: sqlite3.Connection, source: Source, feeds: Sequence[DeclaredFeed]) -> set[str]:
    """The sources that were polled so far at the addresses of one, or had its home page if it has no feeds."""
    rows = connection.execute(
        """
        SELECT DISTINCT sources.name FROM sources JOIN feeds ON feeds.source_id = sources.id
        WHERE sources.enabled = 1 AND feeds.enabled = 1 AND feeds.url IN (SELECT value FROM json_each(:urls))
        UNION
        SELECT name FROM sources WHERE enabled = 1 AND :urls = '[]' AND home = :home
        """,
        {"urls": json.dumps([feed.url for feed in feeds]), "home": source.home},
    )
    return {row["name"] for row in rows}


@storage_errors
def find_id(connection: sqlite3.Connection, name: str) -> int:
    """The row of the source called *name*, made (switched off) if there is none.

    A crawl that goes on while a source is renamed knows it by its former name.
    """
    row = connection.execute(
        "SELECT id FROM sources WHERE ? IN (name, former_name) ORDER BY name = ? DESC, id DESC LIMIT 1",
        [name, name],
    ).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO sources (name, enabled) VALUES (?, 0) RETURNING id", [name]
        ).fetchone()
    return int(row["id"])


@storage_errors
def rename(connection: sqlite3.Connection, old: str, new: str) -> bool:
    """Give a source another name, with all that was ever stored of it; False: *new* has a history of its own.

    A row of that name of which nothing was stored makes room.
    """
    with transaction(connection):
        taken = connection.execute("SELECT id FROM sources WHERE name = ?", [new]).fetchone()
        if taken is not None:
            if _has_history(connection, taken["id"]):
                return False
            connection.execute("DELETE FROM sources WHERE id = ?", [taken["id"]])
        connection.execute("UPDATE sources SET name = ?, former_name = ? WHERE name = ?", [new, old, old])
    return True


def _has_history(connection: sqlite3.Connection, source_id: int) -> bool:
    """Whether any row points to a source."""
    tables = [
        row["name"]
        for row in connection.execute(
            """
            SELECT tables.name, columns."from" AS reference
            FROM sqlite_master AS tables JOIN pragma_foreign_key_list(tables.name) AS columns
            WHERE tables.type = 'table' AND columns."table" = 'sources' AND columns."from" = 'source_id'
            """
        )
    ]
    return any(
        connection.execute(f'SELECT 1 FROM "{table}" WHERE source_id = ? LIMIT 1', [source_id]).fetchone()
        for table in tables
    )


@storage_errors
def all_sources(connection: sqlite3.Connection) -> list[Source]:
    """The sources of the settings, by name."""
    rows = connection.execute("SELECT * FROM sources WHERE enabled = 1 ORDER BY name")
    return [source_from_row(row) for row in rows]


@storage_errors
def known_sources(connection: sqlite3.Connection) -> list[Source]:
    """All sources that ever were, those of the settings first, then by name."""
    rows = connection.execute("SELECT * FROM sources ORDER BY enabled DESC, name")
    return [source_from_row(row) for row in rows]


@storage_errors
def add_source(connection: sqlite3.Connection, source: Source) -> bool:
    """Make the row of a source that no settings name, switched off; whether there was none of that name."""
    return bool(
        connection.execute(
            "INSERT INTO sources (name, title, enabled) VALUES (?, ?, 0) ON CONFLICT (name) DO NOTHING",
            [source.name, source.title],
        ).rowcount
    )


@storage_errors
def feeds_of(connection: sqlite3.Connection, names: Sequence[str] = ()) -> list[Feed]:
    """The feeds that are polled, of the sources *names* (none: of all), by id."""
    rows = connection.execute(
        f"""
        SELECT {FEED_COLUMNS}
        FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled = 1 AND sources.enabled = 1 AND {IS_NAMED}
        ORDER BY feeds.id
        """,
        {"names": json.dumps(list(names))},
    )
    return [feed_from_row(row) for row in rows]


@storage_errors
def addresses(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The addresses that are polled, by source; both in the order of the feeds."""
    by_source: dict[str, list[str]] = {}
    for feed in feeds_of(connection):
        by_source.setdefault(feed.source, []).append(feed.url)
    return by_source


@storage_errors
def claim(
    connection: sqlite3.Connection,
    token: str,
    rules: DueRules,
    *,
    now: datetime,
    until: datetime,
    names: Sequence[str] = (),
    only_due: bool = True,
    is_free: Callable[[str], bool] | None = None,
) -> list[Feed]:
    """Lease the free feeds (of *names*; due ones if *only_due*) to *token* and give them back, by id.

    Retired ones are never due: they are asked when a person has all asked. What *token* holds already is left out, and
    feeds whose address is not *is_free* (None: all are).
    One UPDATE claims them, so two callers never get the same feed.
    """
    if is_free is not None:
        connection.create_function("is_free", 1, is_free)
    with transaction(connection):
        claimed = connection.execute(
            f"""
            UPDATE feeds SET lease_token = :token, lease_until = :until
            WHERE id IN (
                SELECT feeds.id FROM feeds JOIN sources ON sources.id = feeds.source_id
                WHERE feeds.enabled = 1 AND sources.enabled = 1
                  AND (feeds.lease_until IS NULL OR feeds.lease_until <= :now)
                  {f"AND feeds.retired_at IS NULL AND feeds.id IN ({DUE_FEEDS})" if only_due else ""}
                  AND {IS_NAMED} {"" if is_free is None else "AND is_free(feeds.url)"}
            )
            RETURNING id
            """,
            {
                "token": token,
                "until": to_iso(until),
                "now": to_iso(now),
                "far": to_iso(now + rules.longest_pause),
                "names": json.dumps(list(names)),
            },
        )
        ids = {row["id"] for row in claimed.fetchall()}
        return [feed for feed in leased(connection, token) if feed.id in ids] if ids else []


@storage_errors
def leased(connection: sqlite3.Connection, token: str) -> list[Feed]:
    """The feeds that *token* holds, by id."""
    rows = connection.execute(
        f"""
        SELECT {FEED_COLUMNS}
        FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.lease_token = ?
        ORDER BY feeds.id
        """,
        [token],
    )
    return [feed_from_row(row) for row in rows]


@storage_errors
def release(connection: sqlite3.Connection, token: str) -> None:
    """Free all feeds that *token* holds."""
    with transaction(connection):
        connection.execute(
            "UPDATE feeds SET lease_token = NULL, lease_until = NULL WHERE lease_token = ?", [token]
        )


@storage_errors
def release_feeds(connection: sqlite3.Connection, ids: Iterable[int], token: str) -> None:
    """Free those of these feeds that *token* holds."""
    with transaction(connection):
        connection.executemany(
            "UPDATE feeds SET lease_token = NULL, lease_until = NULL WHERE id = ? AND lease_token = ?",
            [(feed_id, token) for feed_id in ids],
        )


def _upsert_source(connection: sqlite3.Connection, source: Source) -> int:
    row = connection.execute(
        """
        INSERT INTO sources (
            name, title, home, country, language, timezone, enabled, link_pattern, keep_watching_days, cron,
            every_s, delay_s, first_crawl_pages, text, tags
        )
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE
        SET search_error = CASE WHEN home IS excluded.home THEN search_error END,
            search_failures = CASE WHEN home IS excluded.home THEN search_failures ELSE 0 END,
            next_search_at = CASE WHEN home IS excluded.home THEN next_search_at END,
            title = excluded.title, home = excluded.home, country = excluded.country,
            language = excluded.language, timezone = excluded.timezone, enabled = excluded.enabled,
            link_pattern = excluded.link_pattern, keep_watching_days = excluded.keep_watching_days,
            cron = excluded.cron, every_s = excluded.every_s, delay_s = excluded.delay_s,
            first_crawl_pages = excluded.first_crawl_pages, text = excluded.text, tags = excluded.tags
        RETURNING id
        """,
        [
            source.name, source.title, source.home, source.country, source.language, source.timezone,
            int(source.enabled), source.link_pattern, source.keep_watching_days, source.cron,
            source.every_s, source.delay, source.first_crawl_pages, source.text,
            json.dumps(source.tags, ensure_ascii=False),
        ],
    ).fetchone()  # fmt: skip
    return int(row["id"])


def _forget_pages_read_otherwise(connection: sqlite3.Connection, source: Source) -> None:
    """With another link pattern an unchanged page has other links: have the source's section pages sent in full."""
    connection.execute(
        """
        UPDATE feeds SET etag = NULL, last_modified = NULL, body_hash = NULL
        WHERE kind = 'section'
          AND source_id = (SELECT id FROM sources WHERE name = ? AND link_pattern IS NOT ?)
        """,
        [source.name, source.link_pattern],
    )


def upsert_feed(connection: sqlite3.Connection, source_id: int, feed: DeclaredFeed, *, origin: str) -> None:
    """Make the table say what *feed* is; inside the caller's transaction."""
    connection.execute(
        """
        INSERT INTO feeds (source_id, url, kind, origin) VALUES (?, ?, ?, ?)
        ON CONFLICT (url) DO UPDATE
        SET source_id = excluded.source_id, enabled = 1, origin = excluded.origin,
            etag = CASE WHEN kind = excluded.kind THEN etag END,
            last_modified = CASE WHEN kind = excluded.kind THEN last_modified END,
            body_hash = CASE WHEN kind = excluded.kind THEN body_hash END,
            kind = excluded.kind
        WHERE excluded.origin = 'declared' OR NOT feeds.enabled
        """,
        [source_id, feed.url, feed.kind, origin],
    )


def source_from_row(row: sqlite3.Row) -> Source:
    """The source of a row with all columns."""
    return Source(
        name=row["name"],
        title=row["title"],
        home=row["home"],
        country=row["country"],
        language=row["language"],
        timezone=row["timezone"],
        enabled=bool(row["enabled"]),
        link_pattern=row["link_pattern"],
        keep_watching_days=row["keep_watching_days"],
        cron=row["cron"],
        every_s=row["every_s"],
        delay=row["delay_s"],
        first_crawl_pages=row["first_crawl_pages"],
        text=row["text"],
        tags=read_tags(row["tags"]),
    )


def feed_from_row(row: sqlite3.Row) -> Feed:
    """The feed of a row with FEED_COLUMNS."""
    return Feed(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        kind=FeedKind(row["kind"]),
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        language=row["language"],
        timezone=row["timezone"],
        link_pattern=row["link_pattern"],
        read_at=from_iso(row["read_at"]),
        unmodified=row["unmodified"],
        unmodified_at=from_iso(row["unmodified_at"]),
        plain_until=from_iso(row["plain_until"]),
        idle_updates=row["idle_updates"],
        update_read_at=from_iso(row["update_read_at"]),
        text=row["text"],
    )


@storage_errors
def delays(connection: sqlite3.Connection) -> list[tuple[str, float]]:
    """The addresses of sources that are asked slowly, front pages and feeds, with their delays in seconds."""
    rows = connection.execute(
        """
        SELECT home AS url, delay_s FROM sources WHERE delay_s IS NOT NULL AND home IS NOT NULL
        UNION ALL
        SELECT feeds.url, sources.delay_s FROM feeds JOIN sources ON sources.id = feeds.source_id
        WHERE sources.delay_s IS NOT NULL
        """
    )
    return [(row["url"], row["delay_s"]) for row in rows]


def note_search(connection: sqlite3.Connection, source_id: int, at: datetime, run_id: int | None) -> None:
    """Write down that a source's site was searched and has something to poll, inside the caller's transaction."""
    connection.execute(
        """
        UPDATE sources
        SET searched_at = ?, search_error = NULL, search_failures = 0, next_search_at = NULL, search_run_id = ?
        WHERE id = ?
        """,
        [to_iso(at), run_id, source_id],
    )


def note_failed_search(connection: sqlite3.Connection, failed: FailedSearch, run_id: int) -> None:
    """Write down a search that found nothing to poll."""
    at = to_iso(failed.at)
    connection.execute(
        """
        UPDATE sources
        SET searched_at = CASE WHEN :was_answered THEN :at ELSE searched_at END, search_error = :error,
            search_failures = search_failures + 1, next_search_at = :next_search_at, search_run_id = :run_id
        WHERE name = :name
        """,
        {
            "at": at,
            "was_answered": failed.was_answered,
            "error": f"{failed.reason}: {failed.detail}" if failed.detail else failed.reason,
            "next_search_at": to_iso(failed.next_search_at),
            "run_id": run_id,
            "name": failed.source,
        },
    )


def note_poll(connection: sqlite3.Connection, poll: PollResult, new_links: int) -> None:
    """Keep what a look at a feed says of it, inside the caller's transaction; of a push only that it brought news."""
    at = to_iso(poll.polled_at)
    if poll.pushed:
        if new_links:
            connection.execute("UPDATE feeds SET last_new_at = ? WHERE id = ?", [at, poll.feed_id])
        return
    if not poll.is_ok:
        connection.execute(
            "UPDATE feeds SET last_polled_at = ?, last_error = ? WHERE id = ?",
            [at, f"{poll.outcome}: {poll.detail}" if poll.detail else poll.outcome, poll.feed_id],
        )
        return
    connection.execute(
        """
        UPDATE feeds
        SET last_polled_at = :at, last_ok_at = :at, last_error = NULL,
            etag = CASE WHEN :has_body THEN :etag ELSE etag END,
            last_modified = CASE WHEN :has_body THEN :last_modified ELSE last_modified END,
            body_hash = coalesce(:body_hash, body_hash), title = coalesce(nullif(:title, ''), title),
            entries = coalesce(:entries, entries),
            last_new_at = CASE WHEN :new_links > 0 THEN :at ELSE coalesce(last_new_at, :at) END,
            read_at = CASE WHEN :has_body THEN :at ELSE read_at END,
            unmodified = CASE WHEN :has_body THEN 0 ELSE unmodified + 1 END,
            unmodified_at = CASE WHEN :has_body THEN NULL ELSE :at END,
            plain_until = coalesce(:plain_until, plain_until)
        WHERE id = :feed_id
        """,
        {
            "at": at,
            "has_body": poll.outcome != "not_modified",
            "etag": poll.etag,
            "last_modified": poll.last_modified,
            "body_hash": poll.body_hash,
            "title": poll.title,
            "entries": poll.entries,
            "new_links": new_links,
            "plain_until": to_iso(poll.plain_until),
            "feed_id": poll.feed_id,
        },
    )


def hasten(connection: sqlite3.Connection, feed_id: int, due_at: datetime) -> bool:
    """Have a feed polled earlier than was decided, inside the caller's transaction; whether it is earlier."""
    moved = connection.execute(
        "UPDATE feeds SET next_due_at = :at WHERE id = :id AND next_due_at > :at",
        {"at": to_iso(due_at), "id": feed_id},
    )
    return moved.rowcount > 0


def set_next_poll(connection: sqlite3.Connection, decision: NextPoll) -> None:
    """Write when a feed is polled next, and what was learned of it; inside the caller's transaction.

    Its poll is over: it is free, and may be polled anew by the same crawl.
    """
    connection.execute(
        """
        UPDATE feeds
        SET next_due_at = ?, failures = ?, rate_per_day = ?, roots_per_day = coalesce(?, roots_per_day),
            rhythm = coalesce(?, rhythm), retired_at = ?, lease_token = NULL, lease_until = NULL
        WHERE id = ?
        """,
        [
            to_iso(decision.due_at), decision.failures, decision.rate_per_day, decision.roots_per_day, decision.rhythm,
            to_iso(decision.retired_at), decision.feed_id,
        ],
    )  # fmt: skip


@storage_errors
def spread_overdue(
    connection: sqlite3.Connection, now: datetime, *, apart: timedelta, within: timedelta
) -> int:
    """Have the feeds that are due come due one after the other, *apart* or closer, all *within* the time; how many.

    First come those of which most is expected: entries a day times the time for which they are overdue. Feeds that were
    never polled are left as they are.
    """
    with transaction(connection):
        return connection.execute(
            """
            UPDATE feeds
            SET next_due_at = strftime(
                '%Y-%m-%dT%H:%M:%S+00:00', :now, '+' || (turn * min(:apart, :within / number)) || ' seconds'
            )
            FROM (
                SELECT feeds.id, row_number() OVER (
                    ORDER BY coalesce(rate_per_day, 1) * (julianday(:now) - julianday(next_due_at)) DESC, feeds.id
                ) - 1 AS turn, count(*) OVER () AS number
                FROM feeds JOIN sources ON sources.id = feeds.source_id
                WHERE next_due_at <= :now AND feeds.enabled = 1 AND sources.enabled = 1
            ) AS overdue
            WHERE overdue.id = feeds.id
            """,
            {
                "now": to_iso(now),
                "apart": apart.total_seconds(),
                "within": within.total_seconds(),
            },
        ).rowcount


def replace_feed(connection: sqlite3.Connection, feed_id: int) -> int:
    """Poll a feed no more, since another takes its place; the row of its source. Inside the caller's transaction."""
    row = connection.execute(
        "UPDATE feeds SET enabled = 0, origin = 'replaced' WHERE id = ? RETURNING source_id", [feed_id]
    ).fetchone()
    return int(row["source_id"])


def note_update(connection: sqlite3.Connection, feed_id: int, *, was_one: bool) -> None:
    """Count an entry that the feed called updated, inside the caller's transaction; *was_one*: it had changed."""
    connection.execute(
        "UPDATE feeds SET idle_updates = CASE WHEN ? THEN 0 ELSE idle_updates + 1 END WHERE id = ?",
        [was_one, feed_id],
    )


def note_update_read(connection: sqlite3.Connection, feed_id: int, at: str | None) -> None:
    """Write down when an entry that the feed called updated was read last, inside the caller's transaction."""
    connection.execute("UPDATE feeds SET update_read_at = ? WHERE id = ?", [at, feed_id])
