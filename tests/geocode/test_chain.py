"""The chain at the head of an address: province, city, county, zone, township, in any company."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.geocode.address import normalise
from clusters.geocode.chain import LINKS
from geocode.reading import said


def expect(address: str, region: str | None = None, **expected: str | None) -> None:
    """Assert what an address says, by the names of `Said`."""
    found = said(address, region)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("address", "prefecture", "county", "basis", "why", "rest"),
    [
        ("四川省绵阳市涪城区临园路76号", "绵阳市", "涪城区", "named", "涪城区", "临园路76号"),
        ("绵阳市涪城区临园路76号", "绵阳市", "涪城区", "named", "涪城区", "临园路76号"),
        ("绵阳涪城区临园路76号", "绵阳市", "涪城区", "named", "涪城区", "临园路76号"),
        ("涪城区临园路76号", "绵阳市", "涪城区", "named", "涪城区", "临园路76号"),
        ("四川省涪城区临园路76号", "绵阳市", "涪城区", "named", "涪城区", "临园路76号"),
        ("绵阳市临园路76号", "绵阳市", None, "none", "绵阳市", "临园路76号"),
        ("绵阳临园路76号", "绵阳市", None, "none", "绵阳", "临园路76号"),
        ("临园路76号", None, None, "none", "", "临园路76号"),
        ("四川省", None, None, "none", "", ""),
        # The city is told by its first mention, the county by its own.
        ("绵阳市绵阳市", "绵阳市", None, "none", "绵阳市", ""),
        ("四川省涪城区绵阳市", "绵阳市", "涪城区", "named", "涪城区", ""),
        # Names of before lead to today's county.
        ("温江县柳城镇", "成都市", "温江区", "renamed", "温江县", ""),
        ("成都市东城区红星路", "成都市", "锦江区", "renamed", "成都市东城区", "红星路"),
        ("达县南外镇", "达州市", "达川区", "renamed", "达县", ""),
        # A county whose name contains the city's level.
        ("遂宁市市中区滨江路", "遂宁市", "船山区", "renamed", "遂宁市市中区", "滨江路"),
        ("攀枝花东区炳草岗", "攀枝花市", "东区", "named", "攀枝花东区", ""),
    ],
)
def test_province_city_and_county_in_any_company(address, prefecture, county, basis, why, rest):
    expect(address, prefecture=prefecture, county=county, basis=basis, why=why, rest=rest)


@pytest.mark.parametrize("mark", ["", ",", "，", "-", "·", " ", "、", "（", "：", "/", "#", "(),"])
def test_marks_between_the_links_are_passed_over(mark):
    expect(f"成都市{mark}武侯区{mark}簇锦街道", county="武侯区", town="簇锦街道", rest="")
    expect(f"{mark}成都市武侯区", prefecture="成都市", county="武侯区")


@pytest.mark.parametrize(
    "word",
    ["中国", "四川", "地址", "住所", "注册地址", "位于", "中国四川省", "自由贸易试验区"],
)
def test_words_that_say_nothing_are_passed_over(word):
    expect(f"{word}成都市武侯区", prefecture="成都市", county="武侯区", rest="")


@pytest.mark.parametrize(
    ("address", "rest"),
    [
        ("内江市市区中央路", "中央路"),
        ("泸县县城花园路", "花园路"),
        ("内江市城区路", "城区路"),  # here it is part of the road's name
        ("内江市城区东路", "城区东路"),
        ("四川宾馆", "宾馆"),
    ],
)
def test_a_word_that_says_nothing_may_be_part_of_a_road(address, rest):
    expect(address, rest=rest)


@pytest.mark.parametrize("prefix", ["中国（四川）自由贸易试验区", "四川自贸区", "自贸试验区"])
def test_the_free_trade_zone_is_no_zone_of_a_city(prefix):
    expect(f"{prefix}成都市双流区", county="双流区", zone=None, why="双流区")


def test_a_chain_has_an_end():
    whole = "成都市" * (LINKS - 1) + "武侯区"
    expect(whole, county="武侯区", basis="named")
    assert said("成都市" + whole).basis != "named"


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("北京市海淀区中关村大街", "北京市"),
        ("广东省深圳市", "广东省"),
        ("内蒙古自治区包头市", "内蒙古自治区"),
        ("贵阳市南明区", "贵州省"),
        ("北京海淀区", "北京市"),
        ("西藏拉萨市", "西藏自治区"),
        ("云南昆明市盘龙区", "云南省"),
        ("广西壮族自治区", "广西壮族自治区"),
        # The short name alone, before a road or before a place of elsewhere, is no province.
        ("西藏路1号", None),
        ("北京东路5号", None),
        ("云南海淀区", None),
        ("上海花园酒店", None),
        ("西藏", None),
        ("成都市北京市", None),  # after a city of ours nothing leads out
        ("武侯区贵阳市", None),
        ("四川省北京市朝阳区", "北京市"),
    ],
)
def test_other_provinces(address, outside):
    expect(address, outside=outside)
    if outside:
        expect(address, prefecture=None, county=None, basis="none")


@pytest.mark.parametrize(
    ("address", "county", "other", "why"),
    [
        ("成都市锦江区武侯区一环路", "锦江区", "武侯区", "锦江区"),
        ("成都市锦江区锦江区春江路", "锦江区", None, "锦江区"),
        ("成都市锦江区武侯区青羊区", "锦江区", "青羊区", "锦江区"),
        # A short name or a zone gives way to a county named in full.
        ("青羊武侯区", "武侯区", "青羊区", "武侯区"),
        ("青羊青羊区", "青羊区", None, "青羊区"),
        ("绵阳科创区涪城区园艺街", "涪城区", None, "涪城区"),
        ("绵阳科创区游仙区芙蓉路", "游仙区", None, "游仙区"),
    ],
)
def test_two_counties_in_one_chain(address, county, other, why):
    expect(address, county=county, other=other, why=why)


@pytest.mark.parametrize(
    ("address", "county", "prefecture", "stated"),
    [
        ("资阳市简阳市石桥镇", "简阳市", "成都市", "another prefecture"),
        ("绵阳市武侯区", "武侯区", "成都市", "another prefecture"),
        ("成都市简阳市石桥镇", "简阳市", "成都市", None),
        ("成都市市中区", None, "成都市", None),  # borne by several: nothing tells which
        ("绵阳市茂县", None, "绵阳市", None),  # two characters are too few to contradict a city
        ("绵阳市涪城区武侯区", "涪城区", "绵阳市", None),
    ],
)
def test_a_county_named_under_another_city(address, county, prefecture, stated):
    expect(address, county=county, prefecture=prefecture, stated=stated)


@pytest.mark.parametrize(
    ("address", "zone", "words", "county", "basis"),
    [
        ("成都市高新区", "chengdu-htz", "高新区", None, "none"),
        ("成都高新区(西区)", "chengdu-htz-west", "高新区(西区)", "郫都区", "zone"),
        ("绵阳市科学城", "mianyang-science-city", "科学城", "游仙区", "zone"),
        ("成都市天府新区", "tianfu-chengdu-direct", "天府新区", "双流区", "zone"),
        ("眉山市天府新区", "meishan-shigao", "天府新区", "仁寿县", "zone"),
        # A zone word has the county read before it, or leads to the county read after it.
        ("成都市新津区天府新区", "tianfu-chengdu-direct", "天府新区", "新津区", "named"),
        ("成都市天府新区新津区", "tianfu-chengdu-direct", "天府新区", "新津区", "named"),
        # A second word tells which part of the zone.
        ("成都市高新区高新区西区", "chengdu-htz-west", "高新区高新区西区", "郫都区", "zone"),
        ("成都市经开区高新区", "longquanyi-icv", "经开区", "龙泉驿区", "zone"),
        ("成都市高新区高新区", "chengdu-htz", "高新区", None, "none"),
        ("宜宾市临港经开区路", None, "", None, "none"),
        ("高新区", None, "", None, "none"),
    ],
)
def test_zone_words_in_the_chain(address, zone, words, county, basis):
    expect(address, zone=zone, zone_words=words, county=county, basis=basis)


def test_the_word_of_a_countys_own_zone_tells_city_and_county():
    expect(
        "视高经济开发区清水路",
        prefecture="眉山市",
        county="仁寿县",
        basis="zone",
        why="视高经济开发区",
        rest="清水路",
    )


@pytest.mark.parametrize(
    ("address", "prefecture", "county", "basis", "rest"),
    [
        # 成都 without 市 counts before a name of the chain, or at the head of anything but a road.
        ("成都武侯区", "成都市", "武侯区", "named", ""),
        ("成都玉林东街", "成都市", None, "none", "玉林东街"),
        ("成都路1号", None, None, "none", "成都路1号"),
        ("成都东路1号", None, None, "none", "成都东路1号"),
        ("成都街道1号", "成都市", None, "none", "街道1号"),
        ("绵阳市成都路", "绵阳市", None, "none", "成都路"),
        ("绵阳市成都饭店", "绵阳市", None, "none", "成都饭店"),
        ("凉山州凉山大酒店", "凉山彝族自治州", None, "none", "凉山大酒店"),
        # A county-level city without 市 counts before anything but a road; alone it says nothing.
        ("简阳石桥镇", "成都市", "简阳市", "short", ""),
        ("西昌航天大道", "凉山彝族自治州", "西昌市", "short", "航天大道"),
        ("西昌路8号", None, None, "none", "西昌路8号"),
        ("西昌东路8号", None, None, "none", "西昌东路8号"),
        ("西昌河8号", None, None, "none", "西昌河8号"),
        ("西昌", None, None, "none", "西昌"),
        ("凉山州西昌安宁镇", "凉山彝族自治州", "西昌市", "short", ""),
        # A district's short name is part of too many names: it needs its chain or an estate.
        ("武侯簇锦街道", "成都市", "武侯区", "short", ""),
        ("武侯工业园", "成都市", "武侯区", "short", "工业园"),
        ("武侯宾馆", None, None, "none", "武侯宾馆"),
        ("成都武侯祠大街", "成都市", None, "none", "武侯祠大街"),
        # A former name's short form is a former name.
        ("郫县犀浦镇", "成都市", "郫都区", "renamed", ""),
        ("双流华阳镇", "成都市", "双流区", "short", ""),
        # Short names are not asked once the county is known.
        ("成都市青羊区武侯工业园", "成都市", "青羊区", "named", "武侯工业园"),
        ("绵阳科创区江油三合镇", "绵阳市", "江油市", "short", ""),
    ],
)
def test_short_names(address, prefecture, county, basis, rest):
    expect(address, prefecture=prefecture, county=county, basis=basis, rest=rest)


@pytest.mark.parametrize(
    ("address", "town", "words", "rest"),
    [
        # Listed, with every form of the level and the office.
        ("仁寿县文林镇", "文林镇", "文林镇", ""),
        ("仁寿县文林镇人民政府旁", "文林镇", "文林镇", "人民政府旁"),
        ("仁寿县文林镇街道办事处", "文林镇", "文林镇", ""),
        ("仁寿县文林街道办事处", "文林街道", "文林街道", ""),
        ("仁寿县文林办事处", "文林街道", "文林办事处", ""),
        ("仁寿县文林办陵州路", "文林街道", "文林办", "陵州路"),
        ("仁寿县文林办公楼", "文林街道", "文林", "办公楼"),
        ("仁寿县文林场镇", "文林街道", "文林场镇", ""),
        ("仁寿县文林乡", "文林街道", "文林乡", ""),
        ("仁寿县文林场乡", "文林街道", "文林场乡", ""),
        ("仁寿县文林场", None, "", "文林场"),
        ("仁寿县文林", "文林街道", "文林", ""),
        ("仁寿县文林政府旁", "文林街道", "文林", "政府旁"),
        ("仁寿县文林路", None, "", "文林路"),
        ("仁寿县文林村", None, "", "文林村"),
        # Not listed: up to seven characters before the level, no number, mark, road or village.
        ("仁寿县清泉镇", "unlisted", "清泉镇", ""),
        ("仁寿县清泉乡", "unlisted", "清泉乡", ""),
        ("仁寿县清泉街道", "unlisted", "清泉街道", ""),
        ("仁寿县清泉场镇", "unlisted", "清泉场镇", ""),
        ("仁寿县清泉镇办新街", "unlisted", "清泉镇", "新街"),
        ("仁寿县甲镇", "unlisted", "甲镇", ""),
        ("仁寿县一二三四五六七镇", "unlisted", "一二三四五六七镇", ""),
        ("仁寿县一二三四五六七八镇", None, "", "一二三四五六七八镇"),
        ("仁寿县清1镇", None, "", "清1镇"),
        ("仁寿县清路镇", None, "", "清路镇"),
        ("仁寿县清(镇", None, "", "清(镇"),
        ("仁寿县清村王镇", None, "", "清村王镇"),
        ("仁寿县清泉乡路", None, "", "清泉乡路"),
        ("仁寿县清泉镇西街", "unlisted", "清泉镇", "西街"),
        ("仁寿县镇", None, "", "镇"),
        ("仁寿县乡", None, "", "乡"),
        ("仁寿县清泉街", None, "", "清泉街"),
        # Only a county may have an unlisted subdistrict; a city's 街道 may be a street's name.
        ("成都市清泉河街道", None, "", "清泉河街道"),
        ("成都市清泉河镇", "unlisted", "清泉河镇", ""),
        ("清泉河镇", None, "", "清泉河镇"),
    ],
)
def test_townships(address, town, words, rest):
    expect(address, town=town, town_words=words, rest=rest)


def test_a_chain_has_one_township():
    expect("仁寿县文林镇视高镇", town="文林镇", rest="视高镇")


@pytest.mark.parametrize(
    ("address", "region", "county", "prefecture", "why"),
    [
        ("德阳市八角井镇", None, "旌阳区", "德阳市", "八角井镇"),
        ("永兴镇正街", "绵阳", "涪城区", "绵阳市", "永兴镇"),
        ("永兴镇正街", None, None, None, ""),
        ("成都高新区桂溪街道", None, "武侯区", "成都市", "桂溪街道"),
        # The stem without its level tells no county, only what is in a county already read.
        ("德阳市八角井", None, None, "德阳市", "德阳市"),
        ("德阳市八角井办事处", None, "旌阳区", "德阳市", "八角井办事处"),
        ("八角井办事处", None, None, None, ""),
    ],
)
def test_a_township_tells_its_county(address, region, county, prefecture, why):
    expect(address, region, county=county, prefecture=prefecture, why=why)
    if county:
        expect(address, region, basis="town", stated=None)


@pytest.mark.parametrize(
    ("address", "county", "town_words", "stated"),
    [
        ("宜宾市翠屏区南岸街道", "叙州区", "南岸街道", "翠屏区"),
        ("宜宾市翠屏区南岸镇", "叙州区", "南岸镇", "翠屏区"),
        ("宜宾市翠屏区南岸办事处", "叙州区", "南岸", "翠屏区"),
        ("宜宾市翠屏区南岸", "叙州区", "南岸", "翠屏区"),
        ("宜宾市翠屏区南岸酒都路", "叙州区", "南岸", "翠屏区"),
        ("宜宾市翠屏区南岸东路", "翠屏区", "", None),
        ("宜宾市翠屏区南岸村", "翠屏区", "", None),
        ("宜宾市翠屏区南岸镇东路", "叙州区", "南岸镇", "翠屏区"),
        ("宜宾市翠屏区北城街道", "翠屏区", "北城街道", None),
        ("宜宾市叙州区南岸街道", "叙州区", "南岸街道", None),
        ("宜宾市南岸街道", "叙州区", "南岸街道", None),
        ("广安区前锋镇", "前锋区", "前锋镇", "广安区"),
        ("广安区前锋路", "广安区", "", None),
    ],
)
def test_territory_that_changed_hands(address, county, town_words, stated):
    expect(address, county=county, town_words=town_words, stated=stated)
    if stated:
        expect(address, basis="moved", why=town_words)


NAMES = ["四川省", "成都市", "成都", "武侯区", "青羊", "高新区", "簇锦街道", "文林镇", "绵阳市"]
CHAINS = st.lists(st.sampled_from(NAMES), max_size=5).map("".join)
RESTS = st.text(alphabet="人民南路天府街1号村大厦(原)", max_size=8)


@settings(max_examples=40)
@given(CHAINS, RESTS)
def test_what_is_quoted_stands_in_the_address_and_the_rest_at_its_end(chain, rest):
    address = chain + rest
    found = said(address)
    for words in (found.why, found.town_words, found.zone_words, found.site_words):
        assert words in address
    assert address.endswith(found.rest)
    assert bool(found.county) == (found.basis != "none")


@settings(max_examples=40)
@given(CHAINS, RESTS)
def test_folding_an_address_first_changes_nothing(chain, rest):
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" < char < "~" else char for char in chain + rest)
    assert said(wide).county == said(normalise(wide)).county
    assert said(wide).level == said(chain + rest).level


@settings(max_examples=40)
@given(CHAINS, RESTS)
def test_naming_the_province_first_changes_nothing(chain, rest):
    bare, whole = said(chain + rest), said(f"四川省{chain}{rest}")
    assert (whole.county, whole.prefecture, whole.basis) == (
        bare.county,
        bare.prefecture,
        bare.basis,
    )
