"""Doubt in the long table: what moves widens the interval, what does not leaves it alone."""

import numpy as np
import pandas as pd
import pytest

from clusters.metrics.cells import INTERVALS
from clusters.metrics.doubt import doubted, measure_draws
from clusters.metrics.imputation import variance_of
from clusters.metrics.rows import COLUMNS
from clusters.metrics.sums import Level, take_sums
from clusters.metrics.table import measure
from metrics.cases import AREAS

LEVEL = Level("county", AREAS, "county_code")
FIRMS = pd.DataFrame(
    {
        "county_code": pd.Series(["a"] * 12 + ["b"] * 8 + ["c"] * 30, dtype="str"),
        "ai_relevance": pd.Series(["core"] * 10 + ["none"] * 2 + ["core"] * 4 + ["none"] * 34),
        "segment": pd.Series((["uav"] * 5 + ["robotics"] * 5) * 5, dtype="str"),
        "chain_layer": "application",
    }
)
OTHERS = FIRMS[FIRMS["ai_relevance"] == "none"]
AI = FIRMS[FIRMS["ai_relevance"] != "none"]
OTHER_SUMS = {"county": take_sums(OTHERS, LEVEL, "ai", "firms")}


METRICS = {
    *("count", "share", "lq", "density_km2", "per_10k_residents", "lq_population", "lq_gdp"),
    *("hhi", "krugman"),
    *("locational_gini", "hoover", "theil", "ellison_glaeser", "maurel_sedillot"),
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return measure(FIRMS, [LEVEL], permutations=9)


def _moved(seed: int) -> pd.DataFrame:
    drawn = np.random.default_rng(seed).choice(["a", "b"], 6)
    codes = AI["county_code"].to_numpy(object).copy()
    codes[:6] = drawn
    return AI.assign(county_code=pd.array(codes, dtype="str"))


def _one(table: pd.DataFrame, metric: str, area: str, industry: str = "ai") -> pd.Series:
    keep = (table["metric"] == metric) & (table["area"] == area) & (table["scheme"] == "ai")
    (row,) = table[keep & (table["industry"] == industry)].to_dict("records")
    return pd.Series(row)


def test_a_draw_like_the_data_gives_the_values_of_the_table(table: pd.DataFrame) -> None:
    """Other firms only make totals, and the quotients come out the same without their rows."""
    drawn = measure_draws([AI, AI], OTHER_SUMS, [LEVEL])
    rows = drawn.rows_of(table)
    measured = table[rows >= 0]
    np.testing.assert_array_equal(np.sort(rows[rows >= 0]), np.arange(len(drawn.keys)))
    assert set(measured["metric"]) == METRICS
    for draw in range(2):
        np.testing.assert_array_equal(drawn.value[rows[rows >= 0], draw], measured["value"])
        variance = variance_of(measured["low"], measured["high"])
        some = measured["metric"].isin(INTERVALS)
        np.testing.assert_array_equal(drawn.variance[rows[rows >= 0], draw], variance.where(some))


def test_places_that_do_not_move_add_no_doubt(table: pd.DataFrame) -> None:
    found = doubted(table, measure_draws([AI] * 5, OTHER_SUMS, [LEVEL]))
    assert list(found.columns) == COLUMNS
    certain = found["metric"].isin(INTERVALS) & found["value"].notna()
    pd.testing.assert_series_equal(found.loc[certain, "low"], table.loc[certain, "low"])
    assert found["doubt_share"].dropna().eq(0).all()


def test_places_that_move_widen_intervals_and_say_so(table: pd.DataFrame) -> None:
    found = doubted(table, measure_draws([_moved(k) for k in range(10)], OTHER_SUMS, [LEVEL]))
    before, after = (_one(each, "lq", "a") for each in (table, found))
    assert after["value"] == before["value"]
    assert after["low"] < before["low"]
    assert 0 < after["doubt_share"] < 1
    number = _one(found, "count", "a")
    assert number["low"] < 10 <= number["high"]
    assert number["doubt_share"] == 1.0  # a count has no other doubt
    still = _one(found, "share", "c")
    assert still["doubt_share"] == 0


def test_a_value_lies_in_its_interval_and_bounds_in_the_range(table: pd.DataFrame) -> None:
    found = doubted(table, measure_draws([_moved(k) for k in range(10)], OTHER_SUMS, [LEVEL]))
    some = found[found["metric"].isin([*INTERVALS, "count", "hhi", "hoover"])].dropna(
        subset=["low", "high", "value"]
    )
    assert len(some) > 40
    assert (some["low"] <= some["value"] + 1e-12).all()
    assert (some["value"] <= some["high"] + 1e-12).all()
    assert (some["low"] >= 0).all()
    assert (some.loc[some["metric"].isin(["share", "hhi", "hoover"]), "high"] <= 1).all()


def test_null_bands_and_undefined_values_stay(table: pd.DataFrame) -> None:
    found = doubted(table, measure_draws([_moved(k) for k in range(10)], OTHER_SUMS, [LEVEL]))
    band = found["metric"].eq("ellison_glaeser")
    pd.testing.assert_frame_equal(
        found.loc[band, ["low", "high"]], table.loc[band, ["low", "high"]]
    )
    none = found["value"].isna()
    assert found.loc[none, "doubt_share"].isna().all()
    pd.testing.assert_series_equal(found["value"], table["value"])
