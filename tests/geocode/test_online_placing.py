"""Radius, precision and the check of a point against the county of the text."""

import math

import numpy as np
import pytest

from clusters.geocode.datum import from_wgs84
from clusters.geocode.online.placing import RADIUS_M, fineness, place
from clusters.geocode.online.services import Answer

LON, LAT = 104.0, 30.0
NAN = math.nan
DEGREE_M = 111_320.0


def south_and_north(lon, lat):
    """510107 north of 30 degrees, 510722 south of it; nothing beyond 31 or 29 degrees."""
    codes = np.where(np.asarray(lat) >= LAT, "510107", "510722").astype(object)
    codes[np.abs(np.asarray(lat) - LAT) > 1] = ""
    return codes


def west_and_east(lon, lat):
    return np.where(np.asarray(lon) >= LON, "510107", "510722").astype(object)


def answer(metres_north=0.0, level="道路", *, east=0.0, **more):
    lat = LAT + metres_north / DEGREE_M
    lon = LON + east / DEGREE_M / math.cos(math.radians(lat))
    return Answer("ok", "0", lon, lat, "wgs84", level, **more)


def placed(one, named=None, county_of=south_and_north, service="amap"):
    return place(service, [one], named=[named], county_of=county_of)


@pytest.mark.parametrize(
    ("service", "more", "expected"),
    [
        ("amap", {"level": "门牌号"}, ("building", 300)),
        ("amap", {"level": "道路"}, ("street", 2000)),
        ("amap", {"level": "乡镇"}, ("subdistrict", 5000)),
        ("amap", {"level": "区县"}, ("county", 40_000)),
        ("amap", {"level": "市"}, ("prefecture", 150_000)),
        ("amap", {"level": "新词"}, ("county", 40_000)),
        # A doubtful or approximate match counts one step coarser.
        ("amap", {"level": "门牌号", "score": 80}, ("building", 300)),
        ("amap", {"level": "门牌号", "score": 79.9}, ("street", 2000)),
        ("amap", {"level": "道路", "score": 10}, ("subdistrict", 5000)),
        ("amap", {"level": "区县", "score": 10}, ("county", 40_000)),
        ("amap", {"level": "门牌号", "exact": False}, ("street", 2000)),
        ("amap", {"level": "门牌号", "exact": False, "score": 10}, ("street", 2000)),
        # Baidu promises: by its trust in the text, and by its confidence in the point.
        ("baidu", {"level": "门址", "score": 80}, ("building", 500)),
        ("baidu", {"level": "门址", "score": 79}, ("street", 2000)),
        ("baidu", {"level": "门址", "score": 49}, ("street", 4000)),
        ("baidu", {"level": "门址"}, ("building", 4000)),
        ("baidu", {"level": "门址", "score": 100, "error_m": 8000.0}, ("building", 8000)),
        ("baidu", {"level": "门址", "score": 100, "error_m": 20.0}, ("building", 500)),
        ("baidu", {"level": "乡镇", "score": 100, "error_m": 20.0}, ("subdistrict", 5000)),
        ("amap", {"level": "门牌号", "error_m": 8000.0}, ("building", 300)),
    ],
)
def test_precision_and_radius_of_a_match(service, more, expected):
    assert fineness(service, Answer("ok", "0", LON, LAT, **more)) == expected


def test_a_province_has_no_radius():
    precision, radius = fineness("amap", Answer("ok", "0", level="省"))
    assert precision == "province"
    assert math.isnan(radius)


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_every_datum_becomes_wgs84(datum):
    x, y = from_wgs84([LON], [LAT], datum)
    found = placed(Answer("ok", "0", x[0], y[0], datum, "道路"), county_of=None)
    assert (found.lon[0], found.lat[0]) == pytest.approx((LON, LAT), abs=1e-8)


