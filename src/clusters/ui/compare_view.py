"""How two selections are shown side by side: figures, a small map each, tables of differences."""

import html
from collections.abc import Mapping
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.maps.choropleth import SMALL_N
from clusters.maps.palette import THEMES, ThemeName
from clusters.places.boundaries import CRS_METRES, display
from clusters.places.zones import follows_zones, zones
from clusters.ui.compare_sides import FIGURES, window
from clusters.ui.maps import area_name, parts_of
from clusters.ui.sketch import Sketch
from clusters.ui.tables import Column, table_html
from clusters.ui.text import MISSING, interval, language, number, percent, t, term

_LARGEST_PX = 26.0
_MARGIN = 0.04
_MOST_AREAS = 12
SMALL = "†"


def figure_text(name: str, value: float) -> str:
    """Return a figure as people read it."""
    if not np.isfinite(value):
        return MISSING
    if name == "located":
        return percent(value)
    if name == "median_year":
        return f"{value:.0f}"
    return number(value, 3 if name == "herfindahl" else 0)


def difference_text(name: str, one: float, other: float) -> str:
    """Return B less A with its sign; shares in percentage points."""
    if not (np.isfinite(one) and np.isfinite(other)):
        return MISSING
    if name == "located":
        return points(other - one)
    digits = 3 if name == "herfindahl" else 0
    return signed(other - one, digits)


def signed(value: float, digits: int = 0) -> str:
    """Return a number with its sign; what rounds to nothing has none."""
    rounded = round(value, digits)
    return ("+" if rounded > 0 else "") + number(rounded + 0.0, digits)


def points(value: float) -> str:
    """Return a difference of shares in percentage points."""
    return t("compare.points", n=signed(100 * value, 1))


def figure_table(one: Mapping[str, float], other: Mapping[str, float]) -> str:
    """Return the figures of both sides with their difference as HTML."""
    columns = [
        Column(t("compare.figure")),
        Column("A", numeric=True),
        Column("B", numeric=True),
        Column(t("compare.difference"), numeric=True),
    ]
    rows = [
        [
            t(f"compare.{name}"),
            figure_text(name, one[name]),
            figure_text(name, other[name]),
            difference_text(name, one[name], other[name]),
        ]
        for name in FIGURES
    ]
    return f'<div class="c-pair">{table_html(columns, rows, label=t("compare.figures"))}</div>'


def quotient(lq: float, low: float, high: float, n: float) -> str:
    """Return a location quotient with its interval, marked where it rests on few firms."""
    if not np.isfinite(lq):
        return MISSING
    small = SMALL if n < SMALL_N else ""
    return f"{number(lq, 2)}{small} ({interval(low, high)})"


def segment_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `compare_sides.differences` with headings in the visitor's language."""
    rows = []
    for segment, row in table.iterrows():
        cells: list[object] = [term("segment", segment)]
        for side in ("a", "b"):
            n = row[f"n_{side}"]
            values = (row[f"lq_{side}"], row[f"low_{side}"], row[f"high_{side}"])
            cells += [int(n), percent(row[f"share_{side}"]), quotient(*values, n)]
        rows.append([*cells, points(row["difference"])])
    heads = [t("compare.segment")]
    for side in ("A", "B"):
        heads += [t(f"compare.head_{name}", side=side) for name in ("n", "share", "lq")]
    return pd.DataFrame(rows, columns=[*heads, t("compare.difference_share")])


def area_frame(counts: tuple[pd.Series, pd.Series]) -> pd.DataFrame:
    """Return firms by area on both sides, largest first, the rest of them as one row."""
    table = pd.concat(counts, axis=1, keys=["A", "B"]).fillna(0)
    table = table.assign(sum=table.sum(axis=1), code=table.index)
    table = table.sort_values(["sum", "code"], ascending=[False, True])[["A", "B"]]
    rows = [
        [area_name(code, language()), int(a), int(b), signed(b - a)]
        for code, (a, b) in zip(table.index[:_MOST_AREAS], table.to_numpy(), strict=False)
    ]
    rest = table.iloc[_MOST_AREAS:]
    if len(rest):
        a, b = rest.sum()
        rows.append([t("compare.rest", n=number(len(rest))), int(a), int(b), signed(b - a)])
    heads = [t("compare.area"), *(t("compare.head_n", side=s) for s in "AB")]
    return pd.DataFrame(rows, columns=[*heads, t("compare.difference")])


@lru_cache(maxsize=4)
def _ground(level: str, prefecture: str) -> gpd.GeoDataFrame:
    """Return the areas a map shows, in metres; those of a prefecture, or all."""
    frame = display("prefecture" if level == "prefecture" else "county")
    if prefecture:
        frame = frame[frame["prefecture_code"] == prefecture]
    return frame.to_crs(CRS_METRES)


@follows_zones
def _outline(zone: str) -> gpd.GeoSeries:
    table = zones()
    return gpd.GeoSeries(table.loc[table["zone_id"] == zone, "geometry"]).to_crs(CRS_METRES)


def side_map(
    counts: pd.Series, place: str, *, most: float, alternative: str, theme: ThemeName = "light"
) -> str:
    """Return a small map with one circle an area, as HTML.

    Parameters
    ----------
    counts : Series
        Firms by area code, as `compare_sides.area_counts` returns them.
    place : str
        The place of the side; a zone is drawn within its prefecture.
    most : float
        Firms of the largest circle, the same for both sides: areas of circles compare.
    """
    tokens = THEMES[theme]
    ground = _ground(parts_of(place), window(place))
    west, south, east, north = ground.total_bounds
    edge = _MARGIN * (east - west)
    sketch = Sketch((west - edge, south - edge, east + edge, north + edge), tokens)
    for row in ground.itertuples():
        chosen = row.code == place
        look = f'fill="{tokens.land if chosen else tokens.panel}" stroke="{tokens.boundary}"'
        sketch.shape(row.geometry, look)
    if place and not place.isdigit():
        look = f'fill="{tokens.accent}" fill-opacity="0.14" stroke="{tokens.accent}"'
        for shape in _outline(place):
            sketch.shape(shape, look)
    for row in ground.itertuples():
        firms = float(counts.get(str(row.code), 0))
        if firms:
            radius = max(2.0, _LARGEST_PX * np.sqrt(firms / most))
            at = sketch.at(row.geometry.representative_point())
            look = f'fill="{tokens.accent}" fill-opacity="0.55" stroke="{tokens.accent}"'
            sketch.circle(at, float(radius), look)
            if radius > 9:
                sketch.words((at[0], at[1] + 4), number(firms), tokens.ink, bold=True)
    return sketch.image(alternative)


def rows_html(frame: pd.DataFrame, *, label: str) -> str:
    """Return a table whose numbers stand right-aligned, as HTML."""
    columns = [Column(str(head), numeric=place > 0) for place, head in enumerate(frame.columns)]
    rows = [
        [number(cell) if isinstance(cell, int) else str(cell) for cell in row]
        for row in frame.to_numpy(dtype=object)
    ]
    # Four columns fit a telephone; more of them scroll.
    kind = "c-pair" if len(columns) <= 4 else "c-mid"
    return f'<div class="{kind}">{table_html(columns, rows, label=label)}</div>'


def heading(side: str, words: str) -> str:
    """Return the heading of a side as HTML."""
    return f'<h2 class="c-section">{html.escape(side.upper())} · {html.escape(words)}</h2>'
