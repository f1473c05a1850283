"""Flows between zones as arrows: curved, as wide as they are large, one side of the road each way.

An arrow bends to the right of its own direction, so that there and back lie beside each other.
Firms that came from, or went, outside all zones are short straight arrows at the zone. Flows
between zones that share a place, or of a zone without a footprint, cannot be drawn; they are
counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.maps import palette
from clusters.maps.layers import Layer, LegendEntry, Style, range_text
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, labelled, word
from clusters.places.boundaries import CRS_METRES

__all__ = ["FlowMap", "flow_layers"]

Kind = Literal["between", "into", "out"]
# Kind, line as (points, 2) metres, firms, "from>to", tooltip.
_Row = tuple[Kind, NDArray[np.float64], int, str, str]
_Point = NDArray[np.float64]
_KINDS: Final[tuple[Kind, ...]] = ("between", "into", "out")
_WIDTHS: Final = (1.5, 3.0, 5.0, 8.0)
_BEND: Final = 0.18
_POINTS: Final = 25
# Arrows begin and end this far from the middle of their zones, as a share of their length.
_GAP: Final = 0.06
_SHORTEST_M: Final = 500.0
# Arrows from and to outside all zones: a share of the ground that the zones cover.
_STUB: Final = 0.13
_LEAST_STUB_M: Final = 6_000.0
_HEAD: Final = 0.11
_LARGEST_HEAD: Final = 0.03
_STUB_HEAD: Final = 0.38


@dataclass(frozen=True)
class FlowMap:
    """Flows as layers, and the account of their firms.

    Attributes
    ----------
    layers
        Lines, arrow heads and names of zones; empty where nothing can be drawn.
    drawn, left_out
        Moves that are drawn, and moves that are not.
    bounds
        West, south, east, north of what is drawn, in degrees; None where nothing is.
    """

    layers: tuple[Layer, ...]
    drawn: int
    left_out: int
    bounds: tuple[float, float, float, float] | None


def flow_layers(
    flows: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    *,
    names: Mapping[str, str],
    language: Language,
    theme: ThemeName = "light",
) -> FlowMap:
    """Return flows between zones as layers.

    Parameters
    ----------
    flows
        ``from_zone, to_zone, firms``; empty text is outside any zone.
    zones
        ``zone_id`` and footprints in EPSG:4326, null where none is known.
    names
        Name of each zone that occurs, for tooltips.
    """
    drawn = zones[zones.geometry.notna()]
    middle = drawn.geometry.representative_point().to_crs(CRS_METRES)
    places = {
        str(zone): np.array([point.x, point.y])
        for zone, point in zip(drawn["zone_id"], middle, strict=True)
    }
    moves = flows[flows["from_zone"] != flows["to_zone"]]
    used = [places[z] for z in {*moves["from_zone"], *moves["to_zone"]} if z in places]
    if not used:
        return FlowMap((), 0, int(moves["firms"].sum()), None)
    extent = float(np.hypot(*np.ptp(np.array(used), axis=0)))
    rows = [
        (kind, path, int(firms), f"{origin}>{target}", _tip(origin, target, firms, names, language))
        for origin, target, firms in moves[["from_zone", "to_zone", "firms"]].itertuples(
            index=False
        )
        for kind, path in _paths(origin, target, places, extent)
    ]
    if not rows:
        return FlowMap((), 0, int(moves["firms"].sum()), None)
    layers = (*_layers(rows, extent, language, theme), _names(rows, places, names))
    west, south, east, north = layers[0].frame.total_bounds
    done = sum(row[2] for row in rows)
    return FlowMap(layers, done, int(moves["firms"].sum()) - done, (west, south, east, north))


def _tip(
    origin: str, target: str, firms: object, names: Mapping[str, str], language: Language
) -> str:
    outside = word("outside_zones", language)
    one, two = (names.get(zone, zone) if zone else outside for zone in (origin, target))
    return f"{one} → {two}\n" + labelled(word("moved_firms", language), f"{firms:,}", language)


def _paths(
    origin: str, target: str, places: Mapping[str, NDArray[np.float64]], extent: float
) -> list[tuple[Kind, NDArray[np.float64]]]:
    """Return the line of a flow, (points, 2) metres; none where a place is not known."""
    reach = np.array([max(_STUB * extent, _LEAST_STUB_M), 0.0])
    if origin and target:
        if origin not in places or target not in places:
            return []
        return _curve(places[origin], places[target])
    if target in places:
        return [("into", np.array([places[target] - reach, places[target] - 0.15 * reach]))]
    if origin in places:
        return [("out", np.array([places[origin] + 0.15 * reach, places[origin] + reach]))]
    return []


def _curve(
    start: NDArray[np.float64], end: NDArray[np.float64]
) -> list[tuple[Kind, NDArray[np.float64]]]:
    along = end - start
    if np.hypot(*along) < _SHORTEST_M:
        return []
    right = np.array([along[1], -along[0]])
    control = (start + end) / 2 + _BEND * right
    t = np.linspace(_GAP, 1 - _GAP, _POINTS)[:, None]
    return [("between", (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)]


def _width_limits(firms: NDArray[np.int64]) -> list[int]:
    """Return the inclusive upper limits of the widths: quarters of the largest flow."""
    most = int(firms.max())
    limits = {max(1, round(most * share)) for share in (0.1, 0.25, 0.5)}
    return [*sorted(limit for limit in limits if limit < most), most]


def _layers(
    rows: list[_Row],
    extent: float,
    language: Language,
    theme: ThemeName,
) -> tuple[Layer, ...]:
    tokens = palette.THEMES[theme]
    colours = {"between": tokens.accent, "into": tokens.accent, "out": tokens.warm}
    firms = np.array([row[2] for row in rows])
    limits = _width_limits(firms)
    classes = np.searchsorted(limits, firms)
    kinds = [f"{row[0]}-{width}" for row, width in zip(rows, classes, strict=True)]
    lines = {
        kind: Style(
            stroke=colours[kind.partition("-")[0]],
            stroke_width=_WIDTHS[int(kind.partition("-")[2])],
            dash=None if kind.startswith("between") else _dash(int(kind.partition("-")[2])),
        )
        for kind in sorted(set(kinds))
    }
    heads = {
        kind: Style(fill=style.stroke, stroke=tokens.paper, stroke_width=0.8)
        for kind, style in lines.items()
    }
    table = {"id": [row[3] for row in rows], "kind": kinds, "tip": [row[4] for row in rows]}
    paths = [shapely.LineString(row[1]) for row in rows]
    points = [
        _head(row[1], width, extent) for row, width in zip(rows, classes.tolist(), strict=True)
    ]
    frames = [
        gpd.GeoDataFrame(table, geometry=shapes, crs=CRS_METRES).to_crs("EPSG:4326")
        for shapes in (paths, points)
    ]
    title = word("flows", language)
    legend = _legend(rows, limits, classes, colours, language)
    return (
        Layer("flows", title, "shape", frames[0], lines, legend, order=45),
        Layer("flow-heads", "", "shape", frames[1], heads, order=46),
    )


def _legend(
    rows: list[_Row],
    limits: list[int],
    classes: NDArray[np.intp],
    colours: Mapping[str, str],
    language: Language,
) -> tuple[LegendEntry, ...]:
    entries = []
    unit = {one: word("one_firm_here" if one else "firms_here", language) for one in (True, False)}
    for kind in _KINDS:
        count = sum(row[2] for row in rows if row[0] == kind)
        if count:
            style = Style(stroke=colours[kind], dash=None if kind == "between" else "6 4")
            entries.append(LegendEntry(word(f"flow_{kind}", language), style, "line", count))
    lows = [1, *(limit + 1 for limit in limits[:-1])]
    for at in sorted(set(classes.tolist())):
        style = Style(stroke=colours["between"], stroke_width=_WIDTHS[at])
        text = range_text(lows[at], limits[at])
        entries.append(LegendEntry(f"{text} {unit[limits[at] == 1]}", style, "line"))
    return tuple(entries)


def _dash(width: int) -> str:
    """Return dashes that are longer than the line is wide."""
    return f"{4 + 2 * _WIDTHS[width]:g} {2 + _WIDTHS[width]:g}"


def _names(rows: list[_Row], places: Mapping[str, _Point], names: Mapping[str, str]) -> Layer:
    """Return the names of the zones that flows are drawn from and to."""
    ids = sorted({zone for row in rows for zone in row[3].split(">") if zone})
    texts = [names.get(zone, zone) for zone in ids]
    table = {"id": ids, "kind": "label", "tip": texts, "text": texts}
    points = gpd.GeoSeries([shapely.Point(places[zone]) for zone in ids], crs=CRS_METRES)
    frame = gpd.GeoDataFrame(table, geometry=points.to_crs("EPSG:4326"))
    return Layer("flow-names", "", "label", frame, {"label": Style()}, order=70)


def _head(path: NDArray[np.float64], width: int, extent: float) -> shapely.Polygon:
    """Return the head of an arrow at the end of a line, in metres."""
    length = float(np.hypot(*np.diff(path, axis=0).T).sum())
    longest = max(_LARGEST_HEAD * extent, 0.3 * _LEAST_STUB_M)
    size = min(_HEAD * length * (1 + 0.35 * width), longest * (1 + 0.35 * width), 0.45 * length)
    if len(path) == 2:  # from or to outside: short, and as wide as any
        size = _STUB_HEAD * length * (0.8 + 0.15 * width)
    ahead = path[-1] - path[-2]
    ahead /= np.hypot(*ahead)
    side = np.array([-ahead[1], ahead[0]])
    tip = path[-1] + 0.35 * size * ahead
    back = tip - size * ahead
    return shapely.Polygon([tip, back + 0.45 * size * side, back - 0.45 * size * side])
