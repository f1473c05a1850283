import pandas as pd
import streamlit as st

from clusters.export.definitions import definitions, definitions_of
from clusters.export.provenance import Provenance
from clusters.ui import cards, charts, links, maps, tables
from clusters.ui import metrics_view as view
from clusters.ui.definition import definition_popover
from clusters.ui.metrics_text import LEVELS, industry_name, whole_text
from clusters.ui.state import snapshot
from clusters.ui.text import MISSING, language, number, p_value, t

Wholes = dict[str, dict[str, pd.Series]]
shown = snapshot()


def metric_name(metric: str) -> str:
    return definitions()[metric].name(language())


def headed(metric: str, title: str, lead: str = "") -> None:
    words, definition = st.columns([5, 1])
    with words:
        cards.section(title, lead)
    with definition:
        definition_popover(metric)


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
                list(view.WEIGHTS),
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
    values = view.band_table(wholes)
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
    tables.show(columns, view.level_rows(wholes), label=t("metrics.levels_title"))


def moran(
    rows: pd.DataFrame, wholes: Wholes, *, level: str, scheme: str, industry: str, name: str
) -> None:
    lead = t("metrics.moran_lead", level=t(f"terms.level_{level}"), industry=name)
    headed("local_moran", t("metrics.moran_title"), lead)
    found = view.moran_table(rows, industry)
    whole = wholes[level].get("moran")
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        theme = charts.theme_name()
        layers = view.moran_layers(rows, level=level, scheme=scheme, industry=industry, theme=theme)
        maps.show(
            layers,
            key="moran-map",
            language=language(),
            theme=theme,
            view=view.province_view(),
            height=430,
            returned=(),
        )
    with words:
        st.html(maps.legend(layers[:1], language=language(), theme=theme))
        cards.figures(
            [
                cards.Figure(
                    t("metrics.moran_global"),
                    number(whole["value"], 3),
                    t("metrics.moran_global_note", p=p_value(whole["p"])),
                ),
                cards.Figure(
                    t("metrics.moran_found"),
                    number(len(found)),
                    t("metrics.moran_found_note", n=number(view.areas_tested(rows))),
                ),
            ]
        )
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
                view.moran_rows(found),
                label=t("metrics.moran_title"),
            )


def industry_part(rows: pd.DataFrame, level: str, scheme: str, weight: str, metric: str) -> None:
    cards.section(t("metrics.industry_title"), t("metrics.industry_lead"))
    options = view.industries(rows)
    with st.container(width=320):
        industry = links.select(
            t("metrics.industry"),
            options,
            key="industry",
            named=lambda name: industry_name(scheme, name),
            default=options[0],
        )
    name = industry_name(scheme, industry)
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
    moran(by_level[unit], wholes, level=unit, scheme=scheme, industry=industry, name=name)


def take_away(rows: pd.DataFrame, level: str, scheme: str, weight: str) -> None:
    cards.section(t("metrics.export_title"), t("metrics.export_lead"))
    words = view.command(level=level, scheme=scheme, weight=weight, identity=shown.id)
    st.code(words, language="bash", wrap_lines=True)
    tables.downloads(
        lambda: rows,
        name=f"metrics-{level}-{scheme}-{weight}",
        provenance=Provenance.from_manifest(shown.manifest, command=words),
        definitions=definitions_of(rows["metric"].unique()),
    )


@st.fragment
def page() -> None:
    level, scheme, weight = controls()
    rows = view.metrics_of(shown, shown.id, level, scheme, weight)
    if view.nothing(rows):
        cards.empty(t("metrics.empty"), t("metrics.empty_next"))
        return
    metric = choose_metric(rows)
    cards.note(view.coverage_text(view.coverage(shown.enterprises, level, weight), level))
    if weight != "firms":
        cards.note(t("metrics.no_test"))
    heat(rows, level, scheme, metric)
    industry_part(rows, level, scheme, weight, metric)
    take_away(rows, level, scheme, weight)


cards.title(t("shell.nav_metrics"), t("metrics.lead"))
page()
