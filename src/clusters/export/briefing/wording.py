"""The words of briefings in both languages, and numbers, dates and names as people read them."""

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from clusters.export import written
from clusters.export.values import value_name
from clusters.export.written import MISSING
from clusters.maps.words import Language
from clusters.places.boundaries import counties, prefectures
from clusters.places.parks import park_name, shipped_parks
from clusters.places.zones import zones

__all__ = ["MISSING", "Wording", "texts"]


@lru_cache(maxsize=1)
def texts() -> dict[str, tuple[str, str]]:
    """Return every text by key: Chinese, English."""
    content = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    return {
        f"{group}.{key}": (pair[0], pair[1])
        for group, entries in tomllib.loads(content).items()
        for key, pair in entries.items()
    }


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[str, str]]:
    names = {"province": ("四川省", "Sichuan")}
    for table, key in ((prefectures(), "code"), (counties(), "code"), (shipped_parks(), "park_id")):
        names |= {str(row[key]): (row["name_zh"], row["name_en"]) for _, row in table.iterrows()}
    for _, row in zones().iterrows():
        names[str(row["zone_id"])] = (row["short_zh"], row["short_en"])
    return names


@dataclass(frozen=True)
class Wording:
    """Everything that depends on the language of a briefing."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with values filled in."""
        text = texts()[key][0 if self.language == "zh" else 1]
        return text.format(**values) if values else text

    def counted(self, key: str, n: int, **values: object) -> str:
        """Return the text of a key for a number: ``key_one`` where there is exactly one."""
        single = f"{key}_one"
        return self(single if n == 1 and single in texts() else key, n=self.number(n), **values)

    def pick(self, zh: object, en: object) -> str:
        """Return whichever of two names fits; Chinese where English is unknown."""
        if self.language == "en" and isinstance(en, str) and en:
            return en
        return str(zh)

    def join(self, parts: list[str]) -> str:
        """Return names one after the other."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    def clauses(self, parts: list[str]) -> str:
        """Return phrases one after the other."""
        return ("；" if self.language == "zh" else "; ").join(part for part in parts if part)

    def place(self, code: object) -> str:
        """Return the name of a prefecture, county, zone or park; a dash where unknown."""
        names = _places().get(str(code))
        return self.pick(*names) if names else park_name(str(code)) or MISSING

    def value(self, column: str, value: object) -> str:
        """Return the name of a coded value; a dash where there is none."""
        if not isinstance(value, str) or not value:
            return MISSING
        return value_name(column, value, self.language)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with grouped thousands and a true minus sign."""
        return written.number(value, digits)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Return a share as a percentage."""
        return written.percent(share, digits)

    def interval(self, low: float, high: float, digits: int = 2) -> str:
        """Return an interval; an open end is infinite."""
        if pd.isna(low) or pd.isna(high):
            return MISSING
        upper = "∞" if high == math.inf else self.number(high, digits)
        return f"{self.number(low, digits)}–{upper}"

    def percent_interval(self, low: float, high: float) -> str:
        """Return an interval of shares."""
        if pd.isna(low) or pd.isna(high):
            return MISSING
        return f"{self.number(100 * low, 1)}–{self.number(100 * high, 1)}%"

    def money(self, cny: float | None) -> str:
        """Return CNY as 万元 or 亿元, in English as million or billion yuan."""
        return written.money(cny, self.language)

    def day(self, value: object) -> str:
        """Return a date as people write it; a partial one keeps what it knows."""
        return written.day(value, self.language)
