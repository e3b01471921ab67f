"""XML as servers send it, made readable: without junk, bombs and loose ends. Pure.

Strict readers give up at the first flaw, tolerant ones are slow and guess. So the usual flaws are mended in the text
first. No entity of a document's own is ever expanded, and no external one asked for: the DOCTYPE is dropped.
"""

import html.entities
import re
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from crawler.documents.entries import newest_places

_ROOT = re.compile(
    r"<!doctype\s+(?P<doctype>html)\b"
    r"|<(?P<name>(?:[A-Za-z_][\w.-]*:)?(?P<root>rss|feed|rdf|urlset|sitemapindex|html))(?=[\s>/])",
    re.IGNORECASE,
)
_PROLOG = re.compile(
    r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^<>\[]|\[.*?\]\s*(?=>))*>", re.DOTALL | re.IGNORECASE
)
# Longer ones, such as those that define bombs of entities, count as a flaw without a look.
_PROLOG_CHARACTERS = 4_096
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|&(?!(?:lt|gt|amp|quot|apos);)(?:#([0-9]{1,7}|[xX][0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]*);)?",
    re.DOTALL,
)
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_DATE = re.compile(
    r"<(?:\w+:)?(?:pubDate|published|updated|date|issued|modified)\b[^<>]*>\s*(?:<!\[CDATA\[)?\s*(?:"
    r"(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2})?)"
    rf"|(?:\w{{3,9}},?\s+)?(?P<day>[0-9]{{1,2}})\s+(?P<month>{'|'.join(re.findall('...', _MONTHS))})\w*"
    r"\s+(?P<year>[0-9]{4})"
    r"(?:\s+(?P<time>[0-9]{2}:[0-9]{2}))?)",
    re.IGNORECASE,
)
_UNITS = {"rss": "item", "rdf": "item", "feed": "entry", "urlset": "url", "sitemapindex": "sitemap"}


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """A document from its root element on."""

    root: str  # "rss", "feed", "rdf", "urlset", "sitemapindex", "html", or "" for none of them
    text: str  # without declaration and DOCTYPE
    flaw: str | None = None  # what was mended; None if nothing

    def unit(self) -> str:
        """The name of the element that an entry is."""
        return _UNITS[self.root]


def read_xml(text: str) -> XmlDocument:
    """The document in *text*, mended.

    Mended are text before the root and behind its end, control characters, bare ampersands and entities that XML
    does not know; of a document that is cut off, the entries that are whole remain.
    """
    start = _ROOT.search(text)
    if start is None:
        return XmlDocument("", text)
    if start["doctype"] or start["root"].lower() == "html":
        return XmlDocument("html", text)
    root, name = start["root"].lower(), start["name"]
    before = len(text[: start.start()]) > _PROLOG_CHARACTERS or _PROLOG.sub("", text[: start.start()]).strip()
    legal = _ILLEGAL.sub("", text[start.start() :])
    mended = _AMPERSAND.sub(_mend_ampersand, legal)
    whole, is_cut = _end(mended, name, _UNITS[root])
    mended_here = before or len(legal) < len(text) - start.start() or mended != legal
    flaw = "cut off" if is_cut else "not well-formed" if mended_here else None
    return XmlDocument(root, whole, flaw)


def limit_entries(document: XmlDocument, entries: int) -> tuple[XmlDocument, int]:
    """*document* with its newest *entries* entries in order, and the number of those that were taken out.

    Of those without a date the nearer to either end are kept: some feeds have the newest last.
    """
    starts = [match.start() for match in re.finditer(rf"<(?:\w+:)?{document.unit()}[\s>/]", document.text)]
    if len(starts) <= entries:
        return document, 0
    last = re.compile(rf".*</(?:\w+:)?{document.unit()}\s*>", re.DOTALL).match(document.text, starts[-1])
    bounds = [*starts, last.end() if last else len(document.text)]
    units = [document.text[start:end] for start, end in pairwise(bounds)]
    kept = [units[place] for place in newest_places([_sortable_date(unit) for unit in units], entries)]
    text = "".join([document.text[: starts[0]], *kept, document.text[bounds[-1] :]])
    return XmlDocument(document.root, text, document.flaw), len(starts) - entries


def _sortable_date(unit: str) -> str:
    """The date that an entry states, to the minute and without its zone, in an order of text; "" for none."""
    found = _DATE.search(unit)
    if found is None:
        return ""
    if found["iso"]:
        return found["iso"].replace(" ", "T")
    month = _MONTHS.index(found["month"].lower()) // 3 + 1
    return f"{found['year']}-{month:02d}-{int(found['day']):02d}T{found['time'] or ''}"


def _mend_ampersand(match: re.Match[str]) -> str:
    whole, number, name = match[0], match[1], match[2]
    if whole[0] == "<":
        return whole
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        legal = code <= 0x10FFFF and not _ILLEGAL.match(chr(code))
        return whole if legal else ""
    if name and f"{name};" in html.entities.html5:
        return escape(html.entities.html5[f"{name};"])
    return "&amp;" + whole[1:]


def _end(text: str, name: str, unit: str) -> tuple[str, bool]:
    """*text* up to the end of its root element *name*, and whether that end was missing.

    A text that is cut off ends behind its last whole entry, so that no half link is taken for an address.
    """
    end = text.rfind(f"</{name}")
    if end >= 0:
        return f"{text[:end]}</{name}>", False
    prefix = name[: name.find(":") + 1] if unit != "item" else ""
    last = f"</{prefix}{unit}>"
    position = text.rfind(last)
    if position < 0:
        return text, True
    channel = "</channel>" if name.lower() == "rss" else ""
    return f"{text[: position + len(last)]}{channel}</{name}>", True
