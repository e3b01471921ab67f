"""Links: every address that was ever discovered, and what became of it, so that nothing is fetched twice."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.as_json import entry_from_json, entry_to_json
from storage.records.backfills import ArchivePage, PastLink
from storage.records.sources import Feed, FeedEntry, LinkOutcome, QueuedLink, WalledSource, read_tags
from storage.sources import runs, sources, spellings

# Of a source whose pages nobody can read so many are looked at, and fewer prove nothing.
_WALLED_PAGES, _FEWEST_WALLED = 20, 3
_WALLS = frozenset({"challenge", "login", "wall", "needs_browser"})
_LINK_COLUMNS = """
    links.id, links.url, links.url_key, links.entry, links.attempts, links.feed_id, links.fetched_at,
    links.listed_tries, sources.name AS source, sources.language, sources.timezone, sources.country,
    sources.tags,
    sources.text, links.first_seen_at,
    -- By the index of a feed's polls, a few of the latest: of a page that has waited longer it is not known. A minute
    -- before, as the poll that found it may be written down first.
    (SELECT latest.polled_at
     FROM (
        SELECT polls.id, polls.polled_at, polls.outcome FROM polls
        WHERE polls.feed_id = links.feed_id ORDER BY polls.id DESC LIMIT 4
     ) AS latest
     WHERE latest.outcome IN ('ok', 'not_modified')
        AND unixepoch(latest.polled_at) < unixepoch(links.first_seen_at) - 60
     ORDER BY latest.id DESC LIMIT 1) AS unlisted_at
"""
_LISTED = """
    SELECT links.id, links.url, article_id, fetched_at, entry, state, reason, feed_id, next_try_at, listed_tries,
        feeds.enabled AND sources.enabled AS is_followed, feeds.url AS feed_url, sources.home
    FROM links
    LEFT JOIN feeds ON feeds.id = feed_id
    LEFT JOIN sources ON sources.id = links.source_id
    WHERE url_key = ?
