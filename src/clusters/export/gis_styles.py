"""The style a GeoPackage brings along: QGIS draws the layer with it as soon as it is opened.

QGIS keeps styles in the table ``layer_styles`` of the file (QGIS user manual, "Save and Share
Layer Properties"), as QML; the row with ``useAsDefault`` is taken on opening. Every style is a list
of rules: a graduated renderer draws nothing where there is no value and takes a limit to the class
below. As on our maps, a firm whose place is not known is no dot.
"""

import contextlib
import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.export.industries import industry_name
from clusters.maps import palette
from clusters.maps.choropleth import classify
from clusters.maps.palette import LIGHT, rgb
from clusters.maps.words import word
from clusters.places.output import PRECISE

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


class _Symbol(NamedTuple):
    """A symbol: marker or fill, and its one layer."""

    kind: str
    layer: str


_Entry = tuple[str, str, _Symbol]
_PLACED = '"precision" IN ({})'.format(", ".join(f"'{one}'" for one in sorted(PRECISE)))
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
    if layer == "enterprises" and {"chain_layer", "precision", "radius_m"} <= set(frame):
        return _rules(_by_chain_layer())
    if layer == "zones":
        return _rules(_by_assumed())
    if layer == "areas":
        rules = _by_metric(frame)
        return _rules(rules) if rules else None
    if layer == "benchmark" and "precision" in frame:
        return _rules(_by_precision())
    if layer == "hotspots":
        fill = _fill(LIGHT.warm, 0.15, LIGHT.warm)
        return _rules([("", _both("密集区", "Density clusters"), fill)])
    return None


def _rules(entries: list[_Entry]) -> str:
    """Return a renderer of rules: filter, label and symbol layer of each; no filter takes all."""
    rules = "".join(
        f'<rule key="{{{position}}}" filter={quoteattr(condition)} label={quoteattr(label)} '
        f'symbol="{position}"/>'
        for position, (condition, label, _) in enumerate(entries)
    )
    symbols = "".join(
        f'<symbol name="{position}" type="{symbol.kind}" alpha="1" clip_to_extent="1">'
        f"{symbol.layer}</symbol>"
        for position, (_, _, symbol) in enumerate(entries)
    )
    return (
        '<renderer-v2 type="RuleRenderer" enableorderby="0" forceraster="0" symbollevels="0">'
        f'<rules key="{{root}}">{rules}</rules><symbols>{symbols}</symbols></renderer-v2>'
    )


def _colour(colour: str, opacity: float = 1.0) -> str:
    return ",".join(str(round(255 * part)) for part in (*rgb(colour), opacity))


def _options(values: dict[str, str]) -> str:
    inner = "".join(
        f'<Option name={quoteattr(name)} type="QString" value={quoteattr(value)}/>'
        for name, value in values.items()
    )
    return f'<Option type="Map">{inner}</Option>'


def _layer(kind: str, options: dict[str, str], *, size: str = "") -> str:
    """Return a layer of a symbol; `size` is an expression that decides its size."""
    decided = (
        '<data_defined_properties><Option type="Map"><Option name="name" type="QString" value=""/>'
        '<Option name="properties" type="Map"><Option name="size" type="Map">'
        '<Option name="active" type="bool" value="true"/><Option name="expression" type="QString" '
        f'value={quoteattr(size)}/><Option name="type" type="int" value="3"/></Option></Option>'
        '<Option name="type" type="QString" value="collection"/></Option></data_defined_properties>'
    )
    return (
        f'<layer class="{kind}" enabled="1" locked="0" pass="0">{_options(options)}'
        f"{decided if size else ''}</layer>"
    )


def _marker(colour: str, shape: str, size: float) -> _Symbol:
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
    return _Symbol("marker", _layer("SimpleMarker", options))


def _ring(colour: str, size: dict[str, str], *, decided: str = "") -> _Symbol:
    """Return an empty circle with a broken line, of a size or one decided by an expression."""
    options = {
        "name": "circle",
        "color": _colour(colour, 0.0),
        "outline_color": _colour(colour, 0.6),
        "outline_width": "0.2",
        "outline_width_unit": "MM",
        "outline_style": "dash",
    }
    return _Symbol("marker", _layer("SimpleMarker", options | size, size=decided))


