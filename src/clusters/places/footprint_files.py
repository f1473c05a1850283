"""Read footprints of zones from the files that planning offices send.

GeoJSON, GeoPackage, Shapefile (also zipped) and KML/KMZ, in any CRS. Which zone a feature is comes
from a column ``zone_id``, from a column with the zone's name, or from the caller. Features of one
zone are joined; heights are dropped; polygons are taken out of collections. Nothing is repaired:
a shape that crosses itself has two readings, and choosing one would move a border.

A file in longitude and latitude may carry GCJ-02 or BD-09 whatever it says of itself. The datum
is taken from the caller; else from a CRS that names one of its own; else it is estimated from the
parts of the outline that follow a county border; else it stays unknown and the doubt goes into
``boundary_error_m``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from clusters.errors import InputError
from clusters.geocode.datum import DATUMS, DISTINCT, UNSHIFTED, Datum, to_wgs84
from clusters.places.boundaries import CRS_METRES, counties
from clusters.places.coordinates import UNKNOWN_DATUM_M, DatumChoice
from clusters.places.zones import zones

__all__ = ["DatumFinding", "read_footprint_file"]

SUFFIXES: Final = (".geojson", ".json", ".gpkg", ".shp", ".zip", ".kml", ".kmz")
NAME_COLUMNS: Final = ("zone_id", "name_zh", "name", "Name", "NAME", "名称", "园区名称", "id")
SILENT_CRS: Final = ("EPSG:4326", "OGC:CRS84", "EPSG:3857")
"""What every tool writes whatever the datum is, so it says nothing of it."""
FOLLOWS_M: Final = 25.0
"""An outline this near to a county border follows it: the borders themselves are good to about
that."""
MIN_SHARED_M: Final = 2000.0
"""Length of outline that must follow county borders before they can tell a datum."""
MIN_RATIO: Final = 4.0
"""How many times more of the outline must follow borders under the best datum than the next."""


@dataclass(frozen=True)
class DatumFinding:
    """Which datum a file of footprints is in, and how that is known.

    Attributes
    ----------
    datum
        ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09``; ``unknown`` counts as WGS 84 with doubt.
    basis
        ``given`` by the caller, ``crs`` of the file, ``estimated``, or ``unknown``.
    shared_m
        Metres of outline that follow county borders under each datum, where that was measured.
    """

    datum: Datum | Literal["unknown"]
    basis: Literal["given", "crs", "estimated", "unknown"]
    shared_m: dict[str, float]


def read_footprint_file(
    source: Path,
    *,
    zone_id: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    datum: DatumChoice = "auto",
    error_m: float | None = None,
) -> tuple[gpd.GeoDataFrame, DatumFinding]:
    """Read a file of footprints.

    Parameters
    ----------
    source
        The file; its ending tells the format (`SUFFIXES`).
    zone_id
        Zone of all features, where the file does not tell.
    layer
        Layer of a file with several; all layers of a KML belong together.
    crs
        CRS of the coordinates, where the file names none or a wrong one.
    datum
        Datum of longitudes and latitudes; ``auto`` estimates it.
    error_m
        Error of the footprint in metres; else the column ``boundary_error_m``, else 0.

    Returns
    -------
    frame : GeoDataFrame
        EPSG:4326, sorted by zone: ``zone_id``, ``features`` (how many were joined),
        ``boundary_error_m`` (metres, the doubt about an unknown datum included), ``source_note``
        where the file has one; one valid polygon or multipolygon each.
    finding : DatumFinding
        About the datum.

    Raises
    ------
    InputError
        Naming file, feature and remedy: an unreadable or empty file, an unknown zone, a shape that
        is no valid polygon, a CRS that is missing or puts the zone outside Sichuan.
    """
    if datum != "auto" and datum not in DATUMS:
        raise InputError(f"unknown datum {datum!r}; use auto, {', '.join(DATUMS)}")
    raw = _read(source, layer)
    raw = _with_crs(raw, source, crs)
    ids = _zone_ids(raw, source, zone_id)
    shapes = [_polygon(shape, source, row) for row, shape in enumerate(raw.geometry)]
    drawn = gpd.GeoDataFrame({"zone_id": ids}, geometry=shapes, crs=raw.crs)
    drawn, finding = _in_wgs84(drawn, datum)
    _check_place(drawn, source)
    groups = drawn.groupby("zone_id", sort=True)
    joined = gpd.GeoDataFrame(
        {"zone_id": list(groups.groups), "features": groups.size().to_numpy()},
        geometry=[shapely.union_all(part.geometry.to_numpy()) for _, part in groups],
        crs="EPSG:4326",
    )
    joined["boundary_error_m"] = _errors(raw, drawn["zone_id"], joined["zone_id"], source, error_m)
    if finding.datum == "unknown":
        joined["boundary_error_m"] += UNKNOWN_DATUM_M
    if "source_note" in raw.columns:
        notes = pd.Series(raw["source_note"].to_numpy(object)).groupby(ids).first()
        joined["source_note"] = joined["zone_id"].map(notes).to_numpy(object)
    return joined, finding


def _read(source: Path, layer: str | None) -> gpd.GeoDataFrame:
    if not source.is_file():
        raise InputError(f"{source}: no such file; give one of {', '.join(SUFFIXES)}")
    suffix = source.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"{source}: footprints are read from {', '.join(SUFFIXES)}; save it as one of them"
        )
    try:
        layers = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
        chosen = _layers(layers, layer, source, every=suffix in {".kml", ".kmz"})
        parts = [gpd.read_file(source, layer=name) for name in chosen]
    except InputError:
        raise
    # GDAL raises its own family of errors on a damaged file.
    except Exception as error:
        msg = f"{source} cannot be read as a vector file ({error}); save or send it again"
        raise InputError(msg) from error
    some = [part for part in parts if isinstance(part, gpd.GeoDataFrame) and len(part)]
    if suffix in {".kml", ".kmz"}:
        # Outlines come with labels and pins; those are no footprints.
        some = [part[~part.geometry.geom_type.isin(["Point", "MultiPoint"])] for part in some]
        some = [part for part in some if len(part)]
    if not some:
        raise InputError(f"{source} holds no feature with a shape; export the polygons again")
    if len(some) == 1:
        return some[0].reset_index(drop=True)
    columns = sorted({name for part in some for name in part.columns} - {"geometry"})
    table = {
        name: [value for part in some for value in part.get(name, pd.Series(None, part.index))]
        for name in columns
    }
    return gpd.GeoDataFrame(
        table, geometry=[shape for part in some for shape in part.geometry], crs=some[0].crs
    )


def _layers(layers: list[str], layer: str | None, source: Path, *, every: bool) -> list[str]:
    if layer is not None:
        if layer not in layers:
            raise InputError(f"{source} has no layer {layer!r}, only {', '.join(layers)}")
        return [layer]
    if len(layers) > 1 and not every:
        raise InputError(f"{source} has the layers {', '.join(layers)}; name one with --layer")
    return layers


def _with_crs(raw: gpd.GeoDataFrame, source: Path, crs: str | None) -> gpd.GeoDataFrame:
    if crs is not None:
        try:
            return raw.set_crs(pyproj.CRS.from_user_input(crs), allow_override=True)
        except pyproj.exceptions.CRSError as error:
            msg = f"unknown coordinate reference system {crs!r}; give a code such as EPSG:4490"
            raise InputError(msg) from error
    if raw.crs is None:
        msg = (
            f"{source} names no coordinate reference system (a Shapefile needs its .prj); "
            "give it with --crs, for example --crs EPSG:4490"
        )
        raise InputError(msg)
    return raw


def _zone_ids(raw: gpd.GeoDataFrame, source: Path, zone_id: str | None) -> NDArray[np.object_]:
    known = zones()
    if zone_id is not None:
        if zone_id not in set(known["zone_id"]):
            raise InputError(f"unknown zone {zone_id!r}; see: clusters zones list")
        return np.full(len(raw), zone_id, dtype=object)
    names = _names(known)
    columns = [name for name in NAME_COLUMNS if name in raw.columns]
    if not columns:
        msg = (
            f"{source} needs a column zone_id (or the zone's name in one of "
            f"{', '.join(NAME_COLUMNS[1:])}); for a file about one zone give --zone ID"
        )
        raise InputError(msg)
    # What the column made for it says is never overruled by a name.
    best = ["zone_id"] if "zone_id" in columns and raw["zone_id"].notna().all() else columns
    result = np.full(len(raw), None, dtype=object)
    for row in range(len(raw)):
        said = [raw[name].iloc[row] for name in best]
        words = [word.strip() for word in said if isinstance(word, str) and word.strip()]
        found = {names[word] for word in words if word in names}
        if len(found) != 1:
            shown = ", ".join(map(repr, words)) or "nothing"
            what = "names several zones" if found else "names no zone"
            msg = (
                f"{source}, feature {row + 1}: {shown} {what}; write its id into a column "
                "zone_id (see: clusters zones list), or give --zone ID"
            )
            raise InputError(msg)
        result[row] = found.pop()
    return result


def _names(known: gpd.GeoDataFrame) -> dict[str, str]:
    """Return ids and unmistakable names of zones with the zone each stands for."""
    names: dict[str, set[str]] = {}
    for column in ("zone_id", "name_zh", "name_en", "short_zh", "short_en"):
        for name, identity in zip(known[column], known["zone_id"], strict=True):
            if isinstance(name, str):
                names.setdefault(name, set()).add(identity)
    return {name: next(iter(ids)) for name, ids in names.items() if len(ids) == 1}


def _polygon(shape: shapely.Geometry | None, source: Path, row: int) -> shapely.Geometry:
    where = f"{source}, feature {row + 1}"
    if shape is None or shape.is_empty:
        raise InputError(f"{where} has no shape; draw it or delete the feature")
    flat = shapely.force_2d(shape)
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        raise InputError(f"{where} has a vertex without a place; draw it again")
    parts = shapely.get_parts(flat, return_index=False)
    if flat.geom_type == "GeometryCollection":
        parts = np.concatenate([shapely.get_parts(part) for part in parts])
    if any(part.geom_type != "Polygon" for part in parts):
        kinds = ", ".join(sorted({part.geom_type for part in parts} - {"Polygon"}))
        raise InputError(
            f"{where} holds {kinds}: a footprint must be a valid polygon; close the outline"
        )
    whole = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    if not shapely.is_valid(whole):
        raise InputError(
            f"{where} is no valid polygon ({shapely.is_valid_reason(whole)}); repair the outline"
        )
    return whole


def _in_wgs84(drawn: gpd.GeoDataFrame, datum: DatumChoice) -> tuple[gpd.GeoDataFrame, DatumFinding]:
    """Bring shapes to WGS 84 and say how their datum is known."""
    silent = any(drawn.crs == pyproj.CRS.from_user_input(code) for code in SILENT_CRS)
    here = drawn.to_crs("EPSG:4326")
    if datum != "auto":
        return _moved(here, datum), DatumFinding(datum, "given", {})
    if not silent:
        return here, DatumFinding("cgcs2000", "crs", {})
    finding = _estimate(here)
    if finding.datum == "unknown":
        return here, finding
    return _moved(here, finding.datum), finding


def _moved(drawn: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoDataFrame:
    if datum in UNSHIFTED:
        return drawn

    def convert(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_wgs84(points[:, 0], points[:, 1], datum))

    return drawn.set_geometry(
        gpd.GeoSeries(shapely.transform(drawn.geometry.to_numpy(), convert), crs="EPSG:4326")
    )


def _estimate(drawn: gpd.GeoDataFrame) -> DatumFinding:
    """Estimate the datum from the parts of the outline that follow a county border."""
    borders = counties().geometry.boundary
    shared: dict[str, float] = {}
    for datum in DISTINCT:
        whole = shapely.union_all(_moved(drawn, datum).geometry.to_numpy())
        near = borders.iloc[borders.sindex.query(whole, predicate="intersects")]
        lines = gpd.GeoSeries([shapely.boundary(whole), *near], crs="EPSG:4326").to_crs(CRS_METRES)
        strip = shapely.buffer(shapely.union_all(lines.to_numpy()[1:]), FOLLOWS_M)
        shared[datum] = float(shapely.intersection(lines.iloc[0], strip).length)
    order = sorted(DISTINCT, key=lambda name: -shared[name])
    first, second = shared[order[0]], shared[order[1]]
    if first >= MIN_SHARED_M and first >= MIN_RATIO * second:
        return DatumFinding(order[0], "estimated", shared)
    return DatumFinding("unknown", "unknown", shared)


def _check_place(drawn: gpd.GeoDataFrame, source: Path) -> None:
    """Refuse shapes outside Sichuan, and say what is likely wrong with their coordinates."""
    west, south, east, north = counties().total_bounds
    for row, shape in enumerate(drawn.geometry):
        box = np.array(shape.bounds)
        inside = box[0] >= west and box[1] >= south and box[2] <= east and box[3] <= north
        if inside and np.isfinite(box).all():
            continue
        swapped = west <= box[1] and box[3] <= east and south <= box[0] and box[2] <= north
        remedy = (
            "longitude and latitude are exchanged; write longitude first"
            if swapped
            else "check the coordinate reference system, or give it with --crs"
        )
        shown = ", ".join(f"{value:.4f}" for value in box)
        raise InputError(
            f"{source}, feature {row + 1} lies outside Sichuan (bounds {shown}): {remedy}"
        )


def _errors(
    raw: gpd.GeoDataFrame,
    ids: pd.Series,
    wanted: pd.Series,
    source: Path,
    error_m: float | None,
) -> NDArray[np.float64]:
    if error_m is not None:
        if not 0 <= error_m < 1e5:
            raise InputError(f"error of the footprint {error_m}: give metres from 0 to 100000")
        return np.full(len(wanted), float(error_m))
    if "boundary_error_m" not in raw.columns:
        return np.zeros(len(wanted))
    errors = pd.to_numeric(raw["boundary_error_m"], errors="coerce")
    bad = raw["boundary_error_m"].notna() & ~errors.between(0, 1e5)
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(
            f"{source}, feature {row + 1}, boundary_error_m: "
            f"{raw['boundary_error_m'].iloc[row]!r} is no number of metres from 0 to 100000"
        )
    worst = errors.fillna(0.0).groupby(ids.to_numpy()).max()
    return wanted.map(worst).to_numpy(np.float64)
