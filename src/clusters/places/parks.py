"""The industrial parks that screening ranks: one point each, often good to kilometres only."""

from functools import lru_cache
from typing import Final

import geopandas as gpd

from clusters.places.shipped import read_table

__all__ = ["parks"]

LISTS: Final = ("county_codes", "functional_codes", "industries_zh", "industries_en")
NUMBERS: Final = ("lon", "lat", "uncertainty_km", "approved_area_ha")


@lru_cache(maxsize=1)
def parks() -> gpd.GeoDataFrame:
    """Return the parks, sorted by prefecture and id.

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
    table = read_table(
        "parks",
        "parks.csv",
        required=("park_id", "name_zh", "name_en", "level", "prefecture_code"),
        numbers=NUMBERS,
        lists=LISTS,
    )
    points = gpd.GeoSeries.from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    points[table["lon"].isna()] = None
    return gpd.GeoDataFrame(table, geometry=points)
