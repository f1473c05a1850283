"""Park screening: what is known of each park, and which parks hard limits leave.

A filter and a table: nothing here ranks. A figure a park cannot have (no county known, nothing
measured) is missing, never zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.maps import palette
from clusters.maps.context import boundary_layer
from clusters.maps.layers import Layer, LegendEntry, Style
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language
from clusters.places.boundaries import display
from clusters.ui.maps import area_name
from clusters.ui.text import MISSING, interval, number, p_value, t

LEVELS: Final = (
    "national_htz",
    "national_etdz",
    "provincial",
    "municipal_function_zone",
    "other",
)
MOST_COMPARED: Final = 10
AI: Final = ("core", "related")
MEASURES: Final = (
    "firms_park",
    "firms_county",
    "lq",
    "lq_low",
    "lq_high",
    "lq_q",
    "population",
    "gdp",
    "approved_area_ha",
    "uncertainty_km",
)


@dataclass(frozen=True)
class Limits:
    """Hard limits; an empty one does not limit. ``industries`` are Chinese words, any of them."""

    levels: tuple[str, ...] = ()
    prefectures: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    area_known: bool = False
    place_known: bool = False
    most_uncertain_km: float | None = None


@dataclass(frozen=True)
class Removed:
    """How many parks a limit removes, and how many of them no other limit removes."""

    parks: int
    alone: int


@dataclass(frozen=True)
class Screened:
    """The parks that pass, as a mask over the table, and what each limit in force removes."""

    keep: NDArray[np.bool_]
    removed: Mapping[str, Removed]


def park_table(
    parks: pd.DataFrame,
    firms: pd.DataFrame,
    metrics: pd.DataFrame,
    *,
    segment: str,
    population: pd.Series,
    gdp: pd.Series,
) -> pd.DataFrame:
    """Return the parks with what the snapshot and the reference figures say of them.

    Parameters
    ----------
    parks : DataFrame
        Parks with ``park_id``, ``county_codes`` (list), ``prefecture_code``, ….
    firms : DataFrame
        Firms with ``ai_relevance``, ``county_code``, ``park_ids`` (list).
    metrics : DataFrame
        Long metric table; the location quotient of `segment` by county is taken.
    population, gdp : Series
        By prefecture code, in 万人 and 亿元.

    Returns
    -------
    DataFrame
        The columns of `parks` and `MEASURES`, one row a park in the same order. The quotient
        is that of the first county named; ``counties`` says how many there are.
    """
    ai = firms[firms["ai_relevance"].isin(AI)]
    in_park = ai["park_ids"].explode().value_counts()
    in_county = ai["county_code"].value_counts()
    counties = parks["county_codes"]
    first = counties.map(lambda codes: codes[0] if codes else None)
    quotient = _quotient(metrics, segment)
    table = pd.DataFrame(parks.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    columns: dict[str, Any] = {
        "firms_park": table["park_id"].map(in_park).fillna(0),
        "firms_county": [
            sum(int(in_county.get(code, 0)) for code in codes) if codes else np.nan
            for codes in counties
        ],
        **{
            column: quotient[column].reindex(first).to_numpy()
            for column in ("lq", "lq_low", "lq_high", "lq_q")
        },
        "population": table["prefecture_code"].map(population),
        "gdp": table["prefecture_code"].map(gdp),
        "counties": [len(codes) for codes in counties],
    }
    return table.assign(**columns)


def _quotient(metrics: pd.DataFrame, segment: str) -> pd.DataFrame:
    keep = (metrics["level"] == "county") & (metrics["metric"] == "lq")
    keep &= (metrics["scheme"] == "segment") & (metrics["industry"] == segment)
    rows = metrics[keep & (metrics["weight"] == "firms")].set_index("area")
    names = {"value": "lq", "low": "lq_low", "high": "lq_high", "q": "lq_q"}
    found = rows[list(names)].rename(columns=names).astype("float64")
    # A test of nothing found has p = 1; without a quotient it would read as a result.
    return found.assign(lq_q=found["lq_q"].where(found["lq"].notna()))


def screen(table: pd.DataFrame, limits: Limits) -> Screened:
    """Apply hard limits, telling how many parks each removes."""
    checks = _checks(table, limits)
    if not checks:
        return Screened(np.ones(len(table), dtype=bool), {})
    passes = np.column_stack(list(checks.values()))
    failed = (~passes).sum(axis=1)
    removed = {
        name: Removed(int((~passed).sum()), int((~passed & (failed == 1)).sum()))
        for name, passed in checks.items()
    }
    return Screened(failed == 0, removed)


def _checks(table: pd.DataFrame, limits: Limits) -> dict[str, NDArray[np.bool_]]:
    found = {}
    if limits.levels:
        found["levels"] = table["level"].isin(limits.levels).to_numpy()
    if limits.prefectures:
        found["prefectures"] = table["prefecture_code"].isin(limits.prefectures).to_numpy()
    if limits.industries:
        wanted = set(limits.industries)
        found["industries"] = np.array([bool(wanted & set(one)) for one in table["industries_zh"]])
    if limits.area_known:
        found["area_known"] = table["approved_area_ha"].notna().to_numpy()
    if limits.place_known:
        found["place_known"] = table["lon"].notna().to_numpy()
    if limits.most_uncertain_km is not None:
        found["uncertain"] = (table["uncertainty_km"] <= limits.most_uncertain_km).to_numpy()
    return found


def industry_words(parks: pd.DataFrame) -> dict[str, str]:
    """Return the lead industries named by any park, Chinese → English, most frequent first."""
    pairs = [
        (zh, en)
        for zhs, ens in zip(parks["industries_zh"], parks["industries_en"], strict=True)
        for zh, en in zip(zhs, ens, strict=True)
    ]
    frame = pd.DataFrame(pairs, columns=["zh", "en"])
    english = frame.drop_duplicates("zh").set_index("zh")["en"]
    order = frame.groupby("zh").size().reset_index(name="n")
    order = order.sort_values(["n", "zh"], ascending=[False, True])
    return {zh: str(english[zh]) for zh in order["zh"]}


def park_rows(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return the table a visitor reads: names instead of ids, same order."""
    joiner = t("screening.join")
    industries = table[f"industries_{language}"]
    return pd.DataFrame(
        {
            "name": _names(table, language),
            "level": table["level"].map(lambda one: t(f"screening.level_{one}")),
            "prefecture": table["prefecture_code"].map(lambda one: area_name(one, language)),
            "firms_park": table["firms_park"],
            "firms_county": table["firms_county"],
            "lq": table["lq"],
            "interval": [
                interval(low, high) if pd.notna(low) else ""
                for low, high in zip(table["lq_low"], table["lq_high"], strict=True)
            ],
            "lq_q": table["lq_q"],
            "population": table["population"],
            "gdp": table["gdp"],
            "area": table["approved_area_ha"],
            "uncertainty_km": table["uncertainty_km"],
            "industries": industries.map(joiner.join),
            "confidence": table["confidence"].map(lambda one: t(f"terms.confidence_{one}")),
            "source": table["source_url"].map(first_link),
        }
    ).reset_index(drop=True)


