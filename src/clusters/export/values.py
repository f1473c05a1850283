"""Names of coded values in both languages: what stands in the cells of a table for people.

Codes are for programs. A workbook or CSV in a language shows their names; the CSV for programs
(``canonical``), Parquet, GeoPackage and GeoJSON keep the codes.
"""

import csv
import re
from functools import lru_cache
from pathlib import Path

import pandas as pd

from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.maps.words import Language
from clusters.places.boundaries import counties, prefectures
from clusters.places.parks import park_name, shipped_parks
from clusters.places.zones import zones
from clusters.settings import data_path

_NAMED_PLACES = {"prefecture_code", "county_code"}
_NAMED_LISTS = {"zone_ids", "zone_also_ids", "zone_uncertain_ids", "park_ids"}
_INDUSTRIES = {"chain_layer", "segment"}


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, tuple[str, str]]]:
    table: dict[str, dict[str, tuple[str, str]]] = {}
    with Path(__file__).with_name("values.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            table.setdefault(row["column"], {})[row["value"]] = (row["zh"], row["en"])
    with data_path("taxonomy", "relevance.csv").open(encoding="utf-8-sig", newline="") as handle:
        table["ai_relevance"] = {
            row["relevance"]: (row["zh"], row["en"]) for row in csv.DictReader(handle)
        }
    return table


@lru_cache(maxsize=1)
def _patterns() -> dict[str, list[tuple[re.Pattern[str], tuple[str, str]]]]:
    found: dict[str, list[tuple[re.Pattern[str], tuple[str, str]]]] = {}
    for column, values in _table().items():
        for value, names in values.items():
            if "{" in value:
                whole = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(value))
                found.setdefault(column, []).append((re.compile(whole), names))
    return found


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[str, str]]:
    names = {"51": ("四川省", "Sichuan"), "510000": ("四川省", "Sichuan")}
    for frame, key in (
        (prefectures(), "code"),
        (counties(), "code"),
        (zones(), "zone_id"),
        (shipped_parks(), "park_id"),
    ):
        for code, zh, en in zip(frame[key], frame["name_zh"], frame["name_en"], strict=True):
            names[str(code)] = (str(zh), str(en) if isinstance(en, str) else str(zh))
    return names


def _place_name(code: str, position: int) -> str:
    names = _places().get(code)
    return names[position] if names else park_name(code) or code


def value_name(column: str, value: str, language: Language) -> str:
    """Return the name of a coded value; a value without one is its own name.

    Several values joined by ``;`` are named one by one.
    """
    position = 0 if language == "zh" else 1
    if column == "metric":
        known = definitions().get(value)
        return known.name(language) if known else value
    if column in _INDUSTRIES or (column == "industry" and value not in _table()["industry"]):
        return industry_name(value, language)
    if column in _NAMED_PLACES:
        return _place_name(value, position)
    if column in _NAMED_LISTS:
        joiner = "；" if language == "zh" else "; "
        return joiner.join(_place_name(one, position) for one in value.split(";"))
    names = _table().get(column)
    if names is None or not value:
        return value
    return _whole_or_parts(column, value, names, position)


def _whole_or_parts(
    column: str, value: str, names: dict[str, tuple[str, str]], position: int
) -> str:
    if value in names:
        return names[value][position]
    parts = re.split(r";\s*", value)
    if len(parts) > 1:
        joiner = "；" if position == 0 else "; "
        return joiner.join(_whole_or_parts(column, part, names, position) for part in parts)
    for pattern, shapes in _patterns().get(column, []):
        match = pattern.fullmatch(value)
        if match:
            return shapes[position].format(**match.groupdict())
    return value


def is_coded(column: str) -> bool:
    """Whether the values of a column are codes with names."""
    return (
        column in {"metric", "industry"}
        or column in _INDUSTRIES
        or column in _NAMED_PLACES
        or column in _NAMED_LISTS
        or column in _table()
    )


def named(frame: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return a table (lists already joined) with names in place of codes.

    A column of area codes becomes a column of area names and is called so.
    """
    changed = {}
    for column in frame.columns:
        if not is_coded(str(column)):
            continue
        values = frame[column]
        names = {
            value: value_name(str(column), value, language)
            for value in values.dropna().unique()
            if isinstance(value, str)
        }
        changed[column] = values.astype(object).map(lambda v, n=names: n.get(v, v))
    renamed = {column: column.replace("_code", "_name") for column in _NAMED_PLACES}
    return frame.assign(**changed).rename(columns=renamed)
