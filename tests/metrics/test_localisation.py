"""Kd and M: definitions, identities, stated error bounds, and the coverage of the bands."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import norm

from clusters.errors import MetricError
from clusters.metrics import duranton_overman, marcon_puech_m, why_undefined

RADII = np.linspace(0, 30_000, 61)


def sites(number: int, seed: int = 0) -> np.ndarray:
    """Return places around three towns: firms are never spread evenly."""
    rng = np.random.default_rng(seed)
    towns = np.array([[0, 0], [25_000, 5_000], [10_000, 30_000]])
    return towns[rng.integers(0, 3, number)] + rng.normal(0, 5_000, (number, 2))


def slow_kd(points, radii, h, sizes=None) -> np.ndarray:
    """Return Kd from the definition with scipy's normal density."""
    n = len(points)
    sizes = np.ones(n) if sizes is None else np.asarray(sizes, dtype=float)
    weight = np.outer(sizes, sizes)[np.triu_indices(n, 1)]
    d = pdist(points)[:, None]
    kernel = norm.pdf((radii - d) / h) + norm.pdf((radii + d) / h)
    return (weight[:, None] * kernel).sum(axis=0) / (h * weight.sum())


def silverman(points) -> float:
    d = pdist(points)
    low, high = np.quantile(d, [0.25, 0.75])
    return 0.9 * min(d.std(ddof=1), (high - low) / 1.34) * len(d) ** -0.2


def test_kd_is_the_definition() -> None:
    points = sites(120)
    result = duranton_overman(points, RADII)
    assert result.method == "exact"
    assert result.error_bound == 0
    assert result.bandwidth_m == pytest.approx(silverman(points), rel=1e-12)
    np.testing.assert_allclose(result.density, slow_kd(points, RADII, silverman(points)), rtol=1e-9)
    sizes = np.random.default_rng(1).integers(0, 9, 120)
    weighted = duranton_overman(points, RADII, sizes=sizes)
    np.testing.assert_allclose(
        weighted.density, slow_kd(points, RADII, silverman(points), sizes), rtol=1e-9
    )


@pytest.mark.parametrize("method", ["exact", "binned", "sampled"])
def test_kd_integrates_to_one(method) -> None:
    points = sites(80)
    radii = np.linspace(0, 1.5 * pdist(points).max(), 2001)
    result = duranton_overman(points, radii, method=method, seed=0)
    assert np.trapezoid(result.density, radii) == pytest.approx(1, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 150))
def test_approximations_keep_their_bounds(seed, number) -> None:
    points = sites(number, seed)
    sizes = np.random.default_rng(seed).lognormal(size=number)
    exact = duranton_overman(points, RADII, sizes=sizes, method="exact")
    binned = duranton_overman(points, RADII, sizes=sizes, method="binned")
    assert np.abs(binned.density - exact.density).max() <= binned.error_bound


def test_sampled_pairs_keep_their_bound() -> None:
    """95 % bound: all of 5 seeds stay within it but for bad luck of one."""
    points = sites(60, 3)
    exact = duranton_overman(points, RADII, method="exact").density
    broken = 0
    for seed in range(5):
        drawn = duranton_overman(points, RADII, method="sampled", seed=seed)
        broken += np.abs(drawn.density - exact).max() > drawn.error_bound
    assert broken <= 1
    assert drawn.error_bound < 0.002 * 0.8 / drawn.bandwidth_m


def test_kd_does_not_see_order_place_or_size_unit() -> None:
    points, rng = sites(50), np.random.default_rng(0)
    sizes = rng.integers(1, 9, 50)
    base = duranton_overman(points, RADII, sizes=sizes).density
    order = rng.permutation(50)
    other = duranton_overman(points[order] + 3e6, RADII, sizes=sizes[order] * 1e9).density
    np.testing.assert_allclose(other, base, rtol=1e-6)


