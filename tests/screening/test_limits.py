"""Hard limits: what stays, and what each limit removes alone and in sequence."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from clusters.screening.limits import Bound, Limits, Removed, apply_limits
from clusters.screening.measurements import Measurements
from screening.conftest import exact

PARKS = pd.DataFrame(
    {
        "park_id": ["one", "two", "three"],
        "level": ["national_htz", "provincial", "other"],
        "prefecture_code": ["510100", "510100", "510700"],
        "industries_zh": [["人工智能", "电子"], ["电子"], []],
        "approved_area_ha": [100.0, np.nan, np.nan],
        "lon": [104.06, 104.1, np.nan],
        "uncertainty_km": [1.0, 8.0, np.nan],
    }
)
GDP = exact([[100.0], [200.0], [np.nan]], ["gdp"])


def removed(parks, alone, in_sequence, left, doubtful=0):
    return Removed(parks, alone, in_sequence, left, doubtful)


def test_each_limit_says_what_it_removes():
    limits = Limits(levels=("national_htz", "provincial"), area_known=True)
    screened = apply_limits(PARKS, limits, GDP)
    assert screened.keep.tolist() == [True, False, False]
    assert screened.removed == {
        "levels": removed(1, 0, 1, 2),
        "area_known": removed(2, 1, 1, 1),
    }


def test_no_limit_keeps_all_and_any_industry_is_enough():
    assert apply_limits(PARKS, Limits(), GDP).keep.all()
    found = apply_limits(PARKS, Limits(industries=("电子",)), GDP)
    assert found.keep.tolist() == [True, True, False]


def test_what_is_not_known_passes_no_limit():
    for limits in (
        Limits(most_uncertain_km=8),
        Limits(place_known=True),
        Limits(bounds=(Bound("gdp", "≥", 0),)),
        Limits(bounds=(Bound("gdp", "≤", 1e9),)),
    ):
        assert apply_limits(PARKS, limits, GDP).keep.tolist() == [True, True, False]


def test_a_bound_inside_an_interval_is_told():
    value = np.array([[10.0], [20.0], [30.0]])
    doubt = np.array([[4.0], [4.0], [0.0]])
    measured = Measurements(("rail_km",), value, value - doubt, value + doubt, value[None])
    screened = apply_limits(PARKS, Limits(bounds=(Bound("rail_km", "≤", 18),)), measured)
    assert screened.keep.tolist() == [True, False, False]
    assert screened.removed["rail_km ≤"] == removed(2, 2, 2, 1, doubtful=1)


@given(
    st.lists(st.sampled_from(["national_htz", "provincial", "other"]), unique=True),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, 2.0, 9.0]),
    st.sampled_from([(), (Bound("gdp", "≥", 150),)]),
)
def test_limits_add_up(levels, area, place, within, bounds):
    limits = Limits(tuple(levels), (), (), area, place, within, bounds)
    screened = apply_limits(PARKS, limits, GDP)
    gone = int((~screened.keep).sum())
    effects = list(screened.removed.values())
    assert sum(one.in_sequence for one in effects) == gone
    assert all(one.alone <= one.parks <= gone for one in effects)
    assert sum(one.alone for one in effects) <= gone
    if effects:
        assert effects[-1].left == screened.keep.sum()


def test_a_figure_on_a_bound_passes_it_from_either_side():
    for sign in ("≥", "≤"):
        found = apply_limits(PARKS, Limits(bounds=(Bound("gdp", sign, 200),)), GDP)
        assert found.keep.tolist() == [sign == "≤", True, False]
    assert apply_limits(PARKS, Limits(most_uncertain_km=8), GDP).keep.tolist() == [
        True,
        True,
        False,
    ]
    assert apply_limits(PARKS, Limits(most_uncertain_km=7.9), GDP).keep.tolist() == [
        True, False, False,
    ]  # fmt: skip


def test_an_interval_that_only_touches_a_bound_is_decided_beyond_doubt():
    value = np.array([[10.0], [20.0]])
    measured = Measurements(("gdp",), value, value - 5, value + 5, value[None])
    two = PARKS.head(2)
    for bound, doubtful in ((15, 0), (15.1, 1), (14.9, 1), (12, 1), (30, 0)):
        found = apply_limits(two, Limits(bounds=(Bound("gdp", "≥", bound),)), measured)
        assert found.removed["gdp ≥"].doubtful == doubtful


def test_both_ends_of_one_criterion_are_two_limits():
    bounds = (Bound("gdp", "≥", 150), Bound("gdp", "≤", 250))
    found = apply_limits(PARKS, Limits(bounds=bounds), GDP)
    assert list(found.removed) == ["gdp ≥", "gdp ≤"]
    assert found.keep.tolist() == [False, True, False]


def test_limits_are_applied_in_the_order_they_are_written_down():
    limits = Limits(("other",), ("510700",), ("电子",), True, True, 5.0, (Bound("gdp", "≥", 1),))
    assert list(apply_limits(PARKS, limits, GDP).removed) == [
        "levels", "prefectures", "industries", "area_known", "place_known", "most_uncertain_km",
        "gdp ≥",
    ]  # fmt: skip


def test_an_industry_is_matched_whole_and_not_by_its_letters():
    assert not apply_limits(PARKS, Limits(industries=("智能",)), GDP).keep.any()


@given(
    st.sets(st.sampled_from(["national_htz", "provincial", "other"])),
    st.sets(st.sampled_from(["510100", "510700"])),
    st.booleans(),
    st.sampled_from([None, 0.5, 8.0]),
)
def test_removed_counts_equal_those_of_sets(levels, prefectures, area, within):
    limits = Limits(tuple(levels), tuple(prefectures), (), area, False, within)
    everybody = {0, 1, 2}
    fails = {}
    if levels:
        fails["levels"] = {at for at in everybody if PARKS["level"][at] not in levels}
    if prefectures:
        codes = PARKS["prefecture_code"]
        fails["prefectures"] = {at for at in everybody if codes[at] not in prefectures}
    if area:
        fails["area_known"] = {1, 2}
    if within is not None:
        fails["most_uncertain_km"] = {2} if within == 8 else {0, 1, 2}
    found = apply_limits(PARKS, limits, GDP)
    left = set(everybody)
    for name, lost in fails.items():
        others = set().union(*(other for key, other in fails.items() if key != name))
        sequence = len(left & lost)
        left -= lost
        assert found.removed[name] == removed(len(lost), len(lost - others), sequence, len(left))
    assert {at for at in everybody if found.keep[at]} == left
