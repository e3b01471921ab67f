"""A feed as Atom (RFC 4287). Pure."""

import xml.etree.ElementTree as ElementTree

from storage.datasette.feeds.entries import (
    FeedItem,
    OfferedFeed,
    author,
    categories,
    entry_time,
    feed_time,
    headline,
    identity,
    original,
)
from storage.datasette.pages.wording import clean

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"


def atom_feed(feed: OfferedFeed) -> bytes:
    """*feed* as an Atom document, its entries in the order given."""
    ElementTree.register_namespace("", _ATOM)
    root = _element(None, "feed")
    _element(root, "id", identity(feed))
    _element(root, "title", clean(feed.title).strip() or identity(feed))
    _element(root, "updated", feed_time(feed).isoformat())
    _element(root, "link", rel="self", type="application/atom+xml", href=feed.address)
    _element(root, "link", rel="alternate", type="text/html", href=feed.page)
    _element(root, "generator", "seedwatch")
    for entry in feed.entries:
        _add_entry(root, identity(feed, entry.article_id), entry)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _add_entry(feed: ElementTree.Element, name: str, entry: FeedItem) -> None:
    item = _element(feed, "entry")
    if entry.language:
        item.set(f"{{{_XML}}}lang", clean(entry.language))
    _element(item, "id", name)
    _element(item, "title", headline(entry))
    stamp = entry_time(entry).isoformat()
    _element(item, "updated", stamp)
    _element(item, "published", stamp)
    _element(item, "link", rel="alternate", type="text/html", href=original(entry) or entry.page)
    _element(item, "link", rel="related", type="text/html", href=entry.page)
    _element(_element(item, "author"), "name", author(entry))
    for topic in categories(entry):
        _element(item, "category", term=topic)
    _element(item, "summary", entry.why)


def _element(
    parent: ElementTree.Element | None, name: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    values = {key: clean(value) for key, value in attributes.items()}
    tag = f"{{{_ATOM}}}{name}"
    made = ElementTree.Element(tag, values) if parent is None else ElementTree.SubElement(parent, tag, values)
    made.text = clean(text) or None
    return made
