"""How much of what sources list themselves is held: what is known of pages, and the last comparison of each."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.comparisons import KnownPage, ListComparison, MissedPage

# Pages that one statement asks for.
_ASKED = 500


@storage_errors
def known_pages(connection: sqlite3.Connection, url_keys: Sequence[str]) -> dict[str, KnownPage]:
    """What is known of the pages with these keys; those of which nothing is are left out."""
    known: dict[str, KnownPage] = {}
    for start in range(0, len(url_keys), _ASKED):
        rows = connection.execute(
            """
            SELECT asked.value AS key, links.state, links.reason,
                coalesce(articles.id, article_addresses.article_id, links.article_id) AS article_id
            FROM json_each(?) AS asked
            LEFT JOIN articles ON articles.url_key = asked.value
            LEFT JOIN article_addresses ON article_addresses.url_key = asked.value
            LEFT JOIN links ON links.url_key = asked.value
            WHERE articles.id IS NOT NULL OR article_addresses.id IS NOT NULL OR links.id IS NOT NULL
            """,
            [json.dumps(url_keys[start : start + _ASKED])],
        )
        known |= {row["key"]: KnownPage(row["article_id"], row["state"], row["reason"]) for row in rows}
    return known


@storage_errors
def save(connection: sqlite3.Connection, comparison: ListComparison) -> None:
    """Keep *comparison* in place of the last one of its source, which must be in the database."""
    misses = [[miss.url, miss.day.isoformat(), miss.why, miss.detail] for miss in comparison.misses]
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO comparisons (
                source_id, against, since, until, compared_at, kept, off_topic, reasons, misses, undated,
                undated_known, lists, failed, lists_left
            )
            SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM sources WHERE name = ?1
            ON CONFLICT (source_id) DO UPDATE
            SET against = excluded.against, since = excluded.since, until = excluded.until,
                compared_at = excluded.compared_at, kept = excluded.kept, off_topic = excluded.off_topic,
                reasons = excluded.reasons, misses = excluded.misses, undated = excluded.undated,
                undated_known = excluded.undated_known, lists = excluded.lists, failed = excluded.failed,
                lists_left = excluded.lists_left
            """,
            [
                comparison.source, comparison.against, comparison.since.isoformat(), comparison.until.isoformat(),
                to_iso(comparison.compared_at), comparison.kept, comparison.off_topic,
                json.dumps(comparison.reasons), json.dumps(misses, ensure_ascii=False), comparison.undated,
                comparison.undated_known, comparison.lists, json.dumps(comparison.failed, ensure_ascii=False),
                comparison.left,
            ],
        )  # fmt: skip


@storage_errors
def last(connection: sqlite3.Connection, source: str) -> ListComparison | None:
    """The last comparison of a source, by its name; None if there was none."""
    row = connection.execute(
        """
        SELECT comparisons.*, sources.name FROM comparisons JOIN sources ON sources.id = comparisons.source_id
        WHERE sources.name = ?
        """,
        [source],
    ).fetchone()
    if row is None:
        return None
    return ListComparison(
        source=row["name"],
        against=row["against"],
        since=date.fromisoformat(row["since"]),
        until=date.fromisoformat(row["until"]),
        compared_at=datetime.fromisoformat(row["compared_at"]),
        kept=row["kept"],
        off_topic=row["off_topic"],
        reasons=tuple((why, number) for why, number in json.loads(row["reasons"])),
        misses=tuple(
            MissedPage(url, date.fromisoformat(day), why, detail)
            for url, day, why, detail in json.loads(row["misses"])
        ),
        undated=row["undated"],
        undated_known=row["undated_known"],
        lists=row["lists"],
        failed=tuple(json.loads(row["failed"])),
        left=row["lists_left"],
    )
