"""Topics: the table follows the settings, seeds know who named them, models keep their versions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from storage.articles import matches
from storage.records.topics import Topic
from storage.sources import sources
from storage.topics import models, topics
from storage.topics.models import ModelRow
from tests.support.samples import DECLARED, NOW, TEXT, TOPIC, reading

MUSEUM = Topic(
    "museum", title="Museums", any="museum*", require="steam", exclude="section:sport", dial="strict",
    aliases=(("North Korea", ("КНДР", "북한")), ("Russia", ())),
)  # fmt: skip
LATER = NOW + timedelta(days=1)


@pytest.fixture
def stocked(connection):
    """Two topics and a source."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC, MUSEUM])
    return connection


def seed(connection, number: int = 0, **more) -> int:
    """A stored seed article."""
    item = reading(None, text=f"{number} {TEXT}", title=f"Seed {number}", origin="seed", matches=(), **more)
    return store_reading(connection, item)[1]


def seed_ids(connection, topic: str = "strait") -> list[int]:
    return [one.article_id for one in topics.seeds(connection, topic)]


def model(**more) -> ModelRow:
    row = ModelRow(
        id=0, topic="strait", language="en", measure="background", threshold=2.25, background=1_500, seeds=3,
        model="{}", basis="b1", built_at=NOW,
    )  # fmt: skip
    return replace(row, **more)


# The settings


def test_the_settings_reach_the_table_and_come_back(stocked):
    assert topics.followed(stocked) == [TOPIC, MUSEUM]


def test_a_changed_topic_keeps_its_row(stocked):
    changed = replace(MUSEUM, title="", any="", require="", exclude="", dial="wide")

    topics.sync(stocked, [changed, TOPIC])

    assert topics.followed(stocked) == [TOPIC, changed]


def test_a_topic_taken_out_is_not_followed_and_keeps_seeds_and_matches(stocked):
    topics.add_seed(stocked, "strait", seed(stocked), NOW)
    store_reading(stocked, reading())

    topics.sync(stocked, [MUSEUM])

    assert topics.followed(stocked) == [MUSEUM]
    assert topics.former(stocked) == [TOPIC]
    assert matches.match_counts(stocked)["strait"].match == 1
    assert len(topics.seeds(stocked, "strait")) == 1


def test_a_topic_that_returns_is_followed_with_what_it_had(stocked):
    topics.add_seed(stocked, "strait", seed(stocked), NOW)

    topics.sync(stocked, [])
    topics.sync(stocked, [TOPIC])

    assert topics.followed(stocked) == [TOPIC]
    assert len(topics.seeds(stocked, "strait")) == 1


# Seeds


def test_seeds_come_by_article_with_what_a_profile_needs(stocked):
    ids = [seed(stocked, number) for number in range(2)]
    topics.set_declared_seeds(stocked, "strait", ids[::-1], NOW)

    first, second = topics.seeds(stocked, "strait")

    assert (first.article_id, second.article_id) == tuple(ids)
    assert (first.title, first.text, first.language) == ("Seed 0", f"0 {TEXT}", "en")
    assert first.text_hash != second.text_hash
    assert topics.seeds(stocked, "museum") == topics.seeds(stocked, "no such topic") == []


def test_declared_seeds_follow_the_settings(stocked):
    one, two, three = (seed(stocked, number) for number in range(3))
    topics.set_declared_seeds(stocked, "strait", [one, two], NOW)

    topics.set_declared_seeds(stocked, "strait", [two, three], LATER)

    assert seed_ids(stocked) == [two, three]
    rows = stocked.execute("SELECT added_at FROM topic_seeds ORDER BY article_id")
    assert [row["added_at"] for row in rows] == [NOW.isoformat(), LATER.isoformat()]


def test_a_seed_that_two_files_give_is_one(stocked):
    one = seed(stocked)

    topics.set_declared_seeds(stocked, "strait", [one, one], NOW)

    assert seed_ids(stocked) == [one]


@pytest.mark.parametrize("is_declared_first", [True, False], ids=["declared first", "by command first"])
def test_a_seed_added_by_command_stays_when_the_settings_drop_it(stocked, is_declared_first):
    one = seed(stocked)
    steps = [
        lambda: topics.set_declared_seeds(stocked, "strait", [one], NOW),
        lambda: topics.add_seed(stocked, "strait", one, NOW),
    ]
    for step in steps if is_declared_first else steps[::-1]:
        step()

    topics.set_declared_seeds(stocked, "strait", [], LATER)

    assert seed_ids(stocked) == [one]


def test_the_seeds_of_one_topic_do_not_touch_anothers(stocked):
    one = seed(stocked)
    topics.set_declared_seeds(stocked, "museum", [one], NOW)

    topics.set_declared_seeds(stocked, "strait", [], NOW)

    assert seed_ids(stocked, "museum") == [one]


def test_a_seed_that_is_taken_away_stays_an_article(stocked):
    one = seed(stocked)
    topics.add_seed(stocked, "strait", one, NOW)
    topics.set_declared_seeds(stocked, "museum", [one], NOW)

    assert topics.served_by(stocked, one) == {"strait": False, "museum": True}
    assert topics.remove_seed(stocked, "strait", one)
    assert not topics.remove_seed(stocked, "strait", one)

    assert seed_ids(stocked) == []
    assert topics.served_by(stocked, one) == {"museum": True}


def test_every_seed_is_listed_with_its_topics(stocked):
    both, none = seed(stocked, 0), seed(stocked, 1)
    _, page = store_reading(stocked, reading())
    store_reading(stocked, reading("http://courier.example/2", text="Another text entirely. " * 30))
    for name in ("strait", "museum"):
        topics.add_seed(stocked, name, both, NOW)
    topics.add_seed(stocked, "strait", page, NOW)

    rows = topics.all_seeds(stocked)

    assert [(row["id"], row["origin"], set(row["topics"].split(", "))) for row in rows] == [
        (both, "seed", {"strait", "museum"}),
        (none, "seed", {""}),
        (page, "crawl", {"strait"}),
    ]


# Models


def test_the_latest_model_is_that_of_topic_and_language(stocked):
    models.save_model(stocked, model(), "[]")
    second = models.save_model(stocked, model(basis="b2", threshold=2.5, built_at=LATER), "[]")
    models.save_model(stocked, model(language="ko", basis="k1"), "[]")
    models.save_model(stocked, model(topic="museum", basis="m1"), "[]")

    latest = models.latest_model(stocked, "strait", "en")

    assert latest == model(id=second, basis="b2", threshold=2.5, built_at=LATER)
    assert models.latest_model(stocked, "strait", "ru") is None
    assert models.latest_model(stocked, "no such topic", "en") is None
