"""Geary's C: by hand, moments of all permutations, agreement with Moran on direction."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import MetricError
from clusters.metrics import geary, moran, why_undefined

CHAIN = np.eye(6, k=1) + np.eye(6, k=-1)


def test_geary_by_hand() -> None:
    """1, 2, 3, 4 in a chain: Σ w (y_i - y_j)² = 6, S0 = 6, z'z = 5: C = 3·6/(2·6·5) = 0.3."""
    chain = CHAIN[:4, :4]
    result = geary([1, 2, 3, 4], chain, transform="given", null="normality")
    assert result.statistic == pytest.approx(0.3, rel=1e-12)
    assert result.expectation == 1


@pytest.mark.parametrize("transform", ["row", "given"])
def test_moments_are_those_of_all_permutations(transform) -> None:
    y = np.array([1.0, 2.0, 4.0, 8.0, 9.0, 0.5])
    w = CHAIN if transform == "given" else CHAIN / CHAIN.sum(axis=1, keepdims=True)
    orders = np.array(list(itertools.permutations(y)))
    gaps = (orders[:, :, None] - orders[:, None, :]) ** 2
    every = 5 * (w * gaps).sum(axis=(1, 2)) / (2 * w.sum() * ((y - y.mean()) ** 2).sum())
    result = geary(y, CHAIN, transform=transform, null="randomisation")
    assert every.mean() == pytest.approx(1, rel=1e-9)
    assert result.variance == pytest.approx(every.var(), rel=1e-9)
    drawn = geary(y, CHAIN, transform=transform, permutations=9_999, seed=1)
    tails = (every >= drawn.statistic - 1e-9).mean(), (every <= drawn.statistic + 1e-9).mean()
    assert drawn.p == pytest.approx(min(1, 2 * min(tails)), abs=0.02)


def test_normality_variance_is_that_of_normal_draws() -> None:
    y = np.random.default_rng(0).standard_normal((40_000, 6))
    w = CHAIN / CHAIN.sum(axis=1, keepdims=True)
    gaps = (y[:, :, None] - y[:, None, :]) ** 2
    c = 5 * (w * gaps).sum(axis=(1, 2)) / (2 * w.sum() * (y.var(axis=1) * 6))
    assert geary(y[0], CHAIN, null="normality").variance == pytest.approx(c.var(), rel=0.03)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.floats(1e-3, 1e3))
def test_unit_and_order_do_not_matter(seed, unit) -> None:
    rng = np.random.default_rng(seed)
    y, order = rng.standard_normal(6), rng.permutation(6)
    base = geary(y, CHAIN, null="randomisation")
    other = geary(y[order] * unit, CHAIN[np.ix_(order, order)], null="randomisation")
    assert other.statistic == pytest.approx(base.statistic, rel=1e-9)
    assert other.variance == pytest.approx(base.variance, rel=1e-9)
    assert base.statistic > 0
    assert 0 <= base.p <= 1


def test_smooth_fields_are_below_one_where_moran_is_positive() -> None:
    assert geary(range(6), CHAIN, seed=0).statistic < 1
    assert moran(range(6), CHAIN, seed=0).statistic > 0
    assert geary(range(6), CHAIN, seed=3) == geary(range(6), CHAIN, seed=3)


def test_undefined_and_bad_input() -> None:
    assert why_undefined(geary(np.ones(6), CHAIN)) == "no_variation"
    assert why_undefined(geary([1, 2], np.zeros((2, 2)))) == "no_neighbours"
    assert why_undefined(geary([1], [[0]])) == "too_few_areas"
    three = geary([1, 2, 4], CHAIN[:3, :3], null="randomisation")
    assert three.reason == "too_few_areas"
    with pytest.raises(MetricError, match="randomisation"):
        geary([1, 2], CHAIN[:2, :2], null="exact")
    with pytest.raises(MetricError, match="permutations"):
        geary([1, 2], CHAIN[:2, :2], permutations=0)
    with pytest.raises(MetricError, match="shape"):
        geary([1, 2, 3], CHAIN)
