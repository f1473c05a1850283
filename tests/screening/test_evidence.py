"""Possible places of parks, firms and amenities, and what is counted and measured in each."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from clusters.places.boundaries import CRS_METRES
from clusters.places.reference import amenities
from clusters.screening import evidence as module
from clusters.screening.evidence import EARTH_KM, Evidence, great_circle_km
from screening.conftest import firm_rows, park_rows

HERE = (104.06, 30.57)
DEGREE_KM = 2 * np.pi * EARTH_KM / 360


def seen(sources, **options):
    chosen = {"segment": "robotics", "radius_km": 10, "seed": 3, **options}
    base = chosen.pop("base", None)
    return Evidence(sources, chosen["segment"], chosen["radius_km"], chosen["seed"], base)


def km_apart(places):
    """Return (worlds, parks) distances in km from the mean place of each park."""
    middle = places.mean(axis=0)
    return great_circle_km(places[..., 0], places[..., 1], middle[:, 0], middle[:, 1])


def test_a_degree_of_latitude_is_the_earth_through_360():
    found = great_circle_km(*(np.array([x]) for x in (104.0, 30.0, 104.0, 31.0)))
    assert found[0] == pytest.approx(DEGREE_KM, rel=1e-12)
    assert pytest.approx(111.1951, abs=1e-4) == DEGREE_KM


def test_a_quarter_of_the_way_round_and_half_of_it():
    # On the equator 90° is a quarter of the circumference; pole to pole is half of it.
    quarter = great_circle_km(np.array(0.0), np.array(0.0), np.array(90.0), np.array(0.0))
    assert float(quarter) == pytest.approx(np.pi * EARTH_KM / 2)
    half = great_circle_km(np.array(10.0), np.array(90.0), np.array(200.0), np.array(-90.0))
    assert float(half) == pytest.approx(np.pi * EARTH_KM)


def test_distances_are_the_same_both_ways_and_nought_on_the_spot():
    there = great_circle_km(*(np.array(x) for x in (104.0, 30.0, 102.0, 27.0)))
    back = great_circle_km(*(np.array(x) for x in (102.0, 27.0, 104.0, 30.0)))
    assert float(there) == pytest.approx(float(back), rel=1e-14)
    assert float(great_circle_km(*(np.array(x) for x in (104.0, 30.0, 104.0, 30.0)))) == 0


def test_95_of_100_possible_centres_lie_within_the_uncertainty(world):
    places = seen(world([HERE], uncertainty_km=8.0)).park_places
    assert places.shape == (512, 1, 2)
    inside = (km_apart(places) <= 8.0).mean()
    assert inside == pytest.approx(0.95, abs=0.03)
    # Half of a circular normal lies within 1.1774 sigma; the 95 % circle is 2.4477 sigma.
    assert np.median(km_apart(places)) == pytest.approx(8.0 * 1.1774 / 2.4477, rel=0.12)


def test_the_mean_of_the_possible_centres_is_the_published_one(world):
    places = seen(world([HERE], uncertainty_km=8.0)).park_places
    np.testing.assert_allclose(places.mean(axis=0)[0], HERE, atol=1e-9)


def test_possible_centres_scatter_alike_east_and_north(world):
    places = seen(world([(101.0, 33.9)], uncertainty_km=8.0)).park_places[:, 0]
    east = (places[:, 0] - 101.0) * DEGREE_KM * np.cos(np.radians(33.9))
    north = (places[:, 1] - 33.9) * DEGREE_KM
    assert east.std() == pytest.approx(north.std(), rel=0.15)
    assert np.corrcoef(east, north)[0, 1] == pytest.approx(0, abs=0.15)


def test_a_park_known_exactly_or_without_stated_doubt_stays_where_it_is(world):
    places = seen(world([HERE, HERE], uncertainty_km=[0.0, np.nan])).park_places
    np.testing.assert_array_equal(places, np.broadcast_to(HERE, places.shape))


def test_a_park_draws_by_its_id_and_not_by_its_row(world):
    sources = world([HERE, (104.7, 31.5)], uncertainty_km=5.0)
    turned = replace(sources, parks=sources.parks.iloc[::-1].reset_index(drop=True))
    one, other = seen(sources).park_places, seen(turned).park_places
    np.testing.assert_array_equal(one[:, 0], other[:, 1])
    np.testing.assert_array_equal(one[:, 1], other[:, 0])


def test_another_seed_draws_other_places_and_the_same_seed_the_same(world):
    sources = world([HERE], uncertainty_km=5.0)
    first = seen(sources).park_places
    np.testing.assert_array_equal(seen(sources).park_places, first)
    assert (seen(sources, seed=4).park_places != first).all()


def test_two_parks_at_one_place_do_not_move_together(world):
    places = seen(world([HERE, HERE], uncertainty_km=5.0)).park_places
    assert abs(np.corrcoef(places[:, 0, 0], places[:, 1, 0])[0, 1]) < 0.15


def test_firms_of_a_registry_have_fewer_states_above_two_thousand(world, monkeypatch):
    few = seen(world([HERE], [HERE] * 3))
    assert few.worlds == 512
    monkeypatch.setattr(module, "MANY", 2)
    assert seen(world([HERE], [HERE] * 3)).worlds == 128
    assert seen(world([HERE], [HERE] * 2)).worlds == 512


def test_only_core_and_related_firms_are_evidence(world):
    sources = world([HERE], [HERE] * 4)
    sources.firms["ai_relevance"] = ["core", "weak", "related", "none"]
    assert seen(sources).ai["enterprise_id"].tolist() == ["f0", "f2"]
    assert seen(sources).nearby["firms"][0, 0] == 2


def test_a_firm_without_segment_belongs_to_none(world):
    sources = world([HERE], [HERE] * 3)
    sources.firms["segment"] = pd.array(["robotics", None, "uav"], dtype="str")
    assert seen(sources).of_segment.tolist() == [True, False, False]


def test_sums_within_the_radius_equal_a_plain_loop(world):
    generator = np.random.default_rng(8)
    firms = [(104.06 + dx, 30.57 + dy) for dx, dy in generator.normal(0, 0.1, (12, 2))]
    parks = [(104.0, 30.6), (104.2, 30.5), (104.06, 30.57)]
    sources = world(parks, firms, uncertainty_km=3.0, radius_m=2000.0)
    sources.firms["segment"] = ["robotics", "uav", "uav"] * 4
    sources.firms["employees"] = pd.array([*range(1, 12), None], dtype="Int64")
    held = [["p1"] if at == 5 else [] for at in range(12)]
    sources.firms["park_ids"] = pd.Series(held, dtype=object)
    found = seen(sources)
    for state in (0, 7, 511):
        for park in range(3):
            near = [
                at
                for at in range(12)
                if np.hypot(*(found.firm_metres[state, at] - found.park_metres[state, park]))
                <= 10_000
                or (park == 1 and at == 5)
            ]
            staff = sum(at + 1 for at in near if at != 11)
            robots = sum(at % 3 == 0 for at in near)
            sums = [found.nearby[name][state, park] for name in ("firms", "segment", "employees")]
            assert sums == [len(near), robots, staff]


def test_the_radius_itself_is_within(world):
    sources = world([HERE], [HERE])
    one = seen(sources)
    apart = float(np.hypot(*(one.firm_metres[0, 0] - one.park_metres[0, 0])))
    assert apart == 0
    assert seen(sources, radius_km=0).nearby["firms"][0, 0] == 1


def test_a_firm_of_unknown_place_is_near_no_park_unless_it_is_known_to_be_in_it(world):
    sources = world([HERE, (104.7, 31.5)], [HERE])
    sources.firms[["lon", "lat"]] = np.nan
    sources.firms["precision"] = "none"
    assert seen(sources, radius_km=500).nearby["firms"].sum() == 0
    sources.firms["park_ids"] = pd.Series([["p1"]], dtype=object)
    assert seen(sources).nearby["firms"].mean(axis=0).tolist() == [0, 1]


def test_a_firm_is_a_member_of_parks_in_the_table_only(world):
    sources = world([HERE, HERE], [HERE, HERE])
    sources.firms["park_ids"] = pd.Series([["p1", "elsewhere"], []], dtype=object)
    assert seen(sources).member.tolist() == [[False, False], [True, False]]


def test_benchmark_firms_are_those_of_the_list_that_the_snapshot_holds(world):
    from clusters.goals.benchmark import shipped_places

    sources = world([HERE], [HERE] * 3)
    sources.firms["name"] = ["无名公司", str(shipped_places()["name"].iloc[0]), "无名二公司"]
    assert seen(sources).benchmark.tolist() == [False, True, False]
    assert seen(sources).nearby["benchmark"][0, 0] == 1
    anonymous = replace(sources, firms=sources.firms.drop(columns="enterprise_id"))
    assert not seen(anonymous).benchmark.any()


def test_amenities_without_coordinates_are_left_out(world):
    table = amenities()
    found = seen(world([HERE])).amenity_places
    for kind, rows in table.groupby("kind"):
        known = int(rows["lon"].notna().sum())
        assert (found[kind].shape[1] if kind in found else 0) == known


def test_distances_to_several_kinds_are_put_side_by_side(world):
    one = seen(world([HERE]))
    both = one.to_amenities("university", "university_ai")
    parts = [one.to_amenities("university"), one.to_amenities("university_ai")]
    np.testing.assert_array_equal(both, np.concatenate(parts, axis=2))


def test_there_is_no_distance_to_a_kind_nobody_listed(world):
    found = seen(world([HERE, HERE])).to_amenities("casino")
    assert found.shape == (512, 2, 0)


def hulls(*shapes):
    return gpd.GeoDataFrame(
        {"hotspot_id": range(len(shapes))}, geometry=list(shapes), crs=CRS_METRES
    ).to_crs("EPSG:4326")


def test_the_distance_to_density_clusters_is_that_to_the_nearest_border(world):
    sources = world([HERE, (104.7, 31.5)])
    metres = seen(sources).park_metres[0]
    x, y = metres[0]
    near = shapely.box(x + 3000, y - 1000, x + 5000, y + 1000)
    far = shapely.box(x + 90_000, y, x + 91_000, y + 1000)
    found = seen(replace(sources, hotspots=hulls(far, near))).to_hotspots()
    np.testing.assert_allclose(found[:, 0], 3.0, atol=0.002)


def test_a_park_inside_a_density_cluster_is_nought_away_and_one_unplaced_unknown(world):
    sources = world([HERE, (np.nan, np.nan)])
    x, y = seen(sources).park_metres[0, 0]
    around = shapely.box(x - 500, y - 500, x + 500, y + 500)
    found = seen(replace(sources, hotspots=hulls(around))).to_hotspots()
    assert (found[:, 0] == 0).all()
    assert np.isnan(found[:, 1]).all()


def test_without_density_clusters_the_distance_is_unknown(world):
    assert np.isnan(seen(world([HERE])).to_hotspots()).all()


def test_what_a_scenario_leaves_alone_keeps_its_drawn_places(world):
    sources = world([HERE], [HERE, (104.7, 31.5)], radius_m=3000.0)
    base = seen(sources)
    added = pd.concat([sources.firms, firm_rows([HERE]).assign(enterprise_id="new")])
    grown = replace(sources, firms=added.reset_index(drop=True), changed=frozenset({"new"}))
    after = seen(grown, base=base)
    np.testing.assert_array_equal(after.firm_metres[:, :2], base.firm_metres)
    moved = replace(sources, changed=frozenset({"f1"}))
    again = seen(moved, base=base)
    np.testing.assert_array_equal(again.firm_metres[:, 0], base.firm_metres[:, 0])
    assert (again.firm_metres[:, 1] != base.firm_metres[:, 1]).any()
    assert again.worlds == base.worlds


def test_a_scenario_keeps_the_number_of_states_of_its_baseline(world, monkeypatch):
    base = seen(world([HERE], [HERE] * 2))
    assert base.worlds == 512
    monkeypatch.setattr(module, "MANY", 1)
    assert seen(world([HERE], [HERE] * 3), base=base).worlds == 512


def test_park_rows_of_this_world_have_the_columns_of_the_shipped_table():
    from clusters.places.parks import shipped_parks

    assert list(park_rows([HERE]).columns) == list(shipped_parks().columns.drop("geometry"))
