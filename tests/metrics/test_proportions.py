"""Exact limits of proportions against published values, and combinations worked out once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clusters.metrics.proportions import once_each, proportion_bounds


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 5 (exact, Clopper-Pearson).
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_limits_are_the_published_ones(k: int, n: int, low: float, high: float) -> None:
    found = proportion_bounds(np.array(k), np.array(n))
    assert found == pytest.approx((low, high), abs=5e-5)


def test_limits_are_those_at_which_the_count_just_becomes_unlikely() -> None:
    k, n = np.arange(1, 40), np.full(39, 40)
    low, high = proportion_bounds(k, n, confidence=0.9)
    np.testing.assert_allclose(stats.binom.sf(k - 1, n, low), 0.05, rtol=1e-9)
    np.testing.assert_allclose(stats.binom.cdf(k, n, high), 0.05, rtol=1e-9)


def test_nothing_and_everything_reach_the_ends() -> None:
    low, high = proportion_bounds(np.array([0, 7, 0]), np.array([7, 7, 0]))
    assert low[0] == 0.0
    assert high[1] == 1.0
    assert (low[2], high[2]) == (0.0, 1.0)  # of no firms any share is possible


def test_limits_take_tables_with_their_totals() -> None:
    counts = np.array([[3.0, 0.0], [1.0, 5.0], [3.0, 5.0]])
    low, high = proportion_bounds(counts, counts.sum(axis=0, keepdims=True))
    for row, column in np.ndindex(counts.shape):
        one = proportion_bounds(counts[row, column], counts[:, column].sum())
        assert (low[row, column], high[row, column]) == one


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2), st.integers(0, 1)), max_size=40),
)
def test_each_combination_is_worked_out_once_and_lands_in_its_cells(rows) -> None:
    columns = np.array(rows, dtype=float).reshape(-1, 3).T
    asked: list[tuple[float, ...]] = []

    def function(*vectors: np.ndarray) -> np.ndarray:
        asked.extend(zip(*vectors, strict=True))
        return vectors[0] * 100 + vectors[1] * 10 + vectors[2]

    found = once_each(function, *columns)
    np.testing.assert_array_equal(found, columns[0] * 100 + columns[1] * 10 + columns[2])
    assert len(asked) == len(set(asked)) == len(set(map(tuple, columns.T)))


def test_arguments_broadcast() -> None:
    rows, columns = np.arange(3.0)[:, None], np.arange(4.0)
    np.testing.assert_array_equal(once_each(np.add, rows, columns), rows + columns)
    np.testing.assert_array_equal(once_each(np.add, rows, np.float64(1)), rows + 1)
