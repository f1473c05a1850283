"""Doubt about places carried into metrics: multiple imputation pooled by Rubin's rules.

A firm known to a street, a park or a county has no one position. Its position is drawn several
times, everything is measured on every draw, and the results are pooled: the spread between draws
is the part of the doubt that comes from geocoding. The draws come from a function of a seed
(`Draw`), for metrics know no addresses; `PointDraws`, `AreaDraws` and `label_draws` are such
functions for radii, membership probabilities and uncertain classes.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats
from clusters.metrics.hotspots import SIGMAS_95, check_points
from clusters.metrics.inference import check_confidence, check_whole, seeded
from clusters.metrics.undefined import mark_undefined

Imputed = TypeVar("Imputed")
Bounds = TypeVar("Bounds", pd.Series, np.ndarray)
Draw: TypeAlias = Callable[[int], Imputed]
"""Takes a seed and returns one completed data set: areas, points, labels or a whole table."""

COLUMNS: Final = ("value", "low", "high", "doubt_share", "within", "between", "draws")


@dataclass(frozen=True)
class PointDraws:
    """Positions drawn around where firms were found; called with a seed.

    Attributes
    ----------
    points
        (n, 2) metres.
    radii
        (n,) metres: the circle that holds the true place with 95 % probability; 0 stays put.
    """

    points: np.ndarray
    radii: np.ndarray

    def __post_init__(self) -> None:
        """Raise MetricError for points without a place, or radii of another length."""
        number = len(check_points(self.points))
        radii = as_floats(self.radii, "radii")
        if radii.shape != (number,) or not np.isfinite(radii).all() or (radii < 0).any():
            raise MetricError(
                f"radii has shape {radii.shape}; pass {number} metres, finite and not negative"
            )

    def __call__(self, seed: int) -> np.ndarray:
        """Return points (n, 2), each moved by a circular normal error."""
        moved = np.random.default_rng(seed).standard_normal(np.shape(self.points))
        return np.asarray(self.points) + moved * (np.asarray(self.radii) / SIGMAS_95)[:, None]


@dataclass(frozen=True)
class AreaDraws:
    """Areas (or classes) drawn from probabilities; called with a seed.

    Attributes
    ----------
    memberships
        One row per firm and possible area: ``firm`` (label), ``area``, ``probability`` in [0, 1].
        The probabilities of a firm add up to 1 at most; what is left is the chance of no area.
    firms
        Labels of all firms, in the order wanted; those without a row have no area.
    """

    memberships: pd.DataFrame
    firms: pd.Index

    def __post_init__(self) -> None:
        """Raise MetricError for missing columns, unknown firms or impossible probabilities."""
        table = self.memberships
        lost = [name for name in ("firm", "area", "probability") if name not in table.columns]
        if lost:
            raise MetricError(f"memberships has no column {lost[0]!r}")
        if not self.firms.is_unique:
            raise MetricError("firms lists a label twice; every firm is drawn once")
        unknown = table.loc[~table["firm"].isin(self.firms), "firm"].tolist()
        if unknown:
            raise MetricError(f"memberships names the firm {unknown[0]!r}, firms does not")
        p = as_floats(table["probability"], "memberships: column probability")
        sums = pd.Series(p).groupby(table["firm"].to_numpy()).sum()
        if not np.isfinite(p).all() or (p < 0).any() or (sums > 1 + 1e-9).any():
            raise MetricError(
                "memberships: the probabilities of a firm must lie in [0, 1] and add up to 1 at "
                f"most; look at firm {sums.idxmax()!r}"
            )

    def __call__(self, seed: int) -> pd.Series:
        """Return one area per firm, missing where none was drawn."""
        table = self.memberships
        # Sorted, so that the rows' order does not change what a seed draws.
        row = self.firms.get_indexer(pd.Index(table["firm"]))
        order = np.lexsort((table["area"].astype(str).to_numpy(), row))
        row, areas = row[order], table["area"].to_numpy(dtype=object)[order]
        p = table["probability"].to_numpy(dtype=float)[order]
        top = np.cumsum(p)
        start = np.concatenate([[0.0], top])[np.searchsorted(row, row)]
        thrown = np.random.default_rng(seed).random(len(self.firms))[row]
        hit = (thrown < top - start) & (thrown >= top - p - start)
        drawn = np.full(len(self.firms), None, dtype=object)
        drawn[row[hit]] = areas[hit]
        return pd.Series(drawn, index=self.firms, name="area", dtype="str")


def label_draws(probabilities: pd.DataFrame) -> AreaDraws:
    """Return draws of uncertain class labels.

    Parameters
    ----------
    probabilities
        Firms × classes, e.g. the calibrated output of a classifier; rows add up to 1 at most.
    """
    firms, classes = probabilities.shape
    table = pd.DataFrame(
        {
            "firm": probabilities.index.repeat(classes),
            "area": np.tile(probabilities.columns, firms),
            "probability": as_floats(probabilities, "probabilities").ravel(),
        }
    )
    return AreaDraws(table, probabilities.index)


def impute(
    draw: Draw[Imputed],
    measure: Callable[[Imputed], pd.DataFrame],
    *,
    draws: int = 20,
    seed: int = 0,
) -> list[pd.DataFrame]:
    """Measure several completed data sets.

    Parameters
    ----------
    draw
        Returns a completed data set for a seed.
    measure
        Returns the metrics of one data set, as `pool` takes them.
    draws
        Number of data sets, at least 2; 20 leave the interval 2 % wider than endless draws.
    seed
        The data sets are drawn with independent seeds derived from it.

    Raises
    ------
    MetricError
        Fewer than two draws.
    """
    check_whole(draws, "draws")
    if draws < 2:
        raise MetricError(f"draws is {draws}; the spread between draws needs at least 2, better 20")
    seeds = seeded(np.random.SeedSequence, seed).generate_state(draws)
    return [measure(draw(int(k))) for k in seeds]


def pool(
    tables: Sequence[pd.DataFrame],
    keys: Sequence[Hashable] = (),
    *,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> pd.DataFrame:
    """Pool metrics of m completed data sets by Rubin's rules.

    With Q̄ the mean of the m values, W the mean of their variances within a data set and B the
    variance between them (m - 1): total variance T = W + (1 + 1/m) B, interval Q̄ ± t √T with
    ν = (m - 1) (1 + W / ((1 + 1/m) B))² degrees of freedom. Where the draws come from known odds
    rather than from a model fitted to the same firms, the interval is on the safe side.

    Parameters
    ----------
    tables
        One per data set, ``value`` and where it is known ``variance`` (the sampling variance of
        the value, missing or absent otherwise).
    keys
        Columns that name a metric, unique within a table; by default the index does. Rows may be
        in any order and may be absent from some tables, as an area without firms is.
    confidence
        Of the interval.
    bounds
        Range of the metric; intervals end there.

    Returns
    -------
        One row per metric, in the order of first appearance: ``value``, ``low``, ``high``,
        ``doubt_share`` = (1 + 1/m) B / T (share of the interval's variance that comes from the
        draws, [0, 1]; 0 where nothing varies; 1 where no sampling variance is known and the
        interval is that of the draws alone), ``within`` W (missing where unknown), ``between`` B,
        ``draws`` (data sets in which the metric is defined). Undefined values take no part; all is
        NaN with ``too_few_draws`` where fewer than two are left.

    References
    ----------
    Rubin 1987, Multiple Imputation for Nonresponse in Surveys, p. 76.

    Raises
    ------
    MetricError
        Fewer than two tables, missing columns, metrics named twice, negative variances.
    """
    values, variances = _aligned(tables, keys)
    table = pool_values(values, variances, confidence=confidence, bounds=bounds)
    table.index = _index(tables, keys)
    return mark_undefined(table, rows={"too_few_draws": table["draws"].to_numpy() < 2})


def pool_values(
    values: np.ndarray,
    variances: np.ndarray,
    *,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> pd.DataFrame:
    """Return what `pool` does of values and variances (metrics, data sets), NaN where none are."""
    from scipy.special import stdtrit  # noqa: PLC0415 - imported when first needed

    check_confidence(confidence)
    if np.isinf(values).any() or (variances < 0).any() or np.isinf(variances).any():
        raise MetricError("values must be finite or missing, variances also not negative")
    number = (~np.isnan(values)).sum(axis=1)
    enough = number >= 2
    count = np.where(enough, number, np.nan)
    mean = np.nansum(values, axis=1) / count
    between = np.nansum((values - mean[:, None]) ** 2, axis=1) / (count - 1)
    variances = np.where(np.isnan(values), np.nan, variances)
    known = (~np.isnan(variances)).sum(axis=1) == number
    within = np.where(known, np.nansum(variances, axis=1) / count, np.nan)
    sampling = np.nan_to_num(within, nan=0.0)
    # Values that differ by rounding only do not vary.
    between = np.where(between <= (1e-12 * np.abs(mean)) ** 2, 0.0, between)
    drawn = (1 + 1 / count) * between
    total = sampling + drawn
    share = np.divide(drawn, total, out=np.zeros(len(total)), where=total > 0)
    freedom = np.divide(count - 1, share**2, out=np.full(len(total), 1e9), where=share > 0)
    half = stdtrit(np.minimum(freedom, 1e9), (1 + confidence) / 2) * np.sqrt(total)
    return pd.DataFrame(
        {
            "value": mean,
            "low": np.maximum(mean - half, bounds[0]),
            "high": np.minimum(mean + half, bounds[1]),
            "doubt_share": np.where(enough, share, np.nan),
            "within": within,
            "between": between,
            "draws": number,
        }
    )


def with_doubt(
    table: pd.DataFrame,
    drawn: Sequence[pd.DataFrame],
    *,
    keys: Sequence[str],
    intervals: Sequence[str],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Widen the intervals of a long metric table by what several completed data sets differ.

    Parameters
    ----------
    table
        Columns `keys`, ``metric``, ``value``, ``low``, ``high``, measured on the best places.
    drawn
        The same table measured on each completed data set.
    keys
        Columns that name a value, ``metric`` among them.
    intervals
        Metrics whose bounds are confidence intervals of the value. Their sides are widened by
        √(T/W) of `pool`, so that they keep their shape, and held against the mean of the draws.
        Metrics without any bounds get those of the draws; bounds of other metrics (quantiles of a
        null) stay, and have no share of doubt.
    confidence
        Of the intervals.

    Returns
    -------
        The table with ``low`` and ``high`` widened and ``doubt_share`` added, same rows and order.
        A value always lies within its interval.

    Raises
    ------
    MetricError
        As `pool`.
    """
    tables = [
        one.assign(
            variance=variance_of(one["low"], one["high"], confidence=confidence).where(
                one["metric"].isin(list(intervals))
            )
        )
        for one in drawn
    ]
    pooled = pool(tables, list(keys), confidence=confidence)
    found = pooled.reindex(table.set_index(list(keys)).index).reset_index(drop=True)
    return widened(table, found, intervals)


