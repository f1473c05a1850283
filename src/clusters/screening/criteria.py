"""The criteria parks are screened by: one row of ``data/screening/criteria.csv`` each.

A criterion is a row here and a function of the same name in `clusters.screening.measures`; its
definition, unit, direction, vintage and confidence travel with every figure it gives.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast

import pandas as pd

from clusters.errors import InputError, ShippedDataError
from clusters.places.shipped import read_table
from clusters.screening.words import near

__all__ = [
    "Criterion",
    "Direction",
    "criteria",
    "criterion",
    "level_names",
    "level_points",
    "segment_words",
]

Direction = Literal["more", "less", "ideal"]
DIRECTIONS: Final = ("more", "less", "ideal")


@dataclass(frozen=True)
class Criterion:
    """One criterion.

    Attributes
    ----------
    id : str
        Name of the criterion and of its function.
    group : str
        ``industry``, ``knowledge``, ``access``, ``market`` or ``park``.
    digits : int
        Decimals worth showing.
    direction : {"more", "less", "ideal"}
        Whether more, less, or nearness to an ideal value is better, unless a profile says so.
    start, end : float or None
        Ends of the scale of values; None takes them from the parks left.
    touches : tuple of str
        What of a what-if changes its figures: ``firms``, places of ``parks``, ``zones``, ``facts``
        of parks.
    """

    id: str
    group: str
    name_zh: str
    name_en: str
    definition_zh: str
    definition_en: str
    unit_zh: str
    unit_en: str
    digits: int
    direction: Direction
    start: float | None
    end: float | None
    vintage: str
    source: str
    confidence: str
    touches: tuple[str, ...]

    def name(self, language: str) -> str:
        """Return its name."""
        return self.name_en if language == "en" else self.name_zh

    def unit(self, language: str) -> str:
        """Return its unit; empty where it has none."""
        return self.unit_en if language == "en" else self.unit_zh

    def definition(self, language: str) -> str:
        """Return its definition."""
        return self.definition_en if language == "en" else self.definition_zh

    def label(self, language: str) -> str:
        """Return its name with the unit behind it."""
        unit = self.unit(language)
        if not unit:
            return self.name(language)
        return (
            f"{self.name(language)} ({unit})" if language == "en" else f"{self.name_zh}（{unit}）"
        )


@lru_cache(maxsize=1)
def criteria() -> dict[str, Criterion]:
    """Return every criterion by id, in the order of the table.

    Raises
    ------
    ShippedDataError
        If the table is missing, damaged, or names a direction there is not.
    """
    table = read_table(
        "screening",
        "criteria.csv",
        required=("criterion", "group", "name_zh", "name_en", "definition_zh", "definition_en"),
        numbers=("from", "to"),
        integers=("digits",),
        lists=("touches",),
    )
    found = {}
    for position, row in enumerate(table.to_dict("records")):
        if row["direction"] not in DIRECTIONS:
            raise ShippedDataError(
                f"data/screening/criteria.csv row {position + 2}, column direction: "
                f"{row['direction']!r} is none of {', '.join(DIRECTIONS)}"
            )
        found[str(row["criterion"])] = Criterion(
            id=str(row["criterion"]),
            group=str(row["group"]),
            name_zh=str(row["name_zh"]),
            name_en=str(row["name_en"]),
            definition_zh=str(row["definition_zh"]),
            definition_en=str(row["definition_en"]),
            unit_zh=_text(row["unit_zh"]),
            unit_en=_text(row["unit_en"]),
            digits=int(row["digits"]),
            direction=cast("Direction", row["direction"]),
            start=_number(row["from"]),
            end=_number(row["to"]),
            vintage=str(row["vintage"]),
            source=str(row["source"]),
            confidence=str(row["confidence"]),
            touches=tuple(row["touches"]),
        )
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def criterion(name: str, *, where: str = "criterion") -> Criterion:
    """Return one criterion.

    Raises
    ------
    InputError
        If there is none of that name; the message offers the nearest ones.
    """
    known = criteria()
    if name not in known:
        raise InputError(f"{where}: there is no criterion {name!r}; {near(name, known)}")
    return known[name]


@lru_cache(maxsize=1)
def level_points() -> dict[str, float]:
    """Return the points of every level of a park."""
    table = read_table("screening", "levels.csv", required=("level",), numbers=("points",))
    return dict(zip(table["level"], table["points"], strict=True))


@lru_cache(maxsize=1)
def level_names() -> dict[str, tuple[str, str]]:
    """Return the Chinese and English name of every level of a park."""
    table = read_table("screening", "levels.csv", required=("level", "name_zh", "name_en"))
    pairs = zip(table["name_zh"], table["name_en"], strict=True)
    return dict(zip(table["level"], pairs, strict=True))


@lru_cache(maxsize=1)
def segment_words() -> dict[str, tuple[str, ...]]:
    """Return the Chinese words that say a lead industry fits a segment."""
    table = read_table("screening", "industry_words.csv", required=("segment",), lists=("words",))
    return {row["segment"]: tuple(row["words"]) for row in table.to_dict("records")}
