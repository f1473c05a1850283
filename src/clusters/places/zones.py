"""The zones of the plan, their candidates and their frame, with footprints where any are known.

A footprint is approximate: `boundary_error_m` says by how much. Where no document says where a
zone lies, `assumed_from` in ``data/boundaries/zones.csv`` names the zone whose footprint it
borrows, and `assumed` is true wherever the zone appears. Importing an official footprint
(`footprints.import_footprints`) replaces either kind.

What is read is kept for the process and read again when a file changes, so a running app follows an
import made beside it.
"""

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import geopandas as gpd
import pandas as pd
import shapely

from clusters.errors import InputError, ShippedDataError
from clusters.places.boundaries import CRS_METRES, counties
from clusters.places.shipped import read_table
from clusters.settings import data_path, get_settings

__all__ = [
    "OFFICIAL",
    "counties_of",
    "five",
    "follows_zones",
    "official_path",
    "read_footprints",
    "replace_footprints",
    "shipped_zones",
    "zone_version",
    "zones",
]

P = ParamSpec("P")
R = TypeVar("R")

LISTS: Final = (
    "within",
    "county_codes",
    "functional_codes",
    "subdistricts",
    "subdistrict_confidence",
    "subdistrict_extent",
    "aliases",
    "industries_zh",
    "industries_en",
)
NUMBERS: Final = ("area_km2", "centre_lon", "centre_lat", "uncertainty_km")
FOOTPRINT: Final = ("geometry_basis", "boundary_error_m", "area_km2_drawn", "source_note")
BORROWED: Final = (
    "prefecture_code",
    "county_codes",
    "centre_lon",
    "centre_lat",
    "uncertainty_km",
    "boundary_error_m",
    "area_km2_drawn",
    "geometry",
)
"""What a zone without a known place takes from the zone it is assumed to share a footprint with."""
OFFICIAL: Final = "zones.official.geojson"
"""Imported footprints, kept beside the shipped ones; absent until someone imports."""


def official_path() -> Path:
    """Return where imported footprints are kept."""
    return get_settings().data / "boundaries" / OFFICIAL


@lru_cache(maxsize=8)
def _files(data: Path) -> tuple[str, ...]:
    return tuple(
        str(data / "boundaries" / name) for name in ("zones.csv", "zones.geojson", OFFICIAL)
    )


def _stamp() -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of zones does: path, time and size of each."""
    stamps = []
    for name in _files(get_settings().data):
        try:
            state = os.stat(name)  # noqa: PTH116 - called for every look-up; a Path costs more
        except OSError:
            stamps.append((name, 0, 0))
        else:
            stamps.append((name, state.st_mtime_ns, state.st_size))
    return tuple(stamps)


def follows_zones(build: Callable[P, R]) -> Callable[P, R]:
    """Keep results of a function of hashable arguments until a file of zones changes."""

    @lru_cache(maxsize=512)
    def kept(_stamp: object, *args: P.args, **kwargs: P.kwargs) -> R:
        return build(*args, **kwargs)

    @wraps(build)
    def follow(*args: P.args, **kwargs: P.kwargs) -> R:
        return kept(_stamp(), *args, **kwargs)  # type: ignore[arg-type]  # callers pass hashables

    return follow


def read_footprints(name: str) -> gpd.GeoDataFrame:
    """Read one of the two files of footprints in ``data/boundaries``.

    Raises
    ------
    ShippedDataError
        If it is missing, damaged, or has not one feature per zone.
    """
    path = data_path("boundaries", name)
    try:
        frame = gpd.read_file(path)
    # GDAL raises its own family of errors on a damaged file.
    except Exception as error:
        msg = f"data/boundaries/{name} cannot be read ({error}); reinstall, or remove the import"
        raise ShippedDataError(msg) from error
    if "zone_id" not in frame.columns or frame["zone_id"].duplicated().any():
        msg = f"data/boundaries/{name} needs one feature per zone_id; reinstall, or import again"
        raise ShippedDataError(msg)
    return frame


def _borrow(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each zone without a place the footprint of the zone it is assumed to lie in."""
    assumed = frame["assumed_from"].notna() & frame["geometry"].isna()
    with_footprint = frame[frame["geometry"].notna()].set_index("zone_id")
    unknown = assumed & ~frame["assumed_from"].isin(with_footprint.index)
    if unknown.any():
        row = int(unknown.to_numpy().argmax())
        msg = (
            f"data/boundaries/zones.csv row {row + 2}, column assumed_from: "
            f"{frame['assumed_from'].iloc[row]!r} is not a zone with a footprint; "
            "name one, or leave the cell empty"
        )
        raise ShippedDataError(msg)
    for column in BORROWED:
        lent = with_footprint[column]
        frame[column] = [
            lent[lender] if borrows else own
            for own, lender, borrows in zip(
                frame[column], frame["assumed_from"], assumed, strict=True
            )
        ]
    frame["geometry_basis"] = frame["geometry_basis"].mask(assumed, "assumed")
    return frame.assign(assumed=assumed)


