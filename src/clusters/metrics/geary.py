"""Geary's C: spatial autocorrelation by differences between neighbours.

Same weights, islands and options as `clusters.metrics.autocorrelation`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.autocorrelation import Autocorrelation, GlobalNull
from clusters.metrics.inference import normal_p, permutation_p
from clusters.metrics.weights import Field, Missing, Transform, is_constant, make_field


def _variance(field: Field, null: str) -> float:
    """Return the variance of C (Cliff & Ord 1981, p. 21)."""
    n, w = len(field.y), field.weights
    s0 = float(w.sum())
    s1 = float((w + w.T).power(2).sum()) / 2
    s2 = float(((field.row_sums + np.asarray(w.sum(axis=0)).ravel()) ** 2).sum())
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
    if null not in ("randomisation", "normality", "permutation"):
        raise MetricError(
            f"null {null!r} is unknown; choose randomisation, normality or permutation"
        )
    if permutations < 1:
        raise MetricError(f"permutations is {permutations}; at least 1 is needed, better 999")
    field = make_field(values, weights, transform, missing, self_neighbour=False)
    n, s0 = len(field.y), float(field.weights.sum())
    islands = int((field.row_sums == 0).sum())
    nothing = Autocorrelation(np.nan, np.nan, np.nan, np.nan, np.nan, n, islands)
    if n < 2:
        return replace(nothing, reason="too_few_areas")
    if is_constant(field.y):
        return replace(nothing, reason="no_variation")
    if s0 == 0:
        return replace(nothing, reason="no_neighbours")
    z = (field.y - field.y.mean()) / np.ptp(field.y)
    pairs = field.weights.tocoo()
    factor = (n - 1) / (2 * s0 * float(z @ z))

    def of(y: np.ndarray) -> float:
        return factor * float(pairs.data @ (y[pairs.row] - y[pairs.col]) ** 2)

    statistic, variance = of(z), _variance(replace(field, y=z), null)
    score = (statistic - 1.0) / np.sqrt(variance) if variance > 0 else np.nan
    if null == "permutation":
        generator = np.random.default_rng(seed)
        drawn = np.array([of(generator.permutation(z)) for _ in range(permutations)])
        p = float(permutation_p(statistic, drawn))
    else:
        p = float(normal_p(score))
    result = Autocorrelation(statistic, 1.0, float(variance), float(score), p, n, islands)
    if np.isnan(p):
        return replace(result, reason="too_few_areas" if n <= 3 else "no_variation")
    return result
