"""Density clusters of points: where firms crowd, how stable that is, and the outline.

Points are (n, 2) arrays of easting and northing in metres. Density clustering has no one right
answer: labels differ between implementations wherever distances tie, and firms known only to
their street or park move. So `density_clusters` is deterministic, and `cluster_stability` says
which clusters survive other settings and redrawn positions.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import shapely

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats, check_above_zero
from clusters.metrics.inference import check_whole, seeded
from clusters.metrics.undefined import mark_undefined

Method: TypeAlias = Literal["hdbscan", "dbscan", "optics"]

NOISE: Final = -1

# scikit-learn's HDBSCAN is quadratic (1.1 s for 20 000 points, 35 s for 100 000) but ready at
# once; fast_hdbscan is quicker per point but compiles for up to 50 s on the first call ever.
# With matched settings their partitions agree (adjusted Rand index above 0.98 in the tests).
_QUADRATIC_LIMIT: Final = 20_000

# A circle of this many standard deviations holds 95 % of a circular normal distribution.
SIGMAS_95: Final = float(np.sqrt(-2 * np.log(0.05)))


# Far beyond any map, and squares still add up.
FARTHEST_M: Final = 1e100


def check_points(points: np.ndarray, minimum: int = 0) -> np.ndarray:
    """Return points as a float array (n, 2); MetricError when shape or values are wrong."""
    array = as_floats(points, "points")
    if array.ndim != 2 or array.shape[1] != 2:
        raise MetricError(f"points has shape {array.shape}; pass (n, 2) eastings and northings")
    lost = ~(np.abs(array) <= FARTHEST_M).all(axis=1)
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        raise MetricError(
            f"points: row {row} is {array[row].tolist()}; leave rows without place out"
        )
    if len(array) < minimum:
        raise MetricError(f"points has {len(array)} rows; at least {minimum} are needed")
    return array


def _check_labels(labels: np.ndarray, number: int) -> np.ndarray:
    array = np.asarray(labels)
    if array.shape != (number,) or not np.issubdtype(array.dtype, np.integer):
        raise MetricError(
            f"labels has shape {array.shape} and type {array.dtype}; pass one integer per point"
        )
    return array


def _hdbscan(points: np.ndarray, min_size: int, min_neighbours: int) -> np.ndarray:
    if len(points) > _QUADRATIC_LIMIT:
        return hdbscan_many(points, min_size, min_neighbours)
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415 - a second to import

    model = HDBSCAN(min_cluster_size=min_size, min_samples=min_neighbours, copy=True)
    return model.fit(points).labels_


def hdbscan_many(points: np.ndarray, min_size: int, min_neighbours: int) -> np.ndarray:
    """Return HDBSCAN labels (n,) by fast_hdbscan, for many points in canonical order."""
    from fast_hdbscan import HDBSCAN  # noqa: PLC0415 - compiles on import

    # It does not count the point among its own neighbours, scikit-learn does.
    model = HDBSCAN(
        min_cluster_size=min_size, min_samples=max(1, min_neighbours - 1), reproducible=True
    )
    return model.fit(points).labels_


def _cluster(
    points: np.ndarray, min_size: int, method: str, radius_m: float, min_neighbours: int
) -> np.ndarray:
    """Cluster points that are in canonical order and not all in one place."""
    if method == "hdbscan":
        return _hdbscan(points, min_size, min_neighbours)
    # The import costs over a second: it waits for the first click.
    from sklearn.cluster import DBSCAN, OPTICS  # noqa: PLC0415

    if method == "dbscan":
        return DBSCAN(eps=radius_m, min_samples=min_neighbours).fit(points).labels_
    model = OPTICS(
        min_samples=min_neighbours,
        max_eps=radius_m,
        cluster_method="dbscan",
        eps=radius_m,
        min_cluster_size=min_size,
    )
    return model.fit(points).labels_


def _by_size(labels: np.ndarray, min_size: int) -> np.ndarray:
    """Renumber clusters from the largest down, ties by first point; drop those too small."""
    sizes = np.bincount(labels + 1)[1:]
    kept = np.flatnonzero(sizes >= min_size)
    first = np.array([np.argmax(labels == k) for k in kept], dtype=int)
    ranked = kept[np.lexsort((first, -sizes[kept]))]
    number = np.full(len(sizes) + 1, NOISE)
    number[ranked] = np.arange(len(ranked))
    return number[labels]  # label -1 reads the last entry, which stays noise


def density_clusters(
    points: np.ndarray,
    min_size: int = 25,
    method: Method = "hdbscan",
    *,
    radius_m: float = 1000.0,
    min_neighbours: int | None = None,
) -> np.ndarray:
    """Return the number of the density cluster each point belongs to.

    Parameters
    ----------
    points
        (n, 2) metres; identical points are fine.
    min_size
        Fewest points a cluster may have, ≥ 2; smaller ones are noise.
    method
        ``hdbscan`` finds clusters of any density (excess of mass; scikit-learn up to 20 000
        points, fast_hdbscan above); ``dbscan`` those denser than ``min_neighbours`` within
        ``radius_m``; ``optics`` the same cut of the reachability plot, slow above 10 000 points.
    radius_m
        Neighbourhood in metres for ``dbscan`` and ``optics``.
    min_neighbours
        Points, itself counted, that make a point a core point; ``min_size`` by default.

    Returns
    -------
        (n,) int64: 0 is the largest cluster, ties by their westernmost point; -1 is noise. The
        order of the points does not matter: they are sorted first. Border points that two DBSCAN
        clusters reach go to the cluster found first in that order.

    References
    ----------
    Campello, Moulavi & Sander 2013, PAKDD; Ester et al. 1996, KDD; Ankerst et al. 1999, SIGMOD.

    Raises
    ------
    MetricError
        Points of another shape or not finite, unknown method, sizes or radius out of range.
    """
    xy = check_points(points)
    if method not in ("hdbscan", "dbscan", "optics"):
        raise MetricError(f"method {method!r} is unknown; choose hdbscan, dbscan or optics")
    core = min_size if min_neighbours is None else min_neighbours
    check_whole(min_size, "min_size")
    check_whole(core, "min_neighbours")
    if min_size < 2 or core < 1:
        raise MetricError(
            f"min_size is {min_size} and min_neighbours {core}; at least 2 and 1 are needed"
        )
    check_above_zero(radius_m, "radius_m")
    labels = np.full(len(xy), NOISE, dtype=np.int64)
    if len(xy) < max(min_size, core):
        return labels
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    if (xy == xy[0]).all():  # no distances to learn a density from, yet plainly one cluster
        return labels + 1
    centred = xy[order] - xy.mean(axis=0)  # metres of a projection lose digits far from 0
    found = _cluster(centred, min_size, method, radius_m, core)
    labels[order] = _by_size(np.asarray(found, dtype=np.int64), min_size)
    return labels


def _best_match(base: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return for each base cluster the largest Jaccard similarity with any drawn cluster."""
    number = base.max() + 1
    both = (base >= 0) & (drawn >= 0)
    shape = (number, drawn.max(initial=0) + 1)
    common = np.zeros(shape)
    np.add.at(common, (base[both], drawn[both]), 1)
    own = np.bincount(base[base >= 0], minlength=number)[:, None]
    other = np.bincount(drawn[drawn >= 0], minlength=shape[1])[None, :]
    return (common / (own + other - common)).max(axis=1)


