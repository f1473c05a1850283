"""An area a visitor draws: its text in a link, its shape, the firms in it, and what they are.

Only firms placed to the street or better are counted in a drawn area; the others are told apart
by whether the circle that holds them reaches into it.
"""

import math
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.maps import palette
from clusters.maps.layers import Layer, LegendEntry, Style
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, word
from clusters.metrics import (
    false_discovery,
    location_quotient,
    location_quotient_interval,
    location_quotient_test,
)
from clusters.metrics.sums import AI_FIRMS
from clusters.places.boundaries import CRS_METRES
from clusters.places.output import PRECISE

MOST_CORNERS: Final = 100
_WEST, _EAST, _SOUTH, _NORTH = 96.0, 110.0, 25.0, 36.0
_OTHER: Final = "other"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class DrawnArea:
    """A polygon or a circle.

    ``text`` is what a link carries: ``p`` and the corners as ``lon,lat,…``, or ``c`` and
    ``lon,lat,radius`` with the radius in metres. ``shape`` is EPSG:4326, ``area_km2`` on the
    equal-area projection.
    """

    text: str
    shape: shapely.Polygon | shapely.MultiPolygon
    area_km2: float

    def holds(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points lie inside; (n,) degrees."""
        return shapely.contains_xy(self.shape, lon, lat)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return tuple(self.shape.bounds)  # type: ignore[return-value]  # four floats


def circle(lon: float, lat: float, radius_m: float) -> str:
    """Return the text of a circle."""
    return f"c{lon:.5f},{lat:.5f},{radius_m:.0f}"


def rectangle(west: float, south: float, east: float, north: float) -> str:
    """Return the text of a rectangle in degrees."""
    corners = (west, south, east, south, east, north, west, north)
    return "p" + ",".join(f"{value:.5f}" for value in corners)


def read_area(text: str | None) -> DrawnArea | None:
    """Read the area of a link; None where it is none in or around Sichuan."""
    if not text or text[0] not in "pc":
        return None
    try:
        values = [float(part) for part in text[1:].split(",")]
    except ValueError:
        return None
    if not all(math.isfinite(value) for value in values):
        return None
    shape = _circle(values) if text[0] == "c" else _polygon(values)
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    if not (west >= _WEST and east <= _EAST and south >= _SOUTH and north <= _NORTH):
        return None
    square_metres = gpd.GeoSeries([shape], crs="EPSG:4326").to_crs(CRS_METRES).area.iloc[0]
    return DrawnArea(text, shape, float(square_metres) / 1e6)


def _circle(values: list[float]) -> shapely.Polygon | None:
    if len(values) != 3 or not 10 <= values[2] <= 500_000:
        return None
    if not (_WEST < values[0] < _EAST and _SOUTH < values[1] < _NORTH):
        return None
    centre = gpd.GeoSeries.from_xy([values[0]], [values[1]], crs="EPSG:4326").to_crs(CRS_METRES)
    # 64 corners a quarter: the area falls short of the circle's by 0.01 %.
    return centre.buffer(values[2], quad_segs=64).to_crs("EPSG:4326").iloc[0]


def _polygon(values: list[float]) -> shapely.Polygon | shapely.MultiPolygon | None:
    if len(values) % 2 or not 6 <= len(values) <= 2 * MOST_CORNERS:
        return None
    shape = shapely.Polygon(list(zip(values[::2], values[1::2], strict=True)))
    # A line drawn across itself encloses what is inside either part.
    sound = shape if shape.is_valid else shapely.make_valid(shape, method="structure")
    return sound if sound.geom_type in {"Polygon", "MultiPolygon"} and sound.area else None


def inside(area: DrawnArea, firms: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which firms are known to lie in an area: those placed to the street or better."""
    lon = firms["lon"].to_numpy(dtype="float64")
    lat = firms["lat"].to_numpy(dtype="float64")
    found = _precise(firms)
    found[found] = area.holds(lon[found], lat[found])
    return found


def _precise(firms: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    known = np.isfinite(firms["lon"].to_numpy(dtype="float64"))
    return firms["precision"].isin(PRECISE).to_numpy() & known


@dataclass(frozen=True)
class AreaProfile:
    """What a drawn area holds.

    ``inside`` says which firms of the snapshot lie in it (placed to the street or better);
    ``possible`` counts AI firms known less well whose circle reaches into it; ``left_out``
    all AI firms of the province known less well. ``table`` has one row per segment present:
    ``industry``, ``n``, ``province``, ``lq``, ``low``, ``high``, ``q``.
    """

    inside: NDArray[np.bool_]
    ai: int
    firms: int
    possible: int
    left_out: int
    table: pd.DataFrame


def profile(area: DrawnArea, firms: gpd.GeoDataFrame) -> AreaProfile:
    """Measure a drawn area against the rest of the province.

    Parameters
    ----------
    firms : GeoDataFrame
        All firms of a snapshot with the location and taxonomy columns.

    Notes
    -----
    The quotients are those of segments among all precisely placed firms of the registry, with
    the exact interval at 95 %; p is hypergeometric and q runs over the segments.
    """
    precise = _precise(firms)
    ai = firms["ai_relevance"].isin(AI_FIRMS).to_numpy()
    held = inside(area, firms)
    vague = ai & ~precise & firms["lon"].notna().to_numpy()
    group = firms["segment"].fillna(UNKNOWN).to_numpy(dtype=object)
    group = np.where(ai, group, _OTHER)
    return AreaProfile(
        inside=held,
        ai=int((held & ai).sum()),
        firms=int(held.sum()),
        possible=_reaching(area, firms[vague]),
        left_out=int((ai & ~precise).sum()),
        table=_quotients(group[precise], held[precise]),
    )


def _reaching(area: DrawnArea, firms: gpd.GeoDataFrame) -> int:
    if firms.empty:
        return 0
    shape = gpd.GeoSeries([area.shape], crs="EPSG:4326").to_crs(CRS_METRES).iloc[0]
    points = gpd.GeoSeries.from_xy(firms["lon"], firms["lat"], crs="EPSG:4326").to_crs(CRS_METRES)
    away = points.distance(shape).to_numpy()
    return int((away <= firms["radius_m"].to_numpy(dtype="float64")).sum())


def _quotients(group: NDArray, inside: NDArray[np.bool_]) -> pd.DataFrame:
    where = pd.Series(np.where(inside, "area", "rest"))
    counts = pd.crosstab(where, pd.Series(group)).reindex(["area", "rest"], fill_value=0)
    counts.columns = pd.Index([str(name) for name in counts.columns], name=None)
    empty = ["industry", "n", "province", "lq", "low", "high", "q"]
    shown = [name for name in counts.columns if name != _OTHER and counts.loc["area", name]]
    if not shown:
        return pd.DataFrame(columns=empty)
    low, high = location_quotient_interval(counts, method="exact")
    segments = [name for name in counts.columns if name != _OTHER]
    p = location_quotient_test(counts).loc["area", segments].to_numpy(dtype="float64")
    q = pd.Series(false_discovery(p), index=segments)
    table = pd.DataFrame(
        {
            "industry": shown,
            "n": counts.loc["area", shown].to_numpy(),
            "province": counts[shown].sum().to_numpy(),
            "lq": location_quotient(counts).loc["area", shown].to_numpy(),
            "low": low.loc["area", shown].to_numpy(),
            "high": high.loc["area", shown].to_numpy(),
            "q": q[shown].to_numpy(),
        }
    )
    return table.sort_values(["n", "industry"], ascending=[False, True], ignore_index=True)


def drawn_layer(area: DrawnArea, *, language: Language, theme: ThemeName = "light") -> Layer:
    """Return the outline of a drawn area."""
    warm = palette.THEMES[theme].warm
    style = Style(fill=warm, fill_opacity=0.06, stroke=warm, stroke_width=2, dash="6 4")
    title = word("drawn", language)
    frame = gpd.GeoDataFrame(
        {"id": ["drawn"], "kind": ["drawn"], "tip": [title]},
        geometry=[area.shape],
        crs="EPSG:4326",
    )
    entry = LegendEntry(title, style, "shape")
    return Layer("drawn", title, "shape", frame, {"drawn": style}, (entry,), order=25)
