"""What the enterprise map shows: which layers, which rows, what a firm's card says.

Pure functions; the page only puts their results in place.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.maps import palette
from clusters.maps.choropleth import QUOTIENTS, Selection, choropleth
from clusters.maps.context import (
    amenity_layer,
    boundary_layer,
    hotspot_layer,
    park_layer,
    zone_layer,
)
from clusters.maps.layers import DOT_PRECISIONS, Account, Layer, Style, count_labels, firm_layers
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, word
from clusters.places.boundaries import counties, display
from clusters.places.parks import parks
from clusters.places.reference import amenities
from clusters.places.zones import zones
from clusters.ui.maps import area_name, places, within
from clusters.ui.text import term

Grain = Literal["prefecture", "county"]
LAYERS: Final = (
    "firms",
    "uncertain",
    "metric",
    "hotspots",
    "zones",
    "other_zones",
    "parks",
    "amenities",
)
LAYERS_DEFAULT: Final = ("firms", "zones")
METRICS: Final = (
    "count",
    "share",
    "density_km2",
    "per_10k_residents",
    "lq",
    "lq_population",
    "lq_gdp",
    "local_moran",
)
_NEAR: Final = 11
SCHEMES: Final = ("ai", "chain_layer", "segment")
AI: Final = "ai:ai"


class Shown(Protocol):
    """What the map reads of a snapshot."""

    @property
    def enterprises(self) -> gpd.GeoDataFrame:
        """Published firms."""

    @property
    def metrics(self) -> pd.DataFrame:
        """Long metric table."""

    @property
    def hotspots(self) -> gpd.GeoDataFrame:
        """Hulls of density clusters."""


@dataclass(frozen=True)
class Request:
    """What a visitor wants to see; ``industry`` is ``scheme:industry``."""

    place: str = ""
    layers: tuple[str, ...] = LAYERS_DEFAULT
    metric: str = "lq_population"
    industry: str = AI
    grain: Grain = "prefecture"
    firm: str = ""
    zoom: float = 7
    language: Language = "zh"
    theme: ThemeName = "light"


@dataclass(frozen=True)
class Drawn:
    """Layers of a map and the account of its firms."""

    layers: tuple[Layer, ...]
    account: Account


def drawn(snapshot: Shown, firms: gpd.GeoDataFrame, request: Request) -> Drawn:
    """Decide what the map shows of the firms that passed the filters."""
    language, theme = request.language, request.theme
    prefecture = within(request.place)
    on = set(request.layers)
    layers = _ground(request, prefecture)
    if "metric" in on:
        layers += metric_layers(snapshot.metrics, request)
    if "hotspots" in on and len(snapshot.hotspots):
        layers.append(hotspot_layer(snapshot.hotspots, language=language, theme=theme))
    layers += _zones(request)
    layers += _points(request)
    seen = firm_layers(
        firms,
        language=language,
        total=len(snapshot.enterprises),
        show_uncertain="uncertain" in on,
        zoom=round(request.zoom),
        theme=theme,
    )
    if "firms" in on:
        layers += [*seen.layers, *_labels(firms, prefecture, language)]
    elif "uncertain" in on:
        layers += [layer for layer in seen.layers if layer.key == "uncertain"]
    layers += selected_layers(snapshot.enterprises, request)
    return Drawn(tuple(layer for layer in layers if len(layer.frame)), seen.account)


def _ground(request: Request, prefecture: str) -> list[Layer]:
    language, theme = request.language, request.theme
    filled = "metric" not in request.layers
    whole = display("prefecture")
    if not prefecture:
        return [
            boundary_layer(whole, level="prefecture", language=language, filled=filled, theme=theme)
        ]
    districts = display("county")
    inside = districts["prefecture_code"] == prefecture
    focus = districts.loc[inside, "code"]
    if request.zoom >= _NEAR:
        # Nearer by, the corners of the simplified outlines would show.
        precise = counties()
        districts = precise[precise["prefecture_code"] == prefecture]
    if places()[request.place].kind == "county":
        focus = [request.place]
    return [
        boundary_layer(
            districts, level="county", language=language, filled=filled, focus=focus, theme=theme
        ),
        boundary_layer(whole, level="prefecture", language=language, filled=False, theme=theme),
    ]


def _zones(request: Request) -> list[Layer]:
    known = zones()
    wanted = known["zone_id"] == request.place
    if "zones" in request.layers:
        wanted |= known["of_five"].notna()
    if "other_zones" in request.layers:
        wanted |= known["of_five"].isna() & (known["role"] == "candidate")
    layer = zone_layer(known[wanted], language=request.language, theme=request.theme)
    return [layer] if len(layer.frame) else []


def _points(request: Request) -> list[Layer]:
    language, theme = request.language, request.theme
    found = []
    if "parks" in request.layers or places()[request.place].kind == "park":
        sites = parks()
        if "parks" not in request.layers:
            sites = sites[sites["park_id"] == request.place]
        found.append(park_layer(sites, language=language, theme=theme))
    if "amenities" in request.layers:
        found.append(amenity_layer(amenities(), language=language, theme=theme))
    return found


def _labels(firms: gpd.GeoDataFrame, prefecture: str, language: Language) -> list[Layer]:
    """Return the counts on the map: with names in the province, bare in a prefecture."""
    if prefecture:
        areas = display("county")
        return [count_labels(firms, areas, code="county_code", language=language)]
    areas = display("prefecture")
    layer = count_labels(firms, areas, code="prefecture_code", language=language)
    frame = layer.frame
    named = [
        f"{short_name(name)} {text}"
        for name, text in zip(frame["name"], frame["text"], strict=True)
    ]
    return [replace(layer, frame=frame.assign(text=named))]


def short_name(name: str) -> str:
    """Return a prefecture's name as maps print it: 成都, 阿坝, Ganzi."""
    if name.endswith("州"):
        return re.sub("(藏族羌族|藏族|彝族)自治州$", "", name)
    return name.removesuffix("市").split(" ")[0]


