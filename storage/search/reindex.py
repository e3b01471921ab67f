"""Making the full-text indexes anew, in short transactions: a crawl goes on meanwhile, and a broken-off one is resumed.

What is still to be put in is kept in `meta`, where storage/search/index.py looks before it touches an article's entry.
"""

import sqlite3
from collections.abc import Callable

from storage import meta
from storage.analyser import VERSION
from storage.db import give_way, storage_errors, transaction
from storage.search import changes, index

# Articles of one transaction: 100 ms on one core, for which others wait.
BATCH = 50


@storage_errors
def rebuild(
    connection: sqlite3.Connection,
    *,
    batch: int = BATCH,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Make the indexes anew under the present analyser, or go on where another was broken off; how many articles.

    *on_progress* is told how many were done of how many, after each transaction. Until the end a search finds less.
    """
    whole = _begin(connection)
    done = 0
    while (number := _put_in(connection, batch)) is not None:
        done += number
        give_way(connection)
        if on_progress is not None:
            on_progress(done, max(whole, done))
    return done


def _begin(connection: sqlite3.Connection) -> int:
    """Empty the index unless it is half made already; how many articles are to be put in."""
    with transaction(connection):
        rest = index.pending(connection)
        before = meta.get(connection, meta.REINDEX)
        if before is None or before.analyser != VERSION:
            index.empty(connection)
            if meta.get(connection, meta.REINDEX_CHANGES) is not None:  # half made by another analyser
                changes.empty(connection)
            last = connection.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
            rest = range(1, last + 1)
            meta.put(connection, meta.REINDEX, meta.UnindexedRows(rest.start, rest.stop - 1))
    count = connection.execute(
        "SELECT count(*) FROM articles WHERE id >= ? AND id < ?", [rest.start, rest.stop]
    )
    return int(count.fetchone()[0])


def _put_in(connection: sqlite3.Connection, batch: int) -> int | None:
    """Put the next articles into the index; how many, None if nothing was left to do."""
    with transaction(connection):
        if meta.get(connection, meta.REINDEX) is None:
            return None
        rest = index.pending(connection)
        rows = connection.execute(
            """
            SELECT articles.id, articles.title, articles.language, article_texts.text, article_texts.analyser
            FROM articles JOIN article_texts ON article_texts.article_id = articles.id
            WHERE articles.id >= ? AND articles.id < ?
            ORDER BY articles.id LIMIT ?
            """,
            [rest.start, rest.stop, batch],
        ).fetchall()
        if not rows:
            if meta.get(connection, meta.REINDEX_CHANGES) is None:
                changes.empty(connection)
            if not changes.put_in(connection, batch):
                meta.put(connection, meta.REINDEX, None)
            return 0
        meta.put(connection, meta.REINDEX, meta.UnindexedRows(rows[-1]["id"] + 1, rest.stop - 1))
        for row in rows:
            index.index(connection, row["id"], row["title"], row["text"], row["language"])
            if row["analyser"] != VERSION:
                connection.execute(
                    "UPDATE article_texts SET analyser = ? WHERE article_id = ?", [VERSION, row["id"]]
                )
    return len(rows)
