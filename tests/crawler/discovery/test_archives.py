from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.discovery.archives import is_guessed, no_robots, publication_day, read_archive
from scheduler.daemon.backfills import first_lists
from storage.errors import ParseError
from storage.records.articles import Page
from storage.records.backfills import ArchivePage, ArchiveReading
from storage.records.sources import FeedKind

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
HOME = "https://coast.example.org/"


def read(kind: str, body: str, path: str = "list", **more: Any) -> ArchiveReading:
    url = HOME + path
    asked = ArchivePage(1, 1, "coast", url, kind, date(2023, 1, 1), is_first=False, **more)
    return read_archive(Page(url, body.encode(), "", NOW), asked)


def paths(reading: ArchiveReading) -> list[str]:
    return [one.entry.url.removeprefix(HOME) for one in reading.links]


def lists(reading: ArchiveReading) -> list[tuple[str, str | None]]:
    return [(one.url.removeprefix(HOME), one.newest) for one in reading.further]


def urlset(*units: str) -> str:
    return f"<urlset>{''.join(f'<url>{unit}</url>' for unit in units)}</urlset>"


def index(*units: str) -> str:
    return f"<sitemapindex>{''.join(f'<sitemap>{unit}</sitemap>' for unit in units)}</sitemapindex>"


def test_robots_and_all_that_is_polled_come_first() -> None:
    polled = [(f"{HOME}feed", FeedKind.FEED), ("https://news.coast.example.org/world", FeedKind.SECTION)]

    assert [(one.url, one.kind) for one in first_lists(HOME, polled)] == [
        (f"{HOME}robots.txt", "robots"),
        (f"{HOME}feed", "feed"),
        ("https://news.coast.example.org/world", "section"),
    ]
    assert [one.url for one in first_lists(None, polled)][:2] == [
        f"{HOME}robots.txt",
        "https://news.coast.example.org/robots.txt",
    ]
    assert first_lists(None, []) == ()


def test_robots_names_sitemaps_of_its_own_site() -> None:
    text = f"Sitemap: {HOME}a.xml\nsitemap:https://news.coast.example.org/b.xml\nSitemap: https://other.example/c.xml"

    reading = read("robots", text, "robots.txt")

    assert [one.url for one in reading.further] == [f"{HOME}a.xml", "https://news.coast.example.org/b.xml"]
    assert reading.detail == "1 sitemaps of other sites left out"


def test_without_a_named_sitemap_the_usual_places_are_looked_at() -> None:
    assert lists(read("robots", "User-agent: *", "robots.txt")) == [
        ("sitemap.xml", None),
        ("sitemap_index.xml", None),
    ]
    assert no_robots(f"{HOME}robots.txt") == read("robots", "", "robots.txt")


def test_an_index_leaves_out_what_is_too_old_or_lists_no_articles() -> None:
    reading = read(
        "sitemap",
        index(
            "<loc>/posts-3.xml</loc><lastmod>2026-03-04T05:06:07Z</lastmod>",
            "<loc>/posts-1.xml</loc><lastmod>2022-12-31</lastmod>",
            "<loc>/sitemap-2023.xml</loc>",
            "<loc>/sitemap-2022.xml</loc>",
            "<loc>/sitemap-2023-02.xml</loc>",
            "<loc>/rest.xml</loc>",
            "<loc>/category-sitemap.xml</loc>",
            "<loc>/wp-sitemap-taxonomies-post_tag-1.xml</loc>",
            "<loc>/wp-sitemap-posts-page-1.xml</loc>",
        ),
    )

    assert lists(reading) == [
        ("posts-3.xml", "2026-03-04"),
        ("sitemap-2023-02.xml", "2023-02-31"),
        ("sitemap-2023.xml", "2023-12-31"),
        ("rest.xml", None),
    ]
    assert reading.detail == "left out: 5 lists that are too old or list no articles"


def test_an_address_that_dates_a_page_counts_more_than_its_last_change() -> None:
    reading = read(
        "sitemap",
        urlset(
            "<loc>/2022/12/31/the-year-ends-with-a-storm</loc><lastmod>2026-01-01</lastmod>",
            "<loc>/2023/01/01/the-year-begins-with-a-storm</loc><lastmod>2026-01-01</lastmod>",
            "<loc>/2023/02/the-ferry-is-late-again</loc><lastmod>2026-01-01</lastmod>",
            "<loc>/2022/12/the-ferry-was-late-too</loc><lastmod>2026-01-01</lastmod>",
            "<loc>/news/20230231-no-such-day-12345</loc><lastmod>2024-01-01</lastmod>",
            "<loc>/a-story-without-any-date</loc>",
        ),
    )

    assert [(one.entry.url.removeprefix(HOME), one.day) for one in reading.links] == [
        ("2023/01/01/the-year-begins-with-a-storm", "2023-01-01"),
        ("2023/02/the-ferry-is-late-again", "2023-02-31"),
        ("news/20230231-no-such-day-12345", "2024-01-01"),
        ("a-story-without-any-date", None),
    ]


