"""Feeds as documents: valid by the rules of their formats, whatever stands in an article."""

import json
from dataclasses import replace
from typing import Any

import feedparser
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from storage.datasette.feeds.atom import atom_feed
from storage.datasette.feeds.entries import FeedItem, OfferedFeed, fold_copies
from storage.datasette.feeds.json_feed import json_feed
from tests.support.feed_rules import broken_in_atom, broken_in_json_feed

ATOM = "{http://www.w3.org/2005/Atom}"


def entry(**values: Any) -> FeedItem:
    given_values: dict[str, Any] = {
        "article_id": 1, "title": "T", "page": "http://h/-/read/1", "url": "https://a.example/1", "source": "S",
        "language": "en", "times": ("2026-09-14T08:30:00+00:00",), "why": "because", "topics": ("Trade",),
    }  # fmt: skip
    return FeedItem(**(given_values | values))


def feed(*entries: FeedItem, **values: Any) -> OfferedFeed:
    made = OfferedFeed(("watch", "t"), "Topic", "http://h/-/topic/t.atom", "http://h/-/topic/t", entries)
    return replace(made, **values)


def test_feeds_are_valid_and_lead_to_the_outlet_or_else_to_our_page():
    told = feed(entry(), entry(article_id=2, url=None, topics=(), language=None, title=" ", why=""))

    document, items = etree.fromstring(atom_feed(told)), json.loads(json_feed(told))["items"]

    assert broken_in_atom(atom_feed(told)) == broken_in_json_feed(json.loads(json_feed(told))) == []
    links = [link.get("href") for link in document.findall(f"{ATOM}entry/{ATOM}link[@rel='alternate']")]
    assert links == [item["url"] for item in items] == ["https://a.example/1", "http://h/-/read/1"]
    assert [item["id"] for item in items] == [one.text for one in document.iterfind(f"{ATOM}entry/{ATOM}id")]
    read = feedparser.parse(atom_feed(told))
    assert (read.bozo, read.version, len(read.entries)) == (False, "atom10", 2)


def test_feeds_without_entries_and_title_are_valid():
    assert broken_in_atom(atom_feed(feed(title=""))) == []
    assert broken_in_json_feed(json.loads(json_feed(feed(title="")))) == []


def test_identities_outlive_the_host():
    here = atom_feed(feed(entry()))
    there = atom_feed(feed(entry(title="U"), title="Other", address="https://x/", page="https://x/"))

    assert [one.text for one in etree.fromstring(here).iter(f"{ATOM}id")] == [
        one.text for one in etree.fromstring(there).iter(f"{ATOM}id")
    ]
    # As in 0.1.0: a reader that follows a topic must not meet all of its articles again.
    assert [one.text for one in etree.fromstring(here).iter(f"{ATOM}id")] == [
        "urn:uuid:ab97764e-a565-5d06-81e5-9e6517e0dfe3",
        "urn:uuid:73fc01e3-ba52-5aaa-bb05-4270643165a2",
    ]


@given(st.text(), st.text(), st.text(max_size=8))
def test_any_text_gives_valid_feeds(text, stored, language):
    odd = entry(
        title=text, source=text, why=text, url=text, language=language, times=(stored, None), topics=(text,)
    )

    assert broken_in_json_feed(json.loads(json_feed(feed(odd)))) == []
    assert broken_in_atom(atom_feed(feed(odd))) == []


def test_rules_find_what_is_broken():
    assert broken_in_atom(b"<rss/>") == ["root is rss"]
    bare = f"<feed xmlns='{ATOM[1:-1]}'><entry/><entry/></feed>".encode()
    assert "entry without author (4.1.2)" in broken_in_atom(bare)
    assert "two entries of one id (4.1.1)" in broken_in_atom(bare)
    assert set(broken_in_json_feed({"items": [{"id": 1, "tags": [2]}], "other": 1})) >= {
        "version", "title", "feed_url", "item without id", "item without content", "tag is no text",
        "unknown key other",
    }  # fmt: skip


def member(article_id: int, story_id: int, **values: Any) -> FeedItem:
    return entry(article_id=article_id, story_id=story_id, **values)


def folded(*entries: FeedItem) -> list[int]:
    return [shown.article_id for shown in fold_copies(entries)]


def test_story_is_told_once_by_its_beginning():
    assert folded(member(3, 1), member(2, 2), member(1, 1)) == [2, 1]


def test_story_that_began_elsewhere_is_told_by_its_earliest_copy():
    assert folded(member(5, 1), member(4, 4), member(3, 1)) == [4, 3]


def test_copy_of_what_has_left_the_list_stays_out():
    assert folded(member(5, 1, is_listed=True), member(4, 4)) == [4]


def test_folded_story_says_how_many_carried_it():
    assert fold_copies([member(1, 1, carried=4)])[0].why == "because (+4 carried it)"
