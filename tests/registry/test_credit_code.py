"""Check characters of GB 32100-2015."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from clusters.registry import credit_code

# The worked example of the standard: 91350100M000100Y4 has the weighted sum 1640 = 28 mod 31,
# so the check character has the value 31 - 28 = 3; ...Z in its place is the standard's counter-example.
EXAMPLE = "91350100M000100Y43"


def series(*codes: object) -> pd.Series:
    return pd.Series(list(codes), dtype="str")


def with_check(body: str) -> str:
    value = credit_code.check_character(np.array([f"{body}0"], dtype="S18"))[0]
    return body + credit_code.ALPHABET[value]


bodies = st.builds(
    lambda head, area, tail: head + area + tail,
    st.text(credit_code.ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(credit_code.ALPHABET, min_size=9, max_size=9),
)


def test_worked_example_of_the_standard():
    assert credit_code.check_character(np.array([EXAMPLE], dtype="S18"))[0] == 3
    assert credit_code.valid(series(EXAMPLE, "91350100M000100Y4Z")).tolist() == [True, False]


def test_null_short_lower_case_and_foreign_letters_are_not_valid():
    codes = series(
        None, "", EXAMPLE[:17], EXAMPLE + "0", EXAMPLE.lower(), "9135010OM000100Y43", "企" * 18
    )
    assert not credit_code.valid(codes).any()


@given(bodies)
def test_a_code_with_its_check_character_is_valid(body):
    assert credit_code.valid(series(with_check(body))).all()


@given(bodies, st.integers(0, 17), st.integers(1, 30))
def test_any_change_of_one_character_is_detected(body, position, step):
    code = with_check(body)
    letters = credit_code.ALPHABET
    other = letters[(letters.index(code[position]) + step) % 31]
    assert not credit_code.valid(series(code[:position] + other + code[position + 1 :])).any()


@given(bodies, st.integers(0, 16))
def test_exchanging_neighbours_is_detected(body, position):
    code = with_check(body)
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert credit_code.valid(series(swapped)).all() == (swapped == code)


def test_repair_of_width_case_and_separators_needs_no_flag():
    repaired = credit_code.repair(
        series("９１３５０１００Ｍ０００１００Ｙ４３", " 91350100-m000100y4-3 ", None)
    )
    assert repaired.codes.iloc[:2].tolist() == [EXAMPLE, EXAMPLE]
    assert repaired.codes.isna().iloc[2]
    assert not repaired.replaced.any()


def test_letters_o_and_i_are_replaced_only_when_the_check_comes_right():
    repaired = credit_code.repair(series("9I35O100M000100Y43", "9I35O100M000100Y44"))
    assert repaired.codes.tolist() == [EXAMPLE, "9I35O100M000100Y44"]
    assert repaired.replaced.tolist() == [True, False]


def test_old_numbers():
    codes = series("510132000055145", "5101320000551", "70910232-X", EXAMPLE, None)
    assert credit_code.old_number(codes).tolist() == [True, True, True, False, False]


def test_empty_input():
    assert credit_code.valid(series()).shape == (0,)
    assert credit_code.repair(series()).codes.empty


def test_share_of_wrong_codes_in_a_real_registry(shared):
    codes = pd.read_parquet(
        shared("registry", "sichuan_1978_2007_2013.parquet"), columns=["统一社会信用代码"]
    ).iloc[:, 0]
    wrong = 1 - credit_code.valid(codes).mean()
    assert 0.0005 < wrong < 0.0007  # the known 0.06 %
