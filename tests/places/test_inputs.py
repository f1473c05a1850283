"""Tables as people have them: odd, empty, located before, with our own column names."""

import decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import clusters
from clusters.errors import InputError
from clusters.geocode.datum import from_wgs84
from clusters.places.boundaries import counties
from clusters.places.locate import COLUMNS, learn, locate

ADDRESS = "成都市武侯区一环路1号"


def one(**columns):
    return locate(pd.DataFrame(columns), datum="wgs84")


class TestRefusals:
    @pytest.mark.parametrize("thing", [None, "firms.csv", [ADDRESS], {"address": [ADDRESS]}, 5])
    @pytest.mark.parametrize("function", [learn, locate, clusters.classify])
    def test_what_is_no_table(self, function, thing):
        with pytest.raises(InputError, match="pass a pandas DataFrame"):
            function(thing)

    def test_a_registry_names_its_table(self):
        class Registry:
            table = None

        for function in (learn, locate, clusters.classify):
            with pytest.raises(InputError, match=r"not a Registry; pass its \.table"):
                function(Registry())

    def test_a_series(self):
        with pytest.raises(InputError, match="not a Series"):
            locate(pd.Series([ADDRESS], name="address"))

    def test_only_names(self):
        with pytest.raises(InputError, match=r"no column 'address', only name; .*address="):
            locate(pd.DataFrame({"name": ["甲公司"]}))
        with pytest.raises(InputError, match="no column at all"):
            locate(pd.DataFrame())

    @pytest.mark.parametrize("name", ["address", "name", "region", "lon", "lat", "datum"])
    def test_a_column_that_is_there_twice(self, name):
        columns = ["address", name] if name == "address" else ["address", name, name]
        with pytest.raises(InputError, match=f"'{name}' twice"):
            locate(pd.DataFrame([["x"] * len(columns)], columns=columns))

    @pytest.mark.parametrize("memory", [pd.DataFrame(), "20261122T101500Z-3f9c2a", 1])
    def test_what_is_no_memory(self, memory):
        with pytest.raises(InputError, match=r"memory is a .*clusters\.learn"):
            locate(pd.DataFrame({"address": [ADDRESS]}), memory)


class TestOddColumns:
    def test_categories(self):
        table = pd.DataFrame(
            {
                "address": pd.Categorical([ADDRESS, "某路1号", None, ADDRESS]),
                "region": pd.Categorical(["成都", "绵阳", None, "成都"]),
                "name": pd.Categorical(["甲公司", "乙公司", "丙公司", "甲公司"]),
                "datum": pd.Categorical(["gcj02", None, "wgs84", "gcj02"]),
                "lon": pd.Categorical([104.05, None, None, 104.05]),
                "lat": pd.Categorical([30.64, None, None, 30.64]),
            }
        )
        located = locate(table, learn(table))
        assert located["county_code"].tolist()[0] == "510107"
        assert located["prefecture_code"].iloc[1] == "510700"
        assert located["precision"].tolist() == ["point", "prefecture", "none", "point"]
        pd.testing.assert_series_equal(located["address"], table["address"])

    @pytest.mark.parametrize(
        "values",
        [
            [np.nan, None, pd.NA, 5, 5.5, True],
            [b"bytes", ["list"], {"a": 1}, (1,), decimal.Decimal(1), pd.Timestamp("2020-01-01")],
        ],
    )
    def test_addresses_that_are_no_text(self, values):
        located = one(address=pd.Series(values, dtype="object"))
        assert (located["precision"] == "none").all()
        assert (located["location_note"] == "no_address").all()

    def test_a_whole_column_of_numbers(self):
        located = one(address=[1.5, 2.5])
        assert located["county_code"].isna().all()

    def test_coordinates_as_text(self):
        located = one(
            address=[""] * 6,
            lon=["104.05", " 104.05° ", "E104.05", "", None, "一百零四"],
            lat=["30.64", "30.64°", "30.64", "", None, "30.64"],
        )
        assert located["precision"].tolist() == ["point", "point", "none", "none", "none", "none"]
        notes = located["coordinate_note"].astype(object).where(located["coordinate_note"].notna())
        assert notes.iloc[2] == notes.iloc[5] == "not_a_number"
        assert notes.iloc[[0, 1, 3, 4]].isna().all()

    @pytest.mark.parametrize("odd", [[1, 2], {"x": 1}, decimal.Decimal(104), 1j, True, b"104"])
    def test_coordinates_that_are_no_numbers(self, odd):
        located = one(address=[ADDRESS], lon=pd.Series([odd], dtype="object"), lat=[30.64])
        assert located["precision"].tolist() == ["county"]

    def test_nullable_and_arrow_numbers(self):
        for kind in ("Float64", "float64[pyarrow]", "float32"):
            located = one(
                address=["", ""],
                lon=pd.Series([104.05, None], dtype=kind),
                lat=pd.Series([30.64, None], dtype=kind),
            )
            assert located["precision"].tolist() == ["point", "none"]

    def test_one_row_and_any_index(self):
        index = pd.MultiIndex.from_tuples([("a", 1), ("a", 1)])
        located = locate(pd.DataFrame({"address": [ADDRESS] * 2}, index=index))
        assert located.index.equals(index)
        assert len(locate(pd.DataFrame({"address": [ADDRESS]}))) == 1

    def test_repeated_index_with_coordinates(self):
        table = pd.DataFrame(
            {"address": ["", ADDRESS], "lon": [104.05, np.nan], "lat": [30.64, np.nan]},
            index=[7, 7],
        )
        located = locate(table, datum="wgs84")
        assert located["precision"].tolist() == ["point", "county"]
        assert located["given_lon"].iloc[0] == 104.05

    def test_the_given_table_stays_as_it_was(self):
        table = pd.DataFrame({"address": [ADDRESS], "lon": ["104.05"], "lat": ["30.64"]})
        before = table.copy(deep=True)
        locate(table, learn(table))
        pd.testing.assert_frame_equal(table, before)

    def test_columns_named_like_ours_are_kept_under_another_name(self):
        located = one(
            address=[ADDRESS], county_code=["999999"], evidence=["档案"], zone_ids=["A;B"]
        )
        assert located["county_code"].tolist() == ["510107"]
        assert located["given_county_code"].tolist() == ["999999"]
        assert located["given_evidence"].tolist() == ["档案"]
        assert located["given_zone_ids"].tolist() == ["A;B"]
        assert located.columns.is_unique


