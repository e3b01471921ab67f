import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.limits import EXTRACT_BYTES, PAGE_ELEMENTS, TEXT_CHARACTERS, TITLE_CHARACTERS
from crawler.pages.extract import EXTRACTOR, extract_article
from crawler.pages.page_tree import PageTree, read_tree
from crawler.text.dates import read_date
from storage.records.articles import Article, Page, Precision, Rejection
from storage.records.sources import FeedEntry
from tests.support.folders import DATA

NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
PAGES = DATA / "pages"
CASES = [json.loads(file.read_text("utf-8")) | {"name": file.stem} for file in sorted(PAGES.glob("*.json"))]
ARTICLES = [case for case in CASES if "article" in case]
REJECTIONS = [case for case in CASES if "rejection" in case]

PARAGRAPH = "Ministers met on Monday in the northern port, and agreed to reopen the railway before winter. "
STORY = f"<p>{PARAGRAPH * 2}</p><p>The second bridge is to be rebuilt, they said. {PARAGRAPH}</p>"


def saved(case: dict[str, Any]) -> Article | Rejection:
    page = Page(case["url"], (PAGES / f"{case['name']}.html").read_bytes(), case["content_type"], NOW)
    timezone, stated = case.get("timezone"), case.get("entry")
    entry = stated and FeedEntry(
        page.url, stated["title"], read_date(stated["published"], rule="feed", timezone=timezone, now=NOW)
    )
    return extract_article(page, entry, timezone=timezone, language=case.get("language"))


def extract(
    body: bytes | str,
    *,
    url: str = "https://ledger.example/1",
    content_type: str = "text/html",
    entry: FeedEntry | None = None,
    timezone: str | None = None,
) -> Article | Rejection:
    page = Page(url, body.encode() if isinstance(body, str) else body, content_type, NOW)
    return extract_article(page, entry, timezone=timezone, language=None)


def article(body: bytes | str, **context: Any) -> Article:
    found = extract(body, **context)
    assert isinstance(found, Article), found
    return found


def fed(text: str) -> FeedEntry:
    return FeedEntry(
        "https://ledger.example/1", "From the feed", read_date(text, rule="feed", timezone=None, now=NOW)
    )


def dated(text: str) -> str:
    head = f'<head><meta name="date" content="{text}"></head>'
    return f"<html>{head}<body><h1>Railway to reopen</h1>{STORY}</body></html>"


@pytest.mark.parametrize("case", ARTICLES, ids=lambda case: case["name"])
def test_saved_page_gives_its_article(case: dict[str, Any]) -> None:
    found = saved(case)

    assert isinstance(found, Article), found
    published = found.published
    lines = found.text.split("\n")
    seen: dict[str, Any] = {
        "title": found.title,
        "published": published
        and [
            published.at.isoformat(),
            published.precision,
            published.rule,
            published.offset_minutes,
            published.zone,
        ],
        "modified": found.modified.at.isoformat() if found.modified else None,
        "language": found.language,
        "authors": list(found.authors),
        "section": found.section,
        "image_url": found.image_url,
        "canonical_url": found.canonical_url,
        "outlet_host": found.outlet_host,
        "paragraphs": len(lines),
        "first": lines[0],
        "last": lines[-1],
    }
    wanted = case["article"]
    assert {
        key: seen[key][: len(wanted[key])] if key in ("first", "last") else seen[key] for key in wanted
    } == wanted


@pytest.mark.parametrize("case", REJECTIONS, ids=lambda case: case["name"])
def test_saved_page_is_refused_for_its_reason(case: dict[str, Any]) -> None:
    found = saved(case)

    assert isinstance(found, Rejection)
    assert found.reason == case["rejection"]


def test_each_saved_page_says_what_is_expected() -> None:
    assert len(ARTICLES) + len(REJECTIONS) == len(CASES) == len(list(PAGES.glob("*.html")))


