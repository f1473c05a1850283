"""Rows of the long metric table, made as columns and put together once.

A run makes hundreds of groups of rows, most of them small: a table of each would cost more than
what is in them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PROVINCE = "510000"
ALL = "all"
PAIR = "|"
"""Between the two industries of a metric of pairs."""

COLUMNS = [
    "level",
    "area",
    "area_name_zh",
    "area_name_en",
    "scheme",
    "industry",
    "weight",
    "metric",
    "value",
    "low",
    "high",
    "doubt_share",
    "p",
    "q",
    "n",
    "left_out",
    "method",
    "note",
]

_NUMBERS = ("value", "low", "high", "doubt_share", "p", "q", "n")
_PROVINCE_NAMES = ("四川省", "Sichuan")


@dataclass(frozen=True)
class Rows:
    """Some rows of the long table.

    Attributes
    ----------
    number : int
    columns : mapping
        Name of a column → (number,) array, or one value for all rows. ``value``, ``area``,
        ``industry`` and what is the same for all rows are there; the rest is empty by default.
    names : DataFrame
        Index: area. Columns ``name_zh`` and ``name_en``.
    """

    number: int
    columns: Mapping[str, Any]
    names: pd.DataFrame

    def column(self, name: str) -> NDArray[Any]:
        """Return one column, (number,): numbers as float64, text as object."""
        if name == "area_name_zh":
            return self._named[0]
        if name == "area_name_en":
            return self._named[1]
        number = name in _NUMBERS
        value = self.columns.get(name, np.nan if number else "")
        dtype: type = float if number else np.int64 if name == "left_out" else object
        return np.broadcast_to(np.asarray(value, dtype=dtype), (self.number,))

    @cached_property
    def _named(self) -> tuple[NDArray[Any], NDArray[Any]]:
        position = self.names.index.get_indexer(pd.Index(self.column("area")))
        known = position >= 0
        columns = []
        for name, province in zip(("name_zh", "name_en"), _PROVINCE_NAMES, strict=True):
            found = np.full(self.number, province, dtype=object)
            found[known] = self.names[name].to_numpy(object)[position[known]]
            columns.append(found)
        return columns[0], columns[1]


def long_table(parts: Iterable[Rows]) -> pd.DataFrame:
    """Return rows as one table with the columns of the long table, in the order given."""
    listed = [part for part in parts if part.number]
    if not listed:
        return pd.DataFrame(columns=COLUMNS)
    table = {}
    for name in COLUMNS:
        column = np.concatenate([part.column(name) for part in listed])
        table[name] = pd.array(column, dtype="str") if column.dtype == object else column
    return pd.DataFrame(table)
