"""Which articles a feed tells, with all that it says of each."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from storage.datasette.feeds.entries import SUMMARY_CHARACTERS, FeedItem
from storage.datasette.pages.entries import REASONS
from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import clean, cut, read_explanation

PageOf = Callable[[int], str]

# Articles that are read for a feed of ENTRIES: copies among them are folded away.
CANDIDATES = 150
ENTRIES = 50

# Through the index matches_of_topic.
_OF_TOPIC = """
SELECT article_id AS id FROM matches
WHERE topic_id = :topic
    AND band = 'match'
ORDER BY published_at DESC
LIMIT :limit
"""
# As they came, through the index (source_id, id): by date all of its articles would be sorted.
_OF_SOURCE = """
SELECT id FROM articles
WHERE source_id = :source
ORDER BY id DESC
LIMIT :limit
"""
# Of each source its latest, so that a group of quiet sources needs no walk through all articles.
_OF_SOURCES = """
SELECT articles.id
FROM json_each(:sources) AS tagged
JOIN articles ON articles.id IN (
    SELECT latest.id FROM articles AS latest WHERE latest.source_id = tagged.value ORDER BY latest.id DESC LIMIT :limit
)
ORDER BY articles.id DESC
LIMIT :limit
"""
_FACTS = """
SELECT articles.id, articles.title, articles.url, articles.language, articles.published_at, articles.first_seen_at,
    articles.source_id, coalesce(nullif(sources.title, ''), sources.name) AS source,
    copies.original_id, heads.source_id AS head_source,
    substr(article_texts.text, 1, :characters) AS beginning,
    (
        SELECT count(*) FROM copies AS others
        WHERE others.original_id = coalesce(copies.original_id, articles.id) AND others.relation <> 'follow_up'
    ) AS carried
FROM articles
JOIN sources ON sources.id = articles.source_id
LEFT JOIN article_texts ON article_texts.article_id = articles.id
LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
LEFT JOIN articles AS heads ON heads.id = copies.original_id
WHERE articles.id IN (SELECT value FROM json_each(:ids))
"""
_MATCHES = """
SELECT matches.article_id, matches.topic_id, coalesce(nullif(topics.title, ''), topics.name) AS topic,
    matches.terms, matches.reason, matches.explanation, matches.matched_at
FROM matches
JOIN topics ON topics.id = matches.topic_id
WHERE matches.article_id IN (SELECT value FROM json_each(:ids))
    AND matches.band = 'match'
ORDER BY matches.topic_id
"""


async def topic_entries(database: Any, topic_id: int, page_of: PageOf) -> list[FeedItem]:
    """The newest matches of a topic by date, told with what made them match."""
    found = await rows(database, _OF_TOPIC, topic=topic_id, limit=CANDIDATES)
    return await entries_of(database, [row["id"] for row in found], page_of, topic_id=topic_id)


async def source_entries(database: Any, source_id: int, page_of: PageOf) -> list[FeedItem]:
    """The articles of a source that came last, the latest first."""
    found = await rows(database, _OF_SOURCE, source=source_id, limit=CANDIDATES)
    return await entries_of(database, [row["id"] for row in found], page_of, sources={source_id})


async def tag_entries(database: Any, sources: Collection[int], page_of: PageOf) -> list[FeedItem]:
    """The articles of all these sources that came last, the latest first."""
    found = await rows(database, _OF_SOURCES, sources=json.dumps(list(sources)), limit=CANDIDATES)
    return await entries_of(database, [row["id"] for row in found], page_of, sources=sources)


async def entries_of(
    database: Any,
    ids: Sequence[int],
    page_of: PageOf,
    *,
    topic_id: int | None = None,
    sources: Collection[int] = (),
) -> list[FeedItem]:
    """The articles *ids* in that order; *page_of* gives the absolute address of an article's page.

    A story's beginning counts as listed where it matches the topic, or is of one of *sources*.
    """
    facts = await rows(database, _FACTS, ids=json.dumps(list(ids)), characters=2 * SUMMARY_CHARACTERS)
    heads = [row["original_id"] for row in facts if row["original_id"]]
    matches: dict[int, list[Row]] = {}
    for match in await rows(database, _MATCHES, ids=json.dumps([*ids, *heads])):
        matches.setdefault(match["article_id"], []).append(match)
    by_id = {row["id"]: row for row in facts}
    return [
        _entry(
            row,
            _first_of_topic(matches.get(row["id"], []), topic_id),
            page_of,
            is_listed=row["head_source"] in sources
            or any(match["topic_id"] == topic_id for match in matches.get(row["original_id"], [])),
        )
        for row in (by_id[number] for number in ids if number in by_id)
    ]


def _first_of_topic(matches: list[Row], topic_id: int | None) -> list[Row]:
    """*matches* with that of *topic_id* in front: it says why the article is in the topic's feed."""
    return sorted(matches, key=lambda match: match["topic_id"] != topic_id)


def _entry(row: Row, matches: list[Row], page_of: PageOf, *, is_listed: bool) -> FeedItem:
    return FeedItem(
        article_id=row["id"],
        title=clean(row["title"]),
        page=page_of(row["id"]),
        url=row["url"],
        source=clean(row["source"]),
        language=clean(row["language"]) or None,
        times=(row["published_at"], *(match["matched_at"] for match in matches[:1]), row["first_seen_at"]),
        why=_why(matches[0]) if matches else _beginning(row),
        topics=tuple(clean(match["topic"]) for match in matches),
        story_id=row["original_id"] or row["id"],
        carried=row["carried"],
        is_listed=is_listed,
    )


def _why(match: Row) -> str:
    reason = REASONS.get(match["reason"], clean(match["reason"]))
    words = clean(match["terms"])
    why = f"{words} ({reason})." if words else f"({reason})"
    sentences = read_explanation(match["explanation"]).sentences
    return f"{sentences[0]} — {why}" if sentences else why


def _beginning(row: Row) -> str:
    return cut(" ".join(clean(row["beginning"]).split()), SUMMARY_CHARACTERS)
