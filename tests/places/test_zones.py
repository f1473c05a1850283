"""Zones: the five, borrowed and official footprints; parks."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from clusters.errors import InputError, ShippedDataError
from clusters.places import zones as room
from clusters.places.boundaries import counties, to_metres
from clusters.places.parks import shipped_parks

WIRELESS = "tianfu-wireless-valley"


def _edit(folder, zone_id, **cells):
    table = pd.read_csv(folder / "zones.csv", dtype="str", keep_default_na=False)
    for column, value in cells.items():
        table.loc[table["zone_id"] == zone_id, column] = value
    table.to_csv(folder / "zones.csv", index=False, lineterminator="\n")


def _official(zone_id=WIRELESS, shape=None, crs="EPSG:4326", **columns):
    shape = shapely.box(104.0, 30.4, 104.1, 30.5) if shape is None else shape
    return gpd.GeoDataFrame({"zone_id": [zone_id], **columns}, geometry=[shape], crs=crs)


def test_forty_one_zones_with_the_five_first():
    frame = room.zones()
    assert len(frame) == 41
    assert frame["zone_id"].is_unique
    assert frame.crs == "EPSG:4326"
    assert frame["of_five"].tolist()[:5] == [1, 2, 3, 4, 5]
    assert frame["of_five"].isna().sum() == 36
    assert set(frame["role"]) == {"named_in_plan", "candidate", "context"}


def test_the_five_say_what_is_named_and_what_is_inferred():
    five = room.five()
    assert five["zone_id"].tolist() == [
        "tianfu-new-area-ai",
        WIRELESS,
        "smart-manufacturing-park",
        "chengdu-htz-new-economy",
        "mianyang-science-city",
    ]
    assert five["basis_as_one_of_five"].tolist() == ["named"] * 3 + ["inferred"] * 2
    assert five.geometry.notna().all()


def test_only_the_wireless_valley_is_assumed():
    frame = room.zones().set_index("zone_id")
    assert frame.index[frame["assumed"]].tolist() == [WIRELESS]
    valley, lender = frame.loc[WIRELESS], frame.loc["shuangliu-chip-valley"]
    assert valley["geometry_basis"] == "assumed"
    assert lender["geometry_basis"] == "digitised"
    assert valley.geometry.equals(lender.geometry)
    assert valley["boundary_error_m"] == lender["boundary_error_m"]
    assert valley["county_codes"] == lender["county_codes"] == ["510116"]


def test_footprints_are_valid_with_basis_error_and_area():
    frame = room.zones()
    drawn = frame[frame.geometry.notna()]
    assert len(drawn) == 21
    assert drawn.geometry.is_valid.all()
    assert set(drawn["geometry_basis"]) == {"derived", "digitised", "buffer", "assumed"}
    assert drawn["boundary_error_m"].between(400, 8000).all()
    area = to_metres(drawn).area / 1e6
    assert ((area - drawn["area_km2_drawn"]).abs() <= 0.01 + 0.001 * area).all()
    published = drawn[drawn["area_km2"].notna()]
    assert ((published["area_km2_drawn"] / published["area_km2"] - 1).abs() < 0.03).all()


def test_nesting_is_transitive_acyclic_and_true_of_the_footprints():
    frame = room.zones().set_index("zone_id")
    within = frame["within"].to_dict()
    metres = to_metres(frame[["geometry"]]).geometry
    for zone_id, ancestors in within.items():
        assert zone_id not in ancestors
        assert bool(ancestors) == isinstance(frame.loc[zone_id, "within_basis"], str)
        for ancestor in ancestors:
            assert set(within[ancestor]) <= set(ancestors)
            inner, outer = metres[zone_id], metres[ancestor]
            if inner is not None and outer is not None:
                assert inner.intersection(outer).area / inner.area > 0.97, (zone_id, ancestor)


def test_lists_that_belong_together_have_the_same_length():
    for row in room.zones().itertuples():
        assert (
            len(row.subdistricts) == len(row.subdistrict_confidence) == len(row.subdistrict_extent)
        )
        assert len(row.industries_zh) == len(row.industries_en)
        assert not any("(" in name for name in row.subdistricts)


def test_centres_lie_in_their_counties_within_their_uncertainty():
    county = to_metres(counties().set_index("code"))
    for row in room.zones().itertuples():
        if pd.notna(row.centre_lon) and row.county_codes:
            point = shapely.Point(to_metres(row.centre_lon, row.centre_lat)[0])
            gap_km = county.geometry[row.county_codes].distance(point).min() / 1000
            assert gap_km <= row.uncertainty_km, row.zone_id


def test_the_assumption_is_switched_in_one_cell(own_data):
    _edit(own_data, WIRELESS, assumed_from="xinchuan-park")
    frame = room.zones().set_index("zone_id")
    assert frame.geometry[WIRELESS].equals(frame.geometry["xinchuan-park"])
    _edit(own_data, WIRELESS, assumed_from="")
    valley = room.zones().set_index("zone_id").loc[WIRELESS]
    assert valley.geometry is None
    assert not valley["assumed"]
    assert valley["county_codes"] == []


@pytest.mark.parametrize("lender", ["no-such-zone", "unicorn-island"])
def test_a_lender_without_footprint_is_refused(own_data, lender):
    _edit(own_data, WIRELESS, assumed_from=lender)
    with pytest.raises(ShippedDataError, match=rf"row 3, column assumed_from: '{lender}'"):
        room.zones()


def test_a_word_for_a_number_names_row_and_column(own_data):
    _edit(own_data, WIRELESS, area_km2="about 20")
    with pytest.raises(ShippedDataError, match=r"zones\.csv row 3, column area_km2: 'about 20'"):
        room.zones()


def test_a_lost_column_is_named(own_data):
    table = pd.read_csv(own_data / "zones.csv", dtype="str").drop(columns="aliases")
    table.to_csv(own_data / "zones.csv", index=False)
    with pytest.raises(ShippedDataError, match="no column aliases"):
        room.zones()


def test_an_unknown_footprint_and_a_damaged_file_are_refused(own_data):
    path = own_data / "zones.geojson"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("xinchuan-park", "elsewhere"), encoding="utf-8")
    with pytest.raises(ShippedDataError, match="elsewhere"):
        room.zones()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ShippedDataError, match=r"zones\.geojson cannot be read"):
        room.zones()


@pytest.mark.parametrize(
    ("official", "why"),
    [
        (_official("no-such-zone"), "no-such-zone"),
        (_official(shape=shapely.Point(104, 30)), "valid polygon"),
        (_official(shape=shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])), "valid polygon"),
        (_official(crs=None), "coordinate reference system"),
        (_official(shape=shapely.box(0, 0, 1, 1)), "outside Sichuan"),
        (_official().drop(columns="zone_id"), "column zone_id"),
        (pd.concat([_official(), _official()]), "twice"),
    ],
)
def test_unusable_official_footprints_are_refused(official, why):
    with pytest.raises(InputError, match=why):
        room.replace_footprints(room.zones(), official)


def test_an_official_footprint_brings_its_own_counties_and_centre():
    shape = shapely.box(104.68, 31.40, 104.80, 31.50)
    valley = room.replace_footprints(room.zones(), _official(shape=shape)).set_index("zone_id")
    row = valley.loc[WIRELESS]
    assert row["prefecture_code"] == "510700"
    assert row["county_codes"] == list(room.counties_of(shape))
    assert shapely.box(*shape.bounds).contains(shapely.Point(row["centre_lon"], row["centre_lat"]))


def test_shares_of_counties_add_up_to_the_part_inside_the_province():
    shares = room.counties_of(shapely.box(104.0, 30.5, 104.2, 30.7))
    assert sum(shares.values()) == pytest.approx(1, abs=0.05)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert room.counties_of(shapely.box(0, 0, 1, 1)) == {}


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(own_data):
    first = room.zones()
    assert room.zones() is first
    _edit(own_data, WIRELESS, name_en="Renamed")
    assert room.zones().set_index("zone_id").loc[WIRELESS, "name_en"] == "Renamed"


def test_replacing_leaves_the_given_frame_alone():
    frame = room.zones()
    before = frame.copy()
    room.replace_footprints(frame, _official())
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))


def test_parks_are_points_with_typed_columns():
    frame = shipped_parks()
    assert len(frame) == 100
    assert frame["park_id"].is_unique
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.isna().sum() == 1  # 广安长明高新区: its place is not verified
    assert frame["lon"].dtype == frame["approved_area_ha"].dtype == "float64"
    assert all(isinstance(codes, list) for codes in frame["county_codes"])
    assert frame["prefecture_code"].nunique() == 20
