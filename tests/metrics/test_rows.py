"""Rows of the long table: filled where given, empty elsewhere, named by their area."""

import numpy as np
import pandas as pd

from clusters.metrics.rows import ALL, COLUMNS, PROVINCE, Rows, long_table

NAMES = pd.DataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"]}, index=["a", "b"])
SAME = {"level": "county", "scheme": "ai", "weight": "firms", "method": "sum", "left_out": 3}


def _cells() -> Rows:
    columns = {
        "area": np.array(["b", "a"], dtype=object),
        "industry": np.array(["core", "core"], dtype=object),
        "value": np.array([1.0, np.nan]),
        "n": np.array([1, 0]),
        "note": np.array(["", "no firm"], dtype=object),
        "metric": "count",
    }
    return Rows(2, columns | SAME, NAMES)


def _province() -> Rows:
    columns = {"area": PROVINCE, "industry": "core", "value": np.array([0.5]), "metric": "hhi"}
    return Rows(1, columns | SAME, NAMES)


def test_rows_come_in_order_with_every_column() -> None:
    table = long_table([_cells(), _province()])
    assert list(table.columns) == COLUMNS
    assert table["area"].tolist() == ["b", "a", PROVINCE]
    assert table["metric"].tolist() == ["count", "count", "hhi"]
    np.testing.assert_array_equal(table["value"], [1.0, np.nan, 0.5])
    assert table["note"].tolist() == ["", "no firm", ""]
    assert table["left_out"].tolist() == [3, 3, 3]
    assert table[["low", "high", "doubt_share", "p", "q"]].isna().all(axis=None)


def test_areas_and_the_province_are_named_in_both_languages() -> None:
    table = long_table([_cells(), _province()])
    assert table["area_name_zh"].tolist() == ["乙", "甲", "四川省"]
    assert table["area_name_en"].tolist() == ["B", "A", "Sichuan"]


def test_columns_have_one_type_whatever_was_given() -> None:
    table = long_table([_province(), _cells()])
    for name in ("value", "low", "high", "doubt_share", "p", "q", "n"):
        assert table[name].dtype == np.float64
    for name in ("level", "area", "area_name_zh", "industry", "metric", "method", "note"):
        assert table[name].dtype == "str"
    assert table["left_out"].dtype == np.int64


def test_a_table_of_nothing_has_its_columns() -> None:
    none = Rows(0, {"area": np.array([], dtype=object), "value": np.array([])} | SAME, NAMES)
    for parts in ([], [none]):
        table = long_table(parts)
        assert list(table.columns) == COLUMNS
        assert table.empty
    pd.testing.assert_frame_equal(long_table([none, _cells()]), long_table([_cells()]))


def test_one_value_stands_for_all_rows() -> None:
    rows = Rows(2, _cells().columns | {"industry": ALL, "low": -1.0}, NAMES)
    table = long_table([rows])
    assert table["industry"].tolist() == [ALL, ALL]
    assert table["low"].tolist() == [-1.0, -1.0]
