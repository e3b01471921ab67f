"""Copies, excerpts, extended versions and follow-ups in the database, in whatever order they come."""

import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from storage import db
from storage.articles import anchors, relations
from storage.records.decisions import Verdict
from storage.records.stories import Copy
from storage.sources import sources
from storage.topics import topics
from tests.support.anchors import anchor_pairs
from tests.support.samples import DECLARED, NOW, TOPIC, reading, stated

_WORDS = [
    a + b
    for a in ("fer", "tun", "mar", "bel", "kor", "sil", "dan")
    for b in ("ry", "nel", "vin", "to", "ka", "mo")
]


def sentences(seed, count=12):
    """Sentences that no other seed gives."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(_WORDS, k=14)).capitalize() + "." for _ in range(count)]


WIRE = sentences(1)
# It quotes none of what the excerpt has: a text that repeats most of an excerpt is taken for its copy.
CONTINUED = [*sentences(1)[7:11], *sentences(2, 10)]


def telling(name, text, *, hours=0, title="Tunnel opens", **more):
    return reading(
        f"http://{name}.example/1",
        text="\n".join(text),
        title=title,
        published=stated(NOW + timedelta(hours=hours)),
        **more,
    )


ARRIVALS = {
    "wire": telling("wire", WIRE),
    "copy": telling("copy", WIRE, hours=2),
    "framed": telling(
        "framed", ["From our own desk, with thanks.", *WIRE, "Read more on our pages."], hours=5
    ),
    "excerpt": telling("excerpt", WIRE[:5], hours=3),
    "extended": telling("extended", [*WIRE, *sentences(3, 9)], hours=4),
    "later": telling("later", CONTINUED, hours=20, title="Tunnel closes again"),
    "later copy": telling("latercopy", CONTINUED, hours=22, title="Tunnel closes again"),
    "other": telling("other", sentences(7), title="Bread is dear"),
}


@pytest.fixture
def stocked(connection):
    return stock(connection)


def stock(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    return connection


def outcome(connection):
    """Each relation by the hosts of both sides."""
    rows = connection.execute(
        """
        SELECT one.url AS url, head.url AS head, relation, similarity, first_by, lag_s
        FROM copies JOIN articles AS one ON one.id = article_id JOIN articles AS head ON head.id = original_id
        """
    )
    return {
        (host(row["url"]), row["relation"]): (
            host(row["head"]),
            row["similarity"],
            row["first_by"],
            row["lag_s"],
        )
        for row in rows
    }


def host(url):
    return url.split("/")[2].removesuffix(".example")


def test_relations_of_a_wire_story(stocked):
    for item in ARRIVALS.values():
        store_reading(stocked, item)

    found = outcome(stocked)

    assert {(who, relation): value[0] for (who, relation), value in found.items()} == {
        ("copy", "copy"): "wire",
        ("framed", "copy"): "wire",
        ("excerpt", "excerpt"): "wire",
        ("extended", "extended"): "wire",
        ("later", "follow_up"): "wire",
        ("latercopy", "copy"): "later",
    }
    assert found["copy", "copy"] == ("wire", 1.0, "published", 7_200)
    assert found["excerpt", "excerpt"][1:] == (1.0, "published", 3 * 3_600)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(list(ARRIVALS)))
def test_stories_and_heads_do_not_depend_on_the_order_of_arrival(order, tmp_path_factory):
    connection = stock(db.connect(tmp_path_factory.mktemp("order") / "seedwatch.db"))
    try:
        for name in order:
            store_reading(connection, ARRIVALS[name])
        found = outcome(connection)
    finally:
        connection.close()

    members = {who: (relation, *value) for (who, relation), value in found.items() if relation != "follow_up"}
    assert {who: (value[0], value[1]) for who, value in members.items()} == {
        "copy": ("copy", "wire"),
        "framed": ("copy", "wire"),
        "excerpt": ("excerpt", "wire"),
        "extended": ("extended", "wire"),
        "latercopy": ("copy", "later"),
    }
    followed = {who: value[0] for (who, relation), value in found.items() if relation == "follow_up"}
    assert followed == {"later": "wire"}


def test_the_story_in_time_order_with_what_follows_it_up(stocked):
    for name in ("later", "excerpt", "later copy", "copy", "wire"):
        store_reading(stocked, ARRIVALS[name])
    (id,) = stocked.execute("SELECT id FROM articles WHERE url LIKE '%//copy.example/%'").fetchone()

    story = relations.story_of(stocked, id)

    assert [host(one.url) for one in story.tellings] == ["wire", "copy", "excerpt"]
    assert [one.relation for one in story.tellings] == [None, "copy", "excerpt"]
    assert story.tellings[0].article_id == story.head_id
    assert [host(one.url) for one in story.follow_ups] == ["later"]


def test_there_is_no_story_of_an_unknown_article(stocked):
    assert relations.story_of(stocked, 999) is None


def test_an_article_alone_is_a_story(stocked):
    _, id = store_reading(stocked, ARRIVALS["wire"])

    story = relations.story_of(stocked, id)

    assert (story.head_id, len(story.tellings), story.follow_ups) == (id, 1, ())


def test_a_near_copy_is_no_new_article(stocked):
    store_reading(stocked, ARRIVALS["wire"])

    assert store_reading(stocked, ARRIVALS["framed"])[0] is Verdict.COPY


def test_a_follow_up_is_a_new_article(stocked):
    store_reading(stocked, ARRIVALS["wire"])

    assert store_reading(stocked, ARRIVALS["later"])[0] is Verdict.NEW


def test_a_seed_is_the_head_of_its_near_copies(stocked):
    store_reading(stocked, ARRIVALS["framed"])
    seed = reading(
        None,
        origin="seed",
        matches=(),
        text="\n".join(WIRE),
        title="Tunnel opens",
        published=stated(NOW + timedelta(days=1)),
    )

    _, id = store_reading(stocked, seed)

    row = stocked.execute("SELECT original_id, first_by FROM copies").fetchone()
    assert tuple(row) == (id, "seed")
    # Only an equal text gives a seed its address.
    assert stocked.execute("SELECT url FROM articles WHERE id = ?", [id]).fetchone()[0] is None


def named(item, url):
    """*item* with rel=canonical."""
    return replace(item, article=replace(item.article, canonical_url=url))


def test_the_page_that_copies_name_is_the_head_though_it_is_dated_later(stocked):
    wire = telling("wire", WIRE, hours=9)
    copying = named(telling("copy", WIRE), "http://wire.example/1")
    for item in (copying, wire):
        store_reading(stocked, item)

    assert outcome(stocked)["copy", "copy"][0::2] == ("wire", "canonical")


def test_a_page_that_different_stories_name_is_nobodys_original(stocked):
    wire = telling("wire", WIRE, hours=9)
    for item in (
        named(telling("else", sentences(9), title="Bread is dear"), "http://wire.example/1"),
        named(telling("copy", WIRE), "http://wire.example/1"),
        wire,
    ):
        store_reading(stocked, item)

    assert outcome(stocked) == {("wire", "copy"): ("copy", 1.0, "published", 9 * 3_600)}


def test_naming_another_page_makes_no_copy_of_another_text(stocked):
    store_reading(stocked, ARRIVALS["other"])
    item = named(telling("copy", WIRE), "http://other.example/1")

    assert store_reading(stocked, item)[0] is Verdict.NEW


def test_off_topic_texts_are_not_judged(stocked):
    store_reading(stocked, ARRIVALS["wire"])
    before = anchor_pairs(stocked)

    verdict, id = store_reading(stocked, telling("far", WIRE, matches=()))

    assert (verdict, id) == (Verdict.OFF_TOPIC, None)
    assert anchor_pairs(stocked) == before != set()


@pytest.mark.parametrize(
    "text",
    ["", "word", "ha " * 2_000, "x" * 100_000, "字" * 1_000],
    ids=["empty", "one word", "one run", "long word", "Han"],
)
def test_odd_texts_are_stored_and_equal_ones_with_one_headline_are_copies(stocked, text):
    first, _ = store_reading(stocked, telling("a", [text]))
    second, _ = store_reading(stocked, telling("b", [text], hours=1))

    assert (first, second) == (Verdict.NEW, Verdict.COPY)


def test_texts_that_differ_in_unicode_form_are_copies(stocked):
    store_reading(stocked, telling("a", [*WIRE, "Café Россия"]))

    verdict, _ = store_reading(stocked, telling("b", [*WIRE, "Cafe\u0301 Ро\u200bссия"], hours=1))

    assert verdict is Verdict.COPY


def test_a_huge_text_is_compared_by_its_beginning(stocked):
    huge = sentences(5, 20_000)
    store_reading(stocked, telling("a", huge))

    verdict, _ = store_reading(stocked, telling("b", ["Our desk.", *huge], hours=1))

    assert verdict is Verdict.COPY


def test_articles_without_dates_are_copies_by_first_sight(stocked):
    early = reading("http://a.example/1", text="\n".join(WIRE), published=None)
    late = reading(
        "http://b.example/1", text="\n".join(WIRE), published=None, read_at=NOW + timedelta(days=1)
    )
    for item in (late, early):
        store_reading(stocked, item)

    assert outcome(stocked) == {("b", "copy"): ("a", 1.0, "seen", None)}


def test_a_clock_that_steps_back_changes_no_verdict(stocked):
    store_reading(stocked, telling("a", WIRE, read_at=NOW))

    verdict, _ = store_reading(stocked, telling("b", WIRE, hours=1, read_at=NOW - timedelta(days=400)))

    assert verdict is Verdict.COPY


def test_of_two_workers_that_add_a_story_at_once_one_has_the_copy(tmp_path):
    path = tmp_path / "seedwatch.db"
    stock(db.connect(path)).close()
    verdicts, start = [], threading.Barrier(2)

    def work(name):
        connection = db.connect(path)
        start.wait()
        verdicts.append(store_reading(connection, telling(name, WIRE))[0])
        connection.close()

    workers = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    connection = db.connect(path)
    assert len(outcome(connection)) == 1
    connection.close()


def test_a_story_survives_closing_the_database(tmp_path):
    path = tmp_path / "seedwatch.db"
    connection = stock(db.connect(path))
    store_reading(connection, ARRIVALS["wire"])
    connection.close()
    connection = db.connect(path)

    verdict, _ = store_reading(connection, ARRIVALS["framed"])

    connection.close()
    assert verdict is Verdict.COPY


def test_the_look_up_is_bounded_however_many_share_a_template(stocked):
    ids = []
    for number in range(60):
        item = telling(f"t{number}", sentences(100 + number), title=f"Report {number}")
        ids.append(store_reading(stocked, item)[1])
    for id in ids:
        anchors.add(stocked, id, range(30))

    found = anchors.similar(stocked, list(range(24)))

    assert [one.id for one in found] == sorted(ids, reverse=True)[:4]


def test_rare_anchors_weigh_more_than_common_ones(stocked):
    ids = [
        store_reading(stocked, telling(f"t{n}", sentences(200 + n), title=f"Report {n}"))[1] for n in range(8)
    ]
    for id in ids[1:]:
        anchors.add(stocked, id, [1, 2, 3])
    anchors.add(stocked, ids[0], [4, 5])

    assert anchors.similar(stocked, [1, 2, 3, 4, 5])[0].id == ids[0]


def test_one_shared_anchor_of_many_is_a_stock_phrase(stocked):
    _, id = store_reading(stocked, ARRIVALS["wire"])
    anchors.add(stocked, id, [7])

    assert anchors.similar(stocked, [7, *range(100, 120)]) == ()
    assert [one.id for one in anchors.similar(stocked, [7, 8])] == [id]


def test_dropped_articles_are_not_found(stocked):
    _, id = store_reading(stocked, ARRIVALS["wire"])

    anchors.drop(stocked, [id])

    assert anchor_pairs(stocked) == set()


def test_a_new_head_takes_over_all_that_pointed_to_the_former_one(stocked):
    ids = [
        store_reading(stocked, telling(f"t{n}", sentences(300 + n), hours=n, title=f"R {n}"))[1]
        for n in range(4)
    ]
    relations.relate(stocked, ids[1], (Copy(None, ids[2], "copy", 1.0, "published", -3_600),))
    relations.relate(stocked, ids[3], (Copy(None, ids[2], "follow_up", 0.4, "published", 3_600),))

    relations.relate(stocked, ids[0], (Copy(ids[2], None, "copy", 1.0, "published", 7_200),))

    rows = stocked.execute("SELECT article_id, original_id, relation, lag_s FROM copies ORDER BY article_id")
    assert [tuple(row) for row in rows] == [
        (ids[1], ids[0], "copy", 3_600),
        (ids[2], ids[0], "copy", 7_200),
        (ids[3], ids[0], "follow_up", 3 * 3_600),
    ]


def test_what_becomes_one_story_does_not_follow_itself_up(stocked):
    ids = [store_reading(stocked, telling(f"t{n}", sentences(400 + n), title=f"R {n}"))[1] for n in range(3)]
    relations.relate(stocked, ids[1], (Copy(None, ids[0], "follow_up", 0.4, "published", 0),))

    relations.relate(stocked, ids[1], (Copy(None, ids[0], "copy", 0.9, "published", 0),))

    rows = stocked.execute("SELECT article_id, original_id, relation FROM copies")
    assert [tuple(row) for row in rows] == [(ids[1], ids[0], "copy")]


def test_a_new_head_follows_up_what_the_former_one_did(stocked):
    ids = [store_reading(stocked, telling(f"t{n}", sentences(500 + n), title=f"R {n}"))[1] for n in range(3)]
    relations.relate(stocked, ids[1], (Copy(None, ids[0], "follow_up", 0.4, "published", 0),))

    relations.relate(stocked, ids[2], (Copy(ids[1], None, "copy", 0.9, "published", 0),))

    rows = stocked.execute("SELECT article_id, original_id, relation FROM copies ORDER BY relation")
    assert [tuple(row) for row in rows] == [(ids[1], ids[2], "copy"), (ids[2], ids[0], "follow_up")]


def test_short_texts_under_different_headlines_are_no_copies(stocked):
    stub = [" ".join(_WORDS[:40]) + "."]
    store_reading(stocked, telling("a", stub, title="Weather"))

    assert store_reading(stocked, telling("b", stub, title="Markets open lower"))[0] is Verdict.NEW


def test_an_equal_text_needs_no_anchors_to_be_known(stocked):
    store_reading(stocked, telling("a", WIRE, anchors=()))

    assert store_reading(stocked, telling("b", WIRE, hours=1, anchors=()))[0] is Verdict.COPY
