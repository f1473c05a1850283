"""Everything on a still map that is not the map: scale bar, north arrow, legend, labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
from matplotlib import patheffects
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from clusters.maps.layers import Layer, LegendEntry
from clusters.maps.palette import LIGHT, Shape
from clusters.maps.words import Language, number, word
from clusters.places.boundaries import CRS_METRES

MARKERS: dict[Shape, str] = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "cross": "P",
}
_GEOD = pyproj.Geod(ellps="GRS80")


@dataclass(frozen=True)
class Label:
    """A text wanted at a place (metres, ``CRS_METRES``); higher priority is placed first."""

    x: float
    y: float
    text: str
    priority: float
    bold: bool = False
    colour: str = LIGHT.ink


def ground_metres_per_unit(x: float, y: float, *, span: float) -> float:
    """Return true metres per projected metre along the east-west line through a place.

    Parameters
    ----------
    x, y : float
        Centre of the line, ``CRS_METRES``.
    span : float
        Length of the line in projected metres.
    """
    inverse = pyproj.Transformer.from_crs(CRS_METRES, "EPSG:4326", always_xy=True)
    lon, lat = inverse.transform([x - span / 2, x + span / 2], [y, y])
    _, _, metres = _GEOD.inv(lon[0], lat[0], lon[1], lat[1])
    return metres / span


def nice_length(limit_m: float) -> float:
    """Return the longest of 1, 2, 5 × 10ⁿ metres that fits."""
    power = 10 ** np.floor(np.log10(limit_m))
    return float(max(step * power for step in (0.5, 1, 2, 5) if step * power <= limit_m))


def scale_bar(ax: Axes, *, language: Language, unit: float) -> list[Artist]:
    """Draw a bar whose length is true at the latitude where it stands; return what was drawn."""
    drawn_artists: list[Artist] = []
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    width, height = east - west, north - south
    x, y = west + 0.025 * width, south + 0.035 * height
    truth = ground_metres_per_unit(x + 0.1 * width, y, span=0.2 * width)
    length_m = nice_length(0.2 * width * truth)
    drawn = length_m / truth
    thick = 0.006 * height
    for half, colour in ((0, LIGHT.ink), (1, LIGHT.paper)):
        bar = Rectangle(
            (x + half * drawn / 2, y),
            drawn / 2,
            thick,
            facecolor=colour,
            edgecolor=LIGHT.ink,
            linewidth=0.6 * unit,
            zorder=90,
        )
        drawn_artists.append(ax.add_patch(bar))
    for share, text in (
        (0.0, "0"),
        (0.5, number(length_m / 2000)),
        (1.0, f"{number(length_m / 1000)} {word('scale_km', language)}"),
    ):
        words = ax.text(
            x + share * drawn,
            y + 1.8 * thick,
            text,
            fontsize=7.5 * unit,
            color=LIGHT.ink,
            # The unit hangs out to the right, so the last number still stands over its end.
            ha="center" if share < 1 else "left",
            va="bottom",
            zorder=90,
            path_effects=[patheffects.withStroke(linewidth=2 * unit, foreground=LIGHT.paper)],
        )
        drawn_artists.append(words)
    return drawn_artists


def north_arrow(ax: Axes, *, language: Language, unit: float) -> list[Artist]:
    """Draw an arrow to true north at the corner where it stands (not merely straight up)."""
    drawn: list[Artist] = []
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    size = 0.05 * (north - south)
    x, y = east - 0.7 * size - 0.01 * (east - west), north - 1.9 * size
    angle = north_angle(x, y)
    dx, dy = size * np.sin(angle), size * np.cos(angle)
    for side, colour in ((-1, LIGHT.ink), (1, LIGHT.paper)):
        drawn += ax.fill(
            [x + dx, x + side * 0.32 * dy - 0.45 * dx, x - 0.15 * dx],
            [y + dy, y - side * 0.32 * dx - 0.45 * dy, y - 0.15 * dy],
            facecolor=colour,
            edgecolor=LIGHT.ink,
            linewidth=0.7 * unit,
            zorder=90,
        )
    drawn.append(
        ax.text(
            x + 1.12 * dx,
            y + 1.12 * dy,
            word("north", language),
            fontsize=8.5 * unit,
            fontweight="bold",
            color=LIGHT.ink,
            ha="center",
            va="bottom",
            zorder=90,
        )
    )
    return drawn


def north_angle(x: float, y: float) -> float:
    """Return the direction of true north at a place, radians clockwise from the y axis."""
    there = pyproj.Transformer.from_crs("EPSG:4326", CRS_METRES, always_xy=True)
    lon, lat = there.transform(x, y, direction="INVERSE")
    up_x, up_y = there.transform(lon, lat + 0.1)
    return float(np.arctan2(up_x - x, up_y - y))


def area_labels(layer: Layer, *, with_counts: bool) -> list[Label]:
    """Return labels of a ``counts`` or boundary layer: name, and its number where asked."""
    frame = layer.frame.to_crs(CRS_METRES)
    points = frame.geometry.representative_point()
    counts = frame["count"] if "count" in frame else np.zeros(len(frame))
    names = frame["name"] if "name" in frame else frame["tip"]
    return [
        Label(
            point.x,
            point.y,
            f"{name}\n{count:,}" if with_counts and count else str(name),
            float(count),
            bold=with_counts and bool(count),
        )
        for point, name, count in zip(points, names, counts, strict=True)
    ]


def place_labels(
    ax: Axes,
    labels: Sequence[Label],
    *,
    unit: float,
    size: float,
    dots: NDArray[np.float64],
    avoid: Sequence[Artist] = (),
) -> list[str]:
    """Write labels so that none covers another; return the texts that found no room.

    Greedy by priority: of the positions around a place that collide with no other label, the
    one that covers the fewest dots, the nearest first.

    Parameters
    ----------
    dots : array, shape (n, 2)
        Places of drawn dots, ``CRS_METRES``.
    avoid : sequence of Artist
        Furniture no label may cover.
    """
    figure = ax.get_figure(root=True)
    renderer = figure.canvas.get_renderer()  # type: ignore[union-attr]  # Agg canvas
    taken = [artist.get_window_extent(renderer).padded(4) for artist in avoid]
    room = _Room(ax.get_window_extent(renderer), taken, ax.transData.transform(dots), renderer)
    by_priority = sorted(labels, key=lambda item: (-item.priority, item.text))
    return [label.text for label in by_priority if not _write(ax, label, unit * size, room)]


@dataclass(frozen=True)
class _Room:
    """What a label must respect, in pixels: the frame, what is taken, the dots."""

    frame: Bbox
    taken: list[Bbox]
    dots: NDArray[np.float64]
    renderer: RendererBase

    def free(self, box: Bbox) -> bool:
        frame = self.frame
        inside = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1
        return inside and not any(box.overlaps(other) for other in self.taken)

    def covered(self, box: Bbox) -> int:
        x, y = self.dots[:, 0], self.dots[:, 1]
        hit = (box.x0 - 4 < x) & (x < box.x1 + 4) & (box.y0 - 4 < y) & (y < box.y1 + 4)
        return int(hit.sum())


# Multiples of the half width and half height of a label, nearest first.
_OFFSETS = (
    *((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)),
    *((0.8, 0.9), (-0.8, 0.9), (0.8, -0.9), (-0.8, -0.9)),
    *((0, 1.7), (0, -1.7), (1.6, 0), (-1.6, 0), (1.4, 1.4), (-1.4, 1.4), (1.4, -1.4), (-1.4, -1.4)),
)


def _write(ax: Axes, label: Label, size: float, room: _Room) -> bool:
    text = ax.annotate(
        label.text,
        (label.x, label.y),
        xytext=(0, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=size,
        fontweight="bold" if label.bold else "normal",
        linespacing=1.1,
        color=label.colour,
        zorder=80,
        path_effects=[patheffects.withStroke(linewidth=size * 0.28, foreground="white")],
    )
    box = text.get_window_extent(room.renderer)
    half_width, half_height = box.width / 2, box.height / 2
    best: tuple[int, float, float] | None = None
    for right, up in _OFFSETS:
        moved = box.translated(right * half_width, up * half_height)
        if room.free(moved):
            covered = room.covered(moved)
            if best is None or covered < best[0]:
                best = (covered, right * half_width, up * half_height)
            if not covered:
                break
    if best is None:
        text.remove()
        return False
    points_per_pixel = 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]  # drawn axes
    text.set_position((best[1] * points_per_pixel, best[2] * points_per_pixel))
    room.taken.append(box.translated(best[1], best[2]))
    return True


def draw_legend(
    figure: Figure,
    blocks: Sequence[tuple[str, tuple[LegendEntry, ...], str]],
    *,
    box: tuple[float, float, float, float],
    unit: float,
) -> float:
    """Write legend blocks from the top of a box; return the y where they end.

    Parameters
    ----------
    box : tuple
        left, bottom, width, height in inches of the figure.
    """
    _, bottom, width, height = box
    ax = inch_axes(figure, box)
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.axis("off")
    line = 0.215 * unit
    y = height - 0.5 * line
    room = int((width / unit - 0.75) / 0.061)
    for title, entries, note in blocks:
        ax.text(0, y, title, fontsize=9.5 * unit, fontweight="bold", color=LIGHT.ink, va="center")
        y -= 1.1 * line
        for entry in entries:
            _swatch(ax, entry, y, unit)
            if entry.count is not None:
                ax.text(
                    width,
                    y,
                    f"{entry.count:,}",
                    fontsize=8.5 * unit,
                    color=LIGHT.muted,
                    ha="right",
                    va="center",
                )
            for part in wrap(entry.text, columns=room):
                ax.text(0.4 * unit, y, part, fontsize=8.5 * unit, color=LIGHT.ink, va="center")
                y -= 0.85 * line
            y -= 0.15 * line
        for part in wrap(note, columns=int(18 * width / unit)):
            ax.text(0, y, part, fontsize=7.5 * unit, color=LIGHT.muted, va="center")
            y -= 0.8 * line
        y -= 0.6 * line
    return bottom + y


def wrap(text: str, *, columns: int) -> list[str]:
    """Break a text into lines of at most ``columns`` half-width columns; Chinese counts two."""
    lines: list[str] = []
    line, used = "", 0
    # Latin words stay whole; a Chinese character may end a line, but no stop begins one.
    for piece in re.findall(r"[\x21-\x7e]+|\s|[^\x00-\x7f][，。；：、）]*", text):
        wide = len(piece) if piece.isascii() else 2 * len(piece)
        if used + wide > columns and line:
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not piece.isspace():
            line, used = line + piece, used + wide
    return [*lines, line] if line else lines


def _swatch(ax: Axes, entry: LegendEntry, y: float, unit: float) -> None:
    style = entry.style
    if entry.form == "point":
        ax.scatter(
            [0.14 * unit],
            [y],
            s=(style.size * 1.25 * unit) ** 2,
            marker=MARKERS[style.shape],
            facecolor=style.fill,
            edgecolor=style.stroke,
            linewidth=style.stroke_width * 0.6 * unit,
        )
        return
    if entry.form == "line":
        ax.plot(
            [0, 0.28 * unit],
            [y, y],
            color=style.stroke,
            linewidth=style.stroke_width * 0.7 * unit,
            linestyle=(0, (3, 2)) if style.dash else "solid",
        )
        return
    box = ((0, y - 0.07 * unit), 0.28 * unit, 0.14 * unit)
    ax.add_patch(
        Rectangle(
            *box,
            facecolor=(style.fill, style.fill_opacity) if style.fill else "none",
            edgecolor=style.stroke or "none",
            linewidth=style.stroke_width * 0.7 * unit,
            linestyle=(0, (3, 2)) if style.dash else "solid",
        )
    )
    if style.hatch:
        ax.add_patch(
            Rectangle(
                *box, facecolor="none", edgecolor=LIGHT.boundary, linewidth=0, hatch=style.hatch
            )
        )


def inch_axes(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    """Return axes placed in inches: left, bottom, width, height."""
    width, height = figure.get_size_inches()
    left, bottom, wide, high = box
    return figure.add_axes((left / width, bottom / height, wide / width, high / height))


def fit_bounds(
    geometry: gpd.GeoSeries, *, aspect: float, margin: float = 0.04
) -> tuple[float, float, float, float]:
    """Return bounds in ``CRS_METRES`` around geometries, widened to width / height = aspect."""
    west, south, east, north = geometry.to_crs(CRS_METRES).total_bounds
    width, height = (east - west) * (1 + 2 * margin), (north - south) * (1 + 2 * margin)
    width, height = max(width, height * aspect), max(height, width / aspect)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
