"""Smoothed densities of the distances between points: every pair, a grid of points, or a sample.

All three put distances into intervals and keep four moments of the place inside them, so that
smoothing with a Gaussian, reflected at 0, follows each distance to about 1e-9 of the kernel's top.
With g_r(d) = [φ((r - d)/h) + φ((r + d)/h)]/h the density at r is the weighted mean of g_r over
the pairs. g_r is even and smooth in d, hence smooth in the plane too: that is what bounds the
error of a grid.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from clusters.errors import MetricError
from clusters.metrics.parallel import row_blocks, run_sum

# Intervals per bandwidth: the finer as long as a core keeps them all at hand (640 kB), the coarser
# as long as they fit in memory.
_FINE: Final = 200
_COARSE: Final = 100
_NEAR_NODES: Final = 20_000
_MOST_NODES: Final = 2**21
_TOP: Final = 1 / math.sqrt(2 * math.pi)
# Bandwidths beyond which the kernel is below 4e-18 of its top, as in the compiled loops.
_REACH: Final = 9.0
# Bandwidths beyond which φ is zero in numbers; powers of larger ones would overflow.
_NOTHING: Final = 40.0
_MOMENTS: Final = 4

SAMPLED_PAIRS: Final = 1_000_000
# Pairs up to which every kernel value is computed as it stands.
_DIRECT_PAIRS: Final = 1_000_000

# Grid cells per bandwidth wanted, and nodes of the padded grid (0.5 GB of floats).
_CELLS_PER_BANDWIDTH: Final = 8
_GRID_NODES: Final = 2**26


@dataclass(frozen=True)
class Cloud:
    """Weighted points in ascending x, around their middle: x, y, w are (n,) arrays."""

    x: np.ndarray
    y: np.ndarray
    w: np.ndarray

    @property
    def pair_weight(self) -> float:
        """Σ_{k<l} w_k w_l."""
        return float(self.w[1:] @ np.cumsum(self.w)[:-1])


def as_cloud(xy: np.ndarray, w: np.ndarray) -> Cloud:
    """Sort points (n, 2) by x and move them to where numbers are small and keep their digits."""
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    centred = xy[order] - (xy.mean(axis=0) if len(xy) else 0.0)
    return Cloud(np.ascontiguousarray(centred[:, 0]), np.ascontiguousarray(centred[:, 1]), w[order])


def _hermite(u: np.ndarray, order: int) -> np.ndarray:
    """Return the derivative of the normal density φ of that order at u."""
    u = np.clip(u, -_NOTHING, _NOTHING)
    polynomial = [1.0, -u, u**2 - 1, 3 * u - u**3][order]
    return _TOP * polynomial * np.exp(-0.5 * u * u)


@dataclass(frozen=True)
class Smoother:
    """Turns pair moments into densities at radii.

    Attributes
    ----------
    radii
        (r,) metres, ascending.
    bandwidth
        h, metres.
    width
        Interval of distance, metres.
    bins
        Number of intervals, up to the end of the last radius' reach.
    first, edges, weights
        For radius r the moments from ``first[r]`` on take the weights from ``edges[r]`` to
        ``edges[r + 1]``.
    """

    radii: np.ndarray
    bandwidth: float
    width: float
    bins: int
    first: np.ndarray
    edges: np.ndarray
    weights: np.ndarray

    def smooth(self, moments: np.ndarray) -> np.ndarray:
        """Return Σ w g_r(d) at every radius, (..., r), from moments (..., (bins + 1) · 4)."""
        from clusters.metrics.distances import smooth_nodes  # noqa: PLC0415 - compiles

        rows = np.atleast_2d(moments)
        found = smooth_nodes(rows, self.first, self.edges, self.weights)
        return found if moments.ndim == 2 else found[0]

    @property
    def error_bound(self) -> float:
        """Largest error of a density from the moments.

        Taylor's remainder of fourth order inside an interval: (width/2)⁴/24 times the largest
        fourth derivative of the reflected kernel, 6 φ(0)/h⁵.
        """
        return (self.width / 2) ** 4 / 24 * 6 * _TOP / self.bandwidth**5


def smoother(radii: np.ndarray, bandwidth: float) -> Smoother:
    """Return the smoother for ascending radii (r,), both in metres."""
    span = float(radii[-1]) + _REACH * bandwidth
    width = max(bandwidth / _FINE, min(bandwidth / _COARSE, span / _NEAR_NODES), span / _MOST_NODES)
    bins = math.ceil(span / width)
    starts, rows = [], []
    for r in radii:
        first = max(0, math.floor((r - _REACH * bandwidth) / width))
        last = min(bins, math.ceil((r + _REACH * bandwidth) / width))
        d = (np.arange(first, last) + 0.5) * width
        towards, away = (r - d) / bandwidth, (r + d) / bandwidth
        weights = np.empty((len(d), _MOMENTS))
        scale = 1 / bandwidth
        for p in range(_MOMENTS):
            sign = -1.0 if p % 2 else 1.0
            weights[:, p] = scale * (sign * _hermite(towards, p) + _hermite(away, p))
            scale *= width / bandwidth / (p + 1)
        starts.append(_MOMENTS * first)
        rows.append(weights.ravel())
    edges = np.cumsum([0, *(len(row) for row in rows)])
    return Smoother(radii, bandwidth, width, bins, np.array(starts), edges, np.concatenate(rows))


def direct_density(cloud: Cloud, radii: np.ndarray, bandwidth: float) -> np.ndarray:
    """Return the density with every kernel value as it stands, (r,); for few pairs."""
    from clusters.metrics.distances import kernel_sum  # noqa: PLC0415 - compiles

    def block(rows: tuple[int, int]) -> np.ndarray:
        return kernel_sum(cloud.x, cloud.y, cloud.w, radii, bandwidth, *rows)

    total = run_sum(block, row_blocks(len(cloud.x), triangle=True))
    return total / cloud.pair_weight


def is_direct(pairs: float) -> bool:
    """Say whether so few pairs are visited in all that every kernel value can be computed."""
    return pairs <= _DIRECT_PAIRS


def exact_density(cloud: Cloud, kernel: Smoother) -> np.ndarray:
    """Return the density over every pair by moments, (r,)."""
    from clusters.metrics.distances import pair_nodes  # noqa: PLC0415 - compiles

    def block(rows: tuple[int, int]) -> np.ndarray:
        return pair_nodes(cloud.x, cloud.y, cloud.w, kernel.width, kernel.bins, *rows)

    moments = run_sum(block, row_blocks(len(cloud.x), triangle=True))
    return kernel.smooth(moments) / cloud.pair_weight


def draw_pairs(w: np.ndarray, number: int, generator: np.random.Generator) -> np.ndarray:
    """Return pairs of different positions drawn with odds w_k w_l, (2, number)."""
    shares = w / w.sum()
    if 1 - float(shares @ shares) < 1e-3:
        raise MetricError("one point holds nearly all the weight; choose method='exact'")
    edges = np.cumsum(shares)
    equal = bool((w == w[0]).all())
    found: list[np.ndarray] = []
    have = 0
    while have < number:
        if equal:
            ends = generator.integers(0, len(w), (2, number))
        else:
            ends = np.searchsorted(edges, generator.random((2, number)), side="right")
            ends = np.minimum(ends, len(w) - 1)
        ends = ends[:, ends[0] != ends[1]]
        found.append(ends)
        have += ends.shape[1]
    return np.concatenate(found, axis=1)[:, :number]


def pair_distances(xy: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return the distances of pairs (2, p) of points (n, 2)."""
    away = xy[pairs[0]] - xy[pairs[1]]
    return np.hypot(away[:, 0], away[:, 1])


