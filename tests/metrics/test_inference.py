"""Many tests at once, permutation p-values, bootstrap intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clusters.errors import MetricError
from clusters.metrics import bootstrap_interval, false_discovery, normal_p, permutation_p

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def test_false_discovery_by_hand() -> None:
    """p·m/rank, then the running minimum from the largest down: R's p.adjust does the same."""
    q = false_discovery(np.array([0.01, 0.04, 0.03, 0.2]))
    np.testing.assert_allclose(q, [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.2], rtol=1e-12)


@settings(max_examples=80)
@given(probabilities)
def test_false_discovery_agrees_with_scipy(p) -> None:
    np.testing.assert_allclose(
        false_discovery(np.array(p)), stats.false_discovery_control(p), rtol=1e-12
    )


@settings(max_examples=50)
@given(probabilities, st.floats(0.01, 0.5))
def test_false_discovery_rejects_what_benjamini_and_hochberg_reject(p, alpha) -> None:
    p = np.array(p)
    q = false_discovery(p)
    ranked = np.sort(p)
    passed = np.flatnonzero(ranked <= np.arange(1, len(p) + 1) * alpha / len(p))
    number = passed.max() + 1 if passed.size else 0
    near = np.isclose(q, alpha, rtol=1e-9).any()
    assert near or (q <= alpha).sum() == number
    assert ((q >= p - 1e-15) & (q <= 1)).all()


def test_false_discovery_keeps_shape_labels_and_missing() -> None:
    table = pd.DataFrame({"x": [0.01, np.nan], "y": [0.04, 0.03]}, index=["b", "a"])
    q = false_discovery(table)
    assert list(q.index) == ["b", "a"]
    assert q.isna().equals(table.isna())
    np.testing.assert_allclose(
        q.to_numpy()[q.notna()], stats.false_discovery_control([0.01, 0.04, 0.03]), rtol=1e-12
    )
    series = false_discovery(pd.Series([0.5, np.nan], name="p"))
    assert series.name == "p"
    assert series.tolist()[0] == 0.5
    assert np.isnan(false_discovery(np.array([[np.nan]]))).all()
    assert false_discovery(np.array([])).shape == (0,)


@pytest.mark.parametrize("bad", [-0.1, 1.95, np.inf])
def test_false_discovery_refuses_what_is_no_probability(bad) -> None:
    with pytest.raises(MetricError, match="between 0 and 1"):
        false_discovery(np.array([0.1, bad]))


def test_permutation_p_counts_both_tails() -> None:
    draws = np.arange(99.0)
    assert permutation_p(98.0, draws) == pytest.approx(3 / 100)  # one tie above
    assert permutation_p(200.0, draws) == pytest.approx(1 / 100)
    assert permutation_p(49.0, draws) == 1.0
    assert permutation_p(98.0, draws, alternative="greater") == pytest.approx(2 / 100)
    assert permutation_p(98.0, draws, alternative="less") == 1.0


def test_permutation_p_of_equal_draws_is_one() -> None:
    assert permutation_p(0.3, np.full(99, 0.1 + 0.2)) == 1.0


@settings(max_examples=50)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.floats(-5, 5))
def test_permutation_p_properties(draws, observed) -> None:
    """Never above 1 nor below 1/(P+1); the sides add up to 1 + (1 + ties)/(P + 1)."""
    draws = np.array(draws)
    two = permutation_p(observed, draws)
    up = permutation_p(observed, draws, alternative="greater")
    down = permutation_p(observed, draws, alternative="less")
    least = 1 / (len(draws) + 1)
    assert least - 1e-15 <= two <= 1
    assert two >= min(up, down) - 1e-15
    assert up + down >= 1 + least - 1e-12


def test_permutation_p_is_valid_under_the_null() -> None:
    """At most 5 % of true nulls fall below 0.05, by exchangeability."""
    rng = np.random.default_rng(3)
    values = rng.standard_normal((100, 4000))
    p = permutation_p(values[0], values[1:])
    assert (p <= 0.05).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


def test_permutation_p_vector_and_missing() -> None:
    p = permutation_p(np.array([0.0, np.nan]), np.zeros((9, 2)))
    assert p[0] == 1
    assert np.isnan(p[1])
    with pytest.raises(MetricError, match="no draws"):
        permutation_p(1.0, np.array([]))
    with pytest.raises(MetricError, match="two-sided"):
        permutation_p(1.0, np.ones(3), alternative="both")


def test_normal_p() -> None:
    assert normal_p(1.959963984540054) == pytest.approx(0.05, rel=1e-12)
    assert normal_p(-1.0, alternative="less") == pytest.approx(stats.norm.cdf(-1), rel=1e-12)
    assert normal_p(0.0) == 1.0
    assert np.isnan(normal_p(np.nan))
    with pytest.raises(MetricError, match="alternative"):
        normal_p(0.0, alternative="up")


def test_bootstrap_of_a_mean_covers_like_the_normal_interval() -> None:
    x = np.random.default_rng(2).normal(10, 2, 400)
    interval = bootstrap_interval(x, np.mean, draws=1999, seed=1)
    half = 1.96 * x.std() / 20
    assert interval.estimate == pytest.approx(x.mean())
    assert interval.low == pytest.approx(x.mean() - half, abs=0.15 * half)
    assert interval.high == pytest.approx(x.mean() + half, abs=0.15 * half)
    assert interval == bootstrap_interval(x, np.mean, draws=1999, seed=1)


def test_bootstrap_of_tables_and_undefined_statistics() -> None:
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    assert bootstrap_interval(table, lambda t: t["x"].mean(), draws=20, seed=0).low >= 1
    undefined = bootstrap_interval(np.zeros(3), lambda _: np.nan, draws=5, seed=0)
    assert np.isnan([undefined.low, undefined.high]).all()
    with pytest.raises(MetricError, match="at least one"):
        bootstrap_interval(np.array([]), np.mean)
    with pytest.raises(MetricError, match="confidence"):
        bootstrap_interval(np.ones(3), np.mean, confidence=2)
