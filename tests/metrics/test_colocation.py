"""CL and XCL against every deal of the labels, and S-maup against the published example."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import MetricError
from clusters.metrics import colocation, s_maup, why_undefined


def counts(*rows: list[int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b", "c"][: len(rows[0])])


@pytest.mark.parametrize(
    "table", [counts([2, 1], [1, 0], [0, 2]), counts([3, 0], [0, 2]), counts([1, 1], [1, 1])]
)
def test_expectation_is_the_mean_over_all_deals(table) -> None:
    places = np.repeat(np.arange(len(table)), table.sum(axis=1))
    k = int(table["a"].sum())
    every = []
    for chosen in combinations(range(len(places)), k):
        mask = np.isin(np.arange(len(places)), chosen)
        same = sum(int(p == q) for p in places[mask] for q in places[~mask])
        every.append(same / (k * (len(places) - k)))
    found = colocation(table).loc[("a", "b")]
    assert found["expected"] == pytest.approx(np.mean(every), rel=1e-12)
    assert found["cl"] == pytest.approx(
        (table["a"] * table["b"]).sum() / (table["a"].sum() * table["b"].sum())
    )


def test_p_is_the_share_of_deals_as_extreme() -> None:
    """Against enumeration: all of a in one place with b elsewhere."""
    table = counts([4, 0], [0, 4])
    found = colocation(table, draws=9_999, seed=0).loc[("a", "b")]
    # 2 of the 70 deals have no shared area, so two-sided p is twice 2/70.
    assert found["p"] == pytest.approx(2 * 2 / 70, abs=0.01)
    assert found["xcl"] < 0


@settings(max_examples=40)
@given(st.integers(0, 2**31))
def test_properties(seed) -> None:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.integers(0, 6, (5, 3)), columns=list("abc"))
    table.iloc[0] += 1
    found = colocation(table, draws=19, seed=1)
    assert found["cl"].between(0, 1).all()
    assert found["xcl"].between(-1, 1).all()
    assert found["p"].between(0, 1).all()
    shuffled = table.sample(frac=1, random_state=seed % 1000)
    pd.testing.assert_frame_equal(colocation(shuffled), found.drop(columns="p"))
    alone = colocation(table[["a", "c"]], draws=19, seed=1)
    assert alone["p"].iloc[0] == found.loc[("a", "c"), "p"]


def test_undefined_and_bad_input() -> None:
    found = colocation(counts([1, 0, 2], [0, 0, 1]), draws=9, seed=0)
    assert found.loc[("a", "b")].isna().all()
    assert why_undefined(found).loc[("a", "b"), "cl"] == "industry_total_zero"
    assert found.loc[("a", "c"), "cl"] == pytest.approx(2 / 3)
    for table, words in (
        (counts([1], [2]), "two"),
        (counts([1, 2], [3, 4]) + 0.5, "whole"),
        (counts([1, -2], [3, 4]), "whole|negative"),
    ):
        with pytest.raises(MetricError, match=words):
            colocation(table)
    with pytest.raises(MetricError, match="draws"):
        colocation(counts([1, 2], [3, 4]), draws=-1)


def test_s_maup_of_the_published_example() -> None:
    """Columbus crime in esda's documentation: 49 areas, 10 regions, Moran's I as ρ."""
    from esda.smaup import Smaup

    for areas, regions, rho in ((49, 10, 0.486), (183, 21, -0.2), (900, 30, 0.9), (25, 25, 0.0)):
        found, theirs = s_maup(areas, regions, rho), Smaup(areas, regions, rho)
        assert found.statistic == pytest.approx(theirs.smaup, rel=1e-12)
        assert found.critical_05 == pytest.approx(theirs.critical_05, rel=1e-12)
        assert found.critical_10 <= found.critical_05 <= found.critical_01


def test_s_maup_between_and_outside_the_table() -> None:
    # At ρ = 0.8, half way between two tabulated values, esda takes the row of -0.9.
    assert s_maup(183, 21, 0.8).critical_05 in (
        s_maup(183, 21, 0.7).critical_05,
        s_maup(183, 21, 0.9).critical_05,
    )
    outside = s_maup(2_000, 21, 0.3)
    assert np.isnan(outside.critical_05)
    assert why_undefined(outside) == "outside_table"
    assert 0 < outside.statistic < 1
    for bad in ((10, 11, 0.0), (10, 0, 0.0), (10, 5, 1.5)):
        with pytest.raises(MetricError):
            s_maup(*bad)
