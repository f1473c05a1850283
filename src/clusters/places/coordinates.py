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
    UNSHIFTED,
    Datum,
    DatumEstimate,
    estimate_datum,
    to_wgs84,
)
from clusters.places.assign import county_codes
from clusters.registry.datums import known_datums

__all__ = [
    "DatumChoice",
    "Given",
    "Stacks",
    "Whole",
    "piles_of",
    "read_coordinates",
    "silent_points",
    "stacks_of",
]

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


@dataclass(frozen=True)
class Stacks:
    """Rows with a usable coordinate; stacks of parts are put end to end.

    Attributes
    ----------
    rows
        Positions in their table.
    x, y
        WGS 84 degrees, rounded to a tenth of a metre.
    street
        Digest of the address up to its first number; 0 where it says nothing.
    """

    rows: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    street: NDArray[np.uint64]


@dataclass(frozen=True)
class Whole:
    """What only the whole of a registry tells of its coordinates.

    ``estimate`` of the datum, None where every row says its own; ``piles`` as `piles_of` gives.
    """

    estimate: DatumEstimate | None
    piles: pd.MultiIndex


def read_coordinates(
    table: pd.DataFrame | None,
    county: NDArray[np.object_],
    datum: DatumChoice,
    *,
    addresses: pd.Series,
    whole: Whole | None = None,
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
    whole
        What the whole registry tells, where `table` is a part of it.

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
    silent = usable & ~spoken
    estimate = None if whole is None else whole.estimate
    if whole is None and datum == "auto" and silent.any():
        estimate = estimate_datum(
            np.where(silent, x, np.nan), np.where(silent, y, np.nan), county, county_codes
        )
    if estimate is not None and estimate.datum == "unknown":
        # Never converted on weak evidence: taken as WGS 84, with the doubt in the radius.
        radius[silent] = UNKNOWN_DATUM_M
    _convert(x, y, np.where(spoken, own, _assumed(datum, estimate)))
    stacks = _stacks(x, y, addresses, usable)
    piles = piles_of(stacks) if whole is None else whole.piles
    piled = np.zeros(len(x), dtype=np.bool_)
    piled[stacks.rows] = _among(stacks, piles)
    for row in np.flatnonzero(piled):
        note[row] = "piled_up" if note[row] is None else f"{note[row]}; piled_up"
    return Given(lon, lat, x, y, radius, note, piled, estimate)


def _assumed(datum: DatumChoice, estimate: DatumEstimate | None) -> Datum:
    """Return the datum of rows that do not say theirs."""
    if datum != "auto":
        return datum
    return "wgs84" if estimate is None or estimate.datum == "unknown" else estimate.datum


def _convert(x: NDArray[np.float64], y: NDArray[np.float64], datum: NDArray[np.object_]) -> None:
    """Bring coordinates of several datums to WGS 84, in place."""
    for one in DATUMS:
        rows = np.flatnonzero(np.isfinite(x) & (datum == one))
        if len(rows) and one not in UNSHIFTED:
            x[rows], y[rows] = to_wgs84(x[rows], y[rows], one)


def silent_points(
    table: pd.DataFrame | None,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the rows with usable coordinates of no stated datum, and these as they are given."""
    if table is None:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    x, y, _ = _usable(_numbers(table["lon"]), _numbers(table["lat"]))
    rows = np.flatnonzero(np.isfinite(x) & ~_own_datum(table)[1])
    return rows, x[rows], y[rows]


def stacks_of(
    table: pd.DataFrame | None,
    datum: DatumChoice,
    estimate: DatumEstimate | None,
    *,
    addresses: pd.Series,
) -> Stacks:
    """Return the coordinates of a part of a registry as `piles_of` needs them of all parts."""
    if table is None:
        nowhere = np.empty(0)
        return Stacks(np.empty(0, np.int64), nowhere, nowhere, np.empty(0, np.uint64))
    x, y, _ = _usable(_numbers(table["lon"]), _numbers(table["lat"]))
    own, spoken = _own_datum(table)
    usable = np.isfinite(x)
    _convert(x, y, np.where(spoken, own, _assumed(datum, estimate)))
    return _stacks(x, y, addresses, usable)


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
    said = table["datum"].astype("object")
    found = known_datums(said.where(said.map(lambda value: isinstance(value, str))).astype("str"))
    return found.to_numpy(object), found.notna().to_numpy(bool)


def _stacks(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    addresses: pd.Series,
    usable: NDArray[np.bool_],
) -> Stacks:
    rows = np.flatnonzero(usable)
    texts = addresses.iloc[rows].astype("object")
    street = texts.where(texts.map(lambda text: isinstance(text, str)), "").astype("str")
    street = street.str.replace(r"\s+", "", regex=True)
    street = street.str.replace(r"[0-9０-９].*$", "", regex=True)
    digest = pd.util.hash_array(street.to_numpy(dtype=object), categorize=False)
    digest[(street == "").to_numpy(dtype=bool)] = 0
    return Stacks(rows, x[rows].round(6), y[rows].round(6), digest)


def piles_of(stacks: Stacks) -> pd.MultiIndex:
    """Return the coordinates that are centroids, not buildings.

    Many rows at one coordinate with many different streets; one that hundreds share and whose
    addresses say nothing is no building either.
    """
    order = np.lexsort((stacks.y, stacks.x))
    x, y = stacks.x[order], stacks.y[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    group = np.cumsum(new) - 1
    crowded = np.bincount(group)[group] >= PILE_ROWS if len(order) else new
    frame = pd.DataFrame({"group": group[crowded], "street": stacks.street[order][crowded]})
    said = frame[frame["street"] != 0].groupby("group")["street"]
    number, streets = frame.groupby("group").size(), said.nunique()
    many = streets.reindex(number.index, fill_value=0) >= PILE_ADDRESSES
    silent = (number >= PILE_SILENT) & ~number.index.isin(streets.index)
    piled = np.flatnonzero(new)[number.index[many | silent].to_numpy(np.int64)]
    return pd.MultiIndex.from_arrays([x[piled], y[piled]])


def _among(stacks: Stacks, piles: pd.MultiIndex) -> NDArray[np.bool_]:
    if not len(piles):
        return np.zeros(len(stacks.rows), dtype=np.bool_)
    return np.asarray(pd.MultiIndex.from_arrays([stacks.x, stacks.y]).isin(piles), dtype=bool)
