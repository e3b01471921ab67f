"""The page of an article: its text with the words that mattered, why it matched, who else carried it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from storage.analyser import tokens
from storage.articles.evidence_text import evidence_lines, happening_words
from storage.datasette.databases import asked_database, demand_view, may_view
from storage.datasette.pages.articles.citation import CitedArticle, citation
from storage.datasette.pages.entries import reason_of
from storage.datasette.pages.marks import find_phrases, marked, merged, phrase_of, snap
from storage.datasette.pages.rendering import Row, cleaned, page, rows
from storage.datasette.pages.stories.telling import told_story
from storage.datasette.pages.wording import (
    Explanation,
    clean,
    cut,
    is_web_address,
    moment,
    read_explanation,
    read_time,
    short_time,
)
from storage.records.decisions import RE_EXTRACTED

# Below this the best sentences would stand on one screen with the text itself.
SHORT_WORDS = 120
# Of a story that more told, its page shows the rest.
TELLINGS = 12
_STATES = {
    "deleted": "The outlet has taken this article down.",
    "replaced": "At its address the outlet now shows another story.",
}

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
    "sightings",
    "feeds",
)

_ARTICLE = """
SELECT articles.*, sources.name AS source_name, coalesce(nullif(sources.title, ''), sources.name) AS source,
    article_texts.text,
    (SELECT max(seen_at) FROM revisions WHERE article_id = articles.id AND number > 1
        AND kind IS NOT 're-extracted') AS changed_at
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
_EVENTS = """
SELECT event, happened_at, detail
FROM article_events
WHERE article_id = :id
ORDER BY id
"""
_FOUND_IN = """
SELECT feeds.url, sightings.first_seen_at
FROM sightings
JOIN feeds ON feeds.id = sightings.feed_id
WHERE sightings.article_id = :id
ORDER BY sightings.first_seen_at
LIMIT 5
"""
_KEPT = """
SELECT id, fetched_at, bytes
FROM pages
WHERE article_id = :id
ORDER BY id DESC
LIMIT 5
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
    review: bool  # a person should look
    caution: str  # why, though its score would do; "" if it is near below the threshold
    terms: tuple[tuple[str, float], ...]
    sentences: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class KnownFact:
    """Something known of an article, with where it is known from."""

    name: str
    value: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of an article since it was out."""

    text: str
    evidence: tuple[str, ...]
    is_bad: bool
    is_edit: bool  # what changed is to be seen


async def read(datasette: Any, request: Any) -> Response:
    """One article."""
    database, article_id, article = await _asked(datasette, request)
    matches = await rows(database, _MATCHES, id=article_id)
    explanations = [read_explanation(row["explanation"]) for row in matches]
    stale = [
        bool(article["changed_at"] and article["changed_at"] > (row["judged_at"] or row["matched_at"]))
        for row in matches
    ]
    marker = _Marker(article["language"], explanations, [not old for old in stale])
    told = await told_story(database, article_id, TELLINGS)
    head = next((line for line in told.tellings if line.is_head and not line.is_here), None) if told else None
    revisions = [_dated(row, "seen_at") for row in await rows(database, _REVISIONS, id=article_id)]
    events = [_event(row) for row in await rows(database, _EVENTS, id=article_id)]
    kept = await _kept(datasette, request, database, article_id)
    return await page(
        datasette,
        request,
        database,
        "seedwatch_read.html",
        article=cleaned(article),
        title=marker.title(article["title"]),
        plain_title=clean(article["title"]) or "(no headline)",
        byline=_byline(article),
        published=_published(article),
        unread_date="" if article["published_at"] else cut(clean(article["unread_date"]), 120),
        own_time=_own_time(article),
        moment=moment(article["published_at"], article["published_precision"]),
        seen=short_time(article["first_seen_at"]),
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
        notices=_notices(article["state"], events, revisions),
        facts=_facts(article, await rows(database, _FOUND_IN, id=article_id)),
        head=head,
        story=told,
        revisions=revisions,
        events=events,
        kept=kept,
        archives=_archives(article),
        cited=citation(_cited(article)),
        newer=await _neighbour(database, matches, ">", "ASC"),
        older=await _neighbour(database, matches, "<", "DESC"),
    )


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
    said = [
        clean(article["authors"]),
        clean(article["section"]),
        clean(article["language"]),
        f"{words:,} words" if isinstance(words, int) else "",
        {"seed": "a seed", "import": "imported"}.get(article["origin"], ""),
    ]
    return [part for part in said if part]


