"""Everything that an outlet answers, by path: pages, feeds and faults with their validators. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit

from scheduler.demo import press_feeds, press_pages
from scheduler.demo.press_records import DemoArticle, OutletContent, SpecialPage

FEED_WRITERS = {
    "rss": (press_feeds.rss_feed, "application/rss+xml; charset=utf-8"),
    "atom": (press_feeds.atom_feed, "application/atom+xml; charset=utf-8"),
    "json": (press_feeds.json_feed, "application/feed+json"),
    "rdf": (press_feeds.rdf_feed, "application/rdf+xml; charset=utf-8"),
}


@dataclass(frozen=True, slots=True)
class PressReply:
    """What a server says to one address."""

    body: bytes
    content_type: str
    status: int = 200
    etag: str | None = None  # with its quotes
    last_modified: datetime | None = None
    location: str | None = None  # of a redirect, absolute
    is_slow: bool = False


def build_site(
    outlet: OutletContent, home: str, removed: Mapping[str, int] | None = None
) -> dict[str, PressReply]:
    """Path and query -> answer, for all that the outlet serves; `home` has no slash at its end.

    *removed* are the paths of articles that it took away, with the status that they answer.
    """
    site = {"/robots.txt": _text(press_feeds.robots_text(outlet, home), "text/plain; charset=utf-8")}
    site["/"] = _html(outlet, press_pages.home_page(outlet, home), _latest(outlet))
    for slug in outlet.sections:
        page = press_pages.section_page(outlet, slug, home)
        site[press_pages.section_path(outlet, slug)] = _html(outlet, page, _latest(outlet))
    for static in outlet.pages:
        site[static.path] = _html(outlet, press_pages.static_page(outlet, static, home))
    for article in outlet.articles:
        site[article.path] = _article(outlet, article, home)
        if further := outlet.further(article):
            site[further] = site[article.path]
    for special in outlet.specials:
        site[special.path] = _special(outlet, special, home)
    gone = {path: _status(status, HTTPStatus(status).phrase) for path, status in (removed or {}).items()}
    return site | gone | _feeds(outlet, home)


def find_reply(site: Mapping[str, PressReply], target: str) -> PressReply:
    """The answer to a request target; marks of a campaign (utm_…) in its query are passed over; else a 404."""
    if target in site:
        return site[target]
    parts = urlsplit(target)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if not name.startswith("utm_")]
    plain = parts.path + (f"?{urlencode(kept)}" if kept else "")
    return site.get(plain) or _status(404, "Not found")


def _feeds(outlet: OutletContent, home: str) -> dict[str, PressReply]:
    if outlet.kind == "sitemap":
        texts = {
            "/sitemap.xml": press_feeds.sitemap_index(home),
            "/sitemap-news.xml": press_feeds.news_sitemap(outlet, home),
            "/sitemap-pages.xml": press_feeds.pages_sitemap(outlet, home),
        }
        return {path: _text(text, "application/xml; charset=utf-8") for path, text in texts.items()}
    if outlet.feed is None:
        return {}
    write, content_type = FEED_WRITERS[outlet.kind]
    return {outlet.feed: _text(write(outlet, home), content_type, _latest(outlet))}


def _article(outlet: OutletContent, article: DemoArticle, home: str) -> PressReply:
    published = article.published if isinstance(article.published, datetime) else None
    changed = article.modified or published
    page = press_pages.article_page(outlet, article, home)
    return _html(outlet, page, changed if outlet.last_modified else None, is_slow=article.kind == "slow")


def _special(outlet: OutletContent, special: SpecialPage, home: str) -> PressReply:
    match special.kind:
        case "missing":
            return _status(404, "Not found")
        case "gone":
            return _status(410, "Gone")
        case "redirect":
            return PressReply(b"", "text/plain", status=301, location=f"{home}{special.target}")
        case _:
            return _html(outlet, press_pages.special_page(outlet, special, home))


def _html(
    outlet: OutletContent, page: str, last_modified: datetime | None = None, *, is_slow: bool = False
) -> PressReply:
    body = page.encode(outlet.encoding)
    content_type = f"text/html; charset={outlet.encoding}" if outlet.declares_charset else "text/html"
    return PressReply(body, content_type, etag=_etag(body), last_modified=last_modified, is_slow=is_slow)


def _text(text: str, content_type: str, last_modified: datetime | None = None) -> PressReply:
    body = text.encode("utf-8")
    return PressReply(body, content_type, etag=_etag(body), last_modified=last_modified)


def _status(status: int, reason: str) -> PressReply:
    page = f"<!DOCTYPE html><title>{reason}</title><h1>{status} {reason}</h1>"
    return PressReply(page.encode("utf-8"), "text/html; charset=utf-8", status=status)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def _latest(outlet: OutletContent) -> datetime | None:
    """When the newest text of the outlet changed; None unless it sends Last-Modified."""
    if not outlet.last_modified:
        return None
    moments = [article.modified or article.published for article in outlet.articles]
    return max(moment for moment in moments if isinstance(moment, datetime))
