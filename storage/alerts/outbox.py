"""The outbox: alerts put together to messages, and what became of these.

A message is written down with its key before it is sent for the first time, so that one whose sending was broken off
goes out again under the same key.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.alerts import alerts, rules
from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.alerts import (
    Contents,
    DueMessage,
    DueRule,
    RuleState,
    ToldArticle,
    ToldChange,
    ToldCondition,
    ToldTopic,
)

# In a daily message; a site that touches every article of its archive must not fill it.
MOST_CHANGES = 50

# What a message tells is what was written down since the message before it, whenever it was seen: an edit that a worker
# saw before that message may be stored after it. Messages of earlier versions knew no rows: theirs goes by time. What
# was seen a month before the last message is no news, but history that was imported.
_CHANGES = """
SELECT changed.*, articles.id, articles.title, articles.url, coalesce(nullif(sources.title, ''), sources.name) AS outlet
FROM (
    SELECT * FROM (
        SELECT article_id, seen_at AS at, 'edited' AS what, silent, added, removed,
            id > :told_revision AS is_new
        FROM revisions
        WHERE id <= coalesce(:last_revision, id) AND number > 1 AND kind IS NOT 're-extracted'
        ORDER BY id DESC LIMIT 5000
    )
    UNION ALL
    SELECT * FROM (
        SELECT article_id, happened_at, event, 0, '', '', id > :told_event FROM article_events
        WHERE id <= coalesce(:last_event, id) AND event IN ('deleted', 'returned', 'moved', 'replaced')
        ORDER BY id DESC LIMIT 5000
    )
) AS changed
JOIN articles ON articles.id = changed.article_id
JOIN sources ON sources.id = articles.source_id
WHERE CASE
        WHEN changed.is_new IS NULL THEN changed.at > :since
        ELSE changed.is_new AND changed.at > strftime('%Y-%m-%dT%H:%M:%S+00:00', :since, '-30 days')
    END
    AND (:last_revision IS NOT NULL OR changed.at <= :until)
    AND (:languages = '[]' OR articles.language IN (SELECT value FROM json_each(:languages)))
    AND EXISTS (
        SELECT 1 FROM matches JOIN topics ON topics.id = matches.topic_id
        WHERE matches.article_id = articles.id
            AND matches.band = 'match'
            AND (:topics = '[]' OR topics.name IN (SELECT value FROM json_each(:topics)))
    )