"""
_GIVEN_UP = frozenset({"not_article", "blocked", "failed", "gone"})
_WAITING = _GIVEN_UP | {"queued"}


# Whether an article is read again, by what its feed states now, stated when it was read (None: nothing), and when that
# was (None: it is not known).
IsUpdated = Callable[[FeedEntry, FeedEntry | None, datetime | None], bool]


# Whether an address is of the outlet that these addresses (None: unknown), its feed and its home, belong to.
IsOwn = Callable[[str, Sequence[str | None]], bool]
# Whether a reason for which a link failed says nothing against the page at another spelling of its address.
IsOfAddress = Callable[[str], bool]
# Whether an address may be asked for now.
IsFree = Callable[[str], bool]


def _never(_entry: FeedEntry, _stated: FeedEntry | None, _read_at: datetime | None) -> bool:
    return False


def _nobodys(_url: str, _places: Sequence[str | None]) -> bool:
    return False


def _always(_reason: str) -> bool:
    return True


@storage_errors
def discover(
    connection: sqlite3.Connection,
    feed: Feed,
    entries: Mapping[str, FeedEntry],
    *,
    run_id: int,
    now: datetime,
    is_updated: IsUpdated = _never,
    updates: int | None = None,
    is_own: IsOwn = _nobodys,
    is_of_address: IsOfAddress = _always,
) -> tuple[list[QueuedLink], int]:
    """Remember *entries* (by address key) of *feed*; the links to fetch now, in order, and how many are new.

    To fetch are those never seen before, those that failed for their address and that this feed spells anew, and
    *updates* (None: all) of those that gave an article, or were given up, for which *is_updated* says so. Kept articles
    are marked as seen through this feed; those still to be read, as soon as they are kept.
    """
    at = to_iso(now)
    fetch: list[int] = []
    new = followed = 0
    most = len(entries) if updates is None else updates
    with transaction(connection):
        source_id, home = connection.execute(
            "SELECT source_id, home FROM feeds JOIN sources ON sources.id = source_id WHERE feeds.id = ?",
            [feed.id],
        ).fetchone()
        for url_key, entry in entries.items():
            row = connection.execute(_LISTED, [url_key]).fetchone()
            if row is None:
                new += 1
                fetch.append(_insert(connection, source_id, feed.id, url_key, entry, run_id, at))
            elif row["article_id"] is None and row["state"] == "past":  # it waited for a backfill
                new += 1
                _requeue(connection, row["id"], entry, run_id, feed.id)
                fetch.append(row["id"])
            elif (
                row["article_id"] is None
                and row["state"] in _WAITING
                and entry.url != row["url"]
                and _is_spelt_anew(
                    connection,
                    row,
                    entry,
                    feed.id,
                    is_own=is_own(entry.url, (feed.url, home)),
                    was_own=is_own(row["url"], (row["feed_url"], row["home"])),
                    is_in_vain=row["state"] in _GIVEN_UP and is_of_address(row["reason"] or ""),
                )
            ):
                _lead_to(connection, row["id"], entry.url, entry_to_json(entry), feed.id, source_id, run_id)
                fetch.append(row["id"])
            else:
                _note(connection, row, source_id, feed.id, at)
                is_settled = row["article_id"] is not None or row["state"] in _GIVEN_UP
                if is_settled and followed < most and _is_called_updated(is_updated, entry, row):
                    followed += 1
                    _requeue(connection, row["id"], entry, run_id, row["feed_id"] or feed.id)
                    fetch.append(row["id"])
        if followed:
            sources.note_update_read(connection, feed.id, at)
    return by_ids(connection, fetch), new


@storage_errors
def known_at(connection: sqlite3.Connection, url_key: str) -> tuple[str, str] | None:
    """Address and headline, "" if none is known, of the link with a key; None if there is none."""
    row = connection.execute("SELECT url, title FROM links WHERE url_key = ?", [url_key]).fetchone()
    return (row["url"], row["title"] or "") if row else None


@storage_errors
def waiting(
    connection: sqlite3.Connection,
    *,
    now: datetime,
    names: Sequence[str] = (),
    limit: int = 5_000,
    per_feed: int = 5_000,
    run_id: int | None = None,
    running_since: datetime | None = None,
    is_asked_for: bool = True,
    is_free: IsFree | None = None,
) -> list[QueuedLink]:
    """Links left queued by an earlier run, and failed ones whose next try is due; of each feed the oldest first.

    Feeds take turns, and none gives more than *per_feed*. Left out are links of another run than *run_id* that goes
    on (one that began before *running_since* and never ended counts as dead) and, unless the crawl *is_asked_for* by
    a person, those that a crash has put off; and those whose address is not *is_free* (None: all are).
    """
    named = "AND sources.name IN (SELECT value FROM json_each(:names))" if names else ""
    put_off = "" if is_asked_for else "AND (links.next_try_at IS NULL OR links.next_try_at <= :now)"
    if is_free is not None:
        connection.create_function("is_free", 1, is_free)
    free = "" if is_free is None else "AND is_free(coalesce(json_extract(links.entry, '$.asks'), links.url))"
    # The index links_waiting serves only a query that repeats its condition, and neither part of an OR does.
    # The plus keeps the planner from the index of states, which would read all that ever failed.
    rows = connection.execute(
        f"""
        SELECT {_LINK_COLUMNS}
        FROM (
            SELECT links.id,
                row_number() OVER (
                    PARTITION BY coalesce(links.feed_id, -links.source_id) ORDER BY links.id
                ) AS turn
            FROM (
                SELECT id FROM links WHERE state IN ('queued', 'failed') AND state = 'queued'
                UNION ALL
                SELECT id FROM links
                WHERE state IN ('queued', 'failed') AND state = 'failed' AND next_try_at <= :now AND listed_tries = 0
                UNION ALL
                SELECT links.id FROM links JOIN feeds ON feeds.id = links.feed_id
                WHERE listed_tries > 0 AND next_try_at IS NOT NULL AND next_try_at <= :now
                  AND +links.state IN ('failed', 'gone', 'blocked', 'not_article') AND feeds.enabled = 1
                  AND (feeds.read_at IS NULL OR coalesce(listed_at, first_seen_at) >= feeds.read_at)
            ) AS due
            CROSS JOIN links ON links.id = due.id
            JOIN sources ON sources.id = links.source_id
            WHERE sources.enabled = 1 {named} {put_off} {free}
              AND NOT EXISTS (
                  SELECT 1 FROM runs
                  WHERE runs.id = links.run_id AND runs.id IS NOT :run_id AND runs.state = 'running'
                    AND runs.started_at > :running_since
              )
        ) AS chosen
        CROSS JOIN links ON links.id = chosen.id
        JOIN sources ON sources.id = links.source_id
        WHERE chosen.turn <= :per_feed
        ORDER BY chosen.turn, links.id
        LIMIT :limit
        """,
        {
            "now": to_iso(now),
            "names": json.dumps(list(names)),
            "limit": limit,
            "per_feed": per_feed,
            "run_id": run_id,
            # Without a time no run is taken for one that goes on: every text is less than "~".
            "running_since": to_iso(running_since) or "~",
        },
    )
    return [_link(row) for row in rows]


@storage_errors
def claim_waiting(
    connection: sqlite3.Connection,
    *,
    run_id: int,
    now: datetime,
    running_since: datetime,
    names: Sequence[str] = (),
    limit: int = 5_000,
    per_feed: int = 5_000,
    is_free: IsFree | None = None,
) -> list[QueuedLink]:
    """The links that `waiting` gives, now this run's; without those of another run that goes on.

    A run that the daemon began by itself leaves those alone that a crash has put off.
    """
    with transaction(connection):
        run = connection.execute("SELECT trigger FROM runs WHERE id = ?", [run_id]).fetchone()
        queued = waiting(
            connection,
            now=now,
            names=names,
            limit=limit,
            per_feed=per_feed,
            run_id=run_id,
            running_since=running_since,
            is_asked_for=run is None or run["trigger"] != "schedule",
            is_free=is_free,
        )
        connection.executemany(
            "UPDATE links SET run_id = ? WHERE id = ?", [(run_id, link.id) for link in queued]
        )
    return queued


def forget_runs(connection: sqlite3.Connection, run_ids: str) -> None:
    """Let no link name the runs of *run_ids*, a JSON list, as the last that touched it; in the caller's transaction."""
    connection.execute(
        "UPDATE links SET run_id = NULL WHERE run_id IN (SELECT value FROM json_each(?))", [run_ids]
    )


