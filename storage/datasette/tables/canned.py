"""Questions that are asked again and again, as Datasette's canned queries. Pure.

They are no views: a view that calls a function of ours would make the file unreadable to every other program. Each
parameter may stay empty. Days are counted back from the newest arrival, so that a file read later tells the same.
"""

from typing import Any

from storage.topics.folding import WAITING

_NEWEST_DAY = "(SELECT substr(first_seen_at, 1, 10) FROM articles WHERE id = (SELECT max(id) FROM articles))"
_DAYS = "max(1, min(3660, coalesce(nullif(CAST(:days AS INTEGER), 0), 30)))"
_SOURCE = (
    "(:source = '' OR sources.name LIKE '%' || :source || '%' OR sources.title LIKE '%' || :source || '%')"
)
_OUTLET = "coalesce(nullif(sources.title, ''), sources.name) AS source"

# To the precision of the date: a day must not read as its midnight.
_PUBLISHED = """substr(articles.published_at, 1, CASE articles.published_precision
        WHEN 'year' THEN 4 WHEN 'month' THEN 7 WHEN 'day' THEN 10 ELSE 16 END) AS published"""

_NEW_ON_TOPIC = f"""
SELECT articles.id AS article, articles.title AS headline, {_OUTLET}, {_PUBLISHED},
    topics.name AS topic, newest.score, newest.terms, articles.url
FROM (
    SELECT * FROM matches
    WHERE topic_id IN (
        SELECT id FROM topics
        WHERE :topic = '' OR name LIKE '%' || :topic || '%' OR title LIKE '%' || :topic || '%'
    )
        AND band = 'match'
    ORDER BY published_at DESC
    LIMIT 100
) AS newest
JOIN articles ON articles.id = newest.article_id
JOIN topics ON topics.id = newest.topic_id
JOIN sources ON sources.id = newest.source_id
ORDER BY newest.published_at DESC
"""
_TO_REVIEW = _NEW_ON_TOPIC.replace("band = 'match'", f"band = 'review' AND {WAITING}").replace(
    "newest.score,", "newest.score, newest.threshold,"
)
_BY_SOURCE_AND_DAY = f"""
SELECT substr(articles.published_at, 1, 10) AS day, {_OUTLET}, count(*) AS articles,
    sum(EXISTS (SELECT 1 FROM matches WHERE matches.article_id = articles.id AND band = 'match')) AS matching,
    sum(EXISTS (
        SELECT 1 FROM copies WHERE copies.article_id = articles.id AND copies.relation <> 'follow_up'
    )) AS copies
FROM articles
JOIN sources ON sources.id = articles.source_id
WHERE articles.published_at > date({_NEWEST_DAY}, '-' || {_DAYS} || ' days')
    AND articles.published_at < date({_NEWEST_DAY}, '+2 days')
    AND {_SOURCE}
GROUP BY day, sources.id
ORDER BY day DESC, articles DESC
LIMIT 300
"""
_WHO_CARRIED = f"""
WITH asked AS (
    SELECT coalesce(
        nullif(CAST(:article AS INTEGER), 0),
        (
            SELECT original_id FROM copies
            WHERE relation <> 'follow_up'
            GROUP BY original_id ORDER BY count(*) DESC, max(article_id) DESC
            LIMIT 1
        )
    ) AS id
),
head AS (
    SELECT coalesce(copies.original_id, asked.id) AS id
    FROM asked LEFT JOIN copies ON copies.article_id = asked.id AND copies.relation <> 'follow_up'
),
story AS (
    SELECT id, NULL AS relation, NULL AS similarity, 0 AS lag_s FROM head
    UNION ALL
    SELECT article_id, relation, similarity, lag_s FROM copies
    WHERE original_id = (SELECT id FROM head) AND relation <> 'follow_up'
)
SELECT articles.id AS article, {_OUTLET}, articles.title AS headline, {_PUBLISHED},
    coalesce(story.relation, 'first') AS relation, story.similarity,
    story.lag_s AS later, articles.url
FROM story
JOIN articles ON articles.id = story.id
JOIN sources ON sources.id = articles.source_id
ORDER BY story.relation IS NOT NULL, story.lag_s, articles.id
"""
# The limit stands on the rowids of the index: 0.3 ms at 500,000 articles.
_SEARCH = f"""
SELECT articles.id AS article, articles.title AS headline, {_OUTLET}, {_PUBLISHED},
    seedwatch_snippet(article_texts.text, :q, articles.language) AS snippet
FROM (
    SELECT rowid AS id FROM articles_fts
    WHERE articles_fts MATCH escape_fts(:q)
    ORDER BY rowid DESC
    LIMIT 100
) AS found
JOIN articles ON articles.id = found.id
JOIN sources ON sources.id = articles.source_id
JOIN article_texts ON article_texts.article_id = articles.id
ORDER BY articles.id DESC
"""
_FAILING_FEEDS = f"""
SELECT {_OUTLET}, feeds.url, feeds.kind, feeds.failures, feeds.last_error, feeds.last_ok_at, feeds.last_polled_at,
    feeds.next_due_at
FROM feeds
JOIN sources ON sources.id = feeds.source_id
WHERE feeds.enabled = 1
    AND (feeds.failures > 0 OR feeds.last_ok_at IS NULL)
    AND {_SOURCE}
ORDER BY feeds.failures DESC, feeds.last_ok_at
"""
_FAILING_LINKS = f"""
SELECT {_OUTLET}, links.state, links.reason, links.title, links.url, links.attempts, links.first_seen_at,
    links.next_try_at
FROM links
JOIN sources ON sources.id = links.source_id
WHERE links.state IN ('failed', 'gone', 'blocked')
    AND {_SOURCE}
ORDER BY links.id DESC
LIMIT 125
"""
# Grouped as the index lies, before the sources' names are asked for: a quarter of the time.
_MISSED = f"""
SELECT missed.state, coalesce(missed.reason, '') AS reason, missed.links, {_OUTLET}, missed.newest_at
FROM (
    SELECT state, reason, source_id, count(*) AS links, max(first_seen_at) AS newest_at
    FROM links
    WHERE state IN ('off_topic', 'not_article', 'blocked', 'failed', 'gone')
    GROUP BY state, reason, source_id
) AS missed
JOIN sources ON sources.id = missed.source_id
WHERE {_SOURCE}
ORDER BY missed.links DESC, missed.state
LIMIT 250
"""
# Only the newest 20,000: the score has no index.
_NEAR_MISSES = f"""
SELECT newest.score, newest.title, newest.url, {_OUTLET}, newest.first_seen_at
FROM (SELECT * FROM links ORDER BY id DESC LIMIT 20000) AS newest
JOIN sources ON sources.id = newest.source_id
WHERE newest.state = 'off_topic'
    AND newest.score > 0
    AND {_SOURCE}
ORDER BY newest.score DESC
LIMIT 100
"""
_CHANGED = f"""
SELECT changed.article_id AS article, articles.title AS headline, {_OUTLET}, changed.seen_at, changed.what,
    changed.added, changed.removed
FROM (
    SELECT * FROM (
        SELECT article_id, seen_at, 'edited' AS what, added, removed FROM revisions
        WHERE number > 1 AND kind IS NOT 're-extracted'
        ORDER BY id DESC LIMIT 150
    )
    UNION ALL
    SELECT * FROM (
        SELECT article_id, happened_at, event, detail, '' FROM article_events ORDER BY id DESC LIMIT 150
    )
) AS changed
JOIN articles ON articles.id = changed.article_id
JOIN sources ON sources.id = articles.source_id
WHERE {_SOURCE}
ORDER BY changed.seen_at DESC
LIMIT 150
"""
_BLIND = f"""
SELECT coverage.day, {_OUTLET}, coverage.failed_polls AS looks_failed
FROM coverage
JOIN sources ON sources.id = coverage.source_id
WHERE coverage.polls = 0
    AND coverage.failed_polls > 0
    AND {_SOURCE}
ORDER BY coverage.day DESC, source
LIMIT 500
"""

