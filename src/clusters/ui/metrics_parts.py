"""Parts of the page of cluster metrics that follow its level, industries and weight."""

import pandas as pd
import streamlit as st

from clusters.export.definitions import definitions
from clusters.ui import (
    cards,
    charts,
    links,
    maps,
    metric_charts,
    metrics_maps,
    metrics_pairs,
    metrics_rules,
    tables,
)
from clusters.ui import metrics_view as view
from clusters.ui.definition import definition_popover
from clusters.ui.metrics_text import industry_name
from clusters.ui.text import day, language, number, p_value, t
from clusters.workspace import Snapshot


def metric_name(metric: str) -> str:
    """Return the name of a metric in the visitor's language."""
    return definitions()[metric].name(language())


def headed(metric: str, title: str, lead: str = "") -> None:
    """Show a heading with the definition of its metric one click away."""
    words, definition = st.columns([5, 1])
    with words:
        cards.section(title, lead)
    with definition:
        definition_popover(metric)


def choose_industry(rows: pd.DataFrame, scheme: str) -> tuple[str, str]:
    """Let the visitor choose an industry; return its id and its name."""
    options = view.industries(rows)
    with st.container(width=320):
        industry = links.select(
            t("metrics.industry"),
            options,
            key="industry",
            named=lambda name: industry_name(scheme, name),
            default=options[0],
        )
    return industry, industry_name(scheme, industry)


def _local_map(
    rows: pd.DataFrame, metric: str, *, level: str, scheme: str, industry: str, name: str
) -> None:
    """Show a local statistic as a map, with the areas it singles out and all values below."""
    title = "metrics.moran" if metric == "local_moran" else "measures.getis"
    lead = t(f"{title}_lead", level=t(f"terms.level_{level}"), industry=name)
    headed(metric, t(f"{title}_title"), lead)
    found = metrics_maps.found_table(rows, metric, industry)
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        theme = charts.theme_name()
        layers = metrics_maps.local_layers(
            rows, metric, level=level, scheme=scheme, industry=industry, theme=theme
        )
        maps.show(
            layers,
            key=f"{metric}-map",
            language=language(),
            theme=theme,
            view=metrics_maps.province_view(),
            height=430,
            returned=(),
        )
    with words:
        st.html(maps.legend(layers[:1], language=language(), theme=theme))
        tested = number(metrics_maps.areas_tested(rows, metric))
        figures = [
            cards.Figure(
                t("metrics.moran_found"),
                number(len(found)),
                t("metrics.moran_found_note", n=tested),
            )
        ]
        whole = view.wholes(rows, industry).get("moran")
        if metric == "local_moran" and whole is not None:
            note = t("metrics.moran_global_note", p=p_value(whole["p"]))
            value = number(whole["value"], 3)
            figures.insert(0, cards.Figure(t("metrics.moran_global"), value, note))
        cards.figures(figures)
        if found.empty:
            cards.empty(t("metrics.moran_none"), t("metrics.moran_none_next"))
        else:
            tables.show(
                [
                    tables.Column(t("metrics.area")),
                    tables.Column(t("metrics.moran_kind")),
                    tables.Column(t("metrics.firms"), numeric=True),
                    tables.Column(t("metrics.q"), numeric=True),
                ],
                metrics_maps.found_rows(found),
                label=t(f"{title}_title"),
            )
    tables.chart_data(metrics_maps.all_rows(rows, metric, industry), name=f"{metric}-values")


def neighbours_part(
    shown: Snapshot, rows: pd.DataFrame, level: str, scheme: str, weight: str
) -> None:
    """Show local Moran and Getis-Ord of one industry."""
    if level not in metrics_maps.UNITS:
        cards.note(t("measures.neighbours_none"))
        level = metrics_maps.UNITS[0]
        rows = view.metrics_of(shown, shown.id, level, scheme, weight)
    industry, name = choose_industry(rows, scheme)
    for metric in metrics_maps.LOCAL:
        _local_map(rows, metric, level=level, scheme=scheme, industry=industry, name=name)


