"""Other spellings of links that gave no article: a broken variant must not stand before the address that works.

A link is tried in rounds. In each every spelling has its turn, the outlet's own first, and only when all were in vain
has the link failed.
"""

import sqlite3

from storage.records.as_json import entry_to_json
from storage.records.sources import FeedEntry

# So many of the outlet's own and of others' are kept: a feed can make up as many as it likes.
_MOST = 4


def note(
    connection: sqlite3.Connection,
    link_id: int,
    feed_id: int | None,
    entry: FeedEntry,
    *,
    is_own: bool,
    is_tried: bool = False,
) -> bool:
    """Remember a spelling of a link, that a feed lists, inside the caller's transaction; whether it is a new one.

    *is_own*: the feed is of the outlet whose page it is; *is_tried*: it was in vain.
    """
    return (
        connection.execute(
            """
            INSERT INTO link_spellings (link_id, feed_id, url, entry, is_own, is_tried)
            SELECT :link, :feed, :url, :entry, :is_own, :is_tried
            WHERE (SELECT count(*) FROM link_spellings WHERE link_id = :link AND is_own = :is_own) < :most
            ON CONFLICT (link_id, url) DO NOTHING
            """,
            {
                "link": link_id,
                "feed": feed_id,
                "url": entry.url,
                "entry": entry_to_json(entry),
                "is_own": int(is_own),
                "is_tried": int(is_tried),
                "most": _MOST,
            },
        ).rowcount
        > 0
    )


def after_failure(connection: sqlite3.Connection, link_id: int, url: str) -> tuple[sqlite3.Row | None, bool]:
    """What to try after the spelling *url* of a link, inside the caller's transaction; whether in this round still.

    None if the link has no other spelling. What comes after a round is the first of the next one: the outlet's own.
    """
    # Tried once more: the pause is over, and all have their turn again.
    connection.execute(
        """
        UPDATE link_spellings SET is_tried = 0
        WHERE link_id = :link AND url <> :url
          AND EXISTS (SELECT 1 FROM link_spellings WHERE link_id = :link AND url = :url AND is_tried)
        """,
        {"link": link_id, "url": url},
    )
    connection.execute("UPDATE link_spellings SET is_tried = 1 WHERE link_id = ? AND url = ?", [link_id, url])
    following = _first(connection, link_id, tried=False)
    return (following, True) if following is not None else (_first(connection, link_id, tried=True), False)


def forget(connection: sqlite3.Connection, link_id: int) -> None:
    """Drop what is known of a link that gave an article, inside the caller's transaction."""
    connection.execute("DELETE FROM link_spellings WHERE link_id = ?", [link_id])


def _first(connection: sqlite3.Connection, link_id: int, *, tried: bool) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        """
        SELECT link_spellings.url, link_spellings.entry, link_spellings.feed_id, feeds.source_id
        FROM link_spellings LEFT JOIN feeds ON feeds.id = link_spellings.feed_id
        WHERE link_id = ? AND is_tried = ?
        ORDER BY is_own DESC, link_spellings.id LIMIT 1
        """,
        [link_id, int(tried)],
    ).fetchone()
    return row
