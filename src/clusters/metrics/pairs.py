"""Industries that share places, in the long table: pairs, relatedness, complexity.

A row about two industries names both, ``a|b``, in the order of their names, and carries the area
of the province. Every two industries of the registry have one, also those that were nowhere placed.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from clusters.metrics.coagglomeration import coagglomeration
from clusters.metrics.colocation import colocation
from clusters.metrics.inference import false_discovery
from clusters.metrics.relatedness import complexity, proximity, relatedness_density
from clusters.metrics.rows import PAIR, Rows
from clusters.metrics.sums import NO_AI_FIRM, Sums, reasons
from clusters.metrics.undefined import REASONS, mark_undefined

DEALS = 999


def pair_metrics(sums: Sums, *, seed: int) -> Iterator[Rows]:
    """Yield coagglomeration, colocation and proximity of every two industries.

    Relevance classes are not industries that could seek each other's company, so the scheme
    ``ai`` has no pairs.
    """
    names = list(sums.counts.columns)
    if sums.scheme == "ai" or len(names) < 2:
        return
    plants = sums.plants[(sums.plants["size"] > 0) & sums.plants["industry"].isin(names)]
    table = pd.DataFrame(columns=["gamma_c", "p"], dtype=float)
    if len(plants["industry"].unique()) > 1:
        reference = sums.area_total / sums.grand_total
        table = coagglomeration(plants, area_shares=reference, alternative="two-sided")
    method = "against all firms, normal null, Benjamini-Hochberg q"
    yield _rows(sums, table, "gamma_c", "coagglomeration", method)
    if sums.tested:
        table = colocation(sums.counts, draws=DEALS, seed=seed)
        method = f"XCL, {DEALS} deals of the labels, two-sided p, Benjamini-Hochberg q"
        yield _rows(sums, table, "xcl", "colocation", method)
    near = proximity(sums.against_others(names))[names].loc[names]
    yield _rows(sums, _flat(near), "phi", "proximity", "LQ ≥ 1 in both")


def related_metrics(sums: Sums) -> Iterator[Rows]:
    """Yield how near each industry is to what an area has, and complexity of both."""
    names = list(sums.counts.columns)
    if sums.scheme == "ai" or len(names) < 2:
        return
    empty = sums.area_total.eq(0)
    values = pd.DataFrame(np.nan, index=sums.counts.index, columns=names)
    if not empty.all():
        table = sums.against_others(names)
        values = relatedness_density(table[~empty])[names].reindex(sums.counts.index)
    note = pd.DataFrame("", index=values.index, columns=names)
    note = note.mask(values.isna(), "no area specialises in this industry")
    note = note.mask(empty, sums.empty_areas, axis="index")
    yield sums.cells(values, "relatedness_density", "specialised from LQ 1", note=note)
    # The mix of AI firms alone: with the others in the table every area would share an industry.
    found = complexity(sums.counts)
    n = sums.firms.sum(axis=1)
    told = reasons(found.eci).mask(n.eq(0), NO_AI_FIRM)
    yield sums.of_areas(found.eci, "eci", "over AI firms", n=n, note=told)
    yield sums.of_industries(found.pci, "pci", "over AI firms", note=reasons(found.pci))


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    first, second = np.triu_indices(len(table), k=1)
    index = pd.MultiIndex.from_arrays([table.index[first], table.columns[second]])
    flat = pd.DataFrame({"phi": table.to_numpy()[first, second]}, index=index)
    return mark_undefined(flat, cells="absent")


def _rows(sums: Sums, table: pd.DataFrame, column: str, metric: str, method: str) -> Rows:
    """Return one row per pair of industries; n is the smaller number of firms.

    A pair that the table does not hold has a row, too: one of its industries has no plant.
    """
    pairs = list(combinations(sums.counts.columns, 2))
    names, index = [PAIR.join(pair) for pair in pairs], pd.MultiIndex.from_tuples(pairs)
    firms = sums.firms.sum()
    n = pd.Series([min(firms[a], firms[b]) for a, b in pairs], index=names)
    why = reasons(table[column]).reindex(index, fill_value=REASONS["no_plants"]).set_axis(names)
    values = table[column].reindex(index).set_axis(names)
    p = pd.Series(np.nan, names) if "p" not in table else table["p"].reindex(index).set_axis(names)
    p = p.where(values.notna())
    note = why.mask(why.eq("") & (n < 2), "fewer than 2 firms in one of the industries")
    return sums.of_pairs(values, metric, method, p=p, q=false_discovery(p), n=n, note=note)
