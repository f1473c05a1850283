"""A snapshot small enough to check by hand."""

from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from clusters.export.provenance import Provenance
from clusters.places.boundaries import display

MANIFEST = {
    "id": "20261122T101500Z-3f9c2a",
    "created": "2026-11-22T10:15:00+00:00",
    "as_of": "2025-10-31",
    "inputs": [{"name": "企业.csv", "sha256": "ab" * 32, "rows": 4}],
    "parameters": {"datum": "auto", "seed": 0, "as_of": None},
    "versions": {"clusters": "0.1.0", "boundaries": "1a2b", "metrics": "1"},
}


@pytest.fixture
def provenance() -> Provenance:
    return Provenance.from_manifest(
        MANIFEST, command='clusters export "企业 (1).gpkg"', filters={"segments": ("uav",)}
    )


@pytest.fixture
def firms() -> gpd.GeoDataFrame:
    names = ["=cmd|' /C calc'!A0", "泸州瓛潆溪\n公司", '<img src=x>,"', "@SUM(1)"]
    frame = pd.DataFrame(
        {
            "enterprise_id": ["a", "b", "c", "d"],
            "name": names,
            "uscc": ["915101000000000001", None, "915101000000000003", None],
            "founded": pd.to_datetime(["2015-03-01", None, "1999-12-31", None]),
            "registered_capital_cny": [1.5e7, None, 2e6, 0.0],
            "employees": pd.array([10, None, 3, 4], dtype="Int64"),
            "source_url": ["https://a.example/x", None, None, None],
            "ai_relevance": "core",
            "chain_layer": ["foundation", "technology", None, "application"],
            "segment": "uav",
            "precision": ["point", "street", "county", "none"],
            "radius_m": [50.0, 600.0, 15000.0, None],
            "lon": [104.06, 104.74, 104.1, None],
            "lat": [30.66, 31.46, 30.6, None],
            "prefecture_code": ["510100", "510700", "510100", None],
            "county_code": ["510104", "510703", "510104", None],
            "zone_ids": [["chengdu-htz-new-economy", "chengdu-htz"], [], [], []],
            "park_ids": [[], [], [], []],
            "flags": [["x"], [], [], []],
        }
    )
    points = gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
    geometry = gpd.GeoSeries(points).where(frame["lon"].notna(), None)
    return gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")


@pytest.fixture
def metrics() -> pd.DataFrame:
    rows = []
    for level in ("prefecture", "county"):
        areas = display(level)
        for i, (code, zh, en) in enumerate(
            zip(areas["code"], areas["name_zh"], areas["name_en"], strict=True)
        ):
            for metric, value in (("count", float(i)), ("lq_population", i / 7 or None)):
                rows.append(
                    [
                        *(level, code, zh, en, "ai", "ai", "firms", metric, value),
                        *(None, None, 0.5, 0.6, i, "m", ""),
                    ]
                )
    columns = (
        "level area area_name_zh area_name_en scheme industry weight metric value low high p q n "
        "method note"
    )
    frame = pd.DataFrame(rows, columns=columns.split())
    return frame.astype({"value": "float64", "low": "float64", "high": "float64"})


@pytest.fixture
def snapshot(firms, metrics) -> SimpleNamespace:
    hotspots = gpd.GeoDataFrame(
        {"hotspot_id": ["hotspot-1"], "firms": [5], "stability": [1.0]},
        geometry=[shapely.box(104, 30, 104.1, 30.1)],
        crs="EPSG:4326",
    )
    return SimpleNamespace(
        id=MANIFEST["id"],
        manifest=MANIFEST,
        enterprises=firms,
        metrics=metrics,
        hotspots=hotspots,
    )
