"""What `locate` reads of a table, and what it refuses to read."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.errors import InputError
from clusters.registry.given import require_table

__all__ = [
    "LOCATED",
    "addresses_of",
    "check_table",
    "given_coordinates",
    "is_located",
    "texts_of",
]

READ: Final = ("name", "region", "lon", "lat", "given_lon", "given_lat", "datum")
"""Columns that are used where present, beside the address."""

LOCATED: Final = ("precision", "radius_m", "located_by", "county_probability")
"""A table with all of these was located before: its ``lon`` and ``lat`` are ours, not given."""


def check_table(table: pd.DataFrame, address: str) -> None:
    """Refuse what is no table with one address column.

    Raises
    ------
    InputError
        Naming what was given and what to give.
    """
    require_table(table)
    if address not in table.columns:
        shown = ", ".join(map(str, table.columns)) or "no column at all"
        msg = f"the table has no column {address!r}, only {shown}; name it with address=…"
        raise InputError(msg)
    for name in (address, *READ):
        if (table.columns == name).sum() > 1:
            raise InputError(f"the table has the column {name!r} twice; rename or drop one")


def is_located(table: pd.DataFrame) -> bool:
    """Whether a table came out of `locate`."""
    return set(LOCATED) <= set(table.columns)


def addresses_of(table: pd.DataFrame, column: str) -> list[str]:
    """Return the texts of a column; anything that is no text is empty."""
    return [value if isinstance(value, str) else "" for value in table[column].astype("object")]


def texts_of(table: pd.DataFrame, address: str) -> tuple[list[str], NDArray[np.intp]]:
    """Return what there is to read of each row, and the rows where that is the region column.

    A region (所在地区, or what a collected table knows of the place) is weak beside an address, but
    all there is without one.
    """
    texts = addresses_of(table, address)
    if "region" not in table.columns or address == "region":
        return texts, np.empty(0, dtype=np.intp)
    regions = addresses_of(table, "region")
    by_region = np.array(
        [row for row, text in enumerate(texts) if not text.strip() and regions[row].strip()],
        dtype=np.intp,
    )
    for row in by_region.tolist():
        texts[row] = regions[row]
    return texts, by_region


def given_coordinates(table: pd.DataFrame) -> pd.DataFrame | None:
    """Return the coordinates that came with a table.

    Returns
    -------
    DataFrame or None
        ``lon``, ``lat`` as they stand in the table and ``datum`` where it has one. Of a table
        located before, what was given then; of a GeoDataFrame without such columns, its points,
        brought to WGS 84. None where there are none.
    """
    names = ("given_lon", "given_lat") if is_located(table) else ("lon", "lat")
    if set(names) <= set(table.columns):
        found = pd.DataFrame({"lon": table[names[0]], "lat": table[names[1]]}, index=table.index)
        return found.assign(datum=table["datum"]) if "datum" in table.columns else found
    if is_located(table) or not _has_points(table):
        return None
    points = table.geometry.where(table.geometry.geom_type == "Point")
    if points.crs is None:
        return pd.DataFrame({"lon": points.x, "lat": points.y}, index=table.index)
    points = points.to_crs("EPSG:4326")
    return pd.DataFrame({"lon": points.x, "lat": points.y}, index=table.index)


def _has_points(table: pd.DataFrame) -> bool:
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        return False
    return bool((table.geometry.geom_type == "Point").any())
