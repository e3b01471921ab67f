"""Records for tests, with values that a test need not care for."""

from datetime import UTC, datetime
from typing import Any

from crawler.text.equality import text_hash
from crawler.urls import url_key
from storage.analyser import count_words
from storage.records.alerts import AlertRule
from storage.records.articles import Article, Precision, StatedDate
from storage.records.decisions import Reading
from storage.records.sources import Feed, FeedEntry, FeedKind, QueuedLink, Source
from storage.records.topics import Match, TermShare, Topic
from storage.sources.sources import DeclaredFeed

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
SENTENCE = (
    "The transport ministers of the two shores met in the harbour and spoke of the tunnel under the strait. "
)
TEXT = SENTENCE * 6
TOPIC = Topic("strait", title="The strait link")
SOURCE = Source(
    "courier",
    title="The Courier",
    home="http://courier.example/",
    country="xa",
    language="en",
    tags=("State media",),
)
RULE = AlertRule("desk", "json://***", kinds=("match", "health"))
DECLARED = [(SOURCE, [DeclaredFeed("http://courier.example/rss", FeedKind.FEED)])]
FEED = Feed(id=1, source="courier", url="http://courier.example/rss", kind=FeedKind.FEED)


def stated(at: datetime, precision: Precision = Precision.MINUTE) -> StatedDate:
    return StatedDate(at, precision, at.isoformat(), "meta", 0)


def article(
    url: str | None = "http://courier.example/1", title: str = "Ministers meet", text: str = TEXT, **more
) -> Article:
    values: dict[str, Any] = {"language": "en", "words": count_words(text), "published": stated(NOW)} | more
    return Article(url=url, title=title, text=text, **values)


def match(topic: str = "strait", score: float = 3.0) -> Match:
    return Match(
        topic,
        score,
        2.25,
        "seed",
        measure="background",
        terms=(TermShare("tunnel", 1.5),),
        sentences=(SENTENCE.strip(),),
    )


def reading(
    url: str | None = "http://courier.example/1", *, matches: tuple[Match, ...] = (match(),), **more
) -> Reading:
    article_values = {
        name: more.pop(name) for name in ("title", "text", "published", "language") if name in more
    }
    found = article(url, **article_values)
    values: dict[str, Any] = {
        "article": found,
        "url_key": url_key(url) if url else None,
        "text_hash": text_hash(found.title, found.text),
        "source": "courier",
        "origin": "crawl",
        "read_at": NOW,
        "matches": matches,
        "score": 3.0,
        "background": ("minist", "strait"),
    }
    return Reading(**values | more)


def entry(url: str = "http://courier.example/1", **more) -> FeedEntry:
    return FeedEntry(url, **({"title": "Ministers meet"} | more))


def link(id: int = 1, url: str = "http://courier.example/1") -> QueuedLink:
    return QueuedLink(id, url, url_key(url), "courier", entry(url), feed_id=1)
