"""Fields of a profile one by one: defaults, edges, order, and words nobody can mean."""

import math
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.screening.limits import Bound
from clusters.screening.link import profile_from_query, profile_to_query
from clusters.screening.profile import (
    Choice,
    StabilityOptions,
    default_profile,
    profile_from_mapping,
    profile_to_mapping,
)
from clusters.screening.toml import profile_to_toml

PLAIN = {"segment": "robotics", "weights": {"gdp": 2, "airport_km": 1}}


def read(**changes):
    return profile_from_mapping({**PLAIN, **changes})


def test_what_a_profile_does_not_say_has_a_stated_default():
    found = read()
    assert (found.name, found.radius_km, found.method) == ("", 20, "weighted_sum")
    assert found.stability == StabilityOptions("around", 50, True, True, 10_000, 2018)
    assert (found.limits.levels, found.limits.bounds) == ((), ())
    assert found.limits.most_uncertain_km is None
    assert not found.limits.area_known
    assert not found.limits.place_known


def test_a_criterion_without_function_is_linear_in_its_own_direction():
    gdp, airport = read().choices
    assert gdp == Choice("gdp", 2.0)
    assert (gdp.kind, gdp.less_is_better) == ("linear", False)
    assert airport.less_is_better


def test_a_direction_of_the_profile_beats_that_of_the_criterion():
    functions = {"airport_km": {"direction": "more"}, "gdp": {"direction": "less"}}
    gdp, airport = read(functions=functions).choices
    assert gdp.less_is_better
    assert not airport.less_is_better


@pytest.mark.parametrize(
    ("field", "edges", "beyond"),
    [
        ("radius_km", (1, 500), (0.999, 500.001)),
        ("draws", (100, 100_000), (99, 100_001)),
        ("seed", (0, 2**31 - 1), (-1, 2**31)),
        ("concentration", (1,), (0.999,)),
    ],
)
def test_numbers_reach_to_their_edges_and_not_beyond(field, edges, beyond):
    def said(value):
        return read(radius_km=value) if field == "radius_km" else read(stability={field: value})

    for value in edges:
        found = said(value)
        assert getattr(found if field == "radius_km" else found.stability, field) == value
    for value in beyond:
        with pytest.raises(InputError, match=f"{field} is .*; give a number (between|of at least)"):
            said(value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"segment": ["robotics"]}, r"segment \['robotics'\] is unknown"),
        ({"segment": {}}, "segment {} is unknown"),
        ({"radius_km": 10**400}, "radius_km is 1000.*; give a number"),
        ({"radius_km": -(10**400)}, "radius_km is -1000.*; give a number"),
        ({"weights": {"gdp": math.inf}}, "weights.gdp is inf; give a number"),
        ({"functions": {"gdp": {"kind": "threshold"}}}, "kind 'threshold' needs threshold = a number"),
        ({"functions": {"gdp": {"slope": 1}}}, "functions.gdp: there is no field 'slope'"),
        ({"functions": {"gdp": 3}}, r"gdp is 3; write it as a table \[gdp\]"),
        ({"functions": {"gdp": {"from": "low"}}}, "functions.gdp.from is 'low'; give a number"),
        ({"limits": {"most_uncertain_km": -1}}, "most_uncertain_km is -1; give a number of at least 0"),
        ({"limits": {"prefectures": [510100]}}, "prefectures is .*; give a list of texts"),
        ({"limits": {"at_most": {"gdp": None}}}, "limits.at_most.gdp is None; give a number"),
        ({"limits": {"at_most": [3]}}, r"at_most is \[3\]; write it as a table \[at_most\]"),
        ({"limits": {"place_known": "yes"}}, "place_known is 'yes'; write true or false"),
        ({"stability": {"seed": 1.5}}, "seed is 1.5; give a whole number"),
        ({"stability": {"data": None}}, "data is None; write true or false"),
        ({"stability": {"speed": 1}}, "stability: there is no field 'speed'"),
        ({"method": ["topsis"]}, r"method is \['topsis'\]"),
    ],
)  # fmt: skip
def test_a_field_nobody_can_mean_is_refused_with_a_remedy(changes, message):
    with pytest.raises(InputError, match=f"profile: .*{message}"):
        read(**changes)


def test_open_ends_of_a_scale_may_be_left_and_equal_ones_not():
    assert read(functions={"gdp": {"from": 3}}).choices[0].start == 3
    assert read(functions={"gdp": {"to": 3}}).choices[0].start is None
    assert read(functions={"gdp": {"from": 0, "to": -1}}).choices[0].end == -1
    with pytest.raises(InputError, match="from and to are both 0; they must differ"):
        read(functions={"gdp": {"from": 0, "to": 0.0}})


def test_names_are_trimmed_and_cut_at_120_characters():
    assert read(name="  园区 ").name == "园区"
    assert read(name="长" * 130).name == "长" * 120


