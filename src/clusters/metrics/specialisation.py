"""How much more of an industry an area has than its size lets one expect.

Notation: e_ir size of industry i in area r, e_i. and e_.r totals, e the grand total.
``counts`` is a DataFrame areas × industries (see `clusters.metrics.counts`). Tests and intervals
treat firms as the units that choose a place, so they take numbers of firms, not employment.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import check_counts, to_unit
from clusters.metrics.inference import check_confidence
from clusters.metrics.proportions import once_each, proportion_bounds
from clusters.metrics.undefined import mark_undefined

AdditiveConvention: TypeAlias = Literal["area", "industry"]
TestMethod: TypeAlias = Literal["hypergeometric", "binomial"]
IntervalMethod: TypeAlias = Literal["delta", "exact"]
KrugmanReference: TypeAlias = Literal["rest", "others_mean", "total"]


@dataclass(frozen=True)
class _Margins:
    """Values (..., areas, industries) with their totals, ready for broadcasting."""

    cells: np.ndarray
    areas: np.ndarray
    industries: np.ndarray
    total: np.ndarray


def _margins(values: np.ndarray) -> _Margins:
    areas = values.sum(axis=-1, keepdims=True)
    total = areas.sum(axis=-2, keepdims=True)
    return _Margins(values, areas, values.sum(axis=-2, keepdims=True), total)


def _unit_margins(values: np.ndarray) -> _Margins:
    return _margins(to_unit(values, (-2, -1)))


def _quotient(top: np.ndarray, bottom: np.ndarray | float) -> np.ndarray:
    """Divide, NaN where the denominator is zero."""
    top, bottom = np.broadcast_arrays(np.asarray(top, float), np.asarray(bottom, float))
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)


def _table(counts: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, index=counts.index, columns=counts.columns)


def _mark_margins(table: pd.DataFrame, m: _Margins, cells: str | None = None) -> pd.DataFrame:
    return mark_undefined(
        table,
        rows={"area_total_zero": m.areas[:, 0] == 0},
        columns={"industry_total_zero": m.industries[0] == 0},
        cells=cells,
    )


def quotients(values: np.ndarray) -> np.ndarray:
    """Return `location_quotient` of checked tables, (..., areas, industries)."""
    m = _unit_margins(values)
    return _quotient(_quotient(m.cells, m.areas), _quotient(m.industries, m.total))


def location_quotient(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the location quotient (e_ir/e_.r) / (e_i./e), the revealed comparative advantage.

    1 means the area holds its share; range [0, e/e_.r]. NaN where the area or the industry is
    empty (e_.r = 0 or e_i. = 0), see `why_undefined`.

    References
    ----------
    Florence 1939, Report on the location of industry; Balassa 1965, Manchester School 33.

    Raises
    ------
    MetricError
        Values negative, infinite or missing; duplicate labels; empty table.
    """
    values = check_counts(counts)
    return _mark_margins(_table(counts, quotients(values)), _unit_margins(values))


def additive_location_quotient(
    counts: pd.DataFrame, *, convention: AdditiveConvention = "area"
) -> pd.DataFrame:
    """Return the additive location quotient, a difference of shares in [-1, 1].

    Parameters
    ----------
    counts
        Areas × industries.
    convention
        ``area``: e_ir/e_.r - e_i./e, the share of the industry in the area less its share in all;
        rows sum to 0; NaN where the area is empty. ``industry``: e_ir/e_i. - e_.r/e, the area's
        share of the industry less its share of all; columns sum to 0; NaN where the industry is
        empty.

    References
    ----------
    Hoen & Oosterhaven 2006, Annals of Regional Science 40 (``area``); the other is that of REAT.

    Raises
    ------
    MetricError
        As `location_quotient`, or an unknown convention.
    """
    m = _unit_margins(check_counts(counts))
    if convention == "area":
        difference = _quotient(m.cells, m.areas) - _quotient(m.industries, m.total)
        empty = {"area_total_zero": m.areas[:, 0] == 0}
        return mark_undefined(_table(counts, difference), rows=empty)
    if convention == "industry":
        difference = _quotient(m.cells, m.industries) - _quotient(m.areas, m.total)
        empty = {"industry_total_zero": m.industries[0] == 0}
        return mark_undefined(_table(counts, difference), columns=empty)
    raise MetricError(f"convention {convention!r} is unknown; choose area or industry")


