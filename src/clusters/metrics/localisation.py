"""Localisation at every distance: Duranton and Overman's Kd.

Points are (n, 2) metres. What is seen is compared with redraws over places where firms can be, so
no window and no edge correction is needed.
"""

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
from clusters.metrics.counts import check_above_zero
from clusters.metrics.hotspots import check_points
from clusters.metrics.inference import seeded
from clusters.metrics.pair_density import (
    SAMPLED_PAIRS,
    Cloud,
    Smoother,
    as_cloud,
    direct_density,
    draw_pairs,
    exact_density,
    grid_cell,
    grid_density,
    is_direct,
    sampled_bound,
    sampled_density,
    smoother,
)
from clusters.metrics.parallel import run
from clusters.metrics.point_pattern import check_radii
from clusters.metrics.spread import silverman

DensityMethod: TypeAlias = Literal["auto", "exact", "grid", "sampled"]

# Points and pairs (observed and simulated) up to which every pair is visited, some nanoseconds
# each: half a minute on two cores.
_EXACT_POINTS: Final = 100_000
_EXACT_PAIRS: Final = 20_000_000_000


@dataclass(frozen=True)
class _Engine:
    """How Kd of this call is computed: the same way for the observed points and every redraw."""

    method: str
    radii: np.ndarray
    kernel: Smoother
    direct: bool
    cell: float
    pairs: np.ndarray

    def density(self, xy: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, float]:
        """Return Kd at every radius and its largest possible error."""
        if self.method == "sampled":
            bound = self.kernel.error_bound + sampled_bound(self.kernel.bandwidth)
            return sampled_density(xy, self.pairs, self.kernel), bound
        cloud = as_cloud(xy, w)
        if self.method == "grid":
            found = grid_density(cloud, self.kernel, self.cell)
            return found.density, found.error_bound
        if self.direct:
            return direct_density(cloud, self.radii, self.kernel.bandwidth), 0.0
        return exact_density(cloud, self.kernel), self.kernel.error_bound


def _engine(
    method: str,
    xy: np.ndarray,
    w: np.ndarray,
    kernel: Smoother,
    *,
    simulations: int,
    seed: int | None,
) -> _Engine:
    """Prepare what the observed points and all redraws share.

    Sampled pairs are pairs of firms, drawn once: each redraw puts the firms elsewhere, so the
    observed curve and the redrawn ones stay exchangeable.
    """
    cloud = as_cloud(xy, w)
    pairs = len(xy) * (len(xy) - 1) / 2 * (1 + simulations)
    chosen = _choose(method, len(xy), simulations, cloud, kernel)
    drawn = np.empty((2, 0), dtype=np.int64)
    if chosen == "sampled":
        drawn = draw_pairs(w, SAMPLED_PAIRS, seeded(np.random.default_rng, seed))
    cell = grid_cell(cloud, kernel) if chosen == "grid" else np.nan
    return _Engine(chosen, kernel.radii, kernel, is_direct(pairs), cell, drawn)


def _choose(method: str, number: int, simulations: int, cloud: Cloud, kernel: Smoother) -> str:
    """Return the method: the most accurate one that is not too slow."""
    if method != "auto":
        return method
    pairs = number * (number - 1) / 2 * (1 + simulations)
    if number <= _EXACT_POINTS and pairs <= max(_EXACT_PAIRS, 0.5 * _EXACT_POINTS**2):
        return "exact"
    # A redraw costs seconds on a grid; and cells over half a bandwidth blur what is to be seen.
    if simulations or grid_cell(cloud, kernel) > kernel.bandwidth / 2:
        return "sampled"
    return "grid"


def duranton_overman(  # noqa: PLR0917 - the published order of arguments
    points: np.ndarray,
    radii: np.ndarray,
    sites: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
    simulations: int = 0,
    confidence: float = 0.95,
    seed: int | None = None,
    method: DensityMethod = "auto",
    *,
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
        ``exact`` visits every pair: up to a million pairs (over all redraws) every kernel value is
        computed as it stands, beyond that pairs are put into intervals a 100th of a bandwidth
        wide or less, with four moments, which costs less than 1e-9 of the kernel's top. ``grid``
        spreads the points over nodes an 8th of a bandwidth apart, if memory allows, and
        correlates them by FFT. ``sampled`` takes a million pairs. ``auto`` is exact up to 100 000
        points and 20 billion pairs over all redraws, then a grid, or a sample for redraws and
        where the grid would be coarser than half a bandwidth. The result says which, and its
        error bound.
    bandwidth_m
        h; by default 0.9 min(sd, IQR/1.34) N^(-1/5) of the N observed distances (sd and IQR from a
        million of them above 20 000 points). Redraws use the same, so that the curves compare.

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
    if method not in ("auto", "exact", "grid", "sampled"):
        raise MetricError(f"method {method!r} is unknown; choose auto, exact, grid or sampled")
    if bandwidth_m is not None:
        check_above_zero(bandwidth_m, "bandwidth_m")
    places = None if sites is None else check_points(sites)
    if simulations and (places is None or len(places) < len(xy)):
        have = "no" if places is None else str(len(places))
        raise MetricError(f"{have} sites for {len(xy)} points; redraws need at least as many")
    if (w > 0).sum() < 2:
        undefined = "exact" if method == "auto" else method
        empty = without_bands(steps, np.full(len(steps), np.nan), method=undefined)
        return replace(empty, reason="too_few_points")
    kernel = smoother(steps, bandwidth_m or silverman(xy, seed))
    engine = _engine(method, xy, w, kernel, simulations=simulations, seed=seed)
    density, bound = engine.density(xy, w)
    result = without_bands(
        steps,
        density,
        method=engine.method,
        error_bound=bound,
        bandwidth_m=kernel.bandwidth,
    )
    if not simulations or places is None:
        return result

    def redraw(child: np.random.SeedSequence) -> np.ndarray:
        # In random order, which deals the sizes out too.
        taken = np.random.default_rng(child).choice(len(places), len(xy), replace=False)
        return engine.density(places[taken], w)[0]

    children = seeded(np.random.SeedSequence, seed).spawn(simulations)
    return with_bands(result, np.array(run(redraw, children)), confidence)
