"""The controls around the enterprise map: path, search, layers, area by numbers, base map."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.maps.choropleth import BREAKS
from clusters.maps.tiles import OWN, for_browser
from clusters.maps.words import word
from clusters.ui import canvas, cards, filters, map_moves, map_state, map_table, map_view, maps
from clusters.ui.charts import theme_name
from clusters.ui.links import select
from clusters.ui.text import language, number, plain, t
from clusters.workspace import Snapshot

HEIGHT = 640


def filter_buttons(state: map_state.State) -> None:
    """Show the buttons that fold the filters away and bring them back to their defaults."""
    with st.container(horizontal=True):
        st.button(
            t("filters.hide"), key="panel-hide", type="tertiary", on_click=map_moves.toggle_panel
        )
        st.button(
            t("filters.reset"),
            key="panel-reset",
            type="tertiary",
            on_click=filters.write,
            args=(filters.Filters(),),
            disabled=not filters.is_filtered(state.filters),
        )


def search_box(shown: Snapshot) -> None:
    """Show the search and what it found."""
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
            plain(t("map.result", name=name[:120], kind=t(f"map.kind_{hit.kind}"))),
            key=f"hit-{hit.kind}-{hit.id}",
            type="tertiary",
            on_click=map_moves.find,
            args=(shown, hit),
        )


def path(state: map_state.State) -> None:
    """Show the way from the province down to the place, and the next smaller places."""
    with st.container(horizontal=True, vertical_alignment="center", key="map-path"):
        for place in maps.way_up(state.place):
            st.button(
                plain(place.name(language())),
                key=f"crumb-{place.id or 'province'}",
                type="tertiary",
                disabled=place.id == state.place,
                on_click=map_moves.go,
                args=(place.id,),
            )
        below = map_moves.below(state.place)
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
                on_change=map_moves.go_below,
                width=170,
            )


def layer_row(shown: Snapshot, state: map_state.State) -> None:
    """Show which layers are on, how they lie on each other, and what a metric layer shows."""
    st.session_state["map-layers"] = list(state.layers)
    st.pills(
        t("map.layers"),
        map_view.LAYERS,
        selection_mode="multi",
        format_func=lambda one: t(f"map.layer_{one}"),
        key="map-layers",
        label_visibility="collapsed",
        on_change=map_moves.layers_chosen,
    )
    if "metric" in state.layers:
        _metric_row(shown, state)


def settings(state: map_state.State) -> None:
    """Show what lies behind the map's two buttons: order of layers, and an area by numbers."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        with st.popover(t("map.layer_settings"), key="map-settings"):
            _layer_settings(state)
        with st.popover(t("map.area"), key="map-area"):
            _area_by_numbers(state)


def _layer_settings(state: map_state.State) -> None:
    if map_state.offered():
        select(
            t("map.base"),
            (OWN, *map_state.offered()),
            key="base",
            named=lambda one: t(f"map.base_{one}"),
            default=OWN,
        )
    cards.note(t("map.stack_help"))
    on = [one for one in state.stack or map_view.STACK if one in state.layers]
    shares = dict(state.opacity)
    for row, layer in enumerate(on):
        with st.container(key=f"map-stack-{layer}"):
            name, up, down, share = st.columns([3, 1, 1, 3], vertical_alignment="center")
        name.html(f'<span class="c-layer">{t(f"map.layer_{layer}")}</span>')
        for column, sign, words, other in (
            (up, "↑", "map.layer_up", on[row - 1] if row else ""),
            (down, "↓", "map.layer_down", on[row + 1] if row + 1 < len(on) else ""),
        ):
            column.button(
                sign,
                key=f"{words}-{layer}",
                help=t(words, layer=t(f"map.layer_{layer}")),
                type="tertiary",
                disabled=not other,
                on_click=map_moves.lift,
                args=(layer, other),
            )
        key = f"opacity-{layer}"
        st.session_state[key] = shares.get(layer, 100)
        share.slider(
            t("map.layer_opacity", layer=t(f"map.layer_{layer}")),
            min_value=10,
            max_value=100,
            step=10,
            key=key,
            format="%d%%",
            label_visibility="collapsed",
            on_change=map_moves.opacity_chosen,
            args=(layer, key),
        )


