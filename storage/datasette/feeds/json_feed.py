"""A feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Pure."""

import json
from typing import Any

from storage.datasette.feeds.entries import (
    FeedItem,
    OfferedFeed,
    author,
    categories,
    entry_time,
    headline,
    identity,
    original,
)
from storage.datasette.pages.wording import clean

CONTENT_TYPE = "application/feed+json; charset=utf-8"
VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(feed: OfferedFeed) -> bytes:
    """*feed* as a JSON Feed, its entries in the order given; what is ours alone stands under `_seedwatch`."""
    document = {
        "version": VERSION,
        "title": clean(feed.title).strip() or identity(feed),
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "items": [_item(identity(feed, entry.article_id), entry) for entry in feed.entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _item(name: str, entry: FeedItem) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": name,
        "url": original(entry) or entry.page,
        "title": headline(entry),
        # An item must have a content; without any reason to tell, the headline is it.
        "content_text": clean(entry.why) or headline(entry),
        "date_published": entry_time(entry).isoformat(),
        "authors": [{"name": author(entry)}],
        "_seedwatch": {
            "article": entry.article_id,
            "page": entry.page,
            "story": entry.story_id or entry.article_id,
            "carried": entry.carried,
        },
    }
    if tags := categories(entry):
        item["tags"] = tags
    if entry.language and clean(entry.language):
        item["language"] = clean(entry.language)
    return item