def metric_layers(metrics: pd.DataFrame, request: Request) -> list[Layer]:
    """Return the areas coloured by the chosen metric; nothing where it was not measured."""
    scheme, _, industry = request.industry.partition(":")
    selection = Selection(request.grain, request.metric, scheme=scheme, industry=industry)
    if not measured(metrics, request.grain, request.metric, scheme, industry):
        return []
    language = request.language
    definition = definitions()[request.metric]
    title = f"{definition.name(language)} · {industry_name(industry, language)}"
    note = word("quotient_note", language) if request.metric in QUOTIENTS else ""
    return [
        choropleth(
            metrics,
            display(request.grain),
            selection,
            title=title,
            language=language,
            note=note,
            theme=request.theme,
        )
    ]


def measured(metrics: pd.DataFrame, level: str, metric: str, scheme: str, industry: str) -> bool:
    """Whether the snapshot holds a metric of an industry at a level, counted in firms."""
    keep = (metrics["level"] == level) & (metrics["metric"] == metric)
    keep &= (metrics["scheme"] == scheme) & (metrics["industry"] == industry)
    return bool((keep & (metrics["weight"] == "firms")).any())


def metric_choices(metrics: pd.DataFrame, level: str) -> list[str]:
    """Return the metrics a map can show at a level, in a fixed order."""
    there = set(metrics.loc[metrics["level"] == level, "metric"].unique())
    return [metric for metric in METRICS if metric in there]


def industry_choices(metrics: pd.DataFrame) -> list[str]:
    """Return the industries a map can show as ``scheme:industry``, all AI firms first."""
    rows = metrics[(metrics["level"] == "prefecture") & (metrics["metric"] == "count")]
    pairs = rows[["scheme", "industry"]].drop_duplicates()
    found = [f"{s}:{i}" for s, i in zip(pairs["scheme"], pairs["industry"], strict=True)]
    return sorted(found, key=lambda one: (one != AI, SCHEMES.index(one.partition(":")[0]), one))


