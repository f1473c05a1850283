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
        "138-00138000",
        "1380013-8000",
        "1.13800138000",
        "电话-028-85551234",
        "028-8555-1234",
        "028 8555 1234",
        "02885551234",
        "0832-2155123",
        "+86-28-85551234",
        "400-820-8820",
    ],
)
def test_no_number_of_a_person_leaves_in_any_spelling(contact):
    question = question_of(f"成都市武侯区人民南路4号 {contact}")
    assert question.startswith("四川省成都市武侯区人民南路4号")
    digits = "".join(ch for ch in contact if ch.isdigit())
    assert not any(f"{int(digits[at : at + 7]):07d}" in question for at in range(len(digits) - 6))


@pytest.mark.parametrize(
    "door", ["1388号1栋13层1501-1502号", "1-1-1501号", "四川北路13-2-1801号", "86-2号028室"]
)
def test_door_numbers_stay(door):
    assert question_of(f"成都市武侯区人民南路{door}").endswith(door)
