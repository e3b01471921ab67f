"""Second looks: what each look at a kept article gave, and what follows from it."""

import sqlite3
from datetime import datetime

from storage.articles import addresses, revisions, rows, watches
from storage.db import storage_errors, to_iso, transaction
from storage.records.looks import Look, Neighbour, Watch

# Pages of a source among which one of the same host is sought.
_NEIGHBOURS = 100


@storage_errors
def record(connection: sqlite3.Connection, look: Look, *, run_id: int) -> None:
    """Write down a look with what follows from it: state, events, the next look."""
    article_id, at = look.watch.article_id, to_iso(look.looked_at)
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO looks (article_id, source_id, run_id, looked_at, outcome, status, reason, detail, next_due_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                article_id, look.watch.source_id, run_id, at, look.outcome, look.status, look.reason,
                look.detail or None, to_iso(look.next_due_at),
            ],
        )  # fmt: skip
        watches.note_look(connection, look)
        if look.moved_to is not None and addresses.move(connection, article_id, *look.moved_to):
            watches.forget_validators(connection, article_id)
        if look.state is not None:
            rows.set_state(connection, article_id, look.state)
        if look.answer is not None:
            watches.note_reading(connection, article_id, look.answer)
            rows.note_fetched(connection, article_id, look.looked_at)
        for event in look.events:
            revisions.add_event(connection, article_id, look.looked_at, event)


@storage_errors
def neighbours(connection: sqlite3.Connection, watch: Watch, since: datetime) -> list[Neighbour]:
    """Other pages of the watch's source that were read as articles since then, latest first; of whatever host."""
    rows = connection.execute(
        """
        SELECT * FROM (
            SELECT articles.url, looks.looked_at AS at
            FROM looks JOIN articles ON articles.id = looks.article_id
            WHERE looks.source_id = :source AND looks.looked_at >= :since AND looks.article_id <> :article
              AND looks.outcome IN ('unchanged', 'not_modified', 'revised')
            ORDER BY looks.looked_at DESC LIMIT :limit
        )
        UNION ALL
        SELECT * FROM (
            SELECT url, fetched_at AS at FROM links
            WHERE source_id = :source AND fetched_at >= :since AND state IN ('fetched', 'off_topic')
              AND reason IS NULL AND article_id IS NOT :article
            ORDER BY id DESC LIMIT :limit
        )
        ORDER BY at DESC
        """,
        {
            "source": watch.source_id,
            "article": watch.article_id,
            "since": to_iso(since),
            "limit": _NEIGHBOURS,
        },
    )
    return [Neighbour(row["url"], datetime.fromisoformat(row["at"])) for row in rows]


def remove(connection: sqlite3.Connection, ids: str) -> None:
    """Take out the looks of *ids*, a JSON list, that are folded; inside the caller's transaction."""
    connection.execute("DELETE FROM looks WHERE id IN (SELECT value FROM json_each(?))", [ids])
