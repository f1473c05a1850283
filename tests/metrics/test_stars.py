"""Cluster stars and the Litzenberger-Sternberg index: by hand, bounds, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.errors import MetricError
from clusters.metrics import cluster_stars, litzenberger_sternberg, location_quotient, why_undefined

TEN = pd.DataFrame(
    {"chips": [50, 5, 5, 5, 5, 5, 5, 5, 5, 0], "rest": [50, 95, 95, 95, 95, 95, 95, 95, 95, 100]}
)


def test_stars_by_hand() -> None:
    """Area 0 is largest, LQ = .5/.09 > 2, and most focused: three stars; nobody else has any."""
    stars = cluster_stars(TEN)["chips"]
    assert stars.tolist() == [3] + [0] * 9


def test_each_criterion_counts_once() -> None:
    counts = pd.DataFrame({"chips": [40, 8, 2], "rest": [960, 12, 18]}, index=["big", "odd", "c"])
    stars = cluster_stars(counts, size_share=0.3, focus_share=0.3)["chips"]
    assert stars["big"] == 1  # size only
    assert stars["odd"] == 2  # quotient 8.3 and focus, not size
    assert stars["c"] == 1  # quotient 2.08
    assert cluster_stars(counts, min_size=10)["chips"].tolist() == [1, 0, 0]
    at = pd.DataFrame({"chips": [2, 0], "rest": [2, 4]})
    assert location_quotient(at).iloc[0, 0] == 2
    assert cluster_stars(at)["chips"][0] == 3


@settings(max_examples=50)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.int64, shape, elements=st.integers(0, 30))
    ),
    st.floats(1e-3, 1e3),
)
def test_stars_bounds_scale_and_order(values, scale) -> None:
    counts = pd.DataFrame(values)
    stars = cluster_stars(counts)
    assert stars.isin([0, 1, 2, 3]).all(axis=None)
    assert (stars[counts == 0].fillna(0) == 0).all(axis=None)
    assert cluster_stars(counts.iloc[::-1]).loc[counts.index].equals(stars)


def test_bad_thresholds_are_named() -> None:
    for options, words in (
        ({"size_share": 0}, "size_share"),
        ({"focus_share": 2}, "focus_share"),
        ({"quotient": 0}, "quotient"),
        ({"min_size": -1}, "min_size"),
    ):
        with pytest.raises(MetricError, match=words):
            cluster_stars(TEN, **options)


E = pd.DataFrame({"chips": [60, 40], "apps": [10, 30]}, index=["n", "s"])
B = pd.DataFrame({"chips": [6, 2], "apps": [5, 5]}, index=["n", "s"])
KM2 = pd.Series({"s": 300.0, "n": 100.0})
PEOPLE = pd.Series({"n": 1000.0, "s": 1000.0})


def test_litzenberger_sternberg_by_hand() -> None:
    """Chips in n: ID = .6/.25, IB = .6/.5, BG = 10/12.5."""
    index = litzenberger_sternberg(E, KM2, PEOPLE, B)
    assert index.loc["n", "chips"] == pytest.approx(2.4 * 1.2 / 0.8, rel=1e-12)
    assert litzenberger_sternberg(E, KM2, PEOPLE).loc["n", "chips"] == pytest.approx(2.4 * 1.2)


@settings(max_examples=30)
@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_units_do_not_matter(first, second) -> None:
    base = litzenberger_sternberg(E, KM2, PEOPLE, B)
    other = litzenberger_sternberg(E * first, KM2 * second, PEOPLE * first, B)
    pd.testing.assert_frame_equal(other, base, rtol=1e-9)


def test_empty_cells_and_industries() -> None:
    counts = E.assign(none=0)
    counts.loc["n", "apps"] = 0
    firms = B.assign(none=0)
    firms.loc["s", "chips"] = 0
    index = litzenberger_sternberg(counts, KM2, PEOPLE, firms)
    assert index.loc["n", "apps"] == 0
    assert why_undefined(index).loc["s", "chips"] == "denominator_zero"
    assert (why_undefined(index)["none"] == "industry_total_zero").all()


def test_bad_area_figures_are_named() -> None:
    with pytest.raises(MetricError, match="area_km2 has no area 'n'"):
        litzenberger_sternberg(E, KM2.drop("n"), PEOPLE)
    with pytest.raises(MetricError, match="population of area 's' is 0"):
        litzenberger_sternberg(E, KM2, PEOPLE.replace({"s": 0}).mask(PEOPLE.index == "s", 0))
    with pytest.raises(MetricError, match="Series"):
        litzenberger_sternberg(E, [1, 2], PEOPLE)
    with pytest.raises(MetricError, match="firms"):
        litzenberger_sternberg(E, KM2, PEOPLE, B.drop(index="n"))
    with pytest.raises(MetricError, match="firms"):
        litzenberger_sternberg(E, KM2, PEOPLE, B.rename(index={"n": "x"}))
