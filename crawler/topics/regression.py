"""The regression of a topic's seeds against the background: which rows, with which weights, and its solution. Pure.

Logistic, with an L2 penalty, on sparse rows, solved by Newton's method with conjugate gradients. Own code of some
eighty lines instead of a learning library of 100 MB: one small problem, solved in one way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from crawler.topics.corpus import Corpus, Floats
from crawler.topics.profile import Regression, feature_values
from crawler.topics.terms import Counts

# Weight of the errors against the penalty.
COST = 10.0
# Steps until the gradient is small beside the weights; each step solves its equations only roughly (Dembo, Eisenstat
# and Steihaug 1982), since the next one corrects it.
_NEWTON_STEPS = 12
_GRADIENT_SHARE = 1e-2
_INNER_STEPS = 25
_INNER_SHARE = 0.1
_LEAST_STEP = 0.05
# The exponential overflows beyond, and nothing is won.
_FARTHEST = 30.0
# What a row counts, beside 1 for an article of the background. Measured with 20 labels: average precision .459 -> .600.
SEED_WEIGHT, RELEVANT_WEIGHT, IRRELEVANT_WEIGHT = 3.0, 2.0, 5.0
# The background's best articles may be on topic: they are not held against it.
DOUBTFUL_SHARE, LEAST_DOUBTFUL = 0.02, 5
# The best of all are taken for on topic, weighing by how near they come to half of the seeds' own score: a hard label
# is dangerous where hardly anything is on topic (average precision .935 -> .562 at 0.5 %; soft ones keep .850).
PSEUDO_SEEDS = 5
PSEUDO_FULL_SHARE, LEAST_PSEUDO_WEIGHT = 0.5, 0.01
# Terms that a regression keeps, the heaviest: average precision with 1,000, with 3,000 and with all 20,000 is the same
# within .001 (two news archives, 1 and 3 seeds).
REGRESSION_TERMS = 2_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Rows to be told apart; the matrix is given by its two products, so that a shared part of it is never copied."""

    products: Callable[[Floats], Floats]  # weights, the bias last, to a value for each row
    back: Callable[[Floats], Floats]  # a value for each row to the gradient of the weights, the bias last
    labels: Floats  # 1 or 0
    costs: Floats  # of an error in each row; 0 leaves the row out


def balanced(labels: Floats, weights: Floats) -> Floats:
    """The cost of each row: its weight, scaled so that both classes count the same whatever their numbers."""
    used = weights > 0
    number = float(used.sum())
    positive = float((used & (labels > 0)).sum()) or 1.0
    negative = float((used & (labels <= 0)).sum()) or 1.0
    return COST * weights * np.where(labels > 0, number / (2 * positive), number / (2 * negative))


def solve(problem: Problem, start: Floats) -> Floats:
    """The weights, the bias last, of least penalty and cost; the search begins at *start*."""
    weights = start
    values = problem.products(weights)
    loss = _loss(problem, weights, values)
    for _ in range(_NEWTON_STEPS):
        chances = 1 / (1 + np.exp(-np.clip(values, -_FARTHEST, _FARTHEST)))
        gradient = weights + problem.back(problem.costs * (chances - problem.labels))
        if _dot(gradient, gradient) < _GRADIENT_SHARE**2 * max(1.0, _dot(weights, weights)):
            break
        step = _newton_step(problem, gradient, problem.costs * chances * (1 - chances))
        share = 1.0
        while share > _LEAST_STEP:
            tried = weights + share * step
            values = problem.products(tried)
            new_loss = _loss(problem, tried, values)
            if new_loss <= loss:
                break
            share /= 2
        weights, loss = tried, new_loss
    return weights


def _newton_step(problem: Problem, gradient: Floats, curvature: Floats) -> Floats:
    """Conjugate gradients on (1 + X' D X) step = -gradient."""
    step = np.zeros_like(gradient)
    rest = -gradient
    direction = rest.copy()
    size = _dot(rest, rest)
    goal = _INNER_SHARE**2 * size
    for _ in range(_INNER_STEPS):
        bent = direction + problem.back(curvature * problem.products(direction))
        length = size / _dot(direction, bent)
        step += length * direction
        rest -= length * bent
        new_size = _dot(rest, rest)
        if new_size < goal:
            break
        direction = rest + new_size / size * direction
        size = new_size
    return step


def _loss(problem: Problem, weights: Floats, values: Floats) -> float:
    errors = np.logaddexp(0.0, values) - problem.labels * values
    return 0.5 * _dot(weights, weights) + _dot(problem.costs, errors)


def _dot(one: Floats, other: Floats) -> float:
    """The inner product without BLAS, whose threads cost more than they save on vectors of 20,000."""
    return float(np.einsum("i,i->", one, other))


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts beside the background that the regression learns from."""

    counts: Sequence[Counts]
    labels: Floats  # 1: on topic; 0: not
    weights: Floats


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is known of the background's articles before anything is learned."""

    deviations: Floats  # of each article's BM25 score from the mean
    # Its score without expansion, as a share of the seeds' own above the background's median.
    nearness: Floats


