"""How unevenly sizes are spread: over firms, over areas, against a reference.

Functions take sizes ``x`` ≥ 0 as an array or Series (one number comes back) or as a DataFrame
(one number per column comes back). Shares are s_j = x_j / Σ x. A total of zero has no shares:
the result is NaN with the reason ``total_zero``.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias, overload

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats, check_counts, check_labels, check_values, to_unit
from clusters.metrics.undefined import UndefinedFloat, mark_undefined

Vector: TypeAlias = np.ndarray | pd.Series | Sequence[float]
Sizes: TypeAlias = Vector | pd.DataFrame


def _matched(other: pd.Series, index: pd.Index, what: str) -> pd.Series:
    """Return a labelled companion in the order of ``index``."""
    if other.index.equals(index):
        return other
    check_labels(index, "x")
    check_labels(other.index, what)
    lost = index.symmetric_difference(other.index)
    if len(lost):
        raise MetricError(
            f"x and {what} must name the same areas; {lost.tolist()[0]!r} is in one only"
        )
    return other.reindex(index)


def companion(
    other: Vector | None, x: Sizes, length: tuple[int, ...], what: str
) -> np.ndarray | None:
    """Return weights or reference values in the order of ``x``, matched by label if both have."""
    if other is None:
        return None
    if isinstance(other, pd.Series) and isinstance(x, (pd.Series, pd.DataFrame)):
        other = _matched(other, x.index, what)
    values = as_floats(other, what)
    if values.shape != length:
        raise MetricError(f"{what} has shape {values.shape}; x needs {length}")
    check_values(values, what)
    return to_unit(values)


def per_column(x: Sizes, name: str, index: Callable[[np.ndarray], float]) -> float | pd.Series:
    """Apply an index to a vector, or to every column of a DataFrame."""
    if isinstance(x, pd.DataFrame):
        check_labels(x.columns, "x: the columns")
    values = as_floats(x, "x")
    if isinstance(x, pd.DataFrame):
        check_values(values, "x")
        results = [index(to_unit(column)) for column in values.T]
        reasons = np.array([getattr(result, "reason", "") for result in results], dtype=object)
        series = pd.Series(np.array(results, dtype=float), index=x.columns, name=name)
        codes = sorted({reason for reason in reasons if reason})
        return mark_undefined(series, rows={code: reasons == code for code in codes})
    if values.ndim != 1:
        raise MetricError(f"x has shape {values.shape}; pass a vector, or a DataFrame by column")
    check_values(values, "x")
    return index(to_unit(values))


@overload
def herfindahl(x: Vector, normalised: bool = False) -> float: ...
@overload
def herfindahl(x: pd.DataFrame, normalised: bool = False) -> pd.Series: ...
def herfindahl(x: Sizes, normalised: bool = False) -> float | pd.Series:
    """Return the Herfindahl-Hirschman index Σ s², range [1/n, 1].

    Parameters
    ----------
    x
        Sizes ≥ 0, (n,) or DataFrame of columns; zeros count towards n.
    normalised
        Return (H - 1/n)/(1 - 1/n), range [0, 1], undefined for n = 1.

    Returns
    -------
        Float, or Series per column; 1/H is the number of equal firms. NaN for a total of zero.

    References
    ----------
    Hirschman 1945, National Power; Herfindahl 1950, Concentration in the steel industry.

    Raises
    ------
    MetricError
        Negative, infinite, missing or no values.
    """

    def index(values: np.ndarray) -> float:
        h, n = float(herfindahls(values)), len(values)
        if np.isnan(h):
            return UndefinedFloat("total_zero")
        if not normalised:
            return h
        return UndefinedFloat("one_value") if n == 1 else (h - 1 / n) / (1 - 1 / n)

    return per_column(x, "herfindahl", index)


def herfindahls(values: np.ndarray) -> np.ndarray:
    """Return `herfindahl` of checked vectors (..., n) along the last axis, NaN for a total of 0."""
    unit = to_unit(np.ascontiguousarray(values), -1)
    total = unit.sum(axis=-1, keepdims=True)
    return ((unit / np.where(total > 0, total, np.nan)) ** 2).sum(axis=-1)


def _lorenz_area(mass: np.ndarray, weight: np.ndarray) -> float:
    """Return 1 - Σ (y_j + y_{j-1}) Δp_j for cells already in ascending order of mass / weight."""
    y = np.concatenate([[0.0], np.cumsum(mass)]) / mass.sum()
    return float(1 - ((y[1:] + y[:-1]) * weight).sum() / weight.sum())


@overload
def gini(x: Vector, weights: Vector | None = None) -> float: ...
@overload
def gini(x: pd.DataFrame, weights: Vector | None = None) -> pd.Series: ...
def gini(x: Sizes, weights: Vector | None = None) -> float | pd.Series:
    """Return the Gini coefficient, range [0, 1 - 1/n] without weights.

    1 - Σ (y_j + y_{j-1}) Δp_j over ascending x, with p the running share of ``weights`` and y of
    weights · x; weights are sorted with x. Equals Σ Σ w_i w_j abs(x_i - x_j) / (2 mean) for
    weights that add up to 1.

    Parameters
    ----------
    x
        Sizes ≥ 0, (n,) or DataFrame of columns.
    weights
        How many units each x stands for (population), (n,), matched by label when both are
        labelled. Equal by default.

    Returns
    -------
        Float, or Series per column; 0 for equality and for n = 1. NaN for a total of zero.

    References
    ----------
    Gini 1912, Variabilità e mutabilità.

    Raises
    ------
    MetricError
        Negative, infinite, missing or no values; weights of another length or other labels.
    """
    w = companion(weights, x, np.shape(x)[:1], "weights")

    def index(values: np.ndarray) -> float:
        weight = np.ones(len(values)) if w is None else w
        mass = values * weight
        if mass.sum() == 0:
            return UndefinedFloat("total_zero")
        order = np.argsort(values, kind="stable")
        return max(0.0, _lorenz_area(mass[order], weight[order]))

    return per_column(x, "gini", index)


def _against(
    values: np.ndarray, reference: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return shares and reference shares (equal ones by default), None where a total is zero."""
    r = np.ones(len(values)) if reference is None else reference
    if values.sum() == 0 or r.sum() == 0:
        return None
    return values / values.sum(), r / r.sum()


