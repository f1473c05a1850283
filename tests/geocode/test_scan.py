"""Which names stand at one position: the longest of each kind that fits what has been read."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.geocode.fields import CLASSES, Kind
from clusters.geocode.scan import (
    COUNTY_ANYWHERE,
    TOWN_MOVED,
    _choose,
    chain_follows,
    is_road_word,
    makes_road,
    scan,
    skip_marks,
    word_end,
)
from geocode.small_book import Book, Name, book_of, coded, room


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("路", True),
        ("街", True),
        ("巷", True),
        ("大道", True),
        ("路口", True),
        ("街上", True),
        ("街道", False),  # a subdistrict
        ("大", False),
        ("大路", False),
        ("大厦", False),
        ("道", False),
        ("弄", False),
        ("村", False),
        ("", False),
    ],
)
def test_words_that_make_the_name_before_them_a_roads(text, expected):
    name = coded("武侯" + text)
    assert is_road_word(name, 2, len(name)) == expected
    assert is_road_word(coded(text), 0, len(text)) == expected


def test_a_road_word_past_the_end_of_the_address_is_none():
    assert not is_road_word(coded("武侯路"), 2, 2)
    assert not is_road_word(coded("武侯大道"), 2, 3)
    # 道 belongs to another address: what is left of 街道 is a street.
    assert is_road_word(coded("武侯街道"), 2, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("路", True),
        ("大道", True),
        ("西街", True),
        ("中路", True),
        ("二环路", True),
        ("东南西路", True),
        ("东南西北路", False),  # further than a road's end may be
        ("街道", False),
        ("西街道", False),
        ("街", True),
        ("村", True),
        ("河村", True),
        ("东村", True),
        ("东西村", False),
        ("宾馆", False),
        ("甲路", False),
        ("甲村", False),
        ("东甲路", False),
        ("东", False),
        ("", False),
        ("1路", False),
    ],
)
def test_what_turns_a_name_into_a_road_or_a_feature(text, expected):
    name = coded("锦江" + text)
    assert makes_road(name, 2, len(name), CLASSES) == expected
    assert makes_road(coded(text), 0, len(text), CLASSES) == expected


def test_a_road_ends_with_the_address():
    assert not makes_road(coded("锦江西路"), 2, 3, CLASSES)
    assert makes_road(coded("锦江西街道"), 2, 4, CLASSES)


@pytest.mark.parametrize(
    ("text", "at", "end", "expected"),
    [
        ("(),;:-#/成", 0, 9, 8),
        ("(),成都", 1, 5, 3),
        ("成都", 0, 2, 0),
        ("(((", 0, 3, 3),
        ("(((成", 0, 2, 2),
        ("", 0, 0, 0),
    ],
)
def test_marks_are_skipped_up_to_the_end(text, at, end, expected):
    assert skip_marks(coded(text), at, end, CLASSES) == expected


ESTATES = book_of(
    Name("工业园", Kind.W_ESTATE),
    Name("工业园区", Kind.W_ESTATE),
    Name("工业", Kind.W_ROAD),
    Name("工业园区管委会", Kind.W_BUILDING),
)


@pytest.mark.parametrize(
    ("text", "at", "kind", "word"),
    [
        ("工业园区路", 0, Kind.W_ESTATE, "工业园区"),
        ("工业园路", 0, Kind.W_ESTATE, "工业园"),
        ("工业园区管委会", 0, Kind.W_ESTATE, "工业园区"),
        ("工业园区管委会", 0, Kind.W_BUILDING, "工业园区管委会"),
        ("工业园区管委", 0, Kind.W_BUILDING, ""),
        ("工业园", 0, Kind.W_ROAD, "工业"),
        ("武侯工业园", 2, Kind.W_ESTATE, "工业园"),
        ("武侯工业园", 0, Kind.W_ESTATE, ""),
        ("农业园", 0, Kind.W_ESTATE, ""),
    ],
)
def test_the_longest_word_of_a_kind(text, at, kind, word):
    codes = coded(text)
    end = word_end(ESTATES.trie, ESTATES.entries, codes, at, len(codes), int(kind))
    assert text[at:end] == word


def test_a_word_is_not_read_past_the_end_of_the_address():
    codes = coded("工业园区")
    assert word_end(ESTATES.trie, ESTATES.entries, codes, 0, 3, int(Kind.W_ESTATE)) == 3
    assert word_end(ESTATES.trie, ESTATES.entries, codes, 0, 2, int(Kind.W_ESTATE)) == 0


# Choosing among the counties that bear one name. Prefecture 0 holds counties 0 and 1, prefecture 1
# counties 2 and 3; `former` marks who bore the name before.
def bearers(*counties: tuple[int, int]) -> Book:
    return book_of(
        *(Name("永兴镇", Kind.TOWN, county // 2, county, former=old) for county, old in counties)
    )


def chosen(book: Book, prefecture: int = -1, county: int = -1, hint: int = -1) -> int | None:
    """Return the county of the entry chosen, None where none is."""
    entry = _choose(book.entries, 0, len(book.names), prefecture, county, hint)
    return book.name(entry).county if entry >= 0 else None


def test_the_only_bearer_of_a_name_needs_no_context():
    assert chosen(bearers((0, 0))) == 0
    assert chosen(bearers((0, 1))) == 0


def test_a_name_of_several_counties_fits_none_of_them():
    assert chosen(bearers((0, 0), (2, 0))) is None
    assert chosen(bearers((0, 1), (2, 1))) is None


def test_the_county_read_decides_and_excludes():
    both = bearers((0, 0), (2, 0))
    assert chosen(both, county=2) == 2
    assert chosen(both, county=0) == 0
    assert chosen(both, county=1) is None


def test_the_prefecture_read_decides_and_excludes():
    both = bearers((0, 0), (2, 0))
    assert chosen(both, prefecture=0) == 0
    assert chosen(both, prefecture=1) == 2
    assert chosen(both, prefecture=2) is None
    assert chosen(bearers((0, 0), (1, 0)), prefecture=0) is None


def test_the_neighbouring_column_decides_only_what_the_text_leaves_open():
    both = bearers((0, 0), (2, 0))
    assert chosen(both, hint=1) == 2
    assert chosen(both, prefecture=0, hint=1) == 0
    assert chosen(bearers((0, 0)), hint=1) == 0
    # Two in the city read: the city of the column is no answer.
    assert chosen(bearers((0, 0), (1, 0), (2, 0)), prefecture=0, hint=1) is None
    assert chosen(bearers((0, 0), (2, 0), (3, 0)), hint=1) is None
    assert chosen(both, hint=2) is None


def test_a_name_without_prefecture_fits_every_one():
    book = book_of(Name("老码头", Kind.COUNTY, -1, 4))
    assert chosen(book, prefecture=1) == 4


@pytest.mark.parametrize(
    ("counties", "expected"),
    [
        ([(0, 1), (2, 0)], 2),
        ([(0, 1), (1, 1), (2, 0)], 2),
        ([(0, 0), (1, 1), (2, 0)], None),
        ([(0, 1), (1, 1), (2, 1)], None),
        ([(0, 1), (0, 0), (2, 0)], None),
        ([(0, 1), (0, 0), (2, 1)], 0),
        ([(0, 0), (0, 0)], 0),
    ],
)
def test_todays_bearer_beats_former_ones_in_any_order(counties, expected):
    assert {chosen(bearers(*order)) for order in permutations(counties)} == {expected}


COMPANY = [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (3, 1)]


@given(
    st.lists(st.sampled_from(COMPANY), min_size=1, max_size=5),
    st.integers(-1, 2),
    st.integers(-1, 2),
    st.randoms(use_true_random=False),
)
def test_the_order_of_bearers_does_not_matter(counties, prefecture, hint, random):
    shuffled = random.sample(counties, len(counties))
    one, other = (chosen(bearers(*order), prefecture, -1, hint) for order in (counties, shuffled))
    assert one == other


SPLIT = ((0, 2),)
PLACES = book_of(
    Name("成都市", Kind.PREFECTURE, 0),
    Name("成都市区", Kind.PREFECTURE, 0),
    Name("绵阳市", Kind.PREFECTURE, 1),
    Name("武侯区", Kind.COUNTY, 0, 0, district=1),
    Name("武侯", Kind.COUNTY_SHORT, 0, 0, district=1),
    Name("市中区", Kind.COUNTY, 0, 1),
    Name("市中区", Kind.COUNTY, 1, 2),
    Name("高新区", Kind.ZONE, 0, -1, 5),
    Name("高新区", Kind.ZONE, 1, 3, 6),
    Name("永兴镇", Kind.TOWN, 0, 1, 8),
    Name("永兴镇", Kind.TOWN, 1, 2, 9),
    Name("永兴", Kind.TOWN_STEM, 0, 1, 8),
    Name("永兴", Kind.TOWN_STEM, 1, 2, 9),
    Name("石羊镇", Kind.TOWN, 1, 3, 10),
    Name("石羊", Kind.TOWN_STEM, 1, 3, 10),
    splits=SPLIT,
)


def names_at(text: str, at: int = 0, prefecture: int = -1, county: int = -1, hint: int = -1):
    """Return the words found at a position by slot, and the number of their county."""
    found = room()
    codes = coded(text)
    scan(
        PLACES.trie,
        PLACES.entries,
        PLACES.splits,
        codes,
        at,
        len(codes),
        prefecture,
        county,
        hint,
        found,
    )
    return {
        slot: (text[at : at + length], PLACES.name(entry).county)
        for slot, (length, entry) in enumerate(found.tolist())
        if length
    }


def test_the_longest_name_of_a_kind_wins():
    assert names_at("成都市武侯区") == {Kind.PREFECTURE: ("成都市", -1)}
    assert names_at("成都市区武侯区") == {Kind.PREFECTURE: ("成都市区", -1)}
    assert names_at("成都市武侯区", at=3) == {
        Kind.COUNTY: ("武侯区", 0),
        COUNTY_ANYWHERE: ("武侯区", 0),
        Kind.COUNTY_SHORT: ("武侯", 0),
    }


def test_nothing_stands_where_no_name_begins():
    assert names_at("人民南路") == {}
    assert names_at("") == {}
    assert names_at("都市", at=0) == {}


@pytest.mark.parametrize("follow", ["路", "街", "巷", "大道", "路1号"])
def test_a_county_or_zone_before_a_road_word_is_part_of_the_road(follow):
    assert set(names_at(f"武侯区{follow}")) == {Kind.COUNTY_SHORT}
    assert names_at(f"高新区{follow}", prefecture=0) == {}
    # Towns and cities are streets' names, too, but then the whole name is in the dictionary.
    assert Kind.TOWN in names_at(f"石羊镇{follow}")
    assert Kind.PREFECTURE in names_at(f"成都市{follow}")


@pytest.mark.parametrize("follow", ["街道", "大", "村", "工业园", ""])
def test_other_words_after_a_county_leave_it_one(follow):
    assert names_at(f"武侯区{follow}")[Kind.COUNTY] == ("武侯区", 0)
    assert names_at(f"高新区{follow}", prefecture=1)[Kind.ZONE] == ("高新区", 3)


def test_a_county_of_several_cities_waits_for_its_city():
    assert names_at("市中区") == {}
    assert names_at("市中区", prefecture=0)[Kind.COUNTY] == ("市中区", 1)
    assert names_at("市中区", prefecture=1)[Kind.COUNTY] == ("市中区", 2)
    assert names_at("市中区", hint=1)[Kind.COUNTY] == ("市中区", 2)
    # Whatever has been read, the name alone must be somebody's only.
    assert COUNTY_ANYWHERE not in names_at("市中区", prefecture=1)
    assert names_at("武侯区", prefecture=1) == {
        COUNTY_ANYWHERE: ("武侯区", 0),
    }


def test_a_county_is_looked_for_among_all_even_after_another():
    assert names_at("武侯区", prefecture=0, county=1)[Kind.COUNTY] == ("武侯区", 0)


def test_a_township_is_looked_for_in_the_county_read():
    assert names_at("永兴镇", prefecture=0, county=1)[Kind.TOWN] == ("永兴镇", 1)
    assert names_at("永兴镇", prefecture=1, county=3) == {}
    assert names_at("永兴镇", prefecture=0)[Kind.TOWN] == ("永兴镇", 1)
    assert names_at("永兴镇") == {}


def test_a_township_alone_is_looked_for_in_the_city_of_the_column_only():
    assert names_at("石羊镇")[Kind.TOWN] == ("石羊镇", 3)
    assert names_at("石羊镇", hint=1)[Kind.TOWN] == ("石羊镇", 3)
    assert names_at("石羊镇", hint=0) == {}
    assert names_at("石羊镇", prefecture=1, hint=0)[Kind.TOWN] == ("石羊镇", 3)
    # A county is told from its name; the column does not forbid it.
    assert names_at("武侯区", hint=1)[Kind.COUNTY] == ("武侯区", 0)


def test_a_township_that_a_split_gave_away_is_found_with_its_county_of_today():
    assert names_at("永兴镇", prefecture=0, county=0) == {TOWN_MOVED: ("永兴镇", 2)}
    assert names_at("永兴", prefecture=0, county=0) == {TOWN_MOVED: ("永兴", 2)}
    assert TOWN_MOVED not in names_at("永兴镇", prefecture=0, county=1)
    assert TOWN_MOVED not in names_at("永兴镇", prefecture=0)
    assert TOWN_MOVED not in names_at("石羊镇", prefecture=0, county=0)


def follows(text: str, at: int = 0, prefecture: int = -1, county: int = -1) -> bool:
    codes = coded(text)
    return chain_follows(
        PLACES.trie,
        PLACES.entries,
        PLACES.splits,
        codes,
        at,
        len(codes),
        prefecture,
        county,
        room(),
    )


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("成都市", {}, True),
        ("武侯区", {}, True),
        ("高新区", {"prefecture": 0}, True),
        ("石羊镇", {}, True),
        ("人民路", {}, False),
        ("武侯祠", {}, False),
        ("武侯区路", {}, False),
        ("石羊路", {}, False),  # the bare name of a township counts in its county only
        ("石羊路", {"prefecture": 1}, False),
        ("石羊路", {"prefecture": 1, "county": 3}, True),
        ("石羊路", {"prefecture": 0, "county": 0}, False),
        ("", {}, False),
    ],
)
def test_whether_the_chain_goes_on(text, context, expected):
    assert follows(text, **context) == expected
    assert follows("甲乙" + text, at=2, **context) == expected
