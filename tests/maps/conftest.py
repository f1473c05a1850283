"""Firms and metrics small enough to check by hand, on the real boundaries."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from clusters.places.boundaries import display

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "{{7*7}}",
    "{% raw %}",
    "{# note #}",
    "</script><b>",
    "`${alert(1)}`",
    "甲\u202e乙",
    "瓛" * 500,
    "a\\u003cb\\",
    "line\u2028break",
)


def make_firms(rows: list[tuple]) -> gpd.GeoDataFrame:
    """Build firms from (id, name, layer, precision, radius, lon, lat, prefecture, county)."""
    columns = (
        "enterprise_id name chain_layer precision radius_m lon lat prefecture_code county_code"
    )
    frame = pd.DataFrame(rows, columns=columns.split())
    frame["segment"] = "uav"
    frame["ai_relevance"] = "core"
    frame["zone_ids"] = [[] for _ in rows]
    frame["park_ids"] = [[] for _ in rows]
    frame["founded"] = pd.NaT
    points = gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(frame, geometry=points)


@pytest.fixture
def firms() -> gpd.GeoDataFrame:
    """Six firms: three dots, two in a county's label, one without a place."""
    return make_firms(
        [
            ("a", "甲", "foundation", "point", 50.0, 104.06, 30.66, "510100", "510104"),
            ("b", "乙", "technology", "building", 100.0, 104.07, 30.65, "510100", "510104"),
            ("c", "丙", "application", "street", 600.0, 104.74, 31.46, "510700", "510703"),
            ("d", "丁", None, "county", 15000.0, 104.10, 30.60, "510100", "510104"),
            ("e", "戊", "foundation", "prefecture", 60000.0, 104.0, 30.7, "510100", None),
            ("f", "己", "foundation", "none", np.nan, np.nan, np.nan, None, None),
        ]
    )


@pytest.fixture
def hostile() -> gpd.GeoDataFrame:
    """Firms whose names try to be something else; see ``HOSTILE``."""
    return make_firms(
        [
            (f"h{i}", name, "foundation", "point", 50.0, 104 + i / 50, 30.6, "510100", "510104")
            for i, name in enumerate(HOSTILE)
        ]
    )


@pytest.fixture
def many_firms() -> Callable[[int], gpd.GeoDataFrame]:
    """Return a function that makes n firms at street level around Chengdu."""

    def make(n: int) -> gpd.GeoDataFrame:
        random = np.random.default_rng(7)
        lon, lat = random.normal(104.06, 0.4, n), random.normal(30.66, 0.3, n)
        frame = pd.DataFrame(
            {
                "enterprise_id": [f"x-{i:06d}" for i in range(n)],
                "name": "企业",
                "chain_layer": random.choice(["foundation", "technology", "application"], n),
                "segment": "uav",
                "ai_relevance": "core",
                "precision": "street",
                "radius_m": 600.0,
                "lon": lon,
                "lat": lat,
                "prefecture_code": "510100",
                "county_code": "510104",
                "founded": pd.NaT,
            }
        )
        return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")

    return make


@pytest.fixture
def metrics() -> pd.DataFrame:
    """LQ and counts of the 21 prefectures: one missing, two significant, some small."""
    areas = display("prefecture")
    rows = []
    for i, code in enumerate(areas["code"]):
        lq = np.nan if i == 20 else 0.1 * 1.35**i
        q = 0.01 if i in {18, 19} else 0.6
        for metric, value in (("lq_population", lq), ("count", float(i))):
            rows.append(("prefecture", code, "ai", "ai", "firms", metric, value, q, i, ""))
    columns = "level area scheme industry weight metric value q n note"
    return pd.DataFrame(rows, columns=columns.split())
