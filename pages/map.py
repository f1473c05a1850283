import numpy as np
import streamlit as st

from clusters.export.views import enterprise_table
from clusters.ui import (
    cards,
    charts,
    filters,
    firm_card,
    map_area,
    map_controls,
    map_moves,
    map_state,
    map_table,
    map_view,
    maps,
    tables,
)
from clusters.ui.account import fragment
from clusters.ui.links import href
from clusters.ui.state import snapshot
from clusters.ui.text import language, number, t

shown = snapshot()
index = map_state.firm_index(shown)
cards.title(t("map.title"), t("map.lead"))


def rail(state: map_state.State, layers: tuple, keep) -> None:  # noqa: ANN001
    position = map_table.row_of(shown.enterprises, state.firm)
    if position is not None:
        row = shown.enterprises.iloc[position]
        name, close = st.columns([4, 1.3])
        with name:
            cards.section(str(row["name"]))
        with close:
            st.button(
                t("map.card_close"),
                key="card-close",
                type="tertiary",
                on_click=map_moves.choose_firm,
                args=("",),
            )
        if not keep[position]:
            cards.note(t("map.card_other_filter"))
        with st.container(height=500, border=False, key="map-card"):
            st.html(firm_card.card_html(firm_card.firm_card(row, language())))
    else:
        cards.note(t("map.card_hint"))
    st.html(maps.legend(layers, language=language(), theme=charts.theme_name()))
    if "firms" in state.layers:
        cards.note(t("map.label_note"))


def account(state: map_state.State, drawn: map_view.Drawn, keep) -> None:  # noqa: ANN001
    words = [
        t("map.account", total=number(len(shown.enterprises)), selected=number(int(keep.sum()))),
        t("map.sentence", text=drawn.account.sentence(language())),
    ]
    held = map_table.only_to_this_prefecture(
        shown.enterprises.loc[keep, ["precision"]], state.place
    )
    if held:
        area = maps.area_name(state.place, language())
        words.append(t("map.vague_prefecture", n=number(held), place=area))
    vague = map_table.only_to_prefecture(shown.enterprises, state.place)
    if vague:
        area = maps.area_name(maps.within(state.place), language())
        words.append(t("map.vague_here", n=number(vague), place=area))
    if "uncertain" not in state.layers and drawn.account.left_out["precision"]:
        words.append(t("map.uncertain_hint"))
    cards.note(" ".join(words))


@fragment
def body() -> None:
    state = map_state.read(shown)
    parts = filters.masks(index, state.filters, state.place)
    keep = filters.combine(parts)
    open_panel = st.session_state.setdefault("map-panel", True)
    with st.container(key="map-body"):
        panel = None
        if open_panel:
            panel, middle, side = st.columns([1, 3.6, 1.2], gap="medium")
        else:
            middle, side = st.columns([4.6, 1.2], gap="medium")
        # The map is told first: the browser fetches and draws it while the rest is still made.
        with middle:
            if not open_panel:
                st.button(
                    t("filters.show"),
                    key="panel-show",
                    type="tertiary",
                    on_click=map_moves.toggle_panel,
                )
            where, what, how = st.columns([1.15, 1.1, 0.95], vertical_alignment="top")
            map_controls.layer_row(shown, state)
            request = map_state.request(shown, state)
            drawn = map_state.drawn(shown, state, keep, request)
            map_controls.canvas_of(shown, state, drawn, filters.years(index, parts))
        with where:
            map_controls.path(state)
        with what:
            map_controls.search_box(shown)
        with how:
            map_controls.settings(state)
        if panel:
            with panel, st.container(key="map-filters", gap=None):
                map_controls.filter_buttons(state)
                filters.panel(index, state.filters, parts)
        with middle:
            account(state, drawn, keep)
            for message in map_state.remarks(shown, state, request, drawn.account):
                cards.note(message)
        with side:
            rail(state, drawn.layers, keep)
        with middle:
            found = map_state.drawn_area(shown, state)
            if found:
                map_area.show(shown, state, *found, keep=keep)
            table(state, keep & found[1].inside if found else keep)


def table(state: map_state.State, keep) -> None:  # noqa: ANN001
    rows = np.flatnonzero(keep)
    lead = "map.table_lead_area" if state.area else "map.table_lead"
    cards.section(t("map.table"), t(lead, n=number(len(rows))))
    if not len(rows):
        cards.empty(t("map.empty"), t("map.empty_next"))
        return
    page = map_controls.table_page(shown, state, rows)
    on_page = map_table.rows_of_page(rows, page)
    firms = shown.enterprises.iloc[on_page]
    position = map_table.row_of(firms, state.firm)
    st.session_state["map-table"] = {
        "selection": {"rows": [] if position is None else [position], "columns": [], "cells": []}
    }
    st.dataframe(
        map_table.firm_rows(firms, language()),
        key="map-table",
        hide_index=True,
        height=min(38 + 35 * len(firms), 420),
        selection_mode="single-row",
        on_select=lambda: map_moves.row_chosen(shown, on_page),
        column_config=map_state.columns(),
        placeholder="",
        alt=t("map.table"),
    )
    with st.container(horizontal=True):
        tables.downloads(
            lambda: enterprise_table(shown)[keep],
            name=t("map.file"),
            provenance=map_state.provenance(shown, state),
        )
        st.html(map_state.link(href("briefing", area=state.place), t("map.to_briefing")))


body()
