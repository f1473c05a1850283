"""Does `radius_m` hold the true place? Checked where text and place are known independently.

A text names a county or prefecture and nothing finer; the place is that of a shipped amenity,
landmark or park centre, none of which is used to position a county. Zones are checked with the
landmark tests of the facts tables, parks and shapes with the drawn footprints. Every class says
how many cases it rests on; `street` and `building` come from online services only, whose errors
cannot be checked offline.
"""

import numpy as np
import pandas as pd
import pytest
import shapely

from clusters.places.areas import ELONGATION, area_positions, park_positions, position_of
from clusters.places.assign import county_codes
from clusters.places.boundaries import counties, to_metres
from clusters.places.locate import locate
from clusters.places.parks import shipped_parks
from clusters.places.zones import zones
from clusters.settings import data_path


@pytest.fixture(scope="module")
def places():
    """Return places with known coordinates: longitude, latitude, county, where from."""
    tables = [
        pd.read_csv(data_path(*file))[["lon", "lat"]].assign(source=file[1])
        for file in (
            ("reference", "amenities.csv"),
            ("gazetteer", "landmarks.csv"),
            ("parks", "parks.csv"),
        )
    ]
    found = pd.concat(tables, ignore_index=True).dropna().drop_duplicates(["lon", "lat"])
    found["county"] = county_codes(found["lon"], found["lat"])
    return found[found["county"].notna()].reset_index(drop=True)


def held(located, lon, lat):
    """Return whether each true place lies within the radius of the position given."""
    true = to_metres(np.asarray(lon), np.asarray(lat))
    said = to_metres(located["lon"].to_numpy(), located["lat"].to_numpy())
    return np.hypot(*(true - said).T) <= located["radius_m"].to_numpy()


@pytest.mark.parametrize(("level", "least"), [("county", 0.95), ("prefecture", 0.95)])
def test_places_lie_within_the_radius_of_their_area(places, level, least):
    names = counties().set_index("code").loc[places["county"]]
    texts = names["prefecture_zh"] + (names["name_zh"] if level == "county" else "")
    located = locate(pd.DataFrame({"address": texts.to_numpy()}))
    assert (located["precision"] == level).all()
    inside = held(located, places["lon"], places["lat"])
    assert len(inside) >= 300
    assert inside.mean() >= least
    for source, one in pd.Series(inside).groupby(places["source"].to_numpy()):
        assert len(one) >= 50, source
        assert one.mean() >= 0.93, source


def test_a_county_radius_is_no_wider_than_its_area_asks():
    for code, shape in list(zip(counties()["code"], counties().geometry, strict=True))[::23]:
        place = position_of(shape)
        points = inside_of(to_metres(counties().set_index("code").geometry)[code], 3000)
        centre = to_metres([place.lon], [place.lat])[0]
        share = (np.hypot(*(points - centre).T) <= place.radius_m).mean()
        assert 0.93 <= share <= 0.97, code


def inside_of(shape, count):
    """Draw points evenly inside a shape in metres."""
    random = np.random.default_rng(2)
    west, south, east, north = shape.bounds
    x, y = random.uniform(west, east, 20 * count), random.uniform(south, north, 20 * count)
    keep = shapely.contains_xy(shape, x, y)
    return np.column_stack([x[keep], y[keep]])[:count]


def test_landmarks_known_to_be_in_a_zone_lie_within_its_radius(shared):
    tests = pd.read_csv(shared("facts", "zones_check.csv"))
    known = tests[(tests["expected"] == "inside") & tests["zone_id"].isin(area_positions())]
    at = [area_positions()[zone_id] for zone_id in known["zone_id"]]
    frame = pd.DataFrame([(place.lon, place.lat, place.radius_m) for place in at])
    located = frame.set_axis(["lon", "lat", "radius_m"], axis=1)
    inside = held(located, known["lon"], known["lat"])
    assert len(inside) >= 200
    assert inside.mean() >= 0.98


def footprints():
    frame = zones()[zones().geometry.notna() & ~zones()["assumed"].astype(bool)]
    return to_metres(frame.set_index("zone_id")).geometry


def test_parks_that_are_zones_are_held_by_their_radius():
    shapes = footprints()
    both = shipped_parks()[shipped_parks()["zone_id"].isin(shapes.index)]
    assert len(both) >= 10
    for park_id, zone_id in zip(both["park_id"], both["zone_id"], strict=True):
        place = park_positions(shipped_parks())[park_id]
        points = inside_of(shapes[zone_id], 2000)
        centre = to_metres([place.lon], [place.lat])[0]
        assert (np.hypot(*(points - centre).T) <= place.radius_m).mean() >= 0.93, park_id


def test_the_extent_of_a_park_fits_the_shapes_that_are_known():
    worth = []
    for shape in footprints():
        points = inside_of(shape, 2000)
        apart = np.hypot(*(points - np.array(shape.centroid.coords[0])).T)
        worth.append(np.quantile(apart, 0.95) / np.sqrt(shape.area / np.pi))
    assert len(worth) >= 20
    assert np.mean(np.array(worth) <= ELONGATION) >= 0.9
    assert np.median(worth) > 1.1  # a disc would not do


def test_a_park_needs_no_more_than_its_doubt_and_extent():
    frame = shipped_parks().set_index("park_id")
    for park_id, place in park_positions(shipped_parks()).items():
        row = frame.loc[park_id]
        if not isinstance(row["zone_id"], str) or row["zone_id"] not in area_positions():
            assert place.radius_m >= 1000 * row["uncertainty_km"]
            assert (place.lon, place.lat) == (row["lon"], row["lat"])


def test_an_unknown_datum_is_within_its_doubt():
    # The largest distance between a coordinate read as WGS 84 and what it may have meant.
    from clusters.geocode.datum import to_wgs84

    x, y = np.meshgrid(np.linspace(97.5, 108.5, 40), np.linspace(26.1, 34.3, 40))
    here = to_metres(x.ravel(), y.ravel())
    for datum in ("gcj02", "bd09"):
        there = to_metres(*to_wgs84(x.ravel(), y.ravel(), datum))
        assert np.hypot(*(here - there).T).max() < 1500
