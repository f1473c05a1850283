"""Mechanisms of the reader, one trap each; the addresses are made up or common knowledge."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.geocode.address import LEVELS, prefecture_hints, read_addresses
from clusters.geocode.cascade import learn_memory, place_addresses
from clusters.geocode.fields import Basis, Field
from clusters.geocode.gazetteer import gazetteer


def county_of(address, region=None):
    hints = None if region is None else prefecture_hints(pd.Series([region]))
    row = int(read_addresses([address], hints=hints).field(Field.COUNTY)[0])
    return gazetteer().counties["code"].iloc[row] if row >= 0 else None


def basis_of(address):
    return Basis(int(read_addresses([address]).field(Field.BASIS)[0]))


def level_of(address):
    return str(LEVELS[max(int(read_addresses([address]).field(Field.LEVEL)[0]), 0)])


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("四川省成都市武侯区人民南路1号", "510107"),
        ("成都市武侯区人民南路1号", "510107"),
        ("成都武侯区人民南路1号", "510107"),
        ("四川省仁寿县文林镇", "511421"),
        ("仪陇县新政镇春晖路", "511324"),
        ("凉山州西昌市长安东路", "513401"),
        ("四川省凉山彝族自治州西昌市", "513401"),
        ("内江市市中区中央路", "511002"),
        ("内江市中区中央路", "511002"),
        ("乐山市中区嘉定路", "511102"),
        ("四川省四川省成都市成都市锦江区春熙路", "510104"),
        ("攀枝花市东区炳草岗大街", "510402"),
        ("成都市青羊区北东街1号", "510105"),
        ("达县河市镇", "511703"),
    ],
)
def test_the_chain(address, code):
    assert county_of(address) == code


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("双流县东升镇", "510116"),
        ("郫县犀浦镇", "510117"),
        ("新津县五津镇", "510118"),
        ("资阳市简阳市简城镇", "510185"),
        ("隆昌县金鹅镇", "511083"),
        ("宜宾县柏溪镇", "511504"),
        ("会理县城关镇", "513402"),
        ("安县花荄镇", "510705"),
        ("达川市西外镇", "511702"),
        ("灌县灌口镇", "510181"),
        ("广元市市中区嘉陵路", "510802"),
        ("泸州市市中区钟鼓楼", "510502"),
        ("遂宁市市中区遂州路", "510903"),
        ("元坝区元坝镇", "510811"),
        ("成都市武候区一环路", "510107"),
        ("北川县永昌镇", "510726"),
    ],
)
def test_former_names_lead_to_todays_county(address, code):
    assert county_of(address) == code


@pytest.mark.parametrize(
    "address",
    [
        "成都市成华西街5号",
        "成都市锦江新园3栋",
        "乐山市马边河村2组",
        "绵阳市梓潼村一社",
        "成都市简阳路6号",
        "成都市高新青年公寓",
        "成都市金牛宾馆",
        "宜宾市南岸东区12号",
    ],
)
def test_names_inside_other_names_are_no_counties(address):
    assert basis_of(address) not in {Basis.NAMED, Basis.SHORT, Basis.RENAMED}


@pytest.mark.parametrize(
    ("address", "code"),
    [("简阳工业园A区", "510185"), ("西昌火车站", "513401"), ("江油三合镇", "510781")],
)
def test_a_county_without_its_level(address, code):
    assert county_of(address) == code


@pytest.mark.parametrize(
    "address",
    [
        "西藏自治区拉萨市柳梧新区",
        "西藏拉萨市曲水县",
        "北京市海淀区中关村大街",
        "重庆市渝北区",
        "贵阳市南明区",
    ],
)
def test_other_provinces_are_recognised(address):
    reading = read_addresses([address])
    assert reading.field(Field.OUTSIDE)[0] >= 0
    assert reading.field(Field.COUNTY)[0] == -1


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("成都市金牛区西藏饭店", "510106"),
        ("广汉市广东路中段", "510681"),
        ("绵阳市涪城区北京楼", "510703"),
    ],
)
def test_words_of_other_provinces_are_not(address, code):
    assert county_of(address) == code
    assert read_addresses([address]).field(Field.OUTSIDE)[0] == -1


def test_a_township_tells_its_county_where_it_is_the_only_one():
    assert county_of("德阳市八角井镇柳江街") == "510603"
    assert basis_of("德阳市八角井镇柳江街") is Basis.TOWN


def test_a_name_of_several_counties_tells_none():
    # 永兴镇 is in Mianyang, Ya'an and elsewhere.
    assert county_of("永兴镇新街1号") is None
    assert county_of("市中区中央路", "内江") == "511002"
    assert county_of("市中区中央路", "乐山") == "511102"


def test_territory_that_moved_follows_the_ground():
    assert county_of("宜宾市翠屏区南岸街道长江大道") == "511504"
    assert county_of("广安区代市镇正街") == "511603"
    assert basis_of("宜宾市翠屏区南岸街道长江大道") is Basis.MOVED
    # The new county bears the name of the town it grew from.
    assert county_of("巴州区恩阳镇古镇街") == "511903"


@pytest.mark.parametrize(
    ("address", "code"),
    [("四川罗江经济开发区城南工业园", "510604"), ("绵阳游仙经济开发区三江路", "510704")],
)
def test_a_counties_own_zone_is_in_that_county(address, code):
    assert county_of(address) == code


def test_a_township_alone_is_looked_for_in_the_neighbouring_columns_city():
    # 石羊镇 is in Anyue (资阳) and Dujiangyan (成都); 罗汉镇 has namesakes, too.
    assert county_of("石羊镇正街", "资阳") == "512021"
    assert county_of("石羊镇正街", "绵阳") is None


def test_zone_words_count_only_with_their_city():
    book = gazetteer()

    def zone(address):
        row = int(read_addresses([address]).field(Field.ZONE)[0])
        return book.zone_names["zone_ids"].iloc[row] if row >= 0 else None

    assert zone("成都高新区天益街1号") == "chengdu-htz"
    assert zone("成都高新区(西区)百草路") == "chengdu-htz-west"
    assert zone("绵阳高新区绵兴路1号") == "mianyang-science-city"
    assert zone("自贡市高新区丹桂大街") == "other-htz"
    assert zone("高新区丹桂大街") is None
    assert zone("成都市新川藏路68号") is None


def test_the_free_trade_zone_is_a_prefix():
    for prefix in ("中国（四川）自由贸易试验区", "中国(四川)自由贸易试验区四川省"):
        assert county_of(f"{prefix}成都市双流区西航港街道") == "510116"


def test_a_later_address_tells_the_county_the_first_leaves_out():
    assert county_of("德阳市庐山南路1号;备案经营场所:德阳市旌阳区工农街道") == "510603"
    assert county_of("成都市某路1号(原青羊区某街)") is None


@pytest.mark.parametrize(
    ("address", "level"),
    [
        ("成都市武侯区星狮路511号1栋4层12号", "building"),
        ("绵阳市涪城区塘汛镇洪恩村", "village"),
        ("仪陇县光华乡磨子坝村5社", "village"),
        ("武胜县沿口镇弘武大道东段", "street"),
        ("合江县九支镇枝园街", "street"),
        ("泸县牛滩镇", "subdistrict"),
        ("色达县", "county"),
        ("四川省成都市", "prefecture"),
        ("康定县州委宿舍七幢", "building"),
        ("南充市顺庆区驻春路六号", "building"),
        ("四川省峨边新林镇", "subdistrict"),
        ("冕宁县城厢镇河东村4组64号", "building"),
        ("", "none"),
    ],
)
def test_the_finest_thing_named(address, level):
    assert level_of(address) == level


def test_quotes_are_the_exact_words():
    address = "成都市 武 候 区簇桥乡"
    reading = read_addresses([address])
    words = reading.quote(reading.field(Field.WHY_START), reading.field(Field.WHY_END))
    assert words == ["武 候 区"]


def test_hints_read_free_text_and_leave_the_rest():
    hints = prefecture_hints(pd.Series(["成都", "四川省绵阳市", None, "上海", "凉山彝族自治州"]))
    names = gazetteer().prefectures["name_zh"]
    assert [names.iloc[row] if row >= 0 else None for row in hints] == [
        "成都市",
        "绵阳市",
        None,
        None,
        "凉山彝族自治州",
    ]


@given(st.permutations(["成都市武侯区一环路", "泸县牛滩镇", "成都高新区", "", "西藏拉萨市"]))
@settings(max_examples=20)
def test_order_does_not_matter(addresses):
    together = read_addresses(addresses).fields
    alone = np.concatenate([read_addresses([address]).fields for address in addresses])
    assert np.array_equal(together, alone)


@given(st.lists(st.text(max_size=80), max_size=30))
@settings(max_examples=200)
def test_any_text_is_read(texts):
    assert len(read_addresses(texts)) == len(texts)


def test_ten_thousand_hostile_strings():
    random.seed(20261122)
    pieces = [
        *gazetteer().counties["name_zh"].tolist(),
        *[
            "四川省",
            "成都市",
            "高新区",
            "(西区)",
            "街道办事处",
            "镇",
            "乡",
            "路",
            "号",
            "1",
            "２",
            "；",
            "（",
            "）",
            "、",
            "原",
            "\x00",
            "�",
            "𠮷",
            "'",
            "--",
            "<script>",
            "=1+1",
            "../",
        ],
        " ",
        "\n",
    ]
    texts = ["".join(random.choices(pieces, k=random.randint(0, 12))) for _ in range(9_000)]
    texts += [text[: random.randint(0, len(text))] for text in texts[:1_000]]
    reading = read_addresses(texts)
    assert len(reading) == 10_000
    quoted = reading.quote(reading.field(Field.WHY_START), reading.field(Field.WHY_END))
    assert all(words in text for words, text in zip(quoted, texts, strict=True))
    placed = place_addresses(texts, names=texts[::-1], memory=learn_memory(texts))
    assert len(placed.county) == 10_000
    assert ((placed.belief >= 0) & (placed.belief <= 1)).all()
    nowhere = placed.county < 0
    assert all(reason for reason in placed.conflict[nowhere])
