"""Anchors: hashes of runs of words, by which texts that share a part are found."""

import heapq
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from storage.articles import relations
from storage.db import give_way, storage_errors, transaction
from storage.records.stories import Member

# Articles looked at for one anchor, newest first: the look-up costs the same whether a template is in a hundred
# articles or in a million.
_ARTICLES_PER_ANCHOR = 48
# Best articles that are compared; more than four found nothing new on 11,458 evaluation texts.
_SIMILAR = 4
# A text with this many anchors must share two of them: one alone is a stock phrase.
_ANCHORS_OF_A_TEXT, _SHARED_ANCHORS = 12, 2
# Rows that are deleted in one transaction: they lie all over the table.
_DROPPED_TOGETHER = 2_000


@storage_errors
def add(connection: sqlite3.Connection, article_id: int, hashes: Iterable[int]) -> None:
    """Let the article be found by *hashes*; those of its earlier texts stay."""
    with transaction(connection):
        connection.executemany(
            "INSERT INTO anchors (hash, article_id) VALUES (?, ?) ON CONFLICT (hash, article_id) DO NOTHING",
            [(anchor, article_id) for anchor in hashes],
        )


@storage_errors
def similar(
    connection: sqlite3.Connection,
    hashes: Sequence[int],
    *,
    named: str | None = None,
    naming: str | None = None,
    text_hash: str = "",
) -> tuple[Member, ...]:
    """Up to four articles that share the rarest of *hashes*, best first, then those that rel=canonical ties to it.

    Args:
        connection: to the database.
        hashes: the anchors of the text at hand.
        named: the key of the address that its page names as the original; None: none.
        naming: its own address key; pages that name it as their original are found by it; None: it has none.
        text_hash: its text's; articles with it are left out, they are known to be equal.
    """
    ids = [*_nearest(connection, hashes), *_tied(connection, named, naming)]
    members = relations.members(connection, list(dict.fromkeys(ids)))
    return tuple(member for member in members if member.text_hash != text_hash)


@storage_errors
def drop(connection: sqlite3.Connection, article_ids: Sequence[int]) -> None:
    """Let no text lead to these articles any more; reads the whole table once, however many they are.

    It is read before anything is written, so that others wait for no more than the rows that go.
    """
    rows = connection.execute(
        "SELECT hash, article_id FROM anchors WHERE article_id IN (SELECT value FROM json_each(?))",
        [json.dumps(article_ids)],
    ).fetchall()
    for start in range(0, len(rows), _DROPPED_TOGETHER):
        with transaction(connection):
            connection.executemany(
                "DELETE FROM anchors WHERE hash = ? AND article_id = ?",
                rows[start : start + _DROPPED_TOGETHER],
            )
        give_way(connection)


def _nearest(connection: sqlite3.Connection, hashes: Sequence[int]) -> list[int]:
    """Articles by shared anchors, best first; an anchor that many have weighs little."""
    # For each anchor the articles from the 48th newest on: one statement costs a quarter of 24.
    rows = connection.execute(
        """
        SELECT asked.value AS hash, anchors.article_id
        FROM json_each(?) AS asked
        JOIN anchors ON anchors.hash = asked.value AND anchors.article_id >= coalesce((
            SELECT article_id FROM anchors WHERE hash = asked.value ORDER BY article_id DESC LIMIT 1 OFFSET ?
        ), 0)
        """,
        [json.dumps(hashes), _ARTICLES_PER_ANCHOR - 1],
    ).fetchall()
    carried = Counter(row[0] for row in rows)
    weights: dict[int, float] = defaultdict(float)
    shared: Counter[int] = Counter()
    for row in rows:
        weights[row[1]] += 1 / (1 + carried[row[0]])
        shared[row[1]] += 1
    needed = _SHARED_ANCHORS if len(hashes) >= _ANCHORS_OF_A_TEXT else 1
    enough = [(weight, article_id) for article_id, weight in weights.items() if shared[article_id] >= needed]
    return [article_id for _, article_id in heapq.nlargest(_SIMILAR, enough)]


def _tied(connection: sqlite3.Connection, named: str | None, naming: str | None) -> list[int]:
    """The article that is named as the original, and the newest that name this one."""
    if named is None and naming is None:
        return []
    rows = connection.execute(
        """
        SELECT id FROM articles WHERE url_key = ?
        UNION ALL
        SELECT id FROM (SELECT id FROM articles WHERE canonical_key = ? ORDER BY id DESC LIMIT ?)
        """,
        [named, naming, _SIMILAR],
    )
    return [row[0] for row in rows]
