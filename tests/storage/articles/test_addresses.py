from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from crawler.articles.store import store_reading
from crawler.urls import url_key
from storage.articles import addresses, articles, looks
from storage.records.decisions import Verdict
from storage.records.looks import Address, Look, Watch
from storage.records.sources import FeedKind
from storage.sources import links, runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, SOURCE, TOPIC, entry, reading, stated

FIRST, SECOND = "http://courier.example/q/1.html", "http://courier.example/detail/1"


@pytest.fixture
def stocked(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    keyed = {url_key(url): entry(url) for url in (FIRST, SECOND)}
    links.discover(connection, FEED, keyed, run_id=1, now=NOW)
    return connection


def read(connection, number, url, **more):
    (link,) = links.by_ids(connection, [number])
    return store_reading(connection, reading(url, link=link, run_id=1, **more))


def rows(connection, sql):
    return [tuple(row) for row in connection.execute(sql)]


def test_second_address_is_an_address_of_the_article_and_no_copy(stocked):
    assert read(stocked, 1, FIRST) == (Verdict.NEW, 1)
    assert read(stocked, 2, SECOND) == (Verdict.UNCHANGED, 1)

    assert rows(stocked, "SELECT url FROM articles") == [(FIRST,)]
    assert rows(stocked, "SELECT count(*) FROM copies") == [(0,)]
    assert rows(stocked, "SELECT state, article_id FROM links") == [("fetched", 1), ("fetched", 1)]
    assert rows(stocked, "SELECT article_id, url, feed_id, first_seen_at FROM article_addresses") == [
        (1, SECOND, 1, NOW.isoformat())
    ]
    assert articles.find(stocked, url_key(SECOND)) == articles.find(stocked, url_key(FIRST)) == 1


def test_own_address_is_the_one_that_was_found_first_whichever_page_was_read_first(stocked):
    assert read(stocked, 2, SECOND) == (Verdict.NEW, 1)
    assert read(stocked, 1, FIRST) == (Verdict.UNCHANGED, 1)

    assert rows(stocked, "SELECT url FROM articles") == [(FIRST,)]
    assert rows(stocked, "SELECT url, feed_id FROM article_addresses") == [(SECOND, 1)]


THIRD = "http://courier.example/view/1?section=news"


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=1)])
def test_which_address_is_its_own_does_not_depend_on_which_feed_answers_first(connection, order, late):
    """Three feeds of an outlet have three addresses of one article; one of them may have it a day later."""
    names = ("rss", "nk", "world")
    feeds = [DeclaredFeed(f"http://courier.example/{name}", FeedKind.FEED) for name in names]
    sources.sync(connection, [(SOURCE, feeds)])
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    found = []
    for place in sorted(order, key=lambda place: place == 0) if late else order:
        feed = replace(FEED, id=place + 1, url=feeds[place].url)
        url = (THIRD, FIRST, SECOND)[place]
        at = NOW + timedelta(seconds=order.index(place)) + (late if place == 0 else timedelta(0))
        listed, _ = links.discover(connection, feed, {url_key(url): entry(url)}, run_id=1, now=at)
        found += listed

    for place in order:
        read(connection, found[place].id, found[place].url)

    own = min((one for one in found if not late or one.url != THIRD), key=lambda one: one.feed_id).url
    assert rows(connection, "SELECT url FROM articles") == [(own,)]
    assert len(rows(connection, "SELECT url FROM article_addresses")) == 2


TELEGRAM = (
    "Two dredgers began on Friday to deepen the approach to the harbour by a metre and a half, work that the port put "
    "off in spring.\nThe vessels were hired in the south for ninety days and dump the sand behind the new mole, where "
    "the town wants a beach.\nThe harbour master keeps the channel open on weekdays, and pilots take the old route."
)
UPDATE = (
    "One of two dredgers was struck by a coaster in the afternoon and had to be towed to the quay; nobody was hurt.\n"
    "The coaster had lost its steering off the second buoy, hit the pipe and a lifeboat, and anchored further on.\n"
    "An inquiry has been opened, the coastguard said, and the pipe is to be replaced within a week or two.\n"
)
EDITED = "The town council meets on Monday. "
LATER = NOW + timedelta(hours=7)
# Each telegram names its plain address as the original, wherever it stands.
PLACES = ["view/1", "view/1?section=economy", "view/2", "view/2?section=economy"]
ARRIVALS = [*PLACES, "view/2 edited", "view/2?section=economy edited"]


