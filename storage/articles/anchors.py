"""Anchors: hashes of runs of words, by which texts that share a part are found.

The hashes of one article lie all over the table: written there at once, each of 24 took a page of 4 kB of the log, 80
of an article's 115 kB at 500,000 articles. So they go into a small level first, which they share pages in, and on from
level to level, always the neighbours of one range at once, so that each page is written for many of them (a
log-structured merge-tree with rolling merges: O'Neil, Cheng, Gawlick and O'Neil, "The log-structured merge-tree",
1996). The last level is the table `anchors`. At every moment an anchor is in one level at least, and a look-up asks
all.
"""

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
# Anchors that each level before the last may hold: of 256, 4,096 and 65,536 articles. A merge into a level that is r
# times as large writes about .4 r kB of log for an article, so the steps are even up to some million articles.
LEVEL_ANCHORS = (6_144, 98_304, 1_572_864)
# Anchors that are moved on together, in 2 ms: a range of the level, of which each page is written once.
_MOVED_TOGETHER = 1_024
# Below all hashes, and the highest that there can be: they have 63 bits.
_NO_HASH, _HIGHEST = -1, 2**63 - 1
# Rows of an ordinary look-up are fewer; more come of templates, and are asked for again with a bound to each anchor.
_FEW_ROWS = 1_000

_EVERYWHERE = """
    SELECT hash, article_id FROM json_each(:hashes) CROSS JOIN anchors ON hash = value
    UNION ALL
    SELECT hash, article_id
    FROM anchor_levels CROSS JOIN json_each(:hashes)
    CROSS JOIN recent_anchors ON recent_anchors.level = anchor_levels.level AND hash = value
"""
# From each level the articles from the newest but so many on.
_NEWEST_EVERYWHERE = """
    SELECT hash, article_id
    FROM json_each(:hashes)
    CROSS JOIN anchors ON hash = value AND article_id >= coalesce((
        SELECT article_id FROM anchors WHERE hash = value ORDER BY article_id DESC LIMIT 1 OFFSET :newest - 1
    ), 0)
    UNION ALL
    SELECT hash, article_id
    FROM anchor_levels CROSS JOIN json_each(:hashes)
    CROSS JOIN recent_anchors ON recent_anchors.level = anchor_levels.level AND hash = value
    AND article_id >= coalesce((
        SELECT article_id FROM recent_anchors AS newer
        WHERE newer.level = anchor_levels.level AND newer.hash = value
        ORDER BY article_id DESC LIMIT 1 OFFSET :newest - 1
    ), 0)
"""


