"""Shift-share components: by hand, and always summing to the change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.errors import MetricError
from clusters.metrics import shift_share

START = pd.DataFrame({"chips": [100, 100], "apps": [200, 100]}, index=["b", "a"])
END = pd.DataFrame({"apps": [240, 110], "chips": [130, 170]}, index=["b", "a"])


def test_dunn_by_hand() -> None:
    """All grow 500 → 650 (30 %), chips 200 → 300 (50 %), chips in b 30 %."""
    row = shift_share(START, END).loc[("b", "chips")]
    assert row["national"] == pytest.approx(30, rel=1e-12)
    assert row["industry_mix"] == pytest.approx(20, rel=1e-12)
    assert row["regional"] == pytest.approx(-20, rel=1e-12)
    assert row["change"] == 30


def test_esteban_marquillas_by_hand() -> None:
    """b has 300 of 500, so with the structure of the whole 120 chips: 120·(-.2) and (-20)(-.2)."""
    row = shift_share(START, END, "esteban_marquillas").loc[("b", "chips")]
    assert row["regional"] == pytest.approx(-24, rel=1e-12)
    assert row["allocation"] == pytest.approx(4, rel=1e-12)


tables = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(*[arrays(np.int64, shape, elements=st.integers(0, 50))] * 2)
)


@settings(max_examples=80)
@given(tables, st.sampled_from(["dunn", "esteban_marquillas"]))
def test_components_sum_to_the_change(pair, method) -> None:
    start, end = (pd.DataFrame(values) for values in pair)
    assume(pair[0].sum() > 0)
    table = shift_share(start, end, method)
    parts = table.drop(columns=["start", "end", "change"])
    assert parts.notna().all(axis=None)
    np.testing.assert_allclose(parts.sum(axis=1), table["change"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table["end"] - table["start"], table["change"])
    # Without newcomers, national effects add up to the change of everything, mix to nothing.
    if (pair[0] > 0).all():
        assert table["national"].sum() == pytest.approx(table["change"].sum(), abs=1e-7)
        assert table["industry_mix"].sum() == pytest.approx(0, abs=1e-7)
        if method == "dunn":
            assert table["regional"].sum() == pytest.approx(0, abs=1e-7)


def test_no_change_has_no_components() -> None:
    table = shift_share(START, START)
    assert (table[["change", "national", "industry_mix", "regional"]].abs() < 1e-12).all(axis=None)


def test_newcomers_are_regional() -> None:
    start = pd.DataFrame({"new": [0, 0], "old": [10, 10]})
    end = pd.DataFrame({"new": [5, 0], "old": [10, 15]})
    for method in ("dunn", "esteban_marquillas"):
        table = shift_share(start, end, method)
        assert table.loc[(0, "new"), "regional"] == 5
        assert table.loc[(1, "new"), "regional"] == 0


def test_labels_are_matched_and_order_is_kept() -> None:
    table = shift_share(START, END)
    assert table.index.tolist() == [("b", "chips"), ("b", "apps"), ("a", "chips"), ("a", "apps")]
    assert table.loc[("a", "apps"), "end"] == 110


def test_bad_input_is_named() -> None:
    with pytest.raises(MetricError, match="same industries; 'apps'"):
        shift_share(START, END.drop(columns="apps"))
    with pytest.raises(MetricError, match="same areas; 'a'"):
        shift_share(START, END.drop(index="a"))
    with pytest.raises(MetricError, match="-1"):
        shift_share(START, END.replace(240, -1))
    with pytest.raises(MetricError, match="adds up to 0"):
        shift_share(START * 0, END)
    with pytest.raises(MetricError, match="dunn or esteban_marquillas"):
        shift_share(START, END, "arcelus")