ORDER BY changed.at DESC, articles.id DESC
LIMIT :most
"""


@storage_errors
def due_rules(
    connection: sqlite3.Connection, now: datetime, *, pause: timedelta = timedelta(0)
) -> list[DueRule]:
    """The rules under which a message is to be put together, by id.

    Those that are told at once, once something waits and the last message is *pause* old; the others at their hour. One
    whose last message is still being tried is left out: what comes meanwhile joins the next.
    """
    rows = connection.execute(
        """
        SELECT id, name, digest, timezone FROM alert_rules AS rule
        WHERE enabled
            AND NOT EXISTS (SELECT 1 FROM alert_messages WHERE rule_id = rule.id AND state = 'waiting')
            AND (
                rule.next_digest_at <= :now
                OR rule.digest IS NULL
                    AND EXISTS (SELECT 1 FROM alerts WHERE rule_id = rule.id AND message_id IS NULL)
                    AND NOT EXISTS (
                        SELECT 1 FROM alert_messages
                        WHERE rule_id = rule.id AND state <> 'withdrawn' AND created_at > :late AND created_at <= :now
                    )
            )
        ORDER BY id
        """,
        {"now": to_iso(now), "late": to_iso(now - pause)},
    )
    return [DueRule(row["id"], row["name"], row["digest"], row["timezone"]) for row in rows]


@storage_errors
def digests_later_than(connection: sqlite3.Connection, at: datetime) -> list[DueRule]:
    """The rules whose next daily message is to come later than *at*, by id."""
    rows = connection.execute(
        "SELECT id, name, digest, timezone FROM alert_rules WHERE enabled AND next_digest_at > ? ORDER BY id",
        [to_iso(at)],
    )
    return [DueRule(row["id"], row["name"], row["digest"], row["timezone"]) for row in rows]


@storage_errors
def put_together(
    connection: sqlite3.Connection,
    rule_id: int,
    *,
    key: str,
    now: datetime,
    next_digest_at: datetime | None,
    most: int = 1_000,
) -> bool:
    """Make a message of what waits under a rule, of *most* alerts; whether there was anything to tell.

    A daily message is made of what was edited or removed alone, too.
    """
    with transaction(connection):
        rules.set_next_digest(connection, rule_id, next_digest_at)
        waiting = alerts.waiting(connection, rule_id, most)
        until = connection.execute(
            """
            SELECT :now AS created_at, (SELECT coalesce(max(id), 0) FROM revisions) AS revision,
                (SELECT coalesce(max(id), 0) FROM article_events) AS event
            """,
            {"now": to_iso(now)},
        ).fetchone()
        if not waiting and not _changes(connection, rule_id, until):
            return False
        message = connection.execute(
            """
            INSERT INTO alert_messages (rule_id, state, created_at, next_try_at, key, told_revision, told_event)
            VALUES (:rule, 'waiting', :created_at, :created_at, :key, :revision, :event) RETURNING id
            """,
            {**dict(until), "rule": rule_id, "key": key},
        ).fetchone()
        alerts.put_into(connection, waiting, message["id"])
    return True


@storage_errors
def due_messages(connection: sqlite3.Connection, now: datetime) -> list[DueMessage]:
    """The oldest message of each rule that is to be sent now, by id."""
    rows = connection.execute(
        """
        SELECT min(alert_messages.id) AS id, key, name, created_at, tries
        FROM alert_messages JOIN alert_rules ON alert_rules.id = alert_messages.rule_id
        WHERE state = 'waiting' AND next_try_at <= ? AND enabled
        GROUP BY rule_id
        ORDER BY 1
        """,
        [to_iso(now)],
    )
    return [
        DueMessage(
            row["id"], row["key"], row["name"], datetime.fromisoformat(row["created_at"]), row["tries"]
        )
        for row in rows
    ]


@storage_errors
def contents(connection: sqlite3.Connection, message_id: int) -> Contents:
    """What a message tells, as it is stored now."""
    rows = connection.execute(
        """
        SELECT articles.id, articles.title, sources.name AS source, sources.title AS source_title, articles.url,
            articles.language,
            articles.published_at, articles.published_precision, articles.first_seen_at,
            topics.name AS topic, topics.title AS topic_title,
            matches.score, matches.reason, matches.terms, matches.explanation
        FROM alerts
        JOIN articles ON articles.id = alerts.article_id
        JOIN sources ON sources.id = articles.source_id
        JOIN topics ON topics.id = alerts.topic_id
        LEFT JOIN matches ON matches.article_id = alerts.article_id AND matches.topic_id = alerts.topic_id
        WHERE alerts.message_id = ?
        ORDER BY alerts.id
        """,
        [message_id],
    ).fetchall()
    topics: dict[int, list[ToldTopic]] = {}
    first = {row["id"]: row for row in reversed(rows)}
    for row in rows:
        topics.setdefault(row["id"], []).append(_topic(row))
    carriers = {article_id: _carriers(connection, article_id) for article_id in topics}
    articles = tuple(
        _article(first[article_id], tuple(told), carriers[article_id]) for article_id, told in topics.items()
    )
    message = connection.execute(
        """
        SELECT rule_id, created_at, told_revision AS revision, told_event AS event FROM alert_messages WHERE id = ?
        """,
        [message_id],
    ).fetchone()
    changes = _changes(connection, message["rule_id"], message, message_id)
    return Contents(articles, _conditions(connection, message_id), changes)


@storage_errors
def record_sent(connection: sqlite3.Connection, message_id: int, now: datetime) -> None:
    """Write down that the channel took a message."""
    connection.execute(
        """
        UPDATE alert_messages SET state = 'sent', sent_at = ?, next_try_at = NULL, error = NULL
        WHERE id = ? AND state = 'waiting'
        """,
        [to_iso(now), message_id],
    )


@storage_errors
def record_failure(
    connection: sqlite3.Connection, message_id: int, error: str, next_try_at: datetime | None
) -> None:
    """Write down that a message was sent in vain; it is tried again at *next_try_at*, or given up."""
    connection.execute(
        """
        UPDATE alert_messages
        SET tries = tries + 1, error = :error, next_try_at = :next,
            state = CASE WHEN :next IS NULL THEN 'failed' ELSE state END
        WHERE id = :id AND state = 'waiting'
        """,
        {"id": message_id, "error": error, "next": to_iso(next_try_at)},
    )


@storage_errors
def withdraw_gone(connection: sqlite3.Connection, now: datetime) -> None:
    """Give up what waits under rules that were taken out of the settings."""
    gone = "SELECT id FROM alert_rules WHERE NOT enabled"
    with transaction(connection):
        connection.execute(
            f"""
            UPDATE alert_messages SET state = 'withdrawn', next_try_at = NULL
            WHERE state = 'waiting' AND rule_id IN ({gone})
            """
        )
        orphaned = connection.execute(
            f"""
            SELECT rule_id, json_group_array(id) AS ids FROM alerts
            WHERE message_id IS NULL AND rule_id IN ({gone})
            GROUP BY rule_id
            """
        ).fetchall()
        for row in orphaned:
            message = connection.execute(
                """
                INSERT INTO alert_messages (rule_id, state, created_at, key)
                VALUES (?, 'withdrawn', ?, lower(hex(randomblob(16)))) RETURNING id
                """,
                [row["rule_id"], to_iso(now)],
            ).fetchone()
            alerts.put_into(connection, json.loads(row["ids"]), message["id"])


@storage_errors
def forget_removed_rows(connection: sqlite3.Connection) -> None:
    """Have messages name no row that was removed: SQLite gives the newest rows' numbers again to those that come."""
    for column, table in (("told_revision", "revisions"), ("told_event", "article_events")):
        connection.execute(
            f"""
            UPDATE alert_messages SET {column} = (SELECT coalesce(max(id), 0) FROM {table})
            WHERE {column} > (SELECT coalesce(max(id), 0) FROM {table})
            """
        )


