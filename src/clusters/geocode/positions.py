"""Draw possible positions of places known only roughly, for multiple imputation.

A firm known to its county is somewhere in the county, and more likely where other firms are. Each
draw puts every uncertain row at one possible place; repeating a metric over the draws carries the
doubt into its interval.

References
----------
Rubin, D. B. (1987). Multiple imputation for nonresponse in surveys. Wiley.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from clusters.errors import InputError

SIGMAS_95: Final = 2.447746830681
"""Radius that holds 95 % of a round bivariate normal, in standard deviations."""

UNIFORM_WORTH: Final = 10.0
"""The area itself counts as much as this many precise firms inside it."""

BANDWIDTH_M: Final = 1000.0
"""Standard deviation around a precise firm, in metres."""

_ATTEMPTS: Final = 60


@dataclass(frozen=True)
class Draws:
    """Positions drawn.

    Attributes
    ----------
    positions
        (draws, n, 2) metres: easting, northing; NaN for rows without position.
    """

    positions: NDArray[np.float64]


def sample_positions(
    points: ArrayLike,
    radius_m: ArrayLike,
    areas: ArrayLike,
    *,
    shapes: Mapping[str, shapely.Geometry],
    draws: int,
    seed: int,
    anchors: ArrayLike | None = None,
) -> Draws:
    """Draw possible positions.

    Parameters
    ----------
    points
        (n, 2) metres: the position given to each row; NaN where there is none.
    radius_m
        (n,) radius that holds the true place with 95 % probability.
    areas
        (n,) key in `shapes` of the area a row is known to lie in; None for rows whose own radius
        says enough: they are drawn from a normal around their point.
    shapes
        Polygons in the same metres.
    draws
        How many positions per row, at least 1.
    seed
        Seed of the generator: the same seed gives the same draws.
    anchors
        (k, 2) metres: precise firms. Inside an area with m of them a draw lies near one of them
        with probability m / (m + 10), else anywhere in the area.

    Returns
    -------
    Draws
        Every drawn position lies inside its area.

    Raises
    ------
    InputError
        If shapes do not fit, an area is unknown, or `draws` is below 1.
    """
    place = np.asarray(points, dtype=np.float64)
    radius = np.asarray(radius_m, dtype=np.float64)
    keys = np.asarray(areas, dtype=object)
    if draws < 1 or place.shape != (len(radius), 2) or keys.shape != radius.shape:
        msg = (
            f"points {place.shape}, radius_m {radius.shape}, areas {keys.shape}, draws {draws}: "
            "give one point, radius and area per row and at least one draw"
        )
        raise InputError(msg)
    random = np.random.default_rng(seed)
    result = np.full((draws, len(radius), 2), np.nan)
    free = np.flatnonzero([key is None for key in keys])
    noise = random.standard_normal((draws, len(free), 2))
    result[:, free] = place[free] + noise * (radius[free] / SIGMAS_95)[None, :, None]
    known = np.empty((0, 2)) if anchors is None else np.asarray(anchors, dtype=np.float64)
    for key in sorted({key for key in keys if key is not None}):
        if key not in shapes:
            msg = f"area {key!r} has no polygon; give shapes for every area in use"
            raise InputError(msg)
        rows = np.flatnonzero(keys == key)
        drawn = _inside(shapes[key], known, draws * len(rows), random)
        result[:, rows] = drawn.reshape(draws, len(rows), 2)
    return Draws(result)


def _inside(
    shape: shapely.Geometry,
    anchors: NDArray[np.float64],
    count: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw ``count`` points inside a polygon, near its anchors more often."""
    shapely.prepare(shape)
    held = anchors[shapely.contains_xy(shape, anchors[:, 0], anchors[:, 1])]
    near = random.random(count) < len(held) / (len(held) + UNIFORM_WORTH)
    west, south, east, north = shape.bounds
    result = np.empty((count, 2))
    todo = np.arange(count)
    for attempt in range(_ATTEMPTS):
        x = random.uniform(west, east, len(todo))
        y = random.uniform(south, north, len(todo))
        # An anchor at the edge may throw most of its draws out; after some attempts the area
        # itself takes over, so that the loop ends.
        close = near[todo] & (attempt < _ATTEMPTS // 2)
        if close.any():
            chosen = held[random.integers(0, len(held), int(close.sum()))]
            spread = chosen + random.normal(0.0, BANDWIDTH_M, chosen.shape)
            x[close], y[close] = spread[:, 0], spread[:, 1]
        good = shapely.contains_xy(shape, x, y)
        result[todo[good], 0], result[todo[good], 1] = x[good], y[good]
        todo = todo[~good]
        if not len(todo):
            return result
    # A sliver that rejection cannot hit: its own inner point.
    inner = shape.representative_point()
    result[todo] = (inner.x, inner.y)
    return result
