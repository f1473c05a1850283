"""Counties and prefectures of Sichuan: exact for computing, light for drawing.

Two editions ship. The *precise* one decides in which county a point lies; the *display* one is
what maps draw. Both are coverages: neighbours share their borders vertex by vertex, so there are
no gaps, no overlaps, and contiguity follows from shared vertices without any tolerance. They
disagree by some hundred metres along borders, which is why nothing is ever assigned with the
display edition.

Storage is EPSG:4326 (longitude, latitude); distances and areas are taken in `CRS_METRES`.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeVar, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from clusters.errors import ShippedDataError
from clusters.settings import data_path

if TYPE_CHECKING:
    from libpysal.weights import W

__all__ = [
    "CRS_METRES",
    "CRS_STORED",
    "boundary_version",
    "contiguity",
    "counties",
    "display",
    "prefectures",
    "to_degrees",
    "to_metres",
]

Level = Literal["county", "prefecture"]
Geo = TypeVar("Geo", gpd.GeoDataFrame, gpd.GeoSeries)

CRS_STORED: Final = pyproj.CRS.from_epsg(4326)
"""How positions are stored: WGS 84, longitude first. Made once, for what PROJ tells of a system by
name depends on what a process transformed before, and tables must have the same bytes."""

CRS_METRES: Final = pyproj.CRS.from_proj4(
    "+proj=aea +lat_1=27 +lat_2=33.5 +lat_0=30 +lon_0=103 +ellps=GRS80 +units=m +no_defs +type=crs"
)
"""Albers equal area fitted to Sichuan on GRS 80, the ellipsoid of CGCS2000; easting, northing in m.

