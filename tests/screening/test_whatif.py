"""What each step of a what-if writes, column by column, and what it must leave alone."""

import json
import zlib
from base64 import urlsafe_b64encode

import numpy as np
import pandas as pd
import pytest
import shapely

from clusters.errors import InputError
from clusters.places.assign import county_codes, zone_membership
from clusters.places.reference import gdp
from clusters.places.zones import zones
from clusters.screening.criteria import criteria
from clusters.screening.scenario import Scenario, scenario_from_mapping, unpack
from clusters.screening.screen import ask, under
from clusters.screening.whatif import apply_scenario

HERE = (104.06, 30.57)  # in 武侯区
FAR = (104.74, 31.47)  # in 涪城区, Mianyang


def scenario(*steps, name="s"):
    return scenario_from_mapping({"name": name, "steps": list(steps)})


def after(sources, *steps):
    return apply_scenario(sources, scenario(*steps))


def packed(content):
    return urlsafe_b64encode(zlib.compress(json.dumps(content).encode())).decode().rstrip("=")


def test_a_firm_added_at_a_point_has_the_county_of_the_point_and_a_building_s_doubt(world):
    step = {"do": "add_firm", "segment": "uav", "lon": FAR[0], "lat": FAR[1], "employees": 40}
    firm = after(world([HERE]), step).firms.iloc[-1]
    assert firm["enterprise_id"] == firm["name"] == "what-if-1-1"
    assert (firm["ai_relevance"], firm["segment"], firm["employees"]) == ("core", "uav", 40)
    assert (firm["precision"], firm["radius_m"]) == ("point", 100)
    assert firm["county_code"] == county_codes([FAR[0]], [FAR[1]])[0]
    assert firm["prefecture_code"] == "510700"
    assert (firm.geometry.x, firm.geometry.y) == FAR


def test_a_firm_added_at_a_point_is_in_the_zones_that_hold_the_point(world):
    drawn = zones()[lambda t: t.geometry.notna() & ~t["assumed"]].iloc[0]
    inner = drawn.geometry.representative_point()
    step = {"do": "add_firm", "segment": "uav", "lon": inner.x, "lat": inner.y, "radius_m": 250}
    firm = after(world([HERE]), step).firms.iloc[-1]
    inside, maybe = zone_membership([inner.x], [inner.y], [250.0])
    assert firm["zone_ids"] == list(inside[0])
    assert firm["zone_evidence"] == ["polygon"] * len(inside[0])
    assert firm["zone_uncertain_ids"] == list(maybe[0])
    assert firm["radius_m"] == 250


def test_a_firm_put_into_a_park_takes_the_park_s_place_doubt_and_zone(world):
    sources = world([HERE, FAR], uncertainty_km=2.0)
    sources.parks["zone_id"] = [None, "my-htz"]
    sources.parks["county_codes"] = [["510107"], ["510703"]]
    sources.parks["prefecture_code"] = ["510100", "510700"]
    step = {"do": "add_firm", "segment": "uav", "park": "p1", "name": "甲"}
    firm = after(sources, step).firms.iloc[-1]
    assert (firm["name"], firm["precision"], firm["radius_m"]) == ("甲", "park", 2000)
    assert (firm["county_code"], firm["prefecture_code"]) == ("510703", "510700")
    assert (firm["park_ids"], firm["zone_ids"]) == (["p1"], ["my-htz"])
    assert firm["zone_evidence"] == ["text"]
    plain = after(sources, {**step, "park": "p0"}).firms.iloc[-1]
    assert (plain["zone_ids"], plain["zone_evidence"]) == ([], [])


def test_a_firm_put_into_a_park_of_several_counties_has_no_county(world):
    sources = world([HERE])
    sources.parks["county_codes"] = pd.Series([["510107", "510104"]], dtype=object)
    firm = after(sources, {"do": "add_firm", "segment": "uav", "park": "p0"}).firms.iloc[-1]
    assert pd.isna(firm["county_code"])
    assert firm["prefecture_code"] == "510100"


def test_a_firm_put_into_a_park_of_unknown_place_has_no_position(world):
    sources = world([(np.nan, np.nan)])
    firm = after(sources, {"do": "add_firm", "segment": "uav", "park": "p0"}).firms.iloc[-1]
    assert firm["precision"] == "none"
    assert np.isnan(firm["lon"])
    assert firm["park_ids"] == ["p0"]


def test_several_copies_are_several_firms_and_steps_number_apart(world):
    step = {"do": "add_firm", "segment": "uav", "park": "p0", "count": 2}
    found = after(world([HERE]), step, {**step, "count": 1})
    assert found.firms["enterprise_id"].tolist() == [
        "f0", "what-if-1-1", "what-if-1-2", "what-if-2-1",
    ]  # fmt: skip
    assert found.changed == {"what-if-1-1", "what-if-1-2", "what-if-2-1"}


