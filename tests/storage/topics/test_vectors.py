"""Vectors of texts: kept once a text, by encoder, and dropped with age unless an article has the text."""

from datetime import timedelta

from crawler.articles.store import store_reading
from storage.records.topics import TextVector
from storage.sources import sources
from storage.topics import topics, vectors
from tests.support.samples import DECLARED, NOW, TOPIC, reading

OLD, NEW = TextVector("encoder 1", b"\x00" * 4), TextVector("encoder 2", b"\x01" * 4)


def test_a_text_has_one_vector_of_the_newest_encoder(connection) -> None:
    vectors.keep(connection, "a", "en", OLD, NOW)
    vectors.keep(connection, "b", "en", OLD, NOW)
    vectors.keep(connection, "a", "en", NEW, NOW + timedelta(days=1))

    assert vectors.load(connection, ["a", "b", "c"], "encoder 1") == {"b": OLD}
    assert vectors.load(connection, ["a", "b"], "encoder 2") == {"a": NEW}
    assert vectors.sizes(connection) == {"encoder 1": {"en": 1}, "encoder 2": {"en": 1}}


def test_the_newest_of_a_language_come_first(connection) -> None:
    for day in range(5):
        vector = TextVector("encoder 1", bytes([day]))
        vectors.keep(connection, f"text {day}", "en", vector, NOW + timedelta(days=day))
    vectors.keep(connection, "other", "ko", OLD, NOW)

    assert [one.values for one in vectors.newest(connection, "en", "encoder 1", 2)] == [b"\x04", b"\x03"]
    assert vectors.newest(connection, "en", "encoder 2", 2) == []


def test_old_vectors_go_but_those_of_articles(connection) -> None:
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    held = reading(vector=OLD)
    store_reading(connection, held)
    vectors.keep(connection, "unheld", "en", OLD, NOW)
    vectors.keep(connection, "new", "en", OLD, NOW + timedelta(days=2))

    assert vectors.drop_older(connection, NOW + timedelta(days=1)) == 1
    assert set(vectors.load(connection, [held.text_hash, "unheld", "new"], "encoder 1")) == {
        held.text_hash,
        "new",
    }
