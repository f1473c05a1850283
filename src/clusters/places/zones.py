"""The zones of the plan, their candidates and their frame, with footprints where any are known.

A footprint is approximate: `boundary_error_m` says by how much. Where no document says where a
zone lies, `assumed_from` in ``data/boundaries/zones.csv`` names the zone whose footprint it
borrows, and `assumed` is true wherever the zone appears. Importing an official footprint
(`import_footprints`) replaces either kind.
"""

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from clusters.errors import InputError, ShippedDataError
from clusters.places.boundaries import CRS_METRES
from clusters.places.shipped import read_table
from clusters.settings import data_path, get_settings

__all__ = ["five", "import_footprints", "replace_footprints", "zone_version", "zones"]

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


def _footprints(name: str) -> gpd.GeoDataFrame:
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


@lru_cache(maxsize=1)
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
    table = read_table(
        "boundaries",
        "zones.csv",
        required=("zone_id", "assumed_from", "prefecture_code"),
        numbers=NUMBERS,
        integers=("of_five",),
        lists=LISTS,
    )
    shapes = _footprints("zones.geojson")
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
    frame = gpd.GeoDataFrame(_borrow(joined), geometry="geometry", crs="EPSG:4326")
    if (get_settings().data / "boundaries" / OFFICIAL).exists():
        frame = replace_footprints(frame, _footprints(OFFICIAL))
    return frame


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
        A copy; replaced rows have ``geometry_basis`` "official" and are no longer ``assumed``.

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
    new = pd.DataFrame(
        {
            "geometry": given.geometry,
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


def import_footprints(source: Path) -> tuple[str, ...]:
    """Check official footprints and keep them beside the shipped data, replacing earlier imports.

    Parameters
    ----------
    source
        Any vector file GDAL reads (GeoJSON, GeoPackage, Shapefile) as `replace_footprints` wants.

    Returns
    -------
    tuple of str
        The zone ids now drawn from official footprints, sorted.

    Raises
    ------
    InputError
        If the file cannot be read or a footprint cannot be used; nothing is written then.
    """
    try:
        official = gpd.read_file(source)
    # GDAL raises its own family of errors on a damaged file.
    except Exception as error:
        msg = f"{source} cannot be read as a vector file ({error})"
        raise InputError(msg) from error
    replace_footprints(zones(), official)
    target = get_settings().data / "boundaries" / OFFICIAL
    official = official.to_crs("EPSG:4326").sort_values("zone_id", ignore_index=True)
    if target.exists():
        earlier = _footprints(OFFICIAL)
        kept = earlier[~earlier["zone_id"].isin(official["zone_id"])]
        official = pd.concat([official, kept]).sort_values("zone_id", ignore_index=True)
    unfinished = target.with_name(f".{target.name}.part")
    unfinished.write_text(official.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    os.replace(unfinished, target)  # noqa: PTH105  # atomic on every platform
    zones.cache_clear()
    return tuple(official["zone_id"])


def zone_version() -> str:
    """Return the first twelve hex digits of the SHA-256 over zones and footprints in use."""
    digest = hashlib.sha256()
    for name in ("zones.csv", "zones.geojson"):
        digest.update(data_path("boundaries", name).read_bytes())
    official = get_settings().data / "boundaries" / OFFICIAL
    if official.exists():
        digest.update(official.read_bytes())
    return digest.hexdigest()[:12]
