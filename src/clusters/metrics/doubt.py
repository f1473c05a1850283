"""The long metric table of firms whose places were drawn, for the doubt of the measured one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from clusters.metrics.cells import cell_metrics
from clusters.metrics.imputation import with_doubt
from clusters.metrics.sums import COLUMNS, Level, Sums, alike, take_sums
from clusters.metrics.table import SCHEMES
from clusters.metrics.wholes import area_metrics, industry_metrics

INDUSTRIES = ("ai_relevance", "chain_layer", "segment")
KEYS = ("level", "scheme", "industry", "area", "weight", "metric")
INTERVALS = ("share", "lq", "lq_population", "lq_gdp")
"""Metrics whose bounds are confidence intervals of the value."""

_SIGNED = ("maurel_sedillot", "ellison_glaeser")
_CEILINGS = {"share": 1.0, "hhi": 1.0, "locational_gini": 1.0, "hoover": 1.0, "krugman": 2.0}


def measure_draws(
    draws: Sequence[pd.DataFrame],
    others: Mapping[str, Sums],
    levels: Iterable[Level],
    *,
    schemes: Iterable[str] = SCHEMES,
) -> list[pd.DataFrame]:
    """Measure cells, areas and industries on several completed data sets.

    Permutation tests, ranks and pairs are left out: they have no interval to widen. A level at
    which no draw moves a firm would come out alike every time and is measured on two draws only.

    Parameters
    ----------
    draws
        One table of the AI firms per data set, as `clusters.metrics.table.measure` takes them.
    others
        Name of each level → sums of all other firms over it, under any scheme. They stay at their
        one place and count in the totals only.
    levels, schemes
        As `clusters.metrics.table.measure`.

    Returns
    -------
        One long table per data set.
    """
    wanted, levels = list(schemes), list(levels)
    parts: list[list[pd.DataFrame]] = [[] for _ in draws]
    areas = [column for level in levels for column in _columns(level)]
    every = [
        alike(drawn, [name for name in (*INDUSTRIES, *areas) if name in drawn]) for drawn in draws
    ]
    for level in levels:
        base = others[level.name]
        still = not level.overlapping and all(
            drawn[level.column].equals(draws[0][level.column]) for drawn in draws
        )
        for kinds, found in zip(every[: 2 if still else None], parts, strict=False):
            for scheme in wanted:
                sums = take_sums(kinds, level, scheme, "firms", number="number")
                joined = replace(
                    sums,
                    area_total=sums.area_total + base.area_total,
                    grand_total=sums.grand_total + base.grand_total,
                )
                found.extend(_metrics(joined))
    return [pd.concat(found, ignore_index=True) for found in parts if found]


def _columns(level: Level) -> tuple[str, ...]:
    follows = level.column.replace("_ids", "_also_ids")
    return (level.column, follows) if level.overlapping else (level.column,)


def _metrics(sums: Sums) -> Iterator[pd.DataFrame]:
    if 0 in sums.counts.shape:
        return
    yield from cell_metrics(sums)
    if not sums.level.overlapping:
        yield from area_metrics(sums)
        yield from industry_metrics(sums, throws=0)


def doubted(table: pd.DataFrame, drawn: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return a long metric table with intervals widened by what the drawn tables differ.

    Rows whose metric was not measured on the draws stay as they are.
    """
    there = set(zip(drawn[0]["level"], drawn[0]["metric"], strict=True))
    pairs = zip(table["level"], table["metric"], strict=True)
    touched = pd.Series([pair in there for pair in pairs], index=table.index)
    part = table[touched].drop(columns="doubt_share")
    widened = with_doubt(part, drawn, keys=list(KEYS), intervals=list(INTERVALS))
    result = table.copy()
    # An undefined value has no interval, though some draws may define it.
    known = touched & table["value"].notna()
    for name in ("low", "high", "doubt_share"):
        result.loc[known, name] = widened.loc[known[touched], name].to_numpy()
    # A t interval knows no bounds; no index but Maurel-Sédillot's falls below nothing.
    floor = np.where(result["metric"].isin(_SIGNED), -np.inf, 0.0)
    ceiling = result["metric"].map(_CEILINGS).fillna(np.inf)
    return result.assign(
        low=result["low"].clip(lower=floor), high=result["high"].clip(upper=ceiling)
    )[COLUMNS]
