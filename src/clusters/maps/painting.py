"""Painting layers on matplotlib axes: shapes, dots, circles, the frame of an inset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from clusters.maps import furniture
from clusters.maps.layers import Layer, Style
from clusters.maps.palette import LIGHT
from clusters.places.boundaries import CRS_METRES


@dataclass(frozen=True)
class Inset:
    """The small map of a sheet.

    ``locator`` marks the extent of the sheet on the province; ``detail`` enlarges a part of it.
    """

    kind: Literal["locator", "detail"]
    title: str
    area: gpd.GeoSeries


def dots_of(layers: Sequence[Layer]) -> NDArray[np.float64]:
    """Return where dots are drawn, shape (n, 2), ``CRS_METRES``."""
    drawn = [layer.frame for layer in layers if layer.form == "point" and layer.show]
    points = [shapely.get_coordinates(frame.to_crs(CRS_METRES).geometry) for frame in drawn]
    return np.concatenate([np.empty((0, 2)), *points])


def paint(
    ax: Axes,
    layers: Sequence[Layer],
    bounds: tuple[float, float, float, float],
    unit: float,
    *,
    shrink: float = 1.0,
) -> None:
    """Draw layers by their order on axes that show `bounds` (``CRS_METRES``)."""
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


def draw_inset(
    figure: Figure,
    inset: Inset,
    layers: Sequence[Layer],
    main: Axes,
    *,
    box: tuple[float, float, float, float],
    unit: float,
) -> None:
    """Draw the small map and mark on one map what the other shows.

    Parameters
    ----------
    box : tuple
        left, bottom, width, height in inches of the figure.
    """
    left, bottom, width, height = box
    title = 0.24 * unit
    ax = furniture.inch_axes(figure, (left, bottom, width, height - title))
    bounds = furniture.fit_bounds(inset.area, aspect=width / (height - title))
    if inset.kind == "detail":
        paint(ax, layers, bounds, unit, shrink=0.75)
        _frame_on(main, bounds, unit)
    else:
        paint(ax, (), bounds, unit)
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
