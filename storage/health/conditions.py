"""Conditions: what is out of the ordinary with a source, a topic or the daemon, from when to when."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.alerts.alerts import tell_condition
from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.health import Condition


@storage_errors
def lasting(connection: sqlite3.Connection) -> list[Condition]:
    """The conditions that last, oldest first."""
    return _read(connection, "WHERE conditions.until IS NULL ORDER BY conditions.since, conditions.id", [])


@storage_errors
def since(connection: sqlite3.Connection, at: datetime) -> list[Condition]:
    """The conditions that ended at *at* or later, newest first."""
    return _read(connection, "WHERE conditions.until >= ? ORDER BY conditions.id DESC", [to_iso(at)])


@storage_errors
def update(
    connection: sqlite3.Connection,
    *,
    began: Sequence[Condition],
    goes_on: Sequence[Condition],
    ended: Sequence[Condition],
    now: datetime,
    dropped: Sequence[Condition] = (),
) -> None:
    """Write down what began (one with an end has begun and ended), the new figures of what goes on, and what ended.

    Who asked to be told of health is told, in the same transaction; of what goes on, or was *dropped* because its
    source or topic is no more, nobody is. One that began though it lasts already, or ended though it does not, is
    passed over.
    """
    with transaction(connection):
        for condition in began:
            _begin(connection, condition, now)
        for condition in goes_on:
            row = _open_row(connection, condition)
            if row is not None:
                connection.execute(
                    "UPDATE conditions SET detail = ? WHERE id = ?", [condition.detail, row["id"]]
                )
        for condition in (*ended, *dropped):
            row = _open_row(connection, condition)
            if row is not None:
                connection.execute("UPDATE conditions SET until = ? WHERE id = ?", [to_iso(now), row["id"]])
                if condition not in dropped:
                    tell_condition(connection, row["id"], "ended", now)


def _begin(connection: sqlite3.Connection, condition: Condition, now: datetime) -> None:
    if condition.until is None and _open_row(connection, condition) is not None:
        return
    row = connection.execute(
        """
        INSERT INTO conditions (kind, source_id, topic_id, since, noticed_at, until, detail)
        VALUES (
            ?, (SELECT id FROM sources WHERE name = ?), (SELECT id FROM topics WHERE name = ?), ?, ?, ?, ?
        )
        RETURNING id
        """,
        [
            condition.kind, condition.source, condition.topic, to_iso(condition.since), to_iso(now),
            to_iso(condition.until), condition.detail,
        ],
    ).fetchone()  # fmt: skip
    tell_condition(connection, row["id"], "began" if condition.until is None else "ended", now)


def _open_row(connection: sqlite3.Connection, condition: Condition) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        """
        SELECT id FROM conditions
        WHERE kind = ? AND until IS NULL
            AND source_id IS (SELECT id FROM sources WHERE name = ?)
            AND topic_id IS (SELECT id FROM topics WHERE name = ?)
        """,
        [condition.kind, condition.source, condition.topic],
    ).fetchone()
    return row


def _read(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Condition]:
    rows = connection.execute(
        f"""
        SELECT conditions.*, sources.name AS source, topics.name AS topic
        FROM conditions
        LEFT JOIN sources ON sources.id = conditions.source_id
        LEFT JOIN topics ON topics.id = conditions.topic_id
        {where}
        """,
        list(values),
    )
    return [
        Condition(
            kind=row["kind"],
            since=datetime.fromisoformat(row["since"]),
            detail=row["detail"],
            source=row["source"],
            topic=row["topic"],
            until=from_iso(row["until"]),
            noticed_at=datetime.fromisoformat(row["noticed_at"]),
        )
        for row in rows
    ]
