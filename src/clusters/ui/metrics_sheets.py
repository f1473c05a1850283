"""Parts of the page of cluster metrics with areal units or points of their own."""

import pandas as pd
import streamlit as st

from clusters.ui import (
    cards,
    charts,
    links,
    metric_charts,
    metrics_distance,
    metrics_levels,
    tables,
)
from clusters.ui import metrics_view as view
from clusters.ui.definition import definition_popover
from clusters.ui.metrics_parts import headed, metric_name
from clusters.ui.metrics_text import INDICES, industry_name
from clusters.ui.text import number, t
from clusters.workspace import Snapshot


def units_part(shown: Snapshot) -> None:
    """Show how an index changes with the areal units."""
    cards.section(t("measures.units_title"), t("measures.units_lead"))
    table = shown.sensitivity
    if table.empty:
        cards.empty(t("measures.units_none"), t("shell.no_data_next"))
        return
    firms = table.groupby("industry")["n"].max().sort_values(ascending=False, kind="stable")
    segments = [str(name) for name in firms.index]
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        with st.container(width=320):
            segment = links.select(
                t("measures.segment"),
                segments,
                key="segment",
                named=lambda name: industry_name("segment", name),
                default=segments[0],
            )
        with st.container(width=280):
            index = links.select(
                t("measures.index"),
                INDICES,
                key="index",
                named=metric_name,
                default="ellison_glaeser",
            )
        definition_popover(index)
    found = metrics_levels.sensitivity_table(table, index, segment)
    cards.note(metrics_levels.spread_text(found), t("measures.units_base"))
    names = {"industry": industry_name("segment", segment), "metric": metric_name(index)}
    charts.show(
        metric_charts.sensitivity(found, title=metric_name(index)),
        alternative=t("measures.units_label", **names),
        data=view.chart_frame(
            found,
            {
                "name": t("measures.unit"),
                "value": metric_name(index),
                "low": t("measures.lowest"),
                "high": t("measures.highest"),
                "areas": t("measures.areas"),
                "n": t("metrics.firms"),
                "note": t("metrics.note"),
            },
        ),
        name="sensitivity",
    )


def distance_part(shown: Snapshot) -> None:
    """Show the functions of distance and ellipses, or why they cannot be measured."""
    cards.section(t("measures.distance_title"), t("measures.distance_lead"))
    table = shown.distances
    pairs = metrics_distance.measured(table)
    if pairs:
        options = {f"{scheme}:{industry}": (scheme, industry) for scheme, industry in pairs}
        with st.container(width=320):
            chosen = links.select(
                t("metrics.industry"),
                list(options),
                key="of",
                named=lambda key: industry_name(*options[key]),
                default=next(iter(options)),
            )
        _functions(table, *options[chosen])
    else:
        whole = table[(table["scheme"] == "ai") & (table["function"] == "kd")]
        n, left = (int(whole[name].sum()) for name in ("n", "left_out"))
        words = t("measures.distance_none_next", n=number(n), total=number(n + left))
        cards.empty(t("measures.distance_none"), words)
    why = metrics_distance.why_not(table)
    if len(why):
        with st.expander(t("measures.distance_why")):
            tables.show(
                [
                    tables.Column(t("metrics.industry")),
                    tables.Column(t("measures.precise"), numeric=True),
                    tables.Column(t("measures.left_out"), numeric=True),
                    tables.Column(t("measures.reason")),
                ],
                [
                    [row["name"], number(row["n"]), number(row["left_out"]), row["note"]]
                    for row in why.to_dict("records")
                ],
                label=t("measures.distance_why"),
            )
    _ellipse(shown)


def _functions(table: pd.DataFrame, scheme: str, industry: str) -> None:
    """Show Kd and M of one industry."""
    first = table[(table["scheme"] == scheme) & (table["industry"] == industry)].iloc[0]
    counted = {
        "n": number(first["n"]),
        "left": number(first["left_out"]),
        "sites": number(first["sites"]),
        "simulations": number(first["simulations"]),
    }
    cards.note(t("measures.distance_counted", **counted))
    columns = st.columns(2, gap="large")
    for function, column in zip(metrics_distance.FUNCTIONS, columns, strict=True):
        with column:
            curve = metrics_distance.curve(table, scheme, industry, function)
            headed(function, t(f"measures.{function}_title"))
            cards.note(metrics_distance.finding(curve, function))
            bands = ("local_low", "local_high", "global_low", "global_high")
            words = {
                "industry": industry_name(scheme, industry),
                "function": t(f"measures.{function}_title"),
            }
            charts.show(
                metric_charts.distance(curve, function=function),
                alternative=t("measures.distance_label", **words),
                data=view.chart_frame(
                    curve,
                    {
                        "km": t("measures.km"),
                        "value": t(f"measures.axis_{function}"),
                        **{name: t(f"measures.{name}") for name in bands},
                    },
                ),
                name=f"distance-{function}",
            )


def _ellipse(shown: Snapshot) -> None:
    """Show the standard ellipses."""
    headed("standard_ellipse", t("measures.ellipse_title"), t("measures.ellipse_lead"))
    rows = metrics_distance.ellipse_rows(shown.ellipses)
    if not rows:
        cards.empty(t("measures.ellipse_none"), t("shell.no_data_next"))
        return
    numeric = ("precise", "left_out", "major", "minor", "angle")
    columns = [tables.Column(t(f"measures.{name}"), numeric=True) for name in numeric]
    tables.show(
        [tables.Column(t("metrics.industry")), *columns],
        rows,
        label=t("measures.ellipse_title"),
    )
