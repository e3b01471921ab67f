"""Reads RSS, RDF and Atom feeds, and hands JSON Feeds on; the only place where feedparser is used. Pure."""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser

from crawler import limits
from crawler.documents import xml_repair
from crawler.documents.entries import (
    dropped_warning,
    entry_without_link,
    join_warnings,
    language_code,
    list_entries,
    plain_text,
    with_whole_text,
)
from crawler.documents.json_feed import looks_like_json_feed, parse_json_feed
from crawler.documents.json_list import looks_like_json, parse_json_list
from crawler.documents.telegram import is_channel, parse_channel
from crawler.documents.wayback import is_index, parse_index
from crawler.documents.websub import HUB_RELATIONS, LINKS
from crawler.text.attributes import without_surplus_attributes
from crawler.text.bounds import first_elements, with_short_texts
from crawler.text.dates import read_date, unread_date
from crawler.text.encoding import decode
from crawler.urls import clean_link
from storage.errors import ParseError
from storage.records.articles import StatedDate
from storage.records.sources import FeedDocument, FeedEntry

# RFC 5005: an archive document names the one before it (section 4), a page of a paged feed the following (section 3).
OLDER_RELATIONS = ("prev-archive", "next")
_WORDPRESS = re.compile(r"https?://(?:www\.)?wordpress\.(?:org|com)/", re.IGNORECASE)
_ROOTS = ("rss", "feed", "rdf")
_FEED_LINK = re.compile(
    r"<link\b[^<>]*type\s*=\s*[\"']?application/(?:rss\+xml|atom\+xml|feed\+json)[^<>]*>", re.I
)
_HREF = re.compile(r"href\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))", re.IGNORECASE)
_FEED_LINKS_NAMED = 3
# RSS 1.0 module "syndication": the frequency counts updates in one period.
_PERIODS_S = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    timezone: str | None,
    now: datetime,
    is_whole: bool = False,
) -> FeedDocument:
    """The feed in *body*, fetched from *url*; entries in the feed's order, each address once.

    *timezone* (IANA) is assumed for dates without one; *now* is the time of the fetch. *is_whole*:
    its entries are the articles, so each has all of its text.

    Raises:
        ParseError: ``empty``, ``html`` (a page; the text names the feeds that it links to), ``not_a_feed``,
            ``no_preview`` (of a Telegram channel); and
            those of `crawler.text.encoding.decode`.
    """
    text = decode(body, content_type)
    if is_index(text, url):
        return parse_index(text, url=url)
    if not text.strip("\x00 \t\r\n\ufeff"):
        raise ParseError("empty", "the address gives an empty body")
    if is_channel(text):
        return parse_channel(text, url=url, now=now)
    if looks_like_json_feed(text):
        return parse_json_feed(text, url=url, timezone=timezone, now=now, is_whole=is_whole)
    if looks_like_json(text):
        return parse_json_list(text, url=url, timezone=timezone, now=now)
    return read_feed(feed_xml(text, url), url=url, timezone=timezone, now=now, is_whole=is_whole)


def feed_xml(text: str, url: str) -> xml_repair.XmlDocument:
    """The mended document in *text*, which was fetched from *url*.

    Raises:
        ParseError: ``html`` or ``not_a_feed``.
    """
    document = xml_repair.read_xml(with_short_texts(text, limits.ELEMENT_CHARACTERS))
    if document.root == "html":
        raise ParseError("html", html_message(text, url))
    if document.root not in _ROOTS:
        kind = "a sitemap" if document.root else "neither RSS, Atom nor JSON Feed"
        raise ParseError("not_a_feed", f"the address gives {kind}")
    return document


def html_message(page: str, url: str) -> str:
    """What to tell of an HTML page where a feed was expected, with the feeds that the page links to."""
    links = [clean_link(url, _href(tag)) for tag in _FEED_LINK.findall(page[: limits.EXTRACT_BYTES])]
    named = list(dict.fromkeys(link for link in links if link))[:_FEED_LINKS_NAMED]
    hint = f"; it names as feeds: {' '.join(named)}" if named else " that names no feed"
    return f"the address gives an HTML page{hint}"


def read_feed(
    document: xml_repair.XmlDocument,
    *,
    url: str,
    timezone: str | None,
    now: datetime,
    is_whole: bool = False,
) -> FeedDocument:
    """The feed in a mended *document*; see `parse_feed`.

    Raises:
        ParseError: ``not_a_feed`` if nothing of it can be read.
    """
    document, cut = xml_repair.limit_entries(document, limits.ENTRIES_PER_FEED)
    read = first_elements(document.text, limits.FEED_ELEMENTS)
    parsed = _parse(read)
    feed = parsed["feed"]
    language = language_code(feed.get("language") or "")
    is_atom = document.root == "feed"
    listed = list_entries(
        _entry(entry, url, language, is_atom, timezone, now, is_whole) for entry in parsed["entries"]
    )
    if document.flaw == "cut off" and not listed.entries:
        raise ParseError("not_a_feed", "the address gives a feed that is cut off before its first entry ends")
    left_out = (
        None
        if read is document.text
        else f"more than {limits.FEED_ELEMENTS:,} elements: the rest was not read"
    )
    flaw = "not well-formed" if parsed["bozo"] or document.flaw else None
    return FeedDocument(
        entries=listed.entries,
        title=plain_text(feed.get("title") or "", limits.TITLE_CHARACTERS),
        skipped=listed.skipped,
        warning=join_warnings(flaw, document.flaw, left_out, dropped_warning(cut + listed.dropped)),
        ttl_s=_ttl_s(feed),
        links=_links(feed, url),
    )


