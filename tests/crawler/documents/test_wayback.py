"""The index of the Wayback Machine as a feed."""

import json
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.documents.rss import parse_feed
from crawler.documents.wayback import asked_address, captured_at, index_address, is_index, original_page
from storage.errors import ParseError
from storage.records.articles import Page
from storage.records.sources import FeedDocument, FeedEntry

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
URL = index_address("kcna.kp/en/article/")
NAMES = ["timestamp", "original", "mimetype", "statuscode"]
ROW = ["20260901080000", "http://www.kcna.kp/en/article/q/1.kcmsf", "text/html", "200"]


def parse(rows: object, url: str = URL) -> FeedDocument:
    text = rows if isinstance(rows, str) else json.dumps(rows)
    return parse_feed(text.encode(), url=url, content_type="application/json", timezone=None, now=NOW)


def test_capture_is_a_page_under_its_original_address_that_is_asked_of_the_archive():
    (entry,) = parse([NAMES, ROW]).entries

    assert entry.url == "http://www.kcna.kp/en/article/q/1.kcmsf"
    assert (
        entry.asks == "https://web.archive.org/web/20260901080000id_/http://www.kcna.kp/en/article/q/1.kcmsf"
    )
    assert (entry.title, entry.published) == ("", None)


@pytest.mark.parametrize(
    "row",
    [
        ["20260901080000", "http://www.kcna.kp/a.jpg", "image/jpeg", "200"],
        ["20260901080000", "http://www.kcna.kp/gone", "text/html", "404"],
        ["20260901080000", "ftp://www.kcna.kp/a", "text/html", "200"],
        ["yesterday", "http://www.kcna.kp/a", "text/html", "200"],
        ["20269901080000", "http://www.kcna.kp/a", "text/html", "200"],
    ],
)
def test_what_is_no_page_is_left_out(row):
    document = parse([NAMES, row, ROW])

    assert (len(document.entries), document.skipped) == (1, 1)


def test_rows_of_another_length_are_passed_over():
    assert len(parse([NAMES, ["20260901080000"], ROW, [*ROW, "more"]]).entries) == 1


def test_columns_may_come_in_any_order_and_without_kind_and_status():
    (entry,) = parse([["original", "timestamp"], [ROW[1], ROW[0]]]).entries

    assert captured_at(entry.asks) == datetime(2026, 9, 1, 8, tzinfo=UTC)


def test_answer_that_goes_on_names_the_next():
    document = parse([NAMES, ROW, [], ["kp,kcna)/en/article 2026"]])
    ((relation, further),) = document.links
    again = parse([NAMES, ROW, [], ["other"]], url=further)

    assert relation == "next"
    assert parse_qs(urlsplit(further).query)["resumeKey"] == ["kp,kcna)/en/article 2026"]
    assert parse_qs(urlsplit(again.links[0][1]).query)["resumeKey"] == ["other"]
    assert parse([NAMES, ROW]).links == ()


@pytest.mark.parametrize("text", ["", "  \n", "[]"])
def test_index_without_captures_is_an_empty_list(text):
    document = parse(text)

    assert (document.entries, document.links) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        '[["timestamp","original"],["20260901080000","http://www.kcna.kp/en/art',
        '[["timestamp","original"],{"a":1}]',
        '[["urlkey","digest"],["a","b"]]',
        '[["timestamp","original"],' + "[" * 100_000,
    ],
)
def test_index_that_is_cut_or_of_another_form_says_so(text):
    with pytest.raises(ParseError, match="the index of captures") as caught:
        parse(text)
    assert caught.value.reason == "not_a_feed"


def test_page_of_the_archive_in_place_of_its_index_is_no_feed():
    with pytest.raises(ParseError) as caught:
        parse("<html><body>Temporarily offline</body></html>")
    assert caught.value.reason == "html"


def test_other_json_is_no_index():
    assert not is_index('[["a", "b"]]', "https://example.org/list.json")
    assert not is_index("[]", "https://example.org/list.json")


def test_only_what_was_captured_lately_or_since_a_day_is_asked_for():
    lately = parse_qs(urlsplit(asked_address(URL, now=NOW)).query)
    since = parse_qs(urlsplit(asked_address(URL + "&from=2020", now=NOW, since=date(2024, 1, 5))).query)

    assert lately["from"] == ["20260816"]
    assert since["from"] == ["20240105"]
    assert (lately["url"], lately["filter"]) == (
        ["kcna.kp/en/article/"],
        ["statuscode:200", "mimetype:text/html"],
    )
    assert asked_address("https://example.org/rss", now=NOW) == "https://example.org/rss"


def test_scheme_and_star_of_a_prefix_are_no_part_of_it():
    assert index_address("https://kcna.kp/en/article/*") == URL


@pytest.mark.parametrize(
    "address",
    ["https://example.org/web/2026/", "https://example.org/", "https://w.example/web/20269901080000/a"],
)
def test_other_addresses_are_no_captures(address):
    assert captured_at(address) is None


def test_page_is_read_as_on_the_day_of_its_capture():
    entry = FeedEntry(
        "http://www.kcna.kp/1", asks="https://w.example/web/20260901080000id_/http://www.kcna.kp/1"
    )
    page = Page("https://w.example/web/20260902090000id_/http://www.kcna.kp/1", b"x", "text/html", NOW)

    shown = original_page(page, entry)

    assert (shown.url, shown.fetched_at) == ("http://www.kcna.kp/1", datetime(2026, 9, 2, 9, tzinfo=UTC))
    assert original_page(page, FeedEntry("http://www.kcna.kp/1")) is page
