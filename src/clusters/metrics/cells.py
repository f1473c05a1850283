"""Metrics of single cells, one area and one industry: counts, shares, densities, quotients."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from clusters.metrics.inference import false_discovery
from clusters.metrics.specialisation import (
    location_quotient,
    location_quotient_interval,
    location_quotient_test,
)
from clusters.metrics.sums import Sums

CONFIDENCE = 0.95
SMALL = 5
UNTESTED = "not tested: amounts are not draws"


def cell_metrics(sums: Sums) -> Iterator[pd.DataFrame]:
    """Yield counts, shares, densities and quotients of every area × industry."""
    counts = sums.counts
    yield sums.cells(counts, "count", "sum")
    share = counts / sums.industry_total
    nowhere = share.isna().replace({True: "no firm of this industry placed", False: ""})
    if sums.tested:
        low, high = (
            bound.where(share.notna()) for bound in proportion_interval(counts, sums.industry_total)
        )
        yield sums.cells(
            share, "share", "Clopper-Pearson interval", low=low, high=high, note=nowhere
        )
    else:
        yield sums.cells(share, "share", UNTESTED, note=nowhere)
    yield _quotients(sums)
    areas = sums.level.areas
    if areas["area_km2"].notna().any():
        note = _spread(areas["area_km2"].isna().map({True: "area unknown", False: ""}), counts)
        density = counts.div(areas["area_km2"], axis=0)
        yield sums.cells(density, "density_km2", "count / area in km²", note=note)
    if areas["population"].notna().any():
        missing = areas["population"].isna().map({True: "no published population", False: ""})
        yield sums.cells(
            counts.div(areas["population"] / 10_000, axis=0),
            "per_10k_residents",
            "count / 10 000 residents",
            note=_spread(missing, counts),
        )
    for metric, column in (("lq_population", "population"), ("lq_gdp", "gdp")):
        if areas[column].notna().all():
            yield _against_shares(sums, metric, areas[column] / areas[column].sum())


def proportion_interval(
    counts: pd.DataFrame, total: pd.Series, *, confidence: float = CONFIDENCE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return exact bounds of each area's share of its industry (Clopper & Pearson 1934).

    Parameters
    ----------
    counts : DataFrame
        Areas × industries, numbers of firms k.
    total : Series
        Number of firms n of each industry.
    confidence : float
        Of the two-sided interval.
    """
    k = counts.to_numpy(float)
    n = np.broadcast_to(total.to_numpy(float)[None, :], k.shape)
    tail = (1 - confidence) / 2
    low = np.where(k > 0, stats.beta.ppf(tail, np.maximum(k, 1), n - k + 1), 0.0)
    high = np.where(k < n, stats.beta.ppf(1 - tail, k + 1, np.maximum(n - k, 1)), 1.0)
    return (
        pd.DataFrame(low, index=counts.index, columns=counts.columns),
        pd.DataFrame(high, index=counts.index, columns=counts.columns),
    )


def _quotients(sums: Sums) -> pd.DataFrame:
    """Location quotients against all firms of the registry, tested cell by cell."""
    found = np.full((4, *sums.counts.shape), np.nan)  # value, low, high, p
    for block in sums.blocks:
        columns = np.flatnonzero(sums.counts.columns.isin(block))
        for rows, table in sums.against_others(block):
            results = [location_quotient(table)]
            if sums.tested:
                results += location_quotient_interval(table, confidence=CONFIDENCE, method="exact")
                results.append(location_quotient_test(table))
            for target, result in zip(found, results, strict=False):
                target[np.ix_(rows, columns)] = result.to_numpy()[: len(rows), : len(columns)]
    value, low, high, p = (
        pd.DataFrame(a, index=sums.counts.index, columns=sums.counts.columns) for a in found
    )
    empty = sums.area_total.eq(0).map({True: "no firm in this area", False: ""})
    note = _spread(empty, value).mask(
        sums.firms.lt(SMALL) & value.notna(), f"fewer than {SMALL} firms"
    )
    if not sums.tested:
        return sums.cells(value, "lq", UNTESTED, note=note)
    p = p.where(value.notna())  # a cell without a quotient is no test of its family
    method = "hypergeometric test, exact interval, Benjamini-Hochberg q"
    q = false_discovery(p)
    return sums.cells(value, "lq", method, low=low, high=high, p=p, q=q, note=note)


def _against_shares(sums: Sums, metric: str, shares: pd.Series) -> pd.DataFrame:
    """Quotients of an area's share of firms over its share of residents or output."""
    counts, total = sums.counts, sums.industry_total
    value = (counts / total).div(shares, axis=0)
    if not sums.tested:
        return sums.cells(value, metric, UNTESTED)
    low, high = (
        bound.div(shares, axis=0).where(value.notna())
        for bound in proportion_interval(counts, total)
    )
    p = pd.DataFrame(
        stats.binom.sf(
            counts.to_numpy() - 1,
            total.to_numpy()[None, :],
            shares.reindex(counts.index).to_numpy()[:, None],
        ),
        index=counts.index,
        columns=counts.columns,
    )
    p = p.where(value.notna())
    note = pd.DataFrame("", index=counts.index, columns=counts.columns).mask(
        sums.firms.lt(SMALL), f"fewer than {SMALL} firms"
    )
    method = "binomial test against the share, Clopper-Pearson interval, Benjamini-Hochberg q"
    q = false_discovery(p)
    return sums.cells(value, metric, method, low=low, high=high, p=p, q=q, note=note)


def _spread(column: pd.Series, like: pd.DataFrame) -> pd.DataFrame:
    """Repeat one value per area over all industries."""
    return pd.DataFrame(
        np.repeat(column.reindex(like.index).to_numpy()[:, None], like.shape[1], axis=1),
        index=like.index,
        columns=like.columns,
    )
