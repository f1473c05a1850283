"""What a memory counts, how often counties are left out, and the table it is stored in."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.geocode.address import read_addresses
from clusters.geocode.cascade import learn_memory, read_to_learn
from clusters.geocode.gazetteer import gazetteer
from clusters.geocode.inference import COUNTIES, MOVED, SILENT
from clusters.geocode.memory import (
    Memory,
    _calibrated,
    _frames,
    added,
    attributed,
    count_words,
    learn_counts,
    question,
    recall,
    with_omitted,
)

CITIES = 21


def county(name: str, city: str | None = None) -> int:
    """Return the row of a county; of the city where several bear the name."""
    book = gazetteer()
    rows = np.flatnonzero(book.counties["name_zh"] == name)
    cities = book.prefectures["name_zh"].to_numpy()[book.county_prefecture[rows]]
    return int(rows[cities == city][0] if city else rows[0])


def city(name: str) -> int:
    return gazetteer().prefectures["name_zh"].tolist().index(name)


def taught(*texts: str):
    return read_to_learn(list(texts), np.full(len(texts), -1, dtype=np.int32))


def counted(memory: Memory) -> dict[int, int]:
    """Return the counts of a memory by county number, over all words."""
    return memory.counts.groupby("county")["count"].sum().to_dict()


# 小天竺街1号 has six keys: 小天, 小天竺, 小天竺街, its stretch, 小天竺街1, 小天竺街1号.
SIX = "小天竺街1号"


def test_an_address_is_counted_once_for_each_of_its_words():
    memory = count_words(taught(f"成都市武侯区{SIX}"))
    assert len(memory) == len(memory.counts) == 6
    assert counted(memory) == {county("武侯区"): 6}
    assert (np.diff(memory.counts["key"].to_numpy(np.int64).view(np.uint64)) > 0).all()
    assert memory.counts["key"].is_unique
    assert memory.addresses == 1
    assert memory.counts.dtypes.astype(str).to_dict() == {
        "key": "int64",
        "county": "int16",
        "count": "int32",
    }


def test_addresses_of_one_road_share_the_words_they_share():
    memory = count_words(taught(f"成都市武侯区{SIX}", "成都市武侯区小天竺街1号附2号"))
    shared = memory.counts.set_index("key")["count"]
    assert shared[shared > 1].tolist() == [2] * 6
    both = count_words(taught(f"成都市武侯区{SIX}", f"成都市青羊区{SIX}"))
    assert counted(both) == {county("武侯区"): 6, county("青羊区"): 6}
    assert both.counts["key"].nunique() == 6
    # The same words in another city are other words.
    other = count_words(taught(f"成都市武侯区{SIX}", f"绵阳市涪城区{SIX}"))
    assert other.counts["key"].nunique() == 12


def test_who_names_the_county_and_who_leaves_it_out():
    memory = count_words(
        taught(
            "成都市武侯区某街1号",
            "成都市武侯区某街2号",
            "成都市温江县某街1号",
            "成都高新区天府三街1号",
            "成都市天府三街2号",
            "成都市某街9号",
        )
    )
    chengdu = city("成都市")
    wuhou, wenjiang = county("武侯区"), county("温江区")
    named = {(chengdu, wuhou): 2.0, (chengdu, wenjiang): 1.0}
    # 天府三街 is known from the gazetteer: the addresses themselves leave the county out.
    omitted = {(chengdu + CITIES, wuhou): 1.0, (chengdu, wuhou): 1.0}
    for table, expected in ((memory.named, named), (memory.omitted, omitted)):
        assert table.shape == (2 * CITIES, COUNTIES)
        at = zip(*(part.tolist() for part in np.nonzero(table)), strict=True)
        assert {place: table[place] for place in at} == expected
    assert memory.addresses == 5


@pytest.mark.parametrize(
    ("address", "name", "zone", "by_road", "moved", "silent"),
    [
        ("成都市武侯区某街1号", "武侯区", False, False, False, False),
        ("温江县某街1号", "温江区", False, False, False, False),
        ("成都高新区(西区)某街", "郫都区", False, False, False, False),
        ("成都高新区天府三街1号", "武侯区", False, True, False, False),
        ("成都高新区中和某街", "双流区", False, False, False, False),
        ("成都高新区某街2号", None, True, False, False, True),
        ("成都市某街2号", None, False, False, False, True),
        ("某街2号", None, False, False, False, False),
        # A township teaches where a zone's word stands by it, alone it may be of before.
        ("成都高新区桂溪街道某街", "武侯区", False, False, False, False),
        ("德阳市八角井镇某街", None, False, False, False, False),
        # A short name and a county from a later address neither teach nor count as left out.
        ("简阳石桥镇某街", None, False, False, False, False),
        ("德阳市某街1号(旌阳区)", None, False, False, False, False),
        # Lost since the credit codes were issued, and before.
        ("宜宾市翠屏区南岸街道某街", "叙州区", False, False, True, False),
        ("金牛区石羊场某街", "武侯区", False, False, False, False),
        ("北京市朝阳区某街", None, False, False, False, False),
        ("", None, False, False, False, False),
    ],
)
def test_what_an_address_teaches(address, name, zone, by_road, moved, silent):
    learnt = taught("成都市锦江区某街", address)
    row = int(learnt.county[1])
    assert (gazetteer().counties["name_zh"].iloc[row] if row >= 0 else None) == name
    assert (learnt.zone[1], learnt.by_road[1], learnt.moved[1]) == (zone, by_road, moved)
    assert (1 in learnt.silent) == silent


def test_words_of_a_zone_without_county_and_of_lost_territory_have_numbers_of_their_own():
    memory = count_words(taught("成都高新区某某路7号", "宜宾市翠屏区南岸某某路7号"))
    assert set(counted(memory)) == {SILENT, MOVED + county("叙州区")}
    settled = count_words(taught("金牛区石羊场某街"))
    assert set(counted(settled)) == {county("武侯区")}


def test_addresses_outside_the_province_or_without_city_teach_nothing():
    memory = count_words(taught("北京市朝阳区武侯路1号", "某某街1号", ""))
    assert len(memory) == 0
    assert memory.addresses == 0
    assert memory.counts.dtypes.astype(str).tolist() == ["int64", "int16", "int32"]


TEXTS = [
    *(
        f"成都市{name}{road}{door}号"
        for name in ("武侯区", "青羊区")
        for road in ("甲一路", "乙一街")
        for door in (1, 2)
    ),
    "成都高新区天府三街1号",
    "成都高新区某街2号",
    "宜宾市翠屏区南岸长江大道1号",
    "自贡市高新区丙一路3号",
]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), min_size=len(TEXTS), max_size=len(TEXTS)))
def test_memories_of_parts_add_up_to_the_memory_of_the_whole(part_of):
    whole = count_words(taught(*TEXTS))
    parts = [
        [text for text, mine in zip(TEXTS, part_of, strict=True) if mine == part]
        for part in range(4)
    ]
    together = added([count_words(taught(*part)) for part in parts])
    pd.testing.assert_frame_equal(together.counts, whole.counts)
    assert np.array_equal(together.named, whole.named)
    assert np.array_equal(together.omitted, whole.omitted)
    assert together.addresses == whole.addresses == 10


def test_a_memory_added_to_itself_has_every_witness_twice():
    once = count_words(taught(*TEXTS))
    twice = added([once, once])
    assert twice.counts["key"].tolist() == once.counts["key"].tolist()
    assert twice.counts["count"].tolist() == (2 * once.counts["count"]).tolist()
    assert np.array_equal(twice.named, 2 * once.named)
    nothing = count_words(taught())
    assert len(added([nothing, nothing])) == 0
    pd.testing.assert_frame_equal(added([nothing, once]).counts, once.counts)


ROAD = [f"成都市武侯区丁一路{door}号" for door in range(1, 9)]


def test_addresses_the_memory_attributes_surely_count_as_left_out():
    silent = [f"成都市丁一路{door}号" for door in range(20, 26)]
    memory = learn_memory([*ROAD, *silent, "成都市无人知道的小巷9号"])
    at = np.transpose(np.nonzero(memory.omitted)).tolist()
    assert at == [[city("成都市"), county("武侯区")]]
    assert memory.omitted.sum() == 6
    assert memory.named.sum() == memory.addresses == 8


def test_two_witnesses_are_too_few_to_attribute_an_address():
    even = ROAD[1::2]
    few = taught(*even[:2], "成都市丁一路20号")
    many = taught(*even[:3], "成都市丁一路20号")
    for learnt, number in ((few, 0), (many, 1)):
        memory = count_words(learnt)
        assert attributed(memory, learnt.asked, learnt.silent).sum() == number
        assert learn_counts(learnt).omitted.sum() == number


def test_what_is_attributed_stands_beside_what_was_counted():
    known = count_words(taught("成都市天府三街2号", *ROAD))
    more = np.zeros_like(known.omitted)
    more[city("成都市"), county("武侯区")] = 4
    both = with_omitted(known, more)
    assert both.omitted[city("成都市"), county("武侯区")] == 5
    assert known.omitted.sum() == 1
    assert both.named is known.named
    assert (both.addresses, both.counts is known.counts) == (known.addresses, True)


def frames_of(memory: Memory, frame: int) -> dict[int, tuple[float, float, float]]:
    """Return prior, omission and silence of the counties of a frame."""
    frames = _frames(memory)
    at = range(frames.first[frame], frames.first[frame + 1])
    return {
        int(frames.members[n]): (frames.prior[n], frames.omission[n], frames.silence[n]) for n in at
    }


def test_the_frames_are_the_cities_and_then_their_zones():
    book = gazetteer()
    frames = _frames(learn_memory([]))
    assert len(frames.first) == 2 * CITIES + 1
    for frame in range(2 * CITIES):
        members = set(frames.members[frames.first[frame] : frames.first[frame + 1]].tolist())
        inside = set(np.flatnonzero(book.county_prefecture == frame % CITIES).tolist())
        zones = set(book.zone_counties.get(frame - CITIES, ())) or inside
        assert members == (inside if frame < CITIES else zones)
    for column in (frames.prior, frames.omission, frames.silence):
        assert len(column) == len(frames.members)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(0, 41), st.integers(0, 182), st.integers(1, 500)), max_size=12)
)
def test_shares_and_rates_are_what_they_are_called(cells):
    memory = learn_memory([])
    for frame, row, number in cells:
        memory.named[frame, row] += number
        memory.omitted[frame, (row * 7) % COUNTIES] += number // 3
    frames = _frames(memory)
    for frame in range(2 * CITIES):
        low, high = frames.first[frame], frames.first[frame + 1]
        assert frames.prior[low:high].sum() == pytest.approx(1)
        assert (frames.prior[low:high] > 0).all()
        assert frames.omission[low:high].max() == 1
        assert (frames.omission[low:high] >= 0.002).all()
        silence = frames.silence[low:high]
        assert ((silence > 0) & (silence < 1)).all() if frame >= CITIES else not silence.any()


# 自贡: four districts and two counties. Nothing counted: a district's firms leave it out in 30 of
# 100 addresses, a county's in 1 of 100, so the shares are 0.3 : 0.01 with a floor of 0.002 on each.
def test_without_counts_districts_are_left_out_and_counties_hardly_ever():
    rows = frames_of(learn_memory([]), city("自贡市"))
    inner, outer = rows[county("自流井区")], rows[county("荣县")]
    whole = 4 * 0.3 + 2 * 0.01
    share = np.array([0.3, 0.01]) / whole + 0.002
    share /= 4 * share[0] + 2 * share[1]
    assert (inner[0], outer[0]) == pytest.approx(tuple(share))
    assert (inner[1], outer[1]) == pytest.approx((1, 0.01 / 0.3))
    assert (inner[2], outer[2]) == (0, 0)


# 攀枝花: 东区 named 20 times and left out 20 times, the other four counties not seen.
def test_counts_move_shares_and_rates():
    memory = learn_memory([])
    row, frame = county("东区"), city("攀枝花市")
    memory.named[frame, row] = memory.omitted[frame, row] = 20
    rows = frames_of(memory, frame)
    assert len(rows) == 5
    usual = {county("东区"): 0.3, county("西区"): 0.3, county("仁和区"): 0.3}
    usual |= {county("米易县"): 0.01, county("盐边县"): 0.01}
    expected = {one: (memory.named[frame, one] + 1) * rate for one, rate in usual.items()}
    whole = sum(expected.values())
    share = {
        one: (memory.omitted[frame, one] + 8 * expected[one] / whole) / 28 + 0.002 for one in usual
    }
    rate = {one: 10 * part / 10 for one, part in usual.items()} | {row: (20 + 3) / (40 + 10)}
    for one, (prior, omission, silence) in rows.items():
        assert prior == pytest.approx(share[one] / sum(share.values()))
        assert omission == pytest.approx(rate[one] / max(rate.values()))
        assert silence == 0


def test_in_a_zone_silence_says_how_often_its_parts_are_named():
    memory = learn_memory([])
    frame = city("成都市") + CITIES
    memory.named[frame, county("武侯区")] = 8
    memory.omitted[frame, county("武侯区")] = 30
    rows = frames_of(memory, frame)
    assert set(rows) == {county("武侯区"), county("双流区"), county("郫都区")}
    assert rows[county("武侯区")][2] == pytest.approx(9 / 40)
    assert rows[county("郫都区")][2] == pytest.approx(1 / 2)
    # A county inside a zone is left out as often as a district.
    nanchong = frames_of(learn_memory([]), city("南充市") + CITIES)
    assert nanchong[county("西充县")][1] == 1


def test_a_rate_never_falls_to_nothing():
    memory = learn_memory([])
    row, frame = county("米易县"), city("攀枝花市")
    memory.named[frame, row] = 1_000_000
    assert frames_of(memory, frame)[row][1] == 0.002


# The published recalibration: log-odds times 0.406 plus 0.502.
@pytest.mark.parametrize(
    ("weight", "belief"),
    [
        (0.0, 0.0),
        (0.5, 1 / (1 + math.exp(-0.502))),
        (0.9, 1 / (1 + math.exp(-0.406 * math.log(9) - 0.502))),
        (0.999, 1 / (1 + math.exp(-0.406 * math.log(999) - 0.502))),
    ],
)
def test_weights_are_recalibrated(weight, belief):
    assert _calibrated(np.array([weight]))[0] == pytest.approx(belief)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_recalibration_keeps_the_order_and_is_never_certain(weights):
    order = np.sort(np.array(weights))
    beliefs = _calibrated(order)
    assert (np.diff(beliefs) >= 0).all()
    assert ((beliefs >= 0) & (beliefs < 1)).all()


def asked(*texts: str, hint: str | None = None):
    hints = np.full(len(texts), city(hint) if hint else -1, dtype=np.int32)
    reading = read_addresses(list(texts), hints=hints)
    return question(reading.folded, reading.fields, hints, gazetteer()), reading


@pytest.mark.parametrize(
    ("address", "hint", "context", "zone", "words"),
    [
        ("成都市小天竺街1号", None, "成都市", False, "小天竺街1号"),
        ("小天竺街1号", "成都市", "成都市", False, "小天竺街1号"),
        ("绵阳市小天竺街1号", "成都市", "绵阳市", False, "小天竺街1号"),
        ("小天竺街1号", None, None, False, "小天竺街1号"),
        # A township is remembered with what follows it.
        ("仁寿县文林镇建设路1号", None, "眉山市", False, "文林镇建设路1号"),
        ("仁寿县清泉镇建设路1号", None, "眉山市", False, "清泉镇建设路1号"),
        ("成都市武侯区人民南路1号;双流区某街", None, "成都市", False, "人民南路1号"),
        # Zones over several counties limit them; a zone of one county and an estate's do not.
        ("成都高新区天府三街", None, "成都市", True, "天府三街"),
        ("自贡市高新区某路", None, "自贡市", True, "某路"),
        ("攀枝花市高新区某路", None, "攀枝花市", False, "某路"),
        ("成都市某某路高新区", None, "成都市", False, "某某路高新区"),
        ("成都市某某路", None, "成都市", False, "某某路"),
    ],
)
def test_what_the_memory_is_asked(address, hint, context, zone, words):
    what, reading = asked(address, hint=hint)
    row = city(context) if context else -1
    assert what.context.tolist() == [row]
    assert what.frame.tolist() == [row + CITIES if zone else row]
    assert what.folded is reading.folded
    assert reading.quote(what.spans[:, 0], what.spans[:, 1]) == [words]


def test_only_the_rows_asked_are_answered_in_their_order():
    memory = learn_memory([*ROAD, *(f"成都市青羊区戊一路{n}号" for n in range(8))])
    what, _ = asked("成都市丁一路99号", "成都市未知小巷", "成都市戊一路99号")
    found = recall(memory, what, np.array([2, 0], dtype=np.int64))
    assert found.county.tolist() == [county("青羊区"), county("武侯区")]
    assert (found.witnesses == 8).all()
    assert (found.belief > 0.9).all()
    assert found.moved.tolist() == [0, 0]
    assert found.why.tolist() == [[3, 6], [3, 6]]
    nothing = recall(memory, what, np.array([], dtype=np.int64))
    assert len(nothing.county) == 0


def test_the_table_of_a_memory_says_what_each_row_is():
    memory = count_words(taught(*TEXTS))
    table = memory.to_frame()
    assert list(table.columns) == ["kind", "key", "county_code", "frame", "value"]
    words = table[table["kind"] == "words"]
    assert words["value"].tolist() == memory.counts["count"].tolist()
    assert (words["frame"] == -1).all()
    labels = set(words["county_code"])
    assert labels == {"510107", "510105", "zone", "moved:511504"}
    named = table[table["kind"] == "named"].set_index(["frame", "county_code"])["value"]
    assert named.to_dict() == {
        (city("成都市"), "510105"): 4.0,
        (city("成都市"), "510107"): 4.0,
        (city("宜宾市"), "511504"): 1.0,
    }
    omitted = table[table["kind"] == "omitted"]
    assert omitted[["frame", "county_code", "value"]].to_numpy().tolist() == [
        [city("成都市") + CITIES, "510107", 1.0]
    ]
    assert table.loc[table["kind"] == "addresses", "value"].tolist() == [10.0]


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], []])
def test_a_memory_comes_back_from_its_table(texts):
    memory = count_words(taught(*texts))
    again = Memory.from_frame(memory.to_frame())
    pd.testing.assert_frame_equal(again.counts, memory.counts)
    assert np.array_equal(again.named, memory.named)
    assert np.array_equal(again.omitted, memory.omitted)
    assert again.addresses == memory.addresses


@pytest.mark.parametrize("column", ["kind", "key", "county_code", "frame", "value"])
def test_a_table_without_a_column_is_no_memory(column):
    table = learn_memory(TEXTS).to_frame().drop(columns=column)
    with pytest.raises(InputError, match=rf"not a memory: columns \['{column}'\] are missing"):
        Memory.from_frame(table)
