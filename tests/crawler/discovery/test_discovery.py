from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import limits
from crawler.discovery.discovery import Discovery
from crawler.urls import url_key
from storage.records.articles import Page
from storage.records.sources import FeedKind

NOW = datetime(2026, 9, 15, tzinfo=UTC)
HOME = "https://www.gazette.example.com/"
HTML, XML, TEXT = "text/html; charset=utf-8", "application/xml", "text/plain"

Site = dict[str, tuple[str, str]]  # path -> content type, body


def rss(*numbers: int, title: str = "Gazette", day: datetime = NOW) -> tuple[str, str]:
    items = "".join(
        f"<item><title>Ferry {number}</title><link>{HOME}world/{number}</link>"
        f"<pubDate>{day:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for number in numbers
    )
    return XML, f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def news_sitemap(*numbers: int) -> tuple[str, str]:
    urls = "".join(
        f"<url><loc>{HOME}world/{number}</loc><news:news><news:publication_date>2026-09-14T08:00:00Z"
        f"</news:publication_date><news:title>Ferry {number}</news:title></news:news></url>"
        for number in numbers
    )
    return XML, (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


def sitemap(*paths: str) -> tuple[str, str]:
    urls = "".join(f"<url><loc>{HOME}{path}</loc></url>" for path in paths)
    return XML, f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def index(*paths: str) -> tuple[str, str]:
    maps = "".join(f"<sitemap><loc>{HOME}{path}</loc></sitemap>" for path in paths)
    return XML, f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'


def page(head: str = "", articles: int = 0, body: str = "") -> tuple[str, str]:
    cards = "".join(
        f'<h3><a href="/world/{880_000 + number}">Freight trains cross the old bridge again</a></h3>'
        for number in range(articles)
    )
    return (
        HTML,
        f"<!doctype html><html><head><title>Gazette</title>{head}</head><body>{cards}{body}</body></html>",
    )


def link(href: str, title: str = "") -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'


def search(site: Site, home: str = HOME) -> tuple[Discovery, list[str]]:
    """The finished search of *site*, and the paths that it asked for."""
    state, asked = Discovery.begin(home, timezone="UTC", now=NOW), []
    while (url := state.next_request()) is not None:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        asked.append(path)
        answer = site.get(path)
        got = Page(url, answer[1].encode(), answer[0], NOW) if answer else None
        state = state.take(url, 200 if answer else 404, got)
    return state, asked


def paths(found: tuple[object, ...]) -> list[str]:
    return [urlsplit(one.url).path for one in found]  # type: ignore[attr-defined]


def test_feed_that_the_home_page_names_is_chosen_in_three_requests() -> None:
    site = {"/": page(link("/feed/", "Gazette"), articles=8), "/feed/": rss(1, 2, 3)}

    state, asked = search(site)

    assert asked == ["/", "/robots.txt", "/feed/"]
    (chosen,) = state.chosen
    assert (chosen.url, chosen.kind, chosen.how) == (HOME + "feed/", FeedKind.FEED, "link")
    assert (chosen.title, chosen.entries, chosen.newest) == ("Gazette", 3, NOW)
    assert [one.how for one in state.found] == ["link", "section"]


def test_comment_feed_is_not_asked_for_when_there_is_a_better_one() -> None:
    head = link("/comments/feed/", "Comments") + link("/feed/", "Gazette")
    site = {"/": page(head), "/feed/": rss(1), "/comments/feed/": rss(2)}

    _, asked = search(site)

    assert "/comments/feed/" not in asked


def test_feeds_with_the_same_entries_are_chosen_once() -> None:
    head = link("/rss.xml") + link("/atom.xml") + link("/sport.xml")
    site = {"/": page(head), "/rss.xml": rss(1, 2, 3), "/atom.xml": rss(2, 3, 4), "/sport.xml": rss(7, 8)}

    state, _ = search(site)

    assert paths(state.chosen) == ["/rss.xml", "/sport.xml"]
    assert paths(state.found) == ["/rss.xml", "/atom.xml", "/sport.xml"]


def test_page_about_feeds_leads_to_them() -> None:
    site = {
        "/": page(body='<a href="/rss/">RSS</a>'),
        "/rss/": page(body='<a href="/rss/world.xml">World</a>'),
        "/rss/world.xml": rss(1, 2),
    }

    state, _ = search(site)

    assert [(one.how, urlsplit(one.url).path) for one in state.chosen] == [("anchor", "/rss/world.xml")]


def test_news_sitemap_of_an_index_is_chosen_where_no_feed_is() -> None:
    site = {
        "/": page(articles=8),
        "/robots.txt": (TEXT, f"User-agent: *\nSitemap: {HOME}sitemap.xml\n"),
        "/sitemap.xml": index("pages.xml", "news.xml", "images.xml"),
        "/news.xml": news_sitemap(1, 2),
    }

    state, asked = search(site)

    assert paths(state.chosen) == ["/news.xml"]
    assert state.chosen[0].kind is FeedKind.SITEMAP
    assert asked == ["/", "/robots.txt", "/sitemap.xml", "/news.xml"]


def test_usual_paths_are_asked_only_when_nothing_is_named() -> None:
    site = {"/": page(articles=8), "/rss.xml": rss(1, 2)}

    state, asked = search(site)

    assert asked == ["/", "/robots.txt", "/feed", "/rss.xml"]
    assert [one.how for one in state.chosen] == ["path"]


def test_page_itself_is_chosen_when_the_site_has_no_feed() -> None:
    state, asked = search({"/": page(articles=5)})

    assert len(asked) == limits.DISCOVERY_REQUESTS
    (chosen,) = state.chosen
    assert (chosen.url, chosen.kind, chosen.entries) == (HOME, FeedKind.SECTION, 5)


def test_page_with_few_articles_is_no_section() -> None:
    state, _ = search({"/": page(articles=2)})

    assert state.found == state.chosen == ()


def test_plain_sitemap_is_the_last_resort() -> None:
    site = {"/": page(), "/robots.txt": (TEXT, f"Sitemap: {HOME}map.xml"), "/map.xml": sitemap("a/1", "a/2")}

    state, _ = search(site)
    with_section, _ = search({**site, "/": page(articles=8)})

    assert paths(state.chosen) == ["/map.xml"]
    assert paths(with_section.chosen) == ["/"]


def test_living_page_is_better_than_a_feed_left_behind() -> None:
    old = rss(1, 2, day=NOW - timedelta(days=400))

    state, _ = search({"/": page(link("/feed/"), articles=8), "/feed/": old})

    assert paths(state.chosen) == ["/"]
    assert paths(state.found) == ["/", "/feed/"]


def test_empty_feed_is_better_than_nothing() -> None:
    state, _ = search({"/": page(link("/feed/")), "/feed/": rss()})

    assert paths(state.chosen) == ["/feed/"]


def test_page_where_a_feed_was_promised_is_no_feed() -> None:
    state, _ = search({"/": page(link("/feed/")), "/feed/": page("Not found")})

    assert state.found == ()


def test_address_that_is_a_feed_itself_needs_one_request() -> None:
    state, asked = search({"/rss/world.xml": rss(1, 2)}, HOME + "rss/world.xml")

    assert asked == ["/rss/world.xml"]
    assert [(one.how, one.entries) for one in state.chosen] == [("given", 2)]


def test_host_that_does_not_answer_is_left_alone() -> None:
    state = Discovery.begin(HOME, timezone=None, now=NOW)

    after = state.take(HOME, None, None)

    assert after.next_request() is None
    assert after.found == after.chosen == ()


def test_site_whose_home_page_fails_is_searched_all_the_same() -> None:
    state, _ = search({"/feed": rss(1)})

    assert [one.how for one in state.chosen] == ["path"]


def test_addresses_are_resolved_against_the_page_after_redirects() -> None:
    state = Discovery.begin("http://gazette.example.com/", timezone=None, now=NOW)
    content_type, body = page(link("feed/"))

    moved = state.take(
        "http://gazette.example.com/",
        200,
        Page("https://gazette.example.com/en/", body.encode(), content_type, NOW),
    )

    assert moved.next_request() == "https://gazette.example.com/robots.txt"
    after = moved.take("https://gazette.example.com/robots.txt", 404, None)
    assert after.next_request() == "https://gazette.example.com/en/feed/"


def test_address_reached_by_a_redirect_is_not_asked_again() -> None:
    head = link("/feed") + link("/rss.xml")
    state = Discovery.begin(HOME, timezone=None, now=NOW).take(
        HOME, 200, Page(HOME, page(head)[1].encode(), HTML, NOW)
    )
    state = state.take(HOME + "robots.txt", 404, None)

    state = state.take(HOME + "feed", 200, Page(HOME + "rss.xml", rss(1)[1].encode(), XML, NOW))

    assert state.next_request() is None
    assert [one.url for one in state.found] == [HOME + "feed"]


def test_asking_twice_gives_the_same_address() -> None:
    state = Discovery.begin(HOME, timezone=None, now=NOW)

    assert state.next_request() == state.next_request() == HOME


ANSWERS = st.one_of(
    st.none(),
    st.binary(max_size=200),
    st.sampled_from(
        [
            page(link("/feed") + link("https://WWW.gazette.example.com:443/feed") + link("/tag/x/feed"), 3)[
                1
            ],
            page(body="".join(f'<a href="/rss/{number}">RSS</a>' for number in range(30)), articles=9)[1],
            "\n".join(f"Sitemap: {HOME}map{number}.xml" for number in range(30)),
            index(*(f"news{number}.xml" for number in range(30)))[1],
            rss(1, 2, day=NOW - timedelta(days=400))[1],
            sitemap("a", "b")[1],
            news_sitemap()[1],
            "<rss>",
            "{",
        ]
    ).map(str.encode),
)


@pytest.mark.parametrize("home", [HOME, HOME + "en/news/?page=1", "http://127.0.0.1:8100/"])
@given(st.lists(st.tuples(ANSWERS, st.sampled_from([HTML, XML, TEXT, ""])), min_size=20, max_size=20))
def test_no_site_is_asked_twice_or_without_end(home: str, answers: list[tuple[bytes | None, str]]) -> None:
    state, asked = Discovery.begin(home, timezone=None, now=NOW), []

    for body, content_type in answers:
        url = state.next_request()
        if url is None:
            break
        asked.append(url_key(url))
        got = None if body is None else Page(url, body, content_type, NOW)
        state = state.take(url, 200 if got else 500, got)

    assert state.next_request() is None
    assert len(asked) <= limits.DISCOVERY_REQUESTS
    assert len(asked) == len(set(asked))
    assert set(state.chosen) <= set(state.found)
    assert {url_key(one.url) for one in state.found} <= set(asked)
    assert bool(state.chosen) == bool(state.found)


@pytest.mark.parametrize(("pattern", "entries"), [(None, None), ("/world/88", 2), ("/opinion/", None)])
def test_page_whose_article_addresses_are_told_needs_only_one_of_them(pattern, entries):
    body = page(articles=2)
    state = Discovery.begin(HOME, timezone="UTC", now=NOW, link_pattern=pattern)

    state = state.take(HOME, 200, Page(HOME, body[1].encode(), body[0], NOW))

    assert [one.entries for one in state.found] == ([] if entries is None else [entries])
