"""What the enterprise map shows: which layers, in which order, and the mark of the chosen firm.

Pure functions; the page only puts their results in place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.export.views import Mapped
from clusters.geocode.datum import Datum
from clusters.maps import palette
from clusters.maps.choropleth import QUOTIENTS, Breaks, Selection, choropleth
from clusters.maps.context import (
    amenity_layer,
    boundary_layer,
    hotspot_layer,
    park_layer,
    zone_layer,
)
from clusters.maps.drawn import drawn_layer, read_area
from clusters.maps.layers import Account, Layer, Style, count_labels
from clusters.maps.live import live_firms
from clusters.maps.palette import ThemeName
from clusters.maps.surface import density_layer
from clusters.maps.tiles import shifted
from clusters.maps.words import Language, word
from clusters.metrics.table import SCHEMES
from clusters.places.boundaries import Level, counties, display
from clusters.places.output import PRECISE
from clusters.places.reference import amenities
from clusters.places.zones import follows_zones, zones
from clusters.ui.maps import places, within

LAYERS: Final = (
    "firms",
    "uncertain",
    "metric",
    "density",
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
# Which map layers a choice stands for, and the choices from the top of the map to its ground.
_KEYS: Final = {
    "firms": ("firms", "counts"),
    "uncertain": ("uncertain",),
    "parks": ("parks",),
    "amenities": ("amenities",),
    "zones": ("zones",),
    "other_zones": ("other-zones",),
    "hotspots": ("hotspots",),
    "density": ("density",),
    "metric": ("areas",),
}
STACK: Final = tuple(_KEYS)
_TOP: Final = 80
AI: Final = "ai:ai"


@dataclass(frozen=True)
class Request:
    """What a visitor wants to see.

    ``industry`` is ``scheme:industry``; ``stack`` holds the choices of layers from the top of the
    map down, empty for the usual order; ``opacity`` is of those that are not opaque, in percent;
    ``area`` is the text of a drawn area; ``datum`` and ``on_tiles`` follow from the base map.
    """

    place: str = ""
    layers: tuple[str, ...] = LAYERS_DEFAULT
    metric: str = "lq_population"
    industry: str = AI
    grain: Level = "prefecture"
    firm: str = ""
    language: Language = "zh"
    theme: ThemeName = "light"
    breaks: Breaks = "auto"
    only_significant: bool = False
    stack: tuple[str, ...] = ()
    opacity: tuple[tuple[str, int], ...] = ()
    area: str = ""
    datum: Datum = "wgs84"
    on_tiles: bool = False


@dataclass(frozen=True)
class Drawn:
    """Layers of a map and the account of its firms."""

    layers: tuple[Layer, ...]
    account: Account


def drawn(snapshot: Mapped, keep: NDArray[np.bool_], request: Request) -> Drawn:
    """Decide what the map shows.

    Parameters
    ----------
    keep : array, shape (n,)
        Which firms of the snapshot passed the filters.
    """
    language, theme = request.language, request.theme
    prefecture = within(request.place)
    on = set(request.layers)
    firms = snapshot.enterprises
    layers = list(_ground(_ground_of(request), prefecture))
    if "metric" in on:
        layers += metric_layers(snapshot.metrics, request)
    if "density" in on:
        layers += _density(firms, keep, request)
    if "hotspots" in on and len(snapshot.hotspots):
        layers.append(
            hotspot_layer(
                snapshot.hotspots, language=language, theme=theme, areas=display("county")
            )
        )
    layers += _zones(request)
    layers += _points(snapshot, request)
    seen = live_firms(firms, keep, language=language, theme=theme, show_uncertain="uncertain" in on)
    if "firms" in on:
        counted = firms.loc[keep, ["prefecture_code", "county_code", "precision"]]
        layers += [*seen.layers, *_labels(counted, prefecture, language)]
    elif "uncertain" in on:
        layers += [layer for layer in seen.layers if layer.key == "uncertain"]
    area = read_area(request.area)
    if area is not None:
        layers.append(drawn_layer(area, language=language, theme=theme))
    layers += selected_layers(firms, request)
    there = [layer for layer in layers if len(layer.frame) or layer.crowd is not None]
    return Drawn(
        tuple(stacked([shifted(one, request.datum) for one in there], request)), seen.account
    )


def stacked(layers: Sequence[Layer], request: Request) -> list[Layer]:
    """Return the layers in the order and with the opacity a visitor chose."""
    share = dict(request.opacity)
    choice = {key: name for name, keys in _KEYS.items() for key in keys}
    found = []
    for layer in layers:
        name = choice.get(layer.key, "")
        order = layer.order
        if request.stack and name in request.stack:
            order = _TOP - 5 * request.stack.index(name) - (layer.key != "counts")
        opacity = share.get(name, 100) / 100
        changed = order != layer.order or opacity != layer.opacity
        found.append(replace(layer, order=order, opacity=opacity) if changed else layer)
    return found


@dataclass(frozen=True)
class _Ground:
    """What the outlines under everything depend on."""

    place: str
    filled: bool
    language: Language
    theme: ThemeName


def _ground_of(request: Request) -> _Ground:
    filled = not request.on_tiles and "metric" not in request.layers
    return _Ground(request.place, filled, request.language, request.theme)


@lru_cache(maxsize=64)
def _ground(ground: _Ground, prefecture: str) -> tuple[Layer, ...]:
    language, theme, filled = ground.language, ground.theme, ground.filled
    whole = display("prefecture")
    if not prefecture:
        return (
            boundary_layer(
                whole, level="prefecture", language=language, filled=filled, theme=theme
            ),
        )
    # Nearer by, the corners of the simplified outlines would show.
    layers = []
    for districts, zooms in ((display("county"), (0, _NEAR - 1)), (counties(), (_NEAR, 18))):
        inside = districts[districts["prefecture_code"] == prefecture]
        shown = districts if zooms[0] == 0 else inside
        focus = [ground.place] if places()[ground.place].kind == "county" else inside["code"]
        layer = boundary_layer(
            shown, level="county", language=language, filled=filled, focus=focus, theme=theme
        )
        layers.append(replace(layer, zooms=zooms))
    outline = boundary_layer(
        whole, level="prefecture", language=language, filled=False, theme=theme
    )
    return (*layers, outline)


def _density(firms: gpd.GeoDataFrame, keep: NDArray[np.bool_], request: Request) -> list[Layer]:
    precise = (firms["precision"].isin(PRECISE) & firms["lon"].notna()).to_numpy(dtype=bool)
    used = keep & precise
    layer = density_layer(
        firms["lon"].to_numpy(dtype="float64")[used],
        firms["lat"].to_numpy(dtype="float64")[used],
        left_out=int((keep & ~precise).sum()),
        prefecture=within(request.place),
        language=request.language,
        theme=request.theme,
    )
    return [] if layer is None else [layer]


def _zones(request: Request) -> tuple[Layer, ...]:
    return _zone_layers(
        request.place,
        tuple(one for one in ("zones", "other_zones") if one in request.layers),
        request.language,
        request.theme,
    )


@follows_zones
def _zone_layers(
    place: str, groups_on: tuple[str, ...], language: Language, theme: ThemeName
) -> tuple[Layer, ...]:
    known = zones()
    here = known["zone_id"] == place
    candidates = known["of_five"].isna() & (known["role"] == "candidate")
    # The zone the map is about shows whether its group is switched on or not.
    groups = {
        "zones": known["of_five"].notna() if "zones" in groups_on else here & ~candidates,
        "other_zones": candidates if "other_zones" in groups_on else here & candidates,
    }
    if "zones" in groups_on:
        groups["zones"] |= here & ~candidates
    found = []
    for name, wanted in groups.items():
        if not wanted.any():
            continue
        layer = zone_layer(known[wanted], language=language, theme=theme)
        if name == "other_zones":
            title = word("other_zones", language)
            layer = replace(layer, key="other-zones", title=title, order=layer.order - 1)
        if len(layer.frame):
            found.append(layer)
    return tuple(found)


@lru_cache(maxsize=8)
def _amenities(language: Language, theme: ThemeName) -> Layer:
    return amenity_layer(amenities(), language=language, theme=theme)


def _points(shown: Mapped, request: Request) -> list[Layer]:
    language, theme = request.language, request.theme
    found = []
    if "parks" in request.layers or places()[request.place].kind == "park":
        sites = shown.parks
        if "parks" not in request.layers:
            sites = sites[sites["park_id"] == request.place]
        found.append(park_layer(sites, language=language, theme=theme))
    if "amenities" in request.layers:
        found.append(_amenities(language, theme))
    return found


def _labels(firms: pd.DataFrame, prefecture: str, language: Language) -> list[Layer]:
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
            breaks=request.breaks,
            only_significant=request.only_significant,
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
    if not request.firm:
        return []
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
    if row["precision"].iloc[0] in PRECISE:
        ring = Style(fill=None, stroke=ink, stroke_width=2.4, size=10)
        layers.append(Layer("selected", "", "point", base, {"selected": ring}, order=65))
    return layers
