import html

import pandas as pd
import streamlit as st

from clusters.access import Right
from clusters.goals import Benchmark
from clusters.ui import (
    candidates_view,
    cards,
    charts,
    decisions_view,
    filter_row,
    firm_profile,
    goals_detail,
    links,
    overview_view,
    tables,
)
from clusters.ui import firms_view as view
from clusters.ui import goals_view as goals
from clusters.ui.account import allowed, fragment
from clusters.ui.state import snapshot
from clusters.ui.text import t, term
from clusters.workspace import Snapshot

VIEWS = ("list", "candidates", "decide", "milestones")
TOP = 30


@fragment
def the_list(shown: Snapshot, rows: pd.DataFrame) -> None:
    choice = _filters(rows)
    found = view.selected(rows, choice)
    cards.note(view.account_words(found, rows))
    if found.empty:
        cards.empty(t("firms.empty"), t("firms.empty_next"))
        return
    link = {
        str(place): links.href("firms", firm=str(place)) + "#profile" for place in found["place"]
    }
    with st.container(height=560 if len(found) > 8 else "content", border=False):
        st.html(view.table(found, link=link))
    cards.note(t("firms.take_away"))
    frame = view.export_frame(found)
    tables.downloads(
        lambda: frame,
        name="benchmark-firms",
        provenance=lambda _: goals_detail.provenance(shown, "clusters firms export benchmark.xlsx"),
    )
    cards.note(t("decide.command"))
    _profile(found)


def _filters(rows: pd.DataFrame) -> view.Choice:
    named = {
        "level": lambda level: t(f"firms.level_{level}"),
        "prefecture": goals.area_label,
        "segment": lambda segment: term("segment", segment),
    }
    widths = (1, 1, 1.4, 1.8)
    chosen = filter_row.show(named, view.options(rows), texts="firms", widths=widths)
    return view.Choice(**chosen)


def _profile(found: pd.DataFrame) -> None:
    st.html('<div id="profile"></div>')
    cards.section(t("firms.profile"))
    by_place = {str(row["place"]): row for row in view.records(found)}
    chosen = links.select(
        t("firms.profile_choose"),
        tuple(by_place),
        key="firm",
        named=lambda place: view.firm_name(by_place[place]),
        default=next(iter(by_place)),
    )
    row = by_place[chosen]
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html(f'<p class="c-target"><b>{html.escape(view.firm_name(row))}</b></p>')
        st.html(tables.facts_html(firm_profile.profile(row)))
        decisions_view.of_firm(str(row["name"]))
    with right:
        cards.section(t("firms.map_title"))
        if view.precise(row):
            st.html(firm_profile.place_map(row, theme=charts.theme_name()))
            cards.note(t("firms.map_note"))
        else:
            precision = row["precision"] if view.known(row["precision"]) else "none"
            cards.empty(
                t("firms.no_dot", precision=term("precision", precision)), t("firms.no_dot_next")
            )
        overview_view.go("map", t("firms.go_map"))


@fragment
def the_candidates(shown: Snapshot, listed: Benchmark) -> None:
    weights = candidates_view.weight_fields()
    explained = t("firms.candidates_lead")
    if not any(weights.values()):
        cards.empty(t("decide.error_weight"), t("firms.candidates_empty_next"))
        return
    every = candidates_view.ranked(shown, listed, weights)
    if every.empty:
        cards.note(explained)
        cards.empty(t("firms.candidates_empty"), t("firms.candidates_empty_next"))
        return
    best = candidates_view.candidate_rows(every.head(TOP), shown)
    cards.note(explained, t("firms.candidates_shown", n=len(best), total=len(every)))
    st.html(candidates_view.candidate_table(best, weights))
    cards.note(t("firms.take_away"))
    frame = candidates_view.candidate_frame(best, weights)
    given = " ".join(f"--weight {code}={number}" for code, number in weights.items())
    tables.downloads(
        lambda: frame,
        name="candidates",
        provenance=lambda _: goals_detail.provenance(shown, f"clusters firms candidates {given}"),
    )


def decide(shown: Snapshot, listed: Benchmark) -> None:
    if allowed(Right.RECORD):
        every = candidates_view.ranked(shown, listed, candidates_view.stated_weights())
        left, right = st.columns(2, gap="large")
        with left:
            decisions_view.promotion(shown, listed, list(every["name"]))
        with right:
            decisions_view.change(shown, listed)
    else:
        cards.note(t("access.record_refused"))
    decisions_view.past()


snap = snapshot()
chosen_firms = view.benchmark(snap)
every_row = view.benchmark_rows(chosen_firms, snap)
cards.title(t("shell.nav_firms"), t("firms.lead", n=len(chosen_firms.table)))
decisions_view.told()
cards.figures(overview_view.benchmark_figures(chosen_firms))
cards.note(
    overview_view.benchmark_places(chosen_firms),
    t("decide.groups", n=len(chosen_firms.table), groups=chosen_firms.groups),
    *view.warnings(chosen_firms, every_row),
)
chosen_view = links.switch(
    t("firms.view"), VIEWS, key="view", named=lambda name: t(f"firms.view_{name}")
)
if chosen_view == "list":
    the_list(snap, every_row)
elif chosen_view == "candidates":
    the_candidates(snap, chosen_firms)
elif chosen_view == "decide":
    decide(snap, chosen_firms)
else:
    decisions_view.plans(chosen_firms)
