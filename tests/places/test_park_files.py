"""Parks come in through the same door as firms, and are kept in the workspace."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError, WorkspaceError
from clusters.geocode.datum import from_wgs84
from clusters.places.areas import park_positions
from clusters.places.locate import locate
from clusters.places.park_files import (
    KEPT,
    forget_parks,
    keep_parks,
    kept_parks,
    parks_told,
    parks_with,
    read_parks,
)
from clusters.places.parks import OWN, park_name, shipped_parks, with_own
from clusters.registry.park_mapping import ParkMapping
from clusters.registry.remembered import of_parks, recall, remember

HEADER = "园区名称,级别,地址,经度,纬度,规划面积(平方公里),主导产业,联系人"


@pytest.fixture
def write(tmp_path):
    def make(*rows: str, header: str = HEADER, name: str = "parks.csv", encoding: str = "utf-8"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
        return path

    return make


class TestRead:
    def test_located_by_coordinates_or_address(self, write):
        read = read_parks(
            write(
                "测试一园,省级,,104.06,30.60,2.5,人工智能、机器人,王小明",
                "测试二园,国家级高新区,绵阳市涪城区临园路1号,,,300公顷,电子,李四",
            )
        )
        table = read.table
        assert table["park_id"].tolist() == [f"{OWN}测试一园", f"{OWN}测试二园"]
        assert table["county_codes"].tolist() == ["510107", "510703"]
        assert table["prefecture_code"].tolist() == ["510100", "510700"]
        assert table["level"].tolist() == ["provincial", "national_htz"]
        assert table["approved_area_ha"].tolist() == ["250", "300"]
        assert table["industries_zh"].iloc[0] == "人工智能;机器人"
        assert read.source.personal == ("联系人",)
        assert read.account.read == read.account.kept == 2
        everything = table.to_csv() + read.report.to_csv() + repr(read)
        assert not any(name in everything for name in ("王小明", "李四"))

    @pytest.mark.parametrize(
        ("row", "rule"),
        [
            (",省级,,104.06,30.6,,,", "park_name_missing"),
            ("甲园,省级,,121.4,31.2,,,", "park_unplaced"),
            ("甲园,省级,,,,,,", "park_unplaced"),
            ("合计,,,,,120,,", "totals_row"),
            ("好园,,,104.06,30.6,,,", "park_repeated"),
            ("甲,园,省级,成都市武侯区,104.06,30.6,2,软件,王小明", "row_shifted"),
        ],
    )
    def test_a_row_that_is_no_park_is_told_and_left_out(self, write, row, rule):
        read = read_parks(write("好园,省级,,104.06,30.60,2.5,软件,", row))
        assert read.rejected[["row", "rule"]].to_numpy().tolist() == [[3, rule]]
        assert read.table["name_zh"].tolist() == ["好园"]
        assert read.account.adds_up
        assert "王小明" not in repr(read)

    @pytest.mark.parametrize(
        ("row", "rule", "column"),
        [
            ("甲园,省级,,104.06,30.6,很大,,", "park_area_invalid", "规划面积(平方公里)"),
            ("甲园,省级,,104.06,30.6,999999,,", "park_area_invalid", "规划面积(平方公里)"),
            ("甲园,奇特,,104.06,30.6,1,,", "park_level_unknown", "级别"),
            ("甲园,省级,成都市武侯区,121.4,31.2,,,", "coordinates_outside_sichuan", "经度"),
            ("甲园,省级,成都市武侯区,东经,30.6,,,", "coordinates_invalid", "经度"),
            ("甲园,省级,成都市武侯区,104.06,,,,", "coordinates_incomplete", "经度"),
            ("甲园,省级,,30.6,104.06,,,", "coordinates_swapped", "经度"),
        ],
    )
    def test_a_doubtful_value_is_told_and_the_park_kept(self, write, row, rule, column):
        read = read_parks(write(row))
        told = read.report[read.report["row"].notna()]
        assert told[["row", "rule", "column"]].to_numpy().tolist() == [[2, rule, column]]
        assert read.table["county_codes"].tolist() == ["510107"]

    def test_no_park_at_all_is_refused(self, write):
        with pytest.raises(InputError, match="row 2") as caught:
            read_parks(write("甲园,省级,,,,,,"))
        assert caught.value.code == "park_none_left"

    def test_a_table_without_names_of_parks(self, write):
        with pytest.raises(InputError, match="园区名称") as caught:
            read_parks(write("1,2", header="a,b"))
        assert caught.value.code == "park_name_column_missing"
        with pytest.raises(InputError, match="园区名称") as caught:
            read_parks(write("1,2", header="3,4"))
        assert caught.value.code == "header_missing"

    def test_a_mapping_names_columns_units_and_datum(self, write):
        path = write("甲园,104.06,30.6,45", header="单位,x,y,大小", encoding="gb18030")
        said = ParkMapping(
            columns={"name": "单位", "lon": "x", "lat": "y", "area": "大小"},
            area_unit="亩",
            datum="gcj02",
        )
        row = read_parks(path, said).table.iloc[0]
        assert row["approved_area_ha"] == "3"
        lon, lat = from_wgs84([float(row["lon"])], [float(row["lat"])], "gcj02")
        assert (lon[0], lat[0]) == pytest.approx((104.06, 30.6), abs=2e-6)
        assert (row["datum_source"], row["uncertainty_km"]) == ("gcj02", "0.5")

    def test_a_personal_column_cannot_be_mapped(self):
        with pytest.raises(ValueError, match="personal"):
            ParkMapping(columns={"name": "联系人"})

    def test_a_datum_nobody_told_widens_the_doubt(self, write):
        row = read_parks(write("甲园,省级,,104.06,30.6,,,")).table.iloc[0]
        assert (row["datum_source"], float(row["uncertainty_km"])) == ("undetermined", 1.1)

    def test_a_map_file_gives_points(self, tmp_path):
        points = gpd.points_from_xy([104.06], [30.6])
        gpd.GeoDataFrame({"园区名称": ["甲园"]}, geometry=points, crs=4326).to_file(
            tmp_path / "p.gpkg"
        )
        read = read_parks(tmp_path / "p.gpkg")
        assert read.table[["lon", "lat"]].iloc[0].tolist() == ["104.060000", "30.600000"]


class TestReplace:
    def test_a_park_of_a_known_name_keeps_its_id_and_what_the_file_does_not_tell(self, write):
        known = shipped_parks().dropna(subset=["lon", "source_url"]).iloc[0]
        county = known["county_codes"][0]
        from clusters.places.boundaries import counties

        name = counties().set_index("code")["name_zh"][county]
        read = read_parks(write(f"{known['name_zh']},省级,四川省{name},,,7,,"))
        assert "park_replaces" in set(read.report["rule"])
        row = with_own(read.table).set_index("park_id").loc[known["park_id"]]
        assert row["approved_area_ha"] == 700
        assert row["lon"] == known["lon"]
        assert row["source_url"] == known["source_url"]
        assert row["registry"] == "parks.csv"

    def test_a_shipped_park_needs_no_place(self, write):
        known = shipped_parks().dropna(subset=["lon"])
        known = known[known["county_codes"].str.len() > 0].iloc[0]
        read = read_parks(write(f"{known['name_zh']},国家级高新区,,,,3,,"))
        row = with_own(read.table).set_index("park_id").loc[known["park_id"]]
        assert (row["level"], row["approved_area_ha"]) == ("national_htz", 300)
        assert (row["lon"], row["lat"]) == (known["lon"], known["lat"])

    def test_the_shipped_place_goes_where_the_file_says_another_county(self, write):
        known = shipped_parks().dropna(subset=["lon"])
        known = known[known["prefecture_code"] != "510700"].iloc[0]
        read = read_parks(write(f"{known['name_zh']},省级,绵阳市涪城区,,,,,"))
        row = with_own(read.table).set_index("park_id").loc[known["park_id"]]
        assert pd.isna(row["lon"])
        assert row["prefecture_code"] == "510700"

    def test_an_imported_centre_goes_before_the_zone(self, write):
        both = shipped_parks().dropna(subset=["zone_id", "lon"])
        inside = [one for one in both.itertuples() if one.county_codes == ["510107"]]
        known = inside[0] if inside else next(both.itertuples())
        read = read_parks(write(f"{known.name_zh},省级,,104.06,30.60,2,,"))
        place = park_positions(with_own(read.table))[known.park_id]
        assert (place.lon, place.lat) == pytest.approx((104.06, 30.6))


class TestKeep:
    def test_kept_in_the_workspace_only(self, write, tmp_path):
        before = shipped_parks()
        ids = keep_parks(tmp_path / "w", read_parks(write("测试园,省级,,104.06,30.60,2,软件,")))
        assert ids == (f"{OWN}测试园",)
        assert shipped_parks() is before
        after = parks_with(tmp_path / "w")
        assert len(after) == len(before) + 1
        new = after.set_index("park_id").loc[ids[0]]
        assert (new["approved_area_ha"], new["industries_zh"]) == (200, ["软件"])
        assert (new["geometry"].x, new["geometry"].y) == pytest.approx((104.06, 30.6))
        assert list(parks_with(tmp_path / "elsewhere")["park_id"]) == list(before["park_id"])

    def test_a_second_import_keeps_the_first_and_replaces_by_name(self, write, tmp_path):
        keep_parks(tmp_path, read_parks(write("测试园,省级,,104.06,30.60,2,,", name="a.csv")))
        keep_parks(
            tmp_path, read_parks(write("另一园,,,104.06,30.6,,,", "测试园,,,104.06,30.6,9,,"))
        )
        kept = kept_parks(tmp_path).set_index("name_zh")
        assert sorted(kept.index) == ["另一园", "测试园"]
        assert kept.loc["测试园", "approved_area_ha"] == "900"
        assert kept.loc["测试园", "registry"] == "parks.csv"

    def test_a_file_given_for_a_run_goes_before_what_is_kept(self, write, tmp_path):
        keep_parks(tmp_path, read_parks(write("测试园,省级,,104.06,30.60,2,,", name="a.csv")))
        later = write("测试园,省级,,104.06,30.60,3,,", name="b.csv")
        used = parks_with(tmp_path, [later])
        assert used.set_index("park_id").loc[f"{OWN}测试园", "approved_area_ha"] == 300
        told = parks_told(used)
        assert told["imported"] == 1
        assert [(one["name"], one["rows"]) for one in told["inputs"]] == [("b.csv", 1)]
        assert kept_parks(tmp_path)["approved_area_ha"].tolist() == ["200"]

    def test_forgotten_one_by_one_and_all(self, write, tmp_path):
        keep_parks(tmp_path, read_parks(write("甲园,,,104.06,30.6,,,", "乙园,,,104.06,30.6,,,")))
        with pytest.raises(InputError, match="is no imported park"):
            forget_parks(tmp_path, ["丙"])
        assert forget_parks(tmp_path, [f"{OWN}甲园"]) == (f"{OWN}甲园",)
        assert kept_parks(tmp_path)["name_zh"].tolist() == ["乙园"]
        assert forget_parks(tmp_path) == (f"{OWN}乙园",)
        assert not (tmp_path / KEPT).exists()
        assert forget_parks(tmp_path) == ()

    @pytest.mark.parametrize("damage", ["", "a,b\n1,2\n", "\x00\x01"])
    def test_a_damaged_file_is_told_with_its_path(self, tmp_path, damage):
        (tmp_path / KEPT).parent.mkdir()
        (tmp_path / KEPT).write_text(damage)
        with pytest.raises(WorkspaceError, match="imported"):
            parks_with(tmp_path)

    def test_a_number_that_is_none_is_told_not_a_traceback(self, write, tmp_path):
        keep_parks(tmp_path, read_parks(write("甲园,,,104.06,30.6,,,")))
        path = tmp_path / KEPT
        path.write_text(path.read_text(encoding="utf-8").replace("104.060000", "east"), "utf-8")
        with pytest.raises(WorkspaceError, match="east"):
            kept_parks(tmp_path)

    def test_a_workspace_that_cannot_be_written_is_told(self, write, tmp_path):
        read = read_parks(write("甲园,,,104.06,30.6,,,"))
        (tmp_path / "w").write_text("a file where the folder should be")
        with pytest.raises(WorkspaceError, match="cannot be written"):
            keep_parks(tmp_path / "w", read)

    def test_a_mapping_of_parks_is_not_one_of_firms(self, tmp_path):
        remember(tmp_path, of_parks(["名称", "x"]), ParkMapping(columns={"lon": "x"}))
        assert recall(tmp_path, ["名称", "x"]) is None


class TestNames:
    @settings(max_examples=25)
    @given(st.text("园区软件甲乙一二三()A-", min_size=4, max_size=12))
    def test_an_id_says_the_name(self, name):
        assert park_name(f"{OWN}{name}") == name

    def test_firms_whose_address_names_an_imported_park_are_in_it(self, write):
        parks = with_own(
            read_parks(
                write("蜀都云谷软件园,,,104.06,30.6,,,", "蜀都云谷软件园二期,,,104.06,30.6,,,")
            ).table
        )
        located = locate(
            pd.DataFrame(
                {
                    "address": [
                        "成都市武侯区蜀都云谷软件园3栋",
                        "成都市武侯区蜀都云谷软件园二期3栋",
                        "绵阳市涪城区蜀都云谷软件园3栋",
                        "成都市武侯区星狮路3号",
                        None,
                    ]
                }
            ),
            parks=parks,
        )
        held = [[one for one in ids if one.startswith(OWN)] for ids in located["park_ids"]]
        assert held == [[f"{OWN}蜀都云谷软件园"], [f"{OWN}蜀都云谷软件园二期"], [], [], []]
        assert located["precision"].iloc[0] == "park"
        assert located["lon"].iloc[0] == pytest.approx(104.06)