def _published(article: Row) -> str:
    """The date to its precision, in UTC where it has a time; "" if there is none."""
    precision = article["published_precision"]
    published = short_time(article["published_at"], precision)
    if precision in ("second", "minute"):
        return f"{published} UTC"
    return f"{published} (to the {clean(precision)})" if published and precision else published


def _own_time(article: Row) -> str:
    """The time as the outlet's clock showed it; "" where that is UTC, or not known."""
    at, offset = read_time(article["published_at"]), article["published_offset"]
    if (
        at is None
        or not isinstance(offset, int)
        or offset == 0
        or not moment(article["published_at"], article["published_precision"])
    ):
        return ""
    if abs(offset) >= 24 * 60:  # no zone of this world
        return ""
    own = at.astimezone(timezone(timedelta(minutes=offset)))
    return f"{own:%Y-%m-%d %H:%M} {own:%z}"


def _facts(article: Row, found_in: Sequence[Row]) -> list[KnownFact]:
    """What is known of an article, without what is not."""
    rule, raw = clean(article["published_rule"]), clean(article["published_raw"])
    stated = " ".join(filter(None, (rule, f"“{cut(raw, 80)}”" if raw else "", _zone(article))))
    if article["unread_date"] and not article["published_at"]:
        stated = f"“{cut(clean(article['unread_date']), 120)}” could not be read"
    facts = [
        KnownFact("Published", _published(article) or "unknown", stated),
        KnownFact("On the outlet's clock", _own_time(article), ""),
        KnownFact("First seen", short_time(article["first_seen_at"]), _origin(article)),
        KnownFact("Text read", short_time(article["fetched_at"]), ""),
        KnownFact("Page says changed", short_time(article["modified_at"]), ""),
        KnownFact("Authors", clean(article["authors"]), ""),
        KnownFact("Section", clean(article["section"]), ""),
        KnownFact("Language", clean(article["language"]), ""),
        KnownFact("Host", clean(article["outlet_host"]), ""),
        KnownFact("Names as its original", clean(article["canonical_url"]), "the page's canonical address"),
        *(
            KnownFact("Found in", cut(clean(row["url"]), 200), short_time(row["first_seen_at"]))
            for row in found_in
        ),
    ]
    return [fact for fact in facts if fact.value]


def _zone(article: Row) -> str:
    zone = clean(article["published_zone"])
    return f"taken as {zone}, since no zone was stated" if zone else ""


def _origin(article: Row) -> str:
    return {"seed": "as a seed", "import": "by an import"}.get(article["origin"], "by a crawl")


def _notices(state: str, events: Sequence[Row], revisions: Sequence[Row]) -> list[Notice]:
    """What happened to an article, the gravest first: how it stands, its return, its edits."""
    notices = []
    last = {event["event"]: event for event in events}
    if state != "live":
        event = last.get(state)
        seen = f" Noticed {event['at']} UTC." if event else ""
        text = _STATES.get(state, "Whether the outlet still shows this article is not known.")
        notices.append(Notice(f"{text}{seen}", event["evidence"] if event else (), True, False))
    if "returned" in last:
        gone = f" It had been gone since {last['deleted']['at']}." if "deleted" in last else ""
        notices.append(
            Notice(
                f"The outlet put this article back, noticed {last['returned']['at']} UTC.{gone}",
                (),
                False,
                False,
            )
        )
    edits = [
        revision for revision in revisions if revision["number"] > 1 and revision["kind"] != RE_EXTRACTED
    ]
    if edits:
        count = "once" if len(edits) == 1 else f"{len(edits)} times"
        silent = ", silently: the page states no change" if edits[0]["silent"] else ""
        kind = f" ({edits[0]['kind']})" if edits[0]["kind"] else ""
        notices.append(
            Notice(f"Edited {count}, last seen {edits[0]['at']} UTC{kind}{silent}.", (), False, True)
        )
    return notices


