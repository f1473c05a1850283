"""The enterprise map's memory: what the link says, and what each click writes into it.

The link is the truth: place, firm, layers, filters and position are read from it on every run
and every widget is set from it, so a view and its link never differ.
"""

import html
import shlex
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from clusters.export.provenance import Provenance
from clusters.maps.choropleth import QUOTIENTS
from clusters.maps.palette import ThemeName
from clusters.places.boundaries import display
from clusters.ui import filters, map_view, maps
from clusters.ui.links import keep
from clusters.ui.text import language, number, t
from clusters.workspace import Snapshot

METRIC: Final = "lq_population"
_VIEW: Final = "map-view"
_SEEN: Final = "map-seen"
_PLACE_LAYERS: Final = frozenset(
    {"counts", "areas", "boundary-prefecture", "boundary-county", "zones", "parks"}
)
_MARKDOWN: Final = str.maketrans({c: f"\\{c}" for c in "\\`*_[]$:<>#~|"})


@dataclass(frozen=True)
class State:
    """What the link asks for, checked: everything in it exists."""

    place: str
    firm: str
    layers: tuple[str, ...]
    filters: filters.Filters


@st.cache_resource(max_entries=4, show_spinner=False)
def _firm_index(identity: str, _snapshot: Snapshot) -> filters.FirmIndex:
    del identity  # it is there for the cache
    return filters.firm_index(_snapshot.enterprises)


@st.cache_resource(max_entries=4, show_spinner=False)
def _search_index(identity: str, _snapshot: Snapshot) -> maps.SearchIndex:
    del identity  # it is there for the cache
    return maps.search_index(_snapshot.enterprises)


def firm_index(snapshot: Snapshot) -> filters.FirmIndex:
    """Return the filter index of a snapshot, made once; nobody changes it."""
    return _firm_index(snapshot.id, snapshot)


def search_index(snapshot: Snapshot) -> maps.SearchIndex:
    """Return the search index of a snapshot, made once; nobody changes it."""
    return _search_index(snapshot.id, snapshot)


def theme() -> ThemeName:
    """Return the theme the visitor sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


def plain(text: str) -> str:
    """Return a text that Streamlit's labels print as it is."""
    return text.translate(_MARKDOWN)


def link(address: str, words: str) -> str:
    """Return a link within the app as HTML."""
    target = html.escape(address, quote=True)
    return f'<a class="c-link" href="{target}" target="_self">{html.escape(words)}</a>'


def read(snapshot: Snapshot) -> State:
    """Read the link; what does not exist is ignored."""
    query = st.query_params.to_dict()
    firm = query.get("firm", "")
    if firm and map_view.row_of(snapshot.enterprises, firm) is None:
        firm = ""
    layers = filters.listed(query.get("layers"), map_view.LAYERS)
    return State(
        place=maps.known_place(query.get("place")),
        firm=firm,
        layers=map_view.LAYERS_DEFAULT if layers is None else layers,
        filters=filters.from_link(query),
    )


def first(wanted: str, known: list[str]) -> str:
    """Return the wanted choice, or the first there is."""
    return wanted if wanted in known or not known else known[0]


def grain_default(place: str) -> str:
    """Return the areas a metric is shown by: prefectures for the province, counties below."""
    return "county" if place else "prefecture"


def grain(place: str) -> map_view.Grain:
    """Return the areas a metric is shown by: those of the link, or those that fit the place."""
    asked = st.query_params.get("grain") or grain_default(place)
    return "county" if asked == "county" else "prefecture"


def request(snapshot: Snapshot, state: State) -> map_view.Request:
    """Return what the map must show."""
    areas = grain(state.place)
    metrics = map_view.metric_choices(snapshot.metrics, areas)
    industries = map_view.industry_choices(snapshot.metrics)
    metric = st.query_params.get("metric", "")
    industry = st.query_params.get("industry", "")
    return map_view.Request(
        place=state.place,
        layers=state.layers,
        metric=metric if metric in metrics else first(METRIC, metrics),
        industry=industry if industry in industries else first(map_view.AI, industries),
        grain=areas,
        firm=state.firm,
        zoom=_zoom(snapshot, state),
        language=language(),
        theme=theme(),
    )


def _zoom(snapshot: Snapshot, state: State) -> float:
    asked = maps.view_of_link(st.query_params.get("at"))
    return (asked or view(snapshot, state)).zoom


def view(snapshot: Snapshot, state: State) -> maps.View:
    """Return where the map was last sent: by the link at first, then by a choice of place."""
    kept = st.session_state.get(_VIEW)
    if kept and kept[0] == state.place:
        return kept[1]
    asked = maps.view_of_link(st.query_params.get("at"))
    if asked is None and state.firm:
        asked = _view_of_firm(snapshot.enterprises, state.firm)
    found = asked or maps.view_of_place(state.place)
    st.session_state[_VIEW] = (state.place, found)
    return found


def _send(place: str, target: maps.View) -> None:
    kept = st.session_state.get(_VIEW)
    if kept and kept[1] == target:
        # The map moves only to a view it was not sent to last; a hair's breadth makes it new.
        target = maps.View(target.lat, target.lon + 1e-6, target.zoom)
    st.session_state[_VIEW] = (place, target)
    keep("at", "")