def cluster_stability(
    points: np.ndarray,
    radii: np.ndarray | float,
    *,
    min_size: int = 25,
    method: Method = "hdbscan",
    min_sizes: Sequence[int] | None = None,
    radius_m: float = 1000.0,
    min_neighbours: int | None = None,
    draws: int = 50,
    seed: int | None = None,
) -> pd.DataFrame:
    """Say which clusters survive when uncertain positions are redrawn and settings change.

    Every draw moves each point by a circular normal error whose 95 % circle is its radius, takes
    the next of ``min_sizes`` in turn, clusters again and looks for each original cluster by its
    best Jaccard similarity. By Hennig's rule 0.75 and above is stable, below 0.6 doubtful.

    Parameters
    ----------
    points
        (n, 2) metres.
    radii
        ``radius_m`` of every position in metres, (n,) or one number; 0 for exact places.
    min_size, method, radius_m, min_neighbours
        As `density_clusters`; they define the clusters that are judged.
    min_sizes
        Settings of ``min_size`` to vary over; by default ``min_size`` alone.
    draws, seed
        Number of redraws, and what makes them repeatable.

    Returns
    -------
        One row per cluster (index ``cluster``): ``size``; ``stability`` (mean best Jaccard);
        ``low`` (its 5 % quantile over draws); ``found`` (share of draws with Jaccard ≥ 0.5, that
        is, with most of the cluster in one piece). Empty when there is no cluster.

    References
    ----------
    Hennig 2007, Computational Statistics & Data Analysis 52.

    Raises
    ------
    MetricError
        As `density_clusters`; radii of another length, negative or not finite; no draws.
    """
    xy = check_points(points)
    spread = as_floats(radii, "radii")
    if spread.shape not in ((), (len(xy),)):
        raise MetricError(f"radii has shape {spread.shape}; pass one per point, ({len(xy)},)")
    if not np.isfinite(spread).all() or (spread < 0).any():
        raise MetricError("radii holds a negative or missing value; leave rows without place out")
    check_whole(draws, "draws")
    if draws < 1:
        raise MetricError(f"draws is {draws}; at least 1 is needed, better 50")
    settings = list(min_sizes) if min_sizes else [min_size]

    def cluster(places: np.ndarray, smallest: int) -> np.ndarray:
        return density_clusters(
            places, smallest, method, radius_m=radius_m, min_neighbours=min_neighbours
        )

    base = cluster(xy, min_size)
    number = int(base.max(initial=NOISE)) + 1
    generator = seeded(np.random.default_rng, seed)
    sigma = np.broadcast_to(spread / SIGMAS_95, (len(xy),))[:, None]
    similar = np.zeros((draws, number))
    if number:
        for k in range(draws):
            moved = xy + generator.standard_normal(xy.shape) * sigma
            drawn = cluster(moved, settings[k % len(settings)])
            similar[k] = _best_match(base, drawn)
    table = pd.DataFrame(
        {
            "size": np.bincount(base[base >= 0], minlength=number),
            "stability": similar.mean(axis=0),
            "low": np.quantile(similar, 0.05, axis=0),
            "found": (similar >= 0.5).mean(axis=0),
        },
        index=pd.RangeIndex(number, name="cluster"),
    )
    return mark_undefined(table)


