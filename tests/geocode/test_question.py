"""What of an address leaves the machine, however contacts in it are written."""

import pytest

from clusters.geocode.online import question_of


@pytest.mark.parametrize(
    "contact",
    [
        "１３８００１３８０００",
        "138 0013 8000",
        "138-0013-8000",
        "A13800138000",
        "０２８－８５５５１２３４",
        "(028)85551234",
        "１３８００１３８０００ １３８００１３８０００",
    ],
)
def test_no_number_of_a_person_leaves_in_any_spelling(contact):
    question = question_of(f"成都市武侯区人民南路4号 {contact}")
    assert question.startswith("四川省成都市武侯区人民南路4号")
    digits = "".join(ch for ch in contact if ch.isdigit())
    assert not any(f"{int(digits[at : at + 7]):07d}" in question for at in range(len(digits) - 6))
