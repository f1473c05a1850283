"""M and m: definitions, identities, and redraws that reuse what does not move."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import norm

from clusters.errors import MetricError
from clusters.metrics import marcon_puech_m, marcon_puech_m_density
from metrics.cases import RADII, sites


def slow_m(points, radii, sector, sizes) -> np.ndarray:
    """Return M from the definition, firm by firm."""
    out = []
    for r in radii:
        top = bottom = 0.0
        for k in np.flatnonzero(sector):
            d = np.hypot(*(points - points[k]).T)
            near = (d <= r) & (np.arange(len(points)) != k)
            everything = sizes[near].sum()
            if everything > 0:
                top += sizes[near & sector].sum() / everything
                bottom += (sizes[sector].sum() - sizes[k]) / (sizes.sum() - sizes[k])
        out.append(top / bottom if bottom else np.nan)
    return np.array(out)


@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_m_is_the_definition(seed) -> None:
    rng = np.random.default_rng(seed)
    points, sector = sites(70, seed), rng.random(70) < 0.3
    sector[:2] = True
    sizes = rng.lognormal(size=70)
    radii = np.array([500.0, 2_000.0, 10_000.0, 1e5])
    result = marcon_puech_m(points, radii, sector, sizes)
    np.testing.assert_allclose(result.density, slow_m(points, radii, sector, sizes), rtol=1e-9)
    assert result.density[-1] == pytest.approx(1, rel=1e-9)  # everything is in reach


def test_m_of_everything_is_one() -> None:
    result = marcon_puech_m(sites(50), [3_000, 20_000], np.ones(50, dtype=bool))
    np.testing.assert_allclose(result.density, 1, rtol=1e-12)


def test_m_by_hand() -> None:
    """Two firms of the sector 1 m apart, two others far off: each sees only its own kind: M = 3."""
    points = np.array([[0, 0], [1, 0], [500, 0], [900, 0.0]])
    result = marcon_puech_m(points, [1, 1_000], np.array([True, True, False, False]))
    np.testing.assert_allclose(result.density, [3, 1], rtol=1e-12)


def test_m_bands_and_undefined() -> None:
    points = sites(200)
    sector = np.hypot(*points.T) < 3_000
    result = marcon_puech_m(points, [1_000, 4_000, 60_000], sector, simulations=99, seed=1)
    assert result.localisation[0] > 0
    assert result.localisation[2] == pytest.approx(0, abs=1e-12)
    lonely = marcon_puech_m(points, [1e-6, 4_000], sector, simulations=39, seed=0)
    assert np.isnan(lonely.density[0])
    assert lonely.reason == "no_neighbour_in_reach"
    one = marcon_puech_m(points, [1_000], np.arange(200) == 3)
    assert one.reason == "too_few_points"


def test_redraws_with_equal_weights_reuse_the_surroundings() -> None:
    """Equal weights count them once, weights that differ by nothing but rounding every time."""
    points = sites(150)
    sector = np.hypot(*points.T) < 3_000
    radii = [1_000, 5_000, 20_000]
    reused = marcon_puech_m(points, radii, sector, simulations=39, seed=3)
    sizes = np.ones(150)
    sizes[0] = 1 - 1e-13
    anew = marcon_puech_m(points, radii, sector, sizes, simulations=39, seed=3)
    np.testing.assert_allclose(reused.global_high, anew.global_high, rtol=1e-9)
    np.testing.assert_allclose(reused.local_low, anew.local_low, rtol=1e-9)


def test_weighted_redraws_deal_sector_and_size_out_together() -> None:
    points, rng = sites(120), np.random.default_rng(0)
    sizes, sector = rng.lognormal(size=120), rng.random(120) < 0.3
    result = marcon_puech_m(points, [2_000, 60_000], sector, sizes, simulations=199, seed=1)
    assert result.local_low[0] < 1 < result.local_high[0]
    assert result.global_low[1] == pytest.approx(1, abs=1e-9)  # everything is in reach
    assert result.localisation[1] == result.dispersion[1] == 0


def slow_m_density(points, radii, sector, sizes, h) -> np.ndarray:
    """Return m from the definition, firm by firm."""
    out = []
    for r in radii:
        top = bottom = 0.0
        for k in np.flatnonzero(sector):
            d = np.hypot(*(points - points[k]).T)
            weight = sizes * (norm.pdf((r - d) / h) + norm.pdf((r + d) / h))
            weight[k] = 0
            top += weight[sector].sum() / weight.sum()
            bottom += (sizes[sector].sum() - sizes[k]) / (sizes.sum() - sizes[k])
        out.append(top / bottom)
    return np.array(out)


@settings(max_examples=10)
@given(st.integers(0, 2**31))
def test_m_density_is_the_definition(seed) -> None:
    rng = np.random.default_rng(seed)
    points, sector = sites(60, seed), rng.random(60) < 0.3
    sector[:2] = True
    sizes = rng.lognormal(size=60)
    radii = np.array([0.0, 2_000.0, 10_000.0])
    result = marcon_puech_m_density(points, radii, sector, sizes, bandwidth_m=4_000)
    expected = slow_m_density(points, radii, sector, sizes, 4_000)
    np.testing.assert_allclose(result.density, expected, rtol=1e-7)


def test_m_density_of_everything_is_one_and_takes_silvermans_bandwidth() -> None:
    points = sites(50)
    result = marcon_puech_m_density(points, [3_000, 20_000], np.ones(50, dtype=bool))
    np.testing.assert_allclose(result.density, 1, rtol=1e-9)
    d = pdist(points)
    low, high = np.quantile(d, [0.25, 0.75])
    spread = min(d.std(ddof=1), (high - low) / 1.34)
    assert result.bandwidth_m == pytest.approx(0.9 * spread * len(d) ** -0.2)


def test_m_density_bands_and_undefined() -> None:
    points = sites(200)
    sector = np.hypot(*points.T) < 3_000
    result = marcon_puech_m_density(points, [1_000, 25_000], sector, simulations=99, seed=1)
    assert result.localisation[0] > 0
    far = marcon_puech_m_density(points, [1_000, 1e6], sector, bandwidth_m=500)
    assert np.isfinite(far.density[0])
    assert np.isnan(far.density[1])
    assert far.reason == "no_neighbour_in_reach"
    one = marcon_puech_m_density(points, [1_000], np.arange(200) == 3)
    assert one.reason == "too_few_points"


P = sites(30)


@pytest.mark.parametrize("function", [marcon_puech_m, marcon_puech_m_density])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_sector": np.ones(30)}, "boolean"),
        ({"is_sector": np.ones(3, dtype=bool)}, "shape"),
        ({"sizes": np.full(30, np.inf)}, "infinite"),
        ({"radii": [2.0, 1.0]}, "ascend"),
        ({"simulations": 3}, "at least 20"),
        ({"points": P * np.nan}, "row 0"),
    ],
)
def test_bad_input_is_named(function, change, words) -> None:
    good = {"points": P, "radii": RADII, "is_sector": np.arange(30) < 9}
    with pytest.raises(MetricError, match=words):
        function(**{**good, **change})


def test_bandwidth_must_be_positive() -> None:
    with pytest.raises(MetricError, match="bandwidth_m"):
        marcon_puech_m_density(P, RADII, np.arange(30) < 9, bandwidth_m=-1)