@follows_zones
def zones() -> gpd.GeoDataFrame:
    """Return all zones: the five in order, then candidates, then context.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, geometry null where none is known. Every column of
        ``data/boundaries/zones.csv`` (`LISTS` as lists, `NUMBERS` as float64, ``of_five`` Int64)
        and, from the footprint, ``geometry_basis`` (derived, digitised, buffer, assumed,
        official), ``boundary_error_m``, ``area_km2_drawn``, ``source_note``; ``assumed`` (bool).
        Cached: do not modify it.

    Raises
    ------
    ShippedDataError
        If a file is missing, damaged, or names an unknown zone.
    """
    frame = shipped_zones()
    if not official_path().exists():
        return frame
    try:
        return replace_footprints(frame, read_footprints(OFFICIAL))
    except InputError as error:
        msg = f"data/boundaries/{OFFICIAL}: {error}; remove it with: clusters zones reset --all"
        raise ShippedDataError(msg) from error


@follows_zones
def shipped_zones() -> gpd.GeoDataFrame:
    """Return the zones as shipped, without imported footprints; columns and errors as `zones`."""
    table = read_table(
        "boundaries",
        "zones.csv",
        required=("zone_id", "assumed_from", "prefecture_code"),
        numbers=NUMBERS,
        integers=("of_five",),
        lists=LISTS,
    )
    shapes = read_footprints("zones.geojson")
    unknown = set(shapes["zone_id"]) - set(table["zone_id"])
    if unknown:
        msg = f"data/boundaries/zones.geojson has zones not in zones.csv: {sorted(unknown)}"
        raise ShippedDataError(msg)
    joined = table.merge(
        pd.DataFrame(shapes)[["zone_id", *FOOTPRINT, "geometry"]],
        on="zone_id",
        how="left",
        validate="one_to_one",
    )
    joined["boundary_error_m"] = joined["boundary_error_m"].astype("float64")
    joined["geometry"] = joined["geometry"].astype("object").where(joined["geometry"].notna(), None)
    return gpd.GeoDataFrame(_borrow(joined), geometry="geometry", crs="EPSG:4326")


def five() -> gpd.GeoDataFrame:
    """Return the five agglomeration zones of the plan in order; same columns as `zones`.

    The plan names three; the other two are inferred (``basis_as_one_of_five``).
    """
    frame = zones()
    return frame[frame["of_five"].notna()].sort_values("of_five", ignore_index=True)


