"""Functions of distance and the loops under them, against loops written from their definitions."""

import itertools
import math

import numpy as np
import pytest
import shapely
import shapely.affinity

import clusters.metrics as public
from clusters.metrics.bands import with_bands, without_bands
from clusters.metrics.circles import isotropic_sums
from clusters.metrics.distances import (
    MOMENTS,
    distance_nodes,
    distance_sums,
    kernel_sum,
    neighbours_within,
    pair_nodes,
    rings,
    row_nodes,
    translate_sums,
)
from metrics import naive

RADII = np.array([0.0, 40.0, 150.0, 420.0])
FAR = np.array([3.4e5, 3.1e6])
SQUARE = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]
# Five corners, anticlockwise.
PENTAGON = [(0.0, 0.0), (900.0, -100.0), (1300.0, 500.0), (600.0, 1200.0), (-100.0, 700.0)]
SEEDS = range(10)


def points_of(seed: int, n: int | None = None) -> np.ndarray:
    """Return points on a lattice (ties), in a heap, along a line, or anywhere; some twice."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 26)) if n is None else n
    points = [
        rng.uniform(200, 700, (n, 2)),
        200 + 40.0 * rng.integers(0, 9, (n, 2)),
        rng.normal(450, 30, (n, 2)),
        np.column_stack([np.linspace(200, 600, n), np.full(n, 400.0)]),
    ][seed % 4]
    points[-1] = points[0]
    return points


def sizes_of(seed: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sizes = [np.ones(n), rng.lognormal(size=n), rng.choice([0.0, 1.0, 9.0], n)][seed % 3]
    sizes[:2] = 1.0
    return sizes


def apart(points: np.ndarray) -> np.ndarray:
    return np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))


@pytest.mark.parametrize("corners", [SQUARE, PENTAGON], ids=["square", "pentagon"])
@pytest.mark.parametrize("seed", SEEDS)
def test_k_with_every_correction(seed: int, corners: list) -> None:
    points, window = points_of(seed), shapely.Polygon(corners)
    n, area = len(points), shapely.Polygon(corners).area

    def shifted(a, b) -> float:
        other = shapely.affinity.translate(window, b[0] - a[0], b[1] - a[1])
        return area / window.intersection(other).area

    def circle(a, b) -> float:
        d = math.dist(a, b)
        return 1 / naive.convex_circle_share(a, d, corners) if d else 1.0

    for correction, edge in (
        ("none", lambda *_: 1.0),
        ("translate", shifted),
        ("isotropic", circle),
    ):
        expected = [naive.ripley(points, r, area, edge) for r in RADII]
        found = public.ripley_k(points, RADII, window, correction)
        np.testing.assert_allclose(found, expected, rtol=1e-8)
        moved = shapely.affinity.translate(window, *FAR)
        again = public.ripley_k(points + FAR, RADII + 1e-6, moved, correction)
        np.testing.assert_allclose(again, expected, rtol=1e-6)
    margin = [window.exterior.distance(shapely.Point(p)) for p in points]
    found = public.ripley_k(points, RADII, window, "border")
    for r, value in zip(RADII, found, strict=True):
        near = naive.neighbours(points, r)
        deep = [len(near[k]) for k in range(n) if margin[k] >= r]
        expected = area / (n - 1) * sum(deep) / len(deep) if deep else math.nan
        assert value == pytest.approx(expected, rel=1e-9, nan_ok=True)
    k = public.ripley_k(points, RADII, window)
    np.testing.assert_allclose(public.ripley_l(points, RADII, window), np.sqrt(k / np.pi))


@pytest.mark.parametrize("turn", range(4))
def test_a_circle_that_touches_a_side_stays_inside(turn: int) -> None:
    """In 1000 × 600: around (800, 400) with 200 it touches two sides and crosses none.

    Around (500, 200) with 400 it touches the far side and crosses the near one, where 2 acos(½) of
    it lie outside: a third.
    """
    corners = [(0, 0), (1000, 0), (1000, 600), (0, 600)]
    for centre, other, share in (
        ((800, 400), (800, 200), 1.0),
        ((500, 200), (900, 200), 2 / 3),
    ):
        x, y, *square = (
            np.array([(px - 500, py - 300), (300 - py, px - 500), (500 - px, 300 - py),
                      (py - 300, 500 - px)][turn], float)
            for px, py in (centre, other, *corners)
        )  # fmt: skip
        edges = np.hstack([square, np.roll(square, -1, axis=0)])
        points = np.array([x, y])
        first = int(np.lexsort((points[:, 1], points[:, 0]))[0])
        row = 0 if first == 0 else 1
        px, py = np.ascontiguousarray(points[[first, 1 - first]].T)
        found = isotropic_sums(px, py, np.array([450.0]), edges, row, row + 1)
        assert found[0] == pytest.approx(1 / share, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_densities_of_distances(seed: int) -> None:
    points = points_of(seed)
    sizes = sizes_of(seed, len(points))
    for h in (15.0, 200.0):
        found = public.duranton_overman(points, RADII, sizes=sizes, bandwidth_m=h)
        expected = [naive.distance_density(points, sizes, r, h) for r in RADII]
        np.testing.assert_allclose(found.density, expected, rtol=1e-9, atol=1e-18)
        assert (found.method, found.error_bound, found.bandwidth_m) == ("exact", 0.0, h)


@pytest.mark.parametrize("seed", SEEDS)
def test_relative_concentration(seed: int) -> None:
    points = points_of(seed)
    sizes = sizes_of(seed, len(points))
    sector = np.random.default_rng(seed).random(len(points)) < 0.5
    sector[:2] = True
    found = public.marcon_puech_m(points, RADII, sector, sizes).density
    for r, value in zip(RADII, found, strict=True):
        expected = naive.relative_concentration(
            points, sizes, sector, lambda d, r=r: float(d <= r * (1 + 1e-9))
        )
        assert value == pytest.approx(expected, rel=1e-9, nan_ok=True)
    dense = public.marcon_puech_m_density(points, RADII, sector, sizes, bandwidth_m=150).density
    for r, value in zip(RADII, dense, strict=True):
        expected = naive.relative_concentration(
            points, sizes, sector, lambda d, r=r: naive.pair_kernel(d, r, 150)
        )
        assert value == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_ellipses_and_nearest_neighbours(seed: int) -> None:
    points = points_of(seed)
    n = len(points)
    sizes = sizes_of(seed, n)
    found = public.standard_ellipse(points + FAR, sizes * 7)
    expected = naive.ellipse(points, sizes)
    for k, name in enumerate(("centre_x", "centre_y")):
        assert getattr(found, name) == pytest.approx(expected[name] + FAR[k], abs=1e-6)
    for name in ("major_m", "minor_m", "standard_distance_m"):
        assert getattr(found, name) == pytest.approx(expected[name], abs=1e-4)
    if found.reason is None:
        turn = (found.angle_deg - expected["angle_deg"]) % 180
        assert min(turn, 180 - turn) < 1e-3
    assert found.n == n
    nearest = [
        min(math.dist(a, b) for j, b in enumerate(points) if j != i) for i, a in enumerate(points)
    ]
    result = public.clark_evans(points, 1e6)
    mean, chance = sum(nearest) / n, 0.5 * math.sqrt(1e6 / n)
    assert (result.mean_m, result.expected_m, result.n) == pytest.approx((mean, chance, n))
    assert result.ratio == pytest.approx(mean / chance)
    assert result.z == pytest.approx((mean - chance) / (0.26136 * 1000 / n))
    assert result.p == pytest.approx(math.erfc(abs(result.z) / math.sqrt(2)))


@pytest.mark.parametrize("seed", SEEDS)
def test_dense_places(seed: int) -> None:
    """Core points fall into the components of their neighbourhoods, border points beside them."""
    points = points_of(seed, 40)
    component, near = naive.dense(points, 60.0, 4)
    found = public.density_clusters(points, 2, "dbscan", radius_m=60.0, min_neighbours=4)
    core = [k for k, c in enumerate(component) if c >= 0]
    for a, b in itertools.combinations(core, 2):
        assert (found[a] == found[b]) == (component[a] == component[b])
    for k in set(range(40)) - set(core):
        reached = {found[j] for j in near[k] if component[j] >= 0}
        assert found[k] in (reached or {-1})
    sizes = np.bincount(found[found >= 0])
    assert (np.diff(sizes) <= 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_smoothed_places_are_divided_by_what_the_window_holds(seed: int) -> None:
    points, window = points_of(seed), shapely.Polygon(PENTAGON)
    sizes = sizes_of(seed, len(points))
    grid = public.kernel_density(points, 150.0, window, 100.0, weights=sizes)
    west, _, _, north = window.bounds
    assert grid.transform == (100.0, 0.0, west, 0.0, -100.0, north)
    rows, columns = grid.density.shape
    centres = {
        (r, c): (west + 100 * (c + 0.5), north - 100 * (r + 0.5))
        for r in range(rows)
        for c in range(columns)
    }
    inside = {at for at, p in centres.items() if window.contains(shapely.Point(p))}

    def bell(a, b) -> float:
        return naive.bell(math.dist(a, b) / 150) / 150**2 / math.sqrt(2 * math.pi)

    for at, place in centres.items():
        if at not in inside:
            assert np.isnan(grid.density[at])
            continue
        total = sum(w * bell(place, p) for p, w in zip(points, sizes, strict=True))
        mass = sum(bell(place, centres[other]) for other in inside) * 100**2
        assert grid.density[at] == pytest.approx(total / mass, rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_bands_hold_as_many_redraws_as_asked_for(seed: int) -> None:
    """Between the ranks whose envelopes just hold, and just do not hold, enough of the others."""
    rng = np.random.default_rng(seed)
    drawn = np.cumsum(rng.normal(size=(60, 7)), axis=1)
    if seed % 2:
        drawn = np.round(drawn)
    observed = drawn[0] * 3
    found = with_bands(without_bands(np.arange(7.0), observed), drawn, 0.8)
    ranked = np.sort(drawn, axis=0)
    for at in range(7):
        column = drawn[:, at]
        assert found.local_low[at] == pytest.approx(np.quantile(column, 0.1))
        assert found.local_high[at] == pytest.approx(np.quantile(column, 0.9))
    rank = naive.band(drawn.tolist(), 0.8)
    assert rank >= 1
    assert (found.global_low >= ranked[rank - 1] - 1e-12).all()
    assert (found.global_low <= ranked[rank] + 1e-12).all()
    assert (found.global_high <= ranked[-rank] + 1e-12).all()
    assert (found.global_high >= ranked[-rank - 1] - 1e-12).all()
    above, below = observed - found.global_high, found.global_low - observed
    np.testing.assert_allclose(found.localisation, np.maximum(above, 0), atol=1e-8)
    np.testing.assert_allclose(found.dispersion, np.maximum(below, 0), atol=1e-8)
    assert found.simulations == 60


@pytest.mark.parametrize(("confidence", "low", "high"), [(0.5, 1.25, 6.75), (0.05, 3.55, 4.45)])
def test_a_band_narrows_to_the_median_by_parts_of_ranks(
    confidence: float, low: float, high: float
) -> None:
    """Of 0 … 8 may 4.5 (8.55) leave: 4 (8) do at rank 2 (4), and a part of the next two (one)."""
    drawn = np.arange(9.0)[:, None]
    found = with_bands(without_bands(np.zeros(1), np.full(1, 4.0)), drawn, confidence)
    assert (found.global_low[0], found.global_high[0]) == pytest.approx((low, high), rel=1e-12)
    assert (found.localisation[0], found.dispersion[0]) == (0, 0)


# The loops themselves ---------------------------------------------------------------------------


def sorted_cloud(seed: int, n: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points = points_of(seed, n) - 450
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    return *np.ascontiguousarray(points.T), np.random.default_rng(seed).lognormal(size=n)


@pytest.mark.parametrize("seed", range(4))
def test_blocks_of_rows_add_up_to_all_pairs(seed: int) -> None:
    """Σ_{k<l} of rows 0-9 and 9-30; a pair belongs to its first row."""
    x, y, w = sorted_cloud(seed)
    near = rings(np.array([40.0, 150.0]))
    for kernel in (
        lambda *rows: kernel_sum(x, y, w, RADII, 30.0, *rows),
        lambda *rows: pair_nodes(x, y, w, 2.0, 100, *rows),
        lambda *rows: translate_sums(x, y, near, 2e3, 2e3, *rows),
        lambda *rows: distance_sums(x, y, np.array([9.0, 50]), np.array([30.0, 90]), 8, *rows)[0],
    ):
        np.testing.assert_allclose(kernel(0, 9) + kernel(9, 30), kernel(0, 30), rtol=1e-12)
        assert (kernel(30, 30) == 0).all()
    edges = np.array([[-1e3, -1e3, 1e3, -1e3], [1e3, -1e3, 1e3, 1e3],
                      [1e3, 1e3, -1e3, 1e3], [-1e3, 1e3, -1e3, -1e3]])  # fmt: skip
    one, other, both = (
        isotropic_sums(x, y, RADII, edges, *rows) for rows in ((0, 9), (9, 30), (0, 30))
    )
    np.testing.assert_allclose(one + other, both, rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_intervals_keep_four_moments_of_the_distances_in_them(seed: int) -> None:
    """v = (d/width) - middle of the interval; the last takes all that is farther."""
    x, y, w = sorted_cloud(seed)
    width, bins = 7.0, 20
    expected = np.zeros((bins + 1, MOMENTS))
    single = np.zeros((30, bins + 1, MOMENTS))
    for k, m in itertools.combinations(range(30), 2):
        place = min(math.hypot(x[k] - x[m], y[k] - y[m]) / width, bins)
        v = place - int(place) - 0.5
        for p in range(MOMENTS):
            expected[int(place), p] += w[k] * w[m] * v**p
            single[k, int(place), p] += w[m] * v**p
            single[m, int(place), p] += w[k] * v**p
    found = pair_nodes(x, y, w, width, bins, 0, 30).reshape(bins + 1, MOMENTS)
    np.testing.assert_allclose(found[:bins], expected[:bins], atol=1e-9)
    rows = np.array([0, 7, 29])
    around = row_nodes(x, y, w, rows, width, bins).reshape(3, bins + 1, MOMENTS)
    np.testing.assert_allclose(around[:, :bins], single[rows][:, :bins], atol=1e-9)
    a, b = np.triu_indices(30, 1)
    listed = distance_nodes(np.hypot(x[a] - x[b], y[a] - y[b]), w[a] * w[b], width, bins)
    np.testing.assert_allclose(listed.reshape(bins + 1, MOMENTS), expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_distances_are_summed_and_counted_around_brackets(seed: int) -> None:
    x, y, _ = sorted_cloud(seed)
    low, high, bins = np.array([11.3, 77.7]), np.array([61.9, 201.1]), 9
    sums, counts = distance_sums(x, y, low, high, bins, 0, 30)
    a, b = np.triu_indices(30, 1)
    d = np.hypot(x[a] - x[b], y[a] - y[b])
    np.testing.assert_allclose(sums, [d.sum(), (d**2).sum()], rtol=1e-12)
    for q in range(2):
        steps = np.linspace(low[q], high[q], bins + 1)
        expected = np.bincount(np.searchsorted(steps, d, side="right"), minlength=bins + 2)
        assert counts[q].tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_neighbours_are_those_within_each_radius(seed: int) -> None:
    x, y, w = sorted_cloud(seed)
    radii = np.array([0.0, 40.0, 80.0, 120.0])
    rows = np.array([3, 0, 29])
    found = neighbours_within(x, y, w, rows, rings(radii))
    d = apart(np.column_stack([x, y]))
    for line, k in zip(found, rows, strict=True):
        expected = [w[(d[k] <= r * (1 + 1e-9)) & (np.arange(30) != k)].sum() for r in radii]
        np.testing.assert_allclose(line, expected, rtol=1e-12)


def test_a_ring_holds_its_radius_and_a_rounding_error_beyond() -> None:
    """0.1 + 0.2 lies within 0.3; a millionth more does not."""
    for beyond, within in ((1.0, True), (1 + 1e-10, True), (1 + 1e-6, False)):
        x = np.array([0.0, 0.3 * beyond, 5.0])
        found = neighbours_within(
            x, np.zeros(3), np.ones(3), np.array([0]), rings(np.array([0.3, 1]))
        )
        assert found.tolist() == [[float(within), 1.0]]
    one = rings(np.array([0.0]))
    assert (one.reach, one.scale) == (0.0, 0.0)


def test_a_pair_a_metre_apart_is_corrected_like_any_other() -> None:
    """Half of the circle around the point on the edge lies inside, and all of the other's: 2 + 1.

    The window is 10 m wide, so the rectangle meets itself moved by 1 m in 9 · 10 of 100 m²; of a
    window of 1 m² moved by 0.8 m a fifth is left: pairs weigh alike whatever the unit of length.
    """
    x, y = np.array([0.0, 1.0]), np.array([5.0, 5.0])
    square = np.array([[0, 0, 10, 0], [10, 0, 10, 10], [10, 10, 0, 10], [0, 10, 0, 0]], dtype=float)
    circles = isotropic_sums(x, y, np.array([0.5, 2.0]), square, 0, 2)
    np.testing.assert_allclose(circles, [0.0, 3.0], rtol=1e-12)
    near = rings(np.array([0.5, 2.0]))
    shifted = translate_sums(x, y, near, 10.0, 10.0, 0, 2)
    np.testing.assert_allclose(shifted, [0.0, 2 * 100 / 90], rtol=1e-12)
    small = translate_sums(0.8 * x, y, near, 1.0, 1.0, 0, 2)
    np.testing.assert_allclose(small, [0.0, 2 / 0.2], rtol=1e-12)
