import geopandas as gpd
import numpy as np
import pytest
import shapely

from clusters.places.areas import area_positions, position_of
from clusters.places.assign import county_codes, county_rows, zone_membership
from clusters.places.boundaries import counties, to_metres
from clusters.places.zones import zones


@pytest.fixture(scope="module")
def scattered():
    random = np.random.default_rng(11)
    west, south, east, north = counties().total_bounds
    return random.uniform(west, east, 60_000), random.uniform(south, north, 60_000)


def test_the_same_as_testing_every_polygon(scattered):
    x, y = scattered
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs="EPSG:4326")
    joined = gpd.sjoin(points, counties()[["geometry"]], predicate="within", how="left")
    assert np.array_equal(joined["index_right"].fillna(-1).to_numpy(int), county_rows(x, y))


def test_a_point_on_a_common_border_goes_to_the_lower_code():
    corners = shapely.get_coordinates(counties().geometry.to_numpy())
    x, y = corners[::997].T
    rows = county_rows(x, y)
    assert (rows >= 0).all()
    shapes = counties().geometry.to_numpy()
    for lon, lat, row in zip(x[:200], y[:200], rows[:200], strict=True):
        touching = [
            number for number, shape in enumerate(shapes) if shapely.intersects_xy(shape, lon, lat)
        ]
        assert row == min(touching)


def test_order_does_not_matter(scattered):
    x, y = scattered
    order = np.random.default_rng(1).permutation(len(x))
    assert np.array_equal(county_rows(x, y)[order], county_rows(x[order], y[order]))


def test_outside_missing_and_infinite_are_nowhere():
    codes = county_codes([116.4, np.nan, np.inf, 0.0, 104.06], [39.9, 30.0, 30.0, 0.0, 30.66])
    assert codes.tolist()[:4] == [None] * 4
    assert codes[4] == "510105"
    assert county_codes([], []).tolist() == []


def test_every_label_point_is_in_its_county():
    frame = counties()
    assert county_codes(frame["label_lon"], frame["label_lat"]).tolist() == frame["code"].tolist()


def test_the_position_of_an_area_lies_in_it_and_its_radius_holds_95_percent():
    random = np.random.default_rng(5)
    positions = area_positions()
    for code in ("510107", "513333", "511902", "510116"):
        shape = counties().set_index("code").geometry[code]
        place = positions[code]
        assert shape.contains(shapely.Point(place.lon, place.lat))
        west, south, east, north = shape.bounds
        x, y = random.uniform(west, east, 20_000), random.uniform(south, north, 20_000)
        inside = shapely.contains_xy(shape, x, y)
        metres = to_metres(x[inside], y[inside]) - to_metres([place.lon], [place.lat])
        assert abs((np.hypot(*metres.T) <= place.radius_m).mean() - 0.95) < 0.03


def test_a_sliver_has_a_position():
    sliver = shapely.Polygon([(104, 30), (104.00001, 30.5), (104.00002, 30)])
    assert position_of(sliver).radius_m > 0


def test_known_landmarks_lie_within_their_countys_radius(shared):
    import pandas as pd

    sites = pd.read_csv(shared("facts", "amenities.csv")).dropna(subset=["lon", "lat"])
    codes = county_codes(sites["lon"], sites["lat"])
    known = np.array([code is not None for code in codes])
    places = [area_positions()[code] for code in codes[known]]
    apart = to_metres(sites["lon"][known], sites["lat"][known]) - to_metres(
        [place.lon for place in places], [place.lat for place in places]
    )
    held = np.hypot(*apart.T) <= np.array([place.radius_m for place in places])
    assert held.mean() >= 0.9


class TestZones:
    def test_deep_inside_near_the_edge_and_outside(self):
        frame = zones().set_index("zone_id")
        shape = to_metres(frame.loc[["tianfu-chengdu-direct"]]).geometry.iloc[0]
        inner = shape.representative_point()
        edge = (
            shape.exterior.interpolate(0.3, normalized=True)
            if shape.geom_type == "Polygon"
            else None
        )
        back = gpd.GeoSeries([inner, edge or inner], crs=to_metres(frame.head(1)).crs).to_crs(4326)
        inside, uncertain = zone_membership([back.x[0], 116.0], [back.y[0], 40.0], [0.0, 0.0])
        assert "tianfu-chengdu-direct" in inside[0] + uncertain[0]
        assert inside[1] == uncertain[1] == ()
        if edge is not None:
            inside, uncertain = zone_membership([back.x[1]], [back.y[1]], [0.0])
            assert "tianfu-chengdu-direct" not in inside[0]
            assert "tianfu-chengdu-direct" in uncertain[0]

    def test_a_large_radius_makes_everything_uncertain(self):
        inside, uncertain = zone_membership([104.0646], [30.57], [50_000.0])
        assert inside == [()]
        assert "chengdu-htz-south" in uncertain[0]

    def test_an_assumed_place_is_never_certain(self):
        frame = zones().set_index("zone_id")
        middle = frame.loc["tianfu-wireless-valley"].geometry.representative_point()
        inside, uncertain = zone_membership([middle.x], [middle.y], [0.0])
        assert "tianfu-wireless-valley" not in inside[0]
        assert "tianfu-wireless-valley" in uncertain[0]

    def test_missing_points_are_in_no_zone(self):
        assert zone_membership([np.nan], [np.nan], [np.nan]) == ([()], [()])
