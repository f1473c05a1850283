"""How text, points, services and parks are joined in one row, and what the table says of it."""

import numpy as np
import pandas as pd
import pytest

from clusters.geocode.cascade import place_addresses
from clusters.places.boundaries import counties, to_degrees, to_metres
from clusters.places.columns import LocationColumns, from_text, joined
from clusters.places.inputs import given_coordinates, is_located, texts_of
from clusters.places.locate import locate
from clusters.places.online import apply_online
from clusters.places.output import assemble
from clusters.places.park_names import ParkNames
from clusters.places.parks import OWN
from clusters.places.zones import zones

WUHOU = "成都市武侯区无名街1号"
CHENGDU = "成都市不知名路1号"


def columns_of(*texts) -> LocationColumns:
    return from_text(place_addresses(list(texts), region=None, names=None, memory=None))


def assembled(columns, table=None):
    count = len(columns.county)
    given = pd.DataFrame({"address": [""] * count}) if table is None else table
    return assemble(given, columns, None)


def test_reasons_are_added_one_after_the_other():
    columns = columns_of(WUHOU, WUHOU)
    columns.conflict[:] = None
    columns.note(np.array([1]), ["one"])
    columns.note(np.array([0, 1]), ["two", "three"])
    assert columns.conflict.tolist() == ["two", "one; three"]


def test_disagreements_and_gaps_go_to_columns_of_their_own():
    columns = columns_of(WUHOU, WUHOU, WUHOU)
    columns.conflict[:] = [
        "region_only; two_counties: 510104, 510107", None, "county_not_named",
    ]  # fmt: skip
    found = assembled(columns)
    assert found["location_conflict"].fillna("-").tolist() == [
        "two_counties: 510104, 510107", "-", "-",
    ]  # fmt: skip
    assert found["location_note"].fillna("-").tolist() == ["region_only", "-", "county_not_named"]


def test_a_belief_of_nought_is_no_probability_and_an_unplaced_row_has_no_radius():
    columns = columns_of(WUHOU, WUHOU)
    columns.belief[:] = [0.0, 0.97]
    columns.radius[:] = 50.0
    columns.precision[:] = ["none", "county"]
    found = assembled(columns)
    assert found["county_probability"].fillna(-1).tolist() == [-1, 0.97]
    assert found["radius_m"].fillna(-1).tolist() == [-1, 50]


def test_a_part_of_a_zone_implies_the_whole_and_never_itself():
    columns = columns_of(WUHOU, WUHOU, WUHOU)
    columns.zone_ids[:] = [("chengdu-htz-south",), (), ("chengdu-htz-south", "chengdu-htz")]
    also = assembled(columns)["zone_also_ids"]
    within = zones().set_index("zone_id")["within"]["chengdu-htz-south"]
    assert set(within) <= set(also[0])
    assert "chengdu-htz-south" not in also[0]
    assert also[1] == []
    assert "chengdu-htz" not in also[2]  # said already


def test_parts_put_end_to_end_are_as_one_piece():
    whole, parts = columns_of(WUHOU, CHENGDU, ""), [columns_of(WUHOU), columns_of(CHENGDU, "")]
    one, two = assembled(whole), assembled(joined(parts))
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")), pd.DataFrame(two.drop(columns="geometry"))
    )
    assert joined(parts[:1]) is parts[0]


# ---- points --------------------------------------------------------------------------------


def placed(address, lon, lat):
    table = pd.DataFrame({"address": [address], "lon": [lon], "lat": [lat]})
    return locate(table, datum="wgs84").iloc[0]


def across_the_border(metres):
    """Return a place so far outside 武侯区 that its distance to the county is `metres`."""
    county = to_metres(counties().set_index("code").geometry)["510107"]
    ring = county.buffer(metres, quad_segs=32).exterior
    for share in np.linspace(0, 1, 200):
        spot = ring.interpolate(share, normalized=True)
        lon, lat = to_degrees([[spot.x, spot.y]])[0]
        if county.distance(spot) == pytest.approx(metres, abs=1):
            return lon, lat
    raise AssertionError("no such place")


def test_a_point_up_to_two_kilometres_off_does_not_contradict_the_county_named():
    row = placed(WUHOU, *across_the_border(1_950))
    assert (row["precision"], row["county_code"]) == ("point", "510107")
    assert pd.isna(row["location_conflict"])


def test_a_point_more_than_two_kilometres_off_is_not_used():
    row = placed(WUHOU, *across_the_border(2_050))
    assert (row["precision"], row["county_code"]) == ("county", "510107")
    assert row["location_conflict"].startswith("address_against_coordinates: text 510107, point ")
    assert row["located_by"] != "coordinates"


def test_a_point_tells_the_county_of_an_address_that_names_a_city_only():
    row = placed(CHENGDU, 104.06, 30.60)
    assert (row["county_code"], row["located_by"]) == ("510107", "coordinates")
    assert row["county_probability"] == 0.99


def test_a_zone_named_far_from_its_footprint_is_told():
    row = placed("成都高新区天府五街200号", 104.03, 30.65)
    assert row["location_conflict"] == "zone_against_coordinates: chengdu-htz-south"
    assert (row["precision"], row["zone_ids"]) == ("point", ["chengdu-htz-south"])


