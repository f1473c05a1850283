"""Geary's C: spatial autocorrelation by differences between neighbours.

Same weights, islands and options as `clusters.metrics.autocorrelation`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from clusters.metrics.global_statistic import Autocorrelation, GlobalNull, prepare
from clusters.metrics.inference import seeded
from clusters.metrics.weights import Field, Missing, Transform


def _variance(field: Field, null: str) -> float:
    """Return the variance of C (Cliff & Ord 1981, p. 21)."""
    n = len(field.y)
    s0, s1, s2 = field.moments
    if null == "normality":
        return ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)
    if n < 4:
        return np.nan
    z = field.y - field.y.mean()
    k = n * float((z**4).sum()) / float((z**2).sum()) ** 2
    top = (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * k)
    top -= (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * k) / 4
    top += s0**2 * (n**2 - 3 - (n - 1) ** 2 * k)
    return top / (n * (n - 2) * (n - 3) * s0**2)


def geary(
    values: pd.Series | np.ndarray,
    weights: Any,
    *,
    null: GlobalNull = "permutation",
    permutations: int = 999,
    seed: int | None = None,
    transform: Transform = "row",
    missing: Missing = "raise",
) -> Autocorrelation:
    """Return Geary's C = (n - 1) Σ w_ij (y_i - y_j)² / (2 S0 z'z), > 0 with E[C] = 1.

    Below 1 neighbours are alike, above 1 they differ.

    Parameters
    ----------
    values, weights, null, permutations, seed, transform, missing
        As `moran`.

    Returns
    -------
        `Autocorrelation`, two-sided p ≤ 1; variance and z need n > 3 unless ``normality``. NaN
        with a reason for constant values, fewer than two areas, or no neighbours at all.

    References
    ----------
    Geary 1954, The Incorporated Statistician 5; Cliff & Ord 1981, Spatial Processes.

    Raises
    ------
    MetricError
        As `moran`.
    """
    case = prepare(values, weights, transform, missing, null=null, permutations=permutations)
    if case.reason is not None:
        return case.undefined()
    z, pairs = case.z, case.field.weights.tocoo()
    factor = (case.n - 1) / (2 * case.s0 * float(z @ z))

    def of(y: np.ndarray) -> float:
        return factor * float(pairs.data @ (y[pairs.row] - y[pairs.col]) ** 2)

    variance = _variance(replace(case.field, y=z), null)
    if null != "permutation":
        return case.finished(of(z), 1.0, variance)
    generator = seeded(np.random.default_rng, seed)
    drawn = np.array([of(generator.permutation(z)) for _ in range(permutations)])
    return case.finished(of(z), 1.0, variance, drawn=drawn)
