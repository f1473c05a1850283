"""Clusters by rule: how many thresholds an industry passes in an area, and cluster indices.

Rules of this kind are conventions; the thresholds are arguments, so that a page can show them.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats, check_counts, check_labels, check_values, tame
from clusters.metrics.specialisation import location_quotient
from clusters.metrics.undefined import mark_undefined


@dataclass(frozen=True)
class StarRule:
    """The thresholds of `cluster_stars`, as one value that settings fill and a page shows.

    Attributes
    ----------
    size_share, quotient, focus_share, growth_share, min_size
        As `cluster_stars`.
    """

    size_share: float = 0.10
    quotient: float = 2.0
    focus_share: float = 0.10
    growth_share: float = 0.10
    min_size: float = 5.0

    def stars(
        self,
        counts: pd.DataFrame,
        *,
        start: pd.DataFrame | None = None,
        end: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Return the stars of a table by this rule; ``start`` and ``end`` add that of growth."""
        return cluster_stars(counts, start=start, end=end, **asdict(self))

    def words(self, *, growth: bool) -> str:
        """Return the rule in one line."""
        parts = [
            f"size in the top {self.size_share:.0%} of areas",
            f"location quotient of at least {self.quotient:g}",
            f"share of the area in the top {self.focus_share:.0%}",
        ]
        if growth:
            parts.append(f"growth in the top {self.growth_share:.0%}")
        return f"one star each: {', '.join(parts)}; none below {self.min_size:g}"


def _top(values: np.ndarray, share: float) -> np.ndarray:
    """Mark, per column, positive values among the top share of all rows; ties at the edge are in.

    ``share`` of R rows is rounded up, so at least one row can pass.
    """
    number = int(np.ceil(share * len(values) - 1e-9))
    edge = np.sort(values, axis=0)[-number]
    return (values >= edge) & (values > 0)


def cluster_stars(
    counts: pd.DataFrame,
    *,
    size_share: float = 0.10,
    quotient: float = 2.0,
    focus_share: float = 0.10,
    min_size: float = 0.0,
    start: pd.DataFrame | None = None,
    end: pd.DataFrame | None = None,
    growth_share: float = 0.10,
) -> pd.DataFrame:
    """Return 0 to 3 stars for every area and industry, 0 to 4 where growth is known.

    One star each for size (among the top ``size_share`` of all areas in the industry),
    specialisation (location quotient of at least ``quotient``), focus (the industry's share of
    the area among the top ``focus_share`` of all areas) and, with ``start``, growth (end / start
    - 1 above 0 and among the top ``growth_share``).

    Parameters
    ----------
    counts
        Areas × industries; give every area of the region, for shares are of all of them.
    size_share, focus_share
        Shares in (0, 1], 10 % by default; the number of areas is rounded up, ties are in.
    quotient
        Location quotient that earns the star.
    min_size
        Smaller industries in an area earn no star at all, in the unit of ``counts``.
    start, end
        Areas × industries as ``counts``, at the beginning and the end of a period; ``end`` is
        ``counts`` by default. An industry that was nowhere in an area before, or that was smaller
        than ``min_size``, has no growth rate and earns no star for it.
    growth_share
        As ``size_share``, of growth rates.

    Returns
    -------
        Areas × industries, int64 0..3 (0..4 with ``start``): 0 where the area has nothing of the
        industry.

    References
    ----------
    After the European Cluster Observatory (2007-2011), clusterobservatory.eu. The size rule and
    the number of stars are as published there; the default quotient and focus share could not be
    checked against the publication, so show the thresholds beside the stars.

    Raises
    ------
    MetricError
        As `location_quotient`, thresholds out of range, or start and end with other labels.
    """
    shares = {"size_share": size_share, "focus_share": focus_share, "growth_share": growth_share}
    for name, share in shares.items():
        if not 0 < share <= 1:
            raise MetricError(f"{name} is {share}; it must be above 0 and at most 1, e.g. 0.1")
    if not quotient > 0 or not min_size >= 0:
        raise MetricError(
            f"quotient is {quotient} and min_size {min_size}; give above 0 and at least 0"
        )
    raw = check_counts(counts)
    values = tame(raw)
    lq = np.nan_to_num(location_quotient(counts).to_numpy(), nan=0.0)
    areas = values.sum(axis=1, keepdims=True)
    focus = np.divide(values, areas, out=np.zeros(values.shape), where=areas > 0)
    # A quotient of exactly the threshold must not be lost to rounding.
    special = lq >= quotient * (1 - 1e-12)
    stars = _top(values, size_share).astype(int) + special + _top(focus, focus_share)
    if start is not None or end is not None:
        stars = stars + _top(_growth(counts, start, end, min_size), growth_share)
    stars = np.where((values > 0) & (raw >= min_size), stars, 0)
    return pd.DataFrame(stars, index=counts.index, columns=counts.columns, dtype="int64")