@storage_errors
def withdraw(connection: sqlite3.Connection, message_id: int) -> None:
    """Give up a message all of whose articles are gone."""
    connection.execute(
        "UPDATE alert_messages SET state = 'withdrawn', next_try_at = NULL WHERE id = ?", [message_id]
    )


@storage_errors
def retry(connection: sqlite3.Connection, now: datetime, rules: Sequence[str] = ()) -> int:
    """Have the messages that failed or wait for their next try sent now; how many. Of these *rules*, or of all."""
    with transaction(connection):
        return connection.execute(
            """
            UPDATE alert_messages SET state = 'waiting', tries = 0, next_try_at = :now
            WHERE (state = 'failed' OR state = 'waiting' AND tries > 0) AND rule_id IN (
                SELECT id FROM alert_rules
                WHERE enabled AND (:rules = '[]' OR name IN (SELECT value FROM json_each(:rules)))
            )
            """,
            {"now": to_iso(now), "rules": json.dumps(list(rules))},
        ).rowcount


@storage_errors
def messages(connection: sqlite3.Connection, states: Sequence[str], limit: int) -> list[sqlite3.Row]:
    """The latest messages in one of *states*, newest first, at most *limit*: with rule, channel and alerts."""
    return connection.execute(
        """
        SELECT alert_messages.id, key, alert_rules.name AS rule, channel, state, created_at, tries, next_try_at,
            sent_at, error, (SELECT count(*) FROM alerts WHERE message_id = alert_messages.id) AS alerts
        FROM alert_messages JOIN alert_rules ON alert_rules.id = alert_messages.rule_id
        WHERE state IN (SELECT value FROM json_each(?))
        ORDER BY alert_messages.id DESC LIMIT ?
        """,
        [json.dumps(list(states)), limit],
    ).fetchall()


@storage_errors
def rule_states(connection: sqlite3.Connection) -> list[RuleState]:
    """The rules of the settings with how their messages fare, by name."""
    rows = connection.execute(
        """
        SELECT rule.*,
            (SELECT count(*) FROM alerts WHERE rule_id = rule.id AND message_id IS NULL)
            + (SELECT count(*) FROM alert_messages JOIN alerts ON alerts.message_id = alert_messages.id
               WHERE alert_messages.rule_id = rule.id AND state = 'waiting') AS waiting,
            (SELECT count(*) FROM alert_messages WHERE rule_id = rule.id AND state = 'failed') AS failed,
            (SELECT max(sent_at) FROM alert_messages WHERE rule_id = rule.id) AS last_sent_at,
            (SELECT error FROM alert_messages WHERE rule_id = rule.id AND state <> 'withdrawn'
             ORDER BY id DESC LIMIT 1) AS last_error
        FROM alert_rules AS rule WHERE enabled ORDER BY name
        """
    )
    return [
        RuleState(
            name=row["name"],
            kinds=tuple(json.loads(row["kinds"])),
            topics=tuple(json.loads(row["topics"])),
            channel=row["channel"],
            digest=row["digest"],
            timezone=row["timezone"],
            next_digest_at=from_iso(row["next_digest_at"]),
            waiting=row["waiting"],
            failed=row["failed"],
            last_sent_at=from_iso(row["last_sent_at"]),
            last_error=row["last_error"],
        )
        for row in rows
    ]


