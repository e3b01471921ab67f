"""Relations between articles: stories with their head, copies and follow-ups, and the address of a seed."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.db import from_iso, storage_errors
from storage.records.stories import Copy, Member

# Members of stories that are held against a new head; the rest of a larger one only changes its head.
_STORY_ROWS = 200


@dataclass(frozen=True, slots=True)
class Telling:
    """An article of a story, or one that follows it up."""

    article_id: int
    title: str
    source: str
    url: str | None
    published_at: datetime | None
    first_seen_at: datetime
    relation: str | None  # "copy", "excerpt", "extended" or "follow_up"; None: the head
    similarity: float | None  # 0 to 1: share of the shorter text that the other has; None: the head
    first_by: str | None  # "seed", "canonical", "published" or "seen"; None: the head
    lag_s: int | None  # seconds after the head by publication; None: the head, or a date is unknown


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """A story: all that tell it in time order, the head among them; and what follows it up, in time order."""

    head_id: int
    tellings: tuple[Telling, ...]
    follow_ups: tuple[Telling, ...]


@storage_errors
def story_of(connection: sqlite3.Connection, article_id: int) -> StoryFacts | None:
    """The story that the article tells, as head or as copy; None if there is no such article.

    Time is publication, else first sight. A story that follows up is given by its head.
    """
    row = connection.execute(
        """
        SELECT coalesce(copies.original_id, articles.id) AS head
        FROM articles
        LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
        WHERE articles.id = ?
        """,
        [article_id],
    ).fetchone()
    if row is None:
        return None
    head = int(row["head"])
    return StoryFacts(
        head,
        _tellings(connection, head, "articles.id = :head OR copies.relation <> 'follow_up'"),
        _tellings(connection, head, "copies.relation = 'follow_up'"),
    )


@storage_errors
def members(connection: sqlite3.Connection, article_ids: Sequence[int]) -> tuple[Member, ...]:
    """These articles with their texts, in the order given; unknown ones left out."""
    marks = ", ".join("?" * len(article_ids))
    rows = connection.execute(f"{WITH_TEXTS} WHERE articles.id IN ({marks})", list(article_ids))
    by_id = {row["id"]: member(row) for row in rows}
    return tuple(by_id[article_id] for article_id in article_ids if article_id in by_id)


@storage_errors
def stories(connection: sqlite3.Connection, head_ids: Sequence[int]) -> tuple[Member, ...]:
    """The articles of the stories with these heads, with their texts: all heads, and beside them up to 200 in all.

    By story, in the order given, and row.
    """
    tellers: list[Member] = []
    for head in head_ids:
        rows = connection.execute(
            f"""
            {WITH_TEXTS}
            WHERE articles.id = ? OR articles.id IN (
                SELECT article_id FROM copies WHERE original_id = ? AND relation <> 'follow_up'
                ORDER BY article_id LIMIT ?
            )
            ORDER BY articles.id
            """,
            [head, head, max(_STORY_ROWS - len(tellers), 0)],
        )
        tellers += map(member, rows)
    return tuple(tellers)


@storage_errors
def namings(connection: sqlite3.Connection, keys: Iterable[str], most: int) -> frozenset[tuple[str, int]]:
    """Which of *keys* pages name as their original, each with the heads of their stories, *most* of these at most."""
    return frozenset(
        (key, row["head"])
        for key in keys
        for row in connection.execute(
            """
            SELECT DISTINCT coalesce(copies.original_id, articles.id) AS head FROM articles
            LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
            WHERE articles.canonical_key = ?
            LIMIT ?
            """,
            [key, most],
        )
    )


def relate(connection: sqlite3.Connection, article_id: int, copies: tuple[Copy, ...]) -> None:
    """Write relations that are new or changed, inside the caller's transaction. None in them is *article_id*.

    An article that loses its place as head hands all that point to it to the new head. What follows up is always a
    head, and so is what it follows, which is the earlier of the two: by publication, else first sight. So no chain of
    relations leads back to where it began, whatever the order in which they are found.
    """
    for copy in copies:
        _write(
            connection,
            copy,
            article_id if copy.article_id is None else copy.article_id,
            article_id if copy.original_id is None else copy.original_id,
        )


def member(row: sqlite3.Row) -> Member:
    """A row of articles with source, head_id and perhaps text."""
    given = row.keys()
    return Member(
        id=row["id"],
        origin=row["origin"],
        source=row["source"],
        title=row["title"],
        words=row["words"],
        published_at=from_iso(row["published_at"]),
        first_seen_at=datetime.fromisoformat(row["first_seen_at"]),
        url=row["url"],
        head_id=row["head_id"],
        text=row["text"] if "text" in given else "",
        text_hash=row["text_hash"],
        url_key=row["url_key"],
        canonical_key=row["canonical_key"],
    )


_COLUMNS = """
SELECT articles.id, articles.origin, sources.name AS source, articles.title, articles.words, articles.published_at,
    articles.first_seen_at, articles.url, articles.text_hash, articles.url_key, articles.canonical_key,
    copies.original_id AS head_id"""
_JOINED = """
FROM articles
JOIN sources ON sources.id = articles.source_id
LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
"""
WITH_TEXTS = (
    f"{_COLUMNS}, article_texts.text {_JOINED} JOIN article_texts ON article_texts.article_id = articles.id"
)


def _write(connection: sqlite3.Connection, copy: Copy, article_id: int, original_id: int) -> None:
    if copy.relation == "follow_up":
        _follow(connection, _head(connection, article_id), _head(connection, original_id), copy.similarity)
        return
    connection.execute(
        "DELETE FROM copies WHERE article_id IN (?, ?) AND relation <> 'follow_up'",
        [article_id, original_id],
    )
    _hand_over(connection, article_id, original_id)
    connection.execute(
        """
        INSERT INTO copies (article_id, original_id, relation, similarity, first_by, lag_s)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (article_id, relation) DO UPDATE
        SET original_id = excluded.original_id, similarity = excluded.similarity, first_by = excluded.first_by,
            lag_s = excluded.lag_s
        """,
        [article_id, original_id, copy.relation, round(copy.similarity, 3), copy.first_by, copy.lag_s],
    )


def _hand_over(connection: sqlite3.Connection, former: int, head: int) -> None:
    """Let all that point to the *former* head point to *head*, with the lag counted anew."""
    connection.execute(
        """
        UPDATE copies
        SET original_id = :head,
            lag_s = (
                SELECT unixepoch(one.published_at) - unixepoch(other.published_at)
                FROM articles AS one, articles AS other
                WHERE one.id = copies.article_id AND other.id = :head
            )
        WHERE original_id = :former AND article_id <> :head
        """,
        {"head": head, "former": former},
    )
    followed = connection.execute(
        """
        SELECT article_id, original_id, similarity FROM copies
        WHERE relation = 'follow_up' AND (article_id IN (:head, :former) OR original_id IN (:head, :former))
        ORDER BY article_id
        """,
        {"head": head, "former": former},
    ).fetchall()
    # Another head of the story may be later than what followed the first one up.
    for row in followed:
        connection.execute(
            "DELETE FROM copies WHERE article_id = ? AND relation = 'follow_up'", [row["article_id"]]
        )
    for row in followed:
        one, other = (head if row[end] == former else row[end] for end in ("article_id", "original_id"))
        _follow(connection, one, other, row["similarity"])


def _head(connection: sqlite3.Connection, article_id: int) -> int:
    """The head of the story that an article tells: itself, unless it is a copy."""
    row = connection.execute(
        "SELECT original_id FROM copies WHERE article_id = ? AND relation <> 'follow_up'", [article_id]
    ).fetchone()
    return article_id if row is None else int(row["original_id"])


def _follow(connection: sqlite3.Connection, one: int, other: int, similarity: float) -> None:
    """Let the later of two heads follow the earlier one up; what is one story does not follow itself up."""
    if one == other:
        return
    connection.execute(
        """
        INSERT INTO copies (article_id, original_id, relation, similarity, first_by, lag_s)
        SELECT later.id, earlier.id, 'follow_up', :similarity,
            CASE WHEN earlier.origin = 'seed' AND later.origin <> 'seed' THEN 'seed'
                 WHEN unixepoch(earlier.published_at) < unixepoch(later.published_at) THEN 'published'
                 ELSE 'seen' END,
            unixepoch(later.published_at) - unixepoch(earlier.published_at)
        FROM articles AS earlier, articles AS later
        WHERE earlier.id IN (:one, :other) AND later.id IN (:one, :other)
          AND (coalesce(earlier.published_at, earlier.first_seen_at), earlier.first_seen_at, earlier.id)
            < (coalesce(later.published_at, later.first_seen_at), later.first_seen_at, later.id)
        ON CONFLICT (article_id, relation) DO UPDATE
        SET original_id = excluded.original_id, similarity = excluded.similarity, first_by = excluded.first_by,
            lag_s = excluded.lag_s
        """,
        {"one": one, "other": other, "similarity": round(similarity, 3)},
    )


def _tellings(connection: sqlite3.Connection, head: int, which: str) -> tuple[Telling, ...]:
    rows = connection.execute(
        f"""
        SELECT articles.id AS article_id, articles.title, sources.name AS source, articles.url,
            articles.published_at, articles.first_seen_at,
            copies.relation, copies.similarity, copies.first_by, copies.lag_s
        FROM articles
        JOIN sources ON sources.id = articles.source_id
        LEFT JOIN copies ON copies.article_id = articles.id AND copies.original_id = :head
        WHERE articles.id IN (SELECT :head UNION SELECT article_id FROM copies WHERE original_id = :head)
            AND ({which})
        ORDER BY coalesce(articles.published_at, articles.first_seen_at), articles.first_seen_at, articles.id
        """,
        {"head": head},
    )
    return tuple(_telling(row) for row in rows)


def _telling(row: sqlite3.Row) -> Telling:
    return Telling(
        article_id=row["article_id"],
        title=row["title"],
        source=row["source"],
        url=row["url"],
        published_at=from_iso(row["published_at"]),
        first_seen_at=datetime.fromisoformat(row["first_seen_at"]),
        relation=row["relation"],
        similarity=row["similarity"],
        first_by=row["first_by"],
        lag_s=row["lag_s"],
    )
