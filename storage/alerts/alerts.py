"""What there is to tell, in the transaction that stores what it is about, and the message that tells it."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from storage.alerts import rules
from storage.db import to_iso


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
    for rule in rules.enabled(connection, "match"):
        topic_ids = _wanted(connection, rule, article_id, article["language"], tuple(topics))
        if not topic_ids or _is_told(connection, rule, article_id, article["head"]):
            continue
        connection.executemany(
            """
            INSERT INTO alerts (rule_id, kind, topic_id, article_id, created_at) VALUES (?, 'match', ?, ?, ?)
            """,
            [(rule["id"], topic_id, article_id, to_iso(at)) for topic_id in topic_ids],
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
    for rule in rules.enabled(connection, "health"):
        topics = json.loads(rule["topics"])
        if row["topic"] is None or not topics or row["topic"] in topics:
            connection.execute(
                """
                INSERT INTO alerts (rule_id, kind, condition_id, change, created_at) VALUES (?, 'health', ?, ?, ?)
                """,
                [rule["id"], condition_id, change, to_iso(at)],
            )


def waiting(connection: sqlite3.Connection, rule_id: int, most: int) -> list[int]:
    """The alerts under a rule that no message tells yet, the first *most* by id."""
    rows = connection.execute(
        "SELECT id FROM alerts WHERE rule_id = ? AND message_id IS NULL ORDER BY id LIMIT ?", [rule_id, most]
    )
    return [row["id"] for row in rows]


def put_into(connection: sqlite3.Connection, alert_ids: Iterable[int], message_id: int) -> None:
    """Let a message tell these alerts, inside the caller's transaction."""
    connection.executemany(
        "UPDATE alerts SET message_id = ? WHERE id = ?", [(message_id, alert_id) for alert_id in alert_ids]
    )


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
    row = connection.execute(
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
    return row is not None
