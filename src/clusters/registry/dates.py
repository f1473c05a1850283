"""Dates as registries write them: 2013-05-01, 2013年5月1日, 20130501, Excel day numbers."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

# China's first joint-stock company dates from 1872; 1900-01-01 is what empty cells turn into.
EARLIEST = date(1840, 1, 1)
LATEST = date(2200, 1, 1)
_PLACEHOLDERS = frozenset({date(1900, 1, 1), date(1899, 12, 30), date(1899, 12, 31)})
_EXCEL_EPOCH = date(1899, 12, 30)
# Five digits: 1927-05-18 to 2119-01-19. Shorter numbers are years.
_SERIAL = re.compile(r"([1-7]\d{4})(?:\.\d+)?")
_FULL = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]?\d{1,2}[:时].*)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?(?:\.0)?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_YEAR = re.compile(r"(\d{4})年?(?:\.0)?")


@dataclass(frozen=True, slots=True)
class Dates:
    """Parsed dates, all of shape (n,).

    ``value`` is datetime64[D] (NaT where not understood), ``rule`` an object array: None for a
    full date, ``""`` for an empty cell, or a rule code (``date_invalid``, ``date_year_only``,
    ``date_month_only``, ``date_excel_serial``).
    """

    value: np.ndarray
    rule: np.ndarray


def _make(year: int, month: int, day: int) -> date | None:
    try:
        made = date(year, month, day)
    except ValueError:
        return None
    return made if EARLIEST <= made < LATEST and made not in _PLACEHOLDERS else None


def _parse_one(text: str) -> tuple[date | None, str | None]:
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    tight = plain.replace(" ", "") if "年" in plain else plain
    rule: str | None = None
    made: date | None = None
    if found := _FULL.fullmatch(tight) or _DIGITS.fullmatch(plain):
        made = _make(int(found[1]), int(found[2]), int(found[3]))
    elif found := _SERIAL.fullmatch(plain):
        made, rule = _EXCEL_EPOCH + timedelta(days=int(found[1])), "date_excel_serial"
    elif found := _MONTH.fullmatch(tight):
        made, rule = _make(int(found[1]), int(found[2]), 1), "date_month_only"
    elif found := _YEAR.fullmatch(plain):
        made, rule = _make(int(found[1]), 1, 1), "date_year_only"
    return (made, rule) if made else (None, "date_invalid")


def parse(texts: pd.Series) -> Dates:
    """Turn texts into dates; day-month orders other than year first are not guessed.

    Parameters
    ----------
    texts
        (n,) text, null where empty. Every distinct text is parsed once.
    """
    codes, uniques = pd.factorize(texts)
    parsed = [_parse_one(text) for text in uniques]
    parsed.append((None, ""))  # code -1: an empty cell
    values = np.array([p[0] for p in parsed], dtype="datetime64[D]")
    rules = np.array([p[1] for p in parsed], dtype=object)
    return Dates(values[codes], rules[codes])
