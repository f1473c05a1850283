"""Dates as registries write them."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.registry.dates import parse


def one(text):
    parsed = parse(pd.Series([text], dtype="str"))
    value = parsed.value[0]
    return None if np.isnat(value) else value.item(), parsed.rule[0]


DAY = date(2013, 5, 1)


@pytest.mark.parametrize(
    "text",
    ["2013-05-01", "2013/5/1", "2013.5.1", "20130501", "2013年5月1日", "2013 年 5 月 1 日", "２０１３年５月１日",
     "2013-05-01 00:00:00", "2013-05-01T08:00:00", "20130501000000"],
)  # fmt: skip
def test_full_dates(text):
    assert one(text) == (DAY, None)


def test_partial_dates_say_so():
    assert one("2013年") == (date(2013, 1, 1), "date_year_only")
    assert one("2013") == (date(2013, 1, 1), "date_year_only")
    assert one("2013-05") == (DAY, "date_month_only")
    assert one("2013年5月") == (DAY, "date_month_only")


def test_excel_day_numbers():
    assert one("41395") == (DAY, "date_excel_serial")
    assert one("41395.5") == (DAY, "date_excel_serial")


@pytest.mark.parametrize(
    "text",
    [
        "2013-02-30",
        "2013-13-01",
        "1900-01-01",
        "0001-01-01",
        "9999-12-31",
        "1.5.2013",
        "5/1/2013",
        "昨天",
        "0",
    ],
)
def test_impossible_dates(text):
    assert one(text) == (None, "date_invalid")


def test_empty():
    assert one(None) == (None, "")


FORMS = [
    "{y:04d}-{m:02d}-{d:02d}",
    "{y}/{m}/{d}",
    "{y:04d}{m:02d}{d:02d}",
    "{y}年{m}月{d}日",
    "{y}.{m}.{d}",
]


@given(st.dates(date(1901, 1, 1), date(2199, 12, 31)), st.sampled_from(FORMS))
def test_round_trip(day, form):
    assert one(form.format(y=day.year, m=day.month, d=day.day)) == (day, None)


@given(st.integers(10_000, 79_999))
def test_excel_round_trip(serial):
    assert one(str(serial))[0] == date(1899, 12, 30) + timedelta(days=serial)


@given(st.text(max_size=20))
def test_no_text_breaks_it(text):
    assert one(text)[1] in {
        None,
        "date_invalid",
        "date_year_only",
        "date_month_only",
        "date_excel_serial",
    }
