"""Which industries share places, how close an area is to an industry, and economic complexity.

All start from M, areas × industries, 1 where the location quotient is at least ``threshold``.
Industries no area specialises in (and areas that specialise in nothing) are ``absent``.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import check_counts
from clusters.metrics.specialisation import location_quotient
from clusters.metrics.undefined import mark_undefined

ROUNDING = 1e-9
"""Eigenvalues, which lie in [0, 1], and correlations that are nearer than this are the same."""


@dataclass(frozen=True)
class Complexity:
    """Economic complexity of areas and industries.

    Attributes
    ----------
    eci
        Series per area, mean 0 and standard deviation 1; higher for areas whose specialisations
        are rare elsewhere.
    pci
        Series per industry, on the scale of ``eci``: the ECI of an area is the mean PCI of its
        specialisations.
    reason
        Why nothing is defined (``disconnected``, ``too_few_areas``, ``no_variation``, ``tied``,
        ``no_direction``), or None.
    """

    eci: pd.Series
    pci: pd.Series
    reason: str | None = None


def _specialised(counts: pd.DataFrame, threshold: float) -> np.ndarray:
    """Return M as floats, 0 where the quotient is undefined."""
    if not threshold > 0:
        raise MetricError(
            f"threshold is {threshold}; a location quotient above 0 is needed, e.g. 1"
        )
    quotient = location_quotient(counts).to_numpy()
    # A quotient of exactly the threshold must not be lost to rounding.
    return (np.nan_to_num(quotient, nan=0.0) >= threshold * (1 - 1e-12)).astype(float)


def _proximity(m: np.ndarray) -> np.ndarray:
    """Return (M'M)_ij / max(k_i, k_j), NaN for industries of ubiquity 0."""
    ubiquity = m.sum(axis=0)
    largest = np.maximum(ubiquity[:, None], ubiquity[None, :])
    phi = np.divide(m.T @ m, largest, out=np.zeros(largest.shape), where=largest > 0)
    phi[ubiquity == 0] = np.nan
    phi[:, ubiquity == 0] = np.nan
    return phi


def proximity(counts: pd.DataFrame, *, threshold: float = 1.0) -> pd.DataFrame:
    """Return φ_ij = min(P(i|j), P(j|i)), the share of areas specialised in both industries.

    Parameters
    ----------
    counts
        Areas × industries.
    threshold
        Location quotient from which an area counts as specialised.

    Returns
    -------
        Industries × industries, symmetric, [0, 1], 1 on the diagonal; NaN (``absent``) for
        industries no area specialises in.

    References
    ----------
    Hidalgo, Klinger, Barabási & Hausmann 2007, Science 317.

    Raises
    ------
    MetricError
        As `location_quotient`, or a threshold that is not positive.
    """
    m = _specialised(counts, threshold)
    absent = m.sum(axis=0) == 0
    table = pd.DataFrame(_proximity(m), index=counts.columns, columns=counts.columns)
    return mark_undefined(table, rows={"absent": absent}, columns={"absent": absent})


def relatedness_density(counts: pd.DataFrame, *, threshold: float = 1.0) -> pd.DataFrame:
    """Return Σ_j M_rj φ_ij / Σ_j φ_ij: how much of what is near industry i the area has.

    The industry itself counts (φ_ii = 1).

    Parameters
    ----------
    counts, threshold
        As `proximity`.

    Returns
    -------
        Areas × industries, [0, 1]; NaN (``absent``) for industries no area specialises in.

    References
    ----------
    Hidalgo et al. 2007, Science 317; Boschma, Balland & Kogler 2015, Industrial and Corporate
    Change 24.

    Raises
    ------
    MetricError
        As `proximity`.
    """
    m = _specialised(counts, threshold)
    absent = m.sum(axis=0) == 0
    phi = np.nan_to_num(_proximity(m), nan=0.0)
    total = phi.sum(axis=0)
    density = np.divide(m @ phi, total, out=np.full(m.shape, np.nan), where=total > 0)
    table = pd.DataFrame(density, index=counts.index, columns=counts.columns)
    return mark_undefined(table, columns={"absent": absent})


def _undefined_complexity(counts: pd.DataFrame, reason: str) -> Complexity:
    eci = pd.Series(np.nan, index=counts.index, name="eci")
    pci = pd.Series(np.nan, index=counts.columns, name="pci")
    return Complexity(
        mark_undefined(eci, rows={reason: np.ones(len(eci), dtype=bool)}),
        mark_undefined(pci, rows={reason: np.ones(len(pci), dtype=bool)}),
        reason,
    )


def _sign(vector: np.ndarray, yardstick: np.ndarray) -> float:
    """Return the sign of the correlation of both, (n,); 0 where it is zero up to rounding."""
    if np.ptp(yardstick) <= ROUNDING * np.abs(yardstick).max():
        return 0.0
    away, told = vector - vector.mean(), yardstick - yardstick.mean()
    product = float(away @ told)
    some = abs(product) > ROUNDING * np.linalg.norm(away) * np.linalg.norm(told)
    return float(np.sign(product)) if some else 0.0


def complexity(counts: pd.DataFrame, *, threshold: float = 1.0) -> Complexity:
    """Return the economic complexity of areas (ECI) and industries (PCI).

    ECI is the eigenvector of the second largest eigenvalue of D_r⁻¹ M D_i⁻¹ M', standardised
    (sd with n). An eigenvector has no sign of its own: ECI is signed so that it correlates
    positively with diversity (the number of an area's specialisations); where that correlation is
    zero, positively with rarity (the fewer areas share an area's specialisations on average, the
    higher). PCI follows from it such that every area's ECI is the mean PCI of its
    specialisations. Neither depends on the order of rows and columns.

    Parameters
    ----------
    counts, threshold
        As `proximity`.

    Returns
    -------
        `Complexity`; areas without a specialisation and industries without a specialised area are
        NaN (``absent``). All NaN when M falls into unconnected parts, for the eigenvector is then
        not unique (``disconnected``); when it is not unique because the second largest eigenvalue
        is repeated (``tied``); when neither diversity nor rarity tells which end is high
        (``no_direction``), as where M looks the same from both; when fewer than two areas remain
        (``too_few_areas``); or when all have the same specialisations (``no_variation``).

    References
    ----------
    Hidalgo & Hausmann 2009, PNAS 106; Hausmann et al. 2014, The Atlas of Economic Complexity.

    Raises
    ------
    MetricError
        As `proximity`.
    """
    check_counts(counts)
    whole = _specialised(counts, threshold)
    rows, columns = whole.sum(axis=1) > 0, whole.sum(axis=0) > 0
    m = whole[rows][:, columns]
    if len(m) < 2:
        return _undefined_complexity(counts, "too_few_areas")
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    # Similar to D_r⁻¹ M D_i⁻¹ M' and symmetric, so its eigenvectors are real and exact.
    half = m / np.sqrt(np.outer(diversity, ubiquity))
    values, vectors = np.linalg.eigh(half @ half.T)
    if values[-2] > 1 - ROUNDING:
        return _undefined_complexity(counts, "disconnected")
    raw = vectors[:, -2] / np.sqrt(diversity)
    spread = raw.std()
    if values[-2] < ROUNDING or spread < ROUNDING:
        return _undefined_complexity(counts, "no_variation")
    if len(values) > 2 and values[-2] - values[-3] < ROUNDING:
        return _undefined_complexity(counts, "tied")
    sign = _sign(raw, diversity) or _sign(raw, -(m @ ubiquity) / diversity)
    if sign == 0:
        return _undefined_complexity(counts, "no_direction")
    raw = raw * sign
    # M' D⁻¹ carries the eigenvector to industries up to the eigenvalue; the mean over an area's
    # industries then returns it exactly.
    product = (m.T @ raw) / ubiquity / values[-2]
    eci = np.full(len(rows), np.nan)
    pci = np.full(len(columns), np.nan)
    eci[rows] = (raw - raw.mean()) / spread
    pci[columns] = (product - raw.mean()) / spread
    return Complexity(
        mark_undefined(pd.Series(eci, index=counts.index, name="eci"), rows={"absent": ~rows}),
        mark_undefined(pd.Series(pci, index=counts.columns, name="pci"), rows={"absent": ~columns}),
    )


def locational_correlation(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the correlation over areas of the sizes of every two industries, [-1, 1].

    Industries × industries; NaN (``no_variation``) for an industry of the same size everywhere.

    References
    ----------
    Porter 2003, Regional Studies 37; Delgado, Porter & Stern 2016, Journal of Economic Geography.

    Raises
    ------
    MetricError
        As `location_quotient`.
    """
    values = check_counts(counts)
    # Each industry by a power of two: its squares neither overflow nor vanish, no digit changes.
    values = np.ldexp(values, -np.frexp(values.max(axis=0))[1])
    away = values - values.mean(axis=0)
    length = np.sqrt((away**2).sum(axis=0))
    flat = length <= 1e-12 * np.abs(values).max(axis=0) * np.sqrt(len(values))
    unit = np.divide(away, length, out=np.full(away.shape, np.nan), where=~flat)
    table = pd.DataFrame(
        np.clip(unit.T @ unit, -1, 1), index=counts.columns, columns=counts.columns
    )
    return mark_undefined(table, rows={"no_variation": flat}, columns={"no_variation": flat})