def test_kd_edge_cases() -> None:
    for points in (np.empty((0, 2)), [[1.0, 1.0]]):
        result = duranton_overman(points, RADII)
        assert np.isnan(result.density).all()
        assert why_undefined(result) == "too_few_points"
    single_weight = duranton_overman([[0, 0], [1, 1]], RADII, sizes=[1, 0])
    assert single_weight.reason == "too_few_points"
    same = duranton_overman(np.ones((5, 2)), RADII)
    assert same.density.argmax() == 0
    assert np.isfinite(same.density).all()
    two = duranton_overman([[0, 0], [5_000, 0]], RADII, bandwidth_m=500)
    assert RADII[two.density.argmax()] == 5_000


def test_auto_chooses_by_the_number_of_pairs() -> None:
    from clusters.metrics.localisation import _choose

    assert _choose("auto", 3_000, 0) == "exact"
    assert _choose("auto", 3_000, 10) == "binned"
    assert _choose("auto", 100_000, 0) == "binned"
    assert _choose("auto", 100_001, 0) == "sampled"
    assert _choose("auto", 20_000, 999) == "sampled"


def test_localised_industry_is_found_and_average_is_not() -> None:
    places = sites(600)
    crowd = places[np.argsort(np.hypot(*places.T))[:60]]
    near = duranton_overman(crowd, RADII, sites=places, simulations=199, seed=1)
    assert near.localisation.max() > 0
    assert near.localisation[RADII < 4_000].min() > 0
    assert (near.localisation * near.dispersion == 0).all()
    assert (near.global_low <= near.local_low + 1e-18).all()
    assert (near.global_high >= near.local_high - 1e-18).all()
    again = duranton_overman(crowd, RADII, sites=places, simulations=199, seed=1)
    np.testing.assert_array_equal(again.global_high, near.global_high)
    assert near.simulations == 199


@pytest.mark.slow
def test_global_band_covers_as_promised() -> None:
    """Of 300 industries drawn blindly, 5 % leave the global band anywhere, many more the local."""
    places, rng = sites(300), np.random.default_rng(2)
    radii = np.linspace(0, 25_000, 26)
    outside, local = 0, 0
    for seed in range(300):
        blind = places[rng.choice(300, 25, replace=False)]
        result = duranton_overman(blind, radii, sites=places, simulations=399, seed=seed)
        outside += bool((result.localisation > 0).any() or (result.dispersion > 0).any())
        local += bool(
            (result.density > result.local_high).any() or (result.density < result.local_low).any()
        )
    assert 0.02 <= outside / 300 <= 0.09
    assert local / 300 > 0.12


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


@settings(max_examples=20, deadline=None)
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


P = sites(30)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: duranton_overman(P, RADII, simulations=99), "no sites for 30"),
        (lambda: duranton_overman(P, RADII, P[:9], simulations=99), "9 sites for 30"),
        (lambda: duranton_overman(P, RADII, P, simulations=5), "at least 20"),
        (lambda: duranton_overman(P, RADII, P, simulations=-1), "simulations"),
        (lambda: duranton_overman(P, RADII, confidence=1), "confidence"),
        (lambda: duranton_overman(P, RADII, sizes=[1, 2]), "shape"),
        (lambda: duranton_overman(P, RADII, sizes=np.full(30, -1.0)), "negative"),
        (lambda: duranton_overman(P, RADII, sizes=np.zeros(30)), "all 0"),
        (lambda: duranton_overman(P, RADII, method="fft"), "exact, binned or sampled"),
        (lambda: duranton_overman(P, RADII, bandwidth_m=0), "bandwidth_m"),
        (lambda: duranton_overman(P, []), "no values"),
        (lambda: duranton_overman(P * np.inf, RADII), "row 0"),
        (lambda: marcon_puech_m(P, RADII, np.ones(30)), "boolean"),
        (lambda: marcon_puech_m(P, RADII, np.ones(3, dtype=bool)), "shape"),
    ],
)
def test_bad_input_is_named(call, words) -> None:
    with pytest.raises(MetricError, match=words), np.errstate(invalid="ignore"):
        call()


def test_huge_sizes() -> None:
    sizes = np.linspace(1, 2, 30)
    base = duranton_overman(P, RADII, sizes=sizes).density
    np.testing.assert_allclose(
        duranton_overman(P, RADII, sizes=sizes * 1e300).density, base, rtol=1e-9
    )
    assert math.isfinite(base.max())