def _conditions(connection: sqlite3.Connection, message_id: int) -> tuple[ToldCondition, ...]:
    rows = connection.execute(
        """
        SELECT conditions.kind, alerts.change, conditions.since, conditions.until, conditions.detail,
            sources.name AS source, topics.name AS topic
        FROM alerts
        JOIN conditions ON conditions.id = alerts.condition_id
        LEFT JOIN sources ON sources.id = conditions.source_id
        LEFT JOIN topics ON topics.id = conditions.topic_id
        WHERE alerts.message_id = ?
        ORDER BY alerts.id
        """,
        [message_id],
    )
    return tuple(
        ToldCondition(
            kind=row["kind"],
            change=row["change"],
            subject=row["source"] or row["topic"] or "",
            about="source" if row["source"] else "topic" if row["topic"] else "daemon",
            since=datetime.fromisoformat(row["since"]),
            until=from_iso(row["until"]),
            detail=row["detail"],
        )
        for row in rows
    )


def _carriers(connection: sqlite3.Connection, article_id: int) -> tuple[str, ...]:
    """The other outlets that have the story of an article, each once, by when they were first seen with it."""
    rows = connection.execute(
        """
        WITH head AS (
            SELECT coalesce((
                SELECT original_id FROM copies WHERE article_id = :article AND relation <> 'follow_up'
            ), :article) AS id
        ),
        story AS (
            SELECT id FROM head
            UNION SELECT article_id FROM copies
            WHERE original_id = (SELECT id FROM head) AND relation <> 'follow_up'
        )
        SELECT coalesce(nullif(sources.title, ''), sources.name) AS outlet
        FROM story
        JOIN articles ON articles.id = story.id
        JOIN sources ON sources.id = articles.source_id
        WHERE articles.source_id <> (SELECT source_id FROM articles WHERE id = :article)
        GROUP BY sources.id
        ORDER BY min(articles.first_seen_at), min(articles.id)
        """,
        {"article": article_id},
    )
    return tuple(row["outlet"] for row in rows)


def _changes(
    connection: sqlite3.Connection, rule_id: int, until: sqlite3.Row, before: int | None = None
) -> tuple[ToldChange, ...]:
    """What was edited, removed and the like since the last daily message of the rule, or in the day before its first.

    Of matches of the rule's topics in its languages, up to the newest rows named in *until*; the latest first, at most
    MOST_CHANGES among the newest 5,000 edits and events, which have no index by time. () of a rule that tells at once.
    The last message is that before the message *before*, or the newest.
    """
    rule = connection.execute(
        """
        SELECT topics, languages FROM alert_rules
        WHERE id = ? AND digest IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(kinds) WHERE value = 'match')
        """,
        [rule_id],
    ).fetchone()
    if rule is None:
        return ()
    last = connection.execute(
        """
        SELECT * FROM (
            SELECT created_at AS since, told_revision, told_event FROM alert_messages
            WHERE rule_id = :rule AND state <> 'withdrawn' AND (:before IS NULL OR id < :before)
            ORDER BY id DESC LIMIT 1
        )
        UNION ALL
        SELECT strftime('%Y-%m-%dT%H:%M:%S+00:00', :until, '-1 day'), NULL, NULL
        LIMIT 1
        """,
        {"rule": rule_id, "before": before, "until": until["created_at"]},
    ).fetchone()
    asked = {
        **dict(rule),
        **dict(last),
        "until": until["created_at"],
        "last_revision": until["revision"],
        "last_event": until["event"],
    }
    rows = connection.execute(_CHANGES, {**asked, "most": MOST_CHANGES})
    return tuple(
        ToldChange(
            article_id=row["id"],
            title=row["title"],
            source=row["outlet"],
            url=row["url"],
            what=row["what"],
            at=datetime.fromisoformat(row["at"]),
            is_silent=bool(row["silent"]),
            added=row["added"],
            removed=row["removed"],
        )
        for row in rows
    )


def _topic(row: sqlite3.Row) -> ToldTopic:
    """Why an article is told; a match that has ended meanwhile has no reasons left."""
    if row["score"] is None:
        return ToldTopic(row["topic"], row["topic_title"], 0.0, "", "", "")
    sentences = json.loads(row["explanation"]).get("sentences") or [""]
    return ToldTopic(
        row["topic"], row["topic_title"], row["score"], row["reason"], row["terms"], str(sentences[0])
    )


def _article(row: sqlite3.Row, topics: tuple[ToldTopic, ...], carried: tuple[str, ...]) -> ToldArticle:
    return ToldArticle(
        id=row["id"],
        title=row["title"],
        source=row["source"],
        url=row["url"],
        language=row["language"],
        published_at=from_iso(row["published_at"]),
        published_precision=row["published_precision"],
        first_seen_at=datetime.fromisoformat(row["first_seen_at"]),
        topics=topics,
        source_title=row["source_title"],
        carried=carried,
    )