def _parse(text: str) -> Any:
    """What feedparser makes of *text*; its own cleaning is off, since we keep plain text and clean links ourselves."""
    try:
        return feedparser.parse(
            io.BytesIO(without_surplus_attributes(text).encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        # Seen in 6.0.14: KeyError on gml:posList without its place and on media:player without its media:group.
        raise ParseError("not_a_feed", f"the feed cannot be read: {error}") from error


def _entry(
    entry: Any,
    base: str,
    language: str | None,
    is_atom: bool,
    timezone: str | None,
    now: datetime,
    is_whole: bool,
) -> FeedEntry | None:
    """The entry as a record; None without a usable link, unless it is an article by itself."""
    link = next((link for href in _hrefs(entry) if (link := clean_link(base, href))), None)
    published, updated, unread = _dates(entry, is_atom, timezone, now)
    stated = entry.get("language") or entry.get("title_detail", {}).get("language")
    found = FeedEntry(
        url=link or base,
        title=plain_text(entry.get("title") or "", limits.TITLE_CHARACTERS),
        published=published,
        updated=updated,
        summary=plain_text(_summary(entry), limits.SUMMARY_CHARACTERS),
        language=language_code(stated or "") or language,
        unread_date=unread,
    )
    contents = [str(content.get("value") or "") for content in entry.get("content", ())]
    longest = max([str(entry.get("summary") or ""), *contents], key=len)
    if link is not None:
        return with_whole_text(found, longest) if is_whole else found
    if next(_hrefs(entry), None) is not None:  # a link that is no address is a mistake
        return None
    return entry_without_link(base, entry.get("id") or "", found.title, longest, found)


def _hrefs(entry: Any) -> Iterator[str]:
    """What may be the entry's address, the surest first; entities that were encoded twice are mended."""
    identifier = entry.get("id") or ""
    alternates = (link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate")
    # FeedBurner's own links lead through its redirect, which has been going out of service.
    for href in (entry.get("feedburner_origlink"), entry.get("link"), *alternates):
        if isinstance(href, str) and href:
            yield href.replace("&amp;", "&")
    if identifier.startswith(("http://", "https://")):
        yield identifier


def _dates(
    entry: Any, is_atom: bool, timezone: str | None, now: datetime
) -> tuple[StatedDate | None, StatedDate | None, str | None]:
    """When the entry says it was published and updated; if neither can be read, what is written there.

    dc:date, the only date of many RDF feeds, is that of publication.
    """
    # Asked for without `in`, feedparser answers "updated" with "published".
    found = [entry[key] if key in entry else "" for key in ("published", "updated")]  # noqa: SIM401
    raw = [text if isinstance(text, str) else "" for text in found]
    published, updated = (
        read_date(text, rule="feed", timezone=timezone, now=now) if text else None for text in raw
    )
    if published is None and not raw[0] and not is_atom:
        published, updated = updated, None
    return published, updated, None if published or updated else unread_date(*raw)


def _summary(entry: Any) -> str:
    """The description, or else the first body that comes along."""
    contents = [content.get("value") for content in entry.get("content", ())]
    return next((text for text in (entry.get("summary"), *contents) if text), "")


def _ttl_s(feed: Any) -> int | None:
    """How long the publisher says that the feed stays fresh, in seconds; None if not said."""
    minutes = _whole(feed.get("ttl"))
    if minutes:
        return minutes * 60
    period = _PERIODS_S.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    return max(60, period // (_whole(feed.get("sy_updatefrequency")) or 1)) if period else None


def _links(feed: Any, url: str) -> tuple[tuple[str, str], ...]:
    """The feed's links to its hubs and to itself (WebSub, section 4), and to older entries (RFC 5005).

    Feeds of WordPress have pages without saying so: its query variable "paged" counts them.
    """
    pairs = [(str(link.get("rel") or "").lower(), link.get("href")) for link in feed.get("links", ())]
    wanted = (*HUB_RELATIONS, *OLDER_RELATIONS)
    links = [(name, href) for name, href in pairs if name in wanted and isinstance(href, str)][:LINKS]
    if _WORDPRESS.match(str(feed.get("generator") or "")) and not any(
        name in OLDER_RELATIONS for name, _ in links
    ):
        links.append(("next", _next_paged(url)))
    return tuple(links)


def _next_paged(url: str) -> str:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    number = next((int(value) for name, value in query if name == "paged" and value.isdecimal()), 1)
    kept = [(name, value) for name, value in query if name != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("paged", str(number + 1))])))


def _whole(text: Any) -> int | None:
    digits = str(text or "").strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,6}", digits) else None


def _href(tag: str) -> str:
    match = _HREF.search(tag)
    return next(filter(None, match.groups()), "") if match else ""
