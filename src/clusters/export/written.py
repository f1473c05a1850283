"""Numbers, shares, amounts and days as people read them, on pages as in briefings."""

import datetime as dt
import math

import pandas as pd

from clusters.maps.words import Language

MISSING = "—"


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with grouped thousands and a true minus sign, or a dash where missing.

    What rounds to nothing has no sign.
    """
    if value is None or pd.isna(value) or not math.isfinite(value):
        return MISSING
    return f"{value:z,.{digits}f}".replace("-", "−")


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage."""
    text = number(None if share is None else 100 * share, digits)
    return text if text == MISSING else f"{text}%"


def money(cny: float | None, language: Language) -> str:
    """Return an amount of CNY in 万元 or 亿元, in English in million or billion yuan."""
    if cny is None or pd.isna(cny) or not math.isfinite(cny):
        return MISSING
    if language == "zh":
        unit, name = (1e8, "亿元") if abs(cny) >= 1e8 else (1e4, "万元")
    else:
        unit, name = (1e9, "bn yuan") if abs(cny) >= 1e9 else (1e6, "m yuan")
    scaled = cny / unit
    digits = 0 if abs(scaled) >= 1000 or scaled == round(scaled) else 2
    return f"{number(scaled, digits)} {name}"


def day(value: object, language: Language) -> str:
    """Return a date as 2026年11月22日 or 22 Nov 2026; partial dates keep what they know."""
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, dt.date):
        if language == "zh":
            return f"{value.year}年{value.month}月{value.day}日"
        return f"{value.day} {value:%b} {value.year}"
    text = str(value)
    try:
        return day(dt.date.fromisoformat(text[:10]), language)
    except ValueError:
        return text
