import pytest

from clusters.geocode.cascade import place_addresses
from clusters.geocode.zoning import TIANFU, _elsewhere, town_zones


def zones(address):
    zoning = place_addresses([address]).zoning
    return dict(zip(zoning.zone_ids[0], zoning.zone_evidence[0], strict=True))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("成都高新区桂溪街道天府大道", {"chengdu-htz-south": "subdistrict"}),
        ("成都市武侯区石羊街道", {"chengdu-htz-south": "subdistrict"}),
        ("成都高新区天府五街200号", {"chengdu-htz-south": "text"}),
        ("成都高新区西芯大道4号", {"chengdu-htz-west": "text"}),
        ("成都高新区(西区)新业路8号", {"chengdu-htz-west": "text"}),
        ("成都市高新区中和应龙村", {"chengdu-htz-south": "subdistrict"}),
        ("成都高新区", {"chengdu-htz": "text"}),
        ("双流县华阳镇正北街", {"tianfu-chengdu-direct": "subdistrict"}),
        (
            "四川省成都市天府新区兴隆街道科智路1369号",
            {"tianfu-chengdu-direct": "subdistrict", "chengdu-science-city": "text"},
        ),
        ("简阳市草池镇", {"chengdu-eastern-new-area": "subdistrict"}),
        ("成都经济技术开发区南二路", {"longquanyi-icv": "text"}),
        ("绵阳科创区园艺街1号", {"mianyang-science-city": "text"}),
        ("成都金牛高新技术产业园区金科东路", {"other-htz": "text"}),
        ("遂宁市经济技术开发区明月路", {"other-etdz": "text"}),
        ("北川县桂溪乡", {}),
        ("新津县太平乡", {}),
        ("成都市武侯区天府大道北段", {}),
        ("成都市青羊区蛟龙工业港高新A区", {}),
        ("成都市抚琴小区经济开发总公司", {}),
        ("永兴镇场镇", {}),
    ],
)
def test_zone_evidence(address, expected):
    assert zones(address) == expected


# Words of a zone of the city, written in a county where that zone does not lie.
@pytest.mark.parametrize(
    ("zones_", "word", "code", "site", "expected"),
    [
        (["tianfu-chengdu-direct"], "天府新区", "510107", False, ["tianfu-new-area"]),
        (["tianfu-chengdu-direct"], "天府新区", "511421", False, ["meishan-shigao"]),
        (["tianfu-chengdu-direct"], "天府新区", "510703", False, []),
        (["chengdu-htz"], "高新区", "510114", False, ["other-htz"]),
        (["chengdu-htz"], "高科技产业园", "510114", False, ["other-htz"]),
        (["longquanyi-icv"], "经开区", "510114", False, ["other-etdz"]),
        (["longquanyi-icv"], "汽车城", "510114", False, []),
        (["chengdu-htz"], "高新区", "510114", True, []),
    ],
)
def test_a_zone_word_elsewhere_means_another_zone(zones_, word, code, site, expected):
    at = [TIANFU] if zones_ == ["tianfu-chengdu-direct"] else zones_
    assert _elsewhere(at, word, code, site=site) == expected


@pytest.mark.parametrize("written", ["华阳街道", "华阳镇", "华阳", "华阳街道办事处", "华阳街办"])
def test_a_subdistrict_is_one_however_its_kind_is_written(written):
    assert town_zones("510116", written) == town_zones("510116", "华阳") != []


def test_a_subdistrict_of_another_county_has_no_zone():
    assert town_zones("510104", "华阳街道") == []


def test_a_subdistrict_that_lies_in_a_zone_in_part_is_uncertain():
    zoning = place_addresses(["成都市龙泉驿区大面街道"]).zoning
    assert zoning.zone_ids[0] == ()
    assert "longquanyi-icv" in zoning.uncertain[0]


def test_the_parts_name_their_park():
    assert "lz-htz" in place_addresses(["泸州高新区酒谷大道"]).zoning.park_ids[0]


def test_the_valley_without_a_place_is_found_by_its_name_only():
    assert "tianfu-wireless-valley" in zones("成都市双流区天府无线通信谷1号")
    assert "tianfu-wireless-valley" not in zones("成都市双流区西航港街道")
