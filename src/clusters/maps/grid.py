"""Hexagons for many points: cells of equal size on the screen at one zoom level."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

_EARTH_RADIUS_M = 6_378_137.0
_TILE_PIXELS = 256
_CELL_PIXELS = 22
_STRIDE = 2**31


def _mercator(lon: NDArray, lat: NDArray) -> tuple[NDArray, NDArray]:
    x = np.radians(lon) * _EARTH_RADIUS_M
    y = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * _EARTH_RADIUS_M
    return x, y


def _degrees(x: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
    lon = np.degrees(x / _EARTH_RADIUS_M)
    lat = np.degrees(2 * np.arctan(np.exp(y / _EARTH_RADIUS_M)) - np.pi / 2)
    return lon, lat


def cell_size(zoom: int) -> float:
    """Return the circumradius of a cell at a zoom level, in Web-Mercator metres."""
    metres_per_pixel = 2 * np.pi * _EARTH_RADIUS_M / (_TILE_PIXELS * 2**zoom)
    return float(_CELL_PIXELS * metres_per_pixel / np.sqrt(3))


@dataclass(frozen=True)
class Cells:
    """Occupied hexagons of one zoom level: axial coordinates and points in each, (k,) each."""

    zoom: int
    q: NDArray[np.int64]
    r: NDArray[np.int64]
    count: NDArray[np.int64]


def count_cells(lon: NDArray, lat: NDArray, *, zoom: int) -> Cells:
    """Count points per hexagon of about 22 screen pixels at a zoom level.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        WGS 84 degrees.
    zoom : int
        Web-Mercator zoom level, 0 to 18.

    Returns
    -------
    Cells
        Sorted by axial coordinates; counts sum to n.
    """
    size = cell_size(zoom)
    x, y = _mercator(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    q, r = _round_axial((np.sqrt(3) / 3 * x - y / 3) / size, 2 / 3 * y / size)
    # One integer per cell: sorting it sorts by q, then r.
    joined = q * _STRIDE + (r + _STRIDE // 2)
    cells, count = np.unique(joined, return_counts=True)
    return Cells(zoom, cells // _STRIDE, cells % _STRIDE - _STRIDE // 2, count.astype("int64"))


def hexagons(lon: NDArray, lat: NDArray, *, zoom: int) -> gpd.GeoDataFrame:
    """Return the hexagons of `count_cells` with their outlines.

    Returns
    -------
    GeoDataFrame
        ``cell`` (``zoom/q/r``, axial coordinates), ``count``, hexagon in EPSG:4326; sorted by
        cell coordinates, counts sum to n.
    """
    cells, size = count_cells(lon, lat, zoom=zoom), cell_size(zoom)
    centre_x = size * np.sqrt(3) * (cells.q + cells.r / 2)
    centre_y = size * 1.5 * cells.r
    angle = np.radians(60 * np.arange(7) - 30)
    ring_lon, ring_lat = _degrees(
        centre_x[:, None] + size * np.cos(angle), centre_y[:, None] + size * np.sin(angle)
    )
    # Seven decimals are a centimetre: shorter GeoJSON, no visible gap.
    rings = np.stack([ring_lon.round(7), ring_lat.round(7)], axis=-1)
    return gpd.GeoDataFrame(
        {
            "cell": [f"{zoom}/{a}/{b}" for a, b in zip(cells.q, cells.r, strict=True)],
            "count": cells.count,
        },
        geometry=shapely.polygons(rings),
        crs="EPSG:4326",
    )


def _round_axial(q: NDArray, r: NDArray) -> tuple[NDArray, NDArray]:
    # Cube rounding: the coordinate that moved most is recomputed from the other two.
    s = -q - r
    q_near, r_near, s_near = np.rint(q), np.rint(r), np.rint(s)
    dq, dr, ds = np.abs(q_near - q), np.abs(r_near - r), np.abs(s_near - s)
    fix_q = (dq > dr) & (dq > ds)
    fix_r = ~fix_q & (dr > ds)
    q_near = np.where(fix_q, -r_near - s_near, q_near)
    r_near = np.where(fix_r, -q_near - s_near, r_near)
    return q_near.astype("int64"), r_near.astype("int64")