Areas are exact; lengths inside the province are off by less than 0.3 %.
"""

FILES: Final = (
    "counties.parquet",
    "prefectures.parquet",
    "counties.display.geojson",
    "prefectures.display.geojson",
)
"""The built files of ``data/boundaries``, in the order `boundary_version` reads them."""

COLUMNS: Final = (
    "code",
    "name_zh",
    "name_en",
    "prefecture_code",
    "prefecture_zh",
    "area_km2",
    "label_lon",
    "label_lat",
)
"""Attributes every edition and level carries beside its geometry."""


def _checked(frame: gpd.GeoDataFrame, name: str, expected: int) -> gpd.GeoDataFrame:
    """Return the columns in fixed order, sorted by code, or say what the file lacks."""
    missing = [column for column in COLUMNS if column not in frame.columns]
    remedy = "run `clusters boundaries build`, or reinstall"
    if missing:
        msg = f"data/boundaries/{name} has no column {', '.join(missing)}; {remedy}"
        raise ShippedDataError(msg)
    if len(frame) != expected or frame["code"].duplicated().any():
        msg = (
            f"data/boundaries/{name} holds {frame['code'].nunique()} different codes in "
            f"{len(frame)} rows, not {expected} of each; {remedy}"
        )
        raise ShippedDataError(msg)
    return frame[[*COLUMNS, "geometry"]].sort_values("code", ignore_index=True)


def _read(name: str, expected: int) -> gpd.GeoDataFrame:
    path = data_path("boundaries", name)
    try:
        frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    # Parquet, Arrow and GDAL each raise their own family of errors on a damaged file.
    except Exception as error:
        msg = (
            f"data/boundaries/{name} cannot be read ({error}); "
            "run `clusters boundaries build`, or reinstall"
        )
        raise ShippedDataError(msg) from error
    for column in ("code", "prefecture_code"):
        if column in frame.columns:
            frame[column] = frame[column].astype("str")
    return _checked(frame, name, expected)


@lru_cache(maxsize=1)
def counties() -> gpd.GeoDataFrame:
    """Return the 183 counties with their precise borders, sorted by code.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, RangeIndex; ``code``, ``name_zh``, ``name_en``, ``prefecture_code``,
        ``prefecture_zh`` (str), ``area_km2`` (on `CRS_METRES`), ``label_lon``, ``label_lat``
        (degrees, a point well inside), ``geometry``. Cached: do not modify it.

    Raises
    ------
    ShippedDataError
        If the file is missing or damaged.
    """
    return _read("counties.parquet", 183)


@lru_cache(maxsize=1)
def prefectures() -> gpd.GeoDataFrame:
    """Return the 21 prefectures, each the exact union of its `counties`; same columns."""
    return _read("prefectures.parquet", 21)


@lru_cache(maxsize=2)
def display(level: Level) -> gpd.GeoDataFrame:
    """Return the light edition for maps: same codes and columns as the precise one.

    Parameters
    ----------
    level
        ``"county"`` (183 rows) or ``"prefecture"`` (21 rows, unions of the display counties).

    Returns
    -------
    GeoDataFrame
        EPSG:4326; ``area_km2`` and the label point are those of the precise edition.

    Raises
    ------
    ShippedDataError
        If the file is missing or damaged.
    ValueError
        If `level` is neither of the two.
    """
    if level == "county":
        return _read("counties.display.geojson", 183)
    if level == "prefecture":
        return _read("prefectures.display.geojson", 21)
    msg = f"level must be 'county' or 'prefecture', got {level!r}"
    raise ValueError(msg)


def _touching_pairs(frame: gpd.GeoDataFrame) -> set[tuple[str, str]]:
    """Return pairs of codes (both orders) whose polygons share at least one vertex."""
    coordinates, owner = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    # The edition stores millionths of a degree, so shared vertices are equal as integers.
    vertices = pd.DataFrame(np.rint(coordinates * 1e6).astype(np.int64), columns=["x", "y"])
    vertices["code"] = frame["code"].to_numpy()[owner]
    vertices = vertices.drop_duplicates()
    shared = vertices[vertices.duplicated(["x", "y"], keep=False)]
    pairs = shared.merge(shared, on=["x", "y"])
    pairs = pairs.loc[pairs["code_x"] != pairs["code_y"], ["code_x", "code_y"]]
    return set(pairs.drop_duplicates().itertuples(index=False, name=None))


def _weights(codes: Iterable[str], pairs: set[tuple[str, str]]) -> "W":
    from libpysal.weights import W  # noqa: PLC0415  # 3 s to import; only contiguity needs it

    order = sorted(codes)
    neighbours: dict[str, list[str]] = {code: [] for code in order}
    for one, other in sorted(pairs):
        neighbours[one].append(other)
    return W(neighbours, id_order=order, silence_warnings=True)


@lru_cache(maxsize=2)
def contiguity(level: Level) -> "W":
    """Return queen contiguity (a shared border or corner) as libpysal weights.

    Parameters
    ----------
    level
        ``"county"`` or ``"prefecture"``.

    Returns
    -------
    libpysal.weights.W
        Binary, symmetric, keyed and ordered by code. Cached: transform a copy.

    Raises
    ------
    ValueError
        If `level` is neither of the two.

    Notes
    -----
    Taken from the precise counties; prefectures touch where any two of their counties do.
    """
    if level not in {"county", "prefecture"}:
        msg = f"level must be 'county' or 'prefecture', got {level!r}"
        raise ValueError(msg)
    frame = counties()
    pairs = _touching_pairs(frame)
    if level == "county":
        return _weights(frame["code"], pairs)
    prefecture = frame.set_index("code")["prefecture_code"].to_dict()
    merged = {(prefecture[one], prefecture[other]) for one, other in pairs}
    return _weights(set(prefecture.values()), {pair for pair in merged if pair[0] != pair[1]})


@lru_cache(maxsize=1)
def _transformer() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", CRS_METRES, always_xy=True)


@overload
def to_metres(lon: Geo) -> Geo: ...


@overload
def to_metres(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]: ...


def to_metres(
    lon: ArrayLike | gpd.GeoDataFrame | gpd.GeoSeries, lat: ArrayLike | None = None
) -> NDArray[np.float64] | gpd.GeoDataFrame | gpd.GeoSeries:
    """Project geometries, or longitude and latitude, to `CRS_METRES`.

    Parameters
    ----------
    lon
        A GeoDataFrame or GeoSeries with a CRS; or longitudes in WGS 84 degrees, shape (n,).
    lat
        Latitudes in degrees, shape (n,); only with longitudes.

    Returns
    -------
    GeoDataFrame, GeoSeries or array
        The same kind as given; for coordinates an array (n, 2) of easting, northing in metres,
        NaN where either input is NaN.

    Raises
    ------
    TypeError
        If longitudes come without latitudes.
    """
    if isinstance(lon, gpd.GeoDataFrame | gpd.GeoSeries):
        return lon.to_crs(CRS_METRES)
    if lat is None:
        msg = "to_metres takes a GeoDataFrame, a GeoSeries, or longitudes and latitudes"
        raise TypeError(msg)
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    metres = np.column_stack(_transformer().transform(x, y))
    # PROJ answers infinity where it cannot project; missing in means missing out.
    metres[~np.isfinite(metres).all(axis=1)] = np.nan
    return metres


def to_degrees(metres: ArrayLike) -> NDArray[np.float64]:
    """Return longitude and latitude (WGS 84 degrees) of positions in `CRS_METRES`, (n, 2)."""
    x, y = np.asarray(metres, dtype=np.float64).reshape(-1, 2).T
    return np.column_stack(_transformer().transform(x, y, direction="INVERSE"))


@lru_cache(maxsize=1)
def boundary_version() -> str:
    """Return the first twelve hex digits of the SHA-256 over the four built files."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(data_path("boundaries", name).read_bytes())
    return digest.hexdigest()[:12]
