"""Second looks: what each look at a kept article gave, and what follows from it."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.articles import addresses, revisions
from storage.db import storage_errors, to_iso, transaction
from storage.records.looks import Absence, Answer, Look, Neighbour, Watch

# Pages of a source among which one of the same host is sought.
_NEIGHBOURS = 100


def note_reading(connection: sqlite3.Connection, article_id: int, answer: Answer) -> None:
    """Keep what an article was last read from, for the next look; inside the caller's transaction."""
    connection.execute(
        """
        UPDATE watches
        SET etag = ?, last_modified = ?, body_hash = ?, absences = '[]', failures = 0
        WHERE article_id = ?
        """,
        [answer.etag, answer.last_modified, answer.body_hash, article_id],
    )


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
        connection.execute(
            """
            UPDATE watches
            SET due_at = :due_at, ended = coalesce(ended, :ended), run_id = NULL, failures = :failures,
                absences = :absences, looks = looks + :is_look,
                looked_at = CASE WHEN :is_look THEN :at ELSE looked_at END
            WHERE article_id = :article
            """,
            {
                "due_at": to_iso(look.next_due_at),
                "ended": look.ended,
                "failures": look.failures,
                "absences": _absences_to_json(look.absences),
                "is_look": look.outcome != "skipped",
                "at": at,
                "article": article_id,
            },
        )
        if look.moved_to is not None:
            addresses.move(connection, article_id, *look.moved_to)
        if look.state is not None:
            connection.execute("UPDATE articles SET state = ? WHERE id = ?", [look.state, article_id])
        if look.answer is not None:
            note_reading(connection, article_id, look.answer)
            connection.execute("UPDATE articles SET fetched_at = ? WHERE id = ?", [at, article_id])
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


def _absences_to_json(absences: Sequence[Absence]) -> str:
    return json.dumps(
        [
            {
                "at": to_iso(one.at),
                "reason": one.reason,
                "url": one.url,
                "status": one.status,
                "detail": one.detail,
            }
            for one in absences
        ]
    )
