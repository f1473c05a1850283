"""Localisation at every distance: Duranton and Overman's Kd, Marcon and Puech's M.

Points are (n, 2) metres. Both compare what is seen with redraws over places where firms can be,
so neither needs a window or an edge correction.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from clusters.errors import MetricError
from clusters.metrics.bands import (
    DistanceFunction,
    check_simulations,
    check_sizes,
    with_bands,
    without_bands,
)
from clusters.metrics.hotspots import check_points
from clusters.metrics.point_pattern import check_radii

DensityMethod: TypeAlias = Literal["auto", "exact", "binned", "sampled"]

# Pairs a method may visit in all (observed and simulated), at some 3 and 30 nanoseconds each.
_EXACT_PAIRS: Final = 5_000_000
_BINNED_PAIRS: Final = 5_000_000_000
_SAMPLED_PAIRS: Final = 1_000_000
# Nodes per bandwidth: linear interpolation between them errs by 1e-5 of the kernel's top at most.
_NODES: Final = 200
_TOP: Final = 1 / math.sqrt(2 * math.pi)
# Bandwidths beyond which the kernel is below 4e-18 of its top.
_REACH: Final = 9.0


def _sample_pairs(xy: np.ndarray, sizes: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return distances of pairs drawn with probability proportional to the product of sizes."""
    edges = np.cumsum(sizes) / sizes.sum()
    found: list[np.ndarray] = []
    number = 0
    while number < _SAMPLED_PAIRS:
        ends = np.searchsorted(edges, generator.random((2, _SAMPLED_PAIRS)), side="right")
        ends = np.minimum(ends, len(xy) - 1)[:, ends[0] != ends[1]]
        found.append(np.hypot(*(xy[ends[0]] - xy[ends[1]]).T))
        number += ends.shape[1]
    return np.concatenate(found)[:_SAMPLED_PAIRS]


def _bandwidth(xy: np.ndarray, seed: int | None) -> float:
    """Return Silverman's 0.9 min(sd, IQR/1.34) N^(-1/5) over the N distances between points.

    Above the limit of the exact method the spread is estimated from a million pairs.
    """
    pairs = len(xy) * (len(xy) - 1) / 2
    if pairs <= _EXACT_PAIRS:
        from scipy.spatial.distance import pdist  # noqa: PLC0415 - imported when first needed

        distances = pdist(xy)
    else:
        distances = _sample_pairs(xy, np.ones(len(xy)), np.random.default_rng(seed))
    sd = float(distances.std(ddof=1)) if len(distances) > 1 else 0.0
    low, high = np.quantile(distances, [0.25, 0.75])
    spread = min(sd, float(high - low) / 1.34) or sd or float(distances[0]) or 1.0
    return 0.9 * spread * pairs**-0.2


@dataclass(frozen=True)
class _Kernel:
    """The kernel of Kd, ready to smooth pairs on nodes.

    ``rows`` holds for every radius the first node in its reach and the kernel's values from
    there on; it is empty for the exact method.
    """

    radii: np.ndarray
    bandwidth: float
    method: str
    rows: tuple[tuple[int, np.ndarray], ...]

    @property
    def width(self) -> float:
        """Distance between nodes, metres."""
        return self.bandwidth / _NODES

    @property
    def bins(self) -> int:
        """Number of intervals between nodes, up to the end of the last radius' reach."""
        return math.ceil((self.radii[-1] + _REACH * self.bandwidth) / self.width)

    def smooth(self, nodes: np.ndarray) -> np.ndarray:
        """Return Σ nodes · kernel at every radius."""
        return np.array([nodes[at : at + len(row)] @ row for at, row in self.rows])

    @property
    def error_bound(self) -> float:
        """Largest possible error of Kd.

        Interpolation between nodes: width²/8 times the largest second derivative of the reflected
        kernel. Sampling: the Dvoretzky-Kiefer-Wolfowitz bound on the distribution of distances at
        95 %, times the total variation of the reflected kernel.
        """
        if self.method == "exact":
            return 0.0
        bound = 2 * _TOP / (8 * _NODES**2 * self.bandwidth)
        if self.method == "sampled":
            epsilon = math.sqrt(math.log(2 / 0.05) / (2 * _SAMPLED_PAIRS))
            bound += epsilon * 2 * _TOP / self.bandwidth
        return bound


