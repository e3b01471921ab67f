"""What the pure parsers are tried with: for each its fragments, of which texts nobody wrote are put together.

Whatever comes, a parser answers, or raises what it says that it raises; and twice the text takes about twice the time.
`benchmarks/fuzz.py` tries many, tests/test_fuzz.py a few.
"""

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from lxml.html import document_fromstring

from crawler.articles.seed_files import parse_seed
from crawler.cadence.cron import next_time
from crawler.discovery.archives import read_archive
from crawler.discovery.candidates import candidates_from_home, candidates_from_robots
from crawler.documents.entries import plain_text
from crawler.documents.json_feed import parse_json_feed
from crawler.documents.rss import parse_feed
from crawler.documents.sitemap import parse_sitemap
from crawler.documents.websub import header_links
from crawler.downloader.caching import fresh_s, retry_after_s
from crawler.downloader.inline_data import without_inline_data
from crawler.holdings.import_lines import SourceBook, read_line
from crawler.pages.authors import author_names
from crawler.pages.extract import extract_article
from crawler.pages.json_ld import read_json_ld
from crawler.pages.structured import read_facts
from crawler.sections.paging import next_page
from crawler.sections.section import parse_listing
from crawler.text.dates import read_date
from crawler.text.encoding import decode
from crawler.text.storable import slug, storable
from crawler.urls import clean_link, politeness_key, url_key
from scheduler.config.source_lists import read_csv, read_opml
from scheduler.files.feedback_files import read_feedback
from storage.analyser import tokens
from storage.datasette.search_box import fts_expression
from storage.errors import SeedwatchError
from storage.query import parse_query
from storage.query.fts import plan_fts
from storage.records.articles import Page
from storage.records.backfills import ArchivePage

