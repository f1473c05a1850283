"""Import official footprints of zones, say what that changes, and take it back.

Imported footprints are one GeoJSON file beside the shipped data; the shipped ones are never
touched, so every import can be undone. The file is written under another name and renamed, and
nothing is written unless every feature of the source can be used.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.atomic import replacing
from clusters.errors import InputError, ShippedDataError, WorkspaceError
from clusters.places.assign import within_footprint
from clusters.places.boundaries import CRS_METRES, to_metres
from clusters.places.coordinates import DatumChoice
from clusters.places.footprint_files import DatumFinding, read_footprint_file
from clusters.places.zones import (
    OFFICIAL,
    counties_of,
    official_path,
    read_footprints,
    replace_footprints,
    shipped_zones,
    zone_version,
    zones,
)

__all__ = ["FootprintChange", "ImportReport", "import_footprints", "reset_footprints"]


@dataclass(frozen=True)
class FirmChange:
    """How located firms stand to a footprint before and after; only firms with a point count.

    Attributes
    ----------
    points
        Firms with a point of their own.
    inside_before, inside_after
        Certainly inside by the footprint.
    entered, left
        Firms that are members (by text or footprint) after but not before, and the reverse.
    """

    points: int
    inside_before: int
    inside_after: int
    entered: int
    left: int


@dataclass(frozen=True)
class FootprintChange:
    """What replacing one footprint changes.

    Attributes
    ----------
    zone_id, name_zh, name_en
        The zone.
    features
        Features of the file that were joined.
    basis_before
        ``geometry_basis`` before; None where no footprint was known.
    area_km2_before, area_km2_after
        Square kilometres; NaN where there was none.
    shift_m
        Distance between the centroids, metres; NaN where there was none.
    overlap
        Share of the smaller of the two areas that both cover, 0 to 1.
    iou
        Area covered by both over area covered by either, 0 to 1.
    counties_before, counties_after
        Codes of the counties with at least a hundredth of the area, largest first.
    error_m
        Error of the new outline, metres.
    firms
        None where no located firms were given.
    """

    zone_id: str
    name_zh: str
    name_en: str
    features: int
    basis_before: str | None
    area_km2_before: float
    area_km2_after: float
    shift_m: float
    overlap: float
    iou: float
    counties_before: tuple[str, ...]
    counties_after: tuple[str, ...]
    error_m: float
    firms: FirmChange | None


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do.

    Attributes
    ----------
    changes
        One per zone, in order of their ids.
    datum
        How the datum of the file is known.
    source, sha256
        Name of the file and its checksum.
    version_before, version_after
        `zones.zone_version`; equal where nothing was written.
    """

    changes: tuple[FootprintChange, ...]
    datum: DatumFinding
    source: str
    sha256: str
    version_before: str
    version_after: str


def import_footprints(
    source: Path,
    *,
    zone_id: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    datum: DatumChoice = "auto",
    error_m: float | None = None,
    firms: pd.DataFrame | None = None,
    write: bool = True,
) -> ImportReport:
    """Check official footprints and keep them beside the shipped data.

    Parameters
    ----------
    source
        GeoJSON, GeoPackage, Shapefile, KML; see `footprint_files`.
    zone_id, layer, crs, datum, error_m
        What the file does not tell; see `footprint_files.read_footprint_file`.
    firms
        Located firms (columns of `locate.locate`) to count the change for.
    write
        False only compares.

    Returns
    -------
    ImportReport
        Earlier imports of other zones stay.

    Raises
    ------
    InputError
        If anything about the file cannot be used; nothing is written then.
    WorkspaceError
        If the folder of the shipped data cannot be written.
    """
    read, finding = read_footprint_file(
        source, zone_id=zone_id, layer=layer, crs=crs, datum=datum, error_m=error_m
    )
    before = zones()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    note = f"imported from {source.name}, sha256 {digest[:12]}, datum {finding.datum}"
    note += f" ({finding.basis})"
    official = read.drop(columns="features")
    said = official["source_note"] if "source_note" in official.columns else None
    official["source_note"] = [
        f"{own}; {note}" if isinstance(own, str) and own.strip() else note
        for own in (said if said is not None else [None] * len(official))
    ]
    after = replace_footprints(before, official)
    changes = tuple(
        _change(one, int(joined), before, after, firms)
        for one, joined in zip(read["zone_id"], read["features"], strict=True)
    )
    version = zone_version()
    if write:
        kept = _imported()
        others = kept[~kept["zone_id"].isin(official["zone_id"])]
        _write(pd.concat([others, official]) if len(others) else official)
    return ImportReport(changes, finding, source.name, digest, version, zone_version())


