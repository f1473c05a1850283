"""Points that stand for areas, footprints with their doubt, and possible places in them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from clusters.geocode.gazetteer import gazetteer
from clusters.places.areas import (
    AreaPosition,
    area_positions,
    park_positions,
    position_of,
    tightest,
    zone_in_county,
)
from clusters.places.assign import county_codes, within_footprint, zone_membership
from clusters.places.boundaries import CRS_METRES, counties, prefectures, to_degrees, to_metres
from clusters.places.draws import draw_positions
from clusters.places.parks import IMPORTED_BASIS, shipped_parks
from clusters.places.zones import zones


def in_degrees(shape):
    return gpd.GeoSeries([shape], crs=CRS_METRES).to_crs("EPSG:4326").iloc[0]


def metres_of(place):
    return to_metres([place.lon], [place.lat])[0]


def test_a_disc_stands_at_its_centre_and_needs_the_root_of_95_percent_of_its_radius():
    found = position_of(in_degrees(shapely.Point(50_000, 60_000).buffer(10_000, quad_segs=64)))
    assert np.hypot(*(metres_of(found) - (50_000, 60_000))) < 600
    assert found.radius_m == pytest.approx(10_000 * np.sqrt(0.95), rel=0.03)


def test_a_square_needs_a_circle_that_leaves_a_twentieth_in_its_corners():
    # Side 2: a circle of radius r > 1 covers πr² − 4 (r² arccos(1/r) − √(r² − 1)); 3.8 at r = 1.19.
    found = position_of(in_degrees(shapely.box(0, 0, 20_000, 20_000)))
    radius = found.radius_m / 10_000
    covered = np.pi * radius**2 - 4 * (radius**2 * np.arccos(1 / radius) - np.sqrt(radius**2 - 1))
    assert covered / 4 == pytest.approx(0.95, abs=0.015)


def test_an_area_in_two_pieces_is_stood_for_by_a_point_inside_one():
    two = shapely.union_all([shapely.box(0, 0, 3_000, 3_000), shapely.box(9_000, 0, 10_000, 1_000)])
    found = position_of(in_degrees(two))
    assert two.contains(shapely.Point(metres_of(found)))
    assert found.radius_m > 3_000  # the smaller piece holds a tenth of the area


def test_a_sliver_too_thin_to_sample_is_held_to_its_farthest_corner():
    # A bent line a tenth of a millimetre wide, which none of the sample points meets.
    sliver = shapely.LineString([(104, 30), (104.03, 30.08), (104.1, 30.1)]).buffer(1e-9)
    found = position_of(sliver)
    corners = to_metres([104.0, 104.1], [30.0, 30.1])
    apart = np.hypot(*(corners - metres_of(found)).T)
    assert found.radius_m == pytest.approx(apart.max(), rel=1e-3)


def test_a_zone_adds_the_error_of_its_outline_and_a_county_none():
    drawn = zones()[lambda t: t.geometry.notna()].iloc[0]
    found = area_positions()[drawn["zone_id"]]
    bare = position_of(drawn.geometry)
    assert found.radius_m == pytest.approx(bare.radius_m + drawn["boundary_error_m"])
    county = counties().iloc[40]
    assert area_positions()[county["code"]] == position_of(county.geometry)


def test_every_county_prefecture_and_drawn_zone_has_a_position():
    wanted = {*counties()["code"], *prefectures()["code"]}
    wanted |= set(zones().loc[zones().geometry.notna(), "zone_id"])
    assert set(area_positions()) == wanted


# ---- parks ---------------------------------------------------------------------------------


def park(**cells):
    base = {"park_id": "p", "zone_id": None, "lon": 104.06, "lat": 30.6, "uncertainty_km": 2.0,
            "approved_area_ha": 400.0, "coord_basis": "published"}  # fmt: skip
    return park_positions(pd.DataFrame([{**base, **cells}])).get("p")


@pytest.mark.parametrize(
    ("cells", "radius_m"),
    [
        ({}, 2_000 + 1.5 * np.sqrt(4e6 / np.pi)),
        ({"approved_area_ha": np.nan}, 2_000 + 1.5 * np.sqrt(30e6 / np.pi)),  # 30 km² are usual
        ({"uncertainty_km": np.nan}, 5_000 + 1.5 * np.sqrt(4e6 / np.pi)),
        ({"zone_id": "unicorn-island"}, 2_000 + 1.5 * np.sqrt(4e6 / np.pi)),  # no footprint
        ({"zone_id": "tianfu-wireless-valley"}, 2_000 + 1.5 * np.sqrt(4e6 / np.pi)),  # assumed
    ],
)
def test_a_park_is_its_centre_with_doubt_and_extent(cells, radius_m):
    found = park(**cells)
    assert (found.lon, found.lat) == (104.06, 30.6)
    assert found.radius_m == pytest.approx(radius_m)


def test_a_park_on_the_ground_of_a_drawn_zone_takes_its_position_unless_imported():
    zone = "chengdu-htz-south"
    assert not zones().set_index("zone_id")["assumed"][zone]
    assert park(zone_id=zone) == area_positions()[zone]
    assert park(zone_id=zone, coord_basis=IMPORTED_BASIS).lon == 104.06


def test_a_park_without_place_has_no_position():
    assert park(lon=np.nan) is None
    assert park(lat=np.nan) is None


# ---- the tightest area that agrees ---------------------------------------------------------

NO_PARKS: dict[str, AreaPosition] = {}
WUHOU = AreaPosition(104.06, 30.60, 900.0)


def tight(county="510107", zone_ids=(), park_ids=(), landmark=-1, centres=NO_PARKS):
    prefecture = "510100" if county is None else f"{county[:4]}00"
    return tightest(county, prefecture, zone_ids, park_ids, landmark, centres=centres)


def test_without_anything_finer_the_county_stands_else_the_prefecture():
    assert tight() == (area_positions()["510107"], "county")
    assert tight(None) == (area_positions()["510100"], "prefecture")


def test_a_park_in_the_county_is_tighter_than_the_county():
    assert tight(park_ids=("p",), centres={"p": WUHOU}) == (WUHOU, "park")
    assert tight(None, park_ids=("p",), centres={"p": WUHOU}) == (WUHOU, "park")


@pytest.mark.parametrize(
    "place",
    [
        AreaPosition(104.74, 31.47, 900.0),  # in another county
        AreaPosition(116.4, 39.9, 900.0),  # in another province
        AreaPosition(104.06, 30.60, 1e6),  # wider than the county
    ],
)
def test_a_park_elsewhere_or_wider_than_the_county_says_nothing(place):
    assert tight(park_ids=("p",), centres={"p": place})[1] == "county"


def test_of_several_the_smallest_radius_wins_and_unknown_ids_are_passed_over():
    wider = AreaPosition(104.06, 30.61, 1500.0)
    centres = {"a": wider, "b": WUHOU, "c": wider}
    assert tight(park_ids=("a", "b", "c", "d"), centres=centres) == (WUHOU, "park")


def test_an_assumed_zone_gives_no_position():
    assert tight("510116", zone_ids=("tianfu-wireless-valley",))[1] == "county"
    assert tight("510107", zone_ids=("chengdu-htz-south",))[1] == "park"


def test_a_landmark_is_a_street_up_to_a_kilometre_and_a_park_beyond():
    marks = gazetteer().landmarks
    codes = county_codes(marks["lon"], marks["lat"])
    for row in range(0, len(marks), 40):
        place, precision = tight(codes[row], landmark=row)
        if precision != "county":
            assert precision == ("street" if place.radius_m <= 1000 else "park")
            assert place.radius_m == float(marks["radius_m"].iloc[row])


def test_the_part_of_a_zone_in_a_county_lies_in_that_county():
    zone = "mianyang-new-district"  # half of it in 涪城, the rest in 游仙 and 安州
    whole, part = area_positions()[zone], zone_in_county(zone, "510704")
    assert county_codes([part.lon], [part.lat])[0] == "510704"
    assert part.radius_m < whole.radius_m
    assert zone_in_county(zone, None) == whole
    assert zone_in_county(zone, "510107") == whole  # no part of it lies there


# ---- footprints and doubt ------------------------------------------------------------------

SQUARE = shapely.box(0, 0, 1_000, 1_000)


@pytest.mark.parametrize(
    ("x", "y", "reach", "certain", "maybe"),
    [
        (500, 500, 499, True, False),
        (500, 500, 500, False, True),  # as near to the edge as it is in doubt
        (500, 500, 501, False, True),
        (990, 500, 5, True, False),
        (1_010, 500, 5, False, False),
        (1_010, 500, 10, False, True),
        (1_000, 500, 0, False, True),  # on the edge
        (1_004, 1_003, 5, False, True),  # off the corner by 3-4-5
        (1_004, 1_003, 4.99, False, False),
        (np.nan, 500, 1e9, False, False),
    ],
)
def test_a_point_is_inside_only_beyond_its_doubt(x, y, reach, certain, maybe):
    inside, near = within_footprint(SQUARE, np.array([[x, y]]), np.array([float(reach)]))
    assert (inside.tolist(), near.tolist()) == ([0] * certain, [0] * maybe)


def test_doubt_as_buffers_gives_the_same_answer():
    generator = np.random.default_rng(3)
    shape = shapely.Polygon(
        [(0, 0), (2_000, 0), (2_000, 500), (500, 500), (500, 2_000), (0, 2_000)]
    )
    points = generator.uniform(-500, 2_500, (400, 2))
    certain, maybe = within_footprint(shape, points, np.full(400, 120.0))
    inner, outer = shape.buffer(-120, quad_segs=64), shape.buffer(120, quad_segs=64)
    deep = shapely.contains_xy(inner, *points.T)
    wide = shapely.contains_xy(outer, *points.T)
    assert certain.tolist() == np.flatnonzero(deep).tolist()
    assert maybe.tolist() == np.flatnonzero(wide & ~deep).tolist()


def test_membership_adds_the_error_of_the_outline_to_the_doubt_of_the_point():
    drawn = gpd.GeoDataFrame(
        {"zone_id": ["b", "a"], "boundary_error_m": [0.0, 600.0], "assumed": [False, False]},
        geometry=[in_degrees(SQUARE)] * 2, crs="EPSG:4326",
    )  # fmt: skip
    lon, lat = to_degrees([[500.0, 500.0]])[0]
    assert zone_membership([lon], [lat], [10.0], drawn=drawn) == ([("b",)], [("a",)])
    assert zone_membership([lon], [lat], [510.0], drawn=drawn) == ([()], [("b", "a")])
    both = drawn.assign(boundary_error_m=0.0)
    assert zone_membership([lon], [lat], [10.0], drawn=both)[0] == [("b", "a")]


# ---- draws ---------------------------------------------------------------------------------


def located(**columns):
    base = {"lon": 104.06, "lat": 30.6, "precision": "county", "radius_m": 5_000.0,
            "county_code": "510107", "prefecture_code": "510100", "zone_ids": [[]]}  # fmt: skip
    return pd.DataFrame({**base, **columns})


def drawn_in(shape, **columns):
    metres = draw_positions(located(**columns), 200, seed=1)[:, 0]
    return shapely.contains_xy(to_metres(gpd.GeoSeries([shape], crs=4326)).iloc[0], *metres.T)


def test_a_firm_known_to_its_county_may_be_anywhere_in_it_and_nowhere_else():
    county = counties().set_index("code").geometry["510107"]
    assert drawn_in(county).all()


def test_a_firm_without_county_may_be_anywhere_in_its_prefecture():
    prefecture = prefectures().set_index("code").geometry["510100"]
    inside = drawn_in(prefecture, county_code=None, precision="prefecture")
    assert inside.all()
    assert not drawn_in(
        counties().set_index("code").geometry["510107"], county_code=None, precision="prefecture"
    ).all()


def test_a_firm_known_to_a_drawn_zone_lies_in_its_footprint():
    shape = zones().set_index("zone_id").geometry["chengdu-htz-south"]
    assert drawn_in(shape, precision="park", zone_ids=[["chengdu-htz-south"]]).all()


@pytest.mark.parametrize("precision", ["point", "building", "street", "park"])
def test_a_firm_with_a_centre_scatters_within_its_radius_95_times_of_100(precision):
    metres = draw_positions(located(precision=precision, radius_m=800.0), 2_000, seed=1)[:, 0]
    away = np.hypot(*(metres - to_metres([104.06], [30.6])[0]).T)
    assert (away <= 800).mean() == pytest.approx(0.95, abs=0.02)


def test_shipped_parks_all_have_a_position_but_the_one_without_a_place():
    found = park_positions(shipped_parks())
    assert len(found) == 99
