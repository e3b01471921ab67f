"""What a list of a source's older pages holds: pages young enough, and further lists. Pure.

Lists are robots.txt and the sitemaps that it names, feeds with the older documents that they link to (RFC 5005), and
lists of articles with their following pages.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import urljoin, urlsplit

from crawler.discovery.candidates import SITEMAP_LINE, USUAL_SITEMAPS
from crawler.documents.rss import OLDER_RELATIONS, parse_feed
from crawler.documents.sitemap import parse_sitemap
from crawler.sections.addresses import DAY, read_address
from crawler.sections.paging import next_page
from crawler.sections.section import parse_listing
from crawler.text.encoding import decode
from crawler.urls import asked_address, clean_link, politeness_key, url_key
from storage.records.articles import Page
from storage.records.backfills import ArchivePage, ArchiveReading, FurtherPage, PastLink
from storage.records.sources import FeedDocument, FeedEntry, NamedSitemap

# What an address must say of itself: those of sections, tags and service pages, which sitemaps name too, say less.
_PLAUSIBLE = -0.6
_REST_OF_PERIOD = {len("2026"): "-12-31", len("2026-11"): "-31"}
_ADDRESS_MONTH = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])(?=/)")
# Sitemaps of what is no article, as the plug-ins of WordPress and others call them: "category-sitemap2.xml",
# "wp-sitemap-taxonomies-post_tag-1.xml", "sitemap-videos.xml".
_NO_ARTICLES = re.compile(
    r"(?:^|[/_.-])(?:post_tag|tags?|categor(?:y|ies)|taxonom(?:y|ies)|authors?|users?|page|images?|videos?|galler(?:y|ies)"
    r"|products?|attachments?)[_-]?sitemap"
    r"|sitemap[_-](?:tags?|categor(?:y|ies)|taxonom(?:y|ies)|authors?|users?|images?|videos?|galler(?:y|ies)|products?"
    r"|attachments?|posts-page)\b",
    re.IGNORECASE,
)


def read_archive(page: Page, asked: ArchivePage) -> ArchiveReading:
    """What the list in *page*, which was fetched for *asked*, holds.

    Raises:
        ParseError: it is none, or cannot be read.
    """
    if asked.kind == "robots":
        return _robots(decode(page.body, page.content_type), page.url)
    if asked.kind == "sitemap":
        document = parse_sitemap(
            page.body, url=page.url, timezone=asked.timezone, now=page.fetched_at, is_whole=True
        )
        return _sitemap(document, page, asked)
    if asked.kind == "feed":
        document = parse_feed(
            page.body,
            url=page.url,
            content_type=page.content_type,
            timezone=asked.timezone,
            now=page.fetched_at,
            is_whole=asked.text == "feed",
        )
        older = (link for name in OLDER_RELATIONS for relation, link in document.links if relation == name)
        further = next(filter(None, (clean_link(page.url, link) for link in older)), None)
    else:
        document = parse_listing(
            page.body, page.content_type, url=page.url, link_pattern=asked.link_pattern,
            timezone=asked.timezone, now=page.fetched_at,
        )  # fmt: skip
        further = next_page(page.body, page.content_type, page.url)
    return _paged(document, page, asked, further)


def is_guessed(page: ArchivePage) -> bool:
    """Whether nothing names a list: it is looked for where sitemaps usually lie."""
    return page.kind == "sitemap" and urlsplit(page.url).path in USUAL_SITEMAPS


def no_robots(url: str) -> ArchiveReading:
    """What follows from a robots.txt that does not exist, at *url*: sitemaps may lie where they usually do."""
    return _robots("", url)


def _robots(text: str, url: str) -> ArchiveReading:
    named = [link for line in SITEMAP_LINE.findall(text) if (link := clean_link(url, line))]
    own = [link for link in named if _is_own(link, url)]
    usual = [urljoin(url, path) for path in USUAL_SITEMAPS]
    foreign = len(named) - len(own)
    return ArchiveReading(
        links=(),
        further=_sitemaps([NamedSitemap(link) for link in own or usual], ""),
        entries=len(named),
        detail=f"{foreign} sitemaps of other sites left out" if foreign else None,
    )


def _sitemap(document: FeedDocument, page: Page, asked: ArchivePage) -> ArchiveReading:
    since = asked.since.isoformat()
    further = _sitemaps(document.sitemaps, since)
    possible = [entry for entry in document.entries if _may_be_article(entry, page.url, asked.link_pattern)]
    links, _ = _young(possible, since)
    left_out = {
        "lists that are too old or list no articles": len(document.sitemaps) - len(further),
        "addresses that name no article": len(document.entries) - len(possible),
        "older pages": len(possible) - len(links),
    }
    return ArchiveReading(
        links=links,
        further=further,
        entries=len(document.entries) + len(document.sitemaps),
        detail=_detail(document.warning, left_out),
    )


def _paged(document: FeedDocument, page: Page, asked: ArchivePage, further: str | None) -> ArchiveReading:
    """A feed or a list of articles, which the page *further* may follow."""
    since = asked.since.isoformat()
    links, days = _young(document.entries, since)
    is_old = bool(days) and max(days) < since
    following: tuple[FurtherPage, ...] = ()
    if further is not None and document.entries and not is_old and _is_own(further, page.url):
        oldest = min(days, default=None)
        following = (FurtherPage(further, url_key(further), asked.kind, oldest, waits=not days),)
    return ArchiveReading(
        links=links,
        further=following,
        entries=len(document.entries),
        fingerprint=_fingerprint(document.entries),
        detail=_detail(document.warning, {"older pages": len(document.entries) - len(links)}),
    )


def _sitemaps(named: Iterable[NamedSitemap], since: str) -> tuple[FurtherPage, ...]:
    """The sitemaps that may list articles which are not too old."""
    found = []
    for one in named:
        newest = _period_end(one.newest)
        if (newest is None or newest >= since) and not _NO_ARTICLES.search(urlsplit(one.url).path):
            found.append(FurtherPage(one.url, url_key(one.url), "sitemap", newest))
    return tuple(found)


def _period_end(stated: str) -> str | None:
    """The last day of a stated year, month or day, good for comparison (a month may have 31 days); None for none."""
    return stated + _REST_OF_PERIOD.get(len(stated), "") if stated else None


def _may_be_article(entry: FeedEntry, list_url: str, link_pattern: str | None) -> bool:
    """By its address; what a sitemap states a publication of is one of its news, whatever its address."""
    if link_pattern is not None:
        return re.search(link_pattern, entry.url) is not None
    if entry.published is not None:
        return True
    traits = read_address(entry.url, list_url)
    return traits.possible and traits.score >= _PLAUSIBLE


def _is_own(url: str, list_url: str) -> bool:
    return politeness_key(url) == politeness_key(list_url)


def _young(entries: Iterable[FeedEntry], since: str) -> tuple[tuple[PastLink, ...], list[str]]:
    """The entries that are not known to be older than *since*, and the days of all, as far as they are known."""
    links, days = [], []
    for entry in entries:
        day = _day(entry)
        if day is not None:
            days.append(day)
        if day is None or day >= since:
            url, key = asked_address(entry.url)
            links.append(PastLink(key, replace(entry, url=url), day))
    return tuple(links), days


def publication_day(entry: FeedEntry) -> date | None:
    """The day on which an entry was published, as it or its address states it; None: neither does."""
    if entry.published is not None:
        return entry.published.at.date()
    named = DAY.search(urlsplit(entry.url).path)
    try:
        return date(*(int(part) for part in named.groups())) if named else None
    except ValueError:
        return None


def _day(entry: FeedEntry) -> str | None:
    """The day on which an entry was published, at the latest; what was changed later counts by its address."""
    if stated := publication_day(entry):
        return stated.isoformat()
    month = _ADDRESS_MONTH.search(urlsplit(entry.url).path)
    updated = entry.updated.at.date().isoformat() if entry.updated else None
    end = f"{month[1]}-{month[2]}-31" if month else None
    return min((day for day in (updated, end) if day), default=None)


def _fingerprint(entries: Sequence[FeedEntry]) -> str | None:
    if not entries:
        return None
    keys = "\n".join(sorted(url_key(entry.url) for entry in entries))
    return hashlib.sha256(keys.encode()).hexdigest()[:32]


def _detail(warning: str | None, left_out: dict[str, int]) -> str | None:
    parts = [f"{number} {what}" for what, number in left_out.items() if number]
    said = f"left out: {', '.join(parts)}" if parts else None
    return "; ".join(filter(None, (warning, said))) or None
