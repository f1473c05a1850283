"""The chart of one target: what was observed, what the plan asks for, and nothing in between.

Every definition is a series of its own with its own mark; only actual values of the target's own
definition are joined, and never across a break. Forecasts and derived values are hollow.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import altair as alt
import pandas as pd

from clusters.goals import Observation, TargetStatus
from clusters.maps import palette
from clusters.ui import goals_view as view
from clusters.ui.charts import axis_of, theme_name
from clusters.ui.goals_table import nature
from clusters.ui.text import t

_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke")
_STEPS = 24
# The height of a chart holds its legend, one row a series.
_HEIGHT, _LEGEND_ROW = 290, 26
_LARGE, _SMALLER = 190, 30


def decimal_day(time: float) -> date:
    """Return the day that ends at a decimal year: 2025.0 → 31 December 2024."""
    year = int(time - 1e-9)
    first, following = date(year, 1, 1), date(year + 1, 1, 1)
    days = round((time - year) * (following - first).days)
    return first + timedelta(days=max(days, 1) - 1)


def points(status: TargetStatus, values: Sequence[Observation]) -> pd.DataFrame:
    """Return one row per observed value: when, value, series, nature, filled.

    ``series`` is the name of the definition; ``own`` tells the target's own definition;
    ``filled`` is true for actual values of whole periods.
    """
    _, factor = view.axis_unit(status.target.unit)
    rows = [
        {
            "when": pd.Timestamp(decimal_day(value.time)),
            "value": value.value * factor,
            "series": view.definition_name(value.definition_group),
            "own": value.definition_group == status.target.definition_group,
            "filled": value.actual and not value.partial,
            "nature": nature(value),
            "text": view.seen(value),
            "period": view.period(value.period),
        }
        for value in values
    ]
    columns = ["when", "value", "series", "own", "filled", "nature", "text", "period"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        # the target's own definition last: it is drawn on top
        ["own", "series", "when"],
        ignore_index=True,
    )


def lines(found: pd.DataFrame) -> pd.DataFrame:
    """Return the points that may be joined: actual values, at least two in a definition."""
    actual = found[found["filled"]]
    return actual[actual.groupby("series")["series"].transform("size") > 1]


def breaks(found: pd.DataFrame) -> pd.DataFrame:
    """Return where the definition of the actual values changes: when, text.

    A break stands half-way between two times that share no definition.
    """
    actual = found[found["filled"]]
    by_time = [
        (pd.Timestamp(when), set(actual.loc[actual["when"] == when, "series"]))
        for when in sorted(set(actual["when"]))
    ]
    rows = [
        (before + pd.Timedelta(days=(after - before).days // 2), t("track.break"))
        for (before, old), (after, new) in pairwise(by_time)
        if not old & new
    ]
    return pd.DataFrame(rows, columns=["when", "text"])


def paths(status: TargetStatus) -> pd.DataFrame:
    """Return the required paths from the base to the target: when, value, path.

    Empty where there is no base: a path needs a place to start from.
    """
    target, path = status.target, status.path
    columns = ["when", "value", "path"]
    if path is None or target.due is None or target.value is None:
        return pd.DataFrame(columns=columns)
    start, end = path.base.time, target.due
    _, factor = view.axis_unit(target.unit)
    low, high = path.base.value * factor, target.threshold * factor
    rows = []
    for step in range(_STEPS + 1):
        share = step / _STEPS
        when = pd.Timestamp(decimal_day(start + share * (end - start)))
        rows.append((when, low + share * (high - low), t("goals.path_linear")))
        if low > 0 and high > 0:
            rows.append((when, low * (high / low) ** share, t("goals.path_growth")))
    return pd.DataFrame(rows, columns=columns).sort_values(["path", "when"], ignore_index=True)


def data(status: TargetStatus, values: Sequence[Observation]) -> pd.DataFrame:
    """Return the numbers of the chart with headings in the visitor's language."""
    found = points(status, values)
    return pd.DataFrame(
        {
            t("goals.counts_what"): found["series"],
            t("goals.period"): found["period"],
            t("goals.axis_value", unit=view.axis_unit(status.target.unit)[0]): found["value"],
            t("goals.nature"): found["nature"],
        }
    )


def drawable(status: TargetStatus, values: Sequence[Observation]) -> bool:
    """Tell whether there is anything to draw beside the bare target."""
    return bool(values) and status.target.value is not None


def alternative(status: TargetStatus, values: Sequence[Observation]) -> str:
    """Return the chart in words."""
    target = status.target
    seen = "; ".join(
        f"{view.definition_name(v.definition_group)} {view.period(v.period)} {view.seen(v)}"
        for v in values
    )
    broken = len(breaks(points(status, values)))
    return t("track.chart_breaks", n=broken) * bool(broken) + t(
        "goals.chart_alt",
        target=view.target_name(target),
        asks=view.wanted(target),
        due=view.due(target),
        values=seen,
    )


