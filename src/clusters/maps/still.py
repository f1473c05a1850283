"""Still maps for paper and slides: title, map, legend, scale, north, inset, source.

The map is drawn on the equal-area projection of the platform, so areas of a choropleth
compare; the scale bar is measured on the ellipsoid at the latitude where it stands. The same
input gives the same bytes: no time stamp, no random id.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from clusters.maps import fonts, furniture
from clusters.maps.layers import Layer, Style, merge_legends
from clusters.maps.palette import LIGHT
from clusters.maps.words import Language, labelled, word
from clusters.places.boundaries import CRS_METRES

SheetSize = Literal["16:9", "A4", "A3"]
Format = Literal["png", "svg", "pdf"]
_INCHES: dict[SheetSize, tuple[float, float]] = {
    "16:9": (13.333, 7.5),
    "A4": (11.693, 8.268),
    "A3": (16.535, 11.693),
}
_PROVENANCE_KEY = "clusters:provenance"


@dataclass(frozen=True)
class StillText:
    """The words around a still map."""

    title: str
    subtitle: str
    source: str
    as_of: str
    made: str
    snapshot: str
    review_number: str = ""


@dataclass(frozen=True)
class StillMap:
    """A drawn map: the file's bytes, what the reader must know, labels without room."""

    data: bytes
    warnings: tuple[str, ...]
    labels_left_out: tuple[str, ...]


@dataclass(frozen=True)
class Inset:
    """The small map of a sheet.

    ``locator`` marks the extent of the sheet on the province; ``detail`` enlarges a part of it.
    """

    kind: Literal["locator", "detail"]
    title: str
    area: gpd.GeoSeries


def still_map(
    layers: Sequence[Layer],
    *,
    focus: gpd.GeoSeries,
    text: StillText,
    language: Language,
    inset: Inset | None = None,
    labels: Sequence[furniture.Label] = (),
    size: SheetSize = "16:9",
    dpi: int = 300,
    fmt: Format = "png",
    provenance: str = "{}",
) -> StillMap:
    """Draw layers on one sheet.

    Parameters
    ----------
    layers : sequence of Layer
        What `layers`, `choropleth` and `context` decided; drawn by ``order``. Layers of form
        ``label`` are not drawn: pass `labels`.
    focus : GeoSeries
        Geometry the sheet is about; the extent fits it. Any CRS.
    labels : sequence of Label
        Names wanted on the map; those without room are returned, never overprinted.
    dpi : int
        Resolution of PNG.
    provenance : str
        JSON written into the file's metadata.

    Returns
    -------
    StillMap
        Warning ``review_number_missing`` where the 审图号 is empty.

    Raises
    ------
    InputError
        If the typeface lacks a character of any text.
    """
    texts = _texts(layers, text, inset, labels)
    fonts.require_glyphs(texts)
    style: dict[Any, Any] = {
        "font.family": [fonts.register()],
        "axes.unicode_minus": False,
        # A "$" in a title is a dollar sign, not mathematics.
        "text.parse_math": False,
        "svg.hashsalt": "clusters",
        "svg.fonttype": "path",
        "hatch.linewidth": 0.6,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=_INCHES[size], dpi=dpi, facecolor=LIGHT.paper)
        FigureCanvasAgg(figure)
        plan = _Plan(tuple(layers), focus, text, language, inset, tuple(labels))
        left_out = _compose(figure, plan)
        data = _save(figure, fmt, dpi, text.title, provenance)
    warnings = () if text.review_number else ("review_number_missing",)
    return StillMap(data, warnings, tuple(left_out))


def _texts(
    layers: Sequence[Layer],
    text: StillText,
    inset: Inset | None,
    labels: Sequence[furniture.Label],
) -> list[str]:
    shown = [text.title, text.subtitle, text.source, text.as_of, text.snapshot]
    shown += [text.review_number, text.made, *(label.text for label in labels)]
    if inset is not None:
        shown.append(inset.title)
    for title, entries, note in merge_legends(layers):
        shown += [title, note, *(entry.text for entry in entries)]
    return shown


@dataclass(frozen=True)
class _Plan:
    layers: tuple[Layer, ...]
    focus: gpd.GeoSeries
    text: StillText
    language: Language
    inset: Inset | None
    labels: tuple[furniture.Label, ...]


