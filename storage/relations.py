"""Relations between articles: who repeats whom, and the address that a copy gives to a seed."""

import sqlite3

from storage.db import to_iso
from storage.intents import Copy, Intent


def relate(connection: sqlite3.Connection, article_id: int, copies: tuple[Copy, ...]) -> None:
    """Write the group's relations anew, inside the caller's transaction: its head may have changed."""
    for copy in copies:
        members = [article_id if one is None else one for one in (copy.article_id, copy.original_id)]
        connection.execute("DELETE FROM copies WHERE article_id IN (?, ?)", members)
    for copy in copies:
        connection.execute(
            """
            INSERT INTO copies (article_id, original_id, relation, similarity, first_by, lag_s)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                article_id if copy.article_id is None else copy.article_id,
                article_id if copy.original_id is None else copy.original_id,
                copy.relation,
                copy.similarity,
                copy.first_by,
                copy.lag_s,
            ],
        )


def give_address(connection: sqlite3.Connection, intent: Intent, article_id: int) -> None:
    """Give the address of a crawled copy to the seeds that have none, with the evidence as an event."""
    reading = intent.reading
    for seed_id in intent.gives_address_to:
        connection.execute(
            "UPDATE articles SET url = ? WHERE id = ? AND url IS NULL", [reading.article.url, seed_id]
        )
        connection.execute(
            """
            INSERT INTO article_events (article_id, happened_at, event, detail)
            VALUES (?, ?, 'address_found', ?)
            """,
            [
                seed_id,
                to_iso(reading.read_at),
                f"the same text is article {article_id}: {reading.article.url}",
            ],
        )
