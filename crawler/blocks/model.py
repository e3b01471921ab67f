"""The chance that each block of a page belongs to its article, by two linear models one after the other. Pure.

The first judges each block by itself, its neighbours and what holds it; the second knows what the first found in the
whole page. Their weights are data (weights.py), fitted by benchmarks/fit_blocks.py.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from crawler.blocks.context import second_evidence
from crawler.blocks.features import PageWords, first_evidence
from crawler.blocks.tree import BlockTree
from crawler.blocks.weights import FIRST, SECOND

# Facets repeat from page to page, and nine of ten sums are found here; 20,000 of them take about 10 MB.
_REMEMBERED = 20_000
# The constant among the weights.
_ALWAYS = "always"


def block_chances(tree: BlockTree, page: PageWords) -> list[float]:
    """For each block of *tree*, in order, the chance (0 to 1) that it belongs to the article."""
    alone = [chance_of(FIRST[_ALWAYS] + evidence) for evidence in first_evidence(tree, page, _first)]
    return [chance_of(SECOND[_ALWAYS] + evidence) for evidence in second_evidence(tree, alone, _second)]


def chance_of(evidence: float) -> float:
    """The chance (0 to 1) of which *evidence* is the logarithm of the odds."""
    return 1 / (1 + math.exp(-min(max(evidence, -30.0), 30.0)))


def evidence_of(chance: float) -> float:
    """The logarithm of the odds of *chance*, between -9 and 9."""
    bounded = min(max(chance, 0.0001), 0.9999)
    return math.log(bounded / (1 - bounded))


@lru_cache(maxsize=_REMEMBERED)
def _first(facet: Callable[..., tuple[str, ...]], *values: Any) -> float:
    return sum(FIRST.get(feature, 0.0) for feature in facet(*values))


@lru_cache(maxsize=_REMEMBERED)
def _second(facet: Callable[..., tuple[str, ...]], *values: Any) -> float:
    return sum(SECOND.get(feature, 0.0) for feature in facet(*values))
