"""Nearness by meaning: middles are taken off, little is known of small samples, nothing degenerate breaks it."""

import pickle

import numpy as np
import pytest

from crawler.topics.meaning import (
    ENOUGH_VECTORS,
    LEAST_COSINE,
    LEAST_DEVIATIONS,
    Example,
    MeaningIndex,
    learn_meaning,
    unpacked,
)
from storage.records.topics import TextVector

SIZE = 512
RANDOM = np.random.default_rng(7)
OF_ENGLISH, OF_CHINESE, SUBJECT = (
    vector / np.linalg.norm(vector) for vector in RANDOM.normal(size=(3, SIZE))
)


def packed(vector) -> TextVector:
    return TextVector("test 1", (vector / np.linalg.norm(vector)).astype("<f2").tobytes())


def text(language_mean, subject: float = 0.0, seed: int = 0) -> TextVector:
    noise = np.random.default_rng(seed).normal(size=SIZE) / np.sqrt(SIZE)
    return packed(language_mean + subject * SUBJECT + noise)


def sample(language_mean, number: int):
    return unpacked(text(language_mean, seed=seed) for seed in range(100, 100 + number))


SEEDS = [Example("en", text(OF_ENGLISH, 1.0, seed)) for seed in range(3)]


def nearness(samples, vector, language="zh"):
    meaning = learn_meaning(SEEDS, samples)
    assert meaning is not None
    index = pickle.loads(pickle.dumps(MeaningIndex.of({4: meaning})))
    found = index.reach(language, vector).of(4)
    assert found is not None
    return found


def test_an_article_on_the_subject_stands_out_in_a_language_without_seeds() -> None:
    samples = {"en": sample(OF_ENGLISH, 60), "zh": sample(OF_CHINESE, 60)}

    on, off = (nearness(samples, text(OF_CHINESE, subject, 9)) for subject in (1.0, 0.0))

    assert on.measure == off.measure == "meaning"
    assert on.is_near
    assert on.threshold == LEAST_DEVIATIONS
    assert not off.is_near
    assert not on.speaks_against


def test_what_is_unlike_the_seeds_speaks_against_names() -> None:
    samples = {"en": sample(OF_ENGLISH, 60), "zh": sample(OF_CHINESE, 60)}

    assert nearness(samples, text(OF_CHINESE, -1.0, 9)).speaks_against


@pytest.mark.parametrize("number", [0, 1, ENOUGH_VECTORS - 1])
def test_with_few_articles_the_vectors_are_compared_as_they_are(number) -> None:
    samples = {"zh": sample(OF_CHINESE, number)} if number else {}

    found = nearness(samples, SEEDS[0].vector)

    assert found.measure == "cosine"
    assert found.threshold == LEAST_COSINE
    assert found.is_near
    assert not found.speaks_against
    assert not nearness(samples, text(OF_CHINESE, -1.0, 9)).speaks_against  # too little is known to say so


def test_a_language_that_is_full_of_the_subject_keeps_its_middle() -> None:
    few, many = (
        unpacked(text(OF_CHINESE, float(seed < share * 100), seed) for seed in range(100))
        for share in (0.03, 0.4)
    )

    values = [
        nearness({"en": sample(OF_ENGLISH, 60), "zh": zh}, text(OF_CHINESE, 1.0, 999)) for zh in (few, many)
    ]

    assert values[0].is_near
    assert values[1].value > 1.0
    assert not values[1].speaks_against


def test_a_language_in_which_all_texts_are_one_breaks_nothing() -> None:
    same = unpacked([text(OF_CHINESE, 0.0, 5)] * ENOUGH_VECTORS)

    assert np.isfinite(nearness({"zh": same}, text(OF_CHINESE, 0.0, 5)).value)


def test_without_examples_there_is_no_meaning() -> None:
    assert learn_meaning([], {"en": sample(OF_ENGLISH, 60)}) is None
    reach = MeaningIndex.of({}).reach("zh", text(OF_CHINESE))
    assert reach.near() == []
    assert reach.of(0) is None


def test_topics_keep_their_numbers_and_their_own_nearness() -> None:
    other = learn_meaning([Example("en", text(OF_ENGLISH, -1.0, 3))], {})
    mine = learn_meaning(SEEDS, {})
    assert other is not None
    assert mine is not None

    both = MeaningIndex.of({2: mine, 7: other}).reach("en", SEEDS[0].vector)
    alone = MeaningIndex.of({2: mine}).reach("en", SEEDS[0].vector)

    assert both.near() == alone.near() == [2]
    assert both.of(2) == alone.of(2)
    assert both.of(3) is both.of(8) is None
    assert both.values[0] > both.values[1]
