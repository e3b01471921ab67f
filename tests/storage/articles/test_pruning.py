"""What is removed, with all that refers to it, and what stays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crawler.articles.store import store_reading
from crawler.holdings.remove import BATCH, remove
from crawler.urls import url_key
from storage.alerts import rules
from storage.articles import kept_pages, pruning, relations, revisions
from storage.articles.choices import Choice
from storage.articles.pruning import REFERRING
from storage.query import parse_query
from storage.records.looks import Answer, Event
from storage.records.stories import Copy
from storage.search import index
from storage.sources import links, runs, sources
from storage.topics import topics
from tests.support.anchors import anchor_pairs
from tests.support.samples import DECLARED, FEED, NOW, RULE, TOPIC, entry, reading, stated

WORDS = ("ferry", "pears", "windmill", "choir", "lighthouse", "herring")


def url(number):
    return f"http://courier.example/{number}"


def text(number):
    word = WORDS[number % len(WORDS)]
    return (
        f"The {word} of number {number} was spoken of at length by all who had come to see the {word}. " * 12
    )


def answer(number):
    return Answer(url(number), url(number), 200, NOW, body=b"<html>%d" % (number % 2), headers=(("A", "b"),))


@pytest.fixture
def stocked(connection):
    """Six articles with something in every table that refers to them; 1 to 3 match, 6 is a seed of the topic."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    rules.sync(connection, [(RULE, None)])
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    links.discover(
        connection,
        FEED,
        {url_key(url(number)): entry(url(number)) for number in range(1, 7)},
        run_id=1,
        now=NOW,
    )
    for number in range(1, 7):
        (link,) = links.by_ids(connection, [number])
        more = {} if number <= 3 else {"matches": ()}
        published = stated(NOW + timedelta(days=number))
        store_reading(
            connection,
            reading(url(number), text=text(number), link=link, published=published, run_id=1, **more),
            keep_all=True,
        )
    revised = reading(
        url(1), text=text(1) + "And that was that, said the mayor of the town at the very end.", run_id=1
    )
    store_reading(connection, revised, keep_all=True)
    for number in (1, 2, 3):
        kept_pages.keep(connection, number, answer(number), 1)
        revisions.add_event(connection, number, NOW, Event("deleted", "{}"))
    topics.add_seed(connection, "strait", 6, NOW)
    connection.execute(
        "INSERT INTO looks (article_id, source_id, run_id, looked_at, outcome) VALUES (1, 1, 1, 'x', 'ok')"
    )
    connection.execute(
        """
        INSERT INTO past_matches (
            topic_id, article_id, score, threshold, reason, band, terms, matched_at, ended_at, why
        ) VALUES (1, 1, 1, 1, 'rule', 'match', '', 'x', 'x', 'revised')
        """
    )
    connection.execute("INSERT OR IGNORE INTO watches (article_id, source_id) VALUES (1, 1)")
    connection.execute(
        "INSERT INTO article_addresses (article_id, url, first_seen_at, url_key) VALUES (1, 'x', 'x', 'x')"
    )
    relations.relate(connection, 2, (Copy(2, 1, "copy", 1.0, "seen", 5),))
    relations.relate(connection, 3, (Copy(3, 1, "follow_up", 0.4, "seen", 9),))
    return connection


def rows(connection, sql):
    return [tuple(row) for row in connection.execute(sql).fetchall()]


def prune(connection, **asked):
    return list(remove(connection, Choice(**asked)))


def assert_sound(connection):
    assert rows(connection, "PRAGMA foreign_key_check") == []
    assert rows(connection, "PRAGMA integrity_check") == [("ok",)]
    for table in ("articles_fts", "revisions_fts"):
        connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 0)")
    assert rows(connection, "SELECT count(*) FROM articles_fts") == rows(
        connection, "SELECT count(*) FROM articles"
    )
    kept = {row[0] for row in rows(connection, "SELECT id FROM articles")}
    assert {article_id for _, article_id in anchor_pairs(connection)} <= kept


