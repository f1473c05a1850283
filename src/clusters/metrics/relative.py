"""Relative concentration around firms of a sector: Marcon and Puech's M, and its density m.

Both compare a sector's weight with all weight nearby, so neither needs a window or an edge
correction. Points are (n, 2) metres.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

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
from clusters.metrics.pair_density import Cloud, Smoother, as_cloud, smoother
from clusters.metrics.parallel import run, run_sum
from clusters.metrics.point_pattern import check_radii
from clusters.metrics.spread import silverman

_ROWS: Final = 512


@dataclass(frozen=True)
class _Case:
    """Checked arguments: points in ascending x with their weights, and which are the sector's."""

    cloud: Cloud
    sector: np.ndarray
    radii: np.ndarray

    @property
    def equal(self) -> bool:
        """Whether all points weigh the same, so that a redraw moves the sector only."""
        return bool((self.cloud.w == self.cloud.w[0]).all())

    def dealt(self, order: np.ndarray) -> "_Case":
        """Return the case with firms (sector and weight together) put on other places."""
        cloud = replace(self.cloud, w=self.cloud.w[order])
        return replace(self, cloud=cloud, sector=self.sector[order])


def _case(
    points: np.ndarray, radii: np.ndarray, is_sector: np.ndarray, sizes: np.ndarray | None
) -> _Case:
    xy, steps = check_points(points), check_radii(radii)
    w = check_sizes(sizes, len(xy))
    sector = np.asarray(is_sector)
    if sector.shape != (len(xy),) or sector.dtype != bool:
        raise MetricError(
            f"is_sector has shape {sector.shape} and type {sector.dtype}; one boolean per point"
        )
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    return _Case(as_cloud(xy[order], w[order]), sector[order], steps)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Divide, NaN where no firm of the sector has a neighbour."""
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)


def _around(case: _Case, rows: np.ndarray) -> np.ndarray:
    """Return the weight of all other points within every radius of some points, (rows, r)."""
    from clusters.metrics.distances import neighbours_within, rings  # noqa: PLC0415 - compiles

    cloud, near = case.cloud, rings(case.radii)

    def block(at: int) -> np.ndarray:
        return neighbours_within(cloud.x, cloud.y, cloud.w, rows[at : at + _ROWS], near)

    return np.concatenate(run(block, range(0, len(rows), _ROWS)))


def _m_cumulative(case: _Case, around: np.ndarray | None) -> np.ndarray:
    """Return M at every radius; ``around`` holds all points' surroundings where they are known."""
    from clusters.metrics.distances import rings, share_of_neighbours  # noqa: PLC0415 - compiles

    cloud, rows = case.cloud, np.flatnonzero(case.sector)
    near = around if around is not None else _around(case, rows)
    chosen = rows if around is not None else np.arange(len(rows))
    x, y, w = cloud.x[rows], cloud.y[rows], cloud.w[rows]
    top, bottom = share_of_neighbours(
        x, y, w, chosen, near, float(cloud.w.sum()), rings(case.radii)
    )
    return _ratio(top, bottom)


