"""Registries of parks: placed, checked, and kept in the workspace beside the shipped ones.

A park's county comes from its coordinates, else from its address. A park called like a shipped one
takes its place and keeps its id; the id of any other says its name, so that it is the same park in
every import. What is kept lies in the workspace, because shipped data may be read-only.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.atomic import replacing
from clusters.errors import InputError, WorkspaceError
from clusters.geocode.datum import to_wgs84
from clusters.places.assign import county_codes
from clusters.places.boundaries import counties
from clusters.places.locate import locate
from clusters.places.parks import (
    IMPORTED_BASIS,
    OWN,
    REGISTRY,
    own_columns,
    shipped_text,
    typed_parks,
    with_own,
)
from clusters.registry.faults import fault
from clusters.registry.files import split_part
from clusters.registry.model import Account, SourceFile
from clusters.registry.park_mapping import ParkMapping, read_park_mapping
from clusters.registry.parks import ReadParks, read_park_table
from clusters.registry.remembered import recall_parks_for

__all__ = [
    "KEPT",
    "ParkRegistry",
    "forget_parks",
    "keep_parks",
    "kept_parks",
    "parks_told",
    "parks_with",
    "read_parks",
]

KEPT: Final = "parks/imported.csv"
"""Where a workspace keeps the parks somebody imported."""

_CENTRE_KM: Final = 0.5
# Columns of which the first tells whether a file says anything; the others belong to it.
_PLACE: Final = (
    "lon", "lat", "uncertainty_km", "coord_basis", "lon_source", "lat_source", "datum_source",
)  # fmt: skip
_TOGETHER: Final = (
    ("name_en",),
    ("level",),
    _PLACE,
    ("approved_area_ha", "area_basis"),
    ("industries_zh", "industries_en", "industries_basis"),
    ("source_url",),
    ("functional_codes",),
    ("served_prefecture_code",),
    ("zone_id",),
    ("established", "established_note"),
)
# What the datum may shift a centre whose datum nobody told.
_UNKNOWN_DATUM_KM: Final = 0.6


@dataclass(frozen=True, slots=True)
class ParkRegistry:
    """A registry of parks that was read, checked and placed.

    Attributes
    ----------
    table
        Columns of ``data/parks/parks.csv`` and `REGISTRY` as text, one park a row.
    report, rejected
        Findings and rejected rows as of `clusters.registry.model.Registry`.
    account
        Rows read = kept + duplicates + rejected.
    source
        How the file was understood.
    """

    table: pd.DataFrame
    report: pd.DataFrame
    rejected: pd.DataFrame
    account: Account
    source: SourceFile


def read_parks(
    source: str | Path,
    mapping: str | Path | ParkMapping | None = None,
    *,
    none_too: bool = False,
) -> ParkRegistry:
    """Read and place a registry of parks; a mapping says what its headers do not say.

    Raises
    ------
    InputError
        If the file cannot be used, or none of its rows is a park that can be placed, unless
        ``none_too`` asks for the findings all the same.
    """
    label = split_part(source)[0].name
    read = read_park_table(source, label, read_park_mapping(mapping))
    table, lost = _placed(read)
    findings = read.findings
    replaces = ~table["park_id"].str.startswith(OWN).to_numpy(dtype=bool) & ~lost
    column = read.headers["name"]
    names = read.table["name"]
    findings.add("park_replaces", read.rows[replaces], column=column, values=names[replaces])
    table = _completed(table[~lost].reset_index(drop=True))
    report, rejected = findings.report(), findings.rejected()
    if table.empty and (rejected.empty or not none_too):
        raise _nothing(read, rejected)
    repeated = int((rejected["rule"] == "park_repeated").sum())
    account = Account(read.source.rows, len(table), repeated, len(rejected) - repeated)
    return ParkRegistry(table, report, rejected, account, read.source)


def _nothing(read: ReadParks, rejected: pd.DataFrame) -> InputError:
    if rejected.empty:
        return fault("no_rows", file=read.source.name)
    first = rejected.iloc[0]
    rows, row, reason = len(rejected), first["row"], first["reason"]
    return fault("park_none_left", file=read.source.name, rows=rows, row=row, reason=reason)


def _placed(read: ReadParks) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the rows as parks, and a (n,) mask of those whose county is not known."""
    given = read.table
    shipped = shipped_text()
    known = dict(zip(shipped["name_zh"], shipped["park_id"], strict=True))
    table = pd.DataFrame("", index=range(len(given)), columns=own_columns())
    table["park_id"] = [known.get(name) or f"{OWN}{name}" for name in given["name"]]
    table["name_zh"] = given["name"].to_numpy()
    table["name_en"] = given["name_en"].fillna("").to_numpy()
    table["level"] = given["level"].fillna("").to_numpy()
    industries = given["industries"].fillna("").str.replace(r"[、,，;；]\s*", ";", regex=True)
    table["industries_zh"] = table["industries_en"] = industries.to_numpy()
    table["source_url"] = given["source_url"].fillna("").to_numpy()
    sized = given["area_ha"].notna().to_numpy()
    table["approved_area_ha"] = [f"{v:.6g}" if np.isfinite(v) else "" for v in given["area_ha"]]
    table["area_basis"] = np.where(sized, IMPORTED_BASIS, "")
    table["confidence"] = "medium"
    table["note"] = f"imported from {read.source.name}"
    table["registry"], table["registry_sha256"] = read.source.name, read.source.sha256
    county, lon, lat = _counties(read)
    has = np.isfinite(lon)
    basis = np.where(has, "coordinates", "address")
    # A shipped park lies where it lies, whether or not the file repeats it.
    there = dict(zip(shipped["park_id"], shipped["county_codes"], strict=True))
    for at, park_id in enumerate(table["park_id"]):
        if county[at] is None and there.get(park_id):
            county[at], basis[at] = there[park_id].partition(";")[0], "as shipped"
    lost = np.array([code is None for code in county], dtype=bool)
    shown = given["address"][lost]
    column = read.headers.get("address", read.headers["name"])
    read.findings.add("park_unplaced", read.rows[lost], column=column, values=shown)
    prefecture = counties().set_index("code")["prefecture_code"]
    table["county_codes"] = [code or "" for code in county]
    table["prefecture_code"] = [prefecture[code] if code else "" for code in county]
    table["county_basis"] = basis
    for axis, values, asked in (("lon", lon, given["lon"]), ("lat", lat, given["lat"])):
        table[axis] = [f"{v:.6f}" if np.isfinite(v) else "" for v in values]
        table[f"{axis}_source"] = [f"{v:.6f}" if h else "" for v, h in zip(asked, has, strict=True)]
    doubt = _CENTRE_KM + (0 if read.datum else _UNKNOWN_DATUM_KM)
    table["uncertainty_km"] = np.where(has, f"{doubt:g}", "")
    table["coord_basis"] = np.where(has, IMPORTED_BASIS, "")
    table["datum_source"] = np.where(has, read.datum or "undetermined", "")
    return table.astype("str"), lost


