"""The county in an enterprise's own name: full, short, after a city, or none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.geocode.gazetteer import county_stem, gazetteer
from clusters.geocode.names import ask_names

BOOK = gazetteer()


def prefecture(name: str) -> int:
    return BOOK.prefectures["name_zh"].tolist().index(name)


def told(name: object, known: str | None = None) -> tuple[str | None, str]:
    rows = np.array([prefecture(known) if known else -1], dtype=np.int32)
    spoken = ask_names([name], rows)
    row = spoken.county[0]
    return (None, "") if row < 0 else (BOOK.counties["name_zh"][row], spoken.words()[0])


@pytest.mark.parametrize(
    ("name", "county", "words"),
    [
        ("成都市金牛区长城机械厂", "金牛区", "金牛区"),
        ("成都成华科技有限公司", "成华区", "成华"),
        ("四川省绵阳市涪城建材公司", "涪城区", "涪城"),
        ("四川成都锦江宾馆", "锦江区", "锦江"),
        ("成都天府软件有限公司", None, ""),  # 天府 is a brand, no county
        ("北京智谱华章科技有限公司", None, ""),
        ("甲乙丙", None, ""),
        ("", None, ""),
        (None, None, ""),
        (float("nan"), None, ""),
    ],
)
def test_what_a_name_tells(name, county, words):
    assert told(name) == (county, words)


def test_a_name_of_another_prefecture_tells_nothing():
    name = "成都成华科技有限公司"
    assert told(name, "成都市")[0] == "成华区"
    assert told(name, "绵阳市")[0] is None
    assert told("成都市金牛区长城机械厂", "成都市")[0] == "金牛区"
    assert told("成都市金牛区长城机械厂", "绵阳市")[0] is None
    assert told("金牛区长城机械厂", "成都市")[0] == "金牛区"
    first = BOOK.counties["name_zh"][0]  # the first row of the table is a county like any other
    city = BOOK.prefectures["name_zh"][BOOK.county_prefecture[0]]
    assert told(f"{first}商贸公司", city)[0] == first


def test_a_name_that_tells_nothing_hides_none_after_it():
    names = ["成都成华科技公司", "甲乙丙", "成都成华科技公司"]
    known = np.array([prefecture("绵阳市"), -1, prefecture("成都市")], dtype=np.int32)
    spoken = ask_names(names, known)
    assert [row >= 0 for row in spoken.county] == [False, False, True]


def test_one_city_is_never_taken_for_another_with_the_same_stem():
    """市中区 lies in several cities; a short name after a city is the one of that city."""
    stems = {}
    for row, name in enumerate(BOOK.counties["name_zh"]):
        stems.setdefault(county_stem(name), []).append(row)
    for stem, rows in stems.items():
        if not stem or len(rows) < 2:
            continue
        for row in rows:
            city = BOOK.prefectures["name_zh"][BOOK.county_prefecture[row]]
            if city.endswith("州"):
                continue
            spoken = ask_names([f"{city[:-1]}{stem}商贸公司"], np.array([-1], dtype=np.int32))
            assert spoken.county[0] in {row, -1}


@given(
    st.lists(st.text(alphabet="四川省成都绵阳市金牛成华涪城区县科技公司", max_size=14), max_size=8)
)
def test_every_name_is_read_for_itself_and_its_words_stand_in_it(names):
    alone = [told(name) for name in names]
    spoken = ask_names(names, np.full(len(names), -1, dtype=np.int32))
    together = [None if row < 0 else BOOK.counties["name_zh"][row] for row in spoken.county]
    assert together == [county for county, _ in alone]
    for name, row, words in zip(names, spoken.county, spoken.words(), strict=True):
        assert words in name
        if row >= 0:
            assert words
            stem = county_stem(BOOK.counties["name_zh"][row])
            assert words[:2] in BOOK.counties["name_zh"][row] or words == stem
