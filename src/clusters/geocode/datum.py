"""Datums of Chinese coordinates: WGS 84, CGCS2000, GCJ-02 and BD-09.

GCJ-02 is an undisclosed obfuscation of WGS 84 known from its public re-implementations: a smooth
shift of 300 to 600 m in Sichuan. BD-09 adds a rotation and stretch of about another kilometre.
Both are easy forwards; backwards they are solved by fixed-point iteration, which converges
because the shift changes by less than 1 m over 100 m: within `_ROUNDS` rounds the round trip is far
below one millimetre. CGCS2000 and WGS 84 differ by centimetres to metres and are treated as one.

Outside mainland China GCJ-02 is the identity; nothing in Sichuan is near that edge.

References
----------
The constants (semi-major axis and eccentricity of Krasovsky 1940) and series are those of the
widely published reconstruction of the GCJ-02 transformation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clusters.errors import InputError
from clusters.registry.schema import DATUMS, Datum

__all__ = [
    "DATUMS",
    "DISTINCT",
    "SICHUAN",
    "UNSHIFTED",
    "Datum",
    "DatumEstimate",
    "DatumVotes",
    "datum_votes",
    "decide_datum",
    "estimate_datum",
    "from_wgs84",
    "to_wgs84",
]

_AXIS: Final = 6378245.0
_ECCENTRICITY: Final = 0.00669342162296594323
_BAIDU: Final = np.pi * 3000.0 / 180.0
_ROUNDS: Final = 12
# Degrees: about a thousandth of a millimetre.
_TOLERANCE: Final = 1e-11

SICHUAN: Final = (97.0, 26.0, 109.0, 34.5)
"""West, south, east, north in degrees: everything in the province, with room for any datum."""

UNSHIFTED: Final = frozenset({"wgs84", "cgcs2000"})
"""Datums treated as one: what is given in them is converted by leaving it as it is."""

Distinct = Literal["wgs84", "gcj02", "bd09"]
DISTINCT: Final[tuple[Distinct, ...]] = get_args(Distinct)
"""Datums that places tell apart, one for all the unshifted."""

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def _arrays(lon: ArrayLike, lat: ArrayLike) -> Pair:
    try:
        x = np.asarray(lon, dtype=np.float64)
        y = np.asarray(lat, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"lon and lat must be numbers, in degrees ({error})") from error
    if x.shape != y.shape:
        msg = f"lon has shape {x.shape} and lat {y.shape}; give one latitude per longitude"
        raise InputError(msg)
    return x, y


def _shift(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY * np.sin(radians) ** 2
    meridian = _AXIS * (1.0 - _ECCENTRICITY) / (magic * np.sqrt(magic))
    parallel = _AXIS / np.sqrt(magic) * np.cos(radians)
    return np.degrees(east / parallel), np.degrees(north / meridian)


def _wgs84_to_gcj02(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    east, north = _shift(lon, lat)
    return lon + east, lat + north


def _gcj02_to_bd09(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _solve(
    forward: Callable[[NDArray[np.float64], NDArray[np.float64]], Pair],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> Pair:
    x, y = lon.copy(), lat.copy()
    for _ in range(_ROUNDS):
        there_x, there_y = forward(x, y)
        step_x, step_y = lon - there_x, lat - there_y
        x += step_x
        y += step_y
        if not np.any(np.abs(step_x) > _TOLERANCE) and not np.any(np.abs(step_y) > _TOLERANCE):
            break
    return x, y


@np.errstate(over="ignore", invalid="ignore")  # no degrees: infinite, or squares overflow
def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> Pair:
    """Convert coordinates of a datum to WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees, same shape; NaN stays NaN, and what is no degrees (infinite, 1e308) becomes it.
    datum
        Datum of the input.

    Returns
    -------
    lon, lat : ndarray of float64
        WGS 84 degrees (EPSG:4326, longitude first), within 1 mm of the exact inverse.

    Raises
    ------
    InputError
        If the datum is unknown, the shapes differ or a coordinate is no number.
    """
    x, y = _arrays(lon, lat)
    _check(datum)
    if datum in UNSHIFTED:
        return x.copy(), y.copy()
    if datum == "bd09":
        x, y = _solve(_gcj02_to_bd09, x, y)
    return _solve(_wgs84_to_gcj02, x, y)


@np.errstate(over="ignore", invalid="ignore")
def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> Pair:
    """Convert WGS 84 coordinates to a datum; arguments and errors as in `to_wgs84`."""
    x, y = _arrays(lon, lat)
    _check(datum)
    if datum in UNSHIFTED:
        return x.copy(), y.copy()
    x, y = _wgs84_to_gcj02(x, y)
    return _gcj02_to_bd09(x, y) if datum == "bd09" else (x, y)


def _check(datum: str) -> None:
    if datum not in DATUMS:
        msg = f"unknown datum {datum!r}; use one of {', '.join(DATUMS)}"
        raise InputError(msg)


@dataclass(frozen=True)
class DatumEstimate:
    """Which datum a registry uses, and how sure that is.

    Attributes
    ----------
    datum
        ``wgs84``, ``gcj02`` or ``bd09``; ``unknown`` where the evidence is weak.
    best
        The datum with the most points inside the county their address names, also where the
        evidence is too weak to act on it.
    rows
        Rows with both a county in the address and a usable coordinate.
    agreement
        For each datum the share of these rows inside the county they name.
    odds
        Odds of the best datum against the second.
    """

    datum: Distinct | Literal["unknown"]
    best: Distinct
    rows: int
    agreement: dict[str, float]
    odds: float


MIN_ROWS: Final = 30
MIN_ODDS: Final = 100.0
# A row that falls into its county under one datum only speaks for it. Misplaced points and wrong
# addresses make such rows speak for the wrong datum, too: about one in four near a border.
_RIGHT: Final = 0.75


def estimate_datum(
    lon: ArrayLike,
    lat: ArrayLike,
    county: ArrayLike,
    county_of: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray],
) -> DatumEstimate:
    """Estimate the datum from rows that name their county.

    Parameters
    ----------
    lon, lat
        Coordinates as given, degrees, (n,); NaN and points far from Sichuan are left out.
    county
        County each address names, in the codes `county_of` returns; missing values left out.
    county_of
        Function from WGS 84 longitudes and latitudes to county codes.

    Returns
    -------
    DatumEstimate
        ``unknown`` below `MIN_ROWS` rows or `MIN_ODDS` odds.

    Notes
    -----
    Only rows whose county changes between two datums tell them apart. With b such rows for the
    best datum and c for the second, the odds are (q / (1 - q)) ** (b - c), q = 0.75.
    """
    return decide_datum(datum_votes(lon, lat, county, county_of))


@dataclass(frozen=True)
class DatumVotes:
    """What rows that name their county say of the datum; parts add up to the whole.

    Attributes
    ----------
    rows
        Rows with a county in the address and a usable coordinate.
    hits
        (3,) rows inside their county under WGS 84, GCJ-02, BD-09.
    only
        (3, 3) rows inside their county under the first and not under the second.
    """

    rows: int
    hits: NDArray[np.int64]
    only: NDArray[np.int64]

    def __add__(self, other: "DatumVotes") -> "DatumVotes":
        """Return the votes of two parts."""
        return DatumVotes(self.rows + other.rows, self.hits + other.hits, self.only + other.only)


def datum_votes(
    lon: ArrayLike,
    lat: ArrayLike,
    county: ArrayLike,
    county_of: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray],
) -> DatumVotes:
    """Count what rows say of the datum; arguments as of `estimate_datum`."""
    x, y = _arrays(lon, lat)
    named = np.asarray(county, dtype=object)
    west, south, east, north = SICHUAN
    some = np.array([isinstance(code, str) and code != "" for code in named], dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        usable = some & (x > west) & (x < east) & (y > south) & (y < north)
    x, y, named = x[usable], y[usable], named[usable]
    inside = np.array(
        [
            np.asarray(county_of(*to_wgs84(x, y, datum)), dtype=object) == named
            for datum in DISTINCT
        ],
        dtype=np.bool_,
    ).reshape(3, len(x))
    only = np.array([[(one & ~other).sum() for other in inside] for one in inside])
    return DatumVotes(len(x), inside.sum(axis=1), only)


def decide_datum(votes: DatumVotes) -> DatumEstimate:
    """Return which datum the votes speak for."""
    hits, number = votes.hits, votes.rows
    order = np.argsort(-hits, kind="stable")
    first, second = int(order[0]), int(order[1])
    lead = int(votes.only[first, second] - votes.only[second, first])
    odds = float(min((_RIGHT / (1 - _RIGHT)) ** min(lead, 500), 1e12))
    agreement: dict[str, float] = {
        datum: float(hit / number) if number else float("nan")
        for datum, hit in zip(DISTINCT, hits, strict=True)
    }
    enough = number >= MIN_ROWS and odds >= MIN_ODDS
    return DatumEstimate(
        DISTINCT[first] if enough else "unknown",
        DISTINCT[first],
        number,
        agreement,
        odds,
    )