def _kernel(radii: np.ndarray, h: float, method: str) -> _Kernel:
    """Return the kernel with its values at every node in reach of every radius."""
    bare = _Kernel(radii, h, method, ())
    if method == "exact":
        return bare
    rows = []
    for r in radii:
        first = max(0, math.floor((r - _REACH * h) / bare.width))
        last = min(bare.bins, math.ceil((r + _REACH * h) / bare.width))
        places = np.arange(first, last + 1) * bare.width
        u, v = (r - places) / h, (r + places) / h
        rows.append((first, (np.exp(-0.5 * u * u) + np.exp(-0.5 * v * v)) * _TOP / h))
    return replace(bare, rows=tuple(rows))


def _kd(
    xy: np.ndarray, w: np.ndarray, kernel: _Kernel, generator: np.random.Generator
) -> np.ndarray:
    """Return Kd at every radius by the kernel's method."""
    if kernel.method == "sampled":
        place = _sample_pairs(xy, w, generator) / kernel.width
        place = place[place < kernel.bins]
        node = place.astype(np.int64)
        share = place - node
        length = kernel.bins + 1
        nodes = np.bincount(node, 1 - share, length) + np.bincount(node + 1, share, length)
        return kernel.smooth(nodes / _SAMPLED_PAIRS)
    from clusters.metrics.distances import kernel_sum, pair_histogram  # noqa: PLC0415 - compiles

    weight = (w.sum() ** 2 - (w**2).sum()) / 2
    x, y = np.ascontiguousarray(xy.T)
    if kernel.method == "exact":
        return kernel_sum(x, y, w, kernel.radii, kernel.bandwidth) / weight
    return kernel.smooth(pair_histogram(x, y, w, kernel.width, kernel.bins) / weight)


def _choose(method: str, number: int, simulations: int) -> str:
    if method not in ("auto", "exact", "binned", "sampled"):
        raise MetricError(f"method {method!r} is unknown; choose auto, exact, binned or sampled")
    if method != "auto":
        return method
    pairs = number * (number - 1) / 2 * (1 + simulations)
    if pairs <= _EXACT_PAIRS:
        return "exact"
    return "binned" if pairs <= max(_BINNED_PAIRS, number**2) and number <= 100_000 else "sampled"


def duranton_overman(
    points: np.ndarray,
    radii: np.ndarray,
    sites: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
    *,
    simulations: int = 0,
    confidence: float = 0.95,
    seed: int | None = None,
    method: DensityMethod = "auto",
    bandwidth_m: float | None = None,
) -> DistanceFunction:
    """Return the density of distances between the firms of an industry, Kd(r), per metre.

    Kd(r) = Σ_{k<l} z_k z_l [φ((r - d_kl)/h) + φ((r + d_kl)/h)] / (h Σ_{k<l} z_k z_l): Gaussian
    kernel, reflected at 0, integral 1 over r ≥ 0.

    Parameters
    ----------
    points
        (n, 2) metres: the industry.
    radii
        (r,) metres, ascending.
    sites
        (m, 2) metres, m ≥ n: every place a firm can be, usually all firms, the industry's own
        among them. Needed for simulations: each redraw takes n sites without repeats and deals
        the sizes out to them.
    sizes
        (n,) z ≥ 0; equal by default.
    simulations, confidence, seed
        Number of redraws, share of redrawn curves the bands hold, and what makes them repeatable.
    method
        ``exact`` adds up every pair; ``binned`` puts every pair on nodes a 200th of a bandwidth
        apart; ``sampled`` takes a million pairs; ``auto`` the first that is not too slow (up to
        5 million pairs over all redraws, 100 000 points, beyond).
    bandwidth_m
        h; by default 0.9 min(sd, IQR/1.34) N^(-1/5) of the N observed distances. Redraws use the
        same, so that the curves compare.

    Returns
    -------
        `DistanceFunction`; NaN with ``too_few_points`` for fewer than two points (or one with a
        size). Identical points are fine.

    References
    ----------
    Duranton & Overman 2005, Review of Economic Studies 72; Silverman 1986, Density Estimation.
    (Some printings normalise by n (n - 1) over k < l: this one integrates to 1.)

    Raises
    ------
    MetricError
        Points or sizes not finite, radii that do not ascend, simulations without sites or with
        fewer sites than points, unknown method.
    """
    xy, steps = check_points(points), check_radii(radii)
    check_simulations(simulations, confidence)
    w = check_sizes(sizes, len(xy))
    chosen = _choose(method, len(xy), simulations)
    if bandwidth_m is not None and not (np.isfinite(bandwidth_m) and bandwidth_m > 0):
        raise MetricError(f"bandwidth_m is {bandwidth_m}; give metres above 0")
    places = None if sites is None else check_points(sites)
    if simulations and (places is None or len(places) < len(xy)):
        have = "no" if places is None else str(len(places))
        raise MetricError(f"{have} sites for {len(xy)} points; redraws need at least as many")
    if (w > 0).sum() < 2:
        empty = without_bands(steps, np.full(len(steps), np.nan), method=chosen)
        return replace(empty, reason="too_few_points")
    kernel = _kernel(steps, bandwidth_m or _bandwidth(xy, seed), chosen)
    generator = np.random.default_rng(seed)
    result = without_bands(
        steps,
        _kd(xy, w, kernel, generator),
        method=chosen,
        error_bound=kernel.error_bound,
        bandwidth_m=kernel.bandwidth,
    )
    if not simulations or places is None:
        return result
    drawn = np.empty((simulations, len(steps)))
    for k in range(simulations):
        taken = generator.choice(len(places), size=len(xy), replace=False)
        drawn[k] = _kd(places[taken], w, kernel, generator)
    return with_bands(result, drawn, confidence)


