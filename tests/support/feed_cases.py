"""The saved feeds and sitemaps in tests/feeds, and what they are expected to give."""

import json
from datetime import UTC, datetime
from typing import Any

from storage.records.articles import StatedDate
from storage.records.sources import FeedDocument, FeedEntry
from tests.support.folders import DATA

FOLDER = DATA / "feeds"
NOW = datetime(2025, 3, 4, tzinfo=UTC)
ZONE = "Asia/Seoul"


def url_of(name: str) -> str:
    """Where the saved file was "fetched" from."""
    return f"https://coast.example.org/{name}"


def expected(name: str) -> Any:
    """What the file beside the saved one says."""
    return json.loads((FOLDER / f"{name}.expected.json").read_text("utf-8"))


def as_json(document: FeedDocument) -> dict[str, Any]:
    """The document in the form of the expectations: what is empty is left out."""
    fields = {
        "title": document.title,
        "skipped": document.skipped,
        "warning": document.warning,
        "sitemaps": [one.url for one in document.sitemaps],
        "ttl_s": document.ttl_s,
        "entries": [_entry(entry) for entry in document.entries],
    }
    return {key: value for key, value in fields.items() if value}


def _entry(entry: FeedEntry) -> dict[str, Any]:
    fields = {
        "url": entry.url,
        "title": entry.title,
        "published": _date(entry.published),
        "updated": _date(entry.updated),
        "summary": entry.summary,
        "language": entry.language,
    }
    return {key: value for key, value in fields.items() if value}


def _date(date: StatedDate | None) -> str | None:
    return f"{date.at.isoformat()} {date.precision}" if date else None
