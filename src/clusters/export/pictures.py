"""Map pictures of a snapshot: what to draw, what to write around it, where it comes from."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from clusters.errors import InputError
from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.export.provenance import Provenance
from clusters.export.views import SnapshotLike
from clusters.maps import furniture
from clusters.maps.choropleth import QUOTIENTS, Selection, choropleth
from clusters.maps.context import boundary_layer, zone_layer
from clusters.maps.firm_filter import FirmFilter
from clusters.maps.highlight import highlight_layer
from clusters.maps.layers import Layer, count_labels, firm_layers
from clusters.maps.painting import Inset
from clusters.maps.palette import LIGHT
from clusters.maps.still import Format, Panel, SheetSize, StillMap, StillText, still_map
from clusters.maps.words import Language, word
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.boundaries import Level, counties, display
from clusters.places.zones import zones
from clusters.settings import get_settings

PROVINCE = "province"
_CHENGDU = "510100"


@dataclass(frozen=True)
class MapRequest:
    """Which picture of a snapshot is wanted.

    Attributes
    ----------
    area : str
        ``province``, a prefecture or county code, or a zone id.
    layer : {"firms", "metric"}
        Firms as dots and counts, or one metric over areas.
    selection : Selection
        The metric, its level and industry, for ``layer="metric"``.
    size : SheetSize or Panel
        A whole sheet, or a picture for a page that carries title and source itself.
    highlight : str
        ``enterprise_id`` of the firm the map is about.
    """

    area: str = PROVINCE
    layer: Literal["firms", "metric"] = "firms"
    selection: Selection = field(default_factory=lambda: Selection("prefecture", "lq_population"))
    # The title of the sheet says AI enterprises: core and related ones.
    filters: FirmFilter = field(default_factory=lambda: FirmFilter(relevance=AI_FIRMS))
    language: Language = "zh"
    size: SheetSize | Panel = "16:9"
    dpi: int = 300
    fmt: Format = "png"
    title: str = ""
    highlight: str = ""


@dataclass(frozen=True)
class _Place:
    """The area of a picture: its name, geometry and the level of its parts."""

    name: str
    geometry: gpd.GeoSeries
    part_level: Level
    codes: tuple[str, ...]


def map_picture(
    snapshot: SnapshotLike, request: MapRequest, *, made: date, provenance: Provenance
) -> StillMap:
    """Draw a map of a snapshot.

    Parameters
    ----------
    made : date
        Date printed on the sheet; the only thing that changes between two calls.

    Returns
    -------
    StillMap
        Bytes, warnings (``review_number_missing``), labels that found no room.

    Raises
    ------
    InputError
        For an unknown area or metric, or a character the typeface lacks.
    """
    content = map_content(snapshot, request)
    text = StillText(
        title=request.title or content.title,
        subtitle=content.subtitle,
        source=_source(snapshot, provenance, request.language),
        as_of=provenance.as_of or word("not_dated", request.language),
        made=made.isoformat(),
        snapshot=snapshot.id,
        review_number=get_settings().review_number,
    )
    return still_map(
        content.layers,
        focus=content.focus,
        text=text,
        language=request.language,
        inset=_inset_of(request),
        labels=content.labels,
        size=request.size,
        dpi=request.dpi,
        fmt=request.fmt,
        provenance=provenance.to_json(),
    )


@dataclass(frozen=True)
class MapContent:
    """What a map of a snapshot shows, before anyone draws it; `focus` is in EPSG:4326."""

    layers: list[Layer]
    labels: list[furniture.Label]
    title: str
    subtitle: str
    focus: gpd.GeoSeries

    def digest(self) -> str:
        """Return the SHA-256 of what the map says: features with their classes, legend, names."""
        said: list[object] = [self.title, self.subtitle]
        for layer in self.layers:
            said += [layer.key, layer.frame[["id", "kind", "tip"]].to_csv(index=False)]
            said += [(entry.text, entry.count) for entry in layer.legend]
        said += [label.text for label in self.labels]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def map_content(snapshot: SnapshotLike, request: MapRequest) -> MapContent:
    """Decide what a map shows.

    Raises
    ------
    InputError
        For an unknown area, metric or firm.
    """
    place = _place(request.area, request.language)
    made = _firms if request.layer == "firms" else _metric
    return MapContent(*made(snapshot, request, place), place.geometry)


def _source(snapshot: SnapshotLike, provenance: Provenance, language: Language) -> str:
    if not provenance.sources and snapshot.manifest.get("shipped_data"):
        return word("source_shipped", language)
    named = provenance.sources or tuple(item.name for item in provenance.inputs)
    return "; ".join(named[:3]) + (" …" if len(named) > 3 else "")


def _place(area: str, language: Language) -> _Place:
    prefectures, districts = display("prefecture"), display("county")
    name = f"name_{language}"
    if area == PROVINCE:
        codes = tuple(prefectures["code"])
        return _Place(word("sichuan", language), prefectures.geometry, "prefecture", codes)
    for frame in (prefectures, districts):
        row = frame[frame["code"] == area]
        if len(row):
            parts = districts[(districts["prefecture_code"] == area) | (districts["code"] == area)]
            return _Place(str(row[name].iloc[0]), row.geometry, "county", tuple(parts["code"]))
    footprints = zones()
    row = footprints[(footprints["zone_id"] == area) & footprints.geometry.notna()]
    if len(row):
        around = gpd.GeoSeries(row.geometry.envelope.scale(1.6, 1.6).to_numpy(), crs=footprints.crs)
        crossed = districts[districts.intersects(around.iloc[0])]
        return _Place(
            str(row[f"short_{language}"].iloc[0]), around, "county", tuple(crossed["code"])
        )
    raise InputError(
        f"area {area!r} is not known; use 'province', a six-digit code of a prefecture or county, "
        "or the id of a zone with a footprint"
    )


def _inset_of(request: MapRequest) -> Inset | None:
    prefectures = display("prefecture")
    if request.area != PROVINCE:
        return Inset("locator", word("location_map", request.language), prefectures.geometry)
    if request.layer != "firms":
        return None
    chengdu = prefectures[prefectures["code"] == _CHENGDU]
    name = str(chengdu[f"name_{request.language}"].iloc[0])
    title = word("enlarged", request.language).format(place=name)
    return Inset("detail", title, chengdu.geometry)


_Drawn = tuple[list[Layer], list[furniture.Label], str, str]


def _firms(snapshot: SnapshotLike, request: MapRequest, place: _Place) -> _Drawn:
    language = request.language
    firms = request.filters.select(snapshot.enterprises)
    code: Literal["prefecture_code", "county_code"] = "prefecture_code"
    if request.area != PROVINCE:
        code = "county_code"
        inside = firms["county_code"].isin(place.codes)
        if request.area.endswith("00"):
            inside |= firms["prefecture_code"] == request.area
        elif not request.area.isdigit():
            inside = memberships(firms).map(lambda ids: request.area in ids).astype(bool)
        firms = firms[inside]
    drawn = firm_layers(firms, language=language, total=len(snapshot.enterprises))
    counts = count_labels(firms, display(place.part_level), code=code, language=language)
    layers = [
        *_ground(request, place),
        zone_layer(_shown_zones(request.area, place), language=language),
    ]
    note = word("numbers_note", language)
    layers += [replace(layer, note=note) for layer in drawn.layers]
    layers += _highlight(snapshot, request)
    labels = furniture.area_labels(counts, with_counts=True)
    labels += _names_without_firms(counts, place, language)
    if request.area != PROVINCE:
        labels += _zone_labels(request.area, place, language)
    title = word("title_firms", language).format(place=place.name)
    return layers, labels, title, drawn.account.sentence(language)


def _highlight(snapshot: SnapshotLike, request: MapRequest) -> list[Layer]:
    if not request.highlight:
        return []
    firms = snapshot.enterprises
    found = firms[firms["enterprise_id"] == request.highlight]
    if found.empty:
        raise InputError(f"no firm {request.highlight!r} in snapshot {snapshot.id}")
    layer = highlight_layer(found.iloc[0], language=request.language)
    return [layer] if layer else []


def _names_without_firms(counts: Layer, place: _Place, language: Language) -> list[furniture.Label]:
    # An area without firms is named, without a number: "not found" is not "none".
    areas = display(place.part_level)
    others = areas[areas["code"].isin(place.codes) & ~areas["code"].isin(counts.frame["id"])]
    names = boundary_layer(others, level=place.part_level, language=language)
    return [
        replace(label, colour=LIGHT.muted, priority=-2.0)
        for label in furniture.area_labels(names, with_counts=False)
    ]


def _shown_zones(area: str, place: _Place) -> gpd.GeoDataFrame:
    # A legend explains what is on the sheet, so zones elsewhere stay away.
    known = zones()
    wanted = known["of_five"].notna() | (known["zone_id"] == area)
    return known[wanted & known.intersects(shapely.box(*place.geometry.total_bounds))]


def _zone_labels(area: str, place: _Place, language: Language) -> list[furniture.Label]:
    shown = _shown_zones(area, place)
    layer = zone_layer(shown, language=language)
    names = shown.set_index("zone_id")[f"short_{language}"]
    return [
        replace(label, text=str(names[zone]), colour=LIGHT.accent, priority=-1.0, bold=False)
        for label, zone in zip(
            furniture.area_labels(layer, with_counts=False), layer.frame["id"], strict=True
        )
        if pd.notna(names[zone])
    ]


def _ground(request: MapRequest, place: _Place) -> list[Layer]:
    language = request.language
    prefectures = display("prefecture")
    if request.area == PROVINCE:
        return [boundary_layer(prefectures, level="prefecture", language=language)]
    # The simplified outlines serve a whole prefecture; nearer by, their corners would show.
    near = not request.area.endswith("00")
    areas = counties() if near else display("county")
    return [
        boundary_layer(areas, level="county", language=language, focus=place.codes),
        boundary_layer(prefectures, level="prefecture", language=language, filled=False),
    ]


def _metric(snapshot: SnapshotLike, request: MapRequest, place: _Place) -> _Drawn:
    language, selection = request.language, request.selection
    if selection.level not in {"prefecture", "county"}:
        raise InputError(f"a metric map needs level prefecture or county, not {selection.level!r}")
    definition = definitions().get(selection.metric)
    if definition is None:
        raise InputError(f"metric {selection.metric!r} is not known")
    level: Level = "prefecture" if selection.level == "prefecture" else "county"
    areas = display(level)
    if request.area != PROVINCE:
        areas = areas[areas["code"].isin((*place.codes, request.area))]
    name = definition.name(language)
    note = word("quotient_note", language) if selection.metric in QUOTIENTS else ""
    layers = [
        boundary_layer(display(level), level=level, language=language, focus=()),
        choropleth(snapshot.metrics, areas, selection, title=name, language=language, note=note),
    ]
    prefectures = display("prefecture")
    if level == "county":
        layers.append(
            boundary_layer(prefectures, level="prefecture", language=language, filled=False)
        )
    named = prefectures if request.area == PROVINCE else areas
    names = boundary_layer(named, level=level, language=language)
    title = word("title_metric", language).format(
        place=place.name, metric=name, industry=industry_name(selection.industry, language)
    )
    return (
        layers,
        furniture.area_labels(names, with_counts=False),
        title,
        definition.reading(language),
    )
