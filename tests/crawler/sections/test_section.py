import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import limits
from crawler.sections.section import parse_listing
from crawler.urls import politeness_key, url_key
from storage.errors import ParseError
from storage.records.sources import FeedDocument
from tests.support.folders import DATA

NOW = datetime(2026, 9, 15, tzinfo=UTC)
HOME = "https://www.gazette.example.com/world/"
LAYOUTS = sorted((DATA / "layouts").glob("*.json"))

POOLED, EACH = 0.95, 0.9


@dataclass(frozen=True)
class Layout:
    name: str
    url: str
    articles: dict[str, dict[str, str | None]]  # by address key
    document: FeedDocument

    @property
    def found(self) -> set[str]:
        return {url_key(entry.url) for entry in self.document.entries}

    @property
    def right(self) -> int:
        return len(self.found & self.articles.keys())

    @property
    def precision(self) -> float:
        return self.right / max(1, len(self.found))

    @property
    def recall(self) -> float:
        return self.right / len(self.articles)

    def line(self) -> str:
        wrong, missed = sorted(self.found - self.articles.keys()), sorted(self.articles.keys() - self.found)
        return f"{self.name:32} P {self.precision:.3f} R {self.recall:.3f} wrong {wrong} missed {missed}"


def read_layout(path: Path) -> Layout:
    truth = json.loads(path.read_text(encoding="utf-8"))
    document = parse_listing(
        path.with_suffix(".html").read_bytes(),
        truth["content_type"],
        url=truth["url"],
        timezone=truth["timezone"],
        now=NOW,
    )
    articles = {url_key(url): stated for url, stated in truth["articles"].items()}
    return Layout(path.stem, truth["url"], articles, document)


@pytest.fixture(scope="module")
def layouts() -> list[Layout]:
    return [read_layout(path) for path in LAYOUTS]


def listing(markup: str, **options: Any) -> FeedDocument:
    body = f"<html><head><title>World</title></head><body>{markup}</body></html>".encode()
    return parse_listing(body, "text/html", url=HOME, timezone="UTC", now=NOW, **options)


def card(number: int, title: str = "Freight trains cross the old bridge again") -> str:
    return f'<div class="card"><h3><a href="/world/{number}">{title}</a></h3></div>'


def test_articles_of_all_layouts_together_are_found(layouts: list[Layout]) -> None:
    right = sum(layout.right for layout in layouts)
    found = sum(len(layout.found) for layout in layouts)
    there = sum(len(layout.articles) for layout in layouts)

    table = "\n".join(layout.line() for layout in layouts)
    assert len(layouts) == 25
    assert right / found >= POOLED, table
    assert right / there >= POOLED, table


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_articles_of_layout_are_found(path: Path) -> None:
    layout = read_layout(path)

    assert layout.precision >= EACH, layout.line()
    assert layout.recall >= EACH, layout.line()


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_headlines_of_layout_are_the_pages_own(path: Path) -> None:
    layout = read_layout(path)
    titles = {url_key(entry.url): entry.title for entry in layout.document.entries}
    wanted = {key: stated["title"] for key, stated in layout.articles.items() if stated["title"]}

    wrong = {key: titles[key] for key, title in wanted.items() if key in titles and titles[key] != title}
    assert not wrong


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_dates_of_layout_are_those_beside_the_links(path: Path) -> None:
    layout = read_layout(path)
    dates = {url_key(entry.url): entry.published for entry in layout.document.entries}

    for key, stated in layout.articles.items():
        if stated.get("published") and key in dates:
            date = dates[key]
            assert date is not None, key
            assert date.rule == "listing"
            assert date.at.isoformat()[:10] == (stated["published"] or "")[:10]


def test_entries_stand_in_the_pages_order() -> None:
    document = listing("".join(card(number) for number in (880123, 880125, 880124)))

    assert [entry.url.rpartition("/")[2] for entry in document.entries] == ["880123", "880125", "880124"]
    assert document.title == "World"
    assert document.warning is None