def test_columns_a_step_says_nothing_of_stay_empty_and_typed(world):
    sources = world([HERE])
    sources.firms["founded"] = pd.to_datetime(["2015-01-01"])
    found = after(sources, {"do": "add_firm", "segment": "uav", "park": "p0"}).firms
    assert pd.isna(found["founded"].iloc[1])
    assert pd.isna(found["employees"].iloc[1])
    assert found.dtypes.equals(sources.firms.dtypes)
    assert found.crs == sources.firms.crs


def test_the_sources_of_the_baseline_are_never_written(world):
    sources = world([HERE], [HERE, FAR])
    firms, parks = sources.firms.copy(deep=True), sources.parks.copy(deep=True)
    after(
        sources,
        {"do": "add_firm", "segment": "uav", "park": "p0"},
        {"do": "move_firm", "firm": "f1", "park": "p0"},
        {"do": "grow_firm", "firm": "f0", "employees": 9},
        {"do": "move_park", "park": "p0", "lon": FAR[0], "lat": FAR[1]},
        {"do": "grow_park", "park": "p0", "level": "other"},
    )
    pd.testing.assert_frame_equal(sources.firms, firms)
    pd.testing.assert_frame_equal(sources.parks, parks)
    assert sources.changed == frozenset()


def test_a_moved_firm_keeps_who_it_is_and_changes_where_it_is(world):
    sources = world([HERE], [HERE, HERE])
    step = {"do": "move_firm", "firm": "f1", "lon": FAR[0], "lat": FAR[1], "radius_m": 900}
    found = after(sources, step)
    firm = found.firms.iloc[1]
    assert (firm["name"], firm["employees"], firm["segment"]) == ("firm 1", 10, "robotics")
    assert (firm["prefecture_code"], firm["radius_m"]) == ("510700", 900)
    assert (firm.geometry.x, firm.geometry.y) == FAR
    assert found.changed == {"f1"}
    pd.testing.assert_series_equal(found.firms.iloc[0], sources.firms.iloc[0])


def test_a_grown_firm_keeps_its_drawn_place(world):
    found = after(world([HERE]), {"do": "grow_firm", "firm": "f0", "employees": 77})
    assert found.firms["employees"].tolist() == [77]
    assert found.changed == frozenset()


def test_an_added_park_has_the_county_of_its_place_and_is_assumed(world):
    step = {"do": "add_park", "name": "新园", "lon": FAR[0], "lat": FAR[1]}
    park = after(world([HERE]), step).parks.iloc[-1]
    assert (park["park_id"], park["name_zh"], park["name_en"]) == ("what-if-park-1", "新园", "新园")
    assert (park["level"], park["confidence"], park["uncertainty_km"]) == ("other", "assumed", 0.1)
    assert park["county_codes"] == [county_codes([FAR[0]], [FAR[1]])[0]]
    assert park["prefecture_code"] == "510700"
    assert np.isnan(park["approved_area_ha"])
    assert pd.isna(park["area_basis"])
    assert park["industries_zh"] == []
    assert pd.isna(park["zone_id"])


def test_an_added_park_has_what_is_said_of_it(world):
    step = {
        "do": "add_park", "name": "新园", "lon": 104.1, "lat": 30.6, "uncertainty_km": 3,
        "level": "provincial", "area_ha": 50, "industries": ["机器人", "软件"],
    }  # fmt: skip
    park = after(world([HERE]), step).parks.iloc[-1]
    assert (park["level"], park["uncertainty_km"]) == ("provincial", 3)
    assert (park["approved_area_ha"], park["area_basis"]) == (50, "approved")
    assert park["industries_zh"] == park["industries_en"] == ["机器人", "软件"]


def test_a_park_moved_to_another_city_is_measured_by_that_city(world, profile):
    chosen = profile({"gdp": 1, "segment_lq_county": 1})
    before = ask(world([HERE, HERE], [HERE, FAR]), chosen)
    step = {"do": "move_park", "park": "p1", "lon": FAR[0], "lat": FAR[1]}
    moved = under(before, scenario(step))
    park = moved.parks.iloc[1]
    assert park["county_codes"] == [county_codes([FAR[0]], [FAR[1]])[0]]
    assert park["prefecture_code"] == "510700"
    assert moved.measured.value[:, 0].tolist() == gdp()[["510100", "510700"]].tolist()
    np.testing.assert_array_equal(moved.measured.draws[:, 0], before.measured.draws[:, 0])