def test_words_said_twice_count_once_in_their_order():
    found = read(limits={"industries": ["软件", "电子", "软件"]}).limits
    assert found.industries == ("软件", "电子")


def test_bounds_from_below_come_first_and_zero_is_one():
    limits = {"at_most": {"rail_km": 30}, "at_least": {"gdp": 0, "level": 1}}
    found = read(limits=limits)
    assert found.limits.bounds == (
        Bound("gdp", "≥", 0), Bound("level", "≥", 1), Bound("rail_km", "≤", 30),
    )  # fmt: skip
    assert profile_to_mapping(found)["limits"]["at_least"] == {"gdp": 0, "level": 1}


def test_zero_kilometres_of_doubt_is_a_limit_and_is_written_back():
    found = read(limits={"most_uncertain_km": 0})
    assert profile_to_mapping(found)["limits"] == {"most_uncertain_km": 0}
    assert "most_uncertain_km = 0" in profile_to_toml(found)


def test_a_profile_needs_the_criteria_of_its_bounds_too_each_once():
    found = read(limits={"at_least": {"gdp": 5}, "at_most": {"level": 2}})
    assert found.criteria == ("gdp", "airport_km", "level")


def test_criteria_of_weight_zero_are_measured_but_do_not_count():
    found = read(weights={"gdp": 1, "airport_km": 0, "level": 3})
    assert found.criteria == ("gdp", "airport_km", "level")
    assert [(one.criterion, one.weight) for one in found.weighted] == [("gdp", 25), ("level", 75)]


def test_what_is_not_said_is_not_written():
    written = profile_to_mapping(read())
    assert written["functions"] == written["limits"] == {}
    assert written["weights"] == {"gdp": 2, "airport_km": 1}
    assert "[limits]" not in profile_to_toml(read())


def test_toml_quotes_what_must_be_quoted():
    name = '引"号\\ 和\t制表\x7f'
    text = profile_to_toml(replace(default_profile(), name=name))
    assert tomllib.loads(text)["name"] == name
    assert "\x7f" not in text


# ---- links ---------------------------------------------------------------------------------


def test_a_link_without_any_weight_says_so():
    query = profile_to_query(replace(default_profile(), choices=()))
    assert query == {"w": "-"}
    assert profile_from_query(query).choices == ()


def test_the_order_of_weights_is_part_of_a_profile():
    base = default_profile()
    turned = replace(base, choices=base.choices[::-1])
    assert list(profile_to_query(turned)) == ["w"]
    assert profile_from_query(profile_to_query(turned)).choices == turned.choices


def test_a_link_says_only_what_differs():
    changed = replace(default_profile(), radius_km=35.5, segment="uav")
    assert profile_to_query(changed) == {"segment": "uav", "radius": "35.5"}
    options = replace(default_profile().stability, value_shapes=False, draws=500, weights="uniform")
    query = profile_to_query(replace(default_profile(), stability=options))
    assert query == {"vary": "uniform", "shapes": "false", "draws": "500"}


def test_a_link_carries_functions_and_limits_in_short_words():
    query = {
        "w": "gdp:5,airport_km:2.5",
        "f": "gdp:kind=ideal:ideal=900:tolerance=50,airport_km:direction=more",
        "level": "provincial,other",
        "area_known": "1",
        "within": "5",
        "max": "airport_km:60",
    }
    found = profile_from_query(query)
    assert found.choices == (
        Choice("gdp", 5, kind="ideal", ideal=900, tolerance=50),
        Choice("airport_km", 2.5, direction="more"),
    )
    assert found.limits.levels == ("provincial", "other")
    assert (found.limits.area_known, found.limits.place_known) == (True, False)
    assert found.limits.most_uncertain_km == 5
    assert found.limits.bounds == (Bound("airport_km", "≤", 60),)
    assert profile_to_query(found) == query


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("radius", "wide"), ("radius", "nan"), ("radius", "1e999"), ("method", "ahp"),
        ("segment", "cheese"), ("level", "gold"), ("prefecture", "110000"), ("within", "-1"),
        ("area_known", "yes"), ("place_known", "0"), ("shapes", "perhaps"), ("data", "2"),
        ("draws", "7"), ("seed", "1.5"), ("spread", "0"), ("vary", "true"),
        ("min", "gdp"), ("max", "cheese:3"), ("min", "gdp:much"), ("f", "gdp:kind=step"),
        ("f", "cheese:from=1"), ("f", "population:from=1"),
    ],
)  # fmt: skip
def test_a_wrong_word_of_a_link_is_left_out(key, value):
    assert profile_from_query({key: value}) == default_profile()


@given(st.floats(1, 500))
def test_a_radius_survives_a_link_to_twelve_digits(radius):
    changed = replace(default_profile(), radius_km=radius)
    assert profile_from_query(profile_to_query(changed)).radius_km == pytest.approx(radius, 1e-11)
