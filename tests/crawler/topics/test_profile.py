import json
from dataclasses import replace

import numpy as np
import pytest

from crawler.topics.learn import build_profile
from crawler.topics.profile import (
    Profile,
    Regression,
    WeightedTerm,
    profile_from_json,
    profile_to_json,
    score_counts,
    threshold_at,
)
from tests.support.topic_samples import SECOND, SEED, corpus

PLAIN = Profile(
    language="en",
    measure="background",
    terms=(WeightedTerm("strait", 2.0, "Strait"), WeightedTerm("tunnel", 1.0, "tunnel")),
    average_length=10.0,
    mean=1.0,
    deviation=2.0,
    threshold=2.25,
    review=1.5,
    seed_score=4.0,
    seeds=1,
    background=300,
)
REGRESSION = Regression(
    "pear strait", np.array([-3.0, 2.0], dtype="<f4").tobytes(), bias=-1.0, mean=-1.5, deviation=0.5
)
BOTH = replace(PLAIN, regression=REGRESSION, sum_mean=0.2, sum_deviation=1.6)


@pytest.mark.parametrize("articles", [0, 300])
def test_profile_survives_json(articles: int) -> None:
    profile = build_profile([SEED, SECOND], corpus(articles))

    assert profile_from_json(profile_to_json(profile)) == profile
    assert isinstance(hash(profile), int)


def test_stored_profile_is_small() -> None:
    """A thousand topics must fit: a weight takes four bytes in base 64, and its term."""
    profile = build_profile([SEED], corpus(300))
    assert profile.regression is not None
    terms = profile.regression.terms.split(" ")

    stored = json.loads(profile_to_json(profile))["regression"]

    assert len(stored["weights"]) <= 4 * (4 * len(terms) + 2) // 3 + 4


def test_score_of_both_parts_is_in_deviations_of_their_sum() -> None:
    """One occurrence of strait in an article of average length: BM25 gives its weight, the features are 1."""
    bm25 = (2.0 - 1.0) / 2.0
    regression = (2.0 * 1.0 - 1.0 + 1.5) / 0.5

    scored = score_counts(replace(BOTH, average_length=1.0), {"strait": 1})

    assert scored.value == pytest.approx((bm25 + regression - 0.2) / 1.6)
    assert scored.parts == pytest.approx({"strait": (2.0 / 2.0 + 2.0 / 0.5) / 1.6})


def test_what_speaks_against_the_topic_lowers_the_score_and_is_no_part() -> None:
    with_pears = score_counts(BOTH, {"strait": 1, "pear": 1})

    assert with_pears.value < score_counts(BOTH, {"strait": 1}).value
    assert set(with_pears.parts) == {"strait"}


def test_score_without_background_is_the_share_of_the_seeds() -> None:
    cold = replace(PLAIN, measure="frequencies", mean=0.0, deviation=4.0, average_length=1.0)

    assert score_counts(cold, {"strait": 1}).value == pytest.approx(2.0 / 4.0)
    assert score_counts(cold, {}).value == 0


@pytest.mark.parametrize(
    ("measure", "expected"), [("background", (2.0, 2.25, 3.0)), ("frequencies", (1.8, 2.25, 3.15))]
)
def test_dial_moves_the_threshold(measure: str, expected: tuple[float, float, float]) -> None:
    profile = replace(PLAIN, measure=measure)

    assert tuple(threshold_at(profile, dial) for dial in ("wide", "normal", "strict")) == pytest.approx(
        expected
    )


def test_profile_without_terms_scores_nothing_above_the_mean() -> None:
    empty = replace(PLAIN, terms=(), regression=Regression("", b"", 0.0, 0.0, 1.0))

    assert score_counts(empty, {"strait": 5}).value < 0
    assert score_counts(empty, {"strait": 5}).parts == {}