def test_a_park_moved_within_one_of_its_counties_keeps_them_all(world):
    sources = world([FAR])
    sources.parks["county_codes"] = pd.Series([["510104", "510107"]], dtype=object)
    step = {"do": "move_park", "park": "p0", "lon": HERE[0], "lat": HERE[1], "uncertainty_km": 4}
    park = after(sources, step).parks.iloc[0]
    assert park["county_codes"] == ["510104", "510107"]
    assert (park["lon"], park["lat"], park["uncertainty_km"]) == (*HERE, 4)


def test_a_park_grows_in_area_or_in_level_and_in_nothing_else(world):
    sources = world([HERE, HERE])
    larger = after(sources, {"do": "grow_park", "park": "p1", "area_ha": 900}).parks
    assert (larger["approved_area_ha"].iloc[1], larger["area_basis"].iloc[1]) == (900, "approved")
    assert larger["level"].tolist() == sources.parks["level"].tolist()
    raised = after(sources, {"do": "grow_park", "park": "p1", "level": "provincial"}).parks
    assert raised["level"].iloc[1] == "provincial"
    pd.testing.assert_series_equal(raised["approved_area_ha"], sources.parks["approved_area_ha"])


SQUARE = shapely.geometry.mapping(shapely.box(104.0, 30.5, 104.1, 30.6))


def test_a_firm_near_a_new_footprint_s_edge_may_be_in_it(world):
    edge = (104.1, 30.55)
    sources = world([HERE], [HERE, edge, FAR])
    step = {"do": "footprint", "zone": "chengdu-htz", "geometry": SQUARE, "boundary_error_m": 500}
    firms = after(sources, step).firms
    assert firms["zone_ids"].tolist() == [["chengdu-htz"], [], []]
    assert firms["zone_evidence"].tolist() == [["polygon"], [], []]
    assert firms["zone_uncertain_ids"].tolist() == [[], ["chengdu-htz"], []]


def test_a_new_footprint_leaves_membership_of_other_zones_alone(world):
    sources = world([HERE], [HERE])
    sources.firms["zone_ids"] = pd.Series([["tianfu", "chengdu-htz"]], dtype=object)
    sources.firms["zone_evidence"] = pd.Series([["polygon", "polygon"]], dtype=object)
    sources.firms["zone_uncertain_ids"] = pd.Series([["my-htz", "chengdu-htz"]], dtype=object)
    away = shapely.geometry.mapping(shapely.box(104.4, 30.8, 104.5, 30.9))
    step = {"do": "footprint", "zone": "chengdu-htz", "geometry": away}
    firms = after(sources, step).firms
    assert firms["zone_ids"].tolist() == [["tianfu"]]
    assert firms["zone_evidence"].tolist() == [["polygon"]]
    assert firms["zone_uncertain_ids"].tolist() == [["my-htz"]]


def test_a_footprint_moves_the_parks_of_its_zone_and_their_doubt_is_a_hundred_metres_at_least(
    world,
):
    sources = world([HERE, HERE])
    sources.parks["zone_id"] = [None, "chengdu-htz"]
    away = shapely.box(104.4, 30.8, 104.5, 30.9)
    step = {"do": "footprint", "zone": "chengdu-htz", "geometry": shapely.geometry.mapping(away)}
    parks = after(sources, step).parks
    assert (parks["lon"].iloc[0], parks["lat"].iloc[0]) == HERE
    assert away.contains(shapely.Point(parks["lon"].iloc[1], parks["lat"].iloc[1]))
    assert parks["uncertainty_km"].iloc[1] == 0.1


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"zone": "no-zone", "geometry": SQUARE}, "footprint of zone_id 'no-zone'"),
        ({"zone": "chengdu-htz", "geometry": {"type": "Point", "coordinates": [104, 30.5]}},
         "it must be one valid polygon"),
        ({"zone": "chengdu-htz",
          "geometry": shapely.geometry.mapping(shapely.box(120, 30, 121, 31))}, "outside Sichuan"),
    ],
)  # fmt: skip
def test_a_footprint_that_cannot_be_used_says_why(world, step, message):
    with pytest.raises(InputError, match=message):
        after(world([HERE]), {"do": "footprint", **step})


def test_a_step_that_cannot_be_done_is_named_by_scenario_and_number(world):
    good = {"do": "grow_firm", "firm": "f0", "employees": 1}
    bad = {"do": "grow_firm", "firm": "f9", "employees": 1}
    with pytest.raises(InputError, match="scenario '扩产', step 2: there is no firm 'f9' here"):
        apply_scenario(world([HERE]), scenario(good, bad, name="扩产"))


