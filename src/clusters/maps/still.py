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
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clusters.maps import fonts, furniture, review
from clusters.maps.layers import Layer, merge_legends
from clusters.maps.painting import Inset, dots_of, draw_inset, paint
from clusters.maps.palette import LIGHT
from clusters.maps.words import Language, labelled, word

SheetSize = Literal["16:9", "A4", "A3"]
Format = Literal["png", "svg", "pdf"]
SHEETS: dict[SheetSize, tuple[float, float]] = {
    "16:9": (13.333, 7.5),
    "A4": (11.693, 8.268),
    "A3": (16.535, 11.693),
}
"""Width and height of the sheets in inches."""
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
class Panel:
    """A map to be set into a page that has its own title and source.

    Attributes
    ----------
    inches : tuple of float
        Width and height of the picture.
    unit : float
        Size of letters and lines against those of a 16:9 sheet.
    """

    inches: tuple[float, float]
    unit: float = 1.0


@dataclass(frozen=True)
class StillMap:
    """A drawn map: the file's bytes, what the reader must know, labels without room."""

    data: bytes
    warnings: tuple[str, ...]
    labels_left_out: tuple[str, ...]


def still_map(
    layers: Sequence[Layer],
    *,
    focus: gpd.GeoSeries,
    text: StillText,
    language: Language,
    inset: Inset | None = None,
    labels: Sequence[furniture.Label] = (),
    size: SheetSize | Panel = "16:9",
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
    size : SheetSize or Panel
        A sheet with title and source, or a picture for a page that carries them itself.
    dpi : int
        Resolution of PNG.
    provenance : str
        JSON written into the file's metadata.

    Returns
    -------
    StillMap
        Warnings are those of `review.warnings_of`.

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
        panel = size if isinstance(size, Panel) else None
        inches = panel.inches if panel else SHEETS[size]  # type: ignore[index]  # see the line above
        figure = Figure(figsize=inches, dpi=dpi, facecolor=LIGHT.paper)
        FigureCanvasAgg(figure)
        plan = _Plan(tuple(layers), focus, text, language, inset, tuple(labels))
        left_out = _compose_panel(figure, plan, panel.unit) if panel else _compose(figure, plan)
        data = _save(figure, fmt, dpi, text.title, provenance)
    return StillMap(data, review.warnings_of(layers, text.review_number), tuple(left_out))


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
    column = (width - edge - side, bottom, side, height - top - bottom)
    return _map_and_column(figure, plan, box, column, unit=unit)


def _compose_panel(figure: Figure, plan: _Plan, unit: float) -> list[str]:
    width, height = figure.get_size_inches()
    hair, side, gap, bottom = 0.02 * unit, 1.85 * unit, 0.16 * unit, 0.26 * unit
    box = (hair, bottom, width - side - gap - hair, height - bottom - hair)
    column = (width - side, bottom, side - 2 * hair, height - bottom - hair)
    left_out = _map_and_column(figure, plan, box, column, unit=unit)
    line = review.printed(plan.text.review_number, plan.language)
    figure.text(
        hair / width,
        0.09 * unit / height,
        f"{line}    {word('method_note', plan.language)}",
        fontsize=7.5 * unit,
        color=LIGHT.muted,
        va="center",
    )
    return left_out


_Box = tuple[float, float, float, float]


def _map_and_column(
    figure: Figure, plan: _Plan, box: _Box, column: _Box, *, unit: float
) -> list[str]:
    """Draw the map into one box, legend and inset into the other; return labels without room."""
    ax = furniture.inch_axes(figure, box)
    bounds = furniture.fit_bounds(plan.focus, aspect=box[2] / box[3])
    paint(ax, plan.layers, bounds, unit)
    bar = furniture.scale_bar(ax, language=plan.language, unit=unit)
    arrow = furniture.north_arrow(ax, language=plan.language, unit=unit)
    west, south, east, north = bounds
    inside = [label for label in plan.labels if west < label.x < east and south < label.y < north]
    left_out = furniture.place_labels(
        ax, inside, unit=unit, size=8, dots=dots_of(plan.layers), avoid=[*bar, *arrow]
    )
    end = furniture.draw_legend(figure, merge_legends(plan.layers), box=column, unit=unit)
    if plan.inset is not None:
        left, bottom, side, _ = column
        room = min(0.84 * side, end - bottom - 0.3 * unit)
        if room > 0.36 * side:
            inset_box = (left, bottom, side, room)
            draw_inset(figure, plan.inset, plan.layers, ax, box=inset_box, unit=unit)
    return left_out


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
                review.printed(text.review_number, language),
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