def test_headline_wins_over_longer_teaser_link() -> None:
    teaser = "The two sides signed a protocol on Monday and set the next round for the end of the month"
    markup = f'<div><a href="/world/880123"><h3>Ferries run again</h3></a><a href="/world/880123">{teaser}</a></div>'

    document = listing(markup + card(880124) + card(880125))

    assert document.entries[0].title == "Ferries run again"


def test_headline_beside_its_link_is_the_title() -> None:
    item = '<div class="i"><h3>Ferries run again after {0} days</h3><a href="/world/88012{0}">Read more</a></div>'

    document = listing("".join(item.format(number) for number in range(4)))

    assert [entry.title for entry in document.entries] == [
        f"Ferries run again after {number} days" for number in range(4)
    ]


def test_date_behind_one_link_is_not_that_of_the_next() -> None:
    markup = "<div>" + "".join(
        f'<a href="/world/88012{day}">Freight trains cross the old bridge again {day}</a> (1{day} September 2026)<br>'
        for day in range(4)
    )

    document = listing(markup + "</div>")

    days = [entry.published.at.day for entry in document.entries if entry.published]
    assert days == [10, 11, 12, 13]


def test_date_before_each_link_belongs_to_that_link() -> None:
    markup = "<div>" + "".join(
        f'<p>1{day} September 2026</p><h4><a href="/world/88012{day}">Freight trains cross the bridge {day}</a></h4>'
        for day in range(4)
    )

    document = listing(markup + "</div>")

    days = [entry.published.at.day for entry in document.entries if entry.published]
    assert days == [10, 11, 12, 13]


def test_link_pattern_decides_alone() -> None:
    markup = (
        card(880123) + '<nav><a href="/about">About</a></nav><a href="https://elsewhere.example.net/a">x</a>'
    )

    document = listing(markup, link_pattern=r"/about$|example\.net/")

    assert [entry.url for entry in document.entries] == [
        "https://www.gazette.example.com/about",
        "https://elsewhere.example.net/a",
    ]


def test_broken_link_pattern_is_named() -> None:
    with pytest.raises(ParseError, match="link_pattern") as caught:
        listing(card(880123), link_pattern="(")

    assert caught.value.reason == "bad_pattern"


def test_base_of_page_resolves_its_links() -> None:
    body = (
        b'<html><head><base href="https://cms.gazette.example.com/en/"></head><body>'
        b'<h3><a href="880123">Freight trains cross the old bridge again</a></h3></body></html>'
    )

    document = parse_listing(body, "text/html", url=HOME, timezone=None, now=NOW)

    assert [entry.url for entry in document.entries] == ["https://cms.gazette.example.com/en/880123"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>', "application/rss+xml"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url></url></urlset>', "text/xml"),
        (b"User-agent: *\nDisallow:", "text/plain"),
        (b"", "text/html"),
    ],
    ids=["rss", "sitemap", "text", "empty"],
)
def test_what_is_no_page_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_listing(body, content_type, url=HOME, timezone=None, now=NOW)

    assert caught.value.reason == "not_html"


def test_section_may_be_a_list_as_json() -> None:
    body = b'[{"title": "Freight trains cross the old bridge", "url": "/world/880123"}]'

    document = parse_listing(body, "application/json", url=HOME, timezone=None, now=NOW)

    assert [entry.url for entry in document.entries] == ["https://www.gazette.example.com/world/880123"]
    with pytest.raises(ParseError, match="no list of articles"):
        parse_listing(b'{"items": []}', "application/json", url=HOME, timezone=None, now=NOW)


def test_page_without_articles_names_the_lists_that_it_loads() -> None:
    shown = "".join(card(number) for number in (880123, 880124, 880125))
    loads = (
        '<ul data="datasource:cca2f2970e70e7e18fc8800ab2ce1222"></ul><script src="/js/app.js"></script>'
        '<script>fetch("/data/weather.json"); load("/data/en/news/all.json"); m = "manifest.json"</script>'
    )

    assert listing(shown + loads).lists == ()
    assert listing(loads).lists == (
        "https://www.gazette.example.com/world/ds_cca2f2970e70e7e18fc8800ab2ce1222.json",
        "https://www.gazette.example.com/data/en/news/all.json",
    )


