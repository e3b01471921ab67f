import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.candidates import (
    Rank,
    candidates_from_home,
    candidates_from_robots,
    looks_like,
    usual_paths,
)
from crawler.urls import url_key
from storage.records.sources import FeedKind

HOME = "https://www.gazette.example.com/"


def named(markup: str, url: str = HOME) -> list[tuple[str, Rank]]:
    found = candidates_from_home(f"<html><head>{markup}</head></html>".encode(), "text/html", url)
    return [(candidate.url.removeprefix(HOME.rstrip("/")), candidate.rank) for candidate in found]


@pytest.mark.parametrize(
    "kind",
    [
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/rss+xml; charset=utf-8",
        "text/xml",
        "APPLICATION/RSS+XML",
    ],
)
def test_feed_named_in_the_head_is_a_candidate(kind: str) -> None:
    assert named(f'<link rel="alternate" type="{kind}" href="/news.xml">') == [("/news.xml", Rank.NAMED)]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" hreflang="ko" href="/ko/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/5">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">',
        '<link rel="alternate" type="text/xml+oembed" href="/oembed?url=x">',
        '<link rel="stylesheet" type="text/css" href="/feed.css">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:x">',
    ],
    ids=["language", "rest", "oembed json", "oembed xml", "style", "no address", "script"],
)
def test_other_links_of_the_head_are_no_candidates(link: str) -> None:
    assert named(link) == []


def test_feeds_of_comments_and_tags_come_last() -> None:
    head = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'
        for title, href in [
            ("Gazette &raquo; Comments Feed", "/comments/feed/"),
            ("Rail tag feed", "/tag/rail/feed/"),
            ("Gazette", "/feed/"),
        ]
    )

    assert named(head) == [
        ("/feed/", Rank.NAMED),
        ("/comments/feed/", Rank.PARTIAL),
        ("/tag/rail/feed/", Rank.PARTIAL),
    ]


def test_feed_of_the_section_that_was_asked_about_comes_first() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/category/world/feed/">'

    assert named(link, HOME + "category/world/") == [("/category/world/feed/", Rank.NAMED)]


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="/rss">Subscribe</a>',
        '<a href="/rss/world.xml">World</a>',
        '<a href="/feed/">all</a>',
        '<a href="/index.rdf">x</a>',
        '<a href="/?feed=rss2">x</a>',
        '<a href="/service/18">RSS</a>',
        '<a href="/service/18">RSS 2.0 feed</a>',
        '<a href="/live/news.atom">x</a>',
    ],
)
def test_anchor_that_looks_like_a_feed_is_a_candidate(anchor: str) -> None:
    assert [rank for _, rank in named(anchor)] == [Rank.LINKED]


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="/world">World</a>',
        '<a href="https://other.example.net/feed">RSS</a>',
        '<a href="/img/rss.png">RSS</a>',
        '<a href="/world/how-farmers-feed-their-sheep">How farmers feed their sheep in winter</a>',
    ],
    ids=["section", "other site", "picture", "headline"],
)
def test_other_anchors_are_no_candidates(anchor: str) -> None:
    assert named(anchor) == []


def test_feed_that_lies_with_a_service_is_a_candidate() -> None:
    assert named('<a href="https://feeds.feedburner.com/gazette">by e-mail</a>') == [
        ("https://feeds.feedburner.com/gazette", Rank.LINKED)
    ]


def test_robots_names_news_sitemaps_first_and_few_others() -> None:
    months = "\n".join(f"Sitemap: {HOME}sitemap-2026-{month:02d}.xml" for month in range(1, 10))
    text = f"User-agent: *\nDisallow: /x\n{months}\nsitemap:{HOME}news-sitemap.xml\nSitemap: /relative.xml\n"

    found = candidates_from_robots(text, HOME + "robots.txt")

    assert [candidate.url.removeprefix(HOME) for candidate in found] == [
        "news-sitemap.xml",
        "sitemap-2026-01.xml",
        "sitemap-2026-02.xml",
        "sitemap-2026-03.xml",
    ]


def test_usual_paths_are_absolute_and_differ() -> None:
    found = [candidate.url for candidate in usual_paths(HOME + "world/")]

    assert found[0] == HOME + "feed"
    assert len({url_key(url) for url in found}) == len(found)
    assert HOME + "sitemap.xml" in found
    assert not any("/sitemap.xml" in candidate.url for candidate in usual_paths(HOME, sitemaps=False))


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b'<?xml version="1.0"?>\n<rss version="2.0">', "text/html", FeedKind.FEED),
        (b'\xef\xbb\xbf<feed xmlns="http://www.w3.org/2005/Atom">', "", FeedKind.FEED),
        (b'<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "", FeedKind.FEED),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "application/json", FeedKind.FEED),
        ("<rss version='2.0'>".encode("utf-16"), "", FeedKind.FEED),
        (b"<urlset xmlns='x'>", "text/xml", FeedKind.SITEMAP),
        (b"<?xml version='1.0'?><sitemapindex>", "", FeedKind.SITEMAP),
        (gzip.compress(b"<urlset>"), "application/x-gzip", FeedKind.SITEMAP),
        (b"<!DOCTYPE html><html>", "text/html", FeedKind.SECTION),
        (b"<html><body>see <rss version='2.0'>", "", FeedKind.SECTION),
        (b"<center>Welcome</center>", "text/html", FeedKind.SECTION),
        (b"User-agent: *", "text/plain", None),
        (b"\x89PNG", "image/png", None),
        (b"\x1f\x8b broken", "", None),
        (b"", "text/html", None),
    ],
    ids=[
        "rss", "atom with mark", "rdf", "json", "utf-16", "sitemap", "index", "gzip", "page", "page about feeds",
        "old page", "text", "picture", "broken gzip", "empty",
    ],
)  # fmt: skip
def test_kind_is_told_by_the_beginning(body: bytes, content_type: str, kind: FeedKind | None) -> None:
    assert looks_like(body, content_type) == kind


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_body_has_a_kind_or_none(body: bytes, content_type: str) -> None:
    assert looks_like(body, content_type) in (None, FeedKind.FEED, FeedKind.SITEMAP, FeedKind.SECTION)
    candidates_from_home(body, content_type, HOME)
    candidates_from_robots(body.decode("latin-1"), HOME)


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "", FeedKind.FEED),
        (b"<channel/>", "application/rss+xml", FeedKind.FEED),
        (b"<p>Hello", "text/html", FeedKind.SECTION),
        (b"Hello", "text/html", None),
    ],
    ids=["JSON Feed", "by its type", "a page", "no markup"],
)
def test_a_body_is_told_by_its_beginning_then_by_its_type(body, content_type, kind):
    assert looks_like(body, content_type) is kind


def test_a_link_may_say_feed_itself():
    assert [url for url, _ in named('<link rel="feed" href="/all">')] == ["/all"]
