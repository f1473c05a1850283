"""What each metric means, in words a reader of an export can use, from one table."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from clusters.maps.words import Language


@dataclass(frozen=True)
class Definition:
    """One metric: names, formula, range of values, reference, how to read it."""

    metric: str
    zh: str
    en: str
    formula: str
    range: str
    reference: str
    reading_zh: str
    reading_en: str
    version: str

    def name(self, language: Language) -> str:
        """Return the name of the metric."""
        return self.zh if language == "zh" else self.en

    def reading(self, language: Language) -> str:
        """Return how to read the metric."""
        return self.reading_zh if language == "zh" else self.reading_en


@lru_cache(maxsize=1)
def definitions() -> dict[str, Definition]:
    """Return every definition by metric id, in the order of the table."""
    with Path(__file__).with_name("definitions.csv").open(encoding="utf-8", newline="") as handle:
        return {row["metric"]: Definition(**row) for row in csv.DictReader(handle)}


def metrics_in(table: pd.DataFrame) -> list[str]:
    """Return the ids of the metrics a table holds, whichever of our tables it is."""
    for column in ("metric", "function"):
        if column in table:
            return [str(name) for name in table[column].unique()]
    if "angle_deg" in table:
        return ["standard_ellipse"]
    heads = [str(column).partition(":") for column in table]
    return list(dict.fromkeys(metric for metric, colon, _ in heads if colon))


def definitions_of(metrics: Iterable[str]) -> tuple[Definition, ...]:
    """Return the definitions of the metrics named, in the order of the table."""
    wanted = set(metrics)
    return tuple(item for metric, item in definitions().items() if metric in wanted)
