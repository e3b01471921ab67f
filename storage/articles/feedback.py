"""The analyst's verdicts: which articles are about a topic, and which are not."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.articles import matches
from storage.db import storage_errors, to_iso, transaction


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A judged article, with what a profile is built from."""

    article_id: int
    title: str
    text: str
    language: str | None
    text_hash: str
    relevant: bool


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict, with what names its article to people and to other programs."""

    topic: str
    article_id: int
    url: str | None
    title: str
    verdict: str  # "yes" or "no"
    given_at: datetime
    learned: bool  # False: kept, but the topic does not learn from it
    given_by: str = ""  # the account that gave it; "" if unknown
    why: str = ""  # the note that was given with it; "" if none
    is_seed: bool = False  # it was promoted: the article is a seed of the topic


@storage_errors
def labelled(connection: sqlite3.Connection, topic: str, *, waiting: bool = False) -> list[LabelledRow]:
    """The judged articles that *topic* learns from, by article; with *waiting* those too that it does not yet.

    Its seeds are left out: they teach more than any verdict.
    """
    rows = connection.execute(
        """
        SELECT articles.id, articles.title, articles.language, articles.text_hash, article_texts.text,
            feedback.verdict
        FROM feedback
        JOIN topics ON topics.id = feedback.topic_id
        JOIN articles ON articles.id = feedback.article_id
        JOIN article_texts ON article_texts.article_id = articles.id
        WHERE topics.name = ?
            AND (feedback.learned = 1 OR ?)
            AND NOT EXISTS (
                SELECT 1 FROM topic_seeds
                WHERE topic_seeds.topic_id = topics.id AND topic_seeds.article_id = articles.id
            )
        ORDER BY articles.id
        """,
        [topic, waiting],
    )
    return [
        LabelledRow(
            row["id"], row["title"], row["text"], row["language"], row["text_hash"], row["verdict"] == "yes"
        )
        for row in rows
    ]


@storage_errors
def verdicts(
    connection: sqlite3.Connection, topic: str | None = None, *, article_id: int | None = None
) -> list[VerdictRow]:
    """All verdicts, or those of one topic or on one article, by topic and article."""
    # By the index on article_id: a list of articles asks for each, and there may be thousands of verdicts.
    asked = "feedback.article_id = :article" if article_id is not None else "TRUE"
    rows = connection.execute(
        f"""
        SELECT topics.name, articles.id, articles.url, articles.title, feedback.verdict, feedback.given_at,
            feedback.learned, feedback.given_by, feedback.why,
            EXISTS (
                SELECT 1 FROM topic_seeds
                WHERE topic_seeds.topic_id = topics.id AND topic_seeds.article_id = articles.id
            ) AS is_seed
        FROM feedback
        JOIN topics ON topics.id = feedback.topic_id
        JOIN articles ON articles.id = feedback.article_id
        WHERE {asked} AND (:topic IS NULL OR topics.name = :topic)
        ORDER BY topics.id, articles.id
        """,
        {"topic": topic, "article": article_id},
    )
    return [
        VerdictRow(
            topic=row["name"],
            article_id=row["id"],
            url=row["url"],
            title=row["title"],
            verdict=row["verdict"],
            given_at=datetime.fromisoformat(row["given_at"]),
            learned=bool(row["learned"]),
            given_by=row["given_by"] or "",
            why=row["why"] or "",
            is_seed=bool(row["is_seed"]),
        )
        for row in rows
    ]


@storage_errors
def give(
    connection: sqlite3.Connection,
    topic: str,
    article_id: int,
    verdict: str,
    at: datetime,
    *,
    given_by: str = "",
    why: str = "",
) -> None:
    """Write down what the analyst says of an article, who does, and why; the latest verdict counts.

    It waits to be learned from, until `learn`. A match that gets a "no" ends; an article that gets a "yes" is a match
    from now on, by the reason "marked" where nothing else made it one.
    """
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO feedback (topic_id, article_id, verdict, given_at, learned, given_by, why)
            VALUES ((SELECT id FROM topics WHERE name = ?), ?, ?, ?, 0, nullif(?, ''), nullif(?, ''))
            ON CONFLICT (topic_id, article_id) DO UPDATE
            SET learned = CASE WHEN verdict = excluded.verdict THEN learned ELSE 0 END,
                verdict = excluded.verdict, given_at = excluded.given_at, given_by = excluded.given_by,
                why = excluded.why
            """,
            [topic, article_id, verdict, to_iso(at), given_by, why],
        )
        if verdict == "no":
            matches.end(connection, topic, article_id, at, why="marked")
        else:
            matches.confirm(connection, topic, article_id, at)


@storage_errors
def withdraw(connection: sqlite3.Connection, topic: str, article_id: int, at: datetime) -> str | None:
    """Take back what the analyst said of an article; what that was, None if nothing was.

    A match that the mark alone made ends; any other judgement stays as it is until the article is judged again.
    """
    with transaction(connection):
        row = connection.execute(
            """
            DELETE FROM feedback
            WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND article_id = ?
            RETURNING verdict
            """,
            [topic, article_id],
        ).fetchone()
        if row is None:
            return None
        matches.end(connection, topic, article_id, at, why="unmarked", reason="marked")
    return str(row["verdict"])


@storage_errors
def learn(connection: sqlite3.Connection, topic: str) -> None:
    """Let *topic* learn from all its verdicts, from the next building of its profile on."""
    with transaction(connection):
        connection.execute(
            "UPDATE feedback SET learned = 1 WHERE topic_id = (SELECT id FROM topics WHERE name = ?)", [topic]
        )
