"""Join counts against every arrangement of the marks, and known relations."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import lat2W

from clusters.errors import MetricError
from clusters.metrics import join_counts, why_undefined


def ring(n: int) -> np.ndarray:
    w = np.zeros((n, n))
    for k in range(n):
        w[k, (k + 1) % n] = w[(k + 1) % n, k] = 1
    return w


def slow(y: np.ndarray, w: np.ndarray) -> list[float]:
    return [
        0.5 * sum(w[i, j] * y[i] * y[j] for i in range(len(y)) for j in range(len(y))),
        0.5 * sum(w[i, j] * (1 - y[i]) * (1 - y[j]) for i in range(len(y)) for j in range(len(y))),
        0.5 * sum(w[i, j] * (y[i] - y[j]) ** 2 for i in range(len(y)) for j in range(len(y))),
    ]


@pytest.mark.parametrize("kind", ["ring", "random", "directed"])
@pytest.mark.parametrize("marked", [1, 2, 4])
def test_moments_are_those_of_all_arrangements(kind, marked) -> None:
    rng = np.random.default_rng(3)
    w = ring(7) if kind == "ring" else rng.random((7, 7)) * (rng.random((7, 7)) < 0.5)
    np.fill_diagonal(w, 0)
    if kind == "random":
        w = w + w.T
    every = []
    for places in combinations(range(7), marked):
        y = np.zeros(7)
        y[list(places)] = 1
        every.append(slow(y, w))
    table = join_counts(y, w, permutations=0)
    np.testing.assert_allclose(table["statistic"], slow(y, w), rtol=1e-12)
    np.testing.assert_allclose(table["expectation"], np.mean(every, axis=0), atol=1e-12)
    np.testing.assert_allclose(table["variance"], np.var(every, axis=0), atol=1e-11)


def test_chessboard_by_hand() -> None:
    """4 × 4 chessboard: 24 joins, all of them unlike."""
    y = (np.indices((4, 4)).sum(axis=0) % 2).ravel()
    table = join_counts(y, lat2W(4, 4), seed=1)
    assert table["statistic"].tolist() == [0, 0, 24]
    assert table.loc["BW", "expectation"] == pytest.approx(24 * 2 * 8 * 8 / (16 * 15))
    assert (table["p"] < 0.05).all()
    assert table.loc["BW", "z"] > 3
    halves = join_counts(np.repeat([0, 1], 8), lat2W(4, 4), seed=1)
    assert halves["statistic"].tolist() == [10, 10, 4]
    assert halves.loc["BB", "z"] > 2


def test_permutation_p_agrees_with_z() -> None:
    rng = np.random.default_rng(0)
    y = pd.Series(rng.random(100) < 0.4)
    drawn = join_counts(y.astype(float), lat2W(10, 10), permutations=4_999, seed=0)
    normal = join_counts(y.astype(float), lat2W(10, 10), permutations=0)
    np.testing.assert_allclose(drawn["p"], normal["p"], atol=0.1)
    np.testing.assert_array_equal(drawn["z"], normal["z"])


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(5, 12))
def test_relations(seed, n) -> None:
    """The three add up to all joins; exchanging marked and not exchanges BB and WW."""
    rng = np.random.default_rng(seed)
    w = (rng.random((n, n)) < 0.4).astype(float)
    np.fill_diagonal(w, 0)
    y = np.zeros(n)
    y[: rng.integers(1, n)] = 1
    one, other = (join_counts(marks, w, permutations=19, seed=1) for marks in (y, 1 - y))
    assert one["statistic"].sum() == pytest.approx(w.sum() / 2)
    assert one["expectation"].sum() == pytest.approx(w.sum() / 2)
    np.testing.assert_allclose(one["variance"].to_numpy()[[1, 0, 2]], other["variance"], atol=1e-9)
    assert one["p"].dropna().between(0, 1).all()


def test_undefined_and_bad_input() -> None:
    alike = join_counts(np.ones(9), lat2W(3, 3))
    assert alike["statistic"].tolist() == [12, 0, 0]
    assert alike["p"].isna().all()
    assert (why_undefined(alike)["p"] == "no_variation").all()
    few = join_counts([0, 1, 0], ring(3))
    assert (why_undefined(few)["z"] == "too_few_areas").all()
    complete = np.ones((5, 5)) - np.eye(5)
    assert join_counts([1, 1, 0, 0, 0], complete)["z"].isna().all()
    with pytest.raises(MetricError, match="marked holds"):
        join_counts([0, 2, 1, 0], ring(4))
    with pytest.raises(MetricError, match="permutations"):
        join_counts([0, 1, 1, 0], ring(4), permutations=-1)
