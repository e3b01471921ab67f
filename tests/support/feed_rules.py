"""What RFC 4287 (Atom) and JSON Feed 1.1 demand of a document, as lists of what is broken."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

_ATOM = "{http://www.w3.org/2005/Atom}"
_WEB = re.compile(r"https?://[^/\s]+\S*")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ONCE_IN_FEED = ("generator", "icon", "logo", "rights", "subtitle")
_ONCE_IN_ENTRY = ("content", "published", "rights", "source", "summary")
_TOP_KEYS = {
    "version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon", "favicon",
    "authors", "author", "language", "expired", "hubs", "items",
}  # fmt: skip
_ITEM_KEYS = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
    "date_published", "date_modified", "authors", "author", "tags", "language", "attachments",
}  # fmt: skip


def broken_in_atom(body: bytes) -> list[str]:
    """What an Atom document breaks of RFC 4287; [] if it is valid."""
    feed = etree.fromstring(body)
    if feed.tag != f"{_ATOM}feed":
        return [f"root is {feed.tag}"]
    entries = feed.findall(f"{_ATOM}entry")
    broken = [*_of_atom_element(feed, _ONCE_IN_FEED)]
    for entry in entries:
        broken += _of_atom_element(entry, _ONCE_IN_ENTRY)
        if entry.find(f"{_ATOM}author") is None and feed.find(f"{_ATOM}author") is None:
            broken.append("entry without author (4.1.2)")
    ids = [entry.findtext(f"{_ATOM}id") for entry in entries]
    return broken + (["two entries of one id (4.1.1)"] if len(set(ids)) < len(ids) else [])


def broken_in_json_feed(document: Mapping[str, Any]) -> list[str]:
    """What a JSON Feed document breaks of version 1.1; [] if it is valid."""
    broken = [f"unknown key {key}" for key in document if key not in _TOP_KEYS and not key.startswith("_")]
    if document.get("version") != "https://jsonfeed.org/version/1.1":
        broken.append("version")
    if not _is_text(document.get("title")):
        broken.append("title")
    broken += [name for name in ("home_page_url", "feed_url") if not _is_address(document.get(name))]
    items = document.get("items")
    if not isinstance(items, list):
        return [*broken, "items"]
    ids = [item.get("id") for item in items]
    if len(set(ids)) < len(ids):
        broken.append("two items of one id")
    return broken + [problem for item in items for problem in _of_item(item)]


def _of_atom_element(element: Any, once: tuple[str, ...]) -> Iterator[str]:
    for name in ("id", "title", "updated"):
        found = element.findall(f"{_ATOM}{name}")
        if len(found) != 1 or not (found[0].text or "").strip():
            yield f"{name}: {len(found)}"
    yield from (f"{name} stands twice" for name in once if len(element.findall(f"{_ATOM}{name}")) > 1)
    dates = [date.text for name in ("updated", "published") for date in element.findall(f"{_ATOM}{name}")]
    yield from (f"date {date} (3.3)" for date in dates if not _is_time(date))
    if any(not author.findtext(f"{_ATOM}name") for author in element.findall(f"{_ATOM}author")):
        yield "author without name (3.2.1)"
    if not re.match(r"[a-z]+:", element.findtext(f"{_ATOM}id") or ""):
        yield "id is no IRI (4.2.6)"
    if any(not category.get("term") for category in element.findall(f"{_ATOM}category")):
        yield "category without term (4.2.2.1)"
    yield from _of_links(element.findall(f"{_ATOM}link"))


def _of_links(links: Sequence[Any]) -> Iterator[str]:
    if any(not _is_address(link.get("href")) for link in links):
        yield "link without an absolute address"
    same = [
        (link.get("type"), link.get("hreflang"))
        for link in links
        if link.get("rel", "alternate") == "alternate"
    ]
    if len(set(same)) < len(same):
        yield "two alternate links of one type (4.1.1)"


def _of_item(item: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown key {key}" for key in item if key not in _ITEM_KEYS and not key.startswith("_"))
    if not _is_text(item.get("id")):
        yield "item without id"
    if not isinstance(item.get("content_html", item.get("content_text")), str):
        yield "item without content"
    yield from (name for name in ("url", "external_url") if name in item and not _is_address(item[name]))
    yield from (
        f"{name} {item[name]}"
        for name in ("date_published", "date_modified")
        if name in item and not _is_time(item[name])
    )
    for author in item.get("authors", []):
        if not any(_is_text(author.get(name)) for name in ("name", "url", "avatar")):
            yield "author of nothing"
    if any(not isinstance(tag, str) for tag in item.get("tags", [])):
        yield "tag is no text"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _WEB.fullmatch(value) is not None


def _is_time(text: str | None) -> bool:
    if not text or not _RFC_3339.fullmatch(text):
        return False
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