# ---- services ------------------------------------------------------------------------------


def asked(text, **answer):
    """Return a row and its columns after a service answered; what it was asked comes too."""
    columns = columns_of(text)
    columns.conflict[:] = None
    columns.radius[:] = 9_000.0
    columns.precision[:] = "county"
    seen = []
    base = {"lon": 104.06, "lat": 30.6, "precision": "street", "radius_m": 500.0,
            "county_code": "510107", "service": "amap", "conflict": None}  # fmt: skip

    def ask(texts, named):
        seen.append((texts, named))
        found = pd.DataFrame([{**base, **answer}] * len(texts))
        found.attrs["online"] = {"asked": len(texts)}
        return found

    report = apply_online(columns, [text], ask)
    return columns, seen, report


def test_a_finer_answer_in_the_county_named_is_used():
    columns, seen, report = asked(WUHOU)
    assert (columns.lon[0], columns.lat[0], columns.radius[0]) == (104.06, 30.6, 500)
    assert (columns.precision[0], columns.located_by[0]) == ("street", "online:amap")
    assert seen == [([WUHOU], ["510107"])]
    assert report == {"asked": 1}


@pytest.mark.parametrize(
    "answer",
    [
        {"radius_m": 9_000.0},  # no finer than what is known
        {"precision": "county"},
        {"precision": "point"},  # services promise no points
        {"county_code": None},
        {"radius_m": np.nan},
    ],
)
def test_an_answer_that_is_no_finer_changes_nothing(answer):
    columns, _, _ = asked(WUHOU, **answer)
    assert np.isnan(columns.lon[0])
    assert columns.precision[0] == "county"
    assert columns.conflict[0] is None


def test_an_answer_in_another_county_is_told_with_both():
    columns, _, _ = asked(WUHOU, county_code="510104")
    assert np.isnan(columns.lon[0])
    assert columns.conflict[0] == "county_differs: 510107 by gazetteer, service 510104"


def test_a_conflict_the_service_tells_goes_before_ours():
    columns, _, _ = asked(WUHOU, county_code="510104", conflict="county_differs: as told")
    assert columns.conflict[0] == "county_differs: as told"


def test_a_city_alone_takes_the_county_of_the_answer_within_the_city_only():
    columns, seen, _ = asked(CHENGDU)
    assert seen[0][1] == [None]  # names no county
    assert (columns.county[0], columns.prefecture[0]) == ("510107", "510100")
    columns, _, _ = asked(CHENGDU, county_code="510703")
    assert columns.county[0] is None
    assert columns.conflict[0] == "county_differs: 510100 by text, service 510703"


# ---- names of imported parks ---------------------------------------------------------------


def found_in(text, *names, prefecture="510100", own=True):
    parks = pd.DataFrame(
        {
            "park_id": [f"{OWN}{name}" if own else name for name in names],
            "name_zh": list(names),
            "prefecture_code": prefecture,
        }
    )
    search, columns = ParkNames(parks), columns_of("", text)
    columns.park_ids[:] = [(), ()]
    columns.prefecture[:] = "510100"
    search.look([text], 1)
    search.add_to(columns)
    assert columns.park_ids[0] == ()
    return [one.removeprefix(OWN) for one in columns.park_ids[1]]


def test_of_names_inside_each_other_the_longer_is_meant():
    assert found_in("云谷软件园二期3栋", "云谷软件园", "云谷软件园二期") == ["云谷软件园二期"]
    assert found_in("云谷软件园3栋", "云谷软件园", "云谷软件园二期") == ["云谷软件园"]


def test_several_parks_named_are_all_told_once_in_reading_order():
    text = "星河产业园东侧云谷软件园和星河产业园"
    assert found_in(text, "云谷软件园", "星河产业园") == ["星河产业园", "云谷软件园"]


def test_names_of_three_characters_and_shipped_parks_are_not_searched():
    assert found_in("云谷园3栋", "云谷园") == []
    assert found_in("云谷软园3栋", "云谷软园") == ["云谷软园"]
    assert found_in("云谷软件园3栋", "云谷软件园", own=False) == []


def test_a_park_of_another_city_is_not_meant():
    assert found_in("云谷软件园3栋", "云谷软件园", prefecture="510700") == []


# ---- what is read of a table ---------------------------------------------------------------


def test_a_region_stands_in_where_there_is_no_address():
    table = pd.DataFrame(
        {"address": ["甲路1号", " ", None, ""], "region": ["绵阳", "德阳", 5, "广元"]}
    )
    texts, by_region = texts_of(table, "address")
    assert texts == ["甲路1号", "德阳", "", "广元"]
    assert by_region.tolist() == [1, 3]
    assert texts_of(table, "region")[1].tolist() == []


def test_a_table_is_located_only_with_every_column_that_says_so():
    full = pd.DataFrame(columns=["precision", "radius_m", "located_by", "county_probability"])
    assert is_located(full)
    assert not is_located(full.drop(columns="county_probability"))


def test_longitude_without_latitude_are_no_coordinates():
    assert given_coordinates(pd.DataFrame({"lon": [104.0]})) is None
    found = given_coordinates(pd.DataFrame({"lon": [104.0], "lat": [30.0], "datum": ["gcj02"]}))
    assert list(found.columns) == ["lon", "lat", "datum"]
