"""Parks come in through the same door as firms."""

import shutil

import pytest

from clusters.errors import InputError
from clusters.places.park_files import import_parks, read_parks
from clusters.places.parks import parks
from clusters.settings import get_settings

HEADER = "园区名称,级别,地址,经度,纬度,规划面积(平方公里),主导产业,联系人"


@pytest.fixture
def write(tmp_path):
    def make(*rows: str, header: str = HEADER):
        path = tmp_path / "parks.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return make


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(get_settings().data, data)
    monkeypatch.setenv("CLUSTERS_DATA", str(data))
    get_settings.cache_clear()
    parks.cache_clear()
    yield data
    get_settings.cache_clear()
    parks.cache_clear()


class TestRead:
    def test_located_by_coordinates_or_address(self, write):
        table = read_parks(
            write(
                "测试一园,省级,,104.06,30.60,2.5,人工智能、机器人,王小明",
                "测试二园,国家级高新区,绵阳市涪城区临园路1号,,,300公顷,电子,李四",
            )
        )
        assert table["county_codes"].tolist() == ["510107", "510703"]
        assert table["prefecture_code"].tolist() == ["510100", "510700"]
        assert table["level"].tolist() == ["provincial", "national_htz"]
        assert table["approved_area_ha"].tolist() == ["250", "300"]
        assert table["industries_zh"].iloc[0] == "人工智能;机器人"
        assert not any(name in table.to_csv() for name in ("王小明", "李四"))

    def test_a_park_of_a_known_name_keeps_its_id(self, write):
        known = parks().iloc[0]
        table = read_parks(write(f"{known['name_zh']},省级,,104.06,30.60,,,"))
        assert table["park_id"].tolist() == [known["park_id"]]

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (",省级,,104.06,30.6,,,", "row 2: the park has no name"),
            ("甲园,省级,,121.4,31.2,,,", "not in Sichuan"),
            ("甲园,省级,,,,,,", "not known"),
            ("甲园,省级,,104.06,30.6,很大,,", "is no area"),
        ],
    )
    def test_what_is_wrong_is_said_by_row(self, write, row, said):
        with pytest.raises(InputError, match=said):
            read_parks(write(row))

    def test_a_name_occurs_once(self, write):
        with pytest.raises(InputError, match="row 3: 甲园 occurs twice"):
            read_parks(write("甲园,,,104.06,30.6,,,", "甲园,,,104.06,30.6,,,"))

    def test_a_table_without_names_of_parks(self, write):
        with pytest.raises(InputError, match="园区名称"):
            read_parks(write("1,2", header="a,b"))


class TestImport:
    def test_parks_show_them_and_replace_by_name(self, write, own_data):
        before = len(parks())
        known = parks().iloc[0]
        import_parks(
            write("测试园,省级,,104.06,30.60,2,软件,", f"{known['name_zh']},省级,,104.06,30.6,,,")
        )
        after = parks()
        assert len(after) == before + 1
        assert after["park_id"].is_unique
        new = after[after["name_zh"] == "测试园"].iloc[0]
        assert new["approved_area_ha"] == 200
        assert new["geometry"].x == pytest.approx(104.06)
        assert new["industries_zh"] == ["软件"]
        moved = after.set_index("park_id").loc[known["park_id"]]
        assert moved["county_codes"] == ["510107"]

    def test_a_second_import_keeps_the_first(self, write, own_data):
        first = import_parks(write("测试园,省级,,104.06,30.60,,,"))
        second = import_parks(write("另一园,省级,,104.06,30.60,,,"))
        assert set(first) < set(second)

    def test_a_faulty_file_changes_nothing(self, write, own_data):
        before = len(parks())
        with pytest.raises(InputError):
            import_parks(write("测试园,省级,,1,1,,,"))
        parks.cache_clear()
        assert len(parks()) == before