@storage_errors
def follow_feeds(connection: sqlite3.Connection) -> int:
    """Have what waits, or was given up, go with its feed where that belongs to another source now; how many."""
    return connection.execute(
        """
        UPDATE links SET source_id = (SELECT feeds.source_id FROM feeds WHERE feeds.id = links.feed_id)
        WHERE source_id IN (SELECT id FROM sources WHERE enabled = 0)
          AND state IN ('queued', 'failed', 'gone', 'blocked', 'not_article')
          AND feed_id IN (
              SELECT feeds.id FROM feeds JOIN sources ON sources.id = feeds.source_id
              WHERE feeds.enabled = 1 AND sources.enabled = 1
          )
        """
    ).rowcount


@storage_errors
def first_day_room(connection: sqlite3.Connection, since: datetime) -> dict[str, int]:
    """How many pages sources may still be asked for that bound their first day, and had no page read before *since*."""
    rows = connection.execute(
        """
        SELECT sources.name, sources.first_crawl_pages - (
            SELECT count(*) FROM links WHERE links.source_id = sources.id AND links.fetched_at IS NOT NULL
        ) AS room
        FROM sources
        WHERE sources.first_crawl_pages IS NOT NULL AND sources.enabled = 1 AND NOT EXISTS (
            SELECT 1 FROM links WHERE links.source_id = sources.id AND links.fetched_at < ?
        )
        """,
        [to_iso(since)],
    )
    return {row["name"]: max(row["room"], 0) for row in rows}


@storage_errors
def walled(connection: sqlite3.Connection) -> list[WalledSource]:
    """Sources, by name, of which the last pages were all checks, logins or pay walls: the commonest, and how many."""
    names = connection.execute(
        "SELECT id, name FROM sources WHERE enabled = 1 AND text = 'page' ORDER BY name"
    )
    walled_sources = []
    for source in names.fetchall():
        rows = connection.execute(
            """
            SELECT reason, detail FROM links
            WHERE source_id = ? AND (state IN ('fetched', 'off_topic', 'not_article') OR reason = 'challenge')
            ORDER BY id DESC LIMIT ?
            """,
            [source["id"], _WALLED_PAGES],
        ).fetchall()
        walls = Counter((row["reason"], row["detail"] or "") for row in rows if row["reason"] in _WALLS)
        if len(rows) >= _FEWEST_WALLED and walls.total() == len(rows):
            (reason, detail), _ = walls.most_common(1)[0]
            walled_sources.append(WalledSource(source["name"], reason, detail, len(rows)))
    return walled_sources


