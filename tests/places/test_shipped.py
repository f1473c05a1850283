"""Shipped tables: the type each column gets, and which file, row and column a fault is in."""

import pandas as pd
import pytest

from clusters.errors import ShippedDataError
from clusters.places import shipped
from clusters.places.parks import (
    LISTS,
    OWN,
    REGISTRY,
    own_columns,
    park_name,
    shipped_parks,
    shipped_text,
    typed_parks,
    with_lists,
    with_own,
)
from clusters.places.shipped import read_table, typed_table


def text(**columns):
    return pd.DataFrame(columns, dtype="str")


def typed(table, **options):
    return typed_table(table, "data/x/y.csv", **options)


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Return a function that reads the bytes of a shipped table."""
    monkeypatch.setattr(shipped, "data_path", tmp_path.joinpath)

    def read(content, **options):
        (tmp_path / "y.csv").write_bytes(content)
        return read_table("y.csv", **options)

    return read


def test_numbers_are_floats_and_empty_cells_missing():
    found = typed(text(a=["1.5", None, "-2e3"]), numbers=["a"])["a"]
    assert found.dtype == "float64"
    assert found.fillna(0).tolist() == [1.5, 0, -2000]
    assert found.isna().tolist() == [False, True, False]


def test_whole_numbers_may_be_missing_and_may_be_written_as_decimals():
    found = typed(text(a=["3", None, "4.0"]), integers=["a"])["a"]
    assert found.dtype == "Int64"
    assert found.tolist() == [3, pd.NA, 4]


def test_words_of_a_list_are_split_and_trimmed_and_an_empty_cell_holds_none():
    found = typed(text(a=["甲; 乙 ;丙", None, "甲"]), lists=["a"])["a"]
    assert found.tolist() == [["甲", "乙", "丙"], [], ["甲"]]


def test_other_columns_stay_text():
    found = typed(text(code=["010107"], a=["1"]), numbers=["a"])
    assert found["code"].tolist() == ["010107"]


@pytest.mark.parametrize(
    ("cells", "options", "message"),
    [
        (["1", "many"], {"numbers": ["a"]}, "data/x/y.csv row 3, column a: 'many' is not a number"),
        (["1", "2.5"], {"integers": ["a"]}, "row 3, column a: '2.5' is not a whole number"),
        (["x", "y"], {"integers": ["a"]}, "row 2, column a: 'x' is not a whole number"),
    ],
)
def test_a_word_where_a_number_belongs_is_named_by_row_column_and_value(cells, options, message):
    with pytest.raises(ShippedDataError, match=message):
        typed(text(a=cells), **options)


@pytest.mark.parametrize("kind", ["required", "numbers", "integers", "lists"])
def test_every_promised_column_must_be_there_and_all_missing_are_named(kind):
    with pytest.raises(ShippedDataError, match="has no column b, c; reinstall, or undo the last"):
        typed(text(a=["1"]), **{kind: ["a", "b", "c"]})


def test_a_word_for_missing_in_other_tools_is_a_word_here(stored):
    found = stored(b"a,b\nNA,1\n,2\nnull,3\n")
    assert found["a"].tolist()[::2] == ["NA", "null"]
    assert found["a"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2,3,4\n5\n6,7,8,9,10\n", b"a\n\xff\xfe\n"])
def test_bytes_that_are_no_table_are_told_with_the_remedy(stored, content):
    with pytest.raises(ShippedDataError, match=r"data/y.csv cannot be read as a UTF-8 CSV table"):
        stored(content)


def own(name, **cells):
    row = dict.fromkeys(own_columns(), "")
    base = {"park_id": f"{OWN}{name}", "name_zh": name, "name_en": name, "level": "other",
            "prefecture_code": "510100", "county_codes": "510107;510104", "lon": "104.06",
            "lat": "30.60", "registry": "甲.csv", "registry_sha256": "0" * 64}  # fmt: skip
    return {**row, **base, **cells}


def test_an_imported_table_of_text_gets_the_types_of_the_shipped_one():
    found = typed_parks(pd.DataFrame([own("甲园")]), "parks").iloc[0]
    assert found["county_codes"] == ["510107", "510104"]
    assert (found["lon"], found["lat"]) == (104.06, 30.60)
    assert found["industries_zh"] == []
    assert pd.isna(found["approved_area_ha"])
    assert pd.isna(found["source_url"])


def test_imported_parks_stand_among_the_shipped_in_order_of_city_and_id():
    table = with_own(pd.DataFrame([own("甲园"), own("乙园", prefecture_code="510700")]))
    assert len(table) == len(shipped_parks()) + 2
    order = list(zip(table["prefecture_code"], table["park_id"], strict=True))
    assert order == sorted(order)
    assert table.index.tolist() == list(range(len(table)))
    assert list(table.columns) == list(shipped_parks().columns)


def test_an_imported_park_of_a_shipped_id_takes_its_place():
    known = str(shipped_parks()["park_id"].iloc[3])
    table = with_own(pd.DataFrame([own("甲园", park_id=known)]))
    assert len(table) == len(shipped_parks())
    assert table.set_index("park_id").loc[known, "name_zh"] == "甲园"


def test_a_park_without_place_has_no_point():
    table = with_own(pd.DataFrame([own("甲园", lon="", lat="")])).set_index("park_id")
    assert table.loc[f"{OWN}甲园", "geometry"] is None
    assert table.crs == "EPSG:4326"


@pytest.mark.parametrize("none", [None, pd.DataFrame([])])
def test_without_imported_parks_the_shipped_ones_are_used_as_they_are(none):
    assert with_own(none) is shipped_parks()


def test_a_number_of_an_imported_park_that_is_none_is_named():
    with pytest.raises(ShippedDataError, match="row 2, column lat: 'north' is not a number"):
        with_own(pd.DataFrame([own("甲园", lat="north")]))


def test_shipped_parks_come_from_no_file_of_anybody():
    assert shipped_parks()[list(REGISTRY)].isna().all(axis=None)
    assert (shipped_text()[list(REGISTRY)] == "").all(axis=None)
    assert list(shipped_text().columns) == own_columns()
    assert shipped_text()["park_id"].is_unique


def test_lists_of_parks_survive_parquet():
    arrays = shipped_parks().head(3).copy()
    for name in LISTS:
        arrays[name] = pd.Series([pd.array(cell).to_numpy() for cell in arrays[name]], dtype=object)
    again = with_lists(arrays.drop(columns="functional_codes"))
    for name in set(LISTS) - {"functional_codes"}:
        assert again[name].tolist() == shipped_parks()[name].head(3).tolist()
    assert "functional_codes" not in again


def test_only_the_id_of_an_imported_park_says_a_name():
    assert park_name(f"{OWN}own:甲园") == "own:甲园"
    assert park_name("my-htz") is None
