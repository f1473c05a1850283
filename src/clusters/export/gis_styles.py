"""The style a GeoPackage brings along: QGIS draws the layer with it as soon as it is opened.

QGIS keeps styles in the table ``layer_styles`` of the file (QGIS user manual, "Save and Share
Layer Properties"), as QML; the row with ``useAsDefault`` is taken on opening.
"""

import contextlib
import sqlite3
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.export.industries import industry_name
from clusters.maps import palette
from clusters.maps.choropleth import classify
from clusters.maps.palette import LIGHT, rgb

FIXED_TIME = "2000-01-01T00:00:00.000Z"
_CREATE = """CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME)"""
_SHAPES = {
    "circle": "circle",
    "square": "square",
    "triangle": "triangle",
    "diamond": "diamond",
    "cross": "cross_fill",
}
_CHOROPLETHS = ("lq_population:ai", "lq:ai", "count:ai")


def add_style(path: Path, layer: str, frame: gpd.GeoDataFrame) -> None:
    """Write the style of a layer into its GeoPackage."""
    style = _renderer(layer, frame)
    if style is None:
        return
    qml = (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.28.0" styleCategories="Symbology">{style}</qgis>'
    )
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_CREATE)
        connection.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
            "ui, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
            (layer, layer, qml, "clusters", FIXED_TIME),
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, "
            "last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (FIXED_TIME,),
        )


def _renderer(layer: str, frame: gpd.GeoDataFrame) -> str | None:
    if layer == "enterprises" and "chain_layer" in frame:
        return _by_chain_layer()
    if layer == "zones":
        return _by_assumed()
    if layer == "areas":
        return _by_metric(frame)
    if layer in {"hotspots", "benchmark"}:
        symbol = (
            _fill("0", LIGHT.warm, 0.15, LIGHT.warm)
            if layer == "hotspots"
            else _marker("0", LIGHT.accent, "circle", 3.0)
        )
        return f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>'
    return None


def _colour(colour: str, opacity: float = 1.0) -> str:
    return ",".join(str(round(255 * part)) for part in (*rgb(colour), opacity))


def _options(values: dict[str, str]) -> str:
    inner = "".join(
        f'<Option name={quoteattr(name)} type="QString" value={quoteattr(value)}/>'
        for name, value in values.items()
    )
    return f'<Option type="Map">{inner}</Option>'


def _symbol(name: str, kind: str, layer: str, options: dict[str, str]) -> str:
    return (
        f'<symbol name={quoteattr(name)} type="{kind}" alpha="1" clip_to_extent="1">'
        f'<layer class="{layer}" enabled="1" locked="0" pass="0">{_options(options)}</layer>'
        "</symbol>"
    )


def _marker(name: str, colour: str, shape: str, size: float) -> str:
    options = {
        "name": shape,
        "color": _colour(colour),
        "outline_color": _colour(LIGHT.paper),
        "outline_width": "0.2",
        "outline_width_unit": "MM",
        "outline_style": "solid",
        "size": f"{size:g}",
        "size_unit": "MM",
    }
    return _symbol(name, "marker", "SimpleMarker", options)


def _fill(name: str, colour: str, opacity: float, outline: str, *, dashed: bool = False) -> str:
    options = {
        "color": _colour(colour, opacity),
        "style": "solid",
        "outline_color": _colour(outline),
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "outline_style": "dash" if dashed else "solid",
    }
    return _symbol(name, "fill", "SimpleFill", options)


def _categories(attribute: str, entries: list[tuple[str, str, str]]) -> str:
    """Return a categorised renderer of (value, label, symbol)."""
    listed = "".join(
        f'<category value={quoteattr(value)} label={quoteattr(label)} symbol="{position}" '
        f'render="true"/>'
        for position, (value, label, _) in enumerate(entries)
    )
    symbols = "".join(symbol for _, _, symbol in entries)
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(attribute)} '
        f'enableorderby="0" forceraster="0" symbollevels="0"><categories>{listed}</categories>'
        f"<symbols>{symbols}</symbols></renderer-v2>"
    )


def _both(zh: str, en: str) -> str:
    return f"{zh} {en}"


def _by_chain_layer() -> str:
    entries = [
        (
            name,
            _both(industry_name(name, "zh"), industry_name(name, "en")),
            _marker(str(position), mark.colour, _SHAPES[mark.shape], 2.6),
        )
        for position, (name, mark) in enumerate(palette.LAYERS.items())
    ]
    mark = palette.UNKNOWN_LAYER
    rest = _marker(str(len(entries)), mark.colour, _SHAPES[mark.shape], 2.4)
    return _categories("chain_layer", [*entries, ("", _both("未归类", "Not classified"), rest)])


def _by_assumed() -> str:
    return _categories(
        "assumed",
        [
            (
                "0",
                _both("范围为推定", "footprint approximate"),
                _fill("0", LIGHT.accent, 0.12, LIGHT.accent),
            ),
            (
                "1",
                _both("假定位置", "assumed place"),
                _fill("1", LIGHT.warm, 0.12, LIGHT.warm, dashed=True),
            ),
        ],
    )


def _by_metric(frame: gpd.GeoDataFrame) -> str | None:
    column = next((name for name in _CHOROPLETHS if name in frame), None)
    if column is None or not pd.api.types.is_numeric_dtype(frame[column]):
        return None
    if not frame.geom_type.dropna().isin(["Polygon", "MultiPolygon"]).all():
        return None
    values = frame[column].to_numpy(dtype="float64", na_value=np.nan)
    metric = column.partition(":")[0]
    classes = classify(values, metric=metric, language="en")
    if not classes.upper:
        return None
    ramp = (
        palette.quotient_ramp()
        if classes.scheme == "quotient"
        else palette.sequential(len(classes.upper))
    )
    top = float(np.nanmax(values))
    lower, ranges, symbols = min(0.0, float(np.nanmin(values))), [], []
    for position, (limit, text) in enumerate(zip(classes.upper, classes.texts, strict=True)):
        upper = limit if np.isfinite(limit) else max(top, lower + 1)
        ranges.append(
            f'<range lower="{lower!r}" upper="{float(upper)!r}" symbol="{position}" '
            f'label={quoteattr(text)} render="true"/>'
        )
        symbols.append(_fill(str(position), ramp[position], 0.9, LIGHT.boundary))
        lower = float(upper)
    return (
        f'<renderer-v2 type="graduatedSymbol" attr={quoteattr(chr(34) + column + chr(34))} '
        f'graduatedMethod="GraduatedColor" enableorderby="0" forceraster="0" symbollevels="0">'
        f"<ranges>{''.join(ranges)}</ranges><symbols>{''.join(symbols)}</symbols></renderer-v2>"
    )
