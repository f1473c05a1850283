"""The words printed on maps, Chinese and English, from one table; and numbers in both."""

import csv
import math
from functools import lru_cache
from pathlib import Path
from typing import Literal

Language = Literal["zh", "en"]


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as handle:
        return {row["key"]: {"zh": row["zh"], "en": row["en"]} for row in csv.DictReader(handle)}


def word(key: str, language: Language) -> str:
    """Return the word of a key; a missing key is a bug and raises ``KeyError``."""
    return _table()[key][language]


def word_keys() -> tuple[str, ...]:
    """Return every key of the table, in its order."""
    return tuple(_table())


def join(parts: list[str], language: Language) -> str:
    """Join phrases with the separator of the language, leaving empty ones out."""
    return ("；" if language == "zh" else "; ").join(part for part in parts if part)


def labelled(label: str, value: str, language: Language) -> str:
    """Return ``label: value`` with the colon of the language."""
    return f"{label}：{value}" if language == "zh" else f"{label}: {value}"


def number(value: float) -> str:
    """Return a number for a legend: grouped thousands, at most three significant decimals.

    What rounds to nothing has no sign.
    """
    if not math.isfinite(value):
        return "–"
    if value < 0:
        text = number(-value)
        return text if text == "0" else f"−{text}"
    if value == round(value):
        return f"{value:z,.0f}"
    magnitude = math.floor(math.log10(abs(value)))
    decimals = max(0, min(6, 2 - magnitude))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def distance(metres: float, language: Language) -> str:
    """Return a length as people say it: metres below one kilometre, kilometres above."""
    if metres < 1000:
        return f"{metres:.0f} 米" if language == "zh" else f"{metres:.0f} m"
    kilometres = number(round(metres / 1000, 1))
    return f"{kilometres} 公里" if language == "zh" else f"{kilometres} km"
