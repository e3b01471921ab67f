"""Where a site may have its feeds: what its pages and robots.txt name, and where such files usually lie. Pure."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import urljoin, urlsplit

from lxml import html

from crawler.sections.anchors import Anchor, PageLinks, page_links
from crawler.sections.scripts import named_lists
from crawler.text.encoding import decode
from crawler.urls import clean_link, politeness_key, url_key
from storage.errors import ParseError
from storage.records.sources import FeedKind


class Rank(IntEnum):
    """How soon a candidate is asked for: the first first."""

    NAMED = 0  # a feed that the page's head names
    NEWS_SITEMAP = 1  # robots.txt names it, and "news" is in its name
    LINKED = 2  # an anchor that looks like a feed
    SITEMAP = 3  # any other sitemap that is named
    USUAL = 4  # where others have theirs
    PARTIAL = 5  # comments, one tag, one author


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed."""

    url: str
    how: str  # what named it: "given", "link", "anchor", "script", "robots" or "path"
    rank: Rank
    title: str = ""  # as the page calls it; "" if it does not


_FEED_TYPE = re.compile(
    r"application/(?:rss|atom|rdf)\+xml|application/feed\+json|application/(?:xml|rss|atom|rdf)|text/(?:xml|rss|atom)"
)
_JSON_TYPE = "application/json"
# "/comments/feed/", "/tag/rail/feed/", "?tag=rail&feed=rss2": parts of a site.
_PARTIAL = re.compile(
    r"(?:^|[/?&_.=-])(?:comments?|kommentare?|replies|tags?|authors?|user|search|category|categories|topics?)(?:[/&_.=-]|$)",
    re.IGNORECASE,
)
_COMMENT_TITLE = re.compile(
    r"comment|kommentar|commentaire|comentario|комментар|댓글|评论|コメント", re.IGNORECASE
)
_FEED_NAME = re.compile(
    r"(?:.*[-_.])?(?:rss|rss2|feeds?|atom|rdf)(?:[-_.]?\w+)?(?:\.(?:xml|php|aspx?|json))?"
    r"|.+\.(?:rss|rdf|atom)|index\.xml|news\.xml",
    re.IGNORECASE,
)
_FEED_FOLDER = re.compile(r"/(?:rss|feeds?|atom)/", re.IGNORECASE)
_FEED_TEXT = re.compile(
    r"(?:.{0,40}\W)?(?:rss|atom|rdf|xml|json) ?(?:2\.0|1\.0)?(?:[\s-]?feeds?)?(?:\W.{0,20})?", re.IGNORECASE
)
_FEED_QUERY = re.compile(
    r"(?:^|&)(?:feed|format|type|output)=(?:rss2?|atom|rdf|feed|xml)(?:&|$)", re.IGNORECASE
)
_NOT_FEED = re.compile(r"\.(?:jpe?g|png|gif|svg|webp|css|js|pdf|mp3|mp4|zip|opml)$", re.IGNORECASE)
# Feeds of a site that lie with a service.
_FEED_HOSTS = re.compile(r"(?:^|\.)(?:feedburner\.com|feedproxy\.google\.com|feedblitz\.com|feedpress\.\w+)$")
SITEMAP_LINE = re.compile(r"(?im)^[ \t\ufeff]*sitemap[ \t]*:[ \t]*(\S+)")
# Some sites name a sitemap for each month since they began.
_PLAIN_SITEMAPS = 3
# JSON that a page loads is mostly something else than a list of articles.
_SCRIPTED = 3
_NEWS_NAME = re.compile(r"news|nachrichten|noticias|actualit|novosti|google|latest|recent", re.IGNORECASE)

# The likeliest first. WordPress and its relatives answer at /feed; static generators at /index.xml and /atom.xml; the
# names of news sitemaps are those of the plug-ins that write them.
_USUAL_FEEDS = (
    "/feed",
    "/rss.xml",
    "/rss",
    "/feed.xml",
    "/feeds/home",
    "/news-sitemap.xml",
    "/atom.xml",
    "/sitemap_news.xml",
    "/index.xml",
)
_USUAL_LATER = (
    "/feed.json",
    "/export/rss2/archive/index.xml",
    "/sitemap-news.xml",
    "/feeds/posts/default",
    "/rss/index.rdf",
)
USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml")

_SNIFFED_BYTES = 4_096
_FEED_START = re.compile(rb"<(?:rss|feed|rdf:rdf|channel)[\s>]|jsonfeed\.org/version", re.IGNORECASE)
_SITEMAP_START = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", re.IGNORECASE)
_JSON_START = re.compile(rb"\s*(?:\{\s*\"|\[\s*[\[{]\s*\")")
# The preview of a Telegram channel, which is read as a feed.
_CHANNEL = re.compile(rb"class=[\"']tgme_channel_(?:history|info)\b")
_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|div|table)\b", re.IGNORECASE)


def candidates_from_home(body: bytes, content_type: str, url: str) -> tuple[Candidate, ...]:
    """The feeds that the page in *body*, fetched from *url*, names: in its head, then by anchors; each once.

    Then the JSON that it loads, which may be a list of articles.
    Feeds of comments, tags and authors come last, unless they belong to *url* itself. A page that cannot be read names
    none.
    """
    try:
        page = page_links(decode(body, content_type), url)
    except ParseError:
        return ()
    scripted = [Candidate(address, "script", Rank.LINKED) for address in named_lists(page)[:_SCRIPTED]]
    return _ordered([*_head_links(page, url), *_feed_anchors(page, url), *scripted])


