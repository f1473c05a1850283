"""Profiles: read, written, refused with a remedy."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.screening.criteria import criteria
from clusters.screening.limits import Bound, Limits
from clusters.screening.profile import (
    Choice,
    Profile,
    StabilityOptions,
    default_profile,
    profile_from_mapping,
    profile_to_mapping,
    read_profile,
)
from clusters.screening.toml import profile_to_toml

PLAIN = {"segment": "robotics", "weights": {"gdp": 2, "airport_km": 1}}


def test_the_shipped_profile_is_whole():
    profile = default_profile()
    assert sum(one.weight for one in profile.weighted) == pytest.approx(100)
    assert len(profile.choices) == 10


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3))
def test_weights_always_sum_to_100(weights):
    choices = tuple(Choice(n, w) for n, w in zip(("gdp", "level", "rail_km"), weights, strict=True))
    shares = [one.weight for one in replace(default_profile(), choices=choices).weighted]
    total = math.fsum(shares)
    assert total == pytest.approx(100) if math.fsum(weights) > 0 else not shares


numbers = st.floats(-1e6, 1e6).filter(lambda x: x == x)
choices = st.builds(
    Choice,
    criterion=st.sampled_from(sorted(criteria())),
    weight=st.floats(0, 1000),
    kind=st.just("ideal"),
    ideal=numbers,
    tolerance=st.one_of(st.none(), st.floats(0.1, 100)),
    direction=st.sampled_from([None, "more", "less"]),
)
profiles = st.builds(
    Profile,
    name=st.text(max_size=20).map(str.strip),
    segment=st.sampled_from(["robotics", "uav"]),
    radius_km=st.floats(1, 500),
    choices=st.lists(choices, max_size=5, unique_by=lambda c: c.criterion).map(tuple),
    limits=st.builds(
        Limits,
        levels=st.sampled_from([(), ("provincial",)]),
        industries=st.sampled_from([(), ("机器人",), ('"引号"\\',)]),
        most_uncertain_km=st.one_of(st.none(), st.floats(0, 50)),
        bounds=st.sampled_from([(), (Bound("gdp", "≥", 1000.0), Bound("rail_km", "≤", 30.5))]),
    ),
    method=st.sampled_from(["weighted_sum", "topsis"]),
    stability=st.builds(StabilityOptions, draws=st.integers(100, 100_000), data=st.booleans()),
)


@given(profiles)
def test_what_is_written_is_read_back(tmp_path_factory, profile):
    assert profile_from_mapping(profile_to_mapping(profile)) == profile
    path = tmp_path_factory.mktemp("toml") / "profile.toml"
    path.write_text(profile_to_toml(profile), encoding="utf-8")
    assert read_profile(path) == profile


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": {"airport": 1}}, "did you mean airport_km"),
        ({"weights": {"gdp": -1}}, "weights.gdp is -1; give a number of at least 0"),
        ({"weights": {"gdp": "much"}}, "weights.gdp is 'much'; give a number"),
        ({"weights": {"gdp": True}}, "weights.gdp is True; give a number"),
        ({"weights": [1]}, r"weights is \[1\]; write it as a table \[weights\]"),
        ({"wieghts": {}}, "there is no field 'wieghts'; did you mean weights"),
        ({"segment": "robots"}, "segment 'robots' is unknown; did you mean robotics"),
        ({"segment": None}, "segment None is unknown"),
        ({"method": "ahp"}, "method is 'ahp'"),
        ({"radius_km": 0}, "radius_km is 0; give a number between 1 and 500"),
        ({"radius_km": math.nan}, "radius_km is nan; give a number"),
        ({"limits": {"levels": ["gold"]}}, "'gold' is unknown"),
        ({"limits": {"levels": "other"}}, "give a list of texts"),
        ({"limits": {"prefectures": ["110000"]}}, "no prefecture of Sichuan"),
        ({"limits": {"at_least": {"gpd": 1}}}, "did you mean gdp"),
        ({"limits": {"area_known": 1}}, "area_known is 1; write true or false"),
        ({"limits": {"cheap": 1}}, "there is no field 'cheap'"),
        ({"functions": {"gdp": {"kind": "ideal"}}}, "needs ideal = a number"),
        ({"functions": {"gdp": {"kind": "step"}}}, "kind is 'step'"),
        ({"functions": {"gdp": {"from": 3, "to": 3}}}, "they must differ"),
        ({"functions": {"gdp": {"kind": "ideal", "ideal": 1, "tolerance": 0}}}, "above 0"),
        ({"functions": {"level": {}}}, "functions.level has no weight"),
        ({"functions": {"gdp": {"direction": "ideal"}}}, "direction is 'ideal'"),
        ({"stability": {"draws": 10}}, "draws is 10; give a number between 100"),
        ({"stability": {"draws": 150.5}}, "give a whole number"),
        ({"stability": {"weights": "mine"}}, "weights is 'mine'"),
        ({"name": 3}, "name is 3; give a text"),
    ],
)
def test_what_no_profile_can_say_is_refused_with_a_remedy(change, message):
    with pytest.raises(InputError, match=message):
        profile_from_mapping({**PLAIN, **change}, where="mine.toml")


def test_files_that_are_no_profile(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_profile(tmp_path / "none.toml")
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is not a TOML file"):
        read_profile(bad)
    bad.write_text("a = ", encoding="utf-8")
    with pytest.raises(InputError, match="is not a TOML file"):
        read_profile(bad)