def telegram(place):
    """What a page of the agency shows."""
    path, _, edited = place.partition(" ")
    url, original = f"http://courier.example/{path}", f"http://courier.example/{path.partition('?')[0]}"
    is_first = path.startswith("view/1")
    text = TELEGRAM if is_first else UPDATE + (EDITED if edited else "") + TELEGRAM
    item = reading(url, text=text, title="Dredgers begin work", published=stated(NOW if is_first else LATER))
    return replace(item, article=replace(item.article, canonical_url=original))


def come(connection, found, place):
    (link,) = links.by_ids(connection, [found[place.partition(" ")[0]]])
    store_reading(connection, replace(telegram(place), link=link, run_id=1))


@pytest.mark.parametrize("listed", [PLACES, PLACES[::-1]], ids=["plain first", "section first"])
@pytest.mark.parametrize("edited", [(), ARRIVALS[4:]], ids=["", "edited"])
def test_what_two_telegrams_are_does_not_depend_on_the_order_in_which_their_pages_come(
    connection, listed, edited
):
    """All orders in which no page is read edited before it was read; at last each is read as it stands."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    urls = [f"http://courier.example/{place}" for place in listed]
    links.discover(connection, FEED, {url_key(url): entry(url) for url in urls}, run_id=1, now=NOW)
    found = {
        row["url"].partition("example/")[2]: row["id"]
        for row in connection.execute("SELECT id, url FROM links")
    }
    ends = set()
    for order in permutations([*PLACES, *edited]):
        if any(order.index(place) < order.index(place.partition(" ")[0]) for place in edited):
            continue
        connection.execute("SAVEPOINT fresh")
        for place in [*order, *(edited or PLACES[2:])]:
            come(connection, found, place)
        ends.add(str(told(connection)))
        connection.execute("ROLLBACK TO fresh")
        connection.execute("RELEASE fresh")

    assert len(ends) == 1, ends
    (end,) = ends
    assert "'extended', 'published'" in end


def told(connection):
    """Articles with their relations and addresses, by their own address."""
    return rows(
        connection,
        """
        SELECT articles.url, articles.canonical_key, articles.text_hash, head.url, relation, first_by,
            (SELECT group_concat(url) FROM (
                SELECT url FROM article_addresses WHERE article_id = articles.id ORDER BY url))
        FROM articles
        LEFT JOIN copies ON copies.article_id = articles.id LEFT JOIN articles AS head ON head.id = original_id
        ORDER BY articles.url
        """,
    )


def test_text_at_a_further_address_revises_nothing(stocked):
    read(stocked, 1, FIRST)
    read(stocked, 2, SECOND)

    edited = reading().article.text + "And a last sentence was added by the night desk of the paper."
    assert read(stocked, 2, SECOND, text=edited) == (Verdict.UNCHANGED, 1)
    assert rows(stocked, "SELECT revisions FROM articles") == [(0,)]


def test_other_story_at_a_further_address_is_an_article_of_its_own(stocked):
    read(stocked, 1, FIRST)
    read(stocked, 2, SECOND)

    other = {"text": "Bread is dear, said the bakers of the old town. " * 12, "title": "Bread is dear"}
    assert read(stocked, 2, SECOND, **other) == (Verdict.NEW, 2)
    assert rows(stocked, "SELECT id, state FROM articles") == [(1, "live"), (2, "live")]
    assert rows(stocked, "SELECT count(*) FROM article_addresses") == [(0,)]


def test_article_of_the_next_day_with_the_same_text_is_its_own(stocked):
    read(stocked, 1, FIRST)

    assert read(stocked, 2, SECOND, published=stated(NOW + timedelta(days=1)))[1] == 2


def test_article_that_lives_at_a_further_address_moves_there_and_keeps_the_old_one(stocked):
    read(stocked, 1, FIRST)
    read(stocked, 2, SECOND)
    watch = Watch(1, FIRST, url_key(FIRST), "courier", 1, "Ministers meet", 90, "live", NOW)

    looks.record(stocked, Look(watch, NOW, "unchanged", None, moved_to=(SECOND, url_key(SECOND))), run_id=1)

    assert rows(stocked, "SELECT url FROM articles") == [(SECOND,)]
    assert addresses.others(stocked, 1) == (Address(FIRST, url_key(FIRST)),)


def test_readings_of_other_origins_have_no_further_addresses(stocked):
    read(stocked, 1, FIRST)

    imported = replace(reading(SECOND), origin="import")
    assert store_reading(stocked, imported)[1] == 2
