"""Inequality taken apart: Theil's measures, their decomposition, and the Lorenz curve.

Same sizes, shares and undefined results as `clusters.metrics.concentration`.
"""

from typing import overload

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.concentration import Sizes, Vector, by_quotient, companion, per_column, theil
from clusters.metrics.counts import as_floats, check_values, to_unit
from clusters.metrics.undefined import UndefinedFloat, mark_undefined


@overload
def kullback_leibler(x: Vector, reference: Vector) -> float: ...
@overload
def kullback_leibler(x: pd.DataFrame, reference: Vector) -> pd.Series: ...
def kullback_leibler(x: Sizes, reference: Vector) -> float | pd.Series:
    """Return the localisation index D = Σ s ln(s/r) of Mori, Nishikimi & Smith 2005; see `theil`.

    ``reference`` holds the economic area of every region (any unit), range [0, ∞).
    """
    return theil(x, reference)


@overload
def mean_log_deviation(x: Vector) -> float: ...
@overload
def mean_log_deviation(x: pd.DataFrame) -> pd.Series: ...
def mean_log_deviation(x: Sizes) -> float | pd.Series:
    """Return Theil's L, the mean of ln(mean/x), range [0, ∞); NaN when any value is zero.

    References
    ----------
    Theil 1967, Economics and Information Theory.

    Raises
    ------
    MetricError
        Negative, infinite, missing or no values.
    """

    def index(values: np.ndarray) -> float:
        if values.sum() == 0:
            return UndefinedFloat("total_zero")
        if (values == 0).any():
            return UndefinedFloat("contains_zero")
        return max(0.0, float(np.log(values.mean() / values).mean()))

    return per_column(x, "mean_log_deviation", index)


def theil_decomposition(x: Vector, groups: Vector) -> pd.Series:
    """Split Theil's T into the part between groups of areas and the part within them.

    Parameters
    ----------
    x
        Sizes ≥ 0, (n,).
    groups
        Group label of each size, (n,), e.g. the prefecture of every county; same order as ``x``.

    Returns
    -------
        Series ``total``, ``between``, ``within``; total = between + within.

    References
    ----------
    Theil 1967, Economics and Information Theory.

    Raises
    ------
    MetricError
        As `theil`, or groups of another length or with a missing label.
    """
    values = as_floats(x, "x")
    labels = pd.Series(np.asarray(groups, dtype=object))
    if values.ndim != 1 or len(labels) != len(values):
        raise MetricError(f"groups has {len(labels)} labels for {values.shape} values of x")
    check_values(values, "x")
    if labels.isna().any():
        raise MetricError("groups has a missing label; name the group or drop its rows")
    parts = pd.Series(np.nan, index=["total", "between", "within"], name="theil")
    if not values.any():
        return mark_undefined(parts, rows={"total_zero": np.ones(3, dtype=bool)})
    values = to_unit(values)
    s = pd.Series(values / values.sum())
    share, size = s.groupby(labels).sum(), s.groupby(labels).size()
    some = share > 0
    between = (share[some] * np.log(share[some] / (size[some] / len(s)))).sum()
    inner = s.groupby(labels).apply(lambda part: theil(part.to_numpy()))
    parts["between"] = between
    parts["within"] = (share[some] * inner[some]).sum()
    parts["total"] = theil(values)
    return mark_undefined(parts)


def lorenz_curve(values: Vector, weights: Vector | None = None) -> pd.DataFrame:
    """Return the points of the Lorenz or localisation curve.

    Parameters
    ----------
    values
        Size per area ≥ 0, (n,).
    weights
        Size of the reference per area, (n,): all industries for the localisation curve, equal by
        default. Areas are taken in ascending order of values / weights; an area without weight
        but with a value comes last.

    Returns
    -------
        n + 1 rows from (0, 0) to (1, 1): ``label`` (area that adds the step, missing in the first
        row), ``weight_share``, ``value_share`` (both running shares). The values are NaN when a
        total is zero.

    References
    ----------
    Lorenz 1905, Publications of the American Statistical Association 9; Hoover 1936.

    Raises
    ------
    MetricError
        Negative, infinite, missing or no values; weights of another length or other labels.
    """
    mass = as_floats(values, "values")
    if mass.ndim != 1:
        raise MetricError(f"values has shape {mass.shape}; pass one vector")
    check_values(mass, "values")
    w = companion(weights, values, mass.shape, "weights")
    weight = np.ones(len(mass)) if w is None else w
    mass = to_unit(mass)
    index = values.index if isinstance(values, pd.Series) else pd.RangeIndex(len(mass))
    order = by_quotient(mass, weight)
    with np.errstate(invalid="ignore"):
        curve = pd.DataFrame(
            {
                "label": pd.Series([None, *index[order]], dtype=object),
                "weight_share": np.concatenate([[0.0], np.cumsum(weight[order])]) / weight.sum(),
                "value_share": np.concatenate([[0.0], np.cumsum(mass[order])]) / mass.sum(),
            }
        )
    return mark_undefined(curve, cells="total_zero")
