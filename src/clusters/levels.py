"""The areal units firms are measured over, with what a density or a share needs to know of them."""

from functools import lru_cache

import geopandas as gpd
import pandas as pd

from clusters.errors import InputError
from clusters.metrics.sums import Level
from clusters.places import boundaries, parks, reference, zones

NAMES = ("prefecture", "county", "zone", "park")
POPULATION_YEAR = 2023
GDP_YEAR = 2023
_COLUMNS = ["name_zh", "name_en", "area_km2", "population", "gdp"]


@lru_cache(maxsize=len(NAMES))
def level(name: str) -> Level:
    """Return one of the levels in `NAMES`.

    Raises
    ------
    InputError
        If there is no such level.
    """
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
        return Level(name, _without_figures(parks.parks(), "park_id"), "park_ids")
    msg = f"unknown level {name!r}; choose one of {', '.join(NAMES)}"
    raise InputError(msg)


def _without_figures(table: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    """Return zones or parks as areas: neither residents nor output are published for them."""
    areas = pd.DataFrame(table.drop(columns="geometry")).set_index(key)
    missing = {name: float("nan") for name in _COLUMNS if name not in areas}
    return areas.assign(**missing)[_COLUMNS]
