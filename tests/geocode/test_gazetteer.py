"""What a name of the gazetteer means: its kinds, its places, and what it was before."""

import numpy as np
import pytest

from clusters.geocode.fields import Kind
from clusters.geocode.gazetteer import TRADE_ZONES, county_stem, gazetteer, town_stem
from clusters.geocode.text import normalise
from clusters.geocode.trie import step


def entries_of(name: str) -> list[int]:
    """Return the entries of a name, in the order of the dictionary."""
    book, node = gazetteer(), 0
    for char in normalise(name):
        node = step(book.trie, node, ord(char))
        if node < 0:
            return []
    return list(range(book.trie.first[node], book.trie.first[node + 1]))


def meanings(name: str) -> set[tuple[str, str | None, str | None, int, int]]:
    """Return kind, prefecture, county, former and district of every entry of a name."""
    book = gazetteer()
    found = set()
    for entry in entries_of(name):
        kind, city, county, _, former, district = (int(column[entry]) for column in book.entries)
        ours = kind not in {Kind.OUT_PROVINCE, Kind.OUT_SHORT, Kind.OUT_CITY, Kind.OUT_COUNTY}
        found.add(
            (
                Kind(kind).name,
                book.prefectures["name_zh"].iloc[city] if city >= 0 else None,
                book.counties["name_zh"].iloc[county] if ours and county >= 0 else None,
                former,
                district,
            )
        )
    return found


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("简阳市", "简阳"),
        ("仁寿县", "仁寿"),
        ("武侯区", "武侯"),
        ("泸县", None),  # one character
        ("东区", None),
        ("市中区", None),  # everyday words, and beginnings of other names
        ("高坪区", None),
        ("大安区", None),
        ("南部县", None),
        ("新都区", None),
        ("北川羌族自治县", None),
        ("龙泉驿", "龙泉驿"),
        ("若尔盖县", "若尔盖"),
    ],
)
def test_a_county_without_its_level(name, stem):
    assert county_stem(name) == stem


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("文林镇", "文林"),
        ("文林街道", "文林"),
        ("高桥乡", "高桥"),
        ("大龙潭彝族乡", "大龙潭"),
        ("草坡藏族乡", "草坡"),
        ("桃龙藏族乡", "桃龙"),
        ("青片羌族乡", "青片"),
        ("博作回族乡", "博作"),
        ("大坝苗族乡", "大坝"),
        ("渡口土家族乡", "渡口"),
        ("新山傈僳族乡", "新山"),
        ("仁和傣族乡", "仁和"),
        ("俄亚纳西族乡", "俄亚"),
        ("大坪蒙古族乡", "大坪"),
        ("藏族乡", None),
        ("甲镇", None),
        ("街道", None),
        ("镇", None),
        ("文林村", None),
        ("文林", None),
    ],
)
def test_a_township_without_its_level_and_people(name, stem):
    assert town_stem(name) == stem