@storage_errors
def out_of_time(connection: sqlite3.Connection) -> dict[str, int]:
    """How many of its last 20 pages ran out of time while they were read, by source; only where there are three."""
    rows = connection.execute(
        """
        SELECT sources.name, (
            SELECT count(*) FILTER (WHERE reason = 'time_limit') FROM (
                SELECT reason FROM links
                WHERE source_id = sources.id AND state IN ('fetched', 'off_topic', 'not_article')
                ORDER BY id DESC LIMIT ?
            )
        ) AS pages
        FROM sources WHERE enabled = 1 ORDER BY name
        """,
        [_WALLED_PAGES],
    )
    return {row["name"]: row["pages"] for row in rows if row["pages"] >= _FEWEST_WALLED}


@storage_errors
def try_refused_again(connection: sqlite3.Connection, now: datetime) -> int:
    """Have what the gate refused tried by the next crawl, if it is listed still: what it may fetch has changed."""
    return connection.execute(
        """
        UPDATE links SET next_try_at = ?, listed_tries = max(listed_tries, 1)
        WHERE state = 'blocked' AND reason = 'blocked' AND feed_id IS NOT NULL
        """,
        [to_iso(now)],
    ).rowcount


@storage_errors
def put_off(connection: sqlite3.Connection, run_id: int, *, reason: str, until: datetime) -> int:
    """Have scheduled crawls leave the queued links of a run that crashed alone for a while; how many."""
    return connection.execute(
        """
        UPDATE links SET next_try_at = ?, reason = ?
        WHERE state IN ('queued', 'failed') AND state = 'queued' AND run_id = ?
        """,
        [to_iso(until), reason, run_id],
    ).rowcount


@storage_errors
def suspected(connection: sqlite3.Connection, ids: Sequence[int], reason: str) -> dict[int, bool]:
    """Those of these links that wait to be read, by id; whether they were put off for *reason* once before.

    What was given up and is tried once more, as its feed lists it, waits to be read, too.
    """
    rows = connection.execute(
        """
        SELECT id, state IN ('queued', 'past', 'not_article') AND reason IS ? AND attempts > 0 AS is_second FROM links
        WHERE id IN (SELECT value FROM json_each(?))
            AND (state IN ('queued', 'failed', 'past') OR (listed_tries > 0 AND next_try_at IS NOT NULL))
        ORDER BY id
        """,
        [reason, json.dumps(list(ids))],
    )
    return {row["id"]: bool(row["is_second"]) for row in rows}


@storage_errors
def was_read_since(connection: sqlite3.Connection, link_id: int, run_id: int) -> bool:
    """Whether a later run than *run_id* has settled what becomes of a link, or has looked at its article again."""
    return (
        connection.execute(
            """
            SELECT 1 FROM links
            WHERE id = :id AND (
                (run_id > :run AND state NOT IN ('queued', 'failed', 'past'))
                OR EXISTS (SELECT 1 FROM looks WHERE looks.article_id = links.article_id AND looks.run_id > :run)
            )
            """,
            {"id": link_id, "run": run_id},
        ).fetchone()
        is not None
    )


@storage_errors
def put_off_each(
    connection: sqlite3.Connection, run_id: int, tries: Mapping[int, datetime], *, reason: str
) -> None:
    """Have scheduled crawls leave each of these links alone until its time; those of the past stay there."""
    with transaction(connection):
        connection.executemany(
            """
            UPDATE links
            SET state = CASE state WHEN 'past' THEN 'past' ELSE 'queued' END,
                reason = ?, attempts = attempts + 1, next_try_at = ?, run_id = ?
            WHERE id = ?
            """,
            [(reason, to_iso(next_try_at), run_id, link_id) for link_id, next_try_at in tries.items()],
        )


@storage_errors
def by_ids(connection: sqlite3.Connection, ids: Sequence[int]) -> list[QueuedLink]:
    """The links with these ids, in their order."""
    rows = connection.execute(
        f"""
        SELECT {_LINK_COLUMNS}
        FROM json_each(?) AS wanted
        JOIN links ON links.id = wanted.value
        JOIN sources ON sources.id = links.source_id
        ORDER BY wanted.key
        """,
        [json.dumps(list(ids))],
    )
    return [_link(row) for row in rows]


