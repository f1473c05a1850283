import numpy as np
import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.geocode.cascade import learn_memory, place_addresses
from clusters.geocode.gazetteer import gazetteer
from clusters.geocode.memory import Memory


def codes(placement):
    names = [*gazetteer().counties["code"], None]
    return [names[row] for row in placement.county]


def teaching(road, county, count, start=1):
    return [f"成都市{county}{road}{number}号" for number in range(start, start + count)]


def test_a_road_learnt_with_its_county_answers_for_addresses_without_it():
    memory = learn_memory(teaching("小天竺街", "武侯区", 8))
    found = place_addresses(["成都市小天竺街99号"], memory=memory)
    assert codes(found) == ["510107"]
    assert list(found.located_by) == ["memory"]
    assert list(found.evidence) == ["小天竺街"]
    assert 0.97 <= found.belief[0] <= 1


def test_without_memory_nothing_is_guessed():
    found = place_addresses(["成都市小天竺街99号"])
    assert codes(found) == [None]
    assert list(found.conflict) == ["county_not_named"]


def test_disagreeing_witnesses_are_refused():
    memory = learn_memory(
        teaching("分界路", "武侯区", 6) + teaching("分界路", "青羊区", 6, start=50)
    )
    found = place_addresses(["成都市分界路99号"], memory=memory)
    assert codes(found) == [None]
    assert found.conflict[0].startswith("county_uncertain")


def test_the_number_tells_where_a_road_crosses_a_border():
    texts = [
        *(f"成都市锦江区东风路{n}号{m}室" for n in (1, 3) for m in range(4)),
        *(f"成都市成华区东风路{n}号{m}室" for n in (24, 26) for m in range(4)),
    ]
    memory = learn_memory(texts)
    found = place_addresses(["成都市东风路24号底楼", "成都市东风路1号底楼"], memory=memory)
    assert codes(found) == ["510108", "510104"]


def test_numbers_nobody_wrote_yet_follow_their_stretch_of_the_road():
    texts = [f"成都市锦江区东风路{n}号" for n in range(1, 40, 2)]
    texts += [f"成都市成华区东风路{n}号" for n in range(81, 119, 4)]
    texts += [f"成都市{road}{n}号" for road in ("甲路", "乙路") for n in range(30)]
    texts += [f"成都市锦江区甲路{n}号" for n in range(30, 60)]
    texts += [f"成都市成华区乙路{n}号" for n in range(30, 60)]
    found = place_addresses(["成都市东风路8号", "成都市东风路83号"], memory=learn_memory(texts))
    assert codes(found)[1] == "510108"
    assert codes(found)[0] != "510108"


def test_the_same_road_in_another_city_is_another_road():
    memory = learn_memory(teaching("解放路", "武侯区", 8))
    assert codes(place_addresses(["绵阳市解放路3号"], memory=memory)) == [None]


def test_counties_that_always_name_themselves_do_not_claim_the_citys_streets():
    texts = [f"绵阳市三台县南河路{n}号" for n in range(12)]
    texts += [f"绵阳市涪城区{road}{n}号" for road in ("临园路", "警钟街") for n in range(12)]
    texts += [f"绵阳市{road}{n}号" for road in ("临园路", "警钟街") for n in range(20, 40)]
    memory = learn_memory(texts)
    found = place_addresses(["绵阳市南河路19号"], memory=memory)
    assert codes(found) != ["510722"]


def test_named_counties_are_never_overruled():
    memory = learn_memory(teaching("小天竺街", "武侯区", 30))
    assert codes(place_addresses(["成都市青羊区小天竺街1号"], memory=memory)) == ["510105"]


def test_repeats_of_one_address_are_one_witness():
    once = learn_memory(["成都市武侯区孤路1号"])
    often = learn_memory(["成都市武侯区孤路1号"] * 50)
    pd.testing.assert_frame_equal(once.counts, often.counts)


def test_what_is_learnt_does_not_depend_on_the_order():
    texts = teaching("甲路", "武侯区", 5) + teaching("乙路", "青羊区", 5) + ["成都市甲路9号"]
    forwards, backwards = learn_memory(texts), learn_memory(texts[::-1])
    pd.testing.assert_frame_equal(forwards.counts, backwards.counts)
    assert np.array_equal(forwards.omitted, backwards.omitted)


def test_memory_survives_its_table():
    memory = learn_memory(
        [*teaching("甲路", "武侯区", 9), "成都高新区天府三街1号", "成都高新区某街2号"]
    )
    again = Memory.from_frame(memory.to_frame())
    pd.testing.assert_frame_equal(memory.counts, again.counts)
    assert np.array_equal(memory.named, again.named)
    assert np.array_equal(memory.omitted, again.omitted)
    asked = ["成都市甲路77号"]
    assert codes(place_addresses(asked, memory=again)) == codes(
        place_addresses(asked, memory=memory)
    )


def test_another_table_is_refused():
    with pytest.raises(InputError, match="not a memory"):
        Memory.from_frame(pd.DataFrame({"a": [1]}))


def test_an_empty_memory_knows_nothing():
    memory = learn_memory([])
    assert len(memory) == 0
    assert codes(place_addresses(["成都市甲路1号"], memory=memory)) == [None]


def test_the_name_is_the_last_witness():
    found = place_addresses(
        ["成都市某某街1号", "成都市某某街1号"], names=["成都市金牛区某某经营部", "成都某某公司"]
    )
    assert codes(found) == ["510106", None]
    assert found.located_by[0] == "name"
    assert found.evidence[0] == "金牛区"


def test_reasons_are_given_for_what_is_not_placed():
    found = place_addresses(["", "一楼", "西藏拉萨市某路", "成都市"])
    assert codes(found) == [None] * 4
    assert list(found.conflict) == [
        "no_address",
        "names_no_place",
        "outside_province: 西藏自治区",
        "county_not_named",
    ]