MEANINGS = [
    ("四川省", {("PROVINCE", None, None, 0, 0)}),
    ("四川", {("SKIP", None, None, 0, 0)}),
    ("成都市", {("PREFECTURE", "成都市", None, 0, 0)}),
    ("成都市区", {("PREFECTURE", "成都市", None, 0, 0)}),
    ("成都", {("PREFECTURE_SHORT", "成都市", None, 0, 0)}),
    ("凉山彝族自治州", {("PREFECTURE", "凉山彝族自治州", None, 0, 0)}),
    ("凉山州", {("PREFECTURE", "凉山彝族自治州", None, 0, 0)}),
    ("凉山彝族自治", set()),
    ("渡口市", {("PREFECTURE", "攀枝花市", None, 0, 0)}),
    ("武侯区", {("COUNTY", "成都市", "武侯区", 0, 1)}),
    ("仁寿县", {("COUNTY", "眉山市", "仁寿县", 0, 0)}),
    ("仁寿", {("COUNTY_SHORT", "眉山市", "仁寿县", 0, 0)}),
    ("东区", {("COUNTY", "攀枝花市", "东区", 0, 1)}),
    ("市中", set()),
    ("南部", set()),
    # Former names and slips of the pen.
    ("双流县", {("COUNTY", "成都市", "双流区", 1, 0)}),
    ("武候区", {("COUNTY", "成都市", "武侯区", 0, 0)}),
    ("武候", set()),
    ("康定县", {("COUNTY", "甘孜藏族自治州", "康定市", 1, 0)}),
    (
        "康定",
        {
            ("COUNTY_SHORT", "甘孜藏族自治州", "康定市", 0, 0),
            ("COUNTY_SHORT", "甘孜藏族自治州", "康定市", 1, 0),
        },
    ),
    ("峨边", {("COUNTY_SHORT", "乐山市", "峨边彝族自治县", 0, 0)}),
    ("成都东城区", {("COUNTY", "成都市", "锦江区", 1, 0)}),
    ("成都市市", set()),
    # Townships, today's and former, and the towns counties grew from.
    ("文林街道", {("TOWN", "眉山市", "仁寿县", 0, 0)}),
    (
        "文林",
        {
            ("TOWN_STEM", "眉山市", "仁寿县", 0, 0),
            ("TOWN_STEM", "眉山市", "仁寿县", 1, 0),
        },
    ),
    ("恩阳镇", {("TOWN", "巴中市", "恩阳区", 1, 0)}),
    # Zones, their roads, and words that count right after the zone only.
    ("科智路", {("SITE", "成都市", "双流区", 0, 0)}),
    ("东部新区", {("ZONE", "成都市", "简阳市", 0, 0)}),
    ("西源大道", {("SITE", "成都市", "郫都区", 0, 0)}),
    ("科技城", {("ZONE", "绵阳市", None, 0, 0)}),
    ("石羊场街道", {("TOWN", "成都市", "武侯区", 1, 0)}),
    # Elsewhere.
    ("西藏自治区", {("OUT_PROVINCE", None, None, 0, 0)}),
    ("西藏", {("OUT_SHORT", None, None, 0, 0)}),
    ("广西", {("OUT_SHORT", None, None, 0, 0)}),
    ("宁夏", {("OUT_SHORT", None, None, 0, 0)}),
    ("新疆", {("OUT_SHORT", None, None, 0, 0)}),
    ("香港", {("OUT_SHORT", None, None, 0, 0)}),
    ("重庆", {("OUT_SHORT", None, None, 0, 0)}),
    ("拉萨市", {("OUT_CITY", None, None, 0, 0)}),
    # Words.
    ("地址", {("SKIP", None, None, 0, 0)}),
    ("街道办事处", {("OFFICE", None, None, 0, 0)}),
    ("路", {("W_ROAD", None, None, 0, 0)}),
    ("村", {("W_VILLAGE", None, None, 0, 0)}),
    ("工业园", {("W_ESTATE", None, None, 0, 0)}),
    ("大厦", {("W_BUILDING", None, None, 0, 0)}),
    ("华府大道站", {("LANDMARK", None, None, 0, 0)}),
    ("无此地名", set()),
]


@pytest.mark.parametrize(("name", "expected"), MEANINGS)
def test_what_a_name_means(name, expected):
    assert meanings(name) == expected


@pytest.mark.parametrize("name", TRADE_ZONES)
def test_every_spelling_of_the_free_trade_zone_is_one(name):
    assert {kind for kind, *_ in meanings(name)} == {"TRADE_ZONE"}


def test_every_county_and_city_is_found_under_its_name():
    book = gazetteer()
    assert (len(book.counties), len(book.prefectures)) == (183, 21)
    for row, name in enumerate(book.counties["name_zh"]):
        city = book.prefectures["name_zh"].iloc[book.county_prefecture[row]]
        told = (Kind.COUNTY.name, city, name, 0, int(name.endswith("区")))
        assert told in meanings(name)
    for name in book.prefectures["name_zh"]:
        assert (Kind.PREFECTURE.name, name, None, 0, 0) in meanings(name)
    codes = book.counties["prefecture_code"].to_numpy()
    assert (book.prefectures["code"].to_numpy()[book.county_prefecture] == codes).all()


def test_entries_of_one_name_lie_sorted_by_kind():
    book = gazetteer()
    for name in ("高新区", "市中区", "双流", "前锋", "桂溪", "凉山"):
        kinds = [int(book.entries.kind[entry]) for entry in entries_of(name)]
        assert kinds == sorted(kinds)
        assert len(kinds) > 1