@storage_errors
def record(connection: sqlite3.Connection, outcome: LinkOutcome, *, run_id: int) -> None:
    """Write down what became of a link that gave no article.

    An article that it gave before stays, and its link counts as fetched unless it is to be tried again: then the feed
    had called it updated, and the update is still to be read. One of a backfill that is to be tried again waits for
    that backfill. What failed for its address is tried as other feeds spell it, before all else.
    """
    with transaction(connection):
        if outcome.is_of_address and _try_other_spelling(connection, outcome, run_id):
            return
        if outcome.next_try_at is None:
            connection.execute("DELETE FROM link_feeds WHERE link_id = ?", [outcome.link_id])
        connection.execute(
            """
            UPDATE links
            SET state = CASE WHEN article_id IS NOT NULL AND (:next_try_at IS NULL OR :is_given_up) THEN 'fetched'
                             WHEN archive_page_id IS NOT NULL AND :next_try_at IS NOT NULL THEN 'past'
                             ELSE :state END,
                reason = :reason, detail = :detail, fetched_at = :at, attempts = attempts + :was_asked,
                next_try_at = CASE WHEN article_id IS NULL OR NOT :is_given_up THEN :next_try_at END,
                listed_tries = listed_tries + (:is_given_up AND article_id IS NULL), run_id = :run_id
            WHERE id = :id
            """,
            {
                "state": outcome.state,
                "was_asked": outcome.was_asked,
                "reason": outcome.reason,
                "detail": outcome.detail or None,
                "at": to_iso(outcome.at),
                "next_try_at": to_iso(outcome.next_try_at),
                "run_id": run_id,
                "is_given_up": int(outcome.is_given_up),
                "id": outcome.link_id,
            },
        )


def _try_other_spelling(connection: sqlite3.Connection, outcome: LinkOutcome, run_id: int) -> bool:
    """Have a link that failed tried as another feed spells it; False: all its spellings were in vain, or are one."""
    link = connection.execute("SELECT url, article_id FROM links WHERE id = ?", [outcome.link_id]).fetchone()
    if link is None or link["article_id"] is not None:
        return False
    other, is_due = spellings.after_failure(connection, outcome.link_id, link["url"])
    if other is None:
        return False
    _lead_to(
        connection,
        outcome.link_id,
        other["url"],
        other["entry"],
        other["feed_id"],
        other["source_id"],
        run_id,
    )
    connection.execute(
        "UPDATE links SET reason = ?, detail = ?, fetched_at = ? WHERE id = ?",
        [outcome.reason, outcome.detail or None, to_iso(outcome.at), outcome.link_id],
    )
    return is_due


def _lead_to(
    connection: sqlite3.Connection,
    link_id: int,
    url: str,
    entry: str,
    feed_id: int | None,
    source_id: int | None,
    run_id: int,
) -> None:
    """Let a link be tried at another spelling of its address, as what the feed there lists."""
    connection.execute(
        """
        UPDATE links
        SET url = ?, entry = ?, feed_id = ?, source_id = coalesce(?, source_id), state = 'queued', next_try_at = NULL,
            archive_page_id = NULL, run_id = ?
        WHERE id = ?
        """,
        [url, entry, feed_id, source_id, run_id, link_id],
    )


def _is_spelt_anew(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    entry: FeedEntry,
    feed_id: int,
    *,
    is_own: bool,
    was_own: bool,
    is_in_vain: bool,
) -> bool:
    """Whether a feed spells a link that failed in a way that was not tried; each new spelling is remembered.

    *is_own*, *was_own*: the feed, and the one so far, are of the outlet itself; *is_in_vain*: it failed for its address
    so far.
    """
    known = entry_from_json(row["entry"]) if row["entry"] else FeedEntry(url=row["url"])
    known = replace(known, url=row["url"])
    spellings.note(connection, row["id"], row["feed_id"], known, is_own=was_own, is_tried=is_in_vain)
    return spellings.note(connection, row["id"], feed_id, entry, is_own=is_own) and is_in_vain


def _insert(
    connection: sqlite3.Connection,
    source_id: int,
    feed_id: int,
    url_key: str,
    entry: FeedEntry,
    run_id: int,
    at: str | None,
) -> int:
    row = connection.execute(
        """
        INSERT INTO links (source_id, feed_id, url, title, state, first_seen_at, entry, run_id, url_key)
        VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?)
        RETURNING id
        """,
        [source_id, feed_id, entry.url, entry.title, at, entry_to_json(entry), run_id, url_key],
    ).fetchone()
    return int(row["id"])


