"""A logistic regression with an L2 penalty on sparse rows, solved by Newton's method with conjugate gradients. Pure.

Own code of some eighty lines instead of a learning library of 100 MB: one small problem, solved in one way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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
