"""The enterprise map's memory: what the link says, and what each click writes into it.

The link is the truth: place, firm, layers, filters and position are read from it on every run
and every widget is set from it, so a view and its link never differ.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from clusters.export.layers import TableRequest
from clusters.export.provenance import Provenance
from clusters.maps.choropleth import BREAKS, QUOTIENTS, Breaks
from clusters.maps.drawn import AreaProfile, DrawnArea, profile, read_area
from clusters.maps.firm_filter import FirmFilter
from clusters.maps.layers import Account
from clusters.maps.surface import LEAST
from clusters.maps.tiles import OWN, BaseMap, BaseMapId, base_maps
from clusters.places.boundaries import Level
from clusters.settings import get_settings
from clusters.ui import filters, map_table, map_view, maps
from clusters.ui.canvas import Target
from clusters.ui.charts import theme_name
from clusters.ui.links import keep
from clusters.ui.text import language, number, t
from clusters.workspace import Snapshot

METRIC: Final = "lq_population"
_VIEW: Final = "map-view"


@dataclass(frozen=True)
class State:
    """What the link asks for, checked: everything in it exists.

    ``stack`` and ``opacity`` are those of `map_view.Request`; ``area`` is the text of a drawn
    area; ``base`` names the base map, which the settings offer.
    """

    place: str
    firm: str
    layers: tuple[str, ...]
    filters: filters.Filters
    stack: tuple[str, ...] = ()
    opacity: tuple[tuple[str, int], ...] = ()
    area: str = ""
    base: BaseMapId = OWN


@st.cache_resource(max_entries=4, show_spinner=False)
def _firm_index(identity: str, _snapshot: Snapshot) -> filters.FirmIndex:
    del identity  # it is there for the cache
    return filters.firm_index(_snapshot.enterprises)


@st.cache_resource(max_entries=4, show_spinner=False)
def _search_index(identity: str, _snapshot: Snapshot) -> maps.SearchIndex:
    del identity  # it is there for the cache
    return maps.search_index(_snapshot.enterprises)


@st.cache_resource(max_entries=16, show_spinner=False)
def _choices(identity: str, level: str, _metrics: pd.DataFrame) -> tuple[list[str], list[str]]:
    del identity  # it is there for the cache
    return map_view.metric_choices(_metrics, level), map_view.industry_choices(_metrics)


def choices(snapshot: Snapshot, level: str) -> tuple[list[str], list[str]]:
    """Return the metrics and the industries the areas of a level can be coloured by."""
    return _choices(snapshot.id, level, snapshot.metrics)


def firm_index(snapshot: Snapshot) -> filters.FirmIndex:
    """Return the filter index of a snapshot, made once; nobody changes it."""
    return _firm_index(snapshot.id, snapshot)


def search_index(snapshot: Snapshot) -> maps.SearchIndex:
    """Return the search index of a snapshot, made once; nobody changes it."""
    return _search_index(snapshot.id, snapshot)


def link(address: str, words: str) -> str:
    """Return a link within the app as HTML."""
    target = html.escape(address, quote=True)
    return f'<a class="c-link" href="{target}" target="_self">{html.escape(words)}</a>'


def read(snapshot: Snapshot) -> State:
    """Read the link; what does not exist is ignored."""
    query = st.query_params.to_dict()
    firm = query.get("firm", "")
    if firm and map_table.row_of(snapshot.enterprises, firm) is None:
        firm = ""
    layers = filters.listed(query.get("layers"), map_view.LAYERS)
    base = query.get("base", OWN)
    return State(
        place=maps.known_place(query.get("place")),
        firm=firm,
        layers=map_view.LAYERS_DEFAULT if layers is None else layers,
        filters=filters.from_link(query),
        stack=stack_of_link(query.get("stack")),
        opacity=opacity_of_link(query.get("opacity")),
        area=query.get("area", "") if read_area(query.get("area")) else "",
        base=next((one for one in offered() if one == base), OWN),
    )


def offered() -> dict[BaseMapId, BaseMap]:
    """Return the base maps the settings offer beside the own boundaries."""
    return base_maps(get_settings())


def stack_of_link(text: str | None) -> tuple[str, ...]:
    """Return the layers from the top down; empty for the usual order or where it is incomplete."""
    asked = tuple((text or "").split(","))
    return asked if sorted(asked) == sorted(map_view.STACK) and asked != map_view.STACK else ()


def opacity_of_link(text: str | None) -> tuple[tuple[str, int], ...]:
    """Return layer and percent of those that are not opaque: ``metric:60,density:40``."""
    found = {}
    for part in (text or "").split(","):
        name, _, share = part.partition(":")
        if name in map_view.STACK and share.isdecimal() and 10 <= int(share) < 100:
            found[name] = int(share)
    return tuple((name, found[name]) for name in map_view.STACK if name in found)


@st.cache_resource(max_entries=16, show_spinner=False)
def _drawn(
    identity: str,
    chosen: str,
    _snapshot: Snapshot,
    _keep: NDArray[np.bool_],
    _request: map_view.Request,
) -> map_view.Drawn:
    del identity, chosen  # they are there for the cache
    return map_view.drawn(_snapshot, _keep, _request)


def drawn(
    snapshot: Snapshot, state: State, keep_rows: NDArray[np.bool_], asked: map_view.Request
) -> map_view.Drawn:
    """Return what the map shows; visitors with one view share it, and nobody changes it."""
    return _drawn(snapshot.id, repr((state.filters, asked)), snapshot, keep_rows, asked)


@st.cache_resource(max_entries=16, show_spinner=False)
def _profile(identity: str, area: str, _drawn_area: DrawnArea, _snapshot: Snapshot) -> AreaProfile:
    del identity, area  # they are there for the cache
    return profile(_drawn_area, _snapshot.enterprises)


def drawn_area(snapshot: Snapshot, state: State) -> tuple[DrawnArea, AreaProfile] | None:
    """Return the drawn area of the link and what it holds; None where there is none."""
    area = read_area(state.area)
    if area is None:
        return None
    return area, _profile(snapshot.id, area.text, area, snapshot)


def first(wanted: str, known: list[str]) -> str:
    """Return the wanted choice, or the first there is."""
    return wanted if wanted in known or not known else known[0]


def grain(place: str) -> Level:
    """Return the areas a metric is shown by: those of the link, or those that fit the place."""
    asked = st.query_params.get("grain") or maps.parts_of(place)
    return "county" if asked == "county" else "prefecture"


def request(snapshot: Snapshot, state: State) -> map_view.Request:
    """Return what the map must show."""
    areas = grain(state.place)
    metrics, industries = choices(snapshot, areas)
    metric = st.query_params.get("metric", "")
    industry = st.query_params.get("industry", "")
    return map_view.Request(
        place=state.place,
        layers=state.layers,
        metric=metric if metric in metrics else first(METRIC, metrics),
        industry=industry if industry in industries else first(map_view.AI, industries),
        grain=areas,
        firm=state.firm,
        language=language(),
        theme=theme_name(),
        breaks=breaks(),
        only_significant=st.query_params.get("significant") == "only",
        stack=state.stack,
        opacity=state.opacity,
        area=state.area,
        datum=offered()[state.base].datum if state.base != OWN else "wgs84",
        on_tiles=state.base != OWN,
    )


def breaks() -> Breaks:
    """Return how class limits are chosen."""
    asked = st.query_params.get("breaks")
    return next((one for one in BREAKS if one == asked), "auto")


def target(snapshot: Snapshot, state: State) -> Target:
    """Return where the map was last sent: by the link at first, then by a choice of place."""
    kept = st.session_state.get(_VIEW)
    if kept and kept[0] == state.place:
        return kept[1]
    asked = maps.view_of_link(st.query_params.get("at"))
    return _sent(state.place, asked or home(snapshot, state))


def home(snapshot: Snapshot, state: State) -> maps.View:
    """Return where a link without a position opens: at its firm, its area or its place."""
    found = view_of_firm(snapshot.enterprises, state.firm) if state.firm else None
    area = read_area(state.area)
    if found is None and area is not None:
        found = maps.fit(area.bounds)
    return found or maps.view_of_place(state.place)


def send(place: str, view: maps.View) -> None:
    """Send the map somewhere; the position in the link is then the place's own."""
    _sent(place, view)
    keep("at", "")


