"""Boundaries, zones, parks, facilities and hot spots say how well they are known."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from clusters.maps import context
from clusters.places.boundaries import display
from clusters.places.parks import shipped_parks
from clusters.places.zones import five, zones
from clusters.settings import data_path


def test_an_assumed_zone_looks_assumed_and_says_so():
    layer = context.zone_layer(five(), language="zh")
    row = layer.frame.set_index("id").loc["tianfu-wireless-valley"]
    style = layer.styles[row["kind"]]
    assert (row["kind"], bool(style.dash), bool(style.hatch)) == ("assumed", True, True)
    assert "假定位置" in row["tip"]
    assert "边界误差约：2 公里" in row["tip"]
    assert "假定位置" in [entry.text for entry in layer.legend]


def test_every_zone_states_its_boundary_error():
    layer = context.zone_layer(zones(), language="en")
    assert layer.frame["tip"].str.contains("boundary error about: ").all()
    assert not layer.frame.geometry.isna().any()


def test_areas_outside_the_focus_step_back():
    layer = context.boundary_layer(
        display("prefecture"), level="prefecture", language="zh", focus=("510100",)
    )
    assert layer.frame.loc[layer.frame["kind"] == "prefecture", "id"].tolist() == ["510100"]
    assert layer.frame["tip"].str.len().min() > 0


def test_outlines_over_a_choropleth_have_no_fill():
    layer = context.boundary_layer(
        display("prefecture"), level="prefecture", language="en", filled=False
    )
    assert all(style.fill is None for style in layer.styles.values())


def test_parks_without_a_place_are_not_drawn():
    layer = context.park_layer(shipped_parks(), language="zh")
    assert len(layer.frame) == int(shipped_parks()["lon"].notna().sum())
    assert layer.legend[0].count == len(layer.frame)


def test_facilities_of_every_shipped_kind_have_a_mark():
    table = pd.read_csv(data_path("reference", "amenities.csv"))
    layer = context.amenity_layer(table, language="zh")
    assert len(layer.frame) == int(table["lon"].notna().sum())
    assert len({style.shape for style in layer.styles.values()}) == len(layer.styles)


def test_points_say_how_well_their_place_is_known():
    park = (
        shipped_parks()
        .dropna(subset=["lon", "uncertainty_km"])
        .iloc[[0]]
        .assign(uncertainty_km=4.0)
    )
    tip = context.park_layer(park, language="zh").frame["tip"].iloc[0]
    assert tip.endswith("\n位置误差约：4 公里")
    silent = park.assign(uncertainty_km=float("nan"))
    assert "\n" not in context.park_layer(silent, language="zh").frame["tip"].iloc[0]


def test_hot_spots_tell_their_stability():
    hulls = gpd.GeoDataFrame(
        {"hotspot_id": ["h1", "h2"], "firms": [12, 7], "stability": [2 / 3, np.nan]},
        geometry=[shapely.box(104, 30, 104.1, 30.1), shapely.box(105, 30, 105.1, 30.1)],
        crs="EPSG:4326",
    )
    layer = context.hotspot_layer(hulls, language="en")
    assert layer.frame["tip"].tolist()[0].endswith("stability: 0.67")
    assert "stability" not in layer.frame["tip"].tolist()[1]


def test_a_hot_spot_names_the_places_it_reaches_into():
    jinjiang = display("county").set_index("code").loc["510104"]
    hull = gpd.GeoDataFrame(
        {"hotspot_id": ["h1"], "firms": [9], "stability": [1.0]},
        geometry=[jinjiang.geometry.buffer(0.002)],
        crs="EPSG:4326",
    )
    tip = context.hotspot_layer(hull, language="zh", areas=display("county")).frame["tip"].iloc[0]
    covered = next(line for line in tip.split("\n") if line.startswith("覆盖"))
    assert covered.startswith("覆盖：锦江区、")
    assert "绵阳" not in covered