def _m_density(case: _Case, kernel: Smoother) -> np.ndarray:
    """Return m at every radius."""
    from clusters.metrics.distances import row_nodes  # noqa: PLC0415 - compiles

    cloud, rows = case.cloud, np.flatnonzero(case.sector)
    own = np.where(case.sector, cloud.w, 0.0)
    # Rows of moments held at once: 32 MB.
    size = max(1, 1_000_000 // kernel.bins)

    def block(at: int) -> np.ndarray:
        part = rows[at : at + size]
        inside, everything = (
            kernel.smooth(row_nodes(cloud.x, cloud.y, w, part, kernel.width, kernel.bins))
            for w in (own, cloud.w)
        )
        w = cloud.w[part]
        expected = (own.sum() - w) / (cloud.w.sum() - w)
        # Below the error of the moments there is no neighbour in reach.
        some = everything > kernel.error_bound * cloud.w.sum()
        share = np.divide(inside, everything, out=np.zeros(some.shape), where=some)
        return np.stack([share.sum(axis=0), (some * expected[:, None]).sum(axis=0)])

    top, bottom = run_sum(block, range(0, len(rows), size))
    return _ratio(top, bottom)


def _with_redraws(
    case: _Case,
    function: Callable[[_Case], np.ndarray],
    result: DistanceFunction,
    *,
    simulations: int,
    confidence: float,
    seed: int | None,
) -> DistanceFunction:
    """Add the bands of firms dealt out to all the places anew."""
    if not simulations:
        return result

    def redraw(child: np.random.SeedSequence) -> np.ndarray:
        return function(case.dealt(np.random.default_rng(child).permutation(len(case.sector))))

    children = seeded(np.random.SeedSequence, seed).spawn(simulations)
    drawn = np.array(run(redraw, children))
    # A redraw without neighbours in reach says nothing about structure: it counts as 1.
    drawn[np.isnan(drawn)] = 1.0
    return with_bands(result, drawn, confidence)


def _observed(
    case: _Case, function: Callable[[_Case], np.ndarray], bandwidth_m: float = np.nan
) -> DistanceFunction:
    observed = function(case)
    result = without_bands(case.radii, observed, bandwidth_m=bandwidth_m)
    return replace(result, reason="no_neighbour_in_reach") if np.isnan(observed).any() else result


def _too_few(case: _Case) -> DistanceFunction | None:
    if (case.sector & (case.cloud.w > 0)).sum() >= 2:
        return None
    empty = without_bands(case.radii, np.full(len(case.radii), np.nan))
    return replace(empty, reason="too_few_points")


def marcon_puech_m(  # noqa: PLR0917 - the published order of arguments
    points: np.ndarray,
    radii: np.ndarray,
    is_sector: np.ndarray,
    sizes: np.ndarray | None = None,
    simulations: int = 0,
    seed: int | None = None,
    *,
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
    check_simulations(simulations, confidence)
    case = _case(points, radii, is_sector, sizes)
    if (empty := _too_few(case)) is not None:
        return empty
    # With equal weights the surroundings stay when the sector moves: they are counted once.
    known = _around(case, np.arange(len(case.sector))) if simulations and case.equal else None

    def function(case: _Case) -> np.ndarray:
        return _m_cumulative(case, known)

    result = _observed(case, function)
    return _with_redraws(
        case, function, result, simulations=simulations, confidence=confidence, seed=seed
    )


def marcon_puech_m_density(
    points: np.ndarray,
    radii: np.ndarray,
    is_sector: np.ndarray,
    sizes: np.ndarray | None = None,
    *,
    simulations: int = 0,
    seed: int | None = None,
    confidence: float = 0.95,
    bandwidth_m: float | None = None,
) -> DistanceFunction:
    """Return m(r): as `marcon_puech_m`, with neighbours weighed by a kernel at the distance r.

    The weights nearby are Σ_j w_j [φ((r - d_kj)/h) + φ((r + d_kj)/h)]/h instead of sums within r:
    m tells at which distance there is more of the sector, M up to which.

    Parameters
    ----------
    points, radii, is_sector, sizes, simulations, seed, confidence
        As `marcon_puech_m`.
    bandwidth_m
        h; by default Silverman's 0.9 min(sd, IQR/1.34) N^(-1/5) of the N distances between the
        sector's firms, kept for the redraws.

    Returns
    -------
        `DistanceFunction` with m in ``density``; NaN as `marcon_puech_m`, where no firm of the
        sector has a neighbour whose kernel reaches r (9 bandwidths).

    References
    ----------
    Lang, Marcon & Puech 2020, Papers in Regional Science 99.

    Raises
    ------
    MetricError
        As `marcon_puech_m`, or a bandwidth that is not positive.
    """
    check_simulations(simulations, confidence)
    if bandwidth_m is not None:
        check_above_zero(bandwidth_m, "bandwidth_m")
    case = _case(points, radii, is_sector, sizes)
    if (empty := _too_few(case)) is not None:
        return empty
    own = np.column_stack([case.cloud.x, case.cloud.y])[case.sector]
    kernel = smoother(case.radii, bandwidth_m or silverman(own, seed))

    def function(case: _Case) -> np.ndarray:
        return _m_density(case, kernel)

    result = _observed(case, function, bandwidth_m=kernel.bandwidth)
    return _with_redraws(
        case, function, result, simulations=simulations, confidence=confidence, seed=seed
    )
