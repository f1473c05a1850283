"""Counting located enterprises by area and industry."""

import numpy as np
import pandas as pd
import pytest

from clusters.errors import MetricError
from clusters.metrics import count, location_quotient


@pytest.fixture
def located() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "prefecture_code": ["510100", "510100", "510700", None, "510700"],
            "county_code": ["510116", None, "510704", None, "510704"],
            "zone_ids": [["z1", "z2"], [], ["z2"], [], ["z3"]],
            "park_ids": [[], [], [], [], []],
            "segment": ["vision", "chips", "vision", "vision", None],
            "chain_layer": ["application", "foundation", "technology", "application", "technology"],
            "ai_relevance": ["core", "none", "weak", "related", "core"],
            "employees": pd.array([10, 20, None, 5, 7], dtype="Int64"),
            "registered_capital_cny": [1e6, np.nan, 2e6, 3e6, 4e6],
            "revenue_cny": [np.nan] * 5,
        },
        index=[7, 3, 5, 1, 9],
    )


def test_firms_by_prefecture_and_segment(located) -> None:
    table = count(located, by="prefecture", industry="segment")
    assert table.to_dict() == {
        "chips": {"510100": 1, "510700": 0},
        "vision": {"510100": 1, "510700": 1},
    }
    assert (table.dtypes == "int64").all()
    assert table.attrs["left_out"] == {"area": 1, "industry": 1, "weight": 0, "outside": 0}
    assert table.attrs["counted"] == 3


def test_rows_are_conserved(located) -> None:
    for by in ("prefecture", "county", "zone", "park"):
        for industry in ("segment", "chain_layer", "ai"):
            for weight in (None, "firms", "employees", "registered_capital", "revenue"):
                table = count(located, by=by, industry=industry, weight=weight)
                lost = sum(table.attrs["left_out"].values())
                assert table.attrs["counted"] + lost == len(located)


def test_a_firm_in_two_zones_counts_in_both(located) -> None:
    table = count(located, by="zone", industry="ai")
    assert list(table.index) == ["z1", "z2", "z3"]
    assert list(table.columns) == ["core", "weak"]
    assert table.to_numpy().tolist() == [[1, 0], [1, 1], [1, 0]]
    assert table.attrs["counted"] == 3


def test_classes_keep_their_own_order(located) -> None:
    table = count(located, by="prefecture", industry="chain_layer")
    assert list(table.columns) == ["foundation", "technology", "application"]
    assert list(count(located, by="prefecture", industry="ai").columns) == ["core", "weak", "none"]


def test_weights_add_up_and_unknown_sizes_are_left_out(located) -> None:
    table = count(located, by="prefecture", industry="ai", weight="employees")
    assert table.loc["510100"].tolist() == [10, 20]
    assert table.attrs["left_out"]["weight"] == 1
    assert (table.dtypes == "float64").all()


def test_wanted_areas_come_in_order_with_zeros(located) -> None:
    table = count(located, by="county", industry="segment", areas=["519999", "510116"])
    assert list(table.index) == ["519999", "510116"]
    assert table.loc["519999"].sum() == 0
    assert table.attrs["left_out"]["outside"] == 1
    assert location_quotient(table).loc["519999"].isna().all()


def test_lists_may_be_arrays_as_parquet_gives_them(located) -> None:
    arrays = located.assign(zone_ids=[np.array(v, dtype=object) for v in located["zone_ids"]])
    pd.testing.assert_frame_equal(
        count(arrays, by="zone", industry="ai"), count(located, by="zone", industry="ai")
    )


def test_order_of_rows_and_index_do_not_matter(located) -> None:
    doubled = pd.concat([located, located])  # index labels repeat
    once = count(located, by="zone", industry="segment")
    twice = count(doubled.iloc[::-1], by="zone", industry="segment")
    pd.testing.assert_frame_equal(twice, once * 2)


def test_nothing_to_count_is_an_empty_table(located) -> None:
    for table in (
        count(located, by="park", industry="segment"),
        count(located.iloc[:0], by="county", industry="ai"),
    ):
        assert table.shape[0] == 0
        assert table.attrs["counted"] == 0
    zeros = count(located, by="park", industry="segment", areas=["p1"])
    assert list(zeros.index) == ["p1"]


def test_bad_input_is_named(located) -> None:
    with pytest.raises(MetricError, match="prefecture, county, zone, park"):
        count(located, by="village", industry="segment")
    with pytest.raises(MetricError, match="segment, chain_layer, ai"):
        count(located, by="county", industry="nace")
    with pytest.raises(MetricError, match="employees"):
        count(located, by="county", industry="ai", weight="heads")
    with pytest.raises(MetricError, match="'segment'"):
        count(located.drop(columns="segment"), by="county", industry="segment")
    with pytest.raises(MetricError, match=r"'employees', row 7 is -10\.0"):
        count(
            located.assign(employees=-located["employees"]),
            by="county",
            industry="ai",
            weight="employees",
        )
    with pytest.raises(MetricError, match="twice"):
        count(located, by="county", industry="ai", areas=["a", "a"])
