"""Matches: which article is about which topic, and why; what was judged before is kept as a past match."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from storage.articles import watches
from storage.db import from_iso, storage_errors, to_iso
from storage.records.as_json import explanation_to_json
from storage.records.topics import Match
from storage.topics.folding import WAITING

# What decides whether an article was judged otherwise than before; a new model with the same result is no change.
_JUDGEMENT = ("score", "threshold", "reason", "band", "terms")


@dataclass(frozen=True, slots=True)
class NewestMatch:
    """A match for a short list."""

    title: str
    outlet: str  # the outlet's title
    language: str | None
    published_at: datetime | None
    score: float
    terms: str  # the strongest terms, joined by ", "


@dataclass(frozen=True, slots=True)
class ListedMatch:
    """A match in a list that can go on behind it."""

    id: int
    topic: str
    article_id: int
    score: float
    threshold: float
    reason: str
    band: str
    terms: str  # the strongest, for people
    sentence: str  # the best; "" if none is known
    matched_at: datetime


class Kept(StrEnum):
    """What writing a match down came to."""

    ADDED = "added"
    CHANGED = "changed"  # judged otherwise before
    SAME = "same"
    REFUSED = "refused"  # the analyst said no


@dataclass(frozen=True, slots=True)
class BandCounts:
    """How much a topic has in each band."""

    match: int  # articles, copies among them
    review: int  # stories that wait for a person's word


@storage_errors
def addresses(connection: sqlite3.Connection, topic: str, since: datetime) -> list[str]:
    """The addresses of articles that crawls found since a time and that match, in band "match", by row."""
    rows = connection.execute(
        """
        SELECT articles.url FROM matches JOIN articles ON articles.id = article_id
        WHERE topic_id = ? AND band = 'match' AND matches.published_at >= ? AND origin = 'crawl' AND url IS NOT NULL
        ORDER BY articles.id
        """,
        [_topic_id(connection, topic), to_iso(since)],
    )
    return [row["url"] for row in rows]


def keep(connection: sqlite3.Connection, article_id: int, match: Match, at: datetime, *, why: str) -> Kept:
    """Write *match* of a stored article, inside the caller's transaction; what it came to.

    An article that the analyst said no to never matches; one with a yes is never only in band "review". What was
    judged otherwise before becomes a past match, ended at *at* because of *why*.
    """
    topic_id = _topic_id(connection, match.topic)
    verdict = verdict_of(connection, topic_id, article_id)
    if verdict == "no":
        return Kept.REFUSED
    if verdict == "yes":
        match = replace(match, band="match")
    before = row_of(connection, topic_id, article_id)
    values = _values(match)
    changed = before is not None and any(before[name] != values[name] for name in _JUDGEMENT)
    if before is not None and changed:
        _remember(connection, before, at, why)
    values |= {"topic_id": topic_id, "article_id": article_id, "at": to_iso(at)}
    if before is None:
        _add(connection, values)
    else:
        connection.execute(
            """
            UPDATE matches
            SET score = :score, threshold = :threshold, reason = :reason, band = :band, place = :place,
                density = :density, terms = :terms, judged_at = :at, explanation = :explanation, model_id = :model_id
            WHERE topic_id = :topic_id AND article_id = :article_id
            """,
            values,
        )
    if match.band == "match":
        watches.watch(connection, article_id)
    return Kept.ADDED if before is None else Kept.CHANGED if changed else Kept.SAME


def _add(connection: sqlite3.Connection, values: dict[str, object]) -> None:
    """A match of an article that had none; one that is gone gets none.

    Row by row, since of a statement that may stop between rows, as INSERT ... SELECT and ON CONFLICT DO UPDATE may,
    SQLite writes out beforehand what the full-text index has collected: a third of the time of storing an article.
    """
    article = connection.execute(
        "SELECT coalesce(published_at, first_seen_at) AS published_at, source_id, language FROM articles WHERE id = ?",
        [values["article_id"]],
    ).fetchone()
    if article is None:
        return
    connection.execute(
        """
        INSERT INTO matches (
            topic_id, article_id, published_at, source_id, language, score, threshold, reason, band, place, density,
            terms, matched_at, judged_at, explanation, model_id
        ) VALUES (
            :topic_id, :article_id, :published_at, :source_id, :language, :score, :threshold, :reason, :band, :place,
            :density, :terms, :at, :at, :explanation, :model_id
        )
        """,
        {**values, **dict(article)},
    )


def end(
    connection: sqlite3.Connection,
    topic: str,
    article_id: int,
    at: datetime,
    *,
    why: str,
    reason: str | None = None,
) -> bool:
    """Make a match a past one, inside the caller's transaction; whether there was one that may end.

    A match that the analyst said yes to stays; with *reason* every other than that one, too.
    """
    topic_id = _topic_id(connection, topic)
    before = row_of(connection, topic_id, article_id)
    if before is None or verdict_of(connection, topic_id, article_id) == "yes":
        return False
    if reason is not None and before["reason"] != reason:
        return False
    _remember(connection, before, at, why)
    connection.execute("DELETE FROM matches WHERE id = ?", [before["id"]])
    return True


def follow_article(connection: sqlite3.Connection, article_id: int) -> None:
    """Let the matches of an article have the date and the language that it has now, in the caller's transaction."""
    connection.execute(
        """
        UPDATE matches SET published_at = coalesce(articles.published_at, first_seen_at), language = articles.language
        FROM articles
        WHERE articles.id = matches.article_id AND matches.article_id = ?
          AND (matches.published_at, matches.language)
            IS NOT (coalesce(articles.published_at, first_seen_at), articles.language)
        """,
        [article_id],
    )


