"""What was learned of one topic in one language, as a record, and the score that an article reaches against it. Pure.

A score is made of two measures: BM25 over weighted terms, and a regression over all terms.
"""

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# BM25's usual constants (Robertson and Zaragoza 2009): saturation of a term's count, weight of the text's length.
SATURATION = 1.2
LENGTH_WEIGHT = 0.75
Number = TypeVar("Number", float, NDArray[np.float64])
# Scores that a match needs, by dial: standard deviations above the background. Measured best without labels: 2.25 for
# 1 or 2 seeds, 2.5 for more.
DEVIATIONS = {"wide": 2.0, "strict": 3.0}
# From here on a person should look.
REVIEW_DEVIATIONS = 1.5
# The same without background, as factors of the share of the seeds' own score that a match needs.
SHARE_FACTORS = {"wide": 0.8, "strict": 1.4}


def bm25_share(count: Number, relative_length: Number) -> Number:
    """What a term that occurs *count* times adds to the score, for each unit of its weight: 0 to SATURATION + 1.

    *relative_length* is the article's length as a multiple of the average.
    """
    norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * relative_length)
    return count * (SATURATION + 1) / (count + norm)


def bm25_parts(
    counts: Mapping[str, int], length: float, weights: Mapping[str, float], average_length: float
) -> dict[str, float]:
    """The part of an article's BM25 score that each of its terms makes; what has no weight is left out."""
    return {
        term: weight * bm25_share(float(count), length / average_length)
        for term, weight in weights.items()
        if (count := counts.get(term, 0))
    }


def feature_values(counts: Mapping[str, int]) -> dict[str, float]:
    """What the regression sees of an article before rarity weighs it: (1 + ln count), scaled to length 1.

    The rarity of a term is a factor of its weight and not, as in TF-IDF, of this length too, so that a model holds
    all that scoring needs. Measured against the usual form: see docs/topics.md.
    """
    values = {term: 1 + math.log(count) for term, count in counts.items()}
    norm = math.sqrt(sum(value * value for value in values.values())) or 1.0
    return {term: value / norm for term, value in values.items()}


@dataclass(frozen=True, slots=True)
class WeightedTerm:
    """A term of a profile."""

    term: str
    weight: float  # what BM25 multiplies its saturated count with: seed weight times rarity
    surface: str  # as the seeds write it; the term itself if only the background has it


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression of the seeds against the background, packed: thousands of topics must fit in memory."""

    terms: str  # joined by spaces, the heaviest first
    weights: bytes  # a 32-bit float, little-endian, for each term
    bias: float
    mean: float  # of the background's values
    deviation: float  # of the background's values

    def weight_of_terms(self) -> dict[str, float]:
        """The weight of each term; below 0 for those that speak against the topic."""
        names = self.terms.split(" ") if self.terms else []
        return dict(zip(names, np.frombuffer(self.weights, dtype="<f4").tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Profile:
    """What was learned from the seeds of one topic in one language; all that scoring needs."""

    language: str
    measure: str  # "background" or "frequencies"
    terms: tuple[WeightedTerm, ...]  # heaviest first, at most TERMS
    average_length: float  # of an article, in terms
    mean: float  # of the background's BM25 scores; 0 without background
    deviation: float  # of the background's BM25 scores; the seeds' own raw score without background
    threshold: float  # the score that a match needs at the dial "normal"
    review: float  # the score from which a person should look
    seed_score: float  # mean BM25 score of the seeds
    seeds: int  # distinct ones
    background: int  # articles that it was measured against
    labelled: int = 0  # articles that a person had judged
    regression: Regression | None = None  # None without background
    sum_mean: float = 0.0  # of both parts' sum on the background
    sum_deviation: float = 1.0
    left_out: int = 0  # articles of the background that it was not measured by: they are likely on topic
    raised: float = (
        0.0  # what thresholds are raised by for that; below 0: lowered, where one seed has a rich press
    )

    @property
    def weights(self) -> dict[str, float]:
        """The BM25 weight of each term."""
        return {term.term: term.weight for term in self.terms}


@dataclass(frozen=True, slots=True)
class Score:
    """What an article reached against a profile."""

    value: float
    parts: Mapping[str, float]  # what each term adds to the value; what speaks against the topic is left out


def threshold_at(profile: Profile, dial: str) -> float:
    """The score that a match needs at *dial*: "wide", "normal" or "strict"."""
    if dial == "normal":
        return profile.threshold
    if profile.measure == "background":
        return DEVIATIONS[dial] + profile.raised
    return profile.threshold * SHARE_FACTORS[dial]


def score_counts(profile: Profile, counts: Mapping[str, int]) -> Score:
    """The score of an article with *counts* of terms, its headline's as often as they weigh.

    In standard deviations above the background, or as a share of the seeds' own score: see `Profile.measure`.
    """
    scale = profile.deviation * profile.sum_deviation
    parts = bm25_parts(counts, sum(counts.values()), profile.weights, profile.average_length)
    value = sum(parts.values()) - profile.mean
    parts = {term: part / scale for term, part in parts.items()}
    total = value / scale
    if profile.regression is not None:
        value, own = _regress(profile.regression, counts)
        scale = profile.regression.deviation * profile.sum_deviation
        total += value / scale
        for term, part in own.items():
            parts[term] = parts.get(term, 0.0) + part / scale
    return Score(total - profile.sum_mean / profile.sum_deviation, parts)


def _regress(regression: Regression, counts: Mapping[str, int]) -> tuple[float, dict[str, float]]:
    """The value above the background's mean, and what each term that speaks for the topic adds."""
    weights = regression.weight_of_terms()
    parts = {term: value * weights[term] for term, value in feature_values(counts).items() if term in weights}
    value = sum(parts.values()) + regression.bias - regression.mean
    return value, {term: part for term, part in parts.items() if part > 0}


def profile_to_json(profile: Profile) -> str:
    """*profile* as JSON, floats at full precision, the regression's weights in base 64."""
    values = asdict(profile)
    if profile.regression is not None:
        values["regression"]["weights"] = b64encode(profile.regression.weights).decode()
    return json.dumps(values, ensure_ascii=False)


def profile_from_json(text: str) -> Profile:
    """The profile that `profile_to_json` wrote."""
    values = json.loads(text)
    values["terms"] = tuple(WeightedTerm(**term) for term in values["terms"])
    if values["regression"] is not None:
        packed = {**values["regression"], "weights": b64decode(values["regression"]["weights"])}
        values["regression"] = Regression(**packed)
    return Profile(**values)
