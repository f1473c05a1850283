"""Coagglomeration: plants of different industries sitting together more than darts would.

Same dart board, notation and ``plants`` table as `clusters.metrics.agglomeration`.
"""

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.inference import BLOCK, Alternative, normal_p, permutation_p
from clusters.metrics.plants import (
    Null,
    Plants,
    check_null,
    generator_of,
    one_by_one,
    reduce_plants,
    throw,
)
from clusters.metrics.undefined import UndefinedFloat, mark_undefined


def _simulated_pair(
    data: Plants, pair: tuple[int, int], draws: int, seed: int | None
) -> np.ndarray:
    """Return Σ (s_a - x)(s_b - x) of two industries thrown independently."""
    a, b = (data.z[data.code == k] for k in pair)
    generator = generator_of(seed, *(data.industries[k] for k in pair))
    block = max(1, BLOCK // max(len(a), len(b), len(data.base)))
    parts = []
    for at in range(0, draws, block):
        number = min(block, draws - at)
        left = throw(a, data.base, number, generator) - data.base
        right = throw(b, data.base, number, generator) - data.base
        parts.append((left * right).sum(axis=1))
    return np.concatenate(parts)


def coagglomeration(
    plants: pd.DataFrame,
    area_shares: pd.Series | None = None,
    *,
    null: Null = "normal",
    draws: int = 999,
    seed: int | None = None,
    alternative: Alternative = "greater",
) -> pd.DataFrame:
    """Return the coagglomeration of every pair, Σ (s_a - x)(s_b - x) / (1 - Σx²).

    The null throws the plants of both industries at the dart board independently; then the sum
    has mean 0 and variance H_a H_b (Σx² - 2Σx³ + (Σx²)²) exactly.

    Parameters
    ----------
    plants, area_shares, null, draws, seed, alternative
        As `ellison_glaeser`; the default p is one-sided, that darts are this close or closer.

    Returns
    -------
        Rows (industry_a, industry_b), a before b in sorted order: ``gamma_c`` (about [-1, 1]),
        ``se`` under the null, ``z``, ``p``. NaN where an industry has no plant of positive size
        or one area is the whole economy.

    References
    ----------
    Ellison, Glaeser & Kerr 2010, American Economic Review 100.

    Raises
    ------
    MetricError
        As `ellison_glaeser`, and for a single industry.
    """
    check_null(null, draws)
    data = reduce_plants(one_by_one(plants) if null == "simulate" else plants, area_shares)
    number = len(data.industries)
    if number < 2:
        raise MetricError("plants holds one industry; coagglomeration needs at least two")
    first, second = np.triu_indices(number, k=1)
    spread = float(data.spread) or np.nan
    away = data.shares - data.base
    together = (away @ away.T)[first, second]
    gamma = together / spread
    se = np.sqrt(data.h[first] * data.h[second] * data.pair_variance) / spread
    none = (data.number == 0)[first] | (data.number == 0)[second]
    gamma[none] = se[none] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, gamma / se, np.nan)
    p = normal_p(z, alternative=alternative)
    if null == "simulate":
        for k in np.flatnonzero(~np.isnan(gamma)):
            thrown = _simulated_pair(data, (int(first[k]), int(second[k])), draws, seed)
            p[k] = permutation_p(together[k], thrown, alternative=alternative)
    index = pd.MultiIndex.from_arrays(
        [data.industries[first], data.industries[second]], names=["industry_a", "industry_b"]
    )
    table = pd.DataFrame({"gamma_c": gamma, "se": se, "z": z, "p": p}, index=index)
    single = np.full(len(table), data.spread == 0)
    return mark_undefined(
        table, rows={"one_region": single, "no_plants": none}, cells="no_variation"
    )


def group_coagglomeration(plants: pd.DataFrame, area_shares: pd.Series | None = None) -> float:
    """Return γ^c of all industries in the table taken as one group.

    [G/(1 - Σx²) - Σ w_i² H_i - Σ γ_i w_i² (1 - H_i)] / (1 - Σ w_i²), with w the industries'
    shares of the group and G of the group as a whole. For two industries it equals
    `coagglomeration` of the pair.

    Parameters
    ----------
    plants, area_shares
        As `ellison_glaeser`; give ``area_shares``, for by default the group is compared with
        itself.

    Returns
    -------
        NaN with a reason for fewer than two industries with plants, or one area.

    References
    ----------
    Ellison & Glaeser 1997, Journal of Political Economy 105.

    Raises
    ------
    MetricError
        As `ellison_glaeser`.
    """
    data = reduce_plants(plants, area_shares)
    if data.spread == 0:
        return UndefinedFloat("one_region")
    some = data.number > 0
    if some.sum() < 2:
        return UndefinedFloat("one_industry")
    w = data.industry_size[some] / data.industry_size.sum()
    shares, h = data.shares[some], data.h[some]
    total = ((w @ shares - data.base) ** 2).sum() / data.spread
    # γ_i (1 - H_i) = G_i/(1 - Σx²) - H_i holds for one plant too, where γ_i itself is undefined.
    own = ((shares - data.base) ** 2).sum(axis=1) / data.spread - h
    return float((total - (w**2 * h).sum() - (own * w**2).sum()) / (1 - (w**2).sum()))
