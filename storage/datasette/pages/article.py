"""The page of an article: its text with the words that mattered, why it matched, who else carried it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from storage.analyser import tokens
from storage.articles.evidence_text import evidence_lines, lag_words
from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.entries import REASONS
from storage.datasette.pages.marks import find_phrases, marked, merged, phrase_of, snap
from storage.datasette.pages.rendering import Row, cleaned, page, rows
from storage.datasette.pages.wording import (
    Explanation,
    clean,
    is_web_address,
    read_explanation,
    short_time,
)

# Below this the best sentences would stand on one screen with the text itself.
SHORT_WORDS = 120

_READS = (
    "articles",
    "article_texts",
    "matches",
    "topics",
    "sources",
    "copies",
    "revisions",
    "article_events",
    "article_addresses",
)

_ARTICLE = """
SELECT articles.*, coalesce(nullif(sources.title, ''), sources.name) AS source, article_texts.text,
    (SELECT max(seen_at) FROM revisions WHERE article_id = articles.id AND number > 1) AS changed_at
FROM articles
JOIN sources ON sources.id = articles.source_id
LEFT JOIN article_texts ON article_texts.article_id = articles.id
WHERE articles.id = :id
"""
_MATCHES = """
SELECT matches.*, topics.name, coalesce(nullif(topics.title, ''), topics.name) AS topic
FROM matches
JOIN topics ON topics.id = matches.topic_id
WHERE article_id = :id
ORDER BY band, score DESC, topics.name
"""
_FAMILY = """
SELECT articles.id, articles.title, coalesce(nullif(sources.title, ''), sources.name) AS source,
    articles.published_at, articles.published_precision, copies.relation, copies.similarity, copies.lag_s,
    heads.published_precision AS head_precision
FROM copies
JOIN articles ON articles.id = copies.article_id
JOIN articles AS heads ON heads.id = copies.original_id
JOIN sources ON sources.id = articles.source_id
WHERE copies.original_id = :head
ORDER BY copies.lag_s, articles.id
LIMIT 100
"""
_HEAD = """
SELECT articles.id, articles.title, coalesce(nullif(sources.title, ''), sources.name) AS source,
    articles.published_at, articles.published_precision
FROM copies
JOIN articles ON articles.id = copies.original_id
JOIN sources ON sources.id = articles.source_id
WHERE copies.article_id = :id AND copies.relation <> 'follow_up'
"""
_ADDRESSES = """
SELECT url
FROM article_addresses
WHERE article_id = :id
ORDER BY id
"""
_REVISIONS = """
SELECT number, seen_at, title, kind, silent
FROM revisions
WHERE article_id = :id
ORDER BY number DESC
"""
_NEIGHBOUR = """
SELECT article_id
FROM matches
WHERE topic_id = :topic AND band = :band AND (published_at, article_id) {sign} (:published_at, :article_id)
ORDER BY published_at {order}, article_id {order}
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Chip:
    """A match as the article's page shows it."""

    name: str
    topic: str
    score: float
    threshold: float
    reason: str
    review: bool  # near below the threshold: a person should look
    terms: tuple[tuple[str, float], ...]
    sentences: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Another article of the same story."""

    id: int
    title: str
    source: str
    published: str
    what: str  # "copy, 100 % alike, 1 h 30 min later"


async def read(datasette: Any, request: Any) -> Response:
    """One article."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    article_id = int(request.url_vars["id"])
    stored = await rows(database, _ARTICLE, id=article_id)
    if not stored:
        raise NotFound(f"No such article: {article_id}")
    article = stored[0]
    matches = await rows(database, _MATCHES, id=article_id)
    explanations = [read_explanation(row["explanation"]) for row in matches]
    stale = [
        bool(article["changed_at"] and article["changed_at"] > (row["judged_at"] or row["matched_at"]))
        for row in matches
    ]
    marker = _Marker(article["language"], explanations, [not old for old in stale])
    head = await rows(database, _HEAD, id=article_id)
    family = await rows(database, _FAMILY, head=head[0]["id"] if head else article_id)
    others = [row for row in family if row["id"] != article_id]
    return await page(
        datasette,
        request,
        database,
        "seedwatch_read.html",
        article=cleaned(article),
        title=marker.title(article["title"]),
        plain_title=clean(article["title"]) or "(no headline)",
        byline=_byline(article),
        original=article["url"] if is_web_address(article["url"]) else None,
        address=clean(article["url"]),
        elsewhere=[
            clean(row["url"])
            for row in await rows(database, _ADDRESSES, id=article_id)
            if is_web_address(row["url"])
        ],
        paragraphs=marker.paragraphs(article["text"] or ""),
        chips=[_chip(row, why, marker) for row, why in zip(matches, explanations, strict=True)],
        is_long=(article["words"] or 0) > SHORT_WORDS,
        head=_carrier(head[0]) if head else None,
        carriers=[_carrier(row) for row in others if row["relation"] != "follow_up"],
        followers=[_carrier(row) for row in others if row["relation"] == "follow_up"],
        revisions=[_dated(row, "seen_at") for row in await rows(database, _REVISIONS, id=article_id)],
        events=[_event(row) for row in await rows(database, _EVENTS, id=article_id)],
        newer=await _neighbour(database, matches, ">", "ASC"),
        older=await _neighbour(database, matches, "<", "DESC"),
    )


