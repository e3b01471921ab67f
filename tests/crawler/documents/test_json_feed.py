import json

import pytest

from crawler import limits
from crawler.documents.json_feed import looks_like_json_feed, parse_json_feed
from storage.errors import ParseError
from storage.records.sources import FeedDocument
from tests.support.feed_cases import NOW


def parse(**fields: object) -> FeedDocument:
    feed = {"version": "https://jsonfeed.org/version/1", "title": "Coast", "items": [], **fields}
    return parse_json_feed(
        json.dumps(feed), url="https://coast.example.org/feed.json", timezone=None, now=NOW
    )


@pytest.mark.parametrize(
    ("text", "is_feed"),
    [
        (' \n{"version": "https://jsonfeed.org/version/1.1"}', True),
        ('{"version":"https:\\/\\/jsonfeed.org\\/version\\/1"}', True),
        ('{"items": [' + "0," * 9_000 + '0], "version": "https://jsonfeed.org/version/1"}', True),
        ('{"a": 1}', False),
        ("[1]", False),
        ("<rss>jsonfeed.org/version/1</rss>", False),
        ("", False),
    ],
    ids=["plain", "escaped", "at the end", "other", "array", "xml", "empty"],
)
def test_json_feed_is_told_by_its_version(text: str, is_feed: bool) -> None:
    assert looks_like_json_feed(text) is is_feed


def test_first_version_is_read() -> None:
    document = parse(items=[{"id": "1", "url": "https://coast.example.org/1", "title": "Ferry"}])

    assert [entry.title for entry in document.entries] == ["Ferry"]


def test_external_address_and_identifier_stand_in_for_the_address() -> None:
    document = parse(
        items=[{"external_url": "https://other.example/1"}, {"id": "https://coast.example.org/2"}, {"id": 3}]
    )

    assert [entry.url for entry in document.entries] == [
        "https://other.example/1",
        "https://coast.example.org/2",
    ]
    assert document.skipped == 1


def test_values_of_other_types_are_as_good_as_none() -> None:
    (entry,) = parse(
        items=[{"url": "/1", "title": ["x"], "date_published": True, "summary": None}], title={}
    ).entries

    assert (entry.title, entry.summary, entry.published) == ("", "", None)


def test_entries_over_the_limit_are_left_out() -> None:
    document = parse(items=[{"url": f"/{number}"} for number in range(limits.ENTRIES_PER_FEED + 3)])

    assert len(document.entries) == limits.ENTRIES_PER_FEED
    assert document.warning == "3 entries beyond 2000 left out"


def test_newest_items_are_kept_wherever_they_stand() -> None:
    items = [{"url": f"/{number}"} for number in range(limits.ENTRIES_PER_FEED + 1)]
    items[1_000]["date_published"] = "2026-09-01T10:00:00Z"
    items[1_001]["date_published"] = "soon"

    urls = [entry.url.rpartition("/")[2] for entry in parse(items=[*items, "no item"]).entries]

    assert "1000" in urls
    assert urls[0] == "0"
    assert urls[-1] == str(limits.ENTRIES_PER_FEED)


@pytest.mark.parametrize("fields", [{"version": "2.0"}, {"items": {}}, {"version": 1, "items": []}])
def test_other_json_is_no_feed(fields: dict[str, object]) -> None:
    with pytest.raises(ParseError, match="no JSON Feed") as caught:
        parse(**fields)

    assert caught.value.reason == "not_a_feed"


@pytest.mark.parametrize("text", ["{", '{"a": ' + "1" * 5_000 + "}", '{"a": ' + "[" * 100_000])
def test_unreadable_json_is_no_feed(text: str) -> None:
    with pytest.raises(ParseError, match="cannot be read") as caught:
        parse_json_feed(text, url="https://coast.example.org/", timezone=None, now=NOW)

    assert caught.value.reason == "not_a_feed"


def test_entries_that_are_the_articles_have_all_their_text():
    text = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [
                {
                    "id": "1",
                    "url": "https://a.example/1",
                    "summary": "Short",
                    "content_html": "<p>All of it.</p>",
                }
            ],
        }
    )

    (entry,) = parse_json_feed(text, url="https://a.example/", timezone=None, now=NOW, is_whole=True).entries

    assert (entry.url, entry.title, entry.text) == ("https://a.example/1", "All of it.", "All of it.")


def test_link_that_is_no_address_is_a_mistake():
    document = parse(
        items=[{"id": "1", "url": "javascript:void(0)", "title": "A", "content_text": "word " * 40}]
    )

    assert (document.entries, document.skipped) == ((), 1)
