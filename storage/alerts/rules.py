"""The rules by which people are told, and what there is to tell, in the transaction that stores what it is about."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.alerts import AlertRule


@storage_errors
def sync(
    connection: sqlite3.Connection, declared: Sequence[tuple[AlertRule, datetime | None]], now: datetime
) -> None:
    """Make the tables say what the settings say; each rule comes with the time of its next daily message.

    That time is taken where the hour or zone is new. What waits under a rule that was taken out is withdrawn.
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
        _withdraw(connection, now)


def tell_matches(
    connection: sqlite3.Connection,
    article_id: int,
    topics: Iterable[str],
    at: datetime,
    *,
    news_since: datetime,
) -> None:
    """Put an article that has newly met *topics* into the outbox, inside the caller's transaction.

    Each rule tells a story once: nothing is told of an article whose story it has told, or knew already as a seed, an
    import or an earlier match; nor of one that was a match before, or was published before *news_since*. A
    follow-up is a story of its own.
    """
    article = connection.execute(
        """
        SELECT language, published_at, coalesce((
            SELECT original_id FROM copies WHERE article_id = articles.id AND relation <> 'follow_up'
        ), id) AS head
        FROM articles WHERE id = ?
        """,
        [article_id],
    ).fetchone()
    if article["published_at"] and article["published_at"] < (to_iso(news_since) or ""):
        return
    for rule in _enabled(connection, "match"):
        found = _wanted(connection, rule, article_id, article["language"], tuple(topics))
        if not found or _is_told(connection, rule, article_id, article["head"]):
            continue
        connection.executemany(
            """
            INSERT INTO alerts (rule_id, kind, topic_id, article_id, created_at) VALUES (?, 'match', ?, ?, ?)
            """,
            [(rule["id"], topic_id, article_id, to_iso(at)) for topic_id in found],
        )


def tell_condition(connection: sqlite3.Connection, condition_id: int, change: str, at: datetime) -> None:
    """Put a condition that *change* ("began" or "ended") into the outbox, inside the caller's transaction."""
    row = connection.execute(
        """
        SELECT topics.name AS topic FROM conditions LEFT JOIN topics ON topics.id = conditions.topic_id
        WHERE conditions.id = ?
        """,
        [condition_id],
    ).fetchone()
    for rule in _enabled(connection, "health"):
        topics = json.loads(rule["topics"])
        if row["topic"] is None or not topics or row["topic"] in topics:
            connection.execute(
                """
                INSERT INTO alerts (rule_id, kind, condition_id, change, created_at) VALUES (?, 'health', ?, ?, ?)
                """,
                [rule["id"], condition_id, change, to_iso(at)],
            )


def _enabled(connection: sqlite3.Connection, kind: str) -> list[sqlite3.Row]:
    return connection.execute(
        "SELECT * FROM alert_rules WHERE enabled AND ? IN (SELECT value FROM json_each(kinds)) ORDER BY id",
        [kind],
    ).fetchall()


def _wanted(
    connection: sqlite3.Connection,
    rule: sqlite3.Row,
    article_id: int,
    language: str | None,
    topics: tuple[str, ...],
) -> list[int]:
    """The topics, of *topics*, that the rule tells the article for."""
    languages = json.loads(rule["languages"])
    if languages and language not in languages:
        return []
    rows = connection.execute(
        """
        SELECT matches.topic_id
        FROM matches JOIN topics ON topics.id = matches.topic_id
        WHERE matches.article_id = :article
            AND topics.name IN (SELECT value FROM json_each(:topics))
            AND (:rule_topics = '[]' OR topics.name IN (SELECT value FROM json_each(:rule_topics)))
            AND (matches.band = 'match' OR :review)
            AND NOT EXISTS (
                SELECT 1 FROM past_matches
                WHERE past_matches.topic_id = matches.topic_id AND past_matches.article_id = matches.article_id
                    AND (past_matches.band = 'match' OR :review)
            )
        ORDER BY matches.topic_id
        """,
        {
            "article": article_id,
            "topics": json.dumps(topics),
            "rule_topics": rule["topics"],
            "review": rule["review"],
        },
    )
    return [row["topic_id"] for row in rows]


def _is_told(connection: sqlite3.Connection, rule: sqlite3.Row, article_id: int, head: int) -> bool:
    """Whether the rule has told the story, or it is one that was known."""
    found = connection.execute(
        """
        WITH story AS (
            SELECT :head AS id
            UNION SELECT article_id FROM copies WHERE original_id = :head AND relation <> 'follow_up'
        )
        SELECT 1 FROM story JOIN articles ON articles.id = story.id
        WHERE EXISTS (SELECT 1 FROM alerts WHERE alerts.article_id = story.id AND alerts.rule_id = :rule)
            OR articles.id <> :article AND articles.origin <> 'crawl'
            OR articles.id <> :article AND EXISTS (
                SELECT 1 FROM matches JOIN topics ON topics.id = matches.topic_id
                WHERE matches.article_id = articles.id
                    AND (matches.band = 'match' OR :review)
                    AND (:topics = '[]' OR topics.name IN (SELECT value FROM json_each(:topics)))
                    AND (:languages = '[]' OR articles.language IN (SELECT value FROM json_each(:languages)))
            )
        LIMIT 1
        """,
        {
            "head": head,
            "article": article_id,
            "rule": rule["id"],
            "review": rule["review"],
            "topics": rule["topics"],
            "languages": rule["languages"],
        },
    ).fetchone()
    return found is not None


def _withdraw(connection: sqlite3.Connection, now: datetime) -> None:
    """Give up what waits under rules that are no more."""
    gone = "SELECT id FROM alert_rules WHERE NOT enabled"
    connection.execute(
        f"""
        UPDATE alert_messages SET state = 'withdrawn', next_try_at = NULL
        WHERE state = 'waiting' AND rule_id IN ({gone})
        """
    )
    waiting = connection.execute(
        f"SELECT DISTINCT rule_id FROM alerts WHERE message_id IS NULL AND rule_id IN ({gone})"
    ).fetchall()
    for row in waiting:
        message = connection.execute(
            """
            INSERT INTO alert_messages (rule_id, state, created_at, key)
            VALUES (?, 'withdrawn', ?, lower(hex(randomblob(16)))) RETURNING id
            """,
            [row["rule_id"], to_iso(now)],
        ).fetchone()
        connection.execute(
            "UPDATE alerts SET message_id = ? WHERE rule_id = ? AND message_id IS NULL",
            [message["id"], row["rule_id"]],
        )


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
