"""Metrics of single cells, one area and one industry: counts, shares, densities, quotients."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.metrics.cross import CrossTable, Floats
from clusters.metrics.inference import false_discovery
from clusters.metrics.proportions import once_each, proportion_bounds
from clusters.metrics.rows import Rows
from clusters.metrics.specialisation import exact_bounds, hypergeometric_p, quotients
from clusters.metrics.sums import Sums

CONFIDENCE = 0.95
SMALL = 5
UNTESTED = "not tested: amounts are not draws"

INTERVALS = ("share", "lq", "lq_population", "lq_gdp")
"""Metrics whose bounds are confidence intervals of the value."""

_AGAINST = {"lq_population": "population", "lq_gdp": "gdp"}
_BINOMIAL = "binomial test against the share, Clopper-Pearson interval, Benjamini-Hochberg q"
_METHODS = {
    "count": "sum",
    "share": "Clopper-Pearson interval",
    "lq": "hypergeometric test, exact interval, Benjamini-Hochberg q",
    "density_km2": "count / area in km²",
    "per_10k_residents": "count / 10 000 residents",
    "lq_population": _BINOMIAL,
    "lq_gdp": _BINOMIAL,
}


@dataclass(frozen=True)
class Estimate:
    """A metric of every cell, (..., areas, industries), with its confidence limits if it has any.

    Missing where the metric is undefined.
    """

    value: Floats
    low: Floats | None = None
    high: Floats | None = None


def estimates(table: CrossTable, areas: pd.DataFrame, *, tested: bool) -> dict[str, Estimate]:
    """Return every metric of the cells of a cross table by name.

    Parameters
    ----------
    table : CrossTable
    areas : DataFrame
        As `Level.areas`.
    tested : bool
        Whether the sums are numbers of firms, which have confidence limits.
    """
    counts, total = table.counts, table.industry_total[..., None, :]
    some = total > 0
    share = np.divide(counts, total, out=np.full_like(counts, np.nan), where=some)
    bounds: tuple[Floats, Floats] | None = None
    if tested:
        low, high = proportion_bounds(counts, total, confidence=CONFIDENCE)
        bounds = np.where(some, low, np.nan), np.where(some, high, np.nan)
    found = {
        "count": Estimate(counts),
        "share": Estimate(share, *(bounds or ())),
        "lq": _against_all(table, tested=tested),
    }
    figures = {
        name: areas[name].to_numpy(float)[:, None] for name in ("area_km2", "population", "gdp")
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        if not np.isnan(figures["area_km2"]).all():
            found["density_km2"] = Estimate(counts / figures["area_km2"])
        if not np.isnan(figures["population"]).all():
            found["per_10k_residents"] = Estimate(counts / (figures["population"] / 10_000))
        for metric, name in _AGAINST.items():
            if not np.isnan(figures[name]).any():
                of = _shares(areas, name)
                found[metric] = Estimate(share / of, *(bound / of for bound in bounds or ()))
    return found


def _against_all(table: CrossTable, *, tested: bool) -> Estimate:
    """Return location quotients against all firms of the registry."""
    shape = table.counts.shape
    value, low, high = (np.full(shape, np.nan) for _ in range(3))
    for block in table.blocks:
        against = table.against_others(block)
        value[..., block] = _cells_of(quotients(against), table)
        if tested:
            bounds = exact_bounds(against, confidence=CONFIDENCE)
            for target, bound in zip((low, high), bounds, strict=True):
                target[..., block] = _cells_of(bound, table)
    return Estimate(value, low, high) if tested else Estimate(value)


def _cells_of(values: Floats, table: CrossTable) -> Floats:
    """Return the cells of areas and industries of values shaped as `CrossTable.against_others`."""
    return (values[..., 0, :] if table.overlapping else values)[..., :-1]


def _shares(areas: pd.DataFrame, name: str) -> Floats:
    """Return the share of each area in residents or output, (areas, 1)."""
    return (areas[name] / areas[name].sum()).to_numpy(float)[:, None]


def cell_metrics(sums: Sums) -> Iterator[Rows]:
    """Yield counts, shares, densities and quotients of every area × industry."""
    every = estimates(sums.cross, sums.level.areas, tested=sums.tested)
    for metric, found in every.items():
        inference: dict[str, Any] = {"note": _note(sums, metric, found.value)}
        if found.low is not None:
            inference |= {"low": found.low, "high": found.high}
        p = _chance(sums, metric) if sums.tested else None
        if p is not None:
            p = np.where(np.isnan(found.value), np.nan, p)  # without a value no test of its family
            inference |= {"p": p, "q": false_discovery(p)}
        method = UNTESTED if metric in INTERVALS and not sums.tested else _METHODS[metric]
        yield sums.cells(found.value, metric, method, **inference)


def _note(sums: Sums, metric: str, value: Floats) -> NDArray[np.object_]:
    """Return what is to be said of each cell, (areas, industries)."""
    note = np.full(value.shape, "", dtype=object)
    areas = sums.level.areas
    few = sums.firms.to_numpy() < SMALL
    if metric == "density_km2":
        note[areas["area_km2"].isna()] = "area unknown"
    elif metric == "per_10k_residents":
        note[areas["population"].isna()] = "no published population"
    elif metric == "lq" or (metric in _AGAINST and sums.tested):
        note[few] = f"fewer than {SMALL} firms"
    if metric in INTERVALS:
        note = np.where(np.isnan(value), sums.empty_industries.to_numpy(), note)
    if metric == "lq":
        empty = sums.empty_areas.to_numpy()[:, None]
        note = np.where(empty != "", empty, note)
    return note


def _chance(sums: Sums, metric: str) -> Floats | None:
    """Return the p of each cell's own test, (areas, industries); None where there is no test."""
    table = sums.cross
    if metric == "lq":
        p = np.ones(table.counts.shape)
        for block in table.blocks:
            p[..., block] = _cells_of(hypergeometric_p(table.against_others(block)), table)
        return p
    if metric in _AGAINST:
        return once_each(
            _as_many,
            table.counts,
            table.industry_total,
            _shares(sums.level.areas, _AGAINST[metric]),
        )
    return None


def _as_many(k: Floats, n: Floats, share: Floats) -> Floats:
    """Return the chance of k or more of n firms in an area with such a share."""
    from scipy.special import betainc  # noqa: PLC0415 - imported when first needed

    return np.where(k > 0, betainc(np.maximum(k, 1), n - k + 1, share), 1.0)