def variance_of(low: Bounds, high: Bounds, *, confidence: float = 0.95) -> Bounds:
    """Return the sampling variance that a normal interval from ``low`` to ``high`` stands for."""
    from scipy.special import ndtri  # noqa: PLC0415 - imported when first needed

    return ((high - low) / (2 * float(ndtri((1 + confidence) / 2)))) ** 2


def widened(table: pd.DataFrame, found: pd.DataFrame, intervals: Sequence[str]) -> pd.DataFrame:
    """Widen intervals as `with_doubt` says, ``found`` what `pool` says of each row of the table."""
    certain = table["metric"].isin(list(intervals)).to_numpy()
    bare = table[["low", "high"]].isna().all(axis=1).to_numpy() & ~certain
    value, mean = table["value"].to_numpy(), found["value"].to_numpy()
    share = found["doubt_share"].to_numpy()
    known = certain & (found["within"] > 0).to_numpy() & (share < 1)
    factor = 1 / np.sqrt(np.where(known, 1 - share, np.nan))
    bounds = {}
    for name, side in (("low", -1.0), ("high", 1.0)):
        old = table[name].to_numpy()
        wide = np.where(known, mean + (old - value) * factor, found[name].to_numpy())
        with np.errstate(invalid="ignore"):  # missing on both sides stays missing
            wide = side * np.fmax(side * wide, side * value)
        moved = (known | bare) & (found["between"] > 0).to_numpy()
        bounds[name] = np.where(moved, wide, np.where(bare & (share == 0), value, old))
    return table.assign(**bounds, doubt_share=np.where(known | bare, share, np.nan))