@overload
def theil(x: Vector, reference: Vector | None = None) -> float: ...
@overload
def theil(x: pd.DataFrame, reference: Vector | None = None) -> pd.Series: ...
def theil(x: Sizes, reference: Vector | None = None) -> float | pd.Series:
    """Return Theil's T, Σ s ln(s/r) with r = 1/n by default, range [0, ln n] then.

    Parameters
    ----------
    x
        Sizes ≥ 0, (n,) or DataFrame of columns; 0 ln 0 = 0.
    reference
        Sizes whose shares are r, (n,), matched by label when both are labelled. With shares of
        economic area this is the Kullback-Leibler localisation index.

    Returns
    -------
        Float, or Series per column. NaN for a total of zero, and where r = 0 but s > 0.

    References
    ----------
    Theil 1967, Economics and Information Theory; Mori, Nishikimi & Smith 2005, Review of
    Economics and Statistics 87.

    Raises
    ------
    MetricError
        Negative, infinite, missing or no values; reference of another length or other labels.
    """
    r = companion(reference, x, np.shape(x)[:1], "reference")

    def index(values: np.ndarray) -> float:
        if (shares := _against(values, r)) is None:
            return UndefinedFloat("total_zero")
        s, base = shares
        some = s > 0
        if (base[some] == 0).any():
            return UndefinedFloat("reference_zero")
        return max(0.0, float((s[some] * np.log(s[some] / base[some])).sum()))

    return per_column(x, "theil", index)


@overload
def hoover(x: Vector, reference: Vector | None = None) -> float: ...
@overload
def hoover(x: pd.DataFrame, reference: Vector | None = None) -> pd.Series: ...
def hoover(x: Sizes, reference: Vector | None = None) -> float | pd.Series:
    """Return the Hoover index ½ Σ abs(s - r), range [0, 1): the share that would have to move.

    Parameters
    ----------
    x
        Sizes ≥ 0, (n,) or DataFrame of columns.
    reference
        Sizes whose shares are r (area, population, all industries), (n,), matched by label when
        both are labelled. Equal shares by default.

    Returns
    -------
        Float, or Series per column. NaN for a total of zero.

    References
    ----------
    Hoover 1936, Review of Economics and Statistics 18.

    Raises
    ------
    MetricError
        Negative, infinite, missing or no values; reference of another length or other labels.
    """
    r = companion(reference, x, np.shape(x)[:1], "reference")

    def index(values: np.ndarray) -> float:
        if (shares := _against(values, r)) is None:
            return UndefinedFloat("total_zero")
        s, base = shares
        return float(np.abs(s - base).sum() / 2)

    return per_column(x, "hoover", index)


def by_quotient(mass: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the ascending order of mass / weight; weight 0 with mass comes last."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = mass / weight
    quotient[(weight == 0) & (mass == 0)] = 0.0
    return np.argsort(quotient, kind="stable")


def locational_gini(counts: pd.DataFrame) -> pd.Series:
    """Return the Gini coefficient of every industry's localisation curve, range [0, 1).

    Areas in ascending order of their location quotient, running share of all industries against
    running share of the industry. Krugman 1991 reports half of it.

    Parameters
    ----------
    counts
        Areas × industries.

    Returns
    -------
        Series per industry. NaN for an industry without firms.

    References
    ----------
    Krugman 1991, Geography and Trade; Hoover 1936.

    Raises
    ------
    MetricError
        As `clusters.metrics.counts.check_counts`.
    """
    result = locational_ginis(check_counts(counts))
    return mark_undefined(
        pd.Series(result, index=counts.columns, name="locational_gini"),
        rows={"industry_total_zero": np.isnan(result)},
    )


def locational_ginis(values: np.ndarray) -> np.ndarray:
    """Return `locational_gini` of checked tables (..., areas, industries), (..., industries)."""
    unit = to_unit(values, (-2, -1))
    areas = unit.sum(axis=-1)
    result = np.full((*areas.shape[:-1], values.shape[-1]), np.nan)
    for at in np.ndindex(result.shape):
        mass, every = unit[(*at[:-1], slice(None), at[-1])], areas[at[:-1]]
        if mass.any():
            order = by_quotient(mass, every)
            result[at] = max(0.0, _lorenz_area(mass[order], every[order]))
    return result
