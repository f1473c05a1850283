"""The areal units firms are measured over, with what a density or a share needs to know of them."""

from functools import lru_cache
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.errors import InputError
from clusters.metrics.areal import hexagons
from clusters.metrics.counts import Area
from clusters.metrics.sums import Level
from clusters.places import assign, boundaries, reference, zones
from clusters.places.output import PRECISE
from clusters.places.parks import shipped_parks

NAMES: tuple[Area, ...] = get_args(Area)
HEXAGON = "hexagon"
RESOLUTION = 5
"""H3 resolution of the hexagons of the metric table: about 253 km², 17 km across."""

HEXAGON_REACH_M = 8_500.0
"""A firm known less precisely than half a hexagon, or to its county only, is in none."""

_IN_HEXAGON = (*PRECISE, "park", "subdistrict")

POPULATION_YEAR = 2023
GDP_YEAR = 2023
_COLUMNS = ["name_zh", "name_en", "area_km2", "population", "gdp"]


def level(name: str, parks: gpd.GeoDataFrame | None = None) -> Level:
    """Return one of the levels in `NAMES`.

    Parameters
    ----------
    name : str
    parks : GeoDataFrame, optional
        The parks in use; those shipped by default.

    Raises
    ------
    InputError
        If there is no such level.
    """
    if name == "park" and parks is not None:
        return Level(name, _without_figures(parks, "park_id"), "park_ids")
    return _shipped_level(name)


@lru_cache(maxsize=len(NAMES))
def _shipped_level(name: str) -> Level:
    if name in {"prefecture", "county"}:
        table = boundaries.prefectures() if name == "prefecture" else boundaries.counties()
        areas = pd.DataFrame(table.drop(columns="geometry")).set_index("code")
        areas = areas.assign(
            population=reference.population(POPULATION_YEAR).reindex(areas.index) * 1e4,  # 万人
            gdp=reference.gdp(GDP_YEAR).reindex(areas.index) * 1e8,  # 亿元
        )
        return Level(name, areas[_COLUMNS], f"{name}_code", boundaries.contiguity(name))
    if name == "zone":
        return Level(name, _without_figures(zones.zones(), "zone_id"), "zone_ids")
    if name == "park":
        return Level(name, _without_figures(shipped_parks(), "park_id"), "park_ids")
    msg = f"unknown level {name!r}; choose one of {', '.join(NAMES)}"
    raise InputError(msg)


def _without_figures(table: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    """Return zones or parks as areas: neither residents nor output are published for them."""
    areas = pd.DataFrame(table.drop(columns="geometry")).set_index(key)
    missing = {name: float("nan") for name in _COLUMNS if name not in areas}
    return areas.assign(**missing)[_COLUMNS]


def with_hexagons(firms: pd.DataFrame) -> pd.DataFrame:
    """Return firms with ``hexagon_code``, the H3 cell of those placed well enough for one."""
    near = firms["precision"].isin(_IN_HEXAGON) & (firms["radius_m"] <= HEXAGON_REACH_M)
    known = (firms["lon"].notna() & near).to_numpy()
    codes = np.full(len(firms), None, dtype=object)
    if known.any():
        codes[known] = hexagons(
            firms["lon"].to_numpy()[known], firms["lat"].to_numpy()[known], RESOLUTION
        )
    return firms.assign(hexagon_code=pd.array(codes, dtype="str"))


def hexagon_level(firms: pd.DataFrame) -> Level:
    """Return the hexagons that hold a firm, of those `with_hexagons` returned, as a level."""
    return hexagons_named(sorted(firms["hexagon_code"].dropna().unique()))


def hexagons_named(codes: list[str]) -> Level:
    """Return hexagons as a level.

    Parameters
    ----------
    codes : list of str
        H3 cells, sorted.

    Returns
    -------
    Level
        Named by the county of their centre, with a number where a county has several. Empty
        hexagons are not listed, so ranks, neighbours and growth are not measured.
    """
    import h3  # noqa: PLC0415 - imported when first needed

    centres = np.array([h3.cell_to_latlng(code) for code in codes]).reshape(-1, 2)
    found = assign.county_codes(centres[:, 1], centres[:, 0])
    named = boundaries.counties().set_index("code")[["name_zh", "name_en"]]
    table = pd.DataFrame(
        {"county": found, "area_km2": [h3.cell_area(code, unit="km^2") for code in codes]},
        index=pd.Index(codes, dtype="str"),
    )
    number = table.groupby("county", dropna=False).cumcount() + 1
    several = table["county"].map(table["county"].value_counts()).gt(1).to_numpy()
    for name, outside, kind in (("name_zh", "省界外", "六边形"), ("name_en", "Border", "hexagon")):
        base = table["county"].map(named[name]).fillna(outside)
        numbered = base + f" {kind} " + number.astype(str)
        table[name] = numbered.where(several | table["county"].isna(), base + f" {kind}")
    areas = table.assign(population=float("nan"), gdp=float("nan"))[_COLUMNS]
    return Level(HEXAGON, areas, "hexagon_code", whole=False)