def _view_of_firm(firms: gpd.GeoDataFrame, firm: str) -> maps.View | None:
    position = map_view.row_of(firms, firm)
    row = None if position is None else firms.iloc[position]
    if row is None or pd.isna(row["lon"]):
        return None
    return maps.around(float(row["lon"]), float(row["lat"]), max(float(row["radius_m"]), 1500.0))


def go(place: str) -> None:
    """Go to a place."""
    keep("place", place)
    keep("firm", "")
    keep("grain", "")
    _send(place, maps.view_of_place(place))


def go_below() -> None:
    """Go to the place chosen in the list of smaller ones."""
    if st.session_state["map-below"]:
        go(st.session_state["map-below"])


def below(place: str) -> list[str]:
    """Return the next smaller places: prefectures, or counties and zones of a prefecture."""
    if not place:
        return list(display("prefecture")["code"])
    if maps.places()[place].kind != "prefecture":
        return []
    return [one.id for one in maps.places().values() if one.up == place and one.kind != "park"]


def find(snapshot: Snapshot, hit: maps.Hit) -> None:
    """Go to what the search found."""
    st.session_state["map-search"] = ""
    if hit.kind != "firm":
        go(hit.id)
        return
    choose_firm(hit.id)
    target = _view_of_firm(snapshot.enterprises, hit.id)
    if target is not None:
        _send(maps.known_place(st.query_params.get("place")), target)


def choose_firm(firm: str) -> None:
    """Open the card of a firm; "" closes it."""
    keep("firm", firm)


def row_chosen(snapshot: Snapshot, firms: gpd.GeoDataFrame) -> None:
    """Open the card of the row chosen in the table and show it on the map."""
    chosen = st.session_state["map-table"]["selection"]["rows"]
    firm = map_view.picked(chosen, firms)
    choose_firm(firm)
    target = _view_of_firm(snapshot.enterprises, firm) if firm else None
    if target is not None:
        _send(maps.known_place(st.query_params.get("place")), target)


def layers_chosen() -> None:
    """Write the layers switched on into the link."""
    chosen = st.session_state["map-layers"]
    on = tuple(one for one in map_view.LAYERS if one in chosen)
    keep("layers", "" if on == map_view.LAYERS_DEFAULT else ",".join(on) or "none")


def toggle_panel() -> None:
    """Fold the filters away, or bring them back."""
    st.session_state["map-panel"] = not st.session_state.get("map-panel", True)


def answered() -> None:
    """Take a click on the map, or its new position."""
    answer: dict[str, Any] | None = st.session_state.get("map-canvas")
    click = maps.clicked(answer)
    if click and click[2] != st.session_state.get(_SEEN):
        st.session_state[_SEEN] = click[2]
        layer, one, _ = click
        if layer in {"firms", "selected", "selected-circle"} and "/" not in one:
            choose_firm(one)
            return
        if layer in _PLACE_LAYERS and one in maps.places():
            if one != st.query_params.get("place", ""):
                go(one)
            return
    now = maps.moved(answer)
    kept = st.session_state.get(_VIEW)
    if now and kept:
        keep("at", "" if now.near(kept[1]) else now.text())


def remarks(snapshot: Snapshot, state: State, asked: map_view.Request) -> list[str]:
    """Return what a reader of this view must know beside the account."""
    found = []
    if "metric" in state.layers:
        scheme, _, industry = asked.industry.partition(":")
        if not map_view.measured(snapshot.metrics, asked.grain, asked.metric, scheme, industry):
            found.append(t("map.metric_missing"))
        elif asked.metric in QUOTIENTS and len(snapshot.enterprises) < 1000:
            found.append(t("map.metric_small", n=number(len(snapshot.enterprises))))
    if "hotspots" in state.layers and not len(snapshot.hotspots):
        told = snapshot.manifest["hotspots"]
        needed = 2 * int(told.get("min_size", 0))
        found.append(
            t("map.hotspots_none", points=number(told.get("points", 0)), needed=number(needed))
        )
    return found


def columns() -> dict[str, Any]:
    """Return headings and number formats of the table under the map."""
    text, numeric = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "name": text(t("map.column_name"), width=250),
        "segment": text(t("filters.segment")),
        "chain_layer": text(t("filters.layer")),
        "ai_relevance": text(t("filters.relevance")),
        "prefecture": text(t("map.column_prefecture")),
        "county": text(t("map.column_county")),
        "precision": text(t("filters.precision")),
        "radius_km": numeric(t("map.column_radius"), format="%.1f"),
        "founded": st.column_config.DateColumn(t("map.field_founded"), format="YYYY-MM-DD"),
        "capital": numeric(t("map.column_capital"), format="localized"),
        "listing": text(t("map.field_listing")),
        "confidence": text(t("map.field_confidence")),
    }


def provenance(snapshot: Snapshot, state: State) -> Provenance:
    """Return the record of a download of the filtered firms."""
    command = ["clusters", "export", "firms.csv", "--snapshot", snapshot.id]
    return Provenance.from_manifest(
        snapshot.manifest,
        command=shlex.join(command),
        filters=filters.record(state.filters, state.place),
    )