class TestPublished:
    def test_is_the_page_s_where_the_feed_disagrees(self) -> None:
        found = article(dated("2026-03-02"), entry=fed("2026-03-05T10:00:00Z"))

        assert found.published is not None
        assert (found.published.at.day, found.published.rule) == (2, "meta")

    def test_takes_the_feed_s_time_on_the_same_day(self) -> None:
        found = article(dated("2026-03-02"), entry=fed("2026-03-02T10:00:00Z"))

        assert found.published is not None
        assert (found.published.at.hour, found.published.rule) == (10, "feed")

    def test_takes_the_feed_s_zone_for_the_same_minute(self) -> None:
        found = article(dated("2026-03-02T18:40:00"), entry=fed("2026-03-02T18:40:00+09:00"))

        assert found.published is not None
        assert (found.published.at.hour, found.published.zone) == (9, None)

    def test_keeps_its_time_where_the_feed_s_is_another(self) -> None:
        found = article(dated("2026-03-02T18:40:00"), entry=fed("2026-03-02T19:07:00+09:00"))

        assert found.published is not None
        assert (found.published.at.hour, found.published.rule) == (18, "meta")

    def test_is_the_feed_s_where_the_page_states_none(self) -> None:
        found = article(dated("soon"), entry=fed("2026-03-05T10:00:00Z"))

        assert found.published is not None
        assert found.published.rule == "feed"

    def test_is_none_where_only_a_month_is_stated(self) -> None:
        assert article(dated("March 2026")).published is None

    def test_of_an_early_morning_in_the_east_is_the_same_day(self) -> None:
        found = article(dated("2026-03-02"), entry=fed("2026-03-01T23:30:00Z"), timezone="Asia/Seoul")

        assert found.published is not None
        assert found.published.precision is Precision.SECOND

    @pytest.mark.parametrize("text", ["0000-00-00", "2099-01-01", "1692-01-01", "1970-01-01T00:00:00Z"])
    def test_is_none_where_it_cannot_be(self, text: str) -> None:
        assert article(dated(text)).published is None

    def test_is_not_the_visible_date_of_another_article(self) -> None:
        others = "<ul>" + "<li>An older piece, 3 May 2021</li>" * 5 + "</ul>"

        assert (
            article(f"<html><body><h1>Railway to reopen</h1>{STORY * 40}{others}</body></html>").published
            is None
        )


def test_headline_is_not_repeated_in_the_text() -> None:
    found = article(
        f"<html><body><article><h1>Railway to reopen</h1><p>RAILWAY TO REOPEN</p>{STORY}</article></body></html>"
    )

    assert found.title == "Railway to reopen"
    assert found.text.startswith("Ministers met")


def test_article_says_what_made_its_text() -> None:
    data = json.dumps({"@type": "NewsArticle", "headline": "Railway", "articleBody": PARAGRAPH * 6})
    stated = article(
        f'<html><script type="application/ld+json">{data}</script><body><p>Read on?</p></body></html>'
    )

    assert article(f"<html><body><h1>Railway</h1>{STORY * 5}</body></html>").text_from == "blocks"
    assert stated.text_from == "json-ld"
    assert stated.extractor == EXTRACTOR


def test_title_of_the_feed_is_used_where_the_page_has_none() -> None:
    assert article(f"<html><body>{STORY}</body></html>", entry=fed("")).title == "From the feed"


def test_text_is_normalised_and_has_no_controls() -> None:
    story = STORY.replace("northern", "nor\x0bthe\u0301rn")
    found = article(f"<html><body><h1>Cafe\u0301 at\x00 the\x07 port</h1>{story}</body></html>")

    assert found.title == "Café at the port"
    assert "northérn" in found.text