def _compose(figure: Figure, plan: _Plan) -> list[str]:
    width, height = figure.get_size_inches()
    unit = min(width / 13.333, height / 7.5)
    edge, side, gap = 0.45 * unit, 2.75 * unit, 0.3 * unit
    top, bottom = 1.12 * unit, 0.78 * unit
    _header(figure, plan.text, edge, height, unit)
    _footer(figure, plan.text, plan.language, edge, unit)
    box = (edge, bottom, width - 2 * edge - side - gap, height - top - bottom)
    ax = furniture.inch_axes(figure, box)
    bounds = furniture.fit_bounds(plan.focus, aspect=box[2] / box[3])
    _paint(ax, plan.layers, bounds, unit)
    bar = furniture.scale_bar(ax, language=plan.language, unit=unit)
    furniture.north_arrow(ax, language=plan.language, unit=unit)
    west, south, east, north = bounds
    inside = [label for label in plan.labels if west < label.x < east and south < label.y < north]
    left_out = furniture.place_labels(
        ax, inside, unit=unit, size=8, dots=_dots(plan.layers), avoid=bar
    )
    column = width - edge - side
    end = furniture.draw_legend(
        figure,
        merge_legends(plan.layers),
        box=(column, bottom, side, height - top - bottom),
        unit=unit,
    )
    if plan.inset is not None:
        room = min(2.3 * unit, end - bottom - 0.3 * unit)
        if room > 1.0 * unit:
            _inset(figure, plan, ax, (column, bottom, side, room), unit)
    return left_out


def _dots(layers: Sequence[Layer]) -> NDArray[np.float64]:
    drawn = [layer.frame for layer in layers if layer.form == "point" and layer.show]
    points = [shapely.get_coordinates(frame.to_crs(CRS_METRES).geometry) for frame in drawn]
    return np.concatenate([np.empty((0, 2)), *points])


def _header(figure: Figure, text: StillText, edge: float, height: float, unit: float) -> None:
    width = figure.get_size_inches()[0]
    x = edge / width
    figure.add_artist(
        Rectangle(
            (x, 1 - 0.78 * unit / height),
            0.06 * unit / width,
            0.42 * unit / height,
            facecolor=LIGHT.accent,
            transform=figure.transFigure,
        )
    )
    figure.text(
        x + 0.18 * unit / width,
        1 - 0.57 * unit / height,
        fonts.printable(text.title),
        fontsize=20 * unit,
        fontweight="bold",
        color=LIGHT.ink,
        va="center",
    )
    figure.text(
        x + 0.18 * unit / width,
        1 - 0.93 * unit / height,
        fonts.printable(text.subtitle),
        fontsize=10 * unit,
        color=LIGHT.muted,
        va="center",
    )


def _footer(figure: Figure, text: StillText, language: Language, edge: float, unit: float) -> None:
    width, height = figure.get_size_inches()
    review = text.review_number or word("review_missing", language)
    lines = [
        "    ".join(
            [
                labelled(word("source", language), fonts.printable(text.source), language),
                labelled(word("as_of", language), text.as_of, language),
                labelled(word("made", language), text.made, language),
            ]
        ),
        "    ".join(
            [
                labelled(word("snapshot", language), text.snapshot, language),
                labelled(word("review_number", language), review, language),
                word("method_note", language),
            ]
        ),
    ]
    for index, line in enumerate(lines):
        figure.text(
            edge / width,
            (0.46 - 0.19 * index) * unit / height,
            line,
            fontsize=7.5 * unit,
            color=LIGHT.muted,
            va="center",
        )


def _paint(
    ax: Axes,
    layers: Sequence[Layer],
    bounds: tuple[float, float, float, float],
    unit: float,
    *,
    shrink: float = 1.0,
) -> None:
    west, south, east, north = bounds
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_aspect("equal")
    ax.set_facecolor(LIGHT.surround)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(color=LIGHT.boundary, linewidth=0.7 * unit, zorder=100)
    window = shapely.box(*bounds)
    for layer in sorted(layers, key=lambda item: item.order):
        if layer.show and layer.form != "label":
            _paint_layer(ax, layer, window, unit * shrink)
    # geopandas names the axes of a projected frame; a map has none.
    ax.set_xlabel("")
    ax.set_ylabel("")