def _growth(
    counts: pd.DataFrame, start: pd.DataFrame | None, end: pd.DataFrame | None, least: float
) -> np.ndarray:
    """Return relative growth, 0 where there is no rate to speak of."""
    if start is None:
        raise MetricError("end is given without start; growth needs both")
    e0, e1 = (
        check_counts(_labelled(table, counts, name))
        for table, name in ((start, "start"), (counts if end is None else end, "end"))
    )
    some = e0 >= max(least, np.finfo(float).tiny)
    return np.divide(e1 - e0, e0, out=np.zeros(e0.shape), where=some)


def _labelled(table: pd.DataFrame, counts: pd.DataFrame, what: str) -> pd.DataFrame:
    """Return a table in the order of ``counts``; MetricError where it lacks a label."""
    if not isinstance(table, pd.DataFrame):
        raise MetricError(f"{what} is {type(table).__name__}; pass a DataFrame like counts")
    for axis, ours, theirs in (
        ("area", counts.index, table.index),
        ("industry", counts.columns, table.columns),
    ):
        check_labels(theirs, f"{what}: the labels")
        lost = ours.difference(theirs).tolist()
        if lost:
            raise MetricError(f"{what} has no {axis} {lost[0]!r}; give the labels of counts")
    return table.reindex(index=counts.index, columns=counts.columns)


def _by_area(values: pd.Series, counts: pd.DataFrame, what: str) -> np.ndarray:
    """Return positive figures per area as a column in the order of ``counts``."""
    if not isinstance(values, pd.Series):
        raise MetricError(f"{what} is {type(values).__name__}; pass a Series labelled by area")
    check_labels(values.index, what)
    lost = counts.index.difference(values.index).tolist()
    if lost:
        raise MetricError(f"{what} has no area {lost[0]!r}; add it")
    column = as_floats(values.reindex(counts.index), what)
    check_values(column, what)
    if (column == 0).any():
        area = counts.index[column == 0].tolist()[0]
        raise MetricError(f"{what} of area {area!r} is 0; it divides, so it must be positive")
    return column[:, None]


def litzenberger_sternberg(
    counts: pd.DataFrame,
    area_km2: pd.Series,
    population: pd.Series,
    firms: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the cluster index ID · IB / BG of every area and industry, [0, ∞).

    Relative industrial density ID = (e_ir/a_r)/(e_i./a), relative industrial stock
    IB = (e_ir/p_r)/(e_i./p), relative firm size BG = (e_ir/b_ir)/(e_i./b_i.), with a area, p
    population, b number of firms: density and stock made of many firms rather than one large one.

    Parameters
    ----------
    counts
        Areas × industries, e: employment or any other size.
    area_km2, population
        a and p per area (km², persons), matched by label, positive.
    firms
        Areas × industries, b: numbers of firms, same labels. Without it ``counts`` is taken for
        numbers of firms, and BG is 1.

    Returns
    -------
        Areas × industries. 0 where e_ir = 0. NaN where the industry is empty
        (``industry_total_zero``), or where there is size but no firm (``denominator_zero``).

    References
    ----------
    Sternberg & Litzenberger 2004, European Planning Studies 12.

    Raises
    ------
    MetricError
        As `location_quotient`; areas missing from, or not positive in, ``area_km2`` or
        ``population``; firms with other labels.
    """
    e = tame(check_counts(counts))
    a, p = _by_area(area_km2, counts, "area_km2"), _by_area(population, counts, "population")
    b = e
    if firms is not None:
        check_counts(firms)
        if not (firms.index.isin(counts.index).all() and firms.columns.isin(counts.columns).all()):
            raise MetricError("firms names areas or industries that counts does not")
        b = firms.reindex(index=counts.index, columns=counts.columns).to_numpy(dtype=float)
        if np.isnan(b).any():
            raise MetricError("firms lacks areas or industries of counts; give the same labels")
    total, plants = e.sum(axis=0), b.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = (e / a) / (total / a.sum())
        stock = (e / p) / (total / p.sum())
        size = (e / b) / (total / plants)
        index = np.where(e == 0, 0.0, density * stock / size)
    index[:, total == 0] = np.nan
    index[(e > 0) & (b == 0)] = np.nan
    table = pd.DataFrame(index, index=counts.index, columns=counts.columns)
    return mark_undefined(
        table, columns={"industry_total_zero": total == 0}, cells="denominator_zero"
    )
