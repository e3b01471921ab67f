"""A topic's coverage."""

import sqlite3
from contextlib import closing

import pytest

from tests.support.datasette_data import fill, insert
from tests.support.datasette_serving import get, opened, page, rows, tree, words

COVERAGE = "/-/coverage/dprk-russia"


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("coverage") / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        # The copy of 36 and its head are about both topics.
        for article in (36, 37):
            values = writer.execute(
                "SELECT published_at, source_id FROM matches WHERE article_id = ?", [article]
            ).fetchone()
            insert(
                writer, "matches", topic_id=2, article_id=article, published_at=values[0], source_id=values[1], score=4,
                threshold=3, reason="seed", terms="", matched_at="2026-09-14T00:00:00+00:00", explanation="{}",
            )  # fmt: skip
        writer.commit()
    with opened(path) as datasette:
        yield datasette


def test_shares_of_all_groupings_are_all_of_the_topic(watch):
    document = rows(watch, f"{COVERAGE}.json?days=365")

    assert set(document["shares"]) == {"outlet", "language", "country"}
    assert {sum(line["count"] for line in lines) for lines in document["shares"].values()} == {22}
    assert document["shares"]["outlet"][0]["name"] == "Meridian Wire"


def test_a_share_leads_to_its_articles(watch):
    shown = tree(watch, f"{COVERAGE}?days=30")

    for line in shown.xpath("//table[contains(@class, 'sw-shares')]//tr[td]"):
        listed = rows(
            watch, line.xpath(".//a/@href")[0].replace("?", ".json?").partition("#")[0] + "&copies=all"
        )
        assert str(listed["listed"]["total"]) == words(line.xpath("td[@data-label='matches']")[0])


def test_who_leads_and_who_follows(watch):
    shown = words(tree(watch, COVERAGE))

    assert "2 stories of these days were carried by others, in the median 1 h 3 min later" in shown
    assert "Meridian Wire 2 2 1 h 3 min later Harbour Courier 2" in shown


def test_a_seed_is_no_outlet_that_tells_first(tmp_path):
    path = fill(tmp_path / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("UPDATE articles SET origin = 'seed' WHERE id = 36")
        writer.commit()
    with opened(path) as datasette:
        assert "1 story of these days was carried by others" in words(tree(datasette, COVERAGE))


def test_two_topics_are_compared_by_the_stories_that_they_share(watch):
    shown = tree(watch, f"{COVERAGE}?with=rare-earths&days=30")

    assert "1 story about both" in words(shown)
    assert "told by 2 articles" in words(shown)
    assert len(shown.find_class("sw-entry")) == 1
    assert len(shown.xpath("//*[local-name()='polyline']")) == 2


@pytest.mark.parametrize("query", ["with=nobody", "with=dprk-russia", "days=7", "days=x&with="])
def test_odd_questions_are_answered(watch, query):
    assert "polyline" not in page(watch, f"{COVERAGE}?{query}")


def test_topic_without_matches_or_companions_has_its_page(tmp_path):
    path = fill(tmp_path / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("DELETE FROM matches")
        writer.execute("UPDATE topics SET enabled = 0 WHERE id = 2")
        writer.commit()
    with opened(path) as datasette:
        shown = words(tree(datasette, COVERAGE))

    assert "Nothing has matched in these days" in shown
    assert "Beside another topic" not in shown


def test_topic_that_is_not_there_is_not_found(watch):
    assert get(watch, "/-/coverage/nobody").status_code == 404
