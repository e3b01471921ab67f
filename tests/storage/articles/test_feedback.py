"""Verdicts: the latest counts, a topic learns from them when it is told to, its seeds are not among them."""

from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from storage.articles import feedback
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TEXT, TOPIC, reading

LATER = NOW + timedelta(days=1)


@pytest.fixture
def stocked(connection):
    """A topic and a source."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    return connection


def stored(connection, number: int = 1) -> int:
    item = reading(
        f"http://courier.example/{number}", matches=(), text=f"{number} {TEXT}", title=f"Title {number}"
    )
    return store_reading(connection, item, keep_all=True)[1]


def taught(connection, *, waiting: bool = False) -> list[tuple[int, bool]]:
    return [
        (row.article_id, row.relevant) for row in feedback.labelled(connection, "strait", waiting=waiting)
    ]


def test_a_verdict_waits_until_the_topic_learns(stocked):
    one, two = stored(stocked, 1), stored(stocked, 2)
    feedback.give(stocked, "strait", one, "yes", NOW)
    feedback.give(stocked, "strait", two, "no", NOW)

    assert (taught(stocked), taught(stocked, waiting=True)) == ([], [(one, True), (two, False)])
    feedback.learn(stocked, "strait")

    assert taught(stocked) == [(one, True), (two, False)]
    row = feedback.labelled(stocked, "strait")[0]
    assert (row.title, row.text, row.language) == ("Title 1", f"1 {TEXT}", "en")


def test_the_latest_verdict_counts_and_is_learned_anew(stocked):
    one = stored(stocked)
    feedback.give(stocked, "strait", one, "yes", NOW)
    feedback.learn(stocked, "strait")

    feedback.give(stocked, "strait", one, "yes", NOW)
    assert taught(stocked) == [(one, True)]
    feedback.give(stocked, "strait", one, "no", LATER)

    assert (taught(stocked), taught(stocked, waiting=True)) == ([], [(one, False)])
    (row,) = feedback.verdicts(stocked)
    assert (row.verdict, row.given_at, row.learned) == ("no", LATER, False)


def test_a_seed_is_no_lesson_besides(stocked):
    one = stored(stocked)
    feedback.give(stocked, "strait", one, "yes", NOW)
    feedback.learn(stocked, "strait")

    topics.add_seed(stocked, "strait", one, NOW)

    assert taught(stocked) == []
    assert len(feedback.verdicts(stocked, "strait")) == 1


def test_verdicts_are_listed_by_topic_and_article(stocked):
    one, two = stored(stocked, 1), stored(stocked, 2)
    for article in (two, one):
        feedback.give(stocked, "strait", article, "yes", NOW)

    assert [row.article_id for row in feedback.verdicts(stocked)] == [one, two]
    assert [row.article_id for row in feedback.verdicts(stocked, article_id=two)] == [two]
    assert feedback.verdicts(stocked, "no such topic") == []
    assert (feedback.verdicts(stocked)[0].url, feedback.verdicts(stocked)[0].title) == (
        "http://courier.example/1",
        "Title 1",
    )