def candidates_from_robots(text: str, url: str) -> tuple[Candidate, ...]:
    """The sitemaps that the robots.txt *text*, fetched from *url*, names: news sitemaps, then the first few others."""
    links = (clean_link(url, line) for line in SITEMAP_LINE.findall(text))
    named = _ordered([sitemap_candidate(link, "robots") for link in links if link])
    others = [candidate for candidate in named if candidate.rank is Rank.SITEMAP]
    return tuple(candidate for candidate in named if candidate not in others[_PLAIN_SITEMAPS:])


def sitemap_candidate(url: str, how: str) -> Candidate:
    """*url*, which is named as a sitemap, as a candidate."""
    is_news = _NEWS_NAME.search(urlsplit(url).path) is not None
    return Candidate(url, how, Rank.NEWS_SITEMAP if is_news else Rank.SITEMAP)


def usual_paths(home: str, *, sitemaps: bool = True) -> tuple[Candidate, ...]:
    """Where feeds of the site at *home* may lie though nothing names them, the likeliest first.

    Without *sitemaps* those of whole sites are left out: robots.txt has named them already.
    """
    feeds = [Candidate(urljoin(home, path), "path", Rank.USUAL) for path in (*_USUAL_FEEDS, *_USUAL_LATER)]
    maps = [Candidate(urljoin(home, path), "path", Rank.USUAL) for path in USUAL_SITEMAPS if sitemaps]
    first = len(_USUAL_FEEDS) - 2
    return (*feeds[:first], *maps[:1], *feeds[first:], *maps[1:])


def looks_like(body: bytes, content_type: str) -> FeedKind | None:
    """What *body* begins like, without parsing it; None if like nothing that can be polled."""
    head = _beginning(body)
    if _SITEMAP_START.search(head):
        return FeedKind.SITEMAP
    if _FEED_START.search(head) and not _HTML_START.match(head.lstrip(b"\xef\xbb\xbf \t\r\n")):
        return FeedKind.FEED
    if _JSON_START.match(head.lstrip(b"\xef\xbb\xbf")):
        return FeedKind.FEED
    kind = content_type.lower()
    if _HTML_START.search(head):
        return FeedKind.FEED if _CHANNEL.search(body) else FeedKind.SECTION
    if "rss" in kind or "atom" in kind or "feed+json" in kind:
        return FeedKind.FEED
    return FeedKind.SECTION if "html" in kind and b"<" in head else None


def _beginning(body: bytes) -> bytes:
    """The first bytes of *body*, unpacked, and without the NULs of UTF-16."""
    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(wbits=31).decompress(body[:65_536], _SNIFFED_BYTES)
        except zlib.error:
            return b""
    return body[:_SNIFFED_BYTES].replace(b"\x00", b"")


def _ordered(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """The candidates by rank, each address once."""
    once: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: candidate.rank):
        once.setdefault(url_key(candidate.url), candidate)
    return tuple(once.values())


def _head_links(page: PageLinks, url: str) -> Iterator[Candidate]:
    if page.root is None:
        return
    for element in page.root.iter("link"):
        address = clean_link(page.base, element.get("href") or "") if _is_feed_link(element) else None
        if address:
            title = " ".join((element.get("title") or "").split())
            yield Candidate(address, "link", _named_rank(address, title, url), title)


def _is_feed_link(element: html.HtmlElement) -> bool:
    relations = (element.get("rel") or "").lower().split()
    kind = (element.get("type") or "").lower().partition(";")[0].strip()
    if "feed" in relations:
        return True
    if "alternate" not in relations:
        return False
    # WordPress names its REST interface by the same relation and type.
    return bool(_FEED_TYPE.fullmatch(kind)) or (kind == _JSON_TYPE and "feed" in (element.get("href") or ""))


def _named_rank(address: str, title: str, page_url: str) -> Rank:
    parts = urlsplit(address)
    own = urlsplit(page_url).path.rstrip("/")
    if _COMMENT_TITLE.search(title) or "comments" in parts.path:
        return Rank.PARTIAL
    if own and parts.path.startswith(own + "/"):
        return Rank.NAMED
    return Rank.PARTIAL if _PARTIAL.search(f"{parts.path}?{parts.query}") else Rank.NAMED


def _feed_anchors(page: PageLinks, url: str) -> Iterator[Candidate]:
    for anchor in page.anchors:
        if _is_feed_anchor(anchor, url):
            rank = max(Rank.LINKED, _named_rank(anchor.url, anchor.text, url))
            yield Candidate(anchor.url, "anchor", rank, anchor.text)


def _is_feed_anchor(anchor: Anchor, url: str) -> bool:
    parts = urlsplit(anchor.url)
    hosted = _FEED_HOSTS.search(parts.hostname or "") is not None
    if _NOT_FEED.search(parts.path) or not (hosted or politeness_key(anchor.url) == politeness_key(url)):
        return False
    name = parts.path.rstrip("/").rpartition("/")[2]
    named = bool(
        _FEED_NAME.fullmatch(name) or _FEED_FOLDER.search(parts.path) or _FEED_QUERY.search(parts.query)
    )
    return hosted or named or (len(anchor.text) < 60 and _FEED_TEXT.fullmatch(anchor.text) is not None)