def _area_by_numbers(state: map_state.State) -> None:
    cards.note(t("map.area_help"))
    shape = st.segmented_control(
        t("map.area_shape"),
        ("circle", "rectangle"),
        default="circle",
        format_func=lambda one: t(f"map.area_{one}"),
        key="area-shape",
        required=True,
        label_visibility="collapsed",
    )
    fields = {
        "rectangle": (
            ("west", 104.0, 0.01),
            ("south", 30.5, 0.01),
            ("east", 104.2, 0.01),
            ("north", 30.7, 0.01),
        ),
        "circle": (("lon", 104.066, 0.01), ("lat", 30.57, 0.01), ("km", 5.0, 1.0)),
    }
    with st.form("area-form", border=False):
        for column, (name, value, step) in zip(st.columns(2) * 2, fields[str(shape)], strict=False):
            column.number_input(
                t(f"map.area_{name}"), value=value, step=step, format="%.4f", key=f"area-{name}"
            )
        st.form_submit_button(t("map.area_set"), on_click=map_moves.area_typed, args=(str(shape),))
    if st.session_state.pop("area-refused", False):
        cards.note(t("map.area_refused"))
    if state.area:
        st.button(
            t("map.area_clear"),
            key="area-clear",
            type="tertiary",
            on_click=map_moves.keep_area,
            args=("",),
        )


def _metric_row(shown: Snapshot, state: map_state.State) -> None:
    metrics, industries = map_state.choices(shown, map_state.grain(state.place))
    one, two, three, four, five = st.columns([2, 2, 1.1, 1.3, 1.3])
    with one:
        select(
            t("map.metric"),
            metrics,
            key="metric",
            named=lambda name: definitions()[name].name(language()),
            default=map_state.first(map_state.METRIC, metrics),
        )
    with two:
        select(
            t("map.industry"),
            industries,
            key="industry",
            named=lambda name: industry_name(name.partition(":")[2], language()),
            default=map_state.first(map_view.AI, industries),
        )
    with three:
        select(
            t("map.grain"),
            ("prefecture", "county"),
            key="grain",
            named=lambda name: t(f"terms.level_{name}"),
            default=maps.parts_of(state.place),
        )
    with four:
        select(
            t("map.breaks"),
            BREAKS,
            key="breaks",
            named=lambda name: t(f"map.breaks_{name}"),
            default="auto",
        )
    with five:
        select(
            t("map.significant"),
            ("all", "only"),
            key="significant",
            named=lambda name: t(f"map.significant_{name}"),
            default="all",
        )


def canvas_of(
    shown: Snapshot,
    state: map_state.State,
    drawn: map_view.Drawn,
    years: filters.Years | None,
) -> None:
    """Put the map on the page."""
    base = map_state.offered().get(state.base)
    told = None
    if years is not None:
        told = {
            "first": years.first,
            "counts": list(years.counts),
            "undated": years.undated,
            "from": state.filters.first,
            "to": state.filters.last,
        }
    data = canvas.message(
        drawn.layers,
        table=shown.enterprises,
        snapshot=shown.id,
        target=map_state.target(shown, state),
        language=language(),
        theme=theme_name(),
        height=HEIGHT,
        extras={
            "ground": for_browser(base) if base else None,
            "years": told if "firms" in state.layers else None,
            "area": state.area,
            "home": vars(map_state.home(shown, state)),
            "firmsHere": word("firms_here", language()),
        },
    )
    canvas.show(data, key=map_moves.CANVAS, on_answer=map_moves.answered)


def table_page(shown: Snapshot, state: map_state.State, rows: NDArray[np.intp]) -> int:
    """Return the page of the table; a chosen firm turns to its page."""
    last = map_table.pages(len(rows))
    if last == 1:
        return 1
    position = map_table.row_of(shown.enterprises, state.firm)
    at = np.flatnonzero(rows == position) if position is not None else np.array([])
    if len(at) and st.session_state.get("map-page-of") != state.firm:
        st.session_state["map-page"] = map_table.page_of(int(at[0]))
    st.session_state["map-page-of"] = state.firm
    st.session_state["map-page"] = min(max(int(st.session_state.get("map-page", 1)), 1), last)
    return int(
        st.number_input(
            t("map.page", last=number(last), rows=number(map_table.PAGE)),
            min_value=1,
            max_value=last,
            key="map-page",
            width=220,
        )
    )
