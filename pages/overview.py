import streamlit as st

from clusters.ui import cards, charts, goals_detail, goals_form, goals_table, tables, zones_view
from clusters.ui import firms_view as firms
from clusters.ui import goals_view as targets
from clusters.ui import overview_view as view
from clusters.ui.state import snapshot
from clusters.ui.text import day, number, t

snap = snapshot()
statuses = goals_form.statuses(snap)
five = zones_view.five_zones(snap, statuses)
benchmark = firms.benchmark(snap)

cards.title(t("shell.nav_overview"), t("overview.lead"))
st.html(view.doors_html())

cards.section(t("overview.plan"), t("overview.plan_lead"))
st.html(view.headline_html(statuses, zones_named=sum(zone.named for zone in five)))
cards.note(t("overview.all_targets", n=len(statuses)))
st.html(goals_table.status_bar(targets.counts(statuses)))
view.go("goals", t("overview.go_targets"), view="targets")

covered = {key: number(n) for key, n in zones_view.coverage(snap, five).items()}
cards.section(t("overview.zones"), t("zones.coverage", **covered))
left, right = st.columns([5, 2], gap="large")
with left:
    st.html(view.zones_html(five))
    cards.note(t("zones.lq_note"))
    view.go("goals", t("overview.go_zones"), view="")
    cards.section(t("overview.benchmark"), view.benchmark_places(benchmark))
    cards.figures(view.benchmark_figures(benchmark))
    cards.note(*firms.warnings(benchmark, firms.benchmark_rows(benchmark, snap)))
    view.go("firms", t("overview.go_firms"))
with right:
    st.html(zones_view.zone_map(five, theme=charts.theme_name()))
    cards.note(t("zones.map_note"))
    view.go("map", t("overview.go_map"))

left, right = st.columns(2, gap="large")
with left:
    cards.section(t("overview.changes"))
    change = view.changes(snap)
    if change is None:
        cards.empty(t("overview.changes_none"), t("overview.changes_none_next"))
    else:
        cards.note(
            t(
                "overview.changes_from",
                id=change.before.id,
                date=day(change.before.created.date()),
            )
        )
        cards.figures(view.change_figures(change))
with right:
    cards.section(t("overview.quality"), t("overview.precision_note"))
    st.html(view.precision_html(snap))
    st.html(tables.facts_html(view.quality_rows(snap)))
    view.go("data", t("overview.go_data"))

cards.note(t("overview.take_away"))
frame = goals_table.export_frame(view.headline_statuses(statuses))
tables.downloads(
    lambda: frame,
    name="headline-targets",
    provenance=lambda _: goals_detail.provenance(snap, "clusters goals --json"),
)
view.go("briefing", t("overview.go_brief"))
