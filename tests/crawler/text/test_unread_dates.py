"""A date that is stated and cannot be read is kept as it was written, wherever it stood."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.articles.seed_files import parse_seed
from crawler.articles.store import store_reading
from crawler.documents.rss import parse_feed
from crawler.documents.sitemap import parse_sitemap
from crawler.holdings.import_lines import SourceBook, read_line
from crawler.pages.entry_article import article_of_entry
from crawler.pages.extract import extract_article
from storage.articles import articles, held
from storage.records.articles import Article, Page
from storage.records.as_json import entry_from_json, entry_to_json
from storage.records.sources import FeedEntry
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, TOPIC, reading

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
URL = "https://ledger.example/1"
RAW = "the morrow of the fair"
TEXT = "The ferries stay in port, said the harbour master, and the storm goes on until Tuesday at least. " * 4


def of_feed(body: str) -> FeedEntry:
    (entry,) = parse_feed(body.encode(), url=URL, content_type="", timezone=None, now=NOW).entries
    return entry


def of_sitemap(date: str) -> FeedEntry:
    body = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<url><loc>{URL}</loc><lastmod>{date}</lastmod></url></urlset>"
    )
    (entry,) = parse_sitemap(body.encode(), url=URL, timezone=None, now=NOW).entries
    return entry


def of_page(head: str = "", below: str = "", entry: FeedEntry | None = None) -> Article:
    body = f"<html><head>{head}</head><body><h1>Ferries stay in port</h1>{below}<p>{TEXT}</p></body></html>"
    found = extract_article(Page(URL, body.encode(), "text/html", NOW), entry, timezone=None, language=None)
    assert isinstance(found, Article)
    return found


def rss(date: str) -> str:
    return f'<rss version="2.0"><channel><item><link>{URL}</link><title>Ferries</title>{date}</item></channel></rss>'


LINKED = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "%s"}</script>'
STATED: dict[str, Callable[[str], Article | FeedEntry]] = {
    "RSS": lambda date: of_feed(rss(f"<pubDate>{date}</pubDate>")),
    "Atom": lambda date: of_feed(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="{URL}"/><title>Ferries</title>'
        f"<updated>{date}</updated></entry></feed>"
    ),
    "JSON feed": lambda date: of_feed(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [{"id": "1", "url": URL, "title": "Ferries", "date_published": date}],
            }
        )
    ),
    "sitemap": of_sitemap,
    "JSON-LD": lambda date: of_page(LINKED % date),
    "meta": lambda date: of_page(f'<meta property="article:published_time" content="{date}">'),
    "time": lambda date: of_page(below=f'<time datetime="{date}">Tuesday</time>'),
    "import": lambda date: (
        read_line(
            json.dumps({"url": URL, "title": "Ferries", "text": TEXT, "published": date}).encode(),
            SourceBook({}, {}, None),
            NOW,
        ).article
    ),
    "seed": lambda date: parse_seed(
        "a.jsonl", json.dumps({"title": "Ferries", "text": TEXT, "published": date}).encode(), now=NOW
    )[0],
}


@pytest.mark.parametrize("place", STATED)
def test_what_cannot_be_read_is_kept(place):
    assert STATED[place](RAW).unread_date == RAW


@pytest.mark.parametrize("place", STATED)
def test_what_can_be_read_is_no_unread_date(place):
    assert STATED[place]("2026-09-14T10:00:00+02:00").unread_date is None


def test_what_the_feed_wrote_is_kept_with_an_article_that_states_nothing():
    entry = FeedEntry(URL, "Ferries stay in port", unread_date=RAW)

    assert entry_from_json(entry_to_json(entry)) == entry
    assert of_page(entry=entry).unread_date == RAW


def test_an_entry_that_is_an_article_by_itself_keeps_it():
    entry = FeedEntry(URL, "Ferries stay in port", text=TEXT, unread_date=RAW)

    assert article_of_entry(entry, URL, None).unread_date == RAW


def test_a_long_text_in_place_of_a_date_is_cut():
    found = of_page(LINKED % ("x" * 5_000))

    assert found.unread_date == "x" * 200


def test_it_is_a_column_of_the_article(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    found = reading("http://courier.example/1", text=TEXT)
    _, article_id = store_reading(connection, replace(found, article=replace(found.article, unread_date=RAW)))

    row = articles.article(connection, article_id)
    assert row["unread_date"] == RAW
    assert held.articles_after(connection, 0, 1)[0].article.unread_date == RAW
