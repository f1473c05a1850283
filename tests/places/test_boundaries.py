"""Behaviour of the shipped counties and prefectures."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from libpysal.weights import Queen

from clusters.errors import ShippedDataError
from clusters.places import boundaries
from clusters.settings import get_settings

EDITIONS = {
    "counties": boundaries.counties,
    "prefectures": boundaries.prefectures,
    "display counties": lambda: boundaries.display("county"),
    "display prefectures": lambda: boundaries.display("prefecture"),
}


@pytest.fixture
def empty_data(tmp_path, monkeypatch):
    """Point the platform at a data folder of its own and forget what was cached."""
    monkeypatch.setenv("CLUSTERS_DATA", str(tmp_path))
    caches = (
        get_settings,
        boundaries.counties,
        boundaries.prefectures,
        boundaries.display,
        boundaries.boundary_version,
    )
    for cache in caches:
        cache.cache_clear()
    (tmp_path / "boundaries").mkdir()
    yield tmp_path
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_edition_is_a_valid_coverage(edition):
    frame = EDITIONS[edition]()
    shapes = frame.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert frame.crs == "EPSG:4326"


@pytest.mark.parametrize(("edition", "rows"), list(zip(EDITIONS, (183, 21, 183, 21), strict=True)))
def test_codes_are_complete_unique_and_sorted(edition, rows):
    frame = EDITIONS[edition]()
    assert len(frame) == rows
    assert frame["code"].is_unique
    assert frame["code"].is_monotonic_increasing
    assert frame["code"].str.fullmatch(r"51\d{4}").all()
    assert (frame["prefecture_code"] == frame["code"].str[:4] + "00").all()
    assert frame[list(boundaries.COLUMNS)].notna().all(axis=None)


@pytest.mark.parametrize("edition", EDITIONS)
def test_label_points_lie_inside_in_both_editions(edition):
    frame = EDITIONS[edition]()
    inside = shapely.contains_xy(
        frame.geometry.to_numpy(), frame["label_lon"].to_numpy(), frame["label_lat"].to_numpy()
    )
    assert inside.all()


def test_prefectures_are_exactly_their_counties():
    counties = boundaries.counties()
    for row in boundaries.prefectures().itertuples():
        own = counties.loc[counties["prefecture_code"] == row.code, "geometry"].to_numpy()
        assert shapely.coverage_union_all(own).equals(row.geometry)


def test_display_prefectures_are_exactly_their_display_counties():
    counties = boundaries.display("county")
    for row in boundaries.display("prefecture").itertuples():
        own = counties.loc[counties["prefecture_code"] == row.code, "geometry"].to_numpy()
        assert shapely.coverage_union_all(own).equals(row.geometry)


def test_the_two_editions_agree_on_names_and_nearly_on_shapes():
    precise = boundaries.counties()
    drawn = boundaries.display("county")
    columns = list(boundaries.COLUMNS)
    pd.testing.assert_frame_equal(
        pd.DataFrame(precise[columns]), pd.DataFrame(drawn[columns]), check_dtype=False
    )
    a = boundaries.to_metres(precise).geometry
    b = boundaries.to_metres(drawn).geometry
    differing = a.symmetric_difference(b).area / a.area
    assert differing.median() < 0.05
    assert differing.max() < 0.25  # 攀枝花西区, 120 km², drawn from another survey


def test_areas_are_those_of_the_equal_area_projection():
    frame = boundaries.counties()
    area = boundaries.to_metres(frame).area / 1e6
    np.testing.assert_allclose(frame["area_km2"], area, rtol=0, atol=6e-4)
    # The province is published as 486 000 km².
    assert frame["area_km2"].sum() == pytest.approx(486_000, rel=0.001)


def test_equal_area_projection_against_the_ellipsoid():
    frame = boundaries.prefectures()
    geod = boundaries.CRS_METRES.get_geod()
    by_ellipsoid = [abs(geod.geometry_area_perimeter(shape)[0]) / 1e6 for shape in frame.geometry]
    np.testing.assert_allclose(frame["area_km2"], by_ellipsoid, rtol=2e-5)


@given(lon=st.floats(97.4, 108.5), lat=st.floats(26.1, 34.2), bearing=st.floats(0, 360))
def test_lengths_inside_the_province_are_off_by_less_than_three_per_mille(lon, lat, bearing):
    geod = boundaries.CRS_METRES.get_geod()
    end_lon, end_lat, _ = geod.fwd(lon, lat, bearing, 1000.0)
    ends = boundaries.to_metres([lon, end_lon], [lat, end_lat])
    assert np.hypot(*(ends[1] - ends[0])) == pytest.approx(1000.0, rel=0.003)


def test_missing_coordinates_stay_missing():
    metres = boundaries.to_metres([104.0, np.nan, 104.0], [30.0, 30.0, np.nan])
    assert metres.shape == (3, 2)
    assert np.isfinite(metres[0]).all()
    assert np.isnan(metres[1:]).all()


def test_to_metres_keeps_the_kind_of_a_frame():
    frame = boundaries.prefectures()
    projected = boundaries.to_metres(frame)
    assert isinstance(projected, gpd.GeoDataFrame)
    assert projected.crs == boundaries.CRS_METRES
    with pytest.raises(TypeError, match="latitudes"):
        boundaries.to_metres([104.0])


@pytest.mark.parametrize(
    ("level", "source"), [("county", "counties"), ("prefecture", "prefectures")]
)
def test_contiguity_equals_libpysal_queen(level, source):
    ours = boundaries.contiguity(level)
    frame = EDITIONS[source]()
    theirs = Queen.from_dataframe(frame, ids=list(frame["code"]), use_index=False)
    assert ours.id_order == sorted(frame["code"])
    assert {k: set(v) for k, v in ours.neighbors.items()} == {
        k: set(v) for k, v in theirs.neighbors.items()
    }


@pytest.mark.parametrize("level", ["county", "prefecture"])
def test_contiguity_is_symmetric_connected_and_ordered(level):
    weights = boundaries.contiguity(level)
    assert not weights.asymmetry()
    assert weights.n_components == 1
    assert weights.islands == []
    assert all(near == sorted(near) for near in weights.neighbors.values())


def test_known_neighbours():
    near = boundaries.contiguity("county").neighbors
    assert {"510104", "510106"} <= set(near["510105"])  # 青羊 touches 锦江 and 金牛
    assert "513431" not in near["510105"]


@pytest.mark.parametrize("call", [boundaries.display, boundaries.contiguity])
def test_unknown_level_is_refused(call):
    with pytest.raises(ValueError, match="'county' or 'prefecture'"):
        call("township")


def test_boundary_version_follows_the_content(empty_data):
    shipped = Path(__file__).parents[2] / "data" / "boundaries"
    for name in boundaries.FILES:
        (empty_data / "boundaries" / name).write_bytes((shipped / name).read_bytes())
    before = boundaries.boundary_version()
    assert len(before) == 12
    path = empty_data / "boundaries" / "counties.display.geojson"
    path.write_bytes(path.read_bytes() + b"\n")
    boundaries.boundary_version.cache_clear()
    assert boundaries.boundary_version() != before


def test_missing_file_names_itself_and_the_remedy(empty_data):
    with pytest.raises(ShippedDataError, match=r"boundaries/counties\.parquet not found"):
        boundaries.counties()


def test_damaged_file_names_itself_and_the_remedy(empty_data):
    (empty_data / "boundaries" / "counties.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(ShippedDataError, match="clusters boundaries build"):
        boundaries.counties()


def test_incomplete_file_is_refused(empty_data):
    feature = {
        "type": "Feature",
        "properties": dict.fromkeys(boundaries.COLUMNS, "510104") | {"area_km2": 1.0},
        "geometry": shapely.geometry.mapping(shapely.box(104, 30, 105, 31)),
    }
    path = empty_data / "boundaries" / "counties.display.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(ShippedDataError, match="1 different codes"):
        boundaries.display("county")
    del feature["properties"]["name_en"]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(ShippedDataError, match="no column name_en"):
        boundaries.display("county")
