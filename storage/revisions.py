"""Revisions: the texts that an article has had."""

import sqlite3

from storage import search
from storage.analyser import VERSION
from storage.db import to_iso
from storage.intents import Reading, Revision


def revise(connection: sqlite3.Connection, article_id: int, reading: Reading, revision: Revision) -> None:
    """Replace an article's text by the one that was read and keep both, inside the caller's transaction.

    The first text becomes revision 1 with the first change.
    """
    article, read_at = reading.article, to_iso(reading.read_at)
    connection.execute(
        """
        INSERT INTO revisions (article_id, number, seen_at, title, text, text_hash)
        SELECT articles.id, 1, articles.fetched_at, articles.title, article_texts.text, articles.text_hash
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id
        WHERE articles.id = ? AND articles.revisions = 0
        """,
        [article_id],
    )
    search.unindex(connection, article_id)
    connection.execute(
        """
        INSERT INTO revisions (article_id, number, seen_at, title, text, added, removed, text_hash)
        SELECT id, revisions + 2, ?, ?, ?, ?, ?, ? FROM articles WHERE id = ?
        """,
        [
            read_at, article.title, article.text, revision.added, revision.removed, reading.text_hash, article_id,
        ],
    )  # fmt: skip
    # The publication date is the first one stated: an edited page often shows the day of the edit.
    connection.execute(
        """
        UPDATE articles
        SET title = ?, language = ?, words = ?, fetched_at = ?, modified_at = ?, text_hash = ?,
            revisions = revisions + 1
        WHERE id = ?
        """,
        [
            article.title, article.language, article.words, read_at,
            to_iso(article.modified.at) if article.modified else None, reading.text_hash, article_id,
        ],
    )  # fmt: skip
    connection.execute(
        "UPDATE article_texts SET text = ?, analyser = ? WHERE article_id = ?",
        [article.text, VERSION, article_id],
    )
    search.index(connection, article_id, article.title, article.text, article.language)
