import numpy as np
import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.geocode.address import read_addresses
from clusters.geocode.cascade import learn_memory, place_addresses
from clusters.geocode.gazetteer import gazetteer
from clusters.geocode.memory import Memory, question, recall


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
    assert 0.94 <= found.belief[0] < 1


def test_a_lone_surrogate_in_a_broken_export_teaches_like_any_other_address():
    texts = teaching("小天竺街", "武侯区", 8)
    broken = learn_memory([f"\ud800{text}" for text in texts])
    pd.testing.assert_frame_equal(broken.to_frame(), learn_memory(texts).to_frame())


def test_without_memory_nothing_is_guessed():
    found = place_addresses(["成都市小天竺街99号"])
    assert codes(found) == [None]
    assert list(found.conflict) == ["county_not_named"]


def calibrated(memory, text):
    """Return belief and county of one address, whatever the threshold."""
    reading = read_addresses([text])
    asked = question(reading.folded, reading.fields, reading.hints, gazetteer())
    found = recall(memory, asked, np.array([0]))
    return found.belief[0], gazetteer().counties["code"][found.county[0]]


def test_more_witnesses_make_a_county_surer_but_never_certain():
    beliefs = [
        calibrated(learn_memory(teaching("小天竺街", "武侯区", n)), "成都市小天竺街99号")[0]
        for n in (1, 3, 9, 27)
    ]
    assert beliefs == sorted(beliefs)
    assert all(0.5 < belief < 1 for belief in beliefs)


def test_beliefs_are_frequencies_where_the_county_was_cut_out(shared):
    """Of the counties given with a probability near p, p are right: measured from text only."""
    path = shared("registry", "sichuan_1978_2007_2013.parquet")
    texts = pd.read_parquet(path, columns=["注册地址"])["注册地址"].dropna().drop_duplicates()
    texts = texts[texts.str.startswith("成都市")]
    fold = np.random.default_rng(7).integers(0, 5, len(texts))
    memory = learn_memory(texts[fold > 0].tolist())
    asked = texts[fold == 0].str.extract("^(成都市)((?:锦江|青羊|金牛|武侯|成华)区)(.+)$").dropna()
    found = place_addresses((asked[0] + asked[2]).tolist(), memory=memory)
    given_ = found.located_by == "memory"
    right = (
        np.array(codes(found))[given_]
        == (
            asked[1].map(
                dict(zip(*gazetteer().counties[["name_zh", "code"]].T.to_numpy(), strict=True))
            )
        ).to_numpy()[given_]
    )
    assert given_.sum() > 1000
    assert right.mean() > 0.98
    assert abs(right.mean() - found.belief[given_].mean()) < 0.02


class TestTerritoryThatMovedLately:
    """南岸 went from 翠屏 to 叙州 in 2018; who is registered there kept the code of 翠屏."""

    MOVED = ("宜宾市翠屏区南岸长江大道", 12)
    STAYED = ("宜宾市翠屏区滨江路", 12)

    def texts(self, *roads):
        return [f"{road}{number}号" for road, count in roads for number in range(1, count + 1)]

    def test_the_old_county_in_the_text_gets_none(self):
        found = place_addresses(["宜宾市翠屏区南岸街道1号"])
        assert codes(found) == [None]
        assert found.conflict[0] == "territory_moved: text says 翠屏区, today 叙州区"
        assert gazetteer().prefectures["code"][found.prefecture[0]] == "511500"

    def test_the_new_county_in_the_text_settles_it(self):
        found = place_addresses(["宜宾市叙州区南岸街道1号"])
        assert codes(found) == ["511504"]

    def test_a_road_known_from_the_old_county_gets_none(self):
        memory = learn_memory(self.texts(self.MOVED, self.STAYED))
        found = place_addresses(
            ["宜宾市南岸长江大道99号", "宜宾市滨江路99号"], memory=memory, names=["", ""]
        )
        assert codes(found) == [None, "511502"]
        assert found.conflict[0] == "territory_moved: today 叙州区"

    def test_it_settles_once_the_registry_writes_the_new_county(self):
        memory = learn_memory(
            self.texts(("宜宾市叙州区南岸长江大道", 60), ("宜宾市翠屏区南岸长江大道", 1))
        )
        assert codes(place_addresses(["宜宾市南岸长江大道99号"], memory=memory)) == ["511504"]

    def test_the_enterprises_name_does_not_settle_it(self):
        found = place_addresses(["宜宾市翠屏区南岸街道1号"], names=["宜宾市翠屏区某某经营部"])
        assert codes(found) == [None]

    def test_territory_that_moved_before_the_codes_were_issued_is_given(self):
        found = place_addresses(["广安市广安区代市镇1号", "成都金牛区石羊场乡灯塔村四组"])
        assert codes(found) == ["511603", "510107"]
        assert all(text.startswith("territory_moved") for text in found.conflict)

    def test_it_survives_the_table_of_a_memory(self):
        memory = learn_memory(self.texts(self.MOVED))
        again = Memory.from_frame(memory.to_frame())
        pd.testing.assert_frame_equal(memory.counts, again.counts)


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
    texts += [f"成都市成华区东风路{n}号{room}室" for n in range(85, 119, 2) for room in range(8)]
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
