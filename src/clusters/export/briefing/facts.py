"""Figures that several templates share, counted from a snapshot and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import geopandas as gpd
import pandas as pd

from clusters.export.briefing.model import Bar, Chart
from clusters.export.briefing.wording import MISSING, Wording
from clusters.export.views import SnapshotLike
from clusters.maps.firm_filter import FirmFilter
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.output import PRECISE

AI: Final = FirmFilter(relevance=AI_FIRMS)
FEW: Final = 5
_MOST_BARS: Final = 10


@dataclass(frozen=True)
class Measured:
    """One cell of the metric table; NaN where undefined."""

    value: float
    low: float
    high: float
    q: float
    n: float

    @property
    def significant(self) -> bool:
        """Whether the test holds after correction, with enough firms to read it."""
        return self.q < 0.05 and self.n >= FEW


def measured(snapshot: SnapshotLike, level: str, area: str, metric: str) -> Measured:
    """Return a metric of the AI enterprises of an area."""
    table = snapshot.metrics
    rows = table[
        (table["level"] == level)
        & (table["area"] == area)
        & (table["metric"] == metric)
        & (table["industry"] == "ai")
        & (table["weight"] == "firms")
    ]
    if rows.empty:
        return Measured(*[float("nan")] * 5)
    cell = rows.iloc[0]
    return Measured(*(_float(cell[name]) for name in ("value", "low", "high", "q", "n")))


def _float(value: Any) -> float:  # a cell of the metric table
    return float("nan") if pd.isna(value) else float(value)


def ai_firms(snapshot: SnapshotLike) -> gpd.GeoDataFrame:
    """Return the firms judged core or related."""
    return AI.select(snapshot.enterprises)


def inside(firms: gpd.GeoDataFrame, area: str) -> gpd.GeoDataFrame:
    """Return the firms known to lie in a prefecture, county or zone."""
    if area.isdigit():
        column = "prefecture_code" if area.endswith("00") else "county_code"
        return firms[firms[column] == area]
    return firms[memberships(firms).map(lambda ids: area in ids).astype(bool)]


def dots(firms: pd.DataFrame) -> int:
    """Return how many firms a map draws as dots."""
    return int((firms["precision"].isin(PRECISE) & firms["lon"].notna()).sum())


def counts(firms: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    """Return values of a column with numbers of firms, the largest first, then by name."""
    found = firms[column].dropna().value_counts()
    return sorted(
        ((str(k), int(v)) for k, v in found.items()), key=lambda item: (-item[1], item[0])
    )


def leading(firms: pd.DataFrame, words: Wording, *, most: int = 3) -> str:
    """Return the leading segments with their numbers of firms."""
    named = counts(firms, "segment")[:most]
    return (
        words.join([f"{words.value('segment', s)} {words.number(n)}" for s, n in named]) or MISSING
    )


def by_relevance(firms: pd.DataFrame) -> dict[str, int]:
    """Return the numbers of core and related firms."""
    return {name: int((firms["ai_relevance"] == name).sum()) for name in AI_FIRMS}


def count_chart(
    firms: pd.DataFrame,
    column: Literal["segment", "chain_layer", "prefecture_code", "county_code"],
    words: Wording,
    *,
    title: str,
    note: str = "",
    accent: Iterable[str] = (),
    most: int = _MOST_BARS,
) -> Chart:
    """Return a bar chart of numbers of firms; what does not fit is one bar and says so."""
    marked = set(accent)
    found = counts(firms, column)
    head, tail = found[:most], found[most:]
    if len(tail) == 1:
        head, tail = found, []
    name = words.place if column.endswith("_code") else lambda v: words.value(column, v)
    bars = [Bar(name(key), float(n), words.number(n), key in marked) for key, n in head]
    if tail:
        rest = sum(n for _, n in tail)
        bars.append(Bar(words("common.others", n=len(tail)), float(rest), words.number(rest)))
    unknown = int(firms[column].isna().sum())
    if unknown and not column.endswith("_code"):
        bars.append(Bar(words("common.unclassified"), float(unknown), words.number(unknown)))
    return Chart(title, tuple(bars), note=note)


def sorted_firms(firms: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return firms by relevance (core first), then by name."""
    rank = firms["ai_relevance"].map({"core": 0, "related": 1}).fillna(2)
    return firms.assign(_rank=rank).sort_values(["_rank", "name"]).drop(columns="_rank")