def test_every_table_that_refers_to_articles_is_known(connection):
    tables = [
        row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    found = {
        (table, key["from"])
        for table in tables
        for key in connection.execute(f'PRAGMA foreign_key_list("{table}")')
        if key["table"] == "articles"
    }

    assert found - {("links", "article_id")} == set(REFERRING)


def test_stock_has_a_row_in_every_table_that_refers_to_articles(stocked):
    """Otherwise the tests below would prove nothing."""
    feedback_row = "INSERT INTO feedback (topic_id, article_id, verdict, given_at) VALUES (1, 4, 'no', 'x')"
    stocked.execute(feedback_row)
    stocked.execute("INSERT INTO reader_marks (reader, article_id, read_at) VALUES ('anna', 4, 'x')")
    stocked.execute("INSERT INTO article_tags VALUES (4, 'to cite', 'anna', 'x')")

    empty = [table for table, _ in REFERRING if not rows(stocked, f"SELECT 1 FROM {table} LIMIT 1")]

    assert empty == []


def test_article_goes_with_all_that_refers_to_it(stocked):
    prune(stocked, ids=(1,))

    left = [
        (table, column)
        for table, column in REFERRING
        if rows(stocked, f"SELECT 1 FROM {table} WHERE {column} = 1")
    ]
    assert left == []
    assert rows(stocked, "SELECT id FROM articles") == [(number,) for number in range(2, 7)]
    assert [hit.id for hit in index.search(stocked, parse_query("pears"))] == []
    assert_sound(stocked)


def test_its_address_stays_known_and_is_not_fetched_again(stocked):
    prune(stocked, ids=(1,))

    assert rows(stocked, "SELECT state, detail, article_id FROM links WHERE id = 1") == [
        ("fetched", "pruned", None)
    ]
    assert links.discover(stocked, FEED, {url_key(url(1)): entry(url(1))}, run_id=1, now=NOW) == ([], 0)


def test_import_without_a_link_gets_one_so_that_no_crawl_brings_it_back(stocked):
    imported = reading("http://courier.example/old", text=text(11), origin="import", matches=())
    _, article_id = store_reading(stocked, imported, keep_all=True)

    prune(stocked, ids=(article_id,))

    found = links.discover(
        stocked, FEED, {url_key(imported.article.url): entry(imported.article.url)}, run_id=1, now=NOW
    )
    assert found == ([], 0)


def test_seeds_and_judged_articles_are_spared_unless_named(stocked):
    stocked.execute("INSERT INTO feedback (topic_id, article_id, verdict, given_at) VALUES (1, 4, 'no', 'x')")

    going = pruning.articles_going(stocked, Choice(without_match=True))
    prune(stocked, without_match=True)

    assert (dict(going.tables)["articles"], going.spared) == (1, 2)
    assert rows(stocked, "SELECT id FROM articles WHERE id > 3") == [(4,), (6,)]
    prune(stocked, ids=(4, 6))
    assert rows(stocked, "SELECT id FROM articles WHERE id > 3") == []
    assert_sound(stocked)


@pytest.mark.parametrize(
    "mark",
    [
        "INSERT INTO reader_marks (reader, article_id, starred_at) VALUES ('anna', 4, 'x')",
        "INSERT INTO reader_marks (reader, article_id, note, noted_at) VALUES ('anna', 4, 'ask Ben', 'x')",
        "INSERT INTO article_tags VALUES (4, 'to cite', 'anna', 'x')",
    ],
    ids=["star", "note", "tag"],
)
def test_what_readers_marked_is_spared_unless_named(stocked, mark):
    before = pruning.articles_going(stocked, Choice(without_match=True)).spared
    stocked.execute(mark)

    assert pruning.articles_going(stocked, Choice(without_match=True)).spared == before + 1
    prune(stocked, without_match=True)
    assert (4,) in rows(stocked, "SELECT id FROM articles")
    prune(stocked, ids=(4,))
    assert (4,) not in rows(stocked, "SELECT id FROM articles")
    assert_sound(stocked)


def test_what_was_only_read_goes(stocked):
    stocked.execute("INSERT INTO reader_marks (reader, article_id, read_at) VALUES ('anna', 4, 'x')")

    prune(stocked, without_match=True)

    assert (4,) not in rows(stocked, "SELECT id FROM articles")


def test_what_is_shown_is_what_goes(stocked):
    tables = ["articles", *dict(REFERRING)]
    before = {table: rows(stocked, f"SELECT count(*) FROM {table}")[0][0] for table in tables}
    choice = Choice(ids=(1, 2, 3))

    going = pruning.articles_going(stocked, choice)
    list(remove(stocked, choice))

    after = {table: rows(stocked, f"SELECT count(*) FROM {table}")[0][0] for table in tables}
    assert dict(going.tables) == {
        table: before[table] - after[table] for table in tables if before[table] > after[table]
    }
    assert going.sources == (("courier", 3),)
    assert going.bytes > sum(len(text(number)) for number in (1, 2, 3))


def test_days_and_sources_choose(stocked):
    day = (NOW + timedelta(days=2)).date()

    prune(stocked, until=day, sources=("courier",))

    assert rows(stocked, "SELECT id FROM articles") == [(3,), (4,), (5,), (6,)]


def test_story_gets_another_head_and_follow_ups_follow_it(connection):
    sources.sync(connection, DECLARED)
    for number in range(4):
        told = reading(
            f"http://o{number}.example/1", published=stated(NOW + timedelta(hours=number)), matches=()
        )
        store_reading(connection, told, keep_all=True)
    store_reading(connection, reading("http://o9.example/next", text=text(1), matches=()), keep_all=True)
    relations.relate(connection, 5, (Copy(5, 1, "follow_up", 0.4, "published", 90),))

    prune(connection, ids=(1,))

    assert rows(connection, "SELECT article_id, original_id, relation, lag_s FROM copies ORDER BY 1") == [
        (2, 5, "follow_up", 3_600), (3, 2, "copy", 3_600), (4, 2, "copy", 7_200),
    ]  # fmt: skip
    prune(connection, ids=(2, 3))
    assert rows(connection, "SELECT article_id, original_id, relation FROM copies") == [(4, 5, "follow_up")]
    prune(connection, ids=(4,))
    assert rows(connection, "SELECT * FROM copies") == []
    assert_sound(connection)


def test_many_articles_go_in_batches_and_a_broken_off_pruning_goes_on(connection):
    sources.sync(connection, DECLARED)
    for number in range(BATCH + 8):
        more = {"text": text(number), "matches": (), "published": stated(datetime(2026, 1, 1, tzinfo=UTC))}
        store_reading(connection, reading(url(number), **more), keep_all=True)
    choice = Choice(until=date(2026, 1, 1))

    steps = remove(connection, choice)
    assert next(steps) == BATCH
    steps.close()
    assert rows(connection, "SELECT count(*) FROM articles") == [(8,)]

    assert list(remove(connection, choice)) == [8]
    assert rows(connection, "SELECT count(*) FROM articles") == [(0,)]
    assert_sound(connection)


def test_pages_go_alone_and_shared_bytes_stay_as_long_as_one_needs_them(stocked):
    going = pruning.pages_going(stocked, Choice(ids=(1,)))

    assert (going.tables, going.bytes) == ((("pages", 1),), 0)  # article 3 has the same bytes
    assert pruning.remove_pages(stocked, Choice(ids=(1,)), 10) == 1
    assert rows(stocked, "SELECT count(*) FROM page_bodies") == [(2,)]
    assert pruning.pages_going(stocked, Choice()).bytes > 0
    assert [pruning.remove_pages(stocked, Choice(), 1) for _ in range(3)] == [1, 1, 0]
    assert rows(stocked, "SELECT count(*) FROM page_bodies") == [(0,)]
    assert rows(stocked, "SELECT count(*) FROM articles") == [(6,)]
    assert_sound(stocked)


def test_held_texts_go_alone(stocked):
    (held,), _ = links.discover(stocked, FEED, {"h": entry("http://courier.example/h")}, run_id=1, now=NOW)
    store_reading(stocked, reading(held.url, text="held " * 60, matches=(), link=held), hold_days=30)
    day = NOW.date()

    assert pruning.held_going(stocked, ["nobody"], None).is_empty
    assert pruning.held_going(stocked, ["courier"], day - timedelta(days=1)).is_empty
    going = pruning.held_going(stocked, ["courier"], day)

    assert (going.tables, going.sources) == ((("off_topic_texts", 1),), (("courier", 1),))
    assert pruning.remove_held(stocked, [], None) == 1
    assert links.discover(stocked, FEED, {"h": entry("http://courier.example/h")}, run_id=1, now=NOW) == (
        [],
        0,
    )


def test_vacuum_leaves_no_free_room_and_a_sound_file(stocked):
    prune(stocked, until=date(2030, 1, 1))
    pruning.vacuum(stocked)

    assert pruning.free_bytes(stocked) == 0
    assert_sound(stocked)
