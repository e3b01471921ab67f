"""Reads JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/). Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawler import limits
from crawler.documents.entries import (
    dropped_warning,
    entry_without_link,
    join_warnings,
    language_code,
    list_entries,
    newest_places,
    plain_text,
    with_whole_text,
)
from crawler.documents.websub import LINKS
from crawler.text.bounds import read_json
from crawler.text.dates import read_date, unread_date
from crawler.urls import clean_link
from storage.errors import ParseError
from storage.records.articles import StatedDate
from storage.records.sources import FeedDocument, FeedEntry

_VERSION = "jsonfeed.org/version/"
_NEAR = 4_096
# Dates of this format (RFC 3339) sort as text.
_SORTABLE = re.compile(r"[12][0-9]{3}-[0-9]{2}")


def looks_like_json_feed(text: str) -> bool:
    """Whether *text* begins like a JSON object and names the version of JSON Feed near its beginning or end."""
    return text.lstrip("\ufeff \t\r\n")[:1] == "{" and (
        _VERSION in _slashes(text[:_NEAR]) or _VERSION in _slashes(text[-_NEAR:])
    )


def _slashes(text: str) -> str:
    return text.replace("\\/", "/")


def parse_json_feed(
    text: str, *, url: str, timezone: str | None, now: datetime, is_whole: bool = False
) -> FeedDocument:
    """The JSON Feed in *text*, fetched from *url*; entries in the feed's order, each address once.

    *is_whole*: its entries are the articles, so each has all of its text.

    Raises:
        ParseError: ``not_a_feed`` if it is no JSON or no JSON Feed; ``too_large``.
    """
    try:
        feed = read_json(text)
    except (ValueError, RecursionError) as error:
        raise ParseError("not_a_feed", f"the address gives JSON that cannot be read: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) and _VERSION in _text(feed, "version") else None
    if not isinstance(items, list):
        raise ParseError("not_a_feed", "the address gives JSON that is no JSON Feed")
    language = language_code(_text(feed, "language"))
    places = newest_places([_newness(item) for item in items], limits.ENTRIES_PER_FEED)
    kept = [items[place] for place in places]
    listed = list_entries(
        _entry(item, url, language, timezone, now, is_whole) if isinstance(item, dict) else None
        for item in kept
    )
    return FeedDocument(
        entries=listed.entries,
        title=plain_text(_text(feed, "title"), limits.TITLE_CHARACTERS),
        skipped=listed.skipped,
        warning=join_warnings(dropped_warning(len(items) - len(kept))),
        links=_links(feed),
    )


def _links(feed: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Its hubs of the type WebSub (the specification's "hubs"), its own address, and the page with older entries."""
    hubs = feed.get("hubs")
    named = [hub for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    links = [("hub", _text(hub, "url")) for hub in named[:LINKS] if _text(hub, "type").lower() == "websub"]
    own = [("self", _text(feed, "feed_url"))] if links else []
    older = _text(feed, "next_url")
    return (*links, *own, *([("next", older)] if older else []))


def _entry(
    item: Mapping[str, Any],
    base: str,
    language: str | None,
    timezone: str | None,
    now: datetime,
    is_whole: bool,
) -> FeedEntry | None:
    """The entry that *item* is; None without a usable link, unless it is an article by itself."""
    links = (clean_link(base, _text(item, key)) for key in ("url", "external_url"))
    identifier = _text(item, "id")
    link = next(filter(None, links), None) or (
        clean_link(base, identifier) if identifier.startswith(("http://", "https://")) else None
    )
    summary = _text(item, "summary") or _text(item, "content_text") or _text(item, "content_html")
    stated = [_text(item, key) for key in ("date_published", "date_modified")]
    published, updated = (_date(text, timezone, now) for text in stated)
    found = FeedEntry(
        url=link or base,
        title=plain_text(_text(item, "title"), limits.TITLE_CHARACTERS),
        published=published,
        updated=updated,
        unread_date=None if published or updated else unread_date(*stated),
        summary=plain_text(summary, limits.SUMMARY_CHARACTERS),
        language=language_code(_text(item, "language")) or language,
    )
    markup = _text(item, "content_html") or _text(item, "content_text") or _text(item, "summary")
    if link is not None:
        return with_whole_text(found, markup) if is_whole else found
    if _text(item, "url") or _text(item, "external_url"):  # a link that is no address is a mistake
        return None
    return entry_without_link(base, identifier, found.title, markup, found)


def _newness(item: Any) -> str:
    """The date that an item states, as text to order by; "" for none and for other forms."""
    if not isinstance(item, dict):
        return ""
    stated = _text(item, "date_published") or _text(item, "date_modified")
    return stated if _SORTABLE.match(stated) else ""


def _date(text: str, timezone: str | None, now: datetime) -> StatedDate | None:
    return read_date(text, rule="feed", timezone=timezone, now=now) if text else None


def _text(values: Mapping[str, Any], key: str) -> str:
    """The text under *key*; "" if there is none, numbers as digits."""
    value = values.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
