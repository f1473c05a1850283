"""Charts of distance, areal units and growth on the page of cluster metrics."""

import altair as alt
import pandas as pd

from clusters.maps import palette
from clusters.ui.charts import Layered, axis_of, theme_name
from clusters.ui.text import t

_ROW = 34
_AXIS = 64


def distance(curve: pd.DataFrame, *, function: str) -> Layered:
    """Return a function of distance over its global and local bands.

    Parameters
    ----------
    curve : DataFrame
        ``km, value, local_low, local_high, global_low, global_high``.
    function : str
        ``kd`` or ``m``; M has a line at 1.
    """
    tokens = palette.THEMES[theme_name()]
    x = alt.X("km:Q", title=t("measures.km"), axis=axis_of(format="~r", tickCount=6))
    title = t(f"measures.axis_{function}")

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=title, axis=axis_of(format="~r", tickCount=5))

    base = alt.Chart(curve)
    tips = [
        alt.Tooltip("km:Q", title=t("measures.km"), format="~r"),
        alt.Tooltip("value:Q", title=title, format=".4~g"),
        *(
            alt.Tooltip(f"{name}:Q", title=t(f"measures.{name}"), format=".4~g")
            for name in ("local_low", "local_high", "global_low", "global_high")
        ),
    ]
    layers = [
        base.mark_area(color=tokens.muted, opacity=0.18).encode(
            x=x, y=y("global_low"), y2="global_high:Q"
        ),
        base.mark_area(color=tokens.muted, opacity=0.32).encode(
            x=x, y=y("local_low"), y2="local_high:Q"
        ),
        base.mark_line(color=tokens.accent, strokeWidth=2.2).encode(x=x, y=y("value")),
        base.mark_point(color=tokens.accent, filled=True, size=18, opacity=1).encode(
            x=x, y=y("value"), tooltip=tips
        ),
    ]
    if function == "m":
        one = alt.Chart(pd.DataFrame({"one": [1.0]})).mark_rule(color=tokens.ink, strokeDash=[3, 3])
        layers.insert(2, one.encode(y="one:Q"))
    return alt.layer(*layers).properties(height=320)


def sensitivity(frame: pd.DataFrame, *, title: str) -> Layered:
    """Return an index over areal units: median as a dot, lowest to highest as a line.

    Parameters
    ----------
    frame : DataFrame
        ``name, value, low, high, areas, n``, coarse units first.
    """
    tokens = palette.THEMES[theme_name()]
    shown = frame[frame["value"].notna()]
    y = alt.Y(
        "name:N",
        sort=shown["name"].tolist(),
        title=None,
        axis=axis_of(ticks=False, domain=False, grid=False, labelLimit=220),
    )
    axis = axis_of(format="~r", tickCount=6)
    tips = [
        alt.Tooltip("name:N", title=t("measures.unit")),
        alt.Tooltip("value:Q", title=title, format=".4f"),
        alt.Tooltip("low:Q", title=t("measures.lowest"), format=".4f"),
        alt.Tooltip("high:Q", title=t("measures.highest"), format=".4f"),
        alt.Tooltip("areas:Q", title=t("measures.areas"), format=","),
    ]
    base = alt.Chart(shown)
    rule = base.mark_rule(color=tokens.muted, strokeWidth=2).encode(
        y=y, x=alt.X("low:Q", title=title, axis=axis), x2="high:Q", tooltip=tips
    )
    dot = base.mark_point(color=tokens.accent, filled=True, size=90, opacity=1).encode(
        y=y, x=alt.X("value:Q", title=title, axis=axis), tooltip=tips
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=tokens.line)
    return alt.layer(zero.encode(x="zero:Q"), rule, dot).properties(
        height=_ROW * max(len(shown), 1) + _AXIS
    )


def growth(long: pd.DataFrame) -> Layered:
    """Return the parts of growth as stacked bars, one row an area.

    Parameters
    ----------
    long : DataFrame
        ``name, part, value`` in the order of display.
    """
    tokens = palette.THEMES[theme_name()]
    parts = long["part"].drop_duplicates().tolist()
    marks = palette.categories(parts)
    bars = (
        alt.Chart(long)
        .mark_bar(height=14)
        .encode(
            y=alt.Y(
                "name:N",
                sort=long["name"].drop_duplicates().tolist(),
                title=None,
                axis=axis_of(ticks=False, domain=False, grid=False, labelLimit=150),
            ),
            x=alt.X("value:Q", title=t("measures.new_firms"), axis=axis_of(format="~r")),
            color=alt.Color(
                "part:N",
                sort=parts,
                scale=alt.Scale(domain=parts, range=[marks[part].colour for part in parts]),
                legend=alt.Legend(title=None, orient="top", labelColor=tokens.ink),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("metrics.area")),
                alt.Tooltip("part:N", title=t("measures.part")),
                alt.Tooltip("value:Q", title=t("measures.new_firms"), format=".2f"),
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=tokens.muted)
    rows = long["name"].nunique()
    return alt.layer(bars, zero.encode(x="zero:Q")).properties(height=26 * rows + _AXIS + 60)
