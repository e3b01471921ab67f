import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.topics.regression import COST, Problem, balanced, solve


def problem(rows: np.ndarray, labels: np.ndarray, costs: np.ndarray) -> Problem:
    full = np.column_stack([rows, np.ones(len(rows))])
    return Problem(lambda weights: full @ weights, lambda values: full.T @ values, labels, costs)


def gradient(rows: np.ndarray, labels: np.ndarray, costs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    full = np.column_stack([rows, np.ones(len(rows))])
    chances = 1 / (1 + np.exp(-full @ weights))
    return weights + full.T @ (costs * (chances - labels))


def drawn(seed: int, number: int = 40, width: int = 6) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(number, width))
    return rows, (rows[:, 0] + 0.3 * random.normal(size=number) > 0.5).astype(float)


@given(st.integers(0, 10_000))
def test_solution_lies_where_the_loss_is_flat(seed: int) -> None:
    rows, labels = drawn(seed)
    costs = balanced(labels, np.ones(len(labels)))

    weights = solve(problem(rows, labels, costs), np.zeros(7))

    assert np.linalg.norm(gradient(rows, labels, costs, weights)) < 0.05 * max(
        1.0, float(np.linalg.norm(weights))
    )


def test_search_from_elsewhere_ends_at_the_same_place() -> None:
    rows, labels = drawn(1)
    asked = problem(rows, labels, balanced(labels, np.ones(len(labels))))

    assert solve(asked, np.full(7, 2.0)) == pytest.approx(solve(asked, np.zeros(7)), abs=0.1)


def test_row_without_cost_teaches_nothing() -> None:
    rows, labels = drawn(2)
    costs = balanced(labels, np.ones(len(labels)))
    with_odd = np.vstack([rows, np.full(6, 50.0)])

    alone = solve(problem(rows, labels, costs), np.zeros(7))
    beside = solve(problem(with_odd, np.append(labels, 0.0), np.append(costs, 0.0)), np.zeros(7))

    assert beside == pytest.approx(alone, abs=1e-9)


def test_both_classes_count_the_same_whatever_their_numbers() -> None:
    labels = np.array([1.0] + [0.0] * 9)

    costs = balanced(labels, np.ones(10))

    assert costs[0] == pytest.approx(costs[1:].sum())
    assert costs.sum() == pytest.approx(COST * 10)


def test_heavier_rows_count_more_and_rows_left_out_are_not_counted() -> None:
    costs = balanced(np.array([1.0, 0.0, 0.0, 0.0]), np.array([3.0, 1.0, 5.0, 0.0]))

    assert costs[0] == pytest.approx(COST * 3 * 1.5)
    assert costs[2] == pytest.approx(5 * costs[1])
    assert costs[3] == 0
