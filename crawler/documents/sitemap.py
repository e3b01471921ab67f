"""Reads sitemaps, news sitemaps and indexes of them (https://www.sitemaps.org/protocol.html). Pure."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from lxml import etree

from crawler import limits
from crawler.documents import rss, xml_repair
from crawler.documents.entries import (
    dropped_warning,
    join_warnings,
    language_code,
    list_entries,
    newest_places,
    plain_text,
)
from crawler.text.dates import read_date, unread_date
from crawler.text.encoding import decode
from crawler.urls import clean_link, politeness_key, url_key
from storage.errors import ParseError
from storage.records.articles import StatedDate
from storage.records.sources import FeedDocument, FeedEntry, NamedSitemap

# sitemaps.org allows 50,000 addresses in one sitemap; lines or elements beyond are not looked at.
_UNITS = 50_000
_OWN_FIELDS = ("loc", "lastmod")
_NEWS_FIELDS = ("publication_date", "title", "language", "keywords")
_ISO_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}.*)?", re.DOTALL)
_DAY = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})[-_/]?(0[1-9]|1[0-2])?[-_/]?(0[1-9]|[12][0-9]|3[01])?(?![0-9])"
)
# A sitemap by its name ("sitemap-2026-06.xml", "sitemap.php?page=2"), and a file that is no page for readers.
_SITEMAP_FILE = re.compile(
    r"/[^/?]*site-?map[^/?]*\.(?:xml|txt|php|aspx?)(?:\.gz)?(?:\?[^/]*)?$|/[^/?]*\.(?:xml|txt)\.gz$",
    re.IGNORECASE,
)
_XML_FILE = re.compile(r"\.xml(?:\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One ``url`` or ``sitemap`` element as it stands."""

    fields: Mapping[str, str]

    @property
    def is_news(self) -> bool:
        """Whether it has what news sitemaps say of an article."""
        return "publication_date" in self.fields or "title" in self.fields

    @property
    def newness(self) -> str:
        """The stated date as written, to order by: W3C dates sort as text; "" for none and for other dates."""
        stated = self.fields.get("publication_date") or self.fields.get("lastmod") or ""
        return stated if _ISO_DATE.fullmatch(stated) else ""


def parse_sitemap(
    body: bytes, *, url: str, timezone: str | None, now: datetime, is_whole: bool = False
) -> FeedDocument:
    """The sitemap in *body*, fetched from *url*: entries in its order, and the sitemaps that an index names.

    A news sitemap's publication date is `published`, its keywords are the summary; any ``lastmod`` is `updated`. Of
    more entries than ``limits.ENTRIES_PER_FEED`` those with the newest dates are kept, of undated ones those at both
    ends. An index gives at most ``limits.SITEMAPS_PER_INDEX`` sitemaps, the newest first, those without a date last
    and from both ends by turns; a sitemap that lists sitemaps like pages is an index, too. Addresses of other
    registrable domains are left out and counted in `skipped`. Gzipped bodies, text sitemaps (an address a line) and
    feeds, which the protocol also allows, are read too.

    Raises:
        ParseError: ``empty``, ``html``, ``not_a_sitemap``; and those of `crawler.text.encoding.decode`, such as
            ``too_large``.
    """
    text = decode(body, "")
    if not text.strip("\x00 \t\r\n\ufeff"):
        raise ParseError("empty", "the address gives an empty body")
    document = xml_repair.read_xml(text)
    if document.root == "html":
        raise ParseError("html", "the address gives an HTML page, no sitemap")
    if document.root in ("rss", "feed", "rdf"):
        return rss.read_feed(document, url=url, timezone=timezone, now=now)
    if document.root not in ("sitemapindex", "urlset"):
        return _entries(_text_units(text), url, timezone, now, None, is_whole)
    units, flaw = _read_units(document)
    flaw = join_warnings("not well-formed" if document.flaw else None, document.flaw, flaw)
    if document.root == "urlset":
        return _entries(units, url, timezone, now, flaw, is_whole)
    usable = [(unit, link) for unit, link in _own_links(units, url) if link is not None]
    return replace(_index(usable, url, flaw, is_whole), skipped=len(units) - len(usable))


def _read_units(document: xml_repair.XmlDocument) -> tuple[list[_Unit], str | None]:
    """The units of an XML sitemap in order, and what was wrong with the XML; the tree is dropped as it is read."""
    units: list[_Unit] = []
    reader = etree.iterparse(
        io.BytesIO(document.text.encode("utf-8", "replace")),
        tag=f"{{*}}{document.unit()}",
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=True,
    )
    try:
        for _, element in reader:
            units.append(_Unit(_fields(element)))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if len(units) >= _UNITS:
                break
    except etree.XMLSyntaxError:  # lxml 6 only logs what it recovers from, but does not promise to
        return units, "not well-formed"
    return units, "not well-formed" if reader.error_log else None