def sight(connection: sqlite3.Connection, article_id: int, feed_id: int, at: str | None) -> None:
    """Mark an article as seen through a feed at a time, as it is stored; inside the caller's transaction."""
    connection.execute(
        """
        INSERT INTO sightings (article_id, feed_id, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (article_id, feed_id) DO UPDATE SET last_seen_at = max(last_seen_at, excluded.last_seen_at)
        """,
        [article_id, feed_id, at, at],
    )


def _note_feed(connection: sqlite3.Connection, link_id: int, feed_id: int, at: str | None) -> None:
    """Remember that another feed has the link too, for the article that it may become."""
    connection.execute(
        """
        INSERT INTO link_feeds (link_id, feed_id, first_seen_at) VALUES (?, ?, ?)
        ON CONFLICT (link_id, feed_id) DO NOTHING
        """,
        [link_id, feed_id, at],
    )


def sight_by_all(connection: sqlite3.Connection, link_id: int, article_id: int | None) -> None:
    """Mark an article as seen through the other feeds that had its link; inside the caller's transaction.

    Without an article what is remembered of them is dropped.
    """
    connection.execute(
        """
        INSERT INTO sightings (article_id, feed_id, first_seen_at, last_seen_at)
        SELECT ?1, feed_id, first_seen_at, first_seen_at FROM link_feeds WHERE link_id = ?2 AND ?1 IS NOT NULL
        ON CONFLICT (article_id, feed_id) DO UPDATE SET last_seen_at = max(last_seen_at, excluded.last_seen_at)
        """,
        [article_id, link_id],
    )
    connection.execute("DELETE FROM link_feeds WHERE link_id = ?", [link_id])


def settle(
    connection: sqlite3.Connection,
    link: QueuedLink,
    article_id: int | None,
    *,
    at: datetime,
    score: float | None,
    stated_at: datetime | None,
    run_id: int | None,
) -> bool:
    """Write down that a link is an article, kept or (without *article_id*) off topic, inside the caller's transaction.

    *stated_at* is the date of its page, which only links of a backfill need. Whether there is such a link: another
    process may have let go of it while its page was asked for, and its row be another's.
    """
    settled = connection.execute(
        """
        UPDATE links
        SET state = ?, reason = NULL, detail = NULL, score = ?, fetched_at = ?, attempts = attempts + 1,
            next_try_at = NULL, listed_tries = 0, article_id = coalesce(?, article_id), run_id = ?,
            stated_at = CASE WHEN archive_page_id IS NULL THEN stated_at ELSE coalesce(?, stated_at) END
        WHERE id = ? AND url_key = ?
        """,
        [
            "off_topic" if article_id is None else "fetched", None if score is None else round(score, 3), to_iso(at),
            article_id, run_id, to_iso(stated_at), link.id,
            link.url_key,
        ],
    )  # fmt: skip
    if not settled.rowcount:
        return False
    spellings.forget(connection, link.id)
    sight_by_all(connection, link.id, article_id)
    if article_id is not None and link.feed_id is not None:
        sight(connection, article_id, link.feed_id, to_iso(at))
    return True


def become_article(connection: sqlite3.Connection, link_id: int, article_id: int) -> None:
    """Let an off-topic link lead to the article that it became, inside the caller's transaction."""
    connection.execute(
        "UPDATE links SET state = 'fetched', reason = NULL, detail = NULL, article_id = ? WHERE id = ?",
        [article_id, link_id],
    )


def leave_articles(connection: sqlite3.Connection, article_ids: Sequence[int]) -> None:
    """Let the links of these articles stay without them; an import that no link led to gets one."""
    chosen = json.dumps(article_ids)
    connection.execute(
        """
        INSERT INTO links (source_id, url, title, state, detail, first_seen_at, fetched_at, url_key)
        SELECT source_id, url, title, 'fetched', 'pruned', first_seen_at, fetched_at, url_key
        FROM articles
        WHERE id IN (SELECT value FROM json_each(?)) AND url IS NOT NULL AND url_key IS NOT NULL
        ON CONFLICT (url_key) DO NOTHING
        """,
        [chosen],
    )
    connection.execute(
        """
        UPDATE links SET article_id = NULL, detail = 'pruned', next_try_at = NULL,
            state = CASE WHEN state IN ('queued', 'failed') THEN 'fetched' ELSE state END
        WHERE article_id IN (SELECT value FROM json_each(?))
        """,
        [chosen],
    )