def location_quotient_test(
    counts: pd.DataFrame, method: TestMethod = "hypergeometric"
) -> pd.DataFrame:
    """Return p = P(X ≥ k), the chance of k or more firms when firms choose places blindly.

    N firms in all, K in the industry, n in the area, k in both: ``hypergeometric`` keeps both
    margins fixed, X ~ Hypergeom(N, K, n); ``binomial`` throws K darts, X ~ Bin(K, n/N).
    One-sided, over-representation; range [0, 1]; 1 where k = 0.

    References
    ----------
    Guimarães, Figueiredo & Woodward 2009, Regional Science and Urban Economics 39.

    Raises
    ------
    MetricError
        As `location_quotient`, for values that are not whole numbers, or an unknown method.
    """
    values = check_counts(counts, whole=True)
    if method == "hypergeometric":
        return _table(counts, hypergeometric_p(values))
    if method != "binomial":
        raise MetricError(f"method {method!r} is unknown; choose hypergeometric or binomial")
    from scipy.special import betainc  # noqa: PLC0415 - imported when first needed

    m = _margins(values)
    p = np.ones(m.cells.shape)
    some = m.cells > 0
    k = m.cells[some]
    industry = np.broadcast_to(m.industries, p.shape)[some]
    share = np.broadcast_to(m.areas, p.shape)[some] / m.total.item()
    p[some] = betainc(k, industry - k + 1, share)
    return _table(counts, p)


def hypergeometric_p(values: np.ndarray) -> np.ndarray:
    """Return the p of `location_quotient_test` for checked tables, (..., areas, industries)."""
    # The import costs most of a second: it waits for the first test.
    from scipy.stats import hypergeom  # noqa: PLC0415

    def tail(
        k: np.ndarray, total: np.ndarray, industry: np.ndarray, area: np.ndarray
    ) -> np.ndarray:
        return np.clip(hypergeom.sf(k - 1, total, industry, area), 0.0, 1.0)

    m = _margins(values)
    p = np.ones(m.cells.shape)
    some = m.cells > 0
    every = (np.broadcast_to(one, p.shape)[some] for one in (m.total, m.industries, m.areas))
    p[some] = once_each(tail, m.cells[some], *every)
    return p


