"""The industrial parks that screening ranks: one point each, often good to kilometres only.

Shipped parks are here for everybody. What a run uses besides (`clusters.places.park_files`) is part
of its snapshot, which is where pages, maps and screening take parks from.
"""

from functools import lru_cache
from typing import Final

import geopandas as gpd
import pandas as pd

from clusters.places.shipped import read_table, typed_table
from clusters.settings import data_path

__all__ = [
    "IMPORTED_BASIS",
    "OWN",
    "REGISTRY",
    "own_columns",
    "park_name",
    "shipped_parks",
    "shipped_text",
    "typed_parks",
    "with_lists",
    "with_own",
]

OWN: Final = "own:"
"""How the id of an imported park begins; its name follows."""

IMPORTED_BASIS: Final = "imported"
"""What ``coord_basis`` and ``area_basis`` say of values that a registry of parks gave."""

REGISTRY: Final = ("registry", "registry_sha256")
"""The file an imported park comes from; null for shipped ones."""

_REQUIRED: Final = ("park_id", "name_zh", "name_en", "level", "prefecture_code")

LISTS: Final = ("county_codes", "functional_codes", "industries_zh", "industries_en")
NUMBERS: Final = ("lon", "lat", "uncertainty_km", "approved_area_ha")


@lru_cache(maxsize=1)
def shipped_parks() -> gpd.GeoDataFrame:
    """Return the shipped parks, sorted by prefecture and id.

    Returns
    -------
    GeoDataFrame
        Points in EPSG:4326, null where the site is unknown; every column of
        ``data/parks/parks.csv``, with `LISTS` as lists and `NUMBERS` as float64 (``lon``, ``lat``
        in degrees, ``uncertainty_km``: radius of the centre, ``approved_area_ha``: hectares,
        mind ``area_basis``), and `REGISTRY`. Cached: do not modify it.

    Raises
    ------
    ShippedDataError
        If the file is missing or damaged.
    """
    return _with_points(_shipped_table())


def shipped_text() -> pd.DataFrame:
    """Return the shipped parks as text, empty cells empty, with the columns of imported ones."""
    table = pd.read_csv(data_path("parks", "parks.csv"), dtype="str", keep_default_na=False)
    return table.assign(**dict.fromkeys(REGISTRY, ""))


def _shipped_table() -> pd.DataFrame:
    table = read_table("parks", "parks.csv", required=_REQUIRED, numbers=NUMBERS, lists=LISTS)
    return table.assign(
        **{name: pd.Series(None, index=table.index, dtype="str") for name in REGISTRY}
    )


def _with_points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    points = gpd.GeoSeries.from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    points[table["lon"].isna()] = None
    return gpd.GeoDataFrame(table, geometry=points)


def own_columns() -> list[str]:
    """Return the columns of a table of imported parks, in order."""
    return [column for column in shipped_parks().columns if column != "geometry"]


def typed_parks(own: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table of parks as text with the types of `shipped_parks`."""
    text = own.astype("str").mask(own == "")
    return typed_table(text, name, required=_REQUIRED, numbers=NUMBERS, lists=LISTS)


def with_own(own: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Return the shipped parks with imported ones, text as `own_columns`, added or in their place.

    Columns and order as of `shipped_parks`.
    """
    if own is None or own.empty:
        return shipped_parks()
    table = _shipped_table()
    table = pd.concat([table[~table["park_id"].isin(own["park_id"])], typed_parks(own, "parks")])
    return _with_points(table.sort_values(["prefecture_code", "park_id"], ignore_index=True))


def with_lists(parks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return parks that came from Parquet with `LISTS` as lists again, not as arrays."""
    there = [name for name in LISTS if name in parks]
    return parks.assign(**{name: [list(cell) for cell in parks[name]] for name in there})


def park_name(park_id: str) -> str | None:
    """Return the name of an imported park by its id; None for any other id."""
    return park_id.removeprefix(OWN) if park_id.startswith(OWN) else None