def _keyed(table: pd.DataFrame, keys: Sequence[Hashable]) -> pd.DataFrame:
    lost = [name for name in (*keys, "value") if name not in table.columns]
    if lost:
        raise MetricError(f"a table of metrics has no column {lost[0]!r}")
    keyed = table.set_index(list(keys)) if keys else table
    if not keyed.index.is_unique:
        twice = keyed.index[keyed.index.duplicated()].tolist()[0]
        raise MetricError(
            f"a table names the metric {twice!r} twice; add a key that tells them apart"
        )
    return keyed


def _index(tables: Sequence[pd.DataFrame], keys: Sequence[Hashable]) -> pd.Index:
    """Return the names of all metrics in the order of first appearance."""
    index = _keyed(tables[0], keys).index
    for table in tables[1:]:
        other = _keyed(table, keys).index
        index = index.append(other[~other.isin(index)])
    return index


def _aligned(
    tables: Sequence[pd.DataFrame], keys: Sequence[Hashable]
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and variances, (metrics, data sets), NaN where there are none."""
    if len(tables) < 2:
        raise MetricError(f"{len(tables)} tables; the spread between draws needs at least 2")
    index = _index(tables, keys)
    stacks: dict[str, list[Any]] = {"value": [], "variance": []}
    for table in tables:
        keyed = _keyed(table, keys).reindex(index)
        for name, stack in stacks.items():
            column = keyed[name] if name in keyed else pd.Series(np.nan, index=index)
            stack.append(as_floats(column, name))
    values, variances = (np.column_stack(stack) for stack in stacks.values())
    return values, variances
