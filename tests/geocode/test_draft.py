"""The reason a row ends with: which disagreement is told, and why no county is given."""

import numpy as np
import pytest

from clusters.geocode.address import Reading, read_addresses
from clusters.geocode.draft import LIKELY, Draft, conflicts
from clusters.geocode.fields import Field
from clusters.geocode.gazetteer import gazetteer


def county(name: str | None) -> int:
    if name is None:
        return -1
    return gazetteer().counties["name_zh"].tolist().index(name)


def draft_of(reading: Reading, **columns: object) -> Draft:
    """Return the draft a reading begins with; further columns are given as lists."""
    count = len(reading)
    found = reading.field(Field.COUNTY).copy()
    whole = {
        "county": found,
        "prefecture": reading.field(Field.PREFECTURE).copy(),
        "located_by": np.where(found >= 0, "gazetteer", "").astype(object),
        "belief": np.zeros(count),
        "start": np.zeros(count, dtype=np.int32),
        "end": np.zeros(count, dtype=np.int32),
        "guess": np.full(count, -1, dtype=np.int32),
        "against": np.full(count, -1, dtype=np.int32),
        "moved": np.zeros(count, dtype=np.bool_),
    }
    return Draft(**(whole | {name: np.asarray(values) for name, values in columns.items()}))


def reason(address: str, **columns: object) -> str | None:
    """Return why an address ends without county or with a doubt; each column as one value."""
    reading = read_addresses([address])
    one = {name: [value] for name, value in columns.items()}
    return conflicts(reading, draft_of(reading, **one))[0]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("成都市武侯区人民南路", None),
        ("成都市人民南路", "county_not_named"),
        ("成都人民南路", "county_not_named"),
        ("人民南路1号", "names_no_place"),
        ("", "no_address"),
        (" 　\t", "no_address"),
        ("1", "names_no_place"),
        ("北京市海淀区", "outside_province: 北京市"),
        ("西藏拉萨市", "outside_province: 西藏自治区"),
        ("成都市锦江区武侯区", "two_counties: 锦江区, 武侯区"),
        ("资阳市简阳市石桥镇", "county_outside_named_prefecture"),
        ("广安区前锋镇", "territory_moved: text says 广安区, today 前锋区"),
        ("宜宾市翠屏区南岸街道", "territory_moved: text says 翠屏区, today 叙州区"),
    ],
)
def test_what_the_text_alone_gives_as_reason(address, expected):
    assert reason(address) == expected


def test_reasons_stand_at_their_rows():
    addresses = ["成都市武侯区", "", "北京市", "成都市", "成都市锦江区武侯区", "广安区前锋镇"]
    reading = read_addresses(addresses)
    together = conflicts(reading, draft_of(reading)).tolist()
    assert together == [reason(address) for address in addresses]
    assert conflicts(read_addresses([]), draft_of(read_addresses([]))).tolist() == []


@pytest.mark.parametrize(
    ("belief", "expected"),
    [
        (0.80, "county_uncertain: 武侯区 0.80"),
        (0.937, "county_uncertain: 武侯区 0.94"),
        (LIKELY, "county_uncertain: 武侯区 0.55"),
        (LIKELY - 0.001, "county_not_named"),
        (0.0, "county_not_named"),
    ],
)
def test_a_likely_county_is_named_with_its_probability(belief, expected):
    assert reason("成都市人民南路", guess=county("武侯区"), belief=belief) == expected


def test_without_a_guess_a_probability_says_nothing():
    assert reason("成都市人民南路", belief=0.9) == "county_not_named"
    assert reason("人民南路", belief=0.9) == "names_no_place"
    # The first county of the table is a guess like any other.
    first = gazetteer().counties["name_zh"].iloc[0]
    assert reason("成都市人民南路", guess=0, belief=0.9) == f"county_uncertain: {first} 0.90"


def test_a_name_against_the_memory_is_told_before_the_probability():
    told = reason("成都市人民南路", guess=county("武侯区"), against=county("金牛区"), belief=0.97)
    assert told == "name_against_memory: 金牛区, 武侯区"
    first = gazetteer().counties["name_zh"].iloc[0]
    told = reason("成都市人民南路", guess=county("武侯区"), against=0, belief=0.97)
    assert told == f"name_against_memory: {first}, 武侯区"


def test_an_empty_address_has_no_other_reason():
    assert reason("", guess=county("武侯区"), belief=0.9) == "no_address"


def test_a_county_that_is_given_needs_no_reason():
    found = {"county": county("武侯区"), "guess": county("武侯区"), "belief": 0.97}
    assert reason("成都市人民南路", **found) is None


def test_territory_known_from_memory_is_told_with_the_county_of_today():
    told = reason("宜宾市长江大道", guess=county("叙州区"), moved=True, belief=0.97)
    assert told == "territory_moved: today 叙州区"


def test_outside_the_province_beats_every_other_reason():
    told = reason("北京市海淀区", guess=county("武侯区"), belief=0.9)
    assert told == "outside_province: 北京市"
    assert reason("北京市海淀区", county=county("武侯区")) == "outside_province: 北京市"


def test_two_counties_are_told_only_where_one_of_them_is_given():
    address = "成都市锦江区武侯区"
    assert reason(address, county=county("武侯区")) == "two_counties: 武侯区, 武侯区"
    assert reason(address, county=-1) == "county_not_named"


def test_withholding_keeps_the_county_as_a_guess_and_its_city():
    reading = read_addresses(["宜宾市翠屏区南岸街道", "成都市武侯区", "广安区前锋镇"])
    draft = draft_of(reading, prefecture=[-1, -1, -1])
    draft.withhold(np.array([0]))
    assert draft.county.tolist() == [-1, county("武侯区"), county("前锋区")]
    assert draft.guess.tolist() == [county("叙州区"), -1, -1]
    assert draft.located_by.tolist() == ["", "gazetteer", "gazetteer"]
    assert draft.moved.tolist() == [True, False, False]
    names = gazetteer().prefectures["name_zh"]
    assert names.iloc[draft.prefecture[0]] == "宜宾市"
    assert draft.prefecture[1:].tolist() == [-1, -1]
    assert conflicts(reading, draft).tolist() == [
        "territory_moved: text says 翠屏区, today 叙州区",
        None,
        "territory_moved: text says 广安区, today 前锋区",
    ]


def test_withholding_nothing_changes_nothing():
    reading = read_addresses(["成都市武侯区"])
    draft = draft_of(reading)
    draft.withhold(np.array([], dtype=np.int64))
    assert draft.county.tolist() == [county("武侯区")]
    assert not draft.moved.any()


def test_the_first_county_of_the_table_is_a_county_like_any_other():
    first = gazetteer().counties["name_zh"].iloc[0]
    assert reason(f"成都市武侯区{first}") == f"two_counties: 武侯区, {first}"
    reading = read_addresses(["成都市武侯区"])
    reading.fields[0, Field.STATED] = 0
    told = f"territory_moved: text says {first}, today 武侯区"
    assert conflicts(reading, draft_of(reading)).tolist() == [told]
    away = draft_of(reading, county=[-1], guess=[county("武侯区")], moved=[True])
    assert conflicts(reading, away).tolist() == [told]
