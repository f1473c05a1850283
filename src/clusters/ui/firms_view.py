"""Benchmark firms: our thirty with their evidence, one firm in full, and who could stand beside.

No official list was found. Nothing here says otherwise.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from clusters.goals import Benchmark, benchmark_firms
from clusters.maps.layers import DOT_PRECISIONS
from clusters.maps.palette import THEMES, ThemeName
from clusters.places.boundaries import CRS_METRES, display
from clusters.places.zones import zones
from clusters.settings import data_path
from clusters.ui import cards
from clusters.ui import goals_view as view
from clusters.ui.sketch import Sketch
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, day, language, money, number, pick, t, term
from clusters.workspace import Snapshot

LEVELS: Final = ("A", "B", "C")
# Boards as the records write them, the longer name first, and the key of their English name.
_BOARDS: Final = (
    ("深交所创业板", "szse_chinext"),
    ("深交所主板", "szse_main"),
    ("上交所科创板", "sse_star"),
    ("上交所主板", "sse_main"),
    ("北交所", "bse"),
    ("新三板", "neeq"),
    ("港交所", "hkex"),
)
_WAITING: Final = ("拟", "审核")
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


@dataclass(frozen=True)
class Choice:
    """Filters of the list; an empty field does not filter."""

    level: str = ""
    prefecture: str = ""
    segment: str = ""
    words: str = ""


def benchmark(snapshot: Snapshot) -> Benchmark:
    """Return the benchmark firms joined to a snapshot, once for all visitors."""
    return _benchmark(snapshot, snapshot.id)


@st.cache_resource(max_entries=4, show_spinner=False)
def _benchmark(_snapshot: Snapshot, key: str) -> Benchmark:  # noqa: ARG001  # key of the cache
    return benchmark_firms(_snapshot.enterprises)


def benchmark_rows(joined_list: Benchmark, snapshot: Snapshot) -> pd.DataFrame:
    """Return the benchmark firms with everything the snapshot holds of each, in their order.

    Columns of the list win; ``place`` counts from 1; ``list_source`` is the source of the choice.
    """
    chosen = joined_list.table[
        [
            "name",
            "evidence_level",
            "basis_zh",
            "basis_en",
            "source_url",
            "in_snapshot",
            "enterprise_id",
        ]
    ].rename(columns={"source_url": "list_source"})
    firms = pd.DataFrame(snapshot.enterprises.drop(columns="geometry"))
    joined = chosen.merge(
        firms.drop(columns="name"), on="enterprise_id", how="left", validate="many_to_one"
    )
    return joined.assign(place=range(1, len(joined) + 1))


def selected(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the firms that pass; words are looked for in names, basis and honours."""
    keep = pd.Series(data=True, index=rows.index)
    for column, wanted in (
        ("evidence_level", choice.level),
        ("prefecture_code", choice.prefecture),
        ("segment", choice.segment),
    ):
        if wanted:
            keep &= rows[column] == wanted
    text = rows[["name", "name_en", "short_name", "basis_zh", "basis_en", "honours", "listing"]]
    haystack = text.fillna("").agg(" ".join, axis=1).str.casefold()
    for word in choice.words.casefold().split():
        keep &= haystack.str.contains(word, regex=False)
    return rows[keep]