def _paint_layer(ax: Axes, layer: Layer, window: shapely.Polygon, unit: float) -> None:
    frame = layer.frame.to_crs(CRS_METRES)
    if layer.form == "circle":
        frame = frame.set_geometry(frame.geometry.buffer(frame["radius_m"]))
    frame = frame[frame.intersects(window)]
    for kind, style in layer.styles.items():
        rows = frame[frame["kind"] == kind]
        if rows.empty:
            continue
        if layer.form == "point":
            _paint_points(ax, rows, style, layer.order, unit)
        else:
            _paint_shapes(ax, rows, style, layer.order, unit)


def _paint_points(ax: Axes, rows: gpd.GeoDataFrame, style: Style, order: int, unit: float) -> None:
    ax.scatter(
        rows.geometry.x,
        rows.geometry.y,
        s=(style.size * 1.15 * unit) ** 2,
        marker=furniture.MARKERS[style.shape],
        facecolor=style.fill,
        edgecolor=style.stroke,
        linewidth=style.stroke_width * 0.6 * unit,
        zorder=order,
    )


def _paint_shapes(ax: Axes, rows: gpd.GeoDataFrame, style: Style, order: int, unit: float) -> None:
    face = (style.fill, style.fill_opacity) if style.fill else "none"
    common: dict[str, Any] = {"ax": ax, "aspect": None}
    heavy = style.stroke == LIGHT.ink
    rows.plot(
        **common,
        facecolor=face,
        edgecolor=style.stroke or "none",
        linewidth=style.stroke_width * 0.7 * unit,
        linestyle=(0, (4, 3)) if style.dash else "solid",
        # Heavy outlines lie on top of their neighbours' thin ones.
        zorder=order + (0.5 if heavy else 0),
    )
    if style.hatch:
        rows.plot(
            **common,
            facecolor="none",
            edgecolor=LIGHT.boundary,
            hatch=style.hatch,
            linewidth=0,
            zorder=order + 0.2,
        )


def _inset(
    figure: Figure,
    plan: _Plan,
    main: Axes,
    box: tuple[float, float, float, float],
    unit: float,
) -> None:
    inset = plan.inset
    if inset is None:
        return
    left, bottom, width, height = box
    title = 0.24 * unit
    ax = furniture.inch_axes(figure, (left, bottom, width, height - title))
    bounds = furniture.fit_bounds(inset.area, aspect=width / (height - title))
    if inset.kind == "detail":
        _paint(ax, plan.layers, bounds, unit, shrink=0.75)
        _frame_on(main, bounds, unit)
    else:
        _paint(ax, (), bounds, unit)
        inset.area.to_crs(CRS_METRES).plot(
            ax=ax,
            aspect=None,
            facecolor=LIGHT.land,
            edgecolor=LIGHT.boundary,
            linewidth=0.5 * unit,
        )
        ax.set_xlabel("")
        ax.set_ylabel("")
        (west, east), (south, north) = main.get_xlim(), main.get_ylim()
        _frame_on(ax, (west, south, east, north), unit)
    sheet = figure.get_size_inches()
    figure.text(
        left / sheet[0],
        (bottom + height - 0.08 * unit) / sheet[1],
        inset.title,
        fontsize=8.5 * unit,
        fontweight="bold",
        color=LIGHT.ink,
        va="center",
    )


def _frame_on(ax: Axes, bounds: tuple[float, float, float, float], unit: float) -> None:
    west, south, east, north = bounds
    ax.add_patch(
        Rectangle(
            (west, south),
            east - west,
            north - south,
            facecolor=(LIGHT.warm, 0.06),
            edgecolor=LIGHT.warm,
            linewidth=1.1 * unit,
            zorder=75,
        )
    )


def _save(figure: Figure, fmt: Format, dpi: int, title: str, provenance: str) -> bytes:
    json.loads(provenance)
    metadata: dict[Format, dict[str, str | None]] = {
        "png": {"Software": None, "Title": title, _PROVENANCE_KEY: provenance},
        "pdf": {"Title": title, "Keywords": provenance, "CreationDate": None, "ModDate": None},
        "svg": {"Title": title, "Description": provenance, "Date": None},
    }
    buffer = io.BytesIO()
    with np.errstate(all="raise", under="ignore"):
        figure.savefig(buffer, format=fmt, dpi=dpi, metadata=metadata[fmt])
    return buffer.getvalue()
