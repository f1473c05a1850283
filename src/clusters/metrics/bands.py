"""Functions of distance and the bands their redraws fill."""

import math
from dataclasses import dataclass, replace

import numpy as np

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats


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
        (r,) band that holds at least the share ``confidence`` of all redrawn curves at every
        radius at once.
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

    The global band joins, at every radius, the k-th lowest and k-th highest redraw, with the
    largest k for which at least ``confidence`` of the redrawn curves stay inside everywhere.
    """
    number = len(drawn)
    tail = (1 - confidence) / 2
    local = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    ranked = np.sort(drawn, axis=0)
    # Depth of a curve: how many redraws it is from the outermost, at its most extreme radius.
    # Ties get the outermost rank, so equal values (no pairs at all) do not push a curve outside.
    below = np.stack(
        [np.searchsorted(ranked[:, r], drawn[:, r], side="right") for r in range(drawn.shape[1])]
    )
    above = number - np.stack(
        [np.searchsorted(ranked[:, r], drawn[:, r], side="left") for r in range(drawn.shape[1])]
    )
    depth = np.sort(np.minimum(below, above).min(axis=0))
    outside = math.floor(number * (1 - confidence) + 1e-9)
    k = int(min(depth[outside], (number + 1) // 2))
    low, high = ranked[k - 1], ranked[number - k]
    localisation = np.maximum(result.density - high, 0.0)
    dispersion = np.maximum(low - result.density, 0.0)
    return replace(
        result,
        local_low=local[0],
        local_high=local[1],
        global_low=low,
        global_high=high,
        localisation=localisation,
        dispersion=dispersion,
        simulations=number,
    )


def check_sizes(sizes: np.ndarray | None, number: int) -> np.ndarray:
    """Return sizes (n,) with the largest at 1, equal by default; MetricError otherwise."""
    if sizes is None:
        return np.ones(number)
    values = as_floats(sizes, "sizes")
    if values.shape != (number,):
        raise MetricError(f"sizes has shape {values.shape}; points need ({number},)")
    if not np.isfinite(values).all() or (values < 0).any():
        raise MetricError("sizes holds a negative, infinite or missing value; correct or drop it")
    if number and not values.any():
        raise MetricError("sizes are all 0; at least one firm must weigh something")
    return values / values.max(initial=1.0) if number else values


def check_simulations(simulations: int, confidence: float) -> None:
    """Raise MetricError when too few redraws are asked for to hold a band."""
    if simulations < 0:
        raise MetricError(f"simulations is {simulations}; 0 draws no band, 999 a usual one")
    if not 0 < confidence < 1:
        raise MetricError(f"confidence is {confidence}; it must lie between 0 and 1, e.g. 0.95")
    least = math.ceil(1 / (1 - confidence) - 1e-9)
    if 0 < simulations < least:
        raise MetricError(
            f"simulations is {simulations}; a band at {confidence} needs at least {least}"
        )
