"""One benchmark firm in full: what is known of it, on which evidence, and where it stands."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from clusters.maps.palette import THEMES, ThemeName
from clusters.places.boundaries import CRS_METRES, display
from clusters.places.zones import zones
from clusters.settings import data_path
from clusters.ui import goals_view as view
from clusters.ui.firms_view import (
    checked_cell,
    firm_name,
    honours_cell,
    known,
    level_chip,
    link_cell,
    listing_words,
    or_missing,
    place_words,
)
from clusters.ui.sketch import Sketch
from clusters.ui.text import MISSING, day, money, number, pick, t, term

# Notes of the records are in Chinese; the columns they speak of, as a reader calls them.
_COLUMN_WORDS: Final = {
    "county": "区县",
    "address": "地址",
    "zone": "功能区",
    "region": "所在地区",
    "honours": "荣誉",
    "segment": "领域",
    "founded": "成立日期",
    "listing": "上市情况",
    "name": "名称",
}
_COLUMN_WORD: Final = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_COLUMN_WORDS)})(?![A-Za-z])")
_YEAR_ONLY: Final = "date_year_only"
_FAMILY_COLUMN: Final = "group_hint"


@lru_cache(maxsize=1)
def _families() -> dict[str, str]:
    """Return the family of every shipped firm that shares one with another."""
    shipped = pd.read_csv(data_path("enterprises", "enterprises.csv"), dtype=str)
    grouped = shipped.dropna(subset=[_FAMILY_COLUMN])
    sizes = grouped[_FAMILY_COLUMN].value_counts()
    shared = grouped[grouped[_FAMILY_COLUMN].map(sizes) > 1]
    return dict(zip(shared["name"], shared[_FAMILY_COLUMN], strict=True))


def family_words(name: str) -> str:
    """Return which firms share its family, whose figures must not be added up; "" where none."""
    families = _families()
    family = families.get(name)
    if family is None:
        return ""
    others = [other for other, its in families.items() if its == family and other != name]
    return t("firms.family", family=family, others=t("zones.comma").join(others))


def profile(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return everything known of a firm as label and text (`Html` where it holds links)."""
    year: Any = row.get("revenue_year")
    revenue = money(row["revenue_cny"]) if known(row["revenue_cny"]) else MISSING
    if known(row["revenue_cny"]) and known(year):
        revenue = t("firms.in_year", value=revenue, year=int(year))
    relevance = " · ".join(
        (
            term("ai_relevance", row["ai_relevance"]),
            term("chain_layer", row["chain_layer"]),
            term("segment", row["segment"]),
        )
    )
    held = [_zone_words(zone) for zone in _list(row.get("zone_ids"))]
    return [
        (t("firms.level"), level_chip(row["evidence_level"])),
        (t("firms.basis"), pick(row["basis_zh"], row["basis_en"])),
        (t("firms.class"), relevance),
        (t("firms.place_title"), place_words(row)),
        (t("firms.radius"), _radius(row)),
        (t("firms.located_by"), _located(row)),
        (t("firms.address"), or_missing(row["address"])),
        (t("firms.zones"), t("zones.comma").join(held) or t("firms.zones_none")),
        (t("firms.uscc"), or_missing(row["uscc"])),
        (t("firms.former"), or_missing(row["former_names"])),
        (t("firms.founded"), _founded(row)),
        (t("firms.capital"), money(row["registered_capital_cny"])),
        (t("firms.employees"), number(row["employees"]) if known(row["employees"]) else MISSING),
        (t("firms.revenue"), revenue),
        (t("firms.listing"), listing_words(row["listing"])),
        (t("firms.honours"), honours_cell(row["honours"])),
        (t("firms.family_title"), family_words(str(row["name"])) or t("firms.family_none")),
        (t("firms.note"), readable(row["note"])),
        (t("firms.checked"), checked_cell(row)),
        (t("decide.owner_title"), or_missing(row["owner"])),
        (t("decide.reason_title"), or_missing(row["reason"])),
        (t("decide.note"), or_missing(row["list_note"])),
        (t("goals.confidence"), term("confidence", row["confidence"])),
        (
            t("firms.list_source"),
            link_cell(row["list_source"]),
        ),
        (
            t("firms.record_source"),
            link_cell(row["source_url"]),
        ),
    ]


def readable(note: Any) -> str:  # a cell of any type
    """Return a note with the names of columns it mentions in words."""
    if not known(note):
        return MISSING
    return _COLUMN_WORD.sub(lambda found: _COLUMN_WORDS[found[0]], str(note))


def _founded(row: Mapping[str, Any]) -> str:
    """Return the founding date; the year alone where the record has no more."""
    if not known(row["founded"]):
        return MISSING
    if _YEAR_ONLY in _list(row.get("flags")):
        return view.period(str(row["founded"].year))
    return day(row["founded"])


def _zone_words(identity: str) -> str:
    """Return the name of a zone, and that its place is assumed where it is."""
    name = view.area_label(identity)
    assumed = set(zones().loc[zones()["assumed"], "zone_id"])
    return t("firms.assumed_zone", name=name) if identity in assumed else name


def _list(value: Any) -> list[str]:  # a list, an array, or nothing
    return [] if value is None or isinstance(value, float | str) else [str(one) for one in value]


def _radius(row: Mapping[str, Any]) -> str:
    radius: Any = row.get("radius_m")
    return t("firms.km", n=number(radius / 1000, 1)) if known(radius) else MISSING


def _located(row: Mapping[str, Any]) -> str:
    by = row.get("located_by")
    if not known(by):
        return MISSING
    words = term("located_by", str(by).split(":", maxsplit=1)[0])
    return t("firms.by_words", by=words, words=row["evidence"]) if known(row["evidence"]) else words


def place_map(row: Mapping[str, Any], *, theme: ThemeName = "light") -> str:
    """Return a small map of a firm in its county: a dot and the circle that holds it."""
    tokens = THEMES[theme]
    spot = gpd.GeoSeries([shapely.Point(row["lon"], row["lat"])], crs="EPSG:4326")
    point = spot.to_crs(CRS_METRES).iloc[0]
    land = display("county").to_crs(CRS_METRES)
    home = land[land["code"] == row["county_code"]]
    west, south, east, north = home.total_bounds if len(home) else point.buffer(20_000).bounds
    margin = 0.12 * max(east - west, north - south)
    box = (west - margin, south - margin, east + margin, north + margin)
    sketch = Sketch(box, tokens)
    window = shapely.box(*box)
    for code, shape in zip(land["code"], land.geometry, strict=True):
        if shape.intersects(window):
            fill = tokens.panel if code == row["county_code"] else tokens.paper
            sketch.shape(shape.intersection(window), f'fill="{fill}" stroke="{tokens.boundary}"')
    if len(home):
        label = sketch.at(home.geometry.iloc[0].representative_point())
        sketch.words_inside(
            (label[0], label[1] + 24), view.area_label(row["county_code"]), tokens.muted
        )
    at = sketch.at(point)
    radius = float(row["radius_m"]) if known(row.get("radius_m")) else 0.0
    sketch.circle(
        at, radius * sketch.scale, f'fill="{tokens.accent}" fill-opacity="0.14" stroke="none"'
    )
    sketch.circle(at, 5, f'fill="{tokens.accent}"')
    sketch.bar(5_000, t("firms.km5"))
    return sketch.image(t("firms.map_alt", firm=firm_name(row), place=place_words(row)))
