import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.geocode.text import LIMIT, fold, normalise


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("成都市青羊区白丝街５６号", "成都市青羊区白丝街56号"),
        ("泸 县　海 潮 镇", "泸县海潮镇"),
        ("中国（四川）自由贸易试验区", "中国(四川)自由贸易试验区"),
        ("【A座】ｂ栋", "(A座)B栋"),
        ("1、2，3；4", "1,2,3;4"),
        ("“万通·红墙国际”", "(万通红墙国际)"),
        ("8—9－10", "8-9-10"),
        ("", ""),
    ],
)
def test_folding(written, folded):
    assert normalise(written) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.lists(st.text(), max_size=20))
def test_addresses_are_folded_one_by_one_whatever_stands_beside_them(texts):
    folded = fold(texts)
    assert len(folded) == len(texts)
    for row, text in enumerate(texts):
        part = folded.codes[folded.starts[row] : folded.starts[row + 1]]
        assert part.tobytes().decode("utf-16-le", errors="replace") == normalise(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_origin_points_at_the_character_it_came_from(text):
    folded = fold([text])
    assert np.all(np.diff(folded.origin) > 0)
    for code, origin in zip(folded.codes, folded.origin, strict=True):
        assert normalise(text[origin]) == chr(code) or ord(text[origin]) > 0xFFFF


def test_a_novel_is_read_only_up_to_the_limit():
    assert len(fold(["路" * 10_000]).codes) == LIMIT


def test_a_lone_surrogate_is_one_more_unreadable_character():
    assert normalise("成都\ud800市") == "成都市"