def sampled_density(xy: np.ndarray, pairs: np.ndarray, kernel: Smoother) -> np.ndarray:
    """Return the density over drawn pairs (2, p), (r,)."""
    from clusters.metrics.distances import distance_nodes  # noqa: PLC0415 - compiles

    d = pair_distances(xy, pairs)
    moments = distance_nodes(d, np.ones(len(d)), kernel.width, kernel.bins)
    return kernel.smooth(moments) / len(d)


def sampled_bound(bandwidth: float) -> float:
    """Return what sampling adds to the error at most, with 95 % confidence.

    The Dvoretzky-Kiefer-Wolfowitz bound on the distribution of distances, √(ln(2/0.05)/(2 p)) for
    p pairs, times the total variation of the reflected kernel, 2 φ(0)/h.
    """
    return math.sqrt(math.log(2 / 0.05) / (2 * SAMPLED_PAIRS)) * 2 * _TOP / bandwidth


@dataclass(frozen=True)
class GridDensity:
    """Density (r,) from points spread over a grid, and its largest possible error."""

    density: np.ndarray
    error_bound: float


def grid_cell(cloud: Cloud, kernel: Smoother) -> float:
    """Return the cell a grid would have, metres: an 8th of a bandwidth, or what memory allows."""
    reach = kernel.bins * kernel.width
    cell = kernel.bandwidth / _CELLS_PER_BANDWIDTH
    wide, high = np.ptp(cloud.x), np.ptp(cloud.y)
    # (wide + reach)/cell · (high + reach)/cell nodes, the lags in reach being padded; four more
    # cells a side for the spread of the points and rounding.
    least = math.sqrt((wide + min(reach, wide)) * (high + min(reach, high)) / _GRID_NODES)
    return max(cell, least * 1.01)


