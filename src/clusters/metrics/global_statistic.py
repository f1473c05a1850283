"""What Moran's I and Geary's C share: one number for a whole map, with its null."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.inference import check_whole, normal_p, permutation_p
from clusters.metrics.weights import Field, is_constant, make_field

# Values have a range of 1 here, and statistics are near 1 at most: a variance below this is
# rounding, as where every area neighbours every other and the statistic is the same in any order.
ROUNDING: Final = 1e-14

GlobalNull: TypeAlias = Literal["randomisation", "normality", "permutation"]


@dataclass(frozen=True)
class Autocorrelation:
    """A global statistic with its null distribution.

    Attributes
    ----------
    statistic, expectation, variance, z
        The statistic, its first two moments under the null, and (statistic - expectation)/sd.
    p
        Two-sided, in [0, 1].
    n, islands
        Areas measured, and those of them without neighbours.
    reason
        Why the statistic is NaN, or None.
    """

    statistic: float
    expectation: float
    variance: float
    z: float
    p: float
    n: int
    islands: int
    reason: str | None = None


@dataclass(frozen=True)
class GlobalCase:
    """Values and weights ready for a global statistic.

    Attributes
    ----------
    field
        Values and transformed weights of the areas with a value.
    z
        (n,) centred values over their range: both statistics do not depend on the unit.
    s0
        Sum of the weights.
    n, islands
        As `Autocorrelation`.
    reason
        Why no statistic is defined, or None; z is then empty.
    """

    field: Field
    z: np.ndarray
    s0: float
    n: int
    islands: int
    reason: str | None

    def undefined(self) -> Autocorrelation:
        """Return the result where nothing is defined."""
        none = Autocorrelation(np.nan, np.nan, np.nan, np.nan, np.nan, self.n, self.islands)
        return replace(none, reason=self.reason)

    def finished(
        self,
        statistic: float,
        expectation: float,
        variance: float,
        drawn: np.ndarray | None = None,
    ) -> Autocorrelation:
        """Return the result, with p from the redraws where there are some, else from the score."""
        varies = variance > ROUNDING
        score = (statistic - expectation) / np.sqrt(variance) if varies else np.nan
        p = float(normal_p(score) if drawn is None else permutation_p(statistic, drawn))
        result = Autocorrelation(
            statistic,
            float(expectation),
            float(variance),
            float(score),
            p,
            self.n,
            self.islands,
        )
        if np.isnan(p):  # three areas have no fourth moment; equal neighbourhoods have no spread
            return replace(result, reason="too_few_areas" if self.n <= 3 else "no_variation")
        return result


def check_permutations(permutations: int) -> None:
    """Raise MetricError for fewer than one permutation."""
    check_whole(permutations, "permutations")
    if permutations < 1:
        raise MetricError(f"permutations is {permutations}; at least 1 is needed, better 999")


def prepare(
    values: pd.Series | np.ndarray,
    weights: Any,
    transform: str,
    missing: str,
    *,
    null: str,
    permutations: int,
) -> GlobalCase:
    """Check the call and bring values and weights together; MetricError as `moran`."""
    if null not in get_args(GlobalNull):
        raise MetricError(
            f"null {null!r} is unknown; choose randomisation, normality or permutation"
        )
    check_permutations(permutations)
    field = make_field(values, weights, transform, missing, self_neighbour=False)
    n, s0 = len(field.y), float(field.weights.sum())
    reason = None
    if n < 2:
        reason = "too_few_areas"
    elif is_constant(field.y):
        reason = "no_variation"
    elif s0 == 0:
        reason = "no_neighbours"
    z = np.empty(0) if reason else (field.y - field.y.mean()) / np.ptp(field.y)
    return GlobalCase(field, z, s0, n, int((field.row_sums == 0).sum()), reason)
