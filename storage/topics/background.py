"""The background: a rolling sample, for each language, of all articles that were read, off-topic ones included."""

import hashlib
import math
import sqlite3
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.db import storage_errors, to_iso

# Research: 1,000 to 2,000 articles a language; scores' mean and deviation are steady from 1,000 on.
RESERVOIR = 2_000
# How long an article stays in the sample on average: long enough for the seasons of a subject, short enough for words
# that are new. After years 22 % of the sample is of the last month (without forgetting 3 % after three years).
MEMORY_DAYS = 120


def offer(
    connection: sqlite3.Connection,
    language: str,
    url_key: str,
    terms: Sequence[str],
    now: datetime,
    *,
    size: int = RESERVOIR,
) -> None:
    """Perhaps keep an article's terms in a sample of at most *size*, inside the caller's transaction.

    A reservoir that forgets: until it is full all are kept; then an article takes the place of a random one with the
    chance of *size* to the number that came in the last MEMORY_DAYS, older ones counting less and less. So each
    article is held for MEMORY_DAYS on average, however many come, and outlets have their share. An address that is
    held is not taken again. The random number is a hash of the address, so that a run repeated on the same input
    gives the same sample.
    """
    if connection.execute("SELECT 1 FROM background WHERE url_key = ?", [url_key]).fetchone():
        return
    before = connection.execute(
        "SELECT seen, recent, recent_at FROM background_counts WHERE language = ?", [language]
    ).fetchone()
    seen = 1 + (before["seen"] if before else 0)
    recent = 1.0
    if before and before["recent_at"]:
        # Reading stamps can run back by minutes where crawls overlap: then nothing is forgotten.
        passed = max(timedelta(), now - datetime.fromisoformat(before["recent_at"])) / timedelta(days=1)
        recent += before["recent"] * math.exp(-passed / MEMORY_DAYS)
    connection.execute(
        """
        INSERT INTO background_counts (language, seen, recent, recent_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (language) DO UPDATE
        SET seen = excluded.seen, recent = excluded.recent, recent_at = excluded.recent_at
        """,
        [language, seen, recent, to_iso(now)],
    )
    held = connection.execute("SELECT count(*) FROM background WHERE language = ?", [language]).fetchone()[0]
    digest = hashlib.blake2b(f"{seen} {url_key}".encode(), digest_size=8).digest()
    # The whole number below the larger of size and recent: it is a slot, or nothing is taken.
    slot = held if held < size else int.from_bytes(digest) % max(size, round(recent))
    if slot >= size:
        return
    connection.execute(
        """
        INSERT INTO background (language, slot, url_key, added_at, terms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (language, slot) DO UPDATE
        SET url_key = excluded.url_key, added_at = excluded.added_at, terms = excluded.terms
        """,
        [language, slot, url_key, to_iso(now), zlib.compress(" ".join(terms).encode(), 6)],
    )


@storage_errors
def sizes(connection: sqlite3.Connection) -> dict[str, int]:
    """How many articles each language's sample holds."""
    rows = connection.execute("SELECT language, count(*) AS size FROM background GROUP BY language")
    return {row["language"]: row["size"] for row in rows}


@storage_errors
def counts(connection: sqlite3.Connection, language: str) -> tuple[int, int]:
    """How many articles *language*'s sample holds, and how many were offered to it so far."""
    row = connection.execute("SELECT seen FROM background_counts WHERE language = ?", [language]).fetchone()
    return sizes(connection).get(language, 0), row["seen"] if row else 0


@storage_errors
def load(connection: sqlite3.Connection, language: str) -> list[list[str]]:
    """The terms of each article in *language*'s sample, in the order of the slots."""
    rows = connection.execute("SELECT terms FROM background WHERE language = ? ORDER BY slot", [language])
    return [zlib.decompress(row["terms"]).decode().split(" ") for row in rows]


@storage_errors
def arrivals(connection: sqlite3.Connection, now: datetime, *, days: int) -> dict[str, float]:
    """How many articles were read a day in each language, over the last *days* or since the first of them.

    Counted in the sample, where each stands for as many as came lately for each that it holds.
    """
    rows = connection.execute(
        """
        SELECT background.language, count(*) AS held, min(background.added_at) AS first,
            max(1.0, background_counts.recent / (
                SELECT count(*) FROM background AS all_held WHERE all_held.language = background.language
            )) AS worth
        FROM background JOIN background_counts ON background_counts.language = background.language
        WHERE background.added_at >= ?
        GROUP BY background.language
        """,
        [to_iso(now - timedelta(days=days))],
    )
    return {
        row["language"]: row["held"]
        * row["worth"]
        / max(1.0, (now - datetime.fromisoformat(row["first"])) / timedelta(days=1))
        for row in rows
    }