def _archives(article: Row) -> list[tuple[str, str]]:
    """Names and addresses of archives that may hold the original; nothing is asked of them by us."""
    url = article["url"]
    if not is_web_address(url):
        return []
    at = read_time(article["published_at"] or article["first_seen_at"])
    stamp = f"{at:%Y%m%d}" if at else "*"
    return [
        ("web.archive.org", f"https://web.archive.org/web/{stamp}/{url}"),
        ("archive.today", f"https://archive.ph/{url}"),
        (
            "translate",
            f"https://translate.google.com/translate?{urlencode({'sl': 'auto', 'tl': 'en', 'u': url})}",
        ),
    ]


async def _kept(datasette: Any, request: Any, database: Any, article_id: int) -> list[Row]:
    """The pages that are kept of an article, newest first; none for a reader who may not see them."""
    if not await may_view(datasette, request.actor, database, ("pages", "page_bodies")):
        return []
    return [_dated(row, "fetched_at") for row in await rows(database, _KEPT, id=article_id)]


def _cited(article: Row) -> CitedArticle:
    return CitedArticle(
        article_id=article["id"],
        title=article["title"],
        outlet=article["source"],
        authors=article["authors"],
        published_at=article["published_at"],
        precision=article["published_precision"],
        read_at=clean(article["fetched_at"]),
        url=article["url"],
        language=article["language"],
    )


async def _asked(datasette: Any, request: Any) -> tuple[Any, int, Row]:
    """Database, number and row of the article that a request is about, for who may read it.

    Raises:
        NotFound: there is no such article.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    article_id = int(request.url_vars["id"])
    stored = await rows(database, _ARTICLE, id=article_id)
    if not stored:
        raise NotFound(f"No such article: {article_id}")
    return database, article_id, stored[0]


async def cite(datasette: Any, request: Any) -> Response:
    """The article's citation as a file, by the ending of the address: .bib or .ris.

    Raises:
        NotFound: there is no such article.
    """
    _, article_id, article = await _asked(datasette, request)
    cited = citation(_cited(article))
    is_ris = request.url_vars["form"] == "ris"
    kind = "application/x-research-info-systems" if is_ris else "application/x-bibtex"
    name = f"article-{article_id}.{'ris' if is_ris else 'bib'}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(
        cited.ris if is_ris else cited.bibtex, headers=headers, content_type=f"{kind}; charset=utf-8"
    )


def _chip(row: Row, why: Explanation, marker: _Marker) -> Chip:
    return Chip(
        name=row["name"],
        topic=clean(row["topic"]),
        score=row["score"],
        threshold=row["threshold"],
        reason=reason_of(row, why),
        review=row["band"] == "review",
        caution=why.caution if row["band"] == "review" else "",
        terms=why.terms,
        sentences=tuple(marker.sentence(sentence) for sentence in why.sentences),
    )


def _dated(row: Row, column: str) -> Row:
    return cleaned(row) | {"at": short_time(row[column])}


def _event(row: Row) -> Row:
    lines = tuple(clean(line) for line in evidence_lines(row["detail"]))
    event = clean(row["event"])
    return {
        "event": event,
        "what": happening_words(event),
        "at": short_time(row["happened_at"]),
        "evidence": lines,
    }


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
