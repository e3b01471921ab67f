"""Exported articles for tests, with values that a test need not care for."""

from typing import Any

from storage.articles.exports import ExportedArticle, ExportedMatch


def exported(id: int = 1, **more: Any) -> ExportedArticle:
    values: dict[str, Any] = {
        "url": f"http://courier.example/{id}",
        "title": f"Ministers meet {id}",
        "text": "They met.\nThey spoke.",
        "published": "2026-09-14T12:00+00:00",
        "published_precision": "minute",
        "modified": None,
        "language": "en",
        "source": "courier",
        "source_title": "The Courier",
        "country": "xa",
        "section": None,
        "authors": (),
        "words": 4,
        "origin": "crawl",
        "state": "live",
        "first_seen": "2026-09-14T12:10:00+00:00",
        "fetched": "2026-09-14T12:10:00+00:00",
        "canonical_url": None,
        "revisions": 0,
        "matches": (),
        "relations": (),
        "events": (),
    }
    return ExportedArticle(id=id, **values | more)


def match(topic: str = "strait", **more: Any) -> ExportedMatch:
    values: dict[str, Any] = {
        "score": 3.0,
        "threshold": 2.25,
        "reason": "seed",
        "band": "match",
        "terms": "tunnel, strait",
        "sentence": "They met.",
    }
    return ExportedMatch(topic=topic, **values | more)
