"""What is drawn: pure decisions, the same for the interactive map and for the still one.

A layer is a table of features, each with a ``kind``, and one style per kind. Nothing here knows
folium or matplotlib; ``interactive`` and ``still`` only translate.

The rule for firms: a position is not a point. Only a place known to the street or better
(``point``, ``building``, ``street``) is a dot. Every other firm is counted in the label of its
county or prefecture; on request it is drawn as the circle that holds it with about 95 %
probability. Whatever is not drawn is counted with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.maps import palette
from clusters.maps.crowd import EDGES, MAX_DOTS, Crowd
from clusters.maps.grid import hexagons
from clusters.maps.palette import Shape, ThemeName
from clusters.maps.words import Language, distance, join, labelled, number, word
from clusters.places.output import PRECISE

Form = Literal["shape", "point", "circle", "label"]
Swatch = Literal["shape", "point", "circle", "label", "line"]
COLUMNS = ("id", "kind", "tip", "geometry")


@dataclass(frozen=True)
class Style:
    """How features of one kind look; colours ``#rrggbb``, widths and sizes in pixels."""

    fill: str | None = None
    fill_opacity: float = 1.0
    stroke: str | None = None
    stroke_width: float = 1.0
    dash: str | None = None
    shape: Shape = "circle"
    size: float = 5.0
    hatch: str | None = None


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend: its words, how its features look, how many there are."""

    text: str
    style: Style
    form: Swatch
    count: int | None = None


@dataclass(frozen=True)
class Account:
    """How many firms a view shows of how many, and why the others are not dots.

    ``selected`` firms pass the filters; ``shown`` of them are drawn (as dots or inside
    hexagons); ``left_out`` maps a reason code to a number; shown + left out = selected.
    """

    total: int
    selected: int
    shown: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        """Return the account as the line every map carries."""
        head = word("account", language).format(shown=f"{self.shown:,}", of=f"{self.selected:,}")
        reasons = [
            f"{word(f'left_{reason}', language)} {count:,}"
            for reason, count in self.left_out.items()
            if count
        ]
        return join([head, *reasons], language)


@dataclass(frozen=True, eq=False)
class Layer:
    """Features to draw, in EPSG:4326 (lon, lat).

    ``frame`` has ``id``, ``kind`` (key of ``styles``), ``tip`` (tooltip, lines separated by
    a line break, plain text) and ``geometry``; circles also ``radius_m``, labels ``text``.
    Features of a ``crowd`` are not in the frame: the browser asks for those of its window.
    ``opacity`` multiplies every opacity of the styles; ``zooms`` are the levels it shows at.
    """

    key: str
    title: str
    form: Form
    frame: gpd.GeoDataFrame
    styles: Mapping[str, Style]
    legend: tuple[LegendEntry, ...] = ()
    order: int = 0
    note: str = ""
    show: bool = True
    crowd: Crowd | None = None
    opacity: float = 1.0
    zooms: tuple[int, int] = (0, 18)


@dataclass(frozen=True)
class FirmLayers:
    """The firms of a view: layers to draw and the account of what they hold."""

    layers: tuple[Layer, ...]
    account: Account


def firm_layers(
    enterprises: gpd.GeoDataFrame,
    *,
    language: Language,
    total: int | None = None,
    colour_by: Literal["chain_layer", "segment"] = "chain_layer",
    group_names: Mapping[str, str] | None = None,
    show_uncertain: bool = False,
    zoom: int = 8,
    bounds: tuple[float, float, float, float] | None = None,
    theme: ThemeName = "light",
) -> FirmLayers:
    """Decide how firms are drawn.

    Parameters
    ----------
    enterprises : GeoDataFrame
        Firms of the view (already filtered), with the location columns, EPSG:4326.
    total : int, optional
        Firms in the snapshot, for the account; default: the rows given.
    colour_by : {"chain_layer", "segment"}
        Column that decides colour and shape; segments only where at most eight occur.
    group_names : mapping, optional
        Id to the name printed for ``colour_by="segment"``.
    zoom : int
        Leaflet zoom level, decides the size of hexagons.
    bounds : tuple, optional
        Visible (west, south, east, north) in degrees; firms outside are left out as
        ``outside``.

    Raises
    ------
    InputError
        When more than eight segments would need a colour.
    """
    precise = enterprises["precision"].isin(PRECISE) & enterprises["lon"].notna()
    inside = pd.Series(data=True, index=enterprises.index)
    if bounds is not None:
        west, south, east, north = bounds
        inside = enterprises["lon"].between(west, east) & enterprises["lat"].between(south, north)
    dots = enterprises[precise & inside]
    placeless = enterprises["precision"].eq("none") | enterprises["precision"].isna()
    account = Account(
        total=len(enterprises) if total is None else total,
        selected=len(enterprises),
        shown=len(dots),
        left_out={
            "precision": int((~precise & ~placeless).sum()),
            "none": int(placeless.sum()),
            "outside": int((precise & ~inside).sum()),
        },
    )
    marks = firm_marks(dots, colour_by, group_names or {}, language, theme)
    drawn: list[Layer] = []
    if show_uncertain:
        drawn.append(uncertain_layer(enterprises[~precise & ~placeless], language, theme))
    if len(dots) > MAX_DOTS:
        drawn.append(_hexagon_layer(dots, zoom, language, theme))
    else:
        drawn.append(_dot_layer(dots, colour_by, marks, language, theme))
    return FirmLayers(tuple(drawn), account)


def firm_marks(
    dots: gpd.GeoDataFrame,
    colour_by: str,
    names: Mapping[str, str],
    language: Language,
    theme: ThemeName,
) -> dict[str, tuple[str, palette.Mark]]:
    """Return name and mark of every group firms are coloured by, the unknown group last."""
    if colour_by == "chain_layer":
        chain = palette.layer_marks(theme=theme)
        known = {key: (word(key, language), mark) for key, mark in chain.items()}
    else:
        ids = sorted(dots[colour_by].dropna().unique())
        known = {key: (names.get(key, key), m) for key, m in palette.categories(ids).items()}
    return known | {"unknown": (word("unknown", language), palette.UNKNOWN_LAYER)}


def _dot_layer(
    dots: gpd.GeoDataFrame,
    colour_by: str,
    marks: dict[str, tuple[str, palette.Mark]],
    language: Language,
    theme: ThemeName,
) -> Layer:
    group = dots[colour_by]
    kind = group.where(group.isin(list(marks)), "unknown")
    paper = palette.THEMES[theme].paper
    styles = {
        key: Style(fill=m.colour, stroke=paper, stroke_width=0.8, shape=m.shape, size=5)
        for key, (_, m) in marks.items()
    }
    counts = kind.value_counts()
    frame = gpd.GeoDataFrame(
        {
            "id": dots["enterprise_id"].astype("str"),
            "kind": kind.astype("str"),
            "tip": dots["name"].fillna("").astype("str"),
        },
        geometry=gpd.points_from_xy(dots["lon"], dots["lat"]),
        crs="EPSG:4326",
    )
    return Layer(
        key="firms",
        title=word("firms", language),
        form="point",
        frame=frame,
        styles=styles,
        legend=tuple(
            LegendEntry(name, styles[key], "point", int(counts[key]))
            for key, (name, _) in marks.items()
            if counts.get(key, 0)
        ),
        order=60,
    )


def uncertain_layer(rows: pd.DataFrame, language: Language, theme: ThemeName) -> Layer:
    """Return firms without a precise place as the circles that hold them."""
    # Firms of one county share its circle: one outline with a number, not a pile of outlines.
    grouped = (
        rows[rows["lon"].notna()]
        .groupby(["lon", "lat", "radius_m", "precision"], sort=True)
        .agg(count=("enterprise_id", "size"))
        .reset_index()
    )
    tip = [
        f"{count:,} {word('uncertain_within', language)}\n"
        + labelled(word("radius", language), distance(radius, language), language)
        for count, radius in zip(grouped["count"], grouped["radius_m"], strict=True)
    ]
    warm = palette.THEMES[theme].warm
    # Circles lie on each other by the dozen: the outline speaks, the fill only catches the pointer.
    style = Style(fill=warm, fill_opacity=0.015, stroke=warm, stroke_width=0.8, dash="4 4")
    frame = gpd.GeoDataFrame(
        {
            "id": [f"uncertain-{i}" for i in range(len(grouped))],
            "kind": "uncertain",
            "tip": tip,
            "radius_m": grouped["radius_m"].astype("float64"),
        },
        geometry=gpd.points_from_xy(grouped["lon"], grouped["lat"]),
        crs="EPSG:4326",
    )
    entry = LegendEntry(word("uncertain", language), style, "circle", int(grouped["count"].sum()))
    return Layer(
        key="uncertain",
        title=word("uncertain", language),
        form="circle",
        frame=frame,
        styles={"uncertain": style},
        legend=(entry,),
        order=40,
    )


def _hexagon_layer(
    dots: gpd.GeoDataFrame, zoom: int, language: Language, theme: ThemeName
) -> Layer:
    cells = hexagons(dots["lon"].to_numpy(), dots["lat"].to_numpy(), zoom=zoom)
    count = cells["count"].to_numpy()
    edges = _density_breaks(count)
    kinds = np.searchsorted(edges, count, side="left")
    ramp = palette.sequential(len(edges), theme=theme)
    paper = palette.THEMES[theme].paper
    styles = {
        str(i): Style(fill=colour, fill_opacity=0.85, stroke=paper, stroke_width=0.5)
        for i, colour in enumerate(ramp)
    }
    frame = gpd.GeoDataFrame(
        {
            "id": cells["cell"],
            "kind": kinds.astype("str"),
            "tip": [f"{value:,} {word('firms_here', language)}" for value in count],
        },
        geometry=cells.geometry,
        crs="EPSG:4326",
    )
    lows = [1, *(int(edge) + 1 for edge in edges[:-1])]
    legend = tuple(
        LegendEntry(range_text(low, int(high)), styles[str(i)], "shape", int((kinds == i).sum()))
        for i, (low, high) in enumerate(zip(lows, edges, strict=True))
    )
    return Layer("firms", word("grid", language), "shape", frame, styles, legend, order=30)


def _density_breaks(count: NDArray[np.int64]) -> NDArray[np.int64]:
    edges = [edge for edge in EDGES if edge < count.max()] + [int(count.max())]
    return np.array(edges, dtype="int64")


def range_text(low: float, high: float) -> str:
    """Return ``low–high`` or the single value; ``low … high`` where a dash could be a sign."""
    between = "–" if low >= 0 else " … "
    return number(low) if low == high else f"{number(low)}{between}{number(high)}"


def count_labels(
    enterprises: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    code: Literal["prefecture_code", "county_code"],
    language: Language,
    name: str | None = None,
) -> Layer:
    """Return the label of every area that has firms: its number, and how many have no dot.

    Parameters
    ----------
    enterprises : GeoDataFrame
        Firms of the view.
    areas : GeoDataFrame
        Display boundaries with ``code``, ``name_zh``, ``name_en``, EPSG:4326.
    code : {"prefecture_code", "county_code"}
        Level of the labels; a firm known only to its prefecture is in no county label.
    """
    known = enterprises[enterprises[code].notna()]
    imprecise = ~known["precision"].isin(PRECISE)
    counts = pd.DataFrame(
        {
            "total": known.groupby(code).size(),
            "imprecise": imprecise.groupby(known[code]).sum(),
        }
    )
    joined = areas.merge(counts, left_on="code", right_index=True, how="inner").sort_values("code")
    label = joined[name or f"name_{language}"].fillna(joined["name_zh"])
    tips = []
    for area, total, vague in zip(label, joined["total"], joined["imprecise"], strict=True):
        unit = word("firms_here" if total != 1 else "one_firm_here", language)
        lines = [f"{area}", f"{total:,} {unit}"]
        if vague:
            lines.append(f"{word('only_to_area', language)} {vague:,}")
        tips.append("\n".join(lines))
    frame = gpd.GeoDataFrame(
        {
            "id": joined["code"].astype("str"),
            "kind": "label",
            "tip": tips,
            "text": [f"{total:,}" for total in joined["total"]],
            "name": label.astype("str"),
            "count": joined["total"].astype("int64"),
            "imprecise": joined["imprecise"].astype("int64"),
        },
        geometry=joined.geometry.representative_point(),
        crs="EPSG:4326",
    ).reset_index(drop=True)
    return Layer("counts", word("firms", language), "label", frame, {"label": Style()}, order=70)


def merge_legends(layers: Sequence[Layer]) -> list[tuple[str, tuple[LegendEntry, ...], str]]:
    """Return (title, entries, note) of every visible layer that explains itself, bottom first."""
    speaking = [layer for layer in layers if layer.show and (layer.legend or layer.note)]
    ordered = sorted(speaking, key=lambda layer: -layer.order)
    return [(layer.title, layer.legend, layer.note) for layer in ordered]
