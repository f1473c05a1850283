"""The density of firms as a surface: filled contours of an edge-corrected kernel density."""

from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray

from clusters.maps import palette
from clusters.maps.layers import Layer, LegendEntry, Style
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, distance, number, word
from clusters.metrics.density import kernel_density
from clusters.places.boundaries import CRS_METRES, display

_STEPS: Final = 6
_CELLS: Final = 260  # along the longer side: enough for the eye, little to send
LEAST: Final = 10
"""Firms a surface takes; fewer say nothing that dots do not."""


def density_layer(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    left_out: int,
    prefecture: str = "",
    language: Language,
    theme: ThemeName = "light",
) -> Layer | None:
    """Return the density surface of precisely placed firms; None for too few.

    Parameters
    ----------
    lon, lat
        (n,) degrees of the firms placed to the street or better.
    left_out : int
        Firms of the view that are not placed so well; the legend says so.
    prefecture : str
        Window of the estimate: this prefecture, or the province where empty. Density is
        corrected for its edge.

    Notes
    -----
    Class limits halve from the highest density down, so the surface keeps its shape whatever
    its peak. The bandwidth is a fixed part of the window's width: views of one window compare.
    """
    if len(lon) < LEAST:
        return None
    areas = display("prefecture")
    if prefecture:
        areas = areas[areas["code"] == prefecture]
    window = areas.geometry.to_crs(CRS_METRES).union_all()
    west, south, east, north = window.bounds
    side = max(east - west, north - south)
    cell, bandwidth = side / _CELLS, side / 90
    points = shapely.get_coordinates(
        gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326").to_crs(CRS_METRES).to_numpy()
    )
    grid = kernel_density(points, bandwidth, window, cell)
    per_km2 = grid.density * 1e6
    if not np.nanmax(per_km2) > 0:
        return None
    limits = np.nanmax(per_km2) / 2.0 ** np.arange(_STEPS, 0, -1)
    rows, columns = per_km2.shape
    x = west + (np.arange(columns) + 0.5) * cell
    y = north - (np.arange(rows) + 0.5) * cell
    bands = _bands(x, y, per_km2, limits)
    ramp = palette.sequential(_STEPS, theme=theme)
    styles = {str(i): Style(fill=colour, fill_opacity=0.75) for i, colour in enumerate(ramp)}
    shapes = gpd.GeoSeries(list(bands.values()), crs=CRS_METRES).to_crs("EPSG:4326")
    unit = word("density_unit", language)
    lows = [number(float(f"{limit:.2g}")) for limit in limits]
    highs = [*lows[1:], number(float(f"{np.nanmax(per_km2):.2g}"))]
    texts = [f"{low}–{high} {unit}" for low, high in zip(lows, highs, strict=True)]
    frame = gpd.GeoDataFrame(
        {
            "id": [f"density-{i}" for i in bands],
            "kind": [str(i) for i in bands],
            "tip": [texts[i] for i in bands],
        },
        geometry=shapes.to_numpy(),
        crs="EPSG:4326",
    )
    note = word("density_note", language).format(
        n=f"{len(lon):,}", left=f"{left_out:,}", band=distance(round(bandwidth, -2), language)
    )
    legend = tuple(LegendEntry(texts[i], styles[str(i)], "shape") for i in reversed(range(_STEPS)))
    return Layer(
        "density", word("density", language), "shape", frame, styles, legend, order=12, note=note
    )


def _bands(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    values: NDArray[np.float64],
    limits: NDArray[np.float64],
) -> dict[int, shapely.MultiPolygon]:
    """Return the filled contour of every class that is not empty."""
    generator = contour_generator(
        x, y, np.ma.masked_invalid(values), fill_type=FillType.OuterOffset
    )
    found = {}
    for i, low in enumerate(limits):
        high = limits[i + 1] if i + 1 < len(limits) else np.inf
        polygons = []
        for corners, offsets in zip(*generator.filled(low, high), strict=True):
            rings = [corners[a:b] for a, b in pairwise(offsets)]
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
        if polygons:
            found[i] = shapely.MultiPolygon(polygons)
    return found
