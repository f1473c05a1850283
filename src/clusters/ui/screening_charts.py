"""Charts of the park screening: contribution bars, probabilities of ranks, parallel lines."""

import html

import altair as alt
import numpy as np
import pandas as pd

from clusters.maps import palette
from clusters.maps.palette import Theme
from clusters.ui.charts import Layered, axis_of, theme_name
from clusters.ui.screening_view import Heat
from clusters.ui.text import percent, t

_ROW = 30
_EDGES = (0.0005, 0.02, 0.05, 0.1, 0.2, 0.4)


def _tokens() -> Theme:
    return palette.THEMES[theme_name()]


def _hues(ids: list[str]) -> list[str]:
    """Return a colour per id; the ink among them is that of the theme, or it would vanish."""
    marks = palette.categories(ids).values()
    return [_tokens().ink if one.colour == palette.LIGHT.ink else one.colour for one in marks]


def contributions(frame: pd.DataFrame) -> Layered:
    """Return bars of points by criterion, one bar a park; few colours, told apart by lines too.

    Parameters
    ----------
    frame : DataFrame
        ``park, criterion, points, place`` in the order of display.
    """
    tokens = _tokens()
    names = list(dict.fromkeys(frame["criterion"]))
    parks = list(dict.fromkeys(frame["park"]))
    ramp = _hues(names[:8])
    # Beyond eight hues lightness tells neighbours apart, and the table below names them.
    greys = (tokens.muted, tokens.line, tokens.boundary)
    ramp += [greys[at % len(greys)] for at in range(len(names) - len(ramp))]
    bars = (
        alt.Chart(frame)
        .mark_bar(stroke=tokens.paper, strokeWidth=1.5, height=18)
        .encode(
            y=alt.Y(
                "park:N",
                sort=parks,
                title=None,
                axis=axis_of(labelLimit=190, ticks=False, domain=False, grid=False),
            ),
            x=alt.X(
                "points:Q",
                stack="zero",
                title=t("screening.points"),
                axis=axis_of(tickCount=5),
                scale=alt.Scale(domain=[0, 100]),
            ),
            color=alt.Color(
                "criterion:N",
                sort=names,
                scale=alt.Scale(domain=names, range=ramp),
                legend=alt.Legend(
                    title=None,
                    orient="bottom",
                    columns=4,
                    labelColor=tokens.ink,
                    labelLimit=220,
                    symbolType="square",
                ),
            ),
            order=alt.Order("position:Q"),
            tooltip=[
                alt.Tooltip("park:N", title=t("screening.column_name")),
                alt.Tooltip("criterion:N", title=t("screening.criterion")),
                alt.Tooltip("points:Q", title=t("screening.points"), format=".1f"),
            ],
        )
        .transform_calculate(position=f"indexof({names!r}, datum.criterion)")
    )
    return alt.layer(bars).properties(height=_ROW * len(parks) + 60 + 26 * (1 + len(names) // 4))


def parallel(frame: pd.DataFrame) -> Layered:
    """Return parallel lines: the worth of each park by criterion, whiskers where it is in doubt.

    Parameters
    ----------
    frame : DataFrame
        ``park, criterion, worth, low, high``.
    """
    tokens = _tokens()
    names = list(dict.fromkeys(frame["criterion"]))
    parks = list(dict.fromkeys(frame["park"]))
    colours = [*_hues(parks[:8]), tokens.muted, tokens.warm]
    dashes = [[1, 0]] * 4 + [[6, 3]] * 4 + [[2, 2]] * 2
    x = alt.X(
        "criterion:N",
        sort=names,
        title=None,
        scale=alt.Scale(padding=0.2),
        axis=axis_of(labelAngle=-30, labelLimit=150, labelOverlap=False, grid=True),
    )
    y_axis = axis_of(tickCount=5)
    scale = alt.Scale(domain=[0, 1])
    colour = alt.Color(
        "park:N",
        sort=parks,
        scale=alt.Scale(domain=parks, range=colours[: len(parks)]),
        legend=alt.Legend(
            title=None, orient="bottom", columns=3, labelColor=tokens.ink, labelLimit=260
        ),
    )
    base = alt.Chart(frame)
    doubt = base.mark_rule(strokeWidth=1, opacity=0.45).encode(
        x=x,
        y=alt.Y("low:Q", scale=scale, title=t("screening.worth"), axis=y_axis),
        y2="high:Q",
        color=colour,
    )
    line = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=45, filled=True)).encode(
        x=x,
        y=alt.Y("worth:Q", scale=scale, title=t("screening.worth"), axis=y_axis),
        color=colour,
        strokeDash=alt.StrokeDash(
            "park:N", sort=parks, legend=None, scale=alt.Scale(domain=parks, range=dashes)
        ),
        tooltip=[
            alt.Tooltip("park:N", title=t("screening.column_name")),
            alt.Tooltip("criterion:N", title=t("screening.criterion")),
            alt.Tooltip("worth:Q", title=t("screening.worth"), format=".2f"),
            alt.Tooltip("low:Q", title=t("screening.worst"), format=".2f"),
            alt.Tooltip("high:Q", title=t("screening.best"), format=".2f"),
        ],
    )
    return alt.layer(doubt, line).properties(height=460)


def heat_html(heat: Heat, *, label: str) -> str:
    """Return probabilities of ranks as a table whose cells are shaded; numbers stay readable."""
    ramp = palette.sequential(len(_EDGES) + 1, theme=theme_name())
    head = "".join(f'<th scope="col">{html.escape(rank)}</th>' for rank in heat.ranks)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(_cell(float(share), ramp) for share in row)
        + "</tr>"
        for name, row in zip(heat.names, heat.shares, strict=True)
    )
    corner = html.escape(t("screening.heat_corner"))
    return (
        '<div class="c-scroll c-heat-frame" tabindex="0">'
        f'<table class="c-heat c-ranks" aria-label="{html.escape(label, quote=True)}">'
        f'<thead><tr><th scope="col">{corner}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(share: float, ramp: tuple[str, ...]) -> str:
    if share < _EDGES[0]:
        return '<td class="c-none">·</td>'
    colour = ramp[int(np.searchsorted(_EDGES, share, side="right"))]
    text = percent(share, 0) if share >= 0.01 else "< 1%"
    return f'<td style="background:{colour};color:{palette.text_on(colour)}">{text}</td>'
