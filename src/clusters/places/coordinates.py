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
PILE_SILENT: Final = 100
"""So are as many rows at one identical coordinate without any address to tell."""


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
        What is wrong with each, None where nothing; several joined by ``; ``.
    piled
        Whether so many others are at the same coordinate that it is nobody's.
    estimate
        Estimate of the datum, None where every row says its own.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    note: NDArray[np.object_]
    piled: NDArray[np.bool_]
    estimate: DatumEstimate | None


def read_coordinates(
    table: pd.DataFrame | None,
    county: NDArray[np.object_],
    datum: DatumChoice,
    *,
    addresses: pd.Series,
) -> Given | None:
    """Read the coordinates of a registry.

    Parameters
    ----------
    table
        ``lon``, ``lat`` of n rows as given: numbers or their text. ``datum`` of each row is used
        where it names a known one. None where the registry has no coordinates.
    county
        (n,) code of the county each address names, None where it names none.
    datum
        Datum of the rows that do not say theirs; ``auto`` estimates it.
    addresses
        (n,) addresses: what tells a centroid from a tower.

    Returns
    -------
    Given or None
        None where `table` is.
    """
    if table is None:
        return None
    lon, lat = _numbers(table["lon"]), _numbers(table["lat"])
    x, y, note = _usable(lon, lat)
    for name, values in (("lon", lon), ("lat", lat)):
        said = table[name].astype("object")
        words = said.map(lambda value: isinstance(value, str) and value.strip() != "")
        note[words.to_numpy(bool) & np.isnan(values)] = "not_a_number"
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
    piled = _piled_up(x, y, addresses, usable)
    for row in np.flatnonzero(piled):
        note[row] = "piled_up" if note[row] is None else f"{note[row]}; piled_up"
    return Given(lon, lat, x, y, radius, note, piled, estimate)


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    """Return a column as numbers; text such as ``104.06°`` counts without its sign."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        numbered = (int, float, str)
        values = column.astype("object")
        values = values.map(lambda one: one if isinstance(one, numbered) else np.nan)
        column = values.map(lambda one: one.strip(" \t°度") if isinstance(one, str) else one)
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers.to_numpy(np.float64, na_value=np.nan)


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
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    addresses: pd.Series,
    usable: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Tell centroids from buildings: many rows at one coordinate with many different streets.

    A coordinate that hundreds share and whose addresses say nothing is no building either.
    """
    result = np.zeros(len(x), dtype=np.bool_)
    rows = np.flatnonzero(usable)
    if len(rows) < PILE_ROWS:
        return result
    group = pd.MultiIndex.from_arrays([x[rows].round(6), y[rows].round(6)]).factorize()[0]
    texts = addresses.iloc[rows].astype("object")
    street = texts.where(texts.map(lambda text: isinstance(text, str)), "").astype("str")
    street = street.str.replace(r"\s+", "", regex=True)
    street = street.str.replace(r"[0-9０-９].*$", "", regex=True)
    frame = pd.DataFrame({"group": group, "street": street.to_numpy()})
    frame["street"] = frame["street"].mask(frame["street"] == "")
    per = frame.groupby("group")["street"]
    size, said = frame.groupby("group")["group"].transform("size"), per.transform("count")
    many = (size >= PILE_ROWS) & (per.transform("nunique") >= PILE_ADDRESSES)
    silent = (size >= PILE_SILENT) & (said == 0)
    result[rows[(many | silent).to_numpy()]] = True
    return result