def end_edited(connection: sqlite3.Connection, topic: str, article_id: int, at: datetime) -> None:
    """Make a match of a text that was edited away a past one, inside the caller's transaction.

    One that the analyst said yes to stays a match, without the words and places of a text that is no more.
    """
    topic_id = _topic_id(connection, topic)
    if row_of(connection, topic_id, article_id) is None:
        return
    if not end(connection, topic, article_id, at, why="edited"):
        marked = Match(topic, score=0.0, threshold=0.0, reason="marked")
        keep(connection, article_id, marked, at, why="edited")


def confirm(connection: sqlite3.Connection, topic: str, article_id: int, at: datetime) -> None:
    """Make an article a match because the analyst says so, inside the caller's transaction.

    One that is a match already stays as it is; one in band "review" leaves it.
    """
    before = row_of(connection, _topic_id(connection, topic), article_id)
    if before is None:
        marked = Match(topic, score=0.0, threshold=0.0, reason="marked")
        keep(connection, article_id, marked, at, why="marked")
    elif before["band"] == "review":
        _remember(connection, before, at, "marked")
        connection.execute(
            "UPDATE matches SET band = 'match', judged_at = ? WHERE id = ?", [to_iso(at), before["id"]]
        )
        watches.watch(connection, article_id)


@storage_errors
def matches_of(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """The matches of an article with their topics' names, strongest first."""
    return connection.execute(
        """
        SELECT matches.*, topics.name AS topic
        FROM matches JOIN topics ON topics.id = matches.topic_id
        WHERE matches.article_id = ?
        ORDER BY matches.score DESC
        """,
        [article_id],
    ).fetchall()


@storage_errors
def past_of(connection: sqlite3.Connection, article_id: int) -> list[sqlite3.Row]:
    """How an article was judged before, with the topics' names; the latest first."""
    return connection.execute(
        """
        SELECT past_matches.*, topics.name AS topic
        FROM past_matches JOIN topics ON topics.id = past_matches.topic_id
        WHERE past_matches.article_id = ?
        ORDER BY past_matches.id DESC
        """,
        [article_id],
    ).fetchall()


@storage_errors
def review_band(connection: sqlite3.Connection, topic: str, limit: int) -> list[sqlite3.Row]:
    """The articles of a topic that a person should look at, newest first by publication, at most *limit*.

    Those that the analyst has said yes or no to are left out, and what repeats them or another of the topic; `carried`
    says how many repeat each.
    """
    return connection.execute(
        f"""
        SELECT matches.*, articles.title, articles.language, articles.published_precision, articles.url,
            sources.name AS source, (
                SELECT count(*) FROM copies
                WHERE copies.original_id = matches.article_id AND copies.relation <> 'follow_up'
            ) AS carried
        FROM matches
        JOIN articles ON articles.id = matches.article_id
        JOIN sources ON sources.id = matches.source_id
        WHERE matches.topic_id = (SELECT id FROM topics WHERE name = ?)
            AND matches.band = 'review'
            AND {WAITING}
        ORDER BY matches.published_at DESC, matches.id DESC
        LIMIT ?
        """,
        [topic, limit],
    ).fetchall()


@storage_errors
def arrived(
    connection: sqlite3.Connection,
    topic: str,
    *,
    band: str = "match",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 20,
) -> list[ListedMatch]:
    """The matches of *topic* that were made last, the newest first, behind the match *before*.

    *since* and *until* (not included) bound when a match was made, whatever the date of its article.
    """
    rows = connection.execute(
        """
        SELECT *, :topic AS topic FROM matches
        WHERE topic_id = (SELECT id FROM topics WHERE name = :topic) AND band = :band
            AND (:before IS NULL OR id < :before)
            AND (:since IS NULL OR matched_at >= :since) AND (:until IS NULL OR matched_at < :until)
        ORDER BY id DESC
        LIMIT :limit
        """,
        {
            "topic": topic,
            "band": band,
            "before": before,
            "since": to_iso(since),
            "until": to_iso(until),
            "limit": limit,
        },
    )
    return list(map(_listed, rows))


@storage_errors
def of_articles(connection: sqlite3.Connection, article_ids: Sequence[int]) -> list[ListedMatch]:
    """The matches of these articles, of both bands, by article and topic."""
    rows = connection.execute(
        """
        SELECT matches.*, topics.name AS topic
        FROM matches JOIN topics ON topics.id = matches.topic_id
        WHERE matches.article_id IN (SELECT value FROM json_each(?))
        ORDER BY matches.article_id, topics.name
        """,
        [json.dumps(article_ids)],
    )
    return list(map(_listed, rows))


def _listed(row: sqlite3.Row) -> ListedMatch:
    return ListedMatch(
        row["id"], row["topic"], row["article_id"], row["score"], row["threshold"], row["reason"], row["band"],
        row["terms"], next(iter(json.loads(row["explanation"]).get("sentences", ())), ""),
        datetime.fromisoformat(row["matched_at"]),
    )  # fmt: skip


@storage_errors
def match_counts(connection: sqlite3.Connection) -> dict[str, BandCounts]:
    """How much each topic has in each band: articles that match, and stories that wait for a person's word."""
    rows = connection.execute(
        f"""
        SELECT topics.name,
            (SELECT count(*) FROM matches WHERE topic_id = topics.id AND band = 'match') AS matching,
            (SELECT count(*) FROM matches WHERE topic_id = topics.id AND band = 'review' AND {WAITING}) AS review
        FROM topics
        """
    )
    return {row["name"]: BandCounts(row["matching"], row["review"]) for row in rows}


def row_of(connection: sqlite3.Connection, topic_id: int, article_id: int) -> sqlite3.Row | None:
    """The match of an article with a topic; None if there is none."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM matches WHERE topic_id = ? AND article_id = ?", [topic_id, article_id]
    ).fetchone()
    return row


def verdict_of(connection: sqlite3.Connection, topic_id: int, article_id: int) -> str | None:
    """What the analyst said of an article: "yes" or "no"; None: nothing."""
    row = connection.execute(
        "SELECT verdict FROM feedback WHERE topic_id = ? AND article_id = ?", [topic_id, article_id]
    ).fetchone()
    return row["verdict"] if row else None


def _values(match: Match) -> dict[str, object]:
    """The columns that a judgement fills."""
    return {
        "score": round(match.score, 3),
        "threshold": match.threshold,
        "reason": match.reason,
        "band": match.band,
        "place": match.place or None,
        "density": None if match.density is None else round(match.density, 3),
        "terms": ", ".join(term.surface for term in match.terms),
        "explanation": explanation_to_json(match),
        "model_id": match.model_version,
    }


def _remember(connection: sqlite3.Connection, row: sqlite3.Row, at: datetime, why: str) -> None:
    connection.execute(
        """
        INSERT INTO past_matches (
            topic_id, article_id, score, threshold, reason, band, model_id, terms, matched_at, ended_at, why
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            row["topic_id"], row["article_id"], row["score"], row["threshold"], row["reason"], row["band"],
            row["model_id"], row["terms"], row["judged_at"] or row["matched_at"], to_iso(at), why,
        ],
    )  # fmt: skip


def _topic_id(connection: sqlite3.Connection, topic: str) -> int:
    row = connection.execute("SELECT id FROM topics WHERE name = ?", [topic]).fetchone()
    return int(row["id"])


@storage_errors
def newest(connection: sqlite3.Connection, limit: int) -> list[NewestMatch]:
    """The matches whose articles were published last, the newest first, those to review left out."""
    rows = connection.execute(
        """
        SELECT articles.title, sources.title AS outlet, articles.language, articles.published_at, matches.score,
            matches.terms
        FROM matches
        JOIN articles ON articles.id = matches.article_id
        JOIN sources ON sources.id = articles.source_id
        WHERE matches.band = 'match'
        ORDER BY matches.published_at DESC LIMIT ?
        """,
        [limit],
    )
    return [
        NewestMatch(
            row["title"],
            row["outlet"],
            row["language"],
            from_iso(row["published_at"]),
            row["score"],
            row["terms"],
        )
        for row in rows
    ]