def cluster_hulls(
    points: np.ndarray, labels: np.ndarray, *, ratio: float = 0.3, buffer_m: float = 50.0
) -> pd.Series:
    """Return the outline of every cluster as a polygon that covers its points.

    Parameters
    ----------
    points
        (n, 2) metres.
    labels
        (n,) whole numbers from `density_clusters`; negative ones are noise.
    ratio
        0 is the tightest outline in one piece, 1 the convex hull.
    buffer_m
        Margin in metres around outlines without an area: fewer than four different points take
        the convex hull, and a hull that is a point or a line is widened by this much.

    Returns
    -------
        Series of shapely Polygons in metres, index ``cluster`` ascending; empty without clusters.

    References
    ----------
    Concave hull by erosion of the Delaunay triangulation: Duckham et al. 2008, Pattern
    Recognition 41 (GEOS ``ConcaveHull``).

    Raises
    ------
    MetricError
        Shapes that do not match, a ratio outside [0, 1] or a margin that is not positive.
    """
    xy = check_points(points)
    clusters = _check_labels(labels, len(xy))
    if not 0 <= ratio <= 1 or not buffer_m > 0:
        raise MetricError(f"ratio is {ratio} and buffer_m {buffer_m}; give 0 to 1 and above 0")
    numbers = np.unique(clusters[clusters >= 0])
    outlines = []
    for number in numbers:
        cloud = shapely.MultiPoint(np.unique(xy[clusters == number], axis=0))
        hull = shapely.convex_hull(cloud)
        if hull.geom_type != "Polygon":
            hull = shapely.buffer(hull, buffer_m)
        elif len(cloud.geoms) >= 4:
            hull = shapely.concave_hull(cloud, ratio=ratio)
        outlines.append(hull)
    index = pd.Index(numbers, name="cluster", dtype="int64")
    return pd.Series(outlines, index=index, name="hull", dtype=object)
