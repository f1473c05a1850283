"""Functions of distance and the bands their redraws fill."""

import math
from dataclasses import dataclass, replace

import numpy as np

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats
from clusters.metrics.inference import check_confidence, check_whole


@dataclass(frozen=True)
class DistanceFunction:
    """A function of distance with the bands of its null.

    Attributes
    ----------
    radii
        (r,) metres.
    density
        (r,) the function: Kd per metre, or M.
    local_low, local_high
        (r,) pointwise quantiles of the redraws, half of 1 - confidence on each side.
    global_low, global_high
        (r,) band that a new curve of the null stays inside at every radius at once with
        probability ``confidence``.
    localisation, dispersion
        (r,) how far the function lies above the upper, or below the lower global band, else 0.
    method
        How it was computed.
    error_bound
        Largest possible error of ``density`` (with 95 % confidence when sampled); 0 when exact.
    bandwidth_m
        Standard deviation of the kernel, metres; NaN for cumulative functions.
    simulations
        Number of redraws; with 0 the bands and indices are NaN.
    reason
        Why the function is NaN somewhere, or None.
    """

    radii: np.ndarray
    density: np.ndarray
    local_low: np.ndarray
    local_high: np.ndarray
    global_low: np.ndarray
    global_high: np.ndarray
    localisation: np.ndarray
    dispersion: np.ndarray
    method: str
    error_bound: float
    bandwidth_m: float
    simulations: int
    reason: str | None = None


def without_bands(
    radii: np.ndarray,
    density: np.ndarray,
    *,
    method: str = "exact",
    error_bound: float = 0.0,
    bandwidth_m: float = np.nan,
) -> DistanceFunction:
    """Return a function of distance before any redraw."""
    nothing = np.full(len(radii), np.nan)
    return DistanceFunction(
        radii=radii,
        density=density,
        local_low=nothing,
        local_high=nothing,
        global_low=nothing,
        global_high=nothing,
        localisation=nothing,
        dispersion=nothing,
        method=method,
        error_bound=error_bound,
        bandwidth_m=bandwidth_m,
        simulations=0,
    )


def with_bands(result: DistanceFunction, drawn: np.ndarray, confidence: float) -> DistanceFunction:
    """Add local and global bands from redrawn curves (simulations, r).

    The global band joins order statistics of one rank at all radii, as Duranton and Overman do:
    the rank at which the share ``confidence`` of the curves stays inside everywhere. A curve is
    held against the other redraws only, as the observed one is, for a band tuned on curves that
    it counts itself holds too few new ones. Ranks are interpolated; with too few redraws even for
    the outermost rank the band is that rank's, widened about the median as far as it takes.
    """
    number = len(drawn)
    tail = (1 - confidence) / 2
    local = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    ranked = np.sort(drawn, axis=0)
    low, high = _global_band(drawn, ranked, number * (1 - confidence))
    # What differs by rounding only is neither localised nor dispersed.
    slack = 1e-10 * np.abs(ranked[[0, -1]]).max(axis=0)
    above, below = result.density - high, low - result.density
    return replace(
        result,
        local_low=local[0],
        local_high=local[1],
        global_low=low,
        global_high=high,
        localisation=np.where(above <= slack, 0.0, above),
        dispersion=np.where(below <= slack, 0.0, below),
        simulations=number,
    )


def _global_band(
    drawn: np.ndarray, ranked: np.ndarray, allowed: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the band that ``allowed`` of the curves leave somewhere, each against the others."""
    number = len(drawn)
    # How many other redraws lie at or beyond a curve, on its nearer side, where fewest do. Equal
    # values (no pairs at all) count, so that they do not push a curve outside.
    sides = [
        np.minimum(
            np.searchsorted(column, values, side="right"),
            number - np.searchsorted(column, values, side="left"),
        )
        for column, values in zip(ranked.T, drawn.T, strict=True)
    ]
    depth = np.min(sides, axis=0) - 1
    # leaving[k]: curves outside the band of rank k, that is, with fewer than k others beyond.
    leaving = np.concatenate([[0], np.cumsum(np.bincount(depth, minlength=number))])
    rank = int(np.searchsorted(leaving, allowed + 1e-9, side="right")) - 1
    if rank == 0:
        return _widened(drawn, ranked, allowed)
    half = (number + 1) // 2
    if rank >= half:
        return ranked[half - 1], ranked[number - half]
    part = (allowed - leaving[rank]) / (leaving[rank + 1] - leaving[rank])
    low = ranked[rank - 1] + part * (ranked[rank] - ranked[rank - 1])
    high = ranked[-rank] + part * (ranked[-rank - 1] - ranked[-rank])
    return low, high


def _widened(
    drawn: np.ndarray, ranked: np.ndarray, allowed: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the outermost redraws moved away from the median until ``allowed`` curves leave."""
    middle = np.median(ranked, axis=0)
    # The outermost of the others: the second where the curve itself is the outermost.
    top = np.where(drawn == ranked[-1], ranked[-2], ranked[-1]) - middle
    bottom = middle - np.where(drawn == ranked[0], ranked[1], ranked[0])
    away = drawn - middle
    reach = np.where(away > 0, top, bottom)
    excess = np.divide(np.abs(away), reach, out=np.ones(away.shape), where=reach > 0)
    wide = max(1.0, float(np.quantile(excess.max(axis=1), 1 - allowed / len(drawn))))
    return middle + wide * (ranked[0] - middle), middle + wide * (ranked[-1] - middle)


def check_sizes(sizes: np.ndarray | None, number: int) -> np.ndarray:
    """Return sizes (n,) with the largest in [½, 1], equal by default; MetricError otherwise."""
    if sizes is None:
        return np.ones(number)
    values = as_floats(sizes, "sizes")
    if values.shape != (number,):
        raise MetricError(f"sizes has shape {values.shape}; points need ({number},)")
    if not np.isfinite(values).all() or (values < 0).any():
        raise MetricError("sizes holds a negative, infinite or missing value; correct or drop it")
    if number and not values.any():
        raise MetricError("sizes are all 0; at least one firm must weigh something")
    top = float(values.max(initial=0.0))
    # Small sizes by a power of two: products do not vanish, no digit changes.
    return values / top if top >= 1 else np.ldexp(values, -int(np.frexp(top)[1]))


def check_simulations(simulations: int, confidence: float) -> None:
    """Raise MetricError when too few redraws are asked for to hold a band."""
    check_whole(simulations, "simulations")
    if simulations < 0:
        raise MetricError(f"simulations is {simulations}; 0 draws no band, 999 a usual one")
    check_confidence(confidence)
    least = math.ceil(1 / (1 - confidence) - 1e-9)
    if 0 < simulations < least:
        raise MetricError(
            f"simulations is {simulations}; a band at {confidence} needs at least {least}"
        )
