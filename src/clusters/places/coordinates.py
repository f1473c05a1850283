"""Coordinates as registries give them: swapped, zero, piled up, in a datum nobody noted.

Every defect is reported per row and none is repaired silently except the exchange of longitude and
latitude, which in Sichuan cannot be mistaken and is reported too.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.geocode.datum import (
    DATUMS,
    SICHUAN,
    Datum,
    DatumEstimate,
    estimate_datum,
    to_wgs84,
)
from clusters.places.assign import county_codes

__all__ = ["DatumChoice", "Given", "read_coordinates"]

DatumChoice = Literal["auto", "wgs84", "cgcs2000", "gcj02", "bd09"]

POINT_RADIUS_M: Final = 100.0
"""Doubt about a coordinate whose datum is known: a building and its yard."""

UNKNOWN_DATUM_M: Final = 1500.0
"""Doubt about a coordinate that may be WGS 84, GCJ-02 or BD-09: the largest shift, rounded up."""

NOWHERE: Final = 1e-6
"""A coordinate this near to zero degrees was never measured."""

PILE_ROWS: Final = 25
PILE_ADDRESSES: Final = 12
"""As many rows with as many different streets at one identical coordinate are a centroid."""


@dataclass(frozen=True)
class Given:
    """Coordinates as they came, and in WGS 84.

    Attributes
    ----------
    lon, lat
        As given.
    x, y
        WGS 84, NaN where unusable.
    radius
        Doubt in metres.
    note
        What is wrong with each, None where nothing.
    estimate
        Estimate of the datum, None where every row says its own.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    note: NDArray[np.object_]
    estimate: DatumEstimate | None


def read_coordinates(
    table: pd.DataFrame, county: NDArray[np.object_], datum: DatumChoice
) -> Given | None:
    """Read the columns ``lon`` and ``lat`` of a registry.

    Parameters
    ----------
    table
        One row per enterprise; ``datum`` of each row is used where it names a known one.
    county
        (n,) code of the county each address names, None where it names none.
    datum
        Datum of the rows that do not say theirs; ``auto`` estimates it.

    Returns
    -------
    Given or None
        None where the table has no coordinates.
    """
    if "lon" not in table.columns or "lat" not in table.columns:
        return None
    lon = pd.to_numeric(table["lon"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    lat = pd.to_numeric(table["lat"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    x, y, note = _usable(lon, lat)
    usable = np.isfinite(x)
    own, spoken = _own_datum(table)
    radius = np.full(len(x), POINT_RADIUS_M)
    estimate = None
    silent = usable & ~spoken
    assumed: Datum = "wgs84"
    if datum != "auto":
        assumed = datum
    elif silent.any():
        estimate = estimate_datum(
            np.where(silent, x, np.nan), np.where(silent, y, np.nan), county, county_codes
        )
        if estimate.datum == "unknown":
            # Never converted on weak evidence: taken as WGS 84, with the doubt in the radius.
            radius[silent] = UNKNOWN_DATUM_M
        else:
            assumed = estimate.datum
    own = np.where(spoken, own, assumed)
    for one in DATUMS:
        rows = np.flatnonzero(usable & (own == one))
        if len(rows) and one not in {"wgs84", "cgcs2000"}:
            x[rows], y[rows] = to_wgs84(x[rows], y[rows], one)
    piled = _piled_up(x, y, table, usable)
    note[piled & (note == None)] = "piled_up"  # noqa: E711 - elementwise
    return Given(lon, lat, x, y, radius, note, estimate)


def _usable(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Return coordinates that can be in Sichuan, NaN otherwise, and what is wrong with each."""
    note = np.full(len(lon), None, dtype=object)
    x, y = lon.copy(), lat.copy()
    west, south, east, north = SICHUAN
    some = np.isfinite(x) & np.isfinite(y)
    with np.errstate(invalid="ignore"):
        zero = some & ((np.abs(x) < NOWHERE) | (np.abs(y) < NOWHERE))
        inside = (x > west) & (x < east) & (y > south) & (y < north)
        swapped = some & ~inside & (y > west) & (y < east) & (x > south) & (x < north)
    note[some & ~inside & ~swapped] = "outside_province"
    note[zero] = "zero"
    note[swapped] = "swapped"
    note[np.isfinite(lon) ^ np.isfinite(lat)] = "incomplete"
    x[swapped], y[swapped] = lat[swapped], lon[swapped]
    unusable = ~(inside | swapped)
    x[unusable], y[unusable] = np.nan, np.nan
    return x, y, note


def _own_datum(table: pd.DataFrame) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return each row's own datum and whether it names a known one."""
    if "datum" not in table.columns:
        return np.full(len(table), "wgs84", dtype=object), np.zeros(len(table), dtype=np.bool_)
    cleaned = (
        table["datum"]
        .astype("object")
        .map(lambda value: value.lower() if isinstance(value, str) else "")
        .str.replace(r"[^a-z0-9]", "", regex=True)
        .replace(
            {
                "wgs1984": "wgs84",
                "epsg4326": "wgs84",
                "epsg4490": "cgcs2000",
                "gcj": "gcj02",
                "bd": "bd09",
                "bd09ll": "bd09",
            }
        )
        .to_numpy(object)
    )
    return cleaned, np.isin(cleaned.astype(str), DATUMS)


def _piled_up(
    x: NDArray[np.float64], y: NDArray[np.float64], table: pd.DataFrame, usable: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell centroids from buildings: many rows at one coordinate with many different streets."""
    result = np.zeros(len(x), dtype=np.bool_)
    rows = np.flatnonzero(usable)
    if len(rows) < PILE_ROWS or "address" not in table.columns:
        return result
    group = pd.MultiIndex.from_arrays([x[rows].round(6), y[rows].round(6)]).factorize()[0]
    street = table["address"].iloc[rows].astype("str").str.replace(r"[0-9０-９].*$", "", regex=True)
    frame = pd.DataFrame({"group": group, "street": street.to_numpy()})
    per = frame.groupby("group")["street"]
    heavy = (per.transform("size") >= PILE_ROWS) & (per.transform("nunique") >= PILE_ADDRESSES)
    result[rows[heavy.to_numpy()]] = True
    return result