def selected_layers(firms: gpd.GeoDataFrame, request: Request) -> list[Layer]:
    """Return the mark of the chosen firm: a ring, and the circle that holds its true place."""
    row = firms[firms["enterprise_id"] == request.firm]
    if row.empty or pd.isna(row["lon"].iloc[0]):
        return []
    ink = palette.THEMES[request.theme].ink
    warm = palette.THEMES[request.theme].warm
    base = gpd.GeoDataFrame(
        {
            "id": row["enterprise_id"].astype("str"),
            "kind": "selected",
            "tip": row["name"].astype("str"),
            "radius_m": row["radius_m"].astype("float64"),
        },
        geometry=gpd.points_from_xy(row["lon"], row["lat"]),
        crs="EPSG:4326",
    ).reset_index(drop=True)
    circle = Style(fill=warm, fill_opacity=0.08, stroke=warm, stroke_width=1.4, dash="5 4")
    layers = [Layer("selected-circle", "", "circle", base, {"selected": circle}, order=55)]
    if row["precision"].iloc[0] in DOT_PRECISIONS:
        ring = Style(fill=None, stroke=ink, stroke_width=2.4, size=10)
        layers.append(Layer("selected", "", "point", base, {"selected": ring}, order=65))
    return layers


def only_to_prefecture(firms: pd.DataFrame, place: str) -> int:
    """Return how many firms of the prefecture of a smaller place might lie in it unseen."""
    prefecture = within(place)
    if not prefecture or places()[place].kind == "prefecture":
        return 0
    vague = firms["precision"].isin(["prefecture", "county"])
    if places()[place].kind == "county":
        vague = firms["precision"] == "prefecture"
    return int((vague & (firms["prefecture_code"] == prefecture)).sum())


def only_to_this_prefecture(firms: pd.DataFrame, place: str) -> int:
    """Return how many firms of a prefecture no county label counts; 0 for other places."""
    if places()[place].kind != "prefecture":
        return 0
    return int((firms["precision"] == "prefecture").sum())


def firm_rows(firms: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return the table under the map: names instead of ids, one row a firm, same order."""

    def named(column: str, name: Callable[[Any], str]) -> pd.Series:
        values = firms[column]
        return values.map({one: name(one) for one in values.dropna().unique()}).fillna("")

    return pd.DataFrame(
        {
            "name": firms["name"].fillna(""),
            "segment": named("segment", lambda one: term("segment", one)),
            "chain_layer": named("chain_layer", lambda one: term("chain_layer", one)),
            "ai_relevance": named("ai_relevance", lambda one: term("ai_relevance", one)),
            "prefecture": named("prefecture_code", lambda one: area_name(one, language)),
            "county": named("county_code", lambda one: area_name(one, language)),
            "precision": named("precision", lambda one: term("precision", one)),
            "radius_km": firms["radius_m"].astype("float64") / 1000,
            "founded": pd.to_datetime(firms["founded"], errors="coerce").dt.date,
            "capital": firms["registered_capital_cny"].astype("float64") / 1e4,
            "listing": firms["listing"].fillna(""),
            "confidence": named("confidence", lambda one: term("confidence", one)),
        }
    ).reset_index(drop=True)


def row_of(firms: pd.DataFrame, firm: str) -> int | None:
    """Return the position of a firm in a table, or None."""
    found = np.flatnonzero((firms["enterprise_id"] == firm).to_numpy())
    return int(found[0]) if len(found) else None


def picked(rows: Sequence[int], firms: pd.DataFrame) -> str:
    """Return the id of the row a visitor chose in the table; "" for none."""
    known = [row for row in rows if 0 <= row < len(firms)]
    return str(firms["enterprise_id"].iloc[known[0]]) if known else ""
