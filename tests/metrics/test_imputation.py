"""Rubin's rules by hand and by simulation, and the draws they pool."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clusters.errors import MetricError
from clusters.metrics import (
    AreaDraws,
    PointDraws,
    impute,
    label_draws,
    pool,
    why_undefined,
    with_doubt,
)
from clusters.metrics.cells import INTERVALS
from clusters.metrics.sums import Level
from clusters.metrics.table import measure


def tables(values, variances=None) -> list[pd.DataFrame]:
    """One metric per column of ``values`` (data sets, metrics)."""
    made = []
    for k, row in enumerate(np.atleast_2d(values)):
        table = pd.DataFrame({"metric": [f"m{i}" for i in range(len(row))], "value": row})
        if variances is not None:
            table["variance"] = np.atleast_2d(variances)[k]
        made.append(table)
    return made


def test_rubins_rules_by_hand() -> None:
    """m = 3: mean 2, B = 1, W = 0.5, T = 0.5 + 4/3; λ = (4/3)/T; ν = 2/λ²."""
    found = pool(tables([[1.0], [2.0], [3.0]], [[0.4], [0.5], [0.6]]), ["metric"]).loc["m0"]
    total = 0.5 + 4 / 3
    share = 4 / 3 / total
    half = stats.t.ppf(0.975, 2 / share**2) * np.sqrt(total)
    assert found["value"] == 2
    assert found["between"] == pytest.approx(1)
    assert found["within"] == pytest.approx(0.5)
    assert found["doubt_share"] == pytest.approx(share, rel=1e-12)
    assert (found["low"], found["high"]) == pytest.approx((2 - half, 2 + half), rel=1e-9)
    assert found["draws"] == 3


def test_certain_positions_leave_the_usual_interval() -> None:
    found = pool(tables([[5.0]] * 10, [[4.0]] * 10), ["metric"]).loc["m0"]
    assert found["doubt_share"] == 0
    half = stats.norm.ppf(0.975) * 2
    assert (found["low"], found["high"]) == pytest.approx((5 - half, 5 + half), rel=1e-6)
    exact = pool(tables([[5.0]] * 10), ["metric"]).loc["m0"]
    assert (exact["low"], exact["high"], exact["doubt_share"]) == (5, 5, 0)


def test_unknown_sampling_variance_leaves_the_draws_alone() -> None:
    found = pool(tables([[1.0], [2.0], [3.0]]), ["metric"]).loc["m0"]
    assert found["doubt_share"] == 1
    assert np.isnan(found["within"])
    half = stats.t.ppf(0.975, 2) * np.sqrt(4 / 3)
    assert found["high"] == pytest.approx(2 + half)
    partly = pool(tables([[1.0], [2.0], [3.0]], [[0.1], [np.nan], [0.1]]), ["metric"]).loc["m0"]
    assert np.isnan(partly["within"])
    assert partly["doubt_share"] == 1


def test_undefined_values_take_no_part() -> None:
    values = [[1.0, np.nan, np.nan], [3.0, 2.0, np.nan], [np.nan, 4.0, 7.0]]
    found = pool(tables(values), ["metric"])
    assert found["value"].tolist()[:2] == [2.0, 3.0]
    assert found["draws"].tolist() == [2, 2, 1]
    assert found.loc["m2", ["value", "low", "high", "doubt_share"]].isna().all()
    assert why_undefined(found).loc["m2", "value"] == "too_few_draws"


def test_rows_are_matched_by_name_and_may_be_absent() -> None:
    one = pd.DataFrame({"area": ["a", "b"], "metric": "lq", "value": [1.0, 10.0]})
    two = pd.DataFrame({"area": ["c", "b", "a"], "metric": "lq", "value": [5.0, 20.0, 3.0]})
    found = pool([one, two], ["area", "metric"])
    assert found.index.tolist() == [("a", "lq"), ("b", "lq"), ("c", "lq")]
    assert found["value"].tolist()[:2] == [2.0, 15.0]
    assert np.isnan(found["value"].iloc[2])


def test_bounds_end_intervals() -> None:
    found = pool(tables([[0.1], [0.9]]), ["metric"], bounds=(0, 1)).loc["m0"]
    assert (found["low"], found["high"]) == (0, 1)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(2, 12))
def test_pooling_does_not_see_order_and_follows_the_scale(seed, number) -> None:
    rng = np.random.default_rng(seed)
    values, variances = rng.normal(size=(number, 4)), rng.random((number, 4))
    made = tables(values, variances)
    base = pool(made, ["metric"])
    other = pool(
        [made[k].sample(frac=1, random_state=k) for k in rng.permutation(number)], ["metric"]
    )
    np.testing.assert_allclose(other.loc[base.index], base, rtol=1e-9)
    large = pool(tables(values * 8, variances * 64), ["metric"])
    np.testing.assert_allclose(large[["value", "low", "high"]], base[["value", "low", "high"]] * 8)
    np.testing.assert_allclose(large["doubt_share"], base["doubt_share"])
    assert base["doubt_share"].between(0, 1).all()
    assert (base["low"] <= base["value"]).all()


def test_intervals_cover_the_truth_that_uncertain_places_hide() -> None:
    """True share of firms in area a, drawn from each firm's own odds, against ten redraws."""
    rng, hit = np.random.default_rng(0), 0
    for repeat in range(400):
        odds = np.where(rng.random(200) < 0.4, rng.beta(0.8, 1.2, 200), rng.random(200) < 0.4)
        truth = (rng.random(200) < odds).mean()
        table = pd.DataFrame({"firm": range(200), "area": "a", "probability": odds})
        draws = AreaDraws(table, pd.RangeIndex(200))

        def share(areas: pd.Series) -> pd.DataFrame:
            return pd.DataFrame({"value": [(areas == "a").mean()]})

        found = pool(impute(draws, share, draws=10, seed=repeat)).iloc[0]
        hit += found["low"] <= truth <= found["high"]
    assert 0.93 <= hit / 400 <= 0.97


