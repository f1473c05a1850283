"""The words of maps are complete in both languages."""

import re
from pathlib import Path

import pytest

from clusters.maps import words

SOURCE = Path(words.__file__).parents[1]


def test_every_word_exists_in_both_languages():
    for key in words.word_keys():
        assert words.word(key, "zh").strip()
        assert words.word(key, "en").strip()


def test_no_english_stands_in_for_chinese():
    latin = {key: words.word(key, "zh") for key in words.word_keys()}
    assert [key for key, text in latin.items() if text.isascii()] == []


def test_every_word_in_the_code_is_in_the_table():
    used = set()
    for file in (*(SOURCE / "maps").glob("*.py"), *(SOURCE / "export").glob("*.py")):
        used |= set(re.findall(r'\bword\(\s*"([a-z_A-Z]+)"', file.read_text(encoding="utf-8")))
    assert used <= set(words.word_keys())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (0.25, "0.25"),
        (1.23456, "1.23"),
        (0.001234, "0.00123"),
        (123.456, "123"),
        (-1234.5, "−1,234"),
        (-0.25, "−0.25"),
        (-0.0, "0"),
        (-1e-9, "0"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_numbers_are_short(value, text):
    assert words.number(value) == text


def test_lengths_are_said_in_the_unit_people_use():
    assert words.distance(600, "zh") == "600 米"
    assert words.distance(1500, "zh") == "1.5 公里"
    assert words.distance(60000, "en") == "60 km"
