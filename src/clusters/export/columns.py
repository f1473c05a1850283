"""Names of table columns in both languages and how their values are written."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from clusters.export.definitions import definitions
from clusters.export.industries import industry_name
from clusters.maps.words import Language

Kind = Literal[
    "text",
    "list",
    "date",
    "integer",
    "year",
    "number",
    "amount",
    "share",
    "degrees",
    "probability",
]


@dataclass(frozen=True)
class Column:
    """One column: its names and the kind of its values."""

    column: str
    zh: str
    en: str
    kind: Kind

    def name(self, language: Language) -> str:
        """Return the header in a language."""
        return self.zh if language == "zh" else self.en


@lru_cache(maxsize=1)
def known_columns() -> dict[str, Column]:
    """Return every known column by its canonical name."""
    with Path(__file__).with_name("columns.csv").open(encoding="utf-8", newline="") as handle:
        return {row["column"]: Column(**row) for row in csv.DictReader(handle)}  # type: ignore[arg-type]  # kinds are tested


_PARTS = {
    "low": ("区间下限", "low"),
    "high": ("区间上限", "high"),
    "q": ("q 值", "q"),
}


def _compound(column: str, language: Language) -> str:
    """Return the header of ``metric:industry`` and ``metric:industry:part``."""
    metric, _, rest = column.partition(":")
    known = definitions().get(metric)
    if known is None or not rest:
        return column
    industry, _, part = rest.partition(":")
    name = f"{known.name(language)} · {industry_name(industry, language)}"
    if part in _PARTS:
        name += f" · {_PARTS[part][0 if language == 'zh' else 1]}"
    return name


def kind_of(column: str) -> Kind:
    """Return the kind of the values of a column; text where it is not known."""
    known = known_columns()
    if column in known:
        return known[column].kind
    metric, _, rest = column.partition(":")
    if metric in definitions() and rest:
        return "probability" if rest.endswith(":q") else "number"
    return "text"


def headers(columns: list[str], language: Language) -> list[str]:
    """Return the headers of columns; an unknown or ambiguous one keeps its canonical name."""
    known = known_columns()
    names = [
        known[column].name(language) if column in known else _compound(column, language)
        for column in columns
    ]
    return [
        name if names.count(name) == 1 else column
        for name, column in zip(names, columns, strict=True)
    ]
