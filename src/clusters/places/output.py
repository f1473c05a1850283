"""The table that `locate` returns, from the columns it filled."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.geocode.grouping import group_rows
from clusters.geocode.zoning import implied
from clusters.places.boundaries import CRS_STORED
from clusters.places.columns import LocationColumns
from clusters.places.coordinates import Given
from clusters.places.inputs import is_located
from clusters.places.zones import follows_zones, zones

__all__ = ["COLUMNS", "PRECISE", "PRECISIONS", "VAGUE", "assemble"]

COLUMNS: Final = (
    "lon",
    "lat",
    "precision",
    "radius_m",
    "prefecture_code",
    "county_code",
    "subdistrict",
    "zone_ids",
    "zone_evidence",
    "zone_also_ids",
    "zone_uncertain_ids",
    "park_ids",
    "located_by",
    "text_level",
    "county_probability",
    "evidence",
    "location_conflict",
    "location_note",
    "coordinate_note",
)
"""Columns `locate` adds, in order; the geometry comes last."""

PRECISE: Final = ("point", "building", "street")
"""Precisions of a position that is the firm's own: good enough for dots and for distances."""

VAGUE: Final = ("county", "prefecture", "none")
"""Precisions that name a county at most, or nothing."""

PRECISIONS: Final = (*PRECISE, "park", "subdistrict", *VAGUE)
"""How well a place is known, the best first."""

DISAGREEMENTS: Final = frozenset(
    {
        "two_counties",
        "name_against_memory",
        "county_outside_named_prefecture",
        "address_against_coordinates",
        "zone_against_coordinates",
        "county_differs",
    }
)
"""Reasons that go to ``location_conflict``; the others say in ``location_note`` what is missing."""


@follows_zones
def _implications() -> dict[str, tuple[str, ...]]:
    """Return for each zone those it is within, and those the gazetteer says go with it."""
    frame = zones()
    within = dict(zip(frame["zone_id"], frame["within"], strict=True))
    found: dict[str, tuple[str, ...]] = {}
    for zone_id in frame["zone_id"]:
        names = [
            *implied((zone_id,)),
            *(within[zone_id] if isinstance(within[zone_id], list) else []),
        ]
        found[zone_id] = tuple(dict.fromkeys(name for name in names if name != zone_id))
    return found


def _also(zone_ids: tuple[str, ...]) -> tuple[str, ...]:
    rules = _implications()
    return tuple(
        dict.fromkeys(
            other for zone in zone_ids for other in rules.get(zone, ()) if other not in zone_ids
        )
    )


def assemble(
    table: pd.DataFrame, columns: LocationColumns, given: Given | None
) -> gpd.GeoDataFrame:
    """Return the table with `COLUMNS` and the points, rows and order unchanged."""
    index = table.index
    ours = [name for name in COLUMNS if name in table.columns]
    if not is_located(table):
        # A column of the registry that is named like one of ours is kept under another name.
        kept = {name: f"given_{name}" for name in ours if name not in {"lon", "lat"}}
        table = table.rename(columns=kept)
    drop = {*ours, "geometry"} & set(table.columns)
    result = pd.DataFrame(table.drop(columns=list(drop)))
    if given is not None:
        result["given_lon"] = pd.Series(given.lon, index=index)
        result["given_lat"] = pd.Series(given.lat, index=index)
    unplaced = columns.precision == "none"
    columns.radius[unplaced] = np.nan
    also_codes, also_unique = pd.factorize(columns.zone_ids)
    also = np.empty(len(also_unique), dtype=object)
    for position, zone_ids in enumerate(also_unique):
        also[position] = _also(zone_ids)
    also_column = also[also_codes] if len(also_unique) else np.empty(0, dtype=object)
    values: dict[str, object] = {
        "lon": columns.lon,
        "lat": columns.lat,
        "precision": pd.array(columns.precision, dtype="str"),
        "radius_m": columns.radius,
        "prefecture_code": _text(columns.prefecture),
        "county_code": _text(columns.county),
        "subdistrict": columns.subdistrict,
        "zone_ids": _lists(columns.zone_ids),
        "zone_evidence": _lists(columns.zone_evidence),
        "zone_also_ids": _lists(also_column),
        "zone_uncertain_ids": _lists(columns.uncertain),
        "park_ids": _lists(columns.park_ids),
        "located_by": _text(_means(columns)),
        "text_level": pd.array(columns.text_level, dtype="str"),
        "county_probability": np.where(columns.belief > 0, columns.belief, np.nan),
        "evidence": columns.evidence,
        "location_conflict": _text(_parts(columns.conflict, disagreeing=True)),
        "location_note": _text(_parts(columns.conflict, disagreeing=False)),
        "coordinate_note": _text(
            given.note if given is not None else np.full(len(table), None, dtype=object)
        ),
    }
    added = pd.DataFrame({name: pd.Series(values[name], index=index) for name in COLUMNS})
    located = gpd.GeoDataFrame(
        pd.concat([result, added], axis=1),
        geometry=_points(columns.lon, columns.lat),
        crs=CRS_STORED,
    )
    estimate = given.estimate if given is not None else None
    if estimate is not None:
        located.attrs["datum"] = {
            "datum": estimate.datum,
            "best": estimate.best,
            "rows": estimate.rows,
            "odds": estimate.odds,
            "agreement": estimate.agreement,
        }
    return located


def _parts(reasons: NDArray[np.object_], *, disagreeing: bool) -> NDArray[np.object_]:
    """Return the reasons that are disagreements of evidence, or those that are not."""
    codes, unique = pd.factorize(reasons)
    kept = np.empty(len(unique) + 1, dtype=object)
    for position, text in enumerate(unique):
        parts = [
            part
            for part in text.split("; ")
            if (part.partition(":")[0] in DISAGREEMENTS) == disagreeing
        ]
        kept[position] = "; ".join(parts) or None
    return kept[codes]  # a missing reason has code -1, the last place


def _means(columns: LocationColumns) -> NDArray[np.object_]:
    """Return how each row was placed: what is placed without a county owes it to words as well."""
    blank = np.array([how is None for how in columns.located_by.tolist()], dtype=bool)
    return np.where(blank & (columns.precision != "none"), "gazetteer", columns.located_by)


def _text(values: NDArray[np.object_]) -> pd.api.extensions.ExtensionArray:
    return pd.array(values, dtype="str")


def _points(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return points, None where there is none; rows at one place share one point."""
    group, example = group_rows(lon, lat)
    points = shapely.points(lon[example], lat[example])
    points[np.isnan(lon[example])] = None
    return points[group]


def _lists(values: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return tuples as lists; equal rows share one list, which saves 500 MB a million rows."""
    codes, unique = pd.factorize(values)
    lists = np.empty(len(unique), dtype=object)
    for position, value in enumerate(unique):
        lists[position] = list(value)
    return lists[codes] if len(unique) else np.empty(0, dtype=object)
