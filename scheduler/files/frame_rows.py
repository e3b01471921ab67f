"""What is held, as flat and typed records: each a row of a frame, whatever library makes the frame."""

from dataclasses import dataclass
from datetime import UTC, datetime

from storage.articles.exports import ExportedArticle
from storage.articles.matches import ListedMatch


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article with its text, as it is now. All times are aware, in UTC."""

    article: int  # its number
    url: str | None  # None: a seed without an address
    title: str
    text: str
    published_at: (
        datetime | None
    )  # what is not stated of it is its beginning: a day is midnight UTC, a year January 1
    published_precision: str | None  # second, minute, hour, day, month or year; None with published_at
    published: str | None  # as finely as it was stated, in the zone of the outlet
    modified_at: datetime | None
    language: str | None  # ISO 639-1
    source: str
    source_title: str
    country: str | None
    section: str | None
    authors: tuple[str, ...]
    words: int
    origin: str  # crawl, seed or import
    state: str  # live, deleted, replaced or unknown
    first_seen_at: datetime
    fetched_at: datetime
    revisions: int  # how often its outlet has edited it
    story: int  # the article that is the head of its story; itself, if it is
    relation: str | None  # to the head: copy, excerpt or extended; None: the head
    follows_up: int | None  # the head of the story that it follows up
    topics: tuple[str, ...]  # that it matches in band "match"


@dataclass(frozen=True, slots=True)
class MatchRow:
    """That an article meets a topic, and why."""

    topic: str
    article: int
    band: str  # match or review
    score: float
    threshold: float
    reason: str  # seed, rule, both, alias or marked
    terms: str  # the strongest
    sentence: str  # the best; "" if none is known
    matched_at: datetime


def article_row(exported: ExportedArticle) -> ArticleRow:
    """The row of an exported article."""
    told = next((one for one in exported.relations if one.relation != "follow_up"), None)
    followed = next((one for one in exported.relations if one.relation == "follow_up"), None)
    return ArticleRow(
        article=exported.id,
        url=exported.url,
        title=exported.title,
        text=exported.text,
        published_at=_stated_at(exported.published, exported.published_precision),
        published_precision=exported.published_precision,
        published=exported.published,
        modified_at=_at(exported.modified) if exported.modified else None,
        language=exported.language,
        source=exported.source,
        source_title=exported.source_title,
        country=exported.country,
        section=exported.section,
        authors=exported.authors,
        words=exported.words,
        origin=exported.origin,
        state=exported.state,
        first_seen_at=_at(exported.first_seen),
        fetched_at=_at(exported.fetched),
        revisions=exported.revisions,
        story=told.original_id if told else exported.id,
        relation=told.relation if told else None,
        follows_up=followed.original_id if followed else None,
        topics=tuple(match.topic for match in exported.matches if match.band == "match"),
    )


def match_row(listed: ListedMatch) -> MatchRow:
    """The row of a match."""
    return MatchRow(
        listed.topic,
        listed.article_id,
        listed.band,
        listed.score,
        listed.threshold,
        listed.reason,
        listed.terms,
        listed.sentence,
        listed.matched_at,
    )


def _stated_at(published: str | None, precision: str | None) -> datetime | None:
    """The time that a date states, or its beginning, in UTC."""
    if published is None:
        return None
    whole = {"year": f"{published}-01-01", "month": f"{published}-01"}
    return _at(whole.get(precision or "", published))


def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
