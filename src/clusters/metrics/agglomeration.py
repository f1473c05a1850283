"""Agglomeration beyond chance: do plants of an industry sit together more than darts would.

The null is the dart board: every plant k falls independently into area r with probability x_r,
whatever its size. ``plants`` is a DataFrame with one row per plant and the columns ``area``,
``industry``, ``size`` (≥ 0, one unit throughout; 1 for plain counts of firms).

Notation: z_k share of a plant in its industry, s_r share of an area in the industry, x_r share
of an area in everything, H = Σ z², G = Σ (s - x)².
"""

import numpy as np
import pandas as pd

from clusters.metrics.inference import BLOCK, Alternative, normal_p, permutation_p
from clusters.metrics.plants import (
    Null,
    Plants,
    Shares,
    check_null,
    generator_of,
    one_by_one,
    reduce_plants,
    throw,
)
from clusters.metrics.undefined import mark_undefined


def _simulated_g(data: Plants, industry: int, draws: int, seed: int | None) -> np.ndarray:
    """Return G of an industry thrown ``draws`` times."""
    z = data.z[data.code == industry]
    generator = generator_of(seed, data.industries[industry])
    block = max(1, BLOCK // max(len(z), len(data.base)))
    parts = [
        ((throw(z, data.base, min(block, draws - at), generator) - data.base) ** 2).sum(axis=1)
        for at in range(0, draws, block)
    ]
    return np.concatenate(parts)


def ellison_glaeser(
    plants: pd.DataFrame,
    area_shares: pd.Series | None = None,
    null: Null = "normal",
    draws: int = 999,
    seed: int | None = None,
    *,
    alternative: Alternative = "greater",
) -> pd.DataFrame:
    """Return the Ellison-Glaeser index γ = [G - (1 - Σx²)H] / [(1 - Σx²)(1 - H)] per industry.

    E[γ] = 0 under the dart board; above 0.05 counts as strongly agglomerated in the paper.

    Parameters
    ----------
    plants
        One row per plant: ``area``, ``industry``, ``size``. Plants of size 0 weigh nothing and
        are not counted.
    area_shares
        x_r by area, scaled to add up to 1; areas without plants may be listed and count with
        s = 0. By default every area's share of the size of all plants of all industries.
    null
        Where p comes from: ``normal`` (of z; poor for few plants) or ``simulate`` (darts thrown).
    draws, seed
        Number of throws, and what makes them repeatable.
    alternative
        ``greater`` (default): one-sided, p that darts are this concentrated or more; ``less`` and
        ``two-sided`` as they say.

    Returns
    -------
        One row per industry, sorted: ``gamma``; ``raw_concentration`` G; ``plant_herfindahl`` H;
        ``plants``; ``se`` (exact standard error of gamma under the null); ``z`` = gamma / se;
        ``p``. gamma, se, z and p are NaN for an industry with fewer than two plants, or when one
        area is the whole economy.

    References
    ----------
    Ellison & Glaeser 1997, Journal of Political Economy 105.

    Raises
    ------
    MetricError
        Missing columns or labels; sizes negative, infinite or missing; no plants; area shares
        that do not cover the plants; unknown options.
    """
    check_null(null, draws)
    data = reduce_plants(one_by_one(plants) if null == "simulate" else plants, area_shares)
    x2 = float(data.x2)
    x3 = (data.base**3).sum()
    g, undefined = _raw_concentration(data), data.undefined
    scale, gamma = _scale(data), agglomerations(data)
    variance = 2 * (data.h**2 * data.pair_variance - data.z4 * (x2 - 4 * x3 + 3 * x2**2))
    se = np.sqrt(np.maximum(variance, 0.0)) / scale
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, gamma / se, np.nan)
    p = normal_p(z, alternative=alternative)
    if null == "simulate":
        for k in np.flatnonzero(~undefined):
            thrown = _simulated_g(data, int(k), draws, seed)
            p[k] = permutation_p(g[k], thrown, alternative=alternative)
    table = pd.DataFrame(
        {
            "gamma": gamma,
            "raw_concentration": g,
            "plant_herfindahl": np.where(data.number == 0, np.nan, data.h),
            "plants": data.number,
            "se": se,
            "z": z,
            "p": p,
        },
        index=data.industries.rename("industry"),
    )
    return mark_undefined(table, rows=data.reasons, cells="no_variation")


def _raw_concentration(data: Shares) -> np.ndarray:
    """Return G, (..., industries)."""
    return ((data.shares - data.base[..., None, :]) ** 2).sum(axis=-1)


def _scale(data: Shares) -> np.ndarray:
    return np.where(data.undefined, np.nan, data.spread[..., None] * (1 - data.h))


def agglomerations(data: Shares) -> np.ndarray:
    """Return γ of `ellison_glaeser`, (..., industries)."""
    return (_raw_concentration(data) - data.spread[..., None] * data.h) / _scale(data)


def unbiased_agglomerations(data: Shares) -> np.ndarray:
    """Return the index of `maurel_sedillot`, (..., industries)."""
    # x2 of the shares as they are: 1 - spread only differs from it by rounding.
    spread = np.where(data.spread == 0, np.nan, data.spread)[..., None]
    above = ((data.shares**2).sum(axis=-1) - data.x2[..., None]) / spread
    undefined = data.undefined
    return np.where(undefined, np.nan, above - data.h) / np.where(undefined, np.nan, 1 - data.h)


def maurel_sedillot(plants: pd.DataFrame, area_shares: pd.Series | None = None) -> pd.Series:
    """Return the Maurel-Sédillot index [(Σs² - Σx²)/(1 - Σx²) - H] / (1 - H) per industry.

    Like `ellison_glaeser` an unbiased estimate of the same probability that two plants seek each
    other's company, from Σs² - Σx² in place of G.

    Parameters
    ----------
    plants, area_shares
        As `ellison_glaeser`.

    Returns
    -------
        Series per industry, sorted; NaN for fewer than two plants, or one area.

    References
    ----------
    Maurel & Sédillot 1999, Regional Science and Urban Economics 29.

    Raises
    ------
    MetricError
        As `ellison_glaeser`.
    """
    data = reduce_plants(plants, area_shares)
    return mark_undefined(
        pd.Series(
            unbiased_agglomerations(data),
            index=data.industries.rename("industry"),
            name="maurel_sedillot",
        ),
        rows=data.reasons,
    )