def test_articles_in_the_state_of_a_page_are_its_entries() -> None:
    items = ",".join(
        f'{{"id": {number}, "headline": "Freight trains cross bridge {number}", "path": "/world/{number}"}}'
        for number in range(880120, 880124)
    )

    document = listing(f'<div id="root"></div><script>window.__STATE__ = {{"list": [{items}]}};</script>')

    assert len(document.entries) == 4
    assert document.entries[0].title == "Freight trains cross bridge 880120"


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Under construction</p>",
        '<a href="/about">About us</a><a href="/world/?page=2">Older</a>',
        '<a href="#" onclick="show(5510)">Freight trains cross the old bridge again</a>',
        '<a href="javascript:show(5510)">Freight trains cross the old bridge again</a>',
        '<h3><a href="https://ads.example.net/880123">Freight trains cross the old bridge again</a></h3>',
        '<h3><a href="/files/880123.pdf">Freight trains cross the old bridge again</a></h3>',
        '<h3><a rel="sponsored" href="/world/880123">Freight trains cross the old bridge again</a></h3>',
        '<h3><a href="/tag/freight-trains-on-the-old-bridge">Freight trains on the old bridge</a></h3>',
        '<h3><a href="/video/880123">Freight trains cross the old bridge again</a></h3>',
    ],
    ids=["none", "furniture", "onclick", "script", "other site", "file", "advertisement", "tag", "video"],
)
def test_page_without_articles_gives_none_and_says_so(markup: str) -> None:
    document = listing(markup)

    assert document.entries == ()
    assert document.warning == "no article links found"


def test_links_without_address_are_counted() -> None:
    document = listing(card(880123) + '<a href="javascript:x()">a</a><a href="mailto:a@example.com">b</a>')

    assert document.skipped == 2


def test_page_with_too_many_links_is_read_to_the_bound() -> None:
    document = listing("".join(card(880000 + number) for number in range(limits.LINKS_PER_PAGE + 10)))

    assert len(document.entries) == limits.ENTRIES_PER_FEED
    assert document.warning is not None
    assert f"more than {limits.LINKS_PER_PAGE} links" in document.warning
    assert "left out" in document.warning


def test_control_characters_are_taken_out_of_titles() -> None:
    document = listing(card(880123, "Freight &#8;trains cross\x02 the old bridge again"))

    assert document.entries[0].title == "Freight trains cross the old bridge again"


PIECES = st.sampled_from(
    [
        "<a href='/world/880123'>", "<a href=/a/b-c-d-e-f>", "<a href='?no=5310'>", "<a href='//x.example.net/1'>",
        "<a href='http://[::1]:x/'>", "<a>", "</a>", "<div>", "</div>", "<ul><li>", "<nav>", "</nav>", "<h3>", "</h3>",
        "<time datetime='2026-09-14'>", "14 September 2026", "Trains cross the bridge again", "북러 경제공동위원회",
        "<img src=x alt='A long bridge over water'>", "<base href='::'>", "<td>", "<!-- ", "-->", "<script>", "&#0;",
        "\ud800", "</html>", "<a rel=tag href='/world/1/2/3'>", "Read more",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60))
def test_any_page_gives_clean_entries_of_the_site(pieces: list[str]) -> None:
    body = ("<html><body>" + "".join(pieces)).encode("utf-8", "replace")

    document = parse_listing(body, "text/html", url=HOME, timezone=None, now=NOW)

    keys = [url_key(entry.url) for entry in document.entries]
    assert len(keys) == len(set(keys))
    for entry in document.entries:
        assert urlsplit(entry.url).scheme in ("http", "https")
        assert politeness_key(entry.url) == politeness_key(HOME)
        assert entry.title.isprintable()


@given(st.binary(max_size=400), st.sampled_from(["", "text/html", "text/html; charset=euc-kr", "image/png"]))
def test_any_body_is_read_or_refused(body: bytes, content_type: str) -> None:
    with contextlib.suppress(ParseError):
        parse_listing(body, content_type, url=HOME, timezone=None, now=NOW)
