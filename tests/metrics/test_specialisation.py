"""Location quotients with their tests and intervals, and indices of specialisation."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from clusters.errors import MetricError
from clusters.metrics import (
    additive_location_quotient,
    hachman,
    krugman_specialisation,
    location_quotient,
    location_quotient_interval,
    location_quotient_test,
    standardised_location_quotient,
    why_undefined,
)

# Two areas, two industries, every total different: worked by hand below.
HAND = pd.DataFrame([[10, 30], [20, 40]], index=["b", "a"], columns=["chips", "apps"])


def table(values) -> pd.DataFrame:
    values = np.asarray(values)
    return pd.DataFrame(
        values,
        index=[f"r{k}" for k in range(values.shape[0])],
        columns=[f"i{k}" for k in range(values.shape[1])],
    )


counts_tables = st.tuples(st.integers(1, 6), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 60)).map(table)
)


def test_location_quotient_by_hand() -> None:
    """(10/40)/(30/100) = 5/6, (30/40)/(70/100) = 15/14, (20/60)/(3/10) = 10/9, 20/21."""
    result = location_quotient(HAND)
    np.testing.assert_allclose(result, [[5 / 6, 15 / 14], [10 / 9, 20 / 21]], rtol=1e-12)
    assert list(result.index) == ["b", "a"]
    assert list(result.columns) == ["chips", "apps"]


def test_location_quotient_is_missing_where_area_or_industry_is_empty() -> None:
    counts = table([[3, 0, 5], [0, 0, 0], [2, 0, 9]])
    result = location_quotient(counts)
    reasons = why_undefined(result)
    assert result.loc["r1"].isna().all()
    assert result["i1"].isna().all()
    assert reasons.loc["r1", "i0"] == "area_total_zero"
    assert reasons.loc["r0", "i1"] == "industry_total_zero"
    assert reasons.isna().loc["r0", "i0"]
    assert (location_quotient(table([[0, 4], [2, 1]])).loc["r0", "i0"]) == 0


@settings(max_examples=60)
@given(counts_tables, st.floats(1e-3, 1e6), st.randoms(use_true_random=False))
def test_location_quotient_invariances(counts, scale, random) -> None:
    """Unit and order do not matter; shares of areas weigh the quotients of an industry to 1."""
    result = location_quotient(counts)
    pd.testing.assert_frame_equal(location_quotient(counts * scale), result, rtol=1e-9)
    rows = random.sample(list(counts.index), len(counts))
    pd.testing.assert_frame_equal(location_quotient(counts.loc[rows]), result.loc[rows], rtol=1e-9)
    total = counts.to_numpy().sum()
    for name in counts:
        if counts[name].sum():
            weights = counts.sum(axis=1) / total
            assert (result[name] * weights).sum() == pytest.approx(1, rel=1e-9)
    assert not np.isinf(result.to_numpy()).any()
    assert (result.isna() == why_undefined(result).notna()).all(axis=None)


def test_huge_and_tiny_sizes_do_not_overflow() -> None:
    np.testing.assert_allclose(location_quotient(HAND * 1e306), location_quotient(HAND), rtol=1e-9)
    np.testing.assert_allclose(location_quotient(HAND * 1e-300), location_quotient(HAND), rtol=1e-9)


def test_one_area_or_one_industry_gives_one() -> None:
    assert (location_quotient(table([[3, 4]])) == 1).all(axis=None)
    assert np.allclose(location_quotient(table([[3], [4]])), 1)


@given(counts_tables)
def test_additive_conventions(counts) -> None:
    """By area rows sum to 0, by industry columns do; both lie in [-1, 1]."""
    by_area = additive_location_quotient(counts)
    by_industry = additive_location_quotient(counts, convention="industry")
    np.testing.assert_allclose(by_area.dropna(how="all").sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(by_industry.sum(), 0, atol=1e-12)
    swapped = additive_location_quotient(counts.T).T
    np.testing.assert_allclose(by_industry, swapped, atol=1e-12)
    empty = counts.columns[counts.sum() == 0]
    if len(empty):
        assert (why_undefined(by_industry)[empty] == "industry_total_zero").all(axis=None)


def test_additive_quotient_by_hand_and_unknown_convention() -> None:
    """10/30 - 40/100 and 10/40 - 30/100."""
    found = additive_location_quotient(HAND, convention="industry")
    assert found.loc["b", "chips"] == pytest.approx(1 / 3 - 0.4)
    assert additive_location_quotient(HAND).loc["b", "chips"] == pytest.approx(0.25 - 0.3)
    with pytest.raises(MetricError, match="convention"):
        additive_location_quotient(HAND, convention="reat")


def test_additive_quotient_rows_sum_to_zero() -> None:
    result = additive_location_quotient(HAND)
    np.testing.assert_allclose(result.sum(axis=1), 0, atol=1e-15)
    assert result.loc["b", "chips"] == pytest.approx(10 / 40 - 30 / 100, rel=1e-12)
    empty = additive_location_quotient(table([[0, 0], [1, 2]]))
    assert (why_undefined(empty).loc["r0"] == "area_total_zero").all()


@settings(max_examples=40)
@given(counts_tables)
def test_test_agrees_with_scipy(counts) -> None:
    """P(X ≥ k) from scipy.stats, cell by cell; 1 where k = 0."""
    exact = location_quotient_test(counts)
    darts = location_quotient_test(counts, method="binomial")
    total = int(counts.to_numpy().sum())
    for area in counts.index:
        for name in counts.columns:
            k = counts.loc[area, name]
            n, big_k = int(counts.loc[area].sum()), int(counts[name].sum())
            if k == 0:
                assert exact.loc[area, name] == darts.loc[area, name] == 1
                continue
            tail = sum(
                math.comb(big_k, j) * math.comb(total - big_k, n - j) for j in range(k, n + 1)
            )
            assert exact.loc[area, name] == pytest.approx(tail / math.comb(total, n), rel=1e-9)
            expected = stats.binom.sf(k - 1, big_k, n / total)
            assert darts.loc[area, name] == pytest.approx(expected, rel=1e-9)


def test_hypergeometric_tail_of_a_province_is_exact() -> None:
    """Against whole-number arithmetic at a million firms."""
    k, total, industry, area = 60, 1_000_000, 30_000, 1_500
    counts = table([[k, area - k], [industry - k, total - industry - area + k]])
    tail = sum(
        math.comb(industry, j) * math.comb(total - industry, area - j) for j in range(k, area + 1)
    ) / math.comb(total, area)
    assert location_quotient_test(counts).iloc[0, 0] == pytest.approx(tail, rel=1e-9)


def test_test_of_nothing_is_one() -> None:
    assert (location_quotient_test(table([[0, 0]])) == 1).all(axis=None)


def test_delta_interval_by_hand() -> None:
    """k = 10, K = 30, n = 40, N = 100: V = (1/10-1/30)²·40·¼·¾ + (1/30)²·60·⅓·⅔."""
    low, high = location_quotient_interval(HAND, 0.95)
    variance = (1 / 10 - 1 / 30) ** 2 * 40 * 0.25 * 0.75 + (1 / 30) ** 2 * 60 * (1 / 3) * (2 / 3)
    half = 1.959963984540054 * math.sqrt(variance)
    assert low.loc["b", "chips"] == pytest.approx(5 / 6 * math.exp(-half), rel=1e-9)
    assert high.loc["b", "chips"] == pytest.approx(5 / 6 * math.exp(half), rel=1e-9)


def test_delta_variance_is_that_of_a_parametric_bootstrap() -> None:
    """Moineddin et al.: the ratio of the two variances is 1 to about 2 %."""
    rng = np.random.default_rng(5)
    n, p, other, q = 4000, 0.05, 20000, 0.02
    k = rng.binomial(n, p, 200_000)
    total = k + rng.binomial(other, q, 200_000)
    simulated = np.log(k / n / (total / (n + other))).var()
    counts = table([[200, 3800], [400, 19600]])
    low, high = location_quotient_interval(counts)
    delta = (np.log(high.iloc[0, 0] / low.iloc[0, 0]) / (2 * 1.959963984540054)) ** 2
    assert 0.98 < simulated / delta < 1.02


@settings(max_examples=40)
@given(counts_tables, st.floats(0.5, 0.999))
def test_exact_interval_agrees_with_clopper_pearson(counts, confidence) -> None:
    low, high = location_quotient_interval(counts, confidence, method="exact")
    quotient = location_quotient(counts)
    total = counts.to_numpy().sum()
    for area in counts.index:
        for name in counts.columns:
            if np.isnan(quotient.loc[area, name]):
                assert np.isnan(low.loc[area, name])
                assert np.isnan(high.loc[area, name])
                continue
            k, big_k = int(counts.loc[area, name]), int(counts[name].sum())
            limits = stats.binomtest(k, big_k).proportion_ci(confidence, method="exact")
            share = counts.loc[area].sum() / total
            assert low.loc[area, name] == pytest.approx(limits.low / share, rel=1e-7, abs=1e-12)
            assert high.loc[area, name] == pytest.approx(limits.high / share, rel=1e-7)
            assert low.loc[area, name] <= quotient.loc[area, name] * (1 + 1e-9)
            assert high.loc[area, name] >= quotient.loc[area, name] * (1 - 1e-9)


def test_interval_without_firms() -> None:
    counts = table([[0, 5], [4, 3]])
    low, high = location_quotient_interval(counts)
    assert np.isnan(low.loc["r0", "i0"])
    assert why_undefined(high).loc["r0", "i0"] == "no_count"
    low, high = location_quotient_interval(counts, method="exact")
    assert low.loc["r0", "i0"] == 0
    assert high.loc["r0", "i0"] > 0
    one_area = location_quotient_interval(table([[3, 4]]))
    np.testing.assert_allclose(one_area, 1.0)


def test_standardised_quotient_has_mean_0_and_sd_1() -> None:
    rng = np.random.default_rng(1)
    counts = table(rng.integers(1, 40, (8, 3)))
    for log in (False, True):
        result = standardised_location_quotient(counts, log=log)
        np.testing.assert_allclose(result.mean(), 0, atol=1e-12)
        np.testing.assert_allclose(result.std(ddof=1), 1, rtol=1e-12)
    expected = np.log(location_quotient(counts))
    np.testing.assert_allclose(result, (expected - expected.mean()) / expected.std(ddof=1))


def test_standardised_quotient_undefined_cases() -> None:
    same = standardised_location_quotient(table([[2, 4], [1, 2], [3, 6]]))
    assert (why_undefined(same) == "no_variation").all(axis=None)
    single = standardised_location_quotient(table([[2, 4]]))
    assert (why_undefined(single) == "too_few_areas").all(axis=None)
    zero = standardised_location_quotient(table([[0, 4], [1, 2], [3, 1]]), log=True)
    assert why_undefined(zero).loc["r0", "i0"] == "zero_value"
    assert zero.loc["r1", "i0"] == pytest.approx(-zero.loc["r2", "i0"])


def test_krugman_by_hand() -> None:
    """Area b has ¼ chips; the rest ⅓; both together 3/10."""
    assert krugman_specialisation(HAND)["b"] == pytest.approx(2 * (1 / 3 - 1 / 4), rel=1e-12)
    assert krugman_specialisation(HAND, "total")["b"] == pytest.approx(2 * 0.05, rel=1e-12)
    three = table([[1, 1], [3, 1], [0, 8]])
    others = (3 / 4 + 0) / 2
    result = krugman_specialisation(three, reference="others_mean")
    assert result["r0"] == pytest.approx(2 * abs(1 / 2 - others), rel=1e-12)
    rest = krugman_specialisation(three)
    assert rest["r0"] == pytest.approx(2 * abs(1 / 2 - 3 / 12), rel=1e-12)


@settings(max_examples=60)
@given(counts_tables, st.sampled_from(["rest", "others_mean", "total"]))
def test_krugman_bounds_and_reasons(counts, reference) -> None:
    result = krugman_specialisation(counts, reference)
    known = result.dropna()
    assert ((known >= 0) & (known <= 2 + 1e-12)).all()
    assert (result.isna() == why_undefined(result).notna()).all()
    assert (result.isna() | (counts.sum(axis=1) > 0)).all()


def test_krugman_extremes() -> None:
    assert krugman_specialisation(table([[5, 0], [0, 7]])).tolist() == [2, 2]
    assert why_undefined(krugman_specialisation(table([[5, 2]]))).tolist() == ["rest_total_zero"]
    reasons = why_undefined(krugman_specialisation(table([[5, 2], [0, 0]])))
    assert reasons.tolist() == ["rest_total_zero", "area_total_zero"]


@settings(max_examples=60)
@given(counts_tables)
def test_hachman_lies_in_0_to_1_and_is_1_for_the_average(counts) -> None:
    result = hachman(counts)
    known = result.dropna()
    assert ((known > 0) & (known <= 1 + 1e-12)).all()
    doubled = table(np.vstack([counts.to_numpy(), counts.to_numpy().sum(axis=0)]))
    if counts.to_numpy().sum():
        assert hachman(doubled).iloc[-1] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (table([[1, -2], [3, 4]]), "'r0'.*'i1'.*-2"),
        (table([[1.0, np.inf]]), "inf"),
        (table([[1.0, np.nan]]), "nan"),
        (pd.DataFrame([[1, 2], [3, 4]], index=["a", "a"]), "'a' twice"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "'x' twice"),
        (pd.DataFrame(), "at least one"),
        (pd.DataFrame([["many"]]), "numbers"),
        (np.ones((2, 2)), "DataFrame"),
        (pd.DataFrame([[1], [2]], index=["a", None]), "missing label"),
    ],
)
@pytest.mark.parametrize(
    "metric",
    [
        location_quotient,
        location_quotient_test,
        location_quotient_interval,
        standardised_location_quotient,
        krugman_specialisation,
        hachman,
    ],
)
def test_bad_counts_are_named(metric, counts, words) -> None:
    with pytest.raises(MetricError, match=words):
        metric(counts)


def test_bad_options_are_named() -> None:
    with pytest.raises(MetricError, match="hypergeometric or binomial"):
        location_quotient_test(HAND, method="poisson")
    with pytest.raises(MetricError, match="delta or exact"):
        location_quotient_interval(HAND, method="wald")
    with pytest.raises(MetricError, match="between 0 and 1"):
        location_quotient_interval(HAND, confidence=95)
    with pytest.raises(MetricError, match="rest, others_mean or total"):
        krugman_specialisation(HAND, reference="nation")
    with pytest.raises(MetricError, match="whole numbers"):
        location_quotient_test(HAND / 3)


def test_labels_of_several_levels() -> None:
    areas = pd.MultiIndex.from_tuples([("510100", "a"), ("510700", "b"), ("510700", "c")])
    counts = pd.DataFrame([[1, 2], [0, 0], [3, 1]], index=areas)
    result = location_quotient(counts)
    assert result.index.equals(areas)
    assert why_undefined(result).loc[("510700", "b"), 0] == "area_total_zero"
    with pytest.raises(MetricError, match="missing label"):
        location_quotient(counts.set_axis(pd.MultiIndex.from_tuples([("x", None)] * 3)))


def test_nullable_integers_are_numbers() -> None:
    pd.testing.assert_frame_equal(location_quotient(HAND.astype("Int64")), location_quotient(HAND))
    with pytest.raises(MetricError, match="nan"):
        location_quotient(HAND.astype("Int64").mask(HAND == 10))