_EVENTS = """
SELECT event, happened_at, detail
FROM article_events
WHERE article_id = :id
ORDER BY id
"""


class _Marker:
    """Marks what made the matches of an article, in its headline, text and best sentences."""

    def __init__(
        self, language: str | None, explanations: Sequence[Explanation], spans_hold: Sequence[bool]
    ) -> None:
        self._language = language
        self._phrases = [
            phrase_of(surface, language) for explanation in explanations for surface, _ in explanation.terms
        ]
        # A span is an offset into the text as it was matched: after an edit it would mark other words.
        self._spans = [
            span
            for explanation, hold in zip(explanations, spans_hold, strict=True)
            for span in explanation.spans
            if hold
        ]

    def title(self, title: str) -> Markup:
        return _html(marked(title, self._stretches(title, "title"))) or Markup("(no headline)")

    def sentence(self, sentence: str) -> Markup:
        return _html(marked(sentence, self._stretches(sentence, "")))

    def paragraphs(self, text: str) -> list[Markup]:
        """The lines of *text* that hold anything, marked."""
        stretches = self._stretches(text, "text")
        html, start = [], 0
        for line in text.split("\n"):
            if line.strip():
                html.append(_html(marked(text, stretches, start=start, end=start + len(line))))
            start += len(line) + 1
        return html

    def _stretches(self, text: str, field: str) -> list[tuple[int, int]]:
        text_tokens = tokens(text, self._language)
        spans = [(start, end) for name, start, end in self._spans if name == field]
        return merged([*find_phrases(text_tokens, self._phrases), *snap(text_tokens, spans)])


def _html(html: Markup) -> Markup:
    # Escaped text without control characters is escaped text.
    return Markup(clean(html))


def _byline(article: Row) -> list[str]:
    """What is said under the headline, without what is unknown."""
    words = article["words"]
    published = short_time(article["published_at"], article["published_precision"])
    said = [
        f"published {published}{_doubt(article)}" if published else "date unknown",
        f"first seen {short_time(article['first_seen_at'])}",
        clean(article["authors"]),
        clean(article["section"]),
        clean(article["language"]),
        f"{words:,} words" if isinstance(words, int) else "",
        {"seed": "a seed", "import": "imported"}.get(article["origin"], ""),
    ]
    return [part for part in said if part]


def _doubt(article: Row) -> str:
    """How exact the date is, where it is not to the minute; times are UTC."""
    precision = article["published_precision"]
    if precision in ("second", "minute"):
        return " UTC"
    return f" (to the {clean(precision)})" if precision else ""


def _chip(row: Row, why: Explanation, marker: _Marker) -> Chip:
    return Chip(
        name=row["name"],
        topic=clean(row["topic"]),
        score=row["score"],
        threshold=row["threshold"],
        reason=REASONS.get(row["reason"], clean(row["reason"])),
        review=row["band"] == "review",
        terms=why.terms,
        sentences=tuple(marker.sentence(sentence) for sentence in why.sentences),
    )


def _carrier(row: Row) -> Carrier:
    said = [clean(row.get("relation")).replace("_", "-")]
    if row.get("similarity") is not None:
        said.append(f"{row['similarity']:.0%} alike")
    if row.get("lag_s") is not None:
        said.append(lag_words(row["lag_s"], (row["published_precision"], row["head_precision"])))
    return Carrier(
        id=row["id"],
        title=clean(row["title"]) or "(no headline)",
        source=clean(row["source"]),
        published=short_time(row["published_at"], row["published_precision"]),
        what=", ".join(part for part in said if part),
    )


def _dated(row: Row, column: str) -> Row:
    return {name: clean(value) for name, value in row.items()} | {"at": short_time(row[column])}


def _event(row: Row) -> Row:
    lines = tuple(clean(line) for line in evidence_lines(row["detail"]))
    return {"event": clean(row["event"]), "at": short_time(row["happened_at"]), "evidence": lines}


async def _neighbour(database: Any, matches: Sequence[Row], sign: str, order: str) -> int | None:
    """The next article of the strongest match's topic by date; None at the end, or without a match."""
    if not matches:
        return None
    match = matches[0]
    neighbours = await rows(
        database,
        _NEIGHBOUR.format(sign=sign, order=order),
        topic=match["topic_id"],
        band=match["band"],
        published_at=match["published_at"],
        article_id=match["article_id"],
    )
    return int(neighbours[0]["article_id"]) if neighbours else None
