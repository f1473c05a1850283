"""Amounts of money as registries write them: 100(万元人民币), 27,850.0875(万), 1.2亿美元.

A number without unit, neither in the cell nor in the header nor in the mapping, is not an
amount: exports write both yuan and 万元 that way. No exchange rate is ever assumed.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

CURRENCIES: Mapping[str, str] = {
    "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "¥": "CNY",
    "美元": "USD", "美金": "USD", "usd": "USD", "us$": "USD", "$": "USD",
    "港元": "HKD", "港币": "HKD", "香港元": "HKD", "香港币": "HKD", "hkd": "HKD",
    "欧元": "EUR", "eur": "EUR", "€": "EUR",
    "日元": "JPY", "日圆": "JPY", "日币": "JPY", "jpy": "JPY",
    "英镑": "GBP", "gbp": "GBP", "£": "GBP",
    "新台币": "TWD", "台币": "TWD", "新台湾元": "TWD", "twd": "TWD",
    "韩元": "KRW", "韩圆": "KRW", "韩币": "KRW", "krw": "KRW",
    "新加坡元": "SGD", "新加坡币": "SGD", "新元": "SGD", "sgd": "SGD",
    "加拿大元": "CAD", "加元": "CAD", "cad": "CAD",
    "澳大利亚元": "AUD", "澳元": "AUD", "aud": "AUD",
    "新西兰元": "NZD", "nzd": "NZD", "澳门元": "MOP", "澳门币": "MOP", "mop": "MOP",
    "瑞士法郎": "CHF", "chf": "CHF", "瑞典克朗": "SEK", "sek": "SEK",
    "马来西亚林吉特": "MYR", "林吉特": "MYR", "myr": "MYR", "泰铢": "THB", "thb": "THB",
    "俄罗斯卢布": "RUB", "卢布": "RUB", "rub": "RUB",
    "德国马克": "DEM", "马克": "DEM", "法国法郎": "FRF", "法郎": "FRF",
}  # fmt: skip

_SCALES: Mapping[str, float] = {
    "": 1.0, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12,
}  # fmt: skip

# The largest registered capital in the country is about 1.8e12 CNY; beyond 1e13 the unit is wrong.
LARGEST_CNY = 1e13

_SCALE = "万亿|千万|百万|十万|亿|万|千"
_MONEY = "|".join(sorted((re.escape(word) for word in CURRENCIES), key=len, reverse=True))
_UNIT = re.compile(
    rf"(?P<scale>{_SCALE})?(?P<yuan>元|圆)?(?P<money>{_MONEY})?(?P<yuan2>元|圆)?整?"
    rf"|(?P<money_first>{_MONEY})(?P<scale_last>{_SCALE})?(?P<yuan_last>元|圆)?整?"
)
_AMOUNT = re.compile(
    rf"(?P<money>{_MONEY})?(?P<number>[+-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d*)?(?:e[+-]?\d+)?)"
    r"(?P<unit>\D*)"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of money: factor to the currency's own unit, currency or None, and 元 written."""

    scale: float
    currency: str | None
    stated: bool


@dataclass(frozen=True, slots=True)
class Amounts:
    """Parsed amounts, all of shape (n,).

    ``value`` is in whole units of ``currency`` (float64, NaN where not understood), ``currency``
    an object array of ISO 4217 codes or None, ``reason`` an object array that is None, ``""``
    for an empty cell, or the rule code of why there is no value.
    """

    value: np.ndarray
    currency: np.ndarray
    reason: np.ndarray


def parse_unit(text: str) -> Unit | None:
    """Return the unit a text such as 万元, 亿美元 or (万元人民币) stands for, else None."""
    bare = re.sub(r"[()\[\]\s]", "", unicodedata.normalize("NFKC", text)).lower()
    found = _UNIT.fullmatch(bare)
    if found is None:
        return None
    scale = found["scale"] or found["scale_last"] or ""
    money = found["money"] or found["money_first"]
    yuan = found["yuan"] or found["yuan2"] or found["yuan_last"]
    return Unit(_SCALES[scale], CURRENCIES[money] if money else None, bool(scale or yuan))


def _default_unit(text: str | None) -> Unit | None:
    unit = parse_unit(text) if text else None
    # 人民币 alone names the currency and leaves open whether 万 was meant.
    return unit if unit and (unit.stated or unit.currency not in (None, "CNY")) else None


def _parse_one(text: str, default: Unit | None) -> tuple[float, str | None, str | None]:
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()
    found = _AMOUNT.fullmatch(plain)
    unit = parse_unit(found["unit"]) if found else None
    if found is None or unit is None or (found["money"] and unit.currency):
        return np.nan, None, "amount_invalid"
    currency = CURRENCIES[found["money"]] if found["money"] else unit.currency
    if unit.stated or currency not in (None, "CNY"):
        scale = unit.scale
    elif default is None:
        # The sign ¥ and the code CNY stand for yuan; a bare number or 人民币 for nothing certain.
        scale = 1.0 if "¥" in plain or "cny" in plain else np.nan
    elif currency == "CNY" and default.scale != 1:
        # 100人民币 in a column of 万元: the cell has a unit of its own, but not all of it.
        scale = np.nan
    else:
        scale = default.scale
        currency = currency or default.currency
    value = round(float(found["number"].replace(",", "")) * scale, 2)
    if np.isnan(scale):
        return np.nan, currency, "amount_unit_unknown"
    if not 0 <= value < np.inf:
        return np.nan, currency, "amount_invalid"
    return value, currency or "CNY", None


def parse(texts: pd.Series, unit: str | None = None) -> Amounts:
    """Turn texts into amounts.

    Parameters
    ----------
    texts
        (n,) text, null where empty.
    unit
        Unit of numbers that carry none (from the header or the mapping), such as 万元.

    Returns
    -------
    Amounts
        Every distinct text is parsed once.
    """
    default = _default_unit(unit)
    codes, uniques = pd.factorize(texts)
    parsed = [_parse_one(text, default) for text in uniques]
    parsed.append((np.nan, None, ""))  # code -1: an empty cell
    values = np.array([p[0] for p in parsed], dtype=np.float64)
    currencies = np.array([p[1] for p in parsed], dtype=object)
    reasons = np.array([p[2] for p in parsed], dtype=object)
    return Amounts(values[codes], currencies[codes], reasons[codes])