def replace_footprints(frame: gpd.GeoDataFrame, official: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return zones with official footprints in place of the approximate ones.

    Parameters
    ----------
    frame
        Zones as `zones` returns them.
    official
        Polygons in any CRS with a column ``zone_id``; optional ``boundary_error_m`` (metres,
        taken as 0 where absent) and ``source_note``.

    Returns
    -------
    GeoDataFrame
        A copy; replaced rows have ``geometry_basis`` "official", are no longer ``assumed``, and
        take prefecture, counties and centre from the footprint.

    Raises
    ------
    InputError
        If `official` has no CRS, no ``zone_id``, an unknown or repeated zone, or a shape that is
        not a valid polygon.
    """
    if "zone_id" not in official.columns or official.crs is None:
        msg = "official footprints need a column zone_id and a coordinate reference system"
        raise InputError(msg)
    given = official.to_crs(frame.crs).set_index("zone_id")
    known = set(frame["zone_id"])
    for zone_id, shape in given.geometry.items():
        polygonal = shape is not None and shape.geom_type in {"Polygon", "MultiPolygon"}
        if zone_id not in known or not polygonal or not shapely.is_valid(shape):
            msg = (
                f"footprint of zone_id {zone_id!r}: it must be one valid polygon of a zone in "
                "data/boundaries/zones.csv; correct the id or repair the shape"
            )
            raise InputError(msg)
    if given.index.duplicated().any():
        msg = f"zone_id {given.index[given.index.duplicated()][0]!r} occurs twice; keep one"
        raise InputError(msg)
    covered = [tuple(counties_of(shape)) for shape in given.geometry]
    if not all(covered):
        zone_id = given.index[[not codes for codes in covered]][0]
        msg = f"footprint of zone_id {zone_id!r} lies outside Sichuan; check its CRS and axis order"
        raise InputError(msg)
    inner = given.geometry.representative_point()
    new = pd.DataFrame(
        {
            "geometry": given.geometry,
            "prefecture_code": [f"{codes[0][:4]}00" for codes in covered],
            "county_codes": [list(codes) for codes in covered],
            "centre_lon": inner.x.round(6),
            "centre_lat": inner.y.round(6),
            "uncertainty_km": 0.0,
            "geometry_basis": "official",
            "boundary_error_m": 0.0,
            "area_km2_drawn": (given.to_crs(CRS_METRES).area / 1e6).round(2),
            "source_note": "imported official footprint",
            "assumed": False,
        }
    )
    for column in ("boundary_error_m", "source_note"):
        if column in given:
            new[column] = given[column].fillna(new[column])
    hit = frame["zone_id"].isin(new.index)
    result = frame.copy()
    for column in new.columns:
        result.loc[hit, column] = frame.loc[hit, "zone_id"].map(new[column])
    return result


def counties_of(shape: shapely.Geometry) -> dict[str, float]:
    """Return the counties that hold at least a hundredth of an area, largest share first.

    Parameters
    ----------
    shape
        Polygon in WGS 84 degrees.

    Returns
    -------
    dict
        Share of the area of each county code, 0 to 1.
    """
    near = counties().iloc[counties().sindex.query(shape, predicate="intersects")]
    parts = gpd.GeoSeries([shape, *near.geometry.intersection(shape)], crs="EPSG:4326")
    area = parts.to_crs(CRS_METRES).area.to_numpy()
    shares = zip(near["code"], area[1:] / area[0], strict=True)
    return dict(sorted(((c, float(s)) for c, s in shares if s >= 0.01), key=lambda one: -one[1]))


def zone_version() -> str:
    """Return the version of the zones in use, for manifests and provenance.

    Twelve hex digits of the SHA-256 over zones and footprints, and how many footprints are
    imported: ``90def1af21ad``, ``97f13f06f111 (1 official)``.
    """
    digest = hashlib.sha256()
    for name in ("zones.csv", "zones.geojson"):
        digest.update(data_path("boundaries", name).read_bytes())
    version = digest.hexdigest()[:12]
    if not official_path().exists():
        return version
    digest.update(official_path().read_bytes())
    return f"{digest.hexdigest()[:12]} ({len(read_footprints(OFFICIAL))} official)"
