"""The industrial parks that screening ranks: one point each, often good to kilometres only."""

from functools import lru_cache
from typing import Final

import geopandas as gpd
import pandas as pd

from clusters.places.shipped import read_table
from clusters.settings import get_settings

__all__ = ["IMPORTED", "parks", "shipped_columns"]

IMPORTED: Final = "imported.csv"
"""Parks somebody imported, beside the shipped table; a row with a shipped id takes its place."""

_REQUIRED: Final = ("park_id", "name_zh", "name_en", "level", "prefecture_code")

LISTS: Final = ("county_codes", "functional_codes", "industries_zh", "industries_en")
NUMBERS: Final = ("lon", "lat", "uncertainty_km", "approved_area_ha")


@lru_cache(maxsize=1)
def parks() -> gpd.GeoDataFrame:
    """Return the parks, shipped and imported, sorted by prefecture and id.

    Returns
    -------
    GeoDataFrame
        Points in EPSG:4326, null where the site is unknown; every column of
        ``data/parks/parks.csv``, with `LISTS` as lists and `NUMBERS` as float64 (``lon``, ``lat``
        in degrees, ``uncertainty_km``: radius of the centre, ``approved_area_ha``: hectares,
        mind ``area_basis``). Cached: do not modify it.

    Raises
    ------
    ShippedDataError
        If the file is missing or damaged.
    """
    table = _read("parks.csv")
    if (get_settings().data / "parks" / IMPORTED).exists():
        own = _read(IMPORTED)
        table = pd.concat([table[~table["park_id"].isin(own["park_id"])], own])
        table = table.sort_values(["prefecture_code", "park_id"], ignore_index=True)
    points = gpd.GeoSeries.from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    points[table["lon"].isna()] = None
    return gpd.GeoDataFrame(table, geometry=points)


def _read(name: str) -> pd.DataFrame:
    return read_table("parks", name, required=_REQUIRED, numbers=NUMBERS, lists=LISTS)


def shipped_columns() -> list[str]:
    """Return the columns of the shipped table, in its order."""
    return [column for column in _read("parks.csv").columns if column != "geometry"]