def test_steps_build_on_each_other(world):
    park = {"do": "add_park", "name": "新园", "lon": FAR[0], "lat": FAR[1]}
    firm = {"do": "add_firm", "segment": "uav", "park": "what-if-park-1"}
    found = after(world([HERE]), park, firm)
    assert found.firms["park_ids"].iloc[-1] == ["what-if-park-1"]
    assert found.firms["prefecture_code"].iloc[-1] == "510700"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"do": ["add_firm"]}, r"do is \['add_firm'\]; choose|do is \['add_firm'\]; did you mean"),
        ({"do": "add_firm", "segment": "uav", "park": "p0", "count": 2.5},
         "count is 2.5; give a whole number"),
        ({"do": "grow_firm", "firm": "f0", "employees": 10.5},
         "employees is 10.5; give a whole number"),
        ({"do": "grow_firm", "firm": "f0", "employees": 10**400}, "give a number between 0 and"),
        ({"do": "add_park", "name": "n", "lon": 104, "lat": 30, "industries": "软件"},
         "industries is '软件'; give a list of texts"),
        ({"do": "add_park", "name": "n", "lon": 104, "lat": 30, "industries": [1]},
         r"industries is \[1\]; give a list of texts"),
        ({"do": "add_park", "name": "n", "lon": True, "lat": 30}, "lon is True; give a number"),
        ({"do": "grow_park", "park": "p0"}, "grow_park needs area_ha or level"),
        ({"do": "add_firm", "segment": "uav", "lon": 104}, "needs park, or lon and lat"),
        ({"do": "grow_firm", "firm": None, "employees": 1}, "grow_firm needs firm"),
    ],
)  # fmt: skip
def test_a_step_nobody_can_mean_is_refused_with_a_remedy(step, message):
    with pytest.raises(InputError, match=f"scenario, step 1: .*({message})"):
        scenario(step)


@pytest.mark.parametrize("field", ["lon", "lat"])
def test_places_reach_to_the_frame_of_sichuan_and_not_beyond(field):
    frame = {"lon": (97.0, 109.0), "lat": (26.0, 34.5)}
    step = {"do": "move_park", "park": "p0", "lon": 104.0, "lat": 30.0}
    for edge, beyond in zip(frame[field], (-0.1, 0.1), strict=True):
        assert scenario({**step, field: edge}).steps[0][field] == edge
        with pytest.raises(InputError, match=f"{field} is "):
            scenario({**step, field: edge + beyond})


def test_cells_left_empty_are_as_good_as_absent():
    step = {"do": "add_firm", "segment": "uav", "park": "p0", "lon": None, "name": None}
    assert scenario(step).steps[0] == {"do": "add_firm", "segment": "uav", "park": "p0"}


def test_names_are_trimmed_to_eighty_characters():
    assert scenario_from_mapping({"name": f"  {'长' * 90} "}).name == "长" * 80
    assert scenario_from_mapping({}) == Scenario("")


def test_a_scenario_grows_by_checked_steps_and_stays_as_it_was():
    first = scenario(name="一")
    grown = first.with_step({"do": "grow_park", "park": "p0", "area_ha": 1})
    assert (len(first.steps), len(grown.steps), grown.name) == (0, 1, "一")
    with pytest.raises(InputError, match="step 2: do is 'shrink'"):
        grown.with_step({"do": "shrink"})
    assert scenario_from_mapping(grown.to_mapping()) == grown


@pytest.mark.parametrize(
    ("step", "touched", "untouched"),
    [
        ({"do": "grow_firm", "firm": "f", "employees": 1}, "employees_radius", "rail_km"),
        ({"do": "grow_park", "park": "p", "area_ha": 1}, "approved_area", "ai_firms_radius"),
        ({"do": "footprint", "zone": "z", "geometry": SQUARE}, "segment_firms_zone", "growth"),
        ({"do": "move_park", "park": "p", "lon": 104, "lat": 30}, "gdp", None),
    ],
)
def test_a_step_touches_the_criteria_it_can_change(step, touched, untouched):
    one = scenario(step)
    assert one.changes(criteria()[touched])
    assert untouched is None or not one.changes(criteria()[untouched])


@pytest.mark.parametrize("content", ["[" * 100_000, '"text"', "[]", "7"])
def test_a_link_made_to_do_harm_is_refused_in_words(content):
    text = urlsafe_b64encode(zlib.compress(content.encode())).decode().rstrip("=")
    with pytest.raises(InputError, match="the link holds no scenario that can be read"):
        unpack(text)


def test_a_link_is_not_unpacked_beyond_a_limit():
    with pytest.raises(InputError, match="no scenario that can be read"):
        unpack(packed({"name": "n", "steps": [], "filler": "0" * 300_000}))


def test_a_wrong_step_in_a_link_is_named():
    with pytest.raises(InputError, match="scenario of the link, step 1: do is 'x'"):
        unpack(packed({"steps": [{"do": "x"}]}))
