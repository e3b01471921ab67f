"""A topic's matches as an Atom feed (RFC 4287). Pure.

Odd dates in one article must not cost the reader the whole feed, so a date that cannot be read gives way to the next
best one.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from storage.datasette.pages.wording import clean, is_web_address, read_time

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A match as the feed tells it."""

    article_id: int
    title: str
    page: str  # absolute address of our reading page
    url: str | None  # the original; anything but http(s) is not linked
    source: str
    language: str | None
    times: tuple[str | None, ...]  # as stored, the best first: published, matched
    why: str


def atom_feed(
    database: str, topic: str, title: str, address: str, page: str, entries: Sequence[Entry]
) -> bytes:
    """The feed at *address* for the HTML page *page*, entries in the order given.

    Identities are UUIDs made of database, topic and article, so that they outlive a change of host.
    """
    ElementTree.register_namespace("", _ATOM)
    feed = _element(None, "feed")
    _element(feed, "id", _identity(database, topic))
    _element(feed, "title", title or topic)
    updated = max((_time(entry.times) for entry in entries), default=_NEVER)
    _element(feed, "updated", updated.isoformat())
    _element(feed, "link", rel="self", type="application/atom+xml", href=address)
    _element(feed, "link", rel="alternate", type="text/html", href=page)
    _element(feed, "generator", "seedwatch")
    for entry in entries:
        _add_entry(feed, _identity(database, topic, entry.article_id), entry)
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _add_entry(feed: ElementTree.Element, identity: str, entry: Entry) -> None:
    item = _element(feed, "entry")
    if entry.language:
        item.set(f"{{{_XML}}}lang", clean(entry.language))
    _element(item, "id", identity)
    _element(item, "title", entry.title or "(no headline)")
    stamp = _time(entry.times).isoformat()
    _element(item, "updated", stamp)
    _element(item, "published", stamp)
    original = entry.url if is_web_address(entry.url) else None
    _element(item, "link", rel="alternate", type="text/html", href=original or entry.page)
    _element(item, "link", rel="related", type="text/html", href=entry.page)
    _element(_element(item, "author"), "name", entry.source or "unknown")
    _element(item, "summary", entry.why)


def _element(
    parent: ElementTree.Element | None, name: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    values = {key: clean(value) for key, value in attributes.items()}
    tag = f"{{{_ATOM}}}{name}"
    made = ElementTree.Element(tag, values) if parent is None else ElementTree.SubElement(parent, tag, values)
    made.text = clean(text) or None
    return made


def _time(stored: Sequence[str | None]) -> datetime:
    """The first of *stored* that is a time; the epoch if none is."""
    for text in stored:
        at = read_time(text)
        if at is not None:
            return at
    return _NEVER


def _identity(*parts: object) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, 'seedwatch:' + '/'.join(map(str, parts)))}"
