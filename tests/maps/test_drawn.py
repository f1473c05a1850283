"""A drawn area: its text, its shape, what it holds."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clusters.maps.drawn import circle, drawn_layer, profile, read_area, rectangle


def test_a_circle_has_the_area_of_one():
    area = read_area(circle(104.06, 30.57, 2500))
    assert area.area_km2 == pytest.approx(np.pi * 2.5**2, rel=2e-4)
    assert area.holds(np.array([104.06, 104.1]), np.array([30.57, 30.57])).tolist() == [True, False]


def test_a_rectangle_is_its_own_bounds():
    area = read_area(rectangle(104, 30, 104.5, 30.25))
    assert area.bounds == (104, 30, 104.5, 30.25)
    # Half a degree by a quarter at 30.1°: 48.2 km × 27.7 km.
    assert area.area_km2 == pytest.approx(1336, rel=0.01)


def test_a_line_across_itself_holds_both_wings():
    area = read_area("p104,30,105,31,104,31,105,30")
    assert area.holds(np.array([104.5, 104.5, 104.1]), np.array([30.1, 30.9, 30.5])).tolist() == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text",
    [
        None, "", "x1,2", "p", "pa,b", "p104,30,105,31", "p104,30,105,31,104", "c104,30,5",
        "c104,30,nan", "c104,30,inf", "c1,1,5000", "p0,0,1,0,1,1", "p104,30,104,30,104,30",
        "p" + ",".join(["104,30"] * 101), "c104,30,600000", "p104,30,105,30,106,30",
    ],
)  # fmt: skip
def test_what_is_no_area_is_ignored(text):
    assert read_area(text) is None


@given(st.text(max_size=60))
def test_no_text_of_a_link_breaks_the_reading(text):
    read_area(text)


@given(st.floats(100, 106), st.floats(27, 33), st.integers(50, 90_000))
def test_a_circle_holds_its_centre(lon, lat, radius):
    area = read_area(circle(lon, lat, radius))
    assert area.holds(np.array([round(lon, 5)]), np.array([round(lat, 5)])).all()


def around_chengdu() -> gpd.GeoDataFrame:
    """Twelve robotics firms in the middle, three beside; thirty of another segment elsewhere."""
    draw = np.random.default_rng(1)
    order = np.arange(45)
    near = (order < 12) | ((order >= 15) & (order < 20))
    lon = np.where(near, 104.06, 104.7) + draw.normal(0, 0.005, 45)
    lat = np.where(near, 30.66, 31.4) + draw.normal(0, 0.005, 45)
    frame = pd.DataFrame(
        {
            "lon": [*lon, 104.08, 103.2],
            "lat": [*lat, 30.66, 30.2],
            "segment": np.where(np.arange(47) < 15, "robotics", "uav"),
            "precision": ["point"] * 45 + ["county"] * 2,
            "radius_m": [50.0] * 45 + [3000.0] * 2,
            "ai_relevance": "core",
        }
    )
    points = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")


def test_an_area_is_measured_against_the_rest():
    found = profile(read_area(circle(104.06, 30.66, 3000)), around_chengdu())
    assert (found.firms, found.ai, found.left_out, found.possible) == (17, 17, 2, 1)
    assert not found.inside[-2:].any()
    table = found.table.set_index("industry")
    assert table.loc["robotics", ["n", "province"]].tolist() == [12, 15]
    assert table.loc["robotics", "lq"] == pytest.approx((12 / 17) / (15 / 45))
    assert table.loc["robotics", "low"] < table.loc["robotics", "lq"]
    assert table.loc["robotics", "lq"] < table.loc["robotics", "high"]
    p = stats.hypergeom.sf(11, 45, 15, 17)
    assert table.loc["robotics", "q"] == pytest.approx(min(1, 2 * p), rel=1e-6)
    assert table.loc["uav", "q"] > 0.9


def test_other_firms_are_the_rest_of_an_areas_firms():
    firms = around_chengdu()
    firms.loc[firms["segment"] == "uav", "ai_relevance"] = "none"
    found = profile(read_area(circle(104.06, 30.66, 3000)), firms)
    assert (found.firms, found.ai) == (17, 12)
    assert found.table["industry"].tolist() == ["robotics"]
    assert found.table["lq"].iloc[0] == pytest.approx((12 / 17) / (15 / 45))


def test_an_empty_area_says_nothing():
    found = profile(read_area(circle(101.0, 31.0, 1000)), around_chengdu())
    assert (found.firms, found.possible) == (0, 0)
    assert found.table.empty


def test_the_outline_is_drawn():
    layer = drawn_layer(read_area(circle(104, 30, 900)), language="zh")
    assert layer.frame.geometry.iloc[0].geom_type == "Polygon"
    assert layer.legend[0].text == "所画区域"