def test_share_of_doubt_grows_with_the_number_of_uncertain_places() -> None:
    def doubt(uncertain: int) -> float:
        odds = np.where(np.arange(200) < uncertain, 0.4, np.arange(200) % 5 < 2)
        table = pd.DataFrame({"firm": range(200), "area": "a", "probability": odds})

        def share(areas: pd.Series) -> pd.DataFrame:
            p = float((areas == "a").mean())
            return pd.DataFrame({"value": [p], "variance": [p * (1 - p) / 200]})

        draws = impute(AreaDraws(table, pd.RangeIndex(200)), share, draws=40)
        return float(pool(draws)["doubt_share"].iloc[0])

    shares = [doubt(number) for number in (0, 20, 100, 200)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[3] == pytest.approx(0.5, abs=0.15)  # B = W when every place is open


def test_area_draws_follow_their_probabilities() -> None:
    table = pd.DataFrame(
        {
            "firm": ["x", "y", "x", "z", "x"],
            "area": ["a", "b", "b", "a", "c"],
            "probability": [0.5, 1.0, 0.3, 0.6, 0.2],
        }
    )
    draws = AreaDraws(table, pd.Index(["z", "w", "y", "x"]))
    drawn = pd.DataFrame([draws(seed) for seed in range(3_000)])
    assert (drawn["y"] == "b").all()
    assert drawn["w"].isna().all()
    assert drawn["z"].isna().mean() == pytest.approx(0.4, abs=0.03)
    for area, share in (("a", 0.5), ("b", 0.3), ("c", 0.2)):
        assert (drawn["x"] == area).mean() == pytest.approx(share, abs=0.03)
    shuffled = AreaDraws(table.sample(frac=1, random_state=1), draws.firms)
    pd.testing.assert_series_equal(shuffled(7), draws(7))


def test_label_draws_take_a_table_of_probabilities() -> None:
    odds = pd.DataFrame({"core": [1.0, 0.5], "none": [0.0, 0.5]}, index=["x", "y"])
    drawn = pd.DataFrame([label_draws(odds)(seed) for seed in range(1_000)])
    assert (drawn["x"] == "core").all()
    assert (drawn["y"] == "core").mean() == pytest.approx(0.5, abs=0.05)


def labelled(odds: pd.Series, *, draws: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the long table of firms whose class has such odds, and the same with their doubt."""
    firms = pd.DataFrame(
        {"county_code": [*"aaabbbbb"], "ai_relevance": np.where(odds >= 0.5, "core", "none")}
    ).astype("str")
    figures = {name: [1.0, 2.0] for name in ("area_km2", "population", "gdp")}
    areas = pd.DataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"]} | figures, index=[*"ab"])

    def long_table(labels: pd.Series) -> pd.DataFrame:
        level = Level("county", areas, "county_code")
        return measure(firms.assign(ai_relevance=labels), [level], schemes=["ai"])

    classes = label_draws(pd.DataFrame({"core": odds, "none": 1 - odds}))
    plain = long_table(firms["ai_relevance"])
    drawn = impute(classes, long_table, draws=draws, seed=seed)
    keys = ["level", "scheme", "industry", "area", "metric"]
    return plain, with_doubt(plain, drawn, keys=keys, intervals=INTERVALS)


def test_certain_labels_leave_the_long_table_as_it_is() -> None:
    plain, wide = labelled(pd.Series([1.0, 1, 0, 1, 0, 0, 0, 1]), draws=2, seed=0)
    columns = [name for name in plain.columns if name != "doubt_share"]
    known = plain["low"].notna()
    pd.testing.assert_frame_equal(wide.loc[known, columns], plain.loc[known, columns])
    pd.testing.assert_series_equal(wide["value"], plain["value"])
    assert (wide["doubt_share"].dropna() == 0).all()


def test_uncertain_labels_widen_intervals_and_repeat_with_their_seed() -> None:
    odds = pd.Series([1.0, 0.6, 0.3, 0.8, 0.4, 0, 0.1, 0.7])
    plain, wide = labelled(odds, draws=6, seed=1)
    again, other = (labelled(odds, draws=6, seed=seed)[1] for seed in (1, 2))
    pd.testing.assert_frame_equal(wide, again)
    cells = plain["metric"].isin(["share", "lq", "lq_population"]) & plain["industry"].eq("ai")
    before, after = ((t["high"] - t["low"])[cells] for t in (plain, wide))
    assert (after > before).all()
    assert wide.loc[cells, "doubt_share"].between(0, 1, inclusive="neither").all()
    assert (wide.loc[cells, "high"] != other.loc[cells, "high"]).all()


def test_point_draws_stay_within_their_radius_95_times_in_100() -> None:
    points = np.tile([1e5, 3e6], (20_000, 1))
    radii = np.repeat([0.0, 800.0], 10_000)
    drawn = PointDraws(points, radii)(3)
    away = np.hypot(*(drawn - points).T)
    assert (away[:10_000] == 0).all()
    assert (away[10_000:] <= 800).mean() == pytest.approx(0.95, abs=0.01)
    np.testing.assert_array_equal(PointDraws(points, radii)(3), drawn)


def test_draws_are_independent_and_repeatable() -> None:
    def measure(points: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"value": [points[0, 0]]})

    draws = PointDraws(np.zeros((1, 2)), np.array([100.0]))
    once = [float(t["value"].iloc[0]) for t in impute(draws, measure, draws=5, seed=1)]
    again = [float(t["value"].iloc[0]) for t in impute(draws, measure, draws=5, seed=1)]
    assert once == again
    assert len(set(once)) == 5


def long_table(lq, gini, gamma) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "area": ["a", "all", "all"],
            "metric": ["lq", "gini", "eg"],
            "value": [lq, gini, gamma],
            "low": [lq - 0.5, np.nan, -0.1],
            "high": [lq + 1.0, np.nan, 0.1],
            "note": ["x", "", ""],
        }
    )


def test_long_tables_get_wider_bounds_and_their_share_of_doubt() -> None:
    best = long_table(2.0, 0.5, 0.3)
    drawn = [long_table(v, g, 0.3) for v, g in ((1.8, 0.4), (2.0, 0.6), (2.5, 0.5))]
    found = with_doubt(best, drawn, keys=["area", "metric"], intervals=["lq"])
    assert list(found.columns) == [*best.columns, "doubt_share"]
    pd.testing.assert_series_equal(found["value"], best["value"])
    lq, gini, eg = (found.iloc[k] for k in range(3))
    within = (1.5 / (2 * stats.norm.ppf(0.975))) ** 2
    drawn_part = 4 / 3 * np.var([1.8, 2.0, 2.5], ddof=1)
    assert lq["doubt_share"] == pytest.approx(drawn_part / (within + drawn_part))
    wider = np.sqrt((within + drawn_part) / within)
    assert lq["low"] == pytest.approx(2.1 - 0.5 * wider)
    assert lq["high"] == pytest.approx(2.1 + 1.0 * wider)
    assert gini["doubt_share"] == 1
    assert gini["high"] == pytest.approx(0.5 + stats.t.ppf(0.975, 2) * np.sqrt(4 / 3) * 0.1)
    assert (eg["low"], eg["high"]) == (-0.1, 0.1)  # a null's quantiles are no interval
    assert np.isnan(eg["doubt_share"])


def test_certain_places_leave_a_long_table_as_it_is() -> None:
    best = long_table(2.0, 0.5, 0.3)
    found = with_doubt(best, [best] * 5, keys=["area", "metric"], intervals=["lq"])
    assert found["doubt_share"].tolist()[:2] == [0, 0]
    assert (found.loc[0, "low"], found.loc[0, "high"]) == (1.5, 3.0)
    assert (found.loc[1, "low"], found.loc[1, "high"]) == (0.5, 0.5)


def test_value_stays_within_bounds_when_the_draws_lie_elsewhere() -> None:
    drawn = [long_table(v, v / 10, 0.3) for v in (8.0, 8.1, 8.2)]
    found = with_doubt(long_table(2.0, 0.1, 0.3), drawn, keys=["area", "metric"], intervals=["lq"])
    assert (found["low"] <= found["value"]).all()
    assert (found["high"] >= found["value"])[:2].all()


M = pd.DataFrame({"firm": ["x"], "area": ["a"], "probability": [0.5]})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pool(tables([[1.0]]), ["metric"]), "at least 2"),
        (lambda: pool(tables([[1.0], [2.0]]), ["area"]), "no column 'area'"),
        (lambda: pool([M, M], ["firm"]), "no column 'value'"),
        (lambda: pool(tables([[1.0], [np.inf]]), ["metric"]), "finite"),
        (lambda: pool(tables([[1.0], [2.0]], [[-1.0], [1.0]]), ["metric"]), "negative"),
        (lambda: pool(tables([[1.0], [2.0]]), ["metric"], confidence=2), "confidence"),
        (lambda: pool([pd.DataFrame({"k": [1, 1], "value": [1, 2]})] * 2, ["k"]), "twice"),
        (lambda: impute(int, pd.DataFrame, draws=1), "draws"),
        (lambda: PointDraws(np.zeros((2, 2)), np.array([1.0])), "shape"),
        (lambda: PointDraws(np.zeros((1, 2)), np.array([-1.0])), "negative"),
        (lambda: AreaDraws(M, pd.Index(["y"])), "names the firm 'x'"),
        (lambda: AreaDraws(M, pd.Index(["x", "x"])), "twice"),
        (lambda: AreaDraws(M.assign(probability=1.2), pd.Index(["x"])), "add up"),
        (lambda: AreaDraws(M.drop(columns="area"), pd.Index(["x"])), "no column 'area'"),
    ],
)
def test_bad_input_is_named(call, words) -> None:
    with pytest.raises(MetricError, match=words):
        call()