def test_an_entry_leads_to_its_row_in_the_table_of_its_kind():
    book = gazetteer()

    def rows(name: str, kind: Kind) -> list[int]:
        found = (entry for entry in entries_of(name) if book.entries.kind[entry] == kind)
        return [int(book.entries.item[entry]) for entry in found]

    for name, kind, table, column in (
        ("文林街道", Kind.TOWN, book.towns, "name_zh"),
        ("恩阳镇", Kind.TOWN, book.towns, "name_zh"),
        ("科智路", Kind.SITE, book.zone_names, "name"),
        ("高新区", Kind.ZONE, book.zone_names, "name"),
        ("华府大道站", Kind.LANDMARK, book.landmarks, "name_zh"),
        ("贵州省", Kind.OUT_PROVINCE, book.outside, "name_zh"),
    ):
        assert set(table[column].iloc[rows(name, kind)]) == {name}
    assert [book.outside["name_zh"].iloc[row] for row in rows("西藏", Kind.OUT_SHORT)] == [
        "西藏自治区"
    ]
    assert {book.towns["name_zh"].iloc[row] for row in rows("文林", Kind.TOWN_STEM)} == {
        "文林街道",
        "文林镇",
    }


def test_places_elsewhere_carry_their_province():
    book = gazetteer()
    for name, kind in (("拉萨市", Kind.OUT_CITY), ("西藏", Kind.OUT_SHORT)):
        (entry,) = (one for one in entries_of(name) if book.entries.kind[one] == kind)
        assert book.outside["name_zh"].iloc[book.entries.county[entry]] == "西藏自治区"


def county(name: str) -> int:
    return gazetteer().counties["name_zh"].tolist().index(name)


@pytest.mark.parametrize(
    ("old", "new", "split", "unsettled"),
    [
        ("翠屏区", "叙州区", True, True),
        ("叙州区", "翠屏区", True, True),
        ("南溪区", "翠屏区", True, True),
        ("翠屏区", "南溪区", False, False),
        ("广安区", "前锋区", True, False),
        ("前锋区", "广安区", False, False),
        ("金牛区", "武侯区", True, False),
        ("武侯区", "青羊区", False, False),
    ],
)
def test_who_lost_territory_to_whom_and_whether_the_codes_followed(old, new, split, unsettled):
    book = gazetteer()
    at = county(old), county(new)
    assert (book.splits[at], book.unsettled[at]) == (split, unsettled)


def test_what_is_unsettled_was_split():
    book = gazetteer()
    assert book.splits.shape == book.unsettled.shape == (183, 183)
    assert not (book.unsettled & ~book.splits).any()
    assert not np.diag(book.splits).any()


def test_a_county_that_was_split_off_has_the_town_it_grew_from():
    towns = gazetteer().towns
    seats = towns[towns["town_code"] == ""].set_index("name_zh")
    assert seats.loc["前锋镇", "county_code"] == "511603"
    assert (seats["status"] == "former").all()
    assert seats.index.is_unique
    # 东区 has no safe stem, and 温江区 was renamed, not split off.
    assert not {"东镇", "温江镇"} & set(seats.index)


def test_the_counties_over_which_a_citys_zones_lie():
    book = gazetteer()
    cities = book.prefectures["name_zh"].tolist()
    names = book.counties["name_zh"]

    def over(city: str) -> list[str]:
        return names.iloc[book.zone_counties.get(cities.index(city), [])].tolist()

    assert over("成都市") == ["武侯区", "双流区", "郫都区"]
    assert over("绵阳市") == ["涪城区", "游仙区", "安州区"]
    assert over("攀枝花市") == []
    assert all(rows == sorted(set(rows)) and len(rows) > 1 for rows in book.zone_counties.values())


@pytest.mark.parametrize(
    ("prefecture", "name", "spread"),
    [
        ("510100", "高新区", True),
        ("510100", "高新西区", True),  # part of a zone of several counties
        ("510100", "科智路", False),
        ("510100", "天府五街", True),
        ("510100", "天府新区", False),
        ("510700", "高新区", True),
        ("510400", "高新区", False),
        ("511300", "临江新区", True),
        ("511300", "高新区", False),
        ("511600", "经开区", True),
    ],
)
def test_which_zones_lie_in_several_counties(prefecture, name, spread):
    book = gazetteer()
    table = book.zone_names
    rows = np.flatnonzero((table["prefecture_code"] == prefecture) & (table["name"] == name))
    assert len(rows)
    assert book.zone_spread[rows].tolist() == [spread] * len(rows)
    assert len(book.zone_spread) == len(table)


def test_a_gazetteer_built_anew_says_all_of_it_again():
    zones, splits = gazetteer().zone_counties, gazetteer().splits
    gazetteer.cache_clear()
    assert all(meanings(name) == expected for name, expected in MEANINGS)
    assert gazetteer().zone_counties == zones
    assert len(zones) == 8
    assert np.array_equal(gazetteer().splits, splits)
    assert splits.sum() == 20
