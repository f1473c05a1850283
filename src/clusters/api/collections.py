"""What can be asked for: one entry per collection, each a function from snapshot to table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import geopandas as gpd
import pandas as pd
import shapely

from clusters.access import Right
from clusters.export.views import enterprise_table, hotspot_layer
from clusters.metrics.sums import memberships
from clusters.places.boundaries import display
from clusters.places.zones import zones
from clusters.workspace import Snapshot

Table = TypeVar("Table", bound=pd.DataFrame)


@dataclass(frozen=True, slots=True)
class Collection:
    """A set of features.

    Attributes
    ----------
    key : str
        Column that identifies a feature.
    title_zh, title_en, description : str
    filters : tuple of str
        Columns a request may filter by, exactly; ``zone`` means membership of a zone.
    right : Right
        What the account needs.
    table : callable
        From a snapshot to its features, EPSG:4326, in a fixed order.
    """

    key: str
    title_zh: str
    title_en: str
    description: str
    filters: tuple[str, ...]
    right: Right
    table: Callable[[Snapshot], gpd.GeoDataFrame]


def _counties(_snapshot: Snapshot) -> gpd.GeoDataFrame:
    return display("county").sort_values("code", ignore_index=True)


def _prefectures(_snapshot: Snapshot) -> gpd.GeoDataFrame:
    return display("prefecture").sort_values("code", ignore_index=True)


def _zones(_snapshot: Snapshot) -> gpd.GeoDataFrame:
    return zones().sort_values("zone_id", ignore_index=True)


def _parks(snapshot: Snapshot) -> gpd.GeoDataFrame:
    return snapshot.parks.sort_values("park_id", ignore_index=True)


def _firms(snapshot: Snapshot) -> gpd.GeoDataFrame:
    return enterprise_table(snapshot).sort_values("enterprise_id", ignore_index=True)


def _hotspots(snapshot: Snapshot) -> gpd.GeoDataFrame:
    table = hotspot_layer(snapshot)
    return table.assign(hotspot=[f"h{row}" for row in range(1, len(table) + 1)])


COLLECTIONS: dict[str, Collection] = {
    "prefectures": Collection(
        "code",
        "市（州）",
        "Prefectures",
        "The 21 prefectures, simplified outlines, not for measuring.",
        (),
        Right.LOOK,
        _prefectures,
    ),
    "counties": Collection(
        "code",
        "县（市、区）",
        "Counties",
        "The 183 counties of 2024, simplified outlines, not for measuring.",
        ("prefecture_code",),
        Right.LOOK,
        _counties,
    ),
    "zones": Collection(
        "zone_id",
        "集聚区与功能区",
        "Zones",
        "Zones of the plan, candidates and frames; `assumed` and `boundary_error_m` say how sure.",
        ("role", "prefecture_code"),
        Right.LOOK,
        _zones,
    ),
    "parks": Collection(
        "park_id",
        "园区",
        "Parks",
        "Industrial parks; `uncertainty_km` is the radius of the place, null where it is unknown.",
        ("level", "prefecture_code"),
        Right.LOOK,
        _parks,
    ),
    "hotspots": Collection(
        "hotspot",
        "密集区",
        "Density clusters",
        "Hulls of density clusters among precisely placed firms, with their stability.",
        (),
        Right.LOOK,
        _hotspots,
    ),
    "firms": Collection(
        "enterprise_id",
        "企业",
        "Firms",
        "Firms with taxonomy and location columns; mind `precision` and `radius_m`.",
        (
            "prefecture_code",
            "county_code",
            "zone",
            "segment",
            "chain_layer",
            "ai_relevance",
            "precision",
        ),
        Right.FIRMS,
        _firms,
    ),
}


def chosen(table: Table, filters: dict[str, str]) -> Table:
    """Return the rows that pass every filter, in their order."""
    for column, wanted in filters.items():
        if column == "zone":
            table = table[memberships(table).map(lambda ids, w=wanted: w in ids).astype(bool)]
        else:
            table = table[table[column].astype("str") == wanted]
    return table


def within(table: gpd.GeoDataFrame, bbox: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Return the features whose geometry meets a box: west, south, east, north in degrees."""
    return table.iloc[sorted(table.sindex.query(shapely.box(*bbox), predicate="intersects"))]
