"""Matches as lists show them: newest first, with outlet, date and the words that made them."""

from dataclasses import dataclass, replace
from typing import Any

from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import clean, read_explanation, short_time

REASONS = {
    "seed": "like the seeds",
    "rule": "the rule found it",
    "both": "like the seeds, and the rule found it",
    "alias": "its names stand near each other",
    "marked": "you said so",
}

# The limit stands before the joins: 0.1 ms at 500,000 articles through the index (topic_id, band, published_at).
_NEWEST = """
SELECT newest.*, articles.title, articles.language, articles.published_precision, articles.url, articles.state,
    coalesce(nullif(sources.title, ''), sources.name) AS source, topics.name AS topic,
    coalesce(nullif(topics.title, ''), topics.name) AS topic_title,
    (
        SELECT count(*) FROM copies WHERE copies.original_id = newest.article_id AND copies.relation <> 'follow_up'
    ) AS carried,
    copies.relation
FROM (
    SELECT * FROM matches WHERE topic_id = :topic AND band = 'match' ORDER BY published_at DESC LIMIT :limit
) AS newest
JOIN topics ON topics.id = newest.topic_id
JOIN articles ON articles.id = newest.article_id
JOIN sources ON sources.id = newest.source_id
LEFT JOIN copies ON copies.article_id = newest.article_id AND copies.relation <> 'follow_up'
ORDER BY newest.published_at DESC, newest.id DESC
"""


@dataclass(frozen=True, slots=True)
class TopicLink:
    """A topic as a chip shows it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that matched."""

    article_id: int
    title: str
    source: str
    language: str
    published: str  # for people
    published_at: str  # as stored
    matched_at: str
    url: str | None
    topics: tuple[TopicLink, ...]
    terms: str
    score: float
    threshold: float
    reason: str  # in words
    sentence: str  # the best; "" if none
    carried: int  # copies of it
    relation: str  # "copy", "excerpt" ... of another; "" if it is nobody's copy
    deleted: bool


async def newest_hits(database: Any, topic_id: int, limit: int) -> list[Hit]:
    """The newest matches of a topic, by the articles' dates."""
    return [_hit(row) for row in await rows(database, _NEWEST, topic=topic_id, limit=limit)]


def merge_hits(hits: list[Hit], limit: int) -> list[Hit]:
    """Hits of several topics, newest first, each article once with all its topics; copies are left out."""
    merged: dict[int, Hit] = {}
    for hit in hits:
        known = merged.get(hit.article_id)
        merged[hit.article_id] = replace(known, topics=known.topics + hit.topics) if known else hit
    originals = [hit for hit in merged.values() if not hit.relation]
    return sorted(originals, key=lambda hit: hit.published_at, reverse=True)[:limit]


def _hit(row: Row) -> Hit:
    explanation = read_explanation(row["explanation"])
    return Hit(
        article_id=row["article_id"],
        title=clean(row["title"]) or "(no headline)",
        source=clean(row["source"]),
        language=clean(row["language"]),
        published=short_time(row["published_at"], row["published_precision"]),
        published_at=clean(row["published_at"]),
        matched_at=clean(row["matched_at"]),
        url=row["url"],
        topics=(TopicLink(row["topic"], clean(row["topic_title"])),),
        terms=clean(row["terms"]),
        score=row["score"],
        threshold=row["threshold"],
        reason=REASONS.get(row["reason"], clean(row["reason"])),
        sentence=explanation.sentences[0] if explanation.sentences else "",
        carried=row["carried"],
        relation=clean(row["relation"]),
        deleted=row["state"] == "deleted",
    )
