"""Industries that share places, in the long table: pairs, relatedness, complexity.

A row about two industries names both, ``a|b``, in the order of their names, and carries the area
of the province.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from clusters.metrics.coagglomeration import coagglomeration
from clusters.metrics.colocation import colocation
from clusters.metrics.inference import false_discovery
from clusters.metrics.relatedness import complexity, proximity, relatedness_density
from clusters.metrics.rows import PAIR, Rows
from clusters.metrics.sums import Sums
from clusters.metrics.undefined import REASONS, why_undefined

DEALS = 999


def pair_metrics(sums: Sums, *, seed: int) -> Iterator[Rows]:
    """Yield coagglomeration, colocation and proximity of every two industries.

    Relevance classes are not industries that could seek each other's company, so the scheme
    ``ai`` has no pairs.
    """
    some = [name for name in sums.counts.columns if sums.firms[name].sum() > 0]
    if sums.scheme == "ai" or len(some) < 2 or sums.grand_total == 0:
        return
    plants = sums.plants[(sums.plants["size"] > 0) & sums.plants["industry"].isin(some)]
    if len(plants["industry"].unique()) > 1:
        reference = sums.area_total / sums.grand_total
        table = coagglomeration(plants, area_shares=reference, alternative="two-sided")
        yield _rows(
            sums,
            table.rename(columns={"gamma_c": "value"}),
            "coagglomeration",
            "against all firms, normal null, Benjamini-Hochberg q",
        )
    if sums.tested:
        table = colocation(sums.counts[some], draws=DEALS, seed=seed)
        yield _rows(
            sums,
            table.rename(columns={"xcl": "value"}),
            "colocation",
            f"XCL, {DEALS} deals of the labels, two-sided p, Benjamini-Hochberg q",
        )
    near = proximity(sums.against_others(some))[some].loc[some]
    yield _rows(sums, _flat(near), "proximity", "LQ ≥ 1 in both")


def related_metrics(sums: Sums) -> Iterator[Rows]:
    """Yield how near each industry is to what an area has, and complexity of both."""
    some = [name for name in sums.counts.columns if sums.firms[name].sum() > 0]
    if sums.scheme == "ai" or len(some) < 2 or sums.grand_total == 0:
        return
    table = sums.against_others(some)
    density = relatedness_density(table[table.sum(axis=1) > 0])[some]
    values = density.reindex(index=sums.counts.index, columns=sums.counts.columns)
    note = pd.DataFrame("", index=values.index, columns=values.columns)
    note = note.mask(values.isna(), "no area specialises in this industry")
    empty = sums.area_total.eq(0)
    note.loc[empty] = "no firm in this area"
    values.loc[empty] = np.nan
    yield sums.cells(values, "relatedness_density", "specialised from LQ 1", note=note)
    # The mix of AI firms alone: with the others in the table every area would share an industry.
    mix = sums.counts[some]
    found = complexity(mix[mix.sum(axis=1) > 0])
    for metric, series in (("eci", found.eci), ("pci", found.pci)):
        codes = why_undefined(series)
        reasons = codes.map(REASONS) if isinstance(codes, pd.Series) else pd.Series(dtype="str")
        told = reasons.reindex(series.index).where(series.isna()).fillna("")
        if metric == "eci":
            n = sums.firms.sum(axis=1)
            told = told.reindex(sums.counts.index).fillna("no AI firm in this area")
            every = series.reindex(sums.counts.index)
            yield sums.of_areas(every, metric, "over AI firms", n=n, note=told)
        else:
            yield sums.of_industries(series, metric, "over AI firms", note=told)


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    first, second = np.triu_indices(len(table), k=1)
    index = pd.MultiIndex.from_arrays([table.index[first], table.columns[second]])
    return pd.DataFrame({"value": table.to_numpy()[first, second]}, index=index)


def _rows(sums: Sums, table: pd.DataFrame, metric: str, method: str) -> Rows:
    """Return one row per pair; n is the smaller number of firms."""
    ordered = [sorted(map(str, pair)) for pair in table.index]
    names = [PAIR.join(pair) for pair in ordered]
    firms = sums.firms.sum()
    n = pd.Series([min(firms[a], firms[b]) for a, b in ordered], index=names)
    values = pd.Series(table["value"].to_numpy(float), index=names)
    p = pd.Series(table["p"].to_numpy(float) if "p" in table else np.nan, index=names)
    p = p.where(values.notna())
    note = pd.Series("", index=names).mask(n < 2, "fewer than 2 firms in one of the industries")
    return sums.of_pairs(values, metric, method, p=p, q=false_discovery(p), n=n, note=note)
