"""Entries into links: parameters that may name a page are decided by the headlines and texts of their host."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from crawler.documents.ingest import ingest
from crawler.urls import key_of_answer, url_key
from storage.records.polls import PollResult
from storage.records.sources import FeedDocument, FeedKind, QueuedLink
from storage.sources import host_parameters, runs, sources
from tests.support.samples import DECLARED, FEED, NOW, entry, reading

HOST = "courier.example"
STORY = f"http://{HOST}/story"
HEX = "0123456789abcdef01234567"
# Two addresses of a host that differ in one doubtful parameter, and its name.
PAIRS = {
    "number": ("?ncid=1001", "?ncid=1002", "ncid"),
    "session": (f"?sid={HEX}", f"?sid=f{HEX[1:]}", "sid"),
    "slug": ("?ref=a-slug", "?ref=another-slug", "ref"),
    "agency": ("?source=Reuters", "?source=Tass", "source"),
    "fragment": ("#id=1", "#id=2", "#id"),
    "beside-others": ("?id=7&utm_source=a&ref=one", "?ref=two&id=7&utm_source=b", "ref"),
}
TITLES = ("Ferry reaches the island", "Grain prices fall on Monday")
TEXTS = (
    "The ferry Aurelia left the northern quay at dawn with 312 passengers on board, as its captain said. "
    * 4,
    "Grain prices fell after the harvest, and merchants of the south asked for higher tariffs at once. " * 4,
)


@pytest.fixture
def watched(connection: sqlite3.Connection) -> sqlite3.Connection:
    sources.sync(connection, DECLARED)
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    return connection


def listed(
    connection: sqlite3.Connection, *named: tuple[str, str], kind: FeedKind = FeedKind.FEED
) -> list[QueuedLink]:
    """The links to fetch of a document with these addresses and headlines."""
    document = FeedDocument(entries=tuple(entry(f"{STORY}{tail}", title=title) for tail, title in named))
    result = PollResult(1, NOW, "ok")
    return ingest(connection, replace(FEED, kind=kind), document, result, url=FEED.url, run_id=1)


def read(connection: sqlite3.Connection, link: QueuedLink, text: str, title: str) -> None:
    """Store what the page of a link shows."""
    key = key_of_answer(link.url, link.url_key, link.url)
    item = reading(link.url, matches=(), text=text, title=title, link=link, url_key=key, run_id=1)
    store_reading(connection, item, keep_all=True)


def count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.mark.parametrize(("one", "other", "name"), PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("is_at_once", [True, False], ids=["in-one-document", "one-after-the-other"])
def test_two_pages_that_a_doubtful_parameter_names_are_two_articles(watched, one, other, name, is_at_once):
    pair = [(one, TITLES[0]), (other, TITLES[1])]

    found = listed(watched, *pair) if is_at_once else [*listed(watched, pair[0]), *listed(watched, pair[1])]
    for link, text, title in zip(found, TEXTS, TITLES, strict=True):
        read(watched, link, text, title)

    assert url_key(found[0].url) == url_key(found[1].url) == found[0].url_key != found[1].url_key
    assert host_parameters.names_page(watched, HOST, name) is True
    assert listed(watched, *reversed(pair)) == listed(watched, *pair) == []
    rows = watched.execute("SELECT title, url FROM articles ORDER BY id").fetchall()
    assert [tuple(row) for row in rows] == [(TITLES[0], f"{STORY}{one}"), (TITLES[1], f"{STORY}{other}")]
    assert count(watched, "links") == 2


@pytest.mark.parametrize(("one", "other", "name"), PAIRS.values(), ids=PAIRS.keys())
def test_one_page_under_two_headlines_is_read_once_more_and_never_again(watched, one, other, name):
    (first,) = listed(watched, (one, TITLES[0]))
    read(watched, first, TEXTS[0], TITLES[0])
    (second,) = listed(watched, (other, TITLES[1]))
    read(watched, second, TEXTS[0], TITLES[0])

    assert host_parameters.names_page(watched, HOST, name) is False
    assert listed(watched, (other.replace("2", "3").replace("two", "six"), "A third headline")) == []
    assert count(watched, "articles") == 1


@pytest.mark.parametrize(("one", "other", "name"), PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("names_page", [True, False, None])
def test_without_headlines_the_evidence_of_the_host_decides(watched, one, other, name, names_page):
    if names_page is not None:
        host_parameters.learn(watched, HOST, name, names_page=names_page, url=STORY, now=NOW)

    found = listed(watched, (one, ""), (other, ""))

    assert len(found) == (2 if names_page else 1)


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ([("?ref=one", TITLES[0]), ("?ref=two", TITLES[0])], FeedKind.FEED),
        ([("?ref=one", TITLES[0]), ("?ref=two", f"{TITLES[0]} at dawn")], FeedKind.FEED),
        ([("?ref=one", TITLES[0]), ("", TITLES[1])], FeedKind.FEED),
        ([("?ref=one&source=Tass", TITLES[0]), ("?ref=two&source=Reuters", TITLES[1])], FeedKind.FEED),
        ([("?ref=one", TITLES[0]), ("?ref=two", "Read more")], FeedKind.SECTION),
        ([("?utm_source=one", TITLES[0]), ("?utm_source=two", TITLES[1])], FeedKind.FEED),
    ],
    ids=["same", "edited", "without-it", "two-at-once", "front-page", "a-tracker"],
)
def test_what_says_nothing_of_two_pages_stays_one_link(watched, named, kind):
    assert len(listed(watched, *named, kind=kind)) == 1
    assert listed(watched, *named, kind=kind) == []


def test_two_pages_once_outweigh_all_that_are_one(watched):
    for names_page in (False, True, False):
        host_parameters.learn(
            watched, HOST, "ref", names_page=names_page, url=STORY, now=NOW + timedelta(days=1)
        )

    assert host_parameters.names_page(watched, HOST, "ref") is True


def test_an_article_whose_key_was_made_when_less_was_left_out_is_no_second_row(watched):
    (link,) = listed(watched, ("?CMP=Share_AndroidApp_Other", TITLES[0]))
    former = f"{HOST}/story?CMP=Share_AndroidApp_Other"
    watched.execute("UPDATE links SET url_key = ?", [former])
    read(watched, replace(link, url_key=former), TEXTS[0], TITLES[0])

    (again,) = listed(watched, ("?CMP=Share_AndroidApp_Other", TITLES[0]))
    read(watched, again, TEXTS[0], TITLES[0])

    assert again.url_key == f"{HOST}/story"
    assert count(watched, "articles") == 1
    assert listed(watched, ("?CMP=Share_iOSApp_Other", TITLES[0]), ("", TITLES[0])) == []
