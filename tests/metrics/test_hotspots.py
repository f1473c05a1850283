"""Density clusters: found, deterministic, honest about noise, outlined."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import MetricError
from clusters.metrics import cluster_hulls, cluster_stability, density_clusters


def blobs(seed: int = 0, sizes=(80, 50, 30), noise: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Return points around well separated centres, and which centre they belong to (-1 noise)."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0], [40_000, 10_000], [10_000, 50_000], [60_000, 60_000]])
    parts = [centres[k] + rng.normal(0, 500, (size, 2)) for k, size in enumerate(sizes)]
    parts.append(rng.uniform(-1e5, 2e5, (noise, 2)))
    truth = np.repeat([*range(len(sizes)), -1], [*sizes, noise])
    return np.vstack(parts), truth


@pytest.mark.parametrize("method", ["hdbscan", "dbscan", "optics"])
def test_separate_crowds_are_found_largest_first(method) -> None:
    points, truth = blobs()
    labels = density_clusters(points, 20, method, radius_m=2000, min_neighbours=10)
    assert labels.dtype == np.int64
    for k in range(3):
        members = labels[truth == k]
        assert np.bincount(members + 1).argmax() == k + 1
    sizes = np.bincount(labels[labels >= 0])
    assert (np.diff(sizes) <= 0).all()
    assert (labels[truth == -1] == -1).mean() > 0.8


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.sampled_from(["hdbscan", "dbscan"]))
def test_order_of_points_does_not_matter(seed, method) -> None:
    points, _ = blobs(seed)
    points = points.round(-2)  # many ties
    order = np.random.default_rng(seed).permutation(len(points))
    labels = density_clusters(points, 15, method, radius_m=1500)
    again = density_clusters(points[order], 15, method, radius_m=1500)
    np.testing.assert_array_equal(labels[order], again)
    kept = np.bincount(labels[labels >= 0])
    assert (kept >= 15).all()


def test_projection_offset_does_not_matter() -> None:
    points, _ = blobs()
    np.testing.assert_array_equal(
        density_clusters(points), density_clusters(points + np.array([3.4e7, 3.4e6]))
    )


def test_edge_cases() -> None:
    assert density_clusters(np.empty((0, 2))).shape == (0,)
    assert density_clusters([[1.0, 2.0]]).tolist() == [-1]
    assert (density_clusters(np.ones((24, 2))) == -1).all()
    assert (density_clusters(np.ones((25, 2))) == 0).all()
    two_places = np.repeat([[0.0, 0.0], [1e4, 0.0]], [30, 40], axis=0)
    labels = density_clusters(two_places)
    assert (labels[:30] == 1).all()
    assert (labels[30:] == 0).all()


@pytest.mark.slow
def test_both_hdbscan_engines_agree(monkeypatch) -> None:
    """Adjusted Rand index of the partitions above 0.98, whichever engine the size chooses."""
    from sklearn.metrics import adjusted_rand_score

    from clusters.metrics import hotspots

    rng = np.random.default_rng(0)
    centres = rng.uniform(0, 2e5, (20, 2))
    points = np.vstack(
        [
            centres[rng.integers(0, 20, 2500)] + rng.normal(0, 2000, (2500, 2)),
            rng.uniform(0, 2e5, (2500, 2)),
        ]
    )
    small = density_clusters(points)
    monkeypatch.setattr(hotspots, "_QUADRATIC_LIMIT", 0)
    large = density_clusters(points)
    assert adjusted_rand_score(small, large) > 0.98
    order = rng.permutation(len(points))
    np.testing.assert_array_equal(large[order], density_clusters(points[order]))


def test_exact_places_are_perfectly_stable() -> None:
    points, _ = blobs()
    table = cluster_stability(points, 0, draws=3, seed=1)
    assert table["stability"].tolist() == [1] * len(table)
    assert table["found"].tolist() == [1] * len(table)
    assert table["size"].tolist() == np.bincount(density_clusters(points) + 1)[1:].tolist()


def test_stability_falls_with_uncertainty() -> None:
    points, _ = blobs()
    sharp = cluster_stability(points, 100, draws=15, seed=1)
    vague = cluster_stability(points, np.full(len(points), 60_000.0), draws=15, seed=1)
    assert sharp["stability"].min() > 0.8
    assert vague["stability"].max() < 0.5
    assert (vague["low"] <= vague["stability"]).all()
    assert sharp.equals(cluster_stability(points, 100, draws=15, seed=1))
    varied = cluster_stability(points, 100, min_sizes=[15, 25, 40], draws=15, seed=1)
    assert varied["stability"].iloc[-1] < sharp["stability"].iloc[-1] + 1e-9


def test_stability_without_clusters_is_an_empty_table() -> None:
    table = cluster_stability(np.arange(20.0).reshape(10, 2), 5.0, draws=2, seed=0)
    assert table.empty
    assert list(table.columns) == ["size", "stability", "low", "found"]


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.floats(0, 1))
def test_hulls_cover_their_points(seed, ratio) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 1000, (60, 2)).round(-1)
    labels = rng.integers(-1, 5, 60)
    hulls = cluster_hulls(points, labels, ratio=ratio)
    assert hulls.index.tolist() == sorted(set(labels[labels >= 0].tolist()))
    for number, hull in hulls.items():
        assert hull.geom_type == "Polygon"
        assert hull.is_valid
        cloud = shapely.MultiPoint(points[labels == number])
        assert hull.buffer(1e-6).covers(cloud)
        assert hull.area <= cloud.convex_hull.buffer(51).area


def test_hulls_of_few_or_equal_or_aligned_points() -> None:
    points = np.array([[0, 0], [0, 0], [0, 10], [0, 20], [5, 5], [100, 0], [0, 100], [100, 100.0]])
    labels = np.array([0, 0, 1, 1, -1, 2, 2, 2])
    hulls = cluster_hulls(points, labels, buffer_m=10)
    assert hulls[0].area == pytest.approx(np.pi * 100, rel=0.02)
    assert hulls[1].area == pytest.approx(np.pi * 100 + 200, rel=0.02)
    assert hulls[2].area == pytest.approx(5000)
    assert cluster_hulls(points, np.full(8, -1)).empty


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: density_clusters(p[:, :1]), "shape"),
        (lambda p: density_clusters(np.vstack([p, [np.nan, 0]])), "row 200"),
        (lambda p: density_clusters(p, method="kmeans"), "hdbscan, dbscan or optics"),
        (lambda p: density_clusters(p, 1), "at least 2"),
        (lambda p: density_clusters(p, radius_m=0), "radius_m"),
        (lambda p: cluster_stability(p, [1.0, 2.0]), "one per point"),
        (lambda p: cluster_stability(p, -1.0), "negative"),
        (lambda p: cluster_stability(p, 1.0, draws=0), "draws"),
        (lambda p: cluster_hulls(p, np.zeros(3, dtype=int)), "labels"),
        (lambda p: cluster_hulls(p, np.zeros(len(p))), "integer"),
        (lambda p: cluster_hulls(p, np.zeros(len(p), dtype=int), ratio=2), "ratio"),
    ],
)
def test_bad_input_is_named(call, words) -> None:
    with pytest.raises(MetricError, match=words):
        call(blobs()[0])