def add_past(
    connection: sqlite3.Connection, page: ArchivePage, listed: Sequence[PastLink], now: datetime
) -> int:
    """Remember pages that a list of older ones names; how many of them were never seen before."""
    before = connection.total_changes
    connection.executemany(
        """
        INSERT INTO links (
            source_id, url, title, state, first_seen_at, entry, archive_page_id, stated_at, url_key
        ) VALUES (?, ?, ?, 'past', ?, ?, ?, ?, ?)
        ON CONFLICT (url_key) DO NOTHING
        """,
        [
            (
                page.source_id, past.entry.url, past.entry.title, to_iso(now), entry_to_json(past.entry), page.id,
                past.day, past.url_key,
            )
            for past in listed
        ],
    )  # fmt: skip
    return connection.total_changes - before


def drop_past(connection: sqlite3.Connection, source_id: int, before: str) -> None:
    """Forget the pages of a source's past that are older than a day, and were not read.

    Those that a run has in hand stay, for it is to say what became of them.
    """
    connection.execute(
        f"""
        DELETE FROM links
        WHERE source_id = :source AND state = 'past' AND stated_at < :before AND {runs.is_free("run_id")}
        """,
        {
            "source": source_id,
            "before": before,
            "running_since": "",
        },  # whoever is dead is found by the daemon's tick
    )


def take_past(connection: sqlite3.Connection, link_ids: Sequence[int], run_id: int) -> list[QueuedLink]:
    """Have a run read these pages of the past; in their order."""
    connection.executemany(
        "UPDATE links SET run_id = ? WHERE id = ?", [(run_id, link_id) for link_id in link_ids]
    )
    return by_ids(connection, link_ids)


def _requeue(
    connection: sqlite3.Connection, link_id: int, entry: FeedEntry, run_id: int, feed_id: int | None
) -> None:
    connection.execute(
        """
        UPDATE links
        SET state = 'queued', attempts = 0, next_try_at = NULL, listed_tries = 0, entry = ?, run_id = ?, feed_id = ?,
            archive_page_id = NULL
        WHERE id = ?
        """,
        [entry_to_json(entry), run_id, feed_id, link_id],
    )


def _is_called_updated(is_updated: IsUpdated, entry: FeedEntry, row: sqlite3.Row) -> bool:
    # To read what it stated takes its time, for two thousand entries at each poll.
    stated = entry_from_json(row["entry"]) if entry.updated and row["entry"] else None
    return is_updated(entry, stated, from_iso(row["fetched_at"]))


def _note(
    connection: sqlite3.Connection, row: sqlite3.Row, source_id: int, feed_id: int, at: str | None
) -> None:
    """Remember that a feed lists a known link: for its article, the one that it may become, or another try.

    What waits, or was given up, and whose own feed is followed no more goes on under this one.
    """
    if row["article_id"] is not None:
        sight(connection, row["article_id"], feed_id, at)
        return
    if row["state"] in _WAITING and not row["is_followed"]:
        connection.execute(
            "UPDATE links SET source_id = ?, feed_id = ? WHERE id = ?", [source_id, feed_id, row["id"]]
        )
    elif row["state"] in {"queued", "failed"} and row["feed_id"] != feed_id:
        _note_feed(connection, row["id"], feed_id, at)
    if row["listed_tries"] and row["next_try_at"]:
        connection.execute("UPDATE links SET listed_at = ? WHERE id = ?", [at, row["id"]])


def _link(row: sqlite3.Row) -> QueuedLink:
    entry = entry_from_json(row["entry"]) if row["entry"] else FeedEntry(url=row["url"])
    return QueuedLink(
        id=row["id"],
        url=row["url"],
        url_key=row["url_key"],
        source=row["source"],
        entry=entry,
        attempts=row["attempts"],
        feed_id=row["feed_id"],
        language=row["language"],
        timezone=row["timezone"],
        country=row["country"],
        tags=read_tags(row["tags"]),
        was_fetched=row["fetched_at"] is not None,
        text=row["text"],
        listed_tries=row["listed_tries"],
        first_seen_at=from_iso(row["first_seen_at"]),
        unlisted_at=from_iso(row["unlisted_at"]),
    )