def options(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return what each filter offers: only what occurs, the most frequent first."""
    return {
        "level": tuple(level for level in LEVELS if level in set(rows["evidence_level"])),
        "prefecture": tuple(rows["prefecture_code"].dropna().value_counts().index),
        "segment": tuple(rows["segment"].dropna().value_counts().index),
    }


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dictionaries by column."""
    return [{str(key): cell for key, cell in row.items()} for row in rows.to_dict("records")]


def known(value: Any) -> bool:  # a cell of any type
    """Tell whether a cell holds something."""
    return value is not None and value != "" and not pd.isna(value)


def place_words(row: Mapping[str, Any]) -> str:
    """Return where a firm is, as far as it is known, and how well."""
    if not known(row.get("prefecture_code")):
        return term("precision", "none")
    code = row["county_code"] if known(row.get("county_code")) else row["prefecture_code"]
    name = view.area_label(row["prefecture_code"])
    if code != row["prefecture_code"]:
        name = f"{name} {view.area_label(code)}"
    return t("firms.place", name=name, precision=term("precision", row["precision"]))


def listing_words(text: Any) -> str:  # a cell of any type
    """Return a listing: as recorded in Chinese; code and board in English."""
    if not known(text):
        return MISSING
    if language() == "zh":
        return str(text)
    board = next((t(f"firms.board_{key}") for zh, key in _BOARDS if zh in text), "")
    code = re.match(r"\d{6}", str(text))
    pending = t("firms.board_pending") if any(word in text for word in _WAITING) else ""
    return " ".join(part for part in (code[0] if code else "", board, pending) if part) or str(text)


def level_chip(level: str) -> Html:
    """Return the chip of a level of evidence."""
    kind = "assumed" if level == LEVELS[-1] else f"level-{level}"
    return Html(cards.chip(t(f"firms.level_{level}"), kind=kind))


def table(rows: pd.DataFrame, *, link: Mapping[str, str]) -> str:
    """Return the firms as HTML; every name opens the profile.

    Parameters
    ----------
    link : mapping
        Place in the list to the address of the profile.
    """
    names = ("level", "firm", "basis", "segment", "place_title", "listing", "honours", "checked")
    columns = [Column(t("firms.number"), numeric=True), *(Column(t(f"firms.{n}")) for n in names)]
    columns += [Column(t("goals.confidence")), Column(t("goals.source_short"))]
    cells = []
    for row in records(rows):
        address = html.escape(link[str(row["place"])], quote=True)
        cells.append(
            (
                number(row["place"]),
                level_chip(row["evidence_level"]),
                Html(
                    f'<a href="{address}" target="_self">{html.escape(firm_name(row))}</a>'
                    + ("" if row["in_snapshot"] else f"<br><small>{_absent()}</small>")
                ),
                Html(f"<small>{html.escape(pick(row['basis_zh'], row['basis_en']))}</small>"),
                term("segment", row["segment"]),
                place_words(row),
                listing_words(row["listing"]),
                _honours(row["honours"]),
                day(row["as_of"]),
                term("confidence", row["confidence"]),
                view.links_html(or_missing(row["list_source"])),
            )
        )
    return f'<div class="c-wide">{table_html(columns, cells, label=t("shell.nav_firms"))}</div>'


def _absent() -> str:
    return html.escape(t("firms.absent"))


def _honours(text: Any) -> Html:  # a cell of any type
    words = "；".join(str(text).split(";")) if known(text) else MISSING
    return Html(f"<small>{html.escape(words)}</small>")


def firm_name(row: Mapping[str, Any]) -> str:
    """Return a firm's name; the English one beside it where it is known and asked for."""
    if language() == "en" and known(row.get("name_en")):
        return f"{row['name_en']} {row['name']}"
    return str(row["name"])


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
        (t("firms.honours"), _honours(row["honours"])),
        (t("firms.family_title"), family_words(str(row["name"])) or t("firms.family_none")),
        (t("firms.note"), readable(row["note"])),
        (t("firms.checked"), day(row["as_of"])),
        (t("goals.confidence"), term("confidence", row["confidence"])),
        (t("firms.list_source"), view.links_html(or_missing(row["list_source"]))),
        (t("firms.record_source"), view.links_html(or_missing(row["source_url"]))),
    ]


def readable(note: Any) -> str:  # a cell of any type
    """Return a note with the names of columns it mentions in words."""
    if not known(note):
        return MISSING
    return _COLUMN_WORD.sub(lambda found: _COLUMN_WORDS[found[0]], str(note))


def or_missing(value: Any) -> str:  # a cell of any type
    """Return a cell as text; a dash where it holds nothing."""
    return str(value) if known(value) else MISSING


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


def precise(row: Mapping[str, Any]) -> bool:
    """Tell whether the place is known well enough for a dot on a map."""
    return row.get("precision") in DOT_PRECISIONS and known(row.get("lon"))


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


def export_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the firms with headings and words in the visitor's language."""
    return pd.DataFrame(
        [
            {
                t("firms.number"): row["place"],
                t("firms.firm"): row["name"],
                t("firms.level"): row["evidence_level"],
                t("firms.basis"): pick(row["basis_zh"], row["basis_en"]),
                t("firms.segment"): term("segment", row["segment"]),
                t("firms.place_title"): place_words(row),
                t("firms.address"): row["address"] if known(row["address"]) else None,
                t("firms.listing"): listing_words(row["listing"]),
                t("firms.honours"): row["honours"] if known(row["honours"]) else None,
                t("firms.revenue_cny"): row["revenue_cny"],
                t("firms.revenue_year"): row["revenue_year"],
                t("firms.checked"): row["as_of"],
                t("goals.confidence"): term("confidence", row["confidence"]),
                t("goals.source_short"): row["list_source"],
            }
            for row in records(rows)
        ]
    )


def account_words(shown: Sequence[Any] | pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return how many firms are shown of how many, and how many have no precise place."""
    vague = sum(not precise(row) for row in records(rows))
    return t("firms.account", n=len(shown), total=len(rows), vague=vague)
