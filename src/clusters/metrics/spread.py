"""Silverman's bandwidth of the distances between points."""

import numpy as np

from clusters.metrics.pair_density import (
    SAMPLED_PAIRS,
    Cloud,
    as_cloud,
    draw_pairs,
    pair_distances,
)
from clusters.metrics.parallel import row_blocks, run

# Pairs listed and sorted; pairs counted twice over; more are sampled.
_LISTED_PAIRS = 5_000_000
_COUNTED_PAIRS = 200_000_000
_BRACKET_PAIRS = 65_536
_BINS = 131_072
_QUARTILES = (0.25, 0.75)
_ONE_PLACE_M = 1e-9


def _of_list(d: np.ndarray) -> tuple[float, float]:
    """Return standard deviation and interquartile range of listed distances."""
    sd = float(d.std(ddof=1)) if len(d) > 1 else 0.0
    low, high = np.quantile(d, _QUARTILES)
    return sd, float(high - low)


def _counted(cloud: Cloud, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Σ d, Σ d² over all pairs and their numbers in the parts of two brackets."""
    from clusters.metrics.distances import distance_sums  # noqa: PLC0415 - compiles

    def block(rows: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        return distance_sums(cloud.x, cloud.y, low, high, _BINS, *rows)

    parts = run(block, row_blocks(len(cloud.x), triangle=True))
    return np.sum([part[0] for part in parts], axis=0), np.sum([part[1] for part in parts], axis=0)


def spread_by_counting(xy: np.ndarray) -> tuple[float, float]:
    """Return standard deviation and interquartile range over every pair without listing them.

    A sample brackets the quartiles, then one pass counts the pairs in 131 072 parts of each
    bracket: with the rank inside the part some 1e-7 of the bracket is left.
    """
    cloud = as_cloud(xy, np.ones(len(xy)))
    number = len(xy) * (len(xy) - 1) // 2
    pairs = draw_pairs(np.ones(len(xy)), _BRACKET_PAIRS, np.random.default_rng(0))
    drawn = pair_distances(xy, pairs)
    # Six standard errors of a quartile's rank on either side; a miss is looked for beyond.
    margin = 6 * np.sqrt(0.25 * 0.75 / _BRACKET_PAIRS)
    low = np.array([np.quantile(drawn, q - margin) for q in _QUARTILES])
    high = np.array([np.quantile(drawn, q + margin) for q in _QUARTILES])
    span = 1.01 * float(np.hypot(np.ptp(xy[:, 0]), np.ptp(xy[:, 1])))
    found = np.full(2, np.nan)
    while np.isnan(found).any():
        high = np.maximum(high, low + 1e-9 * span)
        sums, counts = _counted(cloud, low, high)
        for q, share in enumerate(_QUARTILES):
            rank, below = share * (number - 1), np.cumsum(counts[q])
            part = int(np.searchsorted(below, rank, side="right"))
            if 0 < part <= _BINS:
                inside = (rank - below[part - 1] + 0.5) / counts[q, part]
                found[q] = low[q] + (high[q] - low[q]) * (part - 1 + inside) / _BINS
            low[q], high[q] = (0.0, low[q]) if part == 0 else (high[q], span)
    variance = (sums[1] - sums[0] ** 2 / number) / (number - 1)
    return float(np.sqrt(max(variance, 0.0))), float(found[1] - found[0])


def silverman(xy: np.ndarray, seed: int | None = None) -> float:
    """Return 0.9 min(sd, IQR/1.34) N^(-1/5) over the N distances between points (n, 2), metres.

    Over every pair up to 200 million; beyond, sd and IQR come from a million pairs drawn with the
    seed (0 without one: the same points have the same bandwidth).

    References
    ----------
    Silverman 1986, Density Estimation, p. 48.
    """
    number = len(xy) * (len(xy) - 1) / 2
    if number <= _LISTED_PAIRS:
        from scipy.spatial.distance import pdist  # noqa: PLC0415 - imported when first needed

        sd, quartiles = _of_list(pdist(xy))
    elif number <= _COUNTED_PAIRS:
        sd, quartiles = spread_by_counting(xy)
    else:
        pairs = draw_pairs(np.ones(len(xy)), SAMPLED_PAIRS, np.random.default_rng(seed or 0))
        sd, quartiles = _of_list(pair_distances(xy, pairs))
    # Equal distances have no spread: fall back on the distance itself, or a metre in one place.
    # What is less than a nanometre apart is in one place but for rounding.
    told = (min(sd, quartiles / 1.34), sd, float(np.hypot(*(xy[0] - xy[1]))))
    spread = next((some for some in told if some > _ONE_PLACE_M), 1.0)
    return 0.9 * spread * number**-0.2
