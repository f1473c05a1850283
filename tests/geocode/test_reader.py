"""What follows the chain: places named inside it, later addresses, and how fine the text is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.geocode import address as address_module
from clusters.geocode.address import LEVELS, prefecture_hints, read_addresses
from clusters.geocode.fields import BREAK, CLASSES, NUMERALS, UNIT, Basis, Field, Level
from clusters.geocode.gazetteer import gazetteer
from geocode.reading import said

TOWN = "仁寿县文林镇"


@pytest.mark.parametrize(
    ("rest", "level"),
    [
        # A number makes a building with its unit, and with a road or nothing around it.
        ("66号", "building"),
        ("6", "building"),
        ("建设路6", "building"),
        ("建设路6号", "building"),
        ("建设村6", "village"),
        ("建设村6组", "village"),
        ("建设村6号", "building"),
        ("建设路#", "street"),
        ("建设路6#", "building"),
        ("建设路6甲号", "street"),
        # Chinese numerals do, but only with a unit and not as the first character.
        ("政府路六号", "building"),
        ("六楼", "building"),
        ("六组", "village"),
        ("建设路六", "street"),
        ("建设路百号", "building"),
        ("建设路甲号", "street"),
        # Words: what ends the name tells what it is, the finest one counts.
        ("建设路", "street"),
        ("建设路口", "street"),
        ("建设大道", "street"),
        ("建设工业园", "street"),
        ("建设村", "village"),
        ("建设村建设路", "street"),
        ("建设路建设村", "street"),
        ("建设村工业园", "street"),
        ("建设村公司", "building"),
        ("建设公司建设村", "building"),
        ("建设路公司", "building"),
        ("建设大厦", "building"),
        ("大厦", "building"),
        # A word at the very beginning is no name of something, unless it is a building's.
        ("路", "subdistrict"),
        ("村", "subdistrict"),
        ("楼", "subdistrict"),
        ("工业园", "village"),
        # A single 园, 楼 or 城 makes a building only where the word ends.
        ("枝园街", "street"),
        ("枝园", "building"),
        ("枝园1", "building"),
        ("枝园(", "building"),
        ("枝园号", "building"),
        ("枝园里弄", "street"),
        # Names that end in nothing known: a long one is a building's, a short one a village's.
        ("建", "subdistrict"),
        ("建设", "village"),
        ("建设厚", "village"),
        ("建设厚德", "building"),
        ("", "subdistrict"),
    ],
)
def test_the_finest_thing_named_after_a_township(rest, level):
    assert said(TOWN + rest).level == level


@pytest.mark.parametrize(
    ("address", "level"),
    [
        ("仁寿县清泉镇", "subdistrict"),
        ("仁寿县", "county"),
        ("眉山市", "prefecture"),
        ("眉山", "prefecture"),
        ("四川省", "none"),
        ("", "none"),
        ("眉山市建", "prefecture"),
        ("仁寿县建", "county"),
        ("北京市海淀区中关村大街1号", "building"),
    ],
)
def test_without_a_rest_the_chain_tells_the_level(address, level):
    assert said(address).level == level


PARTS = st.tuples(
    st.sampled_from(["", "四川省"]),
    st.sampled_from(["眉山市", "眉山"]),
    st.sampled_from(["仁寿县", "彭山区", "丹棱县"]),
    st.sampled_from(["清泉镇", "高桥乡"]),
    st.sampled_from(["建设路", "陵州大道", "迎宾街"]),
    st.sampled_from(["6号", "88号附3号", "12号1栋2单元301室", "大厦"]),
)


@settings(max_examples=30)
@given(PARTS)
def test_an_address_cut_short_is_never_finer(parts):
    cut = ["".join(parts[:count]) for count in range(1, len(parts) + 1)]
    levels = [Level(list(LEVELS).index(said(text).level)) for text in cut]
    assert levels == sorted(levels)
    assert levels[-1] == Level.BUILDING
    counties = [said(text).county for text in cut]
    assert counties[2:] == [parts[2]] * 4


@pytest.mark.parametrize(
    ("address", "region", "site", "words", "county"),
    [
        ("成都市科智路1369号", None, "科智路", "科智路", "双流区"),
        ("成都市人民南路天府软件园", None, "天府软件园", "天府软件园", "武侯区"),
        ("科智路1369号", "成都", "科智路", "科智路", "双流区"),
        ("科智路1369号", "绵阳", None, "", None),
        ("科智路1369号", None, None, "", None),
        ("绵阳市科智路1369号", "成都", None, "", None),
        ("成都市青羊区科智路", None, "科智路", "科智路", "青羊区"),
        # The longest name at a place, the first place of several.
        ("成都市科学城北路8号", None, "科学城北路", "科学城北路", "双流区"),
        ("成都市菁蓉中心天府软件园", None, "菁蓉中心", "菁蓉中心", "双流区"),
        ("成都市天府五", None, None, "", None),
        # 中和 names the subdistrict only right behind the zone's word.
        ("成都高新区中和应龙村", None, "中和", "中和", "双流区"),
        ("成都市中和应龙村", None, None, "", None),
        ("成都高新区甲中和", None, None, "", None),
        # A site without a county of its own tells none.
        ("成都市天府国际生物城", None, "天府国际生物城", "天府国际生物城", None),
    ],
)
def test_roads_and_sites_of_zones_inside_the_rest(address, region, site, words, county):
    found = said(address, region)
    assert (found.site, found.site_words, found.county) == (site, words, county)
    if site and found.basis == "site":
        assert (found.why, found.prefecture) == (words, "成都市")


@pytest.mark.parametrize(
    ("address", "zone", "words", "county"),
    [
        ("绵阳市一环路高新区", "mianyang-science-city", "高新区", None),
        ("绵阳市一环路经开区路", None, "", None),
        ("绵阳市一环路高新区普明", "mianyang-science-city", "高新区", None),
        ("绵阳市一环路经开区高新区", "other-etdz", "经开区", None),
        ("绵阳市一环路科学城新区", "mianyang-science-city", "科学城新区", None),
        ("一环路高新区", None, "", None),
        ("成都市某街1号,高新区西区", "chengdu-htz-west", "高新区西区", None),
    ],
)
def test_a_zone_word_inside_the_rest_names_the_zone_and_no_county(address, zone, words, county):
    found = said(address)
    assert (found.zone, found.zone_words, found.county) == (zone, words, county)


@pytest.mark.parametrize(
    ("address", "county"),
    [
        ("成都市蛟龙工业港青羊区第二座", "青羊区"),
        ("成都市蛟龙工业港青羊区武侯区", "青羊区"),
        ("成都市蛟龙工业港青羊区路", None),
        ("成都市蛟龙工业港原青羊区某街", None),
        ("成都市蛟龙工业港涪城区某街", None),  # of another city
        ("泸州市蛟龙工业港泸县某街", None),  # two characters are too few
        ("成都市锦江区蛟龙工业港青羊区", "锦江区"),
    ],
)
def test_a_county_in_full_inside_the_rest_counts_where_nothing_else_tells(address, county):
    found = said(address)
    assert found.county == county
    if county == "青羊区":
        assert (found.basis, found.why) == ("later", "青羊区")


@pytest.mark.parametrize(
    ("address", "landmark"),
    [
        ("成都市华府大道站A口", "华府大道站"),
        ("成都市武侯区甲路华府大道站", "华府大道站"),
        ("华府大道站", "华府大道站"),
        ("成都市华府大道1号", None),
    ],
)
def test_landmarks_are_noted_wherever_they_stand(address, landmark):
    assert said(address).landmark == landmark


@pytest.mark.parametrize(
    ("address", "county", "why"),
    [
        ("德阳市庐山南路1号;备案经营场所:德阳市旌阳区工农街道", "旌阳区", "旌阳区"),
        ("德阳市庐山南路1号,旌阳区工农街道", "旌阳区", "旌阳区"),
        ("德阳市庐山南路1号(旌阳区)", "旌阳区", "旌阳区"),
        ("德阳市庐山南路1号(广汉县)", "广汉市", "广汉县"),
        ("德阳市庐山南路1号(八角井镇)", "旌阳区", "八角井镇"),
        ("德阳市庐山南路1号(甲)(旌阳区)", "旌阳区", "旌阳区"),
        ("德阳市庐山南路1号(旌阳)", None, "德阳市"),  # a short name may be part of any name
        ("德阳市庐山南路1号(经开区)", None, "德阳市"),
        ("德阳市庐山南路1号(原旌阳区)", None, "德阳市"),
        ("德阳市庐山南路1号,原旌阳区", None, "德阳市"),
        ("德阳市广汉市庐山南路1号(旌阳区)", "广汉市", "广汉市"),
        ("庐山南路1号(旌阳区)", "旌阳区", "旌阳区"),
        ("德阳市庐山南路1号(泸县)", None, "德阳市"),
    ],
)
def test_a_later_address_tells_the_county_the_first_leaves_out(address, county, why):
    found = said(address)
    assert (found.county, found.why) == (county, why)
    if county and "(" in address and not address.startswith("德阳市广汉"):
        assert found.basis == "later"
        assert found.prefecture == "德阳市"


@pytest.mark.parametrize(
    "later", ["武侯区", "成都市武侯区人民南路", "武侯区人民南路1号", "绵阳市涪城区"]
)
@pytest.mark.parametrize("mark", [";", ",", "("])
def test_a_later_address_in_another_city_does_not_move_the_first(later, mark):
    found = said(f"德阳市庐山南路1号{mark}{later}")
    assert (found.prefecture, found.county) == ("德阳市", None)


@pytest.mark.parametrize("mark", [";", "；", "。", "|"])
def test_the_first_of_several_addresses_is_the_one_read(mark):
    found = said(f"成都市武侯区人民南路{mark}双流区西航港1号")
    assert (found.county, found.rest, found.level) == ("武侯区", "人民南路", "street")


def test_a_break_near_the_beginning_is_a_slip_of_the_pen():
    assert said("德阳市;旌阳区工农街").rest == "工农街"
    assert said("德阳市庐;旌阳区工农街").rest == "庐"


def test_an_address_elsewhere_names_no_zone_or_county_of_ours():
    found = said("北京市高新区科智路青羊区1号", "成都")
    assert (found.outside, found.zone, found.site, found.county) == ("北京市", None, None, None)
    assert found.basis == "none"
    assert said("北京市某路1号;成都市武侯区").county is None


def test_words_are_classed_once_and_no_character_is_both_mark_and_name():
    assert [char for char in "路街巷村镇东1(;号一" if not CLASSES[ord(char)]] == []
    assert not CLASSES[ord("甲")]
    assert CLASSES[ord(";")] & BREAK
    assert not CLASSES[ord(",")] & BREAK
    assert CLASSES[ord("号")] == UNIT
    assert [char for char in "〇一二三四五六七八九十百零千" if NUMERALS[ord(char)]] == list(
        "一二三四五六七八九十百零"
    )
    for table in (CLASSES, NUMERALS):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 1


MIXED = ["成都市武侯区一环路", "", "泸县牛滩镇", "  ", "成都高新区", "西藏拉萨市", "内江市中区"]


@pytest.mark.parametrize("slice_", [1, 2, 3, 7, 8])
def test_reading_in_slices_is_reading_at_once(monkeypatch, slice_):
    whole = read_addresses(MIXED).fields
    monkeypatch.setattr(address_module, "SLICE", slice_)
    assert np.array_equal(read_addresses(MIXED).fields, whole)
    hints = prefecture_hints(pd.Series(["成都"] * len(MIXED)))
    one = read_addresses(MIXED, hints=hints).fields
    monkeypatch.setattr(address_module, "SLICE", 100)
    assert np.array_equal(read_addresses(MIXED, hints=hints).fields, one)


def test_no_addresses_are_no_trouble():
    reading = read_addresses([])
    assert len(reading) == 0
    assert reading.fields.shape == (0, len(Field))
    nothing = np.empty(0, dtype=np.int32)
    assert reading.quote(nothing, nothing) == []


def test_quotes_stay_inside_their_address():
    reading = read_addresses(["成 都", "", "武侯"])
    start, end = (np.array(numbers, dtype=np.int32) for numbers in ([1, 0, -5], [9, 4, 1]))
    assert reading.quote(start, end) == ["都", "", "武"]
    assert reading.quote(end, start) == ["", "", ""]
    assert reading.quote(np.zeros(3, np.int32), np.full(3, 9, np.int32)) == ["成 都", "", "武侯"]
    blank = read_addresses([" ", "　"])
    assert blank.quote(np.zeros(2, np.int32), np.full(2, 9, np.int32)) == ["", ""]


def test_addresses_hold_their_readings_row_by_row():
    reading = read_addresses(["成都市", "绵阳市", ""])
    names = gazetteer().prefectures["name_zh"]
    assert len(reading) == 3
    assert [names.iloc[row] if row >= 0 else "" for row in reading.field(Field.PREFECTURE)] == [
        "成都市",
        "绵阳市",
        "",
    ]
    assert reading.hints.tolist() == [-1, -1, -1]
    assert reading.field(Field.BASIS).tolist() == [Basis.NONE] * 3
    assert reading.fields.dtype == np.int32


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("成都", "成都市"),
        ("四川省绵阳市涪城区", "绵阳市"),
        ("阿坝州马尔康市", "阿坝藏族羌族自治州"),
        ("凉山", "凉山彝族自治州"),
        ("自贡、宜宾", "自贡市"),
        ("四川", None),
        ("重庆市", None),
        ("", None),
        (None, None),
        (float("nan"), None),
        (510100, None),
    ],
)
def test_what_a_region_column_names(text, city):
    rows = prefecture_hints(pd.Series([text, "宜宾"], dtype=object))
    names = gazetteer().prefectures["name_zh"]
    assert [names.iloc[row] if row >= 0 else None for row in rows] == [city, "宜宾市"]
    assert rows.dtype == np.int32


def test_a_region_column_without_rows_or_values():
    assert prefecture_hints(pd.Series([], dtype=object)).tolist() == []
    assert prefecture_hints(pd.Series([None, None], dtype=object)).tolist() == [-1, -1]
    book = gazetteer()
    assert (
        prefecture_hints(pd.Series(["成都"]), book).tolist()
        == prefecture_hints(pd.Series(["成都"])).tolist()
    )