def _spread(cloud: Cloud, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Spread points over the four nodes around each; also return what they do to themselves.

    Returns the grid (rows, columns) and Σ w² of each point's own four nodes at lags (0 or 1,
    -1 … 1), which the grid's correlation with itself counts as pairs.
    """
    px, py = (cloud.x - cloud.x.min()) / cell, (cloud.y - cloud.y.min()) / cell
    column, row = px.astype(np.int64), py.astype(np.int64)
    fx, fy = px - column, py - row
    shape = (int(row.max()) + 2, int(column.max()) + 2)
    shares = {
        (a, b): cloud.w * (fy if a else 1 - fy) * (fx if b else 1 - fx)
        for a in (0, 1)
        for b in (0, 1)
    }
    grid = np.zeros(shape[0] * shape[1])
    for (a, b), share in shares.items():
        grid += np.bincount((row + a) * shape[1] + column + b, share, len(grid))
    own = np.zeros((2, 3))
    for (a, b), share in shares.items():
        for (c, d), other in shares.items():
            if c >= a:
                own[c - a, d - b + 1] += float(share @ other)
    return grid.reshape(shape), own


def _curvature(kernel: Smoother, cell: float, far: float) -> np.ndarray:
    """Return max over radii and nearby distances of |∂²g_r|, for bounding, (r, steps of a cell).

    Up to ``far``, the largest distance there is: radii may reach much farther.

    In the plane the second derivatives of g_r(|Δ|) along an axis are at most the larger of
    |g''| and |g'/d|. The corners of two cells lie within 2√2 cells of any lag between them, and
    rounding a distance to a step of a cell moves it by half a cell: 3.5 cells hold both.
    """
    from scipy.ndimage import maximum_filter1d  # noqa: PLC0415 - imported when first needed

    h = kernel.bandwidth
    per_cell = 8
    d = np.arange(0, far + 8 * cell, cell / per_cell)
    d[0] = 1e-9 * cell
    rows = []
    for r in kernel.radii:
        towards, away = (r - d) / h, (r + d) / h
        second = np.abs(_hermite(towards, 2) + _hermite(away, 2)) / h**3
        first = np.abs(_hermite(away, 1) - _hermite(towards, 1)) / (h**2 * d)
        # Between two steps a derivative changes by less than this: sup |φ'''| is below 0.56.
        slack = 2 * 0.56 / h**4 * cell / per_cell
        highest = maximum_filter1d(np.maximum(second, first), 7 * per_cell + 1, mode="nearest")
        rows.append(highest[::per_cell] + slack)
    return np.array(rows)


def grid_density(cloud: Cloud, kernel: Smoother, cell: float) -> GridDensity:
    """Return the density with points spread over a grid's nodes and correlated by FFT.

    Every point is shared among the four nodes around it (bilinear); a point's own nodes are taken
    out again exactly. For a pair the kernel is then interpolated in both points, so its error is
    at most cell²/2 times the largest second derivative nearby: summed over the pairs the grid
    itself holds, that is the bound.
    """
    from scipy import fft  # noqa: PLC0415 - imported when first needed

    from clusters.metrics.distances import distance_nodes  # noqa: PLC0415 - compiles

    grid, own = _spread(cloud, cell)
    reach = kernel.bins * kernel.width
    lags = [min(size - 1, math.ceil(reach / cell) + 1) for size in grid.shape]
    shape = [
        fft.next_fast_len(size + lag, real=True) for size, lag in zip(grid.shape, lags, strict=True)
    ]
    spectrum = fft.rfft2(grid, shape, workers=2)
    np.multiply(spectrum, spectrum.conj(), out=spectrum)
    together = fft.irfft2(spectrum, shape, workers=2)
    # Half of the lags: (0, 0) half, (0, b > 0), (a > 0, any b).
    down, across = np.arange(lags[0] + 1), np.arange(-lags[1], lags[1] + 1)
    table = together[: lags[0] + 1][:, across]
    for a in (0, 1):
        for b in (-1, 0, 1):
            if a < len(down) and abs(b) <= lags[1]:
                table[a, b + lags[1]] -= own[a, b + 1]
    table[0, : lags[1]] = 0.0
    table[0, lags[1]] /= 2
    d = cell * np.hypot(down[:, None], across[None, :])
    near = d < reach + 4 * cell
    d, weight = d[near], table[near]
    moments = distance_nodes(d, weight, kernel.width, kernel.bins)
    density = kernel.smooth(moments) / cloud.pair_weight
    place = np.rint(d / cell).astype(np.int64)
    curvature = _curvature(kernel, cell, float(d.max(initial=0.0)))
    mass = np.bincount(place, np.abs(weight), curvature.shape[1])[: curvature.shape[1]]
    bound = cell**2 / 2 * float((curvature @ mass).max()) / cloud.pair_weight
    return GridDensity(density, bound + kernel.error_bound)
