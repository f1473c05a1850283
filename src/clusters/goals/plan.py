"""The targets of the plans as typed objects.

A target belongs to a definition group: values are compared within a group only. Core industry size,
industry size, related industry size and the size of fused applications are different quantities,
whatever their unit. A family names the groups that a reader would confuse.
"""

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from clusters.errors import ShippedDataError
from clusters.settings import data_path

COMPARATORS = (">=", ">", "=", "<=", "<", "~")
# "About 30" is met from 90 % of the number on: the plans give no tolerance, this one is ours.
ABOUT = 0.9
# Chinese measure words of things that are counted: five 个 and five 家 are both five.
_COUNTED = frozenset({"个", "家", "项", "款", "所"})
# Sums over places: what a part has, the whole has at least.
_ADDED = frozenset({"亿元", "PFLOPS", "万个", "万架", "EB"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target of one plan.

    ``value`` in ``unit`` is None where the plan has words only; ``value_high`` is the upper end of
    a range; ``kind`` tells a plan from a draft and from a press report of a plan; ``issued`` is
    the date of the document as far as it is known (a year, month or day; empty where unknown).
    """

    target_id: str
    indicator_id: str
    name_zh: str
    name_en: str
    definition_group: str
    family: str
    unit: str
    comparator: str
    value: float | None
    value_high: float | None = None
    due_year: int | None
    level: str
    area: str
    area_id: str = ""
    plan_id: str = ""
    document: str = ""
    plan_year: int | None = None
    issued: str = ""
    kind: str = "plan"
    section: str = ""
    note: str = ""
    source_url: str = ""

    @property
    def qualitative(self) -> bool:
        """Whether the plan gives words and no number."""
        return self.value is None

    @property
    def lower_is_better(self) -> bool:
        """Whether the target is a ceiling, such as network latency."""
        return self.comparator in {"<", "<="}

    @property
    def strict(self) -> bool:
        """Whether the threshold itself does not meet the target ("over 1000")."""
        return self.comparator in {"<", ">"}

    @property
    def threshold(self) -> float:
        """The number to meet: the value, or 90 % of an "about" value; NaN without a number.

        ``=`` reads as "at least": a plan that says "reach 2000" is not missed by 2100.
        """
        if self.value is None:
            return math.nan
        return self.value * ABOUT if self.comparator == "~" else self.value

    @property
    def issued_from(self) -> date | None:
        """The first day on which the document can have been known, or None where unknown."""
        known = self.issued or (str(self.plan_year) if self.plan_year else "")
        return first_day(known) if known else None

    @property
    def additive(self) -> bool:
        """Whether a part of the area bounds the whole from below: numbers and sums, not shares."""
        return self.unit in _ADDED or counted(self.unit)

    @property
    def due(self) -> float | None:
        """End of the due year as a decimal year, or None."""
        return None if self.due_year is None else self.due_year + 1.0


def first_day(period: str) -> date:
    """Return the first day of a year, month or day as the tables write them."""
    year, month, day = [*period.split("-"), "1", "1"][:3]
    return date(int(year), int(month), int(day))


def counted(unit: str) -> bool:
    """Tell whether a unit is a measure word of things that are counted."""
    return unit in _COUNTED


def same_unit(one: str, other: str) -> bool:
    """Tell whether numbers in two units may stand side by side."""
    return one == other or (counted(one) and counted(other))


@lru_cache(maxsize=1)
def families() -> dict[str, str]:
    """Return the family of every indicator that has neighbours; others are their own family."""
    table = package_table("families.csv")
    return dict(zip(table["indicator_id"], table["family"], strict=True))


@lru_cache(maxsize=1)
def load_targets() -> tuple[Target, ...]:
    """Return the targets of ``data/goals/targets.csv`` in the order of the file.

    Raises
    ------
    ShippedDataError
        If the file is missing or a row cannot be read; the message names the row.
    """
    plans = read_goals("plans.csv").set_index("plan_id")
    found = []
    for row, record in enumerate(read_goals("targets.csv").to_dict("records"), start=2):
        texts = {str(column): str(value) for column, value in record.items()}
        try:
            plan = plans.loc[texts["plan_id"]]
            found.append(_target(texts, str(plan["citation_zh"]), str(plan["issued"])))
        except (KeyError, ValueError) as error:
            msg = f"goals/targets.csv row {row}: {error}; restore the shipped file"
            raise ShippedDataError(msg) from error
    return tuple(found)


def _target(record: dict[str, str], document: str, issued: str) -> Target:
    comparator = record["comparator"]
    value = float(record["value"]) if record["value"] else None
    if (comparator in COMPARATORS) is (value is None):
        msg = f"comparator {comparator!r} does not fit value {record['value']!r}"
        raise ValueError(msg)
    return Target(
        target_id=record["target_id"],
        indicator_id=record["indicator_id"],
        name_zh=record["indicator_zh"],
        name_en=record["indicator_en"],
        definition_group=record["definition_group"],
        family=families().get(record["indicator_id"], record["indicator_id"]),
        unit=record["unit"],
        comparator=comparator,
        value=value,
        value_high=float(record["value_high"]) if record["value_high"] else None,
        due_year=int(record["due_year"]) if record["due_year"] else None,
        level=record["level"],
        area=record["area"],
        area_id=record["area_id"],
        plan_id=record["plan_id"],
        document=document,
        plan_year=int(record["plan_year"]) if record["plan_year"] else None,
        issued=issued,
        kind=record["document_kind"],
        section=record["locator"],
        note=record["note"],
        source_url=record["source_url"],
    )


def read_goals(name: str) -> pd.DataFrame:
    """Read a table of ``data/goals`` as text."""
    return pd.read_csv(data_path("goals", name), dtype=str, keep_default_na=False)


def package_table(name: str) -> pd.DataFrame:
    """Read a table that stands beside this module: it belongs to the rules, not to the data."""
    return pd.read_csv(Path(__file__).with_name(name), dtype=str, keep_default_na=False)