def _fill(
    colour: str, opacity: float, outline: str, *, style: str = "solid", dashed: bool = False
) -> _Symbol:
    options = {
        "color": _colour(colour, opacity),
        "style": style,
        "outline_color": _colour(outline),
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "outline_style": "dash" if dashed else "solid",
    }
    return _Symbol("fill", _layer("SimpleFill", options))


def _both(zh: str, en: str) -> str:
    return f"{zh} {en}"


def _by_chain_layer() -> list[_Entry]:
    """Return dots of the layer of the chain where the place is known, rings where it is not."""
    entries = [
        (
            f"{_PLACED} AND \"chain_layer\" = '{name}'",
            _both(industry_name(name, "zh"), industry_name(name, "en")),
            _marker(mark.colour, _SHAPES[mark.shape], 2.6),
        )
        for name, mark in palette.LAYERS.items()
    ]
    mark = palette.UNKNOWN_LAYER
    return [
        (
            f'NOT ({_PLACED}) AND "radius_m" IS NOT NULL',
            _both("位置不确定：约 95% 在圈内", "Place uncertain: about 95 % inside"),
            _ring(LIGHT.muted, {"size_unit": "RenderMetersInMapUnits"}, decided='2 * "radius_m"'),
        ),
        *entries,
        (
            f'{_PLACED} AND "chain_layer" IS NULL',
            _both("未归类", "Not classified"),
            _marker(mark.colour, _SHAPES[mark.shape], 2.4),
        ),
    ]


def _by_precision() -> list[_Entry]:
    """Return dots where the place is known and empty ones where it is not; they have no radius."""
    return [
        (_PLACED, _both("标杆企业", "Benchmark firms"), _marker(LIGHT.accent, "circle", 3)),
        (
            f"NOT ({_PLACED})",
            _both("位置不确定", "Place uncertain"),
            _ring(LIGHT.accent, {"size": "4", "size_unit": "MM"}),
        ),
    ]


def _by_assumed() -> list[_Entry]:
    return [
        (
            'NOT "assumed"',
            _both("范围为推定", "footprint approximate"),
            _fill(LIGHT.accent, 0.12, LIGHT.accent),
        ),
        (
            '"assumed"',
            _both("假定位置", "assumed place"),
            _fill(LIGHT.warm, 0.12, LIGHT.warm, dashed=True),
        ),
    ]


def _by_metric(frame: gpd.GeoDataFrame) -> list[_Entry]:
    """Return the classes of a metric, and what has no value of it; one mark for points."""
    kinds = set(frame.geom_type.dropna())
    if kinds == {"Point"}:
        return [("", _both("园区", "Parks"), _marker(LIGHT.accent, "square", 2.6))]
    column = next((name for name in _CHOROPLETHS if name in frame), None)
    if column is None or not pd.api.types.is_numeric_dtype(frame[column]):
        return []
    if not kinds <= {"Polygon", "MultiPolygon"}:
        return []
    values = frame[column].to_numpy(dtype="float64", na_value=np.nan)
    metric = column.partition(":")[0]
    classes = classify(values, metric=metric, language="zh")
    if not classes.upper:
        return []
    english = classify(values, metric=metric, language="en").texts
    quotient = classes.scheme == "quotient"
    ramp = palette.quotient_ramp() if quotient else palette.sequential(len(classes.upper))
    # As `Classes.assign`: a class of a quotient begins at its limit, any other ends there.
    above, below = (">=", "<") if quotient else (">", "<=")
    limits = [None, *(f"{float(limit)!r}" for limit in classes.upper[:-1]), None]
    name = f'"{column}"'
    entries = []
    for position, (low, high) in enumerate(pairwise(limits)):
        ends = [f"{name} {above} {low}"] * (low is not None)
        ends += [f"{name} {below} {high}"] * (high is not None)
        zh, en = classes.texts[position], english[position]
        fill = _fill(ramp[position], 0.9, LIGHT.boundary)
        entries.append((" AND ".join(ends), zh if zh == en else _both(zh, en), fill))
    nothing = _fill(LIGHT.boundary, 1.0, LIGHT.boundary, style="dense7")
    words = _both(word("no_value", "zh"), word("no_value", "en"))
    return [*entries, (f"{name} IS NULL", words, nothing)]
