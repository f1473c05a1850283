"""Kd: definition, identities, stated error bounds, and the coverage of the global band."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import norm

from clusters.errors import MetricError
from clusters.metrics import duranton_overman, parallel, why_undefined
from clusters.metrics.bands import with_bands, without_bands
from clusters.metrics.localisation import _choose
from clusters.metrics.pair_density import (
    as_cloud,
    direct_density,
    exact_density,
    grid_cell,
    grid_density,
    smoother,
)
from clusters.metrics.spread import silverman as bandwidth_of
from metrics.cases import RADII, sites


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


@pytest.mark.parametrize("method", ["exact", "grid", "sampled"])
def test_kd_integrates_to_one(method) -> None:
    points = sites(80)
    radii = np.linspace(0, 1.5 * pdist(points).max(), 2001)
    result = duranton_overman(points, radii, method=method, seed=0)
    assert np.trapezoid(result.density, radii) == pytest.approx(1, abs=1e-4)


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.integers(2, 150))
def test_approximations_keep_their_bounds(seed, number) -> None:
    points = sites(number, seed)
    sizes = np.random.default_rng(seed).lognormal(size=number)
    exact = duranton_overman(points, RADII, sizes=sizes, method="exact")
    assert exact.error_bound == 0
    grid = duranton_overman(points, RADII, sizes=sizes, method="grid")
    assert grid.method == "grid"
    assert np.abs(grid.density - exact.density).max() <= grid.error_bound


@settings(max_examples=6)
@given(st.integers(0, 2**31), st.floats(0.02, 3))
def test_grid_bound_holds_for_coarse_cells_too(seed, cells_per_bandwidth) -> None:
    """The bound is of the order of the square of the cell, and never less than the error."""
    points, w = sites(400, seed), np.random.default_rng(seed).lognormal(size=400)
    cloud, kernel = as_cloud(points, w), smoother(RADII, 900.0)
    grid = grid_density(cloud, kernel, 900.0 * cells_per_bandwidth)
    exact = direct_density(cloud, RADII, 900.0)
    assert np.abs(grid.density - exact).max() <= grid.error_bound


def test_grid_bound_is_worth_having() -> None:
    """At the default cell, an 8th of a bandwidth, it is a few percent of Kd; the error far less."""
    points = sites(2_000)
    exact = duranton_overman(points, RADII, method="exact")
    grid = duranton_overman(points, RADII, method="grid")
    assert grid.error_bound < 0.05 * exact.density.max()
    assert np.abs(grid.density - exact.density).max() < 0.3 * grid.error_bound


def test_moments_are_exact_to_rounding() -> None:
    """Many pairs go into intervals: against every kernel value as it stands."""
    points, w = sites(1_500), np.random.default_rng(5).lognormal(size=1_500)
    result = duranton_overman(points, RADII, sizes=w)
    assert 0 < result.error_bound * result.bandwidth_m < 1e-9
    expected = direct_density(as_cloud(points, w), RADII, result.bandwidth_m)
    assert np.abs(result.density - expected).max() <= result.error_bound
    np.testing.assert_allclose(result.density, expected, rtol=1e-9)


def test_moments_keep_a_stated_bound_when_intervals_must_be_wide() -> None:
    """A bandwidth of a metre over 30 km: the number of intervals is capped, the bound says so."""
    points = sites(1_500)
    kernel = smoother(np.array([0.0, 40e6]), 50.0)
    assert kernel.width > 50.0 / 100
    assert kernel.error_bound > smoother(RADII, 50.0).error_bound
    cloud = as_cloud(points, np.ones(1_500))
    exact = direct_density(cloud, kernel.radii, 50.0)
    assert np.abs(exact_density(cloud, kernel) - exact).max() <= kernel.error_bound


def test_bandwidth_by_counting_is_that_of_the_list() -> None:
    points = sites(3_500)  # 6.1 million pairs: counted, not listed
    assert bandwidth_of(points) == pytest.approx(silverman(points), rel=1e-6)
    # Half of all firms in one place: quartiles on a tie, outside of what a sample brackets.
    points[:1_800] = points[0]
    assert bandwidth_of(points) == pytest.approx(silverman(points), rel=1e-6)


def test_bandwidth_from_drawn_pairs() -> None:
    points = sites(20_100)
    kept = bandwidth_of(points[:19_000])
    assert bandwidth_of(points, seed=1) == pytest.approx(kept * (20_100 / 19_000) ** -0.4, rel=0.02)


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
    assert single_weight.method == "exact"
    assert duranton_overman([[1.0, 1.0]], RADII, method="grid").method == "grid"
    same = duranton_overman(np.ones((5, 2)), RADII)
    assert same.density.argmax() == 0
    assert np.isfinite(same.density).all()
    two = duranton_overman([[0, 0], [5_000, 0]], RADII, bandwidth_m=500)
    assert RADII[two.density.argmax()] == 5_000


def test_auto_chooses_by_the_number_of_pairs() -> None:
    cloud, kernel = as_cloud(sites(50), np.ones(50)), smoother(RADII, 900.0)
    assert _choose("auto", 3_000, 0, cloud, kernel) == "exact"
    assert _choose("auto", 2_000, 999, cloud, kernel) == "exact"
    assert _choose("auto", 100_000, 0, cloud, kernel) == "exact"
    assert _choose("auto", 100_001, 0, cloud, kernel) == "grid"
    assert _choose("auto", 20_000, 999, cloud, kernel) == "sampled"
    narrow = smoother(RADII, 3.0)
    assert grid_cell(cloud, narrow) > 1.5
    assert _choose("auto", 100_001, 0, cloud, narrow) == "sampled"
    assert _choose("grid", 3, 0, cloud, kernel) == "grid"


def test_redraws_do_not_depend_on_the_number_of_cores(monkeypatch) -> None:
    places = sites(2_500)
    results = []
    for number in (1, 3):
        monkeypatch.setattr(parallel, "cores", lambda number=number: number)
        results.append(
            duranton_overman(places[:2_200], RADII, sites=places, simulations=20, seed=4)
        )
    np.testing.assert_array_equal(results[0].density, results[1].density)
    np.testing.assert_array_equal(results[0].global_high, results[1].global_high)


def test_all_sites_taken_is_neither_localised_nor_dispersed() -> None:
    """Every redraw is the industry itself: differences of rounding are no structure."""
    places = sites(60)
    result = duranton_overman(places, RADII, sites=places, simulations=39, seed=0)
    assert (result.localisation == 0).all()
    assert (result.dispersion == 0).all()


def test_sampled_redraws_find_what_exact_ones_find() -> None:
    places = sites(600)
    crowd = places[np.argsort(np.hypot(*places.T))[:60]]
    result = duranton_overman(crowd, RADII, sites=places, simulations=40, seed=1, method="sampled")
    assert result.method == "sampled"
    assert result.localisation[RADII < 4_000].min() > 0


def test_one_firm_with_all_the_weight_cannot_be_sampled() -> None:
    sizes = np.array([1.0, 1e-9, 1e-9])
    exact = duranton_overman(sites(3), RADII, sizes=sizes)
    assert np.isfinite(exact.density).all()
    with pytest.raises(MetricError, match="nearly all the weight"):
        duranton_overman(sites(3), RADII, sizes=sizes, method="sampled")


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
    """Of 700 industries drawn blindly, 5 % leave the global band anywhere, many more the local."""
    places, rng = sites(300), np.random.default_rng(2)
    radii = np.linspace(0, 25_000, 26)
    outside, local = 0, 0
    for seed in range(700):
        blind = places[rng.choice(300, 25, replace=False)]
        result = duranton_overman(blind, radii, sites=places, simulations=399, seed=seed)
        outside += bool((result.localisation > 0).any() or (result.dispersion > 0).any())
        local += bool(
            (result.density > result.local_high).any() or (result.density < result.local_low).any()
        )
    assert 0.03 <= outside / 700 <= 0.07
    assert local / 700 > 0.12


@pytest.mark.slow
@pytest.mark.parametrize("simulations", [39, 199, 999])
def test_global_band_covers_with_few_and_many_redraws(simulations) -> None:
    """Of 1 500 skewed random curves, correlated along r, 5 % ± 2 % leave the band."""
    rng, steps = np.random.default_rng(0), np.linspace(0, 1, 60)
    root = np.linalg.cholesky(
        np.exp(-np.abs(steps[:, None] - steps) / 0.15) + 1e-9 * np.eye(len(steps))
    )
    outside = 0
    for _ in range(1_500):
        curves = np.exp(0.3 * rng.normal(size=(simulations + 1, 60)) @ root.T)
        result = with_bands(without_bands(steps, curves[0]), curves[1:], 0.95)
        outside += bool((result.localisation > 0).any() or (result.dispersion > 0).any())
    assert 0.03 <= outside / 1_500 <= 0.07


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
        (lambda: duranton_overman(P, RADII, method="fft"), "exact, grid or sampled"),
        (lambda: duranton_overman(P, RADII, bandwidth_m=0), "bandwidth_m"),
        (lambda: duranton_overman(P, []), "no values"),
        (lambda: duranton_overman(P * np.inf, RADII), "row 0"),
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