def _m(xy: np.ndarray, w: np.ndarray, sector: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return M at every radius, NaN where no firm of the sector has a neighbour."""
    from clusters.metrics.distances import share_of_neighbours  # noqa: PLC0415 - compiles

    x, y = np.ascontiguousarray(xy.T)
    top, bottom = share_of_neighbours(x, y, w, sector, radii)
    return np.divide(top, bottom, out=np.full(len(radii), np.nan), where=bottom > 0)


def marcon_puech_m(
    points: np.ndarray,
    radii: np.ndarray,
    is_sector: np.ndarray,
    sizes: np.ndarray | None = None,
    *,
    simulations: int = 0,
    seed: int | None = None,
    confidence: float = 0.95,
) -> DistanceFunction:
    """Return M(r): the sector's share of the weight within r of its firms, over its overall share.

    M(r) = Σ_k Wn_k(r)/Wa_k(r) / Σ_k (W_n - w_k)/(W - w_k) over the sector's firms k, which are
    left out of their own neighbourhood; firms without a neighbour within r are left out of both
    sums. 1 means no structure, 2 twice as much of the sector nearby as overall.

    Parameters
    ----------
    points
        (n, 2) metres: all firms.
    radii
        (r,) metres, ascending.
    is_sector
        (n,) booleans: the firms of the sector.
    sizes
        (n,) weights ≥ 0; equal by default.
    simulations, confidence, seed
        Redraws, and as `duranton_overman`. Each deals the firms (sector and size together) out
        to all the places anew.

    Returns
    -------
        `DistanceFunction` with M in ``density``; NaN where no firm of the sector has a neighbour
        in reach (``no_neighbour_in_reach``), everywhere for fewer than two firms of the sector
        (``too_few_points``).

    References
    ----------
    Marcon & Puech 2010, Journal of Economic Geography 10; 2017, Regional Science and Urban
    Economics 62.

    Raises
    ------
    MetricError
        Points or sizes not finite, ``is_sector`` of another length or not boolean.
    """
    xy, steps = check_points(points), check_radii(radii)
    check_simulations(simulations, confidence)
    w = check_sizes(sizes, len(xy))
    sector = np.asarray(is_sector)
    if sector.shape != (len(xy),) or sector.dtype != bool:
        raise MetricError(
            f"is_sector has shape {sector.shape} and type {sector.dtype}; one boolean per point"
        )
    if (sector & (w > 0)).sum() < 2:
        empty = without_bands(steps, np.full(len(steps), np.nan))
        return replace(empty, reason="too_few_points")
    observed = _m(xy, w, sector, steps)
    result = without_bands(steps, observed)
    if np.isnan(observed).any():
        result = replace(result, reason="no_neighbour_in_reach")
    if not simulations:
        return result
    generator = np.random.default_rng(seed)
    drawn = np.empty((simulations, len(steps)))
    for k in range(simulations):
        order = generator.permutation(len(xy))
        drawn[k] = _m(xy, w[order], sector[order], steps)
    # A redraw without neighbours in reach says nothing about structure: it counts as 1.
    drawn[np.isnan(drawn)] = 1.0
    return with_bands(result, drawn, confidence)