def test_answers_in_several_datums_stay_in_their_rows():
    x, y = from_wgs84([LON + 0.1, LON], [LAT, LAT + 0.1], "gcj02")
    answers = [
        Answer("ok", "0", x[0], y[0], "gcj02", "道路"),
        answer(100, "门牌号"),
        Answer("ok", "0", x[1], y[1], "gcj02", "省"),
    ]
    found = place("amap", answers, named=[None] * 3, county_of=None)
    assert found.lon[:2] == pytest.approx([LON + 0.1, LON], abs=1e-7)
    assert found.precision.tolist() == ["street", "building", "none"]
    assert found.status.tolist() == ["found", "found", "too_coarse"]
    assert found.radius_m[:2].tolist() == [RADIUS_M["street"], RADIUS_M["building"]]
    assert np.isnan([found.lon[2], found.lat[2], found.radius_m[2]]).all()
    assert found.county.tolist() == found.conflict.tolist() == [None] * 3


def test_without_a_check_any_point_is_taken():
    found = placed(answer(-90_000), "510107", county_of=None)
    assert found.status.tolist() == ["found"]


# A street is 2 000 m wide of doubt, a building 300 m, a township still 2 000 m: the ring of points
# around the match reaches that far, and no further.
@pytest.mark.parametrize(
    ("metres", "level", "status"),
    [
        (0, "门牌号", "found"),
        (-299, "门牌号", "found"),
        (-301, "门牌号", "county_differs"),
        (-1999, "道路", "found"),
        (-2001, "道路", "county_differs"),
        (-1999, "乡镇", "found"),
        (-2001, "乡镇", "county_differs"),
    ],
)
def test_a_point_across_the_border_by_its_own_error_is_found(metres, level, status):
    found = placed(answer(metres, level), "510107")
    assert found.status.tolist() == [status]
    assert found.county.tolist() == ["510107" if metres >= 0 else "510722"]


@pytest.mark.parametrize(("metres", "status"), [(-1999, "found"), (-2001, "county_differs")])
def test_the_ring_is_round_in_metres_not_in_degrees(metres, status):
    found = placed(answer(east=metres), "510107", west_and_east)
    assert found.status.tolist() == [status]


def test_a_contradiction_is_told_with_both_sides():
    found = placed(answer(-50_000, "门牌号"), "510107")
    lat = LAT - 50_000 / DEGREE_M
    where = f"104.00000, {lat:.5f}"
    assert found.conflict[0] == f"county_differs: text 510107, service {where} in 510722"
    assert found.precision.tolist() == ["none"]
    assert np.isnan([found.lon[0], found.lat[0], found.radius_m[0]]).all()
    away = placed(answer(150_000), "510107")
    assert away.conflict[0].endswith("outside the province")
    assert away.status.tolist() == ["county_differs"]
    assert away.county.tolist() == [None]


def test_outside_the_province_is_told_where_the_text_names_no_county():
    found = placed(answer(150_000))
    assert found.status.tolist() == ["outside_province"]
    assert found.conflict[0].startswith("outside_province: service 104.00000, 31.")
    edge = placed(answer(DEGREE_M + 1500))
    assert (edge.status.tolist(), edge.conflict.tolist()) == (["found"], [None])
    assert placed(answer(5000)).status.tolist() == ["found"]


@pytest.mark.parametrize(
    ("level", "named", "status"),
    [
        ("市", "510104", "found"),
        ("市", "510722", "county_differs"),
        ("区县", "510104", "county_differs"),
        ("区县", "510107", "found"),
    ],
)
def test_a_city_is_checked_by_city_and_everything_finer_by_county(level, named, status):
    assert placed(answer(50_000, level), named).status.tolist() == [status]


def test_a_province_is_too_coarse_whatever_the_text_names():
    found = placed(answer(-50_000, "省"), "510107")
    assert (found.status.tolist(), found.conflict.tolist()) == (["too_coarse"], [None])


def test_rows_are_checked_against_their_own_county():
    answers = [answer(50_000), answer(-50_000), answer(50_000)]
    found = place("amap", answers, named=["510107", "510722", "510722"], county_of=south_and_north)
    assert found.status.tolist() == ["found", "found", "county_differs"]
    assert found.county.tolist() == ["510107", "510722", "510107"]
    assert np.isnan(found.lat).tolist() == [False, False, True]
