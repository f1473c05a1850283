import html

import pandas as pd
import streamlit as st

from clusters.goals import Benchmark, candidates
from clusters.ui import candidates_view, cards, charts, goals_detail, links, overview_view, tables
from clusters.ui import firms_view as view
from clusters.ui import goals_view as goals
from clusters.ui.state import snapshot
from clusters.ui.text import t, term
from clusters.workspace import Snapshot

VIEWS = ("list", "candidates")
TOP = 30


@st.fragment
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
        provenance=goals_detail.provenance(shown, "clusters export firms.xlsx --layer enterprises"),
    )
    _profile(found)


def _filters(rows: pd.DataFrame) -> view.Choice:
    options = view.options(rows)
    named = {
        "level": lambda level: t(f"firms.level_{level}"),
        "prefecture": goals.area_label,
        "segment": lambda segment: term("segment", segment),
    }
    columns = st.columns([1, 1, 1.4, 1.8])
    chosen = {}
    for column, name in zip(columns, named, strict=False):
        with column:
            chosen[name] = links.select(
                t(f"firms.filter_{name}"),
                ("", *options[name]),
                key=name,
                named=lambda value, name=name: (
                    named[name](value) if value else t(f"firms.every_{name}")
                ),
            )
    with columns[-1]:
        words = links.search(
            t("firms.filter_words"), key="q", placeholder=t("firms.filter_words_hint")
        )
    return view.Choice(**chosen, words=words)


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
        st.html(overview_view.facts_html(view.profile(row)))
    with right:
        cards.section(t("firms.map_title"))
        if view.precise(row):
            st.html(view.place_map(row, theme=charts.theme_name()))
            cards.note(t("firms.map_note"))
        else:
            precision = row["precision"] if view.known(row["precision"]) else "none"
            cards.empty(
                t("firms.no_dot", precision=term("precision", precision)), t("firms.no_dot_next")
            )
        overview_view.go("map", t("firms.go_map"))


def the_candidates(shown: Snapshot, benchmark: Benchmark) -> None:
    every = candidates(shown.enterprises, benchmark, limit=len(shown.enterprises))
    explained = (
        t("firms.candidates_lead"),
        t("firms.weights", words=candidates_view.weights_words()),
    )
    if every.empty:
        cards.note(*explained)
        cards.empty(t("firms.candidates_empty"), t("firms.candidates_empty_next"))
        return
    best = candidates_view.candidate_rows(every.head(TOP), shown)
    cards.note(*explained, t("firms.candidates_shown", n=len(best), total=len(every)))
    st.html(candidates_view.candidate_table(best))
    cards.note(t("firms.take_away"))
    frame = candidates_view.candidate_frame(best)
    tables.downloads(
        lambda: frame,
        name="candidates",
        provenance=goals_detail.provenance(shown, "clusters export firms.xlsx --layer enterprises"),
    )


snap = snapshot()
chosen_firms = view.benchmark(snap)
cards.title(t("shell.nav_firms"), t("firms.lead", n=len(chosen_firms.table)))
cards.figures(overview_view.benchmark_figures(chosen_firms))
cards.note(overview_view.benchmark_places(chosen_firms), t("firms.editable"))
chosen_view = links.switch(
    t("firms.view"), VIEWS, key="view", named=lambda name: t(f"firms.view_{name}")
)
if chosen_view == "list":
    the_list(snap, view.benchmark_rows(chosen_firms, snap))
else:
    the_candidates(snap, chosen_firms)
