"""Which county and which zones hold a point, for a million points at a time.

A grid of cells of 0.02 degrees is laid over the province once per process. A cell that no border
touches lies in one county (or in none) altogether, so its points are answered by one look-up; the
points of the other cells are tested against prepared polygons, only those whose bounding box
holds them. The result is that of testing every point against every polygon.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from clusters.places.boundaries import counties, to_metres
from clusters.places.zones import follows_zones, zones

__all__ = ["county_codes", "county_rows", "within_footprint", "zone_membership"]

CELL: Final = 0.02
"""Cell of the grid in degrees, about 2 km."""

_MIXED: Final = -2
_NONE: Final = -1


@dataclass(frozen=True)
class _Grid:
    west: float
    south: float
    cells: NDArray[np.int16]


@lru_cache(maxsize=1)
def _county_polygons() -> NDArray[np.object_]:
    polygons = counties().geometry.to_numpy()
    shapely.prepare(polygons)
    return polygons


@lru_cache(maxsize=1)
def _grid() -> _Grid:
    polygons = _county_polygons()
    west, south, east, north = shapely.total_bounds(polygons)
    columns, rows = int((east - west) / CELL) + 1, int((north - south) / CELL) + 1
    cells = np.full((rows, columns), _NONE, dtype=np.int16)
    parts = shapely.get_parts(shapely.boundary(polygons))
    points, part = shapely.get_coordinates(parts, return_index=True)
    joined = part[1:] == part[:-1]
    column = ((points[:, 0] - west) / CELL).astype(np.int64)
    row = ((points[:, 1] - south) / CELL).astype(np.int64)
    # Every cell in the bounding box of a border segment counts as touched by it.
    low_column = np.minimum(column[1:], column[:-1])[joined]
    high_column = np.maximum(column[1:], column[:-1])[joined]
    low_row = np.minimum(row[1:], row[:-1])[joined]
    high_row = np.maximum(row[1:], row[:-1])[joined]
    touched = np.zeros(cells.shape, dtype=np.bool_)
    for across in range(int((high_column - low_column).max()) + 1):
        for up in range(int((high_row - low_row).max()) + 1):
            inside = (low_column + across <= high_column) & (low_row + up <= high_row)
            touched[low_row[inside] + up, low_column[inside] + across] = True
    free_row, free_column = np.nonzero(~touched)
    cells[free_row, free_column] = _tested(
        west + (free_column + 0.5) * CELL, south + (free_row + 0.5) * CELL
    )
    cells[touched] = _MIXED
    return _Grid(float(west), float(south), cells)


def _tested(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int16]:
    """Test points against polygons; a point on a border goes to the lower code."""
    result = np.full(len(x), _NONE, dtype=np.int16)
    order = np.argsort(x, kind="stable")
    sorted_x = x[order]
    polygons = _county_polygons()
    boxes = shapely.bounds(polygons)
    for row in range(len(polygons)):
        west, south, east, north = boxes[row]
        low = np.searchsorted(sorted_x, west, side="left")
        high = np.searchsorted(sorted_x, east, side="right")
        near = order[low:high]
        near = near[(y[near] >= south) & (y[near] <= north) & (result[near] < 0)]
        if len(near):
            hit = near[shapely.intersects_xy(polygons[row], x[near], y[near])]
            result[hit] = row
    return result


def county_rows(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int16]:
    """Return for each point the row of its county in `boundaries.counties`, or -1.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees, (n,); NaN gives -1.

    Returns
    -------
    ndarray of int16, shape (n,)
        A point on a common border belongs to the county with the lower code.
    """
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    grid = _grid()
    rows, columns = grid.cells.shape
    result = np.full(len(x), _NONE, dtype=np.int16)
    with np.errstate(invalid="ignore"):
        place_x, place_y = (x - grid.west) / CELL, (y - grid.south) / CELL
        covered = (place_x >= 0) & (place_y >= 0) & (place_x < columns) & (place_y < rows)
    index = np.flatnonzero(covered)
    cell = grid.cells[place_y[index].astype(np.int64), place_x[index].astype(np.int64)]
    result[index] = cell
    mixed = index[cell == _MIXED]
    result[mixed] = _tested(x[mixed], y[mixed])
    return result


def county_codes(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.object_]:
    """Return for each point the code of its county, or None outside the province."""
    codes = np.array([*counties()["code"], None], dtype=object)
    return codes[county_rows(lon, lat)]


def zone_membership(
    lon: ArrayLike,
    lat: ArrayLike,
    radius_m: ArrayLike,
    *,
    drawn: gpd.GeoDataFrame | None = None,
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the zones each point is in, and those it may be in.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees, (n,); NaN is in no zone.
    radius_m
        Doubt about each point in metres, (n,).
    drawn
        Zones with the columns of `zones.zones`; those in use by default.

    Returns
    -------
    inside, uncertain
        Parallel lists of zone ids in the order of `drawn`. A point is inside only where it
        is further from the edge than its own radius plus the error of the footprint; nearer than
        that, on either side, it is uncertain. Zones with an assumed place are never certain.
    """
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    doubt = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    inside: list[list[str]] = [[] for _ in range(len(x))]
    uncertain: list[list[str]] = [[] for _ in range(len(x))]
    metres = to_metres(x, y)
    shapes = _zone_shapes() if drawn is None else _shapes_of(drawn)
    for zone_id, shape, error, assumed in shapes:
        certain, maybe = within_footprint(shape, metres, doubt + error)
        for row in certain:
            (uncertain if assumed else inside)[row].append(zone_id)
        for row in maybe:
            uncertain[row].append(zone_id)
    return [tuple(one) for one in inside], [tuple(one) for one in uncertain]


def within_footprint(
    shape: shapely.Geometry, metres: NDArray[np.float64], reach_m: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the points certainly inside a footprint, and those too near its edge to tell.

    Parameters
    ----------
    shape
        Polygon in ``CRS_METRES``.
    metres
        (n, 2) easting, northing in the same metres; NaN is nowhere.
    reach_m
        (n,) doubt of each point plus that of the footprint, in metres.
    """
    west, south, east, north = shape.bounds
    near = np.flatnonzero(
        (metres[:, 0] >= west - reach_m)
        & (metres[:, 0] <= east + reach_m)
        & (metres[:, 1] >= south - reach_m)
        & (metres[:, 1] <= north + reach_m)
    )
    within = shapely.contains_xy(shape, metres[near, 0], metres[near, 1])
    edge = shapely.distance(shapely.boundary(shape), shapely.points(metres[near]))
    deep = within & (edge > reach_m[near])
    return near[deep], near[~deep & (edge <= reach_m[near])]


@follows_zones
def _zone_shapes() -> list[tuple[str, shapely.Geometry, float, bool]]:
    return _shapes_of(zones())


def _shapes_of(frame: gpd.GeoDataFrame) -> list[tuple[str, shapely.Geometry, float, bool]]:
    drawn = gpd.GeoDataFrame(frame[frame.geometry.notna()])
    shapes = to_metres(drawn).geometry.to_numpy()
    shapely.prepare(shapes)
    return list(
        zip(
            drawn["zone_id"],
            shapes,
            drawn["boundary_error_m"].astype(float),
            drawn["assumed"].astype(bool),
            strict=True,
        )
    )