def _delta_interval(m: _Margins, z: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval on ln LQ; NaN where k = 0."""
    k = np.where(m.cells > 0, m.cells, np.nan)
    inside = _quotient(k, m.areas)
    rest = m.total - m.areas
    outside = np.where(rest > 0, _quotient(m.industries - m.cells, rest), 0.0)
    variance = (1 / k - 1 / m.industries) ** 2 * m.areas * inside * (1 - inside)
    variance = variance + (1 / m.industries) ** 2 * rest * outside * (1 - outside)
    half = z * np.sqrt(variance)
    centre = np.log(k * m.total / (m.areas * m.industries))
    return np.exp(centre - half), np.exp(centre + half)


def exact_bounds(values: np.ndarray, *, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the ``exact`` bounds of `location_quotient_interval` for checked tables.

    Both of the shape of ``values``, (..., areas, industries).
    """
    m = _margins(values)
    k = m.cells
    low, high = proportion_bounds(k, m.industries, confidence=confidence)
    share = _quotient(m.areas, m.total)
    empty = np.broadcast_to(m.industries == 0, k.shape)
    return (
        np.where(empty, np.nan, _quotient(low, share)),
        np.where(empty, np.nan, _quotient(high, share)),
    )


def location_quotient_interval(
    counts: pd.DataFrame, confidence: float = 0.95, method: IntervalMethod = "delta"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lower and upper confidence limits of every location quotient.

    ``delta``: exp(ln LQ ± z √V), V = (1/k - 1/K)² n p(1-p) + (1/K)² n' p'(1-p') with p = k/n in
    the area and n' = N - n, p' = (K - k)/n' outside. NaN where k = 0 (no logarithm).
    ``exact``: Clopper-Pearson limits of k of K, divided by n/N; defined for k = 0, with lower
    limit 0. Both NaN where the area or the industry is empty.

    References
    ----------
    After Moineddin, Beyene & Boyle 2003, Geographical Analysis 35; Clopper & Pearson 1934,
    Biometrika 26.

    Raises
    ------
    MetricError
        As `location_quotient_test`, or for a confidence outside (0, 1).
    """
    check_confidence(confidence)
    m = _margins(check_counts(counts, whole=True))
    if method == "delta":
        from scipy.special import ndtri  # noqa: PLC0415 - imported when first needed

        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = _delta_interval(m, float(-ndtri((1 - confidence) / 2)))
    elif method == "exact":
        low, high = exact_bounds(m.cells, confidence=confidence)
    else:
        raise MetricError(f"method {method!r} is unknown; choose delta or exact")
    return (
        _mark_margins(_table(counts, low), m, cells="no_count"),
        _mark_margins(_table(counts, high), m, cells="no_count"),
    )


def standardised_location_quotient(counts: pd.DataFrame, log: bool = False) -> pd.DataFrame:
    """Return (LQ_ir - mean over areas) / sd over areas, per industry; sd with R - 1.

    Parameters
    ----------
    counts
        Areas × industries.
    log
        Standardise ln LQ instead; areas without the industry (LQ = 0) are then NaN and stay out
        of mean and sd.

    Returns
    -------
        Areas × industries, mean 0 and sd 1 down every column. Values above 1.65 count as
        significant only if the quotients are normal. NaN where LQ is undefined, fewer than two
        areas have a value, or all values are equal.

    References
    ----------
    O'Donoghue & Gleave 2004, Regional Studies 38; Tian 2013, Journal of Regional
    Analysis and Policy 43.

    Raises
    ------
    MetricError
        As `location_quotient`.
    """
    quotient = location_quotient(counts)
    values = quotient.to_numpy(copy=True)
    if log:
        values = np.log(values, out=np.full(values.shape, np.nan), where=values > 0)
    known = np.isfinite(values)
    number = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = _quotient(filled.sum(axis=0), number)
    deviation = np.where(known, values - mean, 0.0)
    sd = np.sqrt(_quotient((deviation**2).sum(axis=0), np.maximum(number - 1, 0)))
    # Equal quotients differ by rounding only; their spread must not be blown up to ±1.
    scale = np.max(np.where(known, np.abs(values), 0.0), axis=0)
    flat = (number >= 2) & ~(sd > 1e-12 * np.maximum(scale, 1.0))
    sd[flat] = np.nan
    empty = (counts.to_numpy() == 0).all(axis=0)
    return mark_undefined(
        _table(counts, (values - mean) / sd),
        rows={"area_total_zero": quotient.isna().all(axis=1).to_numpy()},
        columns={
            "industry_total_zero": empty,
            "too_few_areas": number < 2,
            "no_variation": flat,
        },
        cells="zero_value" if log else None,
    )


def _others(cells: np.ndarray) -> np.ndarray:
    """Return the sums over all other rows, from running sums of both ends.

    Total less own value would leave rounding where nothing is left.
    """
    above = np.zeros_like(cells)
    below = np.zeros_like(cells)
    above[..., 1:, :] = np.cumsum(cells[..., :-1, :], axis=-2)
    below[..., :-1, :] = np.cumsum(cells[..., :0:-1, :], axis=-2)[..., ::-1, :]
    return above + below


def _krugman_reference(m: _Margins, shares: np.ndarray, reference: str) -> np.ndarray:
    """Return the shares each area is compared with, (..., areas or 1, industries)."""
    if reference == "total":
        return _quotient(m.industries, m.total)
    if reference == "rest":
        rest = _others(m.cells)
        return _quotient(rest, rest.sum(axis=-1, keepdims=True))
    if reference == "others_mean":
        known = ~np.isnan(shares[..., :1])
        others = known.sum(axis=-2, keepdims=True) - known
        return _quotient(_others(np.where(known, shares, 0.0)), others)
    raise MetricError(f"reference {reference!r} is unknown; choose rest, others_mean or total")


def specialisations(values: np.ndarray, reference: KrugmanReference = "rest") -> np.ndarray:
    """Return `krugman_specialisation` of checked tables (..., areas, industries), (..., areas)."""
    m = _unit_margins(np.ascontiguousarray(values))  # one order of adding up, whatever the memory
    shares = _quotient(m.cells, m.areas)
    return np.abs(shares - _krugman_reference(m, shares, reference)).sum(axis=-1)


def krugman_specialisation(counts: pd.DataFrame, reference: KrugmanReference = "rest") -> pd.Series:
    """Return Σ_i abs(e_ir/e_.r - reference_i) per area, range [0, 2].

    Parameters
    ----------
    counts
        Areas × industries.
    reference
        ``rest``: shares of all other areas taken together; ``others_mean``: unweighted mean of
        the other areas' shares (empty areas left out); ``total``: shares of all areas.

    Returns
    -------
        Series per area, 0 for the structure of the reference, 2 for nothing in common. NaN for an
        empty area, or when there is nothing to compare with.

    References
    ----------
    Krugman 1991, Geography and Trade.

    Raises
    ------
    MetricError
        As `location_quotient`, or an unknown reference.
    """
    values = check_counts(counts)
    index = specialisations(values, reference)
    empty = (values == 0).all(axis=1)
    return mark_undefined(
        pd.Series(index, index=counts.index, name="krugman_specialisation"),
        rows={"area_total_zero": empty, "rest_total_zero": np.isnan(index) & ~empty},
    )


def hachman(counts: pd.DataFrame) -> pd.Series:
    """Return 1 / Σ_i LQ_ir (e_ir/e_.r) per area: 1 is the structure of the whole, range (0, 1].

    NaN for an empty area.

    References
    ----------
    Hachman 1995, Bureau of Economic and Business Research, University of Utah.

    Raises
    ------
    MetricError
        As `location_quotient`.
    """
    m = _unit_margins(check_counts(counts))
    shares = _quotient(m.cells, m.areas)
    overall = _quotient(m.industries, m.total)
    present = np.where(m.industries > 0, shares * _quotient(shares, overall), 0.0)
    return mark_undefined(
        pd.Series(_quotient(np.ones(1), present.sum(axis=1)), index=counts.index, name="hachman"),
        rows={"area_total_zero": m.areas[:, 0] == 0},
    )