def _fields(element: etree._Element) -> dict[str, str]:
    """The known fields of *element*, whatever their namespace; not those of its images and videos."""
    fields: dict[str, str] = {}
    for child in element.iterchildren(etree.Element):
        name = _local_name(child)
        if name in _OWN_FIELDS:
            fields.setdefault(name, (child.text or "").strip())
        elif name == "news":
            for part in child.iterdescendants(etree.Element):
                fields.setdefault(_local_name(part), (part.text or "").strip())
    return {name: text for name, text in fields.items() if name in (*_OWN_FIELDS, *_NEWS_FIELDS)}


def _local_name(element: etree._Element) -> str:
    """The tag without namespace, and without a prefix that the document forgot to declare."""
    return re.split("[}:]", str(element.tag))[-1]


def _text_units(text: str) -> list[_Unit]:
    lines = [line.strip() for line in text.splitlines()[:_UNITS]]
    units = [_Unit({"loc": line}) for line in lines if line.lower().startswith(("http://", "https://"))]
    # A page of prose may begin a line with an address; a sitemap is nothing else.
    if not units or 2 * len(units) < sum(1 for line in lines if line):
        raise ParseError("not_a_sitemap", "the address gives neither a sitemap nor a list of addresses")
    return units


def _entries(
    units: list[_Unit], url: str, timezone: str | None, now: datetime, flaw: str | None, is_whole: bool
) -> FeedDocument:
    """What the units of a sitemap name: pages, and sitemaps, which some sites list like pages."""
    usable = [(unit, link) for unit, link in _own_links(units, url) if link is not None]
    pages, sitemaps = _told_apart(usable)
    most = _UNITS if is_whole else limits.ENTRIES_PER_FEED
    kept = [pages[place] for place in newest_places([unit.newness for unit, _ in pages], most)]
    listed = list_entries((_entry(unit, link, timezone, now) for unit, link in kept), most)
    index = _index(sitemaps, url, flaw, is_whole)
    return replace(
        index,
        entries=listed.entries,
        skipped=len(units) - len(usable),
        warning=join_warnings(index.warning, dropped_warning(len(pages) - len(kept))),
    )


def _told_apart(
    usable: list[tuple[_Unit, str]],
) -> tuple[list[tuple[_Unit, str]], list[tuple[_Unit, str]]]:
    """The pages and the sitemaps among the units of a sitemap that is no index, by their addresses."""
    # One file of XML among pages may be anything; where there is nothing else it is a sitemap by any name.
    is_nothing_else = bool(usable) and all(_XML_FILE.search(urlsplit(link).path) for _, link in usable)
    is_sitemap = [
        not unit.is_news and (is_nothing_else or _SITEMAP_FILE.search(link.partition("#")[0]) is not None)
        for unit, link in usable
    ]
    pages = [pair for pair, is_index in zip(usable, is_sitemap, strict=True) if not is_index]
    return pages, [pair for pair, is_index in zip(usable, is_sitemap, strict=True) if is_index]


def _index(usable: list[tuple[_Unit, str]], url: str, flaw: str | None, is_whole: bool) -> FeedDocument:
    """The sitemaps that an index names, the newest first; of those of one date, or of none, from both ends by turns."""
    own, last = url_key(url), len(usable) - 1
    dated = [(_index_newness(unit, link), link) for unit, link in usable]
    by_turns = sorted(range(len(dated)), key=lambda place: min(place, last - place))
    newest_first = sorted((dated[place] for place in by_turns), key=lambda pair: pair[0], reverse=True)
    links = {url_key(link): NamedSitemap(link, newness[:10]) for newness, link in newest_first}
    named = [sitemap for key, sitemap in links.items() if key != own]
    most = _UNITS if is_whole else limits.SITEMAPS_PER_INDEX
    left_out = len(named) - most
    left = f"{left_out} older sitemaps left out" if left_out > 0 else None
    return FeedDocument(entries=(), warning=join_warnings(flaw, left), sitemaps=tuple(named[:most]))


def _own_links(units: Iterable[_Unit], url: str) -> Iterator[tuple[_Unit, str | None]]:
    """Each unit with its address; None for one that is unusable or of another registrable domain."""
    own = politeness_key(url)
    for unit in units:
        link = clean_link(url, unit.fields.get("loc", ""))
        yield unit, link if link is not None and politeness_key(link) == own else None


def _index_newness(unit: _Unit, link: str) -> str:
    """The stated date of a sitemap in an index, or else the day or month in its address."""
    if unit.newness:
        return unit.newness
    match = _DAY.search(link.partition("//")[2].partition("/")[2])
    return "-".join(part for part in match.groups() if part) if match else ""


def _entry(unit: _Unit, link: str, timezone: str | None, now: datetime) -> FeedEntry:
    fields = unit.fields
    stated = [fields.get(name, "") for name in ("publication_date", "lastmod")]
    published, updated = (_date(text, timezone, now) for text in stated)
    return FeedEntry(
        url=link,
        title=plain_text(fields.get("title", ""), limits.TITLE_CHARACTERS),
        published=published,
        updated=updated,
        unread_date=None if published or updated else unread_date(*stated),
        summary=plain_text(fields.get("keywords", ""), limits.SUMMARY_CHARACTERS),
        language=language_code(fields.get("language", "")),
    )


def _date(text: str, timezone: str | None, now: datetime) -> StatedDate | None:
    return read_date(text, rule="sitemap", timezone=timezone, now=now) if text else None
