"""Charts of the metric pages: a heat table, dots with whiskers, curves and bands.

The heat table is HTML, not a picture: it scrolls on a telephone, a screen reader walks through it,
and its colours are those of the maps. The other charts are Altair, drawn in the browser from data
inside the page. Meaning never rests on colour alone: what is significant is outlined and bold,
what rests on few firms stands in brackets.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from clusters.maps import palette
from clusters.maps.choropleth import classify
from clusters.maps.palette import Theme, ThemeName
from clusters.ui import tables
from clusters.ui.text import language, t

# What altair.layer returns by its own annotation; ours never have facets.
Layered = alt.LayerChart | alt.FacetChart
_ROW = 26
# Streamlit counts axis, title and legend into the height of a chart.
_AXIS = 64
_LEGEND = 84
_FLOOR = 0.05


def theme_name() -> ThemeName:
    """Return the theme the visitor sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


def _tokens() -> Theme:
    return palette.THEMES[theme_name()]


@dataclass(frozen=True)
class HeatCell:
    """One cell of the heat table; ``value`` NaN where the metric is undefined."""

    value: float
    text: str
    tip: str
    firms: int
    significant: bool
    small: bool


@dataclass(frozen=True)
class HeatTable:
    """Areas down, industries across."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[HeatCell]]


def heat_html(heat: HeatTable, *, metric: str, corner: str, label: str) -> str:
    """Return a heat table and its legend as HTML.

    Parameters
    ----------
    metric : str
        Decides the classes: fixed ones around 1 for quotients, natural breaks otherwise.
    corner : str
        Heading of the column of areas.
    label : str
        What the table shows, for screen readers.
    """
    values = np.array([[cell.value for cell in row] for row in heat.cells], dtype=float)
    firms = np.array([[cell.firms for cell in row] for row in heat.cells])
    shown = np.where(firms > 0, values, np.nan)
    classes = classify(shown.ravel(), metric=metric, language=language())
    ramp = (
        palette.quotient_ramp(theme=theme_name())
        if classes.scheme == "quotient"
        else palette.sequential(max(len(classes.upper), 1), theme=theme_name())
    )
    index = classes.assign(shown.ravel()).reshape(shown.shape)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heat.columns)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(
            _heat_cell(cell, ramp[i] if i >= 0 else "")
            for cell, i in zip(row, indices, strict=True)
        )
        + "</tr>"
        for name, row, indices in zip(heat.rows, heat.cells, index, strict=True)
    )
    swatches = "".join(
        f'<span><i style="background:{colour}"></i>{html.escape(text)}</span>'
        for colour, text in zip(ramp, classes.texts, strict=False)
    )
    return (
        f'<div class="c-scroll c-heat-frame" tabindex="0">'
        f'<table class="c-heat" aria-label="{html.escape(label, quote=True)}">'
        f'<thead><tr><th scope="col">{html.escape(corner)}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f'<div class="c-legend">{swatches}{_heat_signs(heat)}</div>'
    )


def _heat_cell(cell: HeatCell, colour: str) -> str:
    tip = html.escape(cell.tip, quote=True)
    if not colour:
        return f'<td class="c-none" title="{tip}">{html.escape(cell.text)}</td>'
    kind = ' class="c-sig"' if cell.significant else ""
    text = f"({cell.text})" if cell.small else cell.text
    style = f"background:{colour};color:{palette.text_on(colour)}"
    return f'<td{kind} style="{style}" title="{tip}">{html.escape(text)}</td>'


def _heat_signs(heat: HeatTable) -> str:
    """Explain the signs that occur, next to the colours."""
    cells = [cell for row in heat.cells for cell in row]
    signs = []
    if any(cell.significant for cell in cells):
        signs.append(f'<span><i class="c-sig"></i>{html.escape(t("metrics.sign_significant"))}')
    if any(cell.small and cell.firms for cell in cells):
        signs.append(f"<span><b>( )</b>{html.escape(t('metrics.sign_small'))}")
    if any(not cell.firms for cell in cells):
        signs.append(f'<span><i class="c-none"></i>{html.escape(t("metrics.sign_none"))}')
    return "".join(f"{sign}</span>" for sign in signs)


def show(chart: Layered, *, alternative: str, data: pd.DataFrame, name: str) -> None:
    """Show a chart with its words for screen readers and its numbers folded away.

    Parameters
    ----------
    data : DataFrame
        The numbers of the chart with headings in the visitor's language.
    name : str
        Unique on a page; also the name of the downloaded file.
    """
    st.altair_chart(chart, alt=alternative, key=name)
    tables.chart_data(data, name=name)


def axis_of(**options: Any) -> alt.Axis:  # options of alt.Axis
    """Return an axis in the colours of the theme."""
    tokens = _tokens()
    return alt.Axis(
        domainColor=tokens.line,
        tickColor=tokens.line,
        gridColor=tokens.line,
        labelColor=tokens.ink,
        titleColor=tokens.muted,
        titleFontWeight="normal",
        **options,
    )


def ranking(frame: pd.DataFrame, *, title: str, quotient: bool) -> Layered:
    """Return areas as dots with 95 % intervals, best first.

    Parameters
    ----------
    frame : DataFrame
        ``name, value, low, high, n, mark, tip_interval, tip_q`` in the order of display; ``mark``
        is a text of the legend: significant or not.
    title : str
        Of the axis of values.
    quotient : bool
        Draw on a log scale with a line at 1.
    """
    tokens = _tokens()
    shown = frame.assign(
        low=frame["low"].where(np.isfinite(frame["low"]), frame["value"]),
        high=frame["high"].where(np.isfinite(frame["high"]), frame["value"]),
    )
    if quotient:
        top = max(float(shown["high"].max()), 2.0)
        shown = shown.assign(low=shown["low"].clip(lower=_FLOOR), value=shown["value"].clip(_FLOOR))
        scale = alt.Scale(type="log", domain=[_FLOOR, top * 1.1], nice=False)
        axis = axis_of(
            values=[v for v in (0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128) if v < top],
            format="~g",
        )
    else:
        scale = alt.Scale(zero=True)
        axis = axis_of(format="~g", tickCount=5)
    y = alt.Y(
        "name:N",
        sort=shown["name"].tolist(),
        title=None,
        axis=axis_of(labelLimit=150, labelOverlap=False, ticks=False, domain=False, grid=False),
    )
    x = alt.X("value:Q", scale=scale, title=title, axis=axis)
    tips = [
        alt.Tooltip("name:N", title=t("metrics.area")),
        alt.Tooltip("value:Q", title=t("metrics.value"), format=".3~f"),
        alt.Tooltip("tip_interval:N", title=t("metrics.interval")),
        alt.Tooltip("tip_q:N", title=t("metrics.q")),
        alt.Tooltip("n:Q", title=t("metrics.firms"), format=","),
    ]
    marks = [t("metrics.mark_significant"), t("metrics.mark_not")]
    base = alt.Chart(shown)
    whisker = base.mark_rule(color=tokens.muted, strokeWidth=1.4).encode(
        y=y, x=alt.X("low:Q", scale=scale, axis=axis, title=title), x2="high:Q", tooltip=tips
    )
    dot = base.mark_point(size=70, filled=True, opacity=1, strokeWidth=1.6).encode(
        y=y,
        x=x,
        stroke=alt.value(tokens.accent),
        color=alt.Color(
            "mark:N",
            scale=alt.Scale(domain=marks, range=[tokens.accent, tokens.paper]),
            legend=alt.Legend(
                title=None, orient="top", symbolStrokeColor=tokens.accent, labelColor=tokens.ink
            )
            if shown["mark"].ne("").any()
            else None,
        ),
        tooltip=tips,
    )
    layers = [whisker, dot]
    if quotient:
        one = alt.Chart(pd.DataFrame({"one": [1.0]})).mark_rule(color=tokens.ink, strokeDash=[3, 3])
        layers.insert(0, one.encode(x=alt.X("one:Q", scale=scale)))
    return alt.layer(*layers).properties(height=_ROW * len(shown) + _AXIS + _LEGEND)


def localisation(curve: pd.DataFrame) -> Layered:
    """Return the localisation curve against the line of equal shares.

    Parameters
    ----------
    curve : DataFrame
        ``name, reference, share`` (cumulative shares from 0 to 1, in the order of the curve).
    """
    tokens = _tokens()
    scale = alt.Scale(domain=[0, 1])
    x = alt.X(
        "reference:Q",
        scale=scale,
        title=t("metrics.curve_x"),
        axis=axis_of(format="%", tickCount=5),
    )
    y = alt.Y(
        "share:Q", scale=scale, title=t("metrics.curve_y"), axis=axis_of(format="%", tickCount=5)
    )
    base = alt.Chart(curve)
    even = (
        alt.Chart(pd.DataFrame({"reference": [0.0, 1.0], "share": [0.0, 1.0]}))
        .mark_line(color=tokens.muted, strokeDash=[3, 3], strokeWidth=1.2)
        .encode(x=x, y=y)
    )
    area = base.mark_area(color=tokens.accent, opacity=0.08, interpolate="linear").encode(x=x, y=y)
    line = base.mark_line(color=tokens.accent, strokeWidth=2, interpolate="linear").encode(x=x, y=y)
    dots = base.mark_point(color=tokens.accent, filled=True, size=26, opacity=1).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("name:N", title=t("metrics.area")),
            alt.Tooltip("reference:Q", title=t("metrics.curve_x"), format=".1%"),
            alt.Tooltip("share:Q", title=t("metrics.curve_y"), format=".1%"),
        ],
    )
    return alt.layer(area, even, line, dots).properties(height=320)


def null_band(frame: pd.DataFrame, *, title: str) -> Layered:
    """Return Ellison–Glaeser values over the range expected without agglomeration.

    Parameters
    ----------
    frame : DataFrame
        ``name, value, low, high`` one row per level.
    """
    tokens = _tokens()
    y = alt.Y(
        "name:N",
        sort=frame["name"].tolist(),
        title=None,
        axis=axis_of(ticks=False, domain=False, grid=False),
    )
    axis = axis_of(format="~g", tickCount=5)
    base = alt.Chart(frame)
    tips = [
        alt.Tooltip("name:N", title=t("metrics.level")),
        alt.Tooltip("value:Q", title=title, format=".4f"),
        alt.Tooltip("low:Q", title=t("metrics.band_low"), format=".4f"),
        alt.Tooltip("high:Q", title=t("metrics.band_high"), format=".4f"),
    ]
    band = base.mark_bar(color=tokens.line, height=18).encode(
        y=y, x=alt.X("low:Q", title=title, axis=axis), x2="high:Q", tooltip=tips
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=tokens.muted)
    dot = base.mark_point(
        color=tokens.accent, filled=True, shape="diamond", size=110, opacity=1
    ).encode(y=y, x=alt.X("value:Q", title=title, axis=axis), tooltip=tips)
    return alt.layer(band, zero.encode(x="zero:Q"), dot).properties(height=34 * len(frame) + _AXIS)