def chart(status: TargetStatus, values: Sequence[Observation]) -> alt.LayerChart:
    """Return observations, required paths and the target of one status."""
    tokens = palette.THEMES[theme_name()]
    found = points(status, values)
    series = list(dict.fromkeys(found["series"]))[::-1]
    own = set(found.loc[found["own"], "series"])
    colours = [tokens.accent if name in own else tokens.muted for name in series]
    x, y = _scales(status, found)
    legend = alt.Legend(
        title=None,
        orient="bottom",
        columns=1,
        labelLimit=0,
        labelColor=tokens.ink,
        symbolFillColor=tokens.muted,
        symbolStrokeColor=tokens.muted,
    )
    tips = [
        alt.Tooltip("series:N", title=t("goals.counts_what")),
        alt.Tooltip("period:N", title=t("goals.period")),
        alt.Tooltip("text:N", title=t("goals.value")),
        alt.Tooltip("nature:N", title=t("goals.nature")),
    ]
    colour = alt.Color("series:N", scale=alt.Scale(domain=series, range=colours), legend=legend)
    shape = alt.Shape(
        "series:N",
        scale=alt.Scale(domain=series, range=[_SHAPES[i % 7] for i in range(len(series))]),
        legend=legend,
    )
    # Values of two definitions often coincide: what is drawn later is smaller, so both show.
    area = alt.Size(
        "series:N",
        scale=alt.Scale(
            domain=series[::-1], range=[_LARGE - i * _SMALLER for i in range(len(series))]
        ),
        legend=None,
    )
    joined = lines(found)
    layers: list[alt.Chart] = _required(status, x, y, tokens) + _breaks(found, x, tokens)
    if len(joined):
        layers.append(
            alt.Chart(joined)
            .mark_line(strokeWidth=2)
            .encode(x=x, y=y, color=colour, detail="series:N")
        )
    for filled in (True, False):
        some = found[found["filled"] == filled]
        if len(some):
            base = alt.Chart(some)
            mark = (
                base.mark_point(filled=True, opacity=1, stroke=tokens.paper, strokeWidth=1)
                if filled
                else base.mark_point(strokeWidth=1.8, opacity=1, fill=tokens.paper)
            )
            layers.append(mark.encode(x=x, y=y, color=colour, shape=shape, size=area, tooltip=tips))
    layers += _goal(status, x, y, tokens)
    return alt.LayerChart(layer=layers).properties(height=_HEIGHT + _LEGEND_ROW * len(series))


def _breaks(found: pd.DataFrame, x: alt.X, tokens: palette.Theme) -> list[alt.Chart]:
    """Return a dashed line with its word wherever the definition changes."""
    where = breaks(found)
    if where.empty:
        return []
    base = alt.Chart(where)
    rule = base.mark_rule(color=tokens.muted, strokeDash=[3, 4], strokeWidth=1.2)
    words = base.mark_text(
        color=tokens.muted, align="left", baseline="top", dx=4, dy=2, fontSize=11
    )
    return [rule.encode(x=x), words.encode(x=x, y=alt.value(0), text="text:N")]


def _scales(status: TargetStatus, found: pd.DataFrame) -> tuple[alt.X, alt.Y]:
    target = status.target
    ends = [stamp.year for stamp in found["when"]]
    ends += [target.due_year] if target.due_year else []
    first, last = min(ends) - 1, max(ends) + 1
    step = max(1, (last - first) // 8)
    ticks = [{"year": year, "month": 12, "date": 31} for year in range(first, last + 1, step)]
    domain = [{"year": first, "month": 12, "date": 31}, {"year": last, "month": 12, "date": 31}]
    x = alt.X(
        "when:T",
        title=t("goals.axis_year_end"),
        scale=alt.Scale(domain=domain),  # type: ignore[arg-type]  # dates as Vega-Lite takes them
        axis=axis_of(values=ticks, labelExpr="year(datum.value)", grid=False),
    )
    unit, factor = view.axis_unit(target.unit)
    top = max([*found["value"], (target.value_high or target.value or 0.0) * factor]) * 1.12
    y = alt.Y(
        "value:Q",
        title=t("goals.axis_value", unit=unit),
        scale=alt.Scale(domain=[0, top], nice=True),
        axis=axis_of(format=",~f", tickCount=5),
    )
    return x, y


def _required(status: TargetStatus, x: alt.X, y: alt.Y, tokens: palette.Theme) -> list[alt.Chart]:
    asked = paths(status)
    if asked.empty:
        return []
    names = [t("goals.path_linear"), t("goals.path_growth")]
    dash = alt.StrokeDash(
        "path:N",
        scale=alt.Scale(domain=names, range=[[6, 4], [2, 3]]),
        legend=alt.Legend(
            title=None, orient="bottom", labelColor=tokens.ink, symbolStrokeColor=tokens.warm
        ),
    )
    line = alt.Chart(asked).mark_line(strokeWidth=1.6, color=tokens.warm)
    return [line.encode(x=x, y=y, strokeDash=dash, detail="path:N")]


def _goal(status: TargetStatus, x: alt.X, y: alt.Y, tokens: palette.Theme) -> list[alt.Chart]:
    """Return the target as a line to its height, named; with a fitted trend also its band."""
    target = status.target
    layers: list[alt.Chart] = []
    _, factor = view.axis_unit(target.unit)
    height = (target.value or 0.0) * factor
    rule = pd.DataFrame({"value": [height]})
    layers.append(
        alt.Chart(rule).mark_rule(color=tokens.warm, strokeWidth=1, opacity=0.55).encode(y=y)
    )
    if target.due_year is not None:
        when = pd.Timestamp(date(target.due_year, 12, 31))
        goal = pd.DataFrame({"when": [when], "value": [height], "text": [view.wanted(target)]})
        base = alt.Chart(goal)
        layers.append(
            base.mark_point(
                shape="diamond", size=130, filled=True, color=tokens.warm, opacity=1
            ).encode(x=x, y=y, tooltip=[alt.Tooltip("text:N", title=t("goals.asks"))])
        )
        layers.append(
            base.mark_text(color=tokens.warm, align="right", dx=-10, dy=-11, fontSize=12).encode(
                x=x, y=y, text="text:N"
            )
        )
        if status.projection is not None:
            band = pd.DataFrame(
                {
                    "when": [when],
                    "low": [status.projection.low * factor],
                    "high": [status.projection.high * factor],
                }
            )
            layers.append(
                alt.Chart(band)
                .mark_rule(color=tokens.accent, strokeWidth=3, opacity=0.5)
                .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
            )
    return layers
