"""What topics' seeds mean is made once, kept, and made anew for another encoder; without the extra there is none."""

from dataclasses import replace
from typing import Any

import pytest

from crawler.articles.store import store_reading
from crawler.holdings.rematch import topic_basis
from crawler.text.encoder import ENCODER, encoder_state
from crawler.topics.match import TopicIndex
from crawler.topics.prepare import is_current, prepare_matchers
from crawler.topics.seed_meanings import vector_of
from storage.records.topics import TextVector
from storage.sources import sources
from storage.topics import topics, vectors
from tests.support.samples import DECLARED, NOW, TOPIC, reading

pytestmark = pytest.mark.skipif(
    not encoder_state().is_ready, reason="the extra seedwatch[meaning] is not installed"
)
FOREIGN: dict[str, Any] = {
    "title": "海峡通道条约",
    "text": "两国部长在港口会面，商定了海峡隧道的条约。" * 4,
    "language": "zh",
}


@pytest.fixture
def seeded(connection):
    """A topic with an English seed, and a Chinese article that is held."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    _, seed = store_reading(connection, reading("http://courier.example/seed"))
    store_reading(connection, reading("http://courier.example/2", **FOREIGN))
    topics.add_seed(connection, TOPIC.name, seed, NOW)
    return connection


def test_seeds_and_a_sample_of_what_is_held_are_encoded_once(seeded) -> None:
    assert not is_current(seeded)

    (matcher,) = prepare_matchers(seeded, NOW)
    before = seeded.total_changes
    (again,) = prepare_matchers(seeded, NOW)

    assert is_current(seeded)
    assert seeded.total_changes == before
    assert vectors.sizes(seeded) == {ENCODER: {"en": 1, "zh": 1}}
    assert matcher.meaning is not None
    assert TopicIndex.of([matcher]).wants_vector("zh")
    assert topic_basis(matcher) == topic_basis(again) != topic_basis(replace(matcher, meaning=None))


def test_vectors_of_another_encoder_are_made_anew_and_never_compared(seeded) -> None:
    (first,) = prepare_matchers(seeded, NOW)
    seeded.execute("UPDATE text_vectors SET encoder = 'usem3 0.1', vector = x'0000'")

    assert not is_current(seeded)
    (second,) = prepare_matchers(seeded, NOW)

    assert vectors.sizes(seeded) == {ENCODER: {"en": 1, "zh": 1}}
    assert first.meaning is not None
    assert second.meaning is not None
    assert (first.meaning.plain == second.meaning.plain).all()


def test_an_article_is_encoded_once_where_it_is_kept(seeded) -> None:
    article = reading("http://courier.example/3", **FOREIGN | {"text": "秋茶提前开采。"}).article

    assert vector_of(seeded, article, make=False) is None
    looked = vector_of(seeded, article)
    assert not vectors.sizes(seeded)
    made = vector_of(seeded, article, keep_at=NOW)
    seeded.execute("UPDATE text_vectors SET vector = x'003c'")

    assert looked == made
    assert vector_of(seeded, article) == TextVector(ENCODER, b"\x00\x3c")


def test_a_topic_whose_seeds_the_encoder_does_not_know_has_no_meaning(connection) -> None:
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    _, seed = store_reading(connection, reading("http://courier.example/seed", language="vi"))
    topics.add_seed(connection, TOPIC.name, seed, NOW)

    (matcher,) = prepare_matchers(connection, NOW)

    assert matcher.meaning is None
    assert not vectors.sizes(connection)
