from datetime import UTC, datetime

import pytest
from lxml.html import document_fromstring

from crawler.pages.page_dates import DateReader, date_in_url, read_modified, read_published
from crawler.pages.structured import read_facts
from storage.records.articles import StatedDate

NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
PLAIN = "https://ledger.example/world/railway"


def reader(timezone: str | None = None, language: str | None = "en") -> DateReader:
    return DateReader(timezone, language, NOW)


def published(
    body: str = "",
    head: str = "",
    *,
    url: str = PLAIN,
    feed: str = "",
    timezone: str | None = None,
    language: str = "en",
) -> StatedDate | None:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    reading = reader(timezone, language)
    entry = reading.read(feed, "feed") if feed else None
    return read_published(read_facts(tree, url), tree, url, "Railway to reopen", entry, reading)


def shown(date: StatedDate | None) -> str | None:
    return f"{date.at:%Y-%m-%d %H:%M} {date.rule}" if date else None


HEADLINE = "<h1>Railway to reopen</h1>"
LINKED = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "%s"}</script>'
META = '<meta property="article:published_time" content="%s">'


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ({"head": LINKED % "2026-03-02T10:00Z" + META % "2026-04-01"}, "2026-03-02 10:00 json-ld"),
        ({"head": LINKED % "2026-03-02" + META % "2026-03-02T11:00Z"}, "2026-03-02 11:00 meta"),
        ({"head": LINKED % "soon" + META % "2026-03-02T11:00Z"}, "2026-03-02 11:00 meta"),
        (
            {"head": LINKED % "2026-03-02T18:00:00", "body": "<time>2026-03-02T18:00:00+09:00</time>"},
            "2026-03-02 09:00 time",
        ),
        (
            {"head": LINKED % "2026-03-02T18:00:00", "body": "<time>2026-03-02T11:25:00+09:00</time>"},
            "2026-03-02 18:00 json-ld",
        ),
        (
            {"url": "https://l.example/2026/03/02/x", "body": "<time>2021-01-01T10:00Z</time>"},
            "2026-03-02 00:00 url",
        ),
        (
            {"url": "https://l.example/2026/03/02/x", "body": "<time>2026-03-02T10:00Z</time>"},
            "2026-03-02 10:00 time",
        ),
        ({"body": "<time class=updated>2026-03-03</time><time>2026-03-02</time>"}, "2026-03-02 00:00 time"),
        (
            {"body": f"<p>2021-01-01</p><p>x</p><p>x</p><p>x</p>{HEADLINE}<p>2 March 2026</p>"},
            "2026-03-02 00:00 text",
        ),
        ({"body": f"<p>2 March 2026</p>{HEADLINE}<p>text</p>"}, "2026-03-02 00:00 text"),
        (
            {"body": HEADLINE + "<p>x</p>" * 90 + "<i class=post-date>2 March 2026</i>"},
            "2026-03-02 00:00 text",
        ),
        ({"body": HEADLINE + "<p>x</p>" * 90 + "<i>2 March 2026</i>"}, None),
        ({"body": HEADLINE + "<p>02.03.2026</p>", "language": "de"}, "2026-03-02 00:00 text"),
        ({"body": HEADLINE + "<p>02.03.2026</p>"}, None),
        ({"head": META % "2026-03"}, None),
        ({"body": HEADLINE, "feed": "2026-03-02T10:00Z"}, "2026-03-02 10:00 feed"),
        (
            {"body": HEADLINE + "<p>2 March 2026</p>", "feed": "2026-03-01T20:00Z", "timezone": "Asia/Seoul"},
            "2026-03-01 20:00 feed",
        ),
        ({"body": HEADLINE + "<p>2 March 2026</p>", "feed": "2026-03-04T20:00Z"}, "2026-03-02 00:00 text"),
        (
            {"body": HEADLINE + "<p>2 March 2026</p>", "feed": "2026-03-04T20:00Z", "timezone": "No/Zone"},
            "2026-03-02 00:00 text",
        ),
        (
            {
                "head": '<script type="application/ld+json">{"@type": "Article", "dateCreated": "2026-03-02"}</script>'
            },
            "2026-03-02 00:00 json-ld",
        ),
        ({}, None),
    ],
)
def test_most_trusted_place_decides_the_day_and_the_best_its_time(
    page: dict[str, str], wanted: str | None
) -> None:
    assert shown(published(**page)) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://l.example/2026/03/02/x", "2026-03-02"),
        ("https://l.example/2026/3/2/x", "2026-03-02"),
        ("https://l.example/2026-03-02-x", "2026-03-02"),
        ("https://l.example/2026-03/02/c_1125.htm", "2026-03-02"),
        ("https://l.example/news/20260302.html", "2026-03-02"),
        ("https://l.example/AEN20260302000100315", None),
        ("https://l.example/2026/03/x", None),
        ("https://l.example/2026/13/02/x", None),
        ("https://l.example/2099/03/02/x", None),
        ("https://l.example/x?date=2026-03-02", None),
        ("", None),
    ],
)
def test_address_gives_a_whole_day_or_none(url: str, day: str | None) -> None:
    found = date_in_url(url, reader())

    assert (found and f"{found.at:%Y-%m-%d}") == day


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (
            '<script type="application/ld+json">{"@type": "Article", "dateModified": "2026-03-03"}</script>',
            "2026-03-03 00:00 json-ld",
        ),
        ('<meta property="article:modified_time" content="2026-03-03T10:00Z">', "2026-03-03 10:00 meta"),
        ('<meta property="article:modified_time" content="never">', None),
    ],
)
def test_change_is_what_the_page_says(head: str, wanted: str | None) -> None:
    tree = document_fromstring(f"<html><head>{head}</head><body></body></html>")

    assert shown(read_modified(read_facts(tree, PLAIN), reader())) == wanted


def test_change_may_stand_in_a_time_element() -> None:
    tree = document_fromstring(
        '<html><body><time class="updated" datetime="2026-03-03">x</time></body></html>'
    )

    assert shown(read_modified(read_facts(tree, PLAIN), reader())) == "2026-03-03 00:00 time"
