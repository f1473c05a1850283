import pandas as pd
import streamlit as st

from clusters.export.definitions import definitions_of
from clusters.ui import cards, charts, links, metrics_levels, metrics_parts, metrics_sheets, tables
from clusters.ui import metrics_view as view
from clusters.ui.account import fragment
from clusters.ui.definition import definition_popover
from clusters.ui.metrics_parts import choose_industry, headed, metric_name
from clusters.ui.metrics_text import LEVELS, industry_name, whole_text
from clusters.ui.state import snapshot
from clusters.ui.text import MISSING, number, t

Wholes = dict[str, dict[str, pd.Series]]
PARTS = ("cells", "industry", "neighbours", "rules", "units", "distance", "pairs")
shown = snapshot()


def choose_part() -> str:
    return links.switch(
        t("measures.view"), PARTS, key="part", named=lambda name: t(f"measures.part_{name}")
    )


def controls() -> tuple[str, str, str]:
    with st.container(horizontal=True, gap="large"):
        level = links.switch(
            t("metrics.level"),
            LEVELS,
            key="by",
            named=lambda name: t(f"terms.level_{name}"),
            label_visibility="visible",
        )
        scheme = links.switch(
            t("metrics.scheme"),
            view.SCHEMES,
            key="group",
            named=lambda name: t(f"terms.scheme_{name}"),
            label_visibility="visible",
        )
        with st.container(width=180):
            weight = links.select(
                t("metrics.weight"),
                list(view.WEIGHT_COLUMN),
                key="weight",
                named=lambda name: t(f"terms.weight_{name}"),
                default="firms",
            )
    return level, scheme, weight


def choose_metric(rows: pd.DataFrame) -> str:
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        with st.container(width=240):
            metric = links.select(
                t("metrics.metric"),
                view.cell_metrics(rows),
                key="metric",
                named=metric_name,
                default="lq",
            )
        if metric == "lq":
            metric = links.switch(
                t("metrics.question"),
                view.bases(rows),
                key="base",
                named=lambda name: t(f"metrics.base_{name}"),
                label_visibility="visible",
            )
        definition_popover(metric)
    if metric in view.BASES:
        cards.note(t(f"metrics.explain_{metric}"))
        if len(view.bases(rows)) == 1:
            cards.note(t("metrics.only_mix"))
    return metric


def heat(rows: pd.DataFrame, level: str, scheme: str, metric: str) -> None:
    cards.section(t("metrics.heat_title"))
    picture, table = st.tabs([t("metrics.tab_heat"), t("metrics.tab_table")])
    with picture:
        content = view.heat_table(rows, metric, scheme=scheme)
        label = t(
            "metrics.heat_label",
            metric=metric_name(metric),
            level=t(f"terms.level_{level}"),
            scheme=t(f"terms.scheme_{scheme}"),
        )
        st.html(
            charts.heat_html(content, metric=metric, corner=t(f"terms.level_{level}"), label=label)
        )
        rest = view.areas_with_firms(rows) - len(content.rows)
        if rest:
            cards.note(t("metrics.heat_cut", shown=number(len(content.rows)), rest=number(rest)))
    with table:
        st.dataframe(
            view.cell_table(rows, metric, scheme=scheme),
            hide_index=True,
            height=460,
            placeholder=MISSING,
            column_config=view.column_formats(metric),
            key="cells",
        )


def ranking(rows: pd.DataFrame, scheme: str, metric: str, industry: str) -> None:
    cards.section(t("metrics.ranking_title"))
    order = view.ranking(rows, metric, industry)
    if order.empty:
        cards.empty(t("metrics.ranking_none"), t("metrics.empty_next"))
        return
    if len(order) == view.MOST_RANKED:
        cards.note(t("metrics.ranking_cut", n=number(len(order))))
    charts.show(
        charts.ranking(order, title=metric_name(metric), quotient=metric in view.BASES),
        alternative=t(
            "metrics.ranking_label",
            industry=industry_name(scheme, industry),
            metric=metric_name(metric),
        ),
        data=view.chart_frame(
            order,
            {
                "name": t("metrics.area"),
                "value": metric_name(metric),
                "tip_interval": t("metrics.interval"),
                "tip_q": t("metrics.q"),
                "n": t("metrics.firms"),
            },
        ),
        name="ranking",
    )


def curve(
    rows: pd.DataFrame,
    everything: pd.DataFrame,
    wholes: Wholes,
    *,
    level: str,
    industry: str,
    name: str,
) -> None:
    headed("locational_gini", t("metrics.curve_title"))
    points = view.curve_of(rows, everything, industry)
    words = {
        "gini": whole_text("locational_gini", wholes[level].get("locational_gini")),
        "level": t(f"terms.level_{level}"),
    }
    cards.note(t("metrics.curve_gini", **words))
    charts.show(
        charts.localisation(points),
        alternative=t("metrics.curve_label", industry=name, **words),
        data=view.chart_frame(
            points,
            {
                "name": t("metrics.area"),
                "reference": t("metrics.curve_x"),
                "share": t("metrics.curve_y"),
            },
        ),
        name="curve",
    )