class TestLocatedBefore:
    def table(self):
        return pd.DataFrame(
            {
                "address": [ADDRESS, "绵阳市", "", ADDRESS],
                "lon": [104.05, np.nan, np.nan, np.nan],
                "lat": [30.64, np.nan, np.nan, np.nan],
            }
        )

    def test_a_centre_never_becomes_a_point(self):
        first = locate(self.table(), datum="wgs84")
        again = locate(first, datum="wgs84")
        assert again["precision"].tolist() == first["precision"].tolist()
        assert again["precision"].tolist() == ["point", "prefecture", "none", "county"]
        assert list(again.columns) == list(first.columns)
        pd.testing.assert_frame_equal(
            pd.DataFrame(again)[[*COLUMNS]], pd.DataFrame(first)[[*COLUMNS]]
        )

    def test_without_given_coordinates_nothing_becomes_a_point(self):
        first = locate(self.table()[["address"]])
        assert (locate(first)["precision"] != "point").all()

    def test_the_datum_is_not_applied_twice(self):
        lon, lat = from_wgs84([104.05], [30.64], "gcj02")
        table = pd.DataFrame({"address": [""], "lon": lon, "lat": lat})
        first = locate(table, datum="gcj02")
        again = locate(first, datum="gcj02")
        assert first["lon"].iloc[0] == pytest.approx(104.05, abs=1e-9)
        assert again["lon"].iloc[0] == first["lon"].iloc[0]


class TestPointsOfALayer:
    def test_points_of_a_geodataframe_are_its_coordinates(self):
        layer = gpd.GeoDataFrame(
            {"address": ["", ADDRESS]}, geometry=[shapely.Point(104.05, 30.64), None], crs=4326
        )
        for crs in ("EPSG:4326", "EPSG:32648"):
            located = locate(layer.to_crs(crs), datum="wgs84")
            assert located["precision"].tolist() == ["point", "county"]
            assert located["lon"].iloc[0] == pytest.approx(104.05, abs=1e-7)

    def test_polygons_are_no_points(self):
        layer = gpd.GeoDataFrame(
            {"address": [ADDRESS]}, geometry=[shapely.box(104, 30, 105, 31)], crs=4326
        )
        assert locate(layer)["precision"].tolist() == ["county"]


class TestPiles:
    """Many firms at one coordinate: a tower, a centroid, or nobody knows."""

    def pile(self, addresses, column="address", **more):
        table = pd.DataFrame({column: addresses, "lon": 104.02, "lat": 30.60, **more})
        return locate(table, datum="wgs84", address=column)

    def streets(self, count):
        return [f"成都市武侯区{chr(0x4E00 + n)}{chr(0x4E80 + n)}街{n}号" for n in range(count)]

    @pytest.mark.parametrize("column", ["address", "住所", "注册地址"])
    def test_the_address_may_stand_in_any_column(self, column):
        assert (self.pile(self.streets(60), column)["coordinate_note"] == "piled_up").all()

    def test_another_column_named_address_is_not_looked_at(self):
        located = self.pile(["成都市武侯区科华北路1号"] * 60, "住所", address=self.streets(60))
        assert (located["precision"] == "point").all()

    def test_few_rows_or_few_streets_are_a_building(self):
        assert (self.pile(self.streets(20))["precision"] == "point").all()
        assert (self.pile(self.streets(8) * 20)["precision"] == "point").all()

    def test_hundreds_without_any_address_are_no_building(self):
        located = self.pile([""] * 120)
        assert (located["coordinate_note"] == "piled_up").all()
        assert (located["precision"] == "none").all()
        assert (self.pile([None] * 60)["precision"] == "point").all()

    def test_only_the_pile_is_marked(self):
        table = pd.DataFrame(
            {
                "address": [*self.streets(60), ADDRESS],
                "lon": [104.02] * 60 + [104.05],
                "lat": [30.60] * 60 + [30.64],
            }
        )
        located = locate(table, datum="wgs84")
        assert located["coordinate_note"].notna().sum() == 60
        assert located["precision"].iloc[-1] == "point"

    def test_swapped_and_right_ones_of_one_place_are_one_pile(self):
        table = pd.DataFrame(
            {
                "address": self.streets(60),
                "lon": [104.02, 30.60] * 30,
                "lat": [30.60, 104.02] * 30,
            }
        )
        located = locate(table, datum="wgs84")
        assert (located["precision"] == "county").all()
        assert located["coordinate_note"].tolist() == ["piled_up", "swapped; piled_up"] * 30


def test_a_point_outside_the_province_but_near_says_so():
    east = counties().total_bounds[2]
    located = one(address=[""], lon=[east + 0.05], lat=[31.0])
    assert located["coordinate_note"].tolist() == ["outside_province"]
    assert located["precision"].tolist() == ["none"]
