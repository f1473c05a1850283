"""Cluster stars and the Litzenberger-Sternberg index: by hand, bounds, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.errors import MetricError
from clusters.metrics import cluster_stars, litzenberger_sternberg, location_quotient, why_undefined
from clusters.metrics.stars import StarRule

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
        ({"size_share": 0}, "^size_share is 0;"),
        ({"focus_share": 2}, "^focus_share is 2;"),
        ({"growth_share": -0.1}, "^growth_share is -0.1;"),
        ({"quotient": 0}, "quotient"),
        ({"min_size": -1}, "min_size"),
    ):
        with pytest.raises(MetricError, match=words):
            cluster_stars(TEN, **options)


# Ten areas: chips grew from 10 to 40 in area 0 (the fastest of a size), from 2 to 20 in area 1
# (faster, but too small before), from nothing in area 2, and shrank in area 3.
NOW = pd.DataFrame(
    {"chips": [40, 20, 20, 10, 20, 20, 20, 20, 20, 20], "rest": [60] * 10}, index=list("abcdefghij")
)
BEFORE = pd.DataFrame(
    {"chips": [10, 2, 0, 20, 15, 16, 17, 18, 19, 20], "rest": [60] * 10}, index=list("abcdefghij")
)
FLAT = {"size_share": 0.1, "quotient": 9.0, "focus_share": 0.1}


def test_growth_earns_one_star_for_the_fastest_of_those_that_had_a_size() -> None:
    """Growth 3 in a leads; b's 9 comes from 2, below the least size, and c had nothing at all."""
    plain = cluster_stars(NOW, min_size=5, **FLAT)["chips"]
    found = cluster_stars(NOW, min_size=5, start=BEFORE, **FLAT)["chips"]
    assert (found - plain).to_dict() == dict.fromkeys("abcdefghij", 0) | {"a": 1}
    free = cluster_stars(NOW, start=BEFORE, **FLAT)["chips"]
    assert (free - plain).to_dict() == dict.fromkeys("abcdefghij", 0) | {"b": 1}


def test_growth_is_the_top_tenth_unless_said_and_never_of_what_shrank() -> None:
    plain = cluster_stars(NOW, min_size=5, **FLAT)["chips"]
    wider = cluster_stars(NOW, min_size=5, start=BEFORE, growth_share=0.2, **FLAT)["chips"]
    assert (wider - plain)[lambda more: more > 0].index.tolist() == ["a", "e"]
    every = cluster_stars(NOW, min_size=5, start=BEFORE, growth_share=1, **FLAT)["chips"]
    assert (every - plain)[lambda more: more > 0].index.tolist() == list("aefghi")


def test_growth_goes_to_the_end_that_is_given_whatever_its_order() -> None:
    later = NOW.assign(chips=[10, 20, 20, 90, 20, 20, 20, 20, 20, 20]).iloc[::-1, ::-1]
    plain = cluster_stars(NOW, min_size=5, **FLAT)["chips"]
    found = cluster_stars(NOW, min_size=5, start=BEFORE.iloc[::-1], end=later, **FLAT)["chips"]
    assert (found - plain)[lambda more: more > 0].index.tolist() == ["d"]


def test_growth_asked_wrongly_is_named() -> None:
    for tables, words in (
        ({"end": NOW}, "^end is given without start; growth needs both$"),
        ({"start": [1, 2]}, "^start is list; pass a DataFrame like counts$"),
        ({"start": BEFORE.drop(index="c")}, "^start has no area 'c'; give the labels of counts$"),
        ({"start": BEFORE, "end": NOW[["chips"]]}, "^end has no industry 'rest'; give"),
        ({"start": BEFORE.rename(index={"c": "d"})}, "^start: the labels lists 'd' twice"),
        ({"start": -BEFORE}, "area 'a'"),
    ):
        with pytest.raises(MetricError, match=words):
            cluster_stars(NOW, **tables)


def test_a_rule_gives_the_stars_of_its_thresholds_and_says_them() -> None:
    rule = StarRule(size_share=0.3, quotient=1.1, focus_share=0.4, growth_share=0.2, min_size=5)
    options = {"size_share": 0.3, "quotient": 1.1, "focus_share": 0.4, "min_size": 5}
    pd.testing.assert_frame_equal(rule.stars(NOW), cluster_stars(NOW, **options))
    pd.testing.assert_frame_equal(
        rule.stars(NOW, start=BEFORE, end=NOW * 2),
        cluster_stars(NOW, start=BEFORE, end=NOW * 2, growth_share=0.2, **options),
    )
    told = (
        "one star each: size in the top 30% of areas, location quotient of at least 1.1, "
        "share of the area in the top 40%"
    )
    assert rule.words(growth=False) == f"{told}; none below 5"
    assert rule.words(growth=True) == f"{told}, growth in the top 20%; none below 5"


def test_thresholds_as_published_unless_said() -> None:
    rule = StarRule()
    assert (rule.size_share, rule.quotient, rule.focus_share) == (0.10, 2.0, 0.10)
    assert (rule.growth_share, rule.min_size) == (0.10, 5.0)
    counts = TEN / 100  # less than one each: no least size unless said
    pd.testing.assert_frame_equal(cluster_stars(counts), cluster_stars(TEN))
    few = cluster_stars(TEN, quotient=0.5, size_share=1, focus_share=1)["chips"]
    assert few.tolist() == [3] * 9 + [0]
    assert few.dtype == "int64"


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


def test_firms_are_matched_by_label() -> None:
    turned = litzenberger_sternberg(E, KM2, PEOPLE, B.iloc[::-1, ::-1])
    pd.testing.assert_frame_equal(turned, litzenberger_sternberg(E, KM2, PEOPLE, B))


def test_bad_area_figures_are_named() -> None:
    with pytest.raises(MetricError, match=r"^area_km2: value nan"):
        litzenberger_sternberg(E, KM2.mask(KM2.index == "n"), PEOPLE)
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
