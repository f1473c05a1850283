"""Colocation of firms: how often a firm of one industry shares its area with one of another."""

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import check_counts
from clusters.metrics.inference import check_whole, permutation_p
from clusters.metrics.plants import generator_of
from clusters.metrics.undefined import mark_undefined


def colocation(counts: pd.DataFrame, *, draws: int = 0, seed: int | None = None) -> pd.DataFrame:
    """Return CL and XCL of every pair of industries.

    CL = Σ_r n_ar n_br / (K_a K_b) is the chance that a firm of a and a firm of b share an area.
    XCL = CL - E[CL], the expectation when the labels of the pooled firms are dealt out anew:
    E = Σ_r n_r (n_r - 1) / (n (n - 1)), n_r firms of both industries in area r, n in all.

    Parameters
    ----------
    counts
        Areas × industries, numbers of firms.
    draws, seed
        Deals for p; 0 leaves it out. Each pair has random numbers of its own, so p does not
        depend on which others are measured.

    Returns
    -------
        Rows (industry_a, industry_b), a before b in the order of the columns: ``cl`` in [0, 1],
        ``expected``, ``xcl`` in [-1, 1], and with draws ``p`` (two-sided, ≤ 1). NaN where an
        industry has no firm (``industry_total_zero``).

    References
    ----------
    Howard, Newman & Tarp 2016, Journal of Economic Geography 16.

    Raises
    ------
    MetricError
        As `location_quotient_test`; fewer than two industries; negative draws.
    """
    values = check_counts(counts, whole=True)
    number = values.shape[1]
    if number < 2:
        raise MetricError("counts holds one industry; colocation needs at least two")
    check_whole(draws, "draws")
    if draws < 0:
        raise MetricError(f"draws is {draws}; 0 leaves p out, 999 is usual")
    first, second = np.triu_indices(number, k=1)
    total = values.sum(axis=0)
    own = (values**2).sum(axis=0)
    together = (values.T @ values)[first, second]
    pairs = total[first] * total[second]
    some = pairs > 0
    firms = total[first] + total[second]
    # Σ n_r² of the pooled firms, from the industries' own sums.
    pooled = own[first] + own[second] + 2 * together
    missing = np.full(len(first), np.nan)
    cl = np.divide(together, pairs, out=missing.copy(), where=some)
    expected = np.divide(pooled - firms, firms * (firms - 1), out=missing.copy(), where=some)
    index = pd.MultiIndex.from_arrays(
        [counts.columns[first], counts.columns[second]], names=["industry_a", "industry_b"]
    )
    table = pd.DataFrame({"cl": cl, "expected": expected, "xcl": cl - expected}, index=index)
    if draws:
        table["p"] = missing
        for k in np.flatnonzero(some).tolist():
            a, b = values[:, first[k]].astype(np.int64), values[:, second[k]].astype(np.int64)
            generator = generator_of(seed, *index[k])
            dealt = generator.multivariate_hypergeometric(a + b, int(a.sum()), size=draws)
            simulated = (dealt * (a + b - dealt)).sum(axis=1)
            table.iloc[k, -1] = float(permutation_p(float(together[k]), simulated))
    return mark_undefined(table, rows={"industry_total_zero": ~some})
