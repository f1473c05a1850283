"""Join counts: whether areas marked alike are neighbours more often than by chance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.inference import BLOCK, check_whole, normal_p, permutation_p, seeded
from clusters.metrics.undefined import mark_undefined
from clusters.metrics.weights import Transform, make_field


@dataclass(frozen=True)
class _Sums:
    """S0, S1 and S2 of the weights, areas and marked areas."""

    s0: float
    s1: float
    s2: float
    n: int
    marked: int

    def falling(self, number: int, order: int) -> float:
        """Return number (number - 1) … over the same of n, ``order`` factors each."""
        steps = np.arange(order)
        return float(np.prod((number - steps) / (self.n - steps)))

    def same(self, number: int) -> tuple[float, float]:
        """Return mean and variance of the joins among ``number`` marked areas."""
        mean = self.s0 / 2 * self.falling(number, 2)
        second = self.s1 * self.falling(number, 2)
        second += (self.s2 - 2 * self.s1) * self.falling(number, 3)
        second += (self.s0**2 + self.s1 - self.s2) * self.falling(number, 4)
        return mean, second / 4 - mean**2

    def unlike(self) -> tuple[float, float]:
        """Return mean and variance of the joins between marked and other areas."""
        n, b = self.n, self.marked
        w = n - b
        pairs = b * w / (n * (n - 1))
        mean = self.s0 * pairs
        second = 2 * self.s1 * pairs
        second += (self.s2 - 2 * self.s1) * pairs * (b + w - 2) / (n - 2)
        fours = pairs * (b - 1) * (w - 1) / ((n - 2) * (n - 3))
        second += 4 * (self.s0**2 + self.s1 - self.s2) * fours
        return mean, second / 4 - mean**2


def join_counts(
    marked: pd.Series | np.ndarray,
    weights: Any,
    *,
    permutations: int = 999,
    seed: int | None = None,
    transform: Transform = "given",
) -> pd.DataFrame:
    """Count the joins between neighbours that are both marked, both not, and unlike.

    BB = ½ Σ w_ij y_i y_j, WW = ½ Σ w_ij (1 - y_i)(1 - y_j), BW = ½ Σ w_ij (y_i - y_j)², which add
    up to ½ Σ w_ij: numbers of joins for 0/1 weights.

    Parameters
    ----------
    marked
        One 0/1 or boolean per area, (n,): say, whether its location quotient is above 1.
    weights, transform
        As `moran`; 0/1 contiguity as given counts joins.
    permutations, seed
        Draws in which the marks are shuffled over the areas; 0 takes p from z.

    Returns
    -------
        Rows ``BB``, ``WW``, ``BW`` with ``statistic``; ``expectation`` and ``variance`` when the
        marks are shuffled (exact); ``z``; ``p`` (two-sided, ≤ 1). All but the statistic is NaN when
        all areas are alike (``no_variation``) or there are fewer than four (``too_few_areas``);
        z also where the variance is 0.

    References
    ----------
    Moran 1948, Journal of the Royal Statistical Society B 10; Cliff & Ord 1981, Spatial Processes,
    p. 19-21 (non-free sampling).

    Raises
    ------
    MetricError
        Marks other than 0 and 1, negative numbers of permutations, and as `moran`.
    """
    check_whole(permutations, "permutations")
    if permutations < 0:
        raise MetricError(f"permutations is {permutations}; 0 takes p from z, 999 is usual")
    field = make_field(marked, weights, transform, "raise", self_neighbour=False)
    y, w = field.y, field.weights
    if not np.isin(y, (0.0, 1.0)).all():
        raise MetricError(f"marked holds {y[~np.isin(y, (0.0, 1.0))][0]}; pass 0 and 1 or booleans")
    n, number = len(y), int(y.sum())
    sums = _Sums(*field.moments, n=n, marked=number)
    table = pd.DataFrame(
        np.nan,
        index=pd.Index(["BB", "WW", "BW"], name="joins"),
        columns=["statistic", "expectation", "variance", "z", "p"],
    )
    statistic = _counts(y[:, None], w, sums.s0)[:, 0]
    table["statistic"] = statistic
    few, alike = n < 4, number in (0, n)
    rows = {"too_few_areas": np.full(3, few), "no_variation": np.full(3, alike)}
    if few or alike:
        return mark_undefined(table, rows=rows)
    moments = np.array([sums.same(number), sums.same(n - number), sums.unlike()])
    sd = np.sqrt(np.maximum(moments[:, 1], 0.0))
    z = np.divide(statistic - moments[:, 0], sd, out=np.full(3, np.nan), where=sd > 1e-9 * sums.s0)
    table["expectation"], table["variance"], table["z"] = moments[:, 0], moments[:, 1], z
    if permutations == 0:
        table["p"] = normal_p(z)
        return mark_undefined(table, cells="no_variation")
    generator = seeded(np.random.default_rng, seed)
    block = max(1, BLOCK // n)
    drawn = []
    for at in range(0, permutations, block):
        copies = np.tile(y, (min(block, permutations - at), 1))
        drawn.append(_counts(generator.permuted(copies, axis=1).T, w, sums.s0))
    table["p"] = permutation_p(statistic, np.concatenate(drawn, axis=1).T)
    return mark_undefined(table, cells="no_variation")


def _counts(y: np.ndarray, w: Any, s0: float) -> np.ndarray:
    """Return BB, WW and BW of marks (n, draws) as (3, draws)."""
    both = (y * (w @ y)).sum(axis=0) / 2
    rest = 1 - y
    neither = (rest * (w @ rest)).sum(axis=0) / 2
    return np.stack([both, neither, s0 / 2 - both - neither])
