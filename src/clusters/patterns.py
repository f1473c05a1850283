"""Density clusters of a registry's precisely placed AI firms, as hulls on the map.

Only firms placed to a building, a street or a given coordinate take part; firms known to a park,
subdistrict or county would pile up on one point and make clusters of nothing. Groups in which most
firms share one coordinate are left out for the same reason. Cluster labels depend on the smallest
size asked for, so each cluster carries its stability: the share of settings, from half to twice
that size, under which most of its members stay together.
"""

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from clusters.metrics.hotspots import cluster_hulls, density_clusters
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places import boundaries, zones
from clusters.places.boundaries import CRS_METRES, CRS_STORED
from clusters.places.output import PRECISE

_SMALLEST, _LARGEST = 5, 25
_COVERED = 0.1


def find_hotspots(firms: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return density clusters of AI firms.

    Parameters
    ----------
    firms : GeoDataFrame
        Located firms, EPSG:4326.

    Returns
    -------
    GeoDataFrame
        EPSG:4326 hulls with ``hotspot_id, firms, area_km2, density_km2, segment, segment_share,
        county_code, places_zh, places_en, stability``, densest first; places are the counties and
        zones that hold a tenth of its firms or more, most firms first. ``attrs`` tells ``points``,
        ``left_out`` and ``min_size``.
    """
    ai = firms[firms["ai_relevance"].isin(AI_FIRMS)]
    precise = ai[ai["precision"].isin(PRECISE)]
    min_size = min(_LARGEST, max(_SMALLEST, math.isqrt(len(precise))))
    told = {"points": len(precise), "left_out": len(ai) - len(precise), "min_size": min_size}
    if len(precise) < 2 * min_size:
        return _table([], told)
    points = shapely.get_coordinates(precise.geometry.to_crs(CRS_METRES))
    labels = density_clusters(points, min_size=min_size)
    others = [
        density_clusters(points, min_size=size)
        for size in (max(2, min_size // 2), round(min_size * 1.5), 2 * min_size)
    ]
    hulls = cluster_hulls(points, labels)
    rows = []
    for label in sorted(set(labels.tolist()) - {-1}):
        inside = labels == label
        members = precise[inside]
        if len(np.unique(points[inside].round(), axis=0)) < min_size:
            continue
        hull = hulls[label]
        mix = members["segment"].value_counts()
        rows.append(
            {
                "firms": len(members),
                "area_km2": hull.area / 1e6,
                "density_km2": len(members) / (hull.area / 1e6),
                "segment": str(mix.index[0]),
                "segment_share": float(mix.iloc[0] / len(members)),
                "county_code": str(members["county_code"].mode().iloc[0]),
                **_places(members),
                "stability": float(np.mean([_stays(inside, other) for other in others])),
                "geometry": hull,
            }
        )
    return _table(rows, told)


def _stays(inside: np.ndarray, labels: np.ndarray) -> bool:
    """Whether most members of a cluster share one cluster under another setting."""
    found = labels[inside]
    found = found[found >= 0]
    return len(found) > 0 and np.bincount(found).max() > inside.sum() / 2


def _places(members: pd.DataFrame) -> dict[str, str]:
    """Return the names of the counties and zones a cluster covers, most firms first."""
    counties = boundaries.counties().set_index("code")
    drawn = zones.zones().set_index("zone_id")
    found = []
    for column, named in ((members["county_code"], counties), (memberships(members), drawn)):
        share = column.explode().dropna().value_counts() / len(members)
        known = share[share.ge(_COVERED) & share.index.isin(named.index)]
        found += [
            named.loc[code, ["name_zh", "name_en"]]
            for code in sorted(known.index, key=lambda c: (-known[c], c))
        ]
    return {
        f"places_{language}": "; ".join(str(row[f"name_{language}"]) for row in found)
        for language in ("zh", "en")
    }


def _table(rows: list[dict[str, Any]], told: dict[str, int]) -> gpd.GeoDataFrame:
    columns = {
        "hotspot_id": "str",
        "firms": "int64",
        "area_km2": "float64",
        "density_km2": "float64",
        "segment": "str",
        "segment_share": "float64",
        "county_code": "str",
        "places_zh": "str",
        "places_en": "str",
        "stability": "float64",
    }
    frame = pd.DataFrame(rows, columns=[*columns, "geometry"])
    frame = frame.sort_values("density_km2", ascending=False, ignore_index=True, kind="stable")
    frame["hotspot_id"] = [f"hotspot-{i + 1}" for i in range(len(frame))]
    table = gpd.GeoDataFrame(frame.astype(columns), geometry="geometry", crs=CRS_METRES)
    table = table.to_crs(CRS_STORED)
    table.attrs = told
    return table