def first_link(text: object) -> str | None:
    """Return the first web address of a source cell, or None."""
    words = str(text).replace(";", " ").split()
    return next((word for word in words if word.startswith(("http://", "https://"))), None)


def _names(table: pd.DataFrame, language: Language) -> pd.Series:
    if language == "zh":
        return table["name_zh"].astype("str")
    return table["name_en"].where(table["name_en"].notna(), table["name_zh"]).astype("str")


def comparison(table: pd.DataFrame, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return parks side by side: the heading of each column, then rows of label and values."""
    rows = table.head(MOST_COMPARED)
    names = list(_names(rows, language))
    joiner = t("screening.join")

    def line(key: str, values: Sequence[str]) -> list[str]:
        return [t(f"screening.column_{key}"), *values]

    def numbers(key: str, column: str, digits: int = 0) -> list[str]:
        return line(key, [number(value, digits) for value in rows[column]])

    bounds = zip(rows["lq_low"], rows["lq_high"], strict=True)
    return names, [
        line("level", [t(f"screening.level_{one}") for one in rows["level"]]),
        line("prefecture", [area_name(one, language) for one in rows["prefecture_code"]]),
        line(
            "counties",
            [
                joiner.join(area_name(c, language) for c in codes) or MISSING
                for codes in rows["county_codes"]
            ],
        ),
        numbers("firms_park", "firms_park"),
        numbers("firms_county", "firms_county"),
        numbers("lq", "lq", 2),
        line(
            "interval", [interval(low, high) if pd.notna(low) else MISSING for low, high in bounds]
        ),
        line("lq_q", [p_value(q) for q in rows["lq_q"]]),
        numbers("population", "population", 1),
        numbers("gdp", "gdp", 1),
        numbers("area", "approved_area_ha", 1),
        line("area_basis", [basis(one) for one in rows["area_basis"]]),
        numbers("uncertainty_km", "uncertainty_km", 1),
        line("industries", [joiner.join(one) or MISSING for one in rows[f"industries_{language}"]]),
        line("confidence", [t(f"terms.confidence_{one}") for one in rows["confidence"]]),
    ]


def basis(value: object) -> str:
    """Return what kind of area a park's hectares are."""
    return t(f"screening.basis_{value}") if isinstance(value, str) and value else MISSING


def layers(
    table: pd.DataFrame, chosen: Sequence[str], *, language: Language, theme: ThemeName
) -> list[Layer]:
    """Return the map of the remaining parks: circles hold their true place, squares mark it."""
    tokens = palette.THEMES[theme]
    drawn = table[table["lon"].notna()]
    marked = drawn["park_id"].isin(list(chosen)).map({True: "chosen", False: "park"})
    names = _names(drawn, language)
    tips = [
        t("screening.tip", name=name, km=number(km, 1), firms=number(n))
        for name, km, n in zip(names, drawn["uncertainty_km"], drawn["firms_park"], strict=True)
    ]
    frame = gpd.GeoDataFrame(
        {
            "id": drawn["park_id"].astype("str"),
            "kind": marked.astype("str"),
            "tip": tips,
            "radius_m": drawn["uncertainty_km"].astype("float64") * 1000,
        },
        geometry=gpd.points_from_xy(drawn["lon"], drawn["lat"]),
        crs="EPSG:4326",
    ).reset_index(drop=True)
    circle = Style(fill=tokens.warm, fill_opacity=0.06, stroke=tokens.warm, dash="4 4")
    squares = {
        "park": Style(
            fill=tokens.paper, stroke=tokens.accent, stroke_width=1.6, shape="square", size=4.5
        ),
        "chosen": Style(
            fill=tokens.accent, stroke=tokens.ink, stroke_width=1.6, shape="square", size=6
        ),
    }
    counts = frame["kind"].value_counts()
    known = [key for key in squares if counts.get(key, 0)]
    legend = tuple(
        LegendEntry(t(f"screening.mark_{key}"), squares[key], "point", int(counts[key]))
        for key in known
    )
    reach = LegendEntry(t("screening.mark_reach"), circle, "circle")
    found = [
        boundary_layer(display("prefecture"), level="prefecture", language=language, theme=theme)
    ]
    if len(frame):
        shapes = {"park": circle, "chosen": circle}
        found.append(Layer("reach", "", "circle", frame, shapes, order=40))
        title = t("screening.legend")
        found.append(Layer("parks", title, "point", frame, squares, (*legend, reach), order=50))
    return found
