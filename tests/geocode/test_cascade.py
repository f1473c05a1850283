"""Text, then memory, then the enterprise's name: who gives the county, and with which words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.geocode.cascade import (
    NAME_BELIEF,
    SURE,
    Placement,
    learn_memory,
    place_addresses,
    region_hints,
)
from clusters.geocode.gazetteer import gazetteer
from clusters.geocode.memory import Memory

BEIJING = "outside_province: 北京市"


def row_of(placement: Placement, row: int = 0) -> dict[str, object]:
    """Return what a placement says of one row, with names for numbers."""
    book = gazetteer()

    def name(table: pd.DataFrame, number: int) -> str | None:
        return str(table["name_zh"].iloc[number]) if number >= 0 else None

    return {
        "county": name(book.counties, placement.county[row]),
        "city": name(book.prefectures, placement.prefecture[row]),
        "by": placement.located_by[row],
        "belief": placement.belief[row],
        "subdistrict": placement.subdistrict[row],
        "level": placement.text_level[row],
        "evidence": placement.evidence[row],
        "conflict": placement.conflict[row],
        "landmark": name(book.landmarks, placement.landmark[row]),
    }


def placed(address: str, **options) -> dict[str, object]:
    if "name" in options:
        options["names"] = [options.pop("name")]
    if "region" in options:
        options["region"] = pd.Series([options["region"]])
    return row_of(place_addresses([address], **options))


NOWHERE = {"county": None, "by": "", "belief": 0.0}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "成都市武侯区小天竺街1号",
            {
                "county": "武侯区",
                "city": "成都市",
                "by": "gazetteer",
                "belief": 1.0,
                "subdistrict": "",
                "level": "building",
                "evidence": "武侯区",
                "conflict": None,
                "landmark": None,
            },
        ),
        (
            "双流县华阳镇",
            {
                "county": "双流区",
                "city": "成都市",
                "by": "gazetteer",
                "belief": 1.0,
                "subdistrict": "华阳镇",
                "level": "subdistrict",
                "evidence": "双流县",
                "conflict": None,
                "landmark": None,
            },
        ),
        (
            "北京市海淀区华府大道站",
            NOWHERE
            | {
                "city": None,
                "subdistrict": "",
                "level": "street",
                "evidence": "",
                "conflict": BEIJING,
                "landmark": "华府大道站",
            },
        ),
        (
            "宜宾市翠屏区南岸街道",
            NOWHERE
            | {
                "city": "宜宾市",
                "subdistrict": "南岸街道",
                "level": "subdistrict",
                "evidence": "南岸街道",
                "conflict": "territory_moved: text says 翠屏区, today 叙州区",
                "landmark": None,
            },
        ),
        (
            "广安区前锋镇",
            {
                "county": "前锋区",
                "city": "广安市",
                "by": "gazetteer",
                "belief": 1.0,
                "subdistrict": "前锋镇",
                "level": "subdistrict",
                "evidence": "前锋镇",
                "conflict": "territory_moved: text says 广安区, today 前锋区",
                "landmark": None,
            },
        ),
        (
            "绵阳市武侯区",
            {
                "county": "武侯区",
                "city": "成都市",
                "by": "gazetteer",
                "belief": 1.0,
                "subdistrict": "",
                "level": "county",
                "evidence": "武侯区",
                "conflict": "county_outside_named_prefecture",
                "landmark": None,
            },
        ),
        (
            "",
            NOWHERE
            | {
                "city": None,
                "subdistrict": "",
                "level": "none",
                "evidence": "",
                "conflict": "no_address",
                "landmark": None,
            },
        ),
    ],
)
def test_what_the_text_alone_says(address, expected):
    assert placed(address) == expected


@pytest.mark.parametrize(
    ("address", "subdistrict"),
    [
        ("仁寿县文林", "文林街道"),  # the published name where the level is left out
        ("仁寿县文林镇", "文林镇"),
        ("仁寿县文林乡", "文林乡"),
        ("仁寿县文林街道", "文林街道"),
        ("仁寿县文林办事处", "文林街道"),
        ("仁寿县 文 林", "文林街道"),
        ("仁寿县文 林 镇", "文林镇"),
        ("仁寿县清 泉 镇", "清泉镇"),
        ("成都高新区中和应龙村", "中和"),
        ("成都高新区中和街道", "中和街道"),
        ("成都市科智路", ""),
        ("仁寿县", ""),
    ],
)
def test_the_subdistrict_is_named_as_published_or_as_written(address, subdistrict):
    assert placed(address)["subdistrict"] == subdistrict


def test_a_region_column_gives_the_city_where_the_text_names_none():
    assert placed("某某街9号", region="成都")["city"] == "成都市"
    assert placed("某某街9号", region="成都")["conflict"] == "names_no_place"
    assert placed("绵阳市某某街9号", region="成都")["city"] == "绵阳市"
    assert placed("涪城区某某街9号", region="成都")["city"] == "绵阳市"
    assert placed("北京市某某街9号", region="成都")["city"] is None
    assert placed("市中区中央路", region="内江市")["county"] == "市中区"
    assert placed("某某街9号", region=None)["city"] is None
    assert region_hints(None, 3).tolist() == [-1, -1, -1]
    assert region_hints(None, 3).dtype == np.int32


ROAD = [f"成都市武侯区丁一路{door}号" for door in range(1, 20)]


@pytest.fixture(scope="module")
def memory() -> Memory:
    return learn_memory(ROAD)


def test_the_memory_answers_where_the_text_is_silent(memory):
    found = placed("成都市丁一路88号", memory=memory)
    assert (found["county"], found["city"], found["by"]) == ("武侯区", "成都市", "memory")
    assert (found["evidence"], found["conflict"]) == ("丁一路", None)
    assert SURE <= found["belief"] < 1
    assert placed("丁一路88号", memory=memory, region="成都")["county"] == "武侯区"
    assert placed("丁一路88号", memory=memory)["county"] is None
    assert placed("丁一路88号", memory=memory)["conflict"] == "names_no_place"


def test_the_memory_is_not_asked_where_the_text_speaks(memory):
    named = placed("成都市锦江区丁一路88号", memory=memory)
    assert (named["county"], named["by"], named["belief"]) == ("锦江区", "gazetteer", 1.0)
    assert named["evidence"] == "锦江区"
    away = placed("北京市丁一路88号", memory=memory)
    assert (away["county"], away["conflict"]) == (None, BEIJING)
    assert placed("绵阳市丁一路88号", memory=memory)["county"] is None


def test_a_county_the_memory_is_not_sure_of_is_only_mentioned(memory):
    found = placed("成都市无人知道的小巷88号", memory=memory)
    assert (found["county"], found["by"], found["belief"]) == (None, "", 0.0)
    assert found["conflict"].startswith("county_uncertain: 武侯区 0.")
    assert found["evidence"] == "成都市"


def test_rows_are_answered_one_by_one_whatever_stands_beside_them(memory):
    addresses = [
        "成都市丁一路88号",
        "成都市锦江区某街",
        "",
        "北京市",
        "丁一路88号",
        "成都市某街9号",
    ]
    names = ["", "", "", "", "", "成都市金牛区某某经营部"]
    both = {"memory": memory}
    together = place_addresses(addresses, names=names, **both)
    for row, (address, name) in enumerate(zip(addresses, names, strict=True)):
        assert row_of(together, row) == placed(address, name=name, **both)
    backwards = place_addresses(addresses[::-1], names=names[::-1], **both)
    assert [row_of(backwards, row) for row in range(6)] == [
        row_of(together, 5 - row) for row in range(6)
    ]


def overruling(count: int) -> Memory:
    """Return a memory in which a road of 八角井镇 lies in another county than the town today."""
    return learn_memory([f"德阳市广汉市八角井镇某某路{2 * n}号" for n in range(1, count + 1)])


@pytest.mark.parametrize(("count", "by"), [(0, "gazetteer"), (2, "gazetteer"), (3, "memory")])
def test_three_addresses_that_name_both_overrule_a_townships_county(count, by):
    found = placed("德阳市八角井镇某某路20号", memory=overruling(count))
    assert found["by"] == by
    assert found["county"] == {"gazetteer": "旌阳区", "memory": "广汉市"}[by]
    assert found["subdistrict"] == "八角井镇"
    assert (found["belief"] == 1.0) == (by == "gazetteer")


def test_a_memory_that_agrees_with_the_township_leaves_it_the_word():
    memory = learn_memory([f"德阳市旌阳区八角井镇某某路{2 * n}号" for n in range(1, 9)])
    found = placed("德阳市八角井镇某某路20号", memory=memory)
    assert (found["county"], found["by"], found["belief"]) == ("旌阳区", "gazetteer", 1.0)
    assert found["evidence"] == "八角井镇"


NAME = "成都市金牛区某某经营部"


def test_the_enterprises_name_is_asked_last(memory):
    found = placed("成都市无名街1号", name=NAME)
    assert (found["county"], found["by"], found["belief"]) == ("金牛区", "name", NAME_BELIEF)
    assert (found["evidence"], found["conflict"]) == ("金牛区", None)
    assert placed("某某街1号", name=NAME)["city"] == "成都市"
    short = placed("成都市无名街1号", name="成都成华电器厂")
    assert (short["county"], short["evidence"]) == ("成华区", "成华")
    # Only half sure, the memory leaves the name the word.
    assert placed("成都市无名街1号", name=NAME, memory=memory)["by"] == "name"


@pytest.mark.parametrize(
    ("address", "options", "county"),
    [
        ("成都市武侯区无名街1号", {}, "武侯区"),
        ("绵阳市无名街1号", {}, None),
        ("某某街1号", {"region": "绵阳"}, None),
        ("北京市无名街1号", {}, None),
        ("宜宾市翠屏区南岸街道1号", {}, None),
    ],
)
def test_a_name_is_not_believed_against_the_text(address, options, county):
    assert placed(address, name=NAME, **options)["county"] == county
    silent = placed(address, name="甲乙丙经营部", **options)
    assert placed(address, name=NAME, **options) == silent


def test_a_name_against_the_memory_takes_the_county_away(memory):
    found = placed("成都市丁一路88号", name=NAME, memory=memory)
    assert (found["county"], found["by"], found["belief"]) == (None, "", 0.0)
    assert found["city"] == "成都市"
    assert found["conflict"] == "name_against_memory: 金牛区, 武侯区"
    agreed = placed("成都市丁一路88号", name="成都市武侯区某某经营部", memory=memory)
    assert agreed == placed("成都市丁一路88号", memory=memory)


def test_names_may_be_missing():
    texts = ["成都市无名街1号"] * 3
    found = place_addresses(texts, names=[None, float("nan"), ""])
    assert (found.county == -1).all()


def test_the_zones_follow_the_county_that_is_given(memory):
    zoning = place_addresses(["成都高新区桂溪街道", "成都市丁一路88号"], memory=memory).zoning
    assert zoning.zone_ids.tolist() == [("chengdu-htz-south",), ()]
    # The word of a city's zone, in a county where that zone does not lie: believed where the
    # text itself names the county.
    assert place_addresses(["成都市新都区高新技术产业开发区"]).zoning.zone_ids[0] == ("other-htz",)


MIXED = ["成都市武侯区丁一路1号", "成都市丁一路2号", "成都高新区某街3号", "泸县牛滩镇", "北京市"]


@settings(max_examples=15)
@given(st.lists(st.sampled_from(MIXED), max_size=8), st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_change_what_is_learnt(texts, random):
    once = learn_memory(sorted(set(texts)))
    shuffled = random.sample(texts, len(texts))
    again = learn_memory(shuffled + texts)
    pd.testing.assert_frame_equal(once.counts, again.counts)
    assert np.array_equal(once.named, again.named)
    assert np.array_equal(once.omitted, again.omitted)
    assert once.addresses == again.addresses


def test_what_is_learnt_of_a_road_does_not_change_by_an_address_of_another_city(memory):
    more = learn_memory([*ROAD, "绵阳市涪城区丁一路5号"])
    asked = "成都市丁一路88号"
    assert placed(asked, memory=more) == placed(asked, memory=memory)


def test_the_column_beside_teaches_the_city_of_a_road():
    beside = learn_memory(["市中区丁一路1号"] * 2, pd.Series(["内江", "乐山"]))
    assert beside.addresses == 2
    assert beside.counts["county"].nunique() == 2
    assert learn_memory(["市中区丁一路1号"] * 2).addresses == 0


def test_placements_have_one_value_per_row():
    for addresses in ([], MIXED):
        found = place_addresses(addresses, names=[""] * len(addresses), memory=learn_memory(MIXED))
        for column in ("county", "prefecture", "located_by", "belief", "subdistrict"):
            assert len(getattr(found, column)) == len(addresses)
        for column in ("text_level", "evidence", "conflict", "landmark"):
            assert len(getattr(found, column)) == len(addresses)
