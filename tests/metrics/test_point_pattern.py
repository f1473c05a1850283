"""Ripley's K, nearest neighbours, ellipse and kernel density against slow, plain computations."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from clusters.errors import MetricError
from clusters.metrics import (
    clark_evans,
    kernel_density,
    point_pattern,
    ripley_k,
    ripley_l,
    standard_ellipse,
    why_undefined,
)
from clusters.metrics.point_pattern import lattice_sums_of

SQUARE = (0.0, 0.0, 1000.0, 1000.0)
# A concave window with a hole.
ODD = shapely.Polygon(
    [(0, 0), (1000, 0), (1000, 400), (500, 400), (500, 1000), (0, 1000)],
    [[(100, 100), (250, 100), (250, 250), (100, 250)]],
)
RADII = np.array([20.0, 60.0, 150.0, 300.0])


def inside(window, number: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    west, south, east, north = window.bounds
    points = np.column_stack(
        [rng.uniform(west, east, 20 * number), rng.uniform(south, north, 20 * number)]
    )
    return points[shapely.contains_xy(window, points[:, 0], points[:, 1])][:number]


def slow_k(points, radii, window, edge) -> np.ndarray:
    """Return K from the definition, pair by pair; ``edge`` gives e_ij."""
    n = len(points)
    total = np.zeros(len(radii))
    for i in range(n):
        for j in range(n):
            d = math.dist(points[i], points[j])
            if i != j and d <= radii[-1]:
                total[d <= radii] += edge(points[i], points[j], d)
    return window.area / (n * (n - 1)) * total


@pytest.mark.parametrize("window", [shapely.box(*SQUARE), ODD], ids=["square", "odd"])
def test_k_without_and_with_translation(window) -> None:
    points = inside(window, 60)
    plain = slow_k(points, RADII, window, lambda *_: 1.0)
    np.testing.assert_allclose(ripley_k(points, RADII, window, "none"), plain, rtol=1e-9)

    def overlap(a, b, _):
        return window.area / window.intersection(affinity.translate(window, *(b - a))).area

    expected = slow_k(points, RADII, window, overlap)
    np.testing.assert_allclose(ripley_k(points, RADII, window), expected, rtol=1e-9)


def test_overlaps_from_a_lattice_keep_their_bound() -> None:
    """Many pairs in a window that is no rectangle: error of each overlap, and of K."""
    points = inside(ODD, 300)
    exact = ripley_k(points, RADII, ODD)  # one by one
    xy = points[np.lexsort(points.T[::-1])]
    lattice = lattice_sums_of(xy, RADII, ODD) * ODD.area / (300 * 299)
    step = RADII[-1] / 96
    angles = np.arange(0, 6.3, 0.1)
    smallest = min(
        ODD.intersection(affinity.translate(ODD, *v)).area
        for v in RADII[-1] * np.column_stack([np.cos(angles), np.sin(angles)])
    )
    bound = step * ODD.length / np.sqrt(2) / smallest
    assert np.abs(lattice / exact - 1).max() < bound
    assert np.abs(lattice / exact - 1).max() < 1e-3


def test_k_of_many_pairs_in_an_odd_window_uses_the_lattice(monkeypatch) -> None:
    points = inside(ODD, 200)
    exact = ripley_k(points, RADII, ODD)
    monkeypatch.setattr(point_pattern, "_INTERSECTED_PAIRS", 10)
    many = ripley_k(points, RADII, ODD)
    assert not np.array_equal(many, exact)
    np.testing.assert_allclose(many, exact, rtol=1e-3)


def test_k_translate_of_many_blocks_is_that_of_one() -> None:
    """Above 2 000 points the pair loop is cut into blocks of rows."""
    points = inside(shapely.box(*SQUARE), 2_300)
    away = np.abs(points[:, None] - points[None])
    d = np.hypot(away[..., 0], away[..., 1])
    weight = 1e6 / np.prod(1000 - away, axis=-1)
    expected = [1e6 / (2_300 * 2_299) * (weight[(d <= r)].sum() - 2_300) for r in RADII]
    np.testing.assert_allclose(ripley_k(points, RADII, SQUARE), expected, rtol=1e-9)


@pytest.mark.parametrize("window", [shapely.box(*SQUARE), ODD], ids=["square", "odd"])
def test_isotropic_k_against_fine_circles(window) -> None:
    """The share of each circle inside the window by 10 000 points on it."""
    points = inside(window, 25)
    angle = (np.arange(10_000) + 0.5) / 10_000 * 2 * np.pi

    def share(a, _b, d):
        circle = a + d * np.column_stack([np.cos(angle), np.sin(angle)])
        return 1 / shapely.contains_xy(window, circle[:, 0], circle[:, 1]).mean()

    expected = slow_k(points, RADII, window, share)
    np.testing.assert_allclose(ripley_k(points, RADII, window, "isotropic"), expected, rtol=1e-3)


def test_border_k() -> None:
    window = shapely.box(*SQUARE)
    points = inside(window, 80)
    result = ripley_k(points, [50, 200, 600], window, "border")
    margin = np.minimum(points, 1000 - points).min(axis=1)
    for r, value in zip([50, 200], result, strict=False):
        deep = np.flatnonzero(margin >= r)
        near = [sum(0 < math.dist(points[i], q) <= r for q in points) for i in deep]
        assert value == pytest.approx(1e6 / 79 * np.mean(near), rel=1e-9)
    assert np.isnan(result[2])


@pytest.mark.parametrize("correction", ["translate", "isotropic", "border"])
def test_corrected_k_is_unbiased_under_randomness(correction) -> None:
    """Mean over 150 random patterns within three standard errors of π r²."""
    rng = np.random.default_rng(1)
    k = np.array(
        [ripley_k(rng.uniform(0, 1000, (60, 2)), [50, 150], SQUARE, correction) for _ in range(150)]
    )
    error = k.std(axis=0) / math.sqrt(150)
    assert (np.abs(k.mean(axis=0) - np.pi * np.array([50, 150]) ** 2) < 3.5 * error).all()
    none = np.mean(
        [ripley_k(rng.uniform(0, 1000, (60, 2)), [150], SQUARE, "none") for _ in range(150)]
    )
    assert none < 0.95 * np.pi * 150**2


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.sampled_from(["none", "translate", "isotropic", "border"]))
def test_k_does_not_see_order_place_or_unit(seed, correction) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1000, (30, 2))
    base = ripley_k(points, RADII, SQUARE, correction)
    assert (np.diff(base[~np.isnan(base)]) >= -1e-6).all() or correction == "border"
    np.testing.assert_allclose(
        ripley_k(rng.permutation(points), RADII, SQUARE, correction), base, rtol=1e-9
    )
    far = np.array([3.4e5, 3.1e6])
    moved = (far[0], far[1], far[0] + 1000, far[1] + 1000)
    np.testing.assert_allclose(ripley_k(points + far, RADII, moved, correction), base, rtol=1e-6)
    large = tuple(v * 8 for v in SQUARE)
    np.testing.assert_allclose(
        ripley_k(points * 8, RADII * 8, large, correction), base * 64, rtol=1e-9
    )


@pytest.mark.parametrize("correction", ["none", "translate", "isotropic"])
def test_distances_equal_to_a_radius_count(correction) -> None:
    """A grid of 0.1 m: sums of tenths are not exact, yet 0.3 counts as within 0.3."""
    side = np.arange(5) * 0.1
    points = np.array([(x, y) for x in side for y in side]) + 0.05
    k = ripley_k(points, [0.1, 0.3], (0, 0, 0.5, 0.5), "none")
    assert k[0] == pytest.approx(0.25 / (25 * 24) * 2 * 40, rel=1e-12)
    within = sum(
        1 for a in range(25) for b in range(25)
        if a != b and (a // 5 - b // 5) ** 2 + (a % 5 - b % 5) ** 2 <= 9
    )  # fmt: skip
    assert k[1] == pytest.approx(0.25 / (25 * 24) * within, rel=1e-12)
    assert (ripley_k(points, [0.1, 0.3], (0, 0, 0.5, 0.5), correction) >= k - 1e-12).all()


def test_k_edge_cases() -> None:
    assert np.isnan(ripley_k([[1, 1]], RADII, SQUARE)).all()
    assert np.isnan(ripley_k(np.empty((0, 2)), RADII, SQUARE)).all()
    same = np.full((4, 2), 500.0)
    for correction in ("none", "translate", "isotropic", "border"):
        np.testing.assert_allclose(ripley_k(same, RADII, SQUARE, correction), 1e6)
    np.testing.assert_allclose(ripley_l(same, [10.0], SQUARE), math.sqrt(1e6 / math.pi))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ripley_k([[2000, 0], [1, 1]], RADII, SQUARE), "row 0 lies outside"),
        (lambda: ripley_k([[1, 1], [2, 2]], [2, 1], SQUARE), "ascend"),
        (lambda: ripley_k([[1, 1], [2, 2]], [-1], SQUARE), "-1"),
        (lambda: ripley_k([[1, 1], [2, 2]], RADII, "square"), "polygon"),
        (lambda: ripley_k([[1, 1], [2, 2]], RADII, (0, 0, 0, 1)), "valid polygon"),
        (lambda: ripley_k([[1, 1], [2, 2]], RADII, SQUARE, "ripley"), "isotropic"),
        (lambda: clark_evans([[1, 1], [2, 2]], 0), "area_m2"),
        (lambda: clark_evans([[1, np.inf]], 1), "row 0"),
        (lambda: standard_ellipse([[1, 1], [2, 2], [3, 1]], [1, 2]), "shape"),
        (lambda: standard_ellipse([[1, 1], [2, 2], [3, 1]], [1, 2, -1]), "-1"),
        (lambda: kernel_density([[1, 1]], 0, SQUARE, 10), "bandwidth_m"),
        (lambda: kernel_density([[1, 1]], 10, SQUARE, 0.01), "larger cell_m"),
        (lambda: kernel_density([[1, 1]], 10, SQUARE, 10, weights=[1, 2]), "shape"),
        (lambda: kernel_density([[1, 1]], 10, SQUARE, 10, weights=["x"]), "^weights: values"),
    ],
)
def test_bad_input_is_named(call, words) -> None:
    with pytest.raises(MetricError, match=words):
        call()


def test_clark_evans_by_hand() -> None:
    """Four corners of a 10 m square in 400 m²: d̄ = 10, expected ½√100 = 5, R = 2."""
    result = clark_evans([[5, 5], [15, 5], [5, 15], [15, 15]], 400)
    assert result.ratio == pytest.approx(2, rel=1e-12)
    assert result.z == pytest.approx((10 - 5) / (0.26136 * 20 / 4), rel=1e-12)
    edge = clark_evans([[5, 5], [15, 5], [5, 15], [15, 15]], 400, perimeter_m=80)
    assert edge.expected_m == pytest.approx(5 + (0.0514 + 0.041 / 2) * 20, rel=1e-12)
    error = math.sqrt(0.0703 * 400 / 16 + 0.037 * 80 * math.sqrt(400 / 4**5))
    assert edge.z == pytest.approx((10 - edge.expected_m) / error, rel=1e-12)
    hexagon = np.array(
        [(x + 0.5 * (y % 2), y * math.sqrt(3) / 2) for x in range(60) for y in range(60)]
    )
    assert clark_evans(hexagon, 3600 * math.sqrt(3) / 2).ratio == pytest.approx(2.149, abs=1e-3)


def test_donnelly_removes_the_edge_bias() -> None:
    rng = np.random.default_rng(0)
    patterns = [rng.uniform(0, 100, (50, 2)) for _ in range(400)]
    plain = np.mean([clark_evans(p, 1e4).z for p in patterns])
    edge = np.array([clark_evans(p, 1e4, perimeter_m=400).z for p in patterns])
    assert plain > 0.5
    assert abs(edge.mean()) < 0.2
    assert 0.8 < edge.std() < 1.2


def test_clark_evans_undefined() -> None:
    assert why_undefined(clark_evans([[1, 1]], 100)) == "too_few_points"
    assert clark_evans([[1, 1], [1, 1]], 100).ratio == 0


def test_ellipse_by_hand() -> None:
    """(±3, 0) and (0, ±1): variances 18/4 and 2/4, major axis due east."""
    result = standard_ellipse([[13, 5], [7, 5], [10, 6], [10, 4]])
    assert (result.centre_x, result.centre_y) == (10, 5)
    assert result.major_m == pytest.approx(math.sqrt(4.5), rel=1e-12)
    assert result.minor_m == pytest.approx(math.sqrt(0.5), rel=1e-12)
    assert result.angle_deg == pytest.approx(90)
    assert result.standard_distance_m == pytest.approx(math.sqrt(5), rel=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.floats(0, 179), st.floats(1e3, 1e6))
def test_ellipse_turns_with_its_points(seed, turn, offset) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 1, (20, 2)) * [50, 10]
    base = standard_ellipse(points)
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    turned = points @ np.array([[cosine, -sine], [sine, cosine]]) + offset  # clockwise
    result = standard_ellipse(turned)
    assert result.major_m == pytest.approx(base.major_m, rel=1e-6)
    assert result.minor_m == pytest.approx(base.minor_m, rel=1e-6)
    gap = (result.angle_deg - base.angle_deg - turn) % 180
    assert min(gap, 180 - gap) < 1e-3


def test_ellipse_weights_are_repetitions_and_edges() -> None:
    points = np.array([[0, 0], [4, 1], [2, 7.0]])
    twice = standard_ellipse(np.repeat(points, [1, 3, 2], axis=0))
    weighted = standard_ellipse(points, [1, 3, 2])
    assert weighted.major_m == pytest.approx(twice.major_m, rel=1e-12)
    assert weighted.angle_deg == pytest.approx(twice.angle_deg, rel=1e-12)
    assert why_undefined(standard_ellipse(points[:2])) == "too_few_points"
    assert why_undefined(standard_ellipse(points, [0, 0, 0])) == "total_zero"
    circle = standard_ellipse([[1, 0], [-1, 0], [0, 1], [0, -1]])
    assert circle.reason == "circular"
    assert np.isnan(circle.angle_deg)
    assert circle.major_m == pytest.approx(math.sqrt(0.5))


def test_kernel_density_against_the_sum_it_is() -> None:
    points = np.random.default_rng(0).uniform(0, 1000, (30, 2))
    grid = kernel_density(points, 120, SQUARE, 20)
    assert grid.density.shape == (50, 50)
    assert grid.transform == (20, 0, 0, 0, -20, 1000)
    x, y = 0 + 20 * (7 + 0.5), 1000 - 20 * (3 + 0.5)
    kernel = np.exp(-((points - [x, y]) ** 2).sum(axis=1) / (2 * 120**2)) / (2 * np.pi * 120**2)

    def mass(at):
        return 0.5 * (
            math.erf((1000 - at) / 120 / math.sqrt(2)) + math.erf(at / 120 / math.sqrt(2))
        )

    expected = kernel.sum() / (mass(x) * mass(y))
    assert grid.density[3, 7] == pytest.approx(expected, rel=1e-12)


def test_kernel_density_of_a_rectangle_that_cells_do_not_fill_is_exact() -> None:
    """Cells of 70 m over 1 000 m leave a strip of 30 m that a sum over cells would miss."""
    points = np.random.default_rng(1).uniform(0, 1000, (30, 2))
    grid = kernel_density(points, 120, (0, 0, 1000, 900), 70).density
    assert grid.shape == (13, 15)
    x, y = 70 * 13.5, 900 - 70 * 12.5  # beside the south-east corner
    held = [
        0.5 * (math.erf((high - at) / 120 / math.sqrt(2)) + math.erf(at / 120 / math.sqrt(2)))
        for at, high in ((x, 1000), (y, 900))
    ]
    used = points[points[:, 1] <= 900]
    kernel = np.exp(-((used - [x, y]) ** 2).sum(axis=1) / (2 * 120**2)) / (2 * np.pi * 120**2)
    assert grid[12, 13] == pytest.approx(kernel.sum() / math.prod(held), rel=1e-12)


def test_kernel_density_of_an_even_pattern_is_even_to_the_edge() -> None:
    side = np.arange(5, 1000, 10.0)
    points = np.array([(x, y) for x in side for y in side])
    grid = kernel_density(points, 60, SQUARE, 10).density
    np.testing.assert_allclose(grid, 0.01, rtol=1e-3)


def test_kernel_density_window_weights_and_nothing() -> None:
    points = inside(ODD, 40)
    grid = kernel_density(points, 50, ODD, 25).density
    assert np.isnan(grid[0, -1])  # north-east is outside
    assert np.isfinite(grid[-1, 0])
    heavy = kernel_density(points, 50, ODD, 25, weights=np.full(40, 3.0)).density
    np.testing.assert_allclose(heavy, 3 * grid, rtol=1e-12)
    assert np.nanmax(kernel_density(np.empty((0, 2)), 50, ODD, 25).density) == 0
    west = np.nansum(kernel_density([[50, 500]], 50, ODD, 25).density[:, :20])
    assert west > 0