# name: title, description, parameters, SQL; in the order of the database's page
_QUERIES: tuple[tuple[str, str, str, tuple[str, ...], str], ...] = (
    ("new_on_topic", "New on a topic", "The newest 100 matches; an empty topic means all.", ("topic",), _NEW_ON_TOPIC),
    ("to_review", "To review", "Stories near below a topic's threshold: `seedwatch topics mark` says yes or no.",
     ("topic",), _TO_REVIEW),
    ("search_snippets", "Search with snippets", "The newest 100 finds, with the words around.", ("q",), _SEARCH),
    ("who_carried", "What carried this story", "Give an article's number: the story's first version and all copies, "
     "with how much later each came. Empty: the story with most copies.", ("article",), _WHO_CARRIED),
    ("by_source_and_day", "Articles by source and day", "Of the last 30 days, or as many as you say; 300 lines.",
     ("source", "days"), _BY_SOURCE_AND_DAY),
    ("changed_since", "Edited, deleted, moved", "What outlets did to articles after they were out.", ("source",),
     _CHANGED),
    ("failing_feeds", "Failing feeds", "Feeds that failed when last polled, or never worked; worst first.",
     ("source",), _FAILING_FEEDS),
    ("failing_links", "Failing links", "Pages that could not be fetched, newest first.", ("source",), _FAILING_LINKS),
    ("missed", "What was missed, and why", "Links that became no article, by state and reason.", ("source",), _MISSED),
    ("near_misses", "Near misses", "Off-topic pages with the highest scores: is a seed lacking?", ("source",),
     _NEAR_MISSES),
    ("blind_days", "Days when we were blind", "Days on which no look at a source succeeded.", ("source",), _BLIND),
)  # fmt: skip


def canned_queries() -> dict[str, dict[str, Any]]:
    """The queries as Datasette wants them, by name; a fresh copy, since Datasette writes into what it is given."""
    return {
        name: {
            "sql": sql.strip(),
            "title": title,
            "description": description,
            "params": list(params),
            "hide_sql": True,
        }
        for name, title, description, params, sql in _QUERIES
    }
