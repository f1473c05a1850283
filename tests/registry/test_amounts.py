"""Amounts as registries write them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.registry.amounts import CURRENCIES, parse, parse_unit


def one(text, unit=None):
    parsed = parse(pd.Series([text], dtype="str"), unit)
    return parsed.value[0], parsed.currency[0], parsed.reason[0]


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("100(万元人民币)", 1_000_000, "CNY"),
        ("101.2000(万元人民币)", 1_012_000, "CNY"),
        ("27,850.0875(万)", 278_500_875, "CNY"),
        ("60万人民币", 600_000, "CNY"),
        ("60万人民币元", 600_000, "CNY"),
        ("5000万元", 50_000_000, "CNY"),
        ("5000 万元 整", 50_000_000, "CNY"),
        ("５０００万元", 50_000_000, "CNY"),
        ("100（万元）", 1_000_000, "CNY"),
        ("9人民币元", 9, "CNY"),
        ("人民币3.5亿元", 350_000_000, "CNY"),
        ("¥1,000", 1_000, "CNY"),
        ("1.2亿美元", 120_000_000, "USD"),
        ("30(万美元)", 300_000, "USD"),
        ("USD 50万", 500_000, "USD"),
        ("100美元", 100, "USD"),
        ("8(万香港元)", 80_000, "HKD"),
        ("8(万港币)", 80_000, "HKD"),
        ("2(万德国马克)", 20_000, "DEM"),
        ("0(万元)", 0, "CNY"),
    ],
)
def test_written_forms(text, value, currency):
    assert one(text) == (value, currency, None)


@pytest.mark.parametrize(
    "text",
    ["十万元", "约100万元", "1,00万元", "-5万元", "5万元/年", "100万元-200万元", "1e400元", "五"],
)
def test_what_is_not_an_amount(text):
    value, _, reason = one(text)
    assert np.isnan(value)
    assert reason == "amount_invalid"


def test_a_number_without_unit_is_not_guessed():
    assert one("5000")[2] == "amount_unit_unknown"
    assert one("5000人民币")[2] == "amount_unit_unknown"
    assert one("5000", "人民币")[2] == "amount_unit_unknown"


def test_unit_of_the_header_counts_only_where_the_cell_has_none():
    assert one("5000", "万元") == (50_000_000, "CNY", None)
    assert one("5000", "元") == (5_000, "CNY", None)
    assert one("5000", "万美元") == (50_000_000, "USD", None)
    assert one("5000元", "万元") == (5_000, "CNY", None)
    assert one("1亿元", "万元") == (100_000_000, "CNY", None)
    assert one("100人民币", "万元")[2] == "amount_unit_unknown"


def test_empty_is_neither_value_nor_finding():
    value, currency, reason = one(None)
    assert np.isnan(value)
    assert currency is None
    assert reason == ""


def test_units():
    assert parse_unit("(万元人民币)").scale == 1e4
    assert parse_unit("亿美元").currency == "USD"
    assert parse_unit("公顷") is None


@given(
    st.integers(0, 10**9),
    st.sampled_from([("元", 1), ("万元", 10**4), ("亿元", 10**8), ("(万元人民币)", 10**4)]),
    st.booleans(),
)
def test_round_trip(number, unit, grouped):
    text = f"{number:,}" if grouped else str(number)
    assert one(text + unit[0]) == (number * unit[1], "CNY", None)


@given(st.integers(0, 10**7), st.sampled_from(sorted(CURRENCIES)))
def test_every_currency_word_is_read(number, word):
    value, currency, reason = one(f"{number}万{word}")
    assert (value, currency, reason) == (number * 10**4, CURRENCIES[word], None)


@given(st.text(max_size=20))
def test_no_text_breaks_it(text):
    value, _, reason = one(text, "万元")
    assert np.isnan(value) == (reason is not None)


def test_real_amounts(shared):
    texts = pd.read_parquet(
        shared("registry", "sichuan_1978_2007_2013.parquet"), columns=["注册资金"]
    ).iloc[:, 0]
    given_texts = texts[texts.notna() & (texts != "N/A")]
    parsed = parse(given_texts)
    assert np.isfinite(parsed.value).mean() >= 0.999