def test_long_title_and_text_are_cut() -> None:
    found = article(
        f"<html><body><h1>{'Railway ' * 5_000}</h1>{f'<p>{PARAGRAPH * 50}</p>' * 150}</body></html>"
    )

    assert len(found.title) <= TITLE_CHARACTERS
    assert len(found.text) <= TEXT_CHARACTERS


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 ...", "text/html"),
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"<html><p>a picture", "image/png"),
        (b"", "text/html"),
        (b"plain words without elements", "text/plain"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel><title>A</title></channel></rss>', "text/xml"),
        (b'[{"p": "<p>"}]', "text/html"),
        (bytes(range(256)) * 100, "text/html"),
        (b"\x1f\x8b\x08 <html>", "text/html"),
    ],
    ids=["pdf", "pdf-type", "picture", "empty", "plain", "rss", "json", "random", "broken-gzip"],
)
def test_what_is_no_html_is_refused(body: bytes, content_type: str) -> None:
    found = extract(body, content_type=content_type)

    assert isinstance(found, Rejection)
    assert found.reason == "not_html"


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>" + "<div>" * 200_000 + "deep",
        "<html><body><p>" + "<b>" * 100_000 + PARAGRAPH,
        "<html><body><p>" + "a" * 1_000_000,
        "<html><body><p>" + " " * 1_000_000,
        "<html><body>" + '<p style="display:none">x' * 20_000,
        "<html><body>" + "<table><tr><td>" * 20_000 + "x",
        "<html><head>" + "<title>" + "t" * 1_000_000,
        '<html><script type="application/ld+json">' + "[" * 100_000 + "</script><p>x",
        '<html><script type="application/ld+json">' + '{"@graph":' * 5_000 + "</script><p>x",
        "<html><body>" + "\x00" * 3 + "<p>" * 20_000,
        "<html " + 'a="b" ' * 50_000 + "><p>x",
        "<html><p " + " ".join(f"a{number}" for number in range(50_000)) + ">x",
        "<" * 1_000_000 + "<p>",
        "<html><body>" + "<p>x</p>" * 300_000,
        "<html><body><p>" + "a" * 2_000_000,
        "<html><body><p>" + "<span>a b c. </span>" * 150_000,
        "<html><body>" + '<a href="?page=2">2</a>' * 100_000,
        '<html><script type="application/ld+json">{"@type":"Article","articleBody":'
        + "9" * 4_000
        + "}</script><p>x",
        "<html><script>x = " + '{"a":' * 20_000 + "</script><p>x",
        "<html><frameset><frame src=a><frame src=b></frameset></html>",
        "<html dir=rtl><body>" + "<h1>x</h1>" * 10 + "<p>\u202e\u200f " + PARAGRAPH,
    ],
    ids=[
        "div",
        "b",
        "word",
        "spaces",
        "hidden",
        "tables",
        "title",
        "json-list",
        "json-graph",
        "p",
        "attributes",
        "different-attributes",
        "lt",
        "many-p",
        "2-MB-word",
        "spans",
        "links",
        "body-is-a-number",
        "state",
        "frames",
        "ten-h1-right-to-left",
    ],
)
def test_hostile_markup_ends_without_an_error(body: str) -> None:
    assert isinstance(extract(body), Article | Rejection)


@pytest.mark.parametrize(
    ("stated", "address"),
    [
        ("/a/2", "https://ledger.example/a/2"),
        ("//other.example/x", "https://other.example/x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("http://[broken", None),
        ("", None),
        ("https://ledger.example/" + "x" * 3_000, None),
    ],
)
def test_canonical_address_is_absolute_or_none(stated: str, address: str | None) -> None:
    head = f'<head><link rel="canonical" href="{stated}"></head>'

    assert article(f"<html>{head}<body><h1>Railway</h1>{STORY}</body></html>").canonical_url == address


@given(st.text(max_size=400))
def test_any_text_in_a_page_gives_an_article_or_a_reason(text: str) -> None:
    found = extract(
        f"<html><body><h1>{text[:50]}</h1><p>{text}</p>{STORY}</body></html>".encode("utf-8", "replace")
    )

    assert isinstance(found, Article | Rejection)
    if isinstance(found, Article):
        assert not any(character < " " and character != "\n" for character in found.title + found.text)


def test_text_behind_megabytes_of_pictures_is_read() -> None:
    picture = '<img alt="" src="data:image/jpeg;base64,' + "A1b2/" * 100_000 + '">'
    paragraphs = "".join(
        f"<p>The board of port {number} settled who pays for the dredging of the channel.</p>"
        for number in range(8)
    )
    body = f"<html><body><h1>Board settles dredging</h1>{picture * 10}{paragraphs}</body></html>".encode()

    article = extract_article(
        Page("https://herald.example/a", body, "text/html", NOW), None, timezone=None, language=None
    )

    assert isinstance(article, Article)
    assert "The board of port 7 settled" in article.text


@pytest.mark.parametrize("unit", ["a<br>", "<td>a", "<option>a", "<i></i>", "<p>ab</p>"])
def test_page_of_many_short_elements_is_read_as_far_as_they_fit_into_memory(unit: str) -> None:
    crowd = unit * (EXTRACT_BYTES // len(unit))
    page = Page("https://ledger.example/1", f"<html><body>{STORY}{crowd}".encode(), "text/html", NOW)

    tree = read_tree(page)

    assert isinstance(tree, PageTree)
    assert sum(1 for _ in tree.root.iter()) <= PAGE_ELEMENTS + 2  # html and body may be made up
    assert "agreed to reopen the railway" in tree.root.text_content()