def test_addresses_that_name_no_article_are_left_out_unless_the_pattern_says_otherwise() -> None:
    body = urlset(
        "<loc>/about</loc>", "<loc>/tag/ferries</loc>", "<loc>/politics</loc>", "<loc>/x/880123</loc>"
    )

    assert paths(read("sitemap", body)) == ["x/880123"]
    assert paths(read("sitemap", body, link_pattern="/tag/")) == ["tag/ferries"]


def test_a_sitemap_is_read_to_its_end() -> None:
    reading = read("sitemap", urlset(*(f"<loc>/story/{number}</loc>" for number in range(10_000, 15_000))))

    assert len(reading.links) == 5_000


def atom(*entries: tuple[str, str], head: str = "") -> str:
    shown = "".join(
        f'<entry><title>{path}</title><id>{path}</id><link href="/{path}"/><published>{day}</published></entry>'
        for path, day in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Coast</title>{head}{shown}</feed>'


@pytest.mark.parametrize(
    ("head", "path", "expected"),
    [
        ('<link rel="prev-archive" href="/old"/>', "feed", "old"),
        ('<link rel="next" href="/feed?n=2"/><link rel="prev-archive" href="/old"/>', "feed", "old"),
        ('<link rel="next" href="/feed?n=2"/>', "feed", "feed?n=2"),
        ("<generator>https://wordpress.org/?v=6.5</generator>", "feed/", "feed/?paged=2"),
        (
            "<generator>https://wordpress.org/?v=6.5</generator>",
            "feed/?lang=en&paged=4",
            "feed/?lang=en&paged=5",
        ),
        ('<link rel="next" href="https://elsewhere.example/"/>', "feed", None),
        ("", "feed", None),
    ],
)
def test_a_feed_leads_to_its_older_documents(head: str, path: str, expected: str | None) -> None:
    reading = read(
        "feed", atom(("a", "2024-05-02T10:00:00Z"), ("b", "2023-04-01T10:00:00Z"), head=head), path
    )

    assert lists(reading) == ([(expected, "2023-04-01")] if expected else [])


def test_a_json_feed_leads_to_its_next_page() -> None:
    body = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "Coast", "next_url": "https://coast.example.org/2",'
        '"items": [{"id": "1", "url": "https://coast.example.org/a", "date_published": "2024-05-02T10:00:00Z"}]}'
    )

    assert lists(read("feed", body)) == [("2", "2024-05-02")]


def test_a_feed_ends_where_all_its_entries_are_too_old_or_there_are_none() -> None:
    older = '<link rel="next" href="/feed?n=2"/>'

    assert lists(read("feed", atom(("a", "2022-05-02T10:00:00Z"), head=older))) == []
    assert lists(read("feed", atom(head=older))) == []
    mixed = read("feed", atom(("pinned", "2020-01-01T10:00:00Z"), ("b", "2024-05-02T10:00:00Z"), head=older))
    assert lists(mixed) == [("feed?n=2", "2020-01-01")]
    assert paths(mixed) == ["b"]


def test_what_follows_a_list_without_dates_waits_for_them() -> None:
    items = "".join(
        f'<li><h2><a href="/story/the-news-of-the-coast-{n}">The news of the coast in number {n}</a></h2></li>'
        for n in range(10_001, 10_007)
    )
    reading = read("section", f'<!doctype html><ul>{items}</ul><a href="?page=2" rel="next">Older</a>')

    assert [(one.url.removeprefix(HOME), one.waits) for one in reading.further] == [("list?page=2", True)]
    assert len(reading.links) == 6
    assert reading.fingerprint


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("sitemap", "<html><body>no</body></html>", "html"),
        ("feed", "", "empty"),
        ("section", "<rss/>", "not_html"),
    ],
)
def test_what_is_no_list_is_an_error(kind: str, body: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(kind, body)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("kind", "path", "guessed"),
    [("sitemap", "sitemap.xml", True), ("sitemap", "maps/old.xml", False), ("section", "sitemap.xml", False)],
)
def test_a_list_that_nothing_names_is_a_guess(kind, path, guessed):
    asked = ArchivePage(1, 1, "coast", HOME + path, kind, date(2023, 1, 1), is_first=True)

    assert is_guessed(asked) is guessed


def test_what_a_news_sitemap_states_is_an_article_whatever_its_address() -> None:
    news = "<news><publication_date>2026-09-10T08:00:00Z</publication_date><title>A</title></news>"
    body = urlset(
        f"<loc>{HOME}about</loc>",
        f"<loc>{HOME}x</loc>{news}",
        f"<loc>{HOME}2026/09/08/the-council-meets-again/</loc>",
        f"<loc>{HOME}2026/13/40/the-council-meets-again/</loc>",
    )
    reading = read("sitemap", body)
    days = {one.entry.url.removeprefix(HOME): publication_day(one.entry) for one in reading.links}

    assert "about" not in days
    assert days["x"] == date(2026, 9, 10)
    assert days["2026/09/08/the-council-meets-again/"] == date(2026, 9, 8)
    assert days.get("2026/13/40/the-council-meets-again/") is None
    assert paths(read("sitemap", body, link_pattern="/about")) == ["about"]