# Of the time that a text takes: so many at most, until it is within the bar, and so many at least.
READINGS, FEWEST_READINGS = 30, 3
NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
URL = "https://courier.example/news/1"
TIMES: dict[str, Any] = {"url": URL, "timezone": "Asia/Seoul", "now": NOW}
DATES = (
    "2026", "-09-", "14", "T08:30", "+09:00", "Z", "Mon, ", "Sep", "сентября", "년 ", "월", "오후 ", "9999999999",
    "二十",
)  # fmt: skip
MARKUP = (
    "<", ">", "</", "/>", "<p>", "</p>", "<div>", "</div>", "<b>", "<br>", "&amp;", "&#x41;", "&#0;", "&lt",
    "<!--", "-->", "<![CDATA[", "]]>", "<?xml version='1.0'?>", '<a href="/news/', '">', "</a>", " = ", '"',
    "'", "\x00", "\ufeff", "тоннель ", "tunnel ", "터널", "\u202e", "😀", "<table><tr><td>", "</table>",
    "<script>", "</script>", "<style>", "style='display:none'",
)  # fmt: skip
FEEDS = (
    *MARKUP, "<rss version='2.0'><channel>", "</channel></rss>", "<item>", "</item>", "<title>", "</title>",
    "<link>", "</link>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "</entry>", "<updated>",
    "<pubDate>", "</pubDate>", "<guid>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "<rdf:RDF>",
    "xmlns:media='x'", "<description>", URL, *DATES,
)  # fmt: skip
SITEMAPS = (
    *MARKUP, "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>", "</urlset>", "<sitemapindex>",
    "<sitemap>", "<url>", "</url>", "<loc>", "</loc>", "<lastmod>", "</lastmod>", "<news:news>", "<news:title>",
    "\n" + URL + "\n", *DATES,
)  # fmt: skip
PAGES = (
    *MARKUP, "<html lang='ko'><head>", "</head><body>", "<title>Railway to reopen</title>", "<h1>", "</h1>",
    "<article>", "</article>", "<time datetime='", "<meta property='article:published_time' content='",
    "<link rel='canonical' href='", "<ul><li>", "</li></ul>",
    '<script type="application/ld+json">{"@type":"NewsArticle","headline":"', '"}</script>',
    "<span class='byline'>By ", " and ",
    "Ministers met on Monday in the northern port, and agreed to reopen the railway. ", "<nav>", "<iframe>",
    "<svg>", "<template>", "onclick=\"location.href='/a/1'\"", "<base href='//x/'>", "data:image/png;base64,",
    "A" *40, *DATES,
)  # fmt: skip
JSON = (
    "{", "}", "[", "]", '"', ":", ",", '"items":[', '"url":"' + URL + '"', '"title":"',
    '"version":"https://jsonfeed.org/version/1.1"', "null", "true", "1e999", "-0", "\\u0000", "\\ud800", "\\",
    '"@type":"NewsArticle"', '"@graph":[', '"author":', '"name":"', '"text":"', '"datePublished":"',
    "callback(", "var a = ", '"id":', '"content_text":"', "터널", *DATES,
)  # fmt: skip
ADDRESSES = (
    "http", "https", "://", "//", "/", "?", "#", "&", "=", "%", "%2F", "%00", "%zz", ":", "@", "[", "]", "::1",
    "127.0.0.1", "xn--", "bücher", "courier.example", "www.", "amp", "utm_source=x", "id=1", "print=1", "..",
    ".", ";", "+", " ", "\t", "\\", "0x7f", "０", "。", "index.html",
)  # fmt: skip
QUERIES = (
    "(", ")", '"', "'", " AND ", " OR ", " NOT ", " NEAR/3 ", " ONEAR/9 ", "NEAR/", "-", "+", "*", "?", "~",
    "^", ":", "title:", "date:2026-09", "date:", "lang:ko", "source:", "section:sport", "tunnel*", "тоннель",
    "터널", "隧道", "[", "]", "{", "}", "\\", "&&", "||", "«", "»", "tunnel ",
)  # fmt: skip
LINES = (
    "\n", "\r\n", "\t", " ", "a,b", ",", '"', ";", "=", "# ", "User-agent: *", "Disallow: /", "Sitemap: " + URL,
    "Crawl-delay: ", "9", *DATES,
)  # fmt: skip
SEEDS = (
    *MARKUP, *JSON, "\n\n", "# Railway to reopen\n", "\nhttps://courier.example/1\n", "---\n", "title: ",
    "date: ",
)  # fmt: skip
HEADERS = (
    "<" + URL + ">", "; rel=", '"hub"', "self", ",", ";", "=", '"', "max-age=", "60", "no-store", "s-maxage",
    "GMT", *DATES,
)  # fmt: skip
OPML = (
    *MARKUP, "<opml version='2.0'><body>", "</body></opml>", "<outline ", "xmlUrl='" + URL + "'", " text='x'",
    "title=''", " type='rss'",
)  # fmt: skip
CSV = (
    "name,url", "\n", ",", '"', '""', "courier", URL, "yes", "no", "article,topic,verdict", "=1+1", "\x00", ";",
    "\ufeff", "feed", "section",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A parser, what its texts are put together from, and what it may raise."""

    name: str
    fragments: Sequence[str]
    parse: Callable[[str], object]
    raises: tuple[type[Exception], ...] = (SeedwatchError,)
    weight: float = 1.0  # of its share of cases; what is slow gets fewer
    most: int = 64_000  # characters of the longest text whose time is taken


def _page(text: str) -> Page:
    return Page(URL, text.encode("utf-8", "surrogatepass"), "text/html; charset=utf-8", NOW)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _all_archives(text: str) -> None:
    for kind in ("sitemap", "feed", "section", "robots"):
        with suppress(SeedwatchError):
            read_archive(_page(text), ArchivePage(1, 1, "coast", URL, kind, date(2023, 1, 1), is_first=False))


def _decoded(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    for declared in (
        "",
        "text/html; charset=euc-kr",
        "text/xml; charset=utf-16",
        f"text/html; charset={text[:20]}",
    ):
        for bytes_ in (body, text.encode("utf-16", "surrogatepass"), text.encode("cp1251", "replace")):
            with suppress(SeedwatchError):
                decode(bytes_, declared)


def _addresses(text: str) -> None:
    key = url_key(text)
    assert url_key(key) == key or "//" not in key
    politeness_key(text)
    clean_link(URL, text)


def _queried(text: str) -> None:
    plan_fts(parse_query(text), ("en", "ko"))


TARGETS = (
    Target("addresses", ADDRESSES, _addresses, most=8_000),
    Target("feeds", FEEDS, lambda text: parse_feed(_encoded(text), **TIMES)),
    Target("JSON feeds", JSON, lambda text: parse_json_feed(text, **TIMES)),
    Target("JSON lists", JSON, lambda text: parse_feed(_encoded("{" + text), **TIMES)),
    Target("sitemaps", SITEMAPS, lambda text: parse_sitemap(_encoded(text), **TIMES)),
    Target("archives", (*SITEMAPS, *PAGES, *LINES), _all_archives, weight=0.3),
    Target(
        "section pages", PAGES, lambda text: parse_listing(_encoded(text), "text/html", **TIMES), weight=0.5
    ),
    Target("further pages", PAGES, lambda text: next_page(_encoded(text), "text/html", URL), weight=0.5),
    Target(
        "front pages", PAGES, lambda text: candidates_from_home(_encoded(text), "text/html", URL), weight=0.5
    ),
    Target(
        "articles",
        PAGES,
        lambda text: extract_article(_page(text), None, timezone="Asia/Seoul", language="ko"),
        weight=0.3,
    ),
    Target(
        "facts of pages",
        PAGES,
        lambda text: read_facts(document_fromstring("<p>x</p>" + text.replace("\x00", "")), URL),
    ),
    Target("JSON-LD", JSON, lambda text: read_json_ld([text], URL)),
    Target(
        "bylines",
        (*MARKUP, "By ", " and ", ", ", "@x", "http://", "Correspondent", " | "),
        lambda text: author_names([text]),
    ),
    Target(
        "dates",
        DATES,
        lambda text: read_date(text, rule="page", timezone="Asia/Seoul", now=NOW, language="ko"),
    ),
    Target("queries", QUERIES, _queried, most=4_000),
    Target("search box", QUERIES, lambda text: fts_expression(text, ("en", "ko"))),
    Target(
        "seed files",
        SEEDS,
        lambda text: [parse_seed(f"a.{kind}", _encoded(text), now=NOW) for kind in ("txt", "html", "jsonl")],
    ),
    Target(
        "archive lines", JSON, lambda text: read_line(_encoded("{" + text), SourceBook({}, {}, None), NOW)
    ),
    Target("robots.txt", LINES, lambda text: candidates_from_robots(text, URL)),
    Target("encodings", (*MARKUP, "charset=", "<meta charset='", "ÿþ", "\udcff"), _decoded, weight=0.5),
    Target("inline data", PAGES, lambda text: without_inline_data(_encoded(text))),
    Target("plain text", MARKUP, lambda text: plain_text(text, 400)),
    Target(
        "headers",
        HEADERS,
        lambda text: (
            header_links([text]),
            retry_after_s(text, NOW),
            partial(fresh_s, now=NOW)(cache_control=text, expires=text, age=text[:9]),
        ),
        most=8_000,
    ),
    Target(
        "cron",
        ("*", "/", "0", "6", "-", ",", " ", "mon", "jan", "L", "#"),
        lambda text: next_time(text, "UTC", NOW),
        most=1_000,
    ),
    Target("OPML", OPML, read_opml),
    Target("CSV lists", CSV, read_csv),
    Target("feedback files", CSV, read_feedback),
    Target(
        "words",
        (*MARKUP, *QUERIES),
        lambda text: [tokens(text, language) for language in ("en", "ru", "ko", None)],
    ),
    Target("names", MARKUP, lambda text: (storable(text), slug(text))),
)


def texts(target: Target, most: int = 30) -> SearchStrategy[str]:
    """Texts of the target's fragments, with characters of any kind between them."""
    piece = st.one_of(
        st.sampled_from(tuple(target.fragments)),
        st.sampled_from(tuple(target.fragments)),
        st.text(max_size=5),
    )
    return st.lists(piece, max_size=most).map("".join)


def shapes(target: Target) -> SearchStrategy[tuple[str, str, str]]:
    """What a long text is made of: its beginning, the part that is repeated, its end."""
    part = st.lists(st.sampled_from(tuple(target.fragments)), min_size=1, max_size=4).map("".join)
    edge = st.lists(st.sampled_from(tuple(target.fragments)), max_size=2).map("".join)
    return st.tuples(edge, part, edge)


def parse(target: Target, text: str) -> None:
    """Parse; what the target may raise is an answer, too."""
    with suppress(*target.raises):
        target.parse(text)


def growth(target: Target, shape: tuple[str, str, str], floor_s: float = 0.02, bar: float = 2.3) -> float:
    """How many times longer twice the text takes, in CPU time; 0 if it takes under *floor_s* even at full length.

    Tried from an eighth of the full length upwards, so that what grows too fast is known before it takes for ever. Of
    each length the quickest of some readings counts, whole and half in turns and a little apart: other processes can
    only make a reading longer, on a busy machine twice as long for seconds.
    """
    begin, part, end = shape
    worst = 0.0
    for characters in (target.most // 4, target.most // 2, target.most):
        text, half_text = (
            begin + part * (length // len(part)) + end for length in (characters, characters // 2)
        )
        whole = _seconds(target, text)
        if whole < floor_s:
            continue
        half = _seconds(target, half_text)
        for reading in range(2, READINGS + 1):
            whole, half = min(whole, _seconds(target, text)), min(half, _seconds(target, half_text))
            if reading >= FEWEST_READINGS and whole <= bar * half:
                break
            time.sleep(reading / 100)
        worst = max(worst, whole / max(half, 1e-6))
        if whole > bar * half:
            break
    return worst


def _seconds(target: Target, text: str) -> float:
    """CPU time of a parse; without the collector, whose work depends on all else that this process holds."""
    gc.collect()
    gc.disable()
    try:
        before = time.process_time()
        parse(target, text)
        return time.process_time() - before
    finally:
        gc.enable()
