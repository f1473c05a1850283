"""Hexagons for many points: cells of equal size on the screen at one zoom level."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

_EARTH_RADIUS_M = 6_378_137.0
_TILE_PIXELS = 256
_CELL_PIXELS = 22


def _mercator(lon: NDArray, lat: NDArray) -> tuple[NDArray, NDArray]:
    x = np.radians(lon) * _EARTH_RADIUS_M
    y = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * _EARTH_RADIUS_M
    return x, y


def _degrees(x: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
    lon = np.degrees(x / _EARTH_RADIUS_M)
    lat = np.degrees(2 * np.arctan(np.exp(y / _EARTH_RADIUS_M)) - np.pi / 2)
    return lon, lat


def hexagons(lon: NDArray, lat: NDArray, *, zoom: int) -> gpd.GeoDataFrame:
    """Count points per hexagon of about 22 screen pixels at a zoom level.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        WGS 84 degrees.
    zoom : int
        Web-Mercator zoom level, 0 to 18.

    Returns
    -------
    GeoDataFrame
        ``cell`` (``zoom/q/r``, axial coordinates), ``count``, hexagon in EPSG:4326; sorted by
        cell coordinates, counts sum to n.
    """
    metres_per_pixel = 2 * np.pi * _EARTH_RADIUS_M / (_TILE_PIXELS * 2**zoom)
    size = _CELL_PIXELS * metres_per_pixel / np.sqrt(3)
    x, y = _mercator(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    q_exact = (np.sqrt(3) / 3 * x - y / 3) / size
    r_exact = 2 / 3 * y / size
    q, r = _round_axial(q_exact, r_exact)
    cells = pd.DataFrame({"q": q, "r": r}).groupby(["q", "r"], sort=True).size()
    index = cells.index.to_frame(index=False)
    centre_x = size * np.sqrt(3) * (index["q"] + index["r"] / 2).to_numpy()
    centre_y = size * 1.5 * index["r"].to_numpy()
    angle = np.radians(60 * np.arange(7) - 30)
    ring_lon, ring_lat = _degrees(
        centre_x[:, None] + size * np.cos(angle), centre_y[:, None] + size * np.sin(angle)
    )
    # Seven decimals are a centimetre: shorter GeoJSON, no visible gap.
    rings = np.stack([ring_lon.round(7), ring_lat.round(7)], axis=-1)
    return gpd.GeoDataFrame(
        {
            "cell": [f"{zoom}/{a}/{b}" for a, b in zip(index["q"], index["r"], strict=True)],
            "count": cells.to_numpy(),
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
