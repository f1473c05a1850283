"""Concentration and inequality: values by hand, identities, bounds, bad input."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.errors import MetricError
from clusters.metrics import (
    gini,
    herfindahl,
    hoover,
    kullback_leibler,
    locational_gini,
    lorenz_curve,
    mean_log_deviation,
    theil,
    theil_decomposition,
    why_undefined,
)

ALL = [herfindahl, gini, theil, hoover, mean_log_deviation]
sizes = arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1e6)).filter(
    lambda x: x.sum() > 1e-3
)


def test_values_by_hand() -> None:
    """x = 1, 2, 3, 4: shares .1 .2 .3 .4, equal shares .25."""
    x = np.array([3, 1, 4, 2])
    assert herfindahl(x) == pytest.approx(0.3, rel=1e-12)
    assert herfindahl(x, normalised=True) == pytest.approx(0.05 / 0.75, rel=1e-12)
    assert gini(x) == pytest.approx(0.25, rel=1e-12)
    assert hoover(x) == pytest.approx(0.2, rel=1e-12)
    expected = sum(s * math.log(4 * s) for s in (0.1, 0.2, 0.3, 0.4))
    assert theil(x) == pytest.approx(expected, rel=1e-12)
    assert mean_log_deviation(x) == pytest.approx(
        sum(math.log(2.5 / v) for v in (1, 2, 3, 4)) / 4, rel=1e-12
    )


@settings(max_examples=80)
@given(sizes, st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_order_scale_and_bounds(x, scale, random) -> None:
    n = len(x)
    shuffled = np.array(random.sample(list(x), n))
    for metric, low, high in (
        (herfindahl, 1 / n, 1),
        (gini, 0, 1 - 1 / n),
        (theil, 0, math.log(n)),
        (hoover, 0, 1 - 1 / n),
    ):
        value = metric(x)
        assert low - 1e-9 <= value <= high + 1e-9
        assert metric(shuffled * scale) == pytest.approx(value, rel=1e-9, abs=1e-12)


@settings(max_examples=60)
@given(sizes)
def test_gini_is_the_mean_difference(x) -> None:
    """Σ Σ abs(x_i - x_j) / (2 n² mean), without sorting anything."""
    expected = np.abs(x[:, None] - x[None, :]).sum() / (2 * len(x) ** 2 * x.mean())
    assert gini(x) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 6)), min_size=1, max_size=12))
def test_weights_mean_repetition(pairs) -> None:
    """A weight of 3 is the value three times; weights travel with their values."""
    x, w = (np.array(v) for v in zip(*pairs, strict=True))
    assume(x.sum() > 0)
    assert gini(x, weights=w) == pytest.approx(gini(np.repeat(x, w)), rel=1e-9, abs=1e-12)
    table = pd.DataFrame({"all": x * w})
    table["base"] = w * 1000.0 - table["all"]
    located = locational_gini(table)["all"]
    assert located == pytest.approx(gini(x, weights=w), rel=1e-9, abs=1e-12)


def test_weights_are_matched_by_label() -> None:
    x = pd.Series([1, 2, 6], index=list("abc"))
    w = pd.Series([5, 1, 2], index=list("cab"))
    assert gini(x, w) == pytest.approx(gini([1, 2, 6], [1, 2, 5]), rel=1e-12)
    with pytest.raises(MetricError, match="'c' is in one only"):
        gini(x, pd.Series([5, 1, 2], index=list("dab")))


@settings(max_examples=60)
@given(sizes, st.integers(0, 2**31))
def test_reference(x, seed) -> None:
    """Nothing differs from itself; equal references change nothing; KL is never negative."""
    other = np.random.default_rng(seed).uniform(0.1, 2, len(x))
    assert theil(x, reference=x) == pytest.approx(0, abs=1e-12)
    assert hoover(x, reference=x) == pytest.approx(0, abs=1e-12)
    assert theil(x, np.full(len(x), 7.0)) == pytest.approx(theil(x), rel=1e-9, abs=1e-12)
    s, r = x / x.sum(), other / other.sum()
    assert hoover(x, other) == pytest.approx(np.abs(s - r).sum() / 2, rel=1e-9)
    some = s > 0
    expected = (s[some] * np.log(s[some] / r[some])).sum()
    assert kullback_leibler(x, other) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    # Pinsker: the two distances bound each other.
    assert hoover(x, other) <= math.sqrt(theil(x, other) / 2) + 1e-9


@settings(max_examples=60)
@given(sizes, st.integers(0, 2**31))
def test_theil_decomposes_exactly(x, seed) -> None:
    groups = np.random.default_rng(seed).integers(0, 4, len(x))
    parts = theil_decomposition(x, groups)
    assert parts["between"] + parts["within"] == pytest.approx(parts["total"], rel=1e-9, abs=1e-12)
    assert parts["total"] == pytest.approx(theil(x), rel=1e-9, abs=1e-12)
    alone = theil_decomposition(x, np.arange(len(x)))
    assert alone["within"] == pytest.approx(0, abs=1e-12)


def test_decomposition_undefined_and_bad() -> None:
    assert (why_undefined(theil_decomposition([0, 0], ["a", "b"])) == "total_zero").all()
    with pytest.raises(MetricError, match="labels"):
        theil_decomposition([1, 2], ["a"])
    with pytest.raises(MetricError, match="missing label"):
        theil_decomposition([1, 2], ["a", None])


@pytest.mark.parametrize("metric", ALL)
def test_total_zero_is_missing_with_reason(metric) -> None:
    value = metric(np.zeros(3))
    assert isinstance(value, float)
    assert math.isnan(value)
    assert why_undefined(value) == "total_zero"


def test_one_value_and_zeros() -> None:
    assert gini([5]) == 0
    assert herfindahl([5]) == 1
    assert theil([5]) == 0
    assert why_undefined(herfindahl([5], normalised=True)) == "one_value"
    assert why_undefined(mean_log_deviation([5, 0])) == "contains_zero"
    assert why_undefined(theil([1, 2], reference=[0, 1])) == "reference_zero"
    assert theil([0, 2], reference=[0, 1]) == 0
    assert gini([0, 0, 1]) == pytest.approx(2 / 3, rel=1e-12)


@pytest.mark.parametrize("metric", ALL)
def test_data_frame_gives_series_in_column_order(metric) -> None:
    frame = pd.DataFrame({"z": [1, 2, 3], "a": [0, 0, 0], "m": [4, 4, 4]}, index=list("cab"))
    result = metric(frame)
    assert list(result.index) == ["z", "a", "m"]
    assert result["z"] == pytest.approx(metric(frame["z"]), rel=1e-12)
    assert why_undefined(result).to_dict()["a"] == "total_zero"
    assert why_undefined(result).isna()["z"]


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([1, -1], "-1"),
        ([1, np.inf], "inf"),
        ([np.nan, 1], "nan"),
        ([], "no values"),
        ([[1, 2], [3, 4]], "vector"),
        (["many"], "numbers"),
        (5, "vector"),
    ],
)
def test_bad_values_are_named(metric, bad, words) -> None:
    with pytest.raises(MetricError, match=words):
        metric(np.array(bad))


def test_companions_of_wrong_shape() -> None:
    with pytest.raises(MetricError, match="shape"):
        gini([1, 2], weights=[1, 2, 3])
    with pytest.raises(MetricError, match="twice"):
        hoover(pd.DataFrame([[1, 2]], columns=["a", "a"]))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_huge_and_tiny_sizes(metric, scale) -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert metric(x * scale) == pytest.approx(metric(x), rel=1e-9)


def test_locational_gini_by_hand() -> None:
    """x = (.5, .5), s = (.8, .2): the curve passes (.5, .2), so G = 1 - (.2·.5 + 1.2·.5) = .3."""
    counts = pd.DataFrame({"chips": [80, 20], "rest": [420, 480]}, index=["b", "a"])
    assert locational_gini(counts)["chips"] == pytest.approx(0.3, rel=1e-12)


@settings(max_examples=60)
@given(
    st.tuples(st.integers(1, 6), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.int64, shape, elements=st.integers(0, 40))
    )
)
def test_locational_gini_range_and_order(values) -> None:
    counts = pd.DataFrame(values)
    result = locational_gini(counts)
    known = result.dropna()
    assert ((known >= 0) & (known < 1)).all()
    assert (result.isna() == (values.sum(axis=0) == 0)).all()
    assert set(why_undefined(result).dropna()) <= {"industry_total_zero"}
    pd.testing.assert_series_equal(
        locational_gini(counts.iloc[::-1]), result, rtol=1e-9, atol=1e-12
    )


def test_lorenz_curve_is_what_the_gini_measures() -> None:
    counts = pd.DataFrame({"chips": [8, 2, 0, 5], "rest": [10, 30, 20, 40]}, index=list("dbca"))
    curve = lorenz_curve(counts["chips"], counts.sum(axis=1))
    assert curve["label"].tolist()[1:] == ["c", "b", "a", "d"]
    assert curve[["weight_share", "value_share"]].iloc[0].tolist() == [0, 0]
    np.testing.assert_allclose(curve[["weight_share", "value_share"]].iloc[-1], 1)
    area = np.trapezoid(curve["value_share"], curve["weight_share"])
    assert 1 - 2 * area == pytest.approx(locational_gini(counts)["chips"], rel=1e-12)
    assert (curve["value_share"] <= curve["weight_share"] + 1e-12).all()


def test_lorenz_curve_edges() -> None:
    last = lorenz_curve([5, 1, 1], weights=[0, 1, 3])
    assert last["label"].tolist() == [None, 2, 1, 0]
    nothing = lorenz_curve([0, 0])
    assert nothing["value_share"].isna().all()
    assert why_undefined(nothing)["value_share"].eq("total_zero").all()
    with pytest.raises(MetricError, match="one vector"):
        lorenz_curve(np.ones((2, 2)))
