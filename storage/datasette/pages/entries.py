"""Articles as every list shows them: outlet, date, headline, best sentence, why, and what became of them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from storage.analyser import tokens
from storage.datasette.pages.marks import find_phrases, marked, merged, phrase_of
from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import Explanation, clean, cut, moment, read_explanation, short_time

REASONS = {
    "seed": "like the seeds",
    "rule": "the rule found it",
    "both": "like the seeds, and the rule found it",
    "alias": "its names stand near each other",
    "marked": "you said so",
}
# The measures of a second opinion, which decides nothing.
_MEANING = frozenset({"meaning", "cosine"})

_ARTICLES = """
SELECT articles.id, articles.title, articles.language, articles.published_at, articles.published_precision,
    articles.first_seen_at, articles.unread_date, articles.url, articles.state, articles.revisions, articles.source_id,
    sources.name AS source_name, coalesce(nullif(sources.title, ''), sources.name) AS source,
    (
        SELECT count(*) FROM copies WHERE copies.original_id = articles.id AND copies.relation <> 'follow_up'
    ) AS carried,
    copies.relation, copies.original_id, coalesce(nullif(first.title, ''), first.name) AS original
FROM json_each(:articles) AS asked
JOIN articles ON articles.id = asked.value
JOIN sources ON sources.id = articles.source_id
LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
LEFT JOIN articles AS head ON head.id = copies.original_id
LEFT JOIN sources AS first ON first.id = head.source_id
"""
_MATCHES = """
SELECT matches.article_id, matches.topic_id, matches.score, matches.threshold, matches.reason, matches.band,
    matches.terms, matches.explanation, matches.matched_at, topics.name,
    coalesce(nullif(topics.title, ''), topics.name) AS topic
FROM json_each(:articles) AS asked
JOIN matches ON matches.article_id = asked.value
JOIN topics ON topics.id = matches.topic_id
WHERE iif(:topic IS NULL, matches.band = 'match', matches.topic_id = :topic)
ORDER BY matches.score DESC, topics.name
"""


@dataclass(frozen=True, slots=True)
class TopicLink:
    """A topic as a chip shows it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An article in a list."""

    article_id: int
    title: Markup | str
    source_id: int
    source_name: str
    source: str  # as people call it
    language: str
    published: str  # for people; when it was first seen, if it is undated
    published_at: str  # as stored, of the same
    moment: str  # the same as an instant; "" where it is known no finer than a day
    is_dated: bool
    unread_date: str  # what stands there as its date and could not be read; "" if it could, or nothing does
    url: str | None
    state: str  # as in articles: live, deleted ...
    edits: int
    carried: int  # copies of it
    relation: str  # "copy", "excerpt" ... of another; "" if it is nobody's copy
    original_id: int | None  # that it repeats; None: it is nobody's copy
    original: str  # the outlet that was first; "" if it is nobody's copy
    topics: tuple[TopicLink, ...] = ()
    terms: str = ""
    score: float = 0.0
    threshold: float = 0.0
    reason: str = ""
    sentence: Markup | str = ""
    caution: str = ""  # why it is left to a person though its score would do; "" if its score is the reason
    band: str = ""
    matched_at: str = ""


async def entry_lines(
    database: Any, article_ids: Sequence[int], topic_id: int | None = None
) -> list[EntryLine]:
    """The articles in the order of *article_ids*, without those that are gone, each once.

    With *topic_id* each tells why it is about that topic; without, why it matched the topic with the highest score,
    and all topics that it matched.
    """
    asked = json.dumps(list(dict.fromkeys(article_ids)))
    articles = {row["id"]: row for row in await rows(database, _ARTICLES, articles=asked)}
    matches: dict[int, list[Row]] = defaultdict(list)
    for row in await rows(database, _MATCHES, articles=asked, topic=topic_id):
        matches[row["article_id"]].append(row)
    return [
        entry_line(articles[number], matches[number])
        for number in dict.fromkeys(article_ids)
        if number in articles
    ]


def fold(lines: Sequence[EntryLine]) -> tuple[list[EntryLine], int]:
    """*lines* without copies of what is among them, and how many those are."""
    listed = {line.article_id for line in lines}
    kept = [line for line in lines if line.original_id not in listed]
    return kept, len(lines) - len(kept)


def entry_line(article: Row, matches: Sequence[Row] = ()) -> EntryLine:
    """The line of an *article*, with the reason of the first of its *matches*."""
    is_dated = bool(article["published_at"])
    at = article["published_at"] or article["first_seen_at"]
    precision = article["published_precision"] if is_dated else "day"
    line = EntryLine(
        article_id=article["id"],
        title=clean(article["title"]) or "(no headline)",
        source_id=article["source_id"],
        source_name=article["source_name"],
        source=clean(article["source"]),
        language=clean(article["language"]),
        published=short_time(at, precision),
        published_at=clean(at),
        moment=moment(at, precision),
        is_dated=is_dated,
        unread_date="" if is_dated else cut(clean(article["unread_date"]), 40),
        url=article["url"],
        state=clean(article["state"]),
        edits=article["revisions"],
        carried=article["carried"],
        relation=clean(article["relation"]),
        original_id=article["original_id"],
        original=clean(article["original"]),
        topics=tuple(TopicLink(row["name"], clean(row["topic"])) for row in matches),
    )
    return _with_reason(line, matches[0]) if matches else line


def _with_reason(line: EntryLine, match: Row) -> EntryLine:
    explanation = read_explanation(match["explanation"])
    return replace(
        line,
        terms=clean(match["terms"]),
        score=match["score"],
        threshold=match["threshold"],
        reason=reason_of(match, explanation),
        caution=explanation.caution if match["band"] == "review" else "",
        sentence=_best_sentence(explanation, line.language),
        band=clean(match["band"]),
        matched_at=clean(match["matched_at"]),
    )


def reason_of(match: Row, why: Explanation) -> str:
    """What made a match, for people."""
    if match["reason"] == "seed" and why.measure in _MEANING:
        return "like the seeds in meaning"
    return REASONS.get(match["reason"], clean(match["reason"]))


def _best_sentence(explanation: Explanation, language: str) -> Markup:
    """The best sentence with the terms that made the match marked; "" if none."""
    if not explanation.sentences:
        return Markup()
    sentence = explanation.sentences[0]
    phrases = [phrase_of(surface, language) for surface, _ in explanation.terms]
    return marked(sentence, merged(find_phrases(tokens(sentence, language), phrases)))
