"""The level of an interval is the level asked for, and rows meet by name, not by place."""

import numpy as np
import pandas as pd
import pytest

from clusters.metrics import bootstrap_interval, theil_decomposition
from clusters.metrics.imputation import with_doubt


# The first of n redrawn numbers 0 … 999 is uniform, so its quantiles are known; 9 999 draws leave a
# standard error below 5 · √(p (1 − p)) there.
@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_a_bootstrap_interval_leaves_half_the_rest_on_each_side(confidence):
    got = bootstrap_interval(
        np.arange(1000.0), lambda part: part[0], confidence=confidence, draws=9999, seed=4
    )
    tail = (1 - confidence) / 2
    near = 4 * 10 * np.sqrt(tail * (1 - tail))
    assert got.low == pytest.approx(1000 * tail, abs=near)
    assert got.high == pytest.approx(1000 * (1 - tail), abs=near)


def test_one_draw_is_an_interval_of_one_point():
    got = bootstrap_interval(np.arange(9.0), np.mean, draws=1, seed=0)
    assert got.low == got.high


def test_the_parts_of_an_undefined_index_keep_their_names():
    parts = theil_decomposition(np.zeros(3), ["a", "a", "b"])
    assert parts.index.tolist() == ["total", "between", "within"]
    assert parts.isna().all()


# Within groups all are alike, so all inequality lies between: ln 2 for (1, 1, 0, 0).
def test_all_inequality_may_lie_between_or_within():
    between = theil_decomposition([1.0, 1.0, 0.0, 0.0], ["a", "a", "b", "b"])
    within = theil_decomposition([1.0, 0.0, 1.0, 0.0], ["a", "a", "b", "b"])
    expected = [np.log(2), np.log(2), 0.0]
    np.testing.assert_allclose(between[["total", "between", "within"]], expected, atol=1e-12)
    np.testing.assert_allclose(within[["total", "within", "between"]], expected, atol=1e-12)


def test_draws_are_joined_by_their_keys_in_any_order():
    random = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "area": list("abcdef"),
            "metric": ["lq"] * 4 + ["share"] * 2,
            "value": random.uniform(1, 2, 6),
        }
    )
    table = table.assign(low=table["value"] - 0.2, high=table["value"] + 0.3)
    moved = [random.normal(0, 0.1, 6) for _ in range(5)]
    drawn = [
        table.assign(**{name: table[name] + by for name in ("value", "low", "high")})
        for by in moved
    ]
    options = {"keys": ["area", "metric"], "intervals": ["lq"]}
    straight = with_doubt(table, drawn, **options)
    mixed = [one.sample(frac=1, random_state=n) for n, one in enumerate(drawn)]
    pd.testing.assert_frame_equal(with_doubt(table, mixed, **options), straight)
    back = with_doubt(table.iloc[::-1].reset_index(drop=True), drawn, **options)
    pd.testing.assert_frame_equal(back.iloc[::-1].reset_index(drop=True), straight)
    assert straight.loc[:3, "doubt_share"].gt(0).all()