def _completed(table: pd.DataFrame) -> pd.DataFrame:
    """Fill what a file does not tell of shipped parks by what is shipped, and what all must have.

    The shipped place is kept only where it lies in the county of the file.
    """
    result = table.set_index("park_id")
    shipped = shipped_text().set_index("park_id")
    for park_id in result.index.intersection(shipped.index):
        old = shipped.loc[park_id]
        groups = list(_TOGETHER)
        if result.loc[park_id, "county_codes"] not in old["county_codes"].split(";"):
            groups.remove(_PLACE)
        for group in groups:
            if (result.loc[park_id, group[0]] or "") == "":
                result.loc[park_id, list(group)] = old[list(group)].to_numpy()
    result["name_en"] = result["name_en"].mask(result["name_en"] == "", result["name_zh"])
    result["level"] = result["level"].mask(result["level"] == "", "other")
    return result.reset_index()[own_columns()]


def _counties(read: ReadParks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return county codes and WGS 84 positions; coordinates go before the address."""
    given = read.table
    lon, lat = to_wgs84(given["lon"].to_numpy(), given["lat"].to_numpy(), read.datum or "wgs84")
    county = np.full(len(given), None, dtype=object)
    has = np.isfinite(lon) & np.isfinite(lat)
    county[has] = county_codes(lon[has], lat[has])
    outside = has & np.array([code is None for code in county], dtype=bool)
    column = read.headers.get("lon")
    read.findings.add("coordinates_outside_sichuan", read.rows[outside], column=column)
    lon, lat = np.where(outside, np.nan, lon), np.where(outside, np.nan, lat)
    rest = np.flatnonzero(~has | outside)
    if len(rest) and given["address"].iloc[rest].notna().any():
        asked = given.loc[rest, ["name", "address"]].reset_index(drop=True)
        found = locate(asked)["county_code"].astype(object)
        county[rest] = found.where(found.notna(), None)
    return county, lon, lat


def kept_parks(workspace: Path) -> pd.DataFrame | None:
    """Return the parks a workspace keeps, as text; None where nobody imported any.

    Raises
    ------
    WorkspaceError
        If the file is damaged.
    """
    path = workspace / KEPT
    if not path.exists():
        return None
    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False)
        if list(table.columns) != own_columns():
            raise ValueError("its columns are others")  # noqa: TRY301 - told as any damage
        typed_parks(table, KEPT)
    except (OSError, ValueError, RuntimeError) as error:
        msg = f"{path} cannot be read ({error}); remove it, or import the parks again"
        raise WorkspaceError(msg) from error
    return table


def keep_parks(workspace: Path, registry: ParkRegistry) -> tuple[str, ...]:
    """Keep parks in a workspace; earlier ones of the same id are replaced.

    Returns
    -------
    tuple of str
        The ids kept, sorted.
    """
    return _write(workspace, _later(kept_parks(workspace), registry.table))


def forget_parks(workspace: Path, ids: Collection[str] | None = None) -> tuple[str, ...]:
    """Forget parks that were imported, all without `ids`; return those forgotten, sorted.

    Raises
    ------
    InputError
        If a park was not imported.
    WorkspaceError
        If the workspace cannot be written.
    """
    kept = kept_parks(workspace)
    there = set() if kept is None else set(kept["park_id"])
    gone = there if ids is None else set(ids)
    if unknown := sorted(gone - there):
        known = ", ".join(sorted(there)) or "none"
        raise InputError(f"{unknown[0]!r} is no imported park; imported are: {known}")
    if kept is None:
        return ()
    left = kept[~kept["park_id"].isin(gone)]
    if left.empty:
        try:
            (workspace / KEPT).unlink()
        except OSError as error:
            raise _unwritable(workspace / KEPT, error) from error
    else:
        _write(workspace, left)
    return tuple(sorted(gone))


def _later(earlier: pd.DataFrame | None, table: pd.DataFrame) -> pd.DataFrame:
    if earlier is None:
        return table
    return pd.concat([earlier[~earlier["park_id"].isin(table["park_id"])], table])


def _write(workspace: Path, table: pd.DataFrame) -> tuple[str, ...]:
    table = table.sort_values("park_id", ignore_index=True)
    target = workspace / KEPT
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as part:
            table.to_csv(part, index=False, lineterminator="\n")
    except OSError as error:
        raise _unwritable(target, error) from error
    return tuple(table["park_id"])


def _unwritable(target: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"{target} cannot be written ({error.strerror}); check the rights of the workspace"
    )


def parks_with(workspace: Path, sources: Sequence[str | Path] = ()) -> gpd.GeoDataFrame:
    """Return the parks of a run: shipped, kept in the workspace, and of the files given.

    A mapping the workspace remembers for the headers of a file is used.

    Of several with one id the file given last counts, then what is kept, then what is shipped.
    """
    own = kept_parks(workspace)
    for source in sources:
        own = _later(own, read_parks(source, recall_parks_for(workspace, source)).table)
    return with_own(own)


def parks_told(parks: pd.DataFrame) -> dict[str, Any]:
    """Return what a manifest says of the parks used: how many, and from which files."""
    own = parks[parks[REGISTRY[0]].notna()]
    files = own.groupby(list(REGISTRY), sort=True)["park_id"].size().reset_index(name="rows")
    files = files.rename(columns=dict(zip(REGISTRY, ("name", "sha256"), strict=True)))
    return {"used": len(parks), "imported": len(own), "inputs": files.to_dict("records")}
