"""A profile in a link: comes back as it was, and wrong words are ignored."""

from hypothesis import given
from hypothesis import strategies as st

from clusters.screening.limits import Bound, Limits
from clusters.screening.link import KEYS, profile_from_query, profile_to_query
from clusters.screening.profile import Choice, Profile, StabilityOptions, default_profile

small = st.integers(-500, 500).map(float)
choices = st.one_of(
    st.builds(Choice, st.sampled_from(["gdp", "rail_km"]), st.integers(0, 99).map(float)),
    st.builds(
        Choice,
        st.sampled_from(["population", "airport_km"]),
        st.floats(0.01, 50).map(lambda x: round(x, 3)),
        kind=st.just("ideal"),
        ideal=small,
        tolerance=st.one_of(st.none(), st.integers(1, 90).map(float)),
    ),
)
profiles = st.builds(
    Profile,
    name=st.sampled_from(["", "机器人 A"]),
    segment=st.sampled_from(["robotics", "uav"]),
    radius_km=st.integers(1, 500).map(float),
    choices=st.lists(choices, max_size=4, unique_by=lambda c: c.criterion).map(tuple),
    limits=st.builds(
        Limits,
        levels=st.sampled_from([(), ("provincial", "other")]),
        prefectures=st.sampled_from([(), ("510100",)]),
        industries=st.sampled_from([(), ("机器人",)]),
        area_known=st.booleans(),
        place_known=st.booleans(),
        most_uncertain_km=st.sampled_from([None, 0.0, 5.0]),
        bounds=st.sampled_from([(), (Bound("gdp", "≥", 1e3), Bound("rail_km", "≤", 30.5))]),
    ),
    method=st.sampled_from(["weighted_sum", "topsis"]),
    stability=st.builds(
        StabilityOptions,
        weights=st.sampled_from(["around", "uniform"]),
        value_shapes=st.booleans(),
        data=st.booleans(),
        draws=st.sampled_from([1000, 10_000]),
    ),
)


@given(profiles)
def test_a_link_brings_the_profile_back(profile):
    query = profile_to_query(profile)
    assert set(query) <= set(KEYS)
    # An empty name cannot be told from none in a link; the shipped one's stands in.
    expected = (
        profile if profile.name else Profile(**{**profile.__dict__, "name": default_profile().name})
    )
    assert profile_from_query(query) == expected


def test_the_shipped_profile_needs_no_words():
    assert profile_to_query(default_profile()) == {}
    assert profile_from_query({}) == default_profile()


@given(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=20)))
def test_any_words_give_a_profile(query):
    assert isinstance(profile_from_query(query), Profile)


def test_one_wrong_part_does_not_spoil_the_others():
    query = {
        "w": "gdp:5,airport:9,rail_km:-1,level:x",
        "radius": "0",
        "min": "gdp:10,x:1",
        "seed": "7",
    }
    found = profile_from_query(query)
    assert [(one.criterion, one.weight) for one in found.choices] == [("gdp", 5.0)]
    assert found.radius_km == default_profile().radius_km
    assert found.limits.bounds == (Bound("gdp", "≥", 10.0),)
    assert found.stability.seed == 7
