"""The words of an address that can be remembered: where they begin, end, and what makes them one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.geocode.fields import CLASSES, DIGIT, MARK, ROAD
from clusters.geocode.keys import LONGEST, ROOM, SHORTEST, STARTS, keys_of


def keys(text: str, context: int = 3, start: int = 0) -> list[tuple[str, int]]:
    """Return the words and the hash of every key, in the order they are found."""
    codes = np.array([ord(char) for char in text], dtype=np.uint16)
    hashes = np.zeros(ROOM, dtype=np.uint64)
    spans = np.zeros((ROOM, 2), dtype=np.int32)
    count = keys_of(codes, start, len(text), context, CLASSES, hashes, spans)
    assert count <= ROOM
    found = zip(spans[:count].tolist(), hashes[:count].tolist(), strict=True)
    return [(text[a:b], value) for (a, b), value in found]


def words(text: str, **options: int) -> list[str]:
    return [word for word, _ in keys(text, **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A road, the stretch of its numbers (written to the last digit), the door, the door whole.
        ("百寿路16号", ["百寿", "百寿路", "百寿路16", "百寿路16", "百寿路16号"]),
        # After a road's end an estate begins; after a comma a building does.
        ("南路软件园", ["南路", "南路软", "南路软件", "南路软件园", "软件", "软件园"]),
        ("天府,新城", ["天府", "新城"]),
        # A number begins nothing, and one character is no name.
        ("12号", []),
        ("路", []),
        # After a door number a name may begin, after a bare unit word it may not.
        ("甲乙3号丙丁", ["甲乙", "甲乙3", "甲乙3", "甲乙3号", "甲乙3号丙", "甲乙3号丙丁", "丙丁"]),
        ("甲号丙丁", ["甲号", "甲号丙", "甲号丙丁"]),
    ],
)
def test_what_is_a_key(text, expected):
    assert words(text) == expected


def test_no_key_is_longer_than_ten_characters_or_crosses_a_mark():
    long = "天府新谷软件园人工智能创新中心"
    assert words(long) == [long[:n] for n in range(SHORTEST, LONGEST + 1)]
    assert words("天府新谷(软件园") == ["天府", "天府新", "天府新谷", "软件", "软件园"]


def test_only_the_first_five_beginnings_are_read():
    text = "甲乙路丙丁路戊己路庚辛路壬癸路子丑路"
    begun = {word[:2] for word in words(text)}
    assert begun == {"甲乙", "丙丁", "戊己", "庚辛", "壬癸"}
    assert len(begun) == STARTS


def stretch_of(text: str) -> int:
    """Return the hash of the stretch of road a door lies in: the key after that of the road."""
    (_, _), (_, road), (_, stretch), *_ = keys(text)
    assert road != stretch
    return stretch


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (12, 16, True),  # even, within forty
        (38, 2, True),
        (39, 1, True),
        (12, 17, False),  # the other side of the road
        (38, 40, False),  # the next stretch
        (40, 78, True),
        (2, 402, False),
        (99999, 99961, True),
    ],
)
def test_near_doors_of_one_side_share_a_stretch(one, other, same):
    assert (stretch_of(f"百寿路{one}号") == stretch_of(f"百寿路{other}号")) is same


def test_a_key_does_not_end_inside_a_number():
    assert "百寿路1" not in words("百寿路16号")
    assert "百寿路1" in words("百寿路1号")


def test_the_same_words_in_two_prefectures_are_two_keys():
    here, there, unknown = (
        {value for _, value in keys("人民南路9号", context=row)} for row in (0, 1, -1)
    )
    assert len(here) == len(there) == len(unknown)
    assert not here & there
    assert not here & unknown


def test_words_before_the_rest_are_not_read_but_tell_nothing_else():
    assert words("武侯区人民南路", start=3) == words("人民南路")
    assert keys("武侯区人民南路", start=3) == keys("人民南路")


TEXTS = st.text(alphabet="人民南天府路街村号院楼1230,;-(", max_size=24)
NAMES = st.text(alphabet="人民南天府路街村号院楼1230,;-(", max_size=20).map("天".__add__)


@given(TEXTS)
def test_every_key_begins_with_a_name_and_holds_no_mark(text):
    for word, _ in keys(text):
        assert SHORTEST <= len(word) <= LONGEST + 5
        assert not CLASSES[ord(word[0])] & (MARK | DIGIT)
        assert not any(CLASSES[ord(char)] & MARK for char in word)
        assert word in text


@given(NAMES)
def test_a_name_has_its_keys_wherever_it_stands(text):
    assert keys("," + text) == keys(text)


@given(NAMES, NAMES)
def test_what_follows_a_mark_changes_no_key_before_it(one, other):
    alone = [word for word, _ in keys(one)]
    together = [word for word, _ in keys(f"{one},{other}")]
    assert together[: len(alone)] == alone


@given(TEXTS)
def test_the_beginnings_are_those_the_rule_names(text):
    allowed = set()
    for at, char in enumerate(text):
        here = CLASSES[ord(char)]
        if here & (MARK | DIGIT):
            continue
        before = text[at - 1] if at else ""
        after_number = before in set("号幢栋楼层室座房门间铺") and text[at - 2 : at - 1].isdigit()
        if at == 0 or (
            not here & ROAD and (before in set("(,;-路街村") or (at > 1 and after_number))
        ):
            allowed.add(char)
    assert {word[0] for word, _ in keys(text)} <= allowed
