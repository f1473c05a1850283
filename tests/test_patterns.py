"""Density clusters of a registry: who takes part, and the places they cover by name."""

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.patterns import find_hotspots
from clusters.places.boundaries import counties, to_degrees, to_metres

WUHOU = "510107"


def _firms(number: int, *, precision: str = "street") -> gpd.GeoDataFrame:
    inside = counties().set_index("code").geometry[WUHOU].representative_point()
    centre = to_metres([inside.x], [inside.y])[0]
    random = np.random.default_rng(2)
    near = centre + random.normal(0, 150, (number, 2))
    far = centre + np.array([60_000.0, 0.0]) + random.normal(0, 4_000, (number, 2))
    degrees = to_degrees(np.vstack([near, far]))
    frame = pd.DataFrame(
        {
            "ai_relevance": "core",
            "segment": ["uav"] * number + ["robotics"] * number,
            "precision": precision,
            "county_code": [WUHOU] * number + ["510108"] * number,
            "zone_ids": [["chengdu-htz"]] * number + [[]] * number,
            "zone_also_ids": [[] for _ in range(2 * number)],
        }
    )
    points = gpd.points_from_xy(degrees[:, 0], degrees[:, 1])
    return gpd.GeoDataFrame(frame, geometry=points, crs=4326)


def test_a_cluster_is_named_by_the_places_it_covers() -> None:
    found = find_hotspots(_firms(40))
    first = found.iloc[0]
    assert first["segment"] == "uav"
    assert first["county_code"] == WUHOU
    assert first["places_zh"].startswith("武侯区; ")
    assert first["places_en"].startswith("Wuhou District; ")
    assert 0 <= first["stability"] <= 1
    assert found.attrs["points"] == 80


def test_firms_known_to_their_county_make_no_cluster() -> None:
    found = find_hotspots(_firms(40, precision="county"))
    assert found.empty
    assert found.attrs["left_out"] == 80
    assert {"places_zh", "places_en"} <= set(found.columns)
