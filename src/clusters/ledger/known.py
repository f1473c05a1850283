"""What an observation may name: indicators with their units, definitions and areas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from clusters.settings import data_path

_PROVINCE = {"510000": "四川省", "100000": "全国"}


@dataclass(frozen=True, slots=True)
class Known:
    """What an observation may name.

    ``units`` and ``own_group`` by indicator id; ``groups`` the indicator of every definition group;
    ``areas`` the name to be stored for every name or code of an area that may be written.
    """

    units: Mapping[str, str]
    own_group: Mapping[str, str]
    groups: Mapping[str, str]
    areas: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def known_indicators() -> Known:
    """Return the indicators with a unit, the definition groups and the areas that are shipped."""
    table = _table("goals", "indicators.csv")
    table = table[table["unit"].ne("")]
    groups = _table("goals", "definitions.csv")
    return Known(
        units=dict(zip(table["indicator_id"], table["unit"], strict=True)),
        own_group=dict(zip(table["indicator_id"], table["definition_group"], strict=True)),
        groups=dict(zip(groups["definition_group"], groups["indicator_id"], strict=True)),
        areas=_areas(),
    )


def _table(*parts: str) -> pd.DataFrame:
    return pd.read_csv(data_path(*parts), dtype=str, keep_default_na=False)


def _areas() -> dict[str, str]:
    """Return the stored name of every name and code; an area of a target keeps the target's name.

    A county is stored with its prefecture before it, since names of counties repeat elsewhere.
    """
    stored: dict[str, str] = {}  # by code
    names: list[tuple[str, str]] = []  # (name, code or the name itself)
    for file in ("targets.csv", "observations.csv"):
        for row in _table("goals", file).drop_duplicates(["area", "area_id"]).to_dict("records"):
            code = row["area_id"] or row["area"]
            stored.setdefault(code, row["area"])
            names.append((row["area"], code))
    counties = _table("gazetteer", "counties.csv")
    for row in counties.to_dict("records"):
        full = row["prefecture_zh"] + row["name_zh"]
        stored.setdefault(row["prefecture_code"], row["prefecture_zh"])
        stored.setdefault(row["code"], full)
        names += [(row["prefecture_zh"], row["prefecture_code"]), (full, row["code"])]
    once = counties[~counties["name_zh"].duplicated(keep=False)]
    names += zip(once["name_zh"], once["code"], strict=True)
    for row in _table("boundaries", "zones.csv").to_dict("records"):
        stored.setdefault(row["zone_id"], row["name_zh"])
        names += [(row["name_zh"], row["zone_id"]), (row["short_zh"], row["zone_id"])]
    for code, name in _PROVINCE.items():
        stored.setdefault(code, name)
        names.append((name, code))
    found = dict(stored)
    for name, code in names:
        found.setdefault(name, stored[code])
    return found
