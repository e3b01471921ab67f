"""All anchors of a database, in whatever level they are."""

import sqlite3


def anchor_pairs(connection: sqlite3.Connection) -> set[tuple[int, int]]:
    """Each hash with each article that is found by it."""
    rows = connection.execute(
        "SELECT hash, article_id FROM anchors UNION SELECT hash, article_id FROM recent_anchors"
    )
    return {(row[0], row[1]) for row in rows}
