"""The layers of a map as JSON for the web page: the same decisions as the printed map."""

from typing import Any

import geopandas as gpd
import pyproj
import shapely

from clusters.export.pictures import MapContent, MapRequest, map_content
from clusters.export.views import SnapshotLike
from clusters.maps.layers import Layer, Style, merge_legends
from clusters.maps.palette import LIGHT
from clusters.maps.words import word
from clusters.places.boundaries import CRS_METRES

_PADDING = 0.6
_DIGITS = 5


def map_data(snapshot: SnapshotLike, request: MapRequest) -> dict[str, Any]:
    """Return what the script of the page draws.

    Coordinates are EPSG:4326, longitude first, rounded to about a metre.
    """
    content = map_content(snapshot, request)
    west, south, east, north = content.focus.to_crs("EPSG:4326").total_bounds
    pad_x, pad_y = _PADDING * (east - west), _PADDING * (north - south)
    window = shapely.box(west - pad_x, south - pad_y, east + pad_x, north + pad_y)
    layers = [
        _layer(layer, window)
        for layer in sorted(content.layers, key=lambda one: one.order)
        if layer.form != "label"
    ]
    language = request.language
    return {
        "bounds": [[round(south, 4), round(west, 4)], [round(north, 4), round(east, 4)]],
        "surround": LIGHT.surround,
        "north": word("north", language),
        "layers": layers,
        "legend": _legend(content),
        "labels": _labels(content),
    }


def _layer(layer: Layer, window: shapely.Polygon) -> dict[str, Any]:
    frame = layer.frame
    if layer.form == "circle":
        metres = frame.to_crs(CRS_METRES)
        frame = frame.set_geometry(metres.geometry.buffer(frame["radius_m"]).to_crs("EPSG:4326"))
    frame = frame[frame.intersects(window)]
    if layer.form != "point":
        frame = _simpler(frame, window)
    shapes = shapely.set_precision(frame.geometry.to_numpy(), 10.0**-_DIGITS, mode="pointwise")
    features = [
        {
            "type": "Feature",
            "properties": {"kind": kind, "tip": tip},
            "geometry": shapely.geometry.mapping(shape),
        }
        for shape, kind, tip in zip(shapes, frame["kind"], frame["tip"], strict=True)
        if not shape.is_empty
    ]
    return {
        "key": layer.key,
        "point": layer.form == "point",
        "named": layer.key.startswith("boundary") or bool(layer.legend),
        "styles": {kind: _style(style) for kind, style in layer.styles.items()},
        "features": features,
    }


def _simpler(near: gpd.GeoDataFrame, window: shapely.Polygon) -> gpd.GeoDataFrame:
    # Finer than a pixel of a projector at the whole extent is weight without sight.
    tolerance = (window.bounds[2] - window.bounds[0]) / 4000
    shapes = shapely.simplify(near.geometry.to_numpy(), tolerance)
    return near.set_geometry(gpd.GeoSeries(shapes, index=near.index, crs=near.crs))


def _style(style: Style) -> dict[str, Any]:
    return {
        "fill": style.fill,
        "fillOpacity": style.fill_opacity,
        "stroke": style.stroke,
        "width": style.stroke_width,
        "dash": style.dash,
        "shape": style.shape,
        "size": style.size,
    }


def _legend(content: MapContent) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "note": note,
            "entries": [
                {
                    "text": entry.text,
                    "count": entry.count,
                    "point": entry.form == "point",
                    "style": _style(entry.style),
                }
                for entry in entries
            ],
        }
        for title, entries, note in merge_legends(content.layers)
    ]


def _labels(content: MapContent) -> list[dict[str, Any]]:
    back = pyproj.Transformer.from_crs(CRS_METRES, "EPSG:4326", always_xy=True)
    found = []
    for label in sorted(content.labels, key=lambda one: (-one.priority, one.text)):
        lon, lat = back.transform(label.x, label.y)
        found.append(
            {
                "at": [round(lat, 4), round(lon, 4)],
                "text": label.text,
                "bold": label.bold,
                "colour": label.colour,
            }
        )
    return found
