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
