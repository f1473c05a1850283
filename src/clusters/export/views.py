"""The tables and layers of a snapshot that people take away."""

from datetime import datetime
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from clusters.errors import InputError
from clusters.maps.firm_filter import FirmFilter
from clusters.metrics.counts import Area
from clusters.places.boundaries import counties, prefectures
from clusters.places.zones import zones

_ZONE_COLUMNS = [
    "zone_id",
    "name_zh",
    "name_en",
    "role",
    "assumed",
    "geometry_basis",
    "boundary_error_m",
    "geometry",
]
# Columns that serve the pipeline, not the reader.
_INTERNAL = ("datum", "registered_capital_currency", "flags", "row", "source_file", "region")


class Mapped(Protocol):
    """What a map reads of a snapshot."""

    @property
    def enterprises(self) -> gpd.GeoDataFrame:
        """Published firms."""

    @property
    def parks(self) -> gpd.GeoDataFrame:
        """Parks in use."""

    @property
    def metrics(self) -> pd.DataFrame:
        """Long metric table."""

    @property
    def hotspots(self) -> gpd.GeoDataFrame:
        """Hulls of density clusters."""


class SnapshotLike(Mapped, Protocol):
    """What the exports read of a snapshot."""

    @property
    def id(self) -> str:
        """Identifier of the snapshot."""

    @property
    def created(self) -> datetime:
        """Time of publication."""

    @property
    def manifest(self) -> dict[str, Any]:
        """Inputs, parameters, versions."""

    @property
    def sensitivity(self) -> pd.DataFrame:
        """Indices over several sets of areas."""

    @property
    def distances(self) -> pd.DataFrame:
        """Functions of distance."""

    @property
    def ellipses(self) -> pd.DataFrame:
        """Standard ellipses."""


def enterprise_table(
    snapshot: SnapshotLike, *, filters: FirmFilter | None = None
) -> gpd.GeoDataFrame:
    """Return the firms of a snapshot that pass the filters, without internal columns."""
    firms = snapshot.enterprises
    if filters is not None:
        firms = filters.select(firms)
    internal = [column for column in _INTERNAL if column in firms.columns]
    return firms.drop(columns=internal).reset_index(drop=True)


def metric_table(
    snapshot: SnapshotLike,
    *,
    by: str | None = None,
    industry: str | None = None,
    weight: str | None = None,
) -> pd.DataFrame:
    """Return the metrics of a snapshot, of one level, scheme and weight where named.

    Parameters
    ----------
    by : {"prefecture", "county", "zone", "park", "hexagon"}, optional
        Level of the areas.
    industry : {"ai", "chain_layer", "segment"}, optional
        Scheme of the industries.
    weight : {"firms", "employees", "registered_capital", "revenue"}, optional

    Raises
    ------
    InputError
        If nothing was measured so; the message names what there is.
    """
    metrics = snapshot.metrics
    for column, wanted in (("level", by), ("scheme", industry), ("weight", weight)):
        if wanted is None:
            continue
        there = sorted(metrics[column].unique())
        metrics = metrics[metrics[column] == wanted]
        if metrics.empty:
            raise InputError(
                f"snapshot {snapshot.id} holds no metrics with {column} {wanted!r}; "
                f"there are: {', '.join(there) or 'none'}"
            )
    return metrics.reset_index(drop=True)


def _areas(snapshot: SnapshotLike, level: Area) -> tuple[gpd.GeoDataFrame, str]:
    if level == "prefecture":
        return prefectures(), "code"
    if level == "county":
        return counties(), "code"
    if level == "zone":
        return zone_layer(), "zone_id"
    return snapshot.parks[["park_id", "name_zh", "name_en", "level", "geometry"]], "park_id"


def area_layer(
    snapshot: SnapshotLike, level: Area, *, scheme: str = "ai", weight: str = "firms"
) -> gpd.GeoDataFrame:
    """Return areas with one column per metric and industry, its interval and q beside it.

    The value of a metric is ``metric:industry``; the ends of its interval and its corrected
    significance are ``metric:industry:low``, ``:high`` and ``:q``, where the metric has them.

    Raises
    ------
    InputError
        If the snapshot holds no such metrics.
    """
    areas, key = _areas(snapshot, level)
    metrics = metric_table(snapshot, by=level, industry=scheme, weight=weight)
    metrics = metrics[metrics["area"].isin(areas[key])]
    names = metrics["metric"] + ":" + metrics["industry"]
    columns = {}
    for name in names.unique():
        rows = metrics[names == name].drop_duplicates("area").set_index("area")
        columns[name] = rows["value"]
        for part in ("low", "high", "q"):
            if rows[part].notna().any():
                columns[f"{name}:{part}"] = rows[part]
    wide = pd.DataFrame(columns, index=pd.Index(sorted(metrics["area"].unique()), name="area"))
    wide = wide[sorted(wide.columns)]
    return areas.merge(wide, left_on=key, right_index=True, how="left").sort_values(
        key, ignore_index=True
    )


def zone_layer() -> gpd.GeoDataFrame:
    """Return the zones with footprint, basis and boundary error."""
    return zones()[_ZONE_COLUMNS].reset_index(drop=True)


def hotspot_layer(snapshot: SnapshotLike) -> gpd.GeoDataFrame:
    """Return the density clusters of a snapshot."""
    return snapshot.hotspots.reset_index(drop=True)
