"""The rules by which people are told."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.alerts import AlertRule


@storage_errors
def sync(connection: sqlite3.Connection, declared: Sequence[tuple[AlertRule, datetime | None]]) -> None:
    """Make the tables say what the settings say; each rule comes with the time of its next daily message.

    That time is taken where the hour or zone is new. For what waits under a rule that was taken out see
    `outbox.withdraw_gone`.
    """
    wanted = [(*_values(rule), to_iso(next_digest_at)) for rule, next_digest_at in declared]
    with transaction(connection):
        names = json.dumps([rule.name for rule, _ in declared])
        connection.execute(
            "UPDATE alert_rules SET enabled = 0 WHERE enabled AND name NOT IN (SELECT value FROM json_each(?))",
            [names],
        )
        for values in wanted:
            connection.execute(
                """
                INSERT INTO alert_rules (
                    name, kinds, topics, languages, review, channel, digest, timezone, next_digest_at
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE
                SET enabled = 1, kinds = excluded.kinds, topics = excluded.topics, languages = excluded.languages,
                    review = excluded.review, channel = excluded.channel,
                    next_digest_at = CASE WHEN enabled AND digest IS excluded.digest AND timezone = excluded.timezone
                                          THEN next_digest_at ELSE excluded.next_digest_at END,
                    digest = excluded.digest, timezone = excluded.timezone
                """,
                values,
            )


def enabled(connection: sqlite3.Connection, kind: str) -> list[sqlite3.Row]:
    """The rules of the settings that tell of *kind* ("match" or "health"), by id."""
    return connection.execute(
        "SELECT * FROM alert_rules WHERE enabled AND ? IN (SELECT value FROM json_each(kinds)) ORDER BY id",
        [kind],
    ).fetchall()


@storage_errors
def set_next_digest(connection: sqlite3.Connection, rule_id: int, at: datetime | None) -> None:
    """Write when the next daily message of a rule is due, inside the caller's transaction."""
    connection.execute("UPDATE alert_rules SET next_digest_at = ? WHERE id = ?", [to_iso(at), rule_id])


def _values(rule: AlertRule) -> tuple[object, ...]:
    """The columns that the settings fill."""
    return (
        rule.name,
        json.dumps(rule.kinds),
        json.dumps(rule.topics),
        json.dumps(rule.languages),
        int(rule.review),
        rule.channel,
        rule.digest,
        rule.timezone,
    )
