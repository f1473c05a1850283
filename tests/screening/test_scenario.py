"""What-ifs: checked, applied, told apart from the baseline, carried by a link."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from clusters.errors import InputError
from clusters.places.zones import zones
from clusters.screening.criteria import criteria
from clusters.screening.scenario import Scenario, pack, scenario_from_mapping, unpack
from clusters.screening.screen import ask, judge, under
from clusters.screening.tables import difference_table
from clusters.screening.whatif import apply_scenario

HERE = (104.06, 30.57)
FAR = (104.74, 31.47)


def scenario(*steps):
    return scenario_from_mapping({"name": "s", "steps": list(steps)})


ADD = {"do": "add_firm", "segment": "robotics", "lon": FAR[0], "lat": FAR[1]}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"do": "add_frim"}, "do is 'add_frim'; did you mean add_firm"),
        ("add_firm", "do is 'add_firm'"),
        ({"do": "add_firm", "segment": "robotics"}, "needs park, or lon and lat"),
        ({"do": "add_firm", "park": "p0"}, "needs segment"),
        ({**ADD, "segment": "cheese"}, "segment 'cheese' is unknown"),
        ({**ADD, "lon": 200}, "lon is 200; give a number between 97 and 109"),
        ({**ADD, "lon": "east"}, "lon is 'east'"),
        ({**ADD, "count": 100_000}, "count is 100000"),
        ({**ADD, "phone": "1"}, "add_firm has no field 'phone'"),
        ({"do": "grow_park", "park": "p0"}, "needs area_ha or level"),
        ({"do": "grow_park", "park": "p0", "level": "gold"}, "level 'gold' is unknown"),
        ({"do": "grow_firm", "firm": "f0", "employees": -1}, "employees is -1"),
        ({"do": "move_firm", "firm": 3, "lon": 104, "lat": 30}, "firm is 3; give a text"),
        ({"do": "footprint", "zone": "chengdu-htz"}, "needs geometry"),
    ],
)
def test_steps_are_checked(step, message):
    with pytest.raises(InputError, match=message):
        scenario(step)


def test_scenarios_are_checked():
    with pytest.raises(InputError, match="51 steps; 50 are the most"):
        scenario(*[ADD] * 51)
    with pytest.raises(InputError, match="give a list of steps"):
        scenario_from_mapping({"steps": "all"})
    with pytest.raises(InputError, match="give a text"):
        scenario_from_mapping({"name": 1})


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            {"do": "move_firm", "firm": "g0", "park": "p0"},
            "there is no firm 'g0' here; choose from f0",
        ),
        ({"do": "grow_park", "park": "x", "area_ha": 1}, "there is no park 'x' here"),
        ({**ADD, "lon": 97.5, "lat": 27.0}, "lies outside Sichuan"),
        ({"do": "add_park", "name": "n", "lon": 97.5, "lat": 27.0}, "lies outside Sichuan"),
        ({"do": "move_park", "park": "p0", "lon": 97.5, "lat": 27.0}, "lies outside Sichuan"),
        ({"do": "footprint", "zone": "x", "geometry": {"type": "Po"}}, "no GeoJSON geometry"),
        ({"do": "footprint", "zone": "x", "geometry": "none"}, "no GeoJSON geometry"),
    ],
)
def test_steps_that_cannot_be_done_say_why(world, step, message):
    with pytest.raises(InputError, match=message):
        apply_scenario(world([HERE]), scenario(step))


@pytest.fixture
def asked(world, profile):
    chosen = profile({"segment_firms_radius": 50, "airport_km": 30, "approved_area": 20})
    sources = world([HERE, FAR], [HERE, HERE, FAR], uncertainty_km=5.0)
    sources.parks["approved_area_ha"] = [100.0, 200.0]
    sources.parks["area_basis"] = "approved"
    return chosen, ask(sources, chosen)


def test_an_added_firm_counts_where_it_is_and_moves_nothing_else(asked):
    _, before = asked
    after = under(before, scenario({**ADD, "count": 3}))
    change = after.measured.draws - before.measured.draws
    assert np.all(change[:, 0] == 0)
    assert np.all(change[:, 1, 1:] == 0)
    assert change[:, 1, 0].min() >= 0
    assert change[:, 1, 0].mean() > 2.5
    assert len(after.evidence.sources.firms) == 6
    assert len(before.evidence.sources.firms) == 3  # the baseline stays as it was


def test_a_firm_put_into_a_park_counts_there_for_sure(asked):
    _, before = asked
    step = {"do": "add_firm", "segment": "robotics", "park": "p1"}
    after = under(before, scenario(step))
    np.testing.assert_array_equal(after.measured.draws[:, 1, 0] - before.measured.draws[:, 1, 0], 1)


def test_a_firm_moved_leaves_and_arrives_and_a_grown_one_counts_its_staff(world, profile):
    chosen = profile({"segment_firms_radius": 1, "employees_radius": 1})
    before = ask(world([HERE, FAR], [HERE, HERE]), chosen)
    moved = under(before, scenario({"do": "move_firm", "firm": "f1", "park": "p1"}))
    np.testing.assert_array_equal(moved.measured.value[:, 0], [1, 1])
    grown = under(before, scenario({"do": "grow_firm", "firm": "f0", "employees": 500}))
    np.testing.assert_array_equal(grown.measured.value[:, 1], [510, 0])
    np.testing.assert_array_equal(grown.measured.value[:, 0], before.measured.value[:, 0])


def test_parks_can_be_added_moved_and_grown(asked):
    chosen, before = asked
    step = {"do": "add_park", "name": "新园", "lon": 104.1, "lat": 30.6, "area_ha": 50}
    added = under(before, scenario(step))
    assert added.parks["park_id"].tolist() == ["p0", "p1", "what-if-park-1"]
    assert added.parks["county_codes"].iloc[2]
    np.testing.assert_array_equal(added.measured.draws[:, :2, :2], before.measured.draws[:, :, :2])
    moved = under(before, scenario({"do": "move_park", "park": "p0", "lon": FAR[0], "lat": FAR[1]}))
    assert moved.measured.value[0, 0] < before.measured.value[0, 0]
    grown = under(before, scenario({"do": "grow_park", "park": "p0", "area_ha": 900}))
    assert grown.measured.value[0, 2] == 900
    assert judge(grown, chosen).ranking.score[0] > judge(before, chosen).ranking.score[0]


def test_only_what_is_touched_is_measured_anew(asked, monkeypatch):
    from clusters.screening import screen

    chosen, before = asked
    called = []
    spied = {
        name: (lambda e, name=name, f=f: called.append(name) or f(e))
        for name, f in screen.MEASURES.items()
    }
    monkeypatch.setattr(screen, "MEASURES", spied)
    under(before, scenario(ADD))
    assert called == ["segment_firms_radius"]
    called.clear()
    under(before, scenario({"do": "grow_park", "park": "p0", "area_ha": 9}))
    assert called == ["approved_area"]
    called.clear()
    under(before, scenario({"do": "add_park", "name": "n", "lon": 104.1, "lat": 30.6}))
    assert called == list(chosen.criteria)


def test_a_footprint_decides_membership_anew_and_places_its_parks(world, profile):
    sources = world([HERE], [HERE, FAR])
    sources.parks["zone_id"] = "chengdu-htz"
    sources.firms["zone_ids"] = pd.Series([["chengdu-htz"], ["chengdu-htz"]], dtype=object)
    sources.firms["zone_evidence"] = pd.Series([["text"], ["polygon"]], dtype=object)
    square = shapely.box(104.0, 30.5, 104.1, 30.6)
    step = {
        "do": "footprint",
        "zone": "chengdu-htz",
        "geometry": shapely.geometry.mapping(square),
        "boundary_error_m": 200,
    }
    after = apply_scenario(sources, scenario(step))
    # The text stays, the polygon's word goes with the polygon.
    assert after.firms["zone_ids"].tolist() == [["chengdu-htz"], []]
    assert square.contains(shapely.Point(after.parks["lon"].iloc[0], after.parks["lat"].iloc[0]))
    assert after.parks["uncertainty_km"].iloc[0] == 0.2
    found = ask(after, profile({"segment_firms_zone": 1}))
    assert found.measured.value[0, 0] == 1
    assert len(zones()) == 41  # the footprints in use are not replaced


def test_the_difference_is_told_park_by_park(asked):
    chosen, before = asked
    after = under(before, scenario({**ADD, "count": 5}))
    first, second = judge(before, chosen), judge(after, chosen)
    table = difference_table(first, second).set_index("park_id")
    assert table.loc["p0", "rank_before"] == 1
    assert table.loc["p1", "rank"] == 1
    assert table.loc["p1", "score_change"] > 0
    step = {"do": "add_park", "name": "新园", "lon": 104.1, "lat": 30.6}
    grown = difference_table(first, judge(under(before, scenario(step)), chosen))
    new = grown.set_index("park_id").loc["what-if-park-1"]
    assert np.isnan(new["rank_before"])
    assert new["name_zh"] == "新园"
    assert len(grown) == 3


def test_a_link_carries_a_scenario():
    one = scenario(ADD, {"do": "add_park", "name": "名「新」", "lon": 104, "lat": 31})
    assert unpack(pack(one)) == one
    assert len(pack(one)) < 300
    for broken in ("", "x", "%%%", pack(one)[:-9], "eJwDAAAAAAE"):
        with pytest.raises(InputError):
            unpack(broken)
    assert unpack(pack(Scenario("leer"))) == Scenario("leer")


def test_touches_are_words_of_the_criteria():
    words = {word for one in criteria().values() for word in one.touches}
    assert words == {"firms", "parks", "zones", "facts"}
    changed = replace(Scenario("s"), steps=(ADD,))
    assert changed.changes(criteria()["ai_firms_radius"])
    assert not changed.changes(criteria()["gdp"])