def reset_footprints(zone_ids: Sequence[str] | None = None) -> tuple[str, ...]:
    """Take imported footprints back, so that the shipped ones are used again.

    Parameters
    ----------
    zone_ids
        Zones to reset; None for all, also where the file of imports is damaged.

    Returns
    -------
    tuple of str
        Zones that were reset, sorted.

    Raises
    ------
    InputError
        If a zone has no imported footprint; nothing is changed then.
    """
    if zone_ids is None:
        try:
            found = tuple(sorted(_imported()["zone_id"]))
        except ShippedDataError:
            found = ()
        official_path().unlink(missing_ok=True)
        return found
    kept = _imported()
    unknown = sorted(set(zone_ids) - set(kept["zone_id"]))
    if unknown:
        msg = f"no footprint was imported for {', '.join(unknown)}; see: clusters zones list"
        raise InputError(msg)
    rest = kept[~kept["zone_id"].isin(list(zone_ids))]
    if len(rest):
        _write(rest)
    else:
        official_path().unlink(missing_ok=True)
    return tuple(sorted(set(zone_ids)))


def _imported() -> gpd.GeoDataFrame:
    if official_path().exists():
        return read_footprints(OFFICIAL)
    columns: dict[str, list[Any]] = {"zone_id": [], "boundary_error_m": [], "source_note": []}
    return gpd.GeoDataFrame(columns, geometry=[], crs="EPSG:4326")


def _write(official: gpd.GeoDataFrame) -> None:
    columns = ["zone_id", "boundary_error_m", "source_note", "geometry"]
    ordered = official[columns].sort_values("zone_id", ignore_index=True)
    replace_footprints(shipped_zones(), ordered)
    target = official_path()
    try:
        with replacing(target) as part:
            part.write_text(ordered.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        msg = (
            f"{target.parent} cannot be written ({error.strerror}); check the rights, or point "
            "CLUSTERS_DATA at a copy of the data folder that you may write"
        )
        raise WorkspaceError(msg) from error


def _change(
    zone_id: str,
    features: int,
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
) -> FootprintChange:
    """Compare the footprint of one zone in two tables of zones."""
    old = before.loc[before["zone_id"] == zone_id].iloc[0]
    new = after.loc[after["zone_id"] == zone_id].iloc[0]
    metres = gpd.GeoSeries([old.geometry, new.geometry], crs="EPSG:4326").to_crs(CRS_METRES)
    known = old.geometry is not None
    both = metres.iloc[0].intersection(metres.iloc[1]).area if known else 0.0
    areas = [float(shape.area) if shape is not None else np.nan for shape in metres]
    return FootprintChange(
        zone_id=zone_id,
        name_zh=str(new["name_zh"]),
        name_en=str(new["name_en"]),
        features=features,
        basis_before=str(old["geometry_basis"]) if known else None,
        area_km2_before=areas[0] / 1e6,
        area_km2_after=areas[1] / 1e6,
        shift_m=metres.iloc[0].centroid.distance(metres.iloc[1].centroid) if known else np.nan,
        overlap=float(both / min(areas)) if known else 0.0,
        iou=float(both / (sum(areas) - both)) if known else 0.0,
        counties_before=tuple(counties_of(old.geometry)) if known else (),
        counties_after=tuple(counties_of(new.geometry)),
        error_m=float(new["boundary_error_m"]),
        firms=_firms(zone_id, old, new, firms) if firms is not None else None,
    )


def _firms(zone_id: str, old: pd.Series, new: pd.Series, firms: pd.DataFrame) -> FirmChange:
    """Count the firms whose membership the new footprint changes, by the rule of `locate`."""
    points = firms[firms["precision"] == "point"]
    metres = to_metres(points["lon"].to_numpy(float), points["lat"].to_numpy(float))
    radius = points["radius_m"].to_numpy(float)
    by_text = np.array(
        [
            any(
                zone == zone_id and evidence != "polygon"
                for zone, evidence in zip(zones_, evidences, strict=True)
            )
            for zones_, evidences in zip(points["zone_ids"], points["zone_evidence"], strict=True)
        ],
        dtype=np.bool_,
    )
    inside = []
    for row in (old, new):
        held = np.zeros(len(points), dtype=np.bool_)
        if row.geometry is not None and not row["assumed"]:
            shape = to_metres(gpd.GeoSeries([row.geometry], crs="EPSG:4326")).iloc[0]
            certain, _ = within_footprint(shape, metres, radius + float(row["boundary_error_m"]))
            held[certain] = True
        inside.append(held)
    before, after = by_text | inside[0], by_text | inside[1]
    return FirmChange(
        points=len(points),
        inside_before=int(inside[0].sum()),
        inside_after=int(inside[1].sum()),
        entered=int((after & ~before).sum()),
        left=int((before & ~after).sum()),
    )
