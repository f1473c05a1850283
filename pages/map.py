import streamlit as st

from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.export.views import enterprise_table
from clusters.ui import cards, filters, firm_card, map_state, map_view, maps, tables
from clusters.ui.links import href, select
from clusters.ui.state import snapshot
from clusters.ui.text import language, number, t

shown = snapshot()
index = map_state.firm_index(shown)
cards.title(t("map.title"), t("map.lead"))


def search_box() -> None:
    query = st.text_input(
        t("map.search"),
        key="map-search",
        placeholder=t("map.search_hint"),
        label_visibility="collapsed",
        icon=":material/search:",
        live=True,
        max_chars=60,
    )
    if not query:
        return
    found = maps.search(map_state.search_index(shown), query)
    if not found:
        cards.note(t("map.search_none", query=query))
    for hit in found:
        name = hit.en if language() == "en" and hit.en else hit.zh
        st.button(
            map_state.plain(t("map.result", name=name, kind=t(f"map.kind_{hit.kind}"))),
            key=f"hit-{hit.kind}-{hit.id}",
            type="tertiary",
            on_click=map_state.find,
            args=(shown, hit),
        )


def path(state: map_state.State) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="map-path"):
        for place in maps.way_up(state.place):
            st.button(
                map_state.plain(place.name(language())),
                key=f"crumb-{place.id or 'province'}",
                type="tertiary",
                disabled=place.id == state.place,
                on_click=map_state.go,
                args=(place.id,),
            )
        below = map_state.below(state.place)
        if below:
            st.session_state["map-below"] = None
            st.selectbox(
                t("map.go"),
                below,
                index=None,
                key="map-below",
                placeholder=t("map.go_hint"),
                format_func=lambda one: maps.area_name(one, language()),
                label_visibility="collapsed",
                on_change=map_state.go_below,
                width=170,
            )


def layer_row(state: map_state.State) -> None:
    st.session_state["map-layers"] = list(state.layers)
    st.pills(
        t("map.layers"),
        map_view.LAYERS,
        selection_mode="multi",
        format_func=lambda one: t(f"map.layer_{one}"),
        key="map-layers",
        label_visibility="collapsed",
        on_change=map_state.layers_chosen,
    )
    if "metric" not in state.layers:
        return
    metrics = map_view.metric_choices(shown.metrics, map_state.grain(state.place))
    industries = map_view.industry_choices(shown.metrics)
    left, middle, right = st.columns([2, 2, 1])
    with left:
        select(
            t("map.metric"),
            metrics,
            key="metric",
            named=lambda one: definitions()[one].name(language()),
            default=map_state.first(map_state.METRIC, metrics),
        )
    with middle:
        select(
            t("map.industry"),
            industries,
            key="industry",
            named=lambda one: industry_name(one.partition(":")[2], language()),
            default=map_state.first(map_view.AI, industries),
        )
    with right:
        select(
            t("map.grain"),
            ("prefecture", "county"),
            key="grain",
            named=lambda one: t(f"terms.level_{one}"),
            default=map_state.grain_default(state.place),
        )


def rail(state: map_state.State, layers: tuple, chosen: list[str]) -> None:
    position = map_view.row_of(shown.enterprises, state.firm)
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
                on_click=map_state.choose_firm,
                args=("",),
            )
        if state.firm not in chosen:
            cards.note(t("map.card_other_filter"))
        with st.container(height=500, border=False, key="map-card"):
            st.html(firm_card.card_html(firm_card.firm_card(row, language())))
    else:
        cards.note(t("map.card_hint"))
    st.html(maps.legend(layers, language=language(), theme=map_state.theme()))
    if "firms" in state.layers:
        cards.note(t("map.label_note"))


def account(state: map_state.State, drawn: map_view.Drawn, firms) -> None:  # noqa: ANN001
    words = [
        t("map.account", total=number(len(shown.enterprises)), selected=number(len(firms))),
        t("map.sentence", text=drawn.account.sentence(language())),
    ]
    held = map_view.only_to_this_prefecture(firms, state.place)
    if held:
        area = maps.area_name(state.place, language())
        words.append(t("map.vague_prefecture", n=number(held), place=area))
    vague = map_view.only_to_prefecture(shown.enterprises, state.place)
    if vague:
        area = maps.area_name(maps.within(state.place), language())
        words.append(t("map.vague_here", n=number(vague), place=area))
    if "uncertain" not in state.layers and drawn.account.left_out["precision"]:
        words.append(t("map.uncertain_hint"))
    cards.note(" ".join(words))


@st.fragment
def body() -> None:
    state = map_state.read(shown)
    parts = filters.masks(index, state.filters, state.place)
    keep = filters.combine(parts)
    firms = shown.enterprises[keep]
    open_panel = st.session_state.setdefault("map-panel", True)
    with st.container(key="map-body"):
        if open_panel:
            panel, middle, side = st.columns([1, 3.6, 1.2], gap="medium")
            with panel, st.container(key="map-filters", gap=None):
                with st.container(horizontal=True):
                    st.button(
                        t("filters.hide"),
                        key="panel-hide",
                        type="tertiary",
                        on_click=map_state.toggle_panel,
                    )
                    st.button(
                        t("filters.reset"),
                        key="panel-reset",
                        type="tertiary",
                        on_click=filters.write,
                        args=(filters.Filters(),),
                        disabled=not filters.is_filtered(state.filters),
                    )
                filters.panel(index, state.filters, parts)
        else:
            middle, side = st.columns([4.6, 1.2], gap="medium")
        with middle:
            if not open_panel:
                st.button(
                    t("filters.show"),
                    key="panel-show",
                    type="tertiary",
                    on_click=map_state.toggle_panel,
                )
            where, what = st.columns([1.25, 1], vertical_alignment="top")
            with where:
                path(state)
            with what:
                search_box()
            layer_row(state)
            request = map_state.request(shown, state)
            drawn = map_view.drawn(shown, firms, request)
            maps.show(
                drawn.layers,
                key="map-canvas",
                language=language(),
                theme=map_state.theme(),
                view=map_state.view(shown, state),
                returned=("last_active_drawing", "last_object_clicked", "center", "zoom"),
                on_change=map_state.answered,
            )
            account(state, drawn, firms)
            for message in map_state.remarks(shown, state, request):
                cards.note(message)
        with side:
            rail(state, drawn.layers, firms["enterprise_id"].tolist())
        with middle:
            table(state, firms, keep)


def table(state: map_state.State, firms, keep) -> None:  # noqa: ANN001
    cards.section(t("map.table"), t("map.table_lead", n=number(len(firms))))
    if firms.empty:
        cards.empty(t("map.empty"), t("map.empty_next"))
        return
    position = map_view.row_of(firms, state.firm)
    st.session_state["map-table"] = {
        "selection": {"rows": [] if position is None else [position], "columns": [], "cells": []}
    }
    st.dataframe(
        map_view.firm_rows(firms, language()),
        key="map-table",
        hide_index=True,
        height=min(38 + 35 * len(firms), 420),
        selection_mode="single-row",
        on_select=lambda: map_state.row_chosen(shown, firms),
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
