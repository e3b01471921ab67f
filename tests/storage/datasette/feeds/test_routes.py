"""Feeds as they are served: which articles, in both formats, and what an odd address is told."""

import sqlite3

import pytest
from lxml import etree

from tests.support.datasette_data import fill, insert
from tests.support.datasette_serving import OUR_PAGES, get, opened, page, rows, tree, words
from tests.support.feed_rules import broken_in_atom, broken_in_json_feed

FEEDS = (
    "/-/topic/dprk-russia{}",
    "/-/topic/dprk-russia{}?copies=all",
    "/-/source/meridian{}",
    "/-/source/meridian{}?copies=folded",
    "/-/tag/State%20media{}",
    "/-/tag/state%20MEDIA{}?copies=folded",
    "/-/search{}?q=Moscow",
    "/-/saved/Ties%20%2F%20%D0%A1%D0%B2%D1%8F%D0%B7%D0%B8{}",
    "/-/search{}?q=Pyongyang+OR+%EB%B6%81%EB%9F%AC&order=arrival&copies=folded",
)


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("feeds") / "watch.db")
    with sqlite3.connect(path) as writer:
        writer.execute("""UPDATE sources SET tags = '["State media"]' WHERE name IN ('volna', 'deungdae')""")
    writer.close()
    with opened(path) as datasette:
        yield datasette


def items(datasette, path):
    """The items of the JSON feed at *path*."""
    return rows(datasette, path)["items"]


@pytest.mark.parametrize("address", FEEDS)
def test_both_formats_are_valid_and_tell_the_same(watch, address):
    atom = get(watch, address.format(".atom"))
    feed = get(watch, address.format(".feed.json"))

    assert atom.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert feed.headers["content-type"] == "application/feed+json; charset=utf-8"
    assert broken_in_atom(atom.content) == broken_in_json_feed(feed.json()) == []
    titles = [title.text for title in etree.fromstring(atom.content).iterfind("{*}entry/{*}title")]
    assert titles == [item["title"] for item in feed.json()["items"]]
    assert titles
    assert feed.json()["feed_url"] == f"http://localhost{address.format('.feed.json')}"


def test_topic_feed_folds_copies_unless_all_are_asked_for(watch):
    folded = {item["title"]: item for item in items(watch, "/-/topic/dprk-russia.feed.json")}
    every = [item["title"] for item in items(watch, "/-/topic/dprk-russia.feed.json?copies=all")]

    copy = "Russian teachers start work in Pyongyang"
    assert copy not in folded
    assert copy in every
    original = folded["North Korea hosts Russian language teachers"]
    assert original["content_text"].endswith("(+1 carried it)")
    assert original["_seedwatch"]["carried"] == 1
    assert original["authors"] == [{"name": "Meridian Wire"}]
    assert original["tags"] == ["North Korea and Russia"]


def test_source_feed_holds_what_came_last_of_it(watch):
    shown = items(watch, "/-/source/volna.feed.json")

    assert {item["authors"][0]["name"] for item in shown} == {"Волна"}
    articles = [item["_seedwatch"]["article"] for item in shown]
    assert articles == sorted(articles, reverse=True)


def test_tag_feed_holds_what_came_last_of_its_sources(watch):
    shown = items(watch, "/-/tag/State%20media.feed.json")

    assert {item["authors"][0]["name"] for item in shown} == {"Волна", "등대일보"}
    articles = [item["_seedwatch"]["article"] for item in shown]
    assert articles == sorted(articles, reverse=True)


def test_article_that_matched_nothing_is_summed_up_by_its_beginning(watch):
    shown = {item["title"]: item for item in items(watch, "/-/source/meridian.feed.json")}
    untold = [item for item in shown.values() if "tags" not in item]

    assert untold
    assert all(item["content_text"] and "like the seeds" not in item["content_text"] for item in untold)


def test_search_page_names_its_feeds(watch):
    links = {link.get("type"): link.get("href") for link in tree(watch, "/-/search?q=Moscow").iter("link")}

    for kind in ("application/atom+xml", "application/feed+json"):
        assert get(watch, links[kind]).status_code == 200


def test_reader_that_has_the_feed_is_told_so(watch):
    first = get(watch, "/-/topic/dprk-russia.atom")
    again = get(watch, "/-/topic/dprk-russia.atom", headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/-/search.atom", 400, "?q= says what to search for"),
        ("/-/search.feed.json?q=title:", 400, "title:"),
        ("/-/topic/dprk-russia.atom?copies=some", 400, "?copies= is folded or all, not some"),
        ("/-/tag/none.atom", 404, "No source has the tag none"),
        ("/-/source/none.atom", 404, "No such source: none"),
        ("/-/topic/none.feed.json", 404, "No such topic: none"),
    ],
)
def test_odd_addresses_are_told_what_is_wrong(watch, path, status, reason):
    answer = get(watch, path)

    assert answer.status_code == status
    assert reason in answer.text


@pytest.mark.parametrize("path", OUR_PAGES)
def test_every_page_has_its_document(watch, path):
    name, _, query = path.partition("?")
    document = rows(watch, f"{name}.json?{query}")

    assert document["database"] == "watch"
    assert document["page"] == path
    assert get(watch, path).headers["link"].startswith(f"<{name}.json")


def test_document_says_what_the_page_says_without_its_drawing(watch):
    topic = rows(watch, "/-/topic/dprk-russia.json")
    find = rows(watch, "/-/search.json?q=Moscow")["finds"][0]

    assert [entry["title"] for entry in topic["entries"]] == [
        words(headline) for headline in tree(watch, "/-/topic/dprk-russia").find_class("sw-headline")
    ]
    assert set(topic["chart"]["bars"][0]) == {"day", "next_day", "count"}
    assert "Moscow" in find["sentence"]
    assert "<mark>" not in find["sentence"]


def test_topic_that_is_called_like_a_document_has_its_page(tmp_path):
    path = fill(tmp_path / "watch.db")
    with sqlite3.connect(path) as writer:
        insert(writer, "topics", name="what.json", title="")
    writer.close()
    with opened(path) as datasette:
        start = tree(datasette, "/-/seedwatch")
        address = next(card.get("href") for card in start.find_class("sw-card") if "what" in words(card))

        assert "<h1>what.json</h1>" in page(datasette, address)
        assert rows(datasette, f"{address}.json")["title"] == "what.json"
        assert rows(datasette, f"{address}.feed.json")["title"] == "what.json"
