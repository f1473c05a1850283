"""Point patterns in the plane: Ripley's K, nearest neighbours, the standard ellipse.

Points are (n, 2) eastings and northings in metres. A window is a shapely Polygon or MultiPolygon
in the same metres, or a rectangle (west, south, east, north); all points must lie in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import shapely
from shapely import affinity

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats, check_above_zero, check_values
from clusters.metrics.hotspots import FARTHEST_M, check_points
from clusters.metrics.inference import normal_p
from clusters.metrics.parallel import row_blocks, run, run_sum

Correction: TypeAlias = Literal["translate", "none", "border", "isotropic"]
Window: TypeAlias = shapely.Polygon | shapely.MultiPolygon | tuple[float, float, float, float]

# Points whose pairs are intersected with the window at once, to bound the memory.
_POINT_BLOCK: Final = 200
_ROWS: Final = 512
# Pairs whose overlaps are intersected one by one (20 microseconds each), and steps of the lattice
# that overlaps are read off for more.
_INTERSECTED_PAIRS: Final = 200_000
_LATTICE: Final = 96


@dataclass(frozen=True)
class ClarkEvans:
    """Nearest-neighbour ratio and its test against complete spatial randomness.

    Attributes
    ----------
    ratio
        Observed over expected mean distance, [0, 2.149]: below 1 clustered, above 1 dispersed.
    mean_m, expected_m
        Mean distance to the nearest neighbour, observed and expected, metres.
    z, p
        Standard score and two-sided p.
    n
        Points.
    reason
        Why everything is NaN, or None.
    """

    ratio: float
    mean_m: float
    expected_m: float
    z: float
    p: float
    n: int
    reason: str | None = None


@dataclass(frozen=True)
class StandardEllipse:
    """Centre, spread and direction of a cloud of points.

    Attributes
    ----------
    centre_x, centre_y
        Weighted mean, metres.
    major_m, minor_m
        Semi-axes: standard deviations along the principal directions, metres.
    angle_deg
        Direction of the major axis, degrees clockwise from north, [0, 180); NaN for a circle.
    standard_distance_m
        √(major² + minor²), metres.
    n
        Points.
    reason
        Why something is NaN (``too_few_points``, ``total_zero``, ``circular``), or None.
    """

    centre_x: float
    centre_y: float
    major_m: float
    minor_m: float
    angle_deg: float
    standard_distance_m: float
    n: int
    reason: str | None = None


def check_radii(radii: np.ndarray) -> np.ndarray:
    """Return radii in metres as ascending floats (r,); MetricError otherwise."""
    array = np.atleast_1d(as_floats(radii, "radii"))
    if array.ndim != 1:
        raise MetricError(f"radii has shape {array.shape}; pass one vector of metres")
    check_values(array, "radii")
    if array[-1] > FARTHEST_M:
        raise MetricError(f"radii holds {array[-1]}; give metres that occur on a map")
    if (np.diff(array) <= 0).any():
        raise MetricError("radii must ascend without repeats; sort them")
    return array


def as_window(window: Window) -> shapely.Polygon | shapely.MultiPolygon:
    """Return a window as a valid polygon with an area; MetricError otherwise."""
    if isinstance(window, (tuple, list, np.ndarray)) and len(window) == 4:
        window = shapely.box(*as_floats(window, "window"))
    if not isinstance(window, (shapely.Polygon, shapely.MultiPolygon)):
        raise MetricError(
            f"window is {type(window).__name__}; pass a shapely polygon in metres or "
            "(west, south, east, north)"
        )
    if not window.is_valid or not window.area > 0:
        raise MetricError("window is not a valid polygon with an area; repair it first")
    return window


def _check_inside(xy: np.ndarray, window: Any) -> None:
    inside = shapely.intersects_xy(window, xy[:, 0], xy[:, 1])
    if not inside.all():
        row = int(np.flatnonzero(~inside)[0])
        raise MetricError(
            f"points: row {row} lies outside the window ({int((~inside).sum())} in all); "
            "clip the points or widen the window"
        )


def _edges(window: Any) -> np.ndarray:
    """Return the boundary as segments (m, 4): x1, y1, x2, y2."""
    parts = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(window))]
    return np.vstack([np.hstack([ring[:-1], ring[1:]]) for ring in parts])


def _by_blocks(number: int, kernel: Callable[[int, int], np.ndarray]) -> np.ndarray:
    """Add up a kernel over blocks of rows and then over the rings, (r,)."""
    blocks = row_blocks(number, triangle=True)
    return np.cumsum(run_sum(lambda rows: kernel(*rows), blocks))


def _translate_sums(xy: np.ndarray, radii: np.ndarray, window: Any) -> np.ndarray:
    """Return Σ_{i≠j} 1(d ≤ r) A / area(W ∩ W shifted by the pair's difference)."""
    west, south, east, north = window.bounds
    if window.equals(shapely.box(west, south, east, north)):
        from clusters.metrics.distances import rings, translate_sums  # noqa: PLC0415 - compiles

        near, (x, y) = rings(radii), np.ascontiguousarray(xy.T)
        sides = (east - west, north - south)
        return _by_blocks(len(xy), lambda *rows: translate_sums(x, y, near, *sides, *rows))
    from scipy.spatial import KDTree  # noqa: PLC0415 - imported when first needed

    limits = radii * (1 + 1e-9)
    tree = KDTree(xy)
    pairs = (tree.count_neighbors(tree, limits[-1]) - len(xy)) // 2
    if pairs > _INTERSECTED_PAIRS:
        return lattice_sums_of(xy, radii, window)
    total = np.zeros(len(radii))
    for at in range(0, len(xy), _POINT_BLOCK):
        block = xy[at : at + _POINT_BLOCK]
        near = tree.query_ball_point(block, limits[-1])
        first = np.repeat(np.arange(at, at + len(block)), [len(found) for found in near])
        second = np.concatenate(near).astype(np.int64)
        once = first < second
        shift = xy[second[once]] - xy[first[once]]
        overlap = _overlaps(window, shift)
        # Two points in opposite corners leave no overlap; they carry no information about K.
        weight = np.divide(window.area, overlap, out=np.zeros_like(overlap), where=overlap > 0)
        place = np.searchsorted(limits, np.hypot(shift[:, 0], shift[:, 1]))
        total += np.bincount(place, weights=weight, minlength=len(radii))[: len(radii)]
    return 2 * np.cumsum(total)


def _overlaps(window: Any, shifts: np.ndarray) -> np.ndarray:
    """Return the areas of the window's overlap with itself shifted, (shifts,)."""
    moved = [affinity.translate(window, dx, dy) for dx, dy in shifts]
    return shapely.area(shapely.intersection(window, moved))


def lattice_sums_of(xy: np.ndarray, radii: np.ndarray, window: Any) -> np.ndarray:
    """Return Σ_{i≠j} 1(d ≤ r) A / overlap, the overlaps read off a lattice of shifts, (r,).

    Points ascend in x. Shifting a window by v changes its overlap with itself by half its
    perimeter times |v| at most, and a shift lies within √2 steps of the lattice points it is read
    from: that bounds the error of an overlap.
    """
    from clusters.metrics.distances import lattice_sums, rings  # noqa: PLC0415 - compiles

    near, (x, y) = rings(radii), np.ascontiguousarray(xy.T)
    reach = min(near.reach, float(np.hypot(np.ptp(x), np.ptp(y))))
    step = max(reach, 1e-9) / _LATTICE
    across = np.arange(-_LATTICE - 1, _LATTICE + 2) * step
    along = np.arange(_LATTICE + 2) * step
    shifts = np.stack(np.meshgrid(along, across, indexing="ij"), axis=-1).reshape(-1, 2)
    shapely.prepare(window)
    lattice = _overlaps(window, shifts).reshape(len(along), len(across)) / window.area
    return _by_blocks(len(xy), lambda *rows: lattice_sums(x, y, near, lattice, step, *rows))


def _border_sums(xy: np.ndarray, radii: np.ndarray, window: Any) -> np.ndarray:
    """Return n times the mean count of neighbours over points at least r from the boundary."""
    from clusters.metrics.distances import neighbours_within, rings  # noqa: PLC0415 - compiles

    margin = shapely.distance(shapely.points(xy), window.boundary)
    (x, y), w, within = np.ascontiguousarray(xy.T), np.ones(len(xy)), rings(radii)
    total, number = np.zeros(len(radii)), np.zeros(len(radii))
    rows = np.array_split(np.arange(len(xy)), max(1, len(xy) // _ROWS))
    found = run(lambda part: neighbours_within(x, y, w, part, within), rows)
    for part, counts in zip(rows, found, strict=True):
        deep = margin[part, None] >= radii[None, :]
        number += deep.sum(axis=0)
        total += np.where(deep, counts, 0).sum(axis=0)
    return len(xy) * np.divide(total, number, out=np.full(len(radii), np.nan), where=number > 0)


def ripley_k(
    points: np.ndarray, radii: np.ndarray, window: Window, correction: Correction = "translate"
) -> np.ndarray:
    """Return Ripley's K(r) = A / (n (n - 1)) Σ_{i≠j} 1(d_ij ≤ r) e_ij, square metres.

    Parameters
    ----------
    points
        (n, 2) metres.
    radii
        (r,) metres, ascending. A distance equal to a radius, up to rounding, counts as within.
    window
        Study area, metres.
    correction
        ``none``: e = 1, biased down near the edge; ``translate``: A over the overlap of the
        window with itself shifted by the pair's difference (for more than 200 000 pairs in reach
        in a window that is no rectangle the overlap is interpolated between shifts a 96th of the
        largest radius s apart: it errs by s/96 · perimeter/√2 at most); ``isotropic``: one over
        the share of the circle around i through j that lies in the window; ``border``: only
        points at least r from the boundary are centres, e = n over their number.

    Returns
    -------
        (r,) m²; π r² under complete spatial randomness. NaN for fewer than two points, and with
        ``border`` where no point is that far inside: these are the only undefined cases.

    References
    ----------
    Ripley 1977, Journal of the Royal Statistical Society B 39; Ohser 1983, Math. Operationsforsch.

    Raises
    ------
    MetricError
        Points outside the window, radii that do not ascend, an unknown correction.
    """
    if correction not in ("translate", "none", "border", "isotropic"):
        raise MetricError(
            f"correction {correction!r} is unknown; choose translate, none, border or isotropic"
        )
    xy, steps, area = check_points(points), check_radii(radii), as_window(window)
    _check_inside(xy, area)
    n = len(xy)
    if n < 2:
        return np.full(len(steps), np.nan)
    origin = xy.mean(axis=0)  # small numbers keep their digits
    xy, area = xy - origin, affinity.translate(area, *-origin)
    xy = xy[np.lexsort((xy[:, 1], xy[:, 0]))]  # what the compiled loops need
    if correction == "translate":
        sums = _translate_sums(xy, steps, area)
    elif correction == "border":
        sums = _border_sums(xy, steps, area)
    elif correction == "isotropic":
        from clusters.metrics.circles import isotropic_sums  # noqa: PLC0415 - compiles

        (x, y), edges = np.ascontiguousarray(xy.T), _edges(area)
        sums = _by_blocks(n, lambda *rows: isotropic_sums(x, y, steps, edges, *rows))
    else:
        from scipy.spatial import KDTree  # noqa: PLC0415 - imported when first needed

        tree = KDTree(xy)
        sums = tree.count_neighbors(tree, steps * (1 + 1e-9)) - n
    return area.area / (n * (n - 1)) * sums


def ripley_l(
    points: np.ndarray, radii: np.ndarray, window: Window, correction: Correction = "translate"
) -> np.ndarray:
    """Return Besag's L(r) = √(K(r)/π), metres: r under complete spatial randomness.

    Parameters, undefined cases and errors as `ripley_k`.

    References
    ----------
    Besag 1977, Journal of the Royal Statistical Society B 39.
    """
    return np.sqrt(ripley_k(points, radii, window, correction) / np.pi)


def clark_evans(
    points: np.ndarray, area_m2: float, *, perimeter_m: float | None = None
) -> ClarkEvans:
    """Return the Clark-Evans ratio R = 2 d̄ √(n/A) and its test.

    z = (d̄ - ½/√λ) / (0.26136/√(n λ)), λ = n/A.

    Parameters
    ----------
    points
        (n, 2) metres.
    area_m2
        Area of the study region; the ratio depends on it.
    perimeter_m
        With it Donnelly's edge correction is used: expected d̄ = ½ √(A/n) +
        (0.0514 + 0.041/√n) P/n and its standard error √(0.0703 A/n² + 0.037 P √(A/n⁵)).

    Returns
    -------
        `ClarkEvans`; NaN with ``too_few_points`` for fewer than two points.

    References
    ----------
    Clark & Evans 1954, Ecology 35; Donnelly 1978, in Hodder, Simulation Studies in Archaeology.

    Raises
    ------
    MetricError
        Points not finite, area or perimeter not positive.
    """
    xy = check_points(points)
    check_above_zero(area_m2, "area_m2")
    if perimeter_m is not None:
        check_above_zero(perimeter_m, "perimeter_m")
    n = len(xy)
    if n < 2:
        return ClarkEvans(np.nan, np.nan, np.nan, np.nan, np.nan, n, "too_few_points")
    from scipy.spatial import KDTree  # noqa: PLC0415 - imported when first needed

    mean = float(KDTree(xy).query(xy, k=2)[0][:, 1].mean())
    expected = 0.5 * np.sqrt(area_m2 / n)
    error = 0.26136 * np.sqrt(area_m2) / n
    if perimeter_m is not None:
        expected += (0.0514 + 0.041 / np.sqrt(n)) * perimeter_m / n
        error = np.sqrt(0.0703 * area_m2 / n**2 + 0.037 * perimeter_m * np.sqrt(area_m2 / n**5))
    z = float((mean - expected) / error)
    return ClarkEvans(mean / float(expected), mean, float(expected), z, float(normal_p(z)), n)


def standard_ellipse(points: np.ndarray, weights: np.ndarray | None = None) -> StandardEllipse:
    """Return the standard deviational ellipse: principal axes of the population covariance.

    Parameters
    ----------
    points
        (n, 2) metres.
    weights
        (n,) ≥ 0; equal by default.

    Returns
    -------
        `StandardEllipse`; all NaN for fewer than three points or weights that add up to 0, the
        angle alone NaN for a circle.

    References
    ----------
    Yuill 1971, Geografiska Annaler B 53; Bachi 1963, Papers of the Regional Science Association.

    Raises
    ------
    MetricError
        Points not finite; weights of another length, negative or not finite.
    """
    xy = check_points(points)
    n = len(xy)
    w = np.ones(n) if weights is None else as_floats(weights, "weights")
    if w.shape != (n,):
        raise MetricError(f"weights has shape {w.shape}; points need ({n},)")
    if n < 3 or w.sum() == 0:
        reason = "too_few_points" if n < 3 else "total_zero"
        return StandardEllipse(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, n, reason)
    check_values(w, "weights")
    w = w / w.sum()
    origin = xy[0]
    centre = w @ (xy - origin) + origin
    away = xy - centre
    values, vectors = np.linalg.eigh((away * w[:, None]).T @ away)
    minor, major = np.sqrt(np.maximum(values, 0.0))
    angle: float = np.nan
    circular = values[1] - values[0] <= 1e-9 * values[1]
    if not circular:
        east, north = vectors[:, 1]
        angle = float(np.degrees(np.arctan2(east, north)) % 180)
    return StandardEllipse(
        float(centre[0]),
        float(centre[1]),
        float(major),
        float(minor),
        angle,
        float(np.hypot(major, minor)),
        n,
        "circular" if circular else None,
    )