@storage_errors
def add(connection: sqlite3.Connection, article_id: int, hashes: Iterable[int]) -> None:
    """Let the article be found by *hashes*; those of its earlier texts stay."""
    with transaction(connection):
        _put(connection, 0, [(anchor, article_id) for anchor in hashes])
        for level, most in enumerate(LEVEL_ANCHORS):
            if _size(connection, level) < most + _MOVED_TOGETHER:
                break  # those behind it got nothing new
            _move_on(connection, level)


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

    It is read before anything is written, so that others wait for no more than the rows that go. Each goes from all
    levels: another process may have moved it on meanwhile.
    """
    rows = connection.execute(
        """
        WITH gone AS MATERIALIZED (SELECT value FROM json_each(?))
        SELECT hash, article_id FROM anchors WHERE article_id IN gone
        UNION
        SELECT hash, article_id FROM recent_anchors WHERE article_id IN gone
        """,
        [json.dumps(article_ids)],
    ).fetchall()
    for start in range(0, len(rows), _DROPPED_TOGETHER):
        with transaction(connection):
            together = rows[start : start + _DROPPED_TOGETHER]
            connection.executemany("DELETE FROM anchors WHERE hash = ? AND article_id = ?", together)
            for level in range(len(LEVEL_ANCHORS)):
                gone = connection.executemany(
                    f"DELETE FROM recent_anchors WHERE level = {level} AND hash = ? AND article_id = ?",
                    together,
                ).rowcount
                _count(connection, level, -gone)
        give_way(connection)


def _put(connection: sqlite3.Connection, level: int, rows: Sequence[tuple[int, int]]) -> None:
    """Hashes with their articles into a level."""
    if level == len(LEVEL_ANCHORS):
        connection.executemany(
            "INSERT INTO anchors (hash, article_id) VALUES (?, ?) ON CONFLICT (hash, article_id) DO NOTHING",
            rows,
        )
        return
    new = connection.executemany(
        f"""
        INSERT INTO recent_anchors (level, hash, article_id) VALUES ({level}, ?, ?)
        ON CONFLICT (level, hash, article_id) DO NOTHING
        """,
        rows,
    ).rowcount
    _count(connection, level, new)


def _move_on(connection: sqlite3.Connection, level: int) -> None:
    """Move the next range of a level's hashes into the one behind it; behind the last hash it begins anew."""
    (moved_to,) = connection.execute("SELECT moved_to FROM anchor_levels WHERE level = ?", [level]).fetchone()
    last = connection.execute(
        "SELECT hash FROM recent_anchors WHERE level = ? AND hash > ? ORDER BY hash LIMIT 1 OFFSET ?",
        [level, moved_to, _MOVED_TOGETHER - 1],
    ).fetchone()
    # With all articles of its last hash, so that the range has an end.
    moved = [level, moved_to, last[0] if last else _HIGHEST]
    rows = connection.execute(
        "SELECT hash, article_id FROM recent_anchors WHERE level = ? AND hash > ? AND hash <= ?", moved
    ).fetchall()
    _put(connection, level + 1, [(row[0], row[1]) for row in rows])
    connection.execute("DELETE FROM recent_anchors WHERE level = ? AND hash > ? AND hash <= ?", moved)
    connection.execute(
        "UPDATE anchor_levels SET moved_to = ? WHERE level = ?", [last[0] if last else _NO_HASH, level]
    )
    _count(connection, level, -len(rows))


def _size(connection: sqlite3.Connection, level: int) -> int:
    (anchors,) = connection.execute("SELECT anchors FROM anchor_levels WHERE level = ?", [level]).fetchone()
    return int(anchors)


def _count(connection: sqlite3.Connection, level: int, more: int) -> None:
    # Not by RETURNING: such a statement has SQLite write out what the full-text index has collected.
    connection.execute("UPDATE anchor_levels SET anchors = anchors + ? WHERE level = ?", [more, level])


def _nearest(connection: sqlite3.Connection, hashes: Sequence[int]) -> list[int]:
    """Articles by shared anchors, best first; an anchor that many have weighs little."""
    found = _articles(connection, hashes)
    weights: dict[int, float] = defaultdict(float)
    shared: Counter[int] = Counter()
    for anchor in hashes:
        for article_id in found[anchor]:
            weights[article_id] += 1 / (1 + len(found[anchor]))
            shared[article_id] += 1
    needed = _SHARED_ANCHORS if len(hashes) >= _ANCHORS_OF_A_TEXT else 1
    enough = [(weight, article_id) for article_id, weight in weights.items() if shared[article_id] >= needed]
    return [article_id for _, article_id in heapq.nlargest(_SIMILAR, enough)]


def _articles(connection: sqlite3.Connection, hashes: Sequence[int]) -> dict[int, list[int]]:
    """For each of *hashes* the newest articles that have it, in no order."""
    asked = {"hashes": json.dumps(hashes), "newest": _ARTICLES_PER_ANCHOR, "few": _FEW_ROWS}
    rows = connection.execute(f"{_EVERYWHERE} LIMIT :few", asked).fetchall()
    if len(rows) == _FEW_ROWS:
        rows = connection.execute(_NEWEST_EVERYWHERE, asked).fetchall()
    found: dict[int, set[int]] = {anchor: set() for anchor in hashes}
    for anchor, article_id in rows:
        found[anchor].add(article_id)
    return {anchor: heapq.nlargest(_ARTICLES_PER_ANCHOR, ids) for anchor, ids in found.items()}


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