def rules_part(shown: Snapshot, rows: pd.DataFrame, scheme: str) -> None:
    """Show the stars with their rule, and growth."""
    headed("stars", t("measures.stars_title"), t("measures.stars_lead"))
    if "stars" not in set(rows["metric"]):
        cards.empty(t("measures.stars_absent"), t("measures.stars_absent_next"))
        return
    rule = shown.manifest["stars"]
    lines = metrics_rules.rule_texts(rule)
    cards.note(*lines)
    found = metrics_rules.star_table(rows, scheme=scheme)
    if found.empty:
        cards.empty(t("measures.stars_none"), t("measures.stars_none_next"))
    else:
        tables.show(
            [
                tables.Column(t("metrics.area")),
                tables.Column(t("metrics.industry")),
                tables.Column(t("measures.stars")),
                tables.Column(t("metrics.firms"), numeric=True),
                tables.Column(t("measures.lq"), numeric=True),
                tables.Column(t("measures.share"), numeric=True),
            ],
            metrics_rules.star_rows(found, 4 if rule.get("growth_from") else 3),
            label=t("measures.stars_title"),
        )
    _growth(shown, rows, scheme, rule)


def _growth(shown: Snapshot, rows: pd.DataFrame, scheme: str, rule: dict[str, str]) -> None:
    """Show where growth comes from, or why it cannot be told."""
    if "new_firms" not in set(rows["metric"]):
        headed("shift_regional", t("measures.growth_title"))
        cards.note(metrics_rules.dated_text(shown.enterprises))
        cards.empty(t("measures.growth_none"), t("measures.growth_none_next"))
        return
    words = {"first": day(rule["growth_from"]), "last": day(rule["growth_to"])}
    headed("shift_regional", t("measures.growth_title"), t("measures.growth_lead", **words))
    industry, name = choose_industry(rows, scheme)
    table = metrics_rules.growth_table(rows, industry)
    if table.empty:
        cards.empty(t("measures.growth_none"), t("metrics.empty_next"))
        return
    parts = {part: t(f"measures.{part}") for part in metrics_rules.PARTS}
    headings = {"name": t("metrics.area"), "new_firms": t("measures.new_firms"), **parts}
    charts.show(
        metric_charts.growth(metrics_rules.long_growth(table)),
        alternative=t("measures.growth_label", industry=name),
        data=view.chart_frame(table, headings),
        name="growth",
    )


def pairs_part(rows: pd.DataFrame, level: str, scheme: str) -> None:
    """Show which industries sit together, how near they are to areas, and complexity."""
    there = [metric for metric in metrics_pairs.PAIRS if metric in set(rows["metric"])]
    if not there:
        cards.section(t("measures.pairs_title"))
        cards.empty(t("measures.pairs_none"), t("measures.pairs_none_next"))
        return
    cards.section(t("measures.pairs_title"), t("measures.pairs_lead"))
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        with st.container(width=280):
            metric = links.select(
                t("measures.pair_metric"), there, key="pair", named=metric_name, default=there[0]
            )
        definition_popover(metric)
    st.html(
        charts.heat_html(
            metrics_pairs.matrix(rows, metric, scheme=scheme),
            metric=metric,
            corner=t(f"terms.scheme_{scheme}"),
            label=metric_name(metric),
        )
    )
    tables.chart_data(metrics_pairs.pair_frame(rows, metric, scheme=scheme), name=f"pairs-{metric}")
    headed("relatedness_density", t("measures.related_title"))
    st.html(
        charts.heat_html(
            view.heat_table(rows, "relatedness_density", scheme=scheme),
            metric="relatedness_density",
            corner=t(f"terms.level_{level}"),
            label=t("measures.related_label"),
        )
    )
    _complexity(rows, scheme)


def _complexity(rows: pd.DataFrame, scheme: str) -> None:
    """Show the complexity of areas and industries."""
    headed("eci", t("measures.complexity_title"), t("measures.complexity_lead"))
    frames = [
        metrics_pairs.complexity_frame(rows, metric, scheme=scheme) for metric in ("eci", "pci")
    ]
    if all(frame.empty for frame in frames):
        cards.empty(t("measures.complexity_none"), metrics_pairs.complexity_note(rows))
        return
    for column, frame in zip(st.columns(2, gap="large"), frames, strict=True):
        headings = [tables.Column(name, numeric=i > 0) for i, name in enumerate(frame.columns)]
        with column:
            tables.show(
                headings,
                [
                    [str(name), number(value, 2), number(n)]
                    for name, value, n in frame.itertuples(index=False)
                ],
                label=t("measures.complexity_title"),
            )
