import math
from collections import Counter

import numpy as np
import pytest

from crawler.topics.corpus import Corpus
from crawler.topics.profile import bm25_parts, feature_values
from crawler.topics.rarity import (
    ESTIMATE_WORTH,
    FULL_BACKGROUND,
    LEAST_ARTICLE_SHARE,
    Rarity,
    TermFrequencies,
)

ARTICLES = [["strait", "tunnel", "strait"], ["pear", "tunnel"], [], ["ferri"] * 4]


def test_articles_are_counted_by_term() -> None:
    corpus = Corpus.of("en", ARTICLES)

    assert len(corpus) == 4
    assert corpus.terms_of(0) == {"strait": 2, "tunnel": 1}
    assert corpus.terms_of(2) == {}
    assert corpus.rarity.holding == {"strait": 1, "tunnel": 2, "pear": 1, "ferri": 1}


def test_scores_are_those_of_each_article_by_itself() -> None:
    corpus = Corpus.of("en", ARTICLES)
    weights = {"strait": 2.0, "tunnel": 1.0, "unknown": 9.0}
    alone = [
        sum(bm25_parts(Counter(terms), len(terms), weights, corpus.rarity.average_length).values())
        for terms in ARTICLES
    ]

    assert corpus.scores(weights).tolist() == pytest.approx(alone)


def test_features_are_those_of_each_article_by_itself_times_rarity() -> None:
    corpus = Corpus.of("en", ARTICLES)
    rows = corpus.features.toarray()

    for row, terms in zip(rows, ARTICLES, strict=True):
        alone = {
            term: value * corpus.rarity.of(term) / corpus.scale
            for term, value in feature_values(Counter(terms)).items()
        }
        found = {term: row[column] for term, column in corpus.vocabulary.items() if row[column]}
        assert found == pytest.approx(alone)
    assert np.array_equal(corpus.features_by_term.toarray(), rows.T)


def test_articles_left_out_count_no_longer_for_rarity_but_stay() -> None:
    corpus = Corpus.of("en", ARTICLES).rated_by(np.array([False, True, True, True]))

    assert len(corpus) == 4
    assert corpus.rarity.holding["strait"] == 0
    assert corpus.rarity.articles == 3


def test_empty_corpus_scores_nothing() -> None:
    corpus = Corpus.of("en", [])

    assert len(corpus) == 0
    assert corpus.scores({"strait": 1.0}).tolist() == []
    assert corpus.scale == 1.0


def test_full_background_alone_says_what_is_rare() -> None:
    rarity = Rarity(FULL_BACKGROUND, {"the": FULL_BACKGROUND, "strait": 3}, 0, None)

    assert rarity.of("the") == pytest.approx(math.log(301 / 300.5))
    assert rarity.of("strait") == pytest.approx(math.log(301 / 3.5))
    assert rarity.of("new") == pytest.approx(math.log(301 / 0.5))


def test_estimates_stand_beside_counts_while_the_background_is_small() -> None:
    frequencies = TermFrequencies("en", {"the": 0.05, "kelder": 5e-7}, {}, {}, 5e-7)
    alone = Rarity(0, {}, 0, frequencies)
    beside = Rarity(100, {"kelder": 100}, 30_000, frequencies)

    assert alone.of("the") < 0.01 < alone.of("kelder") == pytest.approx(-math.log(LEAST_ARTICLE_SHARE))
    assert beside.of("kelder") == pytest.approx(
        -math.log((100 + ESTIMATE_WORTH * LEAST_ARTICLE_SHARE) / (100 + ESTIMATE_WORTH))
    )


def test_pair_across_words_is_estimated_from_its_characters() -> None:
    frequencies = TermFrequencies("ko", {"북한": 1e-3}, {"이": 0.1}, {"한": 0.2}, 5e-7)

    assert frequencies.share("한이") == pytest.approx(0.02)
    assert frequencies.share("북한") == 1e-3
    assert frequencies.share("갑을") == 5e-7