def _sent(place: str, view: maps.View) -> Target:
    kept = st.session_state.get(_VIEW)
    turn = kept[1].turn + 1 if kept else 0
    found = Target(view.lat, view.lon, view.zoom, turn)
    st.session_state[_VIEW] = (place, found)
    return found


def view_of_firm(firms: gpd.GeoDataFrame, firm: str) -> maps.View | None:
    """Return the view that shows a firm and how surely it is there; None for one without place."""
    position = map_table.row_of(firms, firm)
    row = None if position is None else firms.iloc[position]
    if row is None or pd.isna(row["lon"]):
        return None
    return maps.around(float(row["lon"]), float(row["lat"]), max(float(row["radius_m"]), 1500.0))


def remarks(snapshot: Snapshot, state: State, asked: map_view.Request, shown: Account) -> list[str]:
    """Return what a reader of this view must know beside the account."""
    found = []
    if "metric" in state.layers:
        scheme, _, industry = asked.industry.partition(":")
        if not map_view.measured(snapshot.metrics, asked.grain, asked.metric, scheme, industry):
            found.append(t("map.metric_missing"))
        elif asked.metric in QUOTIENTS and len(snapshot.enterprises) < 1000:
            found.append(t("map.metric_small", n=number(len(snapshot.enterprises))))
    if "density" in state.layers and shown.shown < LEAST:
        found.append(t("map.density_none", n=number(shown.shown), needed=number(LEAST)))
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


def exported(state: State) -> FirmFilter:
    """Return the filters of a view as ``clusters export`` takes them."""
    kind = maps.places()[state.place].kind
    place, asked = (state.place,), state.filters
    return FirmFilter(
        prefectures=place if kind == "prefecture" else (),
        counties=place if kind == "county" else (),
        zones=place if kind == "zone" else (),
        parks=place if kind == "park" else (),
        relevance=asked.relevance,
        chain_layers=asked.layer,
        segments=asked.segment,
        honours=asked.honours,
        precisions=asked.precision,
        founded_from=asked.first,
        founded_to=asked.last,
        within=state.area,
    )


def provenance(snapshot: Snapshot, state: State) -> Callable[[str], Provenance]:
    """Return what makes the record of a download of the firms of the view, by its ending."""
    asked = TableRequest("enterprises", filters=exported(state), language=language())
    return lambda ending: asked.provenance(snapshot, ending=ending)
