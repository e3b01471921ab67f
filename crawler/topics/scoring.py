"""The two measures of which a score is made: BM25 over weighted terms, and a regression over all terms. Pure."""

import math
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# BM25's usual constants (Robertson and Zaragoza 2009): saturation of a term's count, weight of the text's length.
SATURATION = 1.2
LENGTH_WEIGHT = 0.75

Number = TypeVar("Number", float, NDArray[np.float64])


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
