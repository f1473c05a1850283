"""A missing glyph is an error, not a box."""

import pytest

from clusters.errors import InputError
from clusters.maps import fonts


@pytest.mark.parametrize(
    "name", ["泸州", "郫都", "犍为", "邛崃", "瓛", "潆溪", "审图号：待填", "km²"]
)
def test_names_of_sichuan_can_be_printed(name):
    assert fonts.missing_glyphs([name]) == []


def test_a_missing_glyph_is_named_with_its_code_point():
    with pytest.raises(InputError, match=r"U\+1F600"):
        fonts.require_glyphs(["成都\U0001f600"])
    assert fonts.missing_glyphs(["成都\U0001f600", "a b\n"]) == ["\U0001f600"]


def test_marks_that_turn_text_around_are_not_printed():
    assert fonts.printable("甲\u202e乙\u0007\n丙") == "甲乙\n丙"


def test_the_typeface_is_known_to_matplotlib_afterwards():
    from matplotlib import font_manager

    family = fonts.register()
    assert family in {entry.name for entry in font_manager.fontManager.ttflist}