def band(wholes: Wholes, name: str) -> None:
    headed("ellison_glaeser", t("metrics.band_title"), t("metrics.band_lead"))
    values = metrics_levels.band_table(wholes)
    if values.empty:
        cards.empty(t("metrics.band_none"), t("metrics.empty_next"))
        return
    charts.show(
        charts.null_band(values, title=metric_name("ellison_glaeser")),
        alternative=t("metrics.band_label", industry=name),
        data=view.chart_frame(
            values,
            {
                "name": t("metrics.level"),
                "value": metric_name("ellison_glaeser"),
                "low": t("metrics.band_low"),
                "high": t("metrics.band_high"),
                "p": t("metrics.p"),
            },
        ),
        name="band",
    )


def levels_table(wholes: Wholes) -> None:
    cards.section(t("metrics.levels_title"), t("metrics.levels_lead"))
    columns = [
        tables.Column(t("metrics.metric")),
        *(tables.Column(t(f"terms.level_{name}"), numeric=True) for name in view.COVERING),
        tables.Column(t("metrics.how_to_read")),
    ]
    tables.show(columns, metrics_levels.level_rows(wholes), label=t("metrics.levels_title"))


def industry_part(rows: pd.DataFrame, level: str, scheme: str, weight: str) -> None:
    metric = choose_metric(rows)
    cards.section(t("metrics.industry_title"), t("metrics.industry_lead"))
    industry, name = choose_industry(rows, scheme)
    unit = level if level in view.COVERING else view.COVERING[0]
    by_level = {
        each: view.metrics_of(shown, shown.id, each, scheme, weight) for each in view.COVERING
    }
    wholes = {each: view.wholes(table, industry) for each, table in by_level.items()}
    if level not in view.COVERING:
        cards.note(t("metrics.zone_whole"))
    left, right = st.columns(2, gap="large")
    with left:
        ranking(rows, scheme, metric, industry)
        band(wholes, name)
    with right:
        everything = view.metrics_of(shown, shown.id, unit, "ai", weight)
        curve(by_level[unit], everything, wholes, level=unit, industry=industry, name=name)
    levels_table(wholes)


def places_in_doubt() -> None:
    doubt = shown.manifest.get("doubt", {"draws": 0})
    if doubt["draws"]:
        words = {"n": doubt["redrawn"], "draws": doubt["draws"], "none": doubt["without_place"]}
        cards.note(t("measures.doubt_lead", **{name: number(n) for name, n in words.items()}))


def take_away(rows: pd.DataFrame, level: str, scheme: str, weight: str) -> None:
    cards.section(t("metrics.export_title"), t("metrics.export_lead"))
    asked = view.request(level, scheme, weight)
    words = view.command(level=level, scheme=scheme, weight=weight, identity=shown.id)
    st.code(words, language="bash", wrap_lines=True)
    tables.downloads(
        lambda: rows,
        name=f"metrics-{level}-{scheme}-{weight}",
        provenance=lambda ending: asked.provenance(shown, ending=ending),
        definitions=definitions_of(rows["metric"].unique()),
    )


@fragment
def page() -> None:
    part = choose_part()
    if part == "units":
        metrics_sheets.units_part(shown)
        return
    if part == "distance":
        metrics_sheets.distance_part(shown)
        return
    level, scheme, weight = controls()
    rows = view.metrics_of(shown, shown.id, level, scheme, weight)
    if view.nothing(rows):
        cards.empty(t("metrics.empty"), t("metrics.empty_next"))
        return
    cards.note(view.coverage_text(view.coverage(shown.enterprises, level, weight), level))
    if level == "hexagon":
        cards.note(t("measures.hexagon_note"))
    if weight != "firms":
        cards.note(t("metrics.no_test"))
    else:
        places_in_doubt()
    if part == "cells":
        heat(rows, level, scheme, choose_metric(rows))
    elif part == "industry":
        industry_part(rows, level, scheme, weight)
    elif part == "neighbours":
        metrics_parts.neighbours_part(shown, rows, level, scheme, weight)
    elif part == "rules":
        metrics_parts.rules_part(shown, rows, scheme)
    else:
        metrics_parts.pairs_part(rows, level, scheme)
    take_away(rows, level, scheme, weight)


cards.title(t("shell.nav_metrics"), t("metrics.lead"))
page()