def contrast(examples: Examples, corpus: Corpus, ranking: Ranking) -> tuple[Regression, Floats]:
    """The regression, cut to REGRESSION_TERMS, and its value for each article of the background."""
    rows = _Rows.of(examples, corpus)
    number = len(corpus)
    order = np.argsort(-ranking.deviations, kind="stable")
    doubtful = order[: max(LEAST_DOUBTFUL, int(DOUBTFUL_SHARE * number))]
    weights = np.ones(number)
    weights[doubtful] = 0.0
    labels = np.zeros(number)
    first = rows.fit(labels, weights, np.zeros(rows.width))
    sums = ranking.deviations + standard(rows.background(first))
    best = np.argsort(-sums, kind="stable")[:PSEUDO_SEEDS]
    labels[best] = 1.0
    weights[best] = np.clip((ranking.nearness[best] / PSEUDO_FULL_SHARE) ** 2, LEAST_PSEUDO_WEIGHT, 1.0)
    return rows.packed(rows.fit(labels, weights, first))


def standard(values: Floats) -> Floats:
    """*values* in standard deviations from their mean."""
    above: Floats = values - values.mean()
    return above / deviation(values)


def deviation(values: Floats) -> float:
    """The standard deviation; 1 where all values are the same, so that it divides."""
    found = float(values.std())
    return found if found > 1e-9 else 1.0


@dataclass(frozen=True, eq=False)
class _Rows:
    """Examples and background as one matrix that is never put together: the background's part is every topic's."""

    examples: csr_array  # over the corpus's vocabulary and, behind it, the terms that only examples have
    by_term: csr_array  # the transpose
    corpus: Corpus
    extra: tuple[str, ...]  # terms that only examples have
    labels: Floats  # of the examples
    weights: Floats  # of the examples

    @classmethod
    def of(cls, examples: Examples, corpus: Corpus) -> "_Rows":
        extra: dict[str, int] = {}
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for counts in examples.counts:
            for term, value in feature_values(counts).items():
                column = corpus.vocabulary.get(term)
                if column is None:
                    column = len(corpus.vocabulary) + extra.setdefault(term, len(extra))
                columns.append(column)
                values.append(value * corpus.rarity.of(term) / corpus.scale)
            ends.append(len(columns))
        shape = (len(examples.counts), len(corpus.vocabulary) + len(extra))
        matrix = csr_array((np.array(values), np.array(columns, dtype=np.int32), np.array(ends)), shape)
        return cls(
            matrix,
            matrix.T.tocsr(),
            corpus,
            tuple(extra),
            examples.labels,
            examples.weights,
        )

    @property
    def width(self) -> int:
        """Of a weight vector: terms, and the bias."""
        return int(self.examples.shape[1]) + 1

    def fit(self, labels: Floats, weights: Floats, start: Floats) -> Floats:
        """The weights that tell the examples, and the background under these *labels* and *weights*, apart."""
        both = np.concatenate([self.labels, labels])
        costs = balanced(both, np.concatenate([self.weights, weights]))
        return solve(Problem(self._products, self._back, both, costs), start)

    def background(self, weights: Floats) -> Floats:
        """The value of each article of the background."""
        values: Floats = self.corpus.features @ weights[: len(self.corpus.vocabulary)] + weights[-1]
        return values

    def packed(self, weights: Floats) -> tuple[Regression, Floats]:
        """The heaviest terms, and the values that these give the background."""
        terms = [*self.corpus.vocabulary, *self.extra]
        corpus = self.corpus
        own = np.array([corpus.rarity.of(term) for term in self.extra]) / corpus.scale
        folded = weights[:-1] * np.concatenate([corpus.factors, own])
        order = np.argsort(-np.abs(folded), kind="stable")[:REGRESSION_TERMS]
        order = order[np.abs(folded[order]) > 0]
        kept = np.zeros_like(weights)
        kept[order] = weights[order]
        kept[-1] = weights[-1]
        values = self.background(kept)
        regression = Regression(
            " ".join(terms[column] for column in order),
            folded[order].astype("<f4").tobytes(),
            float(weights[-1]),
            float(values.mean()),
            deviation(values),
        )
        return regression, values

    def _products(self, weights: Floats) -> Floats:
        return np.concatenate([self.examples @ weights[:-1] + weights[-1], self.background(weights)])

    def _back(self, values: Floats) -> Floats:
        number = len(self.labels)
        gradient = np.empty(self.width)
        gradient[:-1] = self.by_term @ values[:number]
        gradient[: len(self.corpus.vocabulary)] += self.corpus.features_by_term @ values[number:]
        gradient[-1] = values.sum()
        return gradient
